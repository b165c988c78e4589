"""What was done to cards, by whom, and taking it back.

A change is kept with the card as it was *before*; what it was after is the next change's before, or the card as it is.
It is written in the transaction that changes the card, so there is no change without its line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.contacts.imports.tables import import_changes, imports
from ringcard.contacts.model import (
    Address,
    Contact,
    ContactDraft,
    Email,
    Item,
    Kind,
    Order,
    Phone,
    contact_as_json,
)
from ringcard.contacts.tables import contact_changes
from ringcard.storage.schema import new_id

Card = Mapping[str, Any]
"""A card as JSON, without what a change does not touch (`KEPT_ELSEWHERE`)."""

KEPT_ELSEWHERE = frozenset({"contact_id", "version", "created_at", "updated_at", "notes"})
MOST_CHANGES = 200


class ChangeKind(StrEnum):
    """What was done. The values are kept in the database."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    """Another card went into this one."""
    MERGED_INTO = "merged_into"
    """This card went into another."""
    PARTED = "parted"
    """A merge was taken back."""
    IMPORTED = "imported"
    """An import made or changed it. Never kept as a line: told from what the import remembers to be undone by."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something: an employee, or a program (`employee_id` None)."""

    employee_id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a card before and after, as in `Contact` of the contract."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a card's history."""

    change_id: str
    kind: ChangeKind
    at: datetime
    author: Author | None
    fields: tuple[FieldChange, ...]
    other_id: str | None
    undone_at: datetime | None


def card_of(contact: Contact) -> dict[str, Any]:
    """The card as a change keeps it."""
    return {name: value for name, value in contact_as_json(contact).items() if name not in KEPT_ELSEWHERE}


async def note_change(
    connection: AsyncConnection,
    kind: ChangeKind,
    contact_id: str,
    version: int,
    now: datetime,
    *,
    by: Author | None,
    before: Any = None,
    other_id: str | None = None,
) -> str:
    """Write a line of the history; `version` is the card's after it. Returns the line's id."""
    change_id = new_id(now)
    await connection.execute(
        insert(contact_changes).values(
            change_id=change_id,
            contact_id=contact_id,
            kind=kind.value,
            at=now,
            employee_id=by.employee_id if by else None,
            author=by.name if by else None,
            version=version,
            before=None if before is None else json.dumps(before, ensure_ascii=False),
            other_id=other_id,
        )
    )
    return change_id


async def undone(connection: AsyncConnection, change_id: str, now: datetime) -> None:
    """Mark a line as taken back."""
    await connection.execute(
        update(contact_changes).where(contact_changes.c.change_id == change_id).values(undone_at=now)
    )


async def history_of(connection: AsyncConnection, contact: Contact, limit: int = MOST_CHANGES) -> list[Change]:
    """The history of a card that is there, newest first, what imports did to it among the rest."""
    query = (
        select(contact_changes)
        .where(contact_changes.c.contact_id == contact.contact_id)
        .order_by(contact_changes.c.change_id.desc())
        .limit(limit)
    )
    rows: list[Mapping[str, Any]] = [dict(row) for row in (await connection.execute(query)).mappings()]
    imported = await _imports_of(connection, contact.contact_id)
    if imported:
        # A card's version goes up with everything that is done to it, whoever does it.
        rows = sorted([*rows, *imported], key=lambda row: (row["version"], row["at"]), reverse=True)[:limit]
    after: Card = card_of(contact)
    changes: list[Change] = []
    for row in rows:
        kind = ChangeKind(row["kind"])
        fields: tuple[FieldChange, ...] = ()
        if kind in (ChangeKind.CHANGED, ChangeKind.IMPORTED) and row["before"] is not None:
            before: Card = json.loads(row["before"])
            fields, after = differences(before, after), before
        elif row["before"] is not None or kind in (ChangeKind.CHANGED, ChangeKind.MERGED):
            # A merge or a deletion keeps rows, not a card: what was before them is not compared with what came after.
            # Nor is what `desk.erasure` took out of a line.
            after = {}
        changes.append(
            Change(
                change_id=row["change_id"],
                kind=kind,
                at=row["at"],
                author=None if row["author"] is None else Author(row["employee_id"], row["author"]),
                fields=fields,
                other_id=row["other_id"],
                undone_at=row["undone_at"],
            )
        )
    return changes


async def _imports_of(connection: AsyncConnection, contact_id: str) -> list[Mapping[str, Any]]:
    """What imports did to the card, as lines of its history."""
    c = import_changes.c
    found = await connection.execute(
        select(c.import_id, c.version, c.before, imports.c.file_name, imports.c.started_at, imports.c.created_at)
        .join(imports, imports.c.import_id == c.import_id)
        .where(c.contact_id == contact_id)
    )
    return [
        {
            "change_id": f"import-{row.import_id}",
            "kind": ChangeKind.IMPORTED.value,
            "at": row.started_at or row.created_at,
            "employee_id": None,
            "author": row.file_name,
            "version": row.version,
            "before": None if row.before is None else json.dumps(_card_of_image(json.loads(row.before))),
            "other_id": None,
            "undone_at": None,
        }
        for row in found
    ]


def _card_of_image(image: Mapping[str, Any]) -> dict[str, Any]:
    """What an import remembers of a card before it (`imports.writing.image`), as far as a history tells it."""
    row = image["contact"]
    card: dict[str, Any] = {
        name: row[name] for name in ("kind", "name", "organisation", "position", "segment", "city", "comment")
    }
    card |= {name: json.loads(row[name]) for name in ("tags", "addresses", "custom") if name in row}
    return card | {
        "vip": bool(row["vip"]),
        "phones": [dict(zip(("number", "presented", "label"), phone, strict=True)) for phone in image["phones"]],
        "emails": [dict(zip(("email", "label"), email, strict=True)) for email in image["emails"]],
    }


def differences(before: Card, after: Card) -> tuple[FieldChange, ...]:
    """What differs; a field that one of them does not know is no difference."""
    return tuple(
        FieldChange(name, value, after[name])
        for name, value in before.items()
        if name in after and after[name] != value
    )


def draft_of(contact: Contact) -> ContactDraft:
    """The card as somebody would write it: what it says already."""
    return ContactDraft(
        name=contact.name,
        kind=contact.kind,
        organisation=contact.organisation,
        organisation_id=contact.organisation_id or "",
        position=contact.position,
        phones=contact.phones,
        emails=contact.emails,
        addresses=contact.addresses,
        manager_id=contact.manager.employee_id if contact.manager else None,
        deputy_ids=tuple(each.employee_id for each in contact.deputies if each.employee_id),
        segment=contact.segment,
        tags=contact.tags,
        vip=contact.vip,
        city=contact.city,
        comment=contact.comment,
        custom=dict(contact.custom),
        orders=contact.orders,
    )


def with_fields(draft: ContactDraft, fields: Sequence[FieldChange]) -> ContactDraft:
    """The draft with these fields as they were before."""
    changed: dict[str, Any] = {}
    for each in fields:
        match each.field:
            case "kind":
                changed["kind"] = Kind(each.before)
            case "phones":
                changed["phones"] = tuple(Phone(**phone) for phone in each.before)
            case "emails":
                changed["emails"] = tuple(Email(**email) for email in each.before)
            case "addresses":
                changed["addresses"] = tuple(Address(**address) for address in each.before)
            case "manager":
                changed["manager_id"] = each.before["employee_id"] if each.before else None
            case "deputies":
                changed["deputy_ids"] = tuple(deputy["employee_id"] for deputy in each.before)
            case "orders":
                changed["orders"] = tuple(_order(order) for order in each.before)
            case "tags":
                changed["tags"] = tuple(each.before)
            case "organisation_id":
                changed["organisation_id"] = each.before or ""
            case name:
                changed[name] = each.before
    return replace(draft, **changed)


def _order(order: Mapping[str, Any]) -> Order:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Order(
        number=order["number"],
        date=date.fromisoformat(order["date"]) if order["date"] else None,
        status=order["status"],
        total=amount(order["total"]),
        currency=order["currency"],
        items=tuple(Item(item["name"], amount(item["quantity"]), amount(item["price"])) for item in order["items"]),
    )
