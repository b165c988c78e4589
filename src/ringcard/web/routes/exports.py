"""Contacts as a file, streamed: all of them, or those of a search."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Stream

from ringcard.contacts.exports import selection, writers
from ringcard.contacts.store import MOST_LISTED
from ringcard.people.permissions import Permission
from ringcard.web.access import must_see_numbers, needs
from ringcard.web.problems import Refusal
from ringcard.web.routes import TheActor, TheRooms, TheSight

MEDIA_TYPES = {
    "csv": "text/csv; charset={encoding}",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "vcf": "text/vcard; charset=utf-8",
}
SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}


@get(
    "/export/contacts",
    operation_id="exportContacts",
    summary="Contacts as CSV, XLSX or vCard",
    opt=needs(Permission.CONTACTS_EXPORT),
    media_type="application/octet-stream",
)
async def export_contacts(
    rooms: TheRooms,
    sight: TheSight,
    actor: TheActor,
    form: Annotated[Literal["csv", "xlsx", "vcf"], QueryParameter(description="Of the file.")] = "csv",
    language: Annotated[Literal["en", "ru"], QueryParameter(description="Of the columns' names.")] = "en",
    encoding: Annotated[Literal["utf-8", "cp1251"], QueryParameter(description="Of CSV.")] = "utf-8",
    separator: Annotated[Literal["semicolon", "comma", "tab"], QueryParameter(description="Of CSV.")] = "semicolon",
    version: Annotated[Literal["3.0", "4.0"], QueryParameter(description="Of vCard.")] = "4.0",
    orders: Annotated[bool, QueryParameter(description="A row for each order's item; not in vCard.")] = False,
    q: Annotated[str | None, QueryParameter(max_length=200, description="Those of this search only.")] = None,
    number: Annotated[str | None, QueryParameter(max_length=100, description="Those with this number only.")] = None,
) -> Stream:
    """The cards that one's role shows. The file can be imported again and loses nothing; in CSV a text that a
    spreadsheet would run begins with `'`.
    """
    must_see_numbers(sight)
    engine = rooms.imports.store.engine

    async def following(before: str | None) -> tuple[Sequence[str], str | None]:
        page = await rooms.contacts.search(
            q=q, number=number, limit=selection.PAGE, before=before, managers=sight.cards
        )
        return [contact.contact_id for contact in page.items], page.next

    if q is not None and len((await following(None))[0]) >= MOST_LISTED:
        # What is found by words comes ranked, on one page: the rest would be missing from the file without a word.
        raise Refusal("too_many_found", f"{MOST_LISTED} cards or more are found: search more narrowly, or export all.")
    everything = q is None and number is None and sight.cards is None
    pages = selection.everything(engine) if everything else selection.found(engine, following)
    await rooms.audit.note(
        "contacts.exported",
        by=actor,
        kind="contacts",
        after={"form": form, "search": q, "one_number": number is not None},
    )
    fields = rooms.contacts.fields
    pieces: AsyncIterator[bytes]
    match form:
        case "csv":
            pieces = writers.as_csv(
                pages,
                language=language,
                encoding=encoding,
                separator=SEPARATORS[separator],
                with_orders=orders,
                fields=fields,
            )
        case "xlsx":
            pieces = writers.as_xlsx(pages, language=language, with_orders=orders, fields=fields)
        case "vcf":
            pieces = writers.as_vcard(pages, version=version, fields=fields)
    return Stream(
        pieces,
        media_type=MEDIA_TYPES[form].format(encoding=encoding),
        headers={"Content-Disposition": f'attachment; filename="contacts.{form}"'},
    )
