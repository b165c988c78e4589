"""How much the ledger takes, and how soon it is safe.

On SQLite and on PostgreSQL (a server of our own on the same disk, synced as SQLite is):

1. Events/s of the whole ledger (encode, encrypt, fold, group commit, synced) against the bare driver writing rows of
   the same bytes, 100 a commit, also synced: what folding and encryption cost.
2. From `append` to durable, p50 and p99, at a steady 50 and 200 call starts/s with 17 events a call; beside it the same
   writer putting bare rows into the same database under the same load, which is what the disk and the machine take.

    python benchmarks/ledger_append.py [--seconds 10] [--calls 5000] [--directory DIR] [--only sqlite|postgresql]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from ledger_places import Bare, Place, PostgresPlace, Row, SqlitePlace
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
    KeptEvent,
    Originated,
    Party,
    Queued,
    RecordingStarted,
    RecordingStopped,
    Retrieved,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.ledger import Entry, LedgerSettings
from ringcard.ledger.writer import Writer

EVENTS_A_CALL = 17
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PBX = PbxId("office")


def call(number: int) -> list[KeptEvent]:
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


async def ours(place: Place, calls: int) -> tuple[float, list[Row]]:
    """Events/s with everything appended as fast as the ledger takes it, and the rows it wrote."""
    batches = [call(number) for number in range(calls)]
    ledger = await place.ledger("throughput", LedgerSettings(queue_limit=calls * EVENTS_A_CALL))
    started = time.perf_counter()
    position = 0
    for batch in batches:
        position = ledger.append(batch)
    await ledger.flushed(position)
    took_s = time.perf_counter() - started
    await ledger.close()
    return position / took_s, place.rows("throughput")


def bare(place: Place, rows: Sequence[Row]) -> float:
    """Events/s of the driver alone with the same rows, 100 a commit."""
    with contextlib.closing(place.bare("bare")) as driver:
        started = time.perf_counter()
        for first in range(0, len(rows), 100):
            driver.put(rows[first : first + 100])
        return len(rows) / (time.perf_counter() - started)


class BareJournal:
    """The writer's other end without a ledger: one row an event, nothing sealed, nothing folded."""

    def __init__(self, driver: Bare) -> None:
        self._driver = driver

    def write(self, first: int, entries: Sequence[Entry]) -> None:
        """One transaction."""
        self._driver.put(
            [(first + index, None, None, 0, "bare", repr(entry).encode(), None) for index, entry in enumerate(entries)]
        )


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
    due: list[tuple[float, KeptEvent]] = []
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


async def our_latencies(place: Place, starts_per_s: int, seconds: float) -> tuple[list[float], list[float]]:
    """Of the ledger."""
    async with await place.ledger(f"ours_{starts_per_s}", LedgerSettings()) as ledger:
        return await latencies(ledger, starts_per_s, seconds)


async def bare_latencies(place: Place, starts_per_s: int, seconds: float) -> tuple[list[float], list[float]]:
    """Of the writer over the bare driver."""
    with contextlib.closing(place.bare(f"bare_{starts_per_s}")) as driver:
        writer = Writer(BareJournal(driver), 0, LedgerSettings())
        try:
            return await latencies(writer, starts_per_s, seconds)
        finally:
            await writer.close(10)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99."""
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[98]


async def measure(places: Sequence[Place], calls: int, seconds: float) -> None:
    """Print the tables, both databases from one run."""
    print("| what | events/s | ratio |\n|---|---|---|")
    for place in places:
        rate, rows = await ours(place, calls)
        floor = bare(place, rows)
        print(f"| bare {place.driver}, 100 rows a commit | {floor:,.0f} | 1.0 |")
        print(f"| the ledger on {place.name}: sealed, folded, projected, durable | {rate:,.0f} | {rate / floor:.3f} |")
    print(
        "\n| database | call starts/s | events/s | append to durable p50 | p99 | bare p50 | bare p99 | ratio p99 "
        "| event loop late p99 | with bare |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for starts_per_s in (50, 200):
        for place in places:
            floor_ms, floor_late = await bare_latencies(place, starts_per_s, seconds)
            waits, late = await our_latencies(place, starts_per_s, seconds)
            half, tail = percentiles(waits)
            bare_half, bare_tail = percentiles(floor_ms)
            print(
                f"| {place.name} | {starts_per_s} | {starts_per_s * EVENTS_A_CALL:,} | {half:.1f} ms | {tail:.1f} ms "
                f"| {bare_half:.1f} ms | {bare_tail:.1f} ms | {tail / bare_tail:.1f} "
                f"| {percentiles(late)[1]:.1f} ms | {percentiles(floor_late)[1]:.1f} ms |"
            )


def main() -> None:
    """Open the places, measure, and leave nothing behind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--directory", type=Path, help="on the disk to be measured; default: a temporary one")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.directory)))
        places: list[Place] = []
        if options.only != "postgresql":
            places.append(SqlitePlace(directory))
        if options.only != "sqlite":
            places.append(stack.enter_context(PostgresPlace.opened(directory)))
        asyncio.run(measure(places, options.calls, options.seconds))


if __name__ == "__main__":
    main()
