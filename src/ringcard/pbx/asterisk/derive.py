"""What happened to a call, concluded from the difference between the mirror and what was reported of it.

`derive` is called after every message that touched a call, and once more when time alone decides something. It looks at
who rings, who hears whom (through bridges and Local pairs, so optimisation and merging change nothing), who left, and
reports the differences as events. Nothing here reads a message.

Intermediate states are waited out: a channel that leaves one bridge and enters the next within `SETTLE_S` has not left.

Over 400 lines: what is concluded of a call's devices, outsiders and end is read together.
"""

from __future__ import annotations

from ringcard.calls.causes import SYSTEM, Direction, Outcome, TransferKind
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk import outcomes
from ringcard.pbx.asterisk.consulting import follow, not_completed, side_leg_gone, sides
from ringcard.pbx.asterisk.handing import answered_transfers, settle_pending, settle_transfer
from ringcard.pbx.asterisk.holding import wait_for_held
from ringcard.pbx.asterisk.mirror import DOWN, RINGING, UP, Bridge, Channel, hears
from ringcard.pbx.asterisk.places import RETRIEVE, held_by
from ringcard.pbx.asterisk.tracked import SETTLE_S, UNDIALLED_S, OpenTransfer, Part, TrackedCall

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
    _end(call, now_s)


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
            _part_ways(call, found, living, now_s)


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


def _taken(call: TrackedCall, part: Part) -> bool:
    """Whether another device picked up while this one rang."""
    return call.answered_by not in (None, part.device) and call.answered_s >= part.since_s


def _others(call: TrackedCall, leg: Channel) -> list[Channel]:
    """Those on the other side of the call whom a leg hears: the customers, or in an internal call the colleagues."""
    heard = [c for c in hears(leg) if c is not leg and c.real and c.side is None and c.alive]
    if call.customer_since:
        return [c for c in heard if c.device is None]
    return [c for c in heard if c.device != leg.device]


def _meet(call: TrackedCall, device: DeviceId, leg: Channel, now_s: float) -> None:
    if leg.bridge is None or not _others(call, leg):
        return
    part = call.part(device)
    if not part.picked_up:
        _pick_up(call, part, now_s, since_known=not call.catching_up)
    part.met, part.met_in = True, leg.bridge
    leg.spent = False


def _part_ways(call: TrackedCall, part: Part, living: list[Channel], now_s: float) -> None:
    """Decide whether a device that had the customer still has it, waits in a consultation, or has left."""
    for leg in living:
        if leg.up and leg.bridge is not None and _others(call, leg):
            part.parted_s, part.away, part.met_in = None, False, leg.bridge
            return
    customers = [c for c in call.mains() if (c.device is None if call.customer_since else c.device != part.device)]
    if not call.customer_since and any(_is_parked(call, leg) for leg in living):
        customers = []  # who parked it may listen for seconds yet to where it is
    if part.away:
        lines = [leg for leg in living if leg.up]  # one that rings is the call coming back to it
        if not lines or not customers:
            _leave(call, part, lines, now_s)
        return
    if living and not call.customer_since and _waits(call, part, customers):
        part.parted_s = None
        return
    taken_back = any(leg.exten.startswith(RETRIEVE) for leg in living)
    if living and not taken_back and any(held_by(customer.exten) == part.device for customer in customers):
        part.parted_s = None  # it holds them: its own line follows, on a busy PBX later than others settle
        return
    if any(_asks_through_a_pair(call, leg) for leg in living):
        part.away, part.parted_s = True, None
        return
    parted_s = part.parted_s = part.parted_s or now_s
    if not living or not customers:
        _leave(call, part, living, parted_s)
        return
    where = [leg.bridge for leg in living if leg.bridge is not None]
    stayed = any(bridge is part.met_in for bridge in where)
    waiting = _heard_in(part.met_in)
    part.left_alone = part.left_alone or (stayed and not any(c in waiting for c in customers))
    if where and not stayed and any(c in waiting for c in customers):
        part.away, part.parted_s = True, None
        return
    moved_on = any(c.bridge is not None and c not in waiting and not _in_transit(c.bridge) for c in customers)
    moved_on = moved_on or call.pending is not None
    # A program's redirect may take this one along; Asterisk tells of the two in any order. A pair may ask for it, and a
    # BlindTransfer say what its hold was.
    open_still = redirected(call) or any(_with_a_pair(leg) or leg.unsettled is not None for leg in living)
    if stayed and moved_on and not open_still:
        _leave(call, part, living, parted_s)
    elif now_s - parted_s < SETTLE_S:
        call.remind(parted_s + SETTLE_S)
    elif holder := _holds_again(call, part, living, customers):
        wait_for_held(call, holder, parted_s)
    else:
        _leave(call, part, living, parted_s)


def _is_parked(call: TrackedCall, leg: Channel) -> bool:
    return any(begun.kind is TransferKind.PARK and begun.transferee is leg for begun in call.open_transfers)


def _asks_through_a_pair(call: TrackedCall, leg: Channel) -> bool:
    """Whether a device asks by a feature code that a Local pair took for it: its line stays with the near half.

    Source: `holding.by_code_through_a_pair`.
    """
    asks = any(side.feature and not side.cleared and side.by == leg.device for side in call.sides)
    return _with_a_pair(leg) and (asks or leg.feature_hold_s is not None)


def _with_a_pair(leg: Channel) -> bool:
    return leg.bridge is not None and any(member.half for member in leg.bridge.members.values())


def _holds_again(call: TrackedCall, part: Part, living: list[Channel], customers: list[Channel]) -> Channel | None:
    """The line of who took the other side back and has sent it to the hold once more; None if it did not.

    The extensions are those of the first hold, whether they were sent there again or not. But who is in no bridge, was
    neither transferred nor hung up, and has been so for a while, waits.
    """
    if any(transfer.by == part.device for transfer in call.open_transfers):
        return None
    if call.pending is not None and not (redirected(call) and call.pending.to is None):
        return None
    if not all(c.bridge is None and c.up and held_by(c.exten) == part.device for c in customers):
        return None
    return next((leg for leg in living if leg.up and leg.hangup_request_s is None), None)


def _heard_in(bridge: Bridge | None) -> list[Channel]:
    """Who is in a bridge, or connected with it through Local pairs."""
    member = next(iter(bridge.members.values()), None) if bridge is not None else None
    return hears(member) if member is not None else []


def _in_transit(bridge: Bridge) -> bool:
    """Whether a Local pair leads out of it whose other half is between two bridges: optimisation moves it."""
    halves = (member.other_half for member in bridge.members.values())
    return any(other is not None and other.alive and other.bridge is None for other in halves)


def _waits(call: TrackedCall, part: Part, others: list[Channel]) -> bool:
    """Whether the other end of an internal call asks somebody by `*2`, and comes back or hands this one over."""
    makes_pair = any(
        member.half == 1 and member.dialler is None and not member.dialled
        for leg in others
        if leg.bridge is not None
        for member in leg.bridge.members.values()
    )
    return (
        makes_pair
        or any(leg.feature_hold_s is not None or leg.held_by_program for leg in others)
        or any(side.feature and not side.cleared and side.by != part.device for side in call.sides)
    )


def _leave(call: TrackedCall, part: Part, living: list[Channel], at_s: float) -> None:
    for leg in living:
        leg.spent = True
    call.parts.pop(part.device, None)
    call.clear_connection(at_s, part.device, Outcome.ANSWERED)
    others_talk = any(
        leg.up and leg.device is not None and leg.device != part.device and _others(call, leg) for leg in call.mains()
    )
    if call.hung_up == part.device and (others_talk or (part.left_alone and redirected(call))):
        call.hung_up = None  # the others go on
    if part.left_alone and call.pending is None and call.hung_up is None and call.transferred_by != part.device:
        # The customer was taken away and nobody said how: a program redirected it, if it gets anywhere.
        walked = next((c for c in call.outsiders() if c.hangup_request_s is None), None)
        if walked is not None:
            call.pending = OpenTransfer(TransferKind.REDIRECT, None, None, at_s, transferee=walked)


def redirected(call: TrackedCall) -> bool:
    """A program has taken the caller, and it is not told yet where that ended."""
    return call.pending is not None and call.pending.kind is TransferKind.REDIRECT


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


def leg_gone(call: TrackedCall, leg: Channel, now_s: float) -> None:
    """A channel of the call hung up: report what became of its device, if `derive` would not see it."""
    if leg.side is not None:
        side_leg_gone(call, leg)
        return
    if call.ended or call.unseen or not leg.real:
        return
    given_up = call.hung_up is not None or call.shutting_down
    if leg.device is None:
        if leg.dialled and leg.up_s is None:
            call.originate()
            outcome = outcomes.of_far(leg, given_up=given_up)
            why = outcomes.cause_of(leg) if outcome is Outcome.UNREACHABLE else None
            call.clear_connection(now_s, None, outcome, why)
        return
    part = call.parts.get(leg.device)
    rest = [other for other in call.legs(leg.device) if other is not leg]
    if part is not None and part.picked_up:
        if not part.met and not any(other.up for other in rest):
            outcome = Outcome.ANSWERED_ELSEWHERE if _taken(call, part) else Outcome.ANSWERED
            call.parts.pop(part.device)
            call.clear_connection(now_s, part.device, outcome)
    elif part is not None and part.ringing:
        if not any(other.state == RINGING for other in rest):
            taken = _taken(call, part)
            outcome = outcomes.of_ringing(leg, taken=taken, given_up=given_up or leg.withdrawn or redirected(call))
            if outcome is Outcome.CANCELLED and not given_up:
                part.stopped_s = now_s  # unless the caller hangs up too, which may be told after it
                return
            call.parts.pop(part.device)
            call.clear_connection(now_s, part.device, outcome)
    elif leg.dialled and not leg.spent and leg.up_s is None:
        silent = outcomes.of_silent(leg)
        if silent is not None:
            call.originate()
            call.clear_connection(now_s, leg.device, silent, outcomes.cause_of(leg))


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


# -- the end ------------------------------------------------------------------------------------------------------


def _end(call: TrackedCall, now_s: float) -> None:
    if _goes_on(call):
        return
    root = call.root
    if call.program and root.gone_s is not None and root.up_s is None:
        if call.called.presented is None and now_s - root.gone_s < UNDIALLED_S:
            call.remind(root.gone_s + UNDIALLED_S)  # OriginateResponse, which says who was to be called, comes last
            return
        now_s = root.gone_s
    finish(call, now_s, call.hung_up or SYSTEM)


def _goes_on(call: TrackedCall) -> bool:
    """Whether a customer is in it, or in an internal call anybody who does not only ask a third one."""
    for channel in call.channels.values():
        if channel.side is not None or channel.gone_s is not None or channel.departed:
            continue
        if channel.real and channel.device is None if call.customer_since else not _asks(call, channel):
            return True
    return False


def _asks(call: TrackedCall, leg: Channel) -> bool:
    """Whether it is a device's that still asks a third one by `*2`; that outlives the call."""
    return leg.device is not None and any(
        side.feature and not side.cleared and side.by == leg.device for side in call.sides
    )


def finish(call: TrackedCall, at_s: float, ended_by: str | None) -> None:
    """End the call: report what became of everyone who is still in it, and who hung up."""
    call.originate()
    for leg in call.mains():
        if leg.dialled and leg.up_s is None and (leg.hangup_request_s is not None or leg.dial_status == "BUSY"):
            leg_gone(call, leg, at_s)  # it refused; the caller's Hangup came ahead of its own
            leg.spent = True
    given_up = call.hung_up is not None or call.shutting_down
    for part in tuple(call.parts.values()):
        call.parts.pop(part.device)
        if part.picked_up:
            outcome = Outcome.ANSWERED_ELSEWHERE if not part.met and _taken(call, part) else Outcome.ANSWERED
            call.clear_connection(part.parted_s or at_s, part.device, outcome)
        elif part.ringing:
            outcome = Outcome.ANSWERED_ELSEWHERE if _taken(call, part) else Outcome.NO_ANSWER
            outcome = Outcome.CANCELLED if given_up else outcome
            for leg in call.legs(part.device):
                leg.spent = True
            call.clear_connection(part.stopped_s or at_s, part.device, outcome)
    pending = call.pending
    if pending is not None and pending.kind is not TransferKind.REDIRECT:
        settle_transfer(call)
        if pending.service:
            call.transfer_ends(at_s, pending, to=pending.to, completed=True)
    for transfer in tuple(call.open_transfers):
        to = None if transfer.kind is TransferKind.PARK else transfer.to
        call.transfer_ends(at_s, transfer, to=to, completed=False)
    for side in call.sides:
        if side.feature and side.tried and not side.cleared:
            not_completed(call, side, at_s)  # its consultation may outlive the customer, the transfer does not
    if call.direction is Direction.OUTBOUND and call.far_answered:
        call.clear_connection(at_s, None, Outcome.ANSWERED)
    call.end(at_s, ended_by)
    for side in call.sides:
        if not side.cleared:
            follow(call, side, at_s)
