"""What the desk remembers, in the database: preferences, choices, missed callers, what phones said."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.missed import Handled, Handling, MissedCaller
from ringcard.desk.preferences import PopWhen, Preferences
from ringcard.desk.tables import caller_choices, desk_preferences, missed_callers, phone_words
from ringcard.pbx.connector import PhoneWords
from ringcard.storage import reading, writing
from ringcard.storage.upsert import upsert

LONGEST_WORDS = 400
"""What a phone says of itself is kept up to this length."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class DeskMemory:
    """Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    async def preferences(self) -> dict[str, Preferences]:
        """Of everybody who chose anything, by employee."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(desk_preferences))).all()
        return {
            row.employee_id: Preferences(
                PopWhen(row.pop_when),
                row.ring_sound,
                row.notify,
                row.missed_mail,
                row.mail_address,
                row.auto_answer,
            )
            for row in rows
        }

    async def keep_preferences(self, employee_id: str, preferences: Preferences) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(desk_preferences).where(desk_preferences.c.employee_id == employee_id))
            await connection.execute(
                insert(desk_preferences).values(
                    employee_id=employee_id,
                    pop_when=preferences.pop_when.value,
                    ring_sound=preferences.ring_sound,
                    notify=preferences.notify,
                    missed_mail=preferences.missed_mail,
                    mail_address=preferences.mail_address,
                    auto_answer=preferences.auto_answer,
                    changed_at=self._clock(),
                )
            )

    async def phones(self, pbx: PbxId) -> list[PhoneWords]:
        """What the phones of a PBX have said of themselves."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(phone_words).where(phone_words.c.pbx == pbx))).all()
        return [PhoneWords(DeviceId(row.device), frozenset(row.takes.split()), row.user_agent) for row in rows]

    async def keep_phone(self, pbx: PbxId, words: PhoneWords) -> None:
        async with writing(self._engine) as connection:
            clause = upsert(connection, phone_words).values(
                pbx=pbx,
                device=words.device,
                takes=" ".join(sorted(words.takes))[:LONGEST_WORDS],
                user_agent=words.user_agent.replace("\0", "")[:LONGEST_WORDS],
                heard_at=self._clock(),
            )
            told = {name: clause.excluded[name] for name in ("takes", "user_agent", "heard_at")}
            await connection.execute(clause.on_conflict_do_update(index_elements=["pbx", "device"], set_=told))

    async def choices(self) -> dict[str, str]:
        """The contact of each number of which an employee said whose it is."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(caller_choices.c.number, caller_choices.c.contact_id))
            return {row.number: row.contact_id for row in rows}

    async def keep_choice(self, number: str, contact_id: str | None, employee_id: str) -> None:
        """None forgets what was said."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(caller_choices).where(caller_choices.c.number == number))
            if contact_id is not None:
                await connection.execute(
                    insert(caller_choices).values(
                        number=number, contact_id=contact_id, employee_id=employee_id, chosen_at=self._clock()
                    )
                )

    async def forget_choices(self, numbers: Collection[str]) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(caller_choices).where(caller_choices.c.number.in_(numbers)))

    async def missed(self) -> list[MissedCaller]:
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(missed_callers))).all()
        return [
            MissedCaller(
                missed_id=row.missed_id,
                number=row.number,
                name=row.name,
                times=row.times,
                first_at=row.first_at,
                last_at=row.last_at,
                queue=row.queue,
                devices=tuple(DeviceId(device) for device in json.loads(row.devices)),
                calls=tuple(CallId(call) for call in json.loads(row.calls)),
                handling=Handling(Handled(row.handled), row.handled_at, row.handled_by, row.handled_call)
                if row.handled
                else None,
                assignee_id=row.assignee_id,
            )
            for row in rows
        ]

    async def keep_missed(self, entries: Collection[MissedCaller], gone: Collection[str] = ()) -> None:
        """Write these as they are now, and forget the numbers that are `gone`."""
        async with writing(self._engine) as connection:
            numbers = [*gone, *(entry.number for entry in entries)]
            await connection.execute(delete(missed_callers).where(missed_callers.c.number.in_(numbers)))
            if entries:
                await connection.execute(insert(missed_callers), [_row(entry) for entry in entries])


def _row(entry: MissedCaller) -> dict[str, Any]:
    handling = entry.handling
    return {
        "number": entry.number,
        "missed_id": entry.missed_id,
        "name": entry.name and entry.name[:200],
        "times": entry.times,
        "first_at": entry.first_at,
        "last_at": entry.last_at,
        "queue": entry.queue and entry.queue[:200],
        "devices": json.dumps(entry.devices),
        "calls": json.dumps(entry.calls),
        "handled": handling and handling.how.value,
        "handled_at": handling and handling.at,
        "handled_by": handling and handling.employee_id,
        "handled_call": handling and handling.call_id,
        "assignee_id": entry.assignee_id,
    }
