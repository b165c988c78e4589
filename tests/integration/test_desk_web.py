"""Whose number it is, who was missed, how one wants to be told: through the API and the live channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP
from test_mail import PATIENCE_S, Letterbox, served
from web_site import NUMBER, Browser, Site, site

from ringcard.calls.causes import Outcome
from ringcard.calls.events import Party
from ringcard.web.frames import ServerFrame

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "+79265550101"
CHOSEN = {
    "pop_when": "on_answer",
    "ring_sound": True,
    "notify": True,
    "missed_mail": False,
    "mail_address": None,
    "auto_answer": True,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    rule = {"name": "CRM", "url": "https://crm.example.com/?n={number}", "when": "ring"}
    async with site(
        tmp_path_factory.mktemp("site"), store={"url": module_store_url}, desk={"screen_pop": [rule]}
    ) as up:
        yield up


async def two_cards(browser: Browser, number: str) -> tuple[str, str]:
    made = []
    for name in ("Anna", "Boris"):
        answer = await browser.post("/contacts", {"name": name, "phones": [{"number": number}]})
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["contact_id"])
    return made[0], made[1]


async def ringing(here: Site, browser: Browser, number: str) -> tuple[str, dict[str, Any]]:
    """A call of this number at Anna's phone, and what her screen shows of it once every source has answered."""
    async with browser.live() as live:
        call = here.calls.starts(Party(number=number, presented=number))
        here.calls.rings(call, "101")
        pop: dict[str, Any] = (await live.until("pop", call_id=call))["pop"]
        while any(source["status"] == "pending" for source in pop["sources"]):
            pop = (await live.until("pop", call_id=call))["pop"]
    return call, pop


class TestSeveralCards:
    async def test_the_choice_is_remembered_for_everybody_and_can_be_changed(self, here: Site) -> None:
        async with here.browser("anna") as anna, here.browser("boris") as boris:
            first, second = await two_cards(anna, NUMBER)
            call, pop = await ringing(here, anna, NUMBER)
            assert (pop["choice"], pop["contact"]) == ("open", None)
            assert {match["contact_id"] for match in pop["matches"]} == {first, second}
            async with anna.live() as live:
                said = await anna.post(f"/calls/{call}/contact", {"contact_id": first})
                assert said.json()["contact"]["name"] == "Anna"
                pop = (await live.until("pop", call_id=call, choice="remembered"))["pop"]
                assert pop["contact"]["contact_id"] == first
            here.calls.ends(call, "101")

            again, pop = await ringing(here, anna, NUMBER)
            assert (pop["choice"], pop["contact"]["contact_id"]) == ("remembered", first)
            async with anna.live() as live:
                await anna.post(f"/calls/{again}/contact", {"contact_id": second})
                pop = (await live.until("pop", call_id=again, choice="remembered"))["pop"]
                assert pop["contact"]["contact_id"] == second
                await anna.post(f"/calls/{again}/contact", {"contact_id": None})
                pop = (await live.until("pop", call_id=again, choice="open"))["pop"]
                assert pop["contact"] is None
            here.calls.ends(again, "101")
            refused = await boris.post(f"/calls/{again}/contact", {"contact_id": first})
            assert refused.json()["error_id"] == "not_allowed", "the call is a colleague's"

    async def test_only_a_card_that_may_be_the_callers_can_be_chosen(self, here: Site) -> None:
        async with here.browser("anna") as anna:
            stranger = await anna.post("/contacts", {"name": "Stranger", "phones": [{"number": "+74950000001"}]})
            call, _ = await ringing(here, anna, OTHER)
            answer = await anna.post(f"/calls/{call}/contact", {"contact_id": stranger.json()["contact_id"]})
            here.calls.ends(call, "101")
        assert answer.json()["error_id"] == "no_such_contact"


async def test_the_choice_outlives_the_server(tmp_path: Path, store_url: str) -> None:
    async with site(tmp_path, store={"url": store_url}) as before, before.browser("anna") as anna:
        first, _ = await two_cards(anna, NUMBER)
        call, _ = await ringing(before, anna, NUMBER)
        await anna.post(f"/calls/{call}/contact", {"contact_id": first})
        await anna.http.put("/api/v1/preferences", json=CHOSEN, headers=anna.csrf)
        before.calls.ends(call, "101")
        async with anna.live() as live:
            missed = live.first["missed"]
    async with site(tmp_path, store={"url": store_url}) as after, after.browser("anna") as anna:
        _, pop = await ringing(after, anna, NUMBER)
        assert (pop["choice"], pop["contact"]["contact_id"]) == ("remembered", first)
        async with anna.live() as live:
            assert live.first["preferences"] == CHOSEN
            assert [each | {"contact": None} for each in live.first["missed"]] == [
                each | {"contact": None} for each in missed
            ], "whose number it is, is asked anew"
        assert [(each["times"], each["contact"]["name"]) for each in (await anna.get("/missed")).json()["items"]] == [
            (1, "Anna")
        ]


class TestPagesOfOtherSystems:
    async def test_the_address_comes_with_the_pop(self, here: Site) -> None:
        async with here.browser("anna") as anna:
            call, pop = await ringing(here, anna, OTHER)
            here.calls.ends(call, "101")
        assert pop["openings"] == [{"rule": "CRM", "url": "https://crm.example.com/?n=%2B79265550101", "when": "ring"}]


class TestPreferences:
    async def test_they_are_the_same_on_every_computer_at_once(self, here: Site) -> None:
        async with here.browser("anna") as one, here.browser("anna") as two, two.live() as live:
            assert (await one.get("/preferences")).json()["pop_when"] == "on_ring"
            answer = await one.http.put("/api/v1/preferences", json=CHOSEN, headers=one.csrf)
            assert answer.json() == CHOSEN | {"mail_ready": False}
            frame = await live.until("preferences")
            assert frame["preferences"] == CHOSEN
        async with here.browser("boris") as boris:
            assert (await boris.get("/preferences")).json()["pop_when"] == "on_ring"

    @pytest.mark.parametrize(
        "change", [{"pop_when": "sometimes"}, {"mail_address": "nobody"}, {"missed_mail": True, "mail_address": " "}]
    )
    async def test_what_makes_no_sense_is_refused(self, here: Site, change: dict[str, object]) -> None:
        async with here.browser("anna") as anna:
            answer = await anna.http.put("/api/v1/preferences", json=CHOSEN | change, headers=anna.csrf)
        assert (answer.status_code, answer.json()["error_id"]) == (400, "invalid_request")


class TestMissed:
    async def test_done_by_one_is_done_for_all_whose_phone_rang(self, here: Site) -> None:
        async with (
            here.browser("anna") as anna,
            here.browser("boris") as boris,
            here.browser("sup") as sup,
            boris.live() as his,
        ):
            call = here.calls.starts()
            here.calls.rings(call, "101", "102")
            here.calls.ends(call, "101", "102")
            missed = (await his.until("missed"))["missed"]
            assert (missed["call_id"], missed["handled"]) == (call, None)
            assert missed["employees"] == {"101": "Anna", "102": "Boris"}
            for browser in (anna, boris, sup):
                items = (await browser.get("/missed")).json()["items"]
                assert missed["missed_id"] in {item["missed_id"] for item in items}
            await anna.post(f"/missed/{missed['missed_id']}/done", {})
            done = (await his.until("missed", missed_id=missed["missed_id"]))["missed"]
            assert done["handled"]["how"] == "done"
            items = (await boris.get("/missed")).json()["items"]
            assert missed["missed_id"] not in {item["missed_id"] for item in items}
            items = (await boris.get("/missed", handled=True)).json()["items"]
            assert missed["missed_id"] in {item["missed_id"] for item in items}
            undone = await anna.http.delete(f"/api/v1/missed/{missed['missed_id']}/done", headers=anna.csrf)
            assert undone.json()["handled"] is None

    async def test_answering_the_next_call_of_the_number_deals_with_it(self, here: Site) -> None:
        caller = Party(number="+74957770001", presented="+74957770001")
        async with here.browser("anna") as anna, anna.live() as live:
            call = here.calls.starts(caller)
            here.calls.rings(call, "101")
            here.calls.ends(call, "101")
            await live.until("missed", number=caller.number)
            call = here.calls.starts(caller)
            here.calls.rings(call, "101")
            here.calls.answers(call, "101")
            here.calls.ends(call, "101", outcome=Outcome.ANSWERED)
            handled = (await live.until("missed", number=caller.number))["missed"]["handled"]
        assert (handled["how"], handled["call_id"]) == ("talked", call)

    async def test_it_is_not_even_said_to_exist_to_whom_it_does_not_concern(self, here: Site) -> None:
        async with here.browser("anna") as anna, here.browser("boris") as boris:
            caller = Party(number="+74957770002", presented="+74957770002")
            async with boris.live() as live:
                call = here.calls.starts(caller)
                here.calls.rings(call, "102")
                here.calls.ends(call, "102")
                missed_id = (await live.until("missed", number=caller.number))["missed"]["missed_id"]
            assert missed_id not in {each["missed_id"] for each in (await anna.get("/missed")).json()["items"]}
            answer = await anna.post(f"/missed/{missed_id}/done", {})
            assert answer.json()["error_id"] == "not_found"


async def test_a_missed_call_is_told_by_mail_to_whoever_wants_it(tmp_path: Path, store_url: str) -> None:
    box = Letterbox()
    async with served(lambda: SMTP(box, hostname="mail.example.com", enable_SMTPUTF8=True)) as server:
        mail = {"host": server.host, "port": server.port, "security": "none", "desk_url": "https://cti.example.com"}
        async with site(tmp_path, store={"url": store_url}, mail=mail) as here, here.browser("anna") as anna:
            wish = CHOSEN | {"missed_mail": True, "mail_address": "anna@example.com"}
            answer = await anna.http.put("/api/v1/preferences", json=wish, headers=anna.csrf)
            assert answer.json()["mail_ready"] is True
            await anna.post("/contacts", {"name": "Мария", "phones": [{"number": NUMBER}]})
            async with anna.live() as live:
                call = here.calls.starts()
                here.calls.rings(call, "101", "102")
                # Whoever hangs up before the look-up has answered is called by the number.
                await live.until("pop", call_id=call, mark="known")
            here.calls.ends(call, "101", "102")
            await asyncio.wait_for(box.came.wait(), PATIENCE_S)
    assert [letter["To"] for letter in box.letters] == ["anna@example.com"]
    assert box.letters[0]["Subject"] == "Missed call: Мария"
    text = box.letters[0].get_content()
    assert "+7 495 919-55-57" in text
    assert "https://cti.example.com/calls?list=missed" in text


async def test_every_frame_is_one_that_the_openapi_file_declares(here: Site) -> None:
    async with here.browser("sup") as sup, here.browser("anna") as anna, anna.live() as hers, sup.live() as live:
        call = here.calls.starts()
        here.calls.rings(call, "101")
        await anna.http.put("/api/v1/preferences", json=CHOSEN, headers=anna.csrf)
        here.calls.ends(call, "101")
        await live.says(type="ping")
        await hers.until("preferences")
        await hers.until("missed")
        while (await live.next())["type"] != "pong":
            pass
        declared = (await anna.get("/openapi.json")).json()["components"]["schemas"]
    frames = [hers.first, live.first, *hers.frames, *live.frames]
    assert {frame["type"] for frame in frames} >= {"snapshot", "pop", "call", "missed", "preferences", "pong"}
    for frame in frames:
        msgspec.convert(frame, ServerFrame)
        shape = next(each for each in declared.values() if frame["type"] in _tags(each))
        assert set(frame) == set(shape["properties"]), frame["type"]


def _tags(schema: dict[str, Any]) -> list[str]:
    tags: list[str] = schema.get("properties", {}).get("type", {}).get("enum", [])
    return tags
