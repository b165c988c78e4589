"""Importing contacts from a file: sent in pieces, looked at, tried, run, stopped, undone.

An import is asked for again while it is under way (`GET /imports/{id}`): it says how far it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Meta

from ringcard.calls.record import moment
from ringcard.contacts.imports import reports
from ringcard.contacts.imports.columns import MEANINGS
from ringcard.contacts.imports.drafts import Entry
from ringcard.contacts.imports.model import Duplicates, ImportJob, ImportState, Key, NoSuchImport, Progress
from ringcard.contacts.imports.problems import Problem
from ringcard.contacts.imports.reading import FileKind, Layout
from ringcard.contacts.model import ContactDraft
from ringcard.people.permissions import Permission
from ringcard.web import shapes
from ringcard.web.access import needs
from ringcard.web.routes import AnyRequest, TheRooms, TheSession

IMPORT = needs(Permission.CONTACTS_IMPORT)
PIECE = 900_000
"""Bytes of a file that are sent at once, at most: within the largest request."""
MOST_PROBLEMS = 200
"""Rows on a screen; all of them are in the file."""

Language = Annotated[Literal["en", "ru"], QueryParameter(description="Of the reasons.")]
ImportId = FromPath[int]


class NewImport(shapes.Shape, forbid_unknown_fields=True):
    """A file that is going to be sent."""

    file_name: Annotated[str, Meta(min_length=1, max_length=300)]
    size: Annotated[int, Meta(ge=1)]
    language: Literal["en", "ru"] = "en"


class ImportLayout(shapes.Shape, forbid_unknown_fields=True):
    """How the file is read. `encoding` and `separator` are for CSV (and vCard), `sheet` for XLSX."""

    kind: Literal["csv", "xlsx", "vcard"]
    encoding: Annotated[str, Meta(max_length=40)] | None = None
    separator: Annotated[str, Meta(min_length=1, max_length=1)] | None = None
    sheet: Annotated[str, Meta(max_length=200)] | None = None
    has_header: bool = True


class ImportChoices(shapes.Shape, forbid_unknown_fields=True):
    """What the columns mean, one each, and what becomes of contacts that are there already."""

    meanings: Annotated[list[str], Meta(max_length=512)]
    duplicates: Literal["skip", "update", "create"]
    match_by: Annotated[list[Literal["external_id", "name", "number", "email"]], Meta(max_length=4)]


class ImportCounts(shapes.Shape):
    rows: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    orders: int
    managers_unknown: int


class Import(shapes.Shape):
    """An import. `trial` is what the last dry run found; `counts` what was done; `changes` can be undone."""

    import_id: int
    state: Literal["uploading", "ready", "trying", "running", "done", "cancelled", "failed", "undoing", "undone"]
    stopping: bool
    file_name: str
    file_size: int
    received: int
    layout: ImportLayout | None
    header: list[str]
    choices: ImportChoices | None
    counts: ImportCounts
    trial: ImportCounts | None
    position: int
    """Bytes of the file that were read, by the run or the dry run."""
    rows_per_s: float | None
    remaining_s: float | None
    undone: dict[str, int] | None
    """What an undo `removed`, `restored` and `kept` because somebody changed it since."""
    problem: str | None
    employee_id: str | None
    created_at: shapes.Moment
    started_at: shapes.Moment | None
    ended_at: shapes.Moment | None


class ImportList(shapes.Shape):
    items: list[Import]
    next: int | None


class CellProblem(shapes.Shape):
    """What is wrong with a cell, or with the whole row if there is no `column`."""

    column: str
    value: str
    reason: str
    text: str


class PreviewCard(shapes.Shape):
    """What a row would become, as far as a preview shows it."""

    kind: Literal["person", "organisation"]
    name: str
    organisation: str | None
    position: str | None
    phones: list[shapes.Phone]
    emails: list[shapes.Email]
    segment: str | None
    tags: list[str]
    vip: bool
    city: str | None
    comment: str | None
    external_id: str | None
    orders: list[str]


class PreviewRow(shapes.Shape):
    """One row, and the card that it would become."""

    row: int
    cells: list[str]
    card: PreviewCard | None
    problems: list[CellProblem]


class ImportPreview(shapes.Shape):
    header: list[str]
    rows: list[PreviewRow]
    sheets: list[str]
    meanings: list[str]
    """All that a column can mean."""


class BadRow(shapes.Shape):
    row: int
    problems: list[CellProblem]


class BadRows(shapes.Shape):
    """The first rows that were not taken; `errors.csv` has all of them."""

    items: list[BadRow]


class KeptContact(shapes.Shape):
    contact_id: str
    name: str


class KeptContacts(shapes.Shape):
    items: list[KeptContact]


@get("/imports", operation_id="listImports", summary="Imports, newest first", opt=IMPORT)
async def list_imports(
    rooms: TheRooms,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    before: Annotated[int | None, QueryParameter(ge=0, le=2**31 - 1)] = None,
) -> ImportList:
    jobs = await rooms.imports.store.newest(limit + 1, before)
    following = jobs[limit - 1].import_id if len(jobs) > limit else None
    return ImportList(items=[_shape(job) for job in jobs[:limit]], next=following)


@post("/imports", operation_id="createImport", summary="Begin an import of a file", opt=IMPORT)
async def create_import(data: JSONBody[NewImport], rooms: TheRooms, session: TheSession) -> Import:
    """Send the file by `PUT /imports/{id}/file`, in pieces of at most 900 kB."""
    job = await rooms.imports.create(
        data.file_name, data.size, language=data.language, employee_id=session.employee.employee_id
    )
    return _shape(job)


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
    return _shape(await rooms.imports.put(_id(import_id), offset, await request.body()))


@get("/imports/{import_id:int}", operation_id="getImport", summary="An import, and how far it came", opt=IMPORT)
async def get_import(import_id: ImportId, rooms: TheRooms) -> Import:
    return _shape(await rooms.imports.store.get(_id(import_id)))


@get("/imports/{import_id:int}/preview", operation_id="previewImport", summary="The first rows as cards", opt=IMPORT)
async def preview_import(import_id: ImportId, rooms: TheRooms, language: Language = "en") -> ImportPreview:
    preview = await rooms.imports.preview(_id(import_id))
    entries = {entry.row: entry for entry in preview.entries}
    rows = [
        PreviewRow(
            row=record.row,
            cells=[_sent(cell) for cell in record.cells],
            card=_card(entries.get(record.row)),
            problems=_problems(entries.get(record.row), language),
        )
        for record in preview.records
    ]
    return ImportPreview(
        header=[_sent(name) for name in preview.header],
        rows=rows,
        sheets=list(preview.sheets),
        meanings=list(MEANINGS),
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
    return _shape(await rooms.imports.look(_id(import_id), layout))


@put("/imports/{import_id:int}/choices", operation_id="chooseImport", summary="Say what columns mean", opt=IMPORT)
async def choose(import_id: ImportId, data: JSONBody[ImportChoices], rooms: TheRooms) -> Import:
    """It is remembered, and proposed for the next file with the same columns."""
    keys: list[Key] = list(data.match_by)
    return _shape(await rooms.imports.choose(_id(import_id), data.meanings, Duplicates(data.duplicates), keys))


@post("/imports/{import_id:int}/try", operation_id="tryImport", summary="A dry run", opt=IMPORT, status_code=202)
async def try_import(import_id: ImportId, rooms: TheRooms) -> Import:
    """Counts what would be created, updated and refused, and writes nothing."""
    return _shape(await rooms.imports.begin(_id(import_id), ImportState.TRYING))


@post("/imports/{import_id:int}/start", operation_id="startImport", summary="Import", opt=IMPORT, status_code=202)
async def start_import(import_id: ImportId, rooms: TheRooms) -> Import:
    """Also lets one go on that was stopped or failed: no row is taken twice."""
    return _shape(await rooms.imports.begin(_id(import_id), ImportState.RUNNING))


@post("/imports/{import_id:int}/stop", operation_id="stopImport", summary="Stop it", opt=IMPORT, status_code=202)
async def stop_import(import_id: ImportId, rooms: TheRooms) -> Import:
    """What was written stays; it can go on, or be undone."""
    return _shape(await rooms.imports.stop(_id(import_id)))


@post("/imports/{import_id:int}/undo", operation_id="undoImport", summary="Take it back", opt=IMPORT, status_code=202)
async def undo_import(import_id: ImportId, rooms: TheRooms) -> Import:
    """Cards that it created go, cards that it changed say again what they said, unless somebody changed them since."""
    return _shape(await rooms.imports.begin(_id(import_id), ImportState.UNDOING))


@delete("/imports/{import_id:int}", operation_id="forgetImport", summary="Forget it", opt=IMPORT)
async def forget_import(import_id: ImportId, rooms: TheRooms) -> None:
    """Its file and its report are deleted; what it wrote stays and can no longer be undone."""
    await rooms.imports.forget(_id(import_id))


@get("/imports/{import_id:int}/errors", operation_id="listImportErrors", summary="Rows not taken", opt=IMPORT)
async def list_errors(import_id: ImportId, rooms: TheRooms, language: Language = "en") -> BadRows:
    job = await rooms.imports.store.get(_id(import_id))
    return BadRows(
        items=[
            BadRow(row=rejected.row, problems=[_told(problem, language) for problem in rejected.told()])
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
async def errors_csv(import_id: ImportId, rooms: TheRooms, language: Language = "en") -> Stream:
    job = await rooms.imports.store.get(_id(import_id))
    return _download(reports.errors(rooms.imports.rejected(job), language), f"import-{job.import_id}-errors.csv")


@get(
    "/imports/{import_id:int}/rejected.csv",
    operation_id="getImportRejected",
    summary="The rows that were not taken, as they were, each with what to correct",
    opt=IMPORT,
    media_type="text/csv",
)
async def rejected_csv(import_id: ImportId, rooms: TheRooms, language: Language = "en") -> Stream:
    """Corrected, it can be imported."""
    job = await rooms.imports.store.get(_id(import_id))
    separator = job.layout.separator if job.layout and job.layout.separator else ","
    rows = reports.rows_to_correct(rooms.imports.rejected(job), job.header, language, separator)
    return _download(rows, f"import-{job.import_id}-rejected.csv")


def _id(import_id: int) -> int:
    """Raises `NoSuchImport` for what no database could hold."""
    if not 0 <= import_id < 2**31:
        raise NoSuchImport(f"there is no import {import_id}")
    return import_id


def _shape(job: ImportJob) -> Import:
    progress = job.trial if job.state is ImportState.TRYING else job.progress
    progress = progress or Progress()
    rate, remaining = _pace(job, progress)
    choices, layout, undone = job.choices, job.layout, job.undo
    return Import(
        import_id=job.import_id,
        state=job.state.value,
        stopping=job.stop,
        file_name=_sent(job.file_name),
        file_size=job.file_size,
        received=job.received,
        layout=None
        if layout is None
        else ImportLayout(
            kind=layout.kind.value,
            encoding=layout.encoding,
            separator=layout.separator,
            sheet=layout.sheet,
            has_header=layout.has_header,
        ),
        header=[_sent(name) for name in job.header],
        choices=None
        if choices is None
        else ImportChoices(
            meanings=list(choices.meanings), duplicates=choices.duplicates.value, match_by=list(choices.match_by)
        ),
        counts=_counts(job.progress),
        trial=None if job.trial is None else _counts(job.trial),
        position=progress.position,
        rows_per_s=rate,
        remaining_s=remaining,
        undone=None
        if undone is None
        else {"removed": undone.removed, "restored": undone.restored, "kept": undone.kept},
        problem=job.problem,
        employee_id=job.employee_id,
        created_at=moment(job.created_at) or "",
        started_at=None if job.started_at is None else moment(job.started_at),
        ended_at=None if job.ended_at is None else moment(job.ended_at),
    )


def _counts(progress: Progress) -> ImportCounts:
    counts = progress.counts
    return ImportCounts(**{name: getattr(counts, name) for name in counts.__struct_fields__})


def _pace(job: ImportJob, progress: Progress) -> tuple[float | None, float | None]:
    """Rows a second since it took up, and what the rest of the file takes at that pace."""
    if job.started_at is None or job.state not in (ImportState.TRYING, ImportState.RUNNING):
        return None, None
    seconds = (job.changed_at - job.started_at).total_seconds()
    rows, read = progress.counts.rows - progress.began_at_row, progress.position - progress.began_at_position
    if seconds <= 0 or rows <= 0 or read <= 0:
        return None, None
    return round(rows / seconds, 1), round((job.file_size - progress.position) * seconds / read, 1)


def _card(entry: Entry | None) -> PreviewCard | None:
    draft: ContactDraft | None = None if entry is None else entry.draft
    if draft is None:
        return None
    return PreviewCard(
        kind=draft.kind.value,
        name=draft.name,
        organisation=draft.organisation,
        position=draft.position,
        phones=[shapes.Phone(number=each.number, presented=each.presented, label=each.label) for each in draft.phones],
        emails=[shapes.Email(email=each.email, label=each.label) for each in draft.emails],
        segment=draft.segment,
        tags=list(draft.tags),
        vip=draft.vip,
        city=draft.city,
        comment=draft.comment,
        external_id=draft.external_id,
        orders=[order.number for order in draft.orders or ()],
    )


def _problems(entry: Entry | None, language: str) -> list[CellProblem]:
    return [] if entry is None else [_told(problem, language) for problem in entry.problems]


def _told(problem: Problem, language: str) -> CellProblem:
    return CellProblem(
        column=_sent(problem.column),
        value=_sent(problem.value),
        reason=problem.reason.value,
        text=_sent(problem.told(language)),
    )


def _sent(text: str) -> str:
    """A text of a file as JSON can have it, and not longer than a screen needs."""
    return text[:1_000].encode("utf-8", "replace").decode()


def _download(pieces: Iterator[bytes], name: str) -> Stream:
    async def sent() -> AsyncIterator[bytes]:
        # Reading a file of a hundred thousand rows is for a thread.
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    return Stream(
        sent(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
