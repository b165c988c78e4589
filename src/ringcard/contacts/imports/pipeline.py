"""A run over a file: batches of contacts decided and written, with how far it came in the same transaction.

A dry run decides the same and writes nothing but its counts. While a batch is written, `batches` reads the next one.
It is meant for a process of its own (`worker`), or for the command line.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.imports.batches import BATCH, Batch, Batches, FileToRead
from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.matching import Held, Organisations, ids_for, keys_of
from ringcard.contacts.imports.model import (
    Choices,
    Counts,
    Duplicates,
    ImportInWrongState,
    ImportJob,
    ImportState,
    Progress,
)
from ringcard.contacts.imports.problems import Problem, Reason
from ringcard.contacts.imports.seen import Seen
from ringcard.contacts.imports.spool import ProblemsFile, Spool
from ringcard.contacts.imports.store import job
from ringcard.contacts.imports.tables import import_changes, imports
from ringcard.contacts.imports.writing import Update, content, content_of, merged_into, write
from ringcard.storage import DatabaseLocked, is_postgres, writing

PAUSE_S: Final = 0.03
"""After a batch, on SQLite: whoever waits to write there looks now and then, and must find a gap."""


class Stopped(Exception):
    """Somebody asked for an end; what was done is kept."""


@dataclass(slots=True)
class _Decided:
    """What is to become of a batch."""

    counts: Counts = field(default_factory=Counts)
    created: list[tuple[str, Entry]] = field(default_factory=list)
    updated: list[Update] = field(default_factory=list)
    rejected: list[tuple[Problem, ...]] = field(default_factory=list)


class Run:
    """One run, or dry run, of an import that is in the state for it."""

    def __init__(
        self,
        engine: AsyncEngine,
        spool: Spool,
        held: ImportJob,
        batches: Batches,
        clock: Callable[[], datetime],
        *,
        managers: Mapping[str, str] | None = None,
        batch: int = BATCH,
        stopping: Callable[[], bool] = lambda: False,
        told: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        if held.layout is None or held.choices is None:
            raise ImportInWrongState("The file was not looked at yet.")
        self._engine = engine
        self._job = held
        self._choices: Choices = held.choices
        self._clock = clock
        self._stopping = stopping
        self._told = told
        self._dry = held.state is ImportState.TRYING
        self._records = 0 if self._dry else held.records
        self._file = FileToRead(
            path=str(spool.file(held.import_id)),
            layout=held.layout,
            language=held.language,
            meanings=self._choices.meanings,
            managers=dict(managers or {}),
            begun=self._records,
            batch=batch,
        )
        self._batches = batches
        batches.with_documents = not self._dry
        before = Progress() if self._dry else held.progress
        self._progress = Progress(
            counts=before.counts,
            problems_size=before.problems_size,
            began_at_row=before.counts.rows,
            began_at_position=before.position,
        )
        self._problems = ProblemsFile(spool.problems(held.import_id, trial=self._dry), before.problems_size)
        self._seen = Seen() if self._dry else None

    async def to_the_end(self) -> None:
        """Raises `Stopped`, `FileUnreadable`, `StorageError`."""
        try:
            begun = self._records
            self._batches.begin(self._file)
            batch = await self._batches.next()
            while batch.entries:
                await self._take(batch, begun + batch.entries[-1].through)
                batch = await self._batches.next()
            await self._take(batch, self._records, last=True)
        finally:
            await self._batches.close()
            self._problems.close()
            if self._seen is not None:
                self._seen.close()

    async def _take(self, batch: Batch, through: int, *, last: bool = False) -> None:
        for attempt in range(3):
            try:
                async with writing(self._engine) as connection:
                    now = self._clock()
                    decided = await self._decided(connection, batch.entries, now)
                    progress = self._after(decided, batch, last=last)
                    if not self._dry:
                        if not decided.updated and not last:
                            # Updates go row by row: each would wait for the interpreter.
                            self._batches.look_ahead()
                        self._batches.with_documents = len(decided.created) > len(batch.entries) // 2
                        await write(connection, self._job.import_id, decided.created, decided.updated, now)
                    stop = await self._checkpoint(connection, progress, through, now, last=last)
                break
            except (IntegrityError, DatabaseLocked):
                # Somebody wrote one of the same contacts between our look and our writing, or holds the database.
                if attempt == 2:
                    raise
        self._progress, self._records = progress, through
        self._told(progress)
        if last:
            return
        if stop or self._stopping():
            raise Stopped
        if not self._dry and not is_postgres(self._engine):
            await asyncio.sleep(PAUSE_S)

    def _after(self, decided: _Decided, batch: Batch, *, last: bool) -> Progress:
        # What an attempt that failed wrote is cut off by writing from where the last batch ended.
        self._problems.back_to(self._progress.problems_size)
        for problems in sorted(decided.rejected, key=lambda problems: problems[0].row):
            for row, of_row in itertools.groupby(problems, key=lambda problem: problem.row):
                self._problems.add(batch.cells.get(row, []), tuple(of_row))
        counts = Counts(
            **{
                name: getattr(self._progress.counts, name) + getattr(decided.counts, name)
                for name in Counts.__struct_fields__
            }
        )
        return msgspec.structs.replace(
            self._progress,
            counts=counts,
            position=self._job.file_size if last else batch.position,
            problems_size=self._problems.flushed(),
        )

    async def _checkpoint(
        self, connection: AsyncConnection, progress: Progress, through: int, now: datetime, *, last: bool
    ) -> bool:
        """Note how far we are; tells whether somebody asks for an end. Raises `ImportInWrongState`."""
        text = msgspec.json.encode(progress).decode()
        values: dict[str, Any] = {"changed_at": now}
        if self._dry:
            values |= {"trial": text}
            if last:
                values |= {"state": ImportState.READY.value}
        else:
            values |= {"progress": text, "records": through}
            if last:
                values |= {"state": ImportState.DONE.value, "ended_at": now}
        found = await connection.execute(
            update(imports)
            .where(
                imports.c.import_id == self._job.import_id,
                imports.c.state == self._job.state.value,
                imports.c.records == (self._job.records if self._dry else self._records),
            )
            .values(values)
        )
        if found.rowcount != 1:
            raise ImportInWrongState("Another process works on this import.")
        return (await job(connection, self._job.import_id)).stop

    async def _decided(self, connection: AsyncConnection, batch: Sequence[Entry], now: datetime) -> _Decided:
        decided = _Decided()
        counts = decided.counts
        taken: list[Entry] = []
        for entry in self._apart(batch, decided):
            if entry.draft is None:
                decided.rejected.append(entry.problems)
                continue
            if entry.problems:
                decided.rejected.append(entry.problems)
            taken.append(entry)
        match_by = () if self._choices.duplicates is Duplicates.CREATE else self._choices.match_by
        held = await Held.found(connection, taken, match_by)
        touched = {} if self._dry else await self._touched(connection, list(held.rows))
        ids = ids_for(taken, now)
        organisations = await Organisations.found(connection, taken, held, match_by, ids)
        if self._seen is not None:
            self._seen.note(organisations.keys)
        claimed: dict[str, int] = {}
        for entry in taken:
            draft = entry.draft
            assert draft is not None
            counts.orders += len(draft.orders or ())
            counts.managers_unknown += len(entry.remarks)
            if entry.organisation_key is not None:
                organisation_id = organisations.of(entry.organisation_key, ids[entry.row])
                if organisation_id is None and not (self._seen and self._seen.has(entry.organisation_key)):
                    counts.organisations_unknown += 1
                draft = replace(draft, organisation_id=organisation_id)
                entry = replace(entry, draft=draft)
            found = held.of(entry, match_by)
            problem: Problem | None = None
            if len(found) > 1:
                problem = Problem(entry.row, "", draft.name, Reason.SEVERAL_MATCHES)
            elif not found and entry.must_exist:
                problem = Problem(entry.row, "", entry.contact_id or draft.external_id or "", Reason.NO_SUCH_CARD)
            elif not found and entry.contact_id in held.gone:
                problem = Problem(entry.row, "", draft.name, Reason.CARD_MERGED, held.gone[entry.contact_id])
            elif not found:
                counts.created += 1
                decided.created.append((ids[entry.row], entry))
            elif self._choices.duplicates is Duplicates.CREATE and not entry.must_exist:
                problem = Problem(entry.row, "", draft.external_id or "", Reason.EXTERNAL_ID_TAKEN)
            elif found[0] in claimed:
                problem = Problem(entry.row, "", draft.name, Reason.DIFFERS_FROM_ROW, str(claimed[found[0]]))
            else:
                claimed[found[0]] = entry.row
                problem = self._found(entry, found[0], held, touched.get(found[0]), decided)
            if problem is not None:
                decided.rejected.append((problem,))
                counts.orders -= len(draft.orders or ())
                counts.failed += entry.rows - entry.bad_rows
        counts.rows += sum(entry.rows for entry in batch)
        counts.failed += sum(entry.bad_rows for entry in batch)
        return decided

    def _found(
        self, entry: Entry, contact_id: str, held: Held, touched_row: int | None, decided: _Decided
    ) -> Problem | None:
        """Decide about an entry whose card is there."""
        draft = merged_into(held.rows[contact_id], held, entry, self._choices.meanings)
        before, after = content(held, contact_id), content_of(contact_id, draft)
        if touched_row is not None and before != after:
            return Problem(entry.row, "", draft.name, Reason.DIFFERS_FROM_ROW, str(touched_row))
        if self._choices.duplicates is Duplicates.SKIP:
            decided.counts.skipped += 1
        elif before == after:
            decided.counts.unchanged += 1
            if draft.orders:
                decided.updated.append(Update(contact_id, entry.row, draft, held.rows[contact_id], held, False))
        else:
            decided.counts.updated += 1
            decided.updated.append(Update(contact_id, entry.row, draft, held.rows[contact_id], held, True))
        return None

    def _apart(self, batch: Sequence[Entry], decided: _Decided) -> Iterator[Entry]:
        """The entries, those of one contact made one: equal ones add their orders, one that differs is a problem."""
        match_by = () if self._choices.duplicates is Duplicates.CREATE else self._choices.match_by
        first_of: dict[tuple[str, ...], int] = {}
        apart: list[Entry] = []
        for entry in batch:
            if entry.draft is None:
                apart.append(entry)
                continue
            keys = list(keys_of(entry, match_by))
            place = next((first_of[key] for key in keys if key in first_of), None)
            differs: int | None = None
            if place is not None:
                first = apart[place]
                assert first.draft is not None
                if replace(first.draft, orders=None) == replace(entry.draft, orders=None):
                    orders = {
                        order.number: order for order in (*(first.draft.orders or ()), *(entry.draft.orders or ()))
                    }
                    together = None if first.draft.orders is None else tuple(orders.values())
                    apart[place] = replace(first, draft=replace(first.draft, orders=together), document=None)
                    decided.counts.unchanged += 1
                    continue
                differs = first.row
            elif self._seen is not None:
                differs = self._seen.differing(entry, keys)
            if differs is not None:
                problem = Problem(entry.row, "", entry.draft.name, Reason.DIFFERS_FROM_ROW, str(differs))
                decided.counts.failed += entry.rows - entry.bad_rows
                apart.append(replace(entry, draft=None, problems=(*entry.problems, problem)))
                continue
            first_of |= dict.fromkeys(keys, len(apart))
            apart.append(entry)
        if self._seen is not None:
            self._seen.settle()
        return iter(apart)

    async def _touched(self, connection: AsyncConnection, contact_ids: Sequence[str]) -> dict[str, int]:
        """The rows of this import that wrote these contacts before."""
        rows: dict[str, int] = {}
        for place in range(0, len(contact_ids), 5_000):
            query = select(import_changes.c.contact_id, import_changes.c.row).where(
                import_changes.c.import_id == self._job.import_id,
                import_changes.c.contact_id.in_(contact_ids[place : place + 5_000]),
            )
            rows |= {row.contact_id: row.row for row in await connection.execute(query)}
        return rows
