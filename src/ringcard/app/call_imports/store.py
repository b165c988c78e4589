"""Keeping imports of old calls, and which calls each brought."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.calls.identifiers import CallId
from ringcard.people.tables import employees
from ringcard.storage import reading, writing
from ringcard.storage.schema import Moment, metadata
from ringcard.web.old_calls import (
    CallCounts,
    CallImport,
    CallImportInWrongState,
    CallImportState,
    LogFile,
    NoSuchCallImport,
)

call_imports = Table(
    "call_imports",
    metadata,
    Column("import_id", Integer, primary_key=True, autoincrement=True),
    Column("state", String(16), nullable=False, index=True),
    Column("file_name", String(300), nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("queue_log_name", String(300)),
    Column("queue_log_size", BigInteger),
    Column("queue_log_received", BigInteger, nullable=False),
    Column("pbx", String(100), nullable=False),
    Column("zone", String(100), nullable=False),
    Column("columns", Text, nullable=False),
    Column("encoding", String(20)),
    Column("counts", Text, nullable=False),
    Column("trial", Text),
    Column("problem", String(40)),
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL"), index=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("ended_at", Moment),
    sqlite_autoincrement=True,
)
"""`columns` is a JSON list, `counts` and `trial` are JSON of `CallCounts`."""

call_import_calls = Table(
    "call_import_calls",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("import_id", Integer, ForeignKey("call_imports.import_id", ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""Which import brought a call: written before the call is, so that whatever is there can be taken back."""

UNDER_WAY: Final = frozenset[CallImportState]({"trying", "running", "undoing"})


class CallImportStore:
    """The imports. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._clock = clock

    async def create(
        self, file: LogFile, queue_log: LogFile | None, *, pbx: str, zone: str, employee_id: str | None
    ) -> CallImport:
        """A new import whose files are still to come."""
        now = self._clock()
        values = {
            "state": "uploading",
            "file_name": file.name[-300:],
            "file_size": file.size,
            "received": 0,
            "queue_log_name": queue_log.name[-300:] if queue_log else None,
            "queue_log_size": queue_log.size if queue_log else None,
            "queue_log_received": 0,
            "pbx": pbx,
            "zone": zone,
            "columns": "[]",
            "counts": _json(CallCounts()),
            "employee_id": employee_id,
            "created_at": now,
            "changed_at": now,
        }
        async with writing(self._engine) as connection:
            result = await connection.execute(insert(call_imports).values(values))
            (import_id,) = result.inserted_primary_key or (0,)
            return _import(await _row(connection, import_id))

    async def get(self, import_id: int) -> CallImport:
        """Raises `NoSuchCallImport`."""
        async with reading(self._engine) as connection:
            return _import(await _row(connection, import_id))

    async def encoding(self, import_id: int) -> str:
        """How its file's bytes are read. Raises `NoSuchCallImport`."""
        async with reading(self._engine) as connection:
            return (await _row(connection, import_id)).encoding or "utf-8"

    async def newest(self, limit: int, before: int | None = None) -> list[CallImport]:
        """The imports, newest first."""
        query = select(call_imports).order_by(call_imports.c.import_id.desc()).limit(limit)
        if before is not None:
            query = query.where(call_imports.c.import_id < before)
        async with reading(self._engine) as connection:
            return [_import(row) for row in await connection.execute(query)]

    async def under_way(self) -> list[CallImport]:
        """What has to be worked on, oldest first."""
        query = (
            select(call_imports).where(call_imports.c.state.in_(sorted(UNDER_WAY))).order_by(call_imports.c.import_id)
        )
        async with reading(self._engine) as connection:
            return [_import(row) for row in await connection.execute(query)]

    async def change(self, import_id: int, allowed: Collection[CallImportState], **values: Any) -> CallImport:
        """Write columns. Raises `CallImportInWrongState` unless its state is one of `allowed`."""
        values = {name: _json(each) if isinstance(each, CallCounts) else each for name, each in values.items()}
        async with writing(self._engine) as connection:
            held = _import(await _row(connection, import_id))
            if held.state not in allowed:
                raise CallImportInWrongState(f"The import is {held.state}: this cannot be done now.")
            await connection.execute(
                update(call_imports)
                .where(call_imports.c.import_id == import_id)
                .values(values | {"changed_at": self._clock()})
            )
            return _import(await _row(connection, import_id))

    async def forget(self, import_id: int) -> None:
        """Raises `CallImportInWrongState` while it is under way."""
        async with writing(self._engine) as connection:
            if _import(await _row(connection, import_id)).state in UNDER_WAY:
                raise CallImportInWrongState("It is under way: stop it first.")
            await connection.execute(delete(call_import_calls).where(call_import_calls.c.import_id == import_id))
            await connection.execute(delete(call_imports).where(call_imports.c.import_id == import_id))

    async def brings(self, import_id: int, call_ids: Sequence[CallId]) -> None:
        """These calls are about to come by it; whichever import said so before, it is this one's now."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(call_import_calls).where(call_import_calls.c.call_id.in_(call_ids)))
            await connection.execute(
                insert(call_import_calls), [{"call_id": call_id, "import_id": import_id} for call_id in call_ids]
            )

    async def brought(self, import_id: int, limit: int) -> list[CallId]:
        """Some of the calls that came by it."""
        query = select(call_import_calls.c.call_id).where(call_import_calls.c.import_id == import_id).limit(limit)
        async with reading(self._engine) as connection:
            return [CallId(call_id) for call_id in (await connection.execute(query)).scalars()]

    async def count(self, import_id: int) -> int:
        """How many calls came by it."""
        query = select(func.count()).select_from(call_import_calls).where(call_import_calls.c.import_id == import_id)
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def taken_back(self, import_id: int, call_ids: Sequence[CallId], withdrawn: int) -> None:
        """They are gone, and with them `withdrawn` of it in all."""
        statement = delete(call_import_calls).where(call_import_calls.c.call_id == bindparam("gone"))
        async with writing(self._engine) as connection:
            await connection.execute(statement, [{"gone": call_id} for call_id in call_ids])
            counts = replace(_import(await _row(connection, import_id)).counts, withdrawn=withdrawn)
            await connection.execute(
                update(call_imports)
                .where(call_imports.c.import_id == import_id)
                .values(counts=_json(counts), changed_at=self._clock())
            )


async def _row(connection: AsyncConnection, import_id: int) -> Row[Any]:
    query = select(call_imports).where(call_imports.c.import_id == import_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NoSuchCallImport(f"There is no import {import_id}.")
    return row


def _import(row: Row[Any]) -> CallImport:
    queue_log = (
        None if row.queue_log_size is None else LogFile(row.queue_log_name, row.queue_log_size, row.queue_log_received)
    )
    return CallImport(
        import_id=row.import_id,
        state=row.state,
        stopping=False,
        can_go_on=False,
        file=LogFile(row.file_name, row.file_size, row.received),
        queue_log=queue_log,
        pbx=row.pbx,
        zone=row.zone,
        columns=tuple(msgspec.json.decode(row.columns)),
        counts=msgspec.json.decode(row.counts, type=CallCounts),
        trial=None if row.trial is None else msgspec.json.decode(row.trial, type=CallCounts),
        problem=row.problem,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
