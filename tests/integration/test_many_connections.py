"""Hundreds of live channels from one address, by real sockets: the limit is told, others go on, places are freed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from web_site import Browser, Live, Site, site
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.asyncio(loop_scope="module")

FROM_ONE_ADDRESS = 200
"""What this site allows; a thousand is the default."""
COME = 500
AT_ONCE = 20
OTHER_ADDRESS = "192.0.2.7"
TOO_MANY = 4429
HELD_UP_S = 2.0
"""They and the server share one event loop here: what twenty browsers do to connect is in it."""
FREED_WITHIN_S = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    live = {"tabs_per_address": FROM_ONE_ADDRESS, "tabs_per_employee": 2 * COME}
    server = {"trusted_proxies": ["127.0.0.1"]}
    async with site(tmp_path_factory.mktemp("site"), live=live, server=server) as up:
        yield up


async def comes(anna: Browser, stay: AsyncExitStack) -> int:
    """The code that a channel is closed with; 0 for one that is open and has its snapshot."""
    cookies = "; ".join(f"{name}={value}" for name, value in anna.http.cookies.items())
    socket: ClientConnection = await stay.enter_async_context(
        connect(
            anna.address.replace("http", "ws", 1) + "/api/v1/live",
            additional_headers={"Cookie": cookies},
            max_queue=None,  # what comes later is taken in, as a browser does
        )
    )
    try:
        first = await asyncio.wait_for(socket.recv(), 10)
    except ConnectionClosed:
        assert socket.close_reason == "too many connections", socket.close_code
        return socket.close_code or -1
    assert '"snapshot"' in str(first)[:100]
    return 0


async def rings_boris(here: Site, live: Live) -> float:
    """How long his screen takes to show a call, in seconds."""
    call = here.calls.starts()
    began = time.perf_counter()
    here.calls.rings(call, "102")
    await live.until("pop", call_id=call, state="ringing")
    took_s = time.perf_counter() - began
    here.calls.ends(call, "102")
    return took_s


async def test_more_than_the_limit_are_refused_others_go_on_and_all_places_are_given_back(here: Site) -> None:
    async with (
        here.browser("anna") as anna,
        here.browser("boris") as boris,
        boris.live(**{"X-Forwarded-For": OTHER_ADDRESS}) as his,
    ):
        for _ in range(2):  # the second time all places are there again
            async with AsyncExitStack() as stay:
                codes: list[int] = []
                waits: list[float] = []
                for _ in range(COME // AT_ONCE):
                    took_s, *closed_with = await asyncio.gather(
                        rings_boris(here, his), *(comes(anna, stay) for _ in range(AT_ONCE))
                    )
                    waits.append(took_s)
                    codes += [int(code) for code in closed_with]
                asked = await anna.get("/session")
            assert (codes.count(0), codes.count(TOO_MANY)) == (FROM_ONE_ADDRESS, COME - FROM_ONE_ADDRESS)
            assert max(waits) < HELD_UP_S, f"a card of another address took {max(waits):.2f} s"
            assert asked.status_code == 200
            async with asyncio.timeout(FREED_WITHIN_S):
                while here.up.rooms.feed.tabs > 1:
                    await asyncio.sleep(0.01)
