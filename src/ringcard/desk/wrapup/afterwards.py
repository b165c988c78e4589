"""After a call: what it came to, and the notes typed in it, which become notes of the card.

A note being typed becomes one when its wrap-up is saved, or by itself once the call has been over for a while and
nothing more was typed; also after a restart, because it was in the database all the time. Of a caller without a card it
stays with the conversation, for the day a card is made of the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, ConversationId
from ringcard.contacts.model import ContactsError
from ringcard.contacts.store import ContactStore
from ringcard.desk.tables import wrap_ups
from ringcard.desk.wrapup.drafts import KeptDraft
from ringcard.desk.wrapup.notes import Notes
from ringcard.storage import StorageError, reading, writing
from ringcard.storage.upsert import upsert

STILL_S = 60.0
"""How long after the call and the last key a note becomes one of the card by itself."""

SWEEP_EVERY_S = 5.0
OLDEST_TRIED = timedelta(days=30)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What one employee wrote of one call when it was over."""

    call_id: CallId
    employee_id: str
    conversation_id: ConversationId
    outcome: str | None
    note: str
    order_number: str | None
    at: datetime


CardOf = Callable[[CallId], Awaitable[str | None]]
"""The id of the card of our own store whose call it was; None if there is none."""

NameOf = Callable[[str], str | None]


class WrapUps:
    """Every method raises `StorageError` if the database fails. `live` says whether a conversation goes on."""

    def __init__(
        self,
        engine: AsyncEngine,
        notes: Notes,
        contacts: ContactStore,
        card_of: CardOf,
        name_of: NameOf,
        live: Callable[[ConversationId], bool],
        clock: Callable[[], datetime],
        still_s: float = STILL_S,
    ) -> None:
        self._engine = engine
        self._notes = notes
        self._contacts = contacts
        self._card_of = card_of
        self._name_of = name_of
        self._live = live
        self._clock = clock
        self._still = timedelta(seconds=still_s)

    async def put(
        self,
        call_id: CallId,
        conversation_id: ConversationId,
        employee_id: str,
        *,
        outcome: str | None,
        note: str,
        order_number: str | None,
    ) -> WrapUp:
        """Keep it; saved again it is changed. A note that is new goes to the card, and the draft is settled."""
        before = next((each for each in await self.of(call_id) if each.employee_id == employee_id), None)
        done = WrapUp(call_id, employee_id, conversation_id, outcome, note.strip(), order_number, self._clock())
        values = {
            "conversation_id": conversation_id,
            "outcome": outcome,
            "note": done.note,
            "order_number": order_number,
            "at": done.at,
        }
        place = {"call_id": call_id, "employee_id": employee_id}
        async with writing(self._engine) as connection:
            statement = upsert(connection, wrap_ups).values(place | values)
            await connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=values))
        if done.note and (before is None or before.note != done.note):
            await self._write(call_id, employee_id, done.note)
        await self._notes.drop(conversation_id, employee_id)
        return done

    async def of(self, call_id: CallId) -> list[WrapUp]:
        """Everybody's of the call, the first first."""
        async with reading(self._engine) as connection:
            rows = (
                await connection.execute(select(wrap_ups).where(wrap_ups.c.call_id == call_id).order_by(wrap_ups.c.at))
            ).all()
        return [
            WrapUp(
                CallId(row.call_id),
                row.employee_id,
                ConversationId(row.conversation_id),
                row.outcome,
                row.note,
                row.order_number,
                row.at,
            )
            for row in rows
        ]

    async def sweep(self) -> tuple[ConversationId, ...]:
        """Notes that have lain still since their call was over go to the card. Returns whose drafts are gone."""
        now, gone = self._clock(), []
        for kept in self._notes.all():
            if self._live(kept.conversation_id) or now - kept.changed_at < self._still:
                continue
            if await self._settle(kept, now):
                gone.append(kept.conversation_id)
        return tuple(gone)

    async def _settle(self, kept: KeptDraft, now: datetime) -> bool:
        text = kept.draft.text.strip()
        if text and not await self._write(kept.call_id, kept.employee_id, text):
            if now - kept.changed_at < OLDEST_TRIED:
                return False  # somebody may still make a card of the call
            log.warning("desk.note_without_card", action="note_without_card", call_id=kept.call_id)
        await self._notes.drop(kept.conversation_id, kept.employee_id)
        return True

    async def _write(self, call_id: CallId, employee_id: str, text: str) -> bool:
        """The note on the card. False if the call has no card of our own."""
        contact_id = await self._card_of(call_id)
        if contact_id is None:
            return False
        try:
            await self._contacts.add_note(contact_id, text, self._name_of(employee_id), call_id=call_id)
        except ContactsError as error:
            log.warning("desk.note_not_kept", action="note_not_kept", call_id=call_id, problem=str(error))
            return False
        return True

    async def run(self, changed: Callable[[ConversationId], None]) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                for conversation_id in await self.sweep():
                    changed(conversation_id)
            except StorageError as error:
                log.warning("desk.notes_not_swept", action="notes_not_swept", problem=str(error))
