"""The ledger on PostgreSQL: in the schema `ledger` of the database that holds people and contacts.

Only one process may write: its connection holds an advisory lock of the database, and the server lets it go with the
connection, however that ends. A connection can break while the process lives; then the lock is taken again with the
next one, and what the table ends with tells whether somebody else wrote in between. If so nothing is written any more:
two ledgers in one table would give each position out twice.

A commit whose answer was lost with the connection may have happened. The writer asks for `last_position` before it
tries again, so it is not written twice.

Source: PostgreSQL documentation, 13.3.5 "Advisory Locks", 20.5.1 "synchronous_commit".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import psycopg

from ringcard.ledger.errors import LedgerInUse, LedgerUnusable, StoreTrouble, Trouble
from ringcard.ledger.postgres_reader import Connection, Link, PostgresReader, reading_link, translated
from ringcard.ledger.store import Batch, EventRow, RecordRow
from ringcard.ledger.vault import KeyRow
from ringcard.storage import StorageError, shown
from ringcard.storage import translated as translated_for_storage

LEDGER_LOCK = 0x5243415244_4C47
"""The advisory lock of the ledger's writer: `RCARDLG`."""

_LOCK_PATIENCE_S = 3.0
"""A process that was killed a moment ago leaves its connection to a server that has to notice."""
_ROWS_AT_ONCE = 1_000


class PostgresStore(PostgresReader):
    """The writer's side. The database has been migrated; opening takes the lock.

    Raises `LedgerInUse` or `LedgerUnusable`, each with what to do. It may be handed to another thread, but only one at
    a time may use it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: int | None = None
        """The last position that is certainly ours, None before the first look."""
        self._attempted: EventRow | None = None
        """The last event of a commit whose answer has not come."""
        self._unheard: frozenset[str] = frozenset()
        """Of the calls that are expected those that have nothing in the store yet."""
        self._near_keys: dict[bytes, KeyRow | None] = {}
        super().__init__(Link(url, self._made))
        try:
            with translated_for_storage(url):
                self._known = self._last(self._link.connection())[0]
        except StoreTrouble as trouble:
            self.close()
            raise self._in_use() if trouble.trouble is Trouble.LOCKED else LedgerUnusable(trouble.detail) from trouble
        except StorageError as error:
            self.close()
            raise LedgerUnusable(f"The ledger cannot be opened: {error}.") from error
        except BaseException:
            self.close()
            raise

    def _made(self, connection: Connection) -> None:
        """What every connection of the writer is before it is used."""
        connection.execute("SET synchronous_commit = on")
        # If the network breaks the server has to notice too, or the old connection keeps the lock for hours.
        connection.execute("SET tcp_keepalives_idle = 10")
        connection.execute("SET tcp_keepalives_interval = 2")
        connection.execute("SET tcp_keepalives_count = 3")
        connection.execute(f"SET lock_timeout = '{_LOCK_PATIENCE_S}s'")
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", (LEDGER_LOCK,))
        except psycopg.errors.LockNotAvailable as error:
            raise StoreTrouble(Trouble.LOCKED, f"another ringcard writes to {shown(self._url)}") from error
        if self._known is None:
            return
        position, body = self._last(connection)
        attempted = self._attempted
        ours = attempted is not None and (position, body) == (attempted.position, attempted.body)
        if position != self._known and not ours:
            raise StoreTrouble(
                Trouble.TAKEN,
                f"it ends with entry {position}, and ours was {self._known}; this one writes nothing more",
            )
        self._known, self._attempted = position, None

    @staticmethod
    def _last(connection: Connection) -> tuple[int, bytes]:
        found = connection.execute(
            "SELECT position, body FROM ledger.events ORDER BY position DESC LIMIT 1", binary=True
        ).fetchone()
        return found or (0, b"")

    def _in_use(self) -> LedgerInUse:
        text = f"Another ringcard uses the ledger in the database {shown(self._url)}{self._holder()}"
        return LedgerInUse(f"{text}: stop it, or give this one a database of its own.")

    def _holder(self) -> str:
        reader = PostgresReader(reading_link(self._url))
        try:
            rows = reader._all(
                """SELECT a.pid, coalesce(host(a.client_addr), 'the local socket') FROM pg_locks l
                JOIN pg_stat_activity a USING (pid)
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (l.classid::bigint << 32 | l.objid::bigint) = %s""",
                (LEDGER_LOCK,),
            )
        except StoreTrouble:
            return ""
        finally:
            reader.close()
        return f" (the server's process {rows[0][0]}, from {rows[0][1]})" if rows else ""

    @contextlib.contextmanager
    def _transaction(self, *, pipelined: bool = True) -> Iterator[Connection]:
        """A transaction: durable when it is left. Pipelined, its statements do not wait for each other's answers."""
        with translated():
            connection = self._link.connection()
            self._in_transaction = True
            try:
                with contextlib.ExitStack() as stack:
                    if pipelined:
                        stack.enter_context(connection.pipeline())
                    stack.enter_context(connection.transaction())
                    yield connection
            except BaseException:
                # Whatever state it is in: a new one is quickly made, and looks first at what the table ends with.
                self._link.drop()
                raise
            finally:
                self._in_transaction = False

    def expect(self, call_ids: Sequence[str], person_refs: Sequence[bytes]) -> None:
        calls, refs = list(call_ids), list(person_refs)
        known: set[str] = set()
        if calls:
            rows = self._all(
                """SELECT call_id FROM ledger.events WHERE call_id = ANY(%s::text[]) UNION
                SELECT call_id FROM ledger.absorbed WHERE call_id = ANY(%s::text[]) UNION
                SELECT into_call FROM ledger.absorbed WHERE into_call = ANY(%s::text[])""",
                (calls, calls, calls),
            )
            known = {row[0] for row in rows}
        keys: dict[bytes, KeyRow | None] = dict.fromkeys(refs)
        if refs:
            found = self._all(
                "SELECT key_id, person_ref, wrapped_key FROM ledger.person_keys WHERE person_ref = ANY(%b::bytea[])",
                (refs,),
            )
            keys |= {row[1]: KeyRow(*row) for row in found}
        # As nobody else writes, this is true until we do.
        self._unheard, self._near_keys = frozenset(calls) - known, keys

    def family(self, call_id: str) -> tuple[str, ...]:
        return (call_id,) if call_id in self._unheard else super().family(call_id)

    def events_of(self, call_ids: Sequence[str]) -> list[EventRow]:
        return [] if self._unheard.issuperset(call_ids) else super().events_of(call_ids)

    def key_of(self, person_ref: bytes) -> KeyRow | None:
        return self._near_keys[person_ref] if person_ref in self._near_keys else super().key_of(person_ref)

    def _forget_expected(self) -> None:
        self._unheard, self._near_keys = frozenset(), {}

    def commit(self, batch: Batch) -> None:
        self._forget_expected()
        last = batch.events[-1] if batch.events else None
        with self._transaction() as connection:
            # Only now: making the connection may have found out about an earlier attempt.
            self._attempted = last
            _put_keys(connection, batch.keys)
            _put_events(connection, batch.events)
            if batch.absorbed:
                connection.execute(
                    """INSERT INTO ledger.absorbed SELECT * FROM unnest(%s::text[], %s::text[])
                    ON CONFLICT (call_id) DO UPDATE SET into_call = excluded.into_call""",
                    [list(column) for column in zip(*dict(batch.absorbed).items(), strict=True)],
                )
            if batch.gone:
                for table in ("call_records", "call_devices", "call_persons"):
                    sql = f"DELETE FROM ledger.{table} WHERE call_id = ANY(%s::text[])"  # noqa: S608
                    connection.execute(sql.encode(), (list(batch.gone),))
            _put_records(connection, batch.records)
        if last is not None:
            self._known, self._attempted = last.position, None

    def erase_keys(self, key_ids: Sequence[int]) -> None:
        self._forget_expected()
        with self._transaction(pipelined=False) as connection:
            (began,) = connection.execute("SELECT pg_current_xact_id()::xid::text").fetchone() or ("0",)
            connection.execute("DELETE FROM ledger.person_keys WHERE key_id = ANY(%s::bigint[])", (list(key_ids),))
            connection.execute("DELETE FROM ledger.call_persons WHERE person = ANY(%s::bigint[])", (list(key_ids),))
        with translated():
            # Deleted rows stay in their pages until somebody needs the room; written anew, the table is without them.
            self._link.connection().execute("VACUUM (FULL) ledger.person_keys")
        watching = self._all(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_xmin IS NOT NULL AND age(backend_xmin) >= age(%s::text::xid)",
            (began,),
        )
        if watching[0][0]:
            raise StoreTrouble(Trouble.LOCKED, "an old transaction keeps the erased keys: they are still being read")

    def replace_projection(self, rows: Iterable[RecordRow], keys: Mapping[int, KeyRow]) -> None:
        every = iter(rows)
        with self._transaction(pipelined=False) as connection:
            for table in ("call_records", "call_devices", "call_persons"):
                connection.execute(f"DELETE FROM ledger.{table}".encode())  # noqa: S608
            # The rows are made while they are read, out of the same connection: some at a time, between two queries.
            while some := list(islice(every, _ROWS_AT_ONCE)):
                _put_records(connection, some)
            _put_keys(connection, tuple(keys.values()))

    def fingerprint(self) -> bytes | None:
        rows = self._all("SELECT value FROM ledger.ledger WHERE name = 'master_key_fingerprint'")
        return rows[0][0] if rows else None

    def set_fingerprint(self, fingerprint: bytes) -> None:
        with self._transaction() as connection:
            connection.execute(
                """INSERT INTO ledger.ledger VALUES ('master_key_fingerprint', %s)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
                (fingerprint,),
            )

    def reader(self) -> PostgresReader:
        """A connection that cannot write, for another thread."""
        return PostgresReader(reading_link(self._url))


def _put_keys(connection: Connection, keys: Sequence[KeyRow]) -> None:
    if keys:
        connection.execute(
            "INSERT INTO ledger.person_keys SELECT * FROM unnest(%s::bigint[], %b::bytea[], %b::bytea[])",
            ([row.key_id for row in keys], [row.person_ref for row in keys], [row.wrapped for row in keys]),
        )


def _put_events(connection: Connection, events: Sequence[EventRow]) -> None:
    if not events:
        return
    connection.execute(
        """INSERT INTO ledger.events SELECT * FROM unnest(
            %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %b::bytea[], %s::bigint[])""",
        (
            [row.position for row in events],
            [row.call_id for row in events],
            [row.pbx for row in events],
            [row.at_us for row in events],
            [row.tag for row in events],
            [row.body for row in events],
            [row.person for row in events],
        ),
    )
    heard: dict[str, int] = {}
    for row in events:
        if row.pbx is not None:
            heard[row.pbx] = max(row.at_us, heard.get(row.pbx, row.at_us))
    if heard:
        connection.execute(
            """INSERT INTO ledger.heard SELECT * FROM unnest(%s::text[], %s::bigint[])
            ON CONFLICT (pbx) DO UPDATE SET until = greatest(ledger.heard.until, excluded.until)""",
            (list(heard), list(heard.values())),
        )


def _put_records(connection: Connection, records: Sequence[RecordRow]) -> None:
    if not records:
        return
    connection.execute(
        """INSERT INTO ledger.call_records SELECT * FROM unnest(
            %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %b::bytea[])
        ON CONFLICT (call_id) DO UPDATE SET
            pbx = excluded.pbx, conversation = excluded.conversation, started_at = excluded.started_at,
            ended_at = excluded.ended_at, direction = excluded.direction, disposition = excluded.disposition,
            body = excluded.body""",
        (
            [row.call_id for row in records],
            [row.pbx for row in records],
            [row.conversation_id for row in records],
            [row.started_us for row in records],
            [row.ended_us for row in records],
            [row.direction for row in records],
            [row.disposition for row in records],
            [row.body for row in records],
        ),
    )
    calls = [row.call_id for row in records]
    _put_links(
        connection, "call_devices", "device", "text", calls,
        [(device, row.started_us, row.call_id) for row in records for device in row.devices],
    )  # fmt: skip
    _put_links(
        connection, "call_persons", "person", "bigint", calls,
        [(person, row.started_us, row.call_id) for row in records for person in row.persons],
    )  # fmt: skip


def _put_links(
    connection: Connection,
    table: str,
    column: str,
    kind: str,
    calls: Sequence[str],
    links: Sequence[tuple[str | int, int, str]],
) -> None:
    """Make `links` all that these calls have. Those that are there already are left alone: a row written anew with
    every event of its call would leave as many dead ones behind."""
    columns = [[link[index] for link in links] for index in range(3)]
    listed = f"unnest(%s::{kind}[], %s::bigint[], %s::text[])"
    connection.execute(
        f"""DELETE FROM ledger.{table} l WHERE l.call_id = ANY(%s::text[]) AND NOT EXISTS (
            SELECT 1 FROM {listed} AS n (one, two, three)
            WHERE n.one = l.{column} AND n.two = l.started_at AND n.three = l.call_id)""".encode(),  # noqa: S608
        (list(calls), *columns),
    )
    if links:
        connection.execute(
            f"INSERT INTO ledger.{table} SELECT * FROM {listed} ON CONFLICT DO NOTHING".encode(),  # noqa: S608
            columns,
        )
