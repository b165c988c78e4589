"""Calls handled from the screen, through the API and the live channel, over a PBX that is in the test's hands.

What a real PBX makes of it, the lab's scenarios tell. Over 400 lines: bad input comes in many kinds, and each has its
test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from web_site import NUMBER, Browser, Live, Site, site

from ringcard.calls.causes import ConsultationPhase, DeviceState, Direction, Outcome, TransferKind
from ringcard.calls.events import (
    CallCleared,
    CallDataSet,
    ConnectionCleared,
    Consultation,
    Delivered,
    DeviceStateChanged,
    Established,
    Held,
    Originated,
    Party,
    PbxEvent,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.queues import QueueState, QueueStateChanged
from ringcard.pbx.connector import Hindrance, LinkState, LinkStatus, Service, ServiceRefused, WrongState
from ringcard.testing.connector import FakeConnector

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = {
    "caller_ids": ["+74951234567", "+78121234567"],
    "blocked": ["+7809"],
    "premium": ["+7803"],
    "quiet_from": 0,
    "quiet_to": 0,
    "voicemail": "*{device}",
    "twins": {"102": "+79031112233"},
    "queues": {"sales": "600"},
}
CARD_FIELDS = {"fields": [{"key": "do_not_call", "label": "Do not call", "kind": "yes_no"}]}
OUTCOMES = {"outcomes": [{"outcome": "sold", "label": "Sold"}, {"outcome": "spam", "label": "Spam", "teams": ["Desk"]}]}


@dataclass
class Stage:
    """A site with a PBX of our own, Anna at 101 and Boris at 102 and 109."""

    here: Site
    pbx: FakeConnector
    anna: Browser
    boris: Browser
    admin: Browser

    def say(self, *events: PbxEvent) -> None:
        self.here.up.bus.publish(events)

    def talking(self, device: str = "101", number: str = NUMBER) -> str:
        """A customer talks with somebody."""
        call = self.here.calls.starts(Party(number=number, presented=number))
        self.here.calls.rings(call, device)
        self.here.calls.answers(call, device)
        return call

    def clean(self) -> None:
        for asked in self.pbx.asked:
            if asked.service is Service.MAKE_CALL and asked.call_id is not None:
                self.say(CallCleared(asked.call_id, now(), "system"))
        self.pbx.asked.clear()
        self.pbx.refusals.clear()
        self.pbx.hindrances.clear()
        self.pbx.link = LinkStatus(LinkState.UP, now())
        for call in self.here.up.rooms.desk.live_calls():
            self.say(CallCleared(call.record.call_id, now(), "caller"))

    async def put(self, browser: Browser, path: str, body: Any) -> httpx.Response:
        return await browser.http.put(f"/api/v1{path}", json=body, headers=browser.csrf)

    async def keyed(self, browser: Browser, path: str, body: Any, key: str) -> httpx.Response:
        headers = browser.csrf | {"Idempotency-Key": key}
        return await browser.http.post(f"/api/v1{path}", json=body, headers=headers)


def now() -> datetime:
    return datetime.now(UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            site(
                tmp_path_factory.mktemp("site"),
                store={"url": module_store_url},
                dialling=RULES,
                card=CARD_FIELDS,
                wrap_up=OUTCOMES,
            )
        )
        pbx = FakeConnector()
        here.up.links.connectors[PbxId("office")] = pbx
        browsers = [await stack.enter_async_context(here.browser(login)) for login in ("anna", "boris", "adm")]
        yield Stage(here, pbx, *browsers)


@pytest.fixture
def stage(whole: Stage) -> Stage:
    whole.clean()
    return whole


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_id"]


async def request_until(live: Live, **fields: Any) -> dict[str, Any]:
    """The next told request that has these values."""
    while True:
        frame = await live.next()
        request: dict[str, Any] = frame.get("request", {})
        if frame["type"] == "service" and all(request[name] == value for name, value in fields.items()):
            return request


def made(call: str, *, by: str = "101", to: str = NUMBER) -> list[PbxEvent]:
    """The phone rings for a call that is being made, and is picked up."""
    call_id, device = CallId(call), DeviceId(by)
    return [
        Originated(
            call_id,
            now(),
            ConversationId(call),
            PbxId("office"),
            f"{call}.1",
            Direction.OUTBOUND,
            Party(device=device),
            Party(number=to, presented=to),
        ),
        Delivered(call_id, now(), device),
        Established(call_id, now(), device),
    ]


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

    async def test_a_name_finds_people_and_premium_warns(self, stage: Stage) -> None:
        seen = (await stage.anna.get("/dial", q="bor")).json()
        first = seen["candidates"][0]
        assert (first["name"], first["number"], first["kind"]) == ("Boris", "102", "colleague")
        assert not seen["allowed"]
        assert seen["problem"] is not None
        assert [w["code"] for w in (await stage.anna.get("/dial", q="+78031234567")).json()["warnings"]] == ["premium"]


class TestServices:
    async def test_hold_is_done_when_the_pbx_says_so(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as live:
            answer = await stage.anna.post(f"/calls/{call}/services", {"service": "HoldCall"})
            assert (answer.status_code, answer.json()["state"]) == (202, "accepted")
            assert stage.pbx.asked[-1].service is Service.HOLD_CALL
            stage.say(Held(CallId(call), now(), "101"))
            done = await request_until(live, state="done")
        assert done["request_id"] == answer.json()["request_id"]

    async def test_hold_on_a_held_call_is_refused_with_the_reason(self, stage: Stage) -> None:
        call = stage.talking()
        stage.pbx.refusals[Service.HOLD_CALL] = WrongState("the call is held already")
        answer = await stage.anna.post(f"/calls/{call}/services", {"service": "HoldCall"})
        assert error_of(answer) == (409, "wrong_state")
        assert answer.json()["errors"] == [{"field": "service", "message": "wrong_state"}]

    async def test_hung_up_while_it_is_asked_ends_it(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as live:
            answer = await stage.anna.post(f"/calls/{call}/services", {"service": "HoldCall"})
            stage.here.calls.ends(call, "101", outcome=Outcome.ANSWERED)
            failed = await request_until(live, state="failed")
        assert failed["request_id"] == answer.json()["request_id"]
        assert failed["reason"] == "hung_up"

    async def test_somebody_elses_call_is_not_allowed_and_not_found_by_guessing(self, stage: Stage) -> None:
        call = stage.talking("102")
        body = {"service": "ClearConnection"}
        assert error_of(await stage.anna.post(f"/calls/{call}/services", body)) == (403, "not_allowed")
        assert error_of(await stage.anna.post("/calls/nothing/services", body)) == (404, "no_such_call")
        assert error_of(await stage.admin.post(f"/calls/{call}/services", body)) == (409, "no_device")
        assert stage.pbx.asked == []

    async def test_a_request_is_its_askers_alone(self, stage: Stage) -> None:
        call = stage.talking()
        stage.here.calls.rings(call, "102")
        request = (await stage.anna.post(f"/calls/{call}/services", {"service": "HoldCall"})).json()["request_id"]
        answer = await stage.boris.get(f"/calls/{call}/services/{request}")
        assert error_of(answer) == (404, "no_such_request")

    async def test_a_call_that_is_over_takes_nothing(self, stage: Stage) -> None:
        call = stage.talking()
        stage.here.calls.ends(call, "101", outcome=Outcome.ANSWERED)
        answer = await stage.anna.post(f"/calls/{call}/services", {"service": "HoldCall"})
        assert error_of(answer) == (404, "no_such_call")

    async def test_transferring_to_oneself_or_to_nobody_is_refused(self, stage: Stage) -> None:
        call = stage.talking()
        for to in ("101", "Petrov", "", None):
            body = {"service": "SingleStepTransferCall"} | ({} if to is None else {"to": to})
            answer = await stage.anna.post(f"/calls/{call}/services", body)
            assert error_of(answer) == (400, "target_invalid"), to
        assert stage.pbx.asked == []

    async def test_what_may_not_be_dialled_may_not_be_transferred_or_forwarded_to(self, stage: Stage) -> None:
        call = stage.talking()
        premium = "+78091234567"
        for service in ("SingleStepTransferCall", "ConsultationCall"):
            body = {"service": service, "to": premium}
            assert error_of(await stage.anna.post(f"/calls/{call}/services", body)) == (409, "dial_refused")
        packet = {"to": {"number": premium}, "how": "blind"}
        assert error_of(await stage.anna.post(f"/calls/{call}/handover", packet)) == (409, "dial_refused")
        forward = {"kind": "always", "to": premium}
        assert error_of(await stage.put(stage.anna, "/devices/101/forwarding", forward)) == (409, "dial_refused")
        body = {"service": "SingleStepTransferCall", "to": "112"}
        assert (await stage.anna.post(f"/calls/{call}/services", body)).status_code == 202
        assert [asked.how for asked in stage.pbx.asked] == [{"to": "112"}]

    async def test_two_who_pick_up_one_call_are_one_winner_and_one_who_is_told(self, stage: Stage) -> None:
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "103", "101", "102")
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            for browser in (stage.anna, stage.boris):
                body = {"service": "DirectedPickupCall", "to": "103"}
                answer = await browser.post(f"/calls/{call}/services", body)
                assert answer.status_code == 202, answer.text
            stage.here.calls.answers(call, "101", "102", "103")
            won = await request_until(anna, state="done")
            lost = await request_until(boris, state="failed")
        assert (won["device"], lost["device"], lost["reason"]) == ("101", "102", "answered_elsewhere")

    async def test_what_rings_at_a_colleague_is_picked_up_by_who_sees_only_that_it_rings(self, stage: Stage) -> None:
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "102")
        assert error_of(await stage.anna.get(f"/calls/{call}")) == (403, "not_allowed")
        async with stage.anna.live() as anna:
            answer = await stage.anna.post("/devices/102/pick-up", {})
            assert answer.status_code == 202, answer.text
            (asked,) = stage.pbx.asked
            assert (asked.call_id, asked.device, asked.how) == (call, "101", {"device_ringing": "102"})
            stage.here.calls.answers(call, "101", "102")
            won = await request_until(anna, state="done")
        assert (won["call_id"], won["to"]) == (call, "102")
        again = await stage.anna.post("/devices/102/pick-up", {})
        assert error_of(again) == (404, "no_such_call")

    async def test_a_phone_of_another_team_is_not_picked_up(self, stage: Stage) -> None:
        boris = await stage.here.up.people.with_login("boris")
        warehouse = {"name": "Warehouse", "members": [boris.employee_id], "leaders": []}
        team = (await stage.admin.post("/teams", warehouse)).json()
        try:
            call = stage.here.calls.starts()
            stage.here.calls.rings(call, "102")
            for path, wish in (
                ("/devices/102/pick-up", {}),
                (f"/calls/{call}/services", {"service": "DirectedPickupCall", "to": "102"}),
            ):
                refused = await stage.anna.post(path, wish)
                assert error_of(refused) == (403, "not_allowed")
                assert "none of your teams" in refused.json()["detail"]
            assert not stage.pbx.asked
        finally:
            gone = await stage.admin.http.delete(f"/api/v1/teams/{team['team_id']}", headers=stage.admin.csrf)
            assert gone.status_code == 204

    async def test_where_a_call_is_parked_is_said_until_somebody_has_it(self, stage: Stage) -> None:
        call = stage.talking()
        call_id, by = CallId(call), DeviceId("101")
        async with stage.anna.live() as live:
            asked = await stage.anna.post(f"/calls/{call}/services", {"service": "ParkCall"})
            assert asked.json()["slot"] == "701"
            stage.say(
                Transferring(call_id, now(), 0, TransferKind.PARK, by, None),
                ConnectionCleared(call_id, now(), by, Outcome.ANSWERED),
            )
            parked = await request_until(live, state="done")
        assert parked["slot"] == "701"
        async with stage.anna.live() as live:
            assert [each["slot"] for each in live.first["services"]] == ["701"]
        stage.say(Delivered(call_id, now(), by))
        async with stage.anna.live() as live:
            assert live.first["services"] == []

    async def test_deflecting_to_voicemail_dials_ones_own_mailbox(self, stage: Stage) -> None:
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "101")
        body = {"service": "DeflectCall", "to": "voicemail"}
        assert (await stage.anna.post(f"/calls/{call}/services", body)).status_code == 202
        assert stage.pbx.asked[-1].how == {"to": "*101"}

    async def test_deflecting_to_a_queue_dials_what_the_settings_say(self, stage: Stage) -> None:
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "101")
        body = {"service": "DeflectCall", "to": "sales"}
        assert (await stage.anna.post(f"/calls/{call}/services", body)).status_code == 202
        assert stage.pbx.asked[-1].how == {"to": "600"}

    async def test_a_queue_that_nobody_said_how_to_dial_is_refused_by_name(self, stage: Stage) -> None:
        office = PbxId("office")
        stage.say(QueueStateChanged(office, now(), "support", QueueState(office, "support", now())))
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "101")
        answer = await stage.anna.post(f"/calls/{call}/services", {"service": "DeflectCall", "to": "support"})
        assert error_of(answer) == (400, "target_invalid")
        assert answer.json()["errors"] == [{"field": "reason", "message": "queue_unknown"}]

    async def test_the_desk_knows_what_it_can_send_to(self, stage: Stage) -> None:
        assert (await stage.anna.get("/handover/places")).json() == {"queues": ["sales"], "voicemail": True}

    async def test_listening_needs_its_permission_and_is_in_the_audit_trail(self, stage: Stage) -> None:
        call = stage.talking()
        body = {"service": "SingleStepConferenceCall", "mode": "silent", "to": "101"}
        assert error_of(await stage.anna.post(f"/calls/{call}/services", body)) == (403, "not_allowed")
        await stage.admin.post(f"/calls/{call}/services", body)
        trail = (await stage.admin.get("/audit", action="call.monitored")).json()["items"]
        assert [(each["employee_name"], each["object_id"]) for each in trail] == [("Adam", call)]

    async def test_digits_are_digits(self, stage: Stage) -> None:
        call = stage.talking()
        for digits in ("", "12;rm", "1" * 41):
            body = {"service": "GenerateDigits", "digits": digits}
            assert (await stage.anna.post(f"/calls/{call}/services", body)).status_code == 400
        answer = await stage.anna.post(f"/calls/{call}/services", {"service": "GenerateDigits", "digits": "1*#"})
        assert answer.json()["state"] == "done"

    async def test_a_phone_is_not_forwarded_to_one_that_leads_back(self, stage: Stage) -> None:
        forwarded = DeviceState.FORWARDED
        for device, to in (("104", "105"), ("105", "101")):
            stage.say(DeviceStateChanged(PbxId("office"), now(), DeviceId(device), forwarded, "CF", forwarded_to=to))
        for to in ("104", "105"):
            body = {"kind": "always", "to": to}
            refused = await stage.put(stage.anna, "/devices/101/forwarding", body)
            assert error_of(refused) == (400, "target_invalid")
            assert "in circles" in refused.json()["detail"]
        assert not stage.pbx.asked
        stage.say(DeviceStateChanged(PbxId("office"), now(), DeviceId("105"), DeviceState.IDLE, "CF"))
        body = {"kind": "always", "to": "104"}
        assert (await stage.put(stage.anna, "/devices/101/forwarding", body)).status_code == 204

    async def test_whom_a_phone_is_forwarded_to_is_shown_and_nobodys_own_mobile(self, stage: Stage) -> None:
        async with stage.boris.live() as live:
            for device, to in (("101", "102"), ("103", "+79031112233")):
                state = DeviceState.FORWARDED
                stage.say(DeviceStateChanged(PbxId("office"), now(), DeviceId(device), state, "CF", forwarded_to=to))
            shown: dict[str, Any] = {}
            while len(shown) < 2:
                told = (await live.until("devices"))["devices"]
                ours = [each for each in told if each["device"] in ("101", "103") and each["state"] == "forwarded"]
                shown |= {each["device"]: each["forwarded_to"] for each in ours}
        assert shown == {"101": "102", "103": "+7 *** ***-22-33"}
        for device in shown:
            stage.say(DeviceStateChanged(PbxId("office"), now(), DeviceId(device), DeviceState.IDLE, "CF"))

    async def test_what_the_pbx_cannot_do_to_others_calls_is_told_before_anybody_presses(self, stage: Stage) -> None:
        async with stage.boris.live() as live:
            assert [link["cannot"] for link in live.first["links"]] == [{}]
            # Of no call in particular it says so of every one; that is no reason.
            stage.pbx.hindrances[Service.DIRECTED_PICKUP_CALL] = Hindrance.NOT_IN_CALL
            stage.pbx.hindrances[Service.SINGLE_STEP_CONFERENCE_CALL] = Hindrance.PERMISSION_MISSING
            told = (await live.until("link"))["link"]
            assert told["cannot"] == {"SingleStepConferenceCall": "permission_missing"}
            stage.pbx.hindrances.clear()
            assert (await live.until("link"))["link"]["cannot"] == {}

    async def test_forwarding_and_do_not_disturb_are_ones_own(self, stage: Stage) -> None:
        assert (await stage.put(stage.anna, "/devices/101/do-not-disturb", {"on": True})).status_code == 204
        assert (
            await stage.put(stage.anna, "/devices/101/forwarding", {"kind": "busy", "to": "102"})
        ).status_code == 204
        assert stage.pbx.asked[-1].how == {"kind": "busy", "to": "102"}
        for body in ({"kind": "always", "to": "101"}, {"kind": "always", "to": "Petrov"}):
            assert error_of(await stage.put(stage.anna, "/devices/101/forwarding", body)) == (400, "target_invalid")
        answer = await stage.put(stage.anna, "/devices/102/forwarding", {"kind": "always", "to": None})
        assert error_of(answer) == (403, "not_allowed")
        assert (await stage.put(stage.admin, "/devices/102/do-not-disturb", {"on": False})).status_code == 204

    async def test_ones_own_phones_say_whether_they_can_be_silenced_and_forwarded(self, stage: Stage) -> None:
        stage.pbx.hindrances[Service.SET_FORWARDING] = Hindrance.NOT_SUPPORTED
        own = next(
            each for each in (await stage.anna.get("/session/phones")).json()["items"] if each["device"] == "101"
        )
        assert (own["do_not_disturb_hindrance"], own["forwarding_hindrance"]) == (None, "not_supported")

    async def test_buttons_say_why_they_cannot_be_pressed(self, stage: Stage) -> None:
        stage.pbx.hindrances[Service.ANSWER_CALL] = Hindrance.PHONE_CANNOT
        call = stage.here.calls.starts()
        async with stage.anna.live() as live:
            stage.here.calls.rings(call, "101")
            pop = (await live.until("pop", call_id=call, state="ringing"))["pop"]
        assert pop["controls"] == [
            {"service": "AnswerCall", "hindrance": "phone_cannot"},
            {"service": "DeflectCall", "hindrance": None},
            {"service": "ClearConnection", "hindrance": None},
        ]


async def handed(stage: Stage, call: str, **body: Any) -> dict[str, Any]:
    answer = await stage.anna.post(f"/calls/{call}/handover", {"to": {"device": "102"}, "how": "blind"} | body)
    assert answer.status_code == 202, answer.text
    value: dict[str, Any] = answer.json()
    return value


async def ringing_pop(live: Live, call: str) -> dict[str, Any]:
    pop: dict[str, Any] = (await live.until("pop", call_id=call, state="ringing"))["pop"]
    return pop


class TestHandingOver:
    async def test_the_note_is_on_the_receivers_screen_while_it_rings_and_the_sender_sees_it_read(
        self, stage: Stage
    ) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            me = (await stage.boris.get("/session")).json()["employee_id"]
            packet = await handed(stage, call, to={"employee_id": me}, note="wants an invoice", reason="billing")
            assert (packet["from"]["name"], packet["to"]["name"], packet["outcome"]) == ("Anna", "Boris", "pending")
            assert stage.pbx.asked[-1].service is Service.SINGLE_STEP_TRANSFER_CALL
            stage.say(
                ConnectionCleared(CallId(call), now(), DeviceId("101"), Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, DeviceId("101"), "102"),
                Delivered(CallId(call), now(), DeviceId("102"), DeviceId("101")),
            )
            pop = await ringing_pop(boris, call)
            assert [(each["note"], each["reason"]) for each in pop["handovers"]] == [("wants an invoice", "billing")]
            assert pop["transferred_by"]["name"] == "Anna"
            await boris.says(
                type="shown", pop_id=pop["pop_id"], revision=pop["revision"], painted_at="2026-11-23T09:00:00Z"
            )
            read = await anna.until("handover", handover_id=packet["handover_id"], outcome="ringing")
            while read["handover"]["read_at"] is None:
                read = await anna.until("handover", handover_id=packet["handover_id"])
            stage.say(
                Established(CallId(call), now(), DeviceId("102")),
                Transferred(CallId(call), now(), 0, "102", completed=True),
            )
            taken = await anna.until("handover", outcome="taken")
        assert taken["handover"]["to"]["device"] == "102"

    async def test_nobody_answers_and_the_customer_is_back_with_the_sender_who_is_told_why(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna:
            await handed(stage, call, note="busy?")
            by, to = DeviceId("101"), DeviceId("102")
            stage.say(
                ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
            )
            stage.say(ConnectionCleared(CallId(call), now(), to, Outcome.BUSY))
            stage.say(Transferred(CallId(call), now(), 0, "102", completed=False), Delivered(CallId(call), now(), by))
            back = await anna.until("handover", outcome="returned")
            service = await request_until(anna, state="failed")
        assert (back["handover"]["why"], service["reason"]) == ("busy", "busy")

    async def test_one_made_at_the_phone_carries_the_note_that_was_being_typed(self, stage: Stage) -> None:
        call = stage.talking()
        note = await stage.put(stage.anna, f"/calls/{call}/note", {"text": "asks for Tuesday", "version": 0})
        assert note.json() == {"text": "asks for Tuesday", "version": 1}
        async with stage.boris.live() as boris:
            by = DeviceId("101")
            stage.say(
                ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
                Delivered(CallId(call), now(), DeviceId("102"), by),
            )
            pop = await ringing_pop(boris, call)
        assert [(each["kind"], each["note"]) for each in pop["handovers"]] == [("phone", "asks for Tuesday")]
        assert pop["note"] is None

    async def test_one_that_the_pbx_tells_of_only_after_the_answer_is_one(self, stage: Stage) -> None:
        call = stage.talking()
        await handed(stage, call, note="once")
        by = DeviceId("101")
        stage.say(ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED))
        stage.say(Established(CallId(call), now(), DeviceId("102")))
        stage.say(
            Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
            Transferred(CallId(call), now(), 0, "102", completed=True),
        )
        chain = stage.here.up.rooms.handling.handovers.of(ConversationId(call))
        assert [(each.kind, each.outcome) for each in chain] == [("blind", "taken")]

    async def test_asking_first_shows_both_and_taking_back_cancels(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            packet = await handed(stage, call, how="ask_first", note="do you know him?")
            assert stage.pbx.asked[-1].service is Service.CONSULTATION_CALL
            by = DeviceId("101")
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.ORIGINATED, by, "102"))
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.DELIVERED, by, "102"))
            assert (await ringing_pop(boris, call))["handovers"][0]["note"] == "do you know him?"
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.ESTABLISHED, by, "102"))
            talks = await anna.until("pop", call_id=call)
            while (talks["pop"]["consultation"] or {}).get("state") != "talking":
                talks = await anna.until("pop", call_id=call)
            services = [each["service"] for each in talks["pop"]["controls"]]
            assert {"TransferCall", "ConferenceCall", "AlternateCall", "ReconnectCall"} <= set(services)
            answer = await stage.anna.post(f"/calls/{call}/services", {"service": "ReconnectCall"})
            assert answer.status_code == 202
            cancelled = await anna.until("handover", outcome="cancelled")
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.CLEARED, by, "102", Outcome.ANSWERED))
            assert (await request_until(anna, service="ReconnectCall", state="done"))["reason"] is None
        assert cancelled["handover"]["handover_id"] == packet["handover_id"]

    async def test_what_rings_is_sent_on_unanswered(self, stage: Stage) -> None:
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "101")
        await handed(stage, call)
        assert (stage.pbx.asked[-1].service, stage.pbx.asked[-1].how) == (Service.DEFLECT_CALL, {"to": "102"})

    async def test_a_refused_one_says_so_to_both(self, stage: Stage) -> None:
        call = stage.talking()
        stage.pbx.refusals[Service.SINGLE_STEP_TRANSFER_CALL] = ServiceRefused("No such extension")
        async with stage.anna.live() as anna:
            answer = await stage.anna.post(
                f"/calls/{call}/handover", {"to": {"device": "102"}, "how": "blind", "note": "x"}
            )
            assert error_of(answer) == (502, "pbx_refused")
            back = await anna.until("handover", outcome="returned")
        assert back["handover"]["why"] == "refused"

    async def test_a_browser_that_closes_in_the_middle_changes_nothing(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live():
            await handed(stage, call, note="hold on")
        by = DeviceId("101")
        stage.say(
            ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
            Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
            Delivered(CallId(call), now(), DeviceId("102"), by),
        )
        stage.say(Established(CallId(call), now(), DeviceId("102")))
        async with stage.boris.live() as boris:
            pop = next(each for each in boris.first["pops"] if each["call_id"] == call)
        assert [(each["outcome"], each["note"]) for each in pop["handovers"]] == [("taken", "hold on")]

    @pytest.mark.parametrize(
        "to", [{}, {"device": "102", "queue": "sales"}, {"queue": "nobody"}, {"device": "555"}, {"number": "Petrov"}]
    )
    async def test_a_target_that_is_none_is_refused_and_no_packet_is_made(
        self, stage: Stage, to: dict[str, str]
    ) -> None:
        call = stage.talking()
        answer = await stage.anna.post(f"/calls/{call}/handover", {"to": to, "how": "blind"})
        assert answer.status_code == 400
        assert stage.here.up.rooms.handling.handovers.of(ConversationId(call)) == ()

    async def test_to_oneself_and_to_a_colleague_without_a_phone(self, stage: Stage) -> None:
        call = stage.talking()
        answer = await stage.anna.post(f"/calls/{call}/handover", {"to": {"device": "101"}, "how": "blind"})
        assert error_of(answer) == (400, "target_invalid")
        adam = (await stage.admin.get("/session")).json()["employee_id"]
        answer = await stage.anna.post(f"/calls/{call}/handover", {"to": {"employee_id": adam}, "how": "blind"})
        assert error_of(answer) == (400, "target_invalid")
        assert "has no phone" in answer.json()["detail"]

    async def test_to_a_queue_stays_open_until_somebody_answers(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            await handed(stage, call, to={"queue": "sales"}, note="for sales")
            assert stage.pbx.asked[-1].how == {"to": "600"}
            by = DeviceId("101")
            stage.say(
                ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "sales"),
                Transferred(CallId(call), now(), 0, "sales", completed=True),
            )
            stage.say(Delivered(CallId(call), now(), DeviceId("102")))
            assert (await ringing_pop(boris, call))["handovers"][0]["note"] == "for sales"
            stage.say(Established(CallId(call), now(), DeviceId("102")))
            taken = await anna.until("handover", outcome="taken")
        assert (taken["handover"]["to"]["queue"], taken["handover"]["to"]["name"]) == ("sales", "Boris")

    async def test_a_device_without_an_employee_can_be_handed_to(self, stage: Stage) -> None:
        stage.say(DeviceStateChanged(PbxId("office"), now(), DeviceId("105"), DeviceState.IDLE, "test"))
        call = stage.talking()
        packet = await handed(stage, call, to={"device": "105"})
        assert packet["to"] == {"employee_id": None, "name": "105", "device": "105", "queue": None, "number": None}


class TestNotes:
    async def test_two_tabs_that_type_do_not_overwrite_each_other(self, stage: Stage) -> None:
        call = stage.talking()
        path = f"/calls/{call}/note"
        assert (await stage.put(stage.anna, path, {"text": "a", "version": 0})).json()["version"] == 1
        assert error_of(await stage.put(stage.anna, path, {"text": "b", "version": 0})) == (409, "changed_meanwhile")
        assert (await stage.anna.get(path)).json() == {"text": "a", "version": 1}
        assert error_of(await stage.boris.get(path)) == (403, "not_allowed")

    async def test_it_survives_a_lost_browser_and_nobody_else_is_sent_it(self, stage: Stage) -> None:
        call = stage.talking()
        stage.here.calls.rings(call, "102")
        await stage.put(stage.anna, f"/calls/{call}/note", {"text": "half a sen", "version": 0})
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            mine = next(each for each in anna.first["pops"] if each["call_id"] == call)
            his = next(each for each in boris.first["pops"] if each["call_id"] == call)
        assert mine["note"] == {"text": "half a sen", "version": 1}
        assert his["note"] is None
        assert "half a sen" not in str(his)

    async def test_the_wrap_up_writes_it_on_the_card_and_settles_it(self, stage: Stage) -> None:
        number = "+74957770033"
        card = (await stage.anna.post("/contacts", {"name": "Card", "phones": [{"number": number}]})).json()
        call = stage.talking(number=number)
        await stage.put(stage.anna, f"/calls/{call}/note", {"text": "typed", "version": 0})
        stage.here.calls.ends(call, "101", outcome=Outcome.ANSWERED)
        body = {"outcome": "sold", "note": "typed, and said", "order_number": "1042"}
        assert (await stage.put(stage.anna, f"/calls/{call}/wrap-up", body)).status_code == 204
        assert (await stage.put(stage.anna, f"/calls/{call}/wrap-up", body)).status_code == 204
        kept = (await stage.anna.get(f"/contacts/{card['contact_id']}")).json()["notes"]
        assert [(each["text"], each["call_id"]) for each in kept] == [("typed, and said", call)]
        (done,) = (await stage.anna.get(f"/calls/{call}/wrap-up")).json()["items"]
        assert (done["label"], done["order_number"], done["employee"]) == ("Sold", "1042", "Anna")
        assert (await stage.anna.get(f"/calls/{call}/note")).json()["version"] == 0

    async def test_an_outcome_of_another_team_is_not_taken(self, stage: Stage) -> None:
        call = stage.talking()
        listed = (await stage.anna.get("/outcomes")).json()["items"]
        assert listed == [{"outcome": "sold", "label": "Sold"}]
        answer = await stage.put(stage.anna, f"/calls/{call}/wrap-up", {"outcome": "spam"})
        assert error_of(answer) == (400, "invalid_request")
        answer = await stage.put(stage.admin, f"/calls/{call}/wrap-up", {"outcome": "sold"})
        assert error_of(answer) == (403, "not_allowed")


class TestCallData:
    async def test_it_is_versioned_and_on_the_pop(self, stage: Stage) -> None:
        call = stage.talking()
        path = f"/conversations/{call}/data"
        assert (await stage.anna.get(path)).json() == {"version": 0, "items": {}}
        async with stage.anna.live() as live:
            first = await stage.put(stage.anna, path, {"version": 0, "set": {"account": "12-34"}})
            assert (first.json()["version"], first.json()["items"]["account"]["by"]) == (1, "Anna")
            assert (await live.until("pop", call_id=call))["pop"]["data"]["version"] == 1
        assert error_of(await stage.put(stage.anna, path, {"version": 0, "set": {"a": "b"}})) == (
            409,
            "changed_meanwhile",
        )
        gone = await stage.put(stage.anna, path, {"version": 1, "remove": ["account"]})
        assert gone.json() == {"version": 2, "items": {}}

    @pytest.mark.parametrize(
        ("change", "status", "error_id"),
        [
            ({"set": {"k": "x" * 5_000}}, 413, "call_data_too_large"),
            ({"set": {f"k{n}": "x" for n in range(65)}}, 413, "call_data_too_large"),
            ({"set": {f"k{n}": "x" * 4_000 for n in range(5)}}, 413, "call_data_too_large"),
            ({"set": {"Key": "x"}}, 400, "call_data_invalid"),
            ({"set": {"k" * 65: "x"}}, 400, "call_data_invalid"),
            ({"set": {"k": "a\x00b"}}, 400, "call_data_invalid"),
        ],
    )
    async def test_what_is_too_much_is_refused_whole(
        self, stage: Stage, change: dict[str, Any], status: int, error_id: str
    ) -> None:
        call = stage.talking()
        path = f"/conversations/{call}/data"
        assert error_of(await stage.put(stage.anna, path, {"version": 0} | change)) == (status, error_id)
        assert (await stage.anna.get(path)).json()["version"] == 0

    async def test_a_megabyte_is_refused_before_it_is_read(self, stage: Stage) -> None:
        call = stage.talking()
        answer = await stage.put(
            stage.anna, f"/conversations/{call}/data", {"version": 0, "set": {"k": "x" * 1_000_001}}
        )
        assert error_of(answer) == (413, "too_large")

    async def test_what_the_dialplan_says_is_on_the_pop_from_its_first_frame(self, stage: Stage) -> None:
        call = CallId("with-data")
        begins = Originated(
            call, now(), ConversationId(call), PbxId("office"), "1.1", Direction.INBOUND, Party(number=NUMBER), Party()
        )
        async with stage.anna.live() as live:
            stage.say(begins, CallDataSet(call, now(), "account", "40817"), Delivered(call, now(), DeviceId("101")))
            pop = await ringing_pop(live, call)
            assert {key: item["value"] for key, item in pop["data"]["items"].items()} == {"account": "40817"}
            assert pop["data"]["items"]["account"]["by"] == "pbx"
            stage.say(CallDataSet(call, now(), "account", "40818"), CallDataSet(call, now(), "too big", "x"))
            while pop["data"]["version"] < 2:
                pop = (await live.until("pop", call_id=call))["pop"]
            assert pop["data"]["items"]["account"]["value"] == "40818"
        await stage.here.up.rooms.handling.data.unwritten.flush()
        kept = (await stage.anna.get(f"/conversations/{call}/data")).json()
        assert (kept["version"], list(kept["items"])) == (2, ["account"])

    async def test_somebody_elses_is_not_seen(self, stage: Stage) -> None:
        call = stage.talking("102")
        assert error_of(await stage.anna.get(f"/conversations/{call}/data")) == (403, "not_allowed")


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


class TestMissedCalls:
    async def test_one_is_given_to_a_colleague_who_sees_it_from_then_on(self, stage: Stage) -> None:
        number = "+74957770044"
        call = stage.here.calls.starts(Party(number=number, presented=number))
        stage.here.calls.rings(call, "101")
        stage.here.calls.ends(call, "101")
        missed = (await stage.anna.get("/missed")).json()["items"]
        missed_id = next(each["missed_id"] for each in missed if each["number"] == number)
        boris = (await stage.boris.get("/session")).json()["employee_id"]
        assert number not in {each["number"] for each in (await stage.boris.get("/missed")).json()["items"]}
        answer = await stage.put(stage.anna, f"/missed/{missed_id}/assignee", {"employee_id": boris})
        assert answer.json()["assignee"] == {"employee_id": boris, "name": "Boris"}
        assert number in {each["number"] for each in (await stage.boris.get("/missed")).json()["items"]}
        answer = await stage.put(stage.boris, f"/missed/{missed_id}/assignee", {"employee_id": "nobody"})
        assert error_of(answer) == (404, "no_such_employee")


class TestReminders:
    async def test_one_that_falls_due_pops_up_with_the_card_until_it_is_done(self, stage: Stage) -> None:
        number = "+74957770055"
        card = (await stage.anna.post("/contacts", {"name": "Later", "phones": [{"number": number}]})).json()
        path = f"/contacts/{card['contact_id']}/reminders"
        due = {"due_at": "2026-01-01T09:00:00Z", "text": "call back"}
        reminding = stage.here.up.rooms.reminding
        # Set while the page is open: the server looks every few seconds, and what it saw before is in the first frame.
        async with stage.anna.live() as live:
            reminder = (await stage.anna.post(path, due)).json()["reminder_id"]
            await reminding.look()
            shown = (await live.until("reminder", reminder_id=reminder))["reminder"]
            assert (shown["contact"]["name"], shown["number"], shown["done_at"]) == ("Later", number, None)
            await stage.put(stage.anna, f"{path}/{reminder}", {"done": True})
            await reminding.look()
            assert (await live.until("reminder", reminder_id=reminder))["reminder"]["done_at"] is not None
        async with stage.anna.live() as live:
            assert live.first["reminders"] == []
