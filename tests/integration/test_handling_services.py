"""A talk handled from the screen: what each button does, and what stands in its way.

What a real PBX makes of it, the lab's scenarios tell.
"""

from __future__ import annotations

from typing import Any

import pytest
from handling_stage import Stage, clean_stage, error_of, now, request_until, whole_stage

from ringcard.calls.causes import DeviceState, Outcome, TransferKind
from ringcard.calls.events import (
    ConnectionCleared,
    Delivered,
    DeviceStateChanged,
    Held,
    Transferring,
)
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.queues import QueueState, QueueStateChanged
from ringcard.pbx.connector import Hindrance, Service, WrongState

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIXTURES = (whole_stage, clean_stage)


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
