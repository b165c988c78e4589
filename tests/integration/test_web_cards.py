"""Whole cards over the API: own fields, history, deleting and bringing back, merging, files, reminders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from web_site import CHEAP, PASSWORD, Browser, Site, site

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIELDS = [
    {"key": "contract", "label": "Contract"},
    {"key": "tier", "label": "Tier", "kind": "choice", "choices": ["gold", "silver"]},
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    async with site(folder, store={"url": module_store_url}, card={"fields": FIELDS}) as up:
        yield up


async def made(browser: Browser, name: str, **facts: Any) -> dict[str, Any]:
    answer = await browser.post("/contacts", {"name": name, **facts})
    assert answer.status_code == 201, answer.text
    card: dict[str, Any] = answer.json()
    return card


async def changed(browser: Browser, card: dict[str, Any], **facts: Any) -> Any:
    path = f"/api/v1/contacts/{card['contact_id']}"
    return await browser.http.put(path, json={"version": card["version"], **facts}, headers=browser.csrf)


async def test_own_fields_addresses_and_deputies_are_on_the_card(here: Site) -> None:
    async with here.browser("anna") as anna:
        assert [each["key"] for each in (await anna.get("/card-fields")).json()["items"]] == ["contract", "tier"]
        people = (await anna.get("/employees")).json()["items"]
        boris = next(each for each in people if each["name"] == "Boris")
        card = await made(
            anna,
            "Ромашка",
            custom={"contract": " A-17 ", "tier": "gold"},
            addresses=[{"street": "Тверская, 1", "city": "Москва", "label": "склад"}],
            deputies=[{"employee_id": boris["employee_id"]}],
        )
        assert card["custom"] == {"contract": "A-17", "tier": "gold"}
        assert card["addresses"][0]["city"] == "Москва"
        assert [each["name"] for each in card["deputies"]] == ["Boris"]
        assert (await changed(anna, card, city="Тула")).json()["custom"] == card["custom"]
        refused = await anna.post("/contacts", {"name": "x", "custom": {"tier": "lead"}})
        assert (refused.status_code, refused.json()["error_id"]) == (400, "contact_invalid")
        assert "none of: gold, silver" in refused.json()["detail"]


async def test_a_change_is_told_and_taken_back(here: Site) -> None:
    async with here.browser("anna") as anna:
        card = await made(anna, "Olga", city="Тула")
        await changed(anna, card, city="Омск")
        path = f"/contacts/{card['contact_id']}/changes"
        last, first = (await anna.get(path)).json()["items"]
        assert (first["kind"], last["kind"], last["author"]) == ("created", "changed", "Anna")
        assert last["fields"] == [{"field": "city", "before": "Тула", "after": "Омск"}]
        answer = await anna.post(f"{path}/{last['change_id']}/undo", None)
        assert answer.json()["city"] == "Тула"
        again = await anna.post(f"{path}/{last['change_id']}/undo", None)
        assert (again.status_code, again.json()["error_id"]) == (404, "no_such_change")


async def test_a_card_is_deleted_and_comes_back(here: Site) -> None:
    async with here.browser("anna") as anna, here.browser("sup") as sup:
        card = await made(anna, "Zoe", phones=[{"number": "+74951110011"}])
        path = f"/api/v1/contacts/{card['contact_id']}"
        query = {"version": card["version"]}
        assert (await anna.http.delete(path, params=query, headers=anna.csrf)).status_code == 403
        assert (await sup.http.delete(path, params={"version": 9}, headers=sup.csrf)).status_code == 409
        assert (await sup.http.delete(path, params=query, headers=sup.csrf)).status_code == 204
        assert (await anna.get(f"/contacts/{card['contact_id']}")).status_code == 404
        back = await sup.post(f"/contacts/{card['contact_id']}/restore", None)
        assert (back.status_code, back.json()) == (200, card)


async def test_two_cards_become_one_and_two_again(here: Site) -> None:
    async with here.browser("sup") as sup, here.browser("anna") as anna:
        one = await made(sup, "Ivan", phones=[{"number": "+74951110022"}])
        other = await made(sup, "И. Иванов", phones=[{"number": "84951110022"}, {"number": "+79160000001"}])
        doubles = (await sup.get("/duplicates", after="+7495111002")).json()["items"]
        assert doubles[0]["key"] == "+74951110022"
        assert {each["name"] for each in doubles[0]["contacts"]} == {"Ivan", "И. Иванов"}
        merge = {"version": one["version"], "other_id": other["contact_id"], "other_version": other["version"]}
        path = f"/contacts/{one['contact_id']}"
        assert (await anna.post(f"{path}/merge", merge)).status_code == 403
        merged = (await sup.post(f"{path}/merge", merge)).json()
        assert len(merged["contact"]["phones"]) == 2
        assert (await anna.get(f"/contacts/{other['contact_id']}")).json()["contact_id"] == one["contact_id"]
        undo = f"{path}/changes/{merged['change_id']}/undo"
        assert (await anna.post(undo, None)).status_code == 403
        assert len((await sup.post(undo, None)).json()["phones"]) == 1
        assert (await anna.get(f"/contacts/{other['contact_id']}")).json()["name"] == "И. Иванов"
    trail = [each.action for each in (await here.up.rooms.audit.page()).items]
    assert {"contact.merged", "contact.parted", "contact.deleted", "contact.restored"} <= set(trail)


async def test_the_people_of_an_organisation(here: Site) -> None:
    async with here.browser("anna") as anna:
        firm = await made(anna, "Лютик", kind="organisation")
        await made(anna, "Пётр", organisation="Лютик", organisation_id=firm["contact_id"])
        people = (await anna.get(f"/contacts/{firm['contact_id']}/people")).json()["items"]
        assert [each["name"] for each in people] == ["Пётр"]
        refused = await anna.post("/contacts", {"name": "x", "organisation_id": people[0]["contact_id"]})
        assert (refused.status_code, refused.json()["error_id"]) == (400, "contact_invalid")


class TestFiles:
    async def put(self, browser: Browser, card: dict[str, Any], content: bytes, **query: str) -> Any:
        headers = browser.csrf | {"Content-Type": "application/octet-stream"}
        path = f"/api/v1/contacts/{card['contact_id']}/attachments"
        return await browser.http.post(path, content=content, params=query, headers=headers)

    async def test_one_is_put_on_a_card_and_read_again(self, here: Site) -> None:
        async with here.browser("anna") as anna:
            card = await made(anna, "Files")
            kept = await self.put(anna, card, b"%PDF-1.7", name="договор №1.pdf", media_type="application/pdf")
            assert kept.status_code == 201, kept.text
            path = f"/contacts/{card['contact_id']}/attachments"
            (listed,) = (await anna.get(path)).json()["items"]
            assert (listed["name"], listed["size"], listed["author"]) == ("договор №1.pdf", 8, "Anna")
            file = await anna.get(f"{path}/{listed['attachment_id']}")
            assert (file.content, file.headers["content-type"]) == (b"%PDF-1.7", "application/octet-stream")
            gone = await anna.http.delete(f"/api/v1{path}/{listed['attachment_id']}", headers=anna.csrf)
            assert gone.status_code == 204
            assert (await anna.get(f"{path}/{listed['attachment_id']}")).json()["error_id"] == "no_such_attachment"

    async def test_one_that_could_run_here_is_only_saved(self, here: Site) -> None:
        async with here.browser("anna") as anna:
            card = await made(anna, "Html")
            page = b"<script>alert(1)</script>"
            kept = (await self.put(anna, card, page, name="a.html", media_type="text/html")).json()
            file = await anna.get(f"/contacts/{card['contact_id']}/attachments/{kept['attachment_id']}")
            assert file.headers["content-type"] == "application/octet-stream"
            assert file.headers["content-disposition"].startswith("attachment")
            assert file.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "/"])
    async def test_a_name_leads_nowhere_else(self, here: Site, name: str) -> None:
        async with here.browser("anna") as anna:
            card = await made(anna, "Names")
            kept = await self.put(anna, card, b"x", name=name)
            if name == "/":
                assert kept.json()["error_id"] == "contact_invalid"
            else:
                assert kept.json()["name"] in ("passwd", "boot.ini")

    async def test_one_too_large_leaves_nothing(self, here: Site, tmp_path: Path) -> None:
        async with here.browser("anna") as anna:
            card = await made(anna, "Large")
            answer = await self.put(anna, card, b"x" * 20_000_001, name="x.bin")
            assert answer.status_code == 413
            assert (await anna.get(f"/contacts/{card['contact_id']}/attachments")).json()["items"] == []

    async def test_another_cards_file_is_not_told(self, here: Site) -> None:
        async with here.browser("anna") as anna:
            one, other = await made(anna, "One"), await made(anna, "Other")
            kept = (await self.put(anna, one, b"x", name="x")).json()
            answer = await anna.get(f"/contacts/{other['contact_id']}/attachments/{kept['attachment_id']}")
            assert answer.status_code == 404


async def test_a_reminder_is_set_and_done(here: Site) -> None:
    async with here.browser("anna") as anna:
        card = await made(anna, "Later")
        path = f"/contacts/{card['contact_id']}/reminders"
        due = {"due_at": "2026-12-01T10:00:00+03:00", "text": "перезвонить"}
        kept = (await anna.post(path, due)).json()
        assert (kept["employee"], kept["due_at"], kept["done_at"]) == ("Anna", "2026-12-01T07:00:00.000Z", None)
        done = await anna.http.put(f"/api/v1{path}/{kept['reminder_id']}", json={"done": True}, headers=anna.csrf)
        assert done.json()["done_at"] is not None
        assert len((await anna.get(path)).json()["items"]) == 1
        for wrong in ({**due, "due_at": "tomorrow"}, {**due, "text": " "}, {**due, "due_at": "2026-12-01T10:00:00"}):
            assert (await anna.post(path, wrong)).status_code == 400
        assert (await anna.post(path, {**due, "employee_id": "nobody"})).status_code == 404


async def test_whoever_sees_no_numbers_sees_none_in_reminders_and_names_of_files(here: Site) -> None:
    async with here.browser("adm") as admin:
        role = {"name": "No numbers", "permissions": ["contacts.read", "contacts.write"], "numbers_masked": True}
        role_id = (await admin.post("/roles", role)).json()["role_id"]
    await here.up.people.add("mara", "Mara", role_id, password_hash=await CHEAP.hashed(PASSWORD))
    await here.up.rooms.staff_changed()
    due = {"due_at": "2026-12-01T10:00:00+03:00", "text": "call +74959195557 back"}
    binary = {"Content-Type": "application/octet-stream"}
    async with here.browser("anna") as anna, here.browser("mara") as mara:
        card = await made(anna, "Later")
        reminders, files = (f"/contacts/{card['contact_id']}/{what}" for what in ("reminders", "attachments"))
        kept = (await anna.post(reminders, due)).json()
        assert kept["text"] == due["text"]
        for name in ("call_74959195557.mp3", "+7 495 919-55-57.pdf", "+74959195557"):
            query = {"name": name, "media_type": "application/pdf"}
            for browser, shown in ((anna, name), (mara, None)):
                headers = browser.csrf | binary
                put = await browser.http.post(f"/api/v1{files}", content=b"x", params=query, headers=headers)
                assert put.status_code == 201, put.text
                assert (put.json()["name"] == name) is (shown is not None)
        answers = [
            await mara.get(reminders),
            await mara.post(reminders, due),
            await mara.http.put(f"/api/v1{reminders}/{kept['reminder_id']}", json={"done": True}, headers=mara.csrf),
            await mara.get(files),
        ]
        listed = answers[-1].json()["items"]
        texts = [answer.text for answer in answers]
        for file in listed:
            whole = await mara.get(f"{files}/{file['attachment_id']}")
            assert whole.content == b"x"
            texts.append(whole.headers["content-disposition"])
        for text in texts:
            assert "9195557" not in text
            assert "919-55" not in text
        assert [answer.status_code for answer in answers] == [200, 201, 200, 200]
        assert answers[1].json()["text"] == "call +7 *** ***-55-57 back"
        assert {(file["name"], file["media_type"], file["author"]) for file in listed if file["author"] == "Mara"} == {
            ("call_….mp3", "application/pdf", "Mara"),
            ("+7 *** ***-55-57.pdf", "application/pdf", "Mara"),
            ("+7 *** ***-55-57", "application/pdf", "Mara"),
        }
        assert (await anna.get(files)).json()["items"][0]["name"] == "+74959195557"
