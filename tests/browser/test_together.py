"""Calls that several have to do with, on real phones: asked first, dragged, parked, picked up, listened to.

One ringcard for all stories: each ends its calls.
"""

from __future__ import annotations

import asyncio

import pytest
from handling import NOTE, can, hands_over, talking
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_102, Office, Screen
from playwright.async_api import Locator, expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def asking(screen: Screen) -> Locator:
    return screen.card.get_by_role("region", name="Asking first")


def party(screen: Screen, name: str) -> Locator:
    """One of the two in the consultation's panel."""
    return asking(screen).locator("div").filter(has=screen.page.get_by_text(name, exact=True)).last


def colleague(screen: Screen, name: str) -> Locator:
    """Their line in the panel."""
    return screen.page.locator("li[data-state]").filter(has_text=name)


async def test_asked_first_sides_are_changed_and_all_three_are_joined(driven: Office, lab22: Lab) -> None:
    anna = await driven.employee("anna")
    customer, phone = await talking(anna, lab22)
    boris = lab22.phone("102")
    await hands_over(anna, "Ask first")
    await boris.rings()
    await boris.answers()
    await expect(party(anna, "Boris Lebedev")).to_contain_text("talking with you")
    await expect(party(anna, CUSTOMER_NAME)).to_contain_text("waits on hold")

    for key, customers, colleagues in (("a", "talking with you", "waits"), ("a", "waits on hold", "talking with you")):
        await can(anna, "Switch")
        await anna.page.keyboard.press(key)
        await expect(party(anna, CUSTOMER_NAME)).to_contain_text(customers)
        await expect(party(anna, "Boris Lebedev")).to_contain_text(colleagues)

    await can(anna, "Join all three")
    await anna.page.keyboard.press("j")
    await expect(asking(anna)).to_have_count(0)
    await expect(anna.card).to_contain_text("Talking")
    for each in (customer, phone, boris):
        await each.talks()
    await phone.hangs_up()
    await customer.talks()
    await boris.talks()
    await customer.hangs_up()
    call = await anna.newest_call(ended=True)
    assert call["conference"]


async def test_a_call_is_dragged_onto_a_colleague_or_sent_there_by_the_keyboard(driven: Office, lab22: Lab) -> None:
    anna, boris = await driven.employee("anna"), await driven.employee("boris")
    customer, phone = await talking(anna, lab22)
    sheet = anna.page.get_by_role("dialog", name=f"Hand over: {CUSTOMER_NAME}")

    await colleague(anna, "Boris Lebedev").get_by_role("button", name="Hand over to Boris Lebedev").focus()
    await anna.page.keyboard.press("Enter")
    await expect(sheet).to_contain_text("Boris Lebedev")
    await anna.page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)

    await anna.tiles.first.drag_to(colleague(anna, "Boris Lebedev"))
    await expect(sheet).to_contain_text("Boris Lebedev")
    await expect(sheet.get_by_label("What it is about")).to_be_focused()
    await anna.page.keyboard.type(NOTE)
    await sheet.get_by_text("At once", exact=True).click()
    await anna.page.keyboard.press("Control+Enter")
    await lab22.phone("102").rings()
    await expect(boris.card.get_by_role("region", name="Handed over to you")).to_contain_text(NOTE)
    await lab22.phone("102").answers()
    await customer.talks()
    await phone.is_idle()
    await expect(anna.card).to_contain_text("Boris Lebedev has the call")
    await customer.hangs_up()


async def test_who_parks_is_told_where_and_fetches_by_a_click(driven: Office, lab22: Lab) -> None:
    anna = await driven.employee("anna")
    customer, phone = await talking(anna, lab22)
    await can(anna, "Park")
    await anna.card.get_by_role("button", name="Park").click()
    parked = anna.card.get_by_role("status", name="Parked")
    await expect(parked).to_contain_text("Parked at 70")
    await expect(parked).to_contain_text("on any phone to get the caller back")
    await phone.is_idle()
    await anna.opens()
    await expect(parked).to_contain_text("Parked at 70")
    await parked.get_by_role("button", name="Fetch").click()
    await phone.rings()
    await phone.answers()
    await customer.talks()
    await phone.talks()
    await expect(parked).to_have_count(0)
    await customer.hangs_up()


async def test_a_colleagues_ringing_call_is_picked_up_and_of_two_one_has_it(driven: Office, lab22: Lab) -> None:
    anna, vera = await driven.employee("anna"), await driven.employee("vera")
    customer = lab22.caller(CUSTOMER)
    await customer.dials(DIRECT_102)
    await lab22.phone("102").rings()
    button = "Pick up what rings at Boris Lebedev"
    for screen in (anna, vera):
        # What they see is that it rings: neither the caller nor a card.
        await expect(screen.tiles.filter(has_text="Ringing")).to_have_count(0)
        await expect(colleague(screen, "Boris Lebedev")).to_contain_text("ringing")
    await asyncio.gather(*(screen.page.get_by_role("button", name=button).click() for screen in (anna, vera)))
    phones = {"anna": lab22.phone("101"), "vera": lab22.phone("103")}
    await asyncio.gather(*(phone.rings() for phone in phones.values()))
    await phones["anna"].answers()
    told = vera.page.get_by_text("Picking up did not work: somebody else has answered it.")
    await expect(told).to_be_visible()
    # Her phone does not go on ringing for what a colleague has.
    await phones["vera"].is_idle()
    await customer.talks()
    await phones["anna"].talks()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    await expect(anna.card).to_contain_text("Talking")
    await lab22.phone("102").is_idle()
    await customer.hangs_up()
    call = await anna.newest_call(ended=True)
    assert [(each["kind"], each["to"]) for each in call["transfers"]] == [("pickup", "101")]


async def test_a_supervisor_listens_whispers_and_joins(driven: Office, lab22: Lab) -> None:
    anna, galina = await driven.employee("anna"), await driven.employee("galina")
    customer, phone = await talking(anna, lab22)
    listener = lab22.phone("110")
    await galina.page.get_by_role("navigation").get_by_role("link", name="Calls").click()
    await galina.page.get_by_role("button", name=CUSTOMER_NAME).first.click()
    panel = galina.page.get_by_role("group", name="A colleague’s call")
    for verb in ("Listen", "Whisper", "Join"):
        await panel.get_by_role("button", name=verb, exact=True).click()
        await listener.rings()
        await listener.answers()
        await listener.talks()
        await expect(galina.page.get_by_text("You are in the call.").last).to_be_visible()
        await listener.hangs_up()
        await customer.talks()
        await phone.talks()
    trail = (await galina.says("/audit"))["items"]
    assert [each["after"]["mode"] for each in trail if each["action"] == "call.monitored"] == [
        "active",
        "coach",
        "silent",
    ]
    await customer.hangs_up()
    await anna.newest_call(ended=True)


async def test_a_browser_that_is_closed_in_the_middle_leaves_nobody_alone(driven: Office, lab22: Lab) -> None:
    anna = await driven.employee("anna")
    customer, phone = await talking(anna, lab22)
    boris = lab22.phone("102")
    await hands_over(anna, "Ask first")
    await boris.rings()
    await anna.page.context.close()
    driven.contexts.remove(anna.page.context)
    await boris.answers()
    await boris.talks()

    elsewhere = await driven.employee("anna")
    await expect(elsewhere.title).to_have_text(CUSTOMER_NAME)
    await expect(party(elsewhere, "Boris Lebedev")).to_contain_text("talking with you")
    await expect(party(elsewhere, CUSTOMER_NAME)).to_contain_text("waits on hold")
    await boris.hangs_up()
    await expect(asking(elsewhere)).to_have_count(0)
    await customer.talks()
    await phone.talks()
    await expect(elsewhere.card).to_contain_text("Talking")
    await customer.hangs_up()
    await elsewhere.newest_call(ended=True)


async def test_handed_to_a_phone_that_forwards_back_the_customer_is_with_the_sender(driven: Office, lab22: Lab) -> None:
    anna = await driven.employee("anna")
    customer, phone = await talking(anna, lab22)
    boris = lab22.phone("102")
    await hands_over(anna, "At once")
    await boris.rings()
    await boris.forwards_to("101")
    await phone.rings()
    await expect(anna.card).to_contain_text("Ringing")
    await phone.answers()
    await customer.talks()
    await expect(anna.card).to_contain_text("Talking")
    await expect(anna.card).not_to_contain_text("Boris Lebedev has the call")
    await customer.hangs_up()
    await anna.newest_call(ended=True)


async def test_a_pbx_that_restarts_while_a_colleague_is_asked_ends_it_on_the_screen_and_goes_on(
    driven: Office, lab22: Lab
) -> None:
    anna = await driven.employee("anna")
    await talking(anna, lab22)
    await hands_over(anna, "Ask first")
    await lab22.phone("102").rings()
    await expect(asking(anna)).to_contain_text("Boris Lebedev")
    await asyncio.to_thread(lab22.asterisk.restart)
    await lab22.recovers_from_restart()
    await expect(asking(anna)).to_have_count(0, timeout=30_000)
    await expect(anna.card).to_contain_text("Ended")
    broken_off = await anna.newest_call(ended=True)
    assert any(row["device"] == "101" and row["outcome"] == "answered" for row in broken_off["devices"])
    await expect(anna.page.get_by_role("banner")).to_contain_text("Connected")
    customer, _phone = await talking(anna, lab22)
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    await customer.hangs_up()
    call = await anna.newest_call(ended=True)
    assert call["complete"]
