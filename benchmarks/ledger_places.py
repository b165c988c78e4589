"""Where a ledger can lie, with the bare driver beside it: what `ledger_append.py` measures on."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.postgresql import PostgresServer

from ringcard.ledger import Ledger, LedgerSettings
from ringcard.storage import libpq_url, migrate, open_engine

Row = tuple[Any, ...]
"""position, call_id, pbx, at, tag, body, person"""

SYNCED = {"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB", "shared_buffers": "128MB"}
"""As an office's server is, not as the tests' one."""


class Bare(Protocol):
    """The driver alone."""

    def put(self, rows: Sequence[Row]) -> None:
        """One durable transaction."""

    def close(self) -> None: ...


class Place(Protocol):
    """A database that can hold ledgers, by name."""

    name: str
    driver: str

    async def ledger(self, name: str, settings: LedgerSettings) -> Ledger: ...

    def rows(self, name: str) -> list[Row]:
        """The events of a ledger that is closed."""

    def bare(self, name: str) -> Bare: ...


class SqlitePlace:
    """Files in one folder."""

    name = "SQLite"
    driver = "sqlite3"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def ledger(self, name: str, settings: LedgerSettings) -> Ledger:
        return await Ledger.open(self._directory / name, settings=settings)

    def rows(self, name: str) -> list[Row]:
        with contextlib.closing(sqlite3.connect(self._directory / name)) as db:
            return db.execute("SELECT position, call_id, pbx, at, tag, body, person FROM events").fetchall()

    def bare(self, name: str) -> Bare:
        return _BareSqlite(self._directory / name)


class _BareSqlite:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE events (position INTEGER PRIMARY KEY, call_id, pbx, at, tag, body, person)")

    def put(self, rows: Sequence[Row]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()


class PostgresPlace:
    """Databases of a server that syncs what it commits."""

    name = "PostgreSQL"
    driver = "psycopg (COPY)"

    def __init__(self, server: PostgresServer, directory: Path) -> None:
        self._server = server
        self._directory = directory

    @classmethod
    @contextlib.contextmanager
    def opened(cls, directory: Path) -> Iterator[PostgresPlace]:
        """With its server running."""
        with PostgresServer(SYNCED) as server:
            yield cls(server, directory)

    async def ledger(self, name: str, settings: LedgerSettings) -> Ledger:
        url = await asyncio.to_thread(self._server.create, name)
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()
        return await Ledger.on_server(url, key_path=self._directory / f"{name}.key", settings=settings)

    def rows(self, name: str) -> list[Row]:
        with psycopg.connect(libpq_url(self._server.url(name))) as connection:
            return connection.execute("SELECT * FROM ledger.events", binary=True).fetchall()

    def bare(self, name: str) -> Bare:
        return _BarePostgres(self._server.create(name))


class _BarePostgres:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(libpq_url(url), autocommit=True)
        self._connection.execute(
            "CREATE TABLE events (position bigint PRIMARY KEY, call_id text, pbx text, at bigint, tag text, body bytea,"
            " person bigint)"
        )

    def put(self, rows: Sequence[Row]) -> None:
        with self._connection.cursor().copy("COPY events FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        self._connection.close()
