"""What an administrator sets in the browser counts at once, and what the file sets is shown as fixed."""

from __future__ import annotations

import re

import pytest
from office import Office, Screen
from playwright.async_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def saves(screen: Screen) -> None:
    await screen.page.get_by_role("button", name="Save", exact=True).click()
    await expect(screen.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()


async def test_a_number_that_is_blocked_in_the_browser_is_not_dialled(office: Office) -> None:
    galina = await office.employee("galina")
    page = galina.page
    await galina.opens("/settings/dialling")
    trial = page.get_by_role("region", name="What would dialling this do?")
    await trial.get_by_role("textbox").fill("8 809 505-00-00")
    await expect(trial).to_contain_text("It would be called.")

    await page.get_by_role("combobox", name="Blocked beginnings").fill("+7 (809)")
    await page.keyboard.press("Enter")
    await expect(trial).to_contain_text("save to try what is on the form")
    await saves(galina)
    await expect(trial).to_contain_text("It would not be called.")
    assert (await galina.says("/settings/dialling"))["values"]["blocked"] == ["+7809"]

    # The file says when it is quiet.
    await expect(page.get_by_label("Quiet from")).to_be_disabled()
    await expect(page.get_by_text("dialling.quiet_from is set in the configuration file")).to_be_visible()


async def test_lines_are_checked_before_they_are_saved_and_come_back(office: Office) -> None:
    galina = await office.employee("galina")
    page = galina.page
    await galina.opens("/settings/outcomes")
    await page.get_by_role("button", name="Add an outcome").click()
    await page.get_by_label("What people read").fill("Ordered")
    await page.get_by_label("Key").fill("Ordered")
    await expect(page.get_by_role("status").filter(has_text="small Latin letters")).to_be_visible()
    await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    await page.get_by_label("Key").fill("ordered")
    await saves(galina)

    # What is removed can be had back.
    await page.get_by_role("button", name="Remove Ordered").click()
    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(page.get_by_label("What people read")).to_have_value("Ordered")
    outcomes = (await galina.says("/outcomes"))["items"]
    assert [each["label"] for each in outcomes] == ["Ordered"]


async def test_reasons_that_are_set_are_those_one_may_give(office: Office) -> None:
    galina = await office.employee("galina")
    page = galina.page
    await galina.opens("/settings/presence")
    await page.get_by_role("button", name="Add a reason").click()
    await page.get_by_label("Reason", exact=True).fill("Workshop")
    await page.get_by_label("Time after a call", exact=True).fill("20")
    await page.get_by_role("button", name="Add a queue").click()
    await page.get_by_role("combobox", name="Queue", exact=True).fill("sales")
    await page.keyboard.press("Tab")
    await saves(galina)
    saved = (await galina.says("/settings/presence"))["values"]
    assert saved["memberships"] == [{"queue": "sales", "teams": [], "pbx": None}]
    assert saved["after_call_s"] == 20
    anna = await office.employee("anna")
    assert (await anna.says("/presence/reasons"))["items"] == ["Workshop"]
