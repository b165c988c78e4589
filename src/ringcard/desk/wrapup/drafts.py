"""The note that an employee is typing about a conversation. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ringcard.calls.identifiers import CallId, ConversationId

LONGEST_DRAFT = 20_000


@dataclass(frozen=True, slots=True)
class Draft:
    """As it was typed last; `version` counts up with every change, 0 is nothing typed yet."""

    text: str = ""
    version: int = 0


NO_DRAFT = Draft()


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft with whose it is, and of which conversation; `call_id` is the call in which it was typed last."""

    conversation_id: ConversationId
    employee_id: str
    call_id: CallId
    draft: Draft
    changed_at: datetime
