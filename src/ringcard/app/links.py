"""The connectors that run now, and changing them while everything else goes on.

A connector whose settings changed is stopped and a new one adopts its calls, as after a restart of ours: the first
snapshot says what became of them. The calls of a PBX that is no longer ours end, because nobody will ever tell how.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import msgspec
import structlog

from ringcard.app.config import Company, Pbx
from ringcard.app.orphans import ended
from ringcard.app.plugins import LoadedConnectors, load_connectors
from ringcard.bus import InProcessBus
from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged, PbxEvent
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.calls.queues import QueueStateChanged, QueueStates
from ringcard.ledger import Ledger, LedgerError
from ringcard.pbx.connector import Connector, PhoneWords, RemembersPhones
from ringcard.storage import StorageError
from ringcard.web.rooms import PluginProblem

log = structlog.get_logger(__name__)

Load = Callable[[Sequence[Pbx], Company], LoadedConnectors]
DevicesOf = Callable[[PbxId], Sequence[DeviceId]]
Forget = Callable[[PbxId], None]


class KeepsPhones(Protocol):
    """Where what phones said outlives the process. Every method raises `StorageError` if the database fails."""

    async def phones(self, pbx: PbxId) -> Sequence[PhoneWords]: ...
    async def keep_phone(self, pbx: PbxId, words: PhoneWords) -> None: ...


FLUSH_S = 5.0
AGAIN_S = 10.0
"""What a database or a connector did not do is tried again after so long."""
_SHOWN_ONLY = ("language", "number_places")


class Links:
    """Our connectors by name. `start` them inside a task group; `replace` them at any time, one change at once."""

    def __init__(
        self,
        bus: InProcessBus[PbxEvent],
        ledger: Ledger,
        *,
        devices_of: DevicesOf,
        forget: Forget,
        queues: QueueStates,
        phones: KeepsPhones,
        load: Load = load_connectors,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bus = bus
        self._ledger = ledger
        self._devices_of = devices_of
        self._forget = forget
        self._queues = queues
        self._phones = phones
        self._load = load
        self._sleep = sleep
        self._tasks: asyncio.TaskGroup | None = None
        self._running: dict[PbxId, asyncio.Task[None]] = {}
        self._made_of: dict[PbxId, tuple[Pbx, Mapping[str, object]]] = {}
        self._one_change = asyncio.Lock()
        self.connectors: dict[PbxId, Connector] = {}
        self.problems: dict[str, str] = {}
        """Why the connector of a PBX could not be made, or does not run."""

    def plugin_problems(self) -> tuple[PluginProblem, ...]:
        """`problems`, as an administrator is told."""
        return tuple(PluginProblem("pbx", name, problem) for name, problem in self.problems.items())

    async def prepare(self, pbxs: Sequence[Pbx], company: Company) -> None:
        """Make the connectors, and give each the calls that it had left open; nothing is connected yet."""
        loaded = self._load(pbxs, company)
        self.problems = {problem.name: problem.problem for problem in loaded.problems}
        made_of = {pbx.name: (pbx, _read_by_connectors(company)) for pbx in pbxs}
        for connector in loaded.connectors:
            await self._adopt(connector)
            self.connectors[connector.pbx] = connector
            self._made_of[connector.pbx] = made_of[connector.pbx]

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Connect. The connectors live as tasks of `tasks`, until `stop`."""
        self._tasks = tasks
        for connector in self.connectors.values():
            self._start(connector)

    def stop(self) -> None:
        """Hang up every link; those who run are cancelled."""
        self._tasks = None
        for task in self._running.values():
            task.cancel()

    async def replace(self, pbxs: Sequence[Pbx], company: Company) -> None:
        """These are our PBXs from now on. What has not changed is left alone: its connection stays up."""
        async with self._one_change:
            wanted = {pbx.name: (pbx, _read_by_connectors(company)) for pbx in pbxs}
            changed = [name for name in self.connectors if self._made_of[name] != wanted.get(name)]
            for name in changed:
                await self._end(name)
            for name in changed:
                if name not in wanted and (problem := await _problem_of(self._orphan(name))) is not None:
                    self._later(name, problem, self._orphan)
            new = [pbx for pbx in pbxs if pbx.name not in self.connectors]
            loaded = self._load(new, company)
            self.problems = {problem.name: problem.problem for problem in loaded.problems}
            for connector in loaded.connectors:
                problem = await _problem_of(self._adopt(connector))
                self.connectors[connector.pbx] = connector
                self._made_of[connector.pbx] = wanted[connector.pbx]
                self._start(connector, problem)

    def _start(self, connector: Connector, not_adopted: str | None = None) -> None:
        if self._tasks is not None:
            work = self._kept_running(connector, not_adopted)
            self._running[connector.pbx] = self._tasks.create_task(work, name=f"pbx {connector.pbx}")

    async def _kept_running(self, connector: Connector, not_adopted: str | None) -> None:
        """Whatever goes wrong in one connector ends neither the others nor anybody's desk."""
        while not_adopted is not None:
            self.problems[connector.pbx] = not_adopted
            await self._sleep(AGAIN_S)
            not_adopted = await _problem_of(self._adopt(connector))
        while True:
            self.problems.pop(connector.pbx, None)
            try:
                await connector.run(self._bus.publish)
            except Exception as error:  # a plugin may raise anything
                self.problems[connector.pbx] = f"{type(error).__name__}: {error}"
                log.exception("app.connector_broke", action="connector_broke", pbx=connector.pbx)
            else:
                return
            await self._sleep(AGAIN_S)

    def _later(self, name: PbxId, problem: str, work: Callable[[PbxId], Awaitable[None]]) -> None:
        async def until_done(problem: str | None) -> None:
            while problem is not None:
                log.warning("app.pbx_not_removed", action="pbx_not_removed", pbx=name, problem=problem)
                await self._sleep(AGAIN_S)
                if name in self.connectors:
                    return  # added again meanwhile: its calls are its own
                problem = await _problem_of(work(name))

        if self._tasks is not None:
            self._tasks.create_task(until_done(problem), name=f"removal of {name}")

    async def _adopt(self, connector: Connector) -> None:
        calls = await self._ledger.open_calls(connector.pbx)
        connector.adopt(calls, await self._ledger.heard_until(connector.pbx))
        if isinstance(connector, RemembersPhones):
            connector.recall(await self._phones.phones(connector.pbx), partial(self._keep_phone, connector.pbx))

    def _keep_phone(self, pbx: PbxId, words: PhoneWords) -> None:
        if self._tasks is not None:
            self._tasks.create_task(self._write_phone(pbx, words), name=f"phone {words.device}")

    async def _write_phone(self, pbx: PbxId, words: PhoneWords) -> None:
        try:
            await self._phones.keep_phone(pbx, words)
        except StorageError as error:  # the phone says it again with a later call
            log.warning("app.phone_not_kept", action="phone_not_kept", pbx=pbx, error=str(error))

    async def _end(self, name: PbxId) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        del self.connectors[name], self._made_of[name]
        # What it reported last must be in the ledger before the next one is told which calls are open. A ledger that
        # cannot write now holds nobody up: the first snapshot puts right what is missing.
        status = self._ledger.status
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self._ledger.flushed(status.durable + status.queued)

    async def _orphan(self, name: PbxId) -> None:
        now = datetime.now(UTC)
        calls = await self._ledger.open_calls(name)
        self._bus.publish(list(ended(calls, await self._ledger.heard_until(name), now)))
        unknown = DeviceState.UNKNOWN
        self._bus.publish(
            [DeviceStateChanged(name, now, each, unknown, "removed", now) for each in self._devices_of(name)]
        )
        self._bus.publish([QueueStateChanged(name, now, each.queue, None) for each in self._queues.of_pbx(name)])
        self._forget(name)
        log.info("app.pbx_removed", action="pbx_removed", pbx=name, calls_ended=len(calls))


async def _problem_of(work: Awaitable[None]) -> str | None:
    """What kept it from being done; None if it was."""
    try:
        await work
    except (StorageError, LedgerError) as error:
        return str(error)
    return None


def _read_by_connectors(company: Company) -> Mapping[str, object]:
    """What of the company's settings changes how a PBX is understood."""
    values: dict[str, object] = msgspec.to_builtins(company)
    return {key: value for key, value in values.items() if key not in _SHOWN_ONLY}
