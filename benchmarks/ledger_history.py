"""How soon the last calls of a number are there, with few and with many calls in the ledger.

The question that a ringing phone asks (`calls(number=…, limit=10)`), and the first page of the history, through the
public facade, against the bare query on the same file with sqlite3 called directly: what the thread, the keys and
the decoding cost.

    python benchmarks/ledger_history.py [--calls 2000 20000] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from ledger_append import call
from ringcard.ledger import Ledger, LedgerSettings

QUESTIONS = 500
NUMBERS = 20_000
"""`ledger_append.call` makes so many different callers."""


async def measured(path: Path, calls: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of: last calls of a number, first page, the same page as a bare query."""
    ledger = await Ledger.open(path, settings=LedgerSettings(queue_limit=20 * calls))
    position = 0
    for number in range(calls):
        position = ledger.append(call(number))
    await ledger.flushed(position)
    dice = random.Random(1)
    by_number: list[float] = []
    pages: list[float] = []
    bare: list[float] = []
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for _ in range(QUESTIONS):
        caller = f"+7495{dice.randrange(min(calls, NUMBERS)):07d}"
        began = time.perf_counter()
        found = await ledger.calls(number=caller, limit=10)
        by_number.append((time.perf_counter() - began) * 1000)
        assert found.items
        began = time.perf_counter()
        await ledger.calls(limit=10)
        pages.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        database.execute("SELECT * FROM call_records ORDER BY started_at DESC, call_id DESC LIMIT 10").fetchall()
        bare.append((time.perf_counter() - began) * 1000)
    database.close()
    await ledger.close()
    return by_number, pages, bare


def shown(values: list[float]) -> str:
    """p50 and p99."""
    cuts = statistics.quantiles(values, n=100)
    return f"{cuts[49]:.2f} / {cuts[98]:.2f} ms"


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--directory", type=Path, help="on the disk to be measured; default: a temporary one")
    options = parser.parse_args()
    print("| calls | last 10 of a number p50 / p99 | page of 10 | bare page of 10 | ratio p50 |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=options.directory) as name:
        for calls in options.calls:
            by_number, pages, bare = await measured(Path(name) / f"{calls}.sqlite3", calls)
            ratio = statistics.median(pages) / statistics.median(bare)
            print(f"| {calls:,} | {shown(by_number)} | {shown(pages)} | {shown(bare)} | {ratio:.1f} |")


if __name__ == "__main__":
    asyncio.run(main())
