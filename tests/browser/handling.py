"""What stories of call handling begin with: the steps that several of them take."""

from __future__ import annotations

from lab.phones import SoftPhone
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, Screen
from playwright.async_api import expect

NOTE = "Two shelves of order 1042 are missing; wants a date."


async def can(screen: Screen, verb: str) -> None:
    """Wait until the button is no longer grey: the phone system has put the two together."""
    button = screen.card.get_by_role("button", name=verb)
    await expect(button).to_be_visible()
    await expect(button).not_to_have_attribute("aria-disabled", "true")


async def talking(anna: Screen, lab: Lab) -> tuple[SoftPhone, SoftPhone]:
    """The customer has called 101 and is talked with; the card shows it."""
    customer, phone = lab.caller(CUSTOMER), lab.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await phone.answers()
    await customer.talks()
    await expect(anna.card).to_contain_text("Talking")
    await can(anna, "Hand over")
    return customer, phone


async def hands_over(anna: Screen, how: str, whom: str = "Boris Lebedev") -> None:
    """One gesture by keyboard: T, a colleague's name, what it is about, Ctrl-Enter."""
    await anna.page.keyboard.press("t")
    sheet = anna.page.get_by_role("dialog", name=f"Hand over: {CUSTOMER_NAME}")
    await expect(sheet.get_by_role("combobox")).to_be_focused()
    await anna.page.keyboard.type(whom.split()[0].lower())
    await expect(sheet.get_by_role("option").first).to_contain_text(whom)
    await anna.page.keyboard.press("Enter")
    await sheet.get_by_text(how, exact=True).click()
    await sheet.get_by_label("What it is about").fill(NOTE)
    await anna.page.keyboard.press("Control+Enter")
    await expect(sheet).to_have_count(0)
