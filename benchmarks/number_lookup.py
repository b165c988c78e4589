"""The whole card of a ringing number among two million numbers, on both databases, beside the bare driver.

    python benchmarks/number_lookup.py --contacts 1000000 --keep /tmp/bench-stores

Numbers from all over the store in random order, first those that are not counted, then in turns: the bare driver asks
for the id and for every row of the card (PostgreSQL: the same one statement, prepared), ours brings the card as typed
values. One process, nothing else on the connection. Ends with 1 if our 99th percentile is beyond the limit: 0.5 ms on
SQLite, 1.5 ms on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg

from contact_lookup import BARE, BARE_ROWS
from contact_stores import arguments, some_numbers, sqlite_store, stores
from ringcard.contacts.postgres_cards import _BY_NUMBER, PostgresCardReader
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.storage import libpq_url, sqlite_path

LIMIT_MS = {"sqlite": 0.5, "postgresql": 1.5}
QUESTIONS = 10_000
WARM = 2_000

Ask = Callable[[str], Awaitable[object]]


def on_sqlite(url: str) -> dict[str, Ask]:
    bare = sqlite3.connect(sqlite_path(url), isolation_level=None)
    cards = SqliteCardReader(sqlite_path(url))

    async def rows(number: str) -> object:
        found = bare.execute(BARE, (number,)).fetchone()
        return [bare.execute(query, found).fetchall() for query in BARE_ROWS]

    async def card(number: str) -> object:
        return cards.with_number_now(number)

    return {"bare driver": rows, "ours": card}


async def on_postgres(url: str) -> dict[str, Ask]:
    bare = await psycopg.AsyncConnection.connect(libpq_url(url), autocommit=True)
    await bare.execute("SET plan_cache_mode = force_generic_plan")
    cards = PostgresCardReader(url)

    async def rows(number: str) -> object:
        return await (await bare.execute(_BY_NUMBER, (number,), prepare=True)).fetchall()

    async def card(number: str) -> object:
        return await cards.with_number(number)

    return {"bare driver": rows, "ours": card}


async def measure(kind: str, count: int, url: str, path: Path) -> bool:
    """Print the figures of one store. Returns whether the limit is met."""
    asks = on_sqlite(url) if kind == "sqlite" else await on_postgres(url)
    numbers = some_numbers(path, QUESTIONS + WARM)
    took: dict[str, list[float]] = {name: [] for name in asks}
    for place, number in enumerate(numbers):
        for name, ask in asks.items():
            began = time.perf_counter_ns()
            assert await ask(number)
            if place >= WARM:
                took[name].append((time.perf_counter_ns() - began) / 1e6)
    p50 = {name: statistics.median(each) for name, each in took.items()}
    p99 = {name: statistics.quantiles(each, n=100)[98] for name, each in took.items()}
    for name in asks:
        ratio = p99[name] / p99["bare driver"]
        print(f"| {kind} | {count:,} | {name} | {p50[name]:.3f} | {p99[name]:.3f} | {ratio:.1f} |", flush=True)
    return p99["ours"] <= LIMIT_MS[kind]


def main() -> None:
    given = arguments(__doc__).parse_args()
    print("| store | contacts | what | p50 ms | p99 ms | ratio of p99 |")
    print("|---|---|---|---|---|---|")
    with stores(given) as each:
        met = [asyncio.run(measure(kind, count, url, sqlite_store(given.folder, count))) for kind, count, url in each]
    print(f"limits {LIMIT_MS} ms: {'met' if all(met) else 'NOT met'}")
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
