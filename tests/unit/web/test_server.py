"""The listening socket, and what becomes of those who do not write."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import connect

from ringcard.web import server
from ringcard.web.server import Inbox, PatientProtocol, PromptProtocol, Server, bind


async def test_a_small_frame_waits_for_no_acknowledgement() -> None:
    """asyncio sets TCP_NODELAY on what it accepts only if the listening socket names its protocol."""
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    accepting = await asyncio.start_server(accepted, sock=bind("127.0.0.1", 0))
    _, writer = await asyncio.open_connection(*accepting.sockets[0].getsockname())
    async with asyncio.timeout(5):
        assert await at_once
    writer.close()
    await writer.wait_closed()
    accepting.close()
    await accepting.wait_closed()


def test_a_port_that_is_taken_is_told_and_nothing_is_left_open() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        bind(*first.getsockname())


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers every request, and says again what a WebSocket says."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (said := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": said["text"]})


@asynccontextmanager
async def listening(serves: Server | None = None) -> AsyncIterator[tuple[str, int]]:
    with bind("127.0.0.1", 0) as place:
        serving = asyncio.create_task((serves or Server(echo)).serve_until_cancelled(place))
        try:
            yield place.getsockname()
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def cut_off(address: tuple[str, int], *parts: bytes) -> bytes:
    """What is answered to `parts`, sent one after an answer to the other, until the server closes the connection."""
    reader, writer = await asyncio.open_connection(*address)
    answered = b""
    try:
        async with asyncio.timeout(10):
            for part in parts[:-1]:
                writer.write(part)
                answered += await reader.readuntil(b"ok")
            writer.write(parts[-1])
            with suppress(ConnectionResetError):
                answered += await reader.read()
    finally:
        writer.close()
        with suppress(ConnectionResetError):
            await writer.wait_closed()
    return answered


WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class TestSlowClients:
    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(PromptProtocol, "request_within_s", 0.3)

    @pytest.mark.parametrize(
        "parts",
        [
            pytest.param([b""], id="nothing"),
            pytest.param([b"GET / HTTP/1.1\r\nHost"], id="half a head"),
            pytest.param([WHOLE, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"], id="half a body"),
            pytest.param([WHOLE, b"GET / HT"], id="half a second request"),
        ],
    )
    async def test_a_request_that_never_becomes_whole_is_cut_off(self, parts: list[bytes]) -> None:
        async with listening() as address:
            answered = await cut_off(address, *parts)
        assert answered.count(b"200 OK") == len(parts) - 1

    async def test_a_byte_now_and_then_wins_no_time(self) -> None:
        async with listening() as address:
            reader, writer = await asyncio.open_connection(*address)
            sent = 0
            async with asyncio.timeout(10):
                with suppress(ConnectionError):
                    while not reader.at_eof():
                        writer.write(b"G" if sent == 0 else b"E")
                        sent += 1
                        with suppress(TimeoutError):
                            await asyncio.wait_for(reader.read(1), 0.05)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        assert sent > 1

    async def test_a_live_channel_may_be_silent(self) -> None:
        async with listening() as address, connect(f"ws://{address[0]}:{address[1]}/", proxy=None) as live:
            await cut_off(address, b"GET")  # began later than the channel: its time is over as well
            await live.send("still there")
            async with asyncio.timeout(5):
                assert await live.recv() == "still there"


async def test_beyond_what_can_be_open_at_once_a_request_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.MOST_CONNECTIONS > 2 * 5_000, "each live channel needs one, and its browser one for requests"
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
    closing = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with listening() as address:
        assert b" 200 " in await cut_off(address, closing)
        _, writer = await asyncio.open_connection(*address)
        assert b" 503 " in await cut_off(address, closing)
        writer.close()
        await writer.wait_closed()


class TestOpenChannels:
    async def test_one_keeps_no_headers_of_its_handshake_beside_its_scope(self) -> None:
        serves = Server(echo)
        async with (
            listening(serves) as (host, port),
            connect(f"ws://{host}:{port}/", additional_headers={"X-Long": "x" * 4_000}) as browser,
        ):
            await browser.send("hello")
            assert await browser.recv() == "hello"
            (channel,) = serves.server_state.connections
            assert isinstance(channel, PatientProtocol)
            assert (b"x-long", b"x" * 4_000) in [(name.lower(), value) for name, value in channel.scope["headers"]]
            assert not list(channel.request.headers.raw_items())
            assert not list(channel.response.headers.raw_items())
            await browser.send("and again")
            assert await browser.recv() == "and again"


class TestInbox:
    async def test_what_is_put_in_comes_out_in_order(self) -> None:
        inbox = Inbox()
        for each in (1, 2, 3):
            inbox.put_nowait(each)
        assert [await inbox.get() for _ in range(3)] == [1, 2, 3]
        assert inbox.empty()

    async def test_who_waits_has_it_when_it_comes(self) -> None:
        inbox = Inbox()
        taking = asyncio.create_task(inbox.get())
        await asyncio.sleep(0)
        inbox.put_nowait("a")
        inbox.put_nowait("b")
        assert await taking == "a"
        assert not inbox.empty()
        assert await inbox.get() == "b"

    async def test_who_gives_up_waiting_takes_nothing_with_it(self) -> None:
        inbox = Inbox()
        taking = asyncio.create_task(inbox.get())
        await asyncio.sleep(0)
        taking.cancel()
        inbox.put_nowait("a")
        await asyncio.gather(taking, return_exceptions=True)
        assert taking.cancelled()
        assert await inbox.get() == "a"
