"""Opening the database, reading and writing transactions, and what can be wrong with it.

    StorageError
    ├── UnsupportedDatabase    the URL names a database we do not speak
    ├── DatabaseUnreachable    no such folder, no permission
    ├── DatabaseLocked         somebody else holds it for longer than we wait
    ├── DatabaseFull           the disk is full
    ├── DatabaseCorrupt        the file is damaged, or no database
    └── DatabaseNewer          a later release has migrated it

SQLite is the default. The code that does not look up callers goes through SQLAlchemy, so that PostgreSQL can follow
(ADR 0003).
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_TIMEOUT_S = 5.0

_BEGIN = "ringcard_begin"


class StorageError(Exception):
    """The database cannot be used."""

    error_id = "storage_unavailable"


class UnsupportedDatabase(StorageError):
    """The database URL names a database that this release does not speak."""


class DatabaseUnreachable(StorageError):
    """The database cannot be opened: its folder is missing or not writable."""


class DatabaseLocked(StorageError):
    """Another process holds the database."""

    error_id = "storage_locked"


class DatabaseFull(StorageError):
    """There is no room left on the database's disk."""

    error_id = "storage_full"


class DatabaseCorrupt(StorageError):
    """The database file is damaged, or is none."""

    error_id = "storage_corrupt"


class DatabaseNewer(StorageError):
    """A later release has written this database."""

    error_id = "storage_newer"


def sqlite_path(url: str) -> Path:
    """The file behind a database URL: `sqlite:///ringcard.db`, relative to the working directory, or four slashes.

    Raises `UnsupportedDatabase`.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnsupportedDatabase(f"the database URL {url!r} cannot be read: write sqlite:////path/to/file") from error
    if parsed.get_backend_name() != "sqlite":
        raise UnsupportedDatabase(
            f"{parsed.get_backend_name()} is not supported yet: write sqlite:////path/to/file as the database URL"
        )
    if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
        raise UnsupportedDatabase("the database URL must name a file: the look-up of callers opens it a second time")
    return Path(parsed.database)


def open_engine(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> AsyncEngine:
    """An engine on the database of `url`; nothing is opened before its first use.

    Every connection has WAL (readers never wait for the writer), enforced foreign keys and a busy timeout.
    The caller disposes of it.

    Raises `UnsupportedDatabase`.
    """
    path = sqlite_path(url)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

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
        finally:
            cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns to writing fails at once when somebody wrote in between, busy timeout or
        # not (SQLITE_BUSY_SNAPSHOT); one that says so at its beginning waits for its turn.
        kind = connection.get_execution_options().get(_BEGIN, "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that sees one state of the database until it is left.

    Raises `StorageError`.
    """
    with translated(engine):
        async with engine.connect() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that writes: committed when it is left, rolled back if left by an exception.

    Raises `StorageError`.
    """
    with translated(engine):
        async with engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: "IMMEDIATE"})
            async with connection.begin():
                yield connection


@contextmanager
def translated(database: AsyncEngine | Path) -> Iterator[None]:
    """Turn the driver's errors about the database itself into `StorageError`s; others pass as they are."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        path = database if isinstance(database, Path) else database.url.database
        storage_error = _meaning(error, f"the database {path}")
        if storage_error is None:
            raise
        raise storage_error from error


def _meaning(error: Exception, database: str) -> StorageError | None:
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.IntegrityError):
        return None
    words = str(original).lower()
    if "is locked" in words:
        return DatabaseLocked(f"{database} is locked by another process: is a second ringcard running on it?")
    if "disk is full" in words:
        return DatabaseFull(f"{database} cannot grow: its disk is full")
    if "not a database" in words or "malformed" in words:
        return DatabaseCorrupt(f"{database} is damaged or is no ringcard database: restore it from a backup")
    if "unable to open" in words or "readonly" in words:
        return DatabaseUnreachable(f"{database} cannot be opened for writing: check that its folder exists and is ours")
    if "no such table" in words or "no such column" in words:
        return StorageError(f"{database} lacks tables of this release: it was not migrated")
    if "disk i/o" in words:
        return DatabaseUnreachable(f"{database} cannot be read or written: the disk reports an error")
    return None


async def integrity_problem(engine: AsyncEngine) -> str | None:
    """What SQLite finds wrong in the file, None if nothing. Reads all of it: for `ringcard doctor`, not for the start.

    Raises `StorageError`.
    """
    async with reading(engine) as connection:
        answer = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
    return None if answer == "ok" else str(answer)
