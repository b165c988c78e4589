"""Cards that may be of one and the same: with one number, or one e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.tables import contact_emails, contact_phones
from ringcard.storage import reading

MOST_GROUPS = 50
MOST_IN_A_GROUP = 20


class Sameness(StrEnum):
    """What two cards have in common."""

    NUMBER = "number"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Group:
    """Cards with the same `key`: an E.164 number or an address in small letters. At most `MOST_IN_A_GROUP` of them."""

    key: str
    contact_ids: tuple[str, ...]


async def find(engine: AsyncEngine, by: Sameness, *, after: str = "", limit: int = MOST_GROUPS) -> list[Group]:
    """The groups whose key comes after `after`, in order of their keys. Raises `StorageError`."""
    table, key = _key_of(by)
    limit = max(1, min(limit, MOST_GROUPS))
    async with reading(engine) as connection:
        keys = list(
            (
                await connection.execute(
                    select(key)
                    .where(key > after)
                    .group_by(key)
                    .having(func.count(table.c.contact_id.distinct()) > 1)
                    .order_by(key)
                    .limit(limit)
                )
            ).scalars()
        )
        members: dict[str, dict[str, None]] = {each: {} for each in keys}
        found = await connection.execute(
            select(key, table.c.contact_id).where(key.in_(keys)).order_by(key, table.c.contact_id)
        )
        for each, contact_id in found:
            members[each][contact_id] = None
    return [Group(each, tuple(ids)[:MOST_IN_A_GROUP]) for each, ids in members.items()]


def _key_of(by: Sameness) -> tuple[Table, ColumnElement[str]]:
    if by is Sameness.NUMBER:
        return contact_phones, contact_phones.c.number
    return contact_emails, func.lower(contact_emails.c.email)
