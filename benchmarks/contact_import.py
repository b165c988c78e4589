"""Importing contacts: a CSV as people send it, through the process that a server starts for it, all of it checked.

    python benchmarks/contact_import.py                                200,000 rows into each database
    python benchmarks/contact_import.py --contacts 20000 1000000       how time and memory grow with the file

The file is cp1251 with semicolons: names, companies, two numbers as they are written, e-mails, tags, cities; one row
in a hundred is bad (a number without digits, an address that is none, too many cells) and must be told by row. Measured
from the start of the process to its end: rows a second by the clock and by its processors' time, its peak of resident
memory.

The floor, in the same run: the rows that the import wrote, written again by the bare driver into an empty store with
the same tables and indexes, in transactions as large, no files read and nothing checked.

Limit (exit code 1 beyond it): 10,000 rows/s by the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import itertools
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.postgresql import PostgresServer

from believable import Believable
from ringcard.contacts.imports.model import Counts, ImportState
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.imports.spool import Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.tables import import_changes
from ringcard.contacts.imports.worker import Task
from ringcard.contacts.search_index import ensure
from ringcard.contacts.tables import contact_emails, contact_phones, contact_search, contacts
from ringcard.numbers import NumberingPlan
from ringcard.storage import is_postgres, libpq_url, migrate, open_engine, sqlite_path

LIMIT = 10_000
BATCH = 5_000
BAD_ROW_EVERY = 100
PLAN = NumberingPlan("RU", "495", "100-999")
HEADER = ["Код", "ФИО", "Компания", "Должность", "Телефон", "Телефон 2", "E-mail", "Сегмент", "Метки", "VIP", "Город"]
WRITTEN = (contacts, contact_phones, contact_emails, contact_search, import_changes)


def file_of(path: Path, count: int) -> int:
    """Write the file; returns how many of its rows are bad."""
    draw = random.Random(2)
    bad = 0
    with path.open("w", encoding="cp1251", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for place, draft in enumerate(Believable(with_orders=0).contacts(count)):
            phones = [as_written(phone.presented, draw) for phone in draft.phones]
            email = draft.emails[0].email if draft.emails else ""
            row = [draft.external_id, draft.name, draft.organisation or "", draft.position or "", *phones, email]
            row += [draft.segment or "", ", ".join(draft.tags), "да" if draft.vip else "", draft.city or ""]
            if place % BAD_ROW_EVERY == BAD_ROW_EVERY - 1:
                bad += 1
                match bad % 3:
                    case 0:
                        row[4] = "нет телефона"
                    case 1:
                        row[6] = "почта собака"
                    case _:
                        row.append("лишняя ячейка")
            writer.writerow(row)
    return bad


def as_written(number: str, draw: random.Random) -> str:
    """A number as somebody typed it into a table."""
    if not number.startswith("+7"):
        return number
    a, b, c, d = number[2:5], number[5:8], number[8:10], number[10:]
    return draw.choice(
        (f"+7 ({a}) {b}-{c}-{d}", f"8 ({a}) {b}-{c}-{d}", f"8{a}{b}{c}{d}", f"+7 {a} {b}-{c}-{d}", number)
    )


@dataclass(frozen=True)
class Outcome:
    """What the process needed."""

    took_s: float
    cpu_s: float
    peak_mb: float
    counts: Counts


async def imported(url: str, folder: Path, path: Path) -> Outcome:
    """Import the file into an empty store, as `ImportRunner` has it done."""
    engine = open_engine(url)
    await migrate(engine)
    await ensure(engine)
    spool = Spool(folder / "imports", largest_file=sys.maxsize)
    importing = Importing(ImportStore(engine), spool, lambda: PLAN, lambda: None)
    job = await importing.adopt(path, language="ru", employee_id=None)
    await importing.begin(job.import_id, ImportState.RUNNING)
    task = Task.of(job.import_id, url, str(folder / "imports"), PLAN)
    began = time.perf_counter()
    worker = subprocess.Popen([sys.executable, "-m", "ringcard.contacts.imports.worker"], stdin=subprocess.PIPE)
    assert worker.stdin is not None
    worker.stdin.write(msgspec.json.encode(task) + b"\n")
    worker.stdin.flush()
    _, status, used = await asyncio.to_thread(os.wait4, worker.pid, 0)
    took_s = time.perf_counter() - began
    worker.returncode = os.waitstatus_to_exitcode(status)
    worker.stdin.close()
    done = await importing.store.get(job.import_id)
    await engine.dispose()
    if done.state is not ImportState.DONE:
        raise RuntimeError(f"the import is {done.state}: {done.problem}")
    return Outcome(took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.progress.counts)


async def floor(url: str, other: str) -> float:
    """Seconds that the bare driver needs for the same rows, into an empty store."""
    engine = open_engine(other)
    await migrate(engine)
    await ensure(engine)
    await ImportStore(engine).create("contacts.csv", 1, language="ru", employee_id=None)  # whose the changes are
    await engine.dispose()
    return copied_postgres(url, other) if is_postgres(url) else copied_sqlite(url, other)


def copied_sqlite(url: str, other: str) -> float:
    took_s = 0.0
    there = sqlite3.connect(sqlite_path(url))
    here = sqlite3.connect(sqlite_path(other), isolation_level=None)
    here.execute("PRAGMA synchronous = NORMAL")
    last = 0
    for rows in _batches({table: there.execute(_all_of(table)) for table in WRITTEN}):
        began = time.perf_counter()
        here.execute("BEGIN IMMEDIATE")
        for table, of_table in rows.items():
            marks = ", ".join("?" * len(table.columns))
            here.executemany(f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({marks})", of_table)
        for part in ("words", "digits"):
            here.execute(
                f"INSERT INTO contact_{part} (rowid, {part}) SELECT search_id, {part} FROM contact_search"
                " WHERE search_id > ? ORDER BY search_id",
                (last,),
            )
        (last,) = here.execute("SELECT max(search_id) FROM contact_search").fetchone()
        here.execute("COMMIT")
        took_s += time.perf_counter() - began
    there.close()
    here.close()
    return took_s


def copied_postgres(url: str, other: str) -> float:
    took_s = 0.0
    with psycopg.connect(libpq_url(url)) as there, psycopg.connect(libpq_url(other)) as here:
        readers = {table: there.cursor(f"all_{table.name}") for table in WRITTEN}
        for table, reader in readers.items():
            reader.execute(_all_of(table).encode())
        for rows in _batches(readers):
            began = time.perf_counter()
            for table, of_table in rows.items():
                with here.cursor().copy(f"COPY {table.name} ({_columns(table)}) FROM STDIN".encode()) as copy:
                    for row in of_table:
                        copy.write_row(row)
            here.commit()
            took_s += time.perf_counter() - began
    return took_s


def _columns(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def _all_of(table: Table) -> str:
    return f"SELECT {_columns(table)} FROM {table.name} ORDER BY contact_id"


def _batches(readers: Mapping[Table, Iterable[tuple[Any, ...]]]) -> Iterator[dict[Table, list[tuple[Any, ...]]]]:
    """Everything of so many contacts, then of the next."""
    of_contact = {
        table: itertools.groupby(rows, itemgetter([column.name for column in table.columns].index("contact_id")))
        for table, rows in readers.items()
    }
    waiting = {table: next(groups, None) for table, groups in of_contact.items()}
    while waiting[contacts] is not None:
        batch: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in readers}
        for _ in range(BATCH):
            head = waiting[contacts]
            if head is None:
                break
            for table, groups in of_contact.items():
                group = waiting[table]
                if group is not None and group[0] == head[0]:
                    batch[table] += group[1]
                    waiting[table] = next(groups, None)
        yield batch


def stores(database: str, folder: Path, count: int) -> Iterator[tuple[str, str, str]]:
    """Kind, and the URLs of two empty stores."""
    if database != "postgresql":
        yield "sqlite", f"sqlite:///{folder / 'ours.db'}", f"sqlite:///{folder / 'bare.db'}"
    if database != "sqlite":
        with PostgresServer({"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB"}) as server:
            yield "postgresql", server.create(f"ours_{count}"), server.create(f"bare_{count}")


def measure(count: int, database: str) -> bool:
    """Print the figures of one size. Returns whether the limit is met."""
    met = True
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as name:
        folder = Path(name)
        path = folder / "contacts.csv"
        bad = file_of(path, count)
        for kind, ours, bare in stores(database, folder, count):
            done = asyncio.run(imported(ours, folder, path))
            expected = Counts(rows=count, created=count - bad, failed=bad)
            if done.counts != expected:
                raise RuntimeError(f"{done.counts} is not {expected}")
            floor_s = asyncio.run(floor(ours, bare))
            rate = count / done.took_s
            met = met and rate >= LIMIT
            print(
                f"| {kind} | {count:,} | {path.stat().st_size >> 20} MB | {rate:,.0f} | {count / done.cpu_s:,.0f} "
                f"| {count / floor_s:,.0f} | {done.took_s / floor_s:.1f} | {done.peak_mb:.0f} MB | {bad:,} |",
                flush=True,
            )
    return met


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--contacts", type=int, nargs="+", default=[200_000], help="rows of the file")
    arguments.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = arguments.parse_args()
    print(
        "| store | rows | file | rows/s | rows/s of processor | bare driver rows/s | ratio | peak memory | bad rows |"
    )
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    met = [measure(count, given.database) for count in given.contacts]
    print(f"limit {LIMIT:,} rows/s: {'met' if all(met) else 'NOT met'}")
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
