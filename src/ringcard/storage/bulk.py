"""Rows by the thousand: one statement for all of them, without SQLAlchemy looking at each.

SQLite takes them as one JSON text, so that the statement runs in one piece and leaves the interpreter to others
meanwhile; PostgreSQL by COPY.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import msgspec
import psycopg
from sqlalchemy import ColumnElement, String, Table, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from ringcard.storage.engine import Literal, is_postgres, without_nul
from ringcard.storage.schema import Moment, to_ms

FEW = 20
"""Up to so many rows SQLite takes in the usual way as soon."""

WIDE = 10
"""Rows of more columns it takes in the usual way in half the time: in the JSON it looks for each cell anew."""

COPIED_AT_ONCE = 500

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": without_nul("\0")})

Row = dict[str, Any]


async def put_rows(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], *, unless_there: bool = False
) -> None:
    """Insert rows, which all have the same columns, in the caller's transaction.

    With `unless_there`, a row whose key is taken is left out. Raises SQLAlchemy's `IntegrityError`.
    """
    if rows:
        columns = list(rows[0])
        await put_values(connection, table, columns, _as_kept(table, columns, rows), unless_there=unless_there)


async def put_values(
    connection: AsyncConnection,
    table: Table,
    columns: Sequence[str],
    values: Iterable[Sequence[Any]],
    *,
    unless_there: bool = False,
) -> None:
    """`put_rows`, of values of these columns as the database keeps them: moments as milliseconds.

    PostgreSQL copies them as they are made: it works on the first ones meanwhile.
    """
    names = ", ".join(columns)
    if is_postgres(connection) and not unless_there:
        await _copied(connection, f"COPY {table.name} ({names}) FROM STDIN", values)
        return
    values = list(values)
    if not values:
        return
    conflict = " ON CONFLICT DO NOTHING" if unless_there else ""
    if is_postgres(connection):
        records = msgspec.json.encode([dict(zip(columns, each, strict=True)) for each in values]).decode()
        await connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) SELECT {names}"  # noqa: S608  names of our own tables
            f" FROM json_populate_recordset(NULL::{table.name}, %s::json){conflict}",
            (records,),
        )
    elif len(values) <= FEW or len(columns) > WIDE:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks}){conflict}"  # noqa: S608
        await connection.exec_driver_sql(statement, list(map(tuple, values)))
    else:
        cells = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
        # In the order of the rows. Without WHERE, SQLite would take the ON for that of a join.
        statement = f"INSERT INTO {table.name} ({names}) SELECT {cells} FROM json_each(?) WHERE true ORDER BY key"  # noqa: S608
        await connection.exec_driver_sql(statement + conflict, (msgspec.json.encode(values).decode(),))


def among(connection: AsyncConnection, column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Whether a text column has one of many values, which go over as one parameter."""
    if is_postgres(connection):
        return column == any_(cast(bindparam(None, _array(values), type_=NullType()), ARRAY(String)))
    each = func.json_each(msgspec.json.encode(list(values)).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def _array(values: Iterable[str]) -> Literal:
    """Texts as PostgreSQL writes an array of them. Source: PostgreSQL, Arrays, "Array Input and Output Syntax"."""
    # The driver takes twenty times as long: it asks about each.
    texts = list(values)
    quoted = '","'.join(texts)
    if "\\" in quoted or quoted.count('"') != 2 * max(len(texts) - 1, 0):
        quoted = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return Literal(without_nul(f'{{"{quoted}"}}') if texts else "{}")


def _as_kept(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> list[Sequence[Any]]:
    take = itemgetter(*columns)
    values: list[Sequence[Any]] = [take(row) if len(columns) > 1 else (take(row),) for row in rows]
    moments = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, Moment)]
    if not moments:
        return values
    kept: list[Sequence[Any]] = []
    for row in values:
        changed = list(row)
        for place in moments:
            if changed[place] is not None:
                changed[place] = to_ms(changed[place])
        kept.append(changed)
    return kept


async def _copied(connection: AsyncConnection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    lines = map(_line, rows)
    first = list(islice(lines, COPIED_AT_ONCE))
    if not first:
        return
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    try:
        async with driver.cursor().copy(statement.encode()) as copy:
            # psycopg's own rows ask Python about every text, and the event loop about every row.
            some = first
            while some:
                await copy.write("".join(some))
                some = list(islice(lines, COPIED_AT_ONCE))
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error


def _line(row: Sequence[Any]) -> str:
    """A row as COPY's text format has it. Source: PostgreSQL, COPY, "Text Format"."""
    return (
        "\t".join(
            [
                "\\N"
                if value is None
                else value
                if type(value) is str and value.isprintable() and "\\" not in value
                else _cell(value)
                for value in row
            ]
        )
        + "\n"
    )


def _cell(value: str | int) -> str:
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
