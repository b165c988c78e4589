"""Our own contacts: writing them, finding them by hand, paging, linking calls.

Writing goes through SQLAlchemy; whole cards are read by a `cards.CardReader`, so there is one place that puts a card
together. What is written is visible to the reader when the method returns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.cards import CardReader
from ringcard.contacts.changes import Author, ChangeKind, card_of, note_change
from ringcard.contacts.fields import FieldSpec, fields_checked
from ringcard.contacts.model import (
    LONGEST_COMMENT,
    ChangedMeanwhile,
    Contact,
    ContactDraft,
    ContactId,
    ContactInvalid,
    Kind,
    NoSuchContact,
    Note,
)
from ringcard.contacts.model import (
    typed as typed_text,
)
from ringcard.contacts.rows import contact_values, list_rows, new_row, replaced_lists, said_of
from ringcard.contacts.search import FoundIn, Typed, candidates, found_in, ranked, typed
from ringcard.contacts.search_index import index, index_new
from ringcard.contacts.search_keys import in_other_layout
from ringcard.contacts.tables import (
    contact_calls,
    contact_deputies,
    contact_notes,
    contact_phones,
    contacts,
)
from ringcard.numbers import NumberingPlan
from ringcard.people.tables import employees
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id
from ringcard.storage.upsert import upsert

MOST_LISTED = 200

Clock = Callable[[], datetime]
"""Tells the time, aware UTC."""


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """Some contacts, newest first; `next` goes into `before` for those that follow, None at the end.

    Those that were searched come the likeliest first, on one page. `matches` then says of each contact why, and
    `read_as` how the words were read if the keyboard had been in the other layout.
    """

    items: tuple[Contact, ...]
    next: str | None = None
    matches: Mapping[ContactId, tuple[FoundIn, ...]] = field(default_factory=dict)
    read_as: str | None = None


class ContactStore:
    """Our own contacts. `cards` must read the same database and belongs to the caller.

    Every method raises `StorageError` if the database fails.
    """

    def __init__(self, engine: AsyncEngine, cards: CardReader, plan: NumberingPlan, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._cards = cards
        self._plan = plan
        self._clock = clock
        self._fields: tuple[FieldSpec, ...] = ()

    @property
    def plan(self) -> NumberingPlan:
        """How this store reads numbers."""
        return self._plan

    def use_plan(self, plan: NumberingPlan) -> None:
        """Read numbers like this from now on; those that are kept stay as they were read."""
        self._plan = plan

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """The company's own fields of a card."""
        return self._fields

    def use_fields(self, fields: Iterable[FieldSpec]) -> None:
        """Cards have these fields from now on. Raises `ValueError` for what cannot be meant."""
        self._fields = fields_checked(fields)

    async def create(self, draft: ContactDraft, *, call_id: str | None = None, by: Author | None = None) -> Contact:
        """Add a contact; with `call_id`, that call is linked to it.

        Somebody else having the same number is no error: both are found by it.

        Raises `ContactInvalid`.
        """
        draft = draft.checked(self._plan, self._fields)
        now = self._clock()
        contact_id = ContactId(new_id(now))
        async with writing(self._engine) as connection:
            await self._organisation_is_one(connection, contact_id, draft)
            await _employees_are_there(connection, draft)
            await self._insert(connection, contact_id, draft, now)
            await note_change(connection, ChangeKind.CREATED, contact_id, 1, now, by=by)
            if call_id is not None:
                await self._link(connection, contact_id, call_id, now)
        return await self.get(contact_id)

    async def get(self, contact_id: str) -> Contact:
        """The contact. Raises `NoSuchContact`."""
        found = await self._cards.with_ids([ContactId(contact_id)])
        if not found:
            raise NoSuchContact(f"there is no contact {contact_id}")
        return found[0]

    async def many(self, contact_ids: Iterable[str]) -> list[Contact]:
        """The contacts of these ids that are there, in their order."""
        return await self._cards.with_ids(map(ContactId, contact_ids))

    async def update(self, contact_id: str, version: int, draft: ContactDraft, *, by: Author | None = None) -> Contact:
        """Replace what the contact says by the draft, if it still has `version`.

        The draft's `external_id` None leaves the one there is, so that a form that does not show it cannot lose it.

        Raises `NoSuchContact`, `ChangedMeanwhile`, `ContactInvalid`.
        """
        held = await self.get(contact_id)
        draft = draft.checked(self._plan, self._fields, held)
        now = self._clock()
        async with writing(self._engine) as connection:
            await self.at_version(connection, contact_id, version)
            if held.version != version:
                raise ChangedMeanwhile(f"contact {contact_id} was at version {held.version}: read it again")
            await self._organisation_is_one(connection, contact_id, draft)
            await _employees_are_there(connection, draft)
            await self.rewrite(connection, contact_id, version, draft, now)
            before = card_of(held)
            await note_change(connection, ChangeKind.CHANGED, contact_id, version + 1, now, by=by, before=before)
        return await self.get(contact_id)

    async def at_version(self, connection: AsyncConnection, contact_id: str, version: int) -> None:
        """The contact is there and nobody has changed it since. Raises `NoSuchContact`, `ChangedMeanwhile`."""
        held = (
            await connection.execute(select(contacts.c.version).where(contacts.c.contact_id == contact_id))
        ).scalar_one_or_none()
        if held is None:
            raise NoSuchContact(f"there is no contact {contact_id}")
        if held != version:
            raise ChangedMeanwhile(f"contact {contact_id} is at version {held}, not {version}: read it again")

    async def search(
        self,
        *,
        number: str | None = None,
        q: str | None = None,
        limit: int = 50,
        before: str | None = None,
        managers: Collection[str] | None = None,
    ) -> Page:
        """Contacts, the newest first: all, or those with `number` (any spelling). With `managers`, only cards that
        one of these employees looks after, as the manager or as a deputy.

        With `q` those in which a word begins with each of its words, or whose number has its digits, the likeliest
        first: see `contacts.search`.
        """
        limit = max(1, min(limit, MOST_LISTED))
        if q is not None and (query := typed(q)).terms:
            return await self._found(query, number, limit, managers)
        if q and q.strip():
            return Page(())
        conditions: list[ColumnElement[bool]] = []
        if number is not None:
            conditions.append(self._has_number(number))
        if before is not None:
            conditions.append(contacts.c.contact_id < before)
        if managers is not None:
            conditions.append(_looked_after_by(managers))
        async with reading(self._engine) as connection:
            found = await connection.execute(
                select(contacts.c.contact_id)
                .where(and_(True, *conditions))
                .order_by(contacts.c.contact_id.desc())
                .limit(limit + 1)
            )
            ids = list(found.scalars())
        return Page(tuple(await self._cards.with_ids(ids[:limit])), ids[limit - 1] if len(ids) > limit else None)

    async def _found(self, query: Typed, number: str | None, limit: int, managers: Collection[str] | None) -> Page:
        async with reading(self._engine) as connection:
            found = await candidates(connection, query, managers)
            read_as = None
            if not found and (other := in_other_layout(query.text)) and (otherwise := typed(other)).terms:
                found = await candidates(connection, otherwise, managers)
                if found:
                    query, read_as = otherwise, other
            if (number is not None or managers is not None) and found:
                having = select(contacts.c.contact_id).where(
                    contacts.c.contact_id.in_([one.contact_id for one in found]),
                    *(() if number is None else (self._has_number(number),)),
                    *(() if managers is None else (_looked_after_by(managers),)),
                )
                owners = set((await connection.execute(having)).scalars())
                found = [one for one in found if one.contact_id in owners]
        best = ranked(found, query)[:limit]
        items = tuple(await self._cards.with_ids([ContactId(one.contact_id) for one in best]))
        return Page(items, None, {each.contact_id: found_in(each, query) for each in items}, read_as)

    async def add_note(self, contact_id: str, text: str, author: str | None, *, call_id: str | None = None) -> Note:
        """Write a note down. The contact's `version` stays: a note is added, or taken back whole.

        Raises `NoSuchContact`, `ContactInvalid`.
        """
        text = typed_text(text).strip()
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

    async def remove_note(self, contact_id: str, note_id: str, author: str) -> bool:
        """Take a note of `author` back; whether it was there. What others wrote stays."""
        theirs = (contact_notes.c.contact_id == contact_id) & (contact_notes.c.author == author)
        async with writing(self._engine) as connection:
            gone = await connection.execute(
                delete(contact_notes)
                .where(theirs, contact_notes.c.note_id == note_id)
                .returning(contact_notes.c.note_id)
            )
            return gone.first() is not None

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
        phone = contact_phones.c
        unread = and_(phone.number.is_(None), phone.presented == typed_text(number).strip())
        having = phone.number == parsed if parsed else unread
        # A list, not EXISTS: SQLite would look at every contact in turn for that.
        return contacts.c.contact_id.in_(select(contact_phones.c.contact_id).where(having))

    async def _insert(
        self, connection: AsyncConnection, contact_id: ContactId, draft: ContactDraft, now: datetime
    ) -> None:
        with said_of(draft):
            await connection.execute(insert(contacts).values(new_row(contact_id, draft, now)))
        await self._insert_lists(connection, contact_id, draft)
        await index_new(connection, [(contact_id, draft)])

    async def _organisation_is_one(self, connection: AsyncConnection, contact_id: str, draft: ContactDraft) -> None:
        if not draft.organisation_id:
            return
        kind = (
            await connection.execute(select(contacts.c.kind).where(contacts.c.contact_id == draft.organisation_id))
        ).scalar_one_or_none()
        if kind != Kind.ORGANISATION.value or draft.organisation_id == contact_id:
            raise ContactInvalid("organisation_id", "this is no card of an organisation")

    async def rewrite(
        self, connection: AsyncConnection, contact_id: str, version: int, draft: ContactDraft, now: datetime
    ) -> None:
        """Replace what the contact says by a checked draft, within somebody's transaction; see `update`."""
        values = contact_values(draft)
        if draft.external_id is not None:
            values["external_id"] = draft.external_id
        with said_of(draft):
            await connection.execute(
                update(contacts)
                .where(contacts.c.contact_id == contact_id)
                .values(values | {"version": version + 1, "updated_at": now})
            )
        for table in replaced_lists(draft):
            await connection.execute(delete(table).where(table.c.contact_id == contact_id))
        await self._insert_lists(connection, contact_id, draft)
        await index(connection, [contact_id])

    async def _insert_lists(self, connection: AsyncConnection, contact_id: str, draft: ContactDraft) -> None:
        for table, rows in list_rows(contact_id, draft):
            if rows:
                await connection.execute(insert(table), rows)

    async def _link(self, connection: AsyncConnection, contact_id: ContactId, call_id: str, now: datetime) -> None:
        values = {"contact_id": contact_id, "linked_at": now}
        statement = upsert(connection, contact_calls).values(values | {"call_id": call_id})
        await connection.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=values))
        await connection.execute(update(contacts).where(contacts.c.contact_id == contact_id).values(talked_at=now))


def _looked_after_by(employees: Collection[str]) -> ColumnElement[bool]:
    ids = sorted(employees)
    deputies = select(contact_deputies.c.contact_id).where(contact_deputies.c.employee_id.in_(ids))
    return or_(contacts.c.manager_id.in_(ids), contacts.c.contact_id.in_(deputies))


async def _employees_are_there(connection: AsyncConnection, draft: ContactDraft) -> None:
    """Whoever is to look after the card works here. Raises `ContactInvalid`.

    The database would refuse them too, but SQLite does not say which, and PostgreSQL not before a name is too long.
    """
    named = [("manager", draft.manager_id), *(("deputies", each) for each in draft.deputy_ids or ())]
    wanted = {employee_id for _, employee_id in named if employee_id}
    if not wanted:
        return
    found = await connection.execute(select(employees.c.employee_id).where(employees.c.employee_id.in_(wanted)))
    there = set(found.scalars())
    for field_name, employee_id in named:
        if employee_id and employee_id not in there:
            raise ContactInvalid(field_name, f"there is no employee {employee_id}")
