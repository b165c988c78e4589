"""The single writer: a thread that takes what is queued and commits it in groups.

While one group is being synced to the disk the next one gathers, so the slower the disk, the larger the groups: that
is what keeps up. A group that cannot be written stays, first in the queue, and is tried again until it can.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import structlog

from ringcard.ledger.entries import Entry
from ringcard.ledger.errors import ADVICE, LedgerClosed, LedgerOverflow, StoreTrouble, Trouble
from ringcard.ledger.status import LedgerMetrics, LedgerState, LedgerStatus

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """`queue_limit` bounds the memory: an event takes 200 to 300 bytes there. `gather_s` is how long the first event of
    a group waits for others; `group_limit` how many a group may have. Retries begin after `retry_first_s` and
    double up to `retry_limit_s`.
    """

    queue_limit: int = 300_000
    group_limit: int = 2_000
    gather_s: float = 0.008
    retry_first_s: float = 0.05
    retry_limit_s: float = 2.0


class Writes(Protocol):
    """What the writer's thread does: `journal.Journal`."""

    def write(self, first: int, entries: Sequence[Entry]) -> None: ...


@dataclass(slots=True)
class _Job:
    """Something else to do in the writer's thread, in its turn."""

    work: Callable[[], Any]
    done: asyncio.Future[Any]


class Writer:
    """Owns the thread. Its methods are called from the event loop's thread only."""

    def __init__(self, journal: Writes, last_position: int, settings: LedgerSettings) -> None:
        self.metrics = LedgerMetrics()
        self._journal = journal
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._wake = threading.Condition()
        self._queue: deque[Sequence[Entry] | _Job] = deque()
        self._queued = 0
        self._position = last_position
        self._durable = last_position
        self._refused = 0
        self._closing = False
        self._give_up = threading.Event()
        self._ended = asyncio.Event()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._trouble: StoreTrouble | None = None
        self._since = datetime.now(UTC)
        self._last_commit_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="ringcard-ledger", daemon=True)
        self._thread.start()

    # -- the loop's side ------------------------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> int:
        """Queue `entries`, all or none; the position of the last one. Takes microseconds."""
        with self._wake:
            if self._closing:
                raise LedgerClosed("The ledger is closed; nothing can be appended.")
            if self._queued + len(entries) > self._settings.queue_limit:
                self._refused += len(entries)
                self.metrics.refused.inc(len(entries))
                raise LedgerOverflow(
                    f"The ledger's queue of {self._settings.queue_limit} events is full: {self._problem() or 'wait.'}"
                )
            if entries:
                self._queue.append(entries)
                self._queued += len(entries)
                self._position += len(entries)
                self.metrics.queued.set(self._queued)
                self._wake.notify()
            return self._position

    async def flushed(self, position: int) -> None:
        """Return once `position` is durable. Cancelling stops only the waiting."""
        if position > self._position:
            raise ValueError(f"position {position} was not given out yet")
        if position <= self._durable:
            return
        if self._ended.is_set():
            raise LedgerClosed("The ledger was closed before this was written.")
        future: asyncio.Future[None] = self._loop.create_future()
        heapq.heappush(self._waiting, (position, next(self._order), future))
        await future

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do `work` in the writer's thread, after everything that was appended before."""
        job = _Job(work, self._loop.create_future())
        with self._wake:
            if self._closing:
                raise LedgerClosed("The ledger is closed.")
            self._queue.append(job)
            self._wake.notify()
        result: Result = await job.done
        return result

    async def close(self, timeout_s: float) -> int:
        """Write what is queued, end the thread, and return how many events could not be written in `timeout_s`."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        try:
            await asyncio.wait_for(self._ended.wait(), timeout_s)
        except TimeoutError:
            self._give_up.set()
            with self._wake:
                self._wake.notify()
            await self._ended.wait()
        return self._queued

    @property
    def status(self) -> LedgerStatus:
        """Now."""
        with self._wake:
            state = LedgerState.WRITING
            if self._ended.is_set():
                state = LedgerState.CLOSED
            elif self._trouble is not None:
                state = LedgerState.FAILING
            elif self._queued * 2 > self._settings.queue_limit:
                state = LedgerState.BEHIND
            return LedgerStatus(
                state=state,
                since=self._since,
                trouble=self._trouble.trouble if self._trouble else None,
                problem=self._problem(),
                durable=self._durable,
                queued=self._queued,
                queue_limit=self._settings.queue_limit,
                refused=self._refused,
                last_commit_s=self._last_commit_s,
            )

    def _problem(self) -> str | None:
        if self._trouble is not None:
            return f"{ADVICE[self._trouble.trouble]} ({self._trouble.detail})"
        if self._queued * 2 > self._settings.queue_limit:
            return f"The disk is too slow for the ledger: {self._queued} events wait. Move the ledger to a faster disk."
        return None

    def _release(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._durable:
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)

    def _stopped(self) -> None:
        self._ended.set()
        self._release()
        for _, _, future in self._waiting:
            if not future.done():
                future.set_exception(LedgerClosed("The ledger was closed before this was written."))
        self._waiting.clear()

    # -- the thread's side ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (work := self._next()) is not None:
                if isinstance(work, _Job):
                    self._do(work)
                elif not self._write(work):
                    break
        finally:
            self._call(self._stopped)

    def _next(self) -> _Job | list[Entry] | None:
        """The next job, or the next group; None when closed and empty."""
        with self._wake:
            while not self._queue:
                if self._closing:
                    return None
                self._wake.wait()
            if isinstance(self._queue[0], _Job):
                return self._queue.popleft()  # type: ignore[return-value]  # mypy does not narrow an indexed deque
            gather = not self._closing and self._queued < self._settings.group_limit
        if gather:
            time.sleep(self._settings.gather_s)
        group: list[Entry] = []
        with self._wake:
            while self._queue and len(group) < self._settings.group_limit:
                first = self._queue[0]
                if isinstance(first, _Job):
                    break
                group += first
                self._queue.popleft()
        return group

    def _write(self, group: list[Entry]) -> bool:
        """Write `group`, however long it takes. False if told to give up."""
        first = self._durable + 1
        pause_s = self._settings.retry_first_s
        while True:
            started = time.perf_counter()
            try:
                self._journal.write(first, group)
            except StoreTrouble as trouble:
                self._failed(trouble)
            except Exception as error:
                # A thread that died of a fault of ours would lose everything queued; one that says so and goes on
                # trying loses nothing as long as the process lives.
                log.exception("ledger.fault", action="ledger_fault")
                self._failed(StoreTrouble(Trouble.FAULT, f"{type(error).__name__}: {error}"))
            else:
                self._succeeded(first + len(group) - 1, len(group), time.perf_counter() - started)
                return True
            if self._give_up.wait(pause_s):
                return False
            pause_s = min(pause_s * 2, self._settings.retry_limit_s)

    def _succeeded(self, position: int, written: int, took_s: float) -> None:
        with self._wake:
            self._durable = position
            self._queued -= written
            self._last_commit_s = took_s
            recovered = self._trouble
            if recovered is not None:
                self._trouble = None
                self._since = datetime.now(UTC)
            self.metrics.queued.set(self._queued)
        self.metrics.written.inc(written)
        self.metrics.commit_seconds.observe(took_s)
        if recovered is not None:
            log.warning("ledger.recovered", action="ledger_recovered", trouble=recovered.trouble.value)
        self._call(self._release)

    def _failed(self, trouble: StoreTrouble) -> None:
        self.metrics.failed.labels(trouble.trouble.value).inc()
        with self._wake:
            new = self._trouble is None or self._trouble.trouble is not trouble.trouble
            if self._trouble is None:
                self._since = datetime.now(UTC)
            self._trouble = trouble
        if new:
            log.error(
                "ledger.failing",
                action="ledger_failing",
                trouble=trouble.trouble.value,
                problem=ADVICE[trouble.trouble],
            )

    def _do(self, job: _Job) -> None:
        try:
            result = job.work()
        except Exception as error:
            # Whatever it is belongs to who asked for the work, and must not end the thread.
            self._call(_fail, job.done, error)
        else:
            self._call(_finish, job.done, result)

    def _call(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            log.debug("ledger.loop_closed", action="ledger_loop_closed")


def _finish(done: asyncio.Future[Any], result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Any], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
