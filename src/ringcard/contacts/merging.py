"""Making one card of two, and two of one again."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.contacts.changes import draft_of
from ringcard.contacts.model import LONGEST_COMMENT, Contact, ContactDraft
from ringcard.contacts.removal import BELONGINGS, LISTS, Rows, put_back
from ringcard.contacts.tables import contact_memberships, contacts


def merged(kept: Contact, other: Contact) -> ContactDraft:
    """What the card says when `other` has gone into it: its own words where it has any, else the other's."""
    draft, more = draft_of(kept), draft_of(other)
    empty = {
        name: getattr(more, name)
        for name in ("organisation", "organisation_id", "position", "manager_id", "segment", "city")
        if not getattr(draft, name)
    }
    orders = {order.number: order for order in (*(more.orders or ()), *(draft.orders or ()))}
    deputies = [*(draft.deputy_ids or ()), more.manager_id or "", *(more.deputy_ids or ())]
    if draft.organisation_id == other.contact_id:
        empty["organisation_id"] = ""
    return replace(
        draft,
        **empty,
        comment=_both(draft.comment, more.comment),
        phones=(*draft.phones, *more.phones),
        emails=(*draft.emails, *more.emails),
        addresses=(*(draft.addresses or ()), *(more.addresses or ())),
        deputy_ids=tuple(deputies),
        tags=(*draft.tags, *more.tags),
        vip=draft.vip or more.vip,
        custom={**(more.custom or {}), **(draft.custom or {})},
        orders=tuple(orders.values()),
    )


def _both(one: str | None, other: str | None) -> str | None:
    if not one or not other or other in one:
        return one or other
    text = f"{one}\n\n{other}"
    return text if len(text) <= LONGEST_COMMENT else one


async def move_belongings(connection: AsyncConnection, source: str, target: str) -> None:
    """Notes, calls, files and reminders go to `target`, and so do the people of an organisation."""
    for table in BELONGINGS.values():
        await connection.execute(update(table).where(table.c.contact_id == source).values(contact_id=target))
    await connection.execute(
        update(contact_memberships)
        .where(contact_memberships.c.organisation_id == source, contact_memberships.c.contact_id != target)
        .values(organisation_id=target)
    )


async def part(connection: AsyncConnection, kept_id: str, kept: Rows, other: Rows, people: list[str]) -> None:
    """Two cards again: `kept` says what it said, `other` is back with what was its own. What came since stays."""
    (row,) = kept[contacts.name]
    facts = {name: row[name] for name in _SAID if name in row}
    await connection.execute(update(contacts).where(contacts.c.contact_id == kept_id).values(facts))
    await put_back(connection, other, [contacts])
    for table in LISTS:
        await connection.execute(delete(table).where(table.c.contact_id == kept_id))
    await put_back(connection, kept, LISTS)
    await put_back(connection, other, LISTS)
    other_id = other[contacts.name][0]["contact_id"]
    for key, table in BELONGINGS.items():
        ids = [each[key] for each in other[table.name]]
        await connection.execute(update(table).where(table.c[key].in_(ids)).values(contact_id=other_id))
    await connection.execute(
        update(contact_memberships).where(contact_memberships.c.contact_id.in_(people)).values(organisation_id=other_id)
    )


async def people_of(connection: AsyncConnection, contact_id: str) -> list[str]:
    """The contacts whose organisation this card is."""
    found = await connection.execute(
        select(contact_memberships.c.contact_id).where(contact_memberships.c.organisation_id == contact_id)
    )
    return list(found.scalars())


_SAID = (
    "kind",
    "name",
    "organisation",
    "position",
    "manager_id",
    "segment",
    "tags",
    "vip",
    "city",
    "comment",
    "addresses",
    "custom",
    "external_id",
)
