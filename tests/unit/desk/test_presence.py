"""Presence where it is not one person with one phone: shared phones, shifts, memberships, restarts of either side.

Over 400 lines: one office, and whatever may happen in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.calls.queues import QueueMember, QueueState, QueueStateChanged
from ringcard.desk.presence.memory import Kept
from ringcard.desk.presence.rules import Membership, PresenceRules, WhenOffline
from ringcard.desk.presence.service import Presences
from ringcard.desk.presence.states import AgentState, Source
from ringcard.desk.presence.views import PresenceView
from ringcard.desk.staff import Roster
from ringcard.pbx.connector import AgentRequest, LinkState, LinkStatus, Service, ServiceRefused
from ringcard.people.model import Employee
from ringcard.testing.connector import FakeConnector

from .fakes import START, FakeClock

OFFICE = PbxId("office")


class FakeMemory:
    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    async def states(self) -> Mapping[str, Kept]:
        return self.kept

    async def keep_states(self, kept: Collection[Kept]) -> None:
        self.kept |= {each.employee_id: each for each in kept}


class FakeJournal:
    def __init__(self) -> None:
        self.states: list[tuple[str, AgentState, str | None]] = []

    def state_changed(self, view: PresenceView) -> None:
        self.states.append((view.employee_id, view.state, view.reason))


def employee(name: str, *devices: str, assigned: Iterable[str] | None = None) -> Employee:
    own = devices if assigned is None else assigned
    places = tuple(DeviceId(each) for each in devices)
    return Employee(name, name, name.title(), "employee", places, assigned=tuple(DeviceId(each) for each in own))


@dataclass
class Office:
    """Anna at 101, Boris at 102; 109 belongs to both. 101 and 109 are members of the queue `sales`."""

    rules: PresenceRules = field(default_factory=PresenceRules)
    memory: FakeMemory = field(default_factory=FakeMemory)
    people: list[Employee] = field(
        default_factory=lambda: [employee("anna", "101", "109"), employee("boris", "102", "109")]
    )

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.journal = FakeJournal()
        self.pbx = FakeConnector("office")
        self.roster = Roster(self.people)
        self.members = {each: _member(each) for each in ("101", "109")}
        self.presences = Presences(
            staff=self.roster,
            memory=self.memory,
            journal=self.journal,
            connectors=lambda: {OFFICE: self.pbx},
            record_of=lambda call_id: None,
            rules=lambda: self.rules,
            clock=self.clock.now,
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        await self.presences.load()
        self.presences.staff_changed({})
        running = asyncio.create_task(self.presences.run())
        await asyncio.sleep(0)
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])

    def queue_is_told(self, queue: str = "sales") -> None:
        state = QueueState(OFFICE, queue, self.clock.now(), tuple(self.members.values()))
        self.presences.hear([QueueStateChanged(OFFICE, self.clock.now(), queue, state)])

    def phone(self, device: str, state: DeviceState) -> None:
        self.presences.hear([DeviceStateChanged(OFFICE, self.clock.now(), DeviceId(device), state, "PJSIP")])

    def state(self, name: str) -> AgentState:
        view = self.presences.of(name)
        assert view is not None
        return view.state

    async def told(self) -> list[tuple[str, AgentRequest, str | None]]:
        """What was asked of the queue since this was asked last; done there at once."""
        for _ in range(20):
            await asyncio.sleep(0)
        asked = [each for each in self.pbx.asked if each.service is Service.SET_AGENT_STATE]
        self.pbx.asked.clear()
        for each in asked:
            member = self.members.get(each.device)
            if each.how["state"] is AgentRequest.LOGGED_OFF:
                self.members.pop(each.device, None)
            elif member is not None and each.how["state"] is not AgentRequest.LOGGED_ON:
                paused = each.how["state"] is not AgentRequest.READY
                self.members[each.device] = replace(member, paused=paused, reason=each.how["reason"])
        if asked:
            self.queue_is_told()
        return [(each.device, each.how["state"], each.how["reason"]) for each in asked]


def _member(device: str) -> QueueMember:
    return QueueMember(
        f"PJSIP/{device}", DeviceId(device), None, DeviceState.IDLE, since=START - timedelta(days=1), dynamic=True
    )


async def test_a_shared_phone_is_paused_only_when_nobody_who_is_there_is_ready() -> None:
    office = Office()
    async with office.at_work():
        office.queue_is_told()
        office.presences.signed_in("anna")
        office.presences.signed_in("boris")
        assert await office.told() == []
        await office.presences.put(office.people[0], AgentState.NOT_READY, None, Source.EMPLOYEE)
        assert await office.told() == [("101", AgentRequest.NOT_READY, None)]
        await office.presences.put(office.people[1], AgentState.NOT_READY, None, Source.EMPLOYEE)
        assert await office.told() == [("109", AgentRequest.NOT_READY, None)]
        await office.presences.put(office.people[1], AgentState.READY, None, Source.EMPLOYEE)
        assert await office.told() == [("109", AgentRequest.READY, None)]
        assert (office.state("anna"), office.state("boris")) == (AgentState.NOT_READY, AgentState.READY)


async def test_a_call_at_a_shared_phone_makes_busy_the_only_one_who_is_there_and_of_two_nobody() -> None:
    office = Office()
    async with office.at_work():
        office.presences.signed_in("anna")
        office.phone("109", DeviceState.RINGING)
        assert (office.state("anna"), office.state("boris")) == (AgentState.BUSY, AgentState.OFFLINE)
        office.presences.signed_in("boris")
        assert (office.state("anna"), office.state("boris")) == (AgentState.BUSY, AgentState.READY)
        office.phone("109", DeviceState.IDLE)
        assert (office.state("anna"), office.state("boris")) == (AgentState.READY, AgentState.READY)
        office.phone("109", DeviceState.RINGING)
        assert (office.state("anna"), office.state("boris")) == (AgentState.READY, AgentState.READY)


async def test_whoever_signed_in_at_a_shared_phone_is_busy_with_its_calls() -> None:
    office = Office()
    async with office.at_work():
        office.presences.signed_in("anna")
        office.roster.replace(
            [employee("anna", "101", assigned=["101", "109"]), employee("boris", "102", "109", assigned=["102", "109"])]
        )
        office.presences.staff_changed({})
        office.phone("109", DeviceState.RINGING)
        assert (office.state("anna"), office.state("boris")) == (AgentState.READY, AgentState.BUSY)


async def test_whoever_signed_in_at_a_phone_is_there_without_a_screen() -> None:
    office = Office()
    async with office.at_work():
        assert office.state("boris") is AgentState.OFFLINE
        office.roster.replace(
            [employee("anna", "101", assigned=["101", "109"]), employee("boris", "102", "109", assigned=["102", "109"])]
        )
        office.presences.staff_changed({})
        assert office.state("boris") is AgentState.READY
        office.roster.replace(office.people)
        office.presences.staff_changed({})
        assert office.state("boris") is AgentState.OFFLINE


async def test_a_page_that_is_loaded_anew_is_no_leaving() -> None:
    office = Office()
    async with office.at_work():
        office.presences.signed_in("anna")
        office.presences.signed_out("anna")
        office.clock.passes(10)
        office.presences.tick()
        assert office.state("anna") is AgentState.READY
        office.presences.signed_in("anna")
        office.clock.passes(100)
        office.presences.tick()
        assert office.state("anna") is AgentState.READY
        office.presences.signed_out("anna")
        office.clock.passes(31)
        office.presences.tick()
        assert office.state("anna") is AgentState.OFFLINE


async def test_being_offline_is_told_only_if_the_company_wants_it() -> None:
    for rule, expected in ((WhenOffline.LEAVE, []), (WhenOffline.PAUSE, [("101", AgentRequest.NOT_READY, "Offline")])):
        office = Office(PresenceRules(when_offline=rule), people=[employee("anna", "101")])
        async with office.at_work():
            office.presences.signed_in("anna")
            office.queue_is_told()
            office.presences.signed_out("anna")
            office.clock.passes(31)
            office.presences.tick()
            assert await office.told() == expected
            office.presences.signed_in("anna")
            assert await office.told() == ([("101", AgentRequest.READY, None)] if expected else [])


async def test_what_a_pbx_is_owed_outlives_a_restart_of_ours() -> None:
    memory = FakeMemory()
    office = Office(memory=memory, people=[employee("anna", "101")])
    async with office.at_work():
        office.queue_is_told()
        office.pbx.link = LinkStatus(LinkState.DOWN, START)
        await office.presences.put(office.people[0], AgentState.NOT_READY, None, Source.EMPLOYEE)
        await office.presences.write()
    again = Office(memory=memory, people=[employee("anna", "101")])
    async with again.at_work():
        again.queue_is_told()
        assert again.state("anna") is AgentState.OFFLINE
        assert await again.told() == [("101", AgentRequest.NOT_READY, None)], "not: the PBX has it ready, so be it"


async def test_after_call_work_that_was_over_while_we_were_away_is_taken_away() -> None:
    office = Office(people=[employee("anna", "101")])
    office.members["101"] = replace(office.members["101"], paused=True, reason="After call")
    async with office.at_work():
        office.queue_is_told()
        assert await office.told() == [("101", AgentRequest.READY, None)]


async def test_what_one_queue_alone_paused_stays_so_over_after_call_work() -> None:
    office = Office(people=[employee("anna", "101", "109")])
    async with office.at_work():
        office.presences.signed_in("anna")
        office.queue_is_told()
        office.members["109"] = replace(office.members["109"], paused=True, reason="by a supervisor there")
        office.queue_is_told()
        assert office.state("anna") is AgentState.READY
        office.phone("101", DeviceState.BUSY)
        office.phone("101", DeviceState.IDLE)
        assert await office.told() == []


async def test_a_queue_that_is_gone_makes_nobody_not_ready() -> None:
    office = Office(people=[employee("anna", "101")])
    async with office.at_work():
        office.presences.signed_in("anna")
        office.queue_is_told()
        office.presences.hear([QueueStateChanged(OFFICE, START, "sales", None)])
        assert office.state("anna") is AgentState.READY


async def test_what_we_added_is_added_again_after_a_restart_of_the_pbx_and_not_after_somebody_took_it_away() -> None:
    office = Office(PresenceRules(memberships=(Membership("sales"),)), people=[employee("anna", "101")])
    office.members.clear()
    async with office.at_work():
        office.queue_is_told()
        office.phone("101", DeviceState.IDLE)
        office.presences.signed_in("anna")
        office.presences.pay()
        assert ("101", AgentRequest.LOGGED_ON, None) in await office.told()
        office.members["101"] = _member("101")
        office.queue_is_told()
        office.pbx.link = LinkStatus(LinkState.CONNECTING, START)
        office.members.clear()
        office.queue_is_told()
        assert office.state("anna") is AgentState.READY, "nobody took it away"
        office.pbx.link = LinkStatus(LinkState.UP, START)
        office.presences.pay()
        assert ("101", AgentRequest.LOGGED_ON, None) in await office.told()
        office.members["101"] = _member("101")
        office.queue_is_told()
        office.members.clear()
        office.queue_is_told()
        assert office.state("anna") is AgentState.NOT_READY
        office.presences.pay()
        assert await office.told() == []


async def test_a_membership_that_is_refused_is_not_asked_for_for_ever() -> None:
    office = Office(PresenceRules(memberships=(Membership("sales"),)), people=[employee("anna", "101")])
    office.members.clear()
    office.pbx.refusals[Service.SET_AGENT_STATE] = ServiceRefused("no")
    async with office.at_work():
        office.queue_is_told()
        office.phone("101", DeviceState.IDLE)
        office.presences.signed_in("anna")
        office.presences.pay()
        await office.told()
        office.pbx.refusals.clear()
        office.presences.pay()
        assert await office.told() == []


async def test_whoever_works_here_no_more_is_gone_and_nothing_of_them_is_kept() -> None:
    office = Office()
    async with office.at_work():
        office.presences.signed_in("boris")
        office.roster.replace(office.people[:1])
        office.presences.staff_changed({})
        assert [each.employee_id for each in office.presences.all()] == ["anna"]
        await office.presences.write()
        assert "boris" not in office.memory.kept


async def _boris_in_the_queue(office: Office) -> None:
    """He came, and we made his phone a member of `sales`."""
    office.members.clear()
    office.queue_is_told()
    office.phone("102", DeviceState.IDLE)
    office.presences.signed_in("boris")
    assert await office.told() == [("102", AgentRequest.LOGGED_ON, None)]
    office.members["102"] = _member("102")
    office.queue_is_told()


@pytest.mark.parametrize("disabled", [True, False])
async def test_whoever_works_here_no_more_is_taken_out_of_the_queues_that_we_put_them_in(disabled: bool) -> None:
    office = Office(PresenceRules(memberships=(Membership("sales"),)))
    anna, boris = office.people
    async with office.at_work():
        await _boris_in_the_queue(office)
        office.roster.replace([anna, replace(boris, disabled=True)] if disabled else [anna])
        office.presences.staff_changed({})
        assert await office.told() == [("102", AgentRequest.LOGGED_OFF, None)]
        office.presences.pay()
        assert await office.told() == []
        await office.presences.write()
        assert [each.employee_id for each in office.presences.all()] == ["anna"]
        if disabled:
            kept = office.memory.kept["boris"]
            assert (kept.added, kept.present) == (frozenset(), False)


async def test_a_pbx_that_was_away_is_told_of_the_dismissed_when_it_is_back() -> None:
    office = Office(PresenceRules(memberships=(Membership("sales"),)))
    anna, boris = office.people
    async with office.at_work():
        await _boris_in_the_queue(office)
        office.pbx.link = LinkStatus(LinkState.DOWN, START)
        office.roster.replace([anna])
        office.presences.staff_changed({})
        office.presences.pay()
        await office.told()
        office.pbx.link = LinkStatus(LinkState.UP, START)
        office.presences.pay()
        assert await office.told() == [("102", AgentRequest.LOGGED_OFF, None)]
        assert boris.employee_id not in office.memory.kept


@pytest.mark.parametrize("disabled", [True, False])
async def test_what_we_added_is_still_ours_to_take_out_after_a_restart_of_ours(disabled: bool) -> None:
    rules, memory = PresenceRules(memberships=(Membership("sales"),)), FakeMemory()
    office = Office(rules, memory)
    anna, boris = office.people
    async with office.at_work():
        await _boris_in_the_queue(office)
        if disabled:
            office.pbx.link = LinkStatus(LinkState.DOWN, START)
            boris = replace(boris, disabled=True)
            office.roster.replace([anna, boris])
            office.presences.staff_changed({})
            await office.told()
        await office.presences.write()
    again = Office(rules, memory, [anna, boris])
    again.members = {"102": _member("102")}
    async with again.at_work():
        again.presences.pay()
        assert await again.told() == [], "the PBX has not told of its queues yet"
        again.queue_is_told()
        again.phone("102", DeviceState.IDLE)
        again.clock.passes(31)
        again.presences.tick()
        again.presences.pay()
        assert ("102", AgentRequest.LOGGED_OFF, None) in await again.told()
        await again.presences.write()
        assert memory.kept["boris"].added == frozenset()


async def test_the_phone_of_the_dismissed_is_paused_like_that_of_whoever_is_offline_if_nobody_else_has_it() -> None:
    office = Office(PresenceRules(when_offline=WhenOffline.PAUSE))
    anna, boris = office.people
    office.members["102"] = _member("102")
    async with office.at_work():
        office.queue_is_told()
        office.presences.signed_in("anna")
        office.presences.signed_in("boris")
        await office.told()
        office.roster.replace([anna, replace(boris, disabled=True)])
        office.presences.staff_changed({})
        assert await office.told() == [("102", AgentRequest.NOT_READY, "Offline")]
        office.roster.replace([anna, employee("clara", "102")])
        office.presences.staff_changed({})
        office.presences.signed_in("clara")
        assert await office.told() == [("102", AgentRequest.READY, None)]
