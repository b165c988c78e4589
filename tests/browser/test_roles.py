"""Every page as employee and supervisor, light and dark, under axe: also one that says that it is not for this role."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from office import PASSWORD, Screen
from pages import addresses
from playwright.async_api import Browser, expect
from test_looks import THEMES, axe, in_theme

from ringcard.app.bootstrap import running
from ringcard.app.config import from_mapping
from ringcard.contacts.model import ContactDraft, Phone
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.web.server import bind

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ARRIVED = """() => {
  const state = self.__TSR_ROUTER__.state;
  return state.status === 'idle' && state.resolvedLocation?.pathname === location.pathname;
}"""
"""The page of the address is the one that is shown."""
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def test_axe_finds_nothing_on_any_page_of_other_roles(browser: Browser, tmp_path: Path) -> None:
    config = from_mapping(
        {
            "store": {"directory": str(tmp_path / "data")},
            "company": {"devices": "101-109", "number_places": False},
        },
        {},
    )
    found: list[str] = []
    async with running(config, listening=bind("127.0.0.1", 0), passwords=CHEAP) as up:
        hashed = await up.passwords.hashed(PASSWORD)
        for number, role in enumerate(Role):
            await up.people.add(role.value, role.value.title(), role, devices=[f"10{number + 1}"], password_hash=hashed)
        up.rooms.roster.replace(await up.people.everybody())
        card = await up.rooms.contacts.create(ContactDraft("Петрова", phones=(Phone(None, "+74959195557"),)))
        # The administrator's are in test_looks.
        for role in (Role.EMPLOYEE, Role.SUPERVISOR):
            context = await browser.new_context(
                viewport={"width": 1440, "height": 900}, locale="ru-RU", reduced_motion="reduce"
            )
            answer = await context.request.post(
                f"{up.address}/api/v1/session", data={"login": role.value, "password": PASSWORD}
            )
            assert answer.status == 200, await answer.text()
            screen = await Screen(await context.new_page(), up.address).opens()
            for address in addresses(card.contact_id):
                # Inside the page, as a link does: the script is loaded once.
                await screen.page.evaluate("path => history.pushState({}, '', path)", address)
                # The page before stays until the next one is loaded; the state of the network is the first load's.
                await screen.page.wait_for_function(ARRIVED)
                await expect(screen.page.locator("main h1").first).to_be_visible()
                await expect(screen.page.locator("main .mantine-Skeleton-root")).to_have_count(0)
                for theme in THEMES:
                    await in_theme(screen, theme)
                    found += [f"{role.value} {address} {theme}: {each}" for each in await axe(screen)]
            # A page that is not for a role asks for what it is not told, which chromium writes on its console.
            assert [line for line in screen.complaints if "status of 403" not in line] == []
            await context.close()
    assert found == []
