"""An Asterisk manager for tests: real TCP on a free port, and as well or badly behaved as the test wants.

It obeys what a connector relies on: challenge and login, event classes and permissions, filters by name (it refuses
none), lists that end, "Permission denied". It has no calls of its own: a test tells it what to send.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from ringcard.pbx.asterisk.protocol import Message, parse

ACTIONS: Mapping[str, frozenset[str]] = {
    "BridgeInfo": frozenset(),
    "BridgeList": frozenset(),
    "CoreSettings": frozenset({"system", "reporting"}),
    "CoreShowChannels": frozenset({"system", "reporting"}),
    "CoreStatus": frozenset({"system", "reporting"}),
    "DeviceStateList": frozenset({"call", "reporting"}),
    "Events": frozenset(),
    "Filter": frozenset({"system"}),
    "Getvar": frozenset({"call", "reporting"}),
    "Hangup": frozenset({"system", "call"}),
    "ListCommands": frozenset(),
    "Originate": frozenset({"originate"}),
    "PJSIPShowContacts": frozenset({"system"}),
    "ParkedCalls": frozenset({"call"}),
    "Ping": frozenset(),
    "QueueAdd": frozenset({"agent"}),
    "QueuePause": frozenset({"agent"}),
    "QueueRemove": frozenset({"agent"}),
    "QueueStatus": frozenset(),
    "Setvar": frozenset({"call"}),
}
"""What an Asterisk 22 without chan_sip allows to whom, as its ListCommands says; an empty set means to everybody."""

LISTS = {
    "BridgeInfo": "BridgeInfoComplete",
    "BridgeList": "BridgeListComplete",
    "CoreShowChannels": "CoreShowChannelsComplete",
    "DeviceStateList": "DeviceStateListComplete",
    "PJSIPShowContacts": "ContactListComplete",
    "ParkedCalls": "ParkedCallsComplete",
    "QueueStatus": "QueueStatusComplete",
}
CLASSES = frozenset({"system", "call", "agent", "dialplan", "originate"})

Headers = Mapping[str, str]


def event(name: str, headers: Headers | None = None, privilege: str = "call") -> str:
    """An event's text, without the empty line that ends it."""
    lines = [f"Event: {name}", f"Privilege: {privilege},all"]
    return "\r\n".join([*lines, *(f"{key}: {value}" for key, value in (headers or {}).items())])


@dataclass(slots=True)
class Visitor:
    """One connection to the manager, as it sees it."""

    writer: asyncio.StreamWriter
    logged_in: bool = False
    classes: frozenset[str] = frozenset()
    filters: list[dict[str, str]] = field(default_factory=list)

    def send(self, text: str) -> None:
        self.writer.write(f"{text}\r\n\r\n".encode())


@dataclass
class FakeManager:
    """Behaviour as fields; change them while it runs to change it for the next action."""

    user: str = "ringcard"
    secret: str = "s3cret"
    banner: str | None = "Asterisk Call Manager/11.0.0"
    version: str = "22.10.1"
    read: frozenset[str] = CLASSES
    write: frozenset[str] = CLASSES
    has_challenge: bool = True
    booted: bool = True
    not_loaded: set[str] = field(default_factory=set)
    """Actions of modules that it has not loaded yet."""
    uptime_s: int = 1000
    unanswered: set[str] = field(default_factory=set)
    """Actions that it hears and does not answer."""
    unfinished: set[str] = field(default_factory=set)
    """Lists that it begins and does not end."""
    refusals: dict[str, str] = field(default_factory=dict)
    """Actions that it refuses, with its words."""
    items: dict[str, list[str]] = field(default_factory=dict)
    """What its lists contain, each an event's text without ActionID."""
    variables: dict[str, str] = field(default_factory=dict)
    """What Getvar answers."""
    processed_calls: int = 0
    heard: list[Message] = field(default_factory=list)
    """Every action, `headers["Action"]` its name; the order of all connections together."""
    visitors: list[Visitor] = field(default_factory=list)
    """Connections that are open now."""
    connections: int = 0
    port: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _challenge: str = "271828182"

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[FakeManager]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.hang_up()
            async with asyncio.timeout(5):
                await self.until(lambda: not self.visitors)
            await server.wait_closed()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that a visitor does makes `holds` true."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(holds)

    async def asked(self, action: str, times: int = 1) -> Message:
        """Wait until it was asked `action` so often; the last such."""
        await self.until(lambda: len(self.all_asked(action)) >= times)
        return self.all_asked(action)[times - 1]

    def all_asked(self, action: str) -> list[Message]:
        return [message for message in self.heard if message.headers["Action"] == action]

    def emit(self, name: str, headers: Headers | None = None, privilege: str = "call") -> None:
        """An event, to every visitor who may hear its class and wants to."""
        for visitor in self.visitors:
            if privilege in visitor.classes & self.read:
                visitor.send(event(name, headers, privilege))

    def send(self, data: bytes) -> None:
        """Bytes as they are, to all."""
        for visitor in self.visitors:
            visitor.writer.write(data)

    def hang_up(self) -> None:
        """Close every connection; what was sent before still arrives."""
        for visitor in self.visitors:
            visitor.writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = Visitor(writer)
        self.visitors.append(visitor)
        self.connections += 1
        try:
            if self.banner is not None:
                writer.write(f"{self.banner}\r\n".encode())
            await self._notify()
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                message = parse(raw.removesuffix(b"\r\n\r\n"))
                self.heard.append(message)
                goes_on = await self._answer(visitor, message)
                await self._notify()
                if not goes_on:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.visitors.remove(visitor)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _answer(self, visitor: Visitor, message: Message) -> bool:
        """Answer one action; False if the connection ends with it."""
        action = message.headers["Action"]

        def respond(response: str, **headers: str) -> None:
            lines = [f"Response: {response}", f"ActionID: {message.action_id}"]
            visitor.send("\r\n".join([*lines, *(f"{key}: {value}" for key, value in headers.items())]))

        if action in self.unanswered:
            return True
        if action == "Logoff":
            respond("Goodbye", Message="Thanks for all the fish.")
            return False
        if action == "Challenge":
            if self.has_challenge:
                respond("Success", Challenge=self._challenge)
            else:
                respond("Error", Message="Must specify AuthType")
            return True
        if action == "Login":
            if not self._knows(message):
                respond("Error", Message="Authentication failed")
                return False
            visitor.logged_in = True
            visitor.classes = frozenset(message.headers.get("Events", "").split(",")) & self.read
            respond("Success", Message="Authentication accepted")
            if self.booted and "system" in visitor.classes:
                visitor.send(event("FullyBooted", {"Uptime": str(self.uptime_s)}, "system"))
            return True
        needs = ACTIONS.get(action)
        if needs is None:
            respond("Error", Message=f"Invalid/unknown command: {action}.")
        elif not visitor.logged_in or (needs and not needs & self.write):
            respond("Error", Message="Permission denied")
        elif action in self.refusals:
            respond("Error", Message=self.refusals[action])
        else:
            await self._obey(visitor, message, respond)
        return True

    async def _obey(self, visitor: Visitor, message: Message, respond: Callable[..., None]) -> None:
        action = message.headers["Action"]
        if action in LISTS:
            respond("Success", EventList="start", Message=_WILL_FOLLOW.get(action, "List will follow"))
            for item in self.items.get(action, []):
                name, _, rest = item.partition("\r\n")
                visitor.send(f"{name}\r\nActionID: {message.action_id}\r\n{rest}")
            if action not in self.unfinished:
                visitor.send(f"Event: {LISTS[action]}\r\nActionID: {message.action_id}\r\nEventList: Complete")
        elif action == "ListCommands":
            allowed = {name: needs for name, needs in ACTIONS.items() if not needs or needs & self.write}
            allowed = {name: needs for name, needs in allowed.items() if name not in self.not_loaded}
            respond("Success", **{name: f"does it.  (Priv: {','.join(needs)})" for name, needs in allowed.items()})
        elif action == "CoreSettings":
            respond("Success", AsteriskVersion=self.version)
        elif action == "CoreStatus":
            respond("Success", CoreStartupTime="22:07:10", CoreProcessedCalls=str(self.processed_calls))
        elif action == "Events":
            visitor.classes = frozenset(message.headers["EventMask"].split(",")) & self.read
            respond("Success", Events="On")
        elif action == "Filter":
            visitor.filters.append(message.headers)
            respond("Success", Message="Success")
        elif action == "Getvar":
            respond("Success", Value=self.variables.get(message.headers["Variable"], ""))
        elif action == "Originate":
            respond("Success", Message="Originate successfully queued")
            if message.headers["Channel"].startswith("RingcardProbe/"):
                self.emit("OriginateResponse", {"ActionID": message.action_id, "Response": "Failure"})
        elif action == "Ping":
            respond("Success", Ping="Pong")
        else:
            respond("Success")

    def _knows(self, message: Message) -> bool:
        if message.headers.get("Username") != self.user:
            return False
        if message.headers.get("AuthType") == "MD5":
            expected = hashlib.md5((self._challenge + self.secret).encode(), usedforsecurity=False).hexdigest()
            return message.headers.get("Key") == expected
        return message.headers.get("Secret") == self.secret


_WILL_FOLLOW = {"CoreShowChannels": "Channels will follow"}


class Naps:
    """A `sleep` that ends when the test says so."""

    def __init__(self) -> None:
        self._now: list[tuple[float, asyncio.Future[None]]] = []
        self._begun = asyncio.Condition()

    async def __call__(self, seconds: float) -> None:
        nap = (seconds, asyncio.get_running_loop().create_future())
        self._now.append(nap)
        async with self._begun:
            self._begun.notify_all()
        try:
            await nap[1]
        finally:
            self._now.remove(nap)

    async def end(self, which: Callable[[float], bool] | float) -> float:
        """Wait until somebody takes such a nap, and end it; how long it was meant to be."""
        wanted: Callable[[float], bool] = which if callable(which) else lambda seconds: seconds == which
        async with asyncio.timeout(5), self._begun:
            await self._begun.wait_for(lambda: any(wanted(seconds) for seconds, _ in self._now))
        seconds, done = next(nap for nap in self._now if wanted(nap[0]))
        done.set_result(None)
        # The sleeper goes on before this does.
        while (seconds, done) in self._now:
            await asyncio.sleep(0)
        return seconds
