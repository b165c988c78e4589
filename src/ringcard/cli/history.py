"""`ringcard history`: bring in the calls that a PBX logged before ringcard listened."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from ringcard.app.config import Config, ConfigError
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config


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
    """Import Asterisk's CDRs from SOURCE: Master.csv, or a database URL (sqlite:///…, postgresql://…).

    Calls that ringcard heard itself, or that were imported before, are left out. `ringcard serve` must not run
    meanwhile: the ledger has one writer.
    """
    from ringcard.app.old_calls import HistoryUnfit
    from ringcard.ledger import LedgerError
    from ringcard.storage import StorageError

    try:
        asyncio.run(_import(current_config(ctx), source, pbx, queue_log, columns, table, zone, dry_run))
    except (HistoryUnfit, LedgerError, StorageError, ConfigError) as error:
        raise click.ClickException(str(error)) from error


async def _import(
    config: Config,
    source: str,
    pbx: str,
    queue_log: Path | None,
    columns: str | None,
    table: str,
    zone: str | None,
    dry_run: bool,
) -> None:
    from ringcard.app.call_imports.service import translator_of
    from ringcard.app.doctor import with_stored_settings
    from ringcard.app.old_calls import OldCalls, rows_of_csv, rows_of_sql
    from ringcard.app.stores import open_ledger
    from ringcard.calls.identifiers import PbxId
    from ringcard.pbx.asterisk.cdr import COLUMNS

    config = await with_stored_settings(config)
    ledger = await open_ledger(config)
    old = OldCalls(translator_of(config, pbx), PbxId(pbx), _zone(zone), _tell)
    try:
        if "://" in source:
            old.stage(rows_of_sql(source, table))
        else:
            given = tuple(name.strip().lower() for name in columns.split(",")) if columns else COLUMNS
            old.stage(rows_of_csv(Path(source), given))
        if queue_log is not None:
            old.stage_queue_log(queue_log)
        report = await old.append(ledger, dry_run=dry_run)
    finally:
        old.close()
        await ledger.close()
    verb = "would be added" if dry_run else "added"
    click.echo(f"{report.rows} rows, {report.calls} calls: {report.added} {verb}, {report.known} known already")
    if report.unread:
        click.echo(f"  not read: {report.unread} rows", err=True)
        for problem in report.problems:
            click.echo(f"    {problem}", err=True)


def _zone(name: str | None) -> ZoneInfo:
    try:
        if name is not None:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.ClickException(f"there is no time zone {name!r}: write it as Europe/Moscow") from error
    local = datetime.now().astimezone().tzinfo
    assert local is not None
    return local  # type: ignore[return-value]  # a fixed offset serves as well


def _tell(what: str, count: int) -> None:
    if count % 1_000 == 0 and count:
        click.echo(f"  {what}: {count}", err=True)
