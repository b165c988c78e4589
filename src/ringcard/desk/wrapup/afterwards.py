"""After a call: what it came to, and the notes typed in it, which become notes of the card.

A note being typed becomes one when its wrap-up is saved, or by itself once the call has been over for a while and
nothing more was typed; also after a restart, because it was in the database all the time. Of a caller without a card it
waits, for the day a card is made of the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, ConversationId
from ringcard.contacts.model import ContactsError
from ringcard.contacts.store import ContactStore
from ringcard.desk.tables import wrap_ups
from ringcard.desk.wrapup.drafts import KeptDraft
from ringcard.desk.wrapup.notes import Notes
from ringcard.ledger import LedgerError
from ringcard.storage import StorageError, reading, writing
from ringcard.storage.upsert import upsert

STILL_S = 60.0
"""How long after the call and the last key a note becomes one of the card by itself."""

SWEEP_EVERY_S = 5.0
OLDEST_TRIED = timedelta(days=30)
RARER = 8
"""A note that waits for a card is looked at again after an eighth of the time that it has waited."""

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
        self._tried: dict[tuple[CallId, str], datetime] = {}
        """When a note that waits for a card was tried last."""

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
        """Keep it; saved again it is changed. A note that is new goes to the card, now or as soon as there is one, and
        the draft is settled."""
        version = self._notes.one(conversation_id, employee_id).version
        note = note.strip()
        before = await self._row(call_id, employee_id)
        since = before.for_card_since if before is not None and before.note == note else self._clock() if note else None
        done = WrapUp(call_id, employee_id, conversation_id, outcome, note, order_number, self._clock())
        await self._keep(done, since)
        if since is not None:
            with self._put_off("desk.note_put_off"):
                await self._bring(done)
        await self._notes.drop(conversation_id, employee_id, version)
        return done

    async def _keep(self, done: WrapUp, for_card_since: datetime | None) -> None:
        place = {"call_id": done.call_id, "employee_id": done.employee_id}
        values = {
            "conversation_id": done.conversation_id,
            "outcome": done.outcome,
            "note": done.note,
            "order_number": done.order_number,
            "at": done.at,
            "for_card_since": for_card_since,
        }
        async with writing(self._engine) as connection:
            statement = upsert(connection, wrap_ups).values(place | values)
            await connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=values))

    async def _bring(self, done: WrapUp) -> bool:
        """Its note to the card. False if the call has none of our own."""
        if not await self._write(done.call_id, done.employee_id, done.note):
            return False
        async with writing(self._engine) as connection:
            await connection.execute(
                update(wrap_ups)
                .where(
                    wrap_ups.c.call_id == done.call_id,
                    wrap_ups.c.employee_id == done.employee_id,
                    wrap_ups.c.note == done.note,
                )
                .values(for_card_since=None)
            )
        return True

    async def _rows(self, call_id: CallId) -> Sequence[Row[Any]]:
        async with reading(self._engine) as connection:
            query = select(wrap_ups).where(wrap_ups.c.call_id == call_id).order_by(wrap_ups.c.at)
            return (await connection.execute(query)).all()

    async def _row(self, call_id: CallId, employee_id: str) -> Row[Any] | None:
        return next((each for each in await self._rows(call_id) if each.employee_id == employee_id), None)

    async def of(self, call_id: CallId) -> list[WrapUp]:
        """Everybody's of the call, the first first."""
        return [_wrap_up(row) for row in await self._rows(call_id)]

    async def sweep(self) -> tuple[ConversationId, ...]:
        """Notes that have lain still since their call was over go to the card, and those that wait for one. Returns
        whose drafts are gone."""
        now, gone = self._clock(), []
        for kept in self._notes.all():
            if self._live(kept.conversation_id) or now - kept.changed_at < self._still:
                continue
            with self._put_off("desk.draft_not_swept"):
                if await self._settle(kept, now):
                    gone.append(kept.conversation_id)
        for call_id, employee_id in await self._due(now):
            with self._put_off("desk.note_put_off"):
                row = await self._row(call_id, employee_id)
                if row is not None and row.for_card_since is not None:
                    await self._bring(_wrap_up(row))
        return tuple(gone)

    async def _due(self, now: datetime) -> list[tuple[CallId, str]]:
        """Whose notes wait for a card and are tried now; the longer they wait the rarer: most such callers get none."""
        columns = (wrap_ups.c.call_id, wrap_ups.c.employee_id, wrap_ups.c.for_card_since)
        async with reading(self._engine) as connection:
            query = select(*columns).where(wrap_ups.c.for_card_since > now - OLDEST_TRIED)
            waiting = {(CallId(row[0]), row[1]): row[2] for row in await connection.execute(query)}
        tried = {key: at for key, at in self._tried.items() if key in waiting}
        due = [
            key
            for key, since in waiting.items()
            if key not in tried or now - tried[key] >= (tried[key] - since) / RARER
        ]
        self._tried = tried | dict.fromkeys(due, now)
        return due

    async def _settle(self, kept: KeptDraft, now: datetime) -> bool:
        text = kept.draft.text.strip()
        if text:
            if await self._write(kept.call_id, kept.employee_id, text):
                await self._is_on_card(kept, text)
            elif now - kept.changed_at < OLDEST_TRIED:
                return False  # somebody may still make a card of the call
            else:
                log.warning("desk.note_without_card", action="note_without_card", call_id=kept.call_id)
        await self._notes.drop(kept.conversation_id, kept.employee_id, kept.draft.version)
        return True

    async def _is_on_card(self, kept: KeptDraft, text: str) -> None:
        """So that it does not go there again when the employee, who may see it still, says that the call is done."""
        row = await self._row(kept.call_id, kept.employee_id)
        done = WrapUp(kept.call_id, kept.employee_id, kept.conversation_id, None, text, None, self._clock())
        await self._keep(done if row is None else replace(_wrap_up(row), note=text), None)

    @contextmanager
    def _put_off(self, what: str) -> Iterator[None]:
        """A database that fails now: what is kept is tried again, and the others are not kept waiting by it."""
        try:
            yield
        except (StorageError, LedgerError) as error:
            log.warning(what, action=what.removeprefix("desk."), problem=str(error))

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
            except (StorageError, LedgerError) as error:
                log.warning("desk.notes_not_swept", action="notes_not_swept", problem=str(error))


def _wrap_up(row: Row[Any]) -> WrapUp:
    return WrapUp(
        CallId(row.call_id),
        row.employee_id,
        ConversationId(row.conversation_id),
        row.outcome,
        row.note,
        row.order_number,
        row.at,
    )
