"""The state of every phone, trunk and queue, as the connector tells it: on both real Asterisks and on the simulator.

One story is told on each. What a late-comer's snapshot says has to be what whoever heard everything knows.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

import pytest
from attach_listener import settings_of, sleeping_in
from lab.system import Lab

from ringcard.calls.board import Board
from ringcard.calls.causes import DeviceKind, DeviceState
from ringcard.calls.events import DeviceStateChanged, PbxEvent, StateEvent
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.calls.queues import QueueMember, QueueState, QueueStates
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.session import Sleep
from ringcard.pbx.connector import AgentRequest, LinkState, Service, ServiceRefused
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.testing.scenarios import PhoneSystem, ami

PATIENCE_S = 20.0

Progress = Callable[[asyncio.Event], Awaitable[None]]
"""Lets something happen: real time goes by itself, the simulator's has to be let."""


async def really(came: asyncio.Event) -> None:
    await came.wait()


class Watcher:
    """A connector, and the states that it told, as a program would keep them."""

    def __init__(
        self,
        pbx: PhoneSystem,
        progress: Progress = really,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.board = Board()
        self.queues = QueueStates()
        self.devices: dict[DeviceId, DeviceStateChanged] = {}
        self.story: list[DeviceStateChanged] = []
        self._progress = progress
        self._came = asyncio.Event()
        self.connector = AsteriskConnector(
            settings_of(pbx.ami), on_status=lambda _: self._came.set(), clock=clock, sleep=sleep
        )

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.connector.run(self._take))
        try:
            await self.until(lambda: self.connector.status.state is LinkState.UP, "the link")
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    self._came.clear()
                    await self._progress(self._came)
        except TimeoutError:
            raise TimeoutError(f"waited for {what}; {self.devices}; {self.queues.all()}") from None

    async def sees(self, device: str, state: DeviceState, *, to: str | None = None) -> DeviceStateChanged:
        def so() -> bool:
            told = self.devices.get(DeviceId(device))
            return told is not None and (told.state, told.forwarded_to) == (state, to)

        await self.until(so, f"{device} to be {state} {to or ''}")
        return self.devices[DeviceId(device)]

    def came(self) -> None:
        """Something may be so now."""
        self._came.set()

    @property
    def sales(self) -> QueueState | None:
        return self.queues.get(PbxId("lab"), "sales")

    def member(self, device: str) -> QueueMember | None:
        members = self.sales.members if self.sales is not None else ()
        return next((each for each in members if each.device == device), None)

    @property
    def now(self) -> dict[DeviceId, tuple[DeviceKind, DeviceState, str | None]]:
        return {name: (each.kind, each.state, each.forwarded_to) for name, each in self.devices.items()}

    def _take(self, events: Sequence[PbxEvent]) -> None:
        self.queues.hear(events)
        for event in events:
            if isinstance(event, DeviceStateChanged):
                self.devices[event.device] = event
                self.story.append(event)
            elif not isinstance(event, StateEvent):
                self.board.apply(event)
        self._came.set()


NewWatcher = Callable[[], Watcher]


async def switches(pbx: PhoneSystem, family: str, device: str, value: str | None) -> None:
    """As FreePBX's feature codes do: the AstDB, then the custom state."""
    if value is None:
        await ami.act(pbx, "DBDel", Family=family, Key=device)
    else:
        await ami.act(pbx, "DBPut", Family=family, Key=device, Val=value)
    state = "NOT_INUSE" if value is None else "INUSE"
    await ami.act(pbx, "Setvar", Variable=f"DEVICE_STATE(Custom:{family}{device})", Value=state)


async def terminals(pbx: PhoneSystem, new_watcher: NewWatcher) -> None:
    heard = new_watcher()
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    async with heard.at_work():
        listed = await heard.sees("104", DeviceState.IDLE)
        assert (listed.since, listed.source) == (None, f"{pbx.technology}/104")
        await dave.unregisters()
        off = await heard.sees("104", DeviceState.UNREACHABLE)
        assert off.since == off.at
        await switches(pbx, "DND", "104", "YES")
        await dave.registers()
        await heard.sees("104", DeviceState.DO_NOT_DISTURB)
        await switches(pbx, "CF", "105", "84957654321")
        await heard.sees("105", DeviceState.FORWARDED, to="+74957654321")
        await caller.dials("4951110101")
        await heard.sees("101", DeviceState.RINGING)
        await alice.rings()
        await alice.answers()
        talks = await heard.sees("101", DeviceState.BUSY)
        assert talks.since is not None
        await alice.talks()
        await alice.holds()
        await heard.sees("101", DeviceState.HELD)
        late = new_watcher()
        async with late.at_work():
            # A list of PJSIP's says that a phone talks, not that it holds; chan_sip's says it.
            seen = DeviceState.HELD if pbx.technology == "SIP" else DeviceState.BUSY
            await late.sees("101", seen)
            await late.sees("104", DeviceState.DO_NOT_DISTURB)
            await late.sees("105", DeviceState.FORWARDED, to="+74957654321")
            assert {event.since for event in late.story} == {None}
            assert len(late.story) == len(late.devices), "a list is told once, as it is"
            assert late.now == {**heard.now, DeviceId("101"): (DeviceKind.PHONE, seen, None)}
        await alice.retrieves()
        await heard.sees("101", DeviceState.BUSY)
        await caller.hangs_up()
        await heard.sees("101", DeviceState.IDLE)
        await switches(pbx, "DND", "104", None)
        await heard.sees("104", DeviceState.IDLE)
        await switches(pbx, "CF", "105", None)
        await heard.sees("105", DeviceState.IDLE)
    told = [event.state for event in heard.story if event.device == "104"]
    assert told == [
        DeviceState.IDLE,
        DeviceState.UNREACHABLE,
        DeviceState.DO_NOT_DISTURB,
        DeviceState.IDLE,
    ]


async def queue(pbx: PhoneSystem, new_watcher: NewWatcher) -> None:
    heard = new_watcher()
    caller = pbx.caller()
    third = f"{pbx.technology}/103"
    async with heard.at_work():
        sales = heard.sales
        assert sales is not None
        assert [(each.device, each.paused, each.dynamic) for each in sales.members] == [
            ("101", False, False),
            ("102", False, False),
        ]
        began = datetime.fromtimestamp(pbx.now(), UTC)
        first = sales.members[0].interface
        await ami.act(pbx, "QueuePause", Queue="sales", Interface=first, Paused="true", Reason="lunch")
        await heard.until(lambda: (m := heard.member("101")) is not None and m.paused, "101 to be paused")
        paused = heard.member("101")
        assert paused is not None
        assert paused.reason == "lunch"
        assert paused.paused_since is not None
        assert abs((paused.paused_since - began).total_seconds()) < 3.0
        await ami.act(pbx, "QueueAdd", Queue="sales", Interface=third, MemberName="Carol Three", Paused="true")
        await heard.until(lambda: (m := heard.member("103")) is not None and m.dynamic, "103 to be a member")
        await caller.dials("4951110500")
        await heard.until(lambda: heard.sales is not None and len(heard.sales.callers) == 1, "somebody to wait")
        await heard.until(
            lambda: (m := heard.member("102")) is not None and m.state is DeviceState.RINGING, "102 to ring"
        )
        late = new_watcher()
        async with late.at_work():
            assert heard.sales is not None
            assert late.sales is not None
            assert late.sales.members == heard.sales.members
            (waits,), (seen,) = heard.sales.callers, late.sales.callers
            assert waits.call_id in heard.board.calls
            assert seen.call_id in late.board.calls
            assert (waits.position, seen.position) == (1, 1)
            assert abs((seen.since - waits.since).total_seconds()) < 2.0
        await caller.hangs_up()
        await heard.until(lambda: heard.sales is not None and heard.sales.callers == (), "nobody to wait")
        await ami.act(pbx, "QueueRemove", Queue="sales", Interface=third)
        await heard.until(lambda: heard.member("103") is None, "103 to be no member any more")
        await ami.act(pbx, "QueuePause", Queue="sales", Interface=first, Paused="false")
        await heard.until(lambda: (m := heard.member("101")) is not None and not m.paused, "101 to be back")
        await heard.until(lambda: not heard.board.calls, "the call to be over")


async def agents(pbx: PhoneSystem, new_watcher: NewWatcher) -> None:
    """SetAgentState: what is asked is what the queue then tells."""
    heard = new_watcher()
    first, third = DeviceId("101"), DeviceId("103")

    async def asked(device: DeviceId, state: AgentRequest, reason: str | None = None, name: str | None = None) -> None:
        # The simulator's time has to be let go on while it answers.
        asking = asyncio.create_task(
            heard.connector.set_agent_state(device, state, queue="sales", reason=reason, name=name)
        )
        asking.add_done_callback(lambda _: heard.came())
        await heard.until(asking.done, f"{state} to be taken")
        await asking

    async with heard.at_work():
        assert heard.connector.hindrance(Service.SET_AGENT_STATE, None, first) is None
        await asked(first, AgentRequest.NOT_READY, "Обед")
        await heard.until(lambda: (m := heard.member("101")) is not None and m.reason == "Обед", "101 to be paused")
        await asked(first, AgentRequest.WORKING_AFTER_CALL, "After call")
        await heard.until(
            lambda: (m := heard.member("101")) is not None and m.reason == "After call", "101 to write something down"
        )
        await asked(first, AgentRequest.READY)
        await heard.until(lambda: (m := heard.member("101")) is not None and not m.paused, "101 to be back")
        await asked(third, AgentRequest.READY)
        assert heard.member("103") is None, "whoever is in no queue has nothing to be told"
        await asked(third, AgentRequest.LOGGED_ON, name="Carol Three")
        await heard.until(lambda: (m := heard.member("103")) is not None and m.dynamic, "103 to be a member")
        with pytest.raises(ServiceRefused):
            await asked(third, AgentRequest.LOGGED_ON)
        await asked(third, AgentRequest.LOGGED_OFF)
        await heard.until(lambda: heard.member("103") is None, "103 to be no member any more")
        with pytest.raises(ServiceRefused):
            await asked(first, AgentRequest.LOGGED_OFF)
        assert heard.member("101") is not None, "a member by configuration stays one"


STORIES = [pytest.param(terminals, id="terminals"), pytest.param(queue, id="queue"), pytest.param(agents, id="agents")]
Story = Callable[[PhoneSystem, NewWatcher], Awaitable[None]]


@pytest.mark.lab
@pytest.mark.parametrize("story", STORIES)
async def test_on_a_real_asterisk(story: Story, each_lab: Lab) -> None:
    try:
        await story(each_lab, lambda: Watcher(each_lab))
    except BaseException:
        await each_lab.end_all_calls()
        raise
    await each_lab.is_quiet()


@pytest.mark.lab
async def test_a_trunk_is_told_as_a_trunk(each_lab: Lab) -> None:
    watcher = Watcher(each_lab)
    async with watcher.at_work():
        if each_lab.technology == "PJSIP":  # which asks for the first time at a random moment of its first minute
            await ami.act(each_lab, "PJSIPQualify", Endpoint="trunk")
        trunk = await watcher.sees("trunk", DeviceState.IDLE)
        assert trunk.kind is DeviceKind.TRUNK


@pytest.mark.parametrize("story", STORIES)
async def test_on_the_simulator(story: Story) -> None:
    pbx = Pbx()
    server = AmiServer(pbx, [Account("ringcard", "ringcard")])
    system = SimulatedPhoneSystem(pbx, ManagerAddress(port=await server.start()))

    async def virtually(came: asyncio.Event) -> None:
        await system.passes(0.01)
        await asyncio.sleep(0.0005)

    await system.passes(10)
    try:
        await story(
            system, lambda: Watcher(system, virtually, clock=system.now, sleep=sleeping_in(system.pbx.timeline))
        )
    finally:
        await server.stop()
