"""A ledger store in memory: for tests, and for a ringcard that is to keep nothing."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ringcard.ledger.errors import StoreTrouble, Trouble
from ringcard.ledger.store import Batch, EventRow, RecordFilter, RecordRow, StoreReader
from ringcard.ledger.vault import KeyRow


class MemoryStore:
    """Keeps the contract of `LedgerStore` without a file. `trouble`, when set, makes every commit fail with it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._events: list[EventRow] = []
        self._records: dict[str, RecordRow] = {}
        self._into: dict[str, str] = {}
        self._keys: dict[int, KeyRow] = {}
        self._fingerprint: bytes | None = None
        self.trouble: Trouble | None = None
        self.commits = 0

    def last_position(self) -> int:
        with self._lock:
            return self._events[-1].position if self._events else 0

    def events(self, after: int, limit: int) -> list[EventRow]:
        with self._lock:
            return self._events[after : after + limit]

    def events_of(self, call_ids: Sequence[str]) -> list[EventRow]:
        wanted = set(call_ids)
        with self._lock:
            return [row for row in self._events if row.call_id in wanted]

    def family(self, call_id: str) -> tuple[str, ...]:
        with self._lock:
            root = call_id
            seen = {root}
            while (into := self._into.get(root)) is not None and into not in seen:
                root = into
                seen.add(root)
            members = [root]
            for member in members:
                members += [each for each, into in self._into.items() if into == member and each not in members]
            return tuple(members)

    def call_ids(self, after: str, limit: int) -> list[str]:
        with self._lock:
            found = {row.call_id for row in self._events if row.call_id is not None and row.call_id > after}
        return sorted(found)[:limit]

    def record(self, call_id: str) -> RecordRow | None:
        with self._lock:
            return self._records.get(call_id)

    def records(self, wanted: RecordFilter, limit: int) -> list[RecordRow]:
        with self._lock:
            rows = [row for row in self._records.values() if _matches(row, wanted)]
        rows.sort(key=lambda row: (row.started_us, row.call_id), reverse=True)
        return rows[:limit]

    def heard_until(self, pbx: str | None) -> int | None:
        with self._lock:
            moments = (row.at_us for row in self._events if row.pbx is not None and pbx in (None, row.pbx))
            return max(moments, default=None)

    def key_of(self, person_ref: bytes) -> KeyRow | None:
        with self._lock:
            return next((row for row in self._keys.values() if row.person_ref == person_ref), None)

    def keys(self, key_ids: Iterable[int]) -> dict[int, bytes]:
        with self._lock:
            return {key_id: self._keys[key_id].wrapped for key_id in key_ids if key_id in self._keys}

    def close(self) -> None:
        """Keeps its data: opening a ledger on the same store again is how tests restart."""

    def expect(self, call_ids: Sequence[str], person_refs: Sequence[bytes]) -> None:
        """Everything is near."""

    def commit(self, batch: Batch) -> None:
        if self.trouble is not None:
            raise StoreTrouble(self.trouble, "asked for by the test")
        with self._lock:
            self._events += batch.events
            self._keys |= {row.key_id: row for row in batch.keys}
            self._records |= {row.call_id: row for row in batch.records}
            self._into |= dict(batch.absorbed)
            for call_id in batch.gone:
                self._records.pop(call_id, None)
            self.commits += 1

    def erase_keys(self, key_ids: Sequence[int]) -> None:
        with self._lock:
            for key_id in key_ids:
                self._keys.pop(key_id, None)
            for row in self._records.values():
                if not set(key_ids).isdisjoint(row.persons):
                    left = tuple(person for person in row.persons if person not in key_ids)
                    self._records[row.call_id] = replace(row, persons=left)

    def replace_projection(self, rows: Iterable[RecordRow], keys: Mapping[int, KeyRow]) -> None:
        replaced = {row.call_id: row for row in rows}
        with self._lock:
            self._records = replaced
            self._keys |= keys

    def fingerprint(self) -> bytes | None:
        return self._fingerprint

    def set_fingerprint(self, fingerprint: bytes) -> None:
        self._fingerprint = fingerprint

    def check(self) -> list[str]:
        return []

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._lock:
            yield

    def reader(self) -> StoreReader:
        return self


def _matches(row: RecordRow, wanted: RecordFilter) -> bool:
    before = wanted.before
    return (
        (before is None or (row.started_us, row.call_id) < (before.started_us, before.call_id))
        and wanted.device in (None, *row.devices)
        and wanted.person in (None, *row.persons)
        and wanted.conversation_id in (None, row.conversation_id)
        and wanted.pbx in (None, row.pbx)
        and not (wanted.open_only and row.ended_us is not None)
    )
