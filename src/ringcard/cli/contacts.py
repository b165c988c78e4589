"""`ringcard contacts`: files in and out, look at what is there. Imports are in `contacts_import`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.app.config import Config
from ringcard.app.doctor import with_stored_settings
from ringcard.cli import contacts_import
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config
from ringcard.cli.who import who
from ringcard.contacts.exports import selection, writers
from ringcard.contacts.model import Contact, ContactsError
from ringcard.contacts.opening import open_cards
from ringcard.contacts.store import MOST_LISTED, ContactStore
from ringcard.numbers import display
from ringcard.people.audit import Audit
from ringcard.storage import StorageError

FORMS: Final = {".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".vcf": "vcf", ".vcard": "vcf"}
SEPARATORS: Final = {"semicolon": ";", "comma": ",", "tab": "\t"}


@click.group()
@CONFIG_OPTION
@click.pass_context
def contacts(ctx: click.Context, config_path: Path | None) -> None:
    """Contacts: who calls."""
    configure(ctx, config_path)


for command in contacts_import.COMMANDS:
    contacts.add_command(command)


@contacts.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.option("--form", type=click.Choice(["csv", "xlsx", "vcf"]), help="Default: by the file's name, else csv.")
@click.option("--search", "q", help="Only the contacts of this search.")
@click.option("--number", help="Only those with this phone number, in any spelling.")
@click.option("--orders", is_flag=True, help="With their orders, a row for each item; not in vCard.")
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="Of the columns.")
@click.option("--encoding", type=click.Choice(["utf-8", "cp1251"]), default="utf-8", show_default=True, help="Of CSV.")
@click.option("--separator", type=click.Choice(list(SEPARATORS)), default="semicolon", show_default=True)
@click.option("--vcard", "version", type=click.Choice(["3.0", "4.0"]), default="4.0", show_default=True)
@click.option("--force", is_flag=True, help="Write over FILE if it is there.")
@click.pass_context
def export(
    ctx: click.Context,
    file: Path,
    form: str | None,
    q: str | None,
    number: str | None,
    orders: bool,
    language: str,
    encoding: str,
    separator: str,
    version: writers.Version,
    force: bool,
) -> None:
    """Write contacts into FILE, or to standard output: all, or those that are found.

    The file can be imported again and loses nothing.
    """
    to_stdout = str(file) == "-"
    form = form or FORMS.get(file.suffix.lower(), "csv")
    if to_stdout and form == "xlsx" and sys.stdout.isatty():
        raise click.ClickException("a workbook is no text: name a FILE, or send it on with > contacts.xlsx")

    if not to_stdout and file.exists() and not force:
        raise click.ClickException(f"{file} is there already: --force writes over it")

    async def run() -> int:
        async with stores(current_config(ctx)) as (engine, store):
            found = await _selected(engine, store, q, number)
            asked = {"form": form, "search": q, "one_number": number is not None}
            await Audit(engine).note("contacts.exported", by=who(), kind="contacts", after=asked)
            counted = Counted(found)
            fields = store.fields
            match form:
                case "xlsx":
                    pieces = writers.as_xlsx(counted, language=language, with_orders=orders, fields=fields)
                case "vcf":
                    pieces = writers.as_vcard(counted, version=version, fields=fields)
                case _:
                    pieces = writers.as_csv(
                        counted,
                        language=language,
                        encoding=encoding,
                        separator=SEPARATORS[separator],
                        with_orders=orders,
                        fields=fields,
                    )
            if to_stdout:
                await _write(pieces, sys.stdout.buffer)
            else:
                await _write_file(pieces, file)
            return counted.count

    try:
        count = asyncio.run(run())
    except (ContactsError, StorageError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{count} contacts" + ("" if to_stdout else f" in {file}"), err=True)


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


@asynccontextmanager
async def stores(config: Config) -> AsyncIterator[tuple[AsyncEngine, ContactStore]]:
    """The contacts, with numbering and own fields as they were set, in the browser too."""
    async with contacts_import.database(config) as engine:
        effective = await with_stored_settings(config)
        cards = open_cards(config.database_url)
        try:
            store = ContactStore(engine, cards, effective.company.plan())
            store.use_fields(effective.card.specs())
            yield engine, store
        finally:
            await cards.close()


class Counted:
    """The pages, counted as they go by."""

    def __init__(self, pages: writers.Pages) -> None:
        self._pages = pages
        self.count = 0

    def __aiter__(self) -> Counted:
        return self

    async def __anext__(self) -> list[selection.Exported]:
        page = await anext(self._pages)
        self.count += len(page)
        return page


async def _selected(engine: AsyncEngine, store: ContactStore, q: str | None, number: str | None) -> writers.Pages:
    """Raises `click.ClickException` for a search that would be cut short."""

    async def following(before: str | None) -> tuple[Sequence[str], str | None]:
        page = await store.search(q=q, number=number, limit=selection.PAGE, before=before)
        return [contact.contact_id for contact in page.items], page.next

    if q is None and number is None:
        return selection.everything(engine)
    if q is not None and len((await following(None))[0]) >= MOST_LISTED:
        # What is found by words comes ranked, on one page: the rest would be missing from the file without a word.
        raise click.ClickException(f"{MOST_LISTED} contacts or more are found: search more narrowly, or export all")
    return selection.found(engine, following)


async def _write(pieces: AsyncIterator[bytes], out: BinaryIO) -> None:
    async for piece in pieces:
        out.write(piece)
    out.flush()


async def _write_file(pieces: AsyncIterator[bytes], file: Path) -> None:
    """Whole or not at all, and for its owner only: it is full of people."""
    part = file.with_name(f".{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            await _write(pieces, out)
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


async def _list(config: Config, q: str | None, number: str | None, limit: int) -> list[Contact]:
    async with stores(config) as (_, store):
        found: list[Contact] = []
        before: str | None = None
        while len(found) < limit:
            page = await store.search(q=q, number=number, limit=limit - len(found), before=before)
            found += page.items
            before = page.next
            if before is None:
                break
        return found
