"""One call: events in, state out, and the record that folding them gives.

`Call.apply` accepts every event of `calls.events` in any order and never raises; what it did not expect it notes as an
anomaly. `Call.record` says what is known now. Applying the same events again gives the same record.

A *connection* (`Connection`) is one device's state now, a *stint* one stay of one device in the call: a device that
left and came back has one connection and two stints.

Over 400 lines: whatever changes the state of a call is in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ringcard.calls.causes import CUSTOMER, ConsultationPhase, Direction, Outcome
from ringcard.calls.events import (
    Absorbed,
    AnomalyNoted,
    CallCleared,
    CallDataSet,
    CallEvent,
    CallInformation,
    Conferenced,
    ConnectionCleared,
    Consultation,
    Delivered,
    Established,
    GapNoted,
    Held,
    Originated,
    Party,
    Queued,
    RecordingStarted,
    RecordingStopped,
    Retrieved,
    ServiceReached,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.calls.reckoning import HoldSpan, Stint, covered_s, disposition_of, holds_within, ring_and_wait, talk_of
from ringcard.calls.record import (
    CallRecord,
    ConsultationCall,
    DeviceStint,
    Gap,
    Hold,
    Recording,
    Transfer,
)
from ringcard.calls.states import ConnectionEvent, ConnectionState, after

_FAILED = frozenset({Outcome.BUSY, Outcome.REJECTED, Outcome.UNREACHABLE})
_DIVERTED = frozenset({Outcome.FORWARDED, Outcome.ANSWERED_ELSEWHERE})


@dataclass(slots=True)
class _Side:
    by: DeviceId
    to: str | None
    started_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    established: bool = False
    waits_since: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class _Transfer:
    began: Transferring
    to: str | None
    completed: bool = False


@dataclass(slots=True)
class _Recording:
    file: str
    started_at: datetime
    ended_at: datetime | None = None


class Call:
    """The state of one call. Made from its `Originated`; feed it the rest with `apply`."""

    def __init__(self, originated: Originated) -> None:
        self.call_id: CallId = originated.call_id
        self.conversation_id: ConversationId = originated.conversation_id
        self.direction: Direction = originated.direction
        self.caller: Party = originated.caller
        self.called: Party = originated.called
        self.pbx_ids: list[str] = [originated.pbx_id]
        self.queue: str | None = None
        self.started_at = originated.at
        self.cleared: CallCleared | None = None
        self.absorbed_into: CallId | None = None
        self.connections: dict[DeviceId, ConnectionState] = {}
        self.transferred_by: DeviceId | None = None
        """Who handed the call on last, for those it rings at next."""
        self._stints: list[Stint] = []
        self._far_ringing_at: datetime | None = None
        self._far_answered_at: datetime | None = None
        self._far_established = False
        self._far_outcome: Outcome | None = None
        self._holds: list[HoldSpan] = []
        self._transfers: dict[int, _Transfer] = {}
        self._sides: dict[int, _Side] = {}
        self._recordings: list[_Recording] = []
        self._gaps: list[Gap] = []
        self._anomalies: list[str] = []
        self._conference = False
        self._service = False
        self._answer_unknown = False
        caller = originated.caller.device
        if caller is not None:
            self.connections[caller] = ConnectionState.INITIATED

    @property
    def live(self) -> bool:
        """Neither over nor found to be part of another call."""
        return self.cleared is None and self.absorbed_into is None

    @property
    def settled(self) -> bool:
        """Over, and no side call outlives it: nothing more will come."""
        if self.absorbed_into is not None:
            return True
        return self.cleared is not None and all(side.ended_at is not None for side in self._sides.values())

    @property
    def ringing(self) -> tuple[DeviceId, ...]:
        """The devices that alert now."""
        return tuple(d for d, state in self.connections.items() if state is ConnectionState.ALERTING)

    @property
    def talking(self) -> tuple[DeviceId, ...]:
        """The devices that are connected now, holding included."""
        here = (ConnectionState.CONNECTED, ConnectionState.HOLD)
        return tuple(d for d, state in self.connections.items() if state in here)

    def apply(self, event: CallEvent) -> None:
        """Take `event` in. Never raises on what a PBX can report."""
        if self.cleared is not None and isinstance(event, Delivered | Established | Held):
            self._note(f"{type(event).__name__} after the end")  # nobody would clear it any more
            return
        match event:
            case Originated():
                self._note("originated twice")
            case CallInformation():
                self._inform(event)
            case Queued():
                self.queue = event.queue
            case ServiceReached():
                self._service = True
            case Delivered():
                self._deliver(event)
            case Established():
                self._establish(event)
            case ConnectionCleared():
                self._clear(event)
            case Held():
                self._hold(event)
            case Retrieved():
                self._retrieve(event)
            case Transferring():
                self._transfers[event.transfer] = _Transfer(event, event.to)
                self.transferred_by = event.by
            case Transferred():
                self._transferred(event)
            case Consultation():
                self._consult(event)
            case Conferenced():
                self._conference = True
            case RecordingStarted():
                if not any(r.file == event.file and r.ended_at is None for r in self._recordings):
                    self._recordings.append(_Recording(event.file, event.at))
            case RecordingStopped():
                for recording in self._recordings:
                    if recording.file == event.file and recording.ended_at is None:
                        recording.ended_at = max(event.at, recording.started_at)
            case CallDataSet():
                pass  # it travels with the conversation, and is no part of the record
            case GapNoted():
                self._gaps.append(Gap(event.since, event.until))
                self._answer_unknown = self._answer_unknown or event.answer_unknown
            case AnomalyNoted():
                self._note(event.what)
            case Absorbed():
                self.absorbed_into = event.into
            case CallCleared():
                self._end(event)
            case _:
                assert_never(event)

    def record(self, now: datetime) -> CallRecord:
        """What is known of the call; `now` ends the running clocks of a live one, and does not matter for another."""
        end = self.cleared.at if self.cleared else now
        outbound = self.direction is Direction.OUTBOUND
        talk_from = self._far_answered_at if outbound else None
        caller = self.caller.device if self.direction is Direction.INTERNAL else None
        devices = []
        own_holds: list[HoldSpan] = []
        others_holds: list[HoldSpan] = []
        for stint in self._stints:
            talks = stint.device != caller and (not outbound or self._far_established)
            talk = talk_of(stint, end, talk_from) if talks else None
            talk_s = own_hold_s = 0.0
            if talk is not None:
                own = holds_within(stint.device, self._holds, talk)
                talk_s, own_hold_s = (talk[1] - talk[0]).total_seconds(), covered_s(own)
                own_holds += own
                for other in (CUSTOMER, caller):
                    others_holds += holds_within(other, self._holds, talk) if other is not None else []
            outcome = stint.outcome or (Outcome.ANSWERED if stint.picked_up else None)
            left_at = stint.left_at
            devices.append(
                DeviceStint(stint.device, stint.ringing_at, stint.answered_at, left_at, outcome, talk_s, own_hold_s)
            )
        answered = [s for s in self._stints if s.picked_up and s.outcome in (None, Outcome.ANSWERED)]
        inward = [s for s in answered if s.device != caller]
        if outbound:
            reached = self._far_established
            answered_at = self._far_answered_at
        else:
            reached = bool(inward) or self._far_established
            known = [s.answered_at for s in inward if s.answered_at]
            known += [self._far_answered_at] if self._far_answered_at else []
            unknown = any(s.answered_at is None for s in inward) or (
                self._far_established and self._far_answered_at is None
            )
            answered_at = min(known) if known and not unknown else None
        if self._answer_unknown:
            answered_at = None
        first_ring, ring_s, wait_s = ring_and_wait(
            self.started_at, end, answered_at, self._stints, self._far_ringing_at, self.caller.device
        )
        ended_by = self.cleared.ended_by if self.cleared else None
        return CallRecord(
            call_id=self.call_id,
            conversation_id=self.conversation_id,
            direction=self.direction,
            pbx_ids=tuple(self.pbx_ids),
            gaps=tuple(self._gaps),
            caller=self.caller,
            called=self.called,
            queue=self.queue,
            started_at=self.started_at,
            answered_at=answered_at,
            ended_at=self.cleared.at if self.cleared else None,
            disposition=disposition_of(
                reached=reached,
                over=self.cleared is not None,
                direction=self.direction,
                ended_by=ended_by,
                stints=self._stints,
                far=self._far_outcome,
                rang=first_ring is not None,
                lost=bool(self._gaps),
                service=self._service,
            ),
            ended_by=ended_by,
            devices=tuple(devices),
            holds=tuple(Hold(h.by, h.since, h.until) for h in self._holds),
            transfers=tuple(
                Transfer(t.began.kind, t.began.by, t.to, t.began.at, t.completed)
                for _, t in sorted(self._transfers.items())
            ),
            consultations=tuple(
                ConsultationCall(
                    s.by,
                    s.to,
                    s.started_at,
                    s.ringing_at,
                    s.answered_at,
                    s.ended_at,
                    s.outcome or (Outcome.ANSWERED if s.established else None),
                    s.waits_since if s.ended_at is None and self.cleared is None else None,
                )
                for _, s in sorted(self._sides.items())
            ),
            conference=self._conference,
            recordings=tuple(
                Recording(r.file, r.started_at, (r.ended_at - r.started_at).total_seconds() if r.ended_at else None)
                for r in self._recordings
            ),
            talk_s=sum(d.talk_s for d in devices),
            # The other side's hold is in the talk of each, and counts once, where none of them holds as well.
            hold_s=sum(d.hold_s for d in devices) + covered_s(own_holds + others_holds) - covered_s(own_holds),
            ring_s=ring_s,
            wait_s=wait_s,
            complete=not self._gaps,
            anomalies=tuple(self._anomalies),
        )

    # -- one event each -------------------------------------------------------------------------------------------

    def _note(self, what: str) -> None:
        if what not in self._anomalies and len(self._anomalies) < 20:
            self._anomalies.append(what)

    def _move(self, device: DeviceId, event: ConnectionEvent) -> None:
        state = self.connections.get(device, ConnectionState.NULL)
        self.connections[device], expected = after(state, event)
        if not expected:
            self._note(f"{device}: {event.value} while {state.value}")

    def _open(self, device: DeviceId) -> Stint | None:
        for stint in reversed(self._stints):
            if stint.device == device and stint.left_at is None:
                return stint
        return None

    def _inform(self, event: CallInformation) -> None:
        if event.direction is not None:
            self.direction = event.direction
        if event.caller is not None:
            self.caller = event.caller
        if event.called is not None:
            self.called = event.called
        if event.conversation_id is not None:
            self.conversation_id = event.conversation_id
        if event.pbx_id is not None and event.pbx_id not in self.pbx_ids:
            self.pbx_ids.append(event.pbx_id)

    def _deliver(self, event: Delivered) -> None:
        at = event.at if event.since_known else None
        if event.device is None:
            self._far_ringing_at = self._far_ringing_at or at
            return
        if self._open(event.device) is not None:
            self._note(f"{event.device}: Delivered twice")
            return
        self._move(event.device, ConnectionEvent.DELIVERED)
        self._stints.append(Stint(event.device, seen_at=event.at, ringing_at=at, rang=True))

    def _establish(self, event: Established) -> None:
        at = event.at if event.since_known else None
        if event.device is None:
            if not self._far_established:
                self._far_answered_at = at
            self._far_established = True
            self._far_outcome = Outcome.ANSWERED
            return
        stint = self._open(event.device)
        if stint is None:
            stint = Stint(event.device, seen_at=event.at)
            self._stints.append(stint)
        if stint.picked_up:
            self._note(f"{event.device}: Established twice")
            return
        self._move(event.device, ConnectionEvent.ESTABLISHED)
        stint.picked_up = True
        stint.talk_from = max(event.at, stint.seen_at)
        stint.answered_at = None if at is None else stint.talk_from

    def _clear(self, event: ConnectionCleared) -> None:
        if event.device is None:
            if self._far_outcome is not Outcome.ANSWERED:
                self._far_outcome = event.outcome
            return
        kind = ConnectionEvent.CONNECTION_CLEARED
        if event.outcome in _FAILED:
            kind = ConnectionEvent.FAILED
        elif event.outcome in _DIVERTED:
            kind = ConnectionEvent.DIVERTED
        self._move(event.device, kind)
        stint = self._open(event.device)
        if stint is None:
            stint = Stint(event.device, seen_at=event.at)
            self._stints.append(stint)
        stint.left_at = max(event.at, stint.talk_from or stint.seen_at)
        stint.outcome = event.outcome
        if event.outcome is not Outcome.ANSWERED:  # picked up, but the customer was already somebody else's
            stint.picked_up, stint.answered_at, stint.talk_from = False, None, None
        self._close_hold(event.device, event.at)

    def _hold(self, event: Held) -> None:
        if any(h.by == event.by and h.until is None for h in self._holds):
            return
        self._holds.append(HoldSpan(event.by, event.at))
        device = DeviceId(event.by)
        if device in self.connections:
            self._move(device, ConnectionEvent.HELD)

    def _retrieve(self, event: Retrieved) -> None:
        device = DeviceId(event.by)
        if self.connections.get(device) is ConnectionState.HOLD:
            self._move(device, ConnectionEvent.RETRIEVED)
        self._close_hold(event.by, event.at)

    def _close_hold(self, by: str, at: datetime) -> None:
        for hold in self._holds:
            if hold.by == by and hold.until is None:
                hold.until = max(at, hold.since)

    def _transferred(self, event: Transferred) -> None:
        transfer = self._transfers.get(event.transfer)
        if transfer is None:
            self._note("Transferred without Transferring")
            return
        if event.withdrawn:
            del self._transfers[event.transfer]
            return
        transfer.to = event.to
        transfer.completed = event.completed

    def _consult(self, event: Consultation) -> None:
        side = self._sides.get(event.consultation)
        if side is None:
            side = self._sides[event.consultation] = _Side(event.by, event.to, event.at)
        if event.to is not None:
            side.to = event.to
        match event.phase:
            case ConsultationPhase.ORIGINATED:
                side.started_at = min(side.started_at, event.at)
            case ConsultationPhase.DELIVERED:
                side.ringing_at = side.ringing_at or (event.at if event.since_known else None)
            case ConsultationPhase.ESTABLISHED:
                side.established = True
                side.answered_at = side.answered_at or (event.at if event.since_known else None)
            case ConsultationPhase.HELD:
                side.waits_since = event.at
            case ConsultationPhase.RETRIEVED:
                side.waits_since = None
            case ConsultationPhase.CLEARED:
                side.ended_at = max(event.at, side.started_at)
                side.outcome = event.outcome
            case _:
                assert_never(event.phase)

    def _end(self, event: CallCleared) -> None:
        if self.cleared is not None:
            self._note("CallCleared twice")
            return
        self.cleared = event = replace(event, at=max(event.at, self.started_at))
        for stint in self._stints:
            if stint.left_at is None:
                self._note(f"{stint.device} was still in the call at its end")
                stint.left_at = max(event.at, stint.talk_from or stint.seen_at)
                stint.outcome = Outcome.ANSWERED if stint.picked_up else Outcome.CANCELLED
        for device in self.connections:
            self.connections[device] = ConnectionState.NULL
        for hold in self._holds:
            if hold.until is None:
                hold.until = max(event.at, hold.since)
        for recording in self._recordings:
            recording.ended_at = recording.ended_at or max(event.at, recording.started_at)
