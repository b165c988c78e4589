"""`ringcard contacts import`, `imports`, `resume` and `undo`: the importer of the browser, at a terminal.

An import that is begun here is one like any other: the browser lists it, and either may take it back.

Over 400 lines because the four commands are one conversation: what they ask, do and tell is shared.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.app.config import Config
from ringcard.app.doctor import with_stored_settings
from ringcard.cli.settings import current_config, database_url
from ringcard.cli.who import who
from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports import reports
from ringcard.contacts.imports.columns import NAMED_COMMENT
from ringcard.contacts.imports.model import (
    UNDER_WAY,
    Counts,
    Duplicates,
    ImportJob,
    ImportState,
    Key,
    Progress,
)
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.imports.spool import Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.worker import work
from ringcard.contacts.model import ContactsError
from ringcard.numbers import NumberingPlan
from ringcard.people.audit import Audit
from ringcard.storage import StorageError, migrate, open_engine

PROBLEMS_SHOWN: Final = 20
LOOK_EVERY_S: Final = 0.5
"""At an import that the server works on."""

Result = TypeVar("Result")


class Desk:
    """The importer as a command uses it: an import, worked on in this process until it ends."""

    def __init__(self, config: Config, effective: Config, engine: AsyncEngine) -> None:
        self.engine = engine
        self.plan: NumberingPlan = effective.company.plan()
        self.fields: Sequence[FieldSpec] = effective.card.specs()
        self.spool = Spool(config.imports, largest_file=sys.maxsize)
        self.store = ImportStore(engine)
        self.importing = Importing(self.store, self.spool, lambda: self.plan, lambda: None, fields=lambda: self.fields)

    async def note(self, action: str, job: ImportJob) -> None:
        """Add a line to the audit trail, as the browser's routes do."""
        await Audit(self.engine).note(action, by=who(), kind="import", key=str(job.import_id), name=job.file_name)

    async def work(self, job: ImportJob, label: str) -> ImportJob:
        """Work on it, with a bar on a terminal; Ctrl-C stops after the batch at hand."""
        loop = asyncio.get_running_loop()
        with _bar(job, label) as told:

            def stop() -> None:
                if job.state in (ImportState.TRYING, ImportState.RUNNING):
                    stopping.append(loop.create_task(self.importing.stop(job.import_id)))

            stopping: list[asyncio.Task[ImportJob]] = []
            loop.add_signal_handler(signal.SIGINT, stop)
            try:
                await work(self.engine, self.spool, self.plan, job.import_id, fields=self.fields, told=told)
                held = await self.store.get(job.import_id)
                while held.state in UNDER_WAY:
                    # The server was quicker and works on it: it is theirs now.
                    await asyncio.sleep(LOOK_EVERY_S)
                    held = await self.store.get(job.import_id)
                    told(held.trial or held.progress if held.state is ImportState.TRYING else held.progress)
                await asyncio.gather(*stopping, return_exceptions=True)
            finally:
                loop.remove_signal_handler(signal.SIGINT)
        return await self.store.get(job.import_id)


@click.command("import")
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False), nargs=-1, required=True)
@click.option(
    "--map",
    "mapping",
    metavar="COLUMN=MEANING",
    multiple=True,
    help="What a column means, where its name does not tell: see docs/reference/imports.md.",
)
@click.option("--encoding", help="Of CSV and vCard. Default: what the file looks like.")
@click.option("--separator", help="Of CSV: one character, or tab. Default: what the file looks like.")
@click.option("--sheet", help="Of XLSX. Default: the first.")
@click.option("--no-header", is_flag=True, help="The first row is a contact already.")
@click.option(
    "--duplicates",
    type=click.Choice([each.value for each in Duplicates]),
    default=Duplicates.UPDATE.value,
    show_default=True,
    help="What becomes of contacts that are there.",
)
@click.option(
    "--same-by",
    "match_by",
    type=click.Choice(get_args(Key)),
    multiple=True,
    default=("external_id", "name"),
    show_default=True,
    help="By what a contact is the same; may be given several times.",
)
@click.option("--preview", is_flag=True, help="Show the first rows as the contacts they would become; change nothing.")
@click.option("--dry-run", is_flag=True, help="Count what would be created, changed and refused; change nothing.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Write the rows that were not taken here, as CSV.")
@click.option("--report", type=click.Path(path_type=Path), help="Write what is wrong with them here, as CSV.")
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="Of what is told.")
@click.pass_context
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    mapping: tuple[str, ...],
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
    no_header: bool,
    duplicates: str,
    match_by: tuple[Key, ...],
    preview: bool,
    dry_run: bool,
    rejected: Path | None,
    report: Path | None,
    language: str,
) -> None:
    """Import contacts from FILES: CSV, XLSX or vCard. Importing a file again updates them.

    A file with a key but no name changes contacts that are there: their orders, for one. Leaves with 1 if rows were
    not taken; the others are. `ringcard contacts undo` takes an import back.
    """
    meanings = dict(_pair(each) for each in mapping)
    if separator is not None and separator != "tab" and len(separator) != 1:
        raise click.BadParameter("one character, or tab", param_hint="--separator")
    layout = {
        "encoding": encoding,
        "separator": "\t" if separator == "tab" else separator,
        "sheet": sheet,
        "has_header": False if no_header else None,
    }

    async def run(desk: Desk) -> int:
        bad = 0
        for file in files:
            job = await desk.importing.adopt(file, language=language, employee_id=None)
            try:
                job = await _as_asked(desk, job, layout, meanings, Duplicates(duplicates), match_by)
                _tell_reading(job)
                if preview:
                    await _preview(desk, job)
                    continue
                wanted = ImportState.TRYING if dry_run else ImportState.RUNNING
                job = await desk.importing.begin(job.import_id, wanted)
                if not dry_run:
                    await desk.note("contacts.imported", job)
                job = await desk.work(job, file.name)
                _tell(job, dry=dry_run)
                bad += _tell_problems(desk, job, rejected, report, more=bad > 0)
            except BaseException:
                # What has written nothing leaves nothing behind.
                if (await desk.store.get(job.import_id)).state is ImportState.READY:
                    await desk.importing.forget(job.import_id)
                raise
            finally:
                if preview or dry_run:
                    await desk.importing.forget(job.import_id)
        return bad

    if _run(ctx, run):
        ctx.exit(1)


@click.command("imports")
@click.pass_context
def imports(ctx: click.Context) -> None:
    """List the imports, the newest first, with their numbers."""

    async def run(desk: Desk) -> list[ImportJob]:
        return await desk.store.newest()

    found = _run(ctx, run)
    for job in found:
        counts = job.progress.counts
        click.echo(
            f"{job.import_id}  {job.created_at:%Y-%m-%d %H:%M}Z  {job.state.value}  {job.file_name}"
            f"  {counts.created} new, {counts.updated} changed, {counts.failed} not taken"
        )
    if not found:
        click.echo("No imports.", err=True)


@click.command("resume")
@click.argument("import_id", type=click.IntRange(1, 2**31 - 1))
@click.pass_context
def resume(ctx: click.Context, import_id: int) -> None:
    """Go on with an import that was stopped, or failed, or whose process ended."""

    async def run(desk: Desk) -> int:
        job = await desk.store.get(import_id)
        if job.state not in UNDER_WAY:
            job = await desk.importing.begin(import_id, ImportState.RUNNING)
            await desk.note("contacts.imported", job)
        job = await desk.work(job, job.file_name)
        _tell(job, dry=False)
        return _tell_problems(desk, job, None, None)

    if _run(ctx, run):
        ctx.exit(1)


@click.command("undo")
@click.argument("import_id", type=click.IntRange(1, 2**31 - 1))
@click.pass_context
def undo(ctx: click.Context, import_id: int) -> None:
    """Take an import back: contacts it created go, those it changed say again what they said.

    What somebody changed since, merged with another, or wrote a note to, stays, and is listed.
    """

    async def run(desk: Desk) -> None:
        job = await desk.importing.begin(import_id, ImportState.UNDOING)
        await desk.note("contacts.import_undone", job)
        job = await desk.work(job, f"undo {import_id}")
        if job.problem is not None:
            raise click.ClickException(job.problem)
        undone = job.undo
        if undone is not None:
            click.echo(f"{undone.removed} removed, {undone.restored} as they were, {undone.kept} kept")
        for contact_id, name in await desk.store.kept(import_id):
            click.echo(f"  kept: {contact_id}  {name}")

    _run(ctx, run)


COMMANDS: Final = (import_, imports, resume, undo)


@asynccontextmanager
async def database(config: Config) -> AsyncIterator[AsyncEngine]:
    """The configuration's database, migrated."""
    engine = open_engine(database_url(config))
    try:
        await migrate(engine)
        yield engine
    finally:
        await engine.dispose()


def _run(ctx: click.Context, what: Callable[[Desk], Coroutine[Any, Any, Result]]) -> Result:
    config = current_config(ctx)

    async def run() -> Result:
        async with database(config) as engine:
            return await what(Desk(config, await with_stored_settings(config), engine))

    try:
        return asyncio.run(run())
    except (ContactsError, StorageError) as error:
        raise click.ClickException(str(error)) from error


def _pair(text: str) -> tuple[str, str]:
    column, sign, meaning = text.rpartition("=")
    if not sign or not column or not meaning:
        raise click.BadParameter(f"{text!r}: write COLUMN=MEANING, as 'Тел. склада=phones'", param_hint="--map")
    return column.strip().casefold(), meaning.strip()


async def _as_asked(
    desk: Desk,
    job: ImportJob,
    layout: Mapping[str, object],
    meanings: Mapping[str, str],
    duplicates: Duplicates,
    match_by: Sequence[Key],
) -> ImportJob:
    """The import with what was chosen for it. Raises `FileUnreadable`, `MappingInvalid`, `click.ClickException`."""
    asked = {name: value for name, value in layout.items() if value is not None}
    if asked and job.layout is not None:
        job = await desk.importing.look(job.import_id, msgspec.structs.replace(job.layout, **asked))
    assert job.choices is not None
    unknown = meanings.keys() - {name.strip().casefold() for name in job.header}
    if unknown:
        raise click.ClickException(
            f"{job.file_name} has no column {', '.join(sorted(unknown))}; it has: {', '.join(job.header)}"
        )
    chosen = [
        meanings.get(name.strip().casefold(), held) for name, held in zip(job.header, job.choices.meanings, strict=True)
    ]
    if not meanings and (duplicates, tuple(match_by)) == (job.choices.duplicates, job.choices.match_by):
        return job
    return await desk.importing.choose(job.import_id, chosen, duplicates, match_by)


@contextmanager
def _bar(job: ImportJob, label: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, and nothing else anywhere else."""
    length = max(1, job.file_size)
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def told(progress: Progress) -> None:
            bar.update(max(0, min(progress.position, length) - bar.pos))

        yield told


def _tell_reading(job: ImportJob) -> None:
    layout = job.layout
    assert layout is not None
    how = [layout.kind.value, layout.encoding, layout.sheet]
    if layout.separator is not None:
        how.append("separated by " + ("tab" if layout.separator == "\t" else layout.separator))
    click.echo(f"{job.file_name}: {', '.join(filter(None, how))}")
    assert job.choices is not None
    lost = [name for name, meaning in zip(job.header, job.choices.meanings, strict=True) if meaning == NAMED_COMMENT]
    if lost and layout.kind.value != "vcard":
        click.echo(f"  columns that go into the comment: {', '.join(lost)}")


async def _preview(desk: Desk, job: ImportJob) -> None:
    preview = await desk.importing.preview(job.import_id)
    assert job.choices is not None
    for name, meaning in zip(preview.header, job.choices.meanings, strict=True):
        click.echo(f"  {name} → {meaning}")
    for entry in preview.entries:
        draft = entry.draft
        if draft is not None:
            facts = [draft.name, draft.organisation, *(phone.number or phone.presented for phone in draft.phones)]
            click.echo(f"  row {entry.row}: {', '.join(filter(None, facts))}")
        for problem in entry.problems:
            click.echo(f"  row {entry.row}: {problem.told(job.language)}", err=True)


def _tell(job: ImportJob, *, dry: bool) -> None:
    progress = job.trial if dry else job.progress
    counts = Counts() if progress is None else progress.counts
    would = "would be: " if dry else ""
    click.echo(
        f"  contacts: {would}{counts.created} new, {counts.updated} changed, {counts.unchanged} as they were"
        + (f", {counts.skipped} skipped" if counts.skipped else "")
    )
    if counts.orders:
        click.echo(f"  orders: {counts.orders}")
    if counts.managers_unknown:
        click.echo(
            f"  managers and deputies who are no employees, and went into the comment: {counts.managers_unknown}"
        )
    if counts.organisations_unknown:
        click.echo(f"  organisations that have no card here, so that nothing is linked: {counts.organisations_unknown}")
    if job.problem is not None:
        raise click.ClickException(f"{job.problem} What was written stays: ringcard contacts resume {job.import_id}")
    if job.state is ImportState.CANCELLED:
        raise click.ClickException(f"stopped; to go on: ringcard contacts resume {job.import_id}")
    if not dry:
        click.echo(f"  to take it back: ringcard contacts undo {job.import_id}")


def _tell_problems(
    desk: Desk, job: ImportJob, rejected: Path | None, report: Path | None, *, more: bool = False
) -> int:
    """Say what was not taken; returns how many rows that were."""
    shown, count = 0, 0
    for bad in desk.importing.rejected(job):
        count += 1
        for problem in bad.told():
            if shown < PROBLEMS_SHOWN:
                column = f"{problem.column}: " if problem.column else ""
                click.echo(f"    row {problem.row}: {column}{problem.told(job.language)}", err=True)
            shown += 1
    if not count:
        return 0
    click.echo(f"  not taken: {count} rows", err=True)
    if shown > PROBLEMS_SHOWN:
        click.echo(f"    and {shown - PROBLEMS_SHOWN} more: --report FILE has all of them", err=True)
    if rejected is not None:
        separator = (job.layout and job.layout.separator) or ","
        rows = reports.rows_to_correct(desk.importing.rejected(job), job.header, job.language, separator)
        _put(rejected, rows, append=more)
        click.echo(f"Rows that were not taken are in {rejected}, each with what to correct.")
    if report is not None:
        _put(report, reports.errors(desk.importing.rejected(job), job.language), append=more)
    return count


def _put(path: Path, pieces: Iterable[bytes], *, append: bool) -> None:
    try:
        with path.open("ab" if append else "wb") as file:
            for piece in pieces:
                file.write(piece)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
