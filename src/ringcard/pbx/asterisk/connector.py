"""The connector for Asterisk: keeps a session with the manager interface alive and answers for it.

The parts: `protocol` and `messages` read bytes, `wire` is the socket, `login`, `permissions`, `filters` and
`questions` are what a `session` does before it listens, `translate` makes CSTA events of what it hears, `services`
what we ask for. Here: when to try again, what to tell an administrator, and the port (`pbx.connector`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.numbers import parse_devices
from ringcard.pbx.asterisk.control.agents import AgentControl
from ringcard.pbx.asterisk.control.base import NEEDS, Headers
from ringcard.pbx.asterisk.control.phones import Phones
from ringcard.pbx.asterisk.control.watch import Watch
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.examination import examine
from ringcard.pbx.asterisk.inventory import take as take_inventory
from ringcard.pbx.asterisk.protocol import LocalAmiError, Message
from ringcard.pbx.asterisk.services import hangup, originate
from ringcard.pbx.asterisk.session import CallTranslator, Session, Sleep, SteadyClock
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.asterisk.translate import Translator, new_call_id
from ringcard.pbx.asterisk.wire import LinkLost, Refused
from ringcard.pbx.connector import (
    NO_DATA,
    Capabilities,
    EventSink,
    Hindrance,
    KnownDevice,
    LinkDown,
    LinkState,
    LinkStatus,
    Service,
    ServiceRefused,
)
from ringcard.pbx.examination import Check
from ringcard.pbx.link import LinkCause

log = structlog.get_logger(__name__)

OF_DEVICES = frozenset({Service.SET_FORWARDING, Service.SET_DO_NOT_DISTURB})
OF_NO_CALL = OF_DEVICES | {
    Service.MAKE_CALL,
    Service.GROUP_PICKUP_CALL,
    Service.SET_AGENT_STATE,
    Service.SNAPSHOT,
    Service.GET_DEVICES,
}
"""The services that need no call to be there."""

CAPABILITIES = Capabilities(frozenset({*NEEDS, Service.SNAPSHOT, Service.GET_DEVICES}))


class AsteriskConnector(AgentControl):
    """One Asterisk, 13 or newer, over its manager interface. Implements `pbx.connector.Connector`.

    `on_status` is told of every change of the link, at once. `clock`, `sleep` and `chance` (0 ≤ x < 1) are for tests.
    """

    def __init__(
        self,
        settings: AsteriskSettings,
        *,
        on_status: Callable[[LinkStatus], None] | None = None,
        translator: CallTranslator | None = None,
        clock: Callable[[], float] | None = None,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        call_ids: Callable[[], CallId] = new_call_id,
    ) -> None:
        self._settings = settings
        devices = parse_devices(settings.devices) if settings.devices else None
        self._names = DeviceNames(devices, settings.aliases)
        self._plan = settings.plan(devices)
        self._translator = translator or Translator(
            PbxId(settings.pbx),
            self._names,
            self._plan,
            new_call_id=call_ids,
        )
        self._on_status = on_status
        self._clock = clock or SteadyClock()
        self._sleep = sleep
        self._chance = chance
        self._call_ids = call_ids
        self._session: Session | None = None
        self._watch = Watch()
        self._phones = Phones()
        self._rung = {}
        self._filtering = True
        self._status = LinkStatus(LinkState.CONNECTING, self._now())

    @classmethod
    def examine(cls, settings: AsteriskSettings) -> AsyncIterator[Check]:
        """Look at an Asterisk without becoming part of it (`pbx.examination.Examinable`)."""
        return examine(settings)

    @property
    def pbx(self) -> PbxId:
        return PbxId(self._settings.pbx)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def status(self) -> LinkStatus:
        return self._status

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        self._translator.adopt(open_calls, heard_until)

    def device_of(self, channel: str) -> DeviceId | None:
        """Which of the company's devices a channel is, by its name."""
        return self._names.parse(channel).device

    async def run(self, sink: EventSink) -> None:
        """Hear the PBX until cancelled; the connection is then closed with a Logoff."""

        def emit(events: list[PbxEvent]) -> None:
            sink(events)

        failures = 0
        while True:
            session = Session(
                self._settings,
                self._translator,
                self._names,
                emit,
                self._up,
                filtering=self._filtering,
                clock=self._clock,
                sleep=self._sleep,
                on_tick=self._look_after_transfers,
            )
            self._session = session
            timing = self._settings.timing
            try:
                await session.run()
            except Refused as error:
                failures = 0
                self._report(LinkState.REFUSED, str(error), session.login.version, error.cause, error.about)
                delay_s = timing.refused_retry_s * (1 + self._chance())
            except LinkLost as error:
                if session.live_since_s is not None and self._clock() - session.live_since_s >= timing.stable_s:
                    failures = 0
                self._report(LinkState.DOWN, str(error), cause=error.cause)
                # Full jitter: a hundred clients of one restarted PBX come back spread out, not in step.
                delay_s = self._chance() * min(timing.backoff_most_s, timing.backoff_first_s * 2 ** min(failures, 16))
                failures += 1
            finally:
                self._session = None
            if session.filters_refused:
                self._filtering = False
            await self._sleep(delay_s)

    def hindrance(self, service: Service, call_id: CallId | None, device: DeviceId) -> Hindrance | None:
        """Why `service` cannot be asked for `device` (in the call) now; None if it can."""
        if service not in CAPABILITIES.services or (service in OF_DEVICES and self._is_obeyed is False):
            return Hindrance.NOT_SUPPORTED
        session = self._session
        if session is None or not session.is_live:
            return Hindrance.LINK_DOWN
        if any(action not in session.allowed for action in NEEDS.get(service, ())):
            return Hindrance.PERMISSION_MISSING
        if service in OF_NO_CALL:
            return None
        return self._hindrance_in_call(service, self._translator.calls.get(call_id) if call_id else None, device)

    async def make_call(
        self,
        device: DeviceId,
        number: str,
        *,
        caller_id: str | None = None,
        auto_answer: bool = False,
        data: Mapping[str, str] = NO_DATA,
    ) -> CallId:
        """Ring `device`, then dial `number`. Returns once Asterisk has queued it; the outcome follows as events.

        Raises `ServiceRefused` with the PBX's words, `LinkDown` without a connection.
        """
        session = self._live_session()
        call_id = self._call_ids()
        channel_id = f"ringcard-{call_id}"
        interface = session.interfaces.get(device)
        dialled = self._plan.dial(number).dialled or number
        headers = originate(
            self._settings,
            call_id,
            channel_id,
            device,
            dialled,
            caller_id,
            interface,
            auto_answer=auto_answer,
            data=data,
        )
        # First: its first events may come ahead of the response.
        self._translator.expect_call(call_id, channel_id, device, number)
        try:
            await self._ask(session, "Originate", headers, channel_id)
        except ServiceRefused:
            self._translator.unexpect_call(channel_id)
            raise
        return call_id

    async def clear_connection(self, call_id: CallId, device: DeviceId) -> None:
        """Hang `device` up in `call_id`. Raises `ServiceRefused` if it is not in it, `LinkDown` without a
        connection."""
        session = self._live_session()
        await self._ask(session, "Hangup", hangup(self._translator.channel_of(call_id, device), call_id, device))

    async def known_devices(self) -> tuple[KnownDevice, ...]:
        """The company's devices that this Asterisk knows (`pbx.connector.DeviceDirectory`). Raises `LinkDown`."""
        session = self._live_session()
        try:
            return await take_inventory(session.ask_list, session.allowed, self._names)
        except LinkLost as error:
            raise LinkDown(f"{self._settings.pbx}: {error}") from error

    def _look_after_transfers(self) -> Coroutine[Any, Any, None] | None:
        self._watch.see(self._clock())
        wanted = self._watch or self._rung or self._is_to_be_looked_at() or self._unknown_phones()
        return self.look_after() if wanted else None

    async def _ask(self, session: Session, action: str, headers: Headers, action_id: str = "") -> Message:
        try:
            answer: Message = await session.ask(action, headers, action_id)
        except LinkLost as error:
            raise LinkDown(f"{self._settings.pbx}: {error}") from error
        except LocalAmiError as error:
            raise ServiceRefused(str(error)) from error
        if not answer.succeeded:
            raise ServiceRefused(answer.get("Message") or f"{action} was refused without a reason")
        return answer

    def _live_session(self) -> Session:
        if self._session is None or not self._session.is_live:
            raise LinkDown(
                f"there is no connection to {self._settings.pbx} now: {self._status.problem or 'connecting'}"
            )
        return self._session

    def _up(self, session: Session) -> None:
        cause = None if session.problem is None else LinkCause.PERMISSION_MISSING
        self._report(LinkState.UP, session.problem, session.login.version, cause, session.lacks)

    def _report(
        self,
        state: LinkState,
        problem: str | None,
        version: str | None = None,
        cause: LinkCause | None = None,
        about: tuple[str, ...] = (),
    ) -> None:
        before = self._status
        if (before.state, before.problem) == (state, problem):
            return
        since = before.since if before.state is state else self._now()
        self._status = LinkStatus(state, since, problem, version or before.pbx_version, cause, about)
        note = log.info if state is LinkState.UP and problem is None else log.warning
        note(
            "asterisk.link",
            action="asterisk_link",
            pbx=self._settings.pbx,
            state=state.value,
            problem=problem,
            version=self._status.pbx_version,
        )
        if self._on_status is not None:
            self._on_status(self._status)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
