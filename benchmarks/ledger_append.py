"""How much the ledger takes, and how soon it is safe.

1. Events/s of the whole ledger (encode, encrypt, fold, group commit, `synchronous=FULL`) against bare sqlite3 writing
   rows of the same bytes, 100 a commit, also synced: what folding and encryption cost.
2. From `append` to durable, p50 and p99, at a steady 50 and 200 call starts/s with 17 events a call; beside it the same
   writer putting bare rows into sqlite3 under the same load, which is what the disk and the machine take.

    python benchmarks/ledger_append.py [--seconds 10] [--calls 5000] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from ringcard.calls.causes import ConsultationPhase, DeviceState, Direction, Outcome, TransferKind
from ringcard.calls.events import (
    CallCleared,
    CallInformation,
    ConnectionCleared,
    Consultation,
    Delivered,
    DeviceStateChanged,
    Established,
    Held,
    Originated,
    Party,
    PbxEvent,
    Queued,
    RecordingStarted,
    RecordingStopped,
    Retrieved,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.ledger import Entry, Ledger, LedgerSettings
from ringcard.ledger.writer import Writer

EVENTS_A_CALL = 17
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PBX = PbxId("office")


def call(number: int) -> list[PbxEvent]:
    """An inbound call through a queue, held and handed on: 17 events."""
    call_id = CallId(f"call-{number:08d}")
    at = START + timedelta(milliseconds=number)
    first, second = DeviceId(f"{101 + number % 50}"), DeviceId(f"{201 + number % 50}")
    caller = Party(number=f"+7495{number % 20_000:07d}", presented=f"8495{number % 20_000:07d}", name="Caller")
    called = Party(number="+74951234567", presented="4951234567")

    def after(seconds: float) -> datetime:
        return at + timedelta(seconds=seconds)

    return [
        Originated(call_id, at, ConversationId(call_id), PBX, f"{number}.1", Direction.INBOUND, caller, called),
        Queued(call_id, after(0.1), "sales"),
        CallInformation(call_id, after(0.2), caller=caller),
        Delivered(call_id, after(1), first),
        DeviceStateChanged(PBX, after(1), first, DeviceState.RINGING, "DeviceStateChange"),
        Established(call_id, after(5), first),
        DeviceStateChanged(PBX, after(5), first, DeviceState.BUSY, "DeviceStateChange"),
        RecordingStarted(call_id, after(5), f"in-{number}.wav"),
        Held(call_id, after(30), first),
        Consultation(call_id, after(31), 0, ConsultationPhase.ORIGINATED, first, second),
        Transferring(call_id, after(31), 0, TransferKind.ATTENDED, first, second),
        Retrieved(call_id, after(40), first),
        Transferred(call_id, after(40), 0, second, completed=True),
        ConnectionCleared(call_id, after(40), first, Outcome.ANSWERED),
        RecordingStopped(call_id, after(90), f"in-{number}.wav"),
        ConnectionCleared(call_id, after(90), second, Outcome.ANSWERED),
        CallCleared(call_id, after(90), "caller"),
    ]


async def ours(directory: Path, calls: int) -> tuple[float, list[tuple[object, ...]]]:
    """Events/s with everything appended as fast as the ledger takes it, and the rows it wrote."""
    batches = [call(number) for number in range(calls)]
    path = directory / "throughput.sqlite3"
    ledger = await Ledger.open(path, settings=LedgerSettings(queue_limit=calls * EVENTS_A_CALL))
    started = time.perf_counter()
    position = 0
    for batch in batches:
        position = ledger.append(batch)
    await ledger.flushed(position)
    took_s = time.perf_counter() - started
    await ledger.close()
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT position, call_id, pbx, at, tag, body, person FROM events").fetchall()
    db.close()
    return position / took_s, rows


def bare(directory: Path, rows: Sequence[tuple[object, ...]]) -> float:
    """Events/s of sqlite3 alone with the same rows, 100 a commit."""
    db = sqlite3.connect(directory / "bare.sqlite3", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE events (position INTEGER PRIMARY KEY, call_id, pbx, at, tag, body, person)")
    started = time.perf_counter()
    for first in range(0, len(rows), 100):
        db.execute("BEGIN")
        db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows[first : first + 100])
        db.execute("COMMIT")
    took_s = time.perf_counter() - started
    db.close()
    return len(rows) / took_s


class BareJournal:
    """The writer's other end without a ledger: one row an event, nothing sealed, nothing folded."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE events (position INTEGER PRIMARY KEY, body)")

    def write(self, first: int, entries: Sequence[Entry]) -> None:
        """One transaction."""
        self._db.execute("BEGIN")
        rows = ((first + index, repr(entry)) for index, entry in enumerate(entries))
        self._db.executemany("INSERT INTO events VALUES (?, ?)", rows)
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class Appends(Protocol):
    """What is measured: the ledger, or its writer alone."""

    def append(self, entries: Sequence[Entry]) -> int: ...

    async def flushed(self, position: int) -> None: ...


async def latencies(target: Appends, starts_per_s: int, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds from append to durable, and those that the event loop was late, at a steady load.

    The 17 events of a call are spread evenly over two seconds, so that many calls live at once.
    """
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    late: list[float] = []
    due: list[tuple[float, PbxEvent]] = []
    for number in range(int(starts_per_s * seconds)):
        begin = number / starts_per_s
        due += [(begin + index * 2 / EVENTS_A_CALL, event) for index, event in enumerate(call(number))]
    due.sort(key=lambda each: each[0])

    async def waited(position: int, since: float) -> None:
        await target.flushed(position)
        waits.append((loop.time() - since) * 1000)

    async with asyncio.TaskGroup() as tasks:
        origin = loop.time()
        for moment, event in due:
            ahead = origin + moment - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            since = loop.time()
            late.append((since - origin - moment) * 1000)
            tasks.create_task(waited(target.append([event]), since))
    return waits, late


async def our_latencies(path: Path, starts_per_s: int, seconds: float) -> tuple[list[float], list[float]]:
    """Of the ledger."""
    async with await Ledger.open(path) as ledger:
        return await latencies(ledger, starts_per_s, seconds)


async def bare_latencies(path: Path, starts_per_s: int, seconds: float) -> tuple[list[float], list[float]]:
    """Of the writer over bare sqlite3."""
    journal = BareJournal(path)
    writer = Writer(journal, 0, LedgerSettings())
    try:
        return await latencies(writer, starts_per_s, seconds)
    finally:
        await writer.close(10)
        journal.close()


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99."""
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[98]


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--directory", type=Path, help="on the disk to be measured; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as name:
        directory = Path(name)
        rate, rows = await ours(directory, options.calls)
        floor = bare(directory, rows)
        print("| what | events/s | ratio |\n|---|---|---|")
        print(f"| bare sqlite3, 100 rows a commit | {floor:,.0f} | 1.0 |")
        print(f"| the ledger: sealed, folded, projected, durable | {rate:,.0f} | {rate / floor:.3f} |\n")
        print(
            "| call starts/s | events/s | append to durable p50 | p99 | bare p50 | bare p99 | ratio p99 "
            "| event loop late p99 | with bare |\n|---|---|---|---|---|---|---|---|---|"
        )
        for starts_per_s in (50, 200):
            floor_ms, floor_late = await bare_latencies(
                directory / f"bare-{starts_per_s}", starts_per_s, options.seconds
            )
            waits, late = await our_latencies(directory / f"ours-{starts_per_s}", starts_per_s, options.seconds)
            half, tail = percentiles(waits)
            bare_half, bare_tail = percentiles(floor_ms)
            print(
                f"| {starts_per_s} | {starts_per_s * EVENTS_A_CALL:,} | {half:.1f} ms | {tail:.1f} ms "
                f"| {bare_half:.1f} ms | {bare_tail:.1f} ms | {tail / bare_tail:.1f} "
                f"| {percentiles(late)[1]:.1f} ms | {percentiles(floor_late)[1]:.1f} ms |"
            )


if __name__ == "__main__":
    asyncio.run(main())
