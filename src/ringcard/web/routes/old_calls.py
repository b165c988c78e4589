"""Importing the calls of before from a PBX's own log: sent in pieces, looked at, tried, run, stopped, undone.

An import is asked for again while it is under way (`GET /call-imports/{id}`): it says how far it came.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from typing import Annotated, Literal

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Meta, field

from ringcard.calls.record import CallRecord, moment
from ringcard.people.permissions import Permission
from ringcard.web import old_calls, shapes
from ringcard.web.access import must_see_numbers, needs
from ringcard.web.downloads import csv_file
from ringcard.web.import_shapes import sent
from ringcard.web.old_calls import CallImportState, LogFile, NoSuchCallImport, Part, SkippedRow
from ringcard.web.routes import AnyRequest, TheActor, TheRooms, TheSession, TheSight

MANAGE = needs(Permission.SETTINGS_MANAGE)
MOST_SKIPPED = 200
"""Rows on a screen; all of them are in the file."""

ImportId = FromPath[int]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class SentFile(shapes.Shape, forbid_unknown_fields=True):
    """A file that is going to be sent."""

    name: Annotated[str, Meta(min_length=1, max_length=300)]
    size: Annotated[int, Meta(ge=1, le=2**53)]


class NewCallImport(shapes.Shape, forbid_unknown_fields=True):
    """`zone` is whose the times in the file are, as `Europe/Moscow`."""

    file: SentFile
    pbx: Name
    zone: Name
    queue_log: SentFile | None = None


class CallImportChoices(shapes.Shape, forbid_unknown_fields=True):
    """`columns` name those of a file whose first line does not; empty for Asterisk's Master.csv."""

    pbx: Name
    zone: Name
    columns: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=100)] = field(default_factory=list)


class ReceivedFile(shapes.Shape):
    name: str
    size: int
    received: int


class CallImportCounts(shapes.Shape):
    """`skipped` rows could not be read; `known` calls were there already; `withdrawn` were taken back by an undo."""

    rows: int
    skipped: int
    calls: int
    added: int
    known: int
    withdrawn: int


class CallImport(shapes.Shape):
    """An import. `trial` is what the last dry run found, `counts` what was done; `problem` is one word.

    `can_go_on`: it was stopped, or failed, and what it brings is still on the server.
    """

    import_id: int
    state: Literal["uploading", "ready", "trying", "running", "done", "cancelled", "failed", "undoing", "undone"]
    stopping: bool
    can_go_on: bool
    file: ReceivedFile
    queue_log: ReceivedFile | None
    pbx: str
    zone: str
    columns: list[str]
    counts: CallImportCounts
    trial: CallImportCounts | None
    problem: str | None
    created_at: shapes.Moment
    ended_at: shapes.Moment | None


class CallImportList(shapes.Shape):
    """`pbxs` are those whose logs can be imported."""

    items: list[CallImport]
    next: int | None
    pbxs: list[str]


class PreviewedCall(shapes.Shape):
    """A call as it would be kept, as far as a preview shows it; `devices` are those that rang or dialled."""

    started_at: shapes.Moment
    direction: Literal["inbound", "outbound", "internal"]
    caller: str | None
    called: str | None
    devices: list[str]
    disposition: str | None
    talk_s: float


class PreviewedCalls(shapes.Shape):
    items: list[PreviewedCall]


class Skipped(shapes.Shape):
    """A row that could not be read: the line it ends in, the column, and why in one word."""

    row: int
    column: str
    reason: str


class SkippedRows(shapes.Shape):
    """The first rows that could not be read; `skipped.csv` has all of them."""

    items: list[Skipped]


@get("/call-imports", operation_id="listCallImports", summary="Imports of old calls, newest first", opt=MANAGE)
async def list_call_imports(
    rooms: TheRooms,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    before: Annotated[int | None, QueryParameter(ge=0, le=2**31 - 1)] = None,
) -> CallImportList:
    found = await rooms.old_calls.newest(limit + 1, before)
    return CallImportList(
        items=[shape(each) for each in found[:limit]],
        next=found[limit - 1].import_id if len(found) > limit else None,
        pbxs=list(rooms.old_calls.pbxs()),
    )


@post("/call-imports", operation_id="createCallImport", summary="Begin an import of old calls", opt=MANAGE)
async def create_call_import(
    data: JSONBody[NewCallImport], rooms: TheRooms, session: TheSession, sight: TheSight
) -> CallImport:
    """Send the files by `PUT /call-imports/{id}/file`, in pieces of at most 900 kB."""
    must_see_numbers(sight)
    queue_log = data.queue_log
    return shape(
        await rooms.old_calls.create(
            LogFile(data.file.name, data.file.size),
            None if queue_log is None else LogFile(queue_log.name, queue_log.size),
            pbx=data.pbx,
            zone=data.zone,
            employee_id=session.employee.employee_id,
        )
    )


@put(
    "/call-imports/{import_id:int}/file",
    operation_id="putLogPiece",
    summary="Send a piece of a log",
    opt=MANAGE | {"takes": "application/octet-stream"},
)
async def put_log_piece(
    import_id: ImportId,
    request: AnyRequest,
    rooms: TheRooms,
    offset: Annotated[int, QueryParameter(ge=0, le=2**53, description="Where in the file it begins.")],
    part: Annotated[Literal["calls", "queue_log"], QueryParameter(description="Of which file.")] = "calls",
) -> CallImport:
    """The body is the piece, as `application/octet-stream`. After a lost connection go on at `received`."""
    chosen: Part = part
    return shape(await rooms.old_calls.put(_id(import_id), chosen, offset, await request.body()))


@get("/call-imports/{import_id:int}", operation_id="getCallImport", summary="How far an import came", opt=MANAGE)
async def get_call_import(import_id: ImportId, rooms: TheRooms) -> CallImport:
    return shape(await rooms.old_calls.get(_id(import_id)))


@get(
    "/call-imports/{import_id:int}/preview",
    operation_id="previewCallImport",
    summary="The first calls, as they would be kept",
    opt=MANAGE,
)
async def preview_call_import(import_id: ImportId, rooms: TheRooms, sight: TheSight) -> PreviewedCalls:
    must_see_numbers(sight)
    records = await rooms.old_calls.preview(_id(import_id))
    return PreviewedCalls(items=[_previewed(record) for record in records])


@put(
    "/call-imports/{import_id:int}/choices",
    operation_id="chooseCallImport",
    summary="Say whose log it is, and how its times and columns are meant",
    opt=MANAGE,
)
async def choose_call_import(import_id: ImportId, data: JSONBody[CallImportChoices], rooms: TheRooms) -> CallImport:
    return shape(await rooms.old_calls.choose(_id(import_id), pbx=data.pbx, zone=data.zone, columns=data.columns))


@post(
    "/call-imports/{import_id:int}/try", operation_id="tryCallImport", summary="A dry run", opt=MANAGE, status_code=202
)
async def try_call_import(import_id: ImportId, rooms: TheRooms) -> CallImport:
    """Counts what would be added, and adds nothing."""
    return shape(await rooms.old_calls.begin(_id(import_id), "trying"))


@post(
    "/call-imports/{import_id:int}/start", operation_id="startCallImport", summary="Import", opt=MANAGE, status_code=202
)
async def start_call_import(import_id: ImportId, rooms: TheRooms, actor: TheActor) -> CallImport:
    """Also lets one go on that was stopped or failed: no call is taken twice."""
    held = await rooms.old_calls.begin(_id(import_id), "running")
    await rooms.audit.note(
        "calls.imported", by=actor, kind="call_import", key=str(import_id), name=held.file.name, after={"pbx": held.pbx}
    )
    return shape(held)


@post(
    "/call-imports/{import_id:int}/stop", operation_id="stopCallImport", summary="Stop it", opt=MANAGE, status_code=202
)
async def stop_call_import(import_id: ImportId, rooms: TheRooms) -> CallImport:
    """What was added stays; it can go on, or be undone."""
    return shape(await rooms.old_calls.stop(_id(import_id)))


@post(
    "/call-imports/{import_id:int}/undo",
    operation_id="undoCallImport",
    summary="Take it back",
    opt=MANAGE,
    status_code=202,
)
async def undo_call_import(import_id: ImportId, rooms: TheRooms, actor: TheActor) -> CallImport:
    """Every call that it added is gone from the history. Imported again, it is there again."""
    held = await rooms.old_calls.begin(_id(import_id), "undoing")
    await rooms.audit.note("calls.import_undone", by=actor, kind="call_import", key=str(import_id), name=held.file.name)
    return shape(held)


@delete("/call-imports/{import_id:int}", operation_id="forgetCallImport", summary="Forget it", opt=MANAGE)
async def forget_call_import(import_id: ImportId, rooms: TheRooms) -> None:
    """Its files and its report are deleted; what it added stays and can no longer be undone."""
    await rooms.old_calls.forget(_id(import_id))


@get("/call-imports/{import_id:int}/skipped", operation_id="listSkippedRows", summary="Rows not taken", opt=MANAGE)
async def list_skipped(import_id: ImportId, rooms: TheRooms) -> SkippedRows:
    await rooms.old_calls.get(_id(import_id))
    rows = await asyncio.to_thread(lambda: list(rooms.old_calls.skipped(import_id, MOST_SKIPPED)))
    return SkippedRows(items=[Skipped(row=each.row, column=each.column, reason=each.reason) for each in rows])


@get(
    "/call-imports/{import_id:int}/skipped.csv",
    operation_id="getSkippedRows",
    summary="Every row that could not be read: row, column, reason",
    opt=MANAGE,
    media_type="text/csv",
)
async def skipped_csv(import_id: ImportId, rooms: TheRooms) -> Stream:
    await rooms.old_calls.get(_id(import_id))
    return csv_file(_as_csv(rooms.old_calls.skipped(import_id)), f"old-calls-{import_id}-skipped.csv")


def _as_csv(rows: Iterator[SkippedRow]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbfrow,column,reason\r\n"
    for each in rows:
        text = io.StringIO()
        csv.writer(text).writerow((each.row, each.column, each.reason))
        yield text.getvalue().encode()


def shape(held: old_calls.CallImport) -> CallImport:
    """The import, as it goes over the wire."""
    state: CallImportState = held.state
    return CallImport(
        import_id=held.import_id,
        state=state,
        stopping=held.stopping,
        can_go_on=held.can_go_on,
        file=_file(held.file),
        queue_log=None if held.queue_log is None else _file(held.queue_log),
        pbx=held.pbx,
        zone=held.zone,
        columns=[sent(name) for name in held.columns],
        counts=_counts(held.counts),
        trial=None if held.trial is None else _counts(held.trial),
        problem=held.problem,
        created_at=moment(held.created_at) or "",
        ended_at=None if held.ended_at is None else moment(held.ended_at),
    )


def _file(file: LogFile) -> ReceivedFile:
    return ReceivedFile(name=sent(file.name), size=file.size, received=file.received)


def _counts(counts: old_calls.CallCounts) -> CallImportCounts:
    return CallImportCounts(
        rows=counts.rows,
        skipped=counts.skipped,
        calls=counts.calls,
        added=counts.added,
        known=counts.known,
        withdrawn=counts.withdrawn,
    )


def _previewed(record: CallRecord) -> PreviewedCall:
    return PreviewedCall(
        started_at=moment(record.started_at) or "",
        direction=record.direction.value,
        caller=record.caller.number or record.caller.device or record.caller.presented,
        called=record.called.number or record.called.device or record.called.presented,
        devices=[stint.device for stint in record.devices],
        disposition=None if record.disposition is None else record.disposition.value,
        talk_s=record.talk_s,
    )


def _id(import_id: int) -> int:
    """Raises `NoSuchCallImport` for what no database could hold."""
    if not 0 <= import_id < 2**31:
        raise NoSuchCallImport(f"There is no import {import_id}.")
    return import_id
