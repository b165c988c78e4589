"""Several people and several tabs look at the same calls, and the server dies in between."""

from __future__ import annotations

import pytest
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, RING_GROUP, Office
from playwright.async_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_when_one_of_a_ring_group_answers_the_others_are_told_who(office: Office, lab22: Lab) -> None:
    anna, boris, vera = [await office.employee(login) for login in ("anna", "boris", "vera")]
    customer = lab22.caller(CUSTOMER)

    await customer.dials(RING_GROUP)
    for screen, device in ((anna, "101"), (boris, "102"), (vera, "103")):
        await lab22.phone(device).rings()
        await expect(screen.title).to_have_text(CUSTOMER_NAME)
        await expect(screen.card).to_contain_text("Ringing")

    await lab22.phone("102").answers()
    await customer.talks()
    await expect(boris.card).to_contain_text("Talking")
    for screen in (anna, vera):
        await expect(screen.card).to_contain_text("Boris Lebedev answered")
    for screen in (anna, vera):
        await expect(screen.tiles).to_have_count(0)  # and shortly after they are out of the way
    await expect(boris.tiles).to_have_count(1)

    await customer.hangs_up()
    await expect(boris.card).to_contain_text("Ended")
    call = await boris.newest_call(ended=True)
    assert call["disposition"] == "answered"
    assert call["employees"]["102"] == "Boris Lebedev"


async def test_tabs_of_one_employee_show_one_pop_each_and_the_same(office: Office, lab22: Lab) -> None:
    first = await office.employee("anna")
    second = await office.another_tab(first)
    elsewhere = await office.employee("anna", language="ru-RU")
    tabs = (first, second, elsewhere)
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")

    await customer.dials(DIRECT_101)
    await phone.rings()
    for tab in tabs:
        await expect(tab.title).to_have_text(CUSTOMER_NAME)
        await expect(tab.tiles).to_have_count(1)
    await phone.answers()
    await customer.talks()
    await expect(first.card).to_contain_text("Talking")
    await expect(second.card).to_contain_text("Talking")
    await expect(elsewhere.card).to_contain_text("Разговор")

    third = await office.another_tab(elsewhere)  # opened in mid-call
    await expect(third.title).to_have_text(CUSTOMER_NAME)
    pops = {await tab.tiles.get_attribute("data-pop") for tab in (*tabs, third)}
    await customer.hangs_up()
    for tab in (first, second):
        await expect(tab.card).to_contain_text("Ended")

    assert len(pops) == 1


async def test_a_server_that_is_killed_in_mid_call_goes_on_where_it_was(office: Office, lab22: Lab) -> None:
    anna = await office.employee("anna")
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    await phone.answers()
    await customer.talks()
    await expect(anna.card).to_contain_text("Talking")
    before = await anna.newest_call()

    office.server.kill()
    await expect(anna.page.get_by_text("No connection to the server").first).to_be_visible()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)  # what was so is still there to be read
    await office.server.start()
    await expect(anna.page.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(anna.tiles).to_have_count(1)
    await expect(anna.card).to_contain_text("Talking")
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    anna.complaints.clear()  # chromium itself says on the console that a socket could not be opened

    await customer.hangs_up()
    await expect(anna.card).to_contain_text("Ended")
    after = await anna.newest_call(ended=True)
    assert after["call_id"] == before["call_id"]
    assert after["disposition"] == "answered"
    assert after["ended_at"] > after["answered_at"]
    assert len(await anna.calls()) == 1


async def test_a_call_that_ended_while_the_server_was_dead_is_over_when_it_comes_back(
    office: Office, lab22: Lab
) -> None:
    anna = await office.employee("anna")
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await phone.answers()
    await customer.talks()
    await expect(anna.card).to_contain_text("Talking")

    office.server.kill()
    await customer.hangs_up()
    await lab22.is_quiet()
    await office.server.start()
    await expect(anna.page.get_by_text("Connected", exact=True)).to_be_visible()
    anna.complaints.clear()
    call = await anna.newest_call(ended=True)
    await expect(anna.tiles.filter(has_text="Talking")).to_have_count(0)

    assert len(await anna.calls()) == 1
    assert call["answered_at"] is not None
    assert call["complete"] is False


async def test_a_call_answered_while_the_server_was_dead_is_talked_when_it_comes_back(
    office: Office, lab22: Lab
) -> None:
    anna = await office.employee("anna")
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(anna.card).to_contain_text("Ringing")

    office.server.kill()
    await phone.answers()
    await customer.talks()
    await office.server.start()
    await expect(anna.card).to_contain_text("Talking")
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    await expect(anna.tiles).to_have_count(1)
    anna.complaints.clear()
    await customer.hangs_up()
    await expect(anna.card).to_contain_text("Ended")
