"""Stores of many believable contacts, for the benchmarks that ask them: SQLite and PostgreSQL, made once and kept.

A store of a million takes some minutes to write. `--keep FOLDER` of a benchmark keeps what was made for the next run:
one file a size, and the data of a PostgreSQL server that is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
from sqlalchemy import Boolean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.postgresql import PostgresServer

from believable import Believable
from ringcard.contacts.model import ContactDraft
from ringcard.contacts.rows import list_rows, new_row
from ringcard.contacts.search_index import document_of, ensure
from ringcard.contacts.tables import contact_emails, contact_orders, contact_phones, contact_search, contacts
from ringcard.people.tables import employees
from ringcard.storage import libpq_url, migrate, open_engine

BATCH = 5_000
TALKED_TO = 50
"""Of so many contacts one was talked to."""
EMPLOYEES = 200
"""They look after two thirds of the contacts, each after as many."""

TABLES = (employees, contacts, contact_phones, contact_emails, contact_orders, contact_search)

_START_MS = 1_767_225_600_000
_LATER_MS = 200 * 86_400_000
_SERVER = {"shared_buffers": "512MB", "max_wal_size": "4GB", "synchronous_commit": "off"}


def arguments(about: str | None) -> argparse.ArgumentParser:
    """What every benchmark over contacts is told."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, nargs="+", default=[10_000, 100_000], help="sizes of the store")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--keep", type=Path, help="a folder for the stores of both databases, to be used again")
    return parser


@contextmanager
def stores(given: argparse.Namespace) -> Iterator[Iterator[tuple[str, int, str]]]:
    """Kind, size and URL of one store after the other, each filled. Sets `given.folder`: where the SQLite files lie."""
    with contextlib.ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringcard-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        given.folder = folder
        kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
        server = stack.enter_context(postgres_server(given.keep)) if "postgresql" in kinds else None

        def each() -> Iterator[tuple[str, int, str]]:
            for kind, count in itertools.product(kinds, given.contacts):
                if kind == "sqlite":
                    yield kind, count, f"sqlite:///{sqlite_store(folder, count)}"
                else:
                    assert server is not None
                    yield kind, count, postgres_store(server, folder, count)

        yield each()


def postgres_server(keep: Path | None) -> PostgresServer:
    """A server, with the stores that were kept in this folder."""
    return PostgresServer(_SERVER, keep=None if keep is None else keep / "postgresql")


def sqlite_store(folder: Path, count: int) -> Path:
    """The SQLite file with `count` contacts in `folder`, written if it is not there."""
    path = folder / f"contacts-{count}" / "ringcard.db"
    if not path.exists():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        began = time.perf_counter()
        _write(path, count)
        print(f"sqlite: {count:,} contacts written in {time.perf_counter() - began:.0f} s", flush=True)
    else:
        asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


def postgres_store(server: PostgresServer, folder: Path, count: int) -> str:
    """The URL of a PostgreSQL store with what the SQLite file in `folder` has, copied if it is not there."""
    name = f"contacts_{count}"
    if server.administer(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        asyncio.run(_migrated(server.url(name)))
        return server.url(name)
    path = sqlite_store(folder, count)
    began = time.perf_counter()
    server.drop("half_made")
    _copied(path, server.create("half_made"))
    server.administer(f"ALTER DATABASE half_made RENAME TO {name}")
    print(f"postgresql: {count:,} contacts copied in {time.perf_counter() - began:.0f} s", flush=True)
    return server.url(name)


def _write(path: Path, count: int) -> None:
    """Straight into the tables, the full-text indexes afterwards: what writing costs is the import's benchmark."""
    asyncio.run(_migrated(f"sqlite:///{path}"))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -262144")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.executemany(
        "INSERT INTO employees (employee_id, login, name, role, disabled, created_at) VALUES (?, ?, ?, ?, 0, 0)",
        [(employee_id_of(place), f"e{place}", f"Employee {place}", "employee") for place in range(EMPLOYEES)],
    )
    drafts = ((place, looked_after(place, draft)) for place, draft in enumerate(Believable().contacts(count)))
    while batch := list(itertools.islice(drafts, BATCH)):
        connection.execute("BEGIN")
        for table, rows in _rows(batch).items():
            marks = ", ".join(f":{column}" for column in rows[0])
            connection.executemany(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})", rows)
        connection.execute("COMMIT")
    for name in ("contact_words", "contact_digits"):
        connection.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
    for _, statement in triggers:
        connection.execute(statement)
    connection.execute("ANALYZE")
    connection.close()


def _rows(batch: Sequence[tuple[int, ContactDraft]]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for place, draft in batch:
        contact_id, at = contact_id_of(place), _START_MS + 1000 * place
        head = new_row(contact_id, draft, datetime.now(UTC)) | {"created_at": at, "updated_at": at}
        rows["contacts"].append(head | {"talked_at": at + _LATER_MS if place % TALKED_TO == 0 else None})
        for table, of_table in list_rows(contact_id, draft):
            rows[table.name] += of_table
        rows["contact_search"].append({"contact_id": contact_id} | document_of(draft))
    return {name: of_table for name, of_table in rows.items() if of_table}


async def _migrated(url: str) -> None:
    engine = open_engine(url)
    await migrate(engine)
    await ensure(engine)
    await engine.dispose()


def _copied(path: Path, url: str) -> None:
    """Into PostgreSQL what the SQLite file has; the full-text indexes afterwards."""
    asyncio.run(_migrated(url))
    there = sqlite3.connect(path)
    with psycopg.connect(libpq_url(url), autocommit=True) as here:
        indexes = here.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix_contact_search_%'"
        ).fetchall()
        for name, _ in indexes:
            here.execute(psycopg.sql.SQL("DROP INDEX {}").format(psycopg.sql.Identifier(name)))
        for table in TABLES:
            columns = [column.name for column in table.columns]
            booleans = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
            statement = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(
                psycopg.sql.Identifier(table.name), psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
            )
            with here.cursor().copy(statement) as copy:
                for row in there.execute(f"SELECT {', '.join(columns)} FROM {table.name}"):
                    copy.write_row([bool(v) if place in booleans else v for place, v in enumerate(row)])
        here.execute("SELECT setval('contact_search_search_id_seq', (SELECT max(search_id) FROM contact_search))")
        for _, statement in indexes:
            here.execute(statement)
        here.execute("VACUUM ANALYZE")
    there.close()


def contact_id_of(place: int) -> str:
    """The id of the contact at this place of the generator's."""
    return f"{place:026x}"


def employee_id_of(place: int) -> str:
    """The id of an employee."""
    return f"{place:012x}{place * 7_919 + 1:014x}"


def looked_after(place: int, draft: ContactDraft) -> ContactDraft:
    """The draft of the contact at this place, with the employee who looks after it."""
    return replace(draft, manager_id=None if place % 3 == 2 else employee_id_of(place // 3 % EMPLOYEES))


def some_numbers(path: Path, most: int, seed: int = 1) -> list[str]:
    """Numbers of a store, from all over it, in random order."""
    chooser = random.Random(seed)
    connection = sqlite3.connect(path)
    (last,) = connection.execute("SELECT max(rowid) FROM contact_phones").fetchone()
    places = [chooser.randrange(1, last + 1) for _ in range(most)]
    found = [connection.execute("SELECT number FROM contact_phones WHERE rowid = ?", (place,)) for place in places]
    numbers = [row[0] for row in (each.fetchone() for each in found) if row is not None]
    connection.close()
    return numbers


def numbers_of(count: int) -> list[str]:
    """Every number of a store of `count` contacts, in the order of the generator."""
    return [phone.number or "" for draft in Believable().contacts(count) for phone in draft.phones]
