"""Settings over the API: what counts, what is refused, secrets that never come back, and PBXs that come and go live."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from web_site import NUMBER, Browser, Live, Site, site

from ringcard.calls.identifiers import CallId
from ringcard.pbx.simulator.company import sample_company
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account

SECRET = "simulated-secret"


@asynccontextmanager
async def simulated_pbx() -> AsyncIterator[dict[str, Any]]:
    """A simulated Asterisk; the settings of its connection."""
    server = AmiServer(Pbx(sample_company(1), start_s=time.time(), seed=1), [Account("ringcard", SECRET)], speed=1.0)
    port = await server.start()
    try:
        yield {"host": "127.0.0.1", "port": port, "user": "ringcard", "secret": SECRET}
    finally:
        await server.stop()


async def put(browser: Browser, path: str, body: Any) -> httpx.Response:
    return await browser.http.put(f"/api/v1{path}", json=body, headers=browser.csrf)


async def delete(browser: Browser, path: str) -> httpx.Response:
    return await browser.http.delete(f"/api/v1{path}", headers=browser.csrf)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_id"]


async def link_of(live: Live, pbx: str, state: str) -> None:
    while True:
        frame = await live.next()
        if frame["type"] == "link" and (frame["link"]["pbx"], frame["link"]["state"]) == (pbx, state):
            return


@asynccontextmanager
async def administrator(here: Site) -> AsyncIterator[Browser]:
    async with here.browser("adm") as browser:
        yield browser


class TestSections:
    async def test_a_change_counts_at_once_and_after_a_restart(self, tmp_path: Path, store_url: str) -> None:
        open_company = {"company": {"number_places": False}}
        async with site(tmp_path, store={"url": store_url}, **open_company) as here, administrator(here) as admin:
            before = (await admin.get("/settings/company")).json()
            assert (before["version"], before["values"]["region"], before["fixed"]) == (0, "RU", ["number_places"])
            changed = await put(
                admin, "/settings/company", {"version": 0, "values": {"region": "DE", "area_code": "30"}}
            )
            assert (changed.status_code, changed.json()["values"]["region"]) == (200, "DE")
            made = await admin.post("/contacts", {"name": "Ina", "phones": [{"presented": "030 12345678"}]})
            assert made.json()["phones"][0]["number"] == "+493012345678"
        async with site(tmp_path, store={"url": store_url}, **open_company) as here, administrator(here) as admin:
            after = (await admin.get("/settings/company")).json()
            assert (after["version"], after["values"]["area_code"]) == (1, "30")

    async def test_own_fields_keep_their_keys_which_are_no_secrets(self, tmp_path: Path, store_url: str) -> None:
        async with site(tmp_path, store={"url": store_url}) as here, administrator(here) as admin:
            fields = [{"key": "contract", "label": "Contract", "kind": "text", "choices": [], "on_pop": True}]
            saved = await put(admin, "/settings/card", {"version": 0, "values": {"fields": fields}})
            assert (saved.status_code, saved.json()["values"]) == (200, {"fields": fields})
            again = (await admin.get("/settings/card")).json()
            assert (again["values"], again["secrets"]) == ({"fields": fields}, [])
            more = {"fields": [*again["values"]["fields"], fields[0] | {"key": "tier", "label": "Tier"}]}
            assert (await put(admin, "/settings/card", {"version": 1, "values": more})).status_code == 200
            assert [each["key"] for each in (await admin.get("/card-fields")).json()["items"]] == ["contract", "tier"]

    async def test_what_the_file_sets_is_shown_and_cannot_be_changed(self, tmp_path: Path, store_url: str) -> None:
        french = {"region": "FR", "number_places": False}
        async with site(tmp_path, store={"url": store_url}, company=french) as here, administrator(here) as admin:
            section = (await admin.get("/settings/company")).json()
            assert section["fixed"] == ["number_places", "region"]
            refused = await put(admin, "/settings/company", {"version": 0, "values": {"region": "DE"}})
            assert error_of(refused) == (409, "settings_fixed")
            same = {**section["values"], "area_code": "1"}
            assert (await put(admin, "/settings/company", {"version": 0, "values": same})).status_code == 200
            server = (await admin.get("/settings/server")).json()
            assert server["editable"] is False
            refused = await put(admin, "/settings/server", {"version": 0, "values": {"port": 1}})
            assert error_of(refused) == (409, "settings_fixed")

    @pytest.mark.parametrize(
        ("section", "values", "told"),
        [
            ("company", {"region": "Russia"}, ("region", "wrong_form", "^[A-Z]{2}$")),
            ("company", {"region": "XX"}, ("region", "region_unknown", "XX")),
            ("company", {"area_code": "four"}, ("area_code", "area_code_form", "four")),
            ("company", {"devices": "9-1"}, ("devices", "device_range", "9-1")),
            ("company", {"incoming": [{"begins": ""}]}, (None, "rule_for_all", None)),
            ("desk", {"ended_s": "long"}, ("ended_s", "number_wanted", "float")),
            ("desk", {"ended_s": -1}, ("ended_s", "not_positive", "0.0")),
            ("desk", {"colour": "red"}, ("colour", "unknown_setting", "colour")),
            ("dialling", {"blocked": ["8-800"]}, ("blocked", "no_beginning", "8-800")),
            ("presence", {"after_call_s": 1e9}, (None, "after_call_seconds", "3600")),
            ("wrap_up", {"outcomes": [{"outcome": "A", "label": "a"}]}, ("outcomes", "key_form", "A")),
            ("card", {"fields": [{"key": "a", "label": "A", "kind": "choice"}]}, ("fields", "choices", "A")),
        ],
    )
    async def test_a_value_that_cannot_be_is_named_and_nothing_changes(
        self,
        tmp_path: Path,
        store_url: str,
        section: str,
        values: dict[str, Any],
        told: tuple[str | None, str, str | None],
    ) -> None:
        async with (
            site(tmp_path, store={"url": store_url}, company={"number_places": False}) as here,
            administrator(here) as admin,
        ):
            refused = await put(admin, f"/settings/{section}", {"version": 0, "values": values})
            assert error_of(refused) == (400, "settings_invalid")
            problem = refused.json()
            key, reason, value = told
            wanted = [{"field": key, "message": problem["detail"]}, {"field": "reason", "message": reason}]
            wanted += [{"field": "value", "message": value}]
            assert problem["errors"] == [each for each in wanted if each["field"] and each["message"]]
            assert (await admin.get(f"/settings/{section}")).json()["version"] == 0

    @pytest.mark.parametrize(
        ("devices", "shadowed"), [("101-120", ["101", "102", "103", "112"]), ("200-299", []), ("", [])]
    )
    async def test_extensions_that_are_emergency_numbers_are_told_before_they_are_saved(
        self, tmp_path: Path, devices: str, shadowed: list[str]
    ) -> None:
        async with site(tmp_path, company={"number_places": False}) as here, administrator(here) as admin:
            tried = await admin.post("/numbers/try", {"text": "", "plan": {"region": "RU", "devices": devices}})
            assert tried.json()["shadowed"] == shadowed

    async def test_of_two_administrators_who_save_one_is_told(self, tmp_path: Path, store_url: str) -> None:
        async with (
            site(tmp_path, store={"url": store_url}) as here,
            administrator(here) as one,
            administrator(here) as other,
        ):
            body = {"version": 0, "values": {"ended_s": 60.0}}
            answers = await asyncio.gather(put(one, "/settings/desk", body), put(other, "/settings/desk", body))
            assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def test_only_who_may_manage_settings_sees_them(self, tmp_path: Path, store_url: str) -> None:
        async with site(tmp_path, store={"url": store_url}) as here:
            for login in ("anna", "sup"):
                async with here.browser(login) as browser:
                    for path in ("/settings", "/settings/company", "/settings/pbxs"):
                        assert error_of(await browser.get(path)) == (403, "not_allowed")
            async with administrator(here) as admin:
                assert error_of(await admin.get("/settings/nothing")) == (404, "no_such_settings")


class TestPbxs:
    async def test_one_is_connected_changed_and_removed_without_a_restart(self, tmp_path: Path, store_url: str) -> None:
        async with (
            site(tmp_path, store={"url": store_url}) as here,
            simulated_pbx() as reached,
            administrator(here) as admin,
            admin.live() as live,
        ):
            added = await admin.post("/settings/pbxs", {"name": "office", "settings": reached})
            assert added.status_code == 201, added.text
            assert SECRET not in added.text
            assert added.json()["secrets"] == ["secret"]
            await link_of(live, "office", "up")
            shown = await admin.get("/settings/pbxs")
            assert SECRET not in shown.text

            settings = {key: value for key, value in reached.items() if key != "secret"} | {"context": "inside"}
            changed = await put(admin, "/settings/pbxs/office", {"version": 1, "settings": settings})
            assert (changed.status_code, changed.json()["version"]) == (200, 2)
            await link_of(live, "office", "up")

            stale = await put(admin, "/settings/pbxs/office", {"version": 1, "settings": settings})
            assert error_of(stale) == (409, "changed_meanwhile")
            assert (await delete(admin, "/settings/pbxs/office?version=2")).status_code == 204
            while (await live.next())["type"] != "link_removed":
                pass
            assert (await admin.get("/pbxs")).json()["items"] == []
            assert (await admin.get("/devices")).json()["items"] == []

    async def test_it_is_connected_again_after_a_restart(self, tmp_path: Path, store_url: str) -> None:
        async with simulated_pbx() as reached:
            async with site(tmp_path, store={"url": store_url}) as here, administrator(here) as admin:
                await admin.post("/settings/pbxs", {"name": "office", "settings": reached})
            async with (
                site(tmp_path, store={"url": store_url}) as here,
                administrator(here) as admin,
                admin.live() as live,
            ):
                if live.first["links"][0]["state"] != "up":
                    await link_of(live, "office", "up")

    async def test_its_calls_end_with_it_and_say_that_nobody_heard_how(self, tmp_path: Path, store_url: str) -> None:
        async with (
            site(tmp_path, store={"url": store_url}) as here,
            simulated_pbx() as reached,
            administrator(here) as admin,
        ):
            await admin.post("/settings/pbxs", {"name": "office", "settings": reached})
            call = here.calls.starts()
            here.calls.rings(call, "101")
            here.calls.answers(call, "101")
            ledger = here.up.rooms.ledger
            await ledger.flushed(ledger.status.durable + ledger.status.queued)
            assert (await delete(admin, "/settings/pbxs/office?version=1")).status_code == 204
            record = here.up.rooms.desk.recent_call(CallId(call))
            assert record is not None
            assert record.record.caller.number == NUMBER
            assert record.record.ended_at is not None
            assert (record.record.complete, record.record.ended_by) == (False, None)

    async def test_a_secret_does_not_go_to_another_address_by_itself(self, tmp_path: Path, store_url: str) -> None:
        async with (
            site(tmp_path, store={"url": store_url}) as here,
            simulated_pbx() as reached,
            administrator(here) as admin,
        ):
            await admin.post("/settings/pbxs", {"name": "office", "settings": reached})
            elsewhere = {"host": "192.0.2.1", "port": reached["port"], "user": "ringcard"}
            refused = await put(admin, "/settings/pbxs/office", {"version": 1, "settings": elsewhere})
            assert error_of(refused) == (400, "settings_invalid")
            assert refused.json()["errors"][0]["field"] == "secret"

    async def test_one_of_the_file_is_shown_without_its_secret_and_stays(self, tmp_path: Path, store_url: str) -> None:
        pbx = {"name": "office", "host": "127.0.0.1", "port": 9, "user": "ringcard", "secret": SECRET}
        async with site(tmp_path, store={"url": store_url}, pbx=[pbx]) as here, administrator(here) as admin:
            shown = await admin.get("/settings/pbxs")
            assert SECRET not in shown.text
            (item,) = shown.json()["items"]
            assert (item["name"], item["fixed"], item["settings"]["host"]) == ("office", True, "127.0.0.1")
            body = {"version": 0, "settings": {"host": "192.0.2.1"}}
            assert error_of(await put(admin, "/settings/pbxs/office", body)) == (409, "settings_fixed")
            assert error_of(await delete(admin, "/settings/pbxs/office?version=0")) == (409, "settings_fixed")
            again = await admin.post("/settings/pbxs", {"name": "office", "settings": {}})
            assert error_of(again) == (409, "changed_meanwhile")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": "a b", "settings": {}}, "name"),
            ({"name": "x", "settings": {"hots": "192.0.2.1"}}, "hots"),
            ({"name": "x", "settings": {"host": "192.0.2.1"}}, "user"),
            ({"name": "x", "type": "panasonic", "settings": {}}, None),
            ({"name": "x", "settings": {"secret_file": "/etc/shadow"}}, "secret_file"),
            ({"name": "x", "settings": {"host": "h", "user": "u", "secret": {"a": 1}}}, None),
        ],
    )
    async def test_what_does_not_fit_is_refused_by_name(
        self, tmp_path: Path, store_url: str, body: dict[str, Any], field: str | None
    ) -> None:
        async with site(tmp_path, store={"url": store_url}) as here, administrator(here) as admin:
            refused = await admin.post("/settings/pbxs", body)
            assert error_of(refused) == (400, "settings_invalid")
            if field is not None:
                assert refused.json()["errors"][0]["field"] == field
            assert (await admin.get("/settings/pbxs")).json()["items"] == []
