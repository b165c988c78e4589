"""What else than the PBX's events is appended: facts that were true then, and what comes back when one reads.

A fact is written as it was known at its moment and never looked up again later: what the card showed when the
phone rang, an employee's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ringcard.calls.events import KeptEvent
from ringcard.calls.identifiers import CallId, DeviceId

ERASED = "erased"
"""Stands where a text cannot be None and the key of its person was deleted."""


@dataclass(frozen=True, slots=True)
class CardShown:
    """The card that `device`'s employee saw for a call, with what was known then.

    `facts` are plain JSON values. The whole of them belongs to the call's customer: it becomes `{}` when that
    person is erased.
    """

    call_id: CallId
    device: DeviceId
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of any other kind. `subject` names what it is about (`employee:7`) and is stored in the open.

    `body` is plain JSON values; if `person` (E.164) is given the body is that person's and is kept under their key.
    `version` is the version of the body's form, the writer's business.
    """

    kind: str
    at: datetime
    subject: str
    body: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    person: str | None = None


@dataclass(frozen=True, slots=True)
class CallWithdrawn:
    """The call is to be as if it had never been told: an import that brought it was taken back.

    What was said of it before stays in its place and makes no record any more. Told again later, it is there again.
    """

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that this version cannot read: a tag it does not know or a later form. It is kept as it is."""

    tag: str
    body: bytes


Entry = KeptEvent | CardShown | Fact | CallWithdrawn
"""Whatever can be appended."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it was read back. `erased` is True if a part of it could not be read because its key is gone."""

    position: int
    entry: Entry | Unreadable
    erased: bool = False
