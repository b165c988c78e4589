"""A bare AMI client for the tests: bytes in, messages out."""

from __future__ import annotations

import asyncio

Headers = dict[str, str]


class Client:
    """One connection to the simulator."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heard: list[Headers] = []
        """Every event so far."""

    @classmethod
    async def open(cls, port: int) -> Client:
        """Connect; the banner is not read yet."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def login(self, user: str = "ringcard", secret: str = "ringcard", **more: str) -> Headers:
        """Read the banner and log in; returns the response."""
        await self.reader.readline()
        return await self.ask("Login", Username=user, Secret=secret, **more)

    def send(self, action: str, **headers: str) -> None:
        """Send an action."""
        lines = {"Action": action, **headers}
        self.writer.write("".join(f"{k}: {v}\r\n" for k, v in lines.items()).encode() + b"\r\n")

    async def ask(self, action: str, **headers: str) -> Headers:
        """Send an action; returns the next response."""
        self.send(action, **headers)
        while True:
            message = await self.receive()
            if "Response" in message and "Event" not in message:
                return message

    async def listed(self, action: str, **headers: str) -> list[Headers]:
        """Send an action that answers with a list; returns its events, the last one included."""
        self.send(action, ActionID="list", **headers)
        found: list[Headers] = []
        while True:
            message = await self.receive()
            if message.get("ActionID") == "list" and "Event" in message:
                found.append(message)
                if message.get("EventList") == "Complete":
                    return found

    async def receive(self) -> Headers:
        """The next message."""
        async with asyncio.timeout(5):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        pairs = (line.partition(":") for line in raw.decode().split("\r\n") if line)
        message = {name: value.strip() for name, _, value in pairs}
        if "Event" in message:
            self.heard.append(message)
        return message

    async def heard_so_far(self) -> list[Headers]:
        """Every event that was sent until now."""
        await self.ask("Ping")
        return self.heard

    async def event(self, name: str) -> Headers:
        """The next event of that name."""
        while True:
            message = await self.receive()
            if message.get("Event") == name:
                return message

    async def close(self) -> None:
        """Hang up the connection."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return
