"""From a ringing number to the whole card, in tens of microseconds: the only code that is on a call's hot path.

Plain SQL, prepared once by sqlite3's statement cache, on a connection of its own, called directly on the event loop: a
thread or an object mapper would cost ten to a hundred times the query (ADR 0003). The connection never writes. Readers
of a WAL database never wait for the writer, so this cannot stall the loop for longer than a few pages take to read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ringcard.contacts.model import Contact, ContactId, Email, Item, Kind, Manager, Note, Order, Phone
from ringcard.storage import translated
from ringcard.storage.schema import from_ms

MOST_MATCHES = 20
MOST_ORDERS = 100
MOST_NOTES = 100

_COLUMNS = """
c.contact_id, c.version, c.kind, c.name, c.organisation, c.position, c.manager_id, e.name, c.segment, c.tags, c.vip,
c.city, c.comment, c.created_at, c.updated_at
"""

_BY_NUMBER = f"""
SELECT DISTINCT {_COLUMNS}, max(coalesce(c.talked_at, 0), c.updated_at) AS last
FROM contact_phones p JOIN contacts c ON c.contact_id = p.contact_id
LEFT JOIN employees e ON e.employee_id = c.manager_id
WHERE p.number = ?
ORDER BY c.kind = 'person' DESC, last DESC, c.contact_id
LIMIT {MOST_MATCHES}
"""  # noqa: S608  nothing here comes from outside

_BY_ID = f"""
SELECT {_COLUMNS} FROM contacts c LEFT JOIN employees e ON e.employee_id = c.manager_id WHERE c.contact_id = ?
"""  # noqa: S608

_PHONES = "SELECT number, presented, label FROM contact_phones WHERE contact_id = ? ORDER BY place"
_EMAILS = "SELECT email, label FROM contact_emails WHERE contact_id = ? ORDER BY place"
_ORDERS = f"""
SELECT number, date, status, total, currency, items FROM contact_orders WHERE contact_id = ?
ORDER BY date DESC, number DESC LIMIT {MOST_ORDERS}
"""  # noqa: S608
_NOTES = f"""
SELECT note_id, text, author, at, call_id FROM contact_notes WHERE contact_id = ?
ORDER BY at DESC, note_id DESC LIMIT {MOST_NOTES}
"""  # noqa: S608

Row = Sequence[Any]


class CardReader:
    """Reads cards out of our own store. Use it in the thread that made it; close it.

    Raises `StorageError` if the database cannot be opened or read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with translated(path):
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.05, cached_statements=32)
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute("PRAGMA mmap_size = 268435456")

    def close(self) -> None:
        self._connection.close()

    def card_for_number(self, number: str) -> list[Contact]:
        """The contacts that have the E.164 `number`, the likeliest caller first, at most `MOST_MATCHES`.

        A person comes before an organisation, among equals the one talked to or changed last, then by id: the order
        is the same every time. Orders and notes are the newest `MOST_ORDERS` and `MOST_NOTES`.
        """
        with translated(self._path):
            rows = self._connection.execute(_BY_NUMBER, (number,)).fetchall()
            return [self._card(row) for row in rows]

    def cards(self, contact_ids: Iterable[ContactId]) -> list[Contact]:
        """The contacts of these ids, in their order; those that do not exist are left out."""
        with translated(self._path):
            rows = (self._connection.execute(_BY_ID, (contact_id,)).fetchone() for contact_id in contact_ids)
            return [self._card(row) for row in rows if row is not None]

    def _card(self, row: Row) -> Contact:
        contact_id = row[0]
        of_contact = (contact_id,)
        query = self._connection.execute
        return Contact(
            contact_id=contact_id,
            version=row[1],
            kind=Kind(row[2]),
            name=row[3],
            organisation=row[4],
            position=row[5],
            manager=None if row[7] is None else Manager(row[6], row[7]),
            segment=row[8],
            tags=tuple(json.loads(row[9])),
            vip=bool(row[10]),
            city=row[11],
            comment=row[12],
            created_at=from_ms(row[13]),
            updated_at=from_ms(row[14]),
            phones=tuple(Phone(*phone) for phone in query(_PHONES, of_contact)),
            emails=tuple(Email(*email) for email in query(_EMAILS, of_contact)),
            orders=tuple(map(_order, query(_ORDERS, of_contact))),
            notes=tuple(
                Note(note_id, text, author, from_ms(at), call_id)
                for note_id, text, author, at, call_id in query(_NOTES, of_contact)
            ),
        )


def _order(row: Row) -> Order:
    number, on, status, total, currency, items = row
    return Order(
        number=number,
        date=None if on is None else date.fromisoformat(on),
        status=status,
        total=None if total is None else Decimal(total),
        currency=currency,
        items=tuple(_item(item) for item in json.loads(items)) if items != "[]" else (),
    )


def _item(item: dict[str, Any]) -> Item:
    return Item(item["name"], *(None if item[key] is None else Decimal(item[key]) for key in ("quantity", "price")))
