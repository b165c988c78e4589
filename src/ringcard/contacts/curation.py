"""Looking after cards: their history, deleting, making one of two. All of it can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.changes import (
    Author,
    Change,
    ChangeKind,
    card_of,
    draft_of,
    history_of,
    note_change,
    undone,
    with_fields,
)
from ringcard.contacts.duplicates import Sameness
from ringcard.contacts.duplicates import find as find_duplicates
from ringcard.contacts.merging import merged, move_belongings, part, people_of
from ringcard.contacts.model import ChangedMeanwhile, Contact, ContactInvalid, ContactsError, NoSuchContact
from ringcard.contacts.removal import BELONGINGS, LISTS, put_back, remove, rows_of
from ringcard.contacts.search_index import index
from ringcard.contacts.store import ContactStore, utc_now
from ringcard.contacts.tables import contact_changes, contact_phones, contacts
from ringcard.storage import reading, writing


class NoSuchChange(ContactsError):
    """There is no such line in the card's history, or it cannot be taken back."""

    error_id = "no_such_change"


class Curation:
    """What is done to whole cards. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, store: ContactStore, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._store = store
        self._clock = clock

    async def history(self, contact_id: str) -> list[Change]:
        """What was done to the card, newest first. Raises `NoSuchContact`."""
        contact = await self._store.get(contact_id)
        async with reading(self._engine) as connection:
            return await history_of(connection, contact)

    async def gone_into(self, contact_id: str) -> str | None:
        """The card that a merged one went into, in the end; None if it went into none."""
        async with reading(self._engine) as connection:
            for _ in range(16):
                line = await self._last(connection, contact_id, ChangeKind.MERGED_INTO)
                if line is None or line["undone_at"] is not None:
                    return None
                contact_id = line["other_id"]
                if await _is_there(connection, contact_id):
                    return contact_id
        return None

    async def take_back(self, contact_id: str, change_id: str, *, by: Author | None) -> Contact:
        """Give the fields that a change changed their former values: a change of its own.

        Raises `NoSuchContact`, `NoSuchChange`, and `ChangedMeanwhile` if one of the fields was changed since.
        """
        contact = await self._store.get(contact_id)
        async with reading(self._engine) as connection:
            changes = await history_of(connection, contact)
        change = next((each for each in changes if each.change_id == change_id), None)
        if change is None or change.kind is not ChangeKind.CHANGED or not change.fields or change.undone_at is not None:
            raise NoSuchChange("this change is not in the card's history, or was taken back already")
        now_says = card_of(contact)
        since = [each.field for each in change.fields if now_says[each.field] != each.after]
        if since:
            raise ChangedMeanwhile(f"changed again since: {', '.join(since)}")
        draft = with_fields(draft_of(contact), change.fields)
        restored = await self._store.update(contact_id, contact.version, draft, by=by)
        async with writing(self._engine) as connection:
            await undone(connection, change_id, self._clock())
        return restored

    async def delete(self, contact_id: str, version: int, *, by: Author | None) -> frozenset[str]:
        """Delete the card; `restore` brings it back. Returns the numbers it had.

        Raises `NoSuchContact`, `ChangedMeanwhile`.
        """
        now = self._clock()
        async with writing(self._engine) as connection:
            await self._store.at_version(connection, contact_id, version)
            rows = await rows_of(connection, contact_id)
            before = {"rows": rows, "people": await people_of(connection, contact_id)}
            await remove(connection, contact_id)
            await note_change(connection, ChangeKind.DELETED, contact_id, version, now, by=by, before=before)
        return frozenset(row["number"] for row in rows[contact_phones.name] if row["number"])

    async def restore(self, contact_id: str, *, by: Author | None) -> Contact:
        """Bring a deleted card back as it was. Raises `NoSuchContact`, `ContactInvalid` if its place is taken."""
        now = self._clock()
        async with writing(self._engine) as connection:
            line = await self._last(connection, contact_id, ChangeKind.DELETED)
            if line is None or line["before"] is None or line["undone_at"] is not None:
                raise NoSuchContact(f"there is no deleted contact {contact_id}")
            if await _is_there(connection, contact_id):
                raise ContactInvalid("contact_id", "an import has made this card again: it is there")
            rows = json.loads(line["before"])["rows"]
            await self._external_id_is_free(connection, rows)
            await put_back(connection, rows, [contacts, *LISTS, *BELONGINGS.values()])
            await index(connection, [contact_id])
            await undone(connection, line["change_id"], now)
            await note_change(connection, ChangeKind.RESTORED, contact_id, line["version"], now, by=by)
        return await self._store.get(contact_id)

    async def merge(
        self, kept_id: str, kept_version: int, other_id: str, other_version: int, *, by: Author | None
    ) -> tuple[Contact, str]:
        """Let `other_id` go into `kept_id`, with everything that belongs to it; `part` takes it back.

        Returns the card, and the id of the change. Raises `NoSuchContact`, `ChangedMeanwhile`, `ContactInvalid`.
        """
        if kept_id == other_id:
            raise ContactInvalid("other", "a card cannot go into itself")
        kept, other = await self._store.get(kept_id), await self._store.get(other_id)
        draft = merged(kept, other).checked(self._store.plan, self._store.fields, _knows_all_of(kept, other))
        now = self._clock()
        async with writing(self._engine) as connection:
            await self._store.at_version(connection, kept_id, kept_version)
            await self._store.at_version(connection, other_id, other_version)
            if (kept.version, other.version) != (kept_version, other_version):
                raise ChangedMeanwhile("one of the two was changed: read them again")
            rows, others = await rows_of(connection, kept_id), await rows_of(connection, other_id)
            before: dict[str, Any] = {"kept": rows, "other": others, "people": await people_of(connection, other_id)}
            await move_belongings(connection, other_id, kept_id)
            await remove(connection, other_id)
            if rows[contacts.name][0]["external_id"] is None:
                # Else the next import from where the other came from would make it anew.
                draft = replace(draft, external_id=others[contacts.name][0]["external_id"])
            await self._store.rewrite(connection, kept_id, kept_version, draft, now)
            version = kept_version + 1
            change_id = await note_change(
                connection, ChangeKind.MERGED, kept_id, version, now, by=by, before=before, other_id=other_id
            )
            await note_change(connection, ChangeKind.MERGED_INTO, other_id, other_version, now, by=by, other_id=kept_id)
        contact = await self._store.get(kept_id)
        async with writing(self._engine) as connection:
            # By this `part` tells whether what was changed since was taken back, by hand or with an import.
            before["after"] = card_of(contact)
            this = contact_changes.c.change_id == change_id
            await connection.execute(
                update(contact_changes).where(this).values(before=json.dumps(before, ensure_ascii=False))
            )
        return contact, change_id

    async def part(self, kept_id: str, change_id: str, *, by: Author | None) -> tuple[Contact, Contact]:
        """Take a merge back: two cards again, as they were; what was added to the one since stays with it.

        Raises `NoSuchChange`, and `ChangedMeanwhile` if the card does not say what it said after the merge.
        """
        now = self._clock()
        async with writing(self._engine) as connection:
            line = await self._line(connection, kept_id, change_id)
            if line is None or line["kind"] != ChangeKind.MERGED.value or line["undone_at"] is not None:
                raise NoSuchChange("this is no merge of the card, or it was taken back already")
            if line["before"] is None:
                raise NoSuchChange("one of the two was erased")
            before = json.loads(line["before"])
            held = await self._store.get(kept_id)
            version = held.version
            if version != line["version"] and card_of(held) != before.get("after"):
                raise ChangedMeanwhile("the card says something else than after the merge: take that back first")
            await self._store.at_version(connection, kept_id, version)
            other_id = line["other_id"]
            await self._external_id_is_free(connection, before["other"], but_of=kept_id)
            await part(connection, kept_id, before["kept"], before["other"], before["people"])
            await connection.execute(
                update(contacts).where(contacts.c.contact_id == kept_id).values(version=version + 1, updated_at=now)
            )
            await index(connection, [kept_id, other_id])
            await undone(connection, change_id, now)
            into = await self._last(connection, other_id, ChangeKind.MERGED_INTO)
            if into is not None:
                await undone(connection, into["change_id"], now)
            await note_change(connection, ChangeKind.PARTED, kept_id, version + 1, now, by=by, other_id=other_id)
        return await self._store.get(kept_id), await self._store.get(other_id)

    async def duplicates(self, by: Sameness, *, after: str, limit: int) -> list[tuple[str, list[Contact]]]:
        """What cards have in common, and the cards; see `duplicates.find`."""
        groups = await find_duplicates(self._engine, by, after=after, limit=limit)
        return [(each.key, await self._store.many(each.contact_ids)) for each in groups]

    async def people_of(self, contact_id: str) -> list[Contact]:
        """The people of an organisation, at most 200. Raises `NoSuchContact`."""
        await self._store.get(contact_id)
        async with reading(self._engine) as connection:
            ids = await people_of(connection, contact_id)
        return await self._store.many(ids[:200])

    async def _line(self, connection: AsyncConnection, contact_id: str, change_id: str) -> Any:
        return (
            (
                await connection.execute(
                    select(contact_changes).where(
                        contact_changes.c.contact_id == contact_id, contact_changes.c.change_id == change_id
                    )
                )
            )
            .mappings()
            .one_or_none()
        )

    async def _last(self, connection: AsyncConnection, contact_id: str, kind: ChangeKind) -> Any:
        return (
            (
                await connection.execute(
                    select(contact_changes)
                    .where(contact_changes.c.contact_id == contact_id, contact_changes.c.kind == kind.value)
                    .order_by(contact_changes.c.change_id.desc())
                    .limit(1)
                )
            )
            .mappings()
            .one_or_none()
        )

    async def _external_id_is_free(self, connection: AsyncConnection, rows: Any, but_of: str = "") -> None:
        key = rows[contacts.name][0]["external_id"]
        if key is None:
            return
        taken = await connection.execute(select(contacts.c.contact_id).where(contacts.c.external_id == key))
        if (owner := taken.scalar_one_or_none()) not in (None, but_of):
            raise ContactInvalid("external_id", f"card {owner} has the external id {key!r} now")


def _knows_all_of(kept: Contact, other: Contact) -> Contact:
    """For checking: values of fields that are no longer declared stay, whichever of the two had them."""
    return replace(kept, custom={**other.custom, **kept.custom})


async def _is_there(connection: AsyncConnection, contact_id: str) -> bool:
    found = await connection.execute(select(contacts.c.contact_id).where(contacts.c.contact_id == contact_id))
    return found.first() is not None
