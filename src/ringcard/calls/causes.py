"""Why something ended: closed vocabularies shared by events, state and record.

Source: ECMA-269 clause 12.2.4 (EventCause), ITU-T Q.850 (cause values), CALL-RECORD contract.
"""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """A call as the company sees it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    """What became of a call. `answered` means by a person, never by an IVR, music or voicemail."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    ABANDONED = "abandoned"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of one device in a call."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"
    FORWARDED = "forwarded"


class Cause(StrEnum):
    """What an outcome alone does not tell of somebody who could not be reached (ECMA-269 clause 12.2.4)."""

    NOT_IN_SERVICE = "not_in_service"
    """There is no such number, or it has changed."""
    CONGESTION = "congestion"
    """No line, no capacity: trying again may help."""


class TransferKind(StrEnum):
    """How a call went from one to another."""

    BLIND = "blind"
    ATTENDED = "attended"
    PICKUP = "pickup"
    PARK = "park"
    FORWARD = "forward"
    REDIRECT = "redirect"


class ConsultationPhase(StrEnum):
    """The steps of the side call of an attended transfer."""

    ORIGINATED = "originated"
    DELIVERED = "delivered"
    ESTABLISHED = "established"
    HELD = "held"
    """The consulted one waits: who asked is with the other side meanwhile (AlternateCall)."""
    RETRIEVED = "retrieved"
    CLEARED = "cleared"


class DeviceState(StrEnum):
    """What a terminal does now. `unknown` is not `idle`, and neither is `unreachable`."""

    IDLE = "idle"
    RINGING = "ringing"
    BUSY = "busy"
    HELD = "held"
    DO_NOT_DISTURB = "do_not_disturb"
    FORWARDED = "forwarded"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class DeviceKind(StrEnum):
    """What a device is for: a `phone` is somebody's, a `trunk` leads out of the house."""

    PHONE = "phone"
    TRUNK = "trunk"


CUSTOMER = "customer"
"""In `holds.by`: the outsider's side pressed hold."""

SYSTEM = "system"
"""In `ended_by`: nobody hung up; a time-out, a busy end, a program or the PBX itself ended it."""

CALLER = "caller"
CALLED = "called"
"""In `ended_by`: the outsider, on the calling or on the called side. A device's own name always wins."""
