"""Calls that a former run left open: followed on if their channels are still there, else ended.

All that is known of them is their record; the snapshot says which of their channels live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import CUSTOMER, SYSTEM, ConsultationPhase, Direction, Outcome, TransferKind
from ringcard.calls.events import CallCleared, ConnectionCleared, Consultation, GapNoted
from ringcard.calls.identifiers import DeviceId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.consulting import clear_side, complete_side
from ringcard.pbx.asterisk.listed import Snapshot, create
from ringcard.pbx.asterisk.tracked import OpenTransfer, Part, TrackedCall, moment

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Translator

AGE_SLACK_S = 2.0
"""The list tells ages in whole seconds."""


def adopt(translator: Translator, record: CallRecord, snapshot: Snapshot, at_s: float) -> TrackedCall | None:
    """A call that a former run left open: followed on if its channels are still there, else ended now."""
    others = {uid for other in translator.adopted if other is not record for uid in other.pbx_ids}
    mine = [
        listed
        for listed in snapshot.in_order()
        if listed.facts.uid in record.pbx_ids
        or (listed.facts.linkedid in record.pbx_ids and listed.facts.uid not in others)
    ]
    if not mine:
        _end_adopted(translator, record, at_s)
        return None
    first = next((listed for listed in mine if listed.facts.uid in record.pbx_ids), mine[0])
    root = create(translator, first, at_s)
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
    call.called_told = record.called.presented is not None
    call.program = root.half == 1 or (root.device is not None and root.device == record.caller.device and root.dialled)
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
    for listed in mine:
        call.add(create(translator, listed, at_s))
    _adopt_transfers(translator, call, record)
    call.ended = record.ended_at is not None
    for channel in call.channels.values() if call.ended else ():
        channel.side = call.sides[-1]
    for hold in record.holds:
        legs = [leg for leg in call.mains() if leg.device == (None if hold.by == CUSTOMER else hold.by)]
        if hold.until is None and legs:
            legs[0].held_s = hold.since.timestamp()
    call.recordings = [recording.file for recording in record.recordings if recording.duration_s is None]
    translator.calls[call.call_id] = call
    return call


def _adopt_transfers(translator: Translator, call: TrackedCall, record: CallRecord) -> None:
    """The consultations and transfers that the former run left open."""
    begun = {
        index: OpenTransfer(
            transfer.kind,
            transfer.by,
            transfer.to,
            transfer.at.timestamp(),
            index,
            service=translator.names.device(transfer.to or "") is None,
        )
        for index, transfer in enumerate(record.transfers)
        if not transfer.completed
    }
    for index, told in enumerate(record.consultations):
        if told.ended_at is not None:
            continue
        # One by feature code is a transfer from the first press on, a phone's own is none yet.
        pressed = [i for i, t in begun.items() if t.kind is TransferKind.ATTENDED and t.by == told.by]
        side = call.new_side(told.by, told.started_at.timestamp(), feature=bool(pressed))
        side.index, side.to, side.originated, side.tried = index, told.to, True, True
        side.pressed_s, side.walked = side.started_s, side.feature
        side.established = told.outcome is Outcome.ANSWERED
        side.delivered = side.established or told.ringing_at is not None
        side.to_service = told.to is not None and translator.is_service(told.to)
        if pressed:
            side.transfer = begun.pop(pressed[-1])
            side.pressed_s = side.transfer.at_s
    for transfer in begun.values():
        # Still under way, unless who made it is back in the call: then it failed.
        if record.ended_at is None and (transfer.by is None or transfer.by not in call.parts):
            if call.direction is Direction.INTERNAL:
                transfer.transferee = next((c for c in call.mains() if c.device != transfer.by), None)
            call.open_transfers.append(transfer)
            call.transferred_by = transfer.by


def _end_adopted(translator: Translator, record: CallRecord, at_s: float) -> None:
    events = translator.events
    at = moment(at_s)
    over = record.ended_at is not None
    if translator.gap is not None and not over:
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
            outcome = side.outcome or Outcome.NO_ANSWER
            phase = ConsultationPhase.CLEARED
            events.append(Consultation(record.call_id, at, index, phase, side.by, side.to, outcome))
    if not over:
        events.append(CallCleared(record.call_id, at, SYSTEM if translator.restarted else None))


def resume_sides(call: TrackedCall, at_s: float) -> None:
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
