"""Our own contacts: writing them, finding them by hand, paging, linking calls.

Writing goes through SQLAlchemy; whole cards are read by a `cards.CardReader`, so there is one place that puts a card
together. What is written is visible to the reader when the method returns.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.cards import CardReader
from ringcard.contacts.model import (
    LONGEST_COMMENT,
    ChangedMeanwhile,
    Contact,
    ContactDraft,
    ContactId,
    ContactInvalid,
    NoSuchContact,
    Note,
    folded,
    typed,
)
from ringcard.contacts.rows import contact_values, list_rows, new_row, said_of
from ringcard.contacts.tables import (
    contact_calls,
    contact_emails,
    contact_notes,
    contact_orders,
    contact_phones,
    contacts,
)
from ringcard.numbers import NumberingPlan
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id
from ringcard.storage.upsert import upsert

MOST_LISTED = 200

CARDS_AT_ONCE = 8
"""A page of cards is read in steps of a millisecond: a call that rings meanwhile must not wait for somebody's list."""

Clock = Callable[[], datetime]
"""Tells the time, aware UTC."""


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """Some contacts, newest first; `next` goes into `before` for those that follow, None at the end."""

    items: tuple[Contact, ...]
    next: str | None


class ContactStore:
    """Our own contacts. `cards` must read the same database and belongs to the caller.

    Every method raises `StorageError` if the database fails.
    """

    def __init__(self, engine: AsyncEngine, cards: CardReader, plan: NumberingPlan, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._cards = cards
        self._plan = plan
        self._clock = clock

    @property
    def plan(self) -> NumberingPlan:
        """How this store reads numbers."""
        return self._plan

    def use_plan(self, plan: NumberingPlan) -> None:
        """Read numbers like this from now on; those that are kept stay as they were read."""
        self._plan = plan

    async def create(self, draft: ContactDraft, *, call_id: str | None = None) -> Contact:
        """Add a contact; with `call_id`, that call is linked to it.

        Somebody else having the same number is no error: both are found by it.

        Raises `ContactInvalid`.
        """
        draft = draft.checked(self._plan)
        now = self._clock()
        contact_id = ContactId(new_id(now))
        async with writing(self._engine) as connection:
            await self._insert(connection, contact_id, draft, now)
            if call_id is not None:
                await self._link(connection, contact_id, call_id, now)
        return await self.get(contact_id)

    async def get(self, contact_id: str) -> Contact:
        """The contact. Raises `NoSuchContact`."""
        found = await self._cards.with_ids([ContactId(contact_id)])
        if not found:
            raise NoSuchContact(f"there is no contact {contact_id}")
        return found[0]

    async def update(self, contact_id: str, version: int, draft: ContactDraft) -> Contact:
        """Replace what the contact says by the draft, if it still has `version`.

        The draft's `external_id` None leaves the one there is, so that a form that does not show it cannot lose it.

        Raises `NoSuchContact`, `ChangedMeanwhile`, `ContactInvalid`.
        """
        draft = draft.checked(self._plan)
        async with writing(self._engine) as connection:
            held = (
                await connection.execute(select(contacts.c.version).where(contacts.c.contact_id == contact_id))
            ).scalar_one_or_none()
            if held is None:
                raise NoSuchContact(f"there is no contact {contact_id}")
            if held != version:
                raise ChangedMeanwhile(f"contact {contact_id} is at version {held}, not {version}: read it again")
            await self._replace(connection, ContactId(contact_id), version, draft, self._clock())
        return await self.get(contact_id)

    async def search(
        self, *, number: str | None = None, q: str | None = None, limit: int = 50, before: str | None = None
    ) -> Page:
        """Contacts, the newest first: all, or those with `number` (any spelling), or those in which every word of `q`
        occurs: in name, organisation, e-mail or the digits of a phone; case and ё do not matter.
        """
        limit = max(1, min(limit, MOST_LISTED))
        conditions: list[ColumnElement[bool]] = []
        if number is not None:
            conditions.append(self._has_number(number))
        if q is not None:
            conditions.append(self._has_words(q))
        if before is not None:
            conditions.append(contacts.c.contact_id < before)
        async with reading(self._engine) as connection:
            found = await connection.execute(
                select(contacts.c.contact_id)
                .where(and_(True, *conditions))
                .order_by(contacts.c.contact_id.desc())
                .limit(limit + 1)
            )
            ids = list(found.scalars())
        items: list[Contact] = []
        for place in range(0, len(ids[:limit]), CARDS_AT_ONCE):
            items += await self._cards.with_ids(ids[:limit][place : place + CARDS_AT_ONCE])
            await asyncio.sleep(0)
        return Page(tuple(items), ids[limit - 1] if len(ids) > limit else None)

    async def add_note(self, contact_id: str, text: str, author: str | None, *, call_id: str | None = None) -> Note:
        """Write a note down. The contact's `version` stays: notes are only ever added.

        Raises `NoSuchContact`, `ContactInvalid`.
        """
        text = typed(text).strip()
        if not text:
            raise ContactInvalid("text", "a note needs a text")
        if len(text) > LONGEST_COMMENT:
            raise ContactInvalid("text", f"longer than {LONGEST_COMMENT} characters")
        now = self._clock()
        note = Note(new_id(now), text, author, now, call_id)
        try:
            async with writing(self._engine) as connection:
                await connection.execute(
                    insert(contact_notes).values(
                        note_id=note.note_id, contact_id=contact_id, text=text, author=author, at=now, call_id=call_id
                    )
                )
        except IntegrityError as error:
            raise NoSuchContact(f"there is no contact {contact_id}") from error
        return note

    async def link_call(self, contact_id: str, call_id: str) -> None:
        """Say that a call was with this contact; what was said of that call before is replaced.

        Raises `NoSuchContact`.
        """
        try:
            async with writing(self._engine) as connection:
                await self._link(connection, ContactId(contact_id), call_id, self._clock())
        except IntegrityError as error:
            raise NoSuchContact(f"there is no contact {contact_id}") from error

    async def calls_of(self, contact_id: str) -> frozenset[str]:
        """The calls that were linked to this contact by hand."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                select(contact_calls.c.call_id).where(contact_calls.c.contact_id == contact_id)
            )
            return frozenset(found.scalars())

    async def contact_of_call(self, call_id: str) -> Contact | None:
        """The contact that a call was linked to by hand."""
        async with reading(self._engine) as connection:
            contact_id = (
                await connection.execute(select(contact_calls.c.contact_id).where(contact_calls.c.call_id == call_id))
            ).scalar_one_or_none()
        return None if contact_id is None else await self.get(contact_id)

    def _has_number(self, number: str) -> ColumnElement[bool]:
        parsed = self._plan.parse(number)
        having = contact_phones.c.number == parsed if parsed else contact_phones.c.presented == typed(number).strip()
        # A list, not EXISTS: SQLite would look at every contact in turn for that.
        return contacts.c.contact_id.in_(select(contact_phones.c.contact_id).where(having))

    def _has_words(self, q: str) -> ColumnElement[bool]:
        by_text = and_(True, *(contacts.c.folded.contains(word, autoescape=True) for word in folded(q).split()))
        digits = "".join(re.findall(r"[0-9]", self._plan.parse(q) or q))
        looks_like_a_number = len(digits) >= 3 and re.fullmatch(r"[\s0-9+().\-]+", q)
        return or_(by_text, contacts.c.folded.contains(digits)) if looks_like_a_number else by_text

    async def _insert(
        self, connection: AsyncConnection, contact_id: ContactId, draft: ContactDraft, now: datetime
    ) -> None:
        with said_of(draft):
            await connection.execute(insert(contacts).values(new_row(contact_id, draft, now)))
        await self._insert_lists(connection, contact_id, draft)

    async def _replace(
        self, connection: AsyncConnection, contact_id: ContactId, version: int, draft: ContactDraft, now: datetime
    ) -> None:
        values = contact_values(draft)
        if draft.external_id is not None:
            values["external_id"] = draft.external_id
        with said_of(draft):
            await connection.execute(
                update(contacts)
                .where(contacts.c.contact_id == contact_id)
                .values(values | {"version": version + 1, "updated_at": now})
            )
        for table in (contact_phones, contact_emails, *(() if draft.orders is None else (contact_orders,))):
            await connection.execute(delete(table).where(table.c.contact_id == contact_id))
        await self._insert_lists(connection, contact_id, draft)

    async def _insert_lists(self, connection: AsyncConnection, contact_id: ContactId, draft: ContactDraft) -> None:
        for table, rows in list_rows(contact_id, draft):
            if rows:
                await connection.execute(insert(table), rows)

    async def _link(self, connection: AsyncConnection, contact_id: ContactId, call_id: str, now: datetime) -> None:
        values = {"contact_id": contact_id, "linked_at": now}
        statement = upsert(connection, contact_calls).values(values | {"call_id": call_id})
        await connection.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=values))
        await connection.execute(update(contacts).where(contacts.c.contact_id == contact_id).values(talked_at=now))
