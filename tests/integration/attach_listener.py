"""A connector at work on a telephone system, and the calls folded from what it says, as the product folds them.

`Listener` is one run of our side: it can be started in mid-call, killed, and begun anew with the calls that a former
run left open. `Line` lies between it and the telephone system and can be cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from ringcard.calls.board import Board
from ringcard.calls.call import Call
from ringcard.calls.events import CallEvent, Originated, PbxEvent, StateEvent
from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord, record_as_json
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.session import Sleep
from ringcard.pbx.asterisk.settings import AsteriskSettings, Timing
from ringcard.pbx.connector import LinkState, LinkStatus
from ringcard.pbx.simulator.timeline import Timeline
from ringcard.testing.scenarios import Ami

PATIENCE_S = 20.0
"""Longer than a reconnect after a restart of Asterisk takes."""

Record = dict[str, Any]


def as_json(record: CallRecord) -> Record:
    """The record as the API and the ledger's readers have it."""
    read: Record = json.loads(json.dumps(record_as_json(record)))
    return read


def settings_of(ami: Ami, port: int | None = None) -> AsteriskSettings:
    """As in production, filters included; only less patient after a break."""
    return AsteriskSettings(
        pbx="lab",
        host=ami.host,
        port=port or ami.port,
        user=ami.user,
        secret=ami.secret,
        devices="101-110",
        context="internal",
        timing=Timing(backoff_first_s=0.1, backoff_most_s=0.5),
    )


class Listener:
    """One connector from its start to its end. `board` and `calls` are shared with a listener that goes on after it."""

    def __init__(
        self,
        settings: AsteriskSettings,
        former: Listener | None = None,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.board: Board = former.board if former else Board()
        self.calls: dict[CallId, Call] = former.calls if former else {}
        self.events: list[CallEvent] = []
        self.strays: list[CallEvent] = []
        """What came for a call that is not on the board: it would be lost."""
        self.status: LinkStatus | None = None
        self._came = asyncio.Event()
        self.connector = AsteriskConnector(settings, on_status=self._report, clock=clock, sleep=sleep)
        if former is not None:
            heard_until = former.events[-1].at if former.events else None
            now = datetime.now(UTC)
            self.connector.adopt([call.record(now) for call in self.board.calls.values()], heard_until)
        self._task: asyncio.Task[None] | None = None

    # -- its life ---------------------------------------------------------------------------------------------------

    async def starts(self) -> None:
        """Return once the first snapshot is complete."""
        self._task = asyncio.create_task(self.connector.run(self._take))
        await self.is_up()

    async def is_up(self, up: bool = True) -> None:
        """Wait until the link is up, or is not."""
        await self.until(
            lambda: self.status is not None and (self.status.state is LinkState.UP) is up, f"the link to be up: {up}"
        )

    async def stops(self) -> None:
        """No event is heard from now on. A failure of the connector is raised here."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.result()

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it is so; raises TimeoutError that says what it waited for."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise TimeoutError(f"waited for {what}; on the board: {list(self.board.calls)}; {self.status}") from None

    async def settles(self) -> None:
        """Wait until no call lives any more: a stuck one fails here."""
        await self.until(lambda: not self.board.calls, "the board to be empty")

    # -- what it heard ----------------------------------------------------------------------------------------------

    def records(self, since: int = 0) -> list[Record]:
        """The records of all calls that began after the first `since` calls, in order of start."""
        now = datetime.now(UTC)
        told = [call.record(now) for call in list(self.calls.values())[since:] if call.absorbed_into is None]
        return [as_json(record) for record in sorted(told, key=lambda record: record.started_at)]

    def _take(self, events: Sequence[PbxEvent]) -> None:
        for event in events:
            if isinstance(event, StateEvent):
                continue
            self.events.append(event)
            call = self.board.apply(event)
            if call is None:
                self.strays.append(event)
            elif isinstance(event, Originated):
                self.calls[event.call_id] = call
        self._came.set()

    def _report(self, status: LinkStatus) -> None:
        self.status = status
        self._came.set()


@contextlib.asynccontextmanager
async def listening(settings: AsteriskSettings, former: Listener | None = None) -> AsyncIterator[Listener]:
    """A listener that is up, and stopped at the end."""
    listener = Listener(settings, former)
    try:
        await listener.starts()
        yield listener
    finally:
        await listener.stops()


def sleeping_in(timeline: Timeline) -> Sleep:
    """For a connector that lives in virtual time: it is woken by that."""

    async def sleep(seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        timeline.after(seconds, wake)
        await woken

    return sleep


class Line:
    """A wire to the manager interface that can break: a relay on a free port. Use as an asynchronous context manager.

    While it is broken, whoever connects is hung up on at once.
    """

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._broken = False
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Line:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.breaks()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def breaks(self) -> None:
        """Cut it: what is under way is lost."""
        self._broken = True
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._relays)

    def mends(self) -> None:
        """Whoever connects from now on gets through."""
        self._broken = False

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        ends = {writer}
        try:
            if not self._broken:
                far_reader, far_writer = await asyncio.open_connection(self._ami.host, self._ami.port)
                ends.add(far_writer)
                self._ends |= ends
                if not self._broken:
                    await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        except OSError:
            pass  # the telephone system is away: so is the line
        finally:
            for end in ends:
                end.transport.abort()
            self._ends -= ends
            self._relays.discard(task)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either end is closed; then both are."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
