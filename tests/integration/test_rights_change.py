"""Rights and seats that change while somebody is connected: at once, for screens and sessions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from web_site import CHEAP, PASSWORD, Browser, Live, Site, site
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path_factory.mktemp("site"), store={"url": module_store_url}, live={"look_again_s": 300}) as up:
        yield up


async def hired(here: Site, login: str, *devices: str, role: str = "employee") -> str:
    hashed = await CHEAP.hashed(PASSWORD)
    employee = await here.up.people.add(login, login.title(), role, devices=devices, password_hash=hashed)
    await here.up.rooms.staff_changed()
    return employee.employee_id


async def the_end_of(live: Live) -> tuple[int, list[str | bytes]]:
    """Read on until the server closes: its code, and what it still told of calls. Who came is told, too, in between."""
    frames: list[str | bytes] = []
    try:
        while True:
            frame = await asyncio.wait_for(live.socket.recv(), 5)
            if json.loads(frame)["type"] != "presence":
                frames.append(frame)
    except ConnectionClosed as closed:
        return (closed.rcvd.code if closed.rcvd else 0), frames


async def closed_with(live: Live) -> int:
    return (await the_end_of(live))[0]


async def change(admin: Browser, employee_id: str, **fields: Any) -> None:
    path = f"/employees/{employee_id}"
    held = (await admin.get(path)).json()
    kept = {name: held[name] for name in ("version", "name", "role", "language", "sign_in_code", "disabled")}
    body = kept | {"devices": held["assigned"]} | fields
    answer = await admin.http.put(f"/api/v1{path}", json=body, headers=admin.csrf)
    assert answer.status_code == 200, answer.text


class TestWhileConnected:
    async def test_a_new_role_gives_a_new_view_and_the_old_one_is_told_nothing_more(self, here: Site) -> None:
        ira = await hired(here, "ira", "103", role="admin")
        call = here.calls.starts()
        here.calls.rings(call, "102")
        async with here.browser("adm") as admin, here.browser("ira") as browser:
            async with browser.live() as live:
                assert [each["call_id"] for each in live.first["calls"]] == [call]
                await change(admin, ira, role="employee")
                here.calls.answers(call, "102")
                assert await the_end_of(live) == (1001, [])
            async with browser.live() as live:
                assert live.first["calls"] == []
                assert live.first["me"]["role"] == "employee"
        here.calls.ends(call, "102")

    async def test_a_skill_is_told_at_once_and_stays_until_it_is_changed(self, here: Site) -> None:
        helga = await hired(here, "helga", "108")
        async with here.browser("adm") as admin:
            async with admin.live() as live:
                await change(admin, helga, skills=["  trucks ", "Spanish", "trucks"])
                told = {each["employee_id"]: each["skills"] for each in live.first["presence"]}
                while told.get(helga) != ["trucks", "Spanish"]:
                    told |= {each["employee_id"]: each["skills"] for each in (await live.next()).get("items", [])}
            await change(admin, helga, name="Helga")
            assert (await admin.get(f"/employees/{helga}")).json()["skills"] == ["trucks", "Spanish"]
            held = (await admin.get(f"/employees/{helga}")).json()
            body = {name: held[name] for name in ("version", "name", "role")} | {"devices": [], "skills": ["x" * 61]}
            refused = await admin.http.put(f"/api/v1/employees/{helga}", json=body, headers=admin.csrf)
            assert (refused.status_code, refused.json()["error_id"]) == (400, "employee_invalid")

    async def test_a_role_that_changes_and_a_team_that_is_left_count_at_once(self, here: Site) -> None:
        boss = await hired(here, "boss", role="supervisor")
        member = await hired(here, "member", "104")
        async with here.browser("adm") as admin, here.browser("boss") as browser:
            team = (await admin.post("/teams", {"name": "Sales", "members": [member], "leaders": [boss]})).json()
            async with browser.live() as live:
                call = here.calls.starts()
                here.calls.rings(call, "104")
                await live.until("call", call_id=call)
                body = {"version": 1, "name": "Sales", "members": [], "leaders": [boss]}
                path = f"/api/v1/teams/{team['team_id']}"
                assert (await admin.http.put(path, json=body, headers=admin.csrf)).status_code == 200
                assert await closed_with(live) == 1001
            assert (await browser.get(f"/calls/{call}")).json()["error_id"] == "not_allowed"
            await admin.http.delete(path, headers=admin.csrf)
            assert (await browser.get(f"/calls/{call}")).status_code == 200
        here.calls.ends(call, "104")

    async def test_somebody_disabled_is_out_everywhere_at_once(self, here: Site) -> None:
        gone = await hired(here, "gone", "105")
        async with here.browser("adm") as admin, here.browser("gone") as browser, browser.live() as live:
            await change(admin, gone, disabled=True)
            assert await closed_with(live) == 4401
            assert (await browser.get("/session")).status_code == 401

    async def test_a_new_password_ends_all_other_sessions(self, here: Site) -> None:
        nadia = await hired(here, "nadia")
        async with here.browser("nadia") as browser, here.browser("nadia") as elsewhere, elsewhere.live() as live:
            body = {"old": "wrong one", "new": "another good one"}
            wrong = await browser.http.put("/api/v1/session/password", json=body, headers=browser.csrf)
            assert wrong.json()["error_id"] == "sign_in_refused"
            body["old"] = PASSWORD
            unfit = await browser.http.put("/api/v1/session/password", json=body | {"new": "x"}, headers=browser.csrf)
            assert unfit.json()["error_id"] == "password_unfit"
            assert (await browser.http.put("/api/v1/session/password", json=body, headers=browser.csrf)).is_success
            assert await closed_with(live) == 4401
            assert (await browser.get("/session")).status_code == 200
            assert (await elsewhere.get("/session")).status_code == 401
            async with here.browser("adm") as admin:
                path = f"/api/v1/employees/{nadia}/password"
                reset = await admin.http.put(path, json={"password": "a third good one"}, headers=admin.csrf)
                assert reset.status_code == 204
                trail = (await admin.get("/audit", action="employee.password_reset")).json()["items"]
            assert [(each["object_name"], each["before"], each["after"]) for each in trail] == [("Nadia", None, None)]
            assert (await browser.get("/session")).status_code == 401


class TestShifts:
    async def test_the_pop_follows_who_is_signed_in_and_calls_stay_with_whom_they_were(self, here: Site) -> None:
        await hired(here, "early", "106")
        await hired(here, "late", "106")
        async with here.browser("early") as early, here.browser("late") as late:
            assert (await early.post("/devices/106/sign-in", {})).status_code == 201
            assert (await late.get("/session")).json()["devices"] == []
            first = here.calls.starts()
            here.calls.rings(first, "106")
            here.calls.answers(first, "106")
            there = (await late.post("/devices/106/sign-in", {})).json()["items"]
            assert [each["name"] for each in there] == ["Late"]
            async with early.live() as before, late.live() as after:
                assert [pop["call_id"] for pop in before.first["pops"]] == [first]
                assert after.first["pops"] == []
                second = here.calls.starts()
                here.calls.rings(second, "106")
                await after.until("pop", call_id=second)
            here.calls.ends(first, "106")
            here.calls.ends(second, "106")
            for browser, own in ((early, first), (late, second)):
                assert [each["call_id"] for each in (await browser.get("/calls")).json()["items"]] == [own]

    async def test_nobody_signs_in_at_what_is_one_other_persons_or_signs_others_out(self, here: Site) -> None:
        await hired(here, "guest")
        async with here.browser("guest") as guest, here.browser("boris") as boris:
            assert (await guest.post("/devices/102/sign-in", {})).json()["error_id"] == "device_taken"
            assert (await boris.post("/devices/107/sign-in", {})).status_code == 201
            me = (await boris.get("/session")).json()
            refused = await guest.http.delete("/api/v1/devices/107/sign-in", headers=guest.csrf)
            assert refused.json()["error_id"] == "device_taken"
            other = await guest.post("/devices/108/sign-in", {"employee_id": me["employee_id"]})
            assert other.json()["error_id"] == "not_allowed"
            left = await boris.http.delete("/api/v1/devices/107/sign-in", headers=boris.csrf)
            assert left.json()["items"] == []


class TestHiring:
    async def test_a_table_is_tried_then_taken_row_by_row(self, here: Site) -> None:
        table = "ФИО;Логин;Отдел;Телефон;Роль\nВера Морозова;;Склад;301;\nАнна;anna;;;\nЗоя;zoya;Склад;;fly\n"
        async with here.browser("adm") as admin:
            tried = (await admin.post("/employees/import", {"csv": table, "dry_run": True})).json()
            assert [(each["login"], each["problem"] is None) for each in tried["items"]] == [
                ("vera.morozova", True),
                ("anna", False),
                ("zoya", False),
            ]
            taken = (await admin.post("/employees/import", {"csv": table})).json()
            assert taken["made"] == 1
            staff = {each["login"]: each for each in (await admin.get("/staff")).json()["items"]}
            assert (staff["vera.morozova"]["assigned"], "zoya" in staff) == (["301"], False)
            teams = {each["name"]: each for each in (await admin.get("/teams")).json()["items"]}
            assert teams["Склад"]["members"] == [staff["vera.morozova"]["employee_id"]]
            await admin.http.delete(f"/api/v1/teams/{teams['Склад']['team_id']}", headers=admin.csrf)
            neither = await admin.post("/employees/import", {})
            assert neither.json()["error_id"] == "invalid_request"
            unknown = await admin.get("/pbxs/nothing/inventory")
            assert unknown.json()["error_id"] == "not_found"


class TestTheTrail:
    async def test_it_tells_who_came_who_was_refused_and_what_changed(self, here: Site, tmp_path: Path) -> None:
        async with here.browser("adm") as admin:
            await admin.http.post("/api/v1/session", json={"login": "mallory", "password": "x"})
            tea = await hired(here, "tea")
            await change(admin, tea, name="Tea Leaf", sign_in_code="4711")
            trail = (await admin.get("/audit", limit=200)).json()["items"]
            refused = next(each for each in trail if each["action"] == "session.refused")
            assert (refused["employee_id"], refused["employee_name"]) == (None, "mallory")
            assert refused["address"] == "127.0.0.1"
            changed = next(each for each in trail if each["action"] == "employee.changed")
            assert changed["employee_name"] == "Adam"
            assert changed["before"] == {"name": "Tea", "sign_in_code": None, "version": 1}
            assert changed["after"] == {"name": "Tea Leaf", "sign_in_code": "…", "version": 2}
            assert any(each["action"] == "session.opened" and each["employee_name"] == "Adam" for each in trail)
            page = (await admin.get("/audit", limit=1)).json()
            assert (await admin.get("/audit", limit=1, before=page["next"])).json()["items"] != page["items"]
            wrong = await admin.get("/audit", since="yesterday")
            assert wrong.json()["error_id"] == "invalid_request"
