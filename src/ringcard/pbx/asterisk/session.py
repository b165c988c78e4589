"""One connection to an Asterisk, from its first byte to its last: log in, check, filter, take stock, listen.

The order matters. Events other than `system` are asked for only when filters stand and somebody reads; what arrives
until the translator is told of the connection is held back and handed to it then, in order, so that it hears exactly
one story: connected, what the PBX says, disconnected. Over 400 lines: the life of one connection is read in one piece.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.devices import DeviceNames, Kind
from ringcard.pbx.asterisk.discretion import Discretion
from ringcard.pbx.asterisk.filters import EVENT_CLASSES, filters
from ringcard.pbx.asterisk.inventory import LISTED
from ringcard.pbx.asterisk.login import Login, list_allowed, log_in
from ringcard.pbx.asterisk.messages import UNREAD, WANTED, WANTED_VARIABLES, ChannelState, number_of
from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.permissions import PROBE_CHANNEL, READ, Hearing, advice, allowed_actions, missing_to_write
from ringcard.pbx.asterisk.protocol import AmiProtocol, LocalAmiError, Message, Oversized
from ringcard.pbx.asterisk.questions import read_database, take_snapshot
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.asterisk.terminals import FORWARDING, forwarded
from ringcard.pbx.asterisk.tracked import TrackedCall
from ringcard.pbx.asterisk.wire import LinkLost, Refused, Wire, connect
from ringcard.pbx.connector import LinkDown
from ringcard.pbx.link import LinkCause

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]

BROADCAST = WANTED | {"Reload"}
"""`Reload` is ours alone: permissions count from login on, so after `manager reload` a session that lacks some begins
anew."""

PARSED = BROADCAST | LISTED | {"ParkedCallsComplete", "PeerEntry", "PeerlistComplete"}
"""What is parsed at all: also the ends of lists, for which somebody waits."""


class CallTranslator(Protocol):
    """What a session needs of `translate.Translator`."""

    wants_snapshot: bool
    calls: dict[CallId, TrackedCall]

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None: ...
    def connected(self, at_s: float) -> None: ...
    def disconnected(self, at_s: float) -> None: ...
    def receive(self, message: Message | Oversized, received_s: float) -> list[PbxEvent]: ...
    def tick(self, now_s: float) -> list[PbxEvent]: ...
    def presentation(self, uid: str, pres: str) -> list[PbxEvent]: ...
    def said_by_trunk(self, uid: str, field: str) -> list[PbxEvent]: ...
    def expect_call(self, call_id: CallId, channel_id: str, device: DeviceId, number: str) -> None: ...
    def unexpect_call(self, channel_id: str) -> None: ...
    def channel(self, uid: str) -> Channel | None: ...
    def channel_of(self, call_id: CallId, device: DeviceId) -> str | None: ...
    def is_service(self, text: str) -> bool: ...
    def user_agent_of(self, device: DeviceId) -> str: ...
    def interfaces_in(self, queue: str | None, device: DeviceId) -> list[tuple[str, str]]: ...


class SteadyClock:
    """Epoch seconds that never jump: the wall's time at the start, and what went by since."""

    def __init__(self) -> None:
        self._began_s = time.time() - time.monotonic()

    def __call__(self) -> float:
        return self._began_s + time.monotonic()


class Session:
    """One connection; `run` is its life and is called once.

    `emit` takes the events of one message, at once and in order. `on_live` is told when the first snapshot is
    complete, and again whenever `problem` has changed; `on_tick` with every tick, and may return something to be done.
    """

    def __init__(
        self,
        settings: AsteriskSettings,
        translator: CallTranslator,
        names: DeviceNames,
        emit: Callable[[list[PbxEvent]], None],
        on_live: Callable[[Session], None],
        *,
        filtering: bool = True,
        clock: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
        on_tick: Callable[[], Coroutine[Any, Any, None] | None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._on_tick = on_tick
        self._translator = translator
        self._names = names
        self._discretion = Discretion(emit, clock)
        self._on_live = on_live
        self._filtering = filtering and settings.server_filters
        self._clock = clock
        self._sleep = sleep
        self._wire: Wire | None = None
        self._allowed: frozenset[str] = frozenset()
        self._hearing = Hearing()
        self._booted = asyncio.Event()
        self._proved = asyncio.Event()
        self._held: list[tuple[Message | Oversized, float]] | None = []
        """What came before the translator knows of the connection; None from then on."""
        self._private: set[str] = set()
        """ActionIDs whose answers are not for the translator."""
        self._caller_fields = {trunk.name: trunk.caller_id for trunk in settings.trunks if trunk.caller_id}
        self._asked_of_caller: dict[str, Callable[[str], list[PbxEvent]]] = {}
        self._snapshot_at_s = 0.0
        self._snapshotting = False
        self._confused = False
        self.login = Login(None, None)
        self.interfaces: dict[DeviceId, str] = {}
        """What the PBX calls each device: `PJSIP/101`, `SIP/101`."""
        self.live_since_s: float | None = None
        """When the first snapshot was complete; None before."""
        self.problem: str | None = None
        """What the account may not do or hear, and how to allow it; None if nothing is missing."""
        self.lacks: tuple[str, ...] = ()
        """The same by name: `read.call`, `write.originate`."""
        self._went_on = False
        """We stopped waiting for it to have started."""
        self._booted_late = False
        """It was still starting when we asked what we may: some of its modules' actions were missing."""
        self.filters_refused = False
        """The PBX would not take our filters: the next session does without."""

    async def run(self) -> None:
        """Connect and listen until the connection is over: raises `LinkLost` or `Refused`, or passes cancellation
        on."""
        settings = self._settings
        wire = self._wire = await connect(
            settings, lambda: Wire(AmiProtocol(PARSED, variables=WANTED_VARIABLES, unread=UNREAD), self._hear)
        )
        try:
            self.login = await log_in(wire, settings)
            await self._wait_until_booted(wire)
            # Not before: a module that is not loaded yet has no actions, and its lists would never be asked.
            self._allowed = allowed_actions(await list_allowed(wire, settings))
            await self._set_filters(wire)
            await self._listen(wire)
            await self._prove_hearing(wire)
            self._tell_translator()
            await self._snapshot(wire)
            self.live_since_s = self._clock()
            self._report()
            await self._live(wire)
        finally:
            if self._held is None:
                self._translator.disconnected(self._clock())
                self._discretion.end()
                self._held = []
            await wire.close()

    @property
    def is_live(self) -> bool:
        return self.live_since_s is not None and self._wire is not None and not self._wire.lost.done()

    async def ask(self, action: str, headers: Mapping[str, str | Iterable[str]], action_id: str = "") -> Message:
        """A service's action and its response. Raises `LinkLost` if there is none, `LocalAmiError` if it cannot be
        sent."""
        if self._wire is None:
            raise LinkLost("there is no connection")
        return await self._wire.ask(action, headers, within_s=self._settings.timing.action_s, action_id=action_id)

    async def ask_list(self, action: str, headers: dict[str, str]) -> list[Message]:
        """An action that a list answers: the response and the items. Raises as `ask` does."""
        if self._wire is None:
            raise LinkLost("there is no connection")
        return await self._wire.ask_list(action, headers, within_s=self._settings.timing.list_s)

    @property
    def allowed(self) -> frozenset[str]:
        """The actions that the account may ask."""
        return self._allowed

    # -- from login to live ---------------------------------------------------------------------------------------

    async def _wait_until_booted(self, wire: Wire) -> None:
        """Before it is booted, an Asterisk has no channels to tell of. Without `read = system` we never learn that it
        is."""
        if not await _happens(self._booted, wire, self._settings.timing.booted_s):
            self._hearing.missing.add("system")
            self._went_on = True

    async def _set_filters(self, wire: Wire) -> None:
        if not self._filtering or "Filter" not in self._allowed:
            return
        # One that is missing would lose its events for good, so it is all or none.
        answers = await asyncio.gather(
            *(
                wire.ask("Filter", headers, within_s=self._settings.timing.action_s)
                for headers in filters(self.login.major, BROADCAST)
            )
        )
        refused = next((answer for answer in answers if not answer.succeeded), None)
        if refused is not None:
            self.filters_refused = True
            raise LinkLost(f"the PBX does not take our event filters ({refused.get('Message')}): going on without them")

    async def _listen(self, wire: Wire) -> None:
        answer = await wire.ask("Events", {"EventMask": EVENT_CLASSES}, within_s=self._settings.timing.action_s)
        if not answer.succeeded:
            raise LinkLost(f"the PBX does not send events ({answer.get('Message')})")

    async def _prove_hearing(self, wire: Wire) -> None:
        """Raises `Refused` if an event of class `call` that must come does not."""
        if not self._settings.probe_events or "Originate" not in self._allowed or self._proved.is_set():
            return
        probe = wire.next_id()
        self._private.add(probe)
        headers = {"Channel": PROBE_CHANNEL, "Application": "NoOp", "Async": "true", "Timeout": "1000"}
        answer = await wire.ask("Originate", headers, within_s=self._settings.timing.action_s, action_id=probe)
        if answer.succeeded and not await _happens(self._proved, wire, self._settings.timing.probe_s):
            self._hearing.missing.add("call")
            problem = self._advice() or "the PBX sends no call events"
            raise Refused(problem, LinkCause.PERMISSION_MISSING, self.lacks)

    def _tell_translator(self) -> None:
        held, self._held = self._held or [], None
        self._translator.connected(held[0][1] if held else self._clock())
        for message, received_s in held:
            self._translate(message, received_s)

    async def _snapshot(self, wire: Wire) -> None:
        timing = self._settings.timing
        self._snapshotting = True
        if self._booted_late:
            self._booted_late = False
            self._allowed = allowed_actions(await list_allowed(wire, self._settings))
        self._confused = self._translator.wants_snapshot = False
        self._snapshot_at_s = self._clock()
        try:
            snapshot = await take_snapshot(wire, self._allowed, action_s=timing.action_s, list_s=timing.list_s)
        finally:
            self._snapshotting = False
        if snapshot.status is not None:
            self._hearing.count_calls(snapshot.status.headers)
        if snapshot.refused:
            log.info("asterisk.not_told", action="asterisk_not_told", pbx=self._settings.pbx, refused=snapshot.refused)

    # -- live ------------------------------------------------------------------------------------------------------

    async def _live(self, wire: Wire) -> None:
        lost: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick(wire, tasks))
                tasks.create_task(self._keep_alive(wire))
                await asyncio.shield(wire.lost)
        except* LinkLost as group:
            lost = group.exceptions[0]
            while isinstance(lost, BaseExceptionGroup):
                lost = lost.exceptions[0]
        # Outside: what is raised inside an `except*` is wrapped in a group again.
        if lost is not None:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Before Python 3.13 a TaskGroup that is already ending loses a cancellation from outside (gh-116720).
                raise asyncio.CancelledError
            raise lost

    async def _tick(self, wire: Wire, tasks: asyncio.TaskGroup) -> None:
        timing = self._settings.timing
        while True:
            await self._sleep(timing.tick_every_s)
            self._guarded(lambda: self._translator.tick(self._clock()))
            self._discretion.look()
            if work := self._on_tick():
                tasks.create_task(self._aside(work))
            wanted = self._translator.wants_snapshot or self._confused
            if wanted and not self._snapshotting and self._clock() - self._snapshot_at_s >= timing.snapshot_every_s:
                self._snapshotting = True
                tasks.create_task(self._snapshot(wire))

    async def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """What a tick asked for. The link may be lost before its turn comes; a fault of it must not cost the link."""
        try:
            await work
        except (LinkLost, LinkDown):
            pass  # whoever listens has heard of it, and begins anew
        except Exception:
            log.exception("asterisk.aside_failed", action="asterisk_aside_failed", pbx=self._settings.pbx)

    async def _keep_alive(self, wire: Wire) -> None:
        """A PBX that no longer answers is given up; one that answers is asked about what we should have heard."""
        timing = self._settings.timing
        while True:
            await self._sleep(timing.ping_every_s)
            await wire.ask("Ping", within_s=timing.ping_answer_s)
            if "DBGetTree" in self._allowed:
                await read_database(wire, list_s=timing.list_s)
            if "call" in self._hearing.unproved and "CoreStatus" in self._allowed:
                status = await wire.ask("CoreStatus", within_s=timing.action_s, action_id=self._privately(wire))
                self._hearing.count_calls(status.headers)
            if "agent" in self._hearing.unproved:
                items = await wire.ask_list("QueueStatus", within_s=timing.list_s, action_id=self._privately(wire))
                self._hearing.look_at_queues(items, self._clock() - (self.live_since_s or 0.0))
            self._report()

    def _privately(self, wire: Wire) -> str:
        action_id = wire.next_id()
        self._private.add(action_id)
        return action_id

    def _report(self) -> None:
        problem = self._advice()
        if problem != self.problem or self.live_since_s is not None:
            self.problem = problem
            self._on_live(self)

    def _advice(self) -> str | None:
        read = [name for name in READ if name in self._hearing.missing]
        write = missing_to_write(self._allowed)
        self.lacks = (*(f"read.{name}" for name in read), *(f"write.{name}" for name in write))
        return advice(self._settings.user, read, write)

    # -- what the PBX says -----------------------------------------------------------------------------------------

    def _hear(self, messages: Sequence[Message | Oversized]) -> None:
        """What comes together is passed on together: a call that begins and rings is looked at once, not twice."""
        now_s = self._clock()
        with self._discretion.together():
            for message in messages:
                self._hear_one(message, now_s)

    def _hear_one(self, message: Message | Oversized, now_s: float) -> None:
        if isinstance(message, Message):
            if message.name:
                self._note(message)
            if self._private and message.action_id in self._private:
                return
            if self._asked_of_caller and message.is_response and message.action_id in self._asked_of_caller:
                told = self._asked_of_caller.pop(message.action_id)
                if message.succeeded:
                    self._guarded(lambda: told(message.get("Value")), message.action_id)
                else:
                    self._discretion.answer(message.action_id, [])
                return
        if self._held is None:
            self._translate(message, now_s)
        elif isinstance(message, Oversized) or message.name:
            self._held.append((message, now_s))

    def _note(self, message: Message) -> None:
        self._hearing.hear(message)
        if "call" not in self._hearing.unproved:
            self._proved.set()
        if message.name == "FullyBooted":
            if self._went_on or self.live_since_s is not None:
                # It was still starting when we came: what we were told then was not all.
                self._confused = self._booted_late = True
            self._booted.set()
        elif message.name == "DeviceStateChange":
            self._learn_interface(message.get("Device"))
            self._ask_to_whom(message)
        elif message.name == "PeerEntry":
            # chan_sip has no device state of a phone that was not called yet (16.28).
            self._learn_interface(f"{message.get('Channeltype')}/{message.get('ObjectName')}")
        elif message.name == "Reload" and self.problem is not None and self._wire is not None:
            self._wire.fail(
                "the PBX was reloaded and permissions were missing: logging in again to see if they are there"
            )

    def _learn_interface(self, interface: str) -> None:
        if ":" in interface or interface.startswith("Local/"):
            return  # `Queue:sales_pause_PJSIP/101`, `Custom:…`: states, but nothing to dial
        device = self._names.interface(interface)
        if device is not None:
            self.interfaces.setdefault(device, interface)

    def _ask_to_whom(self, message: Message) -> None:
        """A phone was forwarded just now; only the AstDB says to whom."""
        key = forwarded(message.get("Device")) if not message.action_id else None
        if key is not None and self._wire is not None and "DBGet" in self._allowed:
            with contextlib.suppress(LinkLost, LocalAmiError):
                self._wire.send("DBGet", {"Family": FORWARDING, "Key": key})

    def _translate(self, message: Message | Oversized, received_s: float) -> None:
        if isinstance(message, Message) and message.name in ("Newchannel", "Newstate"):
            self._ask_of_caller(message)
        self._guarded(lambda: self._translator.receive(message, received_s))

    def _guarded(self, translate: Callable[[], list[PbxEvent]], answer_to: str = "") -> None:
        """A fault of ours must not cost the connection: it is logged, and a snapshot puts right what it left."""
        try:
            events = translate()
            if answer_to:
                self._discretion.answer(answer_to, events)
            elif events:
                self._discretion.tell(events)
        except Exception:
            log.exception("asterisk.translate_failed", action="asterisk_translate_failed", pbx=self._settings.pbx)
            self._confused = True

    def _ask_of_caller(self, message: Message) -> None:
        """What the events do not tell: a withheld number stands in them unmarked (22.10), and a trunk may send the
        number elsewhere than in the caller ID.

        A channel of PJSIP begins in the state Ring, one of chan_sip comes to it in its second event (16.28).
        """
        channel, uid = message.get("Channel"), message.get("Uniqueid")
        incoming = number_of(message.headers, "ChannelState") == ChannelState.RING
        if not incoming or "Getvar" not in self._allowed:
            return
        parsed = self._names.parse(channel)
        if parsed.kind is not Kind.OUTSIDER:
            return
        if field := self._caller_fields.get(parsed.resource):
            self._ask_channel(channel, field, partial(self._translator.said_by_trunk, uid))
        if self._settings.ask_presentation:
            self._ask_channel(channel, "CALLERID(pres)", partial(self._translator.presentation, uid))

    def _ask_channel(self, channel: str, variable: str, then: Callable[[str], list[PbxEvent]]) -> None:
        if self._wire is not None:
            with contextlib.suppress(LinkLost):
                asked = self._wire.send("Getvar", {"Channel": channel, "Variable": variable})
                self._asked_of_caller[asked] = then
                self._discretion.ask(asked)


async def _happens(event: asyncio.Event, wire: Wire, within_s: float) -> bool:
    """Whether `event` is set `within_s`. Raises `LinkLost` if the connection is lost first."""
    waiting: asyncio.Future[Any] = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiting, wire.lost}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if wire.lost.done():
            wire.lost.result()
        return event.is_set()
    finally:
        waiting.cancel()
