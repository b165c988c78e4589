"""The desk hears a PBX, asks whose number it is and tells the screens."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from ringcard.calls.board import Board
from ringcard.calls.causes import DeviceState, Direction, Disposition, Outcome
from ringcard.calls.events import (
    Absorbed,
    CallCleared,
    CallInformation,
    ConnectionCleared,
    Delivered,
    DeviceStateChanged,
    Established,
    Originated,
    Party,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.contacts.model import Contact, ContactId, Kind
from ringcard.desk.metrics import DeskMetrics
from ringcard.desk.pop import CallSummary, Findings, Mark, PopState, SourceReport, SourceStatus
from ringcard.desk.service import Desk
from ringcard.pbx.connector import LinkState, LinkStatus

from .fakes import START, FakeClock, FakeHistory, FakeJournal, FakeLookup, FakeScreens, FakeStaff

NUMBER = "+74959195557"
IVANOV = Contact(ContactId("k1"), 1, Kind.PERSON, "Ivanov", START, START)
FOUND = Findings(
    contact=IVANOV, matched_number=NUMBER, sources=(SourceReport("own", SourceStatus.FOUND, 0.1, "number", None),)
)


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.staff = FakeStaff()
        self.lookup = FakeLookup()
        self.history = FakeHistory()
        self.journal = FakeJournal()
        self.screens = FakeScreens()
        self.registry = CollectorRegistry()
        self.links: dict[PbxId, LinkStatus] = {}
        self.desk = Desk(
            fold=Board(),
            staff=self.staff,
            lookup=self.lookup,
            history=self.history,
            journal=self.journal,
            metrics=DeskMetrics(self.registry),
            links=lambda: self.links,
            clock=self.clock.now,
            steady_s=self.clock.steady_s,
            pause=self._pause,
        )
        self.desk.attach(self.screens)
        self.patience_over = asyncio.Event()

    async def _pause(self, _seconds: float) -> None:
        await self.patience_over.wait()

    def starts(self, call: str = "c1", number: str | None = NUMBER) -> None:
        self.desk.hear(
            [
                Originated(
                    call_id=CallId(call),
                    at=self.clock.now(),
                    conversation_id=ConversationId(call),
                    pbx=PbxId("office"),
                    pbx_id=f"{call}.1",
                    direction=Direction.INBOUND,
                    caller=Party(number=number, presented=number),
                    called=Party(number="+74951234567", presented="74951234567"),
                )
            ]
        )

    def rings(self, device: str = "101", call: str = "c1") -> None:
        self.desk.hear([Delivered(CallId(call), self.clock.now(), DeviceId(device))])

    def answers(self, device: str = "101", call: str = "c1") -> None:
        self.desk.hear([Established(CallId(call), self.clock.now(), DeviceId(device))])

    def ends(self, device: str = "101", call: str = "c1", outcome: Outcome = Outcome.CANCELLED) -> None:
        self.desk.hear(
            [
                ConnectionCleared(CallId(call), self.clock.now(), DeviceId(device), outcome),
                CallCleared(CallId(call), self.clock.now(), "caller"),
            ]
        )

    def metric(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(name, labels)
        assert value is not None
        return value


@pytest.fixture
def world() -> World:
    return World()


async def beside(world: World) -> asyncio.Task[None]:
    """The desk's own life, begun, with what waited for it done."""
    task = asyncio.create_task(world.desk.run())
    for _ in range(10):
        await asyncio.sleep(0)
    return task


async def over(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class TestTheFirstFrame:
    def test_it_carries_the_card_of_our_own_store(self, world: World) -> None:
        world.lookup.own[NUMBER] = FOUND
        world.starts()
        world.rings()
        ((pop, employees),) = world.screens.pops
        assert (pop.state, pop.mark, pop.findings.contact) == (PopState.RINGING, Mark.KNOWN, IVANOV)
        assert employees == ("anna",)

    def test_the_number_is_looked_up_once_for_the_whole_group(self, world: World) -> None:
        world.starts()
        world.rings("101")
        world.rings("102")
        assert world.lookup.asked == [NUMBER]
        assert {employees for _, employees in world.screens.pops} == {("anna",), ("boris",)}

    def test_a_device_of_two_employees_pops_on_both_screens(self, world: World) -> None:
        world.starts()
        world.rings("109")
        assert world.screens.pops[0][1] == ("anna", "boris")

    def test_a_card_goes_when_the_pbx_tells_that_the_number_is_withheld(self, world: World) -> None:
        """Asterisk tells only when asked, some milliseconds after the call began."""
        world.lookup.own[NUMBER] = FOUND
        world.starts()
        world.rings()
        assert world.screens.pops[-1][0].mark is Mark.KNOWN
        world.desk.hear([CallInformation(CallId("c1"), world.clock.now(), caller=Party())])
        pop, _ = world.screens.pops[-1]
        assert (pop.mark, pop.findings.contact, pop.caller) == (Mark.WITHHELD, None, Party())

    def test_a_withheld_number_is_not_looked_up(self, world: World) -> None:
        world.starts(number=None)
        world.rings()
        assert world.lookup.asked == []
        assert world.screens.pops[0][0].mark is Mark.WITHHELD


class TestWhatComesLater:
    async def test_the_last_calls_of_the_number_come_as_a_revision(self, world: World) -> None:
        earlier = CallSummary(
            CallId("c0"), Direction.INBOUND, START, Disposition.ABANDONED, 0.0, DeviceId("102"), "Boris", None
        )
        world.history.calls[NUMBER] = [earlier]
        world.starts()
        world.rings()
        task = await beside(world)
        assert world.screens.pops[-1][0].findings.last_calls == (earlier,)
        assert world.screens.pops[-1][0].revision == 2
        await over(task)

    async def test_this_call_itself_is_not_among_the_last_calls(self, world: World) -> None:
        same = CallSummary(CallId("c1"), Direction.INBOUND, START, None, 0.0, None, None, None)
        world.history.calls[NUMBER] = [same]
        world.starts()
        world.rings()
        task = await beside(world)
        assert world.screens.pops[-1][0].findings.last_calls == ()
        await over(task)

    async def test_a_slow_source_adds_its_card_and_keeps_the_last_calls(self, world: World) -> None:
        earlier = CallSummary(CallId("c0"), Direction.INBOUND, START, None, 0.0, None, None, None)
        world.history.calls[NUMBER] = [earlier]
        world.starts()
        world.rings()
        task = await beside(world)
        world.lookup.later.put_nowait(FOUND)
        for _ in range(5):
            await asyncio.sleep(0)
        last = world.screens.pops[-1][0]
        assert (last.findings.contact, last.findings.last_calls) == (IVANOV, (earlier,))
        await over(task)

    async def test_a_history_that_cannot_be_read_costs_only_the_history(self, world: World) -> None:
        world.history.broken = True
        world.starts()
        world.rings()
        task = await beside(world)
        assert not task.done()
        world.rings("102")
        assert world.screens.pops[-1][0].device == "102"
        assert world.screens.pops[-1][0].findings.last_calls == (), "nobody waits for what will not come"
        await over(task)

    async def test_a_card_saved_meanwhile_turns_the_unknown_into_a_known_one(self, world: World) -> None:
        world.starts()
        world.rings()
        world.lookup.own[NUMBER] = FOUND
        world.desk.contacts_changed([NUMBER])
        assert [pop.mark for pop, _ in world.screens.pops] == [Mark.UNKNOWN, Mark.KNOWN]

    async def test_also_after_the_call_is_over(self, world: World) -> None:
        world.starts()
        world.rings()
        world.ends()
        world.lookup.own[NUMBER] = FOUND
        world.desk.contacts_changed([NUMBER])
        last = world.screens.pops[-1][0]
        assert (last.state, last.mark) == (PopState.MISSED, Mark.KNOWN)


class TestLatency:
    def test_ring_to_sent_is_measured_once_from_our_own_steady_clock(self, world: World) -> None:
        world.starts()
        world.rings()
        world.clock.passes(0.003)
        world.screens.sent[0]()
        world.clock.passes(1)
        world.screens.sent[0]()
        (why,) = world.desk.why(CallId("c1"))
        assert why.ring_to_sent_ms == 3.0
        assert world.metric("ringcard_ring_to_sent_seconds_count") == 1
        assert len(world.journal.sent) == 1

    def test_a_clock_that_is_set_back_while_it_rings_does_not_bend_the_figure(self, world: World) -> None:
        world.starts()
        world.rings()
        world.clock.passes(0.02)
        world.clock.wall -= timedelta(hours=3)
        world.screens.sent[0]()
        (why,) = world.desk.why(CallId("c1"))
        assert why.ring_to_sent_ms == 20.0
        assert world.metric("ringcard_ring_to_sent_seconds_sum") == pytest.approx(0.02)

    def test_whoever_opens_the_desk_while_it_rings_is_not_our_latency(self, world: World) -> None:
        world.screens.watched = False
        world.starts()
        world.rings()
        world.clock.passes(6)
        world.screens.watched = True
        world.answers()
        world.screens.sent[-1]()
        (why,) = world.desk.why(CallId("c1"))
        assert (why.rang_at, why.ring_to_sent_ms) == (START, None)
        assert world.metric("ringcard_ring_to_sent_seconds_count") == 0

    def test_a_browsers_confirmation_is_noted_once_a_session_and_revision(self, world: World) -> None:
        world.starts()
        world.rings()
        pop = world.screens.pops[0][0]
        world.clock.passes(0.05)
        for revision in (1, 1, 2):
            world.desk.shown(
                pop.pop_id,
                session="tab",
                employee_id="anna",
                revision=revision,
                painted_at=None,
            )
        (why,) = world.desk.why(CallId("c1"))
        assert [(shown.revision, shown.ring_to_shown_ms) for shown in why.shown] == [(1, 50.0), (2, 50.0)]
        assert world.metric("ringcard_ring_to_seen_seconds_count") == 1
        assert len(world.journal.shown) == 2

    def test_nobody_confirms_or_hides_the_pop_of_another(self, world: World) -> None:
        world.starts()
        world.rings()
        pop = world.screens.pops[0][0]
        world.desk.shown(pop.pop_id, session="x", employee_id="boris", revision=1, painted_at=None)
        world.desk.hide(pop.pop_id, employee_id="boris")
        assert world.journal.shown == []
        assert world.screens.removed == []


class TestLeaving:
    def test_a_pop_that_was_put_away_goes_from_every_tab(self, world: World) -> None:
        world.starts()
        world.rings()
        pop = world.screens.pops[0][0]
        world.desk.hide(pop.pop_id, employee_id="anna")
        assert world.screens.removed == [pop.pop_id]
        assert world.desk.pops_of("anna") == ()

    def test_what_has_lingered_goes_even_if_the_wall_clock_was_set_back(self, world: World) -> None:
        world.starts()
        world.rings()
        world.ends()
        world.clock.wall -= timedelta(days=1)
        world.clock.steady += 601
        world.desk.tick()
        assert world.screens.removed == ["c1.101"]

    def test_a_call_that_was_part_of_another_is_taken_off(self, world: World) -> None:
        world.starts("c1")
        world.starts("c2")
        world.rings(call="c2")
        world.desk.hear([Absorbed(CallId("c2"), world.clock.now(), CallId("c1"))])
        assert world.screens.removed == ["c2.101"]
        assert world.screens.removed_calls == ["c2"]
        assert [call.record.call_id for call in world.desk.live_calls()] == ["c1"]

    def test_thousands_of_calls_leave_nothing_behind(self, world: World) -> None:
        for number in range(3_000):
            call = f"c{number}"
            world.starts(call)
            world.rings(call=call)
            world.ends(call=call)
            world.clock.passes(1)
            world.desk.tick()
            world.screens.pops.clear()
            world.screens.sent.clear()
            world.screens.calls.clear()
        world.clock.passes(601)
        world.desk.tick()
        assert world.desk.live_calls() == ()
        assert world.metric("ringcard_pops") == 0
        assert world.desk.why(CallId("c0")) == ()


class TestCallsDevicesAndLinks:
    def test_a_call_concerns_those_whose_phones_it_rings(self, world: World) -> None:
        world.starts()
        world.rings("101")
        world.rings("102")
        world.answers("102")
        last = world.screens.calls[-1]
        assert last.concerns == {"anna", "boris"}
        assert dict(last.employees) == {"101": "Anna", "102": "Boris"}

    def test_the_end_of_a_call_is_told_and_it_is_live_no_more(self, world: World) -> None:
        world.starts()
        world.rings()
        world.ends()
        assert world.screens.calls[-1].record.ended_at == world.clock.now()
        assert world.desk.live_calls() == ()

    def test_a_call_that_just_ended_can_still_be_asked_for(self, world: World) -> None:
        world.starts()
        world.rings()
        world.ends()
        call = world.desk.recent_call(CallId("c1"))
        assert call is not None
        assert call.record.ended_at is not None

    def test_a_device_says_who_sits_there(self, world: World) -> None:
        world.desk.hear([DeviceStateChanged(PbxId("office"), START, DeviceId("101"), DeviceState.BUSY, "device_state")])
        (device,) = world.desk.devices()
        assert (device.state, device.employee and device.employee.name) == (DeviceState.BUSY, "Anna")
        assert device.since is None, "a list says what is so, not since when"
        assert world.screens.devices == [device]

    def test_a_device_of_which_nothing_changed_is_the_same_and_one_that_changed_is_not(self, world: World) -> None:
        def says(state: DeviceState) -> None:
            world.desk.hear([DeviceStateChanged(PbxId("office"), START, DeviceId("101"), state, "device_state")])

        says(DeviceState.BUSY)
        (busy,), (again,) = world.desk.devices(), world.desk.devices()
        assert again is busy
        says(DeviceState.IDLE)
        (idle,) = world.desk.devices()
        assert idle.state is DeviceState.IDLE
        world.desk.forget_pbx(PbxId("office"))
        assert world.desk.devices() == ()

    def test_a_link_is_told_when_it_changes(self, world: World) -> None:
        world.links[PbxId("office")] = LinkStatus(LinkState.UP, START)
        world.desk.tick()
        world.desk.tick()
        world.links[PbxId("office")] = LinkStatus(LinkState.DOWN, START, "no answer")
        world.desk.tick()
        assert [link.status.state for link in world.screens.links] == [LinkState.UP, LinkState.DOWN]


def test_a_fold_that_knows_no_such_call_tells_nobody(world: World) -> None:
    world.desk.hear([Delivered(CallId("never-seen"), START, DeviceId("101"))])
    assert world.screens.pops == []
    assert world.desk.live_calls() == ()
