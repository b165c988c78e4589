"""Imports as the tests of them run them: a file's bytes in, what is in the store and what was not taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports.model import Duplicates, ImportJob, ImportState, Key
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.imports.spool import Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.worker import work
from ringcard.contacts.tables import contact_emails, contact_orders, contact_phones, contact_search, contacts
from ringcard.numbers import NumberingPlan
from ringcard.storage import reading

PLAN = NumberingPlan("RU", area_code="495", internal="101-106")


class Time:
    """A second passes with every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Stage:
    """An `Importing` on a database, whose work is done when the test says so."""

    engine: AsyncEngine
    folder: Path
    language: str = "en"
    time: Time = field(default_factory=Time)
    largest_file: int = 1 << 30
    fields: Sequence[FieldSpec] = ()

    def __post_init__(self) -> None:
        self.store = ImportStore(self.engine, clock=self.time)
        self.spool = Spool(self.folder / "spool", largest_file=self.largest_file)
        self.woken = 0
        self.importing = Importing(self.store, self.spool, lambda: PLAN, self._wake, fields=lambda: self.fields)

    def _wake(self) -> None:
        self.woken += 1

    async def sent(self, content: str | bytes, name: str = "contacts.csv") -> ImportJob:
        """An import whose file is whole."""
        data = content if isinstance(content, bytes) else content.encode()
        job = await self.importing.create(name, len(data), language=self.language, employee_id=None)
        return await self.importing.put(job.import_id, 0, data)

    async def choose(
        self,
        job: ImportJob,
        *,
        duplicates: Duplicates = Duplicates.UPDATE,
        match_by: Sequence[Key] = ("external_id", "name"),
        meanings: Sequence[str] | None = None,
    ) -> ImportJob:
        assert job.choices is not None
        return await self.importing.choose(job.import_id, meanings or job.choices.meanings, duplicates, match_by)

    async def run(self, job: ImportJob, state: ImportState = ImportState.RUNNING, **more: Any) -> ImportJob:
        """Let it be worked on until that ends."""
        await self.importing.begin(job.import_id, state)
        await work(self.engine, self.spool, PLAN, job.import_id, fields=self.fields, clock=self.time, **more)
        return await self.store.get(job.import_id)

    async def imported(self, content: str | bytes, name: str = "contacts.csv", **choices: Any) -> ImportJob:
        """The import of a file, from its first byte to its end."""
        job = await self.sent(content, name)
        if choices:
            job = await self.choose(job, **choices)
        return await self.run(job)

    def problems(self, job: ImportJob) -> list[tuple[int, str, str]]:
        """Row, column and reason of what was not taken."""
        return [
            (problem.row, problem.column, problem.reason.value)
            for rejected in self.importing.rejected(job)
            for problem in rejected.told()
        ]

    async def cards(self) -> dict[str, dict[str, Any]]:
        """What is in the store, by name; several of one name would be a mistake of the test."""
        found: dict[str, dict[str, Any]] = {}
        async with reading(self.engine) as connection:
            for row in (await connection.execute(select(contacts))).mappings():
                assert row["name"] not in found
                card = dict(row)
                for name, table, columns in (
                    ("phones", contact_phones, ("number", "presented", "label")),
                    ("emails", contact_emails, ("email", "label")),
                    ("orders", contact_orders, ("number", "status", "total")),
                ):
                    order = table.c.number if table is contact_orders else table.c.place
                    query = select(table).where(table.c.contact_id == row["contact_id"]).order_by(order)
                    card[name] = [
                        tuple(each[column] for column in columns)
                        for each in (await connection.execute(query)).mappings()
                    ]
                found[row["name"]] = card
        return found

    async def searched(self) -> set[str]:
        """The words of what the search looks through."""
        async with reading(self.engine) as connection:
            found = (await connection.execute(select(contact_search.c.words))).scalars()
            return {word for words in found for word in words.split()}

    async def card(self) -> dict[str, Any]:
        """The only card there is."""
        (card,) = (await self.cards()).values()
        return card


def counts(job: ImportJob) -> dict[str, int]:
    """The counts of an import that are not nought."""
    of = job.progress.counts
    return {name: getattr(of, name) for name in of.__struct_fields__ if getattr(of, name)}
