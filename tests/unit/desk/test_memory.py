"""What the desk remembers, on both databases: preferences, choices, callers whom nobody answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.test_contact_store import employ

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.choices import CallerChoices
from ringcard.desk.memory import DeskMemory
from ringcard.desk.missed import Handled, Handling, MissedCaller
from ringcard.desk.preferences import AllPreferences, PopWhen, Preferences
from ringcard.pbx.connector import PhoneWords
from ringcard.people.tables import employees
from ringcard.storage import writing

AT = datetime(2026, 11, 23, 9, 0, 0, 123_000, tzinfo=UTC)
NUMBER, OTHER = "+74959195557", "+79161234567"
LOUD = Preferences(
    PopWhen.QUIET,
    ring_sound=True,
    notify=True,
    missed_mail=True,
    mail_address="anna@office.example",
    auto_answer=True,
)
MISSED = MissedCaller(
    missed_id="m1",
    number=NUMBER,
    name="Мария «О'Хара» 🙂",
    times=3,
    first_at=AT,
    last_at=AT + timedelta(minutes=5),
    queue="продажи",
    devices=(DeviceId("101"), DeviceId("102")),
    calls=(CallId("c1"), CallId("c2")),
)


@pytest.fixture
async def memory(store_engine: AsyncEngine) -> DeskMemory:
    for employee_id in ("e1", "e2"):
        await employ(store_engine, employee_id, employee_id)
    return DeskMemory(store_engine, clock=lambda: AT)


async def leaves(store_engine: AsyncEngine, employee_id: str) -> None:
    async with writing(store_engine) as connection:
        await connection.execute(delete(employees).where(employees.c.employee_id == employee_id))


class TestWhatPhonesSaid:
    async def test_the_last_word_of_each_counts(self, memory: DeskMemory) -> None:
        office, shop = PbxId("office"), PbxId("shop")
        first = PhoneWords(DeviceId("101"), frozenset({"talk", "hold"}), "Yealink SIP-T46S 66.84")
        last = PhoneWords(DeviceId("101"), frozenset(), "Phone \u0416")
        other = PhoneWords(DeviceId("102"), frozenset({"talk"}), "")
        await memory.keep_phone(office, first)
        await memory.keep_phone(office, other)
        await memory.keep_phone(shop, first)
        await memory.keep_phone(office, last)
        assert sorted(await memory.phones(office), key=lambda words: words.device) == [last, other]
        assert await memory.phones(shop) == [first]

    async def test_a_phone_that_talks_nonsense_is_kept_as_far_as_it_can_be(self, memory: DeskMemory) -> None:
        await memory.keep_phone(PbxId("office"), PhoneWords(DeviceId("101"), frozenset({"talk"}), "x\0" * 1_000))
        [words] = await memory.phones(PbxId("office"))
        assert words.user_agent.startswith("xx")


class TestPreferences:
    async def test_they_come_back_as_they_were_chosen_last(self, memory: DeskMemory) -> None:
        await memory.keep_preferences("e1", replace(LOUD, pop_when=PopWhen.ON_ANSWER))
        await memory.keep_preferences("e1", LOUD)
        await memory.keep_preferences("e2", Preferences())
        assert await memory.preferences() == {"e1": LOUD, "e2": Preferences()}
        again = AllPreferences(memory)
        await again.load()
        assert (again.of("e1"), again.of("nobody")) == (LOUD, Preferences())

    async def test_they_go_with_whoever_leaves(self, memory: DeskMemory, store_engine: AsyncEngine) -> None:
        await memory.keep_preferences("e1", LOUD)
        await leaves(store_engine, "e1")
        assert await memory.preferences() == {}


class TestChoices:
    async def test_the_last_one_counts_and_none_takes_it_back(self, memory: DeskMemory) -> None:
        choices = CallerChoices(memory)
        await choices.choose(NUMBER, "c1", "e1")
        await choices.choose(NUMBER, "odoo:" + "7" * 195, "e2")
        await choices.choose(OTHER, "c2", "e1")
        await choices.choose(OTHER, None, "e1")
        again = CallerChoices(memory)
        await again.load()
        assert (again.chosen(NUMBER), again.chosen(OTHER)) == ("odoo:" + "7" * 195, None)

    async def test_those_of_a_number_or_of_a_card_are_forgotten(self, memory: DeskMemory) -> None:
        choices = CallerChoices(memory)
        for number, contact_id in ((NUMBER, "c1"), (OTHER, "c2"), ("+74950000001", "c3")):
            await choices.choose(number, contact_id, "e1")
        await choices.forget([NUMBER], {"c2"})
        assert [choices.chosen(each) for each in (NUMBER, OTHER)] == [None, None]
        assert await memory.choices() == {"+74950000001": "c3"}

    async def test_they_outlive_whoever_made_them(self, memory: DeskMemory, store_engine: AsyncEngine) -> None:
        await CallerChoices(memory).choose(NUMBER, "c1", "e1")
        await leaves(store_engine, "e1")
        assert await memory.choices() == {NUMBER: "c1"}


class TestMissed:
    async def test_they_come_back_as_they_were(self, memory: DeskMemory) -> None:
        done = replace(
            MISSED,
            missed_id="m2",
            number=OTHER,
            name=None,
            queue=None,
            handling=Handling(Handled.TALKED, AT, "e1", CallId("c9")),
        )
        await memory.keep_missed([MISSED, done])
        assert {each.number: each for each in await memory.missed()} == {NUMBER: MISSED, OTHER: done}
        later = replace(MISSED, times=4, handling=Handling(Handled.DONE, AT, "e2"))
        await memory.keep_missed([later], gone=[OTHER])
        assert await memory.missed() == [later]

    async def test_a_name_longer_than_its_column_is_cut(self, memory: DeskMemory) -> None:
        await memory.keep_missed([replace(MISSED, name="ы" * 999, queue="q" * 999)])
        (kept,) = await memory.missed()
        assert (kept.name, kept.queue) == ("ы" * 200, "q" * 200)

    async def test_who_dealt_with_it_may_leave(self, memory: DeskMemory, store_engine: AsyncEngine) -> None:
        await memory.keep_missed([replace(MISSED, handling=Handling(Handled.DONE, AT, "e1"))])
        await leaves(store_engine, "e1")
        (kept,) = await memory.missed()
        assert kept.handling == Handling(Handled.DONE, AT, None)
