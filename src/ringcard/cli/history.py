"""`ringcard history`: bring in the calls that a PBX logged before ringcard listened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from ringcard.app.config import Config, ConfigError
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config

if TYPE_CHECKING:
    from ringcard.app.call_imports.store import CallImportStore
    from ringcard.app.old_calls import OldCalls, Report
    from ringcard.ledger import Ledger


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
    meanwhile: the ledger has one writer. `ringcard history undo` takes an import back.
    """
    log = Log(source, queue_log, columns, table)
    _run(_import(_config(ctx), log, pbx, _zone(zone), dry_run))


@history.command("imports")
@click.option("--most", default=20, show_default=True, type=click.IntRange(1, 200), help="How many, newest first.")
@click.pass_context
def imports(ctx: click.Context, most: int) -> None:
    """List what was imported, in a terminal or in the browser."""
    _run(_list(_config(ctx), most))


@history.command("undo")
@click.argument("import_id", type=int)
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

        return f"{shown(self.source)} {self.table}" if self.is_database else Path(self.source).name

    @property
    def size(self) -> int:
        return 0 if self.is_database else Path(self.source).stat().st_size

    def stage(self, old: OldCalls) -> None:
        """Raises `HistoryUnfit`."""
        from ringcard.app.old_calls import rows_of_csv, rows_of_sql
        from ringcard.pbx.asterisk.cdr import COLUMNS

        if self.is_database:
            old.stage(rows_of_sql(self.source, self.table))
        else:
            given = tuple(name.strip().lower() for name in self.columns.split(",")) if self.columns else COLUMNS
            old.stage(rows_of_csv(Path(self.source), given))
        if self.queue_log is not None:
            old.stage_queue_log(self.queue_log)


async def _import(config: Config, log: Log, pbx: str, zone: tzinfo, dry_run: bool) -> None:
    from ringcard.app.call_imports.service import translator_of
    from ringcard.app.old_calls import OldCalls
    from ringcard.calls.identifiers import PbxId

    async with _opened(config) as (imports, ledger, effective):
        old = OldCalls(translator_of(effective, pbx), PbxId(pbx), zone, _tell)
        try:
            log.stage(old)
            if dry_run:
                report = await old.append(ledger, dry_run=True)
            else:
                report = await _appended(imports, ledger, old, log, pbx, zone)
        finally:
            old.close()
    verb = "would be added" if dry_run else "added"
    click.echo(f"{report.rows} rows, {report.calls} calls: {report.added} {verb}, {report.known} known already")
    if report.unread:
        click.echo(f"  not read: {report.unread} rows", err=True)
        for problem in report.problems:
            click.echo(f"    {problem}", err=True)


async def _appended(
    imports: CallImportStore, ledger: Ledger, old: OldCalls, log: Log, pbx: str, zone: tzinfo
) -> Report:
    """As an import that can be taken back, also if it is broken off: the calls are written down before they come."""
    from ringcard.web.old_calls import CallCounts, LogFile

    file = LogFile(log.name, log.size)
    queue_log = None
    if log.queue_log is not None:
        size = log.queue_log.stat().st_size
        queue_log = LogFile(log.queue_log.name, size, size)
    held = await imports.create(file, queue_log, pbx=pbx, zone=str(zone), employee_id=None)
    # Not `running`: a server would take that for its own to go on with.
    await imports.change(held.import_id, {"uploading"}, state="cancelled", ended_at=datetime.now(UTC))
    report = await old.append(ledger, adding=lambda calls: imports.brings(held.import_id, calls))
    counts = CallCounts(
        rows=report.rows, skipped=report.unread, calls=report.calls, added=report.added, known=report.known
    )
    await imports.change(
        held.import_id, {"cancelled"}, state="done", received=file.size, counts=counts, ended_at=datetime.now(UTC)
    )
    click.echo(f"import {held.import_id}; to take it back: ringcard history undo {held.import_id}", err=True)
    return report


async def _list(config: Config, most: int) -> None:
    from ringcard.app.call_imports.store import CallImportStore
    from ringcard.cli.contacts_import import database

    async with database(config) as engine:
        for each in await CallImportStore(engine).newest(most):
            click.echo(
                f"{each.import_id:>5}  {each.created_at:%Y-%m-%d %H:%M}  {each.state:<10} {each.pbx:<12}"
                f" {each.counts.added:>8} added  {each.file.name}"
            )


async def _undo(config: Config, import_id: int) -> None:
    from ringcard.app.call_imports.service import FROM
    from ringcard.app.call_imports.undoing import take_back

    async with _opened(config) as (imports, ledger, _):
        # One that was broken off goes on; a server that is started meanwhile would go on with it, too.
        held = await imports.change(import_id, FROM["undoing"] | {"undoing"}, state="undoing")
        withdrawn = await take_back(imports, ledger, held)
        counts = replace(held.counts, withdrawn=withdrawn)
        await imports.change(import_id, {"undoing"}, state="undone", counts=counts, ended_at=datetime.now(UTC))
    click.echo(f"{withdrawn} calls of import {import_id} were taken back")


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[tuple[CallImportStore, Ledger, Config]]:
    """The imports, the ledger, and the configuration with what was saved in the browser. Raises `LedgerError` while a
    server has the ledger."""
    from ringcard.app.call_imports.store import CallImportStore
    from ringcard.app.doctor import with_stored_settings
    from ringcard.app.stores import open_ledger
    from ringcard.cli.contacts_import import database

    async with database(config) as engine:
        effective = await with_stored_settings(config)
        ledger = await open_ledger(effective)
        try:
            yield CallImportStore(engine), ledger, effective
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


def _zone(name: str | None) -> tzinfo:
    try:
        if name is not None:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.ClickException(f"there is no time zone {name!r}: write it as Europe/Moscow") from error
    local = datetime.now().astimezone().tzinfo
    assert local is not None
    return local


def _tell(what: str, count: int) -> None:
    if count % 1_000 == 0 and count:
        click.echo(f"  {what}: {count}", err=True)
