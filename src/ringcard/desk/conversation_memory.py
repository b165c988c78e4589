"""What travels with a conversation, in the database: hand-overs, notes being typed, call data."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.desk.call_data import CallData, data_of
from ringcard.desk.control.requests import Reason
from ringcard.desk.handover.packet import Handover, HandoverKind, HandoverOutcome, Receiver, Sender
from ringcard.desk.tables import call_data, handovers, note_drafts, wrap_ups
from ringcard.desk.wrapup.drafts import Draft, KeptDraft
from ringcard.storage import reading, writing
from ringcard.storage.upsert import upsert


def utc_now() -> datetime:
    return datetime.now(UTC)


class ConversationMemory:
    """Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    # Hand-overs

    async def keep_handovers(self, kept: Collection[Handover]) -> None:
        """Write them as they are now."""
        if not kept:
            return
        async with writing(self._engine) as connection:
            for handover in kept:
                row = _handover_row(handover)
                changed = {name: row[name] for name in row if name != "handover_id"}
                statement = upsert(connection, handovers).values(row)
                await connection.execute(statement.on_conflict_do_update(index_elements=["handover_id"], set_=changed))

    async def handovers_since(self, since: datetime) -> list[Handover]:
        """Those made since, oldest first."""
        return await self._handovers(handovers.c.made_at >= since)

    async def handovers_of(self, conversation_id: ConversationId) -> list[Handover]:
        """Those of a conversation, oldest first."""
        return await self._handovers(handovers.c.conversation_id == conversation_id)

    async def _handovers(self, which: Any) -> list[Handover]:
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                select(handovers).where(which).order_by(handovers.c.made_at, handovers.c.handover_id)
            )
            return [_handover(row) for row in rows.all()]

    # Notes being typed

    async def keep_draft(self, kept: KeptDraft) -> None:
        values = {
            "call_id": kept.call_id,
            "text": kept.draft.text,
            "version": kept.draft.version,
            "changed_at": kept.changed_at,
        }
        place = {"conversation_id": kept.conversation_id, "employee_id": kept.employee_id}
        async with writing(self._engine) as connection:
            statement = upsert(connection, note_drafts).values(place | values)
            await connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=values))

    async def drop_draft(self, conversation_id: ConversationId, employee_id: str, version: int) -> None:
        """Unless it was changed since this version."""
        async with writing(self._engine) as connection:
            await connection.execute(
                delete(note_drafts).where(
                    note_drafts.c.conversation_id == conversation_id,
                    note_drafts.c.employee_id == employee_id,
                    note_drafts.c.version == version,
                )
            )

    async def drafts(self) -> list[KeptDraft]:
        """All there are: each becomes a note soon after its call, so they are few."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(note_drafts))).all()
        return [
            KeptDraft(
                ConversationId(row.conversation_id),
                row.employee_id,
                CallId(row.call_id),
                Draft(row.text, row.version),
                row.changed_at,
            )
            for row in rows
        ]

    # Call data

    async def keep_data(self, conversation_id: ConversationId, data: CallData) -> None:
        values = {"version": data.version, "items": data.as_text(), "changed_at": self._clock()}
        async with writing(self._engine) as connection:
            statement = upsert(connection, call_data).values(values | {"conversation_id": conversation_id})
            await connection.execute(statement.on_conflict_do_update(index_elements=["conversation_id"], set_=values))

    async def data_since(self, since: datetime) -> dict[ConversationId, CallData]:
        """What was changed since, by conversation."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(call_data).where(call_data.c.changed_at >= since))).all()
        return {ConversationId(row.conversation_id): data_of(row.version, row.items) for row in rows}

    async def data_of(self, conversation_id: ConversationId) -> CallData | None:
        async with reading(self._engine) as connection:
            row = (
                await connection.execute(select(call_data).where(call_data.c.conversation_id == conversation_id))
            ).one_or_none()
        return None if row is None else data_of(row.version, row.items)

    # Erasure

    async def forget(self, conversations: Collection[ConversationId], calls: Collection[CallId]) -> None:
        """Nothing of these is kept any more."""
        async with writing(self._engine) as connection:
            for table in (handovers, note_drafts, call_data, wrap_ups):
                await connection.execute(delete(table).where(table.c.conversation_id.in_(conversations)))
            for table in (handovers, note_drafts, wrap_ups):
                await connection.execute(delete(table).where(table.c.call_id.in_(calls)))


def _handover_row(handover: Handover) -> dict[str, Any]:
    sender, receiver = handover.sender, handover.receiver
    return {
        "handover_id": handover.handover_id,
        "call_id": handover.call_id,
        "conversation_id": handover.conversation_id,
        "kind": handover.kind.value,
        "from_employee_id": sender.employee_id,
        "from_name": sender.name[:200],
        "from_device": sender.device,
        "to_employee_id": receiver.employee_id,
        "to_name": receiver.name[:200],
        "to_device": receiver.device,
        "to_queue": receiver.queue and receiver.queue[:200],
        "to_number": receiver.number and receiver.number[:64],
        "note": handover.note,
        "reason": handover.reason,
        "made_at": handover.at,
        "read_at": handover.read_at,
        "outcome": handover.outcome.value,
        "outcome_at": handover.outcome_at,
        "why": handover.why and handover.why.value,
    }


def _handover(row: Any) -> Handover:
    return Handover(
        handover_id=row.handover_id,
        call_id=CallId(row.call_id),
        conversation_id=ConversationId(row.conversation_id),
        kind=HandoverKind(row.kind),
        sender=Sender(row.from_employee_id, row.from_name, DeviceId(row.from_device)),
        receiver=Receiver(
            row.to_employee_id,
            row.to_name,
            None if row.to_device is None else DeviceId(row.to_device),
            row.to_queue,
            row.to_number,
        ),
        note=row.note,
        reason=row.reason,
        at=row.made_at,
        read_at=row.read_at,
        outcome=HandoverOutcome(row.outcome),
        outcome_at=row.outcome_at,
        why=None if row.why is None else Reason(row.why),
    )
