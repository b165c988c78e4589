"""Cards out of SQLite, in tens of microseconds: the only code that is on a call's hot path there.

Plain SQL, prepared once by sqlite3's statement cache, on a connection of its own, called directly on the event loop: a
thread or an object mapper would cost ten to a hundred times the query (ADR 0003). The connection never writes. Readers
of a WAL database never wait for the writer, so this cannot stall the loop for longer than a few pages take to read.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ringcard.contacts.cards import COLUMNS, MOST_MATCHES, MOST_NOTES, MOST_ORDERS, Row, head_of, order_of
from ringcard.contacts.model import Contact, ContactId, Email, Manager, Note, Phone
from ringcard.contacts.rows import tail_of
from ringcard.storage import translated
from ringcard.storage.schema import from_ms

CARDS_AT_ONCE = 8
"""A page of cards is read in steps of a millisecond: a call that rings meanwhile must not wait for somebody's list."""

_BY_PHONE = f"""
SELECT DISTINCT {COLUMNS}, max(coalesce(c.talked_at, 0), c.updated_at) AS last
FROM contact_phones p INDEXED BY ix_contact_phones_%s JOIN contacts c ON c.contact_id = p.contact_id
LEFT JOIN employees e ON e.employee_id = c.manager_id
WHERE p.%s = ?
ORDER BY c.kind = 'person' DESC, last DESC, c.contact_id
LIMIT {MOST_MATCHES}
"""  # noqa: S608  nothing here comes from outside
_BY_NUMBER = _BY_PHONE % ("number", "number")
# Few have a tail: to an SQLite that was told to ANALYZE its index looks useless, and an unknown caller took 140 ms.
_BY_TAIL = _BY_PHONE % ("tail", "tail")

_BY_ID = f"""
SELECT {COLUMNS} FROM contacts c LEFT JOIN employees e ON e.employee_id = c.manager_id WHERE c.contact_id = ?
"""  # noqa: S608

_PHONES = "SELECT number, presented, label FROM contact_phones WHERE contact_id = ? ORDER BY place"
_EMAILS = "SELECT email, label FROM contact_emails WHERE contact_id = ? ORDER BY place"
_DEPUTIES = """
SELECT d.employee_id, e.name FROM contact_deputies d JOIN employees e ON e.employee_id = d.employee_id
WHERE d.contact_id = ? ORDER BY d.place
"""
_ORDERS = f"""
SELECT number, date, status, total, currency, items FROM contact_orders WHERE contact_id = ?
ORDER BY date DESC, number DESC LIMIT {MOST_ORDERS}
"""  # noqa: S608
_NOTES = f"""
SELECT note_id, text, author, at, call_id FROM contact_notes WHERE contact_id = ?
ORDER BY at DESC, note_id DESC LIMIT {MOST_NOTES}
"""  # noqa: S608


class SqliteCardReader:
    """`CardReader` on a SQLite file. Use it in the thread that made it; close it.

    Raises `StorageError` if the database cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with translated(path):
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.05, cached_statements=32)
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute("PRAGMA mmap_size = 268435456")

    async def close(self) -> None:
        """See `CardReader`."""
        self._connection.close()

    async def with_number(self, number: str) -> list[Contact]:
        """See `CardReader`."""
        return self.with_number_now(number)

    async def resembling(self, number: str) -> list[Contact]:
        """See `CardReader`."""
        return self.resembling_now(number)

    async def with_ids(self, contact_ids: Iterable[ContactId]) -> list[Contact]:
        """See `CardReader`."""
        cards: list[Contact] = []
        for place, contact_id in enumerate(contact_ids):
            if place and place % CARDS_AT_ONCE == 0:
                await asyncio.sleep(0)
            with translated(self._path):
                row = self._connection.execute(_BY_ID, (contact_id,)).fetchone()
                cards += [] if row is None else [self._card(row)]
        return cards

    def with_number_now(self, number: str) -> list[Contact]:
        """`with_number` without waiting for anything."""
        return self._by(_BY_NUMBER, number)

    def resembling_now(self, number: str) -> list[Contact]:
        """`resembling` without waiting for anything."""
        tail = tail_of(number)
        return [] if tail is None else self._by(_BY_TAIL, tail)

    def _by(self, query: str, value: str) -> list[Contact]:
        with translated(self._path):
            return [self._card(row) for row in self._connection.execute(query, (value,)).fetchall()]

    def _card(self, row: Row) -> Contact:
        of_contact = (row[0],)
        query = self._connection.execute
        return head_of(
            row,
            phones=tuple(Phone(*phone) for phone in query(_PHONES, of_contact)),
            emails=tuple(Email(*email) for email in query(_EMAILS, of_contact)),
            deputies=tuple(Manager(*deputy) for deputy in query(_DEPUTIES, of_contact)),
            orders=tuple(map(order_of, query(_ORDERS, of_contact))),
            notes=tuple(
                Note(note_id, text, author, from_ms(at), call_id)
                for note_id, text, author, at, call_id in query(_NOTES, of_contact)
            ),
        )
