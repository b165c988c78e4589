"""The reading half of the SQLite ledger: its queries, and what SQLite's errors mean."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ringcard.ledger.errors import StoreTrouble, Trouble
from ringcard.ledger.store import EventRow, RecordFilter, RecordRow
from ringcard.ledger.vault import KeyRow

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


def trouble_of(error: sqlite3.Error) -> StoreTrouble:
    """What an error of SQLite means for the ledger."""
    # The low byte is the primary result code, the rest says more of the same.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreTrouble(_TROUBLES.get(code, Trouble.FAULT), str(error))


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """SQLite's errors leave as `StoreTrouble`."""
    try:
        yield
    except sqlite3.Error as error:
        raise trouble_of(error) from error


class SqliteReader:
    """Reads over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with translated():
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
        with translated():
            self._db.execute("BEGIN")
        try:
            # The snapshot begins with the first read, not with BEGIN.
            self.last_position()
            yield
        finally:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        self._db.close()


def _portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), _PARAMETERS_AT_ONCE):
        yield values[first : first + _PARAMETERS_AT_ONCE]


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))
