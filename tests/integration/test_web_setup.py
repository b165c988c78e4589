"""The first run over the API: who may become the administrator, once; looking at a PBX; a call that is only a try."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.pbx.asterisk.fake_manager import FakeManager
from web_site import CHEAP, Browser

from ringcard.app.bootstrap import Running, running
from ringcard.app.config import from_mapping
from ringcard.desk.presence.journal import KIND as STATE_OF_EMPLOYEE
from ringcard.ledger import Fact
from ringcard.people.model import Role
from ringcard.web.server import bind

PASSWORD = "correct horse battery"
ADMINISTRATOR = {"login": "vera", "name": "Vera", "password": PASSWORD, "language": "en"}
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}
"""What a proxy says: nothing that comes through one is taken for this machine."""


@asynccontextmanager
async def empty(folder: Path, store_url: str, **sections: Any) -> AsyncIterator[Running]:
    """A server on an empty store."""
    (folder / "static").mkdir(exist_ok=True)
    config = from_mapping(
        {
            "store": {"directory": str(folder / "data"), "url": store_url},
            "company": {"number_places": False},
            **sections,
        },
        {},
    )
    async with running(config, listening=bind("127.0.0.1", 0), front_end=folder / "static", passwords=CHEAP) as up:
        yield up


@asynccontextmanager
async def visitor(up: Running) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=up.address, trust_env=False) as http:
        yield Browser(up.address, http)


async def becomes(browser: Browser, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    return await browser.http.post("/api/v1/setup/administrator", json=ADMINISTRATOR | fields, headers=headers)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_id"]


class TestTheFirstAdministrator:
    async def test_who_sits_at_the_machine_becomes_it_and_is_signed_in(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            state = (await browser.get("/setup")).json()
            assert (state["stage"], state["code_needed"]) == ("new", False)
            answer = await becomes(browser)
            assert (answer.status_code, answer.json()["role"]) == (200, "admin")
            assert (await browser.get("/session")).json()["login"] == "vera"
            state = (await browser.get("/setup")).json()
            assert (state["stage"], state["step"]) == ("open", "pbx")

    async def test_from_another_machine_the_code_is_needed(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            state = (await browser.http.get("/api/v1/setup", headers=ELSEWHERE)).json()
            assert (state["stage"], state["code_needed"]) == ("new", True)
            assert error_of(await becomes(browser, ELSEWHERE)) == (403, "setup_code_wrong")
            assert error_of(await becomes(browser, ELSEWHERE, code="AAAA-AAAA")) == (403, "setup_code_wrong")
            assert up.setup_code is not None
            written_by_hand = up.setup_code.lower().replace("-", " ")
            assert (await becomes(browser, ELSEWHERE, code=written_by_hand)).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [{"Via": "1.1 proxy"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Host": "evil.example"}],
    )
    async def test_nothing_that_came_through_somebody_is_this_machine(
        self, tmp_path: Path, store_url: str, headers: dict[str, str]
    ) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            assert error_of(await becomes(browser, headers)) == (403, "setup_code_wrong")

    async def test_codes_cannot_be_tried_through(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            answers = [await becomes(browser, ELSEWHERE, code=f"AAAA-{count:04}") for count in range(11)]
            assert [answer.status_code for answer in answers] == [403] * 10 + [429]
            assert (await becomes(browser, ELSEWHERE, code=up.setup_code)).status_code == 429

    async def test_of_two_browsers_at_once_one_becomes_it(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as one, visitor(up) as other:
            answers = await asyncio.gather(becomes(one), becomes(other, login="boris", name="Boris"))
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            refused = next(answer for answer in answers if answer.status_code == 409)
            assert error_of(refused) == (409, "setup_done")
            assert len(await up.people.everybody()) == 1

    @pytest.mark.parametrize(
        "fields", [{"password": "short"}, {"password": "vera", "login": "vera"}, {"login": "a b"}, {"name": " "}]
    )
    async def test_what_cannot_be_is_refused_and_may_be_tried_again(
        self, tmp_path: Path, store_url: str, fields: dict[str, str]
    ) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            assert error_of(await becomes(browser, None, **fields)) == (400, "employee_invalid")
            assert (await becomes(browser)).status_code == 200

    async def test_afterwards_strangers_learn_nothing(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser, visitor(up) as stranger:
            await becomes(browser)
            assert (await stranger.get("/setup")).json()["stage"] == "done"
            assert error_of(await becomes(stranger)) == (409, "setup_done")
            for path in ("/setup/examination", "/setup/rehearsal"):
                refused = await stranger.http.post(f"/api/v1{path}", json={"settings": {}})
                assert refused.status_code == 401

    async def test_an_administrator_by_the_command_line_closes_it_at_once_and_after_a_start(
        self, tmp_path: Path, store_url: str
    ) -> None:
        hashed = await CHEAP.hashed(PASSWORD)
        async with empty(tmp_path, store_url) as up, visitor(up) as stranger:
            code = up.setup_code
            await up.people.add("vera", "Vera", Role.ADMIN, password_hash=hashed)
            refused = await becomes(stranger, None, login="eve", code=code)
            assert error_of(refused) == (409, "setup_done")
        async with empty(tmp_path, store_url) as up, visitor(up) as stranger:
            assert (up.setup_code, (await stranger.get("/setup")).json()["stage"]) == (None, "done")
            assert error_of(await becomes(stranger, None, login="eve", code=code)) == (409, "setup_done")
            assert [each.login for each in await up.people.everybody()] == ["vera"]


class TestTheWizard:
    async def test_left_half_way_it_is_found_where_it_was(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            await becomes(browser)
            body = {"stage": "open", "step": "numbers", "done": ["pbx"], "skipped": ["people", "no such step"]}
            kept = await browser.http.put("/api/v1/setup", json=body, headers=browser.csrf)
            assert kept.status_code == 200, kept.text
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            assert up.setup_code is None
            await browser.sign_in("vera")
            state = (await browser.get("/setup")).json()
            assert (state["step"], state["done"], state["skipped"]) == ("numbers", ["pbx"], ["people"])

    async def test_a_pbx_is_looked_at_before_it_is_ours(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser, FakeManager().running() as manager:
            await becomes(browser)
            settings = {"host": "127.0.0.1", "port": manager.port, "user": "ringcard", "secret": "s3cret"}
            found = (await browser.post("/setup/examination", {"settings": settings})).json()["checks"]
            assert [check["name"] for check in found][:3] == ["reach", "login", "version"]
            assert found[2]["facts"]["version"] == "22.10.1"
            refusals = [("reach", ""), ("login", "denied")]
            wrong = (await browser.post("/setup/examination", {"settings": settings | {"secret": "x"}})).json()
            assert [(check["name"], check["reason"]) for check in wrong["checks"]] == refusals
            assert (await browser.get("/settings/pbxs")).json()["items"] == []

    async def test_the_secret_that_is_kept_is_not_tried_elsewhere(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser, FakeManager().running() as manager:
            await becomes(browser)
            settings = {"host": "127.0.0.1", "port": manager.port, "user": "ringcard", "secret": "s3cret"}
            await browser.post("/settings/pbxs", {"name": "office", "settings": settings})
            del settings["secret"]
            again = await browser.post("/setup/examination", {"name": "office", "settings": settings})
            assert "login" in [check["name"] for check in again.json()["checks"] if check["verdict"] == "fine"]
            elsewhere = {"name": "office", "settings": settings | {"host": "192.0.2.1"}}
            assert error_of(await browser.post("/setup/examination", elsewhere)) == (400, "settings_invalid")

    async def test_the_lines_to_write_have_a_new_secret_each_time(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            await becomes(browser)
            first = (await browser.get("/setup/account", host="127.0.0.1")).json()
            second = (await browser.get("/setup/account", host="127.0.0.1")).json()
            assert first["our_address"] == "127.0.0.1"
            assert len(first["secret"]) >= 32
            assert first["secret"] != second["secret"]
            assert f"secret = {first['secret']}" in [line["text"] for line in first["lines"]]
            refused = await browser.get("/setup/account", host="no-such-host.invalid")
            assert error_of(refused) == (400, "settings_invalid")


class TestTheRehearsal:
    async def test_it_pops_on_ones_own_screen_and_is_kept_nowhere(self, tmp_path: Path, store_url: str) -> None:
        async with empty(tmp_path, store_url) as up, visitor(up) as browser:
            await becomes(browser)
            async with browser.live() as live:
                call_id = (await browser.post("/setup/rehearsal", {})).json()["call_id"]
                pop = (await live.until("pop", state="ringing"))["pop"]
                assert (pop["call_id"], pop["direction"]) == (call_id, "inbound")
                await browser.http.delete("/api/v1/setup/rehearsal", headers=browser.csrf)
                # What is known of the caller may come while it rings: a revision more.
                while (pop := (await live.until("pop", call_id=call_id))["pop"])["state"] == "ringing":
                    pass
                assert pop["state"] in ("missed", "ended")
            assert (await browser.get("/calls")).json()["items"] == []
            ledger = up.rooms.ledger
            await ledger.flushed(ledger.status.durable + ledger.status.queued)
            kept = [stored.entry async for stored in ledger.replay()]
            # That she came to work is no fact of the call's.
            assert [entry for entry in kept if not (isinstance(entry, Fact) and entry.kind == STATE_OF_EMPLOYEE)] == []
