"""Importing contacts from a file: sent in pieces, looked at, tried, run, stopped, undone.

An import is asked for again while it is under way (`GET /imports/{id}`): it says how far it came.
"""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from ringcard.contacts.imports import reports
from ringcard.contacts.imports.columns import CUSTOM, meanings_of
from ringcard.contacts.imports.model import Duplicates, ImportState, Key, NoSuchImport
from ringcard.contacts.imports.reading import FileKind, Layout
from ringcard.people.permissions import Permission
from ringcard.web.access import must_see_numbers, needs
from ringcard.web.downloads import csv_file
from ringcard.web.import_shapes import (
    BadRow,
    BadRows,
    Import,
    ImportChoices,
    ImportLayout,
    ImportList,
    ImportPreview,
    KeptContact,
    KeptContacts,
    NewImport,
    PreviewRow,
    card_of,
    import_shape,
    problems_of,
    sent,
    told,
)
from ringcard.web.routes import AnyRequest, TheActor, TheRooms, TheSession, TheSight

IMPORT = needs(Permission.CONTACTS_IMPORT, every_card=True)
"""An import looks for its rows among all cards, and changes those that it finds."""
MOST_PROBLEMS = 200
"""Rows on a screen; all of them are in the file."""

Language = Annotated[Literal["en", "ru"], QueryParameter(description="Of the reasons.")]
ImportId = FromPath[int]


@get("/imports", operation_id="listImports", summary="Imports, newest first", opt=IMPORT)
async def list_imports(
    rooms: TheRooms,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    before: Annotated[int | None, QueryParameter(ge=0, le=2**31 - 1)] = None,
) -> ImportList:
    jobs = await rooms.imports.store.newest(limit + 1, before)
    following = jobs[limit - 1].import_id if len(jobs) > limit else None
    return ImportList(items=[import_shape(job) for job in jobs[:limit]], next=following)


@post("/imports", operation_id="createImport", summary="Begin an import of a file", opt=IMPORT)
async def create_import(data: JSONBody[NewImport], rooms: TheRooms, session: TheSession, sight: TheSight) -> Import:
    """Send the file by `PUT /imports/{id}/file`, in pieces of at most 900 kB."""
    must_see_numbers(sight)
    job = await rooms.imports.create(
        data.file_name, data.size, language=data.language, employee_id=session.employee.employee_id
    )
    return import_shape(job)


@put(
    "/imports/{import_id:int}/file",
    operation_id="putImportPiece",
    summary="Send a piece of the file",
    opt=IMPORT | {"takes": "application/octet-stream"},
)
async def put_piece(
    import_id: ImportId,
    request: AnyRequest,
    rooms: TheRooms,
    offset: Annotated[int, QueryParameter(ge=0, le=2**53, description="Where in the file it begins.")],
) -> Import:
    """The body is the piece, as `application/octet-stream`. After a lost connection go on at `received`."""
    return import_shape(await rooms.imports.put(_id(import_id), offset, await request.body()))


@get("/imports/{import_id:int}", operation_id="getImport", summary="An import, and how far it came", opt=IMPORT)
async def get_import(import_id: ImportId, rooms: TheRooms) -> Import:
    return import_shape(await rooms.imports.store.get(_id(import_id)))


@get("/imports/{import_id:int}/preview", operation_id="previewImport", summary="The first rows as cards", opt=IMPORT)
async def preview_import(
    import_id: ImportId, rooms: TheRooms, sight: TheSight, language: Language = "en"
) -> ImportPreview:
    must_see_numbers(sight)
    preview = await rooms.imports.preview(_id(import_id))
    entries = {entry.row: entry for entry in preview.entries}
    rows = [
        PreviewRow(
            row=record.row,
            cells=[sent(cell) for cell in record.cells],
            card=card_of(entries.get(record.row)),
            problems=problems_of(entries.get(record.row), language),
        )
        for record in preview.records
    ]
    return ImportPreview(
        header=[sent(name) for name in preview.header],
        rows=rows,
        sheets=list(preview.sheets),
        meanings=meanings_of(rooms.imports.fields()),
        labels={CUSTOM + each.key: each.label for each in rooms.imports.fields()},
    )


@put("/imports/{import_id:int}/layout", operation_id="setImportLayout", summary="Read the file otherwise", opt=IMPORT)
async def set_layout(import_id: ImportId, data: JSONBody[ImportLayout], rooms: TheRooms) -> Import:
    layout = Layout(
        kind=FileKind(data.kind),
        encoding=data.encoding,
        separator=data.separator,
        sheet=data.sheet,
        has_header=data.has_header,
    )
    return import_shape(await rooms.imports.look(_id(import_id), layout))


@put("/imports/{import_id:int}/choices", operation_id="chooseImport", summary="Say what columns mean", opt=IMPORT)
async def choose(import_id: ImportId, data: JSONBody[ImportChoices], rooms: TheRooms) -> Import:
    """It is remembered, and proposed for the next file with the same columns."""
    keys: list[Key] = list(data.match_by)
    return import_shape(await rooms.imports.choose(_id(import_id), data.meanings, Duplicates(data.duplicates), keys))


@post("/imports/{import_id:int}/try", operation_id="tryImport", summary="A dry run", opt=IMPORT, status_code=202)
async def try_import(import_id: ImportId, rooms: TheRooms) -> Import:
    """Counts what would be created, updated and refused, and writes nothing."""
    return import_shape(await rooms.imports.begin(_id(import_id), ImportState.TRYING))


@post("/imports/{import_id:int}/start", operation_id="startImport", summary="Import", opt=IMPORT, status_code=202)
async def start_import(import_id: ImportId, rooms: TheRooms, actor: TheActor) -> Import:
    """Also lets one go on that was stopped or failed: no row is taken twice."""
    job = import_shape(await rooms.imports.begin(_id(import_id), ImportState.RUNNING))
    await rooms.audit.note("contacts.imported", by=actor, kind="import", key=str(import_id), name=job.file_name)
    return job


@post("/imports/{import_id:int}/stop", operation_id="stopImport", summary="Stop it", opt=IMPORT, status_code=202)
async def stop_import(import_id: ImportId, rooms: TheRooms) -> Import:
    """What was written stays; it can go on, or be undone."""
    return import_shape(await rooms.imports.stop(_id(import_id)))


@post("/imports/{import_id:int}/undo", operation_id="undoImport", summary="Take it back", opt=IMPORT, status_code=202)
async def undo_import(import_id: ImportId, rooms: TheRooms, actor: TheActor) -> Import:
    """Cards that it created go, cards that it changed say again what they said, unless somebody changed them since."""
    job = import_shape(await rooms.imports.begin(_id(import_id), ImportState.UNDOING))
    await rooms.audit.note("contacts.import_undone", by=actor, kind="import", key=str(import_id), name=job.file_name)
    return job


@delete("/imports/{import_id:int}", operation_id="forgetImport", summary="Forget it", opt=IMPORT)
async def forget_import(import_id: ImportId, rooms: TheRooms) -> None:
    """Its file and its report are deleted; what it wrote stays and can no longer be undone."""
    await rooms.imports.forget(_id(import_id))


@get("/imports/{import_id:int}/errors", operation_id="listImportErrors", summary="Rows not taken", opt=IMPORT)
async def list_errors(import_id: ImportId, rooms: TheRooms, sight: TheSight, language: Language = "en") -> BadRows:
    must_see_numbers(sight)
    job = await rooms.imports.store.get(_id(import_id))
    return BadRows(
        items=[
            BadRow(row=rejected.row, problems=[told(problem, language) for problem in rejected.told()])
            for rejected in rooms.imports.rejected(job, most=MOST_PROBLEMS)
        ]
    )


@get("/imports/{import_id:int}/kept", operation_id="listImportKept", summary="Left by an undo", opt=IMPORT)
async def list_kept(import_id: ImportId, rooms: TheRooms) -> KeptContacts:
    """Contacts that an undo left because somebody changed them since: the first 200."""
    await rooms.imports.store.get(_id(import_id))
    kept = await rooms.imports.store.kept(_id(import_id))
    return KeptContacts(items=[KeptContact(contact_id=contact_id, name=name) for contact_id, name in kept])


@get(
    "/imports/{import_id:int}/errors.csv",
    operation_id="getImportErrors",
    summary="Every row that was not taken: row, column, value, reason",
    opt=IMPORT,
    media_type="text/csv",
)
async def errors_csv(import_id: ImportId, rooms: TheRooms, sight: TheSight, language: Language = "en") -> Stream:
    must_see_numbers(sight)
    job = await rooms.imports.store.get(_id(import_id))
    return csv_file(reports.errors(rooms.imports.rejected(job), language), f"import-{job.import_id}-errors.csv")


@get(
    "/imports/{import_id:int}/rejected.csv",
    operation_id="getImportRejected",
    summary="The rows that were not taken, as they were, each with what to correct",
    opt=IMPORT,
    media_type="text/csv",
)
async def rejected_csv(import_id: ImportId, rooms: TheRooms, sight: TheSight, language: Language = "en") -> Stream:
    """Corrected, it can be imported."""
    must_see_numbers(sight)
    job = await rooms.imports.store.get(_id(import_id))
    separator = job.layout.separator if job.layout and job.layout.separator else ","
    rows = reports.rows_to_correct(rooms.imports.rejected(job), job.header, language, separator)
    return csv_file(rows, f"import-{job.import_id}-rejected.csv")


def _id(import_id: int) -> int:
    """Raises `NoSuchImport` for what no database could hold."""
    if not 0 <= import_id < 2**31:
        raise NoSuchImport(f"there is no import {import_id}")
    return import_id
