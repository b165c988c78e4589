"""Which pops there are and what each says: pure state, no clock, no input or output.

A pop is a view of a call record at one device, so it is *derived* from the record after every change and compared
with what was there before; nothing is counted along in parallel, and a restart or a snapshot of the PBX gives the
same pops as having heard everything.

There is one pop for each (call, device) where
- the device alerts or alerted, also in a consultation: the consulted colleague sees the customer's card;
- the device took the call without alerting (pickup, retrieving a parked call);
- the device makes the call: the card is up before the customer answers.
A device that was busy or could not be reached never alerted and has none. One that rings again in the same call
gets its pop back.

Over 400 lines: what a pop says of a record is read together.

Source: the rules of the pop in docs/reference/live-channel.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from ringcard.calls.causes import SYSTEM, Direction, Outcome, TransferKind
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.calls.record import CallRecord, ConsultationCall, DeviceStint
from ringcard.desk.pop import (
    NOTHING_KNOWN,
    Asked,
    Choice,
    Colleague,
    ConsultationState,
    DevicePerson,
    Findings,
    Mark,
    Opening,
    Pop,
    PopState,
)

ColleagueAt = Callable[[DeviceId], Colleague | None]
"""Who sits at a device; the first one if several share it, None if nobody is known to."""

Dress = Callable[[Pop], Pop]
"""Puts on a pop what others keep of its call: buttons, hand-overs, call data, notes being typed."""

OpeningsOf = Callable[[Pop], tuple[Opening, ...]]
"""The pages of other systems for a pop; see `desk.opening`."""


@dataclass(frozen=True, slots=True)
class Lingering:
    """How long a pop stays after the call left its device, seconds."""

    answered_elsewhere_s: float = 5.0
    ended_s: float = 120.0
    missed_s: float = 600.0

    def after(self, state: PopState) -> timedelta | None:
        """How long a pop in `state` stays; None while the call goes on."""
        match state:
            case PopState.ANSWERED_ELSEWHERE:
                return timedelta(seconds=self.answered_elsewhere_s)
            case PopState.MISSED:
                return timedelta(seconds=self.missed_s)
            case PopState.ENDED:
                return timedelta(seconds=self.ended_s)
            case PopState.RINGING | PopState.ACTIVE | PopState.HELD:
                return None
            case _:
                assert_never(state)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a call stands at one device."""

    state: PopState
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    consulted_by: DeviceId | None = None


def outsider(record: CallRecord) -> Party | None:
    """The customer's side of the call, None if the call is internal."""
    match record.direction:
        case Direction.INBOUND:
            return record.caller
        case Direction.OUTBOUND:
            return record.called
        case Direction.INTERNAL:
            return None
        case _:
            assert_never(record.direction)


def opposite(record: CallRecord, device: DeviceId) -> Party:
    """Whom the person at `device` talks to in this call."""
    party = outsider(record)
    if party is not None:
        return party
    return record.called if record.caller.device == device else record.caller


def devices_in(record: CallRecord) -> tuple[DeviceId, ...]:
    """Every device of the company that has or had to do with the call, each once, in order."""
    devices: dict[DeviceId, None] = {}
    if record.caller.device is not None:
        devices[record.caller.device] = None
    for stint in record.devices:
        devices[stint.device] = None
    for side in record.consultations:
        devices[side.by] = None
        if side.to is not None and not side.to.startswith("+"):
            devices[DeviceId(side.to)] = None
    return tuple(devices)


def standing(record: CallRecord, device: DeviceId) -> Standing | None:
    """How the call stands at `device`, None if it never alerted or took part there."""
    stints = [stint for stint in record.devices if stint.device == device]
    stint = stints[-1] if stints else None
    sides = [side for side in record.consultations if side.to == device and side.ringing_at is not None]
    if sides and (stint is None or _later(sides[-1], stint)):
        return _at_consulted(record, sides[-1])
    if device == record.caller.device and len(stints) < 2:
        return _at_calling(record, device, stint)
    if stint is None:
        return None
    if len(stints) > 1 and _broken_off(record, stint):
        stint = next((each for each in reversed(stints) if each.answered_at is not None), stint)
        return _at_alerting(record, replace(stint, left_at=record.ended_at))
    return _at_alerting(record, stint)


def _broken_off(record: CallRecord, stint: DeviceStint) -> bool:
    """Whether the PBX went away while it called the device back: nobody was called whom one could have answered.

    As it goes down an Asterisk calls who asks a colleague back for an instant, or does not: the threads race.
    """
    if record.ended_by != SYSTEM or stint.answered_at is not None:
        return False
    if stint.outcome is Outcome.CANCELLED:
        return True
    return stint.outcome is Outcome.NO_ANSWER and bool(record.gaps) and stint.left_at == record.ended_at


def _later(side: ConsultationCall, stint: DeviceStint) -> bool:
    """Whether the consultation came after the device's own part in the customer's call was over."""
    return stint.left_at is not None and side.started_at >= stint.left_at


def _on_hold(record: CallRecord, device: DeviceId) -> bool:
    return any(hold.by == device and hold.until is None for hold in record.holds)


def _at_calling(record: CallRecord, device: DeviceId, stint: DeviceStint | None) -> Standing:
    """The device that makes the call: the card is up from the first moment, and it cannot miss its own call."""
    left_at = record.ended_at if stint is None or stint.left_at is None else stint.left_at
    ringing_at = None if stint is None else stint.ringing_at
    if left_at is not None:
        return Standing(PopState.ENDED, ringing_at, record.answered_at, left_at)
    state = PopState.HELD if _on_hold(record, device) else PopState.ACTIVE
    return Standing(state, ringing_at, record.answered_at, None)


def _at_alerting(record: CallRecord, stint: DeviceStint) -> Standing | None:
    if stint.ringing_at is None and stint.answered_at is None and stint.outcome is not Outcome.ANSWERED:
        return None
    left_at = record.ended_at if stint.left_at is None else stint.left_at
    # One answered in a gap has no `answered_at`: when it was is not known, that it was is.
    answered = stint.answered_at is not None or stint.outcome is Outcome.ANSWERED
    if left_at is not None:
        return Standing(_state_after(stint.outcome, answered), stint.ringing_at, stint.answered_at, left_at)
    if not answered:
        return Standing(PopState.RINGING, stint.ringing_at, None, None)
    state = PopState.HELD if _on_hold(record, stint.device) else PopState.ACTIVE
    return Standing(state, stint.ringing_at, stint.answered_at, None)


def _at_consulted(record: CallRecord, side: ConsultationCall) -> Standing:
    left_at = record.ended_at if side.ended_at is None and side.answered_at is None else side.ended_at
    if left_at is not None:
        state = _state_after(side.outcome, side.answered_at is not None)
    else:
        state = PopState.RINGING if side.answered_at is None else PopState.ACTIVE
    return Standing(state, side.ringing_at, side.answered_at, left_at, consulted_by=side.by)


def _asking(record: CallRecord, side: ConsultationCall) -> tuple[ConsultationState, datetime]:
    """How it stands with the consulted one, and since when.

    Who alternates from the screen or by a feature code lets the consulted one wait, of which the PBX tells; who does it
    by the phone's own lines takes the customer off hold.
    """
    if side.answered_at is None:
        if side.ringing_at is None:
            return ConsultationState.DIALLING, side.started_at
        return ConsultationState.RINGING, side.ringing_at
    if side.waits_since is not None:
        return ConsultationState.ON_HOLD, side.waits_since
    holds = [hold for hold in record.holds if hold.by == side.by]
    back = [hold.until for hold in holds if hold.until is not None and hold.until >= side.answered_at]
    if back and all(hold.until is not None for hold in holds):
        return ConsultationState.ON_HOLD, back[-1]
    return ConsultationState.TALKING, side.answered_at


def _state_after(outcome: Outcome | None, answered: bool) -> PopState:
    """What a pop says once the call left the device."""
    match outcome:
        case Outcome.ANSWERED_ELSEWHERE:
            return PopState.ANSWERED_ELSEWHERE
        case Outcome.ANSWERED | Outcome.BUSY | Outcome.REJECTED | Outcome.FORWARDED | Outcome.UNREACHABLE:
            return PopState.ENDED
        case Outcome.NO_ANSWER | Outcome.CANCELLED | None:
            return PopState.ENDED if answered else PopState.MISSED
        case _:
            assert_never(outcome)


def _answering(record: CallRecord, device: DeviceId, standing: Standing) -> DeviceId | None:
    """Who answered instead of `device`: the first to do so after it began to ring."""
    if standing.state not in (PopState.ANSWERED_ELSEWHERE, PopState.MISSED) or standing.ringing_at is None:
        return None
    others = [
        (stint.answered_at, stint.device)
        for stint in record.devices
        if stint.device != device and stint.answered_at is not None and stint.answered_at >= standing.ringing_at
    ]
    return min(others)[1] if others else None


def _handed_over_by(record: CallRecord, device: DeviceId) -> DeviceId | None:
    """Who handed the call to `device`, as the transfers of the record say."""
    for transfer in reversed(record.transfers):
        if transfer.to == device and transfer.kind is not TransferKind.PICKUP and transfer.by != device:
            return transfer.by
    return None


def mark_of(party: Party, findings: Findings) -> Mark:
    """Who it is, in one word."""
    if party.device is not None:
        return Mark.COLLEAGUE
    if findings.contact is not None:
        return Mark.VIP if findings.contact.vip else Mark.KNOWN
    if findings.choice is Choice.OPEN:
        return Mark.KNOWN
    if party.number is None and party.presented is None:
        return Mark.WITHHELD
    return Mark.UNKNOWN


def _comes_back(before: PopState, now: PopState) -> bool:
    """Whether a hidden pop shows again: the device rings anew, or its user took the call and needs its panel.

    Who hides the card of a conversation keeps it hidden through holding and retrieving.
    """
    match now:
        case PopState.RINGING:
            return before is not PopState.RINGING
        case PopState.ACTIVE | PopState.HELD:
            return before not in (PopState.ACTIVE, PopState.HELD)
        case PopState.ANSWERED_ELSEWHERE | PopState.MISSED | PopState.ENDED:
            return False
        case _:
            assert_never(now)


@dataclass(frozen=True, slots=True)
class _Kept:
    pop: Pop
    hidden: bool = False


class Pops:
    """All pops there are. Every method returns what changed, in order; what returns nothing changed nothing."""

    def __init__(
        self, colleague_at: ColleagueAt, lingering: Lingering | None = None, openings_of: OpeningsOf = lambda pop: ()
    ) -> None:
        self._colleague_at = colleague_at
        self.lingering = lingering or Lingering()
        """How long what is over stays; may be replaced."""
        self.openings_of = openings_of
        """The pages of other systems for a pop; may be replaced."""
        self.dress: Dress = lambda pop: pop
        """What others keep of the call; may be replaced."""
        self._kept: dict[CallId, dict[DeviceId, _Kept]] = {}
        self._findings: dict[CallId, Findings] = {}
        self._handed_by: dict[CallId, dict[DeviceId, DeviceId]] = {}
        self._records: dict[CallId, CallRecord] = {}
        self._leaving: dict[str, tuple[datetime, Pop]] = {}
        self._places: dict[str, tuple[CallId, DeviceId]] = {}

    def handed_over(self, call_id: CallId, device: DeviceId, by: DeviceId) -> None:
        """The PBX said who handed the call on to `device`: better than what the record's transfers tell."""
        self._handed_by.setdefault(call_id, {})[device] = by

    def see(self, record: CallRecord, now: datetime) -> tuple[Pop, ...]:
        """The call is now as `record` says."""
        self._records[record.call_id] = record
        return self._derive(record, now)

    def learn(self, call_id: CallId, findings: Findings, now: datetime) -> tuple[Pop, ...]:
        """More is known of the outsider of the call."""
        self._findings[call_id] = findings
        record = self._records.get(call_id)
        return () if record is None else self._derive(record, now)

    def refresh(self, now: datetime, conversation_id: ConversationId | None = None) -> tuple[Pop, ...]:
        """What others keep of the conversation changed, or of every call."""
        changed: list[Pop] = []
        for record in list(self._records.values()):
            if conversation_id is None or record.conversation_id == conversation_id:
                changed += self._derive(record, now)
        return tuple(changed)

    def refresh_call(self, now: datetime, call_id: CallId) -> tuple[Pop, ...]:
        """What can be asked of one call may have changed."""
        record = self._records.get(call_id)
        return () if record is None else self._derive(record, now)

    def findings(self, call_id: CallId) -> Findings | None:
        """What is known of the outsider of a call; None if it was never looked up."""
        return self._findings.get(call_id)

    def forget_call(self, call_id: CallId) -> tuple[Pop, ...]:
        """The call turned out to be part of another: its pops are gone. Returns those that were visible."""
        gone = self._forget(call_id)
        for kept in gone.values():
            self._leaving.pop(kept.pop.pop_id, None)
            self._places.pop(kept.pop.pop_id, None)
        return tuple(kept.pop for kept in gone.values() if not kept.hidden)

    def hide(self, pop_id: str) -> Pop | None:
        """The employee put it away. It comes back when the device rings again or takes the call; see `_comes_back`.

        Returns it if it was visible.
        """
        kept = self._at(pop_id)
        if kept is None or kept.hidden:
            return None
        self._kept[kept.pop.call_id][kept.pop.device] = _Kept(kept.pop, hidden=True)
        return kept.pop

    def expire(self, now: datetime) -> tuple[Pop, ...]:
        """Drops what has lingered long enough. Returns the pops that were visible."""
        gone: list[Pop] = []
        for pop_id, (until, pop) in list(self._leaving.items()):
            if until > now:
                continue
            del self._leaving[pop_id]
            del self._places[pop_id]
            pops = self._kept[pop.call_id]
            if not pops.pop(pop.device).hidden:
                gone.append(pop)
            self._handed_by.get(pop.call_id, {}).pop(pop.device, None)
            if not pops and self._records[pop.call_id].ended_at is not None:
                self._forget(pop.call_id)
        return tuple(gone)

    def forget_silent(self, call_id: CallId) -> None:
        """The call is over and rang nobody: drop what is held for it. Nothing happens if it has pops."""
        if not self._kept.get(call_id):
            self._forget(call_id)

    def _forget(self, call_id: CallId) -> dict[DeviceId, _Kept]:
        """Drop everything that is held for a call. Returns what was kept of its pops."""
        self._findings.pop(call_id, None)
        self._records.pop(call_id, None)
        self._handed_by.pop(call_id, None)
        return self._kept.pop(call_id, {})

    def known(self) -> tuple[tuple[CallId, Findings], ...]:
        """What is known of every call."""
        return tuple(self._findings.items())

    def visible(self) -> tuple[Pop, ...]:
        """Every pop that is not hidden, oldest call first."""
        return tuple(kept.pop for pops in self._kept.values() for kept in pops.values() if not kept.hidden)

    def pop(self, pop_id: str) -> Pop | None:
        """The pop of this id, hidden or not."""
        kept = self._at(pop_id)
        return None if kept is None else kept.pop

    def _at(self, pop_id: str) -> _Kept | None:
        place = self._places.get(pop_id)
        return None if place is None else self._kept[place[0]][place[1]]

    def __len__(self) -> int:
        return sum(len(pops) for pops in self._kept.values())

    def _derive(self, record: CallRecord, now: datetime) -> tuple[Pop, ...]:
        changed: list[Pop] = []
        pops = self._kept.setdefault(record.call_id, {})
        for device in devices_in(record):
            stands = standing(record, device)
            if stands is None:
                continue
            kept = pops.get(device)
            if kept is None and not stands.state.live:
                continue  # it was over before we looked, or has lingered long enough: nothing to show any more
            pop = self._pop(record, device, stands, 1 if kept is None else kept.pop.revision)
            if kept is not None:
                if pop == kept.pop:
                    continue
                pop = replace(pop, revision=pop.revision + 1)
            hidden = kept is not None and kept.hidden and not _comes_back(kept.pop.state, pop.state)
            pops[device] = _Kept(pop, hidden)
            self._places[pop.pop_id] = (record.call_id, device)
            self._note_leaving(pop, now)
            if not hidden:
                changed.append(pop)
        return tuple(changed)

    def _note_leaving(self, pop: Pop, now: datetime) -> None:
        stays = self.lingering.after(pop.state)
        if stays is None:
            self._leaving.pop(pop.pop_id, None)
        else:
            until = self._leaving[pop.pop_id][0] if pop.pop_id in self._leaving else now + stays
            self._leaving[pop.pop_id] = (until, pop)

    def _pop(self, record: CallRecord, device: DeviceId, stands: Standing, revision: int) -> Pop:
        party = opposite(record, device)
        findings = self._findings.get(record.call_id, NOTHING_KNOWN)
        by = self._handed_by.get(record.call_id, {}).get(device) or _handed_over_by(record, device)
        answering = _answering(record, device, stands)
        pop = Pop(
            pop_id=f"{record.call_id}.{device}",
            call_id=record.call_id,
            conversation_id=record.conversation_id,
            device=device,
            state=stands.state,
            revision=revision,
            direction=record.direction,
            caller=record.caller,
            called=record.called,
            queue=record.queue,
            started_at=record.started_at,
            ringing_at=stands.ringing_at,
            answered_at=stands.answered_at,
            ended_at=stands.ended_at,
            transferred_by=self._person(by),
            consulted_by=self._person(stands.consulted_by),
            answered_by=self._person(answering),
            mark=mark_of(party, findings),
            colleague=None if party.device is None else self._colleague_at(party.device),
            findings=findings,
            consultation=self._asked(record, device),
        )
        openings = self.openings_of(pop)
        return self.dress(replace(pop, openings=openings) if openings else pop)

    def _asked(self, record: CallRecord, device: DeviceId) -> Asked | None:
        """Whom the person at `device` asks now."""
        side = next((s for s in reversed(record.consultations) if s.by == device and s.ended_at is None), None)
        if side is None or record.ended_at is not None:
            return None
        state, since = _asking(record, side)
        to = side.to or ""
        if not to or to.startswith("+"):
            return Asked(to, None, None, to or None, state, since)
        colleague = self._colleague_at(DeviceId(to))
        return Asked(to, colleague.name if colleague else None, DeviceId(to), None, state, since)

    def _person(self, device: DeviceId | None) -> DevicePerson | None:
        if device is None:
            return None
        colleague = self._colleague_at(device)
        return DevicePerson(device, colleague.name if colleague else None)
