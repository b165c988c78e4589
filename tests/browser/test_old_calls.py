"""Old calls in chromium: what a real Asterisk logged before ringcard was there, brought in, seen, and taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lab.system import Lab
from office import Office, Server
from playwright.async_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.lab, pytest.mark.asyncio(loop_scope="session")]

CALLER = "+74959195557"


async def logged_call(lab: Lab) -> Path:
    """Somebody calls 101 and is talked with; where Asterisk logged it."""
    log = lab.asterisk.directory / "log" / "cdr-csv" / "Master.csv"
    before = log.stat().st_size if log.exists() else 0
    customer, phone = lab.caller(CALLER), lab.phone("101")
    await customer.dials("4951110101")
    await phone.rings()
    await phone.answers()
    await customer.talks()
    await customer.hangs_up()
    await lab.is_quiet()
    async with asyncio.timeout(10):
        while not log.exists() or log.stat().st_size <= before:
            await asyncio.sleep(0.05)
    return log


async def test_what_asterisk_logged_comes_into_the_history_and_is_taken_back(
    lab22: Lab, browser: Browser, furnished: Path, tmp_path: Path
) -> None:
    await lab22.is_quiet()
    log = await logged_call(lab22)
    server = Server(tmp_path, lab22.ami)
    server.configure(furnished)
    await server.start()
    office = Office(server, browser)
    try:
        screen = await office.employee("galina")
        page = screen.page
        await screen.opens("/settings/history")

        # A file that is no log of calls is refused in words, and leaves nothing behind.
        await page.get_by_label("Choose Master.csv").set_input_files(
            {"name": "Master.csv", "mimeType": "text/csv", "buffer": "имя;телефон\nАнна;8916\n".encode("utf-16")}
        )
        await page.get_by_role("button", name="Upload and check").click()
        await expect(page.get_by_role("alert")).to_contain_text("Save it as UTF-8")
        assert (await screen.says("/call-imports"))["items"] == []

        zone = page.get_by_role("combobox", name="Time zone of the log")
        await zone.fill("UTC")
        await page.get_by_role("option", name="UTC", exact=True).click()
        await page.get_by_label("Choose Master.csv").set_input_files(log)
        await page.get_by_role("button", name="Upload and check").click()
        await expect(page.get_by_role("heading", name="The first calls would be these")).to_be_visible()
        await expect(page.get_by_role("row").nth(1)).to_be_visible()

        await page.get_by_role("button", name="Check first").click()
        await expect(page.get_by_role("heading", name="If imported now")).to_be_visible(timeout=30_000)
        await page.get_by_role("button", name="Import", exact=True).click()
        await expect(page.get_by_role("status").filter(has_text="Imported")).to_be_visible(timeout=30_000)
        (done,) = (await screen.says("/call-imports"))["items"]
        assert done["counts"]["added"] > 0

        await page.get_by_role("link", name="See the calls").click()
        first = page.get_by_role("row").filter(has_text="imported").first
        await expect(first).to_contain_text("Мария Петрова")
        await first.get_by_role("button").first.click()
        await expect(page.get_by_text("From the phone system's own log")).to_be_visible()
        assert {call["source"] for call in await screen.calls()} == {"imported"}

        await screen.opens(f"/settings/history/{done['import_id']}")
        await page.get_by_role("button", name="Take the whole import back").click()
        await expect(page.get_by_role("status").filter(has_text="Taken back")).to_be_visible(timeout=30_000)
        assert await screen.calls() == []
        actions = [each["action"] for each in (await screen.says("/audit"))["items"]]
        assert actions[:2] == ["calls.import_undone", "calls.imported"]
        complaints = [line for each in office.screens for line in each.complaints if "status of 4" not in line]
        assert complaints == []
    finally:
        await office.close()
        server.stop()
        await lab22.end_all_calls()
