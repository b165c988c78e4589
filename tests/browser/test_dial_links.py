"""Links to numbers that other pages and programs hand over (`tel:`): asked about, and dialled by a person only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from foreign import foreign_site, lets_in_and_dials
from lab.system import Lab
from office import CUSTOMER_NAME, Office, Server
from playwright.async_api import Browser, Page, expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CLICKS = "document.querySelectorAll('main section button').forEach((each) => each.click())"
"""What a script can press."""
NEVER_MS = 1_500
"""How long is waited for what must not happen: a call reaches the phone in a tenth of it."""


@pytest_asyncio.fixture(loop_scope="session")
async def dialling(lab22: Lab, browser: Browser, furnished: Path, tmp_path: Path) -> AsyncIterator[Office]:
    """A ringcard that dials as the lab's dialplan wants it."""
    await lab22.is_quiet()
    server = Server(tmp_path, lab22.ami)
    server.configure(furnished)
    lets_in_and_dials(server)
    await server.start()
    office = Office(server, browser)
    try:
        yield office
    finally:
        await office.close()
        server.stop()
        await lab22.end_all_calls()


def dial(link: str) -> str:
    return f"/dial?number={quote(link, safe='')}"


async def asks(page: Page, address: str, link: str) -> None:
    await page.goto(address + dial(link))
    await page.get_by_role("heading", level=1).wait_for()


async def test_a_link_asks_and_only_a_person_dials(dialling: Office, lab22: Lab) -> None:
    anna = await dialling.employee("anna")
    page, address = anna.page, dialling.server.address

    # A foreign page leads there by itself, with its Referer, again and again; keys that were meant for it dial nothing.
    with foreign_site() as stranger:
        stranger.pages["/"] = f"""<!doctype html><title>lure</title>
            <script>setTimeout(() => location.href = "{address}{dial("tel:102")}", 300)</script>"""
        await page.goto(stranger.origin)
        await page.wait_for_url(f"{address}/dial**")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Call 102?")
        await page.keyboard.press("Enter")
        await page.evaluate(CLICKS)
        await page.wait_for_timeout(NEVER_MS)
        await page.evaluate(CLICKS)
        await lab22.is_quiet()

    await expect(page.get_by_text("Boris Lebedev")).to_be_visible()
    call = page.get_by_role("button", name="Call", exact=True)
    await expect(call).to_be_focused()
    await page.keyboard.press("Enter")
    phone = lab22.phone("101")
    await phone.rings()
    await expect(call).to_be_hidden()
    await phone.answers()
    await lab22.phone("102").rings()
    await phone.hangs_up()


async def test_what_a_link_may_hold(office: Office) -> None:
    anna = await office.employee("anna")
    page, address = anna.page, office.server.address

    await asks(page, address, "tel:+7-495-919-55-57;ext=4")
    await expect(page.get_by_text(CUSTOMER_NAME)).to_be_visible()
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_enabled()

    await asks(page, address, "tel:112")
    await expect(page.get_by_text("Emergency")).to_be_visible()

    for nonsense in ("tel:FLOWERS", "tel:" + "7" * 5_000, "tel:<img src=x onerror=alert(1)>", "tel:%E0%A4%A"):
        await asks(page, address, nonsense)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await page.wait_for_timeout(300)
        await expect(page.get_by_role("button", name="Call", exact=True)).to_be_hidden()

    await page.goto(address + "/dial")
    await page.get_by_label("Number").fill("8 495 919-55-57")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(CUSTOMER_NAME)).to_be_visible()
    anna.complaints[:] = [line for line in anna.complaints if "status of 4" not in line]


async def test_the_app_is_offered_for_phone_links(office: Office) -> None:
    anna = await office.employee("anna")
    answer = await anna.page.context.request.get(f"{office.server.address}/manifest.webmanifest")
    assert {each["protocol"]: each["url"] for each in (await answer.json())["protocol_handlers"]} == {
        "tel": "/dial?number=%s",
        "web+callto": "/dial?number=%s",
    }
    await anna.opens("/settings/screen")
    asked = await anna.page.evaluate(
        """() => { window.told = []; navigator.registerProtocolHandler = (...each) => window.told.push(each); }"""
    )
    assert asked is None
    await anna.page.get_by_role("button", name="Let them open here").click()
    await expect(anna.page.get_by_text("The browser asks now")).to_be_visible()
    assert await anna.page.evaluate("window.told") == [
        ["tel", f"{office.server.address}/dial?number=%s"],
        ["web+callto", f"{office.server.address}/dial?number=%s"],
    ]
