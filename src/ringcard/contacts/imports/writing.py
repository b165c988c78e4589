"""Writing a batch, and what is needed to take it back: the image of every card before it was changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, starmap
from typing import Any, Final

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.contacts.imports.columns import ADDRESS, CUSTOM, NAMED_COMMENT
from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.matching import Held
from ringcard.contacts.imports.tables import import_changes
from ringcard.contacts.model import Address, ContactDraft, Email, Kind, Phone
from ringcard.contacts.rows import (
    CONTACT_COLUMNS,
    EMAIL_COLUMNS,
    PHONE_COLUMNS,
    Row,
    contact_values,
    deputy_rows,
    email_rows,
    email_values,
    further_rows,
    membership_rows,
    new_values,
    order_row,
    phone_rows,
    phone_values,
)
from ringcard.contacts.search_index import add_documents, document_of, index
from ringcard.contacts.tables import (
    contact_deputies,
    contact_emails,
    contact_memberships,
    contact_orders,
    contact_phones,
    contacts,
)
from ringcard.storage import is_postgres
from ringcard.storage.bulk import put_rows, put_values
from ringcard.storage.schema import to_ms
from ringcard.storage.upsert import upsert

CREATED: Final = "created"
UPDATED: Final = "updated"

_CHANGE: Final = ("import_id", "contact_id", "row", "action", "version", "before")

_NUMBER: Final = PHONE_COLUMNS.index("number")

_NAMES: Final = frozenset({"name", "last_name", "first_name", "middle_name"})
_PLAIN: Final = ("organisation", "position", "segment", "city")

Content = tuple[Row, list[Row], list[Row], list[Row], list[Row]]
"""What a card says: its own columns, phones, e-mails, deputies, the organisation's card."""


@dataclass(frozen=True, slots=True)
class Update:
    """A card that a row writes to: what it is to say, and what it says. Only orders if it is not `changed`."""

    contact_id: str
    row: int
    draft: ContactDraft
    held_row: Row
    held: Held
    changed: bool


def merged_into(held_row: Row, held: Held, entry: Entry, meanings: Collection[str]) -> ContactDraft:
    """The entry's draft, with what the card holds wherever the file has no column."""
    draft, contact_id = entry.draft, held_row["contact_id"]
    assert draft is not None
    meanings = meanings if entry.said is None else entry.said
    kept: dict[str, Any] = {name: held_row[name] for name in _PLAIN if name not in meanings}
    if "kind" not in meanings:
        kept["kind"] = Kind(held_row["kind"])
    if _NAMES.isdisjoint(meanings) and (held_row["kind"] != Kind.ORGANISATION or "organisation" not in meanings):
        kept["name"] = held_row["name"]
    if "phones" not in meanings:
        kept["phones"] = tuple(Phone(p["number"], p["presented"], p["label"]) for p in held.phones[contact_id])
    if "emails" not in meanings:
        kept["emails"] = tuple(Email(e["email"], e["label"]) for e in held.emails[contact_id])
    if ADDRESS.keys().isdisjoint(meanings):
        kept["addresses"] = tuple(Address(**address) for address in json.loads(held_row["addresses"]))
    kept["custom"] = _custom(json.loads(held_row["custom"]), draft, meanings)
    if "deputies" not in meanings:
        kept["deputy_ids"] = tuple(each["employee_id"] for each in held.deputies[contact_id])
    if "organisation_id" not in meanings or draft.organisation_id is None:
        kept["organisation_id"] = held.organisations.get(contact_id, "")
    if "manager" not in meanings:
        kept["manager_id"] = held_row["manager_id"]
    if "tags" not in meanings:
        kept["tags"] = tuple(json.loads(held_row["tags"]))
    if "vip" not in meanings:
        kept["vip"] = bool(held_row["vip"])
    if {"comment", "manager", "deputies", "own_fields", NAMED_COMMENT}.isdisjoint(meanings):
        kept["comment"] = held_row["comment"]
    if draft.external_id is None:
        kept["external_id"] = held_row["external_id"]
    return replace(draft, **kept)


def _custom(held: dict[str, str], draft: ContactDraft, meanings: Collection[str]) -> dict[str, str]:
    """What the file has a column for as it says, everything else as it was."""
    if "own_fields" in meanings:
        return {**held, **(draft.custom or {})}
    spoken_of = {meaning.removeprefix(CUSTOM) for meaning in meanings if meaning.startswith(CUSTOM)}
    return {key: value for key, value in held.items() if key not in spoken_of} | dict(draft.custom or {})


def content(held: Held, contact_id: str) -> Content:
    """What a card says."""
    row = held.rows[contact_id]
    return (
        {name: json.loads(row[name]) if name in _JSON else row[name] for name in _COLUMNS},
        held.phones[contact_id],
        held.emails[contact_id],
        held.deputies[contact_id],
        membership_rows(contact_id, ContactDraft("", organisation_id=held.organisations.get(contact_id))),
    )


def content_of(contact_id: str, draft: ContactDraft) -> Content:
    """What a card of this draft would say."""
    values: Row = {"addresses": "[]", "custom": "{}", "external_id": draft.external_id} | contact_values(draft)
    return (
        {name: json.loads(values[name]) if name in _JSON else values[name] for name in _COLUMNS},
        phone_rows(contact_id, draft),
        email_rows(contact_id, draft),
        deputy_rows(contact_id, draft),
        membership_rows(contact_id, draft),
    )


_COLUMNS: Final = (
    *("kind", "name", "organisation", "position", "manager_id", "segment", "tags", "vip", "city", "comment"),
    *("addresses", "custom", "external_id"),
)
_JSON: Final = frozenset({"tags", "addresses", "custom"})


async def write(
    connection: AsyncConnection,
    import_id: int,
    created: Sequence[tuple[str, Entry]],
    updated: Sequence[Update],
    now: datetime,
) -> None:
    """Create and update, and note it. In the caller's transaction."""
    changes = await _create(connection, import_id, created, now)
    # After those that are new: one of them may be the organisation of one that was there.
    orders = await _orders_of(connection, [each.contact_id for each in updated])
    await replaced(
        connection,
        [(each.contact_id, each.held_row["version"], each.draft) for each in updated if each.changed],
        now,
    )
    for each in updated:
        before = image(each.held, each.contact_id, orders[each.contact_id])
        version = each.held_row["version"] + each.changed
        changes.append((import_id, each.contact_id, each.row, UPDATED, version, before))
    # A contact keeps the image of before the import, whatever else the import does to it.
    await put_values(connection, import_changes, _CHANGE, changes, unless_there=True)
    await put_orders(
        connection, [order_row(each.contact_id, order) for each in updated for order in each.draft.orders or ()]
    )
    await index(connection, [each.contact_id for each in updated])


async def _create(
    connection: AsyncConnection, import_id: int, created: Sequence[tuple[str, Entry]], now: datetime
) -> list[tuple[Any, ...]]:
    """Write new contacts; the changes are given back that have to be noted still.

    Rows are made as the database takes them: PostgreSQL works on the first ones meanwhile.
    """
    now_ms = to_ms(now)
    drafts = [(contact_id, entry.draft) for contact_id, entry in created if entry.draft is not None]
    await put_values(
        connection, contacts, CONTACT_COLUMNS, (new_values(contact_id, draft, now_ms) for contact_id, draft in drafts)
    )
    phones: Iterable[tuple[Any, ...]] = chain.from_iterable(starmap(phone_values, drafts))
    if not is_postgres(connection):
        # In the order of the index that is larger than the pages kept: each of its pages is looked up once.
        phones = sorted(phones, key=lambda row: row[_NUMBER] or "")
    await put_values(connection, contact_phones, PHONE_COLUMNS, phones)
    await put_values(connection, contact_emails, EMAIL_COLUMNS, chain.from_iterable(starmap(email_values, drafts)))
    others: dict[Table, list[Row]] = defaultdict(list)
    for contact_id, draft in drafts:
        if draft.organisation_id or draft.deputy_ids or draft.orders:
            for table, of_table in further_rows(contact_id, draft):
                others[table] += of_table
    for table, of_table in others.items():
        await put_rows(connection, table, of_table)
    # A card with an id that the file names may have been made by this import before, and deleted by somebody since.
    named = [(contact_id, entry) for contact_id, entry in created if entry.contact_id is not None]
    fresh = created if not named else [(contact_id, entry) for contact_id, entry in created if entry.contact_id is None]
    await put_values(connection, import_changes, _CHANGE, _creations(import_id, fresh))
    await add_documents(
        connection,
        (
            (contact_id, document["words"], document["digits"])
            for (contact_id, draft), (_, entry) in zip(drafts, created, strict=True)
            for document in (entry.document or document_of(draft),)
        ),
    )
    return list(_creations(import_id, named))


def _creations(import_id: int, created: Iterable[tuple[str, Entry]]) -> Iterator[tuple[Any, ...]]:
    return ((import_id, contact_id, entry.row, CREATED, 1, None) for contact_id, entry in created)


def image(held: Held, contact_id: str, orders: Sequence[Row]) -> str:
    """All of a card that an import can change, as JSON."""
    row = held.rows[contact_id]
    return json.dumps(
        {
            "contact": {name: row[name] for name in _COLUMNS},
            "phones": [[p["number"], p["presented"], p["label"]] for p in held.phones[contact_id]],
            "emails": [[e["email"], e["label"]] for e in held.emails[contact_id]],
            "deputies": [each["employee_id"] for each in held.deputies[contact_id]],
            "organisation_id": held.organisations.get(contact_id, ""),
            "orders": [{name: value for name, value in order.items() if name != "contact_id"} for order in orders],
        },
        ensure_ascii=False,
    )


def draft_of(image_: dict[str, Any]) -> ContactDraft:
    """The card of an image; what an image of an older version does not know is None, and left as it is."""
    row = image_["contact"]
    return ContactDraft(
        name=row["name"],
        kind=Kind(row["kind"]),
        organisation=row["organisation"],
        position=row["position"],
        phones=tuple(Phone(*phone) for phone in image_["phones"]),
        emails=tuple(Email(*email) for email in image_["emails"]),
        addresses=None if (said := row.get("addresses")) is None else tuple(Address(**one) for one in json.loads(said)),
        manager_id=row["manager_id"],
        deputy_ids=None if (deputies := image_.get("deputies")) is None else tuple(deputies),
        organisation_id=image_.get("organisation_id"),
        custom=None if (own := row.get("custom")) is None else json.loads(own),
        segment=row["segment"],
        tags=tuple(json.loads(row["tags"])),
        vip=bool(row["vip"]),
        city=row["city"],
        comment=row["comment"],
        external_id=row["external_id"],
    )


async def replaced(connection: AsyncConnection, drafts: Sequence[tuple[str, int, ContactDraft]], now: datetime) -> None:
    """Have these contacts, which are at these versions, say what the drafts say; orders aside."""
    if not drafts:
        return
    updates = [
        contact_values(draft)
        | {"external_id": draft.external_id, "key": contact_id, "version": version + 1, "updated_at": now}
        for contact_id, version, draft in drafts
    ]
    by_columns: dict[frozenset[str], list[Row]] = defaultdict(list)
    for values in updates:
        by_columns[frozenset(values)].append(values)
    for some in by_columns.values():
        await _many(connection, update(contacts).where(contacts.c.contact_id == bindparam("key")), some)
    ids = [contact_id for contact_id, _, _ in drafts]
    rows: dict[Table, list[Row]] = defaultdict(list)
    said: dict[Table, list[str]] = {
        contact_phones: ids,
        contact_emails: ids,
        contact_deputies: [contact_id for contact_id, _, draft in drafts if draft.deputy_ids is not None],
        contact_memberships: [contact_id for contact_id, _, draft in drafts if draft.organisation_id is not None],
    }
    for table, whose in said.items():
        if whose:
            await connection.execute(delete(table).where(table.c.contact_id.in_(whose)))
    for contact_id, _, draft in drafts:
        rows[contact_phones] += phone_rows(contact_id, draft)
        rows[contact_emails] += email_rows(contact_id, draft)
        rows[contact_deputies] += deputy_rows(contact_id, draft)
        rows[contact_memberships] += membership_rows(contact_id, draft)
    for table, of_table in rows.items():
        await _many(connection, insert(table), of_table)


async def put_orders(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Add orders, or replace those with the same numbers."""
    statement = upsert(connection, contact_orders)
    values = {name: statement.excluded[name] for name in ("date", "status", "total", "currency", "items")}
    await _many(connection, statement.on_conflict_do_update(index_elements=["contact_id", "number"], set_=values), rows)


async def _orders_of(connection: AsyncConnection, contact_ids: Sequence[str]) -> dict[str, list[Row]]:
    orders: dict[str, list[Row]] = defaultdict(list)
    if contact_ids:
        query = select(contact_orders).where(contact_orders.c.contact_id.in_(contact_ids))
        for row in (await connection.execute(query)).mappings():
            orders[row["contact_id"]].append(dict(row))
    return orders


async def _many(connection: AsyncConnection, statement: Any, rows: Sequence[Row]) -> None:
    if rows:
        await connection.execute(statement, list(rows))
