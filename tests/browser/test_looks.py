"""Every page in both languages, light and dark, as axe-core sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, Language, Office, Screen, Theme
from playwright.async_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

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
    await anna.opens("/calls")
    await expect(anna.page.get_by_role("main")).to_contain_text(CUSTOMER_NAME)
    found += await axe(anna)
    await anna.opens("/contacts")
    await expect(anna.page.get_by_role("main")).to_contain_text(CUSTOMER_NAME)
    found += await axe(anna)
    await anna.opens("/team")
    await expect(anna.page.get_by_role("main")).to_contain_text("Boris Lebedev")
    found += await axe(anna)
    assert not found
