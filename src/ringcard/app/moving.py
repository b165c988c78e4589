"""Moving a store from SQLite to PostgreSQL: everything or nothing, and every row compared.

All of it is one transaction of the target: its tables are made, filled by COPY, read back and compared value by value
with the source, and only then is it committed. Whatever goes wrong, the target is as empty as before, and the move
can simply be started again. The source is only read; for the move itself nobody may write to it meanwhile, so a
running ringcard is refused and other programs wait. A rehearsal does the same on a snapshot, also beside a running
ringcard, and commits nothing: it says whether the move will work, and how long it takes.

PostgreSQL keeps no NUL in a text. Each becomes U+FFFD, as it does for everything written there (`storage.without_nul`),
and so do bytes that are no UTF-8; the report counts the texts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Float, MetaData, Numeric, Table, create_engine, text
from sqlalchemy.pool import NullPool
from sqlalchemy.types import JSON, TypeEngine

from ringcard.ledger import LedgerUnusable
from ringcard.ledger.postgres import LEDGER_LOCK
from ringcard.ledger.schema import APPLICATION_ID, MIGRATIONS
from ringcard.ledger.sqlite import held
from ringcard.storage import StorageError, libpq_url, shown, translated, without_nul
from ringcard.storage.engine import WRITERS_LOCK, check_server, parsed
from ringcard.storage.migrate import newest_revision, upgrade

LEDGER_SCHEMA = "ledger"
_ROWS_AT_ONCE = 5_000
_TELL_EVERY = 100_000

Row = tuple[Any, ...]


class MoveRefused(Exception):
    """The store cannot be moved, and nothing was; the text says what to do."""


@dataclass(frozen=True, slots=True)
class MovedTable:
    """One table: how many rows, of how many texts something had to be replaced, and the digest both sides have."""

    name: str
    rows: int
    mended: int
    digest: str


@dataclass(frozen=True, slots=True)
class Move:
    """What was moved, or would have been, and how long it took."""

    tables: tuple[MovedTable, ...]
    took_s: float

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(table.rows for table in self.tables)


def move_store(
    database: Path, ledger: Path, target: str, *, rehearsal: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Move:
    """Move the SQLite files `database` and `ledger` into the empty PostgreSQL database of the URL `target`.

    `tell` gets a line of progress now and then. Raises `MoveRefused`.
    """
    began = time.perf_counter()
    try:
        with contextlib.ExitStack() as stack:
            if not rehearsal:
                stack.enter_context(held(ledger))
            store = stack.enter_context(contextlib.closing(_Source(database, frozen=not rehearsal)))
            happened = stack.enter_context(contextlib.closing(_Source(ledger, frozen=not rehearsal)))
            _check_database(store)
            _check_ledger(happened)
            moved = _moved(store, happened, target, rehearsal, tell)
    except (StorageError, LedgerUnusable) as error:
        raise MoveRefused(str(error)) from error
    return Move(moved, time.perf_counter() - began)


# -- the source ---------------------------------------------------------------------------------------------------


class _Source:
    """An SQLite file as of one moment. `frozen` keeps others from writing to it while it is open."""

    def __init__(self, path: Path, *, frozen: bool) -> None:
        self.path = path
        self.mended = 0
        if not path.is_file():
            raise MoveRefused(f"there is no file {path}: name the database with --from, the ledger with --ledger")
        with translated(path):
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'rw' if frozen else 'ro'}", uri=True, isolation_level=None
            )
            try:
                self._db.text_factory = self._text
                self._db.execute("BEGIN IMMEDIATE" if frozen else "BEGIN")
                # The snapshot begins with the first read, not with BEGIN.
                self._db.execute("SELECT count(*) FROM sqlite_master").fetchall()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()

    def _text(self, raw: bytes) -> str:
        text = raw.decode("utf-8", "replace")
        kept = without_nul(text)
        self.mended += kept is not text or ("\ufffd" in text and "\ufffd".encode() not in raw)
        return kept

    def one(self, query: str) -> Any:
        with translated(self.path):
            row = self._db.execute(query).fetchone()
        return row[0] if row else None

    def tables(self) -> set[str]:
        """The tables with rows of ours: not SQLite's own, not a search index and what it is made of."""
        with translated(self.path):
            found = self._db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        indexes = [name for name, made in found if made and made.upper().startswith("CREATE VIRTUAL TABLE")]
        return {
            name
            for name, _ in found
            if not name.startswith("sqlite_")
            and name != "alembic_version"
            and not any(name == index or name.startswith(f"{index}_") for index in indexes)
        }

    def columns(self, table: str) -> set[str]:
        with translated(self.path):
            return {row[1] for row in self._db.execute(f'PRAGMA table_info("{table}")')}

    def rows(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[Row]:
        """In the order of the primary key."""
        listed = ", ".join(f'"{column.name}"' for column in columns)
        order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns or columns)
        with translated(self.path):
            cursor = self._db.execute(f'SELECT {listed} FROM "{table.name}" ORDER BY {order}')  # noqa: S608
            while some := cursor.fetchmany(_ROWS_AT_ONCE):
                yield from some


def _check_database(source: _Source) -> None:
    if "employees" not in source.tables():
        raise MoveRefused(f"{source.path} is no database of ringcard: name its ringcard.db")
    revision, newest = source.one("SELECT version_num FROM alembic_version"), newest_revision()
    if revision != newest:
        raise MoveRefused(
            f"{source.path} has the tables of another release (revision {revision}, this one has {newest}):"
            " start this release on it once, then move it"
        )


def _check_ledger(source: _Source) -> None:
    if source.one("PRAGMA application_id") != APPLICATION_ID:
        raise MoveRefused(f"{source.path} is no ledger of ringcard: name its ledger.db with --ledger")
    if source.one("PRAGMA user_version") != len(MIGRATIONS):
        raise MoveRefused(f"{source.path} is of another release: start this release on it once, then move it")


# -- the target ---------------------------------------------------------------------------------------------------


def _moved(
    store: _Source, happened: _Source, target: str, rehearsal: bool, tell: Callable[[str], None]
) -> tuple[MovedTable, ...]:
    engine = create_engine(parsed(libpq_url(target)), poolclass=NullPool)
    with translated(target), engine.connect() as bound:
        with bound.begin() as transaction:
            # Alembic and reflection speak SQLAlchemy, COPY is the driver's: one transaction of one connection.
            connection = cast("psycopg.Connection[Any]", bound.connection.driver_connection)
            check_server(connection, target)
            _check_empty(connection, target)
            tell(f"making the tables in {shown(target)}")
            upgrade(bound)
            work = [*_pairs(store, _tables(bound)), *_pairs(happened, _tables(bound, LEDGER_SCHEMA))]
            # What migrations themselves put in would meet what the source has of it. A table without rows is let be:
            # one that is only ever added to refuses even a deletion of nothing.
            for _, table in reversed(work):
                if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(_named(table))).fetchone():
                    connection.execute(sql.SQL("DELETE FROM {}").format(_named(table)))
            moved = [_copied_and_compared(connection, source, table, tell) for source, table in work]
            if rehearsal:
                transaction.rollback()
        if not rehearsal:
            bound.execute(text("ANALYZE"))
            bound.commit()
    return tuple(moved)


def _check_empty(connection: psycopg.Connection[Any], target: str) -> None:
    for lock in (WRITERS_LOCK, LEDGER_LOCK):
        if not _one(connection, "SELECT pg_try_advisory_xact_lock(%s)", lock):
            raise MoveRefused(f"a ringcard runs on the database {shown(target)}: name another one, or stop it")
    there = _one(
        connection,
        "SELECT min(schemaname || '.' || tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    if there is not None:
        raise MoveRefused(
            f"the database {shown(target)} is not empty, it has a table {there}: name one that nothing has used yet, or"
            " drop it and create it again"
        )


def _one(connection: psycopg.Connection[Any], query: str, *parameters: Any) -> Any:
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None


def _tables(bound: Connection, schema: str | None = None) -> list[Table]:
    """The tables as they are there, those referred to first."""
    found = MetaData()
    found.reflect(bound, schema=schema)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _pairs(source: _Source, tables: Sequence[Table]) -> list[tuple[_Source, Table]]:
    """Each table with where its rows come from. A table or column that only one side has would be lost in silence."""
    known = {table.name for table in tables}
    if source.tables() != known:
        odd = ", ".join(sorted(source.tables() ^ known))
        raise MoveRefused(f"{source.path} and the new tables differ in {odd}: move it with the release that made it")
    for table in tables:
        odd_columns = source.columns(table.name) ^ {column.name for column in table.columns}
        if odd_columns:
            raise MoveRefused(f"{source.path}: the columns {', '.join(sorted(odd_columns))} of {table.name} differ")
    return [(source, table) for table in tables]


def _copied_and_compared(
    connection: psycopg.Connection[Any], source: _Source, table: Table, tell: Callable[[str], None]
) -> MovedTable:
    columns = list(table.columns)
    plain = [_plain(column.type) for column in columns]
    total = source.one(f'SELECT count(*) FROM "{table.name}"')  # noqa: S608
    source.mended = 0
    with _explained(table):
        listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
        with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(_named(table), listed)) as copy:
            for number, row in enumerate(source.rows(table, columns), 1):
                copy.write_row([bool(value) if kind is bool and value is not None else value
                                for kind, value in zip(plain, row, strict=True)])  # fmt: skip
                if number % _TELL_EVERY == 0:
                    tell(f"{table.name}: {number:,} of {total:,} rows copied")
    mended = source.mended
    _count_on(connection, table)
    digest = _compared(connection, source, table, columns, plain)
    tell(f"{table.name}: {total:,} rows copied and compared")
    return MovedTable(table.fullname, total, mended, digest)


@contextlib.contextmanager
def _explained(table: Table) -> Iterator[None]:
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        where = error.diag.context or error.diag.message_detail or ""
        raise MoveRefused(
            f"a row of {table.name} cannot be kept by PostgreSQL: {error.diag.message_primary or error}"
            f" ({where.splitlines()[0] if where else 'no more is known'}); mend it in the source and try again"
        ) from error


def _count_on(connection: psycopg.Connection[Any], table: Table) -> None:
    """Let numbers that the database gives out itself go on behind the highest there is."""
    for column in table.columns:
        sequence = _one(connection, "SELECT pg_get_serial_sequence(%s, %s)", table.fullname, column.name)
        if sequence is not None:
            connection.execute(
                sql.SQL("SELECT setval(%s, max({})) FROM {} HAVING max({}) IS NOT NULL").format(
                    sql.Identifier(column.name), _named(table), sql.Identifier(column.name)
                ),
                (sequence,),
            )


def _compared(
    connection: psycopg.Connection[Any],
    source: _Source,
    table: Table,
    columns: Sequence[Column[Any]],
    plain: Sequence[Callable[[Any], Any]],
) -> str:
    """Every value of every row on both sides; the digest of the source's. Raises `MoveRefused` at a difference.

    Both come in the order of their key. Where a replaced character changes the order, a row waits for its like.
    """
    keys = [columns.index(column) for column in table.primary_key.columns] or list(range(len(columns)))
    ours: dict[Row, Row] = {}
    theirs: dict[Row, Row] = {}
    digest = hashlib.blake2b(digest_size=16)
    kept = _kept(connection, table, columns)
    for row in source.rows(table, columns):
        expected = _canonical(plain, row)
        digest.update(repr(expected).encode("utf-8", "surrogatepass"))
        found = next(kept, None)
        if found is not None:
            found = _canonical(plain, found)
        if found == expected:
            continue
        for mine, yours, each in ((ours, theirs, expected), (theirs, ours, found)):
            if each is not None:
                key = tuple(each[place] for place in keys)
                if yours.get(key) == each:
                    del yours[key]
                else:
                    mine[key] = each
    if ours or theirs or next(kept, None) is not None:
        odd = next(iter(ours or theirs), ())
        raise MoveRefused(
            f"{table.name}: the row {odd!r} is not the same on both sides; nothing was moved. Please report it"
        )
    return digest.hexdigest()


def _kept(connection: psycopg.Connection[Any], table: Table, columns: Sequence[Column[Any]]) -> Iterator[Row]:
    """What the target has, by the bytes of its key as SQLite sorts."""
    listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    order = sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if column.type.python_type is str else "{}").format(sql.Identifier(column.name))
        for column in (table.primary_key.columns or columns)
    )
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(listed, _named(table), order)
    with connection.cursor("ringcard_move", binary=True) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(query)
        yield from cursor


def _named(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name) if table.schema else sql.Identifier(table.name)


def _canonical(plain: Sequence[Callable[[Any], Any]], row: Row) -> Row:
    return tuple(None if value is None else kind(value) for kind, value in zip(plain, row, strict=True))


def _plain(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """Makes a value of this column the same whichever database it comes from: SQLite has fewer types."""
    match kind:
        case Boolean():
            return bool
        case Float():
            return float
        case Numeric():
            scale = Decimal(1).scaleb(-(kind.scale or 0))
            return lambda value: Decimal(str(value)).quantize(scale) if kind.scale else Decimal(str(value)).normalize()
        case JSON():
            return lambda value: json.loads(value) if isinstance(value, str) else value
        case DateTime():
            return lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value
        case Date():
            return lambda value: date.fromisoformat(value) if isinstance(value, str) else value
        case _:
            return _same


def _same(value: Any) -> Any:
    return value
