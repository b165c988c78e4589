"""Taking a card away so that it can come back exactly as it was: all of its rows are kept, table by table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.contacts.tables import (
    contact_attachments,
    contact_calls,
    contact_deputies,
    contact_emails,
    contact_memberships,
    contact_notes,
    contact_orders,
    contact_phones,
    contact_reminders,
    contacts,
)
from ringcard.storage.schema import from_ms, to_ms

LISTS: Sequence[Table] = (contact_phones, contact_emails, contact_memberships, contact_deputies, contact_orders)
"""What a card says of its contact; another card may say the same."""

BELONGINGS: Mapping[str, Table] = {
    "note_id": contact_notes,
    "call_id": contact_calls,
    "attachment_id": contact_attachments,
    "reminder_id": contact_reminders,
}
"""What there is once, by its key: it moves with a card."""

Rows = dict[str, list[dict[str, Any]]]
"""By table, as JSON."""


async def rows_of(connection: AsyncConnection, contact_id: str) -> Rows:
    """Every row of a card, `contacts` among them; no rows if there is no such card."""
    rows: Rows = {}
    for table in (contacts, *LISTS, *BELONGINGS.values()):
        found = await connection.execute(select(table).where(table.c.contact_id == contact_id))
        rows[table.name] = [
            {name: to_ms(value) if isinstance(value, datetime) else value for name, value in row.items()}
            for row in found.mappings()
        ]
    return rows


async def remove(connection: AsyncConnection, contact_id: str) -> None:
    """Delete the card; what belongs to it goes with it."""
    await connection.execute(delete(contacts).where(contacts.c.contact_id == contact_id))


async def put_back(connection: AsyncConnection, rows: Rows, tables: Sequence[Table]) -> None:
    """Insert the rows of these tables again. What they refer to may be gone: then they come without it."""
    for table in tables:
        kept = [await _as_is_possible(connection, table, row) for row in rows.get(table.name, ())]
        values = [row for row in kept if row is not None]
        if values:
            await connection.execute(insert(table), values)


async def _as_is_possible(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> dict[str, Any] | None:
    values = {
        name: from_ms(value) if (value is not None and name.endswith("_at")) or name == "at" else value
        for name, value in row.items()
        if name in table.c
    }
    for column in table.c:
        for key in column.foreign_keys:
            target = key.column
            value = values.get(column.name)
            if value is None or column.name == "contact_id":
                continue
            if (await connection.execute(select(target).where(target == value))).first() is None:
                if not column.nullable:
                    return None
                values[column.name] = None
    return values
