"""What became of a device whose channel hung up, and of everybody when the call is over.

Read with `derive`, which sees the other differences.
"""

from __future__ import annotations

from ringcard.calls.causes import SYSTEM, Direction, Outcome, TransferKind
from ringcard.pbx.asterisk import outcomes
from ringcard.pbx.asterisk.consulting import follow, not_completed, side_leg_gone
from ringcard.pbx.asterisk.handing import settle_transfer
from ringcard.pbx.asterisk.mirror import RINGING, Channel
from ringcard.pbx.asterisk.parting import redirected
from ringcard.pbx.asterisk.tracked import UNDIALLED_S, Part, TrackedCall


def taken_by_another(call: TrackedCall, part: Part) -> bool:
    """Whether another device picked up while this one rang."""
    return call.answered_by not in (None, part.device) and call.answered_s >= part.since_s


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
            outcome = Outcome.ANSWERED_ELSEWHERE if taken_by_another(call, part) else Outcome.ANSWERED
            call.parts.pop(part.device)
            call.clear_connection(now_s, part.device, outcome)
    elif part is not None and part.ringing:
        if not any(other.state == RINGING for other in rest):
            taken = taken_by_another(call, part)
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


def end_if_over(call: TrackedCall, now_s: float) -> None:
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
            outcome = Outcome.ANSWERED_ELSEWHERE if not part.met and taken_by_another(call, part) else Outcome.ANSWERED
            call.clear_connection(part.parted_s or at_s, part.device, outcome)
        elif part.ringing:
            outcome = Outcome.ANSWERED_ELSEWHERE if taken_by_another(call, part) else Outcome.NO_ANSWER
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
