"""Imports of old calls as the web asks for them, and the work on them: implements `web.old_calls.OldCallImports`.

The files are read by a process of its own; its rows are then joined and appended here, because the ledger has one
writer, a few calls at a time. What was under way when the server stopped goes on when it starts: a call that is there
is left out, so nothing comes twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog

from ringcard.app.call_imports.files import LogFiles, looked_at, queue_log_looked_at
from ringcard.app.call_imports.staging import Task, Told
from ringcard.app.call_imports.store import UNDER_WAY, CallImportStore
from ringcard.app.call_imports.undoing import take_back
from ringcard.app.config import Config
from ringcard.app.old_calls import OldCalls, rows_of_csv
from ringcard.calls.board import Board
from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord
from ringcard.ledger import Ledger, LedgerError
from ringcard.numbers import parse_devices
from ringcard.pbx.asterisk.cdr import CdrTranslator
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.storage import StorageError
from ringcard.web.old_calls import (
    CallCounts,
    CallImport,
    CallImportInvalid,
    CallImportInWrongState,
    CallImportState,
    LogFile,
    LogUnreadable,
    Part,
    SkippedRow,
)

PREVIEWED: Final = 20
PREVIEW_ROWS: Final = 100
LOOK_AGAIN_S: Final = 30.0

FROM: dict[str, frozenset[CallImportState]] = {
    "trying": frozenset({"ready"}),
    "running": frozenset({"ready", "cancelled", "failed"}),
    "undoing": frozenset({"done", "cancelled", "failed"}),
}

BROKEN_OFF: Final = frozenset[CallImportState]({"cancelled", "failed"})

log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """Somebody asked for it."""


class CallImports:
    """The imports. `configured` is what counts now: the PBXs, and how the company's numbers are read."""

    def __init__(
        self, store: CallImportStore, files: LogFiles, ledger: Ledger, configured: Callable[[], Config]
    ) -> None:
        self._store = store
        self._files = files
        self._ledger = ledger
        self._configured = configured
        self._woken = asyncio.Event()
        self._counts: dict[int, CallCounts] = {}
        """Of the one that is worked on, as far as it is."""
        self._stopping: set[int] = set()
        self._reader: asyncio.subprocess.Process | None = None

    # -- what is asked ------------------------------------------------------------------------------------------------

    def pbxs(self) -> Sequence[str]:
        return [each.name for each in self._configured().pbx]

    async def create(
        self, file: LogFile, queue_log: LogFile | None, *, pbx: str, zone: str, employee_id: str
    ) -> CallImport:
        for each in (file, queue_log):
            if each is not None:
                self._files.check_size(each.size)
        self._known(pbx, zone)
        held = await self._store.create(file, queue_log, pbx=pbx, zone=zone, employee_id=employee_id)
        # A number is never given twice, but its files may lie there if a database was restored from a backup.
        await asyncio.to_thread(self._files.forget, held.import_id, report=True)
        return held

    async def put(self, import_id: int, part: Part, offset: int, piece: bytes) -> CallImport:
        held = await self._store.get(import_id)
        file = held.file if part == "calls" else held.queue_log
        if held.state != "uploading" or file is None or file.received == file.size:
            raise CallImportInWrongState("The file is whole already.")
        if offset + len(piece) > file.size:
            raise CallImportInWrongState(f"The file was said to have {file.size} bytes: this is more.")
        size = await asyncio.to_thread(self._files.put, import_id, part, offset, piece)
        column = "received" if part == "calls" else "queue_log_received"
        held = await self._store.change(import_id, {"uploading"}, **{column: size})
        if any(each is not None and each.received < each.size for each in (held.file, held.queue_log)):
            return held
        return await self._look(held, ())

    async def choose(self, import_id: int, *, pbx: str, zone: str, columns: Sequence[str]) -> CallImport:
        self._known(pbx, zone)
        held = await self._store.get(import_id)
        if held.state != "ready":
            raise CallImportInWrongState(f"The import is {held.state}: this cannot be done now.")
        given = tuple(name.strip().lower() for name in columns)
        return await self._look(replace(held, pbx=pbx, zone=zone), given)

    async def _look(self, held: CallImport, columns: Sequence[str]) -> CallImport:
        path, zone = self._files.file(held.import_id), ZoneInfo(held.zone)
        look = await asyncio.to_thread(looked_at, path, zone, columns)
        if held.queue_log is not None:
            await asyncio.to_thread(queue_log_looked_at, self._files.file(held.import_id, "queue_log"))
        await asyncio.to_thread(self._files.forget_staged, held.import_id)
        return await self._store.change(
            held.import_id,
            {"uploading", "ready"},
            state="ready",
            pbx=held.pbx,
            zone=held.zone,
            columns=msgspec.json.encode(look.columns).decode(),
            encoding=look.encoding,
            trial=None,
            problem=None,
        )

    def _known(self, pbx: str, zone: str) -> None:
        if pbx not in self.pbxs():
            raise CallImportInvalid(f"There is no PBX {pbx!r} in the settings.", "pbx_unknown")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise CallImportInvalid(
                f"There is no time zone {zone!r}: write it as Europe/Moscow.", "zone_unknown"
            ) from error

    async def get(self, import_id: int) -> CallImport:
        held = await self._store.get(import_id)
        if held.state in BROKEN_OFF:
            # A terminal that was closed wrote down nothing more.
            held = replace(held, counts=replace(held.counts, added=await self._store.count(import_id)))
        return self._shown(held)

    async def newest(self, limit: int, before: int | None) -> list[CallImport]:
        return [self._shown(each) for each in await self._store.newest(limit, before)]

    def _shown(self, held: CallImport) -> CallImport:
        """With how far it is, which is written down only when it ends."""
        live = self._counts.get(held.import_id)
        if live is not None and held.state in UNDER_WAY:
            held = replace(held, trial=live) if held.state == "trying" else replace(held, counts=live)
        can_go_on = held.state in BROKEN_OFF and self._files.can_go_on(held.import_id)
        return replace(held, stopping=held.import_id in self._stopping, can_go_on=can_go_on)

    async def preview(self, import_id: int) -> list[CallRecord]:
        held = await self._store.get(import_id)
        if held.state == "uploading" or not self._files.file(import_id).exists():
            raise CallImportInWrongState("The file is not there.")
        encoding = await self._store.encoding(import_id)
        translator = self._translator(held)

        def read() -> list[CallRecord]:
            old = OldCalls(translator, PbxId(held.pbx), ZoneInfo(held.zone))
            try:
                rows = rows_of_csv(self._files.file(import_id), held.columns, encoding=encoding)
                old.stage(islice(rows, PREVIEW_ROWS))
                records = []
                for events in old.events():
                    board, call = Board(), None
                    for event in events:
                        call = board.apply(event) or call
                    if call is not None:
                        records.append(call.record(events[-1].at))
                return sorted(records, key=lambda record: record.started_at)[:PREVIEWED]
            finally:
                old.close()

        return await asyncio.to_thread(read)

    async def begin(self, import_id: int, what: Literal["trying", "running", "undoing"]) -> CallImport:
        if what == "running" and not self._files.can_go_on(import_id):
            await self._store.get(import_id)
            raise CallImportInWrongState("What it brings is not on this machine any more: import the log again.")
        values = {"trial": None} if what == "trying" else {}
        held = await self._store.change(import_id, FROM[what], state=what, problem=None, ended_at=None, **values)
        self._stopping.discard(import_id)
        self._woken.set()
        return held

    async def stop(self, import_id: int) -> CallImport:
        held = await self._store.get(import_id)
        if held.state not in ("trying", "running"):
            raise CallImportInWrongState(f"The import is {held.state}: there is nothing to stop.")
        self._stopping.add(import_id)
        if import_id in self._counts and self._reader is not None and self._reader.returncode is None:
            self._reader.terminate()
        self._woken.set()
        return self._shown(held)

    async def forget(self, import_id: int) -> None:
        await self._store.forget(import_id)
        await asyncio.to_thread(self._files.forget, import_id, report=True)

    def skipped(self, import_id: int, most: int | None = None) -> Iterator[SkippedRow]:
        return self._files.skipped(import_id, most)

    # -- the work -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work on imports, one after the other, until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                while under_way := await self._store.under_way():
                    await self._work(under_way[0])
            except (StorageError, LedgerError) as error:
                log.warning("call_imports.store_trouble", action="call_imports_store_trouble", problem=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_AGAIN_S)

    async def _work(self, held: CallImport) -> None:
        import_id = held.import_id
        log.info("call_imports.begun", action="call_import_begun", import_id=import_id, state=held.state)
        self._counts[import_id] = held.counts if held.state == "undoing" else CallCounts()
        try:
            if held.state == "undoing":
                await self._undo(held)
            else:
                await self._bring(held)
        finally:
            self._counts.pop(import_id, None)
            self._stopping.discard(import_id)

    async def _bring(self, held: CallImport) -> None:
        import_id, trying = held.import_id, held.state == "trying"
        stopped = False
        problem = None
        try:
            await self._read(held)
            stopped = await self._append(held)
        except _Stopped:
            stopped = True
        except LogUnreadable as error:
            problem = error.reason
        except (OSError, sqlite3.Error) as error:
            # Files of another user, or a full disk.
            log.warning("call_imports.unreadable", action="call_import_unreadable", import_id=import_id, why=str(error))
            problem = "reader_ended"
        counts = self._counts[import_id]
        if trying:
            found = None if stopped or problem else counts
            await self._store.change(import_id, {"trying"}, state="ready", trial=found, problem=problem)
            return
        state = "failed" if problem else "cancelled" if stopped else "done"
        # Also those of an earlier run of it, that was stopped or killed: this one found them there already.
        added = await self._store.count(import_id)
        counts = replace(counts, added=added, known=max(0, counts.calls - added))
        await self._store.change(
            import_id, {"running"}, state=state, counts=counts, problem=problem, ended_at=datetime.now(UTC)
        )
        if state == "done":
            await asyncio.to_thread(self._files.forget, import_id, report=False)

    async def _read(self, held: CallImport) -> None:
        """Have the files read, unless they were. Raises `_Stopped`, `LogUnreadable`."""
        import_id = held.import_id
        folder = self._files.staged(import_id)
        read = self._files.told(import_id)
        if read is not None:
            self._tell(import_id, read)
            return
        if not self._files.file(import_id).exists():
            raise LogUnreadable("The file is gone.", "file_gone")
        await asyncio.to_thread(self._files.forget_staged, import_id)
        await asyncio.to_thread(folder.mkdir, parents=True, mode=0o700)
        task = Task(
            file=str(self._files.file(import_id)),
            queue_log=None if held.queue_log is None else str(self._files.file(import_id, "queue_log")),
            folder=str(folder),
            report=str(self._files.report(import_id)),
            zone=held.zone,
            columns=held.columns,
            encoding=await self._store.encoding(import_id),
        )
        code = await self._reader_ended(import_id, task)
        if import_id in self._stopping:
            raise _Stopped
        if code != 0:
            log.warning("call_imports.reader_ended", action="call_import_reader_ended", import_id=import_id, code=code)
            raise LogUnreadable("The process that reads it ended: see the log.", "reader_ended")
        counts = self._counts[import_id]
        self._files.tell(import_id, Told(counts.rows, counts.skipped))

    async def _reader_ended(self, import_id: int, task: Task) -> int:
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ringcard.app.call_imports.staging",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert reader.stdin is not None
        assert reader.stdout is not None
        self._reader = reader
        try:
            with contextlib.suppress(ConnectionError):
                reader.stdin.write(msgspec.json.encode(task) + b"\n")
                await reader.stdin.drain()
            async for line in reader.stdout:
                self._tell(import_id, msgspec.json.decode(line, type=Told))
            return await reader.wait()
        finally:
            if reader.returncode is None:
                reader.kill()
                await reader.wait()
            reader.stdin.close()
            self._reader = None

    def _tell(self, import_id: int, told: Told) -> None:
        self._counts[import_id] = replace(self._counts[import_id], rows=told.rows, skipped=told.skipped)

    async def _append(self, held: CallImport) -> bool:
        """Join the rows and append their calls; whether it was stopped."""
        import_id = held.import_id
        read = self._counts[import_id]

        def told(_: str, __: int) -> None:
            report = old.report
            self._counts[import_id] = replace(read, calls=report.calls, added=report.added, known=report.known)

        old = OldCalls(
            self._translator(held),
            PbxId(held.pbx),
            ZoneInfo(held.zone),
            told,
            folder=self._files.staged(import_id),
        )
        try:
            report = await old.append(
                self._ledger,
                dry_run=held.state == "trying",
                adding=lambda calls: self._store.brings(import_id, calls),
                going_on=lambda: import_id not in self._stopping,
            )
        finally:
            old.close()
        return report.stopped

    async def _undo(self, held: CallImport) -> None:
        import_id = held.import_id

        def told(withdrawn: int) -> None:
            self._counts[import_id] = replace(held.counts, withdrawn=withdrawn)

        await take_back(self._store, self._ledger, held, told)
        await self._store.change(
            import_id, {"undoing"}, state="undone", counts=self._counts[import_id], ended_at=datetime.now(UTC)
        )
        await asyncio.to_thread(self._files.forget, import_id, report=False)

    def _translator(self, held: CallImport) -> CdrTranslator:
        """As the PBX's connector reads names of phones and numbers."""
        return translator_of(self._configured(), held.pbx)


def translator_of(config: Config, pbx: str) -> CdrTranslator:
    """Reads the log of this PBX: which phones are ours, and how its numbers are written."""
    settings = next((each.settings for each in config.pbx if each.name == pbx), {})
    listed = str(settings.get("devices") or config.company.devices)
    names = DeviceNames(parse_devices(listed) if listed else None, settings.get("aliases"))
    return CdrTranslator(PbxId(pbx), names, config.company.plan())


def largest_of(config: Config) -> int:
    """Bytes that a log may have: as a file of contacts."""
    return config.contacts.largest_import_mb * 1_000_000


def files_of(config: Config) -> LogFiles:
    """Where the files of imports lie."""
    return LogFiles(Path(config.store.directory).absolute() / "old-calls", largest_file=largest_of(config))
