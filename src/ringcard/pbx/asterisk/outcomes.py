"""What became of a leg that ended, from what Asterisk says of it. Pure functions.

Source: ITU-T Q.850 for the causes; how PJSIP maps SIP answers to them is from Asterisk 22.10 and from the traces:
486 → 17, 603 → 21, 480 → 19, 302 → 23, a hang-up because another phone answered → 26.
"""

from __future__ import annotations

from ringcard.calls.causes import Outcome
from ringcard.pbx.asterisk.mirror import Channel

BUSY = 17
NO_USER_RESPONDING = 18
NO_ANSWER = 19
REJECTED = 21
ANSWERED_ELSEWHERE = 26

_REFUSED = frozenset({BUSY, REJECTED})
_UNREACHED = frozenset({"CHANUNAVAIL", "CONGESTION", "INVALIDARGS"})


def of_ringing(leg: Channel, *, taken: bool, given_up: bool) -> Outcome:
    """Of a phone that rang and stopped. `taken`: another one answered; `given_up`: the calling side hung up."""
    if leg.forwarded:
        return Outcome.FORWARDED
    if leg.cause == ANSWERED_ELSEWHERE:
        return Outcome.ANSWERED_ELSEWHERE
    # chan_sip asks for no hang-up when a phone refuses; the cause alone tells. A leg that we cancelled has another one.
    if leg.cause in _REFUSED and (leg.hangup_request_s is not None or not (taken or given_up)):
        return Outcome.REJECTED
    if taken:
        return Outcome.ANSWERED_ELSEWHERE
    return Outcome.CANCELLED if given_up else Outcome.NO_ANSWER


def of_silent(leg: Channel) -> Outcome | None:
    """Of a phone that never rang; None if it was not its doing (the call was over before it could ring)."""
    if leg.forwarded:
        return Outcome.FORWARDED
    if leg.dial_status == "BUSY" or leg.cause in _REFUSED:
        return Outcome.BUSY
    if leg.hangup_request_s is not None or leg.dial_status in _UNREACHED:
        return Outcome.UNREACHABLE
    return None


def of_far(leg: Channel, *, given_up: bool) -> Outcome:
    """Of an outsider who was called and did not answer."""
    if leg.cause == BUSY or leg.dial_status == "BUSY":
        return Outcome.BUSY
    if leg.hangup_request_s is not None:
        if leg.cause == REJECTED:
            return Outcome.REJECTED
        if leg.cause in (NO_USER_RESPONDING, NO_ANSWER):
            return Outcome.NO_ANSWER
        return Outcome.UNREACHABLE
    if given_up:
        return Outcome.CANCELLED
    return Outcome.UNREACHABLE if leg.dial_status in _UNREACHED else Outcome.NO_ANSWER
