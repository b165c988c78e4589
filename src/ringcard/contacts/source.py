"""The port that every source of contacts implements, and what it promises.

A source is asked with the numbers of one call and answers with the contacts that have them. It may be slow, wrong or
gone: `lookup` isolates it. It registers a class with a `from_context` under the entry point group `ringcard.contacts`
and is proved by `ringcard.testing.contacts.ContactSourceContract`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self, runtime_checkable

from ringcard.calls.record import moment
from ringcard.contacts.model import Contact, ContactsError
from ringcard.numbers import MatchQuality, NumberingPlan


class SourceUnavailable(ContactsError):
    """The source cannot answer now; the text says why and what to do. Raise it from `lookup`."""

    error_id = "contact_source_unavailable"


class SourceMisconfigured(ContactsError):
    """The source's settings cannot work; the text names the setting. Raise it from `from_context`."""

    error_id = "contact_source_misconfigured"


class Capability(StrEnum):
    """What a source can say of a contact."""

    ORDERS = "orders"
    NOTES = "notes"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Match:
    """A contact that has a number asked for.

    `matched` is that number, as it was asked (E.164); `as_of` is when the source itself last had this confirmed, None
    if just now.
    """

    contact: Contact
    matched: str
    quality: MatchQuality = MatchQuality.EXACT
    as_of: datetime | None = None


class ContactSource(Protocol):
    """Somewhere that knows whose a number is."""

    @property
    def name(self) -> str:
        """What people call it: lower case, as `odoo`. Unique among those in use."""

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def deadline_s(self) -> float | None:
        """How long to wait for this source; None for what applies to all."""

    async def lookup(self, numbers: Sequence[str]) -> Sequence[Match]:
        """The contacts that have one of these E.164 numbers, the likeliest first; empty if nobody has.

        It may be cancelled at any moment and is then free of its resources. Many look-ups may be under way at once.

        Raises `SourceUnavailable` if it cannot tell.
        """

    async def close(self) -> None:
        """Give up connections. Called once, after the last look-up."""


@runtime_checkable
class ImmediateContactSource(Protocol):
    """A source that answers within a millisecond without waiting for anything: it is asked on the spot."""

    def lookup_now(self, numbers: Sequence[str]) -> Sequence[Match]:
        """As `lookup`."""


@runtime_checkable
class NearContactSource(Protocol):
    """A source that answers within milliseconds, but has to wait for them: a database server in the same house.

    A pop's first frame is held back for it, for at most `first_frame_s`: nearly always it then shows the card.
    """

    @property
    def first_frame_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source is made of: the numbering plan, the URL of the database that is ours, and its own settings."""

    plan: NumberingPlan
    database: str
    settings: Mapping[str, str] = field(default_factory=dict)


class SourceFactory(Protocol):
    """What an entry point of `ringcard.contacts` names: a class with this."""

    def from_context(self, context: SourceContext) -> ContactSource:
        """Make the source. It connects when it is first asked, not here. Raises `SourceMisconfigured`."""


class AnswerStatus(StrEnum):
    """What became of asking one source."""

    PENDING = "pending"
    FOUND = "found"
    NOTHING = "nothing"
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """How one source answered: `ms` since it was asked, `matched` the number it knew; `problem` is for people."""

    source: str
    status: AnswerStatus
    ms: float | None = None
    matched: str | None = None
    as_of: datetime | None = None
    problem: str | None = None

    @classmethod
    def pending(cls, source: str) -> Self:
        """Not answered yet."""
        return cls(source, AnswerStatus.PENDING)


def answer_as_json(answer: SourceAnswer) -> dict[str, Any]:
    """`{source, status, ms, matched, as_of}` of the contract."""
    return {
        "source": answer.source,
        "status": answer.status.value,
        "ms": None if answer.ms is None else round(answer.ms, 3),
        "matched": answer.matched,
        "as_of": moment(answer.as_of),
    }
