"""Do not disturb and forwarding, as FreePBX keeps them: in Asterisk's database, with a device state for the lamps.

Plain Asterisk has neither: what a phone's own buttons do is in the phone, and what a dialplan does is that dialplan's.
So these are offered where the database shows a FreePBX (`AMPUSER`), or the dialplan has the lines of `ways`, and not
supported elsewhere.

What Asterisk answers is the outcome: the database is written when it does, and the next call is treated so. It is read
back all the same, so that whoever asked hears of a write that did not last.

Source: FreePBX 16 and 17, the modules donotdisturb and callforward: `DND/101 = YES`, `CF`, `CFB` and `CFU` by
extension, the device states `Custom:DND101` and `Custom:CF101`.
"""

from __future__ import annotations

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.control import dialplan, ways
from ringcard.pbx.asterisk.control.aside import AsideControl
from ringcard.pbx.asterisk.control.asking import checked_target
from ringcard.pbx.asterisk.session import Session
from ringcard.pbx.asterisk.wire import LinkLost
from ringcard.pbx.connector import ForwardingKind, LinkDown, ServiceNotSupported, ServiceRefused

_FAMILY = {ForwardingKind.ALWAYS: "CF", ForwardingKind.BUSY: "CFB", ForwardingKind.NO_ANSWER: "CFU"}

LOOK_AGAIN_S = 60.0
"""How long what we know of the dialplan is believed."""


class FeatureControl(AsideControl):
    """The services of `AsideControl`, and these."""

    _is_obeyed: bool | None = None
    """Whether the dialplan does what the database says, as far as we know; None as long as nobody asked."""
    _looked_s: float = 0.0

    async def set_do_not_disturb(self, device: DeviceId, on: bool) -> None:
        session = await self._obeyed_session(device)
        await self._keep(session, "DND", device, "YES" if on else None)
        await self._show(session, f"Custom:DND{device}", on)

    async def set_forwarding(self, device: DeviceId, kind: ForwardingKind, to: str | None) -> None:
        session = await self._obeyed_session(device)
        target = None if to is None else checked_target(to)
        if target == device:
            raise ServiceRefused(f"{device} cannot be forwarded to itself")
        await self._keep(session, _FAMILY[kind], device, target)
        if kind is ForwardingKind.ALWAYS:
            await self._show(session, f"Custom:CF{device}", target is not None)

    async def _obeyed_session(self, device: DeviceId) -> Session:
        session = self._live_session()
        if self._names.device(device) is None:
            raise ServiceRefused(f"{device} is no device of the company")
        if not self._is_obeyed:
            await self._look_whether_obeyed(session)
        if not self._is_obeyed:
            raise ServiceNotSupported(
                "This Asterisk has neither FreePBX's dialplan nor the lines of docs/howto/call-control.md for it."
            )
        return session

    async def _look_whether_obeyed(self, session: Session) -> None:
        self._looked_s = self._clock()
        try:
            self._is_obeyed = (
                bool(await self._read_global(session, "DB_KEYS(AMPUSER)"))
                or await self._read_global(session, dialplan.exists(ways.CONTEXT, ways.MARKER)) == "1"
            )
        except ServiceRefused:
            self._is_obeyed = False

    def _is_to_be_looked_at(self) -> bool:
        """Lines can be written down, or taken away, at any time."""
        return self._is_obeyed is None or self._clock() - self._looked_s >= LOOK_AGAIN_S

    async def _keep(self, session: Session, family: str, device: DeviceId, value: str | None) -> None:
        key = f"{family}/{device}"
        if value is not None:
            await self._ask(session, "DBPut", {"Family": family, "Key": device, "Val": value})
        elif await self._read_global(session, f"DB_EXISTS({key})") == "1":
            await self._ask(session, "DBDel", {"Family": family, "Key": device})
        kept = await self._kept(session, family, device)
        if kept != value:
            raise ServiceRefused(f"Asterisk took it, but its database says {kept or 'nothing'} of {key} now: try again")

    async def _kept(self, session: Session, family: str, device: DeviceId) -> str | None:
        """What the database holds now. The function DB reads nothing without a channel (22.10, 16.28)."""
        if await self._read_global(session, f"DB_EXISTS({family}/{device})") != "1":
            return None
        try:
            told = await session.ask_list("DBGet", {"Family": family, "Key": device})
        except LinkLost as error:
            raise LinkDown(f"{self._settings.pbx}: {error}") from error
        return next((each.get("Val") for each in told if each.name == "DBGetResponse"), None)

    async def _show(self, session: Session, state: str, on: bool) -> None:
        value = "BUSY" if on else "NOT_INUSE"
        await self._ask(session, "Setvar", {"Variable": f"DEVICE_STATE({state})", "Value": value})

    async def look_after(self) -> None:
        """What is to be done with every tick."""
        session = self._live_session()
        if self._is_to_be_looked_at() and "Getvar" in session.allowed:
            try:
                await self._look_whether_obeyed(session)
            except LinkDown:
                return
        await super().look_after()
