"""Asking the telephone system something in a scenario, as a CTI program would: over the manager interface.

Not the product's connector on purpose: what a scenario does must not depend on the code it tests.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from ringcard.testing.scenarios.vocabulary import Ami, PhoneSystem

Message = Mapping[str, str]
PATIENCE_S = 10.0


class ActionFailed(Exception):
    """The telephone system said no; the text is its own."""


class AmiSession:
    """A logged-in connection that hears no events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0

    async def login(self, user: str, secret: str) -> None:
        """Log in by MD5 challenge."""
        await self._reader.readline()
        challenge = (await self.act("Challenge", AuthType="MD5"))["Challenge"]
        key = hashlib.md5((challenge + secret).encode()).hexdigest()  # noqa: S324 (the protocol's own)
        await self.act("Login", AuthType="MD5", Username=user, Key=key, Events="off")

    async def act(self, action: str, **headers: str) -> Message:
        """Send one action and return its response; raises `ActionFailed` if it says `Error`."""
        self._send(action, headers)
        async with asyncio.timeout(PATIENCE_S):
            answer = await self._answer()
        if answer.get("Response") == "Error":
            raise ActionFailed(f"{action}: {answer.get('Message', '')}")
        return answer

    async def list(self, action: str, **headers: str) -> list[Message]:
        """Send an action that answers with a list and return the list's events."""
        self._send(action, headers)
        found = []
        async with asyncio.timeout(PATIENCE_S):
            answer = await self._answer()
            if answer.get("Response") == "Error":
                raise ActionFailed(f"{action}: {answer.get('Message', '')}")
            while (message := await self._answer()).get("EventList") != "Complete":
                found.append(message)
        return found

    def _send(self, action: str, headers: Mapping[str, str]) -> None:
        self._number += 1
        lines = {"Action": action, "ActionID": f"scenario-{self._number}", **headers}
        self._writer.write("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n")

    async def _answer(self) -> Message:
        """The next message that answers the last action; whatever else arrives is not for us."""
        while True:
            raw = await self._reader.readuntil(b"\r\n\r\n")
            pairs = (line.partition(": ") for line in raw.decode(errors="replace").split("\r\n") if line)
            message = {name: value for name, _, value in pairs}
            if message.get("ActionID") == f"scenario-{self._number}":
                return message


@asynccontextmanager
async def session(ami: Ami) -> AsyncIterator[AmiSession]:
    """Log in and out again."""
    reader, writer = await asyncio.open_connection(ami.host, ami.port)
    try:
        opened = AmiSession(reader, writer)
        await opened.login(ami.user, ami.secret)
        yield opened
    finally:
        writer.close()


async def act(pbx: PhoneSystem, action: str, **headers: str) -> Message:
    """One action on a connection of its own."""
    async with session(pbx.ami) as opened:
        return await opened.act(action, **headers)


async def channel_of(pbx: PhoneSystem, device: str) -> str:
    """The name of the channel of `device`, which must have exactly one."""
    found = await channels_of(pbx, device)
    if len(found) != 1:
        raise ActionFailed(f"{device} has {len(found)} channels: {found}")
    return found[0]


async def channels_of(pbx: PhoneSystem, device: str) -> list[str]:
    """The names of the channels of `device`, in the order in which they were made."""
    async with session(pbx.ami) as opened:
        channels = [message.get("Channel", "") for message in await opened.list("CoreShowChannels")]
    return sorted(channel for channel in channels if channel.startswith(f"{pbx.technology}/{device}-"))


async def has_channel(pbx: PhoneSystem, device: str) -> bool:
    """Whether `device` has any channel."""
    async with session(pbx.ami) as opened:
        channels = await opened.list("CoreShowChannels")
    return any(message.get("Channel", "").startswith(f"{pbx.technology}/{device}-") for message in channels)


async def has_left(pbx: PhoneSystem, device: str) -> None:
    """Wait until `device` has no channel left. No time passes for the scenario: nothing comes in between."""
    async with asyncio.timeout(PATIENCE_S):
        while await has_channel(pbx, device):
            pass  # to ask is to wait


async def no_channels(pbx: PhoneSystem) -> None:
    """Wait until the telephone system has no channel left."""
    async with asyncio.timeout(PATIENCE_S), session(pbx.ami) as opened:
        while await opened.list("CoreShowChannels"):
            await pbx.passes(0.1)
