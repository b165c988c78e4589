"""How one is told of a call: on ring, on answer or quietly, by a sound that M silences, by a notification."""

from __future__ import annotations

from typing import Any

import pytest
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, Office, Screen
from playwright.async_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HEARD = """
  window.sounds = 0;
  const shown = () => document.documentElement.setAttribute('data-sounds', window.sounds);
  window.AudioContext = class extends AudioContext {
    constructor() {
      super();
      window.sounds += 1;
      shown();
    }
    close() {
      window.sounds -= 1;
      shown();
      return super.close();
    }
  };
"""
"""How many rings sound now: on the page's element, because its policy forbids to wait for an expression."""
NOTIFIED = """
  window.notified = [];
  const said = (what) => {
    window.notified.push(what);
    document.documentElement.setAttribute('data-notified', window.notified.length);
  };
  window.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      said(title);
    }
    close() {
      said('closed');
      super.close();
    }
  };
  Object.defineProperty(document, 'hidden', { get: () => window.behind === true });
"""
"""What the system is told, and whether the tab is behind another: playwright keeps every page in sight by itself."""
PREFERENCES: dict[str, Any] = {
    "pop_when": "on_ring",
    "ring_sound": False,
    "notify": False,
    "missed_mail": False,
    "mail_address": None,
    "auto_answer": False,
}


async def prefers(screen: Screen, **changed: Any) -> None:
    token = (await screen.says("/session"))["csrf_token"]
    answer = await screen.page.context.request.put(
        f"{screen.address}/api/v1/preferences", data=PREFERENCES | changed, headers={"X-CSRF-Token": token}
    )
    assert answer.ok, await answer.text()


async def sound(screen: Screen, rings: int) -> None:
    """So many rings sound there."""
    await expect(screen.page.locator(f"html[data-sounds='{rings}']")).to_be_attached()


async def test_who_wants_cards_on_answer_sees_none_while_it_rings(office: Office, lab22: Lab) -> None:
    anna, boris = await office.employee("anna"), await office.employee("boris")
    await prefers(anna, pop_when="on_answer", ring_sound=True)
    await anna.page.add_init_script(HEARD)
    await anna.opens()
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    # The server has told it: the call is in the list of whoever may see it, and no card is open.
    await expect(boris.page.locator("html[data-leads=true]")).to_be_attached()
    assert (await anna.newest_call())["caller"]["number"] == CUSTOMER
    await expect(anna.tiles).to_have_count(0)
    assert await anna.page.evaluate("window.sounds") == 0

    await phone.answers()
    await customer.talks()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    await expect(anna.card).to_contain_text("Talking")
    await customer.hangs_up()
    await expect(anna.card).to_contain_text("Ended")


async def test_who_wants_quiet_has_the_card_without_sound_or_notification(office: Office, lab22: Lab) -> None:
    anna = await office.employee("anna")
    await anna.page.context.grant_permissions(["notifications"], origin=anna.address)
    await prefers(anna, pop_when="quiet", ring_sound=True, notify=True)
    await anna.page.add_init_script(HEARD + NOTIFIED)
    await anna.opens()
    await anna.page.evaluate("window.behind = true")
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(anna.tiles).to_have_count(1)
    assert await anna.page.evaluate("window.sounds") == 0
    assert await anna.page.evaluate("window.notified") == []


async def test_m_silences_the_sound_of_this_call_and_not_of_the_next(office: Office, lab22: Lab) -> None:
    first = await office.employee("anna")
    await prefers(first, ring_sound=True)
    await first.page.context.add_init_script(HEARD)
    await first.opens()
    await expect(first.page.locator("html[data-leads=true]")).to_be_attached()
    second = await office.another_tab(first)
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await sound(first, 1)

    # In a tab that does not ring itself.
    await expect(second.tiles).to_have_count(1)
    await second.page.keyboard.press("m")
    await sound(first, 0)
    await expect(first.card).to_contain_text("Ringing")
    await second.page.get_by_role("button", name="Undo").click()
    await sound(first, 1)
    await first.page.keyboard.press("m")
    await sound(first, 0)
    await customer.hangs_up()
    await expect(first.tiles).to_contain_text("Missed")

    await customer.dials(DIRECT_101)
    await phone.rings()
    await sound(first, 1)
    await first.page.keyboard.press("Shift+Slash")
    await expect(first.page.get_by_text("Silence the desk’s sound")).to_be_visible()


async def test_a_hidden_tab_says_who_calls_by_a_notification_of_the_system(office: Office, lab22: Lab) -> None:
    anna = await office.employee("anna")
    await anna.page.context.grant_permissions(["notifications"], origin=anna.address)
    await prefers(anna, notify=True)
    await anna.page.add_init_script(NOTIFIED)
    await anna.opens()
    assert await anna.page.evaluate("Notification.permission") == "granted"
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")

    # In sight the card is enough.
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    assert await anna.page.evaluate("window.notified") == []
    await customer.hangs_up()
    await expect(anna.tiles).to_contain_text("Missed")

    await anna.page.evaluate("window.behind = true")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(anna.page.locator("html[data-notified='1']")).to_be_attached()
    (said,) = await anna.page.evaluate("window.notified")
    assert CUSTOMER_NAME in said
    await customer.hangs_up()
    await expect(anna.page.locator("html[data-notified='2']")).to_be_attached()
    assert await anna.page.evaluate("window.notified") == [said, "closed"]
