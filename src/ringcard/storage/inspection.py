"""What an administrator wants to know of a database: what it is, how quick, whether it can be written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.storage.engine import is_postgres, reading, writing

_TIMES = 5

_UNSAFE = {
    "fsync": "a power cut can damage the database",
    "full_page_writes": "a power cut can damage the database",
    "synchronous_commit": "what was kept in the last second before a crash is lost",
}
"""Settings of a PostgreSQL server that must not be off, and what happens if they are."""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """`product` is its name and version; `answer_ms` the quickest of a few empty questions, `write_ms` a whole turn of
    writing. `warnings` are sentences about the server's settings, each with what to do."""

    product: str
    size_bytes: int
    answer_ms: float
    write_ms: float
    warnings: tuple[str, ...]


async def inspected(engine: AsyncEngine) -> DatabaseFacts:
    """Look at a migrated database, and write into it what is there already. Raises `StorageError`."""
    async with reading(engine) as connection:
        answer_ms = min([await _asked_ms(connection) for _ in range(_TIMES)])
        if is_postgres(engine):
            version = await _one(connection, "SELECT current_setting('server_version')")
            product = f"PostgreSQL {str(version).split()[0]}"
            size = await _one(connection, "SELECT pg_database_size(current_database())")
            off = [name for name in _UNSAFE if await _one(connection, f"SELECT current_setting('{name}')") == "off"]
        else:
            product = f"SQLite {await _one(connection, 'SELECT sqlite_version()')}"
            pages = int(str(await _one(connection, "PRAGMA page_count")))
            size = pages * int(str(await _one(connection, "PRAGMA page_size")))
            off = []
    began = time.perf_counter()
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    write_ms = (time.perf_counter() - began) * 1000
    return DatabaseFacts(product, int(str(size)), answer_ms, write_ms, _warnings(off))


def _warnings(off: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name} is off in the server: {_UNSAFE[name]}; switch it on" for name in off)


async def _asked_ms(connection: AsyncConnection) -> float:
    began = time.perf_counter()
    await connection.execute(text("SELECT 1"))
    return (time.perf_counter() - began) * 1000


async def _one(connection: AsyncConnection, sql: str) -> object:
    return (await connection.execute(text(sql))).scalar_one()
