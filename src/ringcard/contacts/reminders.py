"""What somebody wants to be reminded of, with the card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.model import ContactInvalid, ContactsError, NoSuchContact, typed
from ringcard.contacts.store import utc_now
from ringcard.contacts.tables import contact_reminders
from ringcard.people.tables import employees
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id

LONGEST_TEXT = 2_000
MOST = 200


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
