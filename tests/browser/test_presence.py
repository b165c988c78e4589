"""Who is there: one's own state in the top bar and the queues of a real Asterisk, each seen by the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, LOOK_EVERY_S, Office, Screen
from playwright.async_api import Locator, expect

from ringcard.testing.scenarios import ami

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUEUE = "4951110500"


def own_state(screen: Screen) -> Locator:
    return screen.page.get_by_role("banner").get_by_role("button", name="My state")


async def paused(lab: Lab, device: str, reason: str | None) -> None:
    """Wait until the queue has it so; None: not paused."""
    async with asyncio.timeout(10):
        while True:
            async with ami.session(lab.ami) as opened:
                items = await opened.list("QueueStatus", Queue="sales")
            member = next(each for each in items if each.get("Location") == f"{lab.technology}/{device}")
            if (member["PausedReason"] if member["Paused"] == "1" else None) == reason:
                return
            await asyncio.sleep(LOOK_EVERY_S)


async def pauses(lab: Lab, device: str, on: bool, reason: str = "") -> None:
    interface = f"{lab.technology}/{device}"
    await ami.act(lab, "QueuePause", Interface=interface, Paused=str(on).lower(), Reason=reason)


@pytest_asyncio.fixture(loop_scope="session")
async def nobody_pauses(driven: Office, lab22: Lab) -> AsyncIterator[Office]:
    """Whatever a test did: the next finds a queue whose members take calls."""
    yield driven
    await pauses(lab22, "101", False)


async def test_not_ready_on_the_screen_pauses_at_the_pbx_and_a_pause_there_is_seen(
    nobody_pauses: Office, lab22: Lab
) -> None:
    anna, boris = await nobody_pauses.employee("anna"), await nobody_pauses.employee("boris")
    reason = (await anna.says("/presence/reasons"))["items"][0]
    line = boris.page.locator("li[data-state]").filter(has_text="Anna Sokolova")
    await expect(own_state(anna)).to_contain_text("Ready")

    await anna.page.keyboard.press("p")
    await expect(anna.page.get_by_role("button", name=reason)).to_be_visible()
    await anna.page.keyboard.press("ArrowDown")
    await anna.page.keyboard.press("Enter")
    await expect(own_state(anna)).to_contain_text(reason)
    await paused(lab22, "101", reason)
    await expect(line).to_contain_text(f"{reason} · free")

    # Taken back at the phone, and paused there by a code of the dialplan.
    await pauses(lab22, "101", False)
    await expect(own_state(anna)).to_contain_text("Ready")
    await expect(line).not_to_contain_text(reason)
    await pauses(lab22, "101", True, "star 46")
    await expect(own_state(anna)).to_contain_text("star 46")
    await expect(line).to_contain_text("star 46 · free")

    await anna.page.keyboard.press("/")
    await anna.page.keyboard.type("i am ready")
    await anna.page.keyboard.press("Enter")
    await expect(own_state(anna)).to_contain_text("Ready")
    await paused(lab22, "101", None)


async def test_who_waits_in_a_queue_is_seen_with_their_place_until_somebody_answers(driven: Office, lab22: Lab) -> None:
    galina = await driven.employee("galina")
    await galina.opens("/team")
    queues = galina.page.get_by_role("region", name="Queues")
    await expect(queues).to_contain_text("2 of 2 take calls")
    await expect(queues).to_contain_text("nobody waits")
    customer = lab22.caller(CUSTOMER)
    await customer.dials(QUEUE)
    await lab22.phone("102").rings()
    waiting = queues.get_by_role("listitem")
    await expect(waiting).to_contain_text("1.")
    await expect(waiting).to_contain_text(CUSTOMER_NAME)
    row = galina.page.get_by_role("row").filter(has_text="Boris Lebedev")
    await expect(row).to_contain_text("ringing")
    await lab22.phone("102").answers()
    await customer.talks()
    await expect(waiting).to_have_count(0)
    await expect(row).to_contain_text("on a call")
    await customer.hangs_up()
    await expect(row).to_contain_text("free")


async def test_a_phone_that_is_gone_never_looks_like_one_that_is_free(driven: Office, lab22: Lab) -> None:
    anna = await driven.employee("anna")
    line = anna.page.locator("li[data-state]").filter(has_text="Boris Lebedev")
    await expect(line).to_have_attribute("data-state", "idle")
    free = await line.locator("svg").first.evaluate("mark => mark.outerHTML")
    await lab22.phone("102").unregisters()
    try:
        await expect(line).to_have_attribute("data-state", "unreachable")
        await expect(line).to_contain_text("out of reach")
        gone = await line.locator("svg").first.evaluate("mark => mark.outerHTML")
        assert gone != free, "by its shape, not by a colour"
    finally:
        await lab22.phone("102").registers()
    await expect(line).to_have_attribute("data-state", "idle")


async def test_from_the_team_page_a_supervisor_listens_and_anybody_picks_up(driven: Office, lab22: Lab) -> None:
    galina, boris = await driven.employee("galina"), await driven.employee("boris")
    await galina.opens("/team")
    await boris.opens("/team")
    customer, anna_s, galina_s, boris_s = lab22.caller(CUSTOMER), *(lab22.phone(each) for each in ("101", "110", "102"))
    await customer.dials(DIRECT_101)
    await anna_s.rings()
    pick_up = boris.page.get_by_role("button", name="Pick up what rings at Anna Sokolova")
    await expect(pick_up).to_be_visible()
    await anna_s.answers()
    await customer.talks()
    await expect(pick_up).to_have_count(0)

    listen = galina.page.get_by_role("button", name="Listen to Anna Sokolova")
    await expect(listen).to_be_visible()
    await expect(boris.page.get_by_role("row").filter(has_text="Anna Sokolova")).to_contain_text("on a call")
    await expect(boris.page.get_by_role("button", name="Listen to Anna Sokolova")).to_have_count(0)
    await listen.click()
    await galina_s.rings()
    trail = (await galina.says("/audit"))["items"]
    assert "call.monitored" in [each["action"] for each in trail]
    await galina_s.answers()
    await galina_s.hangs_up()
    await customer.hangs_up()
    await expect(listen).to_have_count(0)

    await customer.dials(DIRECT_101)
    await anna_s.rings()
    await pick_up.click()
    await boris_s.rings()
    await boris_s.answers()
    await expect(boris.page.get_by_role("row").filter(has_text="Boris Lebedev")).to_contain_text("on a call")
    await customer.hangs_up()


async def test_the_team_page_shows_those_of_one_presence(nobody_pauses: Office, lab22: Lab) -> None:
    await nobody_pauses.employee("anna")  # there, as who has a screen is
    galina = await nobody_pauses.employee("galina")
    await galina.opens("/team")
    page = galina.page
    await pauses(lab22, "101", True, "lunch")
    anna_s, boris_s = (page.get_by_role("row").filter(has_text=name) for name in ("Anna Sokolova", "Boris Lebedev"))
    await expect(anna_s).to_contain_text("lunch")
    chosen = page.get_by_role("combobox", name="All people")
    await chosen.click()
    await page.get_by_role("option", name="away").click()
    await expect(boris_s).to_have_count(0)
    await expect(anna_s).to_have_count(1)
    await chosen.click()
    await page.get_by_role("option", name="away").click()  # the same again lets go of it
    await expect(boris_s).to_have_count(1)


async def test_the_time_after_a_call_is_made_a_minute_longer(office: Office, lab22: Lab) -> None:
    galina = await office.employee("galina")
    await galina.opens("/settings/presence")
    await galina.page.get_by_label("Time after a call", exact=True).fill("20")
    await galina.page.get_by_role("button", name="Save", exact=True).click()
    await expect(galina.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()

    anna, customer = await office.employee("anna"), lab22.caller(CUSTOMER)
    await customer.dials(DIRECT_101)
    await lab22.phone("101").rings()
    await lab22.phone("101").answers()
    await customer.talks()
    await expect(anna.card).to_contain_text("Talking")
    await customer.hangs_up()
    left = own_state(anna).get_by_role("timer")
    await expect(left).to_have_text(re.compile(r"^0:\d\d$"))
    await own_state(anna).click()
    await anna.page.get_by_role("button", name="One minute longer").click()
    await expect(left).to_have_text(re.compile(r"^1:\d\d$"))
