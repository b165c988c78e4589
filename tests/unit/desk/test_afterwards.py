"""Who is shown a missed caller, and who no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.contacts.model import Contact, ContactId
from ringcard.desk.afterwards import Afterwards
from ringcard.desk.choices import CallerChoices
from ringcard.desk.memory import DeskMemory
from ringcard.desk.missed import Handled, MissedCaller
from ringcard.desk.owners import Owners
from ringcard.desk.ports import MissedView
from ringcard.desk.preferences import AllPreferences
from ringcard.desk.staff import Roster
from ringcard.people.model import Employee

from .fakes import START, FakeClock

MISSED = MissedCaller("m1", "+74959195557", None, 1, START, START, None, (DeviceId("101"),), (CallId("c1"),))


class NoCards:
    async def with_number(self, number: str) -> list[Contact]:
        return []

    async def resembling(self, number: str) -> list[Contact]:
        return []

    async def with_ids(self, contact_ids: Iterable[ContactId]) -> list[Contact]:
        return []

    async def close(self) -> None: ...


class FakeMissedScreens:
    """Writes down who is to see it, and from whom it goes and who still sees it."""

    def __init__(self) -> None:
        self.shown: list[frozenset[str]] = []
        self.hidden: list[tuple[MissedView, frozenset[str]]] = []

    def show_missed(self, missed: MissedView) -> None:
        self.shown.append(missed.concerns)

    def hide_missed(self, gone: MissedView, concerns: Collection[str]) -> None:
        self.hidden.append((gone, frozenset(concerns)))


@pytest.fixture
def screens() -> FakeMissedScreens:
    return FakeMissedScreens()


@pytest.fixture
async def afterwards(store_engine: AsyncEngine, screens: FakeMissedScreens) -> Afterwards:
    """Anna's phone rang; Boris's and Clara's did not."""
    memory = DeskMemory(store_engine)
    await memory.keep_missed([MISSED])
    people = [
        Employee(name, name, name.title(), "employee", (DeviceId(device),))
        for name, device in (("anna", "101"), ("boris", "102"), ("clara", "103"))
    ]
    owners = Owners(NoCards(), CallerChoices(memory))
    made = Afterwards(memory, Roster(people), AllPreferences(memory), owners, clock=FakeClock().now)
    await made.load()
    made.screens = screens
    return made


async def test_given_on_it_goes_from_whoever_sees_it_no_more_as_they_saw_it(
    afterwards: Afterwards, screens: FakeMissedScreens
) -> None:
    afterwards.assign("m1", "boris")
    assert screens.hidden == [], "Anna's phone rang: it stays hers"
    afterwards.assign("m1", "clara")
    assert screens.shown == [{"anna", "boris"}, {"anna", "clara"}]
    ((gone, concerns),) = screens.hidden
    assert gone.concerns == {"anna", "boris"}
    assert concerns == {"anna", "clara"}
    assert gone.assignee is not None
    assert gone.assignee.employee_id == "boris"
    assert gone.caller.handling is not None
    assert (gone.caller.handling.how, gone.caller.handling.employee_id) == (Handled.DONE, None)
    assert replace(gone.caller, handling=None) == replace(MISSED, assignee_id="boris")


async def test_given_back_to_whoever_comes_first_it_goes_from_who_had_it(
    afterwards: Afterwards, screens: FakeMissedScreens
) -> None:
    afterwards.assign("m1", "clara")
    view = afterwards.assign("m1", None)
    assert view is not None
    assert view.concerns == {"anna"}
    assert view.caller.handling is None
    assert [concerns for _, concerns in screens.hidden] == [{"anna"}]


async def test_what_is_done_or_stays_with_the_same_goes_from_nobody(
    afterwards: Afterwards, screens: FakeMissedScreens
) -> None:
    afterwards.assign("m1", "boris")
    afterwards.assign("m1", "boris")
    afterwards.done("m1", "boris")
    afterwards.assign("m1", "clara")
    assert afterwards.assign("unknown", "clara") is None
    assert screens.hidden == [], "whoever had it was told that it is done"
