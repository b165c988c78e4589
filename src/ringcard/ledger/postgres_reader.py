"""The reading half of the PostgreSQL ledger: a connection that is made anew when it breaks, its queries, its errors.

The tables are those of the SQLite ledger, in the schema `ledger` of the database that holds everything else
(migration 0008). Text sorts by its bytes there, whatever the database's own order, so pages join as on SQLite.

Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import psycopg

from ringcard.ledger.errors import StoreTrouble, Trouble
from ringcard.ledger.store import EventRow, RecordFilter, RecordRow
from ringcard.ledger.vault import KeyRow
from ringcard.storage import adapted, libpq_url

Connection = psycopg.Connection[Any]

_RECORD_COLUMNS = "r.call_id, r.pbx, r.conversation, r.started_at, r.ended_at, r.direction, r.disposition, r.body"
_EVENT_COLUMNS = "position, call_id, pbx, at, tag, body, person"

_TROUBLES = {
    "25006": Trouble.UNWRITABLE,
    "42501": Trouble.UNWRITABLE,
    "40001": Trouble.LOCKED,
    "40P01": Trouble.LOCKED,
    "55P03": Trouble.LOCKED,
    "53100": Trouble.DISK_FULL,
    "58030": Trouble.UNWRITABLE,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}
_CLASSES_OF_ABSENCE = ("08", "57", "53", "28", "3D")
"""Connection, operator intervention, resources, authorisation, no such database: all may mend without us."""


def trouble_of(error: psycopg.Error) -> StoreTrouble:
    """What an error of PostgreSQL or of the way to it means for the ledger."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    state = error.sqlstate
    if state is None:
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return StoreTrouble(Trouble.UNREACHABLE if lost else Trouble.FAULT, said)
    if state[:2] in _CLASSES_OF_ABSENCE and state not in _TROUBLES:
        return StoreTrouble(Trouble.UNREACHABLE, said)
    return StoreTrouble(_TROUBLES.get(state, Trouble.FAULT), said)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """PostgreSQL's errors leave as `StoreTrouble`."""
    try:
        yield
    except psycopg.Error as error:
        raise trouble_of(error) from error


class Link:
    """A connection to the server, made when it is first needed and again after it broke.

    `made` is called with each new one before it is used; if it raises, there is none.
    """

    def __init__(self, url: str, made: Callable[[Connection], None]) -> None:
        self._conninfo = libpq_url(url)
        self._made = made
        self._connection: Connection | None = None

    def connection(self) -> Connection:
        """The connection. Raises `psycopg.Error` or what `made` raises."""
        if self._connection is None:
            connection: Connection = psycopg.connect(self._conninfo, autocommit=True)
            try:
                adapted(connection)
                # Every query here has its index, and a plan is kept for the connection's life: one that was made while
                # a table was empty would read all of it for ever.
                connection.execute("SET enable_seqscan = off")
                connection.execute("SET jit = off")
                self._made(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def is_lost(self) -> bool:
        """Whether the connection broke; then the next one will be new."""
        if self._connection is None or not self._connection.closed:
            return False
        self._connection = None
        return True

    def drop(self) -> None:
        """Have no connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class PostgresReader:
    """Reads over one link. After the server was away the next read finds it again."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._in_transaction = False

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with translated():
            try:
                return self._fetched(sql, parameters)
            except psycopg.Error:
                # A connection that broke while nobody used it says so only now. In a transaction what was read
                # before is lost with it, so it cannot be gone on with.
                if not self._link.is_lost() or self._in_transaction:
                    raise
            return self._fetched(sql, parameters)

    def _fetched(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        return self._link.connection().execute(sql.encode(), parameters, binary=True).fetchall()

    def last_position(self) -> int:
        return int(self._all("SELECT coalesce(max(position), 0) FROM ledger.events")[0][0])

    def events(self, after: int, limit: int) -> list[EventRow]:
        sql = f"SELECT {_EVENT_COLUMNS} FROM ledger.events WHERE position > %s ORDER BY position LIMIT %s"  # noqa: S608
        return [EventRow(*row) for row in self._all(sql, (after, limit))]

    def events_of(self, call_ids: Sequence[str]) -> list[EventRow]:
        sql = f"SELECT {_EVENT_COLUMNS} FROM ledger.events WHERE call_id = ANY(%s::text[])"  # noqa: S608
        return sorted((EventRow(*row) for row in self._all(sql, (list(call_ids),))), key=lambda row: row.position)

    def family(self, call_id: str) -> tuple[str, ...]:
        # Nearly every call is alone; one way to the server tells.
        related = self._all(
            """SELECT 1 FROM ledger.absorbed WHERE call_id = %s UNION ALL
            SELECT 1 FROM ledger.absorbed WHERE into_call = %s LIMIT 1""",
            (call_id, call_id),
        )
        if not related:
            return (call_id,)
        # UNION, not UNION ALL: two calls absorbed into each other must not go round for ever.
        up = self._all(
            """WITH RECURSIVE up (call_id, depth) AS (
                SELECT %s::text COLLATE "C", 0 UNION
                SELECT a.into_call, up.depth + 1 FROM ledger.absorbed a JOIN up USING (call_id) WHERE up.depth < 100
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
                SELECT %s::text COLLATE "C" UNION
                SELECT a.call_id FROM ledger.absorbed a JOIN down ON a.into_call = down.call_id
            ) SELECT call_id FROM down""",
            (root,),
        )
        return (root, *(row[0] for row in down if row[0] != root))

    def call_ids(self, after: str, limit: int) -> list[str]:
        sql = "SELECT DISTINCT call_id FROM ledger.events WHERE call_id > %s ORDER BY call_id LIMIT %s"
        return [row[0] for row in self._all(sql, (after, limit))]

    def record(self, call_id: str) -> RecordRow | None:
        sql = f"SELECT {_RECORD_COLUMNS} FROM ledger.call_records r WHERE r.call_id = %s"  # noqa: S608
        rows = self._all(sql, (call_id,))
        return self._with_links(rows)[0] if rows else None

    def records(self, wanted: RecordFilter, limit: int) -> list[RecordRow]:
        start = "r"
        source = "ledger.call_records r"
        conditions: list[str] = []
        parameters: list[Any] = []
        # The narrowest link table leads and gives the order by its own key: no sorting, however many calls there are.
        if wanted.person is not None:
            start, source = "p", "ledger.call_persons p JOIN ledger.call_records r ON r.call_id = p.call_id"
            conditions.append("p.person = %s")
            parameters.append(wanted.person)
            if wanted.device is not None:
                conditions.append(
                    "EXISTS (SELECT 1 FROM ledger.call_devices d WHERE d.call_id = r.call_id AND d.device = %s)"
                )
                parameters.append(wanted.device)
        elif wanted.device is not None:
            start, source = "d", "ledger.call_devices d JOIN ledger.call_records r ON r.call_id = d.call_id"
            conditions.append("d.device = %s")
            parameters.append(wanted.device)
        if wanted.conversation_id is not None:
            conditions.append("r.conversation = %s")
            parameters.append(wanted.conversation_id)
        if wanted.pbx is not None:
            conditions.append("r.pbx = %s")
            parameters.append(wanted.pbx)
        if wanted.open_only:
            conditions.append("r.ended_at IS NULL")
        if wanted.before is not None:
            conditions.append(f"({start}.started_at, {start}.call_id) < (%s, %s)")
            parameters += [wanted.before.started_us, wanted.before.call_id]
        sql = (
            f"SELECT {_RECORD_COLUMNS} FROM {source} WHERE {' AND '.join(conditions) or 'true'} "  # noqa: S608
            f"ORDER BY {start}.started_at DESC, {start}.call_id DESC LIMIT %s"
        )
        return self._with_links(self._all(sql, (*parameters, limit)))

    def _with_links(self, rows: list[Any]) -> list[RecordRow]:
        devices: dict[str, list[str]] = {row[0]: [] for row in rows}
        persons: dict[str, list[int]] = {row[0]: [] for row in rows}
        if rows:
            found = self._all(
                """SELECT call_id, device, NULL::bigint FROM ledger.call_devices WHERE call_id = ANY(%s::text[])
                UNION ALL
                SELECT call_id, NULL, person FROM ledger.call_persons WHERE call_id = ANY(%s::text[])
                ORDER BY 2, 3""",
                (list(devices), list(devices)),
            )
            for call_id, device, person in found:
                if device is None:
                    persons[call_id].append(person)
                else:
                    devices[call_id].append(device)
        return [RecordRow(*(*row, tuple(devices[row[0]]), tuple(persons[row[0]]))) for row in rows]

    def heard_until(self, pbx: str | None) -> int | None:
        sql = "SELECT max(until) FROM ledger.heard WHERE %s::text IS NULL OR pbx = %s"
        found: int | None = self._all(sql, (pbx, pbx))[0][0]
        return found

    def key_of(self, person_ref: bytes) -> KeyRow | None:
        rows = self._all(
            "SELECT key_id, person_ref, wrapped_key FROM ledger.person_keys WHERE person_ref = %s", (person_ref,)
        )
        return KeyRow(*rows[0]) if rows else None

    def keys(self, key_ids: Iterable[int]) -> dict[int, bytes]:
        wanted = list(key_ids)
        if not wanted:
            return {}
        sql = "SELECT key_id, wrapped_key FROM ledger.person_keys WHERE key_id = ANY(%s::bigint[])"
        return dict(self._all(sql, (wanted,)))

    def check(self) -> list[str]:
        """What the server knows: it does not read every page on request, and only checksums would tell."""
        broken = self._all(
            "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE c.relnamespace = 'ledger'::regnamespace AND NOT i.indisvalid"
        )
        failed = self._all(
            "SELECT checksum_failures FROM pg_stat_database"
            " WHERE datname = current_database() AND checksum_failures > 0"
        )
        return [
            *(f"the index {name} is broken: REINDEX INDEX {name}" for (name,) in broken),
            *(f"{count} pages of the database had a wrong checksum" for (count,) in failed),
        ]

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        self._all("SELECT 1")  # a connection that broke meanwhile is replaced before the snapshot begins
        with translated():
            self._link.connection().execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._in_transaction = True
        try:
            # The snapshot begins with the first read, not with BEGIN.
            self.last_position()
            yield
        finally:
            self._in_transaction = False
            self._roll_back()

    def _roll_back(self) -> None:
        if not self._link.is_lost():
            try:
                self._link.connection().execute("ROLLBACK")
            except psycopg.Error:
                self._link.drop()

    def close(self) -> None:
        self._link.drop()


def reading_link(url: str) -> Link:
    """A link that cannot write."""

    def made(connection: Connection) -> None:
        connection.execute("SET default_transaction_read_only = on")

    return Link(url, made)
