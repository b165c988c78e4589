"""Pages of other sites and extensions: none gets in by a cookie, and which pages get in by a token is a setting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from web_site import Site, site
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from ringcard.app.config import ConfigError, from_mapping

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRIEND = "https://crm.example"
SIGN_IN = Subprotocol("ringcard.sign-in")
STRANGER = "https://evil.example"
EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
FIREFOX = "moz-extension://7f3a1f0e-1c1b-4a55-8d0b-0c9e4d3b2a10"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    async with site(
        tmp_path_factory.mktemp("site"), store={"url": module_store_url}, server={"allowed_origins": [FRIEND]}
    ) as up:
        yield up


async def token_of(here: Site, login: str = "anna", *scopes: str) -> str:
    async with here.browser(login) as browser:
        made = await browser.post("/tokens", {"name": "CRM", "scopes": list(scopes) or ["calls.read"]})
    assert made.status_code == 201, made.text
    secret: str = made.json()["secret"]
    return secret


async def first_word(here: Site, *words: str, origin: str = FRIEND, **headers: str) -> dict[str, Any] | int:
    """What the live channel answers to these first words: a frame, or the code it closes with."""
    address = here.up.address.replace("http", "ws", 1) + "/api/v1/live"
    async with connect(
        address,
        subprotocols=[SIGN_IN],
        additional_headers={"Origin": origin, **headers},
    ) as socket:
        assert socket.subprotocol == SIGN_IN
        for word in words:
            await socket.send(word)
        try:
            frame: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 8))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0
        return frame


def says(token: str) -> str:
    return json.dumps({"type": "sign_in", "token": token})


class TestReadingByAnotherPage:
    async def preflight(self, here: Site, origin: str) -> httpx.Response:
        async with here.browser() as browser:
            return await browser.http.options(
                "/api/v1/calls",
                headers={
                    "Origin": origin,
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
                },
            )

    async def test_a_page_that_is_allowed_is_told_so_beforehand(self, here: Site) -> None:
        answer = await self.preflight(here, FRIEND)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == FRIEND
        assert answer.headers["vary"] == "origin"
        taken = set(answer.headers["access-control-allow-headers"].split(", "))
        assert taken == {"authorization", "content-type", "idempotency-key"}
        assert "access-control-allow-credentials" not in answer.headers

    @pytest.mark.parametrize("origin", [STRANGER, "null", "https://crm.example.evil.example", "http://crm.example"])
    async def test_any_other_is_told_nothing(self, here: Site, origin: str) -> None:
        answer = await self.preflight(here, origin)
        assert not [name for name in answer.headers if name.startswith("access-control-")]

    async def test_an_allowed_page_reads_with_a_token(self, here: Site) -> None:
        bearer = {"Authorization": f"Bearer {await token_of(here)}"}
        async with here.browser() as browser:
            answer = await browser.http.get("/api/v1/session", headers={"Origin": FRIEND, **bearer})
            assert (answer.status_code, answer.json()["login"]) == (200, "anna")
            assert answer.headers["access-control-allow-origin"] == FRIEND
            refused = await browser.http.get("/api/v1/session", headers={"Origin": STRANGER, **bearer})
            assert (refused.status_code, refused.json()["error_id"]) == (403, "foreign_origin")
            assert "access-control-allow-origin" not in refused.headers

    async def test_the_cookies_of_somebody_who_is_signed_in_open_nothing_to_it(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            for origin in (FRIEND, EXTENSION):
                headers = {"Origin": origin, **browser.csrf}
                answer = await browser.http.post("/api/v1/calls", json={"number": "101"}, headers=headers)
                assert (answer.status_code, answer.json()["error_id"]) == (403, "foreign_origin")
                assert "token" in answer.json()["detail"]

    async def test_a_wrong_token_is_refused_in_words_that_the_page_can_read(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            headers = {"Origin": FRIEND, "Authorization": "Bearer rc_wrong"}
            answer = await browser.http.get("/api/v1/session", headers=headers)
        assert (answer.status_code, answer.json()["error_id"]) == (401, "token_refused")
        assert answer.headers["access-control-allow-origin"] == FRIEND

    async def test_it_cannot_sign_in_with_a_password(self, here: Site) -> None:
        async with here.browser() as browser:
            for origin in (FRIEND, EXTENSION):
                answer = await browser.http.post(
                    "/api/v1/session",
                    json={"login": "anna", "password": "correct horse battery"},
                    headers={"Origin": origin, "Authorization": "Bearer rc_any"},
                )
                assert (answer.status_code, answer.json()["error_id"]) == (403, "foreign_origin")
                assert "set-cookie" not in answer.headers

    async def test_a_token_does_what_its_scopes_allow_from_there_too(self, here: Site) -> None:
        headers = {"Origin": FRIEND, "Authorization": f"Bearer {await token_of(here)}"}
        async with here.browser() as browser:
            answer = await browser.http.post("/api/v1/calls", json={"number": "102"}, headers=headers)
        assert (answer.status_code, answer.json()["error_id"]) == (403, "not_allowed")

    @pytest.mark.parametrize("origin", [EXTENSION, FIREFOX])
    async def test_an_extension_is_a_program(self, here: Site, origin: str) -> None:
        headers = {"Origin": origin, "Authorization": f"Bearer {await token_of(here)}"}
        async with here.browser() as browser:
            answer = await browser.http.get("/api/v1/session", headers=headers)
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers


class TestTheFirstWordOfALiveChannel:
    @pytest.mark.parametrize("origin", [FRIEND, EXTENSION, FIREFOX])
    async def test_a_token_signs_in_with_what_its_scopes_allow(self, here: Site, origin: str) -> None:
        first = await first_word(here, says(await token_of(here)), origin=origin)
        assert isinstance(first, dict)
        assert (first["type"], first["me"]["login"], first["me"]["permissions"]) == (
            "snapshot",
            "anna",
            ["calls.read"],
        )

    @pytest.mark.parametrize("word", ["", "{}", "rc_", '{"type":"ping"}', '{"type":"sign_in"}', says("rc_wrong")])
    async def test_anything_else_does_not(self, here: Site, word: str) -> None:
        assert await first_word(here, word) == 4401

    async def test_silence_is_not_waited_for_for_ever(self, here: Site) -> None:
        assert await first_word(here) == 4401

    async def test_no_cookie_counts_beside_it(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            cookies = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
        assert await first_word(here, says("rc_wrong"), Cookie=cookies) == 4401

    async def test_it_follows_what_happens_and_ends_with_the_token(self, here: Site) -> None:
        token = await token_of(here)
        address = here.up.address.replace("http", "ws", 1) + "/api/v1/live"
        async with connect(
            address,
            subprotocols=[SIGN_IN],
            additional_headers={"Origin": FRIEND},
        ) as socket:
            await socket.send(says(token))
            await asyncio.wait_for(socket.recv(), 5)
            call = here.calls.starts()
            here.calls.rings(call, "101")
            while True:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 5))
                if frame["type"] == "pop":
                    break
            assert (frame["pop"]["call_id"], frame["pop"]["state"]) == (call, "ringing")
            here.calls.ends(call, "101")
            async with here.browser("anna") as browser:
                for each in (await browser.get("/tokens")).json()["items"]:
                    await browser.http.delete(f"/api/v1/tokens/{each['token_id']}", headers=browser.csrf)
            await asyncio.wait_for(socket.wait_closed(), 5)
        assert socket.close_code == 4401

    @pytest.mark.parametrize(
        ("login", "origin", "state"),
        [("anna", "chrome-extension://abcdef", "ready"), ("boris", FRIEND, "offline")],
    )
    async def test_an_extension_is_a_screen_and_a_page_of_others_is_none(
        self, here: Site, login: str, origin: str, state: str
    ) -> None:
        token = await token_of(here, login)
        address = here.up.address.replace("http", "ws", 1) + "/api/v1/live"
        async with connect(address, subprotocols=[SIGN_IN], additional_headers={"Origin": origin}) as socket:
            await socket.send(says(token))
            await asyncio.wait_for(socket.recv(), 5)
            async with here.browser("adm") as browser:
                items = (await browser.get("/presence")).json()["items"]
            assert next(each["state"] for each in items if each["name"].lower() == login) == state

    async def test_a_page_that_is_not_allowed_gets_no_channel_whatever_it_says(self, here: Site) -> None:
        token = await token_of(here)
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            await first_word(here, says(token), origin=STRANGER)

    async def test_nor_does_one_that_is_allowed_without_a_word(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            with pytest.raises((InvalidStatus, ConnectionClosed)):
                async with browser.live(Origin=FRIEND):
                    pass


async def test_by_default_no_other_page_is_allowed(tmp_path: Path, store_url: str) -> None:
    async with site(tmp_path, store={"url": store_url}) as alone, alone.browser("anna") as browser:
        made = (await browser.post("/tokens", {"name": "x", "scopes": ["calls.read"]})).json()
        headers = {"Origin": FRIEND, "Authorization": f"Bearer {made['secret']}"}
        answer = await browser.http.get("/api/v1/session", headers=headers)
    assert (answer.status_code, answer.json()["error_id"]) == (403, "foreign_origin")


@pytest.mark.parametrize("origin", ["*", "https://*.example", "crm.example", "https://crm.example/app", "null", ""])
async def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ConfigError, match=r"\[server\].*allowed_origins.*https://crm\.example\.com"):
        from_mapping({"server": {"allowed_origins": [origin]}}, {})
