"""The manager interface on a TCP socket, the real clock, and the switches that tests break it with.

Source: Asterisk 22 manager.c (sessions); the switches imitate what was seen to happen to connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ringcard.pbx.simulator.actions import ACTIONS
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.request import Request
from ringcard.pbx.simulator.session import BANNER, Account, ManagerSession
from ringcard.pbx.simulator.wire import Message

BUFFER_BYTES = 16 * 1024 * 1024
"""A manager that leaves this much unread is disconnected, as Asterisk does when a write times out."""
ACTION_BYTES = 64 * 1024
"""More than this without a blank line is no action."""


@dataclass(slots=True)
class Faults:
    """What goes wrong, when a test wants it to."""

    silent: bool = False
    """Connections are accepted, and nothing is ever said."""
    bytewise: bool = False
    """Every byte is a write of its own."""
    cut_after_bytes: int | None = None
    """The connection is closed once this many more bytes were sent, wherever that is."""


class ManagerConnection(asyncio.Protocol):
    """One manager's connection."""

    def __init__(self, server: AmiServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._feeding: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport | None = None
        self.session = server.new_session()

    # ------------------------------------------------------------- asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an isinstance check: uvloop's transports are no subclass of asyncio's.
        self.transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=BUFFER_BYTES)
        self._server.connections.add(self)
        if not self._server.faults.silent:
            self.send(BANNER.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        if self._feeding is not None:
            self._feeding.cancel()

    def data_received(self, data: bytes) -> None:
        if self._server.faults.silent:
            return
        self._buffer += data
        while True:
            text, blank, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not blank:
                break
            self._buffer = bytearray(rest)
            self._act(text)
        if len(self._buffer) > ACTION_BYTES:
            self.close()

    def _act(self, text: bytes) -> None:
        self._server.catch_up()
        reply = self.session.receive(Request.parse(text.decode(errors="replace")))
        for block in reply.blocks:
            self.send(f"{block}\r\n\r\n".encode())
        if reply.close:
            self.flush()
            self.close()
        self._server.acted()

    # -------------------------------------------------------------- writing

    def hear(self, message: Message) -> None:
        """An event, if this manager wants it."""
        if self.session.wants(message):
            self.send(message.wire())

    def send(self, data: bytes) -> None:
        """Queue bytes; they go out together at the end of this turn of the event loop."""
        self._out.append(data)
        self._server.dirty(self)

    def flush(self) -> None:
        """Write what is queued."""
        if self.transport is None or self.transport.is_closing() or not self._out:
            self._out.clear()
            return
        data = b"".join(self._out)
        self._out.clear()
        faults = self._server.faults
        if faults.cut_after_bytes is not None:
            kept = data[: faults.cut_after_bytes]
            faults.cut_after_bytes -= len(kept)
            if len(kept) < len(data):
                faults.cut_after_bytes = None
                self.transport.write(kept)
                self.close()
                return
        if faults.bytewise or self._feeding is not None:
            self._trickle(data)
            return
        self.transport.write(data)
        if self.transport.get_write_buffer_size() > BUFFER_BYTES:
            self.transport.abort()

    def _trickle(self, data: bytes) -> None:
        previous = self._feeding

        async def feed() -> None:
            if previous is not None:
                await previous
            for index in range(len(data)):
                if self.transport is None or self.transport.is_closing():
                    return
                self.transport.write(data[index : index + 1])
                await asyncio.sleep(0)

        self._feeding = asyncio.get_running_loop().create_task(feed())

    def close(self) -> None:
        """Close once everything written is sent."""
        if self.transport is not None:
            self.transport.close()


class AmiServer:
    """Listens, and lets the PBX's time pass as fast as `speed` says.

    With `speed` None nobody lets time pass here: a test does, by `pbx.timeline` (or `SimulatedPhoneSystem.passes`).
    """

    def __init__(self, pbx: Pbx, accounts: Sequence[Account], *, speed: float | None = None) -> None:
        self.pbx = pbx
        self.accounts = accounts
        self.faults = Faults()
        self.connections: set[ManagerConnection] = set()
        self._speed = speed
        self._dirty: dict[ManagerConnection, None] = {}
        self._flush_due = False
        self._server: asyncio.Server | None = None
        self._driver: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._zero = (0.0, 0.0)
        self._loop: asyncio.AbstractEventLoop | None = None
        pbx.switch.sinks.append(self._hear)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        self._loop = asyncio.get_running_loop()
        self._server = await self._loop.create_server(lambda: ManagerConnection(self), host, port)
        self._zero = (self._loop.time(), self.pbx.timeline.now_s)
        if self._speed is not None:
            self._driver = self._loop.create_task(self._drive(self._speed))
        return self.port

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._driver is not None:
            self._driver.cancel()
            await asyncio.gather(self._driver, return_exceptions=True)
        self.drop_all()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        while self.connections:  # noqa: ASYNC110 - aborted transports are told so within a few turns of the loop
            await asyncio.sleep(0)
        self.pbx.switch.sinks.remove(self._hear)

    def new_session(self) -> ManagerSession:
        """For a new connection."""
        return ManagerSession(self.pbx, self.accounts, ACTIONS)

    # ---------------------------------------------------------------- time

    def catch_up(self) -> None:
        """Let virtual time pass until now."""
        if self._speed is not None and self._loop is not None:
            began_s, virtual_s = self._zero
            self.pbx.timeline.advance_to(virtual_s + (self._loop.time() - began_s) * self._speed)

    def acted(self) -> None:
        """Something was done: what is due next may have changed."""
        self._wake.set()

    async def _drive(self, speed: float) -> None:
        while True:
            self.catch_up()
            due_s = self.pbx.timeline.next_due_s()
            wait_s = 1.0 if due_s is None else max(0.001, (due_s - self.pbx.timeline.now_s) / speed)
            self._wake.clear()
            timer = asyncio.get_running_loop().call_later(min(wait_s, 1.0), self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()

    # -------------------------------------------------------------- events

    def _hear(self, message: Message) -> None:
        for connection in self.connections:
            connection.hear(message)

    def dirty(self, connection: ManagerConnection) -> None:
        """There is something to write for this connection."""
        self._dirty[connection] = None
        if not self._flush_due and self._loop is not None:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        connections, self._dirty = self._dirty, {}
        for connection in connections:
            connection.flush()

    # -------------------------------------------------------------- breaking

    def drop_all(self) -> None:
        """Every connection breaks at once, with what was not sent yet."""
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.abort()

    def cut_in_message(self, after_bytes: int = 100) -> None:
        """The next connection that is written to closes in the middle of a message."""
        self.faults.cut_after_bytes = after_bytes

    def send_garbage(self, data: bytes) -> None:
        """Bytes that are no message, to everybody."""
        for connection in list(self.connections):
            connection.send(data)

    def restart(self, *, down_s: float = 2.0) -> None:
        """`core restart now`: Shutdown, connections close, and channel numbers begin again."""
        self.catch_up()
        self.pbx.shut_down()
        self._flush()
        for connection in list(self.connections):
            connection.close()
        self.pbx.timeline.advance_to(self.pbx.timeline.now_s + down_s)
        if self._loop is not None:
            self._zero = (self._loop.time(), self.pbx.timeline.now_s)
        self.pbx.switch.restarted()

    def crash(self, *, down_s: float = 2.0) -> None:
        """The process dies: connections break, nothing is said, and nobody hears of the calls again."""
        self.drop_all()
        self.pbx.switch.sinks.remove(self._hear)
        self.pbx.shut_down()
        self.pbx.timeline.advance_to(self.pbx.timeline.now_s + down_s)
        if self._loop is not None:
            self._zero = (self._loop.time(), self.pbx.timeline.now_s)
        self.pbx.switch.restarted()
        self.pbx.switch.sinks.append(self._hear)
