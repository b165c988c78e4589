"""Rows back into entries and records: opening what can be opened, on whatever thread a reader belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringcard.calls.record import CallRecord
from ringcard.ledger.codec import Seal, restore_entry, restore_record, unpack_body
from ringcard.ledger.entries import StoredEntry, Unreadable
from ringcard.ledger.errors import LedgerDamaged
from ringcard.ledger.store import EventRow, RecordRow, StoreReader
from ringcard.ledger.vault import MasterKey, Opener


class Reading:
    """A store's reader with the keys to understand it."""

    def __init__(self, store: StoreReader, master: MasterKey) -> None:
        self.store = store
        self._master = master
        self._opener = Opener(master, store.keys)

    def entries(self, rows: Sequence[EventRow]) -> list[StoredEntry]:
        """The entries of `rows`; one that cannot be read is handed out as `Unreadable`."""
        bodies: list[tuple[int, dict[str, Any], list[Seal]] | None] = []
        for row in rows:
            try:
                bodies.append(unpack_body(row.body))
            except (ValueError, TypeError, LookupError):
                bodies.append(None)
        opened = iter(self._opener.open((body[1], body[2]) for body in bodies if body is not None))
        found = []
        for row, body in zip(rows, bodies, strict=True):
            if body is None:
                found.append(StoredEntry(row.position, Unreadable(row.tag, row.body)))
                continue
            personal, erased = next(opened)
            entry = restore_entry(row.tag, body[0], body[1], personal, row.body)
            found.append(StoredEntry(row.position, entry, erased))
        return found

    def records(self, rows: Sequence[RecordRow]) -> list[CallRecord]:
        """The call records of `rows`, without what was erased."""
        try:
            bodies = [unpack_body(row.body) for row in rows]
        except (ValueError, TypeError, LookupError) as error:
            raise LedgerDamaged("A stored call record is damaged: run `rebuild`.") from error
        opened = self._opener.open((fields, seals) for _, fields, seals in bodies)
        return [restore_record(fields, personal) for (_, fields, _), (personal, _) in zip(bodies, opened, strict=True)]

    def person(self, number: str) -> int | None:
        """The key of who has `number` (E.164), if we have heard of them."""
        return self.key_of(f"number:{number}")

    def key_of(self, person: str) -> int | None:
        """The key of a person as `codec` names one."""
        row = self.store.key_of(self._master.person_ref(person))
        return row.key_id if row is not None else None
