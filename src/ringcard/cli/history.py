"""`ringcard history`: bring in the calls that a PBX logged before ringcard listened."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ringcard.app.config import Config, ConfigError
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config
from ringcard.cli.zones import zone_of

if TYPE_CHECKING:
    from ringcard.app.call_imports.at_terminal import AtTerminal, Log


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
    from ringcard.app.call_imports.at_terminal import Log

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


async def _import(config: Config, log: Log, pbx: str, zone: str, dry_run: bool) -> None:
    from ringcard.app.old_calls import HistoryUnfit

    async with _opened(config) as here:
        names = [each.name for each in here.config.pbx]
        if names and pbx not in names:
            raise HistoryUnfit(f"there is no PBX {pbx!r} in the settings; there is {', '.join(names)}")
        look = log.looked_at(zone)
        folder = here.files.new_staged()
        try:
            read = log.read(folder, look, zone, _tell)
            if dry_run:
                report = await here.appended(folder, pbx, zone, dry_run=True)
            else:
                held = await here.kept(folder, log, look, read, pbx, zone)
                _say_how_to_undo(held.import_id)
                report = await here.bring(held)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    verb = "would be added" if dry_run else "added"
    click.echo(f"{read.rows} rows, {report.calls} calls: {report.added} {verb}, {report.known} known already")
    if read.unread:
        click.echo(f"  not read: {read.unread} rows", err=True)
        for problem in read.problems:
            click.echo(f"    {problem}", err=True)


async def _resume(config: Config, import_id: int) -> None:
    async with _opened(config) as here:
        held = await here.goes_on(import_id)
        _say_how_to_undo(import_id)
        report = await here.bring(held)
    click.echo(f"{report.calls} calls: {report.added} added, {report.known} known already")


def _say_how_to_undo(import_id: int) -> None:
    click.echo(f"import {import_id}; to take it back: ringcard history undo {import_id}", err=True)


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
    async with _opened(config) as here:
        withdrawn = await here.undo(import_id)
    click.echo(f"{withdrawn} calls of import {import_id} were taken back")


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[AtTerminal]:
    """Raises `LedgerError` while a server has the ledger."""
    from ringcard.app.call_imports.at_terminal import opened
    from ringcard.cli.contacts_import import database
    from ringcard.cli.who import who

    async with database(config) as engine, opened(config, engine, who(), _tell) as here:
        yield here


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
