"""Calls told as events, in short sentences, for tests of whatever consumes events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ringcard.calls.causes import ConsultationPhase, Direction, Outcome, TransferKind
from ringcard.calls.events import (
    Absorbed,
    CallCleared,
    CallEvent,
    ConnectionCleared,
    Consultation,
    Delivered,
    Established,
    Originated,
    Party,
    RecordingStarted,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId

MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OFFICE = PbxId("office")
ANNA = "+79031234567"
BORIS = "+79990001122"
COMPANY = "+74951234567"


def at(seconds: float) -> datetime:
    """So many seconds after the morning began."""
    return MORNING + timedelta(seconds=seconds)


def rings(
    name: str,
    *,
    number: str | None = ANNA,
    device: str = "101",
    start: float = 0,
    pbx: PbxId = OFFICE,
    conversation: str | None = None,
) -> list[CallEvent]:
    """An outsider calls and a phone rings."""
    call_id = CallId(name)
    caller = Party(number, number.replace("+7", "8") if number else None, None, "Anna Ivanova" if number else None)
    return [
        Originated(
            call_id,
            at(start),
            ConversationId(conversation or name),
            pbx,
            f"{name}.1",
            Direction.INBOUND,
            caller,
            Party(COMPANY, COMPANY[2:]),
        ),
        Delivered(call_id, at(start + 1), DeviceId(device)),
    ]


def is_answered(name: str, *, device: str = "101", start: float = 0) -> list[CallEvent]:
    """The phone is picked up, and the PBX records."""
    call_id = CallId(name)
    return [
        Established(call_id, at(start + 5), DeviceId(device)),
        RecordingStarted(call_id, at(start + 5), f"in-{ANNA[1:]}-{name}.wav"),
    ]


def is_forwarded_to(name: str, number: str, *, device: str = "101", start: float = 0) -> list[CallEvent]:
    """Handed on to an outsider, after a consultation."""
    call_id, by = CallId(name), DeviceId(device)
    return [
        Consultation(call_id, at(start + 6), 0, ConsultationPhase.ORIGINATED, by, number),
        Transferring(call_id, at(start + 6), 0, TransferKind.ATTENDED, by, number),
        Established(call_id, at(start + 8), None, number),
        Transferred(call_id, at(start + 9), 0, number, completed=True),
        Consultation(call_id, at(start + 9), 0, ConsultationPhase.CLEARED, by, number, Outcome.ANSWERED),
    ]


def ends(name: str, *, device: str = "101", start: float = 0) -> list[CallEvent]:
    """Everybody hangs up."""
    call_id = CallId(name)
    return [
        ConnectionCleared(call_id, at(start + 65), DeviceId(device), Outcome.ANSWERED),
        CallCleared(call_id, at(start + 65), "caller"),
    ]


def whole_call(
    name: str, *, number: str | None = ANNA, device: str = "101", start: float = 0, conversation: str | None = None
) -> list[CallEvent]:
    """An answered call from the first ring to the end."""
    return [
        *rings(name, number=number, device=device, start=start, conversation=conversation),
        *is_answered(name, device=device, start=start),
        *ends(name, device=device, start=start),
    ]


def is_absorbed(name: str, into: str, *, start: float = 2) -> list[CallEvent]:
    """It turns out to be a part of another call."""
    return [Absorbed(CallId(name), at(start), CallId(into))]
