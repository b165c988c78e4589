"""The HTTP server's process side: sockets, and a WebSocket protocol that gives up on browsers that do not read.

uvicorn waits for a peer's window before it sends, and closes a connection by flushing it first. For a peer that never
reads both mean for ever: its close frame is never written and its socket never freed. `PatientProtocol` lets the close
frame pass and aborts the connection when it is not taken in time.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

LONGEST_CLIENT_FRAME = 16_384
"""What a browser says is small."""

GIVE_UP_AFTER_S = 3.0
"""How long a closed connection may take to flush."""

STOP_WITHIN_S = 5


class PatientProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O WebSocket protocol, with an end to its patience."""

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()  # a few bytes more than the buffer's mark: the peer may still read them
            await super().send(message)
            self._abort_later()
            return
        await super().send(message)

    def shutdown(self) -> None:
        super().shutdown()
        self._abort_later()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._abort_later()

    def _abort_later(self) -> None:
        self.loop.call_later(GIVE_UP_AFTER_S, self.transport.abort)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError`, `EADDRINUSE` if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio switches Nagle's algorithm off only for sockets that say TCP, and it costs 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


class Server(uvicorn.Server):
    """A server inside our own event loop: signals are the bootstrap's business, and `ready` says when it answers."""

    def __init__(self, app: Any, *, trusted_proxies: str = "127.0.0.1") -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws=PatientProtocol,
                ws_max_size=LONGEST_CLIENT_FRAME,
                ws_per_message_deflate=False,
                ws_ping_interval=20.0,
                ws_ping_timeout=20.0,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=trusted_proxies,
                timeout_graceful_shutdown=STOP_WITHIN_S,
                h11_max_incomplete_event_size=32_768,
            )
        )
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    async def serve_until_cancelled(self, listening: socket.socket) -> None:
        """Answer on `listening`. When cancelled, finish what is under way and close, within `STOP_WITHIN_S`."""
        serving = asyncio.create_task(self._serve([listening]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            await serving
            raise
