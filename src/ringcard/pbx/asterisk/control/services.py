"""The services of call control, as actions of the manager interface.

What is asked is checked here against what the PBX shows, and refused before anything is sent if it does not fit. How a
transfer with a question goes on is `transfer`'s business, what the dialplan does is `dialplan`'s, and what a number or
a name may look like is `asking`'s. `AsteriskConnector` is one of these.

Source: documentation/core-en_US.xml of 22.10 and 16.28 (actions and functions), tried on both (ADR 0019).
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.asterisk.control import dialplan
from ringcard.pbx.asterisk.control.asking import checked_digits, keys_of
from ringcard.pbx.asterisk.control.base import Control
from ringcard.pbx.asterisk.control.options import may_transfer
from ringcard.pbx.asterisk.control.patience import until
from ringcard.pbx.asterisk.control.sight import is_together, leg_of, other_of, others, side_of, waits_by_us, who_rings
from ringcard.pbx.asterisk.control.transfer import Action, Request, WrongTime
from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.places import HOLD, RETRIEVE, WAIT
from ringcard.pbx.asterisk.session import Session
from ringcard.pbx.asterisk.tracked import TrackedCall
from ringcard.pbx.connector import Hindrance, LinkDown, Service, ServiceRefused, WrongState

log = structlog.get_logger(__name__)

DIGIT_GAP_S = 0.25
"""Between two digits sent one after the other: Asterisk plays each for a tenth of a second at least."""

TOGETHER_S = 2.0
LOOK_EVERY_S = 0.02
"""How long two may take to hear each other again, and how often that is looked at; it takes Asterisk 20 ms."""


class CallControl(Control):
    """The services that concern a call."""

    # -- hold ------------------------------------------------------------------------------------------------------

    async def hold_call(self, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        call, leg = self._found(Service.HOLD_CALL, call_id, device)
        other = other_of(call, device)
        assert other is not None
        await self._ensure_dialplan(session)
        await self._set(session, other, dialplan.PEER, leg.name)
        await self._set(session, leg, dialplan.HOLDS, other.name)
        await self._set(session, leg, dialplan.BACK, device)
        if other.device is not None and not await self._read(session, other, "TRANSFER_CONTEXT"):
            # Or the numbers that a colleague keys in after `*2` and `#1` would be looked for in our context, in which
            # they are from now on. Not those of a customer: nobody outside is to reach the company's own dialplan.
            await self._set(session, other, "TRANSFER_CONTEXT", self._settings.context)
        await self._ask(
            session,
            "Redirect",
            {
                "Channel": other.name,
                "Context": dialplan.CONTEXT,
                "Exten": HOLD + device,
                "Priority": "1",
                "ExtraChannel": leg.name,
                "ExtraContext": dialplan.CONTEXT,
                "ExtraExten": WAIT + device,
                "ExtraPriority": "1",
            },
        )

    async def retrieve_call(self, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        _, leg = self._found(Service.RETRIEVE_CALL, call_id, device)
        await self._ensure_dialplan(session)
        await self._redirect(session, leg, dialplan.CONTEXT, RETRIEVE + device)

    async def _take_back(self, session: Session, call: TrackedCall, leg: Channel, device: DeviceId) -> None:
        """Whoever waits for `device` is with it again: only two who hear each other can be handed on."""
        if not waits_by_us(leg):
            return
        await self._redirect(session, leg, dialplan.CONTEXT, RETRIEVE + device)

        async def together() -> bool | None:
            return is_together(call, device) or None

        if not await until(together, within_s=TOGETHER_S, every_s=LOOK_EVERY_S, sleep=self._sleep):
            raise ServiceRefused(f"the PBX did not bring the held side back to device {device}")

    # -- handing on ------------------------------------------------------------------------------------------------

    async def single_step_transfer_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        session = self._live_session()
        call, leg = self._found(Service.SINGLE_STEP_TRANSFER_CALL, call_id, device)
        extension = self._extension(to, device)
        await self._exists(session, extension)
        other = other_of(call, device)
        assert other is not None
        context = await self._where_it_comes_back(session, other, extension, device)
        await self._take_back(session, call, leg, device)
        await self._ask(session, "BlindTransfer", {"Channel": leg.name, "Context": context, "Exten": extension})

    async def deflect_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        session = self._live_session()
        _, leg = self._found(Service.DEFLECT_CALL, call_id, device)
        extension = self._extension(to, device)
        await self._exists(session, extension)
        caller = who_rings(leg)
        assert caller is not None
        context = await self._where_it_comes_back(session, caller, extension, device)
        await self._redirect(session, caller, context, extension)

    async def _where_it_comes_back(self, session: Session, other: Channel, extension: str, device: DeviceId) -> str:
        """The context to send `other` to: ours if a person's phone is to ring, so that it comes back to `device`.

        A queue, a menu or a voice box takes it at once and needs none. Without our lines the PBX's dialplan decides.
        """
        if self._translator.is_service(extension):
            return self._settings.context
        try:
            await self._ensure_dialplan(session)
        except WrongState:
            return self._settings.context
        await self._set(session, other, dialplan.BACK, device)
        return dialplan.TRANSFER_CONTEXT

    async def _exists(self, session: Session, extension: str) -> None:
        if not await self._read_global(session, dialplan.exists(self._settings.context, extension)) == "1":
            raise ServiceRefused(f"the dialplan has no {extension} in {self._settings.context}")

    # -- asking first ----------------------------------------------------------------------------------------------

    async def consultation_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        session = self._live_session()
        call, leg = self._found(Service.CONSULTATION_CALL, call_id, device)
        extension = self._extension(to, device)
        await self._exists(session, extension)
        other = other_of(call, device)
        assert other is not None
        if await may_transfer(session.ask_list, leg, other) is False:
            raise WrongState(
                "the PBX was not told that this call may be handed on: Dial or Queue needs the option"
                f" {'t' if leg.dialled else 'T'}",
                Hindrance.NO_TRANSFER_OPTION,
            )
        if not await self._read(session, leg, "FEATUREMAP(atxfer)"):
            raise WrongState(
                "the PBX has no feature code for attended transfers (atxfer in features.conf)",
                Hindrance.NO_TRANSFER_OPTION,
            )
        await self._take_back(session, call, leg, device)
        keys, context = keys_of(extension), self._settings.context
        if keys != extension:
            await self._ensure_dialplan(session)
            context = dialplan.PLUS_CONTEXT
        await self._act(session, call, device, Request.CONSULT, {Action.CONSULT: {"Exten": keys, "Context": context}})

    async def alternate_call(self, call_id: CallId, device: DeviceId) -> None:
        await self._go_on(Service.ALTERNATE_CALL, Request.ALTERNATE, call_id, device)

    async def reconnect_call(self, call_id: CallId, device: DeviceId) -> None:
        await self._go_on(Service.RECONNECT_CALL, Request.RECONNECT, call_id, device)

    async def transfer_call(self, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        call, leg = self._found(Service.TRANSFER_CALL, call_id, device)
        side = side_of(call, device)
        if (
            side is not None
            and not side.established
            and await self._read(session, leg, "FEATURE(atxferdropcall)") == "1"
        ):
            raise WrongState("this PBX drops a call that is handed on before it was answered (atxferdropcall)")
        await self._act(session, call, device, Request.TRANSFER)

    async def conference_call(self, call_id: CallId, device: DeviceId) -> None:
        await self._go_on(Service.CONFERENCE_CALL, Request.CONFERENCE, call_id, device)

    async def _go_on(self, service: Service, request: Request, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        call, _ = self._found(service, call_id, device)
        await self._act(session, call, device, request)

    async def _act(
        self,
        session: Session,
        call: TrackedCall,
        device: DeviceId,
        request: Request,
        how: Mapping[Action, dict[str, str]] | None = None,
    ) -> None:
        """Ask the transfer's machine, and do what it says. It is as before if the PBX refuses."""
        transfer = self._watch.of(call, device, self._clock())
        before = transfer.phase
        try:
            action = transfer.ask(request, self._clock())
        except WrongTime as error:
            raise WrongState(str(error)) from error
        try:
            await self._do(session, call, device, action, (how or {}).get(action, {}))
        except BaseException:
            transfer.refused(before, self._clock())
            raise

    async def _do(
        self, session: Session, call: TrackedCall, device: DeviceId, action: Action, how: dict[str, str]
    ) -> None:
        leg = leg_of(call, device)
        if action is Action.BRING_BACK:
            for other in others(call, device):
                log.warning(
                    "asterisk.brings_back", action="asterisk_brings_back", pbx=self._settings.pbx, device=device
                )
                await self._redirect(session, other, self._settings.context, device)
            return
        if leg is None:
            raise WrongState(f"device {device} is not in the call any more", Hindrance.NOT_IN_CALL)
        match action:
            case Action.CONSULT:
                await self._ask(session, "Atxfer", {"Channel": leg.name, **how})
            case Action.ABORT:
                await self._ask(session, "CancelAtxfer", {"Channel": leg.name})
            case Action.HANG_UP:
                await self._ask(session, "Hangup", {"Channel": leg.name})
            case Action.SWAP:
                await self._press(session, leg, "atxferswap")
            case Action.THREEWAY:
                await self._press(session, leg, "atxferthreeway")

    async def _press(self, session: Session, leg: Channel, feature: str) -> None:
        """Have Asterisk take the keys of a feature as if the phone had sent them (`Receive`; 13.30, 16.7 and newer)."""
        code = await self._read(session, leg, f"FEATURE({feature})")
        if not code:
            raise WrongState(
                f"the PBX has no feature code for it ({feature} in features.conf)", Hindrance.NO_TRANSFER_OPTION
            )
        for digit in code:
            await self._ask(session, "PlayDTMF", {"Channel": leg.name, "Digit": digit, "Receive": "true"})

    async def keep_watch(self) -> None:
        """Do what time, or a customer left alone, asks for. Called with every tick of the connection."""
        session = self._live_session()
        for call, device, action in self._watch.tick(self._clock()):
            try:
                await self._do(session, call, device, action, {})
            except (ServiceRefused, LinkDown) as error:
                log.warning("asterisk.watch", action="asterisk_watch", pbx=self._settings.pbx, problem=str(error))

    # -- digits ----------------------------------------------------------------------------------------------------

    async def generate_digits(self, call_id: CallId, device: DeviceId, digits: str) -> None:
        session = self._live_session()
        call, _ = self._found(Service.GENERATE_DIGITS, call_id, device)
        keys = checked_digits(digits)
        other = other_of(call, device)
        assert other is not None
        for number, digit in enumerate(keys):
            if number:
                await self._sleep(DIGIT_GAP_S)
            await self._ask(session, "PlayDTMF", {"Channel": other.name, "Digit": digit})
