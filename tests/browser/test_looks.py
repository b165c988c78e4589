"""Every page in both languages, light and dark, as axe-core sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, OTHER_CUSTOMER_NAME, Language, Office, Screen, Theme
from pages import addresses
from playwright.async_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

THEMES: tuple[Theme, ...] = ("light", "dark")
AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


async def axe(screen: Screen) -> list[str]:
    """What axe has against the page, one line each."""
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing: `make web` installs it")
    await screen.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await screen.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{screen.page.url}: {each['id']}: {each['help']}: {node['target']}: {node.get('failureSummary', '')}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


async def in_theme(screen: Screen, theme: Theme) -> None:
    """The page follows a moment after the system's theme has changed."""
    await screen.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    await expect(screen.page.locator("html")).to_have_attribute("data-mantine-color-scheme", theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_axe_finds_nothing(office: Office, lab22: Lab, language: Language, theme: Theme) -> None:
    door = await office.somebody(language, theme)
    await door.opens()
    found = await axe(door)
    door.complaints.clear()  # who is not signed in gets a 401, which chromium writes on the console

    anna = await office.employee("anna", language, theme)
    assert await anna.page.locator("html").get_attribute("lang") == language[:2]
    assert await anna.page.locator("html").get_attribute("data-mantine-color-scheme") == theme
    found += await axe(anna)
    customer = lab22.caller(CUSTOMER)
    await customer.dials(DIRECT_101)
    await lab22.phone("101").rings()
    await expect(anna.title).to_have_text(CUSTOMER_NAME)
    found += await axe(anna)
    await anna.page.keyboard.press("Control+k")
    await anna.page.get_by_role("combobox").wait_for()
    found += await axe(anna)
    await anna.page.keyboard.press("Escape")
    await anna.page.get_by_role("banner").locator("button").last.click()
    await anna.page.get_by_role("dialog").wait_for()
    found += await axe(anna)
    await anna.page.keyboard.press("Escape")
    assert not found


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_axe_finds_nothing_on_any_page_of_the_administrator(office: Office, language: Language) -> None:
    galina = await office.employee("galina", language)
    contacts = (await galina.says("/contacts"))["items"]
    found: list[str] = []
    for address in addresses(contacts[0]["contact_id"]):
        await galina.opens(address)
        await galina.page.wait_for_load_state("networkidle")
        for theme in THEMES:
            await in_theme(galina, theme)
            found += [f"{theme}: {each}" for each in await axe(galina)]
    assert not found


async def test_two_who_change_one_card_lose_nothing(office: Office) -> None:
    anna, boris = await office.employee("anna"), await office.employee("boris")
    contact_id = next(
        each["contact_id"] for each in (await anna.says("/contacts"))["items"] if each["name"] == OTHER_CUSTOMER_NAME
    )
    for screen in (anna, boris):
        await screen.opens(f"/contacts/{contact_id}")
        await screen.page.get_by_role("button", name="Change").click()
    await boris.page.get_by_label("City").fill("Leeds")
    await boris.page.get_by_role("button", name="Save card").click()
    await expect(boris.page.get_by_role("button", name="Change")).to_be_visible()
    await anna.page.get_by_label("City").fill("York")
    await anna.page.get_by_role("button", name="Save card").click()
    question = anna.page.get_by_role("alert")
    await expect(question).to_contain_text("Leeds")
    anna.complaints.clear()  # chromium writes the 409 on the console
    assert not await axe(anna)
    await question.get_by_role("button", name="Save mine over it").click()
    await expect(anna.page.get_by_role("button", name="Change")).to_be_visible()
    assert (await anna.says(f"/contacts/{contact_id}"))["city"] == "York"
