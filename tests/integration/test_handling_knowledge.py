"""What is kept beside a call: notes, data, whom to call back, reminders."""

from __future__ import annotations

from typing import Any

import pytest
from handling_stage import Stage, clean_stage, error_of, now, ringing_pop, whole_stage
from web_site import NUMBER

from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import (
    CallDataSet,
    Delivered,
    Originated,
    Party,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIXTURES = (whole_stage, clean_stage)


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

    async def test_who_does_not_return_it_any_more_sees_it_no_more_and_all_others_still_do(self, stage: Stage) -> None:
        number = "+74957770066"
        call = stage.here.calls.starts(Party(number=number, presented=number))
        stage.here.calls.rings(call, "101")
        stage.here.calls.ends(call, "101")
        missed = (await stage.anna.get("/missed")).json()["items"]
        missed_id = next(each["missed_id"] for each in missed if each["number"] == number)
        adam, boris = [(await each.get("/session")).json()["employee_id"] for each in (stage.admin, stage.boris)]
        path = f"/missed/{missed_id}/assignee"
        async with stage.boris.live() as his, stage.anna.live() as hers, stage.admin.live() as all_of_them:
            await stage.put(stage.admin, path, {"employee_id": boris})
            assert (await his.until("missed", missed_id=missed_id))["missed"]["handled"] is None
            await stage.put(stage.admin, path, {"employee_id": adam})
            gone = (await his.until("missed", missed_id=missed_id))["missed"]
            assert (gone["handled"]["how"], gone["assignee"]["name"]) == ("done", "Boris"), "not: who has it now"
            for live in (hers, all_of_them):
                told = [(await live.until("missed", missed_id=missed_id))["missed"] for _ in range(2)]
                assert [(each["handled"], each["assignee"]["name"]) for each in told] == [
                    (None, "Boris"),
                    (None, "Adam"),
                ]
        assert number not in {each["number"] for each in (await stage.boris.get("/missed")).json()["items"]}
        assert error_of(await stage.boris.post("/calls", {"missed_id": missed_id})) == (404, "not_found")


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
