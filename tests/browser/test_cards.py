"""Cards in chromium, without a telephone: a whole import, two people on one card, doubles, copying, erasing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from office import PASSWORD, Screen, tell_pages
from playwright.async_api import Browser, BrowserContext, expect

from ringcard.app.bootstrap import Running, running
from ringcard.app.config import from_mapping
from ringcard.contacts.model import Address, ContactDraft, Email, Item, Order, Phone
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.web.server import bind

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
NUMBER = "+74959195557"
SHOWN = "+7\u00a0495\u00a0919\u00a055\u00a057"


@dataclass
class Company:
    """A ringcard without a PBX, with two administrators."""

    up: Running
    browser: Browser
    screens: list[Screen]
    contexts: list[BrowserContext]

    async def somebody(self, login: str, locale: str = "en-GB") -> Screen:
        """Signed in, in a browser profile of their own."""
        context = await self.browser.new_context(
            locale=locale, viewport={"width": 1440, "height": 900}, accept_downloads=True
        )
        await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=self.up.address)
        self.contexts.append(context)
        answer = await context.request.post(
            f"{self.up.address}/api/v1/session", data={"login": login, "password": PASSWORD}
        )
        assert answer.status == 200, await answer.text()
        screen = Screen(await context.new_page(), self.up.address)
        self.screens.append(screen)
        return screen

    async def card(self, name: str, *numbers: str, **facts: Any) -> str:
        phones = tuple(Phone(None, number) for number in numbers)
        return (await self.up.rooms.contacts.create(ContactDraft(name, phones=phones, **facts))).contact_id


@pytest_asyncio.fixture(loop_scope="session")
async def company(tmp_path: Path, browser: Browser) -> AsyncIterator[Company]:
    config = from_mapping(
        {
            "store": {"directory": str(tmp_path / "data")},
            "company": {"devices": "101-109", "number_places": False},
            "card": {"fields": [{"key": "contract", "label": "Договор"}]},
        },
        {},
    )
    async with running(config, listening=bind("127.0.0.1", 0), passwords=CHEAP) as up:
        hashed = await up.passwords.hashed(PASSWORD)
        for login, name in (("galina", "Galina"), ("adam", "Adam")):
            await up.people.add(login, name, Role.ADMIN, password_hash=hashed)
        up.rooms.roster.replace(await up.people.everybody())
        found = Company(up, browser, [], [])
        yield found
        complaints = [line for screen in found.screens for line in screen.complaints]
        await tell_pages(found.screens)
        for context in found.contexts:
            await context.close()
    # A conflict and a refusal are answers with a status, which chromium writes on its console.
    assert [line for line in complaints if "status of 4" not in line] == []


ROWS = 60
BAD = 9


def table() -> bytes:
    """Russian, as a spreadsheet in Russia saves it: cp1251, semicolons; every seventh number is none."""
    rows = [
        f"{n};Клиент {n};{'x' if n % 7 == 3 else f'8916{n:07}'};ДГ-{n};{170 + n % 20};ул. Мира, {n}"
        for n in range(ROWS)
    ]
    return ("\r\n".join(["Код;ФИО;Телефон;Договор;Рост;Адрес", *rows]) + "\r\n").encode("cp1251")


async def test_a_whole_import_from_the_file_to_the_undo(company: Company, tmp_path: Path) -> None:
    screen = await company.somebody("galina")
    page = screen.page
    await screen.opens("/contacts/import")
    await page.locator("input[type=file]").set_input_files(
        {"name": "клиенты.csv", "mimeType": "text/csv", "buffer": table()}
    )

    # Preview: how it is read, what its columns mean, the first cards.
    await expect(page.get_by_role("heading", level=1)).to_have_text("клиенты.csv", timeout=30_000)
    await expect(page.get_by_label("Encoding")).to_have_value("cp1251")
    await expect(page.get_by_label("Cells apart by")).to_have_value(";")
    await expect(page.get_by_label("Договор", exact=True)).to_have_value("custom.contract")
    height = page.get_by_label("Рост", exact=True)
    await expect(height).to_have_value("named_comment")
    cards = page.get_by_role("region", name="So the first cards will be").get_by_role("listitem")
    await expect(cards.first).to_contain_text("Клиент 0")
    await expect(cards.first).to_contain_text("ул. Мира, 0")
    await expect(cards.nth(3)).to_contain_text(
        "«x»" if await page.locator("html").get_attribute("lang") == "ru" else "“x”"
    )

    # The wrong encoding is seen before anything is written, and taken back.
    await page.get_by_label("Encoding").select_option("koi8-r")
    await expect(cards.first).not_to_contain_text("Клиент 0")
    await page.get_by_label("Encoding").select_option("cp1251")
    await expect(cards.first).to_contain_text("Клиент 0")

    # Mapping.
    await height.select_option("ignore")
    await expect(cards.first).not_to_contain_text("Рост")

    # Dry run: counted, nothing written, bad rows told.
    await page.get_by_role("button", name="Check first").click()
    would = page.get_by_role("region", name="If you import now")
    await expect(would).to_contain_text(f"New cards{ROWS - BAD}")
    await expect(would).to_contain_text(f"Rows not taken{BAD}")
    assert (await screen.says("/contacts"))["items"] == []
    bad = page.get_by_role("region", name="Rows that were not taken")
    await expect(bad.get_by_role("row")).to_have_count(BAD + 1)
    await expect(bad.get_by_role("row").nth(1)).to_contain_text("“x” is no phone number.")
    async with page.expect_download() as coming:
        await bad.get_by_role("link", name="Download the report").click()
    report = (await (await coming.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert report[:2] == [
        "Row,Column,Value,Reason,What to correct",
        "5,Телефон,x,phone_invalid,“x” is no phone number.",
    ]
    assert len(report) == BAD + 1

    # The run, and what it left.
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.locator("main p[role=status]")).to_have_text("Imported", timeout=30_000)
    await expect(page.get_by_role("region", name="Result")).to_contain_text(f"New cards{ROWS - BAD}")
    found = (await screen.says("/contacts?q=%D0%94%D0%93-7"))["items"]
    assert [(each["name"], each["custom"], each["comment"]) for each in found] == [
        ("Клиент 7", {"contract": "ДГ-7"}, None)
    ]

    # Somebody works with one of the cards; the others go.
    await company.up.rooms.contacts.add_note(found[0]["contact_id"], "позвонил", "Adam")
    await page.get_by_role("button", name="Take the import back").click()
    await expect(page.locator("main p[role=status]")).to_have_text("Taken back", timeout=30_000)
    await expect(page.get_by_role("region", name="Taken back")).to_contain_text(f"Cards removed{ROWS - BAD - 1}")
    await expect(page.get_by_role("link", name="Клиент 7")).to_be_visible()
    assert [each["name"] for each in (await screen.says("/contacts"))["items"]] == ["Клиент 7"]

    # The next file with the same columns is read as this one was told to be.
    await screen.opens("/contacts/import")
    await page.locator("input[type=file]").set_input_files(
        {"name": "ещё.csv", "mimeType": "text/csv", "buffer": table()}
    )
    await expect(page.get_by_role("heading", level=1)).to_have_text("ещё.csv", timeout=30_000)
    await expect(page.get_by_label("Рост", exact=True)).to_have_value("ignore")


@pytest.mark.parametrize("whose", ["Save mine over it", "Take theirs"])
async def test_two_administrators_who_save_one_card_lose_nothing(company: Company, whose: str) -> None:
    card_id = await company.card("Мария Петрова", NUMBER)
    galina, adam = await company.somebody("galina"), await company.somebody("adam")
    for screen in (galina, adam):
        await screen.opens(f"/contacts/{card_id}")
        await screen.page.get_by_role("button", name="Change", exact=True).click()
    await adam.page.get_by_label("City").fill("Тула")
    await adam.page.get_by_role("button", name="Save").click()
    await expect(adam.page.get_by_role("button", name="Change", exact=True)).to_be_visible()

    await galina.page.get_by_label("City").fill("Омск")
    await galina.page.get_by_role("button", name="Save").click()
    told = galina.page.get_by_role("alert")
    await expect(told).to_contain_text("Somebody changed this card while you were typing")
    await expect(told.locator("ins")).to_have_text("Тула")
    assert (await galina.says(f"/contacts/{card_id}"))["city"] == "Тула", "nothing was written over unasked"
    await told.get_by_role("button", name=whose).click()
    if whose == "Take theirs":
        await expect(galina.page.get_by_label("City")).to_have_value("Тула")
        return
    await expect(galina.page.get_by_role("button", name="Change", exact=True)).to_be_visible()
    assert (await galina.says(f"/contacts/{card_id}"))["city"] == "Омск"


async def test_numbers_are_grouped_for_people_and_copied_as_they_are_dialled(company: Company) -> None:
    card_id = await company.card("Мария Петрова", NUMBER)
    screen = await company.somebody("galina")
    await screen.opens(f"/contacts/{card_id}")
    page = screen.page
    shown = page.get_by_text(SHOWN, exact=True)
    await expect(shown).to_be_visible()

    async def clipboard() -> str:
        return str(await page.evaluate("navigator.clipboard.readText()"))

    await page.get_by_role("button", name=f"Copy {SHOWN}").click()
    await expect(page.get_by_text(f"{NUMBER} is copied")).to_be_visible()
    assert await clipboard() == NUMBER
    await page.evaluate("navigator.clipboard.writeText('')")
    await shown.evaluate("node => getSelection().selectAllChildren(node)")
    await page.keyboard.press("Control+c")
    assert await clipboard() == NUMBER


async def test_doubles_are_made_one_and_two_again(company: Company) -> None:
    await company.card("Мария Петрова", NUMBER, emails=(Email("m@a.example"),))
    await company.card("Petrova M.", "84959195557", "+79161234567")
    screen = await company.somebody("galina")
    await screen.opens("/settings/doubles")
    page = screen.page
    group = page.get_by_role("region", name=NUMBER)
    await group.get_by_role("listitem").filter(has_text="Мария").get_by_role("button", name="Keep this one").click()
    await expect(group).to_have_count(0)
    (card,) = (await screen.says("/contacts"))["items"]
    assert (card["name"], len(card["phones"])) == ("Мария Петрова", 2)
    await page.get_by_role("button", name="Undo").click()
    await expect(group.get_by_role("listitem")).to_have_count(2)
    assert {each["name"] for each in (await screen.says("/contacts"))["items"]} == {"Мария Петрова", "Petrova M."}


async def test_a_person_is_erased_only_by_the_name_typed(company: Company) -> None:
    card_id = await company.card("Мария Петрова", NUMBER)
    screen = await company.somebody("galina")
    await screen.opens(f"/contacts/{card_id}")
    page = screen.page
    await page.get_by_role("button", name="Erase for good…").click()
    erase = page.get_by_role("button", name="Erase for good", exact=True)
    await page.get_by_label("To be sure, type the name: Мария Петрова").fill("Мария")
    await expect(erase).to_be_disabled()
    await page.get_by_label("To be sure, type the name: Мария Петрова").fill("мария петрова")
    await erase.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cards")
    assert (await screen.says("/contacts"))["items"] == []


async def test_the_timeline_of_a_card_has_everything_in_one_line_of_time(company: Company) -> None:
    card_id = await company.card("Мария Петрова", NUMBER)
    screen = await company.somebody("galina")
    await screen.opens(f"/contacts/{card_id}")
    page = screen.page
    await page.get_by_label("New note").fill("просила счёт")
    await page.get_by_role("button", name="Add note").click()
    await page.get_by_label("What to be reminded of").fill("перезвонить")
    # The browser's own calendar, behind a button; what is chosen there is written as the screen writes.
    await page.get_by_role("button", name="Choose from the calendar").click()
    await page.keyboard.press("Escape")
    await page.locator("input[type=datetime-local]").fill("2030-01-01T09:00")
    await expect(page.get_by_label("When", exact=True)).to_have_value("Tue 01/01/2030 09:00")
    await page.get_by_role("button", name="Remind me").click()
    lines = page.get_by_role("region", name="Timeline").get_by_role("listitem")
    await expect(lines).to_have_count(3)
    for place, said in enumerate(("перезвонить", "просила счёт", "Card made")):
        await expect(lines.nth(place)).to_contain_text(said)
    await page.get_by_role("checkbox", name="перезвонить").click()
    await expect(lines.first).to_contain_text("Reminder done")
    await page.get_by_role("button", name="Undo").last.click()
    await expect(lines.first).to_contain_text("To remind Galina")


EVIL = "<img src=x onerror='window.harmed=1'>'; DROP TABLE contacts; --"
ARABIC = "محمد علي الحسيني"


async def test_markup_in_every_field_is_text_on_every_page_of_cards(company: Company) -> None:
    card_id = await company.card(
        EVIL,
        NUMBER,
        organisation=EVIL,
        position=EVIL,
        segment=EVIL[:80],
        tags=(EVIL,),
        city=EVIL,
        comment=EVIL,
        custom={"contract": EVIL},
        addresses=(Address(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL),),
        orders=(Order(EVIL, status=EVIL, items=(Item(EVIL),)),),
    )
    await company.card("Double", NUMBER)
    await company.up.rooms.contacts.add_note(card_id, EVIL, EVIL)
    screen = await company.somebody("galina")
    for path in (f"/contacts/{card_id}", "/contacts", "/settings/doubles"):
        await screen.opens(path)
        await expect(screen.page.get_by_text(EVIL).first).to_be_visible()
        assert await screen.page.evaluate("window.harmed") is None
        assert await screen.page.locator("img[src=x]").count() == 0


async def test_a_name_written_from_right_to_left_is_whole_and_is_found(company: Company) -> None:
    card_id = await company.card(ARABIC, "+966114612345", organisation="شركة النور", comment="يتصل بعد الظهر")
    screen = await company.somebody("galina", "ru-RU")
    await screen.opens(f"/contacts/{card_id}")
    page = screen.page
    await expect(page.get_by_role("heading", level=1)).to_have_text(ARABIC)
    frame, name = await page.locator("main").bounding_box(), await page.get_by_role("heading", level=1).bounding_box()
    assert frame is not None
    assert name is not None
    assert frame["x"] <= name["x"]
    assert name["x"] + name["width"] <= frame["x"] + frame["width"]
    await screen.opens("/contacts")
    await page.get_by_role("searchbox").fill("الحسيني")
    await expect(page.get_by_role("link", name=ARABIC)).to_be_visible()


async def test_a_note_is_taken_back_instead_of_asked_about(company: Company) -> None:
    card_id = await company.card("Мария Петрова", NUMBER)
    screen = await company.somebody("galina")
    await screen.opens(f"/contacts/{card_id}")
    page = screen.page
    box = page.get_by_label("New note")
    await box.fill("просила счот")
    await page.get_by_role("button", name="Add note").click()
    await expect(box).to_have_value("")
    await page.get_by_role("status").filter(has_text="Note added").get_by_role("button", name="Undo").click()
    await expect(box).to_have_value("просила счот")  # to be mended, not typed again
    assert (await screen.says(f"/contacts/{card_id}"))["notes"] == []
    await box.fill("просила счёт")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.get_by_role("region", name="Notes").get_by_role("listitem")).to_have_text(
        re.compile("^просила счёт")
    )
    assert [each["text"] for each in (await screen.says(f"/contacts/{card_id}"))["notes"]] == ["просила счёт"]
