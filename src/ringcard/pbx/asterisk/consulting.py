"""Consultations: the side calls of attended transfers, followed until they become part of the customer's call or end.

By a phone's second line, or by a feature code (`*2`, Atxfer): then it is an attended transfer from the first press.
"""

from __future__ import annotations

from ringcard.calls.causes import ConsultationPhase, Outcome, TransferKind
from ringcard.pbx.asterisk import outcomes
from ringcard.pbx.asterisk.mirror import RINGING, Channel, hears
from ringcard.pbx.asterisk.tracked import SETTLE_S, UNDIALLED_S, OpenTransfer, Side, TrackedCall


def sides(call: TrackedCall, now_s: float) -> None:
    for side in call.sides:
        if not side.cleared:
            follow(call, side, now_s)


def follow(call: TrackedCall, side: Side, now_s: float) -> None:
    own: list[Channel] = []
    targets: list[Channel] = []
    for channel in call.channels.values():
        if channel.side is side and channel.real and channel.alive:
            (own if channel.device == side.by else targets).append(channel)
    for target in targets:
        if target.state == RINGING and not side.delivered:
            side.delivered = True
            _name(side, target)
            at_s = target.rang_s or now_s
            call.consult(at_s, side, ConsultationPhase.DELIVERED, since_known=target.witnessed)
        elif target.up and target.dialled and not side.established:
            side.established = True
            _name(side, target)
            at_s = target.up_s or now_s
            call.consult(at_s, side, ConsultationPhase.ESTABLISHED, since_known=target.witnessed)
    if call.ended:
        if not targets or (not own and not side.feature):
            clear_side(call, side, now_s)
        return
    for target in targets:
        heard = hears(target)
        with_customer = any(
            c.real
            and c.side is None
            and c.call is call
            and c.device != side.by
            and (c.device is None) >= call.customer_since
            for c in heard
        )
        if not with_customer:
            continue
        since = side.with_s = side.with_s or now_s
        # Whoever consulted may be between two bridges: is this the end of a transfer, or do three talk?
        gone = side.confirmed or not (call.legs(side.by) if side.feature else own)
        if gone or now_s - since >= SETTLE_S:
            stays = any(c.device == side.by for c in heard)
            complete_side(call, side, since, transfer=not stays)
            if stays:
                call.conferenced(since)
            return
        call.remind(since + SETTLE_S)
    if side.feature:
        _feature_side(call, side, targets, now_s)
    elif not own:
        clear_side(call, side, now_s)


def _alternates(call: TrackedCall, side: Side, now_s: float, *, back: bool) -> None:
    """Tell whether the consulted one waits; who goes back for good lets it go within milliseconds."""
    if not back:
        side.back_s = None
        if side.held:
            side.held = False
            call.consult(now_s, side, ConsultationPhase.RETRIEVED)
        return
    since = side.back_s = side.back_s or now_s
    if not side.held and now_s - since >= SETTLE_S:
        side.held = True
        call.consult(since, side, ConsultationPhase.HELD)
    elif not side.held:
        call.remind(since + SETTLE_S)


def _feature_side(call: TrackedCall, side: Side, targets: list[Channel], now_s: float) -> None:
    part = call.parts.get(side.by)
    if part is not None and part.away:
        side.walked = True
        _alternates(call, side, now_s, back=False)
    elif part is not None and side.walked and part.parted_s is None and targets and side.with_s is None:
        _alternates(call, side, now_s, back=True)
    if part is not None and side.walked and not part.away and part.parted_s is None:
        if not targets:
            clear_side(call, side, now_s)  # back with the customer for good; by `*4` the target waits meanwhile
    elif not call.legs(side.by):
        if not targets:
            clear_side(call, side, now_s)
        elif not side.established and call.mains():
            # "Blonde": the employee hung up while the target rings, and the other side waits for it.
            since = side.left_s = side.left_s or now_s
            if now_s - since >= UNDIALLED_S:
                complete_side(call, side, since, transfer=True)
            else:
                call.remind(since + UNDIALLED_S)
    elif not targets and side.tried and side.walked and part is not None and not part.away:
        clear_side(call, side, now_s)


def _name(side: Side, target: Channel) -> None:
    if not side.to_service:
        side.to = target.device or target.e164 or side.to


def side_leg_gone(call: TrackedCall, leg: Channel) -> None:
    side = leg.side
    if side is None or not leg.real or leg.device == side.by:
        return
    if leg.up_s is None:
        side.outcome_hint = (
            outcomes.of_ringing(leg, taken=False, given_up=False) if leg.rang_s else outcomes.of_silent(leg)
        ) or side.outcome_hint


def clear_side(call: TrackedCall, side: Side, at_s: float) -> None:
    """The consultation is over and nothing came of it."""
    side.cleared = True
    if not side.originated and not side.tried and side.feature:
        return  # nobody was called
    for leg in call.channels.values():
        if leg.side is side and leg.alive and side.outcome_hint is None:
            side_leg_gone(call, leg)  # it refused, and its Hangup is still to come
    call.consult(at_s, side, ConsultationPhase.CLEARED, _side_outcome(call, side))
    if side.feature and not call.ended:
        not_completed(call, side, at_s)


def try_side(call: TrackedCall, side: Side) -> None:
    """Somebody is called for it. By a feature code that is an attended transfer, whatever comes of it."""
    side.tried = True
    if side.feature and side.transfer is None and not call.unseen:
        call.originate()
        side.transfer = OpenTransfer(TransferKind.ATTENDED, side.by, side.to, side.pressed_s)
        call.announce(side.transfer)


def not_completed(call: TrackedCall, side: Side, at_s: float) -> None:
    if side.transfer is not None:
        call.transfer_ends(at_s, side.transfer, to=side.to, completed=False)
        call.transferred_by = side.by


def _side_outcome(call: TrackedCall, side: Side) -> Outcome:
    if side.established:
        return Outcome.ANSWERED
    hung_up = any(
        c.hangup_request_s is not None for c in call.channels.values() if c.side is side and c.device == side.by
    )
    if hung_up and side.outcome_hint in (None, Outcome.NO_ANSWER):
        return Outcome.CANCELLED
    return side.outcome_hint or (Outcome.NO_ANSWER if side.delivered else Outcome.UNREACHABLE)


def complete_side(call: TrackedCall, side: Side, at_s: float, *, transfer: bool) -> None:
    """The consulted party is with the customer now, or rings for it: its legs become the call's own."""
    side.cleared = True
    answered = side.established
    outcome = Outcome.ANSWERED if answered else (side.outcome_hint or Outcome.NO_ANSWER)
    call.consult(at_s, side, ConsultationPhase.CLEARED, outcome)
    if transfer:
        begun = side.transfer or OpenTransfer(TransferKind.ATTENDED, side.by, side.to, at_s)
        begun.to = side.to
        call.transfer_begins(begun)
    elif side.transfer is not None:
        call.transfer_ends(at_s, side.transfer, to=side.to, completed=False, withdrawn=True)
    for channel in tuple(call.channels.values()):
        if channel.side is side and (channel.device != side.by or not transfer):
            channel.side = None
            channel.joined_s = at_s
    if transfer:
        for transferer in call.legs(side.by):
            part = call.parts.get(side.by)
            if part is not None and part.away and transferer.bridge is not None:
                part.away, part.parted_s = False, at_s
