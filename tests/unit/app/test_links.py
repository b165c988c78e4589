"""Connectors that break, and changes of the PBXs while a database does not answer: nobody else is ended by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import pytest

from ringcard.app.config import Company, Pbx
from ringcard.app.links import Links
from ringcard.app.plugins import LoadedConnectors, SettingsUnfit, made
from ringcard.bus import InProcessBus
from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import PbxId
from ringcard.calls.queues import QueueStates
from ringcard.ledger import Ledger, MasterKey, MemoryStore, StoreTrouble
from ringcard.ledger.errors import Trouble
from ringcard.pbx.connector import Connector, EventSink, PhoneWords
from ringcard.testing.connector import FakeConnector

PATIENCE_S = 5.0
OFFICE, BRANCH = PbxId("office"), PbxId("branch")


class Broken(FakeConnector):
    """Raises what a plugin may raise, as often as it is told."""

    def __init__(self, pbx: str) -> None:
        super().__init__(pbx)
        self.breaks = 2
        self.runs = 0

    async def run(self, sink: EventSink) -> None:
        self.runs += 1
        if self.runs <= self.breaks:
            raise UnicodeError("label empty or too long")
        await super().run(sink)


class Phones:
    async def phones(self, pbx: PbxId) -> Sequence[PhoneWords]:
        return ()

    async def keep_phone(self, pbx: PbxId, words: PhoneWords) -> None: ...


class Unread(MemoryStore):
    """Cannot be read as long as there is `unread`."""

    unread: StoreTrouble | None = None

    def heard_until(self, pbx: str | None) -> int | None:
        if self.unread is not None:
            raise self.unread
        return super().heard_until(pbx)


def runs(connector: FakeConnector) -> bool:
    try:
        connector.tell()
    except RuntimeError:
        return False
    return True


@dataclass
class Stage:
    links: Links
    store: Unread
    slept: asyncio.Queue[asyncio.Event]
    forgotten: list[PbxId]

    async def goes_on(self) -> None:
        """Whoever waits to try again has waited."""
        async with asyncio.timeout(PATIENCE_S):
            (await self.slept.get()).set()

    async def waits(self) -> None:
        """Somebody waits to try again."""
        async with asyncio.timeout(PATIENCE_S):
            self.slept.put_nowait(await self.slept.get())


@asynccontextmanager
async def stage(*connectors: FakeConnector) -> AsyncIterator[Stage]:
    store = Unread()
    ledger = await Ledger.over(store, MasterKey.generate())
    ours = {str(each.pbx): each for each in connectors}
    slept: asyncio.Queue[asyncio.Event] = asyncio.Queue()
    forgotten: list[PbxId] = []

    async def sleep(_seconds: float) -> None:
        slept.put_nowait(over := asyncio.Event())
        await over.wait()

    def load(pbxs: Sequence[Pbx], company: Company) -> LoadedConnectors:
        return LoadedConnectors(tuple(cast(Connector, ours[pbx.name]) for pbx in pbxs), ())

    links = Links(
        InProcessBus[PbxEvent](),
        ledger,
        devices_of=lambda pbx: (),
        forget=forgotten.append,
        queues=QueueStates(),
        phones=Phones(),
        load=load,
        sleep=sleep,
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            links.start(tasks)
            yield Stage(links, store, slept, forgotten)
            links.stop()
            for each in asyncio.all_tasks():
                if each is not asyncio.current_task() and each.get_name().startswith(("pbx ", "removal of ")):
                    each.cancel()
    finally:
        await ledger.close()


def both() -> list[Pbx]:
    return [Pbx(name=OFFICE), Pbx(name=BRANCH)]


async def test_a_connector_that_breaks_ends_no_other_and_is_started_again() -> None:
    broken = Broken("branch")
    async with stage(FakeConnector("office"), broken) as here:
        await here.links.replace(both(), Company())
        await here.waits()
        assert here.links.problems == {BRANCH: "UnicodeError: label empty or too long"}
        assert list(here.links.connectors) == [OFFICE, BRANCH]
        await here.goes_on()
        await here.goes_on()
        async with asyncio.timeout(PATIENCE_S):
            while broken.runs < 3 or here.links.problems:
                await asyncio.sleep(0)


async def test_a_pbx_whose_calls_cannot_be_read_yet_is_connected_once_they_can() -> None:
    office = FakeConnector("office")
    async with stage(office) as here:
        here.store.unread = StoreTrouble(Trouble.LOCKED, "database is locked")
        await here.links.replace([Pbx(name=OFFICE)], Company())
        await here.waits()
        assert "database is locked" in here.links.problems[OFFICE]
        here.store.unread = None
        await here.goes_on()
        async with asyncio.timeout(PATIENCE_S):
            while here.links.problems or not runs(office):
                await asyncio.sleep(0)


async def test_a_pbx_that_is_removed_while_the_ledger_cannot_be_read_is_told_of_later() -> None:
    branch = FakeConnector("branch")
    async with stage(FakeConnector("office"), branch) as here:
        await here.links.replace(both(), Company())
        here.store.unread = StoreTrouble(Trouble.LOCKED, "database is locked")
        await here.links.replace([Pbx(name=OFFICE)], Company())
        assert list(here.links.connectors) == [OFFICE]
        await here.waits()
        assert BRANCH not in here.forgotten
        here.store.unread = None
        await here.goes_on()
        async with asyncio.timeout(PATIENCE_S):
            while BRANCH not in here.forgotten:
                await asyncio.sleep(0)
    assert not runs(branch)


async def test_one_that_is_added_again_meanwhile_keeps_its_calls() -> None:
    branch = FakeConnector("branch")
    async with stage(FakeConnector("office"), branch) as here:
        await here.links.replace(both(), Company())
        here.store.unread = StoreTrouble(Trouble.LOCKED, "database is locked")
        await here.links.replace([Pbx(name=OFFICE)], Company())
        await here.waits()
        here.store.unread = None
        await here.links.replace(both(), Company())
        await here.goes_on()
        async with asyncio.timeout(PATIENCE_S):
            while any(each.get_name().startswith("removal of ") for each in asyncio.all_tasks()):
                await asyncio.sleep(0)
        assert here.forgotten == []
        assert BRANCH in here.links.connectors


@pytest.mark.parametrize("port", [0, -1, 65_536])
async def test_a_port_that_is_none_is_refused_before_it_is_kept(port: int) -> None:
    pbx = Pbx(name=OFFICE, settings={"host": "127.0.0.1", "user": "u", "secret": "s", "port": port})
    with pytest.raises(SettingsUnfit) as refused:
        made(pbx, Company())
    assert refused.value.field == "port"
