"""The packet that travels with a conversation: who handed it on, to whom, with which words. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.desk.control.requests import Reason

LONGEST_NOTE = 4_000
LONGEST_REASON = 200


class HandoverKind(StrEnum):
    """How it was asked for."""

    BLIND = "blind"
    """At the screen, without asking the other first."""
    ATTENDED = "attended"
    """At the screen, the other is asked first."""
    PHONE = "phone"
    """At the phone itself, by its transfer key or a feature code."""


class HandoverOutcome(StrEnum):
    """What became of it. Whatever is neither pending nor ringing is final."""

    PENDING = "pending"
    RINGING = "ringing"
    """Somebody's phone rings for it; of an attended one also while the two talk about it."""
    TAKEN = "taken"
    RETURNED = "returned"
    """Nobody took it: the customer is back with the sender."""
    ABANDONED = "abandoned"
    """The customer hung up before anybody took it."""
    CANCELLED = "cancelled"
    """The sender asked, and kept the customer."""

    @property
    def open(self) -> bool:
        return self in (HandoverOutcome.PENDING, HandoverOutcome.RINGING)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands over."""

    employee_id: str | None
    name: str
    device: DeviceId


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom: what was asked for, and who it was in the end. `number` is an outsider's (E.164)."""

    employee_id: str | None = None
    name: str = ""
    device: DeviceId | None = None
    queue: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """One handing over of a conversation; those of a conversation in order are the chain of who had it."""

    handover_id: str
    call_id: CallId
    conversation_id: ConversationId
    kind: HandoverKind
    sender: Sender
    receiver: Receiver
    note: str
    reason: str | None
    at: datetime
    read_at: datetime | None = None
    outcome: HandoverOutcome = HandoverOutcome.PENDING
    outcome_at: datetime | None = None
    why: Reason | None = None
