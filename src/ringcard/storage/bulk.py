"""Rows by the thousand: one statement for all of them, without SQLAlchemy looking at each.

SQLite takes them as one JSON text, so that the statement runs once and leaves the interpreter to others meanwhile;
PostgreSQL by COPY. Values go in as the tables keep them: moments in milliseconds, lists as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.storage.engine import is_postgres

FEW = 20
"""Up to so many rows the usual way is as quick."""

Values = Sequence[Any]


async def put_rows(connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
    """Insert rows whose values are in the order of `columns`, in the caller's transaction.

    Raises SQLAlchemy's `IntegrityError` as any other statement of the connection.
    """
    if not rows:
        return
    names = ", ".join(columns)
    if is_postgres(connection):
        await _copied(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
    elif len(rows) <= FEW:
        marks = ", ".join("?" * len(columns))
        await connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(map(tuple, rows)))  # noqa: S608
    else:
        cells = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
        # The order of the rows: who inserts documents counts on it.
        statement = f"INSERT INTO {table.name} ({names}) SELECT {cells} FROM json_each(?) ORDER BY key"  # noqa: S608
        await connection.exec_driver_sql(statement, (msgspec.json.encode(rows).decode(),))


async def _copied(connection: AsyncConnection, statement: str, rows: Sequence[Values]) -> None:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    try:
        async with driver.cursor().copy(statement.encode()) as copy:
            for row in rows:
                await copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
