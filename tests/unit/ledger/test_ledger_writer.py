"""The writer's queue: order, waiting, limits, and what happens when the store refuses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from ringcard.calls.events import Conferenced
from ringcard.calls.identifiers import CallId
from ringcard.ledger.entries import Entry
from ringcard.ledger.errors import LedgerClosed, LedgerOverflow, StoreTrouble, Trouble
from ringcard.ledger.status import LedgerState
from ringcard.ledger.writer import LedgerSettings, Writer

AT = datetime(2026, 11, 22, tzinfo=UTC)
SETTINGS = LedgerSettings(queue_limit=10, group_limit=4, gather_s=0, retry_first_s=0.001, retry_limit_s=0.002)


def entry(name: str) -> Entry:
    return Conferenced(CallId(name), AT)


def state(writer: Writer) -> LedgerState:
    return writer.status.state


class GatedJournal:
    """Records what is written; writes only while `gate` is open; fails with `failures` first."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.failures: list[Exception] = []
        self.failing: Exception | None = None
        self.groups: list[tuple[int, list[Entry]]] = []

    def write(self, first: int, entries: Sequence[Entry]) -> None:
        self.entered.set()
        self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        if self.failing is not None:
            raise self.failing
        self.groups.append((first, list(entries)))

    @property
    def written(self) -> list[Entry]:
        return [each for _, group in self.groups for each in group]


@pytest.fixture
def journal() -> GatedJournal:
    return GatedJournal()


@pytest.fixture
async def writer(journal: GatedJournal) -> AsyncIterator[Writer]:
    running = Writer(journal, 0, SETTINGS)
    yield running
    journal.gate.set()
    journal.failing = None
    await running.close(5)


async def blocked(journal: GatedJournal, writer: Writer) -> None:
    """The writer is inside a write that does not end until the gate opens; the event in it is `first`."""
    journal.gate.clear()
    writer.append([entry("first")])
    await asyncio.to_thread(journal.entered.wait)


async def test_positions_follow_the_order_of_append(journal: GatedJournal, writer: Writer) -> None:
    assert writer.append([entry("a"), entry("b")]) == 2
    assert writer.append([]) == 2
    assert writer.append([entry("c")]) == 3
    await writer.flushed(3)
    assert journal.written == [entry("a"), entry("b"), entry("c")]
    assert writer.status.durable == 3


async def test_what_comes_while_the_disk_works_is_one_group(journal: GatedJournal, writer: Writer) -> None:
    await blocked(journal, writer)
    for name in "abcdef":
        writer.append([entry(name)])
    journal.gate.set()
    await writer.flushed(7)
    assert [(first, len(group)) for first, group in journal.groups] == [(1, 1), (2, 4), (6, 2)]


async def test_flushed_waits_for_its_own_position_only(journal: GatedJournal, writer: Writer) -> None:
    await blocked(journal, writer)
    writer.append([entry("a")])
    early = asyncio.ensure_future(writer.flushed(1))
    late = asyncio.ensure_future(writer.flushed(2))
    await asyncio.sleep(0)
    assert not early.done()
    journal.gate.set()
    await asyncio.gather(early, late)
    with pytest.raises(ValueError, match="not given out"):
        await writer.flushed(3)


async def test_cancelling_the_wait_does_not_cancel_the_write(journal: GatedJournal, writer: Writer) -> None:
    await blocked(journal, writer)
    waiting = asyncio.ensure_future(writer.flushed(1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    journal.gate.set()
    await writer.flushed(1)
    assert journal.written == [entry("first")]


async def test_a_full_queue_refuses_all_or_none_and_says_so(journal: GatedJournal, writer: Writer) -> None:
    await blocked(journal, writer)
    writer.append([entry(str(number)) for number in range(8)])
    assert state(writer) is LedgerState.BEHIND
    assert "faster disk" in (writer.status.problem or "")
    with pytest.raises(LedgerOverflow):
        writer.append([entry("x"), entry("y")])
    assert writer.append([entry("z")]) == 10
    assert (writer.status.queued, writer.status.refused) == (10, 2)
    journal.gate.set()
    await writer.flushed(10)
    assert entry("x") not in journal.written
    assert journal.written[-1] == entry("z")
    assert state(writer) is LedgerState.WRITING


async def test_a_refused_write_is_tried_again_and_nothing_is_lost(journal: GatedJournal, writer: Writer) -> None:
    journal.failing = StoreTrouble(Trouble.DISK_FULL, "database or disk is full")
    position = writer.append([entry("a")])
    await asyncio.to_thread(journal.entered.wait)
    while state(writer) is not LedgerState.FAILING:
        await asyncio.sleep(0)
    status = writer.status
    assert status.trouble is Trouble.DISK_FULL
    assert "free some space" in (status.problem or "")
    assert writer.append([entry("b")]) == 2
    journal.failing = None
    await writer.flushed(position + 1)
    assert journal.written == [entry("a"), entry("b")]
    assert state(writer) is LedgerState.WRITING
    assert writer.status.problem is None


async def test_a_fault_of_ours_does_not_end_the_thread(journal: GatedJournal, writer: Writer) -> None:
    journal.failures = [ZeroDivisionError("a bug"), StoreTrouble(Trouble.LOCKED, "database is locked")]
    await writer.flushed(writer.append([entry("a")]))
    assert journal.written == [entry("a")]


async def test_a_job_runs_in_its_turn(journal: GatedJournal, writer: Writer) -> None:
    await blocked(journal, writer)
    job = asyncio.ensure_future(writer.run(lambda: len(journal.written)))
    await asyncio.sleep(0)
    writer.append([entry("after")])
    journal.gate.set()
    assert await job == 1
    await writer.flushed(2)


async def test_a_failing_job_fails_for_who_asked(journal: GatedJournal, writer: Writer) -> None:
    def fail() -> None:
        raise StoreTrouble(Trouble.LOCKED, "locked")

    with pytest.raises(StoreTrouble):
        await writer.run(fail)
    await writer.flushed(writer.append([entry("a")]))


class TestClose:
    async def test_writes_what_is_queued(self, journal: GatedJournal) -> None:
        writer = Writer(journal, 0, SETTINGS)
        writer.append([entry("a"), entry("b")])
        assert await writer.close(5) == 0
        assert journal.written == [entry("a"), entry("b")]
        assert state(writer) is LedgerState.CLOSED
        with pytest.raises(LedgerClosed):
            writer.append([entry("c")])
        with pytest.raises(LedgerClosed):
            await writer.run(lambda: None)

    async def test_gives_up_in_time_and_says_what_is_lost(self, journal: GatedJournal) -> None:
        journal.failing = StoreTrouble(Trouble.DISK_FULL, "full")
        writer = Writer(journal, 0, SETTINGS)
        position = writer.append([entry("a"), entry("b")])
        waiting = asyncio.ensure_future(writer.flushed(position))
        assert await writer.close(0.02) == 2
        with pytest.raises(LedgerClosed):
            await waiting
