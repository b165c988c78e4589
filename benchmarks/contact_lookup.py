"""From a ringing number to the card: ours against a bare sqlite3 query on the same file, in the same run.

    python benchmarks/contact_lookup.py                    100,000 contacts, one number each
    python benchmarks/contact_lookup.py --contacts 1000000 --phones 2    2 million numbers

Two bare measures: finding the contact's id by an index, and fetching every row of its card as tuples. Ours brings the
whole card (phones, e-mails, 3 orders with items, 2 notes) as typed values, ready to be sent. All run in one process,
one after the other in rounds, on numbers in random order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ringcard.contacts.lookup import ContactLookup
from ringcard.contacts.model import contact_as_json
from ringcard.contacts.sources.own import OwnContacts
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.numbers import NumberingPlan
from ringcard.storage import migrate, open_engine

ROUNDS = 5
BARE = "SELECT contact_id FROM contact_phones WHERE number = ?"
BARE_ROWS = (
    "SELECT * FROM contacts WHERE contact_id = ?",
    "SELECT * FROM contact_phones WHERE contact_id = ?",
    "SELECT * FROM contact_emails WHERE contact_id = ?",
    "SELECT * FROM contact_orders WHERE contact_id = ? ORDER BY date DESC",
    "SELECT * FROM contact_notes WHERE contact_id = ? ORDER BY at DESC",
)


def number_of(place: int) -> str:
    """The number of the phone at this place: all different, all in Russia."""
    return f"+7{9_000_000_000 + place * 7 % 999_999_937}"


def filled(path: Path, contacts: int, phones: int) -> None:
    """Write the contacts straight into the tables; the import has a benchmark of its own in its tests."""
    items = json.dumps([{"name": "Pump", "quantity": "2", "price": "4.10"}] * 3)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")

    def each(row: Callable[[int], Sequence[object]]) -> Iterator[Sequence[object]]:
        return (row(place) for place in range(contacts))

    connection.executemany(
        "INSERT INTO contacts"
        " (contact_id, version, kind, name, organisation, tags, vip, created_at, updated_at)"
        " VALUES (?, 1, 'person', ?, 'Acme', '[\"a\"]', 0, 0, 0)",
        each(lambda place: (f"{place:026x}", f"Contact {place}")),
    )
    for phone in range(phones):
        connection.executemany(
            "INSERT INTO contact_phones (contact_id, place, number, presented) VALUES (?, ?, ?, ?)",
            each(lambda place, phone=phone: (f"{place:026x}", phone, number_of(place * phones + phone), "8 900")),  # type: ignore[misc]
        )
    connection.executemany(
        "INSERT INTO contact_emails (contact_id, place, email) VALUES (?, 0, 'a@b.example')",
        each(lambda place: (f"{place:026x}",)),
    )
    for order in range(3):
        connection.executemany(
            "INSERT INTO contact_orders VALUES (?, ?, '2026-11-19', 'shipped', '84300.50', 'RUB', ?)",
            each(lambda place, order=order: (f"{place:026x}", str(order), items)),  # type: ignore[misc]
        )
    for note in range(2):
        connection.executemany(
            "INSERT INTO contact_notes VALUES (?, ?, 'called back', 'Anna', 0, NULL)",
            each(lambda place, note=note: (f"{note}{place:025x}", f"{place:026x}")),  # type: ignore[misc]
        )
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def timed(ask: Callable[[str], object], numbers: Sequence[str]) -> list[float]:
    """Microseconds of each question."""
    took: list[float] = []
    for number in numbers:
        began = time.perf_counter_ns()
        ask(number)
        took.append((time.perf_counter_ns() - began) / 1000)
    return took


def told(name: str, took: list[float]) -> float:
    """Print one line; returns the median."""
    p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
    print(f"{name:<44} p50 {p50:8.1f} µs   p99 {p99:8.1f} µs")
    return p50


async def measure(folder: Path, contacts: int, phones: int, questions: int) -> None:
    path = folder / "contacts.db"
    engine = open_engine(f"sqlite:///{path}")
    await migrate(engine)
    await engine.dispose()
    filled(path, contacts, phones)

    bare = sqlite3.connect(path, isolation_level=None)
    cards = SqliteCardReader(path)
    lookup = ContactLookup([OwnContacts(cards, NumberingPlan("RU"))])
    plan = NumberingPlan("RU")

    def bare_rows(number: str) -> object:
        found = bare.execute(BARE, (number,)).fetchone()
        return [bare.execute(query, found).fetchall() for query in BARE_ROWS]

    asks: dict[str, Callable[[str], object]] = {
        "bare sqlite3: the id by the number": lambda number: bare.execute(BARE, (number,)).fetchone(),
        "bare sqlite3: every row of the card": bare_rows,
        "ours: unknown number": lambda number: cards.with_number_now("+1" + number[2:]),
        "ours: the whole card": cards.with_number_now,
        "ours: look-up, every step, to JSON values": lambda number: contact_as_json(
            lookup.look_up_now([plan.parse("8" + number[2:]) or ""]).matches[0].contact
        ),
    }
    chooser = random.Random(1)
    took: dict[str, list[float]] = {name: [] for name in asks}
    for measured in [False] + [True] * ROUNDS:
        numbers = [number_of(chooser.randrange(contacts * phones)) for _ in range(questions // ROUNDS)]
        for name, ask in asks.items():
            times = timed(ask, numbers)
            if measured:
                took[name] += times
    print(f"{contacts:,} contacts, {contacts * phones:,} numbers, {path.stat().st_size >> 20} MB")
    medians = {name: told(name, times) for name, times in took.items()}
    by_id, by_rows = medians["bare sqlite3: the id by the number"], medians["bare sqlite3: every row of the card"]
    print(f"ratio of an unknown number to the bare id:       {medians['ours: unknown number'] / by_id:4.1f}")
    print(f"ratio of the whole card to its bare rows:        {medians['ours: the whole card'] / by_rows:4.1f}")
    bare.close()
    await cards.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--contacts", type=int, default=100_000)
    arguments.add_argument("--phones", type=int, default=1, help="numbers of each contact")
    arguments.add_argument("--questions", type=int, default=20_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as folder:
        asyncio.run(measure(Path(folder), given.contacts, given.phones, given.questions))


if __name__ == "__main__":
    main()
