"""What became of a leg that ended, from what Asterisk says of it. Pure functions.

Source: ITU-T Q.850 for the causes; how PJSIP maps SIP answers to them is from Asterisk 22.10 and from the traces:
486 → 17, 603 → 21, 480 → 19, 302 → 23, a hang-up because another phone answered → 26.
"""

from __future__ import annotations

from ringcard.calls.causes import Cause, Outcome
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
    # Ahead of its Hangup only the dial's end has told, BUSY of every refusal.
    refused = leg.cause in _REFUSED or (leg.cause == 0 and leg.dial_status == "BUSY")
    if refused and (leg.hangup_request_s is not None or not (taken or given_up)):
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


_TOLD_APART = {
    REJECTED: Outcome.REJECTED,
    NO_USER_RESPONDING: Outcome.NO_ANSWER,
    NO_ANSWER: Outcome.NO_ANSWER,
}
_NOT_IN_SERVICE = frozenset({1, 2, 3, 22, 28})
_CONGESTION = frozenset({34, 38, 41, 42, 44, 47})


def cause_of(leg: Channel) -> Cause | None:
    """What the outcome of somebody who could not be reached leaves open, if the PBX told."""
    if leg.cause in _NOT_IN_SERVICE:
        return Cause.NOT_IN_SERVICE
    if leg.cause in _CONGESTION or (leg.dial_status == "CONGESTION" and leg.cause not in _REFUSED):
        return Cause.CONGESTION
    return None


def of_far(leg: Channel, *, given_up: bool) -> Outcome:
    """Of an outsider who was called and did not answer."""
    if leg.cause == BUSY or (leg.dial_status == "BUSY" and leg.cause not in _TOLD_APART):
        return Outcome.BUSY
    if leg.dial_status == "BUSY":  # chan_sip says so of 603 and 480 too (16.28); the cause tells
        return _TOLD_APART[leg.cause]
    if leg.hangup_request_s is not None:
        if leg.cause == REJECTED:
            return Outcome.REJECTED
        if leg.cause in (NO_USER_RESPONDING, NO_ANSWER):
            return Outcome.NO_ANSWER
        return Outcome.UNREACHABLE
    if given_up:
        return Outcome.CANCELLED
    return Outcome.UNREACHABLE if leg.dial_status in _UNREACHED else Outcome.NO_ANSWER
