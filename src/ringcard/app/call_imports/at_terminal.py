"""Imports of old calls without a server, for the command line.

Whatever was read lies where a server finds it, too: what a terminal breaks off goes on in the browser, and the other
way round.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.app.call_imports.files import NOT_READ, LogFiles, Look, looked_at, queue_log_looked_at
from ringcard.app.call_imports.service import BROKEN_OFF, FROM, files_of, translator_of
from ringcard.app.call_imports.staging import Task, Told, stage
from ringcard.app.call_imports.store import CallImportStore
from ringcard.app.call_imports.undoing import take_back
from ringcard.app.config import Config
from ringcard.app.doctor import with_stored_settings
from ringcard.app.old_calls import HistoryUnfit, OldCalls, Report, rows_of_sql
from ringcard.app.stores import open_ledger
from ringcard.calls.identifiers import CallId, PbxId
from ringcard.ledger import Ledger
from ringcard.pbx.asterisk.cdr import COLUMNS
from ringcard.people.audit import Actor, Audit
from ringcard.storage import shown
from ringcard.web.old_calls import CallCounts, CallImport, CallImportInWrongState, LogFile

Tell = Callable[[str, int], None]
"""What is counted, and how many there were of it so far."""


@dataclass(frozen=True, slots=True)
class Log:
    """Where the rows are, and how they are read."""

    source: str
    queue_log: Path | None
    columns: str | None
    table: str

    @property
    def is_database(self) -> bool:
        return "://" in self.source

    @property
    def name(self) -> str:
        """As it is listed: without the password of a database."""
        if self.is_database:
            return f"{shown(self.source)} {self.table}"
        return _readable(self.source)

    @property
    def size(self) -> int:
        return 0 if self.is_database else Path(self.source).stat().st_size

    def looked_at(self, zone: str) -> Look:
        """Raises `HistoryUnfit`, `LogUnreadable`."""
        given = tuple(name.strip().lower() for name in self.columns.split(",")) if self.columns else ()
        try:
            if self.queue_log is not None:
                queue_log_looked_at(self.queue_log)
            if self.is_database:
                return Look("utf-8", given)
            path = Path(self.source)
            if path.is_fifo():  # `zcat … | ringcard history import /dev/stdin`: it can be read once
                return Look("utf-8", given or COLUMNS)
            return looked_at(path, ZoneInfo(zone), given)
        except OSError as error:
            raise HistoryUnfit(f"{error.filename} cannot be read: {error.strerror}") from error

    def read(self, folder: Path, look: Look, zone: str, tell: Tell) -> Report:
        """Read all of it into `folder`. Raises `HistoryUnfit`."""
        task = Task(
            file=self.source,
            queue_log=None if self.queue_log is None else str(self.queue_log),
            folder=str(folder),
            report=str(folder / NOT_READ),
            zone=zone,
            columns=look.columns,
            encoding=look.encoding,
        )
        rows = rows_of_sql(self.source, self.table) if self.is_database else None
        return stage(task, lambda told: tell("read", told.rows), rows)


def _readable(path: str | Path) -> str:
    """A file's name; one in another encoding, as of a disk from Windows, is no text that could be kept."""
    return os.fsencode(Path(path).name).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class AtTerminal:
    """What a command does, who is at the terminal, and whom it tells how far it is."""

    imports: CallImportStore
    files: LogFiles
    ledger: Ledger
    audit: Audit
    config: Config
    """With what was saved in the browser."""
    who: Actor
    tell: Tell

    async def kept(self, folder: Path, log: Log, look: Look, read: Report, pbx: str, zone: str) -> CallImport:
        """An import of what was read into `folder`; it has added nothing yet."""
        file = LogFile(log.name, log.size)
        queue_log = None
        if log.queue_log is not None:
            queue_log = LogFile(_readable(log.queue_log), log.queue_log.stat().st_size)
        held = await self.imports.create(file, queue_log, pbx=pbx, zone=zone, employee_id=None)
        self.files.keep_staged(folder, held.import_id, Told(read.rows, read.unread))
        # Not `running`: a server that is started meanwhile would take that for its own to go on with.
        return await self.imports.change(
            held.import_id,
            {"uploading"},
            state="cancelled",
            received=file.size,
            queue_log_received=0 if queue_log is None else queue_log.size,
            columns=msgspec.json.encode(look.columns).decode(),
            encoding=look.encoding,
            counts=CallCounts(rows=read.rows, skipped=read.unread),
            ended_at=datetime.now(UTC),
        )

    async def goes_on(self, import_id: int) -> CallImport:
        """An import that was broken off, read to its end. Raises `CallImportInWrongState`, `HistoryUnfit`."""
        held = await self.imports.get(import_id)
        if held.state not in BROKEN_OFF:
            raise CallImportInWrongState(f"The import is {held.state}: this cannot be done now.")
        if not self.files.can_go_on(import_id):
            raise CallImportInWrongState(
                "What it brings is not on this machine any more: import the log again. What is there is left out."
            )
        return held if self.files.told(import_id) is not None else await self._read(held)

    async def _read(self, held: CallImport) -> CallImport:
        """Read the files that were sent by a browser."""
        import_id = held.import_id
        self.files.forget_staged(import_id)
        folder = self.files.staged(import_id)
        folder.mkdir(parents=True, mode=0o700)
        task = Task(
            file=str(self.files.file(import_id)),
            queue_log=None if held.queue_log is None else str(self.files.file(import_id, "queue_log")),
            folder=str(folder),
            report=str(self.files.report(import_id)),
            zone=held.zone,
            columns=held.columns,
            encoding=await self.imports.encoding(import_id),
        )
        read = stage(task, lambda told: self.tell("read", told.rows))
        self.files.tell(import_id, Told(read.rows, read.unread))
        return replace(held, counts=replace(held.counts, rows=read.rows, skipped=read.unread))

    async def bring(self, held: CallImport) -> Report:
        """Add its calls. Broken off, it goes on by `ringcard history resume` or in the browser."""
        import_id = held.import_id
        await self._note("calls.imported", held)
        report = await self.appended(
            self.files.staged(import_id), held.pbx, held.zone, lambda calls: self.imports.brings(import_id, calls)
        )
        added = await self.imports.count(import_id)
        counts = replace(held.counts, calls=report.calls, added=added, known=max(0, report.calls - added))
        await self.imports.change(
            import_id, {held.state}, state="done", counts=counts, problem=None, ended_at=datetime.now(UTC)
        )
        self.files.forget(import_id, report=False)
        return report

    async def appended(
        self,
        folder: Path,
        pbx: str,
        zone: str,
        adding: Callable[[Sequence[CallId]], Awaitable[None]] | None = None,
        *,
        dry_run: bool = False,
    ) -> Report:
        """Append the calls of what was read into `folder`; `adding` is told of each batch before."""
        old = OldCalls(translator_of(self.config, pbx), PbxId(pbx), ZoneInfo(zone), self.tell, folder=folder)
        try:
            return await old.append(self.ledger, dry_run=dry_run, adding=adding)
        finally:
            old.close()

    async def undo(self, import_id: int) -> int:
        """Take back every call that it added. Returns how many went. Raises `CallImportInWrongState`."""
        # One that was broken off goes on; a server that is started meanwhile would go on with it, too.
        held = await self.imports.change(import_id, FROM["undoing"] | {"undoing"}, state="undoing")
        await self._note("calls.import_undone", held)
        withdrawn = await take_back(self.imports, self.ledger, held)
        counts = replace(held.counts, withdrawn=withdrawn)
        await self.imports.change(import_id, {"undoing"}, state="undone", counts=counts, ended_at=datetime.now(UTC))
        self.files.forget(import_id, report=False)
        return withdrawn

    async def _note(self, action: str, held: CallImport) -> None:
        """Add a line to the audit trail, as the browser's routes do."""
        after = {"pbx": held.pbx} if action == "calls.imported" else None
        await self.audit.note(
            action, by=self.who, kind="call_import", key=str(held.import_id), name=held.file.name, after=after
        )


@asynccontextmanager
async def opened(config: Config, engine: AsyncEngine, who: Actor, tell: Tell) -> AsyncIterator[AtTerminal]:
    """With the ledger, which a server has otherwise. Raises `LedgerError` if one does."""
    effective = await with_stored_settings(config)
    ledger = await open_ledger(effective)
    try:
        yield AtTerminal(CallImportStore(engine), files_of(effective), ledger, Audit(engine), effective, who, tell)
    finally:
        await ledger.close()
