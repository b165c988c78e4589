"""The lab's phones do what a scenario says: each verb of the vocabulary, on both channel drivers."""

from __future__ import annotations

import pytest
from lab.asterisk import LabError
from lab.system import Lab

from ringcard.testing.scenarios import ami

pytestmark = pytest.mark.lab


async def test_a_call_rings_shows_the_caller_and_is_talked(each_lab: Lab) -> None:
    caller, alice = each_lab.caller("+74959195557"), each_lab.phone("101")
    await caller.dials("4951110101")
    await alice.rings()
    assert "+74959195557" in alice.caller_seen
    await alice.answers()
    await caller.talks()
    await alice.talks()
    await caller.hangs_up()
    await alice.is_idle()
    await each_lab.is_quiet()


async def test_a_withheld_number_is_not_shown(each_lab: Lab) -> None:
    caller, alice = each_lab.caller("+74951112233", withheld=True), each_lab.phone("101")
    await caller.dials("4951110101")
    await alice.rings()
    assert "4951112233" not in alice.caller_seen
    await caller.hangs_up()
    await each_lab.is_quiet()


async def test_hold_is_seen_by_asterisk_and_ends(each_lab: Lab) -> None:
    caller, alice = each_lab.caller(), each_lab.phone("101")
    await caller.dials("4951110101")
    await alice.rings()
    await alice.answers()
    await alice.talks()
    await alice.holds()
    with pytest.raises(LabError, match="no held call"):
        await caller.retrieves()
    await alice.retrieves()
    await alice.hangs_up()
    await caller.is_idle()
    await each_lab.is_quiet()


async def test_refused_forwarded_and_busy_calls_do_not_talk(each_lab: Lab) -> None:
    caller, alice, erin = each_lab.caller(), each_lab.phone("101"), each_lab.phone("105")
    for busy in (False, True):
        await caller.dials("4951110101")
        await alice.rings()
        await alice.rejects(busy=busy)
        await caller.is_idle()
    await alice.refuses_calls()
    await caller.dials("4951110101")
    await caller.is_idle()
    await alice.refuses_calls(False)
    await caller.dials("4951110101")
    await alice.rings()
    await alice.forwards_to("105")
    await erin.rings()
    await caller.hangs_up()
    await erin.is_idle()
    await each_lab.is_quiet()


async def test_a_blind_transfer_reaches_the_other_phone(each_lab: Lab) -> None:
    caller, alice, bob = each_lab.caller(), each_lab.phone("101"), each_lab.phone("102")
    await caller.dials("4951110101")
    await alice.rings()
    await alice.answers()
    await alice.talks()
    await alice.transfers_to("102")
    await alice.is_idle()
    await bob.rings()
    await bob.answers()
    await bob.talks()
    await bob.hangs_up()
    await caller.is_idle()
    await each_lab.is_quiet()


async def test_an_attended_transfer_joins_the_two_others(each_lab: Lab) -> None:
    caller, alice, bob = each_lab.caller(), each_lab.phone("101"), each_lab.phone("102")
    await caller.dials("4951110101")
    await alice.rings()
    await alice.answers()
    await alice.talks()
    await alice.holds()
    await alice.dials("102")
    await bob.rings()
    await bob.answers()
    await alice.talks()
    await alice.completes_transfer()
    await alice.is_idle()
    await caller.hangs_up()
    await bob.is_idle()
    await each_lab.is_quiet()


async def test_pressed_keys_arrive(each_lab: Lab) -> None:
    alice, customer = each_lab.phone("101"), each_lab.outsider("84957654321")
    await alice.dials("84957654321")
    await customer.rings()
    await customer.answers()
    await alice.talks()
    await customer.presses("159")
    await alice.hears("159")
    await alice.hangs_up()
    await customer.is_idle()
    await each_lab.is_quiet()


async def test_the_company_reaches_the_outside_with_its_own_number(each_lab: Lab) -> None:
    alice, customer = each_lab.phone("101"), each_lab.outsider("84957654321")
    await alice.dials("84957654321")
    await customer.rings()
    assert "4951110000" in customer.caller_seen
    await alice.hangs_up()
    await customer.is_idle()
    await each_lab.is_quiet()


async def test_a_phone_that_loses_power_is_missed_and_comes_back(each_lab: Lab) -> None:
    frank = each_lab.phone("106")
    await frank.loses_power()
    await frank.registers()
    caller = each_lab.caller()
    await caller.dials("4951110106")
    await frank.rings()
    await caller.hangs_up()
    await frank.is_idle()
    await each_lab.is_quiet()


async def test_a_queue_knows_its_two_members(each_lab: Lab) -> None:
    async with ami.session(each_lab.ami) as session:
        status = await session.list("QueueStatus", Queue="sales")
    members = {message["Location"] for message in status if message.get("Event") == "QueueMember"}
    assert members == {f"{each_lab.technology}/101", f"{each_lab.technology}/102"}
