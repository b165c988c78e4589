"""`ringcard contacts`: import a file, look at what is there."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import click

from ringcard.app.config import Config
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config
from ringcard.contacts.csv_import import ImportReport, import_contacts, import_orders
from ringcard.contacts.model import Contact, ContactsError, folded
from ringcard.contacts.opening import open_cards
from ringcard.contacts.store import ContactStore, utc_now
from ringcard.numbers import NumberingPlan, display
from ringcard.people.store import EmployeeStore
from ringcard.storage import StorageError, migrate, open_engine

PROBLEMS_SHOWN = 20


@click.group()
@CONFIG_OPTION
@click.pass_context
def contacts(ctx: click.Context, config_path: Path | None) -> None:
    """Contacts: who calls."""
    configure(ctx, config_path)


@contacts.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--orders", type=click.Path(path_type=Path, dir_okay=False), help="A second file with their orders.")
@click.option("--orders-only", is_flag=True, help="FILE holds orders of contacts imported before.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Write the rows that were not taken here, as CSV.")
@click.pass_context
def import_(ctx: click.Context, file: Path, orders: Path | None, orders_only: bool, rejected: Path | None) -> None:
    """Import contacts from a CSV FILE; importing it again updates them.

    Leaves with 1 if rows were not taken; the others are.
    """
    config = current_config(ctx)
    try:
        reports = asyncio.run(_import(config, file, orders, orders_only))
    except (ContactsError, StorageError) as error:
        raise click.ClickException(str(error)) from error
    for path, report in reports:
        _tell(path, report)
    problems = sum(len(report.problems) for _, report in reports)
    if rejected is not None and problems:
        _write_rejected(rejected, [report for _, report in reports])
        click.echo(f"Rows that were not taken are in {rejected}, each with what to correct.")
    if problems:
        ctx.exit(1)


@contacts.command("list")
@click.argument("search", required=False)
@click.option("--number", help="Only those with this phone number, in any spelling.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.pass_context
def list_(ctx: click.Context, search: str | None, number: str | None, limit: int) -> None:
    """List contacts, the newest first: all, or those in which every word of SEARCH occurs."""
    try:
        found = asyncio.run(_list(current_config(ctx), search, number, limit))
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    for contact in found:
        phones = ", ".join(display(phone.number) if phone.number else phone.presented for phone in contact.phones)
        names = dict.fromkeys(filter(None, (contact.name, contact.organisation)))
        click.echo(f"{contact.contact_id}  {', '.join(names)}  {phones}".rstrip())
    if not found:
        click.echo("No contacts found.", err=True)


def plan_of(config: Config) -> NumberingPlan:
    """The numbering plan of the configuration."""
    return config.company.plan()


def database_url(config: Config) -> str:
    """The URL of the configuration's database; the folder of a file is made, for us alone, if it is not there."""
    if config.store.url is None:
        Path(config.store.directory).mkdir(parents=True, exist_ok=True, mode=0o700)
    return config.database_url


async def _import(
    config: Config, file: Path, orders: Path | None, orders_only: bool
) -> list[tuple[Path, ImportReport]]:
    engine = open_engine(database_url(config))
    try:
        await migrate(engine)
        reports: list[tuple[Path, ImportReport]] = []
        if not orders_only:
            managers: dict[str, str] = {}
            for employee in await EmployeeStore(engine).everybody():
                managers |= {folded(employee.name): employee.employee_id, folded(employee.login): employee.employee_id}
            report = await import_contacts(engine, file, plan_of(config), utc_now(), managers=managers)
            reports.append((file, report))
        order_files = [path for path in (file if orders_only else None, orders) if path is not None]
        return reports + [(path, await import_orders(engine, path)) for path in order_files]
    finally:
        await engine.dispose()


async def _list(config: Config, q: str | None, number: str | None, limit: int) -> list[Contact]:
    url = database_url(config)
    engine = open_engine(url)
    try:
        await migrate(engine)
        cards = open_cards(url)
        try:
            store = ContactStore(engine, cards, plan_of(config))
            found: list[Contact] = []
            before: str | None = None
            while len(found) < limit:
                page = await store.search(q=q, number=number, limit=limit - len(found), before=before)
                found += page.items
                before = page.next
                if before is None:
                    break
            return found
        finally:
            await cards.close()
    finally:
        await engine.dispose()


def _tell(path: Path, report: ImportReport) -> None:
    separator = "tab" if report.separator == "\t" else report.separator
    click.echo(f"{path.name}: {report.rows} rows ({report.encoding.removesuffix('-sig')}, separated by {separator})")
    written = report.written
    click.echo(f"  contacts: {written.created} new, {written.updated} changed, {written.unchanged} as they were")
    if report.orders:
        click.echo(f"  orders: {report.orders}")
    if report.unknown_columns:
        click.echo(f"  columns that went into the comment: {', '.join(report.unknown_columns)}")
    for remark in report.remarks[:PROBLEMS_SHOWN]:
        click.echo(f"  {remark}")
    if report.problems:
        click.echo(f"  not taken: {len(report.problems)} rows", err=True)
    for problem in report.problems[:PROBLEMS_SHOWN]:
        click.echo(f"    line {problem.line}: {problem.problem}", err=True)
    if len(report.problems) > PROBLEMS_SHOWN:
        click.echo(f"    and {len(report.problems) - PROBLEMS_SHOWN} more: use --rejected FILE to see all", err=True)


def _write_rejected(path: Path, reports: list[ImportReport]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        for report in reports:
            if report.problems:
                writer = csv.writer(file, delimiter=report.separator)
                writer.writerow([*report.header, "what to correct"])
                writer.writerows([*problem.cells, problem.problem] for problem in report.problems)
