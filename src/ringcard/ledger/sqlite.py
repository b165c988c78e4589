"""The ledger in one SQLite file: write-ahead log, every commit synced to the disk.

Only one process may write: an advisory lock on `<file>.lock` is held while the store is open and the kernel lets it
go when the process ends, however it ends. Readers have connections of their own that cannot write.

Source: SQLite documentation, "Write-Ahead Logging", "PRAGMA synchronous", "Result and Error Codes".
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ringcard.ledger.errors import LedgerDamaged, LedgerInUse, LedgerTooNew, LedgerUnusable, StoreTrouble, Trouble
from ringcard.ledger.schema import APPLICATION_ID, MIGRATIONS
from ringcard.ledger.sqlite_reader import SqliteReader, translated, trouble_of
from ringcard.ledger.store import Batch, RecordRow
from ringcard.ledger.vault import KeyRow

_BUSY_TIMEOUT_MS = 250
_QUICK_CHECK_BELOW_BYTES = 64 * 1024 * 1024
"""A file up to this size is checked whole at the start (well under a second); a bigger one by `verify`."""
_RECORDS_AT_ONCE = 1_000
_HEADER_BYTES = 100
"""Of every SQLite file: page size at 16, number of pages at 28. Source: SQLite, "Database File Format", 1.3."""


class SqliteStore(SqliteReader):
    """The writer's side. Opening takes the lock, checks the file and brings its tables up to date.

    Raises `LedgerInUse`, `LedgerDamaged`, `LedgerTooNew` or `LedgerUnusable`, each with what to do. The connection
    may be handed to another thread, but only one at a time may use it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = _locked(path)
        try:
            super().__init__(_connected(path))
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        except BaseException:
            os.close(self._lock)
            raise

    def _prepare(self) -> None:
        self._check_size()
        try:
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            application = self._db.execute("PRAGMA application_id").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if (tables or application) and application != APPLICATION_ID:
                raise LedgerDamaged(
                    f"{self._path} is a database, but not a ledger of ringcard: check the configuration."
                )
            if version > len(MIGRATIONS):
                raise LedgerTooNew(
                    f"{self._path} was written by a later ringcard: install that version or a later one."
                )
            self._check_at_start()
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            # Deleted keys are overwritten in the file, not only unlinked.
            self._db.execute("PRAGMA secure_delete = ON")
            for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
                self._migrate(number, statements)
        except sqlite3.Error as error:
            raise self._cannot_open(error) from error

    def _check_size(self) -> None:
        """A file shorter than its own header says was torn; SQLite would read what is missing as zeros."""
        log = self._path.with_name(self._path.name + "-wal")
        if log.exists() and log.stat().st_size:
            return  # a checkpoint may have been cut off: the log has the rest
        with self._path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            size = file.seek(0, os.SEEK_END)
        if len(header) < _HEADER_BYTES or not header.startswith(b"SQLite format 3\0"):
            return  # new, or for SQLite to refuse
        page_bytes = int.from_bytes(header[16:18], "big")
        due = (65536 if page_bytes == 1 else page_bytes) * int.from_bytes(header[28:32], "big")
        if size < due:
            raise self._damaged(f"it has {size} bytes instead of {due}")

    def _check_at_start(self) -> None:
        size = self._path.stat().st_size
        if 0 < size < _QUICK_CHECK_BELOW_BYTES:
            first = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if first != "ok":
                raise self._damaged(str(first))
        elif size:
            # The newest page is what a torn copy lacks.
            self._db.execute("SELECT body FROM events ORDER BY position DESC LIMIT 1").fetchall()

    def _migrate(self, number: int, statements: Sequence[str]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version = {number}")
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _damaged(self, detail: str) -> LedgerDamaged:
        return LedgerDamaged(f"{self._path} is damaged ({detail}): restore it from a backup, or move it away.")

    def _cannot_open(self, error: sqlite3.Error) -> LedgerUnusable:
        trouble = trouble_of(error)
        if trouble.trouble is Trouble.DAMAGED:
            return self._damaged(trouble.detail)
        if trouble.trouble is Trouble.LOCKED:
            return LedgerInUse(f"Another program holds {self._path} locked: close it and start again.")
        return LedgerUnusable(f"{self._path} cannot be opened: {trouble.detail}.")

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after some errors (a full disk); then there is nothing left to do.
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise trouble_of(error) from error
        except BaseException:
            self._roll_back()
            raise

    def expect(self, call_ids: Sequence[str], person_refs: Sequence[bytes]) -> None:
        """A query is a function call here; there is nothing to save."""

    def commit(self, batch: Batch) -> None:
        heard: dict[str, int] = {}
        for row in batch.events:
            if row.pbx is not None and row.at_us > heard.get(row.pbx, row.at_us - 1):
                heard[row.pbx] = row.at_us
        with self._transaction() as db:
            _put_keys(db, batch.keys)
            db.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (row.position, row.call_id, row.pbx, row.at_us, row.tag, row.body, row.person)
                    for row in batch.events
                ],
            )
            db.executemany(
                "INSERT INTO heard VALUES (?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
                heard.items(),
            )
            db.executemany("INSERT OR REPLACE INTO absorbed VALUES (?, ?)", batch.absorbed)
            for call_id in batch.gone:
                for table in ("call_records", "call_devices", "call_persons"):
                    db.execute(f"DELETE FROM {table} WHERE call_id = ?", (call_id,))  # noqa: S608
            _put_records(db, batch.records)

    def erase_keys(self, key_ids: Sequence[int]) -> None:
        with self._transaction() as db:
            for key_id in key_ids:
                db.execute("DELETE FROM person_keys WHERE key_id = ?", (key_id,))
                db.execute("DELETE FROM call_persons WHERE person = ?", (key_id,))
        with translated():
            # The log still has the pages as they were: move it into the file and cut it off.
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreTrouble(Trouble.LOCKED, "the write-ahead log with the erased keys is still being read")

    def replace_projection(self, rows: Iterable[RecordRow], keys: Mapping[int, KeyRow]) -> None:
        with self._transaction() as db:
            for table in ("call_records", "call_devices", "call_persons"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            some = iter(rows)
            while page := list(itertools.islice(some, _RECORDS_AT_ONCE)):
                _put_records(db, page)
            _put_keys(db, keys.values())

    def fingerprint(self) -> bytes | None:
        rows = self._all("SELECT value FROM ledger WHERE name = 'master_key_fingerprint'")
        return rows[0][0] if rows else None

    def set_fingerprint(self, fingerprint: bytes) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO ledger VALUES ('master_key_fingerprint', ?)", (fingerprint,))

    def reader(self) -> SqliteReader:
        """A connection that cannot write, for another thread."""
        with translated():
            db = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
            db.execute("PRAGMA query_only = ON")
            db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        return SqliteReader(db)

    def close(self) -> None:
        super().close()
        os.close(self._lock)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep every ringcard away from the ledger in `path` without opening it. Raises `LedgerInUse`, `LedgerUnusable`."""
    lock = _locked(path)
    try:
        yield
    finally:
        os.close(lock)


def _connected(path: Path) -> sqlite3.Connection:
    try:
        # Created by us so that it is never readable by others, not even for a moment.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
        db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    except OSError as error:
        raise LedgerUnusable(f"{path} cannot be opened: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise LedgerUnusable(f"{path} cannot be opened: {error}.") from error
    return db


def _locked(path: Path) -> int:
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerUnusable(f"{lock_path} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(lock, 32).decode("ascii", "replace").strip()
        os.close(lock)
        raise LedgerInUse(
            f"Another ringcard{f' (process {holder})' if holder else ''} uses this ledger ({path}): stop it, or give "
            "this one a ledger of its own."
        ) from None
    # The number is for the other's error message only; the lock holds on a full disk, too.
    with contextlib.suppress(OSError):
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode("ascii"))
    return lock


def _put_keys(db: sqlite3.Connection, keys: Iterable[KeyRow]) -> None:
    db.executemany(
        "INSERT INTO person_keys VALUES (?, ?, ?)", [(row.key_id, row.person_ref, row.wrapped) for row in keys]
    )


def _put_records(db: sqlite3.Connection, rows: Sequence[RecordRow]) -> None:
    """Many at once: between any two statements the interpreter changes hands."""
    db.executemany(
        """INSERT INTO call_records VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
           pbx = excluded.pbx, conversation = excluded.conversation, started_at = excluded.started_at,
           ended_at = excluded.ended_at, direction = excluded.direction, disposition = excluded.disposition,
           body = excluded.body""",
        [
            (
                row.call_id,
                row.pbx,
                row.conversation_id,
                row.started_us,
                row.ended_us,
                row.direction,
                row.disposition,
                row.body,
            )
            for row in rows
        ],
    )
    calls = json.dumps([row.call_id for row in rows])
    for table in ("call_devices", "call_persons"):
        db.execute(f"DELETE FROM {table} WHERE call_id IN (SELECT value FROM json_each(?))", (calls,))  # noqa: S608
    db.executemany(
        "INSERT INTO call_devices VALUES (?, ?, ?)",
        [(device, row.started_us, row.call_id) for row in rows for device in row.devices],
    )
    db.executemany(
        "INSERT INTO call_persons VALUES (?, ?, ?)",
        [(person, row.started_us, row.call_id) for row in rows for person in row.persons],
    )
