"""The port to where the ledger is kept, and the rows that pass through it.

Everything above it deals in entries and call records, everything below in rows of bytes: no SQL above, no keys and
no folding below. Implementations: `sqlite.SqliteStore`, `memory.MemoryStore`; both pass the same contract tests.
All methods block; the writer's thread owns the store, a reading thread owns each reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ringcard.ledger.vault import KeyRow


@dataclass(frozen=True, slots=True)
class EventRow:
    """One appended entry. `position` counts from 1 without holes; `person` is its customer's key."""

    position: int
    call_id: str | None
    pbx: str | None
    at_us: int
    tag: str
    body: bytes
    person: int | None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """The projection of one call. `devices` and `persons` (key ids) are what it can be found by."""

    call_id: str
    pbx: str | None
    conversation_id: str
    started_us: int
    ended_us: int | None
    direction: str
    disposition: str | None
    body: bytes
    devices: tuple[str, ...]
    persons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written in one transaction: all of it or nothing."""

    events: Sequence[EventRow]
    keys: Sequence[KeyRow] = ()
    records: Sequence[RecordRow] = ()
    """Replace the row of the same call."""
    gone: Sequence[str] = ()
    """Calls that have no record any more."""
    absorbed: Sequence[tuple[str, str]] = ()
    """(call, into): what was taken for a call of its own is part of another."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of calls, newest first: stable while calls are added, because a start never changes."""

    started_us: int
    call_id: str


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which calls to list. Conditions are joined by "and"; None does not restrict."""

    before: Place | None = None
    device: str | None = None
    person: int | None = None
    conversation_id: str | None = None
    open_only: bool = False
    pbx: str | None = None


class StoreReader(Protocol):
    """Reads what is committed. Raises `StoreTrouble` if it cannot."""

    def last_position(self) -> int: ...

    def events(self, after: int, limit: int) -> list[EventRow]:
        """In order of position, those after `after`."""

    def events_of(self, call_ids: Sequence[str]) -> list[EventRow]:
        """All entries of these calls, in order of position."""

    def family(self, call_id: str) -> tuple[str, ...]:
        """The call that `call_id` is part of now, first, and every call absorbed into it."""

    def call_ids(self, after: str, limit: int) -> list[str]:
        """Every call that has entries, in order of its id."""

    def record(self, call_id: str) -> RecordRow | None: ...

    def records(self, wanted: RecordFilter, limit: int) -> list[RecordRow]:
        """Newest start first, then by falling call id."""

    def heard_until(self, pbx: str | None) -> int | None:
        """The latest `at_us` of what a PBX (any, if None) reported."""

    def key_of(self, person_ref: bytes) -> KeyRow | None: ...

    def keys(self, key_ids: Iterable[int]) -> dict[int, bytes]:
        """The wrapped keys that exist, by id."""

    def check(self) -> list[str]:
        """What is wrong with the stored bytes, in words; empty if nothing is. May take long."""

    def snapshot(self) -> AbstractContextManager[None]:
        """While it is entered, everything read is of one moment."""

    def close(self) -> None: ...


class LedgerStore(StoreReader, Protocol):
    """The one place that writes."""

    def expect(self, call_ids: Sequence[str], person_refs: Sequence[bytes]) -> None:
        """The next `commit` will be preceded by `family`, `events_of` and `key_of` of these, one by one.

        A store with a way to go fetches them at once. Nothing is promised: others may be asked for as well.
        """

    def commit(self, batch: Batch) -> None:
        """Write `batch` durably. Raises `StoreTrouble`; then nothing of it is written, and it may be tried again."""

    def erase_keys(self, key_ids: Sequence[int]) -> None:
        """Delete these keys, so that no byte of them is left in the store's files, and the links of calls to them."""

    def replace_projection(self, rows: Iterable[RecordRow], keys: Mapping[int, KeyRow]) -> None:
        """Put `rows` in the place of every record, in one transaction, and add `keys`, read after the last row."""

    def fingerprint(self) -> bytes | None:
        """Of the master key this store belongs to; None while it has no data."""

    def set_fingerprint(self, fingerprint: bytes) -> None: ...

    def reader(self) -> StoreReader:
        """A reader for another thread."""
