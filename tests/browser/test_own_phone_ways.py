"""Do not disturb and forwarding of one's own phone from the screen, or greyed with why."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.system import Lab
from office import Office
from playwright.async_api import expect

from ringcard.pbx.asterisk.control import ways
from ringcard.testing.scenarios import ami

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def plain(lab22: Lab) -> AsyncIterator[Lab]:
    """The lab's Asterisk without the lines that obey."""
    await ami.act(lab22, "DialplanExtensionRemove", Context=ways.CONTEXT, Extension=ways.MARKER)
    try:
        yield lab22
    finally:
        await ami.act(lab22, "Command", Command="dialplan reload")


@pytest_asyncio.fixture(loop_scope="session")
async def freepbx(plain: Lab) -> AsyncIterator[Lab]:
    """The lab's Asterisk with what FreePBX keeps in its database."""
    await ami.act(plain, "DBPut", Family="AMPUSER/101", Key="cidnum", Val="101")
    try:
        yield plain
    finally:
        await ami.act(plain, "DBDelTree", Family="AMPUSER")


async def test_with_freepbx_the_phone_is_silenced_and_forwarded_from_the_screen(freepbx: Lab, office: Office) -> None:
    anna = await office.employee("anna")
    page = anna.page
    await page.get_by_role("button", name=re.compile("Anna Sokolova")).click()
    quiet = page.get_by_role("switch", name="Do not disturb at 101")
    await expect(quiet).to_be_enabled()
    await quiet.focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("Phone 101 does not ring any more")).to_be_visible()
    async with ami.session(freepbx.ami) as session:
        assert [item["Val"] for item in await session.list("DBGet", Family="DND", Key="101")] == ["YES"]
    await expect(quiet).to_be_checked()

    await page.get_by_role("link", name="Forward its calls…").click()
    ways = page.get_by_role("group", name="Calls to 101")
    await ways.get_by_label("Forward", exact=True).select_option("busy")
    await ways.get_by_role("combobox", name="To", exact=True).fill("Boris Lebedev")
    await page.keyboard.press("Escape")
    await ways.get_by_role("button", name="Forward", exact=True).click()
    await expect(page.get_by_text("Calls to 101 go to Boris Lebedev when it is busy")).to_be_visible()
    async with ami.session(freepbx.ami) as session:
        assert [item["Val"] for item in await session.list("DBGet", Family="CFB", Key="101")] == ["102"]
        await ways.get_by_role("button", name="End it").click()
        await expect(page.get_by_text("When 101 is busy, callers hear that again")).to_be_visible()
        assert (await session.act("Getvar", Variable="DB_EXISTS(CFB/101)"))["Value"] == "0"
        await ways.get_by_role("switch").click()
        await expect(page.get_by_text("Phone 101 rings again")).to_be_visible()
        assert (await session.act("Getvar", Variable="DB_EXISTS(DND/101)"))["Value"] == "0"


@pytest.mark.usefixtures("plain")
async def test_where_the_phone_system_cannot_the_controls_are_grey_and_say_why(office: Office) -> None:
    anna = await office.employee("anna")
    await anna.opens("/settings/phones")
    ways = anna.page.get_by_role("group", name="Calls to 101")
    await expect(ways.get_by_role("switch", name="Do not disturb at 101")).to_be_disabled()
    await expect(ways.get_by_role("button", name="Forward", exact=True)).to_be_disabled()
    await expect(ways.get_by_role("status")).to_have_text(re.compile("This phone system cannot do that"))
