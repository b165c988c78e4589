"""The desk at work: hears what the PBXs report, looks the number up, and tells the screens.

`hear` runs on the event loop inside the bus: fold, look up in our own store, derive the pops, hand them to the
screens; no `await` between the ring and the frame. Where our own store is a database server, which takes a millisecond,
the frame is held back for it, never for longer than a moment (`first_frame`). Whatever may take time (other contact
sources, the history of the number) goes on as a task and comes as a later revision.

Over 400 lines: whatever a pop waits for, and who is told, is in one place.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from ringcard.calls.causes import ConsultationPhase, DeviceKind
from ringcard.calls.events import (
    STATE_EVENTS,
    Absorbed,
    CallEvent,
    Consultation,
    Delivered,
    DeviceStateChanged,
    PbxEvent,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.desk.first_frame import FirstFrames, HeldPop, Ring
from ringcard.desk.matching import settled
from ringcard.desk.metrics import DeskMetrics
from ringcard.desk.pop import NOTHING_KNOWN, CallSummary, Candidate, Colleague, Findings, Pop, PopState
from ringcard.desk.pops import Dress, Lingering, OpeningsOf, Pops, devices_in, outsider
from ringcard.desk.ports import (
    Afterwards,
    Cannot,
    Choices,
    DeviceView,
    FirstAnswer,
    Fold,
    FoldedCall,
    History,
    Journal,
    Link,
    LiveCall,
    Lookup,
    Rest,
    Screens,
    Staff,
)
from ringcard.desk.seating import Seating
from ringcard.desk.why import PopWhy, Whys
from ringcard.pbx.connector import LinkStatus

log = structlog.get_logger(__name__)

LAST_CALLS = 10
TICK_S = 0.5

_MOST_WAITING = 1_000
_ENDED_KEPT = 500


def utc_now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """Live calls, pops and devices, and the one place that changes them."""

    def __init__(
        self,
        *,
        fold: Fold,
        staff: Staff,
        lookup: Lookup,
        history: History,
        journal: Journal,
        metrics: DeskMetrics,
        links: Callable[[], Mapping[PbxId, LinkStatus]] = dict,
        cannot: Callable[[PbxId], Cannot] = lambda pbx: (),
        choices: Choices | None = None,
        afterwards: Afterwards | None = None,
        openings_of: OpeningsOf = lambda pop: (),
        lingering: Lingering | None = None,
        clock: Callable[[], datetime] = utc_now,
        steady_s: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._fold = fold
        self._staff = staff
        self._lookup = lookup
        self._history = history
        self._journal = journal
        self._metrics = metrics
        self._links = links
        self._cannot = cannot
        self._clock = clock
        self._steady_s = steady_s
        self._pause = pause
        self._epoch = (clock(), steady_s())
        self._seating = Seating(staff)
        self._choices = choices
        self._afterwards = afterwards
        self._pops = Pops(self._colleague_at, lingering, openings_of)
        self._first_frames = FirstFrames()
        self._whys = Whys()
        self._records: dict[CallId, CallRecord] = {}
        self._ended: OrderedDict[CallId, LiveCall] = OrderedDict()
        self._looked_up: dict[CallId, str] = {}
        self._devices: dict[tuple[PbxId, DeviceId], DeviceStateChanged] = {}
        self._device_views: dict[tuple[PbxId, DeviceId], DeviceView] = {}
        """As they were asked for last: thousands of screens may ask within a moment."""
        self._known_links: dict[PbxId, Link] = {}
        self._screens: Screens | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._to_ask: deque[tuple[CallId, str, Rest | None]] = deque(maxlen=_MOST_WAITING)

    # What settings change

    def linger(self, lingering: Lingering) -> None:
        """Pops that are over stay so long from now on."""
        self._pops.lingering = lingering

    def open_with(self, openings_of: OpeningsOf) -> None:
        """Other systems' pages open by these rules, with the next change of a pop."""
        self._pops.openings_of = openings_of

    def dress_with(self, dress: Dress) -> None:
        """What others keep of a call stands on its pops from now on."""
        self._pops.dress = dress

    def refresh(self, conversation_id: ConversationId | None = None) -> None:
        """What others keep of the conversation changed, or of every call: the pops that show it follow."""
        for pop in self._pops.refresh(self._steady_now(), conversation_id):
            self._show(pop, None, self._steady_s())

    def refresh_call(self, call_id: CallId) -> None:
        """What can be asked of the call may have changed: its pops follow."""
        for pop in self._pops.refresh_call(self._steady_now(), call_id):
            self._show(pop, None, self._steady_s())

    def conversation_of(self, call_id: CallId) -> ConversationId | None:
        """Of a call that goes on or ended a moment ago."""
        live = self._records.get(call_id)
        if live is None:
            ended = self._ended.get(call_id)
            return None if ended is None else ended.record.conversation_id
        return live.conversation_id

    def pop(self, pop_id: str) -> Pop | None:
        """The pop of this id."""
        return self._pops.pop(pop_id)

    def forget_pbx(self, pbx: PbxId) -> None:
        """The PBX is no longer ours: neither its link nor its devices are shown any more."""
        self._devices = {key: event for key, event in self._devices.items() if key[0] != pbx}
        self._device_views.clear()
        self._known_links.pop(pbx, None)
        if self._screens is not None:
            self._screens.remove_link(pbx)

    # What others ask

    @property
    def screens(self) -> Screens | None:
        return self._screens

    def attach(self, screens: Screens) -> None:
        """Tell `screens` from now on."""
        self._screens = screens

    def live_calls(self) -> tuple[LiveCall, ...]:
        """Every call that goes on now, oldest first."""
        return tuple(self._live(record) for record in self._records.values())

    def recent_calls(self) -> tuple[LiveCall, ...]:
        """Every call that goes on now, and those that ended a moment ago and may not be in the ledger yet."""
        return (*self._ended.values(), *self.live_calls())

    def record(self, call_id: CallId) -> CallRecord | None:
        """One of `recent_calls`, as it was told last."""
        live = self._records.get(call_id)
        if live is not None:
            return live
        ended = self._ended.get(call_id)
        return None if ended is None else ended.record

    def recent_call(self, call_id: CallId) -> LiveCall | None:
        """One of `recent_calls`."""
        record = self._records.get(call_id)
        return self._ended.get(call_id) if record is None else self._live(record)

    def pops_of(self, employee_id: str) -> tuple[Pop, ...]:
        """What the employee's screen shows, oldest call first: the calls of those devices where they sat then."""
        return tuple(pop for pop in self._pops.visible() if self.is_theirs(pop, employee_id))

    def devices(self) -> tuple[DeviceView, ...]:
        """Every terminal whose state a PBX told. One of which nothing changed is the same object as before."""
        return tuple(self._device_view(event) for event in self._devices.values())

    def links(self) -> tuple[Link, ...]:
        """Our connections to the PBXs."""
        return tuple(Link(pbx, status, self._cannot(pbx)) for pbx, status in self._links().items())

    def why(self, call_id: CallId) -> tuple[PopWhy, ...]:
        """The why of a recent call's pops; of older ones the ledger knows."""
        return self._whys.of_call(call_id)

    # What the PBXs report

    def hear(self, events: Sequence[PbxEvent]) -> None:
        """Takes the events of one message of a PBX: the bus calls it."""
        heard_s = self._steady_s()
        touched: dict[CallId, FoldedCall] = {}
        rings: list[tuple[CallId, DeviceId, datetime]] = []
        self._metrics.events.inc(len(events))
        for event in events:
            if isinstance(event, STATE_EVENTS):
                if isinstance(event, DeviceStateChanged) and event.kind is DeviceKind.PHONE:
                    self._device_changed(event)
                continue
            call = self._fold.apply(event)
            if isinstance(event, Absorbed):
                touched.pop(event.call_id, None)
                self._gone(event.call_id)
                continue
            if call is not None:
                touched[event.call_id] = call
                self._note_ring(event, rings)
        now = self._clock()
        for call_id, call in touched.items():
            self._changed(call.record(now), [(d, at) for c, d, at in rings if c == call_id], heard_s)

    def adopt(self, records: Iterable[CallRecord]) -> None:
        """Calls that were open when we stopped, before the PBX has said anything."""
        for record in records:
            self._changed(record, [], self._steady_s())

    def _note_ring(self, event: CallEvent, rings: list[tuple[CallId, DeviceId, datetime]]) -> None:
        match event:
            case Delivered(device=str(device)):
                rings.append((event.call_id, device, event.at))
                if event.transferred_by is not None:
                    self._pops.handed_over(event.call_id, device, event.transferred_by)
            case Consultation(phase=ConsultationPhase.DELIVERED, to=str(to)):
                rings.append((event.call_id, DeviceId(to), event.at))
            case _:
                pass

    def _changed(self, record: CallRecord, rings: Sequence[Ring], heard_s: float) -> None:
        call_id = record.call_id
        if record.ended_at is None:
            self._records[call_id] = record
        else:
            self._records.pop(call_id, None)
        self._look_up(record)
        for pop in self._pops.see(record, self._steady_now()):
            self._show(pop, next((ring for ring in rings if ring[0] == pop.device), None), heard_s)
        live = self._live(record)
        if record.ended_at is not None:
            if self._afterwards is not None:
                self._afterwards.call_over(live)
            self._looked_up.pop(call_id, None)
            self._pops.forget_silent(call_id)
            self._ended[call_id] = live
            while len(self._ended) > _ENDED_KEPT:
                self._ended.popitem(last=False)
        if self._screens is not None:
            self._screens.show_call(live)

    def _show(self, pop: Pop, ring: Ring | None, heard_s: float) -> None:
        if self._first_frames.keeps(pop.call_id, HeldPop(pop.pop_id, ring, heard_s)):
            return
        colleague = self._colleague_at(pop.device)
        self._whys.seen(pop, colleague.name if colleague else None)
        watched = self._screens is not None and self._screens.show_pop(
            pop, self._seating.ids_at(pop.call_id, pop.device), lambda: self._sent(pop)
        )
        answered = self._whys.answered(pop.call_id, pop.pop_id)
        if answered is not None:
            self._journal.card_answered(pop, answered)
        if ring is not None and pop.state is PopState.RINGING:
            # Whoever opens the desk while it rings is not counted: how late they came is not our latency.
            self._whys.rang(pop.call_id, pop.pop_id, ring[1], heard_s if watched else None)

    def _gone(self, call_id: CallId) -> None:
        """The call is part of another one and has no record of its own any more."""
        record = self._records.pop(call_id, None)
        self._ended.pop(call_id, None)
        self._looked_up.pop(call_id, None)
        self._first_frames.release(call_id)
        gone = self._pops.forget_call(call_id)
        if self._screens is None:
            return
        for pop in gone:
            self._screens.remove_pop(pop.pop_id, self._seating.ids_at(pop.call_id, pop.device))
        if record is not None:
            self._screens.remove_call(call_id, self._live(record).concerns)

    # Whose number it is

    def _look_up(self, record: CallRecord) -> None:
        """Asks once a number: at the first sight of the call, so that the card is there before any phone rings."""
        party = outsider(record)
        number = None if party is None or party.device is not None else party.number
        if number is None and self._looked_up.pop(record.call_id, None) is not None:
            # The PBX told only now that the number is withheld: whose it was is nobody's business any more.
            self._pops.learn(record.call_id, NOTHING_KNOWN, self._steady_now())
        if number is None or self._looked_up.get(record.call_id) == number or record.ended_at is not None:
            return
        self._looked_up[record.call_id] = number
        first = self._lookup.at_once(number)
        findings = self._settled(first.findings)
        self._pops.learn(record.call_id, findings, self._steady_now())
        if not first.near:
            self._count_look_up(findings)
        elif self._tasks is not None:
            self._first_frames.hold(record.call_id, first)
            self._tasks.create_task(self._release_after(record.call_id, first))
        self._to_ask.append((record.call_id, number, first.rest))
        self._ask_beside()

    def _count_look_up(self, findings: Findings) -> None:
        self._metrics.look_ups.labels("found" if findings.contact else "nothing").inc()

    async def _release_after(self, call_id: CallId, first: FirstAnswer) -> None:
        """The store that is near did not answer in time: the pops go without the card, which comes when it comes."""
        await self._pause(first.wait_s)
        if self._first_frames.waits_for(call_id, first):
            self._release(call_id)

    def _release(self, call_id: CallId) -> None:
        for held in self._first_frames.release(call_id):
            pop = self._pops.pop(held.pop_id)
            if pop is not None:
                self._show(pop, held.ring, held.heard_s)
        self._count_look_up(self._pops.findings(call_id) or NOTHING_KNOWN)

    def _ask_beside(self) -> None:
        """Start what is to be asked; before `run` has begun it waits."""
        while self._tasks is not None and self._to_ask:
            call_id, number, rest = self._to_ask.popleft()
            self._tasks.create_task(_guarded("history", call_id, self._ask_history(call_id, number)))
            if rest is not None:
                work = rest(partial(self._heard_from_others, call_id, number))
                self._tasks.create_task(_guarded("others", call_id, work))

    def _heard_from_others(self, call_id: CallId, number: str, more: Findings) -> None:
        known = self._pops.findings(call_id)
        if known is not None and known.matched_number == number:
            self._learned(call_id, replace(more, last_calls=known.last_calls))
            if self._first_frames.may_go(call_id, more):
                self._release(call_id)

    async def _ask_history(self, call_id: CallId, number: str) -> None:
        others: tuple[CallSummary, ...] = ()
        try:
            last_calls = await self._history.last_calls(number, LAST_CALLS + 1)
            others = tuple(call for call in last_calls if call.call_id != call_id)[:LAST_CALLS]
        finally:
            # Also when the ledger cannot tell: nobody waits for what will not come.
            known = self._pops.findings(call_id)
            if known is not None and known.matched_number == number:
                self._learned(call_id, replace(known, last_calls=others))

    def _settled(self, findings: Findings, held: Findings | None = None) -> Findings:
        number = findings.matched_number
        chosen = self._choices.chosen(number) if self._choices is not None and number is not None else None
        return settled(findings, chosen=chosen, held=held)

    def candidates(self, call_id: CallId) -> tuple[Candidate, ...]:
        """The cards that may be the caller's, as the call's pops show them; none once they are gone."""
        findings = self._pops.findings(call_id)
        return () if findings is None else findings.candidates

    def chosen(self, number: str) -> None:
        """An employee said, or took back, whose number this is: the pops that show it follow."""
        for call_id, findings in self._pops.known():
            if findings.matched_number == number:
                self._learned(call_id, findings)

    def _learned(self, call_id: CallId, findings: Findings) -> None:
        held = self._pops.findings(call_id)
        findings = self._settled(findings, held)
        for pop in self._pops.learn(call_id, findings, self._steady_now()):
            self._show(pop, None, self._steady_s())
        record = self._records.get(call_id)
        same = held is not None and held.contact == findings.contact
        if record is not None and self._screens is not None and not same:
            self._screens.show_call(self._live(record))

    def forget_ended(self, numbers: Collection[str]) -> None:
        """Calls of these numbers (E.164) that are over are told by the ledger alone: their callers were erased."""
        for call_id, call in list(self._ended.items()):
            if not {call.record.caller.number, call.record.called.number}.isdisjoint(numbers):
                del self._ended[call_id]

    def contacts_changed(self, numbers: Collection[str]) -> None:
        """Somebody wrote to a card with these numbers (E.164): the pops that show or miss it look again."""
        for pop in self._pops.visible():
            number = pop.findings.matched_number
            if number is not None and number in numbers:
                self._look_again(pop.call_id, number)
        for call_id, number in list(self._looked_up.items()):
            if number in numbers:
                self._look_again(call_id, number)

    def _look_again(self, call_id: CallId, number: str) -> None:
        first = self._lookup.at_once(number)
        known = self._pops.findings(call_id)
        if not first.near:  # otherwise the card that is shown would be gone until the store has answered
            self._learned(call_id, replace(first.findings, last_calls=known.last_calls if known else None))
        if first.rest is not None:
            self._to_ask.append((call_id, number, first.rest))
            self._ask_beside()

    # What the browsers say

    def shown(
        self,
        pop_id: str,
        *,
        session: str,
        employee_id: str,
        revision: int,
        painted_at: datetime | None,
    ) -> None:
        """A browser painted the pop. One that is not his is ignored."""
        pop = self._pops.pop(pop_id)
        if pop is None or not self.is_theirs(pop, employee_id):
            return
        shown = self._whys.shown(
            pop.call_id,
            pop_id,
            session=session,
            employee_id=employee_id,
            revision=revision,
            painted_at=painted_at,
            at=self._clock(),
            now_s=self._steady_s(),
        )
        if shown is None:
            return
        why = self._whys.of_pop(pop.call_id, pop_id)
        if why is not None:
            if len(why.shown) == 1 and shown.ring_to_shown_ms is not None:
                self._metrics.ring_to_seen.observe(shown.ring_to_shown_ms / 1000)
            self._journal.card_shown(pop, why)

    def hide(self, pop_id: str, *, employee_id: str) -> None:
        """The employee put the pop away, in every tab."""
        pop = self._pops.pop(pop_id)
        if pop is None or not self.is_theirs(pop, employee_id):
            return
        hidden = self._pops.hide(pop_id)
        self._first_frames.drop(pop.call_id, pop_id)
        if hidden is not None and self._screens is not None:
            self._screens.remove_pop(pop_id, self._seating.ids_at(hidden.call_id, hidden.device))

    def _sent(self, pop: Pop) -> None:
        """The first browser was sent the pop's frame."""
        first = self._whys.of_pop(pop.call_id, pop.pop_id)
        if first is None or first.sent_at is not None:
            return
        ring_to_sent_ms = self._whys.sent(pop.call_id, pop.pop_id, self._clock(), self._steady_s())
        if ring_to_sent_ms is not None:
            self._metrics.ring_to_sent.observe(ring_to_sent_ms / 1000)
        why = self._whys.of_pop(pop.call_id, pop.pop_id)
        if why is not None:
            self._journal.card_sent(pop, why)

    # Its own life

    async def run(self) -> None:
        """Look-ups, lingering pops and the state of the links, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                self._ask_beside()
                while True:
                    self.tick()
                    await asyncio.sleep(TICK_S)
            finally:
                self._tasks = None

    def tick(self) -> None:
        """What time brings: pops that have lingered long enough go; a link that changed is told."""
        for pop in self._pops.expire(self._steady_now()):
            if self._screens is not None:
                self._screens.remove_pop(pop.pop_id, self._seating.ids_at(pop.call_id, pop.device))
        for link in self.links():
            if self._known_links.get(link.pbx) != link:
                self._known_links[link.pbx] = link
                if self._screens is not None:
                    self._screens.show_link(link)
                self.refresh()
        self._measure()

    def _steady_now(self) -> datetime:
        """A time that never jumps, for what lingers."""
        start, start_s = self._epoch
        return start + timedelta(seconds=self._steady_s() - start_s)

    def _measure(self) -> None:
        self._metrics.live_calls.set(len(self._records))
        self._metrics.live_pops.set(len(self._pops))

    # Who is who

    def _colleague_at(self, device: DeviceId) -> Colleague | None:
        return next(iter(self._staff.employees_at(device)), None)

    def is_theirs(self, pop: Pop, employee_id: str) -> bool:
        """Whether the employee sits at the pop's device, or sat there when the call came."""
        return employee_id in self._seating.ids_at(pop.call_id, pop.device)

    def _live(self, record: CallRecord) -> LiveCall:
        findings = self._pops.findings(record.call_id)
        names: list[tuple[DeviceId, str]] = []
        concerns: set[str] = set()
        for device in devices_in(record):
            for place, colleague in enumerate(self._seating.at(record.call_id, device)):
                concerns.add(colleague.employee_id)
                if place == 0:
                    names.append((device, colleague.name))
        contact = None if findings is None else findings.contact
        return LiveCall(record, contact, tuple(names), frozenset(concerns))

    def _device_changed(self, event: DeviceStateChanged) -> None:
        self._devices[event.pbx, event.device] = event
        self._device_views.pop((event.pbx, event.device), None)
        if self._screens is not None:
            self._screens.show_device(self._device_view(event))

    def forwarded_from(self, device: DeviceId) -> tuple[str, ...]:
        """Where what comes to the device goes, one after the other, as PBXs tell; it ends where it goes round."""
        to = {each.device: each.forwarded_to for each in self._devices.values()}
        chain: list[str] = []
        at: str | None = to.get(device)
        while at is not None and at not in chain:
            chain.append(at)
            at = to.get(DeviceId(at))
        return tuple(chain)

    def _device_view(self, event: DeviceStateChanged) -> DeviceView:
        key, colleague = (event.pbx, event.device), self._colleague_at(event.device)
        held = self._device_views.get(key)
        if held is None or (held.employee is not colleague and held.employee != colleague):
            held = DeviceView(
                event.device, event.pbx, event.state, event.since, event.source, colleague, event.forwarded_to
            )
            self._device_views[key] = held
        return held


async def _guarded(what: str, call_id: CallId, work: Coroutine[Any, Any, None]) -> None:
    """Does `work`; what goes wrong there costs this pop a fact, never the desk."""
    try:
        await work
    except Exception:
        log.exception("desk.asking_failed", action="desk_asking_failed", what=what, call_id=call_id)
