"""The ledger as the rest of ringcard sees it: append, wait for the disk, read, erase."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ringcard.calls.board import Board
from ringcard.calls.events import GapNoted
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.ledger.codec import at_microseconds, call_of, draft_entry
from ringcard.ledger.entries import CardShown, Entry, Fact, StoredEntry
from ringcard.ledger.errors import LedgerClosed, LedgerOverflow, MasterKeyProblem, UnwrittenEvents
from ringcard.ledger.journal import Erasure, Journal
from ringcard.ledger.postgres import PostgresStore
from ringcard.ledger.projection import NewFold
from ringcard.ledger.reading import Reading
from ringcard.ledger.sqlite import SqliteStore
from ringcard.ledger.status import LedgerMetrics, LedgerStatus
from ringcard.ledger.store import LedgerStore, Place, RecordFilter
from ringcard.ledger.vault import MasterKey
from ringcard.ledger.verification import Verification, verified
from ringcard.ledger.writer import LedgerSettings, Writer

Result = TypeVar("Result")

_REPLAY_PAGE = 1_000
_OPEN_CALLS_AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of call records, newest start first; `next` goes into `before`, None at the end."""

    items: tuple[CallRecord, ...]
    next: str | None


class Ledger:
    """What happened, append-only, and the call records folded from it.

    Ordering: entries are stored in the order of the `append` calls, and positions count from 1 without holes. What
    `flushed` returned for survives `kill -9` and power loss. A read sees what is durable at its start; an entry
    appended a moment ago may not be there yet (`await flushed(position)` first, if it must be).

    Cancelling any method only stops the waiting: what was appended is written, an erasure or a rebuild goes on.

    All methods belong to the event loop that opened the ledger, and none blocks it.
    """

    def __init__(self, store: LedgerStore, master: MasterKey, new_fold: NewFold, settings: LedgerSettings) -> None:
        """Use `open` or `over`, which prepare the store off the event loop."""
        self._store = store
        self._new_fold = new_fold
        self._master = master
        self._journal = Journal(store, master, new_fold)
        self._reading = Reading(store.reader(), master)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="ringcard-ledger-read")
        self._writer = Writer(self._journal, store.last_position(), settings)
        self._refused: dict[CallId, datetime] = {}
        self._closed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        key_path: Path | None = None,
        new_fold: NewFold = Board,
        settings: LedgerSettings | None = None,
    ) -> Self:
        """Open the ledger in the SQLite file `path`, which is created if it is not there.

        The master key is in `key_path`, by default `path` with `.key` added; it is created with a new ledger. Raises
        `LedgerUnusable` (in use, damaged, too new, key missing), whose text says what to do.
        """
        keys = key_path or path.with_name(path.name + ".key")
        store, master = await asyncio.to_thread(_prepared, lambda: SqliteStore(path), keys)
        return cls(store, master, new_fold, settings or LedgerSettings())

    @classmethod
    async def on_server(
        cls, url: str, *, key_path: Path, new_fold: NewFold = Board, settings: LedgerSettings | None = None
    ) -> Self:
        """Open the ledger in a PostgreSQL database that `storage.migrate` has made ready.

        The master key stays in a file, away from what it protects. Raises as `open` does.
        """
        store, master = await asyncio.to_thread(_prepared, lambda: PostgresStore(url), key_path)
        return cls(store, master, new_fold, settings or LedgerSettings())

    @classmethod
    async def over(
        cls,
        store: LedgerStore,
        master: MasterKey,
        *,
        new_fold: NewFold = Board,
        settings: LedgerSettings | None = None,
    ) -> Self:
        """A ledger over any store, `memory.MemoryStore` for one."""
        return cls(store, master, new_fold, settings or LedgerSettings())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self, timeout_s: float = 10.0) -> None:
        """Write what is queued and let go of the store.

        Raises `UnwrittenEvents` if something could not be written within `timeout_s`; the ledger is closed all the
        same. Closing again does nothing.
        """
        if self._closed:
            return
        self._closed = True
        problem = self._writer.status.problem
        lost = await self._writer.close(timeout_s)
        await asyncio.to_thread(self._threads.shutdown)
        self._reading.store.close()
        self._store.close()
        if lost:
            raise UnwrittenEvents(lost, self._writer.status.problem or problem or "the time was too short")

    # -- appending ------------------------------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> int:
        """Queue `entries` to be written, in order; the position of the last of them. Returns at once.

        Raises `LedgerOverflow` if the queue is full (then none is taken), `LedgerClosed`, and `ValueError` for a
        moment without a time zone. What was refused is owned up to: the first append that is taken afterwards writes
        a `GapNoted` before it for each call that lost events, so their records are not `complete`.
        """
        for entry in entries:
            if entry.at.tzinfo is None:
                raise ValueError(f"{type(entry).__name__}.at has no time zone")
        gaps = _gaps(self._refused, entries[0].at) if entries else ()
        try:
            position = self._writer.append((*gaps, *entries))
        except LedgerOverflow:
            for entry in entries:
                call_id = None if isinstance(entry, CardShown) else call_of(entry)
                if call_id is not None:
                    self._refused.setdefault(call_id, entry.at)
            raise
        if entries:
            self._refused.clear()
        return position

    def append_fact(
        self,
        kind: str,
        at: datetime,
        subject: str,
        body: Mapping[str, Any],
        *,
        person: str | None = None,
        version: int = 1,
    ) -> int:
        """Append a `Fact` as it is known now. `body` holds plain JSON values; anything else raises `TypeError`."""
        fact = Fact(kind, at, subject, body, version, person)
        draft_entry(fact)
        return self.append([fact])

    def append_card(self, card: CardShown) -> int:
        """Append what a card showed. `facts` hold plain JSON values; anything else raises `TypeError`."""
        draft_entry(card)
        return self.append([card])

    async def flushed(self, position: int) -> None:
        """Return when everything up to `position` is durable; raise `LedgerClosed` if it never will be."""
        await self._writer.flushed(position)

    @property
    def master(self) -> MasterKey:
        """The key in the file: what else has to be kept secret on this machine is sealed by it too."""
        return self._master

    @property
    def status(self) -> LedgerStatus:
        """How the writing goes, and what to do if it does not."""
        return self._writer.status

    @property
    def metrics(self) -> LedgerMetrics:
        """The figures of this ledger, to be registered where they are shown."""
        return self._writer.metrics

    # -- reading --------------------------------------------------------------------------------------------------

    async def calls(
        self,
        *,
        limit: int = 50,
        before: str | None = None,
        device: DeviceId | None = None,
        number: str | None = None,
        conversation_id: ConversationId | None = None,
    ) -> CallPage:
        """A page of the history, live calls included, as of each call's last event.

        `number` is E.164, of any party. `before` is the `next` of an earlier page (else `ValueError`); paging is
        stable while calls come in.
        """
        place = None if before is None else _place(before)
        if limit < 1:
            raise ValueError("limit must be at least 1")

        def read(reading: Reading) -> CallPage:
            person = None
            if number is not None:
                person = reading.person(number)
                if person is None:
                    return CallPage((), None)
            wanted = RecordFilter(before=place, device=device, person=person, conversation_id=conversation_id)
            rows = reading.store.records(wanted, limit + 1)
            shown = rows[:limit]
            more = f"{shown[-1].started_us}.{shown[-1].call_id}" if len(rows) > limit else None
            return CallPage(tuple(reading.records(shown)), more)

        return await self._read(read)

    async def call(self, call_id: CallId) -> CallRecord | None:
        """The record of a call, or of the call that it became part of."""

        def read(reading: Reading) -> CallRecord | None:
            row = reading.store.record(reading.store.family(call_id)[0])
            return reading.records([row])[0] if row is not None else None

        return await self._read(read)

    async def open_calls(self, pbx: PbxId | None = None) -> list[CallRecord]:
        """The calls that have not ended, oldest first: what a connector has to reconcile at its start."""

        def read(reading: Reading) -> list[CallRecord]:
            rows = reading.store.records(RecordFilter(open_only=True, pbx=pbx), _OPEN_CALLS_AT_MOST)
            return reading.records(rows[::-1])

        return await self._read(read)

    async def heard_until(self, pbx: PbxId | None = None) -> datetime | None:
        """The latest moment of anything that a PBX (any, if None) reported; None if it never did."""
        found = await self._read(lambda reading: reading.store.heard_until(pbx))
        return None if found is None else at_microseconds(found)

    async def events_of(self, call_id: CallId) -> list[StoredEntry]:
        """Everything about a call and what became part of it, cards shown included, in order."""
        return await self._read(lambda reading: reading.entries(reading.store.events_of(reading.store.family(call_id))))

    async def replay(self, from_position: int = 1) -> AsyncIterator[StoredEntry]:
        """Every entry from `from_position` to the end as it is when the end is reached."""
        after = from_position - 1
        while True:
            page = await self._read(functools.partial(_page_of_entries, after=after))
            for stored in page:
                yield stored
            if len(page) < _REPLAY_PAGE:
                return
            after = page[-1].position

    # -- care -----------------------------------------------------------------------------------------------------

    async def erase(self, number: str) -> Erasure:
        """Make everything personal of who has `number` (E.164) unreadable, for ever.

        Done after what was appended before. Durations, devices and outcomes stay. A new call of the same number
        later is new. Raises `StoreTrouble` if the store could not be written, or if another reader keeps the old
        pages alive; then call it again.
        """
        return await self._writer.run(lambda: self._journal.erase(number))

    async def rebuild(self) -> int:
        """Make every call record anew from the events; returns how many. Appending goes on into the queue."""
        return await self._writer.run(self._journal.rebuild)

    async def verify(self) -> Verification:
        """Check the stored bytes, and compare each call record with what its events give.

        May take long; other reads and the writing go on meanwhile.
        """
        if self._closed:
            raise LedgerClosed("The ledger is closed.")

        def check() -> Verification:
            reader = self._store.reader()
            try:
                return verified(Reading(reader, self._master), self._new_fold)
            finally:
                reader.close()

        return await asyncio.to_thread(check)

    async def _read(self, work: Callable[[Reading], Result]) -> Result:
        if self._closed:
            raise LedgerClosed("The ledger is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, self._reading)


def _prepared(open_store: Callable[[], LedgerStore], key_path: Path) -> tuple[LedgerStore, MasterKey]:
    store = open_store()
    try:
        return store, _master_of(store, key_path)
    except BaseException:
        store.close()
        raise


def _master_of(store: LedgerStore, key_path: Path) -> MasterKey:
    known = store.fingerprint()
    master = MasterKey.in_file(key_path, may_create=known is None and store.last_position() == 0)
    if known is None:
        store.set_fingerprint(master.fingerprint)
    elif known != master.fingerprint:
        raise MasterKeyProblem(
            f"The master key {key_path} belongs to another ledger: restore the one of this ledger from your backup."
        )
    return master


def _gaps(refused: Mapping[CallId, datetime], until: datetime) -> tuple[GapNoted, ...]:
    return tuple(GapNoted(call_id, max(since, until), since, max(since, until)) for call_id, since in refused.items())


def _page_of_entries(reading: Reading, after: int) -> list[StoredEntry]:
    return reading.entries(reading.store.events(after, _REPLAY_PAGE))


def _place(before: str) -> Place:
    started, _, call_id = before.partition(".")
    # Eighteen digits of microseconds are thirty thousand years; SQLite's integers end at nineteen.
    if not call_id or not re.fullmatch(r"-?[0-9]{1,18}", started):
        raise ValueError("`before` is not the `next` of an earlier page")
    return Place(int(started), call_id)
