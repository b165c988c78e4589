"""The ledger in one SQLite file: write-ahead log, every commit synced to the disk.

Only one process may write: an advisory lock on `<file>.lock` is held while the store is open and the kernel lets it
go when the process ends, however it ends. Readers have connections of their own that cannot write.

Source: SQLite documentation, "Write-Ahead Logging", "PRAGMA synchronous", "Result and Error Codes".
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ringcard.ledger.errors import LedgerDamaged, LedgerInUse, LedgerTooNew, LedgerUnusable, StoreTrouble, Trouble
from ringcard.ledger.schema import APPLICATION_ID, MIGRATIONS
from ringcard.ledger.store import Batch, EventRow, RecordFilter, RecordRow
from ringcard.ledger.vault import KeyRow

_BUSY_TIMEOUT_MS = 250
_QUICK_CHECK_BELOW_BYTES = 64 * 1024 * 1024
"""A file up to this size is checked whole at the start (well under a second); a bigger one by `verify`."""
_PARAMETERS_AT_ONCE = 500

_RECORD_COLUMNS = "r.call_id, r.pbx, r.conversation, r.started_at, r.ended_at, r.direction, r.disposition, r.body"
_EVENT_COLUMNS = "position, call_id, pbx, at, tag, body, person"

_TROUBLES = {
    sqlite3.SQLITE_FULL: Trouble.DISK_FULL,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
    sqlite3.SQLITE_READONLY: Trouble.UNWRITABLE,
    sqlite3.SQLITE_IOERR: Trouble.UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: Trouble.UNWRITABLE,
    sqlite3.SQLITE_PERM: Trouble.UNWRITABLE,
}


def _trouble(error: sqlite3.Error) -> StoreTrouble:
    # The low byte is the primary result code, the rest says more of the same.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreTrouble(_TROUBLES.get(code, Trouble.FAULT), str(error))


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _trouble(error) from error


class SqliteReader:
    """Reads over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with _translated():
            return self._db.execute(sql, parameters).fetchall()

    def last_position(self) -> int:
        return int(self._all("SELECT coalesce(max(position), 0) FROM events")[0][0])

    def events(self, after: int, limit: int) -> list[EventRow]:
        sql = f"SELECT {_EVENT_COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
        return [EventRow(*row) for row in self._all(sql, (after, limit))]

    def events_of(self, call_ids: Sequence[str]) -> list[EventRow]:
        found: list[EventRow] = []
        for some in _portions(call_ids):
            sql = f"SELECT {_EVENT_COLUMNS} FROM events WHERE call_id IN ({_marks(some)})"  # noqa: S608
            found += [EventRow(*row) for row in self._all(sql, some)]
        return sorted(found, key=lambda row: row.position)

    def family(self, call_id: str) -> tuple[str, ...]:
        # UNION, not UNION ALL: two calls absorbed into each other must not go round for ever.
        up = self._all(
            """WITH RECURSIVE up (call_id, depth) AS (
                SELECT ?, 0 UNION
                SELECT into_call, depth + 1 FROM absorbed JOIN up USING (call_id) WHERE depth < 100
            ) SELECT call_id FROM up ORDER BY depth""",
            (call_id,),
        )
        root = call_id
        seen = {root}
        for (above,) in up[1:]:
            if above in seen:
                break
            seen.add(above)
            root = above
        down = self._all(
            """WITH RECURSIVE down (call_id) AS (
                SELECT ? UNION SELECT absorbed.call_id FROM absorbed JOIN down ON absorbed.into_call = down.call_id
            ) SELECT call_id FROM down""",
            (root,),
        )
        return (root, *(row[0] for row in down if row[0] != root))

    def call_ids(self, after: str, limit: int) -> list[str]:
        sql = "SELECT DISTINCT call_id FROM events WHERE call_id > ? ORDER BY call_id LIMIT ?"
        return [row[0] for row in self._all(sql, (after, limit))]

    def record(self, call_id: str) -> RecordRow | None:
        rows = self._all(f"SELECT {_RECORD_COLUMNS} FROM call_records r WHERE r.call_id = ?", (call_id,))  # noqa: S608
        return self._with_links(rows)[0] if rows else None

    def records(self, wanted: RecordFilter, limit: int) -> list[RecordRow]:
        start = "r"
        source = "call_records r"
        conditions: list[str] = []
        parameters: list[Any] = []
        # The narrowest link table leads and gives the order by its own key: no sorting, however many calls there are.
        if wanted.person is not None:
            start, source = "p", "call_persons p CROSS JOIN call_records r ON r.call_id = p.call_id"
            conditions.append("p.person = ?")
            parameters.append(wanted.person)
            if wanted.device is not None:
                conditions.append("EXISTS (SELECT 1 FROM call_devices d WHERE d.call_id = r.call_id AND d.device = ?)")
                parameters.append(wanted.device)
        elif wanted.device is not None:
            start, source = "d", "call_devices d CROSS JOIN call_records r ON r.call_id = d.call_id"
            conditions.append("d.device = ?")
            parameters.append(wanted.device)
        if wanted.conversation_id is not None:
            conditions.append("r.conversation = ?")
            parameters.append(wanted.conversation_id)
        if wanted.pbx is not None:
            conditions.append("r.pbx = ?")
            parameters.append(wanted.pbx)
        if wanted.open_only:
            conditions.append("r.ended_at IS NULL")
        if wanted.before is not None:
            conditions.append(f"({start}.started_at, {start}.call_id) < (?, ?)")
            parameters += [wanted.before.started_us, wanted.before.call_id]
        sql = (
            f"SELECT {_RECORD_COLUMNS} FROM {source} WHERE {' AND '.join(conditions) or '1'} "  # noqa: S608
            f"ORDER BY {start}.started_at DESC, {start}.call_id DESC LIMIT ?"
        )
        return self._with_links(self._all(sql, (*parameters, limit)))

    def _with_links(self, rows: list[Any]) -> list[RecordRow]:
        devices: dict[str, list[str]] = {row[0]: [] for row in rows}
        persons: dict[str, list[int]] = {row[0]: [] for row in rows}
        for some in _portions(list(devices)):
            marks = _marks(some)
            for call_id, device in self._all(
                f"SELECT call_id, device FROM call_devices WHERE call_id IN ({marks}) ORDER BY device",  # noqa: S608
                some,
            ):
                devices[call_id].append(device)
            for call_id, person in self._all(
                f"SELECT call_id, person FROM call_persons WHERE call_id IN ({marks}) ORDER BY person",  # noqa: S608
                some,
            ):
                persons[call_id].append(person)
        return [RecordRow(*(*row, tuple(devices[row[0]]), tuple(persons[row[0]]))) for row in rows]

    def heard_until(self, pbx: str | None) -> int | None:
        found: int | None = self._all("SELECT max(until) FROM heard WHERE ?1 IS NULL OR pbx = ?1", (pbx,))[0][0]
        return found

    def key_of(self, person_ref: bytes) -> KeyRow | None:
        sql = "SELECT key_id, person_ref, wrapped_key FROM person_keys WHERE person_ref = ?"
        rows = self._all(sql, (person_ref,))
        return KeyRow(*rows[0]) if rows else None

    def keys(self, key_ids: Iterable[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for some in _portions(list(key_ids)):
            sql = f"SELECT key_id, wrapped_key FROM person_keys WHERE key_id IN ({_marks(some)})"  # noqa: S608
            found |= dict(self._all(sql, some))
        return found

    def check(self) -> list[str]:
        return [line for (line,) in self._all("PRAGMA integrity_check") if line != "ok"]

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        with _translated():
            self._db.execute("BEGIN")
        try:
            # The snapshot begins with the first read, not with BEGIN.
            self.last_position()
            yield
        finally:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        self._db.close()


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
        trouble = _trouble(error)
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
            raise _trouble(error) from error
        except BaseException:
            self._roll_back()
            raise

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
            for record in batch.records:
                _put_record(db, record)

    def erase_keys(self, key_ids: Sequence[int]) -> None:
        with self._transaction() as db:
            for key_id in key_ids:
                db.execute("DELETE FROM person_keys WHERE key_id = ?", (key_id,))
                db.execute("DELETE FROM call_persons WHERE person = ?", (key_id,))
        with _translated():
            # The log still has the pages as they were: move it into the file and cut it off.
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreTrouble(Trouble.LOCKED, "the write-ahead log with the erased keys is still being read")

    def replace_projection(self, rows: Iterable[RecordRow], keys: Mapping[int, KeyRow]) -> None:
        with self._transaction() as db:
            for table in ("call_records", "call_devices", "call_persons"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            for row in rows:
                _put_record(db, row)
            _put_keys(db, keys.values())

    def fingerprint(self) -> bytes | None:
        rows = self._all("SELECT value FROM ledger WHERE name = 'master_key_fingerprint'")
        return rows[0][0] if rows else None

    def set_fingerprint(self, fingerprint: bytes) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO ledger VALUES ('master_key_fingerprint', ?)", (fingerprint,))

    def reader(self) -> SqliteReader:
        """A connection that cannot write, for another thread."""
        with _translated():
            db = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
            db.execute("PRAGMA query_only = ON")
            db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        return SqliteReader(db)

    def close(self) -> None:
        super().close()
        os.close(self._lock)


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


def _put_record(db: sqlite3.Connection, row: RecordRow) -> None:
    db.execute(
        """INSERT INTO call_records VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
           pbx = excluded.pbx, conversation = excluded.conversation, started_at = excluded.started_at,
           ended_at = excluded.ended_at, direction = excluded.direction, disposition = excluded.disposition,
           body = excluded.body""",
        (
            row.call_id,
            row.pbx,
            row.conversation_id,
            row.started_us,
            row.ended_us,
            row.direction,
            row.disposition,
            row.body,
        ),
    )
    db.execute("DELETE FROM call_devices WHERE call_id = ?", (row.call_id,))
    db.execute("DELETE FROM call_persons WHERE call_id = ?", (row.call_id,))
    for device in row.devices:
        db.execute("INSERT INTO call_devices VALUES (?, ?, ?)", (device, row.started_us, row.call_id))
    for person in row.persons:
        db.execute("INSERT INTO call_persons VALUES (?, ?, ?)", (person, row.started_us, row.call_id))


def _portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), _PARAMETERS_AT_ONCE):
        yield values[first : first + _PARAMETERS_AT_ONCE]


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))
