"""Without a mouse: from signing in to putting the call aside."""

from __future__ import annotations

import pytest
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, PASSWORD, STRANGER, Office
from playwright.async_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_whole_call_by_keyboard(office: Office, lab22: Lab) -> None:
    anna = await office.somebody()
    await anna.opens()
    keyboard = anna.page.keyboard
    await expect(anna.page.get_by_label("Login")).to_be_focused()
    await keyboard.type("anna")
    await keyboard.press("Tab")
    await keyboard.type(PASSWORD)
    await keyboard.press("Enter")
    await expect(anna.page.get_by_role("heading", name="Nobody is calling")).to_be_visible()
    anna.complaints.clear()  # who is not signed in yet gets a 401, which chromium writes on the console

    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    await expect(anna.page.get_by_role("status").filter(has_text=CUSTOMER_NAME)).to_be_attached()

    await keyboard.press("w")
    why = anna.page.get_by_role("dialog", name="Why this card")
    await expect(why).to_contain_text("Found by")
    await keyboard.press("Escape")
    await expect(why).to_have_count(0)
    await expect(anna.card).to_be_visible()

    await phone.answers()
    await customer.talks()
    await keyboard.press("n")
    await expect(anna.card.get_by_label("New note")).to_be_focused()
    await keyboard.type("Wants the invoice today")
    await keyboard.press("Control+Enter")
    await expect(anna.card.get_by_role("listitem").filter(has_text="Wants the invoice today")).to_be_visible()
    await keyboard.press("Escape")  # out of the field …
    await expect(anna.card).to_be_visible()
    await keyboard.press("Escape")  # … and the call aside
    await expect(anna.card).to_have_count(0)
    assert (await anna.newest_call())["ended_at"] is None, "hiding hangs nothing up"
    await customer.hangs_up()
    await anna.newest_call(ended=True)


async def test_a_call_takes_no_focus_from_who_is_typing(office: Office, lab22: Lab) -> None:
    anna = await office.employee("anna")
    await anna.page.keyboard.press("Control+k")
    box = anna.page.get_by_role("combobox", name="Find anybody, dial, or do something")
    await expect(box).to_be_focused()
    await anna.page.keyboard.type("wn")
    caller = lab22.caller(STRANGER)
    await caller.dials(DIRECT_101)
    await lab22.phone("101").rings()
    await expect(anna.tiles).to_have_count(1)
    await anna.page.keyboard.type("o")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("wno")
    await caller.hangs_up()
    await expect(anna.tiles).to_contain_text("Missed")
