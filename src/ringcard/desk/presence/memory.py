"""What employees chose, in the database: it outlives a restart, with what a PBX is still owed of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.desk.presence.states import AgentState, Source
from ringcard.desk.tables import employee_states
from ringcard.storage import reading, writing
from ringcard.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Added:
    """A device that we made a member of a queue: it is ours to remove again."""

    pbx: PbxId
    queue: str
    device: DeviceId


@dataclass(frozen=True, slots=True)
class Kept:
    """An employee's choice, as it is kept."""

    employee_id: str
    chosen: AgentState
    reason: str | None
    chosen_at: datetime | None
    source: Source
    present: bool
    until: datetime | None
    owed: bool = False
    """Their queues could not be told yet."""
    added: frozenset[Added] = field(default_factory=frozenset)


class KeepsStates(Protocol):
    """Where choices outlive the process."""

    async def states(self) -> Mapping[str, Kept]: ...

    async def keep_states(self, kept: Collection[Kept]) -> None: ...


class PresenceMemory:
    """Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def states(self) -> dict[str, Kept]:
        """Everybody's, by employee."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(employee_states))).all()
        return {
            row.employee_id: Kept(
                row.employee_id,
                AgentState(row.chosen),
                row.reason,
                row.chosen_at,
                Source(row.source),
                row.present,
                row.after_call_until,
                row.owed,
                frozenset(Added(PbxId(pbx), queue, DeviceId(device)) for pbx, queue, device in json.loads(row.added)),
            )
            for row in rows
        }

    async def keep_states(self, kept: Collection[Kept]) -> None:
        """Write them as they are now. Somebody who was deleted meanwhile is left out."""
        if not kept:
            return
        async with writing(self._engine) as connection:
            for each in kept:
                values = {
                    "chosen": each.chosen.value,
                    "reason": each.reason,
                    "chosen_at": each.chosen_at,
                    "source": each.source.value,
                    "present": each.present,
                    "after_call_until": each.until,
                    "owed": each.owed,
                    "added": json.dumps(sorted([one.pbx, one.queue, one.device] for one in each.added)),
                }
                statement = upsert(connection, employee_states).values(values | {"employee_id": each.employee_id})
                await connection.execute(statement.on_conflict_do_update(index_elements=["employee_id"], set_=values))
