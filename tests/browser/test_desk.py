"""What the desk does beside showing a card: it asks who it is, gathers a crowd, and lets one tab act for all."""

from __future__ import annotations

from typing import Any

import pytest
from lab.system import Lab
from office import CUSTOMER, DIRECT_101, DIRECT_102, STRANGER, Office, Screen
from playwright.async_api import Route, expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHARED = "+79265550707"
"""One telephone, two people."""
PAGE = "http://crm.example.com/find"
OPENS_AT_THE_RING = f"""
[[desk.screen_pop]]
name = "CRM"
url = "{PAGE}?phone={{number}}"
when = "ring"
"""
COUNT_RINGERS = """
  window.rang = 0;
  window.AudioContext = class extends AudioContext {
    constructor() {
      super();
      window.rang += 1;
    }
  };
"""


async def tells(screen: Screen, method: str, path: str, what: dict[str, Any]) -> None:
    """Write by the API, as whoever is signed in there."""
    token = (await screen.says("/session"))["csrf_token"]
    answer = await screen.page.context.request.fetch(
        f"{screen.address}/api/v1{path}", method=method, data=what, headers={"X-CSRF-Token": token}
    )
    assert answer.ok, await answer.text()


async def test_of_two_cards_with_one_number_the_chosen_one_is_there_the_next_time(office: Office, lab22: Lab) -> None:
    anna, boris = await office.employee("anna"), await office.employee("boris")
    for name, company in (("Ирина Волкова", "ООО «Вега»"), ("Павел Волков", "ООО «Альтаир»")):
        await tells(anna, "POST", "/contacts", {"name": name, "organisation": company, "phones": [{"number": SHARED}]})
    caller, phone = lab22.caller(SHARED), lab22.phone("101")

    await caller.dials(DIRECT_101)
    await phone.rings()
    asked = anna.card.get_by_role("region", name="2 cards have this number. Who is it?")
    await expect(asked).to_contain_text("Ирина Волкова")
    await expect(asked).to_contain_text("Павел Волков")
    assert (await anna.newest_call())["contact"] is None, "nobody has said who it is"
    await asked.get_by_role("button", name="Choose Павел Волков").click()
    await expect(anna.title).to_have_text("Павел Волков")
    await expect(asked).to_have_count(0)
    await caller.hangs_up()
    assert (await anna.newest_call(ended=True))["contact"]["name"] == "Павел Волков"

    # Remembered for the number: a colleague is not asked again.
    await phone.is_idle()
    await caller.dials(DIRECT_102)
    await lab22.phone("102").rings()
    await expect(boris.title).to_have_text("Павел Волков")
    await expect(boris.card.get_by_text("The same number is on:")).to_contain_text("Ирина Волкова")
    await boris.card.get_by_role("button", name="Not them? Ask again").click()
    await expect(boris.card.get_by_role("region", name="2 cards have this number. Who is it?")).to_be_visible()
    await caller.hangs_up()


async def test_of_four_calls_at_once_the_newest_is_in_front_and_the_others_a_click_away(
    office: Office, lab22: Lab
) -> None:
    anna = await office.employee("anna")
    callers = [lab22.caller(f"+7926555020{place}", f"Caller {place}") for place in range(1, 5)]
    for place, caller in enumerate(callers[:3], start=1):
        await caller.dials(DIRECT_101)
        await expect(anna.tiles).to_have_count(place)
    await callers[3].dials(DIRECT_101)

    await expect(anna.page.get_by_role("button", name="2 more calls")).to_be_visible()
    await expect(anna.tiles).to_have_count(2)
    await expect(anna.tiles.first).to_contain_text("Caller 4")
    await expect(anna.tiles.last).to_contain_text("Caller 1")
    await expect(anna.title).to_contain_text("Caller 1")  # whoever waits longest is the card that is open
    await anna.page.get_by_role("button", name="2 more calls").click()
    await expect(anna.tiles).to_have_count(4)
    await anna.tiles.filter(has_text="Caller 3").click()
    await expect(anna.title).to_contain_text("Caller 3")
    await anna.page.get_by_role("button", name="Show fewer").click()
    await expect(anna.tiles).to_have_count(2)
    await expect(anna.tiles.last).to_contain_text("Caller 3")


async def test_of_two_tabs_one_opens_the_page_and_rings(office: Office, lab22: Lab) -> None:
    office.server.stop()
    with (office.server.folder / "ringcard.toml").open("a") as configuration:
        configuration.write(OPENS_AT_THE_RING)
    await office.server.start()
    first = await office.employee("anna")
    await tells(
        first,
        "PUT",
        "/preferences",
        {
            "pop_when": "on_ring",
            "ring_sound": True,
            "notify": False,
            "missed_mail": False,
            "mail_address": None,
            "auto_answer": False,
        },
    )
    browser = first.page.context
    opened: list[str] = []

    async def answers(route: Route) -> None:
        opened.append(route.request.url)
        await route.fulfill(body="the CRM")

    await browser.route(f"{PAGE}*", answers)
    await browser.add_init_script(COUNT_RINGERS)
    second = await office.another_tab(first)
    await first.opens()
    await expect(second.page.locator("html[data-leads=true]")).to_be_attached()
    await expect(first.page.locator("html[data-leads=false]")).to_be_attached()

    caller, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    async with browser.expect_page() as opening:
        await caller.dials(DIRECT_101)
    await (await opening.value).wait_for_url(f"{PAGE}*")
    await phone.rings()
    for tab in (first, second):
        await expect(tab.tiles).to_have_count(1)
    await second.page.wait_for_function("window.rang === 1")
    assert await first.page.evaluate("window.rang") == 0

    # The one that acts is closed: the other takes over, and opens what was opened no second time.
    await second.page.close()
    await expect(first.page.locator("html[data-leads=true]")).to_be_attached()
    await first.page.wait_for_function("window.rang === 1")
    assert opened == [f"{PAGE}?phone=%2B{CUSTOMER.removeprefix('+')}"]
    await caller.hangs_up()
    await expect(first.tiles).to_contain_text("Missed")

    other = lab22.caller(STRANGER)
    async with browser.expect_page() as opening:
        await other.dials(DIRECT_101)
    await (await opening.value).wait_for_url(f"{PAGE}*{STRANGER.removeprefix('+')}")
    assert len(opened) == 2
    await other.hangs_up()
