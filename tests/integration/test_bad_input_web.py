"""Whoever does not keep to the contract, or is no longer who they were: refused, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event
from web_site import NUMBER, PASSWORD, Site, site
from websockets.exceptions import ConnectionClosed

from ringcard.calls.events import Party
from ringcard.people.model import Role
from ringcard.storage import writing

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOK_AGAIN_S = 0.05


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    async with site(
        tmp_path_factory.mktemp("site"), store={"url": module_store_url}, live={"look_again_s": LOOK_AGAIN_S}
    ) as up:
        yield up


async def join(here: Site, login: str, role: Role = Role.EMPLOYEE) -> str:
    """A new employee, who can sign in; the id."""
    hashed = await here.up.passwords.hashed(PASSWORD)
    return (await here.up.people.add(login, login.title(), role, password_hash=hashed)).employee_id


class TestAnOpenChannelEnds:
    async def test_when_its_employee_is_disabled(self, here: Site) -> None:
        vera = await join(here, "vera", Role.SUPERVISOR)
        async with here.browser("vera") as browser, browser.live() as live:
            await here.up.people.set_disabled(vera, True)
            with pytest.raises(ConnectionClosed) as closed:
                await live.until("nothing")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    async def test_when_the_password_is_new(self, here: Site) -> None:
        gleb = await join(here, "gleb")
        async with here.browser("gleb") as browser, browser.live() as live:
            await here.up.people.set_password_hash(gleb, await here.up.passwords.hashed("another one"))
            with pytest.raises(ConnectionClosed) as closed:
                await live.until("nothing")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    async def test_and_comes_again_when_the_devices_are_others(self, here: Site) -> None:
        zoya = await join(here, "zoya")
        async with here.browser("zoya") as browser:
            async with browser.live() as live:
                await here.up.people.give_device(zoya, "105")
                with pytest.raises(ConnectionClosed) as closed:
                    await live.until("nothing")
            query = f"?since={live.first['seq']}&epoch={live.first['epoch']}"
            async with browser.live(query) as again:
                assert (again.first["type"], again.first["me"]["devices"]) == ("snapshot", ["105"])
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001

    async def test_but_not_of_whoever_stays_who_they_are(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            await asyncio.sleep(4 * LOOK_AGAIN_S)
            await live.says(type="ping")
            assert (await live.until("pong"))["type"] == "pong"


@pytest.mark.parametrize(
    "odd",
    [
        {"painted_at": "0001-01-01T00:00:00+14:00"},
        {"painted_at": "9999-12-31T23:59:59-14:00"},
        {"revision": 10**30},
        {"revision": -1},
    ],
)
async def test_a_confirmation_that_cannot_be_breaks_neither_the_channel_nor_the_why(
    here: Site, odd: dict[str, object]
) -> None:
    async with here.browser("anna") as browser, browser.live() as live:
        call = here.calls.starts()
        here.calls.rings(call, "101")
        pop = (await live.until("pop", call_id=call))["pop"]
        await live.says(**{"type": "shown", "pop_id": pop["pop_id"], "revision": 1, **odd})
        await live.says(type="ping")
        assert (await live.until("pong"))["type"] == "pong"
        assert (await browser.get(f"/calls/{call}/why")).status_code == 200
        here.calls.ends(call, "101")


async def test_a_colleagues_call_is_not_linked_to_a_card_of_mine(here: Site) -> None:
    call = here.calls.starts(Party(number="+74950000001"))
    here.calls.rings(call, "102")
    async with here.browser("anna") as anna, here.browser("boris") as boris:
        refused = await anna.post("/contacts", {"name": "Mine", "call_id": call})
        card = (await anna.post("/contacts", {"name": "Mine"})).json()["contact_id"]
        noted = await anna.post(f"/contacts/{card}/notes", {"text": "mine", "call_id": call})
        taken = await boris.post("/contacts", {"name": "His", "call_id": call})
        unknown = await anna.post("/contacts", {"name": "Early", "call_id": "not-known-yet"})
        read = (await anna.get(f"/contacts/{card}/calls")).json()["items"]
    here.calls.ends(call, "102")
    assert [(each.status_code, each.json()["error_id"]) for each in (refused, noted)] == [(403, "not_allowed")] * 2
    assert (taken.status_code, unknown.status_code, read) == (201, 201, [])


@pytest.mark.parametrize(
    "body",
    [b'{"name": "\xff"}', b'{"name": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"name": "\\ud800"}', b"name=x"],
    ids=["not utf-8", "nested", "half a surrogate", "a form"],
)
async def test_a_body_that_is_not_our_json_is_an_invalid_request(here: Site, body: bytes) -> None:
    async with here.browser("anna") as browser:
        headers = {**browser.csrf, "Content-Type": "application/json"}
        answer = await browser.http.post("/api/v1/contacts", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error_id"]) == (400, "invalid_request")


@pytest.mark.parametrize("origin", ["http://[x", "http://", "file://", "http:///", "//x"])
async def test_an_origin_that_is_none_is_a_foreign_one(here: Site, origin: str) -> None:
    async with here.browser("anna") as browser:
        answer = await browser.http.get("/api/v1/session", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["error_id"]) == (403, "foreign_origin")


@pytest.mark.parametrize(
    "number", ["101&102", "1,2", "1@x", "1/2", "PJSIP/101", "1\r\nAction: Command", "\u0663\u0663\u0663", "$x"]
)
async def test_what_would_mean_something_in_a_dial_string_is_no_number(here: Site, number: str) -> None:
    async with here.browser("anna") as browser:
        answer = await browser.post("/calls", {"number": number})
    assert (answer.status_code, answer.json()["error_id"]) == (400, "number_invalid")


async def test_nobody_rings_the_phone_of_another(here: Site) -> None:
    for login in ("anna", "sup"):
        async with here.browser(login) as browser:
            answer = await browser.post("/calls", {"number": NUMBER, "device": "102"})
        assert (answer.status_code, answer.json()["error_id"]) == (403, "not_allowed")


async def test_a_place_that_no_page_gave_is_an_invalid_request(here: Site) -> None:
    async with here.browser("sup") as browser:
        answer = await browser.get("/calls", before="9" * 30 + ".x")
    assert (answer.status_code, answer.json()["error_id"]) == (400, "invalid_request")


@contextlib.contextmanager
def _no_more_pages(up: Site, pages: int) -> Iterator[None]:
    """The database cannot grow beyond `pages`: what SQLite says then is what it says of a full disk."""

    def fill(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(up.up.engine.sync_engine, "checkout", fill)
    try:
        yield
    finally:
        event.remove(up.up.engine.sync_engine, "checkout", fill)


async def test_a_full_disk_refuses_what_is_new_and_shows_what_is_there(tmp_path: Path) -> None:
    async with site(tmp_path) as up, up.browser("anna") as browser, browser.live() as live:
        assert (await browser.post("/contacts", {"name": "Anna", "phones": [{"number": NUMBER}]})).status_code == 201
        async with writing(up.up.engine) as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        with _no_more_pages(up, pages):
            full = await browser.post("/contacts", {"name": "Boris", "comment": "x" * 19_000})
            call = up.calls.starts()
            up.calls.rings(call, "101")
            pop = (await live.until("pop", call_id=call))["pop"]
    assert (full.status_code, full.json()["error_id"]) == (503, "storage_full")
    assert pop["contact"]["name"] == "Anna"


async def test_whoever_is_not_signed_in_does_not_learn_where_the_data_lies(tmp_path: Path) -> None:
    async with site(tmp_path) as up, up.browser() as browser:
        other = sqlite3.connect(tmp_path / "data" / "ringcard.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = await browser.http.post("/api/v1/session", json={"login": "anna", "password": PASSWORD}, timeout=30)
        other.execute("ROLLBACK")
        other.close()
    assert (answer.status_code, answer.json()["error_id"]) == (503, "storage_locked")
    assert str(tmp_path) not in json.dumps(answer.json())


async def test_open_calls_of_a_pbx_that_was_taken_out_are_over(tmp_path: Path, store_url: str) -> None:
    async with site(tmp_path, store={"url": store_url}) as before:
        call = before.calls.starts()
        before.calls.rings(call, "101")
    async with site(tmp_path, store={"url": store_url}) as after, after.browser("anna") as browser:
        async with browser.live() as live:
            shown = live.first["pops"], live.first["calls"]
        await after.up.rooms.ledger.flushed(after.up.rooms.ledger.status.durable)
        (record,) = (await browser.get("/calls")).json()["items"]
    assert shown == ([], [])
    assert record["call_id"] == call
    assert record["ended_at"] is not None
    assert record["complete"] is False
