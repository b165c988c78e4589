"""Writing many contacts at once, recognised by the key of the system they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.model import ContactDraft, Order
from ringcard.contacts.rows import Row, contact_values, email_rows, list_rows, new_row, order_row, phone_rows, said_of
from ringcard.contacts.search_index import index, index_new
from ringcard.contacts.tables import contact_emails, contact_orders, contact_phones, contacts
from ringcard.storage import writing
from ringcard.storage.schema import new_id
from ringcard.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged)


async def put_contacts(engine: AsyncEngine, drafts: Sequence[ContactDraft], now: datetime) -> Written:
    """Create or replace contacts by `external_id`, all or none; what would not change is not touched.

    The drafts are checked and no two have the same `external_id`; without one a contact is always new. Of a contact
    that exists, drafts without `orders` leave the orders; those with orders add them or replace equal numbers.

    Raises `ContactInvalid`, `StorageError`.
    """
    keys = [draft.external_id for draft in drafts if draft.external_id is not None]
    async with writing(engine) as connection:
        held = {
            row["external_id"]: dict(row)
            for row in (await connection.execute(select(contacts).where(contacts.c.external_id.in_(keys)))).mappings()
        }
        ids = [row["contact_id"] for row in held.values()]
        phones = await _lists(connection, contact_phones, ids)
        emails = await _lists(connection, contact_emails, ids)
        created: list[tuple[str, ContactDraft]] = []
        updated: list[tuple[str, ContactDraft]] = []
        updates: list[Row] = []
        orders: list[Row] = []
        for draft in drafts:
            row = held.get(draft.external_id)
            if row is None:
                created.append((new_id(now), draft))
                continue
            contact_id = row["contact_id"]
            orders += [order_row(contact_id, order) for order in draft.orders or ()]
            values = contact_values(draft)
            if (
                any(row[name] != value for name, value in values.items())
                or phones[contact_id] != phone_rows(contact_id, draft)
                or emails[contact_id] != email_rows(contact_id, draft)
            ):
                updated.append((contact_id, draft))
                updates.append(values | {"key": contact_id, "version": row["version"] + 1, "updated_at": now})
        with said_of(drafts):
            await _many(
                connection, insert(contacts), [new_row(contact_id, draft, now) for contact_id, draft in created]
            )
            await _many(connection, update(contacts).where(contacts.c.contact_id == bindparam("key")), updates)
        changed = [contact_id for contact_id, _ in updated]
        for table in (contact_phones, contact_emails):
            await connection.execute(delete(table).where(table.c.contact_id.in_(changed)))
        for contact_id, draft in updated:
            for table, rows in list_rows(contact_id, draft):
                if table is not contact_orders:
                    await _many(connection, insert(table), rows)
        new_lists: dict[Any, list[Row]] = defaultdict(list)
        for contact_id, draft in created:
            for table, rows in list_rows(contact_id, draft):
                new_lists[table] += rows
        for table, rows in new_lists.items():
            await _many(connection, insert(table), rows)
        await _put_order_rows(connection, orders)
        await index_new(connection, created)
        await index(connection, [*changed, *(row["contact_id"] for row in orders)])
    return Written(len(created), len(updated), len(drafts) - len(created) - len(updated))


async def put_orders(engine: AsyncEngine, orders: Sequence[tuple[str, Order]]) -> list[str]:
    """Add orders to the contacts of these external ids, or replace those with the same number.

    The orders are checked. Returns the external ids that no contact has; their orders are not written.

    Raises `StorageError`.
    """
    keys = {external_id for external_id, _ in orders}
    async with writing(engine) as connection:
        found = await connection.execute(
            select(contacts.c.external_id, contacts.c.contact_id).where(contacts.c.external_id.in_(keys))
        )
        owners = {row.external_id: row.contact_id for row in found}
        await _put_order_rows(connection, [order_row(owners[key], order) for key, order in orders if key in owners])
        await index(connection, owners.values())
    return sorted(keys - owners.keys())


async def _lists(connection: AsyncConnection, table: Any, ids: Sequence[str]) -> dict[str, list[Row]]:
    lists: dict[str, list[Row]] = defaultdict(list)
    query = select(table).where(table.c.contact_id.in_(ids)).order_by(table.c.contact_id, table.c.place)
    for row in (await connection.execute(query)).mappings():
        lists[row["contact_id"]].append(dict(row))
    return lists


async def _put_order_rows(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    statement = upsert(connection, contact_orders)
    replaced = {name: statement.excluded[name] for name in ("date", "status", "total", "currency", "items")}
    statement = statement.on_conflict_do_update(index_elements=["contact_id", "number"], set_=replaced)
    await _many(connection, statement, rows)


async def _many(connection: AsyncConnection, statement: Any, rows: Sequence[Row]) -> None:
    if rows:
        await connection.execute(statement, list(rows))
