"""What every service of call control stands on: the session, what hinders a service now, and words to the PBX.

The services themselves are in `services` and `aside`; `AsteriskConnector` is one of these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.numbers import NumberingPlan
from ringcard.pbx.asterisk.control import dialplan
from ringcard.pbx.asterisk.control.asking import checked_target
from ringcard.pbx.asterisk.control.patience import until
from ringcard.pbx.asterisk.control.sight import is_together, leg_of, other_of, others, side_of, waits_by_us, who_rings
from ringcard.pbx.asterisk.control.transfer import Request
from ringcard.pbx.asterisk.control.watch import Watch
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.mirror import RINGING, Channel
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.session import CallTranslator, Session
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.asterisk.tracked import TrackedCall
from ringcard.pbx.connector import Hindrance, Service, ServiceRefused, Unserved, WrongState

Headers = Mapping[str, str | Iterable[str]]

log = structlog.get_logger(__name__)

NEEDS: Mapping[Service, tuple[str, ...]] = {
    Service.MAKE_CALL: ("Originate",),
    Service.CLEAR_CONNECTION: ("Hangup",),
    Service.HOLD_CALL: ("Redirect", "Setvar", "Getvar"),
    Service.RETRIEVE_CALL: ("Redirect",),
    Service.CONSULTATION_CALL: ("Atxfer", "Getvar"),
    Service.ALTERNATE_CALL: ("PlayDTMF", "Getvar"),
    Service.RECONNECT_CALL: ("CancelAtxfer",),
    Service.TRANSFER_CALL: ("Hangup", "Getvar"),
    Service.CONFERENCE_CALL: ("PlayDTMF", "Getvar"),
    Service.SINGLE_STEP_TRANSFER_CALL: ("BlindTransfer", "Redirect", "Setvar", "Getvar"),
    Service.DEFLECT_CALL: ("Redirect", "Setvar", "Getvar"),
    Service.GENERATE_DIGITS: ("PlayDTMF",),
    Service.ANSWER_CALL: ("Getvar",),
    Service.PARK_CALL: ("Park",),
    Service.SET_FORWARDING: ("DBPut", "DBDel", "Setvar", "Getvar"),
    Service.SET_DO_NOT_DISTURB: ("DBPut", "DBDel", "Setvar", "Getvar"),
    Service.SET_AGENT_STATE: ("QueuePause", "QueueAdd", "QueueRemove"),
    Service.DIRECTED_PICKUP_CALL: ("Originate",),
    Service.GROUP_PICKUP_CALL: ("Originate",),
    Service.SINGLE_STEP_CONFERENCE_CALL: ("Originate",),
}
"""The actions that each service takes; which class allows them is in `permissions`."""


class Control(Unserved):
    """Whoever is one has a session, a translator and settings."""

    _settings: AsteriskSettings
    _translator: CallTranslator
    _names: DeviceNames
    _plan: NumberingPlan
    _sleep: Callable[[float], Awaitable[None]]
    _clock: Callable[[], float]
    _watch: Watch
    _has_dialplan: bool | None = None
    """Whether our lines were there when we looked last."""

    def _live_session(self) -> Session:
        raise NotImplementedError

    async def _ask(self, session: Session, action: str, headers: Headers, action_id: str = "") -> Message:
        raise NotImplementedError

    # -- what hinders ----------------------------------------------------------------------------------------------

    def _hindrance_in_call(self, service: Service, call: TrackedCall | None, device: DeviceId) -> Hindrance | None:
        leg = leg_of(call, device) if call is not None and not call.ended else None
        if call is None or leg is None:
            return Hindrance.NOT_IN_CALL
        if service is Service.CLEAR_CONNECTION:
            return None
        if service is Service.DEFLECT_CALL:
            return None if leg.state == RINGING and who_rings(leg) is not None else Hindrance.WRONG_STATE
        if service is Service.RETRIEVE_CALL:
            return None if waits_by_us(leg) else Hindrance.WRONG_STATE
        side = side_of(call, device)
        if service in _WITH_SIDE:
            if side is None or not side.feature:
                return Hindrance.WRONG_STATE
            if service is Service.CONFERENCE_CALL and not side.established:
                return Hindrance.WRONG_STATE
            return None if self._may_be_asked(service, call, device) else Hindrance.WRONG_STATE
        if service is Service.HOLD_CALL and self._has_dialplan is False:
            return Hindrance.NO_DIALPLAN
        if service in _FROM_HOLD and waits_by_us(leg) and side is None:
            return None if other_of(call, device) is not None else Hindrance.WRONG_STATE
        if not leg.up or not is_together(call, device) or (side is not None and service is not Service.GENERATE_DIGITS):
            return Hindrance.WRONG_STATE
        if service is Service.HOLD_CALL and (leg.held_s is not None or len(others(call, device)) > 1):
            return Hindrance.WRONG_STATE
        return None

    def _may_be_asked(self, service: Service, call: TrackedCall, device: DeviceId) -> bool:
        return self._watch.fits(call, device, Request(service.value), self._clock())

    def _found(self, service: Service, call_id: CallId, device: DeviceId) -> tuple[TrackedCall, Channel]:
        """The call and the device's line in it, if the service fits. Raises `WrongState`."""
        call = self._translator.calls.get(call_id)
        hindrance = self._hindrance_in_call(service, call, device)
        leg = leg_of(call, device) if call is not None else None
        if hindrance is not None or call is None or leg is None:
            hindrance = hindrance or Hindrance.NOT_IN_CALL
            raise WrongState(f"{service.value} does not fit: {_WORDS[hindrance].format(device=device)}", hindrance)
        return call, leg

    # -- the PBX ---------------------------------------------------------------------------------------------------

    def _extension(self, to: str, device: DeviceId) -> str:
        extension = checked_target(to)
        if extension == device:
            raise ServiceRefused(f"{device} is who asks: nobody can be handed on to oneself")
        if self._translator.is_service(extension) or self._names.device(extension) is not None:
            return extension
        return self._plan.dial(extension).dialled or extension

    async def _ensure_dialplan(self, session: Session) -> None:
        """See to it that our lines are there now. Raises `WrongState` if they are not and may not be added."""
        settings = self._settings
        company, hold_s, ring_s = settings.context, round(settings.hold_s), round(settings.transfer_ring_s)
        ours = dialplan.marker(company, hold_s=hold_s, ring_s=ring_s)
        for marker in (ours, dialplan.MARKER):
            if await self._read_global(session, dialplan.exists(dialplan.CONTEXT, marker)) == "1":
                self._has_dialplan = True
                return
        if "DialplanExtensionAdd" not in session.allowed:
            self._has_dialplan = False
            raise WrongState(
                "the dialplan lacks the lines of docs/howto/call-control.md, and the manager account may not add them"
                " (write = system)",
                Hindrance.NO_DIALPLAN,
            )
        added = [*dialplan.lines(company, hold_s=hold_s, ring_s=ring_s), dialplan.marked(ours)]
        await asyncio.gather(*(self._add_line(session, line) for line in added))
        log.info("asterisk.dialplan", action="asterisk_dialplan", pbx=settings.pbx, added=len(added))
        self._has_dialplan = True

    async def _add_line(self, session: Session, line: dialplan.Line) -> None:
        headers = {
            "Context": line.context,
            "Extension": line.extension,
            "Priority": str(line.priority),
            "Application": line.application,
            "ApplicationData": line.data,
            # One that was added with other settings, or by a version before.
            "Replace": "yes",
        }
        await self._ask(session, "DialplanExtensionAdd", headers)

    async def _redirect(self, session: Session, channel: Channel, context: str, extension: str) -> None:
        """Send a channel elsewhere.

        One that is on its way still from a Redirect before is refused ("channel not up", `ast_check_hangup` in
        main/manager.c of 22.10 and 16.28): it is there in a moment.
        """
        headers = {"Channel": channel.name, "Context": context, "Exten": extension, "Priority": "1"}

        async def accepted() -> Message | None:
            try:
                return await self._ask(session, "Redirect", headers)
            except ServiceRefused as refused:
                if "not up" not in str(refused) or not channel.alive:
                    raise
                return None

        if await until(accepted, within_s=UNDER_WAY_S, every_s=UNDER_WAY_EVERY_S, sleep=self._sleep) is None:
            await self._ask(session, "Redirect", headers)

    async def _set(self, session: Session, channel: Channel, variable: str, value: str) -> None:
        await self._ask(session, "Setvar", {"Channel": channel.name, "Variable": variable, "Value": value})

    async def _read(self, session: Session, channel: Channel, variable: str) -> str:
        answer = await self._ask(session, "Getvar", {"Channel": channel.name, "Variable": variable})
        return answer.get("Value")

    async def _read_global(self, session: Session, function: str) -> str:
        return (await self._ask(session, "Getvar", {"Variable": function})).get("Value")


UNDER_WAY_S, UNDER_WAY_EVERY_S = 1.0, 0.05
"""How long a channel may be on its way, and how often that is looked at."""

_WITH_SIDE = frozenset({Service.ALTERNATE_CALL, Service.RECONNECT_CALL, Service.TRANSFER_CALL, Service.CONFERENCE_CALL})
_FROM_HOLD = frozenset({Service.SINGLE_STEP_TRANSFER_CALL, Service.CONSULTATION_CALL})
_WORDS = {
    Hindrance.NOT_IN_CALL: "device {device} is not in the call",
    Hindrance.WRONG_STATE: "the call of device {device} is not in a state for it",
    Hindrance.PHONE_CANNOT: "the phone of device {device} does not let itself be told, or has not said so",
    Hindrance.NO_DIALPLAN: "the dialplan lacks the lines of docs/howto/call-control.md",
}
