"""A whole ringcard whose PostgreSQL goes away in the middle of a call and comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lab.postgresql import PostgresServer
from web_site import Browser, site

from ringcard.calls.causes import Outcome


async def ready(browser: Browser) -> int:
    return (await browser.http.get("/readyz")).status_code


async def until_ready(browser: Browser, status: int) -> None:
    async with asyncio.timeout(20):
        while await ready(browser) != status:
            await asyncio.sleep(0.02)


async def test_screens_go_on_and_nothing_that_happened_is_lost(
    own_postgres_server: PostgresServer, tmp_path: Path
) -> None:
    store = {"url": own_postgres_server.create("office")}
    async with site(tmp_path, store=store) as here, here.browser("anna") as browser, browser.live() as live:
        call = here.calls.starts()
        here.calls.rings(call, "101")
        assert (await live.until("pop", call_id=call))["pop"]["state"] == "ringing"
        assert await ready(browser) == 200

        own_postgres_server.stop()
        here.calls.answers(call, "101")
        assert (await live.until("pop", call_id=call, state="active"))["pop"]
        await until_ready(browser, 503)
        blind = here.calls.starts()
        here.calls.rings(blind, "101")
        assert (await live.until("pop", call_id=blind))["pop"]["state"] == "ringing"
        refused = await browser.post("/contacts", {"name": "Anna"})
        assert (refused.status_code, refused.json()["error_id"]) in {
            (503, "storage_unavailable"),
            (503, "storage_refused"),
        }
        here.calls.ends(call, "101", outcome=Outcome.ANSWERED)

        own_postgres_server.start()
        await until_ready(browser, 200)
        ledger = here.up.rooms.ledger
        async with asyncio.timeout(20):
            while ledger.status.queued:
                await asyncio.sleep(0.02)
        record = (await browser.get(f"/calls/{call}")).json()
        assert (record["complete"], record["disposition"]) == (True, "answered")
        assert (await browser.post("/contacts", {"name": "Anna"})).status_code == 201
        assert (await ledger.verify()).sound
