"""Do not disturb and forwarding, as FreePBX keeps them: in Asterisk's database, with a device state for the lamps.

Plain Asterisk has neither: what a phone's own buttons do is in the phone, and what a dialplan does is that dialplan's.
So these are offered where the database shows a FreePBX (`AMPUSER`), and not supported elsewhere.

Source: FreePBX 16 and 17, the modules donotdisturb and callforward: `DND/101 = YES`, `CF`, `CFB` and `CFU` by
extension, the device states `Custom:DND101` and `Custom:CF101`.
"""

from __future__ import annotations

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.control.aside import AsideControl
from ringcard.pbx.asterisk.control.asking import checked_target
from ringcard.pbx.asterisk.session import Session
from ringcard.pbx.connector import ForwardingKind, LinkDown, ServiceNotSupported, ServiceRefused

_FAMILY = {ForwardingKind.ALWAYS: "CF", ForwardingKind.BUSY: "CFB", ForwardingKind.NO_ANSWER: "CFU"}


class FeatureControl(AsideControl):
    """The services of `AsideControl`, and these."""

    _is_freepbx: bool | None = None
    """What the database said; None as long as it was not asked."""

    async def set_do_not_disturb(self, device: DeviceId, on: bool) -> None:
        session = await self._freepbx_session(device)
        await self._keep(session, "DND", device, "YES" if on else None)
        await self._show(session, f"Custom:DND{device}", on)

    async def set_forwarding(self, device: DeviceId, kind: ForwardingKind, to: str | None) -> None:
        session = await self._freepbx_session(device)
        target = None if to is None else checked_target(to)
        if target == device:
            raise ServiceRefused(f"{device} cannot be forwarded to itself")
        await self._keep(session, _FAMILY[kind], device, target)
        if kind is ForwardingKind.ALWAYS:
            await self._show(session, f"Custom:CF{device}", target is not None)

    async def _freepbx_session(self, device: DeviceId) -> Session:
        session = self._live_session()
        if self._names.device(device) is None:
            raise ServiceRefused(f"{device} is no device of the company")
        if self._is_freepbx is None:
            await self._look_for_freepbx(session)
        if not self._is_freepbx:
            raise ServiceNotSupported("This Asterisk has no FreePBX dialplan, and keeps neither for its devices.")
        return session

    async def _look_for_freepbx(self, session: Session) -> None:
        try:
            self._is_freepbx = bool(await self._read_global(session, "DB_KEYS(AMPUSER)"))
        except ServiceRefused:
            self._is_freepbx = False

    async def _keep(self, session: Session, family: str, device: DeviceId, value: str | None) -> None:
        if value is not None:
            await self._ask(session, "DBPut", {"Family": family, "Key": device, "Val": value})
            return
        if await self._read_global(session, f"DB_EXISTS({family}/{device})") == "1":
            await self._ask(session, "DBDel", {"Family": family, "Key": device})

    async def _show(self, session: Session, state: str, on: bool) -> None:
        value = "BUSY" if on else "NOT_INUSE"
        await self._ask(session, "Setvar", {"Variable": f"DEVICE_STATE({state})", "Value": value})

    async def look_after(self) -> None:
        """What is to be done with every tick."""
        session = self._live_session()
        if self._is_freepbx is None and "Getvar" in session.allowed:
            try:
                await self._look_for_freepbx(session)
            except LinkDown:
                return
        await super().look_after()
