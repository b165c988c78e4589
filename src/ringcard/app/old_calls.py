"""Bringing in what a PBX logged before ringcard: rows are staged on disk, joined into calls, and appended once.

The staging file is what keeps memory flat: the rows of one call may stand anywhere in the files, and the queue log in
another one. A call that was imported before, or that ringcard itself heard, is left out, so importing again is safe.
"""

from __future__ import annotations

import csv
import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import MetaData, Table, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ringcard.calls.identifiers import is_imported
from ringcard.ledger import Ledger
from ringcard.pbx.asterisk.cdr import (
    COLUMNS,
    Cdr,
    CdrTranslator,
    QueueEntry,
    RowUnfit,
    call_id_of,
    read_queue_line,
    read_row,
)

PROBLEMS_KEPT = 20
STAGED_AT_ONCE = 5_000
APPENDED_AT_ONCE = 200
SQL_NAMES = {"calldate": "start", "answerdate": "answer", "hangupdate": "end", "enddate": "end"}
"""What the columns of common cdr tables are called, and what they are."""

Progress = Callable[[str, int], None]
"""Told now and then: what is being done, and how many so far."""


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
    problems: list[str] = field(default_factory=list)

    def refuse(self, where: str, problem: str) -> None:
        self.unread += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(f"{where}: {problem}")


def rows_of_csv(path: Path, columns: Sequence[str] = COLUMNS) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of Master.csv, or of a file with `columns`; a first line that names columns is understood as that.

    Raises `HistoryUnfit`.
    """
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(line.replace("\0", "") for line in file)
            for place, cells in enumerate(reader, 1):
                if place == 1 and {"src", "dst", "channel"} <= {cell.strip().lower() for cell in cells}:
                    columns = [SQL_NAMES.get(cell.strip().lower(), cell.strip().lower()) for cell in cells]
                    continue
                if cells:
                    yield f"{path.name}:{reader.line_num}", dict(zip(columns, cells, strict=False))
    except (OSError, csv.Error) as error:
        raise HistoryUnfit(f"{path} cannot be read: {error}") from error


def rows_of_sql(url: str, table: str = "cdr") -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a cdr table on SQLite or PostgreSQL, streamed. Raises `HistoryUnfit`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise HistoryUnfit("the database URL cannot be read: write postgresql://user:password@host/database") from error
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise HistoryUnfit(
            f"{kind} is not spoken: write the table into a CSV file whose first line names the columns, and import that"
        )
    try:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg") if kind == "postgresql" else parsed)
        try:
            with engine.connect() as connection:
                cdr = Table(table, MetaData(), autoload_with=connection)
                result = connection.execution_options(stream_results=True, yield_per=1_000).execute(select(cdr))
                for place, row in enumerate(result.mappings(), 1):
                    yield f"{table}:{place}", _as_text(dict(row))
        finally:
            engine.dispose()
    except (SQLAlchemyError, NoSuchModuleError) as error:
        raise HistoryUnfit(f"the table {table} cannot be read: {str(error).splitlines()[0]}") from error


def _as_text(row: Mapping[Any, Any]) -> dict[str, str]:
    """As a CSV would have it. A table without `end` has `duration` to reckon it from."""
    named = {SQL_NAMES.get(str(name).lower(), str(name).lower()): value for name, value in row.items()}
    return {name: "" if value is None else str(value) for name, value in named.items()}


class OldCalls:
    """One import. `stage` and `stage_queue_log` what there is, then `append` it (or only count). Close it."""

    def __init__(self, translator: CdrTranslator, pbx: Any, zone: tzinfo, progress: Progress = lambda *_: None) -> None:
        self._translator = translator
        self._pbx = pbx
        self._zone = zone
        self._progress = progress
        self.report = Report()
        self._folder = tempfile.TemporaryDirectory(prefix="ringcard-history-")
        self._db = sqlite3.connect(Path(self._folder.name) / "staged.db")
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE cdr (key TEXT, body BLOB); CREATE TABLE queued (key TEXT, body BLOB);"
        )

    def close(self) -> None:
        self._db.close()
        self._folder.cleanup()

    def stage(self, rows: Iterable[tuple[str, dict[str, str]]]) -> None:
        """Read rows. One that cannot be read is told of in the report, and left out."""

        def read() -> Iterator[tuple[str, bytes]]:
            for where, row in rows:
                self.report.rows += 1
                if self.report.rows % STAGED_AT_ONCE == 0:
                    self._progress("read", self.report.rows)
                try:
                    cdr = read_row(_ended(row), self._zone)
                except RowUnfit as error:
                    self.report.refuse(where, str(error))
                    continue
                yield cdr.key, msgspec.msgpack.encode(cdr)

        self._db.executemany("INSERT INTO cdr VALUES (?, ?)", read())

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

    async def append(self, ledger: Ledger, *, dry_run: bool = False) -> Report:
        """Append every call that is not there yet, oldest key first."""
        self._db.executescript("CREATE INDEX ix_cdr ON cdr (key); CREATE INDEX ix_queued ON queued (key);")
        heard, imported = await self._known(ledger)
        position = 0
        for key, rows in self._calls():
            self.report.calls += 1
            is_known = call_id_of(self._pbx, key) in imported or any(_short(row.uniqueid) in heard for row in rows)
            if is_known or _short(key) in heard:
                self.report.known += 1
                continue
            self.report.added += 1
            if not dry_run:
                position = ledger.append(self._translator.events(rows, self._queue_log(key)))
                if self.report.added % APPENDED_AT_ONCE == 0:
                    await ledger.flushed(position)
                    self._progress("added", self.report.added)
        await ledger.flushed(position)
        return self.report

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
    end = start + timedelta(seconds=int(row["duration"]))
    talked = int(row["billsec"]) if row.get("billsec", "").isdecimal() else 0
    answered = row.get("disposition", "").strip().upper() == "ANSWERED"
    return {"end": end.isoformat(), "answer": (end - timedelta(seconds=talked)).isoformat() if answered else ""}


def _short(pbx_id: str) -> bytes:
    return hashlib.blake2b(pbx_id.encode(), digest_size=8).digest()
