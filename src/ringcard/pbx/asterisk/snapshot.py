"""The PBX's lists, held against what we had: after a (re)connect nothing is replayed, and they say what is so now.

Calls that are gone ended in the gap; calls that are still there go on, with the gap marked; calls never seen before
begin with what the list shows, and what it does not show (when it was answered, whether it is on hold) stays unknown.

Source: CoreShowChannels and BridgeList of Asterisk; AMI replays no events after a reconnect.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringcard.calls.causes import CUSTOMER, SYSTEM, ConsultationPhase, Direction, Outcome
from ringcard.calls.events import CallCleared, ConnectionCleared, Consultation, GapNoted, Party
from ringcard.calls.identifiers import DeviceId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.bridging import join
from ringcard.pbx.asterisk.consulting import clear_side, complete_side
from ringcard.pbx.asterisk.derive import derive, finish, leg_gone
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.messages import ChannelFacts, duration_s
from ringcard.pbx.asterisk.mirror import RINGING, UP, Channel, hears
from ringcard.pbx.asterisk.tracked import OpenTransfer, Part, Side, TrackedCall, moment

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Translator

AGE_SLACK_S = 2.0
"""The list tells ages in whole seconds."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel of the list."""

    facts: ChannelFacts
    bridge: str
    application: str
    age_s: int


@dataclass(slots=True)
class Snapshot:
    """The channels as they are listed, until the list is complete."""

    began_s: float
    channels: dict[str, Listed] = field(default_factory=dict)

    def add(self, facts: ChannelFacts, headers: dict[str, str]) -> None:
        bridge = headers.get("BridgeId") or headers.get("BridgeID") or ""
        self.channels[facts.uid] = Listed(
            facts, bridge, headers.get("Application", ""), duration_s(headers.get("Duration", ""))
        )


def reconcile(translator: Translator, snapshot: Snapshot, at_s: float, gone: Container[str]) -> None:
    """Make the mirror what the list says, and report what that means for every call."""
    gap, restarted = translator.gap, translator.restarted
    _see(translator)
    held = [call for call in translator.calls.values() if not call.ended]
    resumed: list[tuple[TrackedCall, CallRecord]] = []
    for record in translator.adopted:
        call = _adopt(translator, record, snapshot, at_s)
        if call is not None:
            held.append(call)
            resumed.append((call, record))
    translator.adopted = []
    if gap is not None:
        for call in held:
            _mark(translator, call, gap)
            call.shutting_down = call.shutting_down or restarted
    lost: dict[str, TrackedCall] = {}
    for channel in tuple(translator.mirror.channels.values()):
        if channel.uid not in snapshot.channels and channel.created_s < snapshot.began_s:
            call_of = channel.call
            translator.mirror.remove(channel, at_s)
            if call_of is not None:
                lost[call_of.call_id] = call_of
                call_of.events = translator.events
                if gap is None:
                    _mark(translator, call_of, (at_s, at_s))
                    translator.note(call_of, at_s, f"{channel.name} was gone without a Hangup")
                if not restarted:
                    leg_gone(call_of, channel, at_s)
    for call in lost.values():
        if not call.ended and not call.unseen and not any(c.alive for c in call.channels.values()):
            finish(call, at_s, SYSTEM if restarted else call.hung_up)
    _add_listed(translator, snapshot, at_s, gone)
    for call, record in resumed:
        left = {stint.device for stint in record.devices} - call.parts.keys()
        for leg in call.mains():
            leg.spent = leg.spent or leg.device in left  # it hears that the call is parked, and is out of it
    for call in tuple(translator.calls.values()):
        call.events = translator.events
        derive(call, at_s)
        translator.touch(call)


def _see(translator: Translator) -> None:
    """What was not told because it began before we listened is told from now on, as the list shows it."""
    for call in tuple(translator.calls.values()):
        if call.unseen:
            del translator.calls[call.call_id]
            for channel in call.channels.values():
                channel.call = channel.side = None
                channel.spent = False


def _mark(translator: Translator, call: TrackedCall, gap: tuple[float, float]) -> None:
    call.events = translator.events
    if call.originated and not call.unseen and not call.ended:
        translator.events.append(GapNoted(call.call_id, moment(gap[1]), moment(gap[0]), moment(gap[1])))


def _adopt(translator: Translator, record: CallRecord, snapshot: Snapshot, at_s: float) -> TrackedCall | None:
    """A call that a former run left open: followed on if its channels are still there, else ended now."""
    mine = [listed for listed in snapshot.channels.values() if listed.facts.linkedid in record.pbx_ids]
    if not mine:
        _end_adopted(translator, record, at_s)
        return None
    mine.sort(key=lambda listed: -listed.age_s)
    first = next((listed for listed in mine if listed.facts.uid in record.pbx_ids), mine[0])
    root = _create(translator, first, at_s)
    call = translator.open(root, record.started_at.timestamp())
    translator.calls.pop(call.call_id)
    call.call_id, call.conversation_id = record.call_id, record.conversation_id
    call.direction, call.caller, call.called = record.direction, record.caller, record.called
    call.originated = True
    call.pbx_ids = set(record.pbx_ids)
    call.customer_since = record.direction is Direction.INBOUND or (
        record.direction is Direction.OUTBOUND and record.answered_at is not None
    )
    call.far_answered = record.direction is Direction.OUTBOUND and record.answered_at is not None
    call.caller_device = record.caller.device
    call.program = root.device is not None and root.device == record.caller.device and root.dialled
    call.transfers_numbered = len(record.transfers)
    call.sides_numbered = len(record.consultations)
    call.conference = record.conference
    for stint in record.devices:
        if stint.left_at is None:
            picked_up = stint.outcome is Outcome.ANSWERED
            met = picked_up and (record.direction is Direction.INBOUND or record.answered_at is not None)
            call.parts[stint.device] = Part(stint.device, ringing=not picked_up, picked_up=picked_up, met=met)
            if picked_up:
                call.answered_by = stint.device
    for hold in record.holds:
        if hold.until is None and hold.by == CUSTOMER:
            call.customer_held = True
        elif hold.until is None and hold.by in call.parts:
            call.parts[DeviceId(hold.by)].held = True
    for index, side in enumerate(record.consultations):
        if side.ended_at is None:
            held = any(hold.by == side.by and hold.until is None for hold in record.holds)
            resumed = call.new_side(side.by, side.started_at.timestamp(), feature=not held)
            resumed.index, resumed.to, resumed.originated, resumed.tried = index, side.to, True, True
            resumed.pressed_s, resumed.walked = resumed.started_s, not held
            resumed.delivered, resumed.established = side.ringing_at is not None, side.answered_at is not None
    for index, transfer in enumerate(record.transfers):
        # Still under way, unless who made it is back in the call: then it failed.
        if not transfer.completed and (transfer.by is None or transfer.by not in call.parts):
            at_s = transfer.at.timestamp()
            service = translator.names.device(transfer.to or "") is None
            begun = OpenTransfer(transfer.kind, transfer.by, transfer.to, at_s, index, service=service)
            call.open_transfers.append(begun)
            call.transferred_by = transfer.by
    translator.calls[call.call_id] = call
    return call


def _end_adopted(translator: Translator, record: CallRecord, at_s: float) -> None:
    events = translator.events
    at = moment(at_s)
    if translator.gap is not None:
        since, until = translator.gap
        events.append(GapNoted(record.call_id, moment(until), moment(since), moment(until)))
    for stint in record.devices:
        if stint.left_at is None:
            answered = stint.outcome is Outcome.ANSWERED
            restart = Outcome.CANCELLED if translator.restarted else Outcome.NO_ANSWER
            events.append(
                ConnectionCleared(record.call_id, at, stint.device, Outcome.ANSWERED if answered else restart)
            )
    for index, side in enumerate(record.consultations):
        if side.ended_at is None:
            outcome = Outcome.ANSWERED if side.answered_at else Outcome.NO_ANSWER
            phase = ConsultationPhase.CLEARED
            events.append(Consultation(record.call_id, at, index, phase, side.by, side.to, outcome))
    events.append(CallCleared(record.call_id, at, SYSTEM if translator.restarted else None))


def _is_dialled(listed: Listed) -> bool:
    return listed.application.startswith(("AppDial", "AppQueue"))


def _create(translator: Translator, listed: Listed, at_s: float) -> Channel:
    known = translator.mirror.channels.get(listed.facts.uid)
    if known is not None:
        return known
    channel = translator.mirror.create(listed.facts, at_s - listed.age_s)
    channel.witnessed = False
    channel.dialled = _is_dialled(listed)
    channel.up_s = at_s if channel.state == UP else None
    channel.rang_s = at_s if channel.state == RINGING else None
    if channel.kind is Kind.OUTSIDER:
        channel.e164 = translator.plan_of(channel).parse(channel.number)
    return channel


def _add_listed(translator: Translator, snapshot: Snapshot, at_s: float, gone: Container[str]) -> None:
    fresh: dict[str, list[tuple[Listed, Channel]]] = {}
    for listed in snapshot.channels.values():
        uid = listed.facts.uid
        if uid in gone:
            continue
        channel = translator.mirror.channels.get(uid)
        if channel is None:
            channel = _create(translator, listed, at_s)
        else:
            if listed.facts.state == UP and channel.state != UP:
                channel.up_s = at_s
                channel.witnessed = False
            channel.state = listed.facts.state
            channel.dialled = channel.dialled or (channel.call is None and _is_dialled(listed))
            translator.mirror.refresh(channel, listed.facts)
        if listed.bridge:
            translator.mirror.enter(channel, translator.mirror.bridge(listed.bridge))
        else:
            translator.mirror.leave(channel)
        if channel.call is None and channel.kind is not Kind.INTERNAL:
            fresh.setdefault(listed.facts.linkedid, []).append((listed, channel))
    new = [call for linkedid, members in fresh.items() if (call := _assemble(translator, linkedid, members, at_s))]
    for call in new:
        for channel in call.mains():
            if channel.call is call and channel.bridge is not None and not channel.bridge.holding:
                join(translator, channel, at_s)
    for call in new:
        if not call.ended:
            _consulting_line(translator, call, at_s)
    for call in tuple(translator.calls.values()):
        if not call.ended:
            _consulting_pair(translator, call, at_s)
            _resumed_sides(call, at_s)


def _assemble(
    translator: Translator, linkedid: str, members: list[tuple[Listed, Channel]], at_s: float
) -> TrackedCall | None:
    """The channels of one linked id: part of a call we hold, or one we never saw. Returns only the latter."""
    for call in translator.calls.values():
        theirs = {c.linkedid for c in call.channels.values()} | call.pbx_ids | {call.root.linkedid}
        if linkedid in theirs and not call.ended:
            for _, channel in members:
                call.add(channel)
            return None
    members.sort(key=lambda member: (member[1].uid != linkedid, -member[0].age_s))
    started_s = at_s - max(listed.age_s for listed, _ in members)
    outsiders = [channel for _, channel in members if channel.kind is Kind.OUTSIDER]
    incoming = next((channel for channel in outsiders if not channel.dialled), None)
    root = incoming or next((c for _, c in members if c.device is not None and not c.dialled), members[0][1])
    call = translator.open(root, started_s)
    if incoming is not None and call.called.number is None:
        call.called = Party()  # a menu or a transfer has changed the extension; `Status` tells what was dialled
    since = translator.gap[0] if translator.gap is not None else started_s
    call.gap = (min(max(since, started_s), at_s), at_s)
    for _, channel in members:
        call.add(channel)
    if incoming is None and root.device is None:
        call.program = True
        call.customer_since = False
        call.direction = Direction.OUTBOUND if outsiders else Direction.INTERNAL
    elif incoming is None and outsiders and call.called.device is None:
        call.direction = Direction.OUTBOUND
    call.unseen = all(channel.kind is Kind.LOCAL for _, channel in members)
    return call


def _consulting_line(translator: Translator, call: TrackedCall, at_s: float) -> None:
    """A phone that dialled while it has a customer on another line has to be holding that one: it consults."""
    device = call.root.device
    if device is None or call.program or call.root.dialled:
        return
    for other in tuple(translator.calls.values()):
        if other is call or other.ended or other.unseen or not other.outsiders():
            continue
        legs = other.legs(device)
        if legs and legs[0].created_s <= call.root.created_s:
            legs[0].held_s = legs[0].held_s or at_s
            side = other.new_side(device, call.started_s, feature=False)
            side.tried = True
            side.to = call.called.device or call.called.number or call.called.presented
            translator.absorb(call, other, at_s, side)
            for channel in other.channels.values():
                if channel.side is side:
                    channel.joined_s = None
            return


def _consulting_pair(translator: Translator, call: TrackedCall, at_s: float) -> None:
    """`*2`: a device in a bridge with half a Local pair, and the customer elsewhere."""
    for leg in call.mains():
        if leg.device is None or leg.bridge is None or leg.witnessed:
            continue
        pair = next((c for c in leg.bridge.members.values() if c.half == 1 and c.side is None), None)
        if pair is None or pair.dialler is not None or any(c.device is None and c.real for c in hears(leg)):
            continue
        if not call.outsiders():
            continue
        side = _resumed(call, leg.device)
        if side is None:
            side = call.new_side(leg.device, at_s, feature=True)
            side.pressed_s, side.tried, side.walked = at_s, True, True
            side.to = translator.destination(pair.exten)
        second = pair.other_half
        targets = [c for c in hears(leg) if c.real and c is not leg]
        targets += [c for c in call.mains() if c.state == RINGING and c.dialled]
        for channel in (pair, second, *targets):
            if channel is not None:
                channel.side = side
        part = call.part(leg.device)
        if not part.picked_up:
            call.originate()
            part.picked_up = True
            call.answered_by = leg.device
            call.establish(at_s, leg.device, since_known=False)
        part.met, part.away = True, True


def _resumed(call: TrackedCall, device: DeviceId) -> Side | None:
    """A consultation by feature code that a former run left open."""
    return next((s for s in call.sides if s.by == device and s.feature and s.originated and not s.cleared), None)


def _resumed_sides(call: TrackedCall, at_s: float) -> None:
    """What became of the consultations that a former run left open."""
    for side in call.sides:
        if side.cleared or any(c.side is side for c in call.channels.values()):
            continue
        lines = [
            leg
            for leg in call.legs(side.by)
            if leg is not call.root and leg.root and not leg.dialled and leg.created_s >= side.started_s - AGE_SLACK_S
        ]
        for line in () if side.feature else lines:
            for channel in call.channels.values():
                if channel.linkedid == line.linkedid:
                    channel.side = side
            break
        else:
            taken = not call.legs(side.by) and any(c.device == side.to or c.e164 == side.to for c in call.mains())
            if taken:
                complete_side(call, side, at_s, transfer=True)
            else:
                clear_side(call, side, at_s)
