"""`ringcard history`: bring in the calls that a PBX logged before ringcard listened."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
import msgspec

from ringcard.app.config import Config, ConfigError
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config
from ringcard.cli.zones import zone_of

if TYPE_CHECKING:
    from ringcard.app.call_imports.files import LogFiles, Look
    from ringcard.app.call_imports.store import CallImportStore
    from ringcard.app.old_calls import Report
    from ringcard.calls.identifiers import CallId
    from ringcard.ledger import Ledger
    from ringcard.people.audit import Audit
    from ringcard.web.old_calls import CallImport


IMPORT_ID = click.IntRange(1, 2**31 - 1)


@click.group()
@CONFIG_OPTION
@click.pass_context
def history(ctx: click.Context, config_path: Path | None) -> None:
    """The past: calls from before ringcard."""
    configure(ctx, config_path)


@history.command("import")
@click.argument("source")
@click.option("--pbx", required=True, help="Our name of the PBX that logged them.")
@click.option(
    "--queue-log", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Its queue_log, for the queues."
)
@click.option("--columns", help="Of a CSV without a line of names that is no Master.csv: src,dst,start,…")
@click.option("--table", default="cdr", show_default=True, help="Of a database.")
@click.option("--zone", help="The time zone of the times, as Europe/Moscow. Default: this machine's.")
@click.option("--dry-run", is_flag=True, help="Only say what would come of it.")
@click.pass_context
def import_(
    ctx: click.Context,
    source: str,
    pbx: str,
    queue_log: Path | None,
    columns: str | None,
    table: str,
    zone: str | None,
    dry_run: bool,
) -> None:
    """Import Asterisk's CDRs from SOURCE: Master.csv, or a database URL (sqlite:///…, postgresql://…, mysql://…).

    Calls that ringcard heard itself, or that were imported before, are left out. `ringcard serve` must not run
    meanwhile: the ledger has one writer. Broken off, it goes on by `ringcard history resume` or in the browser;
    `ringcard history undo` takes it back.
    """
    log = Log(source, queue_log, columns, table)
    _run(_import(_config(ctx), log, pbx, zone_of(zone), dry_run))


@history.command("imports")
@click.option("--most", default=20, show_default=True, type=click.IntRange(1, 200), help="How many, newest first.")
@click.pass_context
def imports(ctx: click.Context, most: int) -> None:
    """List what was imported, in a terminal or in the browser."""
    _run(_list(_config(ctx), most))


@history.command("resume")
@click.argument("import_id", type=IMPORT_ID)
@click.pass_context
def resume(ctx: click.Context, import_id: int) -> None:
    """Go on with an import that was broken off, in a terminal or in the browser. `ringcard serve` must not run."""
    _run(_resume(_config(ctx), import_id))


@history.command("undo")
@click.argument("import_id", type=IMPORT_ID)
@click.pass_context
def undo(ctx: click.Context, import_id: int) -> None:
    """Take back every call that an import added. What ringcard heard itself stays. `ringcard serve` must not run."""
    _run(_undo(_config(ctx), import_id))


def _config(ctx: click.Context) -> Config:
    """The configuration, with the folder in which the ledger and its key are."""
    config = current_config(ctx)
    Path(config.store.directory).mkdir(parents=True, exist_ok=True, mode=0o700)
    return config


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
        from ringcard.storage import shown

        if self.is_database:
            return f"{shown(self.source)} {self.table}"
        # A name in another encoding, as of a disk from Windows, is no text that could be kept.
        return os.fsencode(Path(self.source).name).decode(errors="replace")

    @property
    def size(self) -> int:
        return 0 if self.is_database else Path(self.source).stat().st_size

    def looked_at(self, zone: str) -> Look:
        """Raises `HistoryUnfit`, `LogUnreadable`."""
        from ringcard.app.call_imports.files import Look, looked_at, queue_log_looked_at
        from ringcard.app.old_calls import HistoryUnfit
        from ringcard.pbx.asterisk.cdr import COLUMNS

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

    def read(self, folder: Path, look: Look, zone: str) -> Report:
        """Read all of it into `folder`. Raises `HistoryUnfit`."""
        from ringcard.app.call_imports.files import NOT_READ
        from ringcard.app.call_imports.staging import Task, stage
        from ringcard.app.old_calls import rows_of_sql

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
        return stage(task, lambda told: _tell("read", told.rows), rows)


async def _import(config: Config, log: Log, pbx: str, zone: str, dry_run: bool) -> None:
    from ringcard.app.old_calls import HistoryUnfit

    async with _opened(config) as desk:
        names = [each.name for each in desk.config.pbx]
        if names and pbx not in names:
            raise HistoryUnfit(f"there is no PBX {pbx!r} in the settings; there is {', '.join(names)}")
        look = log.looked_at(zone)
        folder = desk.files.new_staged()
        try:
            read = log.read(folder, look, zone)
            if dry_run:
                report = await desk.appended(folder, pbx, zone, dry_run=True)
            else:
                held = await desk.kept(folder, log, look, read, pbx, zone)
                report = await desk.bring(held)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    verb = "would be added" if dry_run else "added"
    click.echo(f"{read.rows} rows, {report.calls} calls: {report.added} {verb}, {report.known} known already")
    if read.unread:
        click.echo(f"  not read: {read.unread} rows", err=True)
        for problem in read.problems:
            click.echo(f"    {problem}", err=True)


async def _resume(config: Config, import_id: int) -> None:
    from ringcard.app.call_imports.service import BROKEN_OFF
    from ringcard.web.old_calls import CallImportInWrongState

    async with _opened(config) as desk:
        held = await desk.imports.get(import_id)
        if held.state not in BROKEN_OFF:
            raise CallImportInWrongState(f"The import is {held.state}: this cannot be done now.")
        if not desk.files.can_go_on(import_id):
            raise CallImportInWrongState(
                "What it brings is not on this machine any more: import the log again. What is there is left out."
            )
        if desk.files.told(import_id) is None:
            held = await desk.read(held)
        report = await desk.bring(held)
    click.echo(f"{report.calls} calls: {report.added} added, {report.known} known already")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with. Whatever was read lies where a server finds it, too, and goes on with it."""

    imports: CallImportStore
    files: LogFiles
    ledger: Ledger
    audit: Audit
    config: Config
    """With what was saved in the browser."""

    async def kept(self, folder: Path, log: Log, look: Look, read: Report, pbx: str, zone: str) -> CallImport:
        """An import of what was read into `folder`; it has added nothing yet."""
        from ringcard.app.call_imports.staging import Told
        from ringcard.web.old_calls import CallCounts, LogFile

        file = LogFile(log.name, log.size)
        queue_log = None
        if log.queue_log is not None:
            queue_log = LogFile(os.fsencode(log.queue_log.name).decode(errors="replace"), log.queue_log.stat().st_size)
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

    async def read(self, held: CallImport) -> CallImport:
        """Read the files that were sent by a browser. Raises `HistoryUnfit`."""
        from ringcard.app.call_imports.staging import Task, Told, stage

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
        read = stage(task, lambda told: _tell("read", told.rows))
        self.files.tell(import_id, Told(read.rows, read.unread))
        return replace(held, counts=replace(held.counts, rows=read.rows, skipped=read.unread))

    async def note(self, action: str, held: CallImport) -> None:
        """Add a line to the audit trail, as the browser's routes do."""
        from ringcard.cli.who import who

        after = {"pbx": held.pbx} if action == "calls.imported" else None
        await self.audit.note(
            action, by=who(), kind="call_import", key=str(held.import_id), name=held.file.name, after=after
        )

    async def bring(self, held: CallImport) -> Report:
        """Add its calls. Broken off, it goes on by `ringcard history resume` or in the browser."""
        import_id = held.import_id
        await self.note("calls.imported", held)
        click.echo(f"import {import_id}; to take it back: ringcard history undo {import_id}", err=True)
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
        from ringcard.app.call_imports.service import translator_of
        from ringcard.app.old_calls import OldCalls
        from ringcard.calls.identifiers import PbxId

        old = OldCalls(translator_of(self.config, pbx), PbxId(pbx), ZoneInfo(zone), _tell, folder=folder)
        try:
            return await old.append(self.ledger, dry_run=dry_run, adding=adding)
        finally:
            old.close()


async def _list(config: Config, most: int) -> None:
    from ringcard.app.call_imports.service import BROKEN_OFF
    from ringcard.app.call_imports.store import CallImportStore
    from ringcard.cli.contacts_import import database

    async with database(config) as engine:
        imports = CallImportStore(engine)
        for each in await imports.newest(most):
            added = await imports.count(each.import_id) if each.state in BROKEN_OFF else each.counts.added
            click.echo(
                f"{each.import_id:>5}  {each.created_at:%Y-%m-%d %H:%M}  {each.state:<10} {each.pbx:<12}"
                f" {added:>8} added  {each.file.name}"
            )


async def _undo(config: Config, import_id: int) -> None:
    from ringcard.app.call_imports.service import FROM
    from ringcard.app.call_imports.undoing import take_back

    async with _opened(config) as desk:
        # One that was broken off goes on; a server that is started meanwhile would go on with it, too.
        held = await desk.imports.change(import_id, FROM["undoing"] | {"undoing"}, state="undoing")
        await desk.note("calls.import_undone", held)
        withdrawn = await take_back(desk.imports, desk.ledger, held)
        counts = replace(held.counts, withdrawn=withdrawn)
        await desk.imports.change(import_id, {"undoing"}, state="undone", counts=counts, ended_at=datetime.now(UTC))
        desk.files.forget(import_id, report=False)
    click.echo(f"{withdrawn} calls of import {import_id} were taken back")


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[Desk]:
    """Raises `LedgerError` while a server has the ledger."""
    from ringcard.app.call_imports.service import files_of
    from ringcard.app.call_imports.store import CallImportStore
    from ringcard.app.doctor import with_stored_settings
    from ringcard.app.stores import open_ledger
    from ringcard.cli.contacts_import import database
    from ringcard.people.audit import Audit

    async with database(config) as engine:
        effective = await with_stored_settings(config)
        ledger = await open_ledger(effective)
        try:
            yield Desk(CallImportStore(engine), files_of(effective), ledger, Audit(engine), effective)
        finally:
            await ledger.close()


def _run(what: Coroutine[Any, Any, None]) -> None:
    from ringcard.app.old_calls import HistoryUnfit
    from ringcard.ledger import LedgerError
    from ringcard.storage import StorageError
    from ringcard.web.old_calls import OldCallsError

    try:
        asyncio.run(what)
    except (HistoryUnfit, LedgerError, StorageError, ConfigError, OldCallsError) as error:
        raise click.ClickException(str(error)) from error


def _tell(what: str, count: int) -> None:
    if count % 1_000 == 0 and count:
        click.echo(f"  {what}: {count}", err=True)
