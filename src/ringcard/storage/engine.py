"""Opening the database, and transactions that read and that write: on SQLite, the default, or on PostgreSQL.

What can be wrong is in `storage.errors`. What holds on both:

- **Who writes is alone.** SQLite has one writer. On PostgreSQL `writing` takes an advisory lock for the length of its
  transaction, so writers take turns there too, in other processes as well, and what a transaction has read stays true
  until it has written: no store needs a second code path for two writers that meet, and none needs to try again.
  A desk writes tens of rows a second; its turn takes milliseconds. READ COMMITTED is enough behind that lock.
- **Who reads waits for nobody and sees one state**: WAL on SQLite, REPEATABLE READ, READ ONLY on PostgreSQL.

The code that does not look up callers goes through SQLAlchemy (ADR 0003).
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.string import StrBinaryDumper, StrDumper, StrDumperUnknown
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ringcard.storage.errors import (
    DatabaseLocked,
    DatabaseTooOld,
    DatabaseUnreachable,
    StorageError,
    UnsupportedDatabase,
    meaning_in_postgres,
    meaning_in_sqlite,
)

BUSY_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5
BULK_CACHE_KIB = 32_768
BULK_LOG_PAGES = 16_384
OLDEST_POSTGRES = 13
"""Since when an owner of a database may add pg_trgm to it (trusted extensions). Tested with 15."""

WRITERS_LOCK = 0x52434152444442
"""The advisory lock of who writes: `RCARDDB`. Of the database it is taken in only, so several may share a server."""

_BEGIN = "ringcard_begin"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
# A server that vanished without a word (power, network) is noticed within about 15 s, not after TCP's own two hours.
_LINK = {
    "connect_timeout": str(CONNECT_TIMEOUT_S),
    "application_name": "ringcard",
    "keepalives_idle": "10",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


def parsed(url: str) -> URL:
    """A database URL with the driver we use for it.

    `sqlite:///ringcard.db` (relative to the working directory), `sqlite:////var/lib/ringcard/ringcard.db`,
    `postgresql://user:password@host:5432/database?sslmode=verify-full`.

    Raises `UnsupportedDatabase`.
    """
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        # The text may hold a password: it is not repeated.
        raise UnsupportedDatabase(
            "the database URL cannot be read: write sqlite:////path/to/file or postgresql://user@host/database"
            " (a password with @, /, : or % in it must be percent-encoded, or be given by password_file)"
        ) from None
    driver = _DRIVERS.get(found.drivername.partition("+")[0])
    if driver is None:
        raise UnsupportedDatabase(
            f"{found.get_backend_name()} is not supported: write sqlite:////path/to/file or"
            " postgresql://user@host/database as the database URL"
        )
    found = found.set(drivername=driver)
    if found.get_backend_name() == "postgresql":
        if not found.database:
            raise UnsupportedDatabase("the database URL must name a database: postgresql://user@host/database")
        return found
    if not found.database or found.database == ":memory:" or found.database.startswith("file:"):
        raise UnsupportedDatabase("the database URL must name a file: the look-up of callers opens it a second time")
    return found


def is_postgres(database: AsyncEngine | Connection | AsyncConnection | str) -> bool:
    """Whether an engine, a connection or a URL is PostgreSQL's."""
    if isinstance(database, str):
        return parsed(database).get_backend_name() == "postgresql"
    return database.dialect.name == "postgresql"


def sqlite_path(url: str) -> Path:
    """The file behind an SQLite URL. Raises `UnsupportedDatabase`, also for PostgreSQL."""
    found = parsed(url)
    if found.get_backend_name() != "sqlite":
        raise UnsupportedDatabase("this needs an SQLite file: write sqlite:////path/to/file as the database URL")
    return Path(str(found.database))


def libpq_url(url: str) -> str:
    """A PostgreSQL URL as `psycopg.connect` takes it, with our limits for a server that vanished."""
    found = parsed(url)
    found = found.set(drivername="postgresql").update_query_dict(
        {name: value for name, value in _LINK.items() if name not in found.query}
    )
    return found.render_as_string(hide_password=False)


def shown(url: str | URL) -> str:
    """How a database is called in messages: where it is, never its password."""
    found = parsed(url) if isinstance(url, str) else url
    if found.get_backend_name() == "sqlite":
        return str(found.database)
    host = found.host or found.query.get("host") or "the local socket"
    return f"{found.database} on {host}{f':{found.port}' if found.port else ''}"


def open_engine(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, bulk: bool = False) -> AsyncEngine:
    """An engine on the database of `url`; nothing is opened before its first use.

    Who writes waits up to `busy_timeout_s` for its turn. A PostgreSQL that was restarted is found again: each
    connection is looked at before it is used. The caller disposes of it.

    `bulk` is for a process that writes by the hundred thousand: SQLite keeps more pages in its memory, and the
    write-ahead log is written back less often.

    Raises `UnsupportedDatabase`.
    """
    found = parsed(url)
    if found.get_backend_name() == "postgresql":
        return _open_postgres(found, busy_timeout_s)
    return _open_sqlite(found, busy_timeout_s, bulk=bulk)


class _Sqlite(sqlite3.Connection):
    """Closed within a transaction, because whoever wrote was cancelled, it gives its lock back at once.

    SQLite itself waits for the last cursor to go, and one that an exception's traceback holds may stay for minutes.
    Source: SQLite, sqlite3_close_v2 ("zombie" connections).
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


def _open_sqlite(url: URL, busy_timeout_s: float, *, bulk: bool) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"factory": _Sqlite})
    folder = Path(str(url.database)).parent

    @event.listens_for(engine.sync_engine, "do_connect")
    def look_first(*_arguments: object) -> None:
        # aiosqlite does not wait for the end of its thread when a connection does not come about, and the thread may
        # then speak to an event loop that is closed by now. The likeliest reason is told before it.
        if not folder.is_dir():
            raise DatabaseUnreachable(f"the database {shown(url)} cannot be opened: its folder is missing")

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver's own transaction handling leaves DDL outside of transactions: a migration that breaks half way
        # would stay half done. So it is switched off and `begin` below opens them.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute("PRAGMA foreign_keys = ON")
            if bulk:
                cursor.execute(f"PRAGMA cache_size = -{BULK_CACHE_KIB}")
                cursor.execute(f"PRAGMA wal_autocheckpoint = {BULK_LOG_PAGES}")
        finally:
            cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns to writing fails at once when somebody wrote in between, busy timeout or
        # not (SQLITE_BUSY_SNAPSHOT); one that says so at its beginning waits for its turn.
        kind = connection.get_execution_options().get(_BEGIN, "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


class _Text(StrDumper):
    """Text without NUL, which no PostgreSQL text can hold: it becomes U+FFFD, as other unprintable bytes do.

    Nobody means it; it comes out of broken exports and of attackers, and must not be an error 500 on one database and
    none on the other.
    """

    def dump(self, obj: str) -> Any:
        return super().dump(without_nul(obj))


class _BinaryText(StrBinaryDumper):
    """The same where a parameter goes over in binary form."""

    def dump(self, obj: str) -> Any:
        return super().dump(without_nul(obj))


class Literal(str):
    """A value as PostgreSQL writes it, of the type that the statement has it of."""

    __slots__ = ()


def without_nul(value: str) -> str:
    """What PostgreSQL keeps of a text."""
    return value.replace("\0", "\ufffd") if "\0" in value else value


def adapted(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Make a connection take any text of ours. SQLAlchemy's have it; plain ones are made so by who opens them."""
    connection.adapters.register_dumper(str, _BinaryText)
    connection.adapters.register_dumper(str, _Text)
    connection.adapters.register_dumper(Literal, StrDumperUnknown)


def _open_postgres(url: URL, busy_timeout_s: float) -> AsyncEngine:
    given = {name: value for name, value in _LINK.items() if name not in url.query}
    engine = create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10, connect_args=given)

    # First of all: SQLAlchemy's own look at a new server stumbles over one without Unicode.
    @event.listens_for(engine.sync_engine, "connect", insert=True)
    def configure(connection: Any, _record: object) -> None:
        driver = connection.driver_connection
        check_server(driver, url)
        adapted(driver)
        cursor = connection.cursor()
        try:
            # Not by libpq's `options`: a connection pooler in between refuses those.
            cursor.execute(f"SET lock_timeout = {int(busy_timeout_s * 1000)}")
            # A session of ours that hangs must not keep everybody from writing for ever.
            cursor.execute("SET idle_in_transaction_session_timeout = '5min'")
        finally:
            cursor.close()
        connection.commit()

    return engine


def check_server(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], url: str | URL) -> None:
    """Whether a server can do what we need. Raises `DatabaseTooOld`."""
    version = connection.info.server_version // 10_000
    if version < OLDEST_POSTGRES:
        raise DatabaseTooOld(
            f"the database {shown(url)} is on PostgreSQL {version}: ringcard needs {OLDEST_POSTGRES} or newer"
        )
    if connection.info.parameter_status("server_encoding") != "UTF8":
        raise DatabaseTooOld(
            f"the database {shown(url)} keeps no Unicode: create it with ENCODING 'UTF8' TEMPLATE template0"
        )


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that sees one state of the database until it is left.

    Raises `StorageError`.
    """
    with translated(engine):
        async with engine.connect() as connection:
            if is_postgres(engine):
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine, *, patience_s: float | None = None) -> AsyncIterator[AsyncConnection]:
    """A transaction that writes: alone, committed when it is left, rolled back if left by an exception.

    `patience_s` is how long to wait for one's turn on PostgreSQL, if not as long as the engine does.

    Raises `StorageError`.
    """
    with translated(engine):
        async with engine.connect() as connection:
            if not is_postgres(engine):
                await connection.execution_options(**{_BEGIN: "IMMEDIATE"})
                async with connection.begin():
                    yield connection
                return
            async with connection.begin():
                if patience_s is not None:
                    await connection.execute(text(f"SET LOCAL lock_timeout = {int(patience_s * 1000)}"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
                yield connection


@contextmanager
def translated(database: AsyncEngine | Path | str) -> Iterator[None]:
    """Turn the driver's errors about the database itself into `StorageError`s; others pass as they are.

    `database` is the engine, SQLite's file, or a URL.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
        storage_error = _meaning(getattr(error, "orig", None) or error, f"the database {_name(database)}")
        if storage_error is None:
            raise
        raise storage_error from error
    except PoolTimeout as error:
        raise DatabaseLocked(
            f"the database {_name(database)}: all our connections are in use and none came free; it is tried again"
        ) from error


def _name(database: AsyncEngine | Path | str) -> str:
    if isinstance(database, AsyncEngine):
        return shown(database.url)
    return str(database) if isinstance(database, Path) else shown(database)


def _meaning(error: BaseException, database: str) -> StorageError | None:
    # aiosqlite and SQLAlchemy's adapter wrap the driver's error once more on the way through their thread.
    for each in (error, error.__cause__):
        if isinstance(each, sqlite3.Error):
            return meaning_in_sqlite(each, database)
        if isinstance(each, psycopg.Error):
            return meaning_in_postgres(each, database)
    return None


async def integrity_problem(engine: AsyncEngine) -> str | None:
    """What the database finds wrong in itself, None if nothing. For `ringcard doctor`, not for the start.

    SQLite reads all of the file. Of PostgreSQL it is asked what the server knows: broken indexes, pages whose checksum
    did not fit.

    Raises `StorageError`.
    """
    async with reading(engine) as connection:
        if not is_postgres(engine):
            answer = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
            return None if answer == "ok" else str(answer)
        broken = await connection.execute(text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"))
        names = list(broken.scalars())
        if names:
            return f"broken indexes: {', '.join(names)}; mend them with REINDEX INDEX"
        failed = await connection.execute(
            text("SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()")
        )
        return f"{failures} pages had a wrong checksum" if (failures := failed.scalar_one()) else None
