"""Signing in by a code that is dialled at a phone: who sits there then, and how far guessing gets."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import DeviceId
from ringcard.people.audit import Audit
from ringcard.people.codes import MISSES_PER_DEVICE, MISSES_TOGETHER, WINDOW_S, SignInByCode
from ringcard.people.model import DeviceTaken, NoSuchEmployee
from ringcard.people.seats import How, Seats
from ringcard.people.signin import TooManyAttempts
from ringcard.people.store import EmployeeStore

PBX = "192.0.2.10"
DEVICE = DeviceId("105")


class Office:
    """The rooms, a clock that stands still until it is told, and how often somebody was told of a change."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.people, self.seats, self.audit = EmployeeStore(engine), Seats(engine), Audit(engine)
        self.now_s = 0.0
        self.changes = 0
        self.codes = SignInByCode(self.people, self.seats, self.audit, self.changed, timer=lambda: self.now_s)

    async def changed(self) -> None:
        self.changes += 1

    async def misses(self, times: int, device: str = DEVICE) -> None:
        for _ in range(times):
            with pytest.raises(NoSuchEmployee):
                await self.codes.sign_in(DeviceId(device), "9999", PBX)

    async def trail(self) -> list[str]:
        return [entry.action for entry in (await self.audit.page()).items][::-1]


@pytest.fixture
async def office(store_engine: AsyncEngine) -> Office:
    here = Office(store_engine)
    await here.people.add("anna", "Anna", sign_in_code="1234")
    await here.people.add("boris", "Boris", devices=["102"], sign_in_code="5678")
    return here


async def test_whoever_dials_the_code_answers_at_the_phone(office: Office) -> None:
    anna = await office.codes.sign_in(DEVICE, "1234", PBX)
    [seat] = await office.seats.signed_in()
    assert (seat.device, seat.employee_id, seat.how) == (DEVICE, anna.employee_id, How.CODE)
    assert office.changes == 1
    [entry] = (await office.audit.page()).items
    assert (entry.action, entry.object_id, entry.by.name, entry.by.address) == ("device.signed_in", "105", "Anna", PBX)
    assert "1234" not in str(entry)


async def test_the_next_one_takes_the_phone_over_and_signing_out_leaves_it_empty(office: Office) -> None:
    anna = await office.codes.sign_in(DEVICE, "1234", PBX)
    boris = await office.codes.sign_in(DEVICE, "5678", PBX)
    [seat] = await office.seats.signed_in()
    assert seat.employee_id == boris.employee_id != anna.employee_id
    assert await office.codes.sign_out(DEVICE, PBX) == boris.employee_id
    assert await office.seats.signed_in() == []
    assert await office.codes.sign_out(DEVICE, PBX) is None
    assert await office.trail() == ["device.signed_in", "device.signed_in", "device.signed_out"]


async def test_at_one_others_own_phone_nobody_signs_in(office: Office) -> None:
    with pytest.raises(DeviceTaken):
        await office.codes.sign_in(DeviceId("102"), "1234", PBX)
    assert await office.seats.signed_in() == []


async def test_a_disabled_employees_code_is_nobodys(office: Office) -> None:
    anna = await office.people.with_login("anna")
    await office.people.change(
        anna.employee_id, anna.version, name="Anna", role="employee", devices=[], language=None,
        sign_in_code="1234", disabled=True,
    )  # fmt: skip
    with pytest.raises(NoSuchEmployee):
        await office.codes.sign_in(DEVICE, "1234", PBX)


async def test_a_phone_is_locked_after_some_misses_and_opens_again_in_time(office: Office) -> None:
    await office.misses(MISSES_PER_DEVICE)
    with pytest.raises(TooManyAttempts):
        await office.codes.sign_in(DEVICE, "1234", PBX)
    assert await office.seats.signed_in() == []
    await office.codes.sign_in(DeviceId("106"), "1234", PBX)  # another phone is not locked
    office.now_s = WINDOW_S + 1
    await office.codes.sign_in(DEVICE, "1234", PBX)
    entries = (await office.audit.page(action="device.code_refused")).items
    assert [entry.after for entry in entries] == [{"locked": True}] + [{"locked": False}] * (MISSES_PER_DEVICE - 1)
    assert "9999" not in str(entries)


async def test_guessing_from_many_phones_is_stopped_too(office: Office) -> None:
    for place in range(MISSES_TOGETHER):
        await office.misses(1, f"2{place:02}")
    with pytest.raises(TooManyAttempts):
        await office.codes.sign_in(DEVICE, "1234", PBX)


async def test_those_who_sign_in_rightly_lock_nobody(office: Office) -> None:
    for place in range(MISSES_TOGETHER + 5):
        await office.codes.sign_in(DeviceId(f"3{place:02}"), "1234", PBX)
