"""Whether a device that had the other side of the call still has it, waits in a consultation, or has left.

Read with `derive`, which asks it after every message that touched the call.
"""

from __future__ import annotations

from ringcard.calls.causes import Outcome, TransferKind
from ringcard.pbx.asterisk.holding import wait_for_held
from ringcard.pbx.asterisk.mirror import Bridge, Channel, hears
from ringcard.pbx.asterisk.places import HOLD, RETRIEVE, held_by
from ringcard.pbx.asterisk.tracked import SETTLE_S, OpenTransfer, Part, TrackedCall


def others(call: TrackedCall, leg: Channel) -> list[Channel]:
    """Those on the other side of the call whom a leg hears: the customers, or in an internal call the colleagues."""
    heard = [c for c in hears(leg) if c is not leg and c.real and c.side is None and c.alive]
    if call.customer_since:
        return [c for c in heard if c.device is None]
    return [c for c in heard if c.device != leg.device]


def part_ways(call: TrackedCall, part: Part, living: list[Channel], now_s: float) -> None:
    """Decide whether a device that had the customer still has it, waits in a consultation, or has left."""
    for leg in living:
        if leg.up and leg.bridge is not None and others(call, leg):
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
    if not call.customer_since and any(_is_held_by_one_of(customers, leg) for leg in living):
        part.parted_s = None  # whose line follows, on a busy PBX later than others settle
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


def _is_held_by_one_of(others: list[Channel], leg: Channel) -> bool:
    """Whether a colleague's line is where a program holds it for who talked with it."""
    held = leg.up and leg.bridge is None and leg.exten.startswith(HOLD)
    return held and any(held_by(leg.exten) == other.device for other in others)


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
        leg.up and leg.device is not None and leg.device != part.device and others(call, leg) for leg in call.mains()
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
