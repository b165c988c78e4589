"""What happened to a call, concluded from the difference between the mirror and what was reported of it.

`derive` is called after every message that touched a call, and once more when time alone decides something. It looks at
who rings, who hears whom (through bridges and Local pairs, so optimisation and merging change nothing), who left, and
reports the differences as events. Nothing here reads a message.

Intermediate states are waited out: a channel that leaves one bridge and enters the next within `SETTLE_S` has not left.

How a device parts with the other side stands in `parting`, how the call ends in `ending`.
"""

from __future__ import annotations

from ringcard.calls.causes import Outcome, TransferKind
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.consulting import sides
from ringcard.pbx.asterisk.ending import end_if_over
from ringcard.pbx.asterisk.handing import answered_transfers, settle_pending
from ringcard.pbx.asterisk.mirror import DOWN, RINGING, UP, Channel, hears
from ringcard.pbx.asterisk.parting import others, part_ways
from ringcard.pbx.asterisk.tracked import SETTLE_S, UNDIALLED_S, Part, TrackedCall

SHOWN_S = 0.3
"""A phone that is off hook with a service (no partner) for this long is a call; a pick-up or retrieval is quicker."""


def derive(call: TrackedCall, now_s: float) -> None:
    """Report what changed. Safe to call at any time, any number of times."""
    call.due_s = None
    if call.unseen:
        return
    if call.ended:
        sides(call, now_s)
        return
    if not call.originated:
        _show(call, now_s)
    if call.sides:
        sides(call, now_s)
    if call.parts:
        _stopped(call, now_s)
    away = _away(call) if call.sides else None
    _devices(call, now_s)
    if away is not None and away != _away(call):
        sides(call, now_s)  # gone to a consultation or back, for good or by `*4`, and no other message need follow
    if not call.serviced:
        _service(call)
    _outsiders(call, now_s)
    if len(call.channels) >= 3 and not call.conference:
        _crowd(call, now_s)
    if call.pending is not None:
        settle_pending(call, now_s)
    end_if_over(call, now_s)


def _away(call: TrackedCall) -> list[DeviceId]:
    """Whose phones are in a consultation now."""
    return [part.device for part in call.parts.values() if part.away]


def _show(call: TrackedCall, now_s: float) -> None:
    root = call.root
    if call.customer_since and not call.program:
        if root.state != DOWN or now_s - root.created_s >= UNDIALLED_S:
            call.originate()  # a customer who calls is a call at once
        else:
            call.remind(root.created_s + UNDIALLED_S)  # chan_sip makes its channels down first
    elif root.up and root.up_s is not None and not call.program:
        if now_s - root.up_s >= SHOWN_S:
            call.originate()
        else:
            call.remind(root.up_s + SHOWN_S)


# -- the company's devices ----------------------------------------------------------------------------------------


def _service(call: TrackedCall) -> None:
    """The customer is connected although nobody picked up: the PBX itself answered."""
    root = call.root
    if call.customer_since and root.up and root.device is None and not root.dialled and call.answered_by is None:
        call.reach_service(root.since(root.up_s, call.started_s))


def _devices(call: TrackedCall, now_s: float) -> None:
    legs: dict[DeviceId, list[Channel]] = {}
    for channel in call.channels.values():
        device = channel.device
        if device is not None and channel.side is None and channel.real:
            living = legs.get(device)
            if living is None:
                living = legs[device] = []
            if channel.gone_s is None and not channel.departed:
                living.append(channel)
    for device, living in legs.items():
        for leg in living:
            if leg.spent or _open_for_whom(call, leg, now_s):
                continue
            if leg.state == RINGING:
                _ring(call, device, leg, now_s)
            elif leg.state == UP and leg.dialled:
                part = call.part(device)
                if not part.picked_up:
                    _pick_up(call, part, leg.since(leg.up_s, now_s), since_known=leg.timed)
        found = call.parts.get(device)
        for leg in living:  # of who has met, only a line that was done with and comes back
            if leg.state == UP and (found is None or not found.met or (leg.spent and found.parted_s is None)):
                _meet(call, device, leg, now_s)
        found = call.parts.get(device)
        if found is not None and found.met:
            part_ways(call, found, living, now_s)


def _open_for_whom(call: TrackedCall, leg: Channel, now_s: float) -> bool:
    """Whether it is open yet who rings it: a Local pair dialled it that nobody dialled, and that is in no bridge yet.

    Who asks somebody by `*2` shows only there, if the press was not heard; 16.28 now and then tells of the ringing
    first. What is told meanwhile has its own time.
    """
    second = leg.dialler
    first = second.other_half if second is not None and second.half == 2 else None
    if first is None or first.dialler is not None or first.dialled or first.bridge is not None or not first.alive:
        return False
    since = leg.rang_s or leg.up_s or now_s
    if first is call.root or first.side is not None or now_s - since >= SETTLE_S:
        return False
    call.remind(since + SETTLE_S)
    return True


def _ring(call: TrackedCall, device: DeviceId, leg: Channel, now_s: float) -> None:
    part = call.part(device)
    if part.reported:
        return
    rang_s = leg.rang_s if leg.rang_s is not None else now_s
    if not leg.dialled and now_s - rang_s < UNDIALLED_S:
        call.remind(rang_s + UNDIALLED_S)
        return
    part.ringing, part.since_s = True, rang_s
    call.originate()
    call.deliver(leg.since(rang_s, now_s), device, since_known=leg.timed)


def _pick_up(call: TrackedCall, part: Part, at_s: float, *, since_known: bool = True) -> None:
    part.picked_up, part.ringing = True, False
    part.since_s = part.since_s or at_s
    call.answered_by, call.answered_s = part.device, at_s if since_known else call.started_s
    if call.transferred_by == part.device:
        call.transferred_by = None
    call.originate()
    call.establish(at_s, part.device, since_known=since_known)
    answered_transfers(call, at_s, part.device)


def _meet(call: TrackedCall, device: DeviceId, leg: Channel, now_s: float) -> None:
    if leg.bridge is None or not others(call, leg):
        return
    part = call.part(device)
    if not part.picked_up:
        _pick_up(call, part, now_s, since_known=not call.catching_up)
    part.met, part.met_in = True, leg.bridge
    leg.spent = False


def _stopped(call: TrackedCall, now_s: float) -> None:
    """Phones that stopped ringing because a program took the caller: it got elsewhere, or is about to hang up too."""
    for part in tuple(call.parts.values()):
        if part.stopped_s is None:
            continue
        undecided = call.pending is not None and call.pending.kind is TransferKind.REDIRECT and call.pending.to is None
        if undecided and now_s - part.stopped_s < SETTLE_S:
            call.remind(part.stopped_s + SETTLE_S)
            continue
        call.parts.pop(part.device)
        call.clear_connection(part.stopped_s, part.device, Outcome.CANCELLED)


def stays(call: TrackedCall) -> None:
    """No program took the caller after all, its dialplan is over: what stopped ringing was not answered."""
    call.pending = None
    for leg in call.channels.values():
        leg.withdrawn = False
    for part in tuple(call.parts.values()):
        if part.stopped_s is not None:
            call.parts.pop(part.device)
            call.clear_connection(part.stopped_s, part.device, Outcome.NO_ANSWER)


# -- outsiders ----------------------------------------------------------------------------------------------------


def _outsiders(call: TrackedCall, now_s: float) -> None:
    for channel in call.channels.values():
        if not channel.dialled or channel.device is not None or channel.side is not None or not channel.real:
            continue
        if _open_for_whom(call, channel, now_s):
            continue
        if channel.state == RINGING and not call.far_ringing:
            call.far_ringing = True
            call.originate()
            call.deliver(channel.since(channel.rang_s, call.started_s), None, since_known=channel.timed)
        elif channel.up and not channel.spent:
            channel.spent = True
            call.customer_since = True
            call.far_answered = True
            call.originate()
            at_s = channel.since(channel.up_s, call.started_s)
            number = channel.e164
            call.establish(at_s, None, number, since_known=channel.timed)
            answered_transfers(call, at_s, number)


def _crowd(call: TrackedCall, now_s: float) -> None:
    """Three or more parties of the call who hear each other are a conference, if it lasts."""
    together = [c for c in call.channels.values() if c.bridge is not None and c.real and c.side is None and c.alive]
    if len(together) < 3 or len({c.device or c.uid for c in together}) < 3:
        together = []
    for channel in together:
        heard = [c for c in hears(channel) if c.real and c.side is None and c.up and c.call is call]
        if len({c.device or c.uid for c in heard}) >= 3:
            since = call.crowd_since_s = call.crowd_since_s or now_s
            if now_s - since >= SETTLE_S:
                call.conferenced(since)
            else:
                call.remind(since + SETTLE_S)
            return
    call.crowd_since_s = None
