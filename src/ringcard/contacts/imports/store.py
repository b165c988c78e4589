"""Keeping imports, and what columns were taken for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.changes import ChangeKind
from ringcard.contacts.imports.columns import signature
from ringcard.contacts.imports.model import (
    UNDER_WAY,
    Choices,
    ImportInWrongState,
    ImportJob,
    ImportState,
    NoSuchImport,
    Progress,
    Undone,
)
from ringcard.contacts.imports.reading import Layout
from ringcard.contacts.imports.tables import import_changes, import_mappings, imports
from ringcard.contacts.model import folded
from ringcard.contacts.store import utc_now
from ringcard.contacts.tables import contact_changes, contacts
from ringcard.people.tables import employees
from ringcard.storage import reading, writing

KEPT = "kept"
"""The action of a change that an undo left as it is."""


class ImportStore:
    """The imports. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    @property
    def engine(self) -> AsyncEngine:
        """The database, which the contacts are in too."""
        return self._engine

    async def create(self, file_name: str, file_size: int, *, language: str, employee_id: str | None) -> ImportJob:
        """A new import of a file that is still to come."""
        now = self._clock()
        async with writing(self._engine) as connection:
            result = await connection.execute(
                insert(imports).values(
                    state=ImportState.UPLOADING.value,
                    stop=False,
                    file_name=file_name[-300:] or "file",
                    file_size=file_size,
                    received=0,
                    language=language,
                    progress=_json(Progress()),
                    records=0,
                    employee_id=employee_id,
                    created_at=now,
                    changed_at=now,
                )
            )
            (import_id,) = result.inserted_primary_key or (0,)
        return await self.get(import_id)

    async def get(self, import_id: int) -> ImportJob:
        """Raises `NoSuchImport`."""
        async with reading(self._engine) as connection:
            return await job(connection, import_id)

    async def newest(self, limit: int = 50, before: int | None = None) -> list[ImportJob]:
        """The imports, newest first."""
        query = select(imports).order_by(imports.c.import_id.desc()).limit(limit)
        if before is not None:
            query = query.where(imports.c.import_id < before)
        async with reading(self._engine) as connection:
            return [_job(row) for row in await connection.execute(query)]

    async def managers(self) -> dict[str, str]:
        """Whom a file may name as manager or deputy: employees by folded name and login."""
        query = select(employees.c.employee_id, employees.c.name, employees.c.login)
        found: dict[str, str] = {}
        async with reading(self._engine) as connection:
            for employee_id, name, login in await connection.execute(query):
                found |= {folded(name): employee_id, folded(login): employee_id}
        return found

    async def under_way(self) -> list[int]:
        """The imports that a process works on, or did when we were stopped, oldest first."""
        query = (
            select(imports.c.import_id)
            .where(imports.c.state.in_([state.value for state in UNDER_WAY]))
            .order_by(imports.c.import_id)
        )
        async with reading(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def received(self, import_id: int, size: int) -> None:
        """Note how much of the file is there."""
        await self._set(import_id, (ImportState.UPLOADING,), received=size)

    async def looked_at(self, import_id: int, layout: Layout, header: Sequence[str], choices: Choices) -> ImportJob:
        """The file is whole; this is how it is read and what its columns are proposed to mean."""
        return await self._set(
            import_id,
            (ImportState.UPLOADING, ImportState.READY),
            state=ImportState.READY.value,
            layout=_json(layout),
            header=_json(list(header)),
            choices=_json(choices),
            received=imports.c.file_size,
            trial=None,
            problem=None,
        )

    async def chosen(self, import_id: int, choices: Choices) -> ImportJob:
        """What a person chose; it is remembered for files with the same columns."""
        held = await self._set(import_id, (ImportState.READY,), choices=_json(choices), trial=None)
        values = {"meanings": _json(choices.meanings), "used_at": self._clock()}
        key = signature(held.header)
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(import_mappings).where(import_mappings.c.signature == key).values(values)
            )
            if changed.rowcount == 0:
                await connection.execute(insert(import_mappings).values(values | {"signature": key}))
        return held

    async def remembered(self, header: Sequence[str]) -> tuple[str, ...] | None:
        """What a person took these columns for before."""
        query = select(import_mappings.c.meanings).where(import_mappings.c.signature == signature(header))
        async with reading(self._engine) as connection:
            text = (await connection.execute(query)).scalar_one_or_none()
        return None if text is None else tuple(json.loads(text))

    async def begin(self, import_id: int, state: ImportState) -> ImportJob:
        """Let a process work on it: try, run (or go on running), undo. Raises `ImportInWrongState`."""
        allowed = {
            ImportState.TRYING: (ImportState.READY,),
            ImportState.RUNNING: (ImportState.READY, ImportState.CANCELLED, ImportState.FAILED),
            ImportState.UNDOING: (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED, ImportState.UNDOING),
        }[state]
        more: dict[str, Any] = {} if state is ImportState.UNDOING else {"started_at": self._clock()}
        if state is ImportState.TRYING:
            more["trial"] = None
        return await self._set(import_id, allowed, state=state.value, stop=False, problem=None, ended_at=None, **more)

    async def stop(self, import_id: int) -> ImportJob:
        """Ask whoever works on it to stop after the batch at hand."""
        return await self._set(import_id, (ImportState.TRYING, ImportState.RUNNING), stop=True)

    async def stopped(self, import_id: int) -> None:
        """It was stopped because somebody asked for it."""
        await self._end(import_id, ImportState.CANCELLED, None)

    async def failed(self, import_id: int, problem: str) -> None:
        """Say why it could not go on."""
        await self._end(import_id, ImportState.FAILED, problem)

    async def forget(self, import_id: int) -> None:
        """Forget an import: what it wrote stays and can no longer be undone. Raises `ImportInWrongState`."""
        async with writing(self._engine) as connection:
            if (await job(connection, import_id)).state in UNDER_WAY:
                raise ImportInWrongState("It is under way: stop it first.")
            await connection.execute(delete(import_changes).where(import_changes.c.import_id == import_id))
            await connection.execute(delete(imports).where(imports.c.import_id == import_id))

    async def kept(self, import_id: int, limit: int = 200) -> list[tuple[str, str]]:
        """Contacts that an undo left because somebody changed them: id and name. One that went into another is that."""
        went = contact_changes.alias()
        into = and_(
            went.c.contact_id == import_changes.c.contact_id,
            went.c.kind == ChangeKind.MERGED_INTO.value,
            went.c.undone_at.is_(None),
        )
        kept = (
            select(func.coalesce(went.c.other_id, import_changes.c.contact_id))
            .select_from(import_changes.outerjoin(went, into))
            .where(import_changes.c.import_id == import_id, import_changes.c.action == KEPT)
        )
        query = select(contacts.c.contact_id, contacts.c.name).where(contacts.c.contact_id.in_(kept))
        async with reading(self._engine) as connection:
            found = await connection.execute(query.order_by(contacts.c.contact_id).limit(limit))
            return [(row.contact_id, row.name) for row in found]

    async def changes(self, import_id: int) -> int:
        """How many contacts it created or changed."""
        query = select(func.count()).select_from(import_changes).where(import_changes.c.import_id == import_id)
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def _end(self, import_id: int, state: ImportState, problem: str | None) -> None:
        now = self._clock()
        async with writing(self._engine) as connection:
            held = await job(connection, import_id)
            if held.state not in UNDER_WAY:
                return
            values: dict[str, Any] = {"state": state.value, "ended_at": now}
            if held.state is ImportState.TRYING:
                values = {"state": ImportState.READY.value, "trial": None}
            elif held.state is ImportState.UNDOING:
                values = {}  # goes on when it is asked for again, or at the next start
            values |= {"stop": False, "problem": problem, "changed_at": now}
            await connection.execute(update(imports).where(imports.c.import_id == import_id).values(values))

    async def _set(self, import_id: int, allowed: Iterable[ImportState], **values: Any) -> ImportJob:
        async with writing(self._engine) as connection:
            held = await job(connection, import_id)
            if held.state not in allowed:
                raise ImportInWrongState(f"The import is {held.state.value}: this cannot be done now.")
            await connection.execute(
                update(imports).where(imports.c.import_id == import_id).values(values | {"changed_at": self._clock()})
            )
            return await job(connection, import_id)


async def job(connection: AsyncConnection, import_id: int) -> ImportJob:
    """The import. Raises `NoSuchImport`."""
    row = (await connection.execute(select(imports).where(imports.c.import_id == import_id))).one_or_none()
    if row is None:
        raise NoSuchImport(f"there is no import {import_id}")
    return _job(row)


def _job(row: Row[Any]) -> ImportJob:
    held = dict(row._mapping)
    return ImportJob(
        **{
            **held,
            "state": ImportState(held["state"]),
            "layout": _read(held["layout"], Layout),
            "header": tuple(json.loads(held["header"])) if held["header"] else (),
            "choices": _read(held["choices"], Choices),
            "progress": msgspec.json.decode(held["progress"], type=Progress),
            "trial": _read(held["trial"], Progress),
            "undo": _read(held["undo"], Undone),
        }
    )


def _read(text: str | None, type_: type[Any]) -> Any:
    return None if text is None else msgspec.json.decode(text, type=type_)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
