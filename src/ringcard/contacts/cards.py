"""The port to whole cards: from a ringing number to what we know of its owner. One implementation a database.

`sqlite_cards` answers on the spot, in tens of microseconds; `postgres_cards` has to wait for a server, a millisecond.
Both are plain prepared SQL: an object mapper would cost ten times the query (ADR 0003). This is the only place where a
card is put together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from ringcard.contacts.model import Address, Contact, ContactId, Item, Kind, Manager, Order
from ringcard.storage.schema import from_ms

MOST_MATCHES = 20
MOST_ORDERS = 100
MOST_NOTES = 100

COLUMNS = """
c.contact_id, c.version, c.kind, c.name, c.organisation, c.position, c.manager_id, e.name, c.segment, c.tags, c.vip,
c.city, c.comment, c.created_at, c.updated_at, c.addresses, c.custom,
(SELECT m.organisation_id FROM contact_memberships m WHERE m.contact_id = c.contact_id)
"""
"""What `head_of` reads, of `contacts c` left joined to `employees e`."""

Row = Sequence[Any]


class CardReader(Protocol):
    """Reads cards out of our own store. Every method raises `StorageError` if the database cannot be read."""

    async def with_number(self, number: str) -> list[Contact]:
        """The contacts that have the E.164 `number`, the likeliest caller first, at most `MOST_MATCHES`.

        A person comes before an organisation, among equals the one talked to or changed last, then by id: the order
        is the same every time. Orders and notes are the newest `MOST_ORDERS` and `MOST_NOTES`.
        """

    async def resembling(self, number: str) -> list[Contact]:
        """Contacts with a phone that is no whole number and ends in the same seven digits, in the same order.

        Whether such a phone stands for the number is for the numbering plan to say.
        """

    async def with_ids(self, contact_ids: Iterable[ContactId]) -> list[Contact]:
        """The contacts of these ids, in their order; those that do not exist are left out."""

    async def close(self) -> None:
        """Give up the connections."""


def head_of(row: Row, **lists: Any) -> Contact:
    """The contact of a row of `COLUMNS`, with its lists."""
    return Contact(
        contact_id=row[0],
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
        addresses=() if row[15] == "[]" else tuple(Address(**address) for address in json.loads(row[15])),
        custom={} if row[16] == "{}" else json.loads(row[16]),
        organisation_id=row[17],
        **lists,
    )


def order_of(row: Row) -> Order:
    """The order of a row: number, date, status, total, currency, items."""
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
