"""What somebody wants to be reminded of, with the card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.model import ContactInvalid, ContactsError, NoSuchContact, typed
from ringcard.contacts.store import utc_now
from ringcard.contacts.tables import contact_phones, contact_reminders, contacts
from ringcard.people.tables import employees
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id

LONGEST_TEXT = 2_000
MOST = 200
MOST_DUE = 2_000


class NoSuchReminder(ContactsError):
    """There is no such reminder on the card."""

    error_id = "no_such_reminder"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder: whose it is, when it is due, and since when it is done."""

    reminder_id: str
    contact_id: str
    employee_id: str
    employee: str
    due_at: datetime
    text: str
    call_id: str | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder that is due, with whom it is about: `number` is the card's first (E.164)."""

    reminder: Reminder
    contact_name: str
    organisation: str | None
    number: str | None

    def done(self, at: datetime) -> DueReminder:
        """The same, as it goes from the screens."""
        return replace(self, reminder=replace(self.reminder, done_at=self.reminder.done_at or at))


_ALL = select(contact_reminders, employees.c.name.label("employee")).join(
    employees, employees.c.employee_id == contact_reminders.c.employee_id
)


class Reminders:
    """The reminders of cards. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    async def of(self, contact_id: str) -> list[Reminder]:
        """The reminders of a card, the latest first, done ones too."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                _ALL.where(contact_reminders.c.contact_id == contact_id)
                .order_by(contact_reminders.c.due_at.desc(), contact_reminders.c.reminder_id)
                .limit(MOST)
            )
            return [Reminder(**row) for row in rows.mappings()]

    async def due(self, now: datetime) -> list[DueReminder]:
        """Everybody's that are due and not done, the longest due first."""
        number = (
            select(contact_phones.c.number)
            .where(contact_phones.c.contact_id == contact_reminders.c.contact_id, contact_phones.c.number.is_not(None))
            .order_by(contact_phones.c.place)
            .limit(1)
            .scalar_subquery()
        )
        about = _ALL.join(contacts, contacts.c.contact_id == contact_reminders.c.contact_id).add_columns(
            contacts.c.name.label("contact_name"), contacts.c.organisation, number.label("number")
        )
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                about.where(contact_reminders.c.due_at <= now, contact_reminders.c.done_at.is_(None))
                .order_by(contact_reminders.c.due_at, contact_reminders.c.reminder_id)
                .limit(MOST_DUE)
            )
            found = []
            for row in rows.mappings():
                about_whom = {name: row[name] for name in ("contact_name", "organisation", "number")}
                own = {name: row[name] for name in Reminder.__dataclass_fields__}
                found.append(DueReminder(Reminder(**own), **about_whom))
        return found

    async def add(
        self, contact_id: str, employee_id: str, due_at: datetime, text: str, *, call_id: str | None = None
    ) -> Reminder:
        """Remind the employee. Raises `ContactInvalid`, `NoSuchContact`."""
        text = typed(text).strip()
        if not text or len(text) > LONGEST_TEXT:
            raise ContactInvalid("text", f"a reminder needs a text of at most {LONGEST_TEXT} characters")
        now = self._clock()
        reminder_id = new_id(now)
        try:
            async with writing(self._engine) as connection:
                await connection.execute(
                    insert(contact_reminders).values(
                        reminder_id=reminder_id,
                        contact_id=contact_id,
                        employee_id=employee_id,
                        due_at=due_at,
                        text=text,
                        call_id=call_id,
                        created_at=now,
                    )
                )
        except IntegrityError as error:
            raise NoSuchContact(f"there is no contact {contact_id}, or no such employee") from error
        return await self._get(contact_id, reminder_id)

    async def finish(self, contact_id: str, reminder_id: str, *, done: bool) -> Reminder:
        """Mark it as done, or as open again. Raises `NoSuchReminder`."""
        await self._get(contact_id, reminder_id)
        async with writing(self._engine) as connection:
            await connection.execute(
                update(contact_reminders)
                .where(contact_reminders.c.reminder_id == reminder_id)
                .values(done_at=self._clock() if done else None)
            )
        return await self._get(contact_id, reminder_id)

    async def _get(self, contact_id: str, reminder_id: str) -> Reminder:
        async with reading(self._engine) as connection:
            row = (
                (
                    await connection.execute(
                        _ALL.where(
                            contact_reminders.c.contact_id == contact_id,
                            contact_reminders.c.reminder_id == reminder_id,
                        )
                    )
                )
                .mappings()
                .one_or_none()
            )
        if row is None:
            raise NoSuchReminder("there is no such reminder on this card")
        return Reminder(**row)
