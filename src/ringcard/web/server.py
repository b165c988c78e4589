"""The HTTP server's process side: sockets, and protocols that give up on browsers that do not read or do not write.

uvicorn waits for a peer's window before it sends, and closes a connection by flushing it first. For a peer that never
reads both mean for ever: its close frame is never written and its socket never freed. `PatientProtocol` lets the close
frame pass and aborts the connection when it is not taken in time. Nor does uvicorn put an end to a request that never
becomes whole: `PromptProtocol` does.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

LONGEST_CLIENT_FRAME = 16_384
"""What a browser says is small."""

GIVE_UP_AFTER_S = 3.0
"""How long a closed connection may take to flush."""

STOP_WITHIN_S = 5

REQUEST_WITHIN_S = 20.0
"""How long a request may take to arrive, its body with it: the largest is a megabyte."""

KEEP_ALIVE_S = 65
"""How long a connection may stay open between two requests: longer than nginx keeps one (60 s), or the request that it
sends at that moment is lost."""

MOST_CONNECTIONS = 16_384
"""What is open at once, live channels among it: 5,000 of them leave more than as many again. Beyond it requests are
answered 503; live channels have limits of their own (`[live]`)."""


class PromptProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with an end to a request that does not come."""

    request_within_s = REQUEST_WITHIN_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The peer owes us the rest of a head or of a body. Between requests uvicorn's own timer runs.
        cycle: Any = self.cycle  # declared to be always there, and None until the first request
        if cycle is None or cycle.response_complete or cycle.more_body:
            self._await_request()
        else:
            self._forget_deadline()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._forget_deadline()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        # A byte now and then wins no time: the deadline is the whole request's.
        if self._deadline is None and self.transport.get_protocol() is self:
            self._deadline = self.loop.call_later(self.request_within_s, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Inbox(asyncio.Queue[Any]):
    """What a browser said and its one channel has not taken yet. Python's own queue takes 3 kB while it is empty."""

    def __init__(self) -> None:
        self._said: list[Any] = []
        self._taker: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        """See `asyncio.Queue`."""
        self._said.append(item)
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def get(self) -> Any:
        """The next one. Never by two at once."""
        while not self._said:
            self._taker = asyncio.get_running_loop().create_future()
            try:
                await self._taker
            finally:
                self._taker = None
        return self._said.pop(0)

    def empty(self) -> bool:
        """See `asyncio.Queue`."""
        return not self._said


class PatientProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O WebSocket protocol, with an end to its patience, and with little that it keeps of a handshake.

    Its parser holds the request as long as the channel is open: of thousands of channels their headers are megabytes.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.queue = Inbox()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        event.headers.clear()  # the channel's scope has them, and the handshake was made of them

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.accept":
            await super().send(message)
            if self.handshake_complete:
                self.response.headers.clear()
            return
        if message["type"] == "websocket.close":
            self.writable.set()  # a few bytes more than the buffer's mark: the peer may still read them
            await super().send(message)
            self._abort_later()
            return
        if message["type"] == "websocket.send" and self._is_open and self.writable.is_set():
            # What almost every frame is, without the questions that a channel's beginning and end ask.
            said = message.get("text")
            if said is not None:
                with suppress(InvalidState):  # it is closing: uvicorn says how
                    self.conn.send_text(said.encode())
                    self.transport.write(b"".join(self.conn.data_to_send()))
                    return
        await super().send(message)

    @property
    def _is_open(self) -> bool:
        return self.handshake_complete and not (self.close_sent or self.disconnected or self.initial_response)

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
                http=PromptProtocol,
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
                limit_concurrency=MOST_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_S,
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
