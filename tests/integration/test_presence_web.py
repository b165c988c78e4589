"""Presence through the API and the live channel, with a PBX in the test's hands; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from web_site import CHEAP, NUMBER, PASSWORD, Browser, Live, Site, site

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged, Party
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.queues import QueueCaller, QueueMember, QueueState, QueueStateChanged
from ringcard.ledger import Fact
from ringcard.pbx.connector import AgentRequest, Hindrance, LinkState, LinkStatus, Service
from ringcard.people.permissions import Reach
from ringcard.testing.connector import FakeConnector

OFFICE = PbxId("office")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
SOON_S = 5.0


class Queue:
    """The queue `sales` of a PBX, which does what it is told, and tells it."""

    def __init__(self, here: Site, pbx: FakeConnector, *devices: str) -> None:
        self.here, self.pbx = here, pbx
        self.members = {device: _member(device) for device in devices}
        self.callers: tuple[QueueCaller, ...] = ()
        self._done = 0

    def tell(self) -> None:
        """As it is now."""
        state = QueueState(OFFICE, "sales", _now(), tuple(self.members.values()), self.callers)
        self.here.up.bus.publish([QueueStateChanged(OFFICE, _now(), "sales", state)])

    def pause(self, device: str, reason: str | None) -> None:
        """Somebody pauses a member at the PBX."""
        self.members[device] = _member(device, paused=True, reason=reason)
        self.tell()

    def unpause(self, device: str) -> None:
        self.members[device] = _member(device)
        self.tell()

    @property
    def told(self) -> list[tuple[str, AgentRequest, str | None]]:
        asked = [each for each in self.pbx.asked if each.service is Service.SET_AGENT_STATE]
        return [(each.device, each.how["state"], each.how["reason"]) for each in asked]

    async def does_as_told(self, count: int) -> None:
        """Wait until so much was asked, and report what it came to, as a PBX does."""
        await until(lambda: len(self.told) >= count)
        for device, request, reason in self.told[self._done :]:
            if request is AgentRequest.READY:
                self.unpause(device)
            elif request in (AgentRequest.NOT_READY, AgentRequest.WORKING_AFTER_CALL):
                self.pause(device, reason)
        self._done = len(self.told)


def _member(device: str, *, paused: bool = False, reason: str | None = None) -> QueueMember:
    return QueueMember(f"PJSIP/{device}", DeviceId(device), None, DeviceState.IDLE, paused, reason, since=SINCE)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def office(folder: Path, store_url: str | None = None, **presence: Any) -> AsyncIterator[tuple[Site, Queue]]:
    """Anna at 101 and Boris at 102 and 109, all members of the queue `sales`."""
    store = {} if store_url is None else {"url": store_url}
    async with site(folder, store=store, presence={"offline_after_s": 0.1, **presence}) as here:
        pbx = FakeConnector("office")
        here.up.links.connectors[OFFICE] = pbx
        queue = Queue(here, pbx, "101", "102", "109")
        queue.tell()
        yield here, queue


async def state_of(browser: Browser, name: str) -> dict[str, Any]:
    items = (await browser.get("/presence")).json()["items"]
    return next(each for each in items if each["name"] == name)


async def put(browser: Browser, path: str, body: Any) -> Any:
    return await browser.http.put(f"/api/v1{path}", json=body, headers=browser.csrf)


async def seen(live: Live, name: str, state: str) -> dict[str, Any]:
    """The next frame that shows somebody so."""
    async with asyncio.timeout(SOON_S):
        while True:
            frame = await live.next()
            for item in frame["items"] if frame["type"] == "presence" else ():
                if (item["name"], item["state"]) == (name, state):
                    return dict(item)


async def test_whoever_opens_the_desk_is_ready_and_whoever_leaves_it_is_offline(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, _), here.browser("anna") as anna, here.browser("boris") as boris:
        assert (await state_of(anna, "Boris"))["state"] == "offline"
        async with anna.live() as live:
            mine = next(each for each in live.first["presence"] if each["name"] == "Anna")
            assert (mine["state"], mine["devices"], mine["reason"]) == ("ready", ["101"], None)
            async with boris.live():
                await seen(live, "Boris", "ready")
            await seen(live, "Boris", "offline")


async def test_not_ready_with_a_reason_pauses_in_the_queue_and_ready_ends_it(tmp_path: Path, store_url: str) -> None:
    async with office(tmp_path, store_url) as (here, queue), here.browser("anna") as anna, anna.live() as live:
        answer = await put(anna, "/presence", {"state": "not_ready", "reason": "Lunch"})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["state"], answer.json()["reason"], answer.json()["queues"]) == (
            "not_ready",
            "Lunch",
            "told",
        )
        await queue.does_as_told(1)
        assert (await seen(live, "Anna", "not_ready"))["source"] == "employee"
        assert (await put(anna, "/presence", {"state": "ready"})).json()["queues"] == "told"
        await queue.does_as_told(2)
        assert queue.told == [("101", AgentRequest.NOT_READY, "Lunch"), ("101", AgentRequest.READY, None)]
        assert (await state_of(anna, "Anna"))["source"] == "employee", "our own echo is nobody else's change"


async def test_a_pause_at_the_pbx_is_seen_and_not_answered(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, queue), here.browser("anna") as anna, anna.live() as live:
        queue.pause("101", "feature code")
        item = await seen(live, "Anna", "not_ready")
        assert (item["source"], item["reason"]) == ("pbx", "feature code")
        queue.unpause("101")
        assert (await seen(live, "Anna", "ready"))["source"] == "pbx"
        await asyncio.sleep(0)
        assert queue.told == []


async def test_being_taken_out_of_the_last_queue_is_not_ready_and_being_added_is_ready(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, queue), here.browser("anna") as anna, anna.live() as live:
        taken = queue.members.pop("101")
        queue.tell()
        await seen(live, "Anna", "not_ready")
        queue.members["101"] = taken
        queue.tell()
        await seen(live, "Anna", "ready")
        assert queue.told == []


async def test_busy_while_the_phone_is_in_a_call_and_then_after_call_work(tmp_path: Path) -> None:
    async with (
        office(tmp_path, after_call_s=0.5) as (here, queue),
        here.browser("anna") as anna,
        anna.live() as live,
    ):
        call = here.calls.starts()
        here.calls.rings(call, "101")
        item = await seen(live, "Anna", "busy")
        assert item["next"] == {"state": "ready", "reason": None}
        here.calls.answers(call, "101")
        here.calls.ends(call)
        item = await seen(live, "Anna", "after_call")
        assert item["until"] > item["since"]
        await queue.does_as_told(1)
        assert queue.told == [("101", AgentRequest.WORKING_AFTER_CALL, "After call")]
        await seen(live, "Anna", "ready")
        await queue.does_as_told(2)
        assert queue.told[1:] == [("101", AgentRequest.READY, None)]


async def test_a_call_that_nobody_answered_has_nothing_to_be_written(tmp_path: Path) -> None:
    async with office(tmp_path, after_call_s=60) as (here, _), here.browser("anna") as anna, anna.live() as live:
        call = here.calls.starts()
        here.calls.rings(call, "101")
        await seen(live, "Anna", "busy")
        here.calls.ends(call, "101")
        await seen(live, "Anna", "ready")


async def test_after_call_work_is_extended_and_ends_into_what_was_chosen_meanwhile(tmp_path: Path) -> None:
    async with office(tmp_path, after_call_s=60) as (here, _), here.browser("anna") as anna, anna.live() as live:
        refused = await anna.post("/presence/extend", {"seconds": 30})
        assert (refused.status_code, refused.json()["error_id"]) == (409, "not_after_call")
        call = here.calls.starts()
        here.calls.rings(call, "101")
        here.calls.answers(call, "101")
        here.calls.ends(call)
        before = await seen(live, "Anna", "after_call")
        extended = await anna.post("/presence/extend", {"seconds": 30})
        assert extended.status_code == 200, extended.text
        assert extended.json()["until"] > before["until"]
        chosen = await put(anna, "/presence", {"state": "not_ready", "reason": "Break"})
        assert chosen.json()["state"] == "after_call"
        assert chosen.json()["next"] == {"state": "not_ready", "reason": "Break"}
        await put(anna, "/presence", {"state": "ready"})
        assert (await state_of(anna, "Anna"))["state"] == "ready", "being ready ends it"


async def test_what_cannot_be_told_now_is_told_when_the_link_is_back(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, queue), here.browser("anna") as anna, anna.live():
        queue.pbx.link = LinkStatus(LinkState.DOWN, SINCE)
        answer = (await put(anna, "/presence", {"state": "not_ready", "reason": "Lunch"})).json()
        assert (answer["state"], answer["queues"]) == ("not_ready", "later")
        assert answer["problem"]
        queue.tell()
        assert (await state_of(anna, "Anna"))["state"] == "not_ready", "what is owed counts, not what the PBX had"
        queue.pbx.link = LinkStatus(LinkState.UP, SINCE)
        await queue.does_as_told(1)
        assert queue.told == [("101", AgentRequest.NOT_READY, "Lunch")]


async def test_a_missing_permission_of_our_account_is_named(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, queue), here.browser("anna") as anna, anna.live():
        queue.pbx.hindrances[Service.SET_AGENT_STATE] = Hindrance.PERMISSION_MISSING
        answer = (await put(anna, "/presence", {"state": "not_ready"})).json()
        assert (answer["state"], answer["queues"]) == ("not_ready", "refused")
        assert "write = agent" in answer["problem"]


async def test_bad_input_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, queue), here.browser("anna") as anna, here.browser("sup") as sup:
        for body, error_id in (
            ({"state": "busy"}, "invalid_request"),
            ({"state": "not_ready", "reason": "Holiday on Mars"}, "unknown_reason"),
            ({"state": "not_ready", "reason": "x" * 1000}, "invalid_request"),
            ({}, "invalid_request"),
        ):
            answer = await put(anna, "/presence", body)
            assert (answer.status_code, answer.json()["error_id"]) == (400, error_id), body
        none = await put(sup, "/presence", {"state": "ready"})
        assert (none.status_code, none.json()["error_id"]) == (409, "no_device")
        assert (await state_of(anna, "Anna"))["state"] == "offline"
        assert queue.told == []


async def test_a_supervisor_sets_a_colleague_and_the_trail_says_so(tmp_path: Path) -> None:
    async with (
        office(tmp_path) as (here, queue),
        here.browser("anna") as anna,
        here.browser("sup") as sup,
        here.browser("adm") as adm,
        anna.live() as live,
    ):
        me = (await anna.get("/session")).json()["employee_id"]
        boris = (await state_of(anna, "Boris"))["employee_id"]
        assert (await put(anna, f"/employees/{boris}/presence", {"state": "ready"})).status_code == 403
        answer = await put(sup, f"/employees/{me}/presence", {"state": "not_ready", "reason": "Meeting"})
        assert answer.status_code == 200, answer.text
        assert (await seen(live, "Anna", "not_ready"))["source"] == "supervisor"
        await queue.does_as_told(1)
        trail = (await adm.get("/audit")).json()["items"]
        entry = next(each for each in trail if each["action"] == "employee.presence_set")
        assert (entry["employee_name"], entry["object_id"], entry["after"]["reason"]) == ("Sonja", me, "Meeting")
        gone = await put(sup, "/employees/nobody/presence", {"state": "ready"})
        assert (gone.status_code, gone.json()["error_id"]) == (404, "no_such_employee")


async def test_reasons_and_after_call_work_are_by_team(tmp_path: Path) -> None:
    reasons = [{"reason": "Coffee"}, {"reason": "Warehouse", "teams": ["Stock"]}]
    async with (
        office(tmp_path, reasons=reasons, after_call_of_teams={"Stock": 60}) as (here, _),
        here.browser("anna") as anna,
        here.browser("boris") as boris,
    ):
        boris_id = (await boris.get("/session")).json()["employee_id"]
        await here.up.rooms.teams.add("Stock", members=[boris_id])
        await here.up.rooms.staff_changed()
        assert (await anna.get("/presence/reasons")).json() == {"items": ["Coffee"]}
        assert (await boris.get("/presence/reasons")).json() == {"items": ["Coffee", "Warehouse"]}
        assert (await state_of(anna, "Boris"))["team"] == "Stock"
        async with anna.live() as live, boris.live():
            for device in ("101", "102"):
                call = here.calls.starts()
                here.calls.rings(call, device)
                here.calls.answers(call, device)
                here.calls.ends(call)
            await seen(live, "Boris", "after_call")
            assert (await state_of(anna, "Anna"))["state"] == "ready"


async def test_a_change_of_the_settings_counts_at_once(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, _), here.browser("adm") as adm, here.browser("anna") as anna:
        assert "Lunch" in (await anna.get("/presence/reasons")).json()["items"]
        values = {"reasons": [{"reason": "Siesta", "teams": []}]}
        saved = await put(adm, "/settings/presence", {"version": 0, "values": values})
        assert saved.status_code == 200, saved.text
        assert (await anna.get("/presence/reasons")).json() == {"items": ["Siesta"]}
        wrong = await put(adm, "/settings/presence", {"version": 1, "values": {"reasons": [{"reason": "After call"}]}})
        assert (wrong.status_code, wrong.json()["error_id"]) == (400, "settings_invalid")


async def test_who_waits_is_named_only_for_those_who_may_know(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, queue):
        rights = ["calls.read", "people.read"]
        await here.up.rooms.roles.add("Outsider", rights, Reach.OWN, Reach.OWN, False)
        roles = {each.name: each.role_id for each in await here.up.rooms.roles.all()}
        hashed = await CHEAP.hashed(PASSWORD)
        await here.up.people.add("nina", "Nina", roles["Outsider"], devices=["103"], password_hash=hashed)
        await here.up.rooms.staff_changed()
        call = here.calls.starts(Party(number=NUMBER, presented="84959195557", name="Zoya"))
        async with here.browser("anna") as anna, here.browser("nina") as nina, nina.live() as live:
            queue.callers = (QueueCaller(CallId(call), 1, _now()),)
            queue.tell()
            (mine,) = (await anna.get("/queues")).json()["items"]
            assert (mine["queue"], mine["ready"], mine["members"], mine["gone"]) == ("sales", 3, 3, False)
            (waits,) = mine["waiting"]
            assert (waits["call_id"], waits["number"], waits["name"]) == (call, NUMBER, "Zoya")
            async with asyncio.timeout(SOON_S):
                while (frame := await live.next())["type"] != "queues" or not frame["items"][0]["waiting"]:
                    pass
            (hidden,) = frame["items"][0]["waiting"]
            assert (hidden["call_id"], hidden["number"], hidden["name"], hidden["position"]) == (None, None, None, 1)


async def test_a_program_that_may_not_know_who_works_here_sees_its_owners_state_alone(tmp_path: Path) -> None:
    async with office(tmp_path) as (here, _):
        await here.up.rooms.roles.add("Alone", ["calls.read"], Reach.OWN, Reach.OWN, False)
        roles = {each.name: each.role_id for each in await here.up.rooms.roles.all()}
        hashed = await CHEAP.hashed(PASSWORD)
        await here.up.people.add("nina", "Nina", roles["Alone"], devices=["103"], password_hash=hashed)
        await here.up.rooms.staff_changed()
        async with here.browser("nina") as nina, here.browser("anna") as anna, nina.live() as live:
            assert [each["name"] for each in live.first["presence"]] == ["Nina"]
            assert live.first["queues"] == []
            async with anna.live():
                here.up.bus.publish([_phone("103", DeviceState.RINGING)])
                await seen(live, "Nina", "busy")
            told = {item["name"] for frame in live.frames if frame["type"] == "presence" for item in frame["items"]}
            assert told == {"Nina"}


async def test_what_was_chosen_outlives_a_restart_and_the_pbx_wins_for_pauses(tmp_path: Path, store_url: str) -> None:
    async with office(tmp_path, store_url) as (here, queue), here.browser("anna") as anna, anna.live():
        await put(anna, "/presence", {"state": "not_ready", "reason": "Lunch"})
        await queue.does_as_told(1)
    again = {"store": {"url": store_url}, "presence": {"offline_after_s": 5}}
    async with site(tmp_path, **again) as here, here.browser("anna") as anna:
        mine = await state_of(anna, "Anna")
        assert (mine["state"], mine["reason"]) == ("not_ready", "Lunch")
        pbx = FakeConnector("office")
        here.up.links.connectors[OFFICE] = pbx
        queue = Queue(here, pbx, "101")
        queue.tell()
        mine = await state_of(anna, "Anna")
        assert (mine["state"], mine["source"]) == ("ready", "pbx"), "somebody unpaused it while we were away"
        assert queue.told == []


async def test_every_state_is_in_the_ledger(tmp_path: Path, store_url: str) -> None:
    async with office(tmp_path, store_url) as (here, _), here.browser("anna") as anna, anna.live() as live:
        me = (await anna.get("/session")).json()["employee_id"]
        here.up.bus.publish([_phone("101", DeviceState.RINGING)])
        await seen(live, "Anna", "busy")
        here.up.bus.publish([_phone("101", DeviceState.IDLE)])
        await seen(live, "Anna", "ready")
        await put(anna, "/presence", {"state": "not_ready", "reason": "Lunch"})
        ledger = here.up.rooms.ledger
        await ledger.flushed(ledger.status.durable + ledger.status.queued)
        facts = [
            stored.entry
            async for stored in ledger.replay()
            if isinstance(stored.entry, Fact) and stored.entry.kind == "employee_state"
        ]
        mine = [each.body for each in facts if each.subject == f"employee:{me}"]
        assert [(each["state"], each["reason"]) for each in mine] == [
            ("offline", None),
            ("ready", None),
            ("busy", None),
            ("ready", None),
            ("not_ready", "Lunch"),
        ]


async def test_members_of_a_team_answer_for_its_queue_while_they_are_there(tmp_path: Path) -> None:
    async with office(tmp_path, memberships=[{"queue": "support"}]) as (here, queue), here.browser("anna") as anna:
        state = QueueState(OFFICE, "support", _now())
        here.up.bus.publish([QueueStateChanged(OFFICE, _now(), "support", state), _phone("101", DeviceState.IDLE)])
        async with anna.live():
            await until(lambda: ("101", AgentRequest.LOGGED_ON, None) in queue.told)
            support = QueueState(OFFICE, "support", _now(), (_member("101"),))
            here.up.bus.publish([QueueStateChanged(OFFICE, _now(), "support", support)])
            assert (await state_of(anna, "Anna"))["source"] != "pbx"
        await until(lambda: ("101", AgentRequest.LOGGED_OFF, None) in queue.told)


def _phone(device: str, state: DeviceState) -> DeviceStateChanged:
    return DeviceStateChanged(OFFICE, _now(), DeviceId(device), state, f"PJSIP/{device}")


def _now() -> datetime:
    return datetime.now(UTC)
