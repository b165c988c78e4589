"""Transfers as Asterisk tells of them: blind, attended, picked up, parked.

Source: Asterisk events BlindTransfer, AttendedTransfer, Pickup, ParkedCall, UnParkedCall, ParkedCallTimeOut,
ParkedCallGiveUp. That a transfer was completed is concluded in `derive`: the events say only that it was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import TransferKind
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk import messages
from ringcard.pbx.asterisk.bridging import former_consultation
from ringcard.pbx.asterisk.consulting import complete_side
from ringcard.pbx.asterisk.derive import derive
from ringcard.pbx.asterisk.handing import answered_transfers, sent_blind, settle_transfer
from ringcard.pbx.asterisk.holding import SETTLE_S, settle_unsettled
from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.tracked import OpenTransfer, TrackedCall

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator


def blind_transfer(t: Translator, headers: dict[str, str], at_s: float) -> None:
    transfer = messages.blind_transfer(headers)
    if transfer is None or not transfer.succeeded:
        return
    transferer = t.known(transfer.transferer.uid)
    transferee = t.mirror.channels.get(transfer.transferee.uid) if transfer.transferee else None
    if transferer is None:
        if transferee is not None and transfer.transferer.uid in t.gone:
            sent_on(t, transfer, t.names.parse(transfer.transferer.name).device, transferee.call, transferee, at_s)
        return
    if transferer.call is None:
        return
    transferer.feature_hold_s = None
    if headers.get("IsExternal") == "No":
        transferer.unsettled = None  # the music of `#1`, not a pressed hold
    else:
        settle_unsettled(t, at_s + SETTLE_S)
    if transferer.side is None:
        sent_on(t, transfer, transferer.device, transferer.call, transferee, at_s)


def sent_on(
    t: Translator,
    transfer: messages.BlindTransfer,
    by: DeviceId | None,
    call: TrackedCall | None,
    transferee: Channel | None,
    at_s: float,
) -> None:
    """`by`, who may be gone by now, has sent the call on."""
    if call is None or call.ended or call.unseen:
        return
    call.events = t.events
    if any(
        begun.kind is TransferKind.PARK and begun.by == by and at_s - begun.at_s < SETTLE_S
        for begun in call.open_transfers
    ):
        return  # to a parking slot, and its ParkedCall came first
    if transferee is not None and transferee.sent_told:
        transferee.sent_told = False
        return  # its BLINDTRANSFER said so
    to = t.destination(transfer.extension)
    if any(
        told.kind is TransferKind.BLIND and told.by == by and told.extension == transfer.extension
        for told in (*call.open_transfers, *([call.pending] if call.pending else []))
    ):
        return  # told before
    for told in tuple(call.open_transfers):
        if told.kind is TransferKind.REDIRECT and told.transferee is transferee and told.to == to:
            call.transfer_ends(at_s, told, to=to, completed=False, withdrawn=True)  # it looked like a program's
    sent_blind(call, by, to, at_s, transfer.extension, transferee, t.is_service(transfer.extension))
    if call.queue_name is not None and at_s - call.queued_s < SETTLE_S:
        reach_queue(call, call.queue_name, at_s)  # its QueueCallerJoin came first
    elif any(leg.dialler is transferee and leg.alive and not leg.up for leg in call.channels.values()):
        settle_transfer(call)  # it came late: somebody rings for it already
    t.touch(call)


def reach_queue(call: TrackedCall, name: str, at_s: float) -> None:
    """A transferred call is in a queue: that was the transfer's destination."""
    pending = call.pending
    if pending is not None and pending.kind is TransferKind.REDIRECT and pending.to is not None:
        pending.to = name  # a BlindTransfer may still come and say that it was none
    elif pending is not None:
        pending.to = name
        settle_transfer(call)
        call.transfer_ends(at_s, pending, to=name, completed=True)
    for transfer in tuple(call.open_transfers):
        if transfer.exact and transfer.service:  # a phone's own forward to the queue
            call.transfer_ends(at_s, transfer, to=name, completed=True)


def attended_transfer(t: Translator, headers: dict[str, str], at_s: float) -> None:
    transfer = messages.attended_transfer(headers)
    if transfer is None or not transfer.succeeded:
        return
    first, second = t.mirror.channels.get(transfer.first.uid), t.mirror.channels.get(transfer.second.uid)
    if first is None or second is None or first.call is None or second.call is None:
        return
    one, two = first.call, second.call
    one.events = two.events = t.events
    if transfer.dest_type in ("Bridge", "Link"):
        # A program may have hung it up: no HangupRequest, and its Hangup seconds later; BridgeLeave may come first.
        first.handed_over = True
        first.departed = first.departed or first.bridge is None
    if transfer.dest_type != "Threeway" and first.device is not None:
        first.handed_over = second.handed_over = True
        for call in (one, two):
            if call.hung_up == first.device:
                call.hung_up = None  # its phone said so ahead of the transfer, with which the others go on
    if transfer.dest_type == "Threeway":
        for call in {one.call_id: one, two.call_id: two}.values():
            for side in call.sides:
                if not side.cleared and side.by == first.device:
                    complete_side(call, side, at_s, transfer=False)
            call.conferenced(at_s)
    elif one is not two:
        joined_two(t, one, two, first, second, at_s)
    elif transfer.dest_type != "App":
        for side in one.sides:
            side.confirmed = side.confirmed or side.by == first.device
    elif transfer.dest_type == "App":
        asked = second.side or first.side
        if asked is not None and not asked.cleared:
            complete_side(one, asked, at_s, transfer=True)
            if asked.to_service and one.open_transfers:
                one.transfer_ends(at_s, one.open_transfers[-1], to=asked.to, completed=True)
    t.touch(one)
    t.touch(two)


def joined_two(t: Translator, one: TrackedCall, two: TrackedCall, first: Channel, second: Channel, at_s: float) -> None:
    """An employee put two calls together."""
    by = first.device
    if one.ended or two.ended or one.unseen or two.unseen:
        return
    if one.customer_since and two.customer_since:
        held, other = (two, one) if held_last(t, second) > held_last(t, first) else (one, two)
        number = next((c.e164 or t.plan_of(c).parse(c.number) for c in other.outsiders()), None)
        transfer = OpenTransfer(TransferKind.ATTENDED, by, number, at_s)
        held.transfer_begins(transfer)
        held.transfer_ends(at_s, transfer, to=number, completed=True)
        older, younger = sorted((one, two), key=lambda call: call.started_s)
        younger.inform(at_s, conversation_id=older.conversation_id)
        return
    keep, child = (one, two) if one.customer_since or not two.customer_since else (two, one)
    side = former_consultation(t, keep, child, at_s)
    t.absorb(child, keep, at_s, side)
    if side is not None:
        derive(keep, at_s)
        if not side.cleared and not side.established:
            complete_side(keep, side, at_s, transfer=True)


def held_last(t: Translator, leg: Channel) -> float:
    """A leg's last hold, to tell which of two customers was the held one: later than any that is not.

    Of legs that a snapshot showed the hold is not known; but who took a second call then had to hold the first.
    """
    if leg.held_s is not None:
        return float("inf")
    return leg.last_hold_s or (0.0 if leg.witnessed else 1.0 / (1.0 + leg.created_s))


def pickup(t: Translator, headers: dict[str, str], at_s: float) -> None:
    picker = t.known(headers.get("Uniqueid", ""))
    target = t.known(headers.get("TargetUniqueid", ""))
    if picker is None:
        return
    if target is None or target.call is None:
        if picker.call is not None:
            t.unsee(picker.call, at_s)
        return
    call = target.call
    if picker.call is not None and picker.call is not call:
        t.absorb(picker.call, call, at_s, target.side)
    call.events = t.events
    if target.side is not None or call.ended or call.unseen or picker.device is None or picker.uid in call.pickers:
        return
    call.pickers.add(picker.uid)
    part = call.part(picker.device)
    if not part.picked_up:
        part.picked_up, part.ringing = True, False
        call.answered_by, call.answered_s = picker.device, at_s
        call.establish(at_s, picker.device)
        answered_transfers(call, at_s, picker.device)
    transfer = OpenTransfer(TransferKind.PICKUP, picker.device, picker.device, at_s)
    call.transfer_begins(transfer)
    call.transfer_ends(at_s, transfer, to=picker.device, completed=True)
    t.touch(call)


def parked(t: Translator, headers: dict[str, str], at_s: float) -> None:
    parkee = t.known(headers.get("ParkeeUniqueid", ""))
    if parkee is None or parkee.call is None or parkee.side is not None or parkee.call.ended:
        return
    call = parkee.call
    call.events = t.events
    if any(transfer.kind is TransferKind.PARK for transfer in call.open_transfers):
        return  # told before
    if "ActionID" in headers:  # an item of the list of parked calls: it may have been parked before we listened
        at_s = max(call.started_s, at_s - messages.number_of(headers, "ParkingDuration"))
        parker = t.names.interface(headers.get("ParkerDialString", ""))
        if parker is not None and call.gap is not None and parker not in call.parts:
            call.was_in(call.gap[1], parker)
    by = t.names.interface(headers.get("ParkerDialString", ""))
    if call.pending is not None:
        by = call.pending.by or by
        call.pending = None
    call.transfer_begins(OpenTransfer(TransferKind.PARK, by, None, at_s, transferee=parkee))
    t.touch(call)


def unparked(t: Translator, headers: dict[str, str], at_s: float) -> None:
    parkee = t.known(headers.get("ParkeeUniqueid", ""))
    retriever = t.known(headers.get("RetrieverUniqueid", ""))
    if parkee is None or parkee.call is None:
        if retriever is not None and retriever.call is not None:
            t.unsee(retriever.call, at_s)
        return
    call = parkee.call
    call.events = t.events
    if retriever is None or call.ended:
        return
    if retriever.call is not None and retriever.call is not call and not retriever.call.customer_since:
        t.absorb(retriever.call, call, at_s)
    park_ends(t, call, at_s, retriever.device)


def park_over(t: Translator, headers: dict[str, str], at_s: float) -> None:
    parkee = t.known(headers.get("ParkeeUniqueid", ""))
    if parkee is not None and parkee.call is not None and not parkee.call.ended:
        parkee.call.events = t.events
        park_ends(t, parkee.call, at_s, None)


def park_ends(t: Translator, call: TrackedCall, at_s: float, to: DeviceId | None) -> None:
    for transfer in tuple(call.open_transfers):
        if transfer.kind is TransferKind.PARK:
            call.transfer_ends(at_s, transfer, to=to, completed=to is not None)
    t.touch(call)


HANDLERS: dict[str, Handler] = {
    "BlindTransfer": blind_transfer,
    "AttendedTransfer": attended_transfer,
    "Pickup": pickup,
    "ParkedCall": parked,
    "UnParkedCall": unparked,
    "ParkedCallTimeOut": park_over,
    "ParkedCallGiveUp": park_over,
}
