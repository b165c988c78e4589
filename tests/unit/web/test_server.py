"""The listening socket."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

import pytest

from ringcard.web.server import bind


async def test_a_small_frame_waits_for_no_acknowledgement() -> None:
    """asyncio sets TCP_NODELAY on what it accepts only if the listening socket names its protocol."""
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    server = await asyncio.start_server(accepted, sock=bind("127.0.0.1", 0))
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    async with asyncio.timeout(5):
        assert await at_once
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


def test_a_port_that_is_taken_is_told_and_nothing_is_left_open() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        bind(*first.getsockname())
