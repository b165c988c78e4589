"""Bringing in what a PBX logged before ringcard: rows are staged on disk, joined into calls, and appended once.

The staging file is what keeps memory flat: the rows of one call may stand anywhere in the files, and the queue log in
another one. A call that was imported before, or that ringcard itself heard, is left out, so importing again is safe.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, MetaData, Table, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ringcard.calls.events import CallEvent
from ringcard.calls.identifiers import CallId, PbxId, is_imported
from ringcard.ledger import Ledger
from ringcard.pbx.asterisk.cdr import (
    COLUMNS,
    Cdr,
    CdrTranslator,
    QueueEntry,
    RowUnfit,
    Unfit,
    call_id_of,
    read_queue_line,
    read_row,
)

PROBLEMS_KEPT = 20
STAGED_AT_ONCE = 5_000
APPENDED_AT_ONCE = 200
A_TURN = 20
"""Calls after which everybody else has a turn: some milliseconds."""
AHEAD = timedelta(minutes=5)
"""How far the PBX's clock may be before ours; a row of later is in another zone than was said."""
CONNECT_TIMEOUT_S = 10
SILENT_S = 60
"""How long a MySQL may say nothing: its driver's time limit for connecting does not see one that greets nobody."""
DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""By the databases that are read; FreePBX has its CDRs in MariaDB."""
SQL_NAMES = {"calldate": "start", "answerdate": "answer", "hangupdate": "end", "enddate": "end"}
"""What the columns of common cdr tables are called, and what they are."""

Progress = Callable[[str, int], None]
"""Told now and then: what is being done, and how many so far."""

Rows = Iterable[tuple[int, dict[str, str] | RowUnfit]]
"""Each with the line that it ends in."""


class HistoryUnfit(Exception):
    """The source cannot be read at all; the text says why, and what to do."""


@dataclass(slots=True)
class Report:
    """What came of an import."""

    rows: int = 0
    unread: int = 0
    calls: int = 0
    added: int = 0
    known: int = 0
    """Imported before, or heard by ringcard itself."""
    stopped: bool = False
    problems: list[str] = field(default_factory=list)


def rows_of_csv(
    path: Path, columns: Sequence[str] = COLUMNS, *, encoding: str = "utf-8"
) -> Iterator[tuple[int, dict[str, str] | RowUnfit]]:
    """Rows of Master.csv, or of a file with `columns`; a first line that names columns is understood as that.

    Raises `HistoryUnfit`.
    """
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            reader = csv.reader(line.replace("\0", "") for line in file)
            named = False
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    # A cell of more than 128 kB: what came since the quote is lost, what follows is not.
                    problem = "a quote is never closed"
                    yield reader.line_num, RowUnfit(Unfit.QUOTE_NOT_CLOSED, "", problem)
                    continue
                if not named and {"src", "dst", "channel"} <= {cell.strip().lower() for cell in cells}:
                    columns = [SQL_NAMES.get(cell.strip().lower(), cell.strip().lower()) for cell in cells]
                elif cells:
                    yield reader.line_num, dict(zip(columns, cells, strict=False))
                named = True
    except OSError as error:
        raise HistoryUnfit(f"{path} cannot be read: {error}") from error


def rows_of_sql(
    url: str, table: str = "cdr", *, connect_s: int = CONNECT_TIMEOUT_S, silent_s: int = SILENT_S
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a cdr table on SQLite, PostgreSQL, MySQL or MariaDB, streamed. Raises `HistoryUnfit`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise HistoryUnfit("the database URL cannot be read: write postgresql://user:password@host/database") from error
    kind = parsed.get_backend_name()
    if kind not in DRIVERS:
        raise HistoryUnfit(
            f"{kind} is not spoken: write the table into a CSV file whose first line names the columns, and import that"
        )
    try:
        engine = create_engine(
            parsed.set(drivername=DRIVERS[kind]), connect_args=_patience(parsed, connect_s, silent_s)
        )
        try:
            with engine.connect() as connection:
                cdr = Table(table, MetaData(), autoload_with=connection)
                result = connection.execution_options(stream_results=True, yield_per=1_000).execute(select(cdr))
                for place, row in enumerate(result.mappings(), 1):
                    yield place, _as_text(dict(row))
        finally:
            engine.dispose()
    except (SQLAlchemyError, NoSuchModuleError) as error:
        raise HistoryUnfit(f"the table {table} cannot be read: {str(error).splitlines()[0]}") from error


def _patience(url: URL, connect_s: int, silent_s: int) -> dict[str, int]:
    """What the driver is told of how long to wait; what the URL says counts."""
    if url.get_backend_name() == "sqlite":
        return {}
    limits = {"connect_timeout": connect_s}
    if url.get_backend_name() in ("mysql", "mariadb"):
        limits["read_timeout"] = silent_s
    return {name: limit for name, limit in limits.items() if name not in url.query}


def _as_text(row: Mapping[Any, Any]) -> dict[str, str]:
    """As a CSV would have it. A table without `end` has `duration` to reckon it from."""
    named = {SQL_NAMES.get(str(name).lower(), str(name).lower()): value for name, value in row.items()}
    return {name: "" if value is None else str(value) for name, value in named.items()}


class OldCalls:
    """One import. `stage` and `stage_queue_log` what there is, then `append` it (or only count). Close it.

    With `folder` what was staged stays there for another one to append; else it goes when this is closed.
    """

    def __init__(
        self,
        translator: CdrTranslator,
        pbx: PbxId,
        zone: tzinfo,
        progress: Progress = lambda *_: None,
        *,
        folder: Path | None = None,
        skipped: Callable[[int, RowUnfit], None] = lambda *_: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._translator = translator
        self._pbx = pbx
        self._zone = zone
        self._progress = progress
        self._skipped = skipped
        self._now = now
        self.report = Report()
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="ringcard-history-")
        self._db = sqlite3.connect((folder or Path(self._temporary.name if self._temporary else "")) / "staged.db")
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE IF NOT EXISTS cdr (key TEXT, body BLOB);"
            "CREATE TABLE IF NOT EXISTS queued (key TEXT, body BLOB);"
        )

    def close(self) -> None:
        self._db.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def stage(self, rows: Rows) -> None:
        """Read rows. One that cannot be read is told of in the report, and left out."""
        latest = self._now() + AHEAD

        def read() -> Iterator[tuple[str, bytes]]:
            for line, row in rows:
                self.report.rows += 1
                if self.report.rows % STAGED_AT_ONCE == 0:
                    self._progress("read", self.report.rows)
                try:
                    if isinstance(row, RowUnfit):
                        raise row
                    cdr = read_row(_ended(row), self._zone)
                    if cdr.start > latest:
                        raise RowUnfit(Unfit.IN_FUTURE, "start", f"start {row['start'][:40]!r} is still to come")
                except RowUnfit as unfit:
                    self._refuse(line, unfit)
                    continue
                yield cdr.key, msgspec.msgpack.encode(cdr)

        self._db.executemany("INSERT INTO cdr VALUES (?, ?)", read())

    def _refuse(self, line: int, unfit: RowUnfit) -> None:
        self.report.unread += 1
        self._skipped(line, unfit)
        if len(self.report.problems) < PROBLEMS_KEPT:
            self.report.problems.append(f"row {line}: {unfit}")

    def stage_queue_log(self, path: Path) -> None:
        """Read a queue_log. Raises `HistoryUnfit`."""
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                entries = (entry for entry in map(read_queue_line, file) if entry is not None)
                self._db.executemany(
                    "INSERT INTO queued VALUES (?, ?)", ((each.call, msgspec.msgpack.encode(each)) for each in entries)
                )
        except OSError as error:
            raise HistoryUnfit(f"{path} cannot be read: {error.strerror}") from error

    def staged(self) -> None:
        """All was read: make it ready to be joined. May take a second for a million rows."""
        self._db.executescript(
            "CREATE INDEX IF NOT EXISTS ix_cdr ON cdr (key); CREATE INDEX IF NOT EXISTS ix_queued ON queued (key);"
        )

    async def append(
        self,
        ledger: Ledger,
        *,
        dry_run: bool = False,
        adding: Callable[[Sequence[CallId]], Awaitable[None]] | None = None,
        going_on: Callable[[], bool] = lambda: True,
    ) -> Report:
        """Append every call that is not there yet, oldest key first.

        `adding` is told which calls come before they do; when `going_on` says no, what was begun is finished and the
        report says `stopped`.
        """
        self.staged()
        heard, imported = await self._known(ledger)
        batch: list[tuple[CallId, str, list[Cdr]]] = []

        async def write() -> None:
            if not dry_run and batch:
                if adding is not None:
                    await adding([call_id for call_id, _, _ in batch])
                position = 0
                for place, (_, key, rows) in enumerate(batch):
                    if place % A_TURN == 0:
                        await asyncio.sleep(0)
                    position = ledger.append(self._translator.events(rows, self._queue_log(key)))
                await ledger.flushed(position)
            batch.clear()
            self._progress("added", self.report.added)

        for key, rows in self._calls():
            if self.report.calls % A_TURN == 0:
                await asyncio.sleep(0)
                if not going_on():
                    self.report.stopped = True
                    break
            if self.report.calls % APPENDED_AT_ONCE == 0:
                await write()
            self.report.calls += 1
            call_id = call_id_of(self._pbx, key)
            is_known = call_id in imported or any(_short(row.uniqueid) in heard for row in rows)
            if is_known or _short(key) in heard:
                self.report.known += 1
                continue
            self.report.added += 1
            batch.append((call_id, key, rows))
        await write()
        return self.report

    def events(self) -> Iterator[list[CallEvent]]:
        """The events of each call that was staged, as they would be appended."""
        for key, rows in self._calls():
            yield self._translator.events(rows, self._queue_log(key))

    def _calls(self) -> Iterator[tuple[str, list[Cdr]]]:
        staged = self._db.execute("SELECT key, body FROM cdr ORDER BY key")
        for key, rows in groupby(staged, key=lambda row: row[0]):
            yield key, [msgspec.msgpack.decode(body, type=Cdr) for _, body in rows]

    def _queue_log(self, key: str) -> list[QueueEntry]:
        rows = self._db.execute("SELECT body FROM queued WHERE key = ?", (key,))
        return [msgspec.msgpack.decode(body, type=QueueEntry) for (body,) in rows]

    async def _known(self, ledger: Ledger) -> tuple[set[bytes], set[str]]:
        """What ringcard heard itself, by the PBX's ids (8 bytes each), and what was imported before."""
        heard: set[bytes] = set()
        imported: set[str] = set()
        before: str | None = None
        while True:
            page = await ledger.calls(limit=1_000, before=before)
            for record in page.items:
                if is_imported(record.call_id):
                    imported.add(record.call_id)
                else:
                    heard |= {_short(pbx_id) for pbx_id in record.pbx_ids}
            before = page.next
            if before is None:
                return heard, imported


def _ended(row: dict[str, str]) -> dict[str, str]:
    """A cdr table often has no `end` and no `answer`: they follow from `duration` and `billsec`."""
    if "end" in row or not row.get("duration", "").isdecimal() or "start" not in row:
        return row
    return row | reckoned(row)


def reckoned(row: Mapping[str, str]) -> dict[str, str]:
    """`end` and `answer` of a row that has `start`, `duration` and `billsec`."""
    try:
        start = datetime.fromisoformat(row["start"])
    except ValueError:
        return {"end": ""}
    try:
        talked = int(row["billsec"]) if row.get("billsec", "").isdecimal() else 0
        end = start + timedelta(seconds=int(row["duration"]))
        answer = end - timedelta(seconds=talked)
    except (OverflowError, ValueError):
        return {"end": ""}
    answered = row.get("disposition", "").strip().upper() == "ANSWERED"
    return {"end": end.isoformat(), "answer": answer.isoformat() if answered else ""}


def _short(pbx_id: str) -> bytes:
    return hashlib.blake2b(pbx_id.encode(), digest_size=8).digest()
