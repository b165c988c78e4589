"""Why a state cannot be taken. Each maps to a stable `error_id`."""

from __future__ import annotations

from typing import ClassVar


class PresenceError(Exception):
    """A state cannot be taken; the root of the tree. The text says what to do."""

    error_id: ClassVar[str] = "invalid_request"


class UnknownReason(PresenceError):
    """Nobody in these teams may give that reason: see GET /presence/reasons."""

    error_id = "unknown_reason"


class NotAfterCall(PresenceError):
    """There is no after-call work that could be extended."""

    error_id = "not_after_call"
