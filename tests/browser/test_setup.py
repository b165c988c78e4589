"""The first run in a browser: from an empty store, through the wizard, to a real call that pops up."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lab.system import Lab
from office import CUSTOMER, DIRECT_101, Office, Screen, Server
from playwright.async_api import Browser, Locator, expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture(loop_scope="session")
async def empty_office(lab22: Lab, browser: Browser, tmp_path: Path) -> AsyncIterator[Office]:
    """`ringcard serve` on an empty directory, beside a lab that it has never heard of."""
    await lab22.is_quiet()
    server = Server(tmp_path, lab22.ami, pbxs={})
    server.configure_empty()
    await server.start()
    office = Office(server, browser)
    try:
        yield office
        complaints = [line for screen in office.screens for line in screen.complaints if "401" not in line]
    finally:
        await office.close()
        server.stop()
        await lab22.end_all_calls()
    assert not complaints


def button(screen: Screen, name: str) -> Locator:
    return screen.page.get_by_role("button", name=name, exact=True)


async def becomes_administrator(screen: Screen, name: str = "Vera Morozova", login: str = "vera") -> None:
    page = screen.page
    await expect(page.get_by_role("heading", level=1)).to_have_text("Set ringcard up")
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Login").fill(login)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await button(screen, "Become the administrator").click()


async def step(screen: Screen, title: str) -> None:
    await expect(screen.page.get_by_role("heading", level=1)).to_have_text(title)


async def test_from_an_empty_store_to_a_real_pop(empty_office: Office, lab22: Lab) -> None:
    vera = await empty_office.somebody()
    page, ami = vera.page, lab22.ami
    await page.goto(empty_office.server.address)
    await becomes_administrator(vera)

    # The phone system: the lines to write there, a wrong secret that is told, the right one, and it is ours.
    await step(vera, "Where do calls come from?")
    await page.get_by_label("Address").fill(ami.host)
    await page.get_by_label("Port").fill(str(ami.port))
    await button(vera, "Show the lines").click()
    await expect(page.get_by_text("permit = 127.0.0.1/255.255.255.255")).to_be_visible()
    await expect(page.get_by_text("read = system,call,agent,dialplan")).to_be_visible()
    await button(vera, "Test the connection").click()
    checks = page.get_by_role("list", name="What was found")
    await expect(checks).to_contain_text("We are not let in")
    await page.get_by_label("Account").fill(ami.user)
    await page.get_by_label("Secret", exact=True).fill(ami.secret)
    await button(vera, "Test the connection").click()
    await expect(checks).to_contain_text("Asterisk 22")
    await expect(checks).to_contain_text("10 phones (PJSIP)")
    await button(vera, "Connect").click()
    await expect(page.get_by_text("Connected: calls are heard")).to_be_visible()
    await button(vera, "Next").click()

    # Left half way: in another browser it goes on where it was.
    await step(vera, "Who sits at which phone?")
    other = await empty_office.somebody()
    await other.page.goto(empty_office.server.address)
    await other.page.get_by_label("Login").fill("vera")
    await other.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await button(other, "Sign in").click()
    await step(other, "Who sits at which phone?")
    await other.page.context.close()

    await expect(page.get_by_label("Who sits at 102")).to_have_value("Bob Two")
    await page.get_by_role("combobox", name="Your own phone").click()
    await page.get_by_role("option", name=re.compile("^101")).click()
    await button(vera, "Add 9 people and go on").click()

    await step(vera, "How are numbers written where you are?")
    await expect(page.get_by_label("Internal numbers")).to_have_value("101-110")
    await page.get_by_label("Area code").fill("495")
    await page.get_by_label("Try a number").fill("919-55-57")
    await button(vera, "How is it read?").click()
    await expect(page.get_by_text("It is +7 495 919 55 57")).to_be_visible()
    await button(vera, "Save and go on").click()

    await step(vera, "Who calls you?")
    await button(vera, "Skip for now").click()

    # A call that is none pops up, and is kept nowhere.
    await step(vera, "Let it ring")
    await button(vera, "Ring my screen").click()
    await expect(page.get_by_text("There it is: that is how every call will come.")).to_be_visible()
    await button(vera, "Finish, to the desk").click()
    await expect(page).to_have_url(f"{empty_office.server.address}/")
    assert await vera.calls() == []

    # And a real one.
    customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
    await customer.dials(DIRECT_101)
    await phone.rings()
    await expect(vera.tiles.filter(has_text="+7 495 919 55 57")).to_contain_text("Ringing")
    await customer.hangs_up()
    call = await vera.newest_call(ended=True)
    assert call["caller"]["number"] == CUSTOMER
    assert [stint["device"] for stint in call["devices"]] == ["101"]


async def test_of_two_who_come_first_one_is_told_to_sign_in(empty_office: Office) -> None:
    one, other = await empty_office.somebody(), await empty_office.somebody()
    for screen in (one, other):
        await screen.page.goto(empty_office.server.address)
        await expect(screen.page.get_by_role("heading", level=1)).to_have_text("Set ringcard up")
    await becomes_administrator(one)
    await step(one, "Where do calls come from?")
    await becomes_administrator(other, "Boris Lebedev", "boris")
    await expect(other.page.get_by_role("alert")).to_contain_text("Somebody has set ringcard up meanwhile")
    other.complaints.clear()  # the browser's own line about the refused request


async def test_it_can_be_put_off_and_is_asked_for_on_the_desk(empty_office: Office) -> None:
    vera = await empty_office.somebody()
    await vera.page.goto(empty_office.server.address)
    await becomes_administrator(vera)
    await step(vera, "Where do calls come from?")
    await button(vera, "Skip for now").click()
    await step(vera, "Who sits at which phone?")
    await button(vera, "Finish later").click()
    await expect(vera.page.get_by_text("Set-up is not finished.")).to_be_visible()
    await vera.page.get_by_role("link", name="Go on").click()
    await step(vera, "Who sits at which phone?")
