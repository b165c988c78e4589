"""Dialling from the screen, through the API and the live channel; what is not dialled, and who may not.

What a real PBX makes of it, the lab's scenarios tell.
"""

from __future__ import annotations

import asyncio

import pytest
from handling_stage import Stage, clean_stage, error_of, made, now, request_until, whole_stage
from web_site import CHEAP, NUMBER, PASSWORD

from ringcard.calls.causes import Outcome
from ringcard.calls.events import (
    CallCleared,
    ConnectionCleared,
    Established,
    Party,
)
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.connector import LinkState, LinkStatus, Service, ServiceRefused

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIXTURES = (whole_stage, clean_stage)


class TestMakingACall:
    async def test_accepted_is_told_first_and_done_when_the_customer_answers(self, stage: Stage) -> None:
        async with stage.anna.live() as live:
            answer = await stage.anna.post("/calls", {"number": "8 (495) 919-55-57"})
            assert answer.status_code == 202
            call, request = answer.json()["call_id"], answer.json()["request_id"]
            first = await request_until(live, request_id=request)
            assert (first["state"], first["service"], first["device"]) == ("accepted", "MakeCall", "101")
            stage.say(*made(call))
            stage.say(Established(CallId(call), now(), None, NUMBER))
            last = await request_until(live, request_id=request)
        assert (last["state"], last["reason"]) == ("done", None)
        again = (await stage.anna.get(f"/calls/{call}/services/{request}")).json()
        assert again == last

    @pytest.mark.parametrize(
        ("device", "outcome", "reason"),
        [
            ("101", Outcome.NO_ANSWER, "phone_no_answer"),
            (None, Outcome.BUSY, "busy"),
            (None, Outcome.NO_ANSWER, "no_answer"),
            (None, Outcome.REJECTED, "rejected"),
        ],
    )
    async def test_a_failure_says_whose_phone_and_why(
        self, stage: Stage, device: str | None, outcome: Outcome, reason: str
    ) -> None:
        async with stage.anna.live() as live:
            call = (await stage.anna.post("/calls", {"number": NUMBER})).json()["call_id"]
            if device is None:
                stage.say(*made(call))
            where = None if device is None else DeviceId(device)
            stage.say(
                ConnectionCleared(CallId(call), now(), where, outcome), CallCleared(CallId(call), now(), "system")
            )
            last = await request_until(live, call_id=call, state="failed")
        assert last["reason"] == reason

    async def test_a_double_click_dials_once(self, stage: Stage) -> None:
        body = {"number": NUMBER}
        answers = await asyncio.gather(*(stage.keyed(stage.anna, "/calls", body, "click-1") for _ in range(2)))
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        assert len(stage.pbx.asked) == 1
        other = await stage.keyed(stage.anna, "/calls", {"number": "+74991112233"}, "click-1")
        assert error_of(other) == (409, "idempotency_conflict")
        bad = await stage.keyed(stage.anna, "/calls", body, "k" * 129)
        assert error_of(bad) == (400, "invalid_request")

    async def test_fifty_clicks_in_a_second_dial_once(self, stage: Stage) -> None:
        answers = await asyncio.gather(*(stage.anna.post("/calls", {"number": NUMBER}) for _ in range(50)))
        assert {answer.status_code for answer in answers} <= {202, 409}
        assert len({answer.json().get("call_id") for answer in answers if answer.status_code == 202}) == 1
        assert [asked.service for asked in stage.pbx.asked] == [Service.MAKE_CALL]

    async def test_another_number_waits_until_the_phone_is_picked_up(self, stage: Stage) -> None:
        call = (await stage.anna.post("/calls", {"number": NUMBER})).json()["call_id"]
        other = {"number": "+74991112233"}
        assert error_of(await stage.anna.post("/calls", other)) == (409, "dialling_already")
        assert (await stage.anna.post("/calls", {"number": "112"})).status_code == 202
        stage.say(*made(call))
        stage.say(ConnectionCleared(CallId(call), now(), DeviceId("101"), Outcome.ANSWERED))
        stage.say(CallCleared(CallId(call), now(), "101"))

    async def test_a_refused_one_is_nothing(self, stage: Stage) -> None:
        stage.pbx.refusals[Service.MAKE_CALL] = ServiceRefused("Extension does not exist.")
        answer = await stage.keyed(stage.anna, "/calls", {"number": NUMBER}, "again")
        assert error_of(answer) == (502, "pbx_refused")
        assert "Extension does not exist." in answer.json()["detail"]
        stage.pbx.refusals.clear()
        assert (await stage.keyed(stage.anna, "/calls", {"number": NUMBER}, "again")).status_code == 202

    async def test_of_a_lost_connection_nothing_is_asked(self, stage: Stage) -> None:
        stage.pbx.link = LinkStatus(LinkState.DOWN, now(), "the cable")
        assert error_of(await stage.anna.post("/calls", {"number": NUMBER})) == (503, "pbx_unreachable")

    async def test_a_call_back_belongs_to_the_conversation_of_the_missed_one(self, stage: Stage) -> None:
        number = "+74957770011"
        call = stage.here.calls.starts(Party(number=number, presented=number))
        stage.here.calls.rings(call, "101")
        stage.here.calls.ends(call, "101")
        missed = (await stage.anna.get("/missed")).json()["items"]
        missed_id = next(each["missed_id"] for each in missed if each["number"] == number)
        async with stage.anna.live() as live:
            back = (await stage.anna.post("/calls", {"missed_id": missed_id})).json()["call_id"]
            stage.say(*made(back, to=number))
            pop = (await live.until("pop", call_id=back, conversation_id=call))["pop"]
            assert pop["state"] == "active"
            stage.say(Established(CallId(back), now(), None, number))
            stage.say(CallCleared(CallId(back), now(), "called"))
            cleared = (await live.until("missed", missed_id=missed_id))["missed"]
        assert cleared["handled"]["how"] == "talked"


class TestWhatIsNotDialled:
    @pytest.mark.parametrize(
        ("number", "error_id", "says"),
        [
            ("101", "dial_refused", "your own phone"),
            ("+78091234567", "dial_refused", "does not dial numbers"),
            ("Petrov", "number_invalid", "has letters in it"),
            ("8-800-FLOWERS", "number_invalid", "has letters in it"),
            ("(", "number_invalid", "no number"),
        ],
    )
    async def test_says_why(self, stage: Stage, number: str, error_id: str, says: str) -> None:
        answer = await stage.anna.post("/calls", {"number": number})
        assert error_of(answer) == ({"number_invalid": 400, "dial_refused": 409}[error_id], error_id)
        assert says in answer.json()["detail"]
        assert stage.pbx.asked == []

    async def test_ones_own_mobile_twin_is_oneself(self, stage: Stage) -> None:
        assert error_of(await stage.boris.post("/calls", {"number": "+79031112233"})) == (409, "dial_refused")
        seen = (await stage.anna.get("/dial", q="+7 903 111-22-33")).json()
        assert (seen["colleague"]["name"], [each["code"] for each in seen["warnings"]]) == ("Boris", ["mobile_twin"])
        assert seen["allowed"]

    @pytest.mark.parametrize("number", ["112", "02"])
    async def test_an_emergency_number_is_always_dialled_and_never_warned_about(
        self, stage: Stage, number: str
    ) -> None:
        seen = (await stage.boris.get("/dial", q=number)).json()
        assert (seen["kind"], seen["warnings"], seen["allowed"]) == ("emergency", [], True)
        assert (await stage.boris.post("/calls", {"number": number})).status_code == 202
        assert stage.pbx.asked[-1].how["number"] == number
        assert stage.pbx.asked[-1].how["caller_id"] is None

    async def test_a_device_named_like_an_emergency_number_is_that_device(self, stage: Stage) -> None:
        """103 is a phone of this company; `ringcard doctor` warns of it."""
        seen = (await stage.boris.get("/dial", q="103")).json()
        assert (seen["kind"], seen["allowed"]) == ("internal", True)
        assert (await stage.boris.post("/calls", {"number": "103"})).status_code == 202
        assert stage.pbx.asked[-1].how["number"] == "103"

    async def test_a_strange_caller_id_is_refused_and_ones_own_shown(self, stage: Stage) -> None:
        answer = await stage.anna.post("/calls", {"number": NUMBER, "caller_id": "+70000000000"})
        assert error_of(answer) == (409, "dial_refused")
        assert (await stage.anna.post("/calls", {"number": NUMBER, "caller_id": "+78121234567"})).status_code == 202
        assert stage.pbx.asked[-1].how["caller_id"] == "+78121234567"

    async def test_ones_own_phone_picks_up_by_itself_if_one_wants_that(self, stage: Stage) -> None:
        wish = {"pop_when": "on_ring", "ring_sound": False, "notify": False, "missed_mail": False, "mail_address": None}
        for chosen, said, asked in ((False, {}, False), (True, {}, True), (True, {"auto_answer": False}, False)):
            assert (await stage.put(stage.anna, "/preferences", wish | {"auto_answer": chosen})).status_code == 200
            assert (await stage.anna.post("/calls", {"number": NUMBER} | said)).status_code == 202
            assert stage.pbx.asked[-1].how["auto_answer"] is asked
            stage.clean()
        await stage.put(stage.anna, "/preferences", wish)  # without it: as it was

    async def test_a_program_gives_a_call_its_data(self, stage: Stage) -> None:
        data = {"account": "40817", "reason": "счёт № 7"}
        assert (await stage.anna.post("/calls", {"number": NUMBER, "data": data})).status_code == 202
        assert stage.pbx.asked[-1].how["data"] == data

    @pytest.mark.parametrize(
        ("data", "refused"),
        [
            ({"Account": "1"}, (400, "call_data_invalid")),
            ({"account": "\x00"}, (400, "call_data_invalid")),
            ({"account": "x" * 5_000}, (413, "call_data_too_large")),
            ({f"key{place}": "1" for place in range(65)}, (400, "invalid_request")),
        ],
    )
    async def test_data_that_no_call_can_have_is_refused_before_anything_rings(
        self, stage: Stage, data: dict[str, str], refused: tuple[int, str]
    ) -> None:
        assert error_of(await stage.anna.post("/calls", {"number": NUMBER, "data": data})) == refused
        assert stage.pbx.asked == []

    async def test_an_emergency_number_is_dialled_whatever_comes_with_it(self, stage: Stage) -> None:
        assert (await stage.anna.post("/calls", {"number": "112", "data": {"No Key": "\x00"}})).status_code == 202
        assert stage.pbx.asked[-1].how["number"] == "112"

    async def test_an_employee_without_a_device_is_told_what_to_do(self, stage: Stage) -> None:
        answer = await stage.admin.post("/calls", {"number": NUMBER})
        assert error_of(answer) == (409, "no_device")
        assert "administrator" in answer.json()["detail"]
        assert (await stage.admin.get("/dial", q=NUMBER)).json()["device"] is None

    async def test_a_colleagues_device_is_not_dialled_from(self, stage: Stage) -> None:
        assert error_of(await stage.anna.post("/calls", {"number": NUMBER, "device": "102"})) == (403, "not_allowed")

    async def test_a_card_can_ask_not_to_be_called(self, stage: Stage) -> None:
        number = "+74957770022"
        card = {"name": "Silent Sam", "phones": [{"number": number}], "custom": {"do_not_call": "yes"}}
        assert (await stage.anna.post("/contacts", card)).status_code == 201
        seen = (await stage.anna.get("/dial", q=number)).json()
        assert [each["code"] for each in seen["warnings"]] == ["do_not_call"]
        assert seen["contact"]["name"] == "Silent Sam"
        assert seen["allowed"]

    async def test_whoever_sees_only_their_own_cards_is_warned_and_not_told_whose_number_it_is(
        self, stage: Stage
    ) -> None:
        rights = ["calls.read", "calls.make", "contacts.read"]
        role = {"name": "Own cards", "permissions": rights, "calls": "own", "cards": "own"}
        role_id = (await stage.admin.post("/roles", role)).json()["role_id"]
        hashed = await CHEAP.hashed(PASSWORD)
        await stage.here.up.people.add("olga", "Olga", role_id, devices=["103"], password_hash=hashed)
        await stage.here.up.rooms.staff_changed()
        number = "+74957770077"
        card = {"name": "Secret Sam", "phones": [{"number": number}], "custom": {"do_not_call": "yes"}}
        contact_id = (await stage.anna.post("/contacts", card)).json()["contact_id"]
        async with stage.here.browser("olga") as olga:
            seen = (await olga.get("/dial", q=number)).json()
            assert (seen["contact"], [each["code"] for each in seen["warnings"]]) == (None, ["do_not_call"])
            assert "Secret" not in str(seen)
            async with olga.live() as live:
                call = stage.talking("103", number)
                while (await live.until("call", call_id=call))["call"]["contact"] is None:
                    pass
            stage.here.calls.ends(call, "103", outcome=Outcome.ANSWERED)
            seen = (await olga.get("/dial", q=number)).json()
        assert seen["contact"]["contact_id"] == contact_id, "whoever gets a call sees that caller's card"

    async def test_whoever_sees_no_numbers_sees_none_in_the_names_of_cards(self, stage: Stage) -> None:
        rights = ["calls.read", "calls.make", "contacts.read"]
        role = {"name": "No numbers", "permissions": rights, "calls": "all", "cards": "all", "numbers_masked": True}
        role_id = (await stage.admin.post("/roles", role)).json()["role_id"]
        hashed = await CHEAP.hashed(PASSWORD)
        await stage.here.up.people.add("nina", "Nina", role_id, devices=["104"], password_hash=hashed)
        await stage.here.up.rooms.staff_changed()
        number = "+74957770088"
        card = {"name": f"Zinaida {number}", "organisation": number, "phones": [{"number": number}]}
        assert (await stage.anna.post("/contacts", card)).status_code == 201
        async with stage.here.browser("nina") as nina:
            by_number = (await nina.get("/dial", q=number)).json()
            by_name = (await nina.get("/dial", q="zinaida")).json()
        assert by_number["contact"]["name"].startswith("Zinaida")
        assert [each["kind"] for each in by_name["candidates"]] == ["contact"]
        assert "7770088" not in str(by_number["contact"])
        assert "7770088" not in str(by_name)

    async def test_a_name_finds_people_and_premium_warns(self, stage: Stage) -> None:
        seen = (await stage.anna.get("/dial", q="bor")).json()
        first = seen["candidates"][0]
        assert (first["name"], first["number"], first["kind"]) == ("Boris", "102", "colleague")
        assert not seen["allowed"]
        assert seen["problem"] is not None
        assert [w["code"] for w in (await stage.anna.get("/dial", q="+78031234567")).json()["warnings"]] == ["premium"]


class TestForeignPages:
    @pytest.mark.parametrize("path", ["/calls", "/calls/x/services", "/calls/x/handover"])
    async def test_cannot_dial_with_the_cookies_of_who_is_signed_in(self, stage: Stage, path: str) -> None:
        headers = stage.anna.csrf | {"Origin": "https://evil.example"}
        answer = await stage.anna.http.post(f"/api/v1{path}", json={"number": NUMBER}, headers=headers)
        assert error_of(answer) == (403, "foreign_origin")
        assert "access-control-allow-origin" not in answer.headers
        blind = await stage.anna.http.post(f"/api/v1{path}", json={"number": NUMBER})
        assert error_of(blind) == (403, "csrf_mismatch")
        form = await stage.anna.http.post(f"/api/v1{path}", data={"number": NUMBER}, headers=stage.anna.csrf)
        assert error_of(form) == (415, "unsupported_media_type")
        assert stage.pbx.asked == []
