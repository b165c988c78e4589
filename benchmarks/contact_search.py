"""Searching contacts as somebody types: ours, beside the bare index query for the same words in the same run.

    python benchmarks/contact_search.py --contacts 10000 100000 1000000

Somebody types each of the queries letter by letter, from the second sign on, and every one is asked: through
`ContactStore.search` (ranked, 20 whole cards, and why each was found), and as the driver's bare question to the same
index for 20 ids; then once more as somebody who sees one employee's cards only, one in three hundred. Ends with 1 if
the 99th percentile is beyond the limit.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import psycopg

from contact_stores import arguments, employee_id_of, numbers_of, stores
from ringcard.contacts.opening import open_cards
from ringcard.contacts.search_keys import keys_of, words_of
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import libpq_url, open_engine, sqlite_path

LIMIT_MS = 50.0
TYPED = (
    "Иванов Пётр", "смирнова ел", "Кузнецов Сергей Александрович", "yuryeva", "Kuznetsov", "schmidt", "шмидт john",
    "ООО Ромашка", "vektor ivan", "zhukova@mail", "ivanov.petr", "ЗК-0002313", "алекс", "сергеевна ольга", "bdfyjd",
    "О'Нил", "Щербаков ООО", "wi wo", "на", "Гусьян Зоя Ивановна",
)  # fmt: skip

Ask = Callable[[str], Awaitable[object]]


def questions(count: int) -> list[str]:
    """Everything that is asked: each query and its beginnings, and parts of numbers that are there."""
    asked = [query[:length] for query in TYPED for length in range(2, len(query) + 1)]
    numbers = numbers_of(min(count, 10_000))
    for number in numbers[:: len(numbers) // 12]:
        digits = number.lstrip("+")
        asked += [digits[:length] for length in range(3, len(digits) + 1)]
        asked += [digits[-4:], digits[4:9], f"8 ({digits[1:4]}) {digits[4:7]}-{digits[7:]}", f"ив {digits[-4:]}"]
    return asked


def bare_sqlite(url: str) -> Ask:
    connection = sqlite3.connect(sqlite_path(url))
    words = "SELECT rowid FROM contact_words WHERE contact_words MATCH ? ORDER BY rowid DESC LIMIT 20"
    digits = "SELECT rowid FROM contact_digits WHERE contact_digits MATCH ? ORDER BY rowid DESC LIMIT 20"

    async def ask(q: str) -> object:
        if (part := q.replace(" ", "")).isdigit() and len(part) >= 3:
            return connection.execute(digits, (f'"{part}"',)).fetchall()
        match = " AND ".join(f'"{keys_of(word)[0]}"*' for word in words_of(q))
        return connection.execute(words, (match,)).fetchall() if match else []

    return ask


async def bare_postgres(url: str) -> Ask:
    connection = await psycopg.AsyncConnection.connect(libpq_url(url), autocommit=True)
    await connection.execute("SET enable_seqscan = off")

    async def ask(q: str) -> object:
        if (part := q.replace(" ", "")).isdigit() and len(part) >= 3:
            patterns, where = [f"%{part}%"], "digits LIKE %s"
        else:
            patterns = [f"% {keys_of(word)[0]}%" for word in words_of(q)]
            where = " AND ".join("words LIKE %s" for _ in patterns)
        if not patterns:
            return []
        found = await connection.execute(f"SELECT contact_id FROM contact_search WHERE {where} LIMIT 20", patterns)
        return await found.fetchall()

    return ask


async def timed(ask: Ask, asked: list[str]) -> list[tuple[float, str]]:
    """Milliseconds of each question."""
    took: list[tuple[float, str]] = []
    for q in asked:
        began = time.perf_counter()
        await ask(q)
        took.append(((time.perf_counter() - began) * 1000, q))
    return took


async def measure(kind: str, count: int, url: str) -> float:
    """Print the figures of one store. Returns our 99th percentile."""
    engine, cards = open_engine(url), open_cards(url)
    store = ContactStore(engine, cards, NumberingPlan("RU"))
    bare = bare_sqlite(url) if kind == "sqlite" else await bare_postgres(url)

    async def ours(q: str) -> object:
        return await store.search(q=q, limit=20)

    async def ours_of_one(q: str) -> object:
        return await store.search(q=q, limit=20, managers=[employee_id_of(7)])

    asked = questions(count)
    for ask in (ours, ours_of_one, bare):
        await timed(ask, asked[::7])
    took = await timed(ours, asked)
    floor = await timed(bare, asked)
    scoped = await timed(ours_of_one, asked)
    mine, theirs, of_one = ([ms for ms, _ in each] for each in (took, floor, scoped))
    p99, floor_p99 = statistics.quantiles(mine, n=100)[98], statistics.quantiles(theirs, n=100)[98]
    print(
        f"{kind:<11} {count:>9,} contacts, {len(asked)} questions:"
        f" ours p50 {statistics.median(mine):6.1f} p99 {p99:6.1f} max {max(mine):6.1f} ms ({max(took)[1]!r});"
        f" bare p50 {statistics.median(theirs):6.1f} p99 {floor_p99:6.1f} ms; ratio of p99 {p99 / floor_p99:4.1f};"
        f" one employee's cards p50 {statistics.median(of_one):6.1f}"
        f" p99 {statistics.quantiles(of_one, n=100)[98]:6.1f} ms ({max(scoped)[1]!r})",
        flush=True,
    )
    await cards.close()
    await engine.dispose()
    return p99


def main() -> None:
    with stores(arguments(__doc__).parse_args()) as each:
        worst = max(asyncio.run(measure(*one)) for one in each)
    print(f"limit p99 {LIMIT_MS:.0f} ms: {'met' if worst <= LIMIT_MS else 'NOT met'}")
    sys.exit(worst > LIMIT_MS)


if __name__ == "__main__":
    main()
