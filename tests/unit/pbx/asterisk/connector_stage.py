"""A connector beside a fake manager, with time in the test's hands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.unit.pbx.asterisk.fake_manager import FakeManager, Naps

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged, PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.protocol import Message, Oversized
from ringcard.pbx.asterisk.settings import AsteriskSettings, Timing
from ringcard.pbx.asterisk.tracked import TrackedCall
from ringcard.pbx.connector import LinkState, LinkStatus

TICK_S, PING_S = 0.11, 14.7


class NoteTaker:
    """A translator that writes down what it is told, and makes one event of every Newchannel."""

    def __init__(self) -> None:
        self.wants_snapshot = False
        self.calls: dict[CallId, TrackedCall] = {}
        self.told: list[str] = []
        """`connected`, `disconnected`, and the name of every event or `response`."""
        self.messages: list[Message | Oversized] = []
        self.presentations: list[tuple[str, str]] = []
        self.trunk_fields: list[tuple[str, str]] = []
        self.expected: list[tuple[CallId, str, DeviceId, str]] = []
        self.unexpected: list[str] = []
        self.channels: dict[tuple[str, str], str] = {}
        self.lines: dict[str, Channel] = {}
        """By unique id, as the PBX tells of them."""
        self.memberships: list[tuple[str, str, str]] = []
        """Queue, interface, and whose device."""
        self.ticks = 0
        self.fails_on: str | None = None
        self.adopted: list[CallRecord] = []

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        self.adopted = list(open_calls)

    def connected(self, at_s: float) -> None:
        self.told.append("connected")

    def disconnected(self, at_s: float) -> None:
        self.told.append("disconnected")

    def receive(self, message: Message | Oversized, received_s: float) -> list[PbxEvent]:
        self.messages.append(message)
        if isinstance(message, Oversized):
            self.told.append("oversized")
            return []
        self.told.append(message.name or "response")
        if message.name == self.fails_on:
            raise ZeroDivisionError("a fault of ours")
        return [_event(message.get("Channel"), received_s)] if message.name == "Newchannel" else []

    def tick(self, now_s: float) -> list[PbxEvent]:
        self.ticks += 1
        return []

    def presentation(self, uid: str, pres: str) -> list[PbxEvent]:
        self.presentations.append((uid, pres))
        return [_event(pres, 0.0)]

    def said_by_trunk(self, uid: str, field: str) -> list[PbxEvent]:
        self.trunk_fields.append((uid, field))
        return [_event(field, 0.0)]

    def unexpect_call(self, channel_id: str) -> None:
        self.unexpected.append(channel_id)

    def expect_call(self, call_id: CallId, channel_id: str, device: DeviceId, number: str) -> None:
        self.expected.append((call_id, channel_id, device, number))

    def is_service(self, text: str) -> bool:
        return False

    def user_agent_of(self, device: DeviceId) -> str:
        return ""

    def channel(self, uid: str) -> Channel | None:
        return self.lines.get(uid)

    def interfaces_in(self, queue: str | None, device: DeviceId) -> list[tuple[str, str]]:
        return [(name, interface) for name, interface, of in self.memberships if of == device and queue in (None, name)]

    def channel_of(self, call_id: CallId, device: DeviceId) -> str | None:
        return self.channels.get((call_id, device))


def _event(what: str, at_s: float) -> DeviceStateChanged:
    at = datetime.fromtimestamp(at_s, UTC)
    return DeviceStateChanged(PbxId("office"), at, DeviceId(what), DeviceState.RINGING, what)


@dataclass
class Stage:
    """What a test has in its hands."""

    manager: FakeManager
    connector: AsteriskConnector
    translator: NoteTaker
    naps: Naps
    statuses: asyncio.Queue[LinkStatus]
    events: list[PbxEvent]
    now: list[float] = field(default_factory=lambda: [1_000_000.0])

    async def status(self) -> LinkStatus:
        """The next change of the link."""
        async with asyncio.timeout(5):
            return await self.statuses.get()

    async def up(self) -> LinkStatus:
        """Wait for the link to be up, over whatever comes before it."""
        while (status := await self.status()).state is not LinkState.UP:
            pass
        return status

    async def heard(self, name: str, times: int = 1) -> None:
        """Wait until the translator was told of it so often."""
        async with asyncio.timeout(5):
            while self.translator.told.count(name) < times:
                await asyncio.sleep(0)

    async def retries(self) -> float:
        """End the wait before the next attempt; how long it was."""
        return await self.naps.end(lambda seconds: seconds not in (TICK_S, PING_S))


def settings(manager: FakeManager, **changes: Any) -> AsteriskSettings:
    timing = {"tick_every_s": TICK_S, "ping_every_s": PING_S, **changes.pop("timing", {})}
    values: dict[str, Any] = {"pbx": "office", "host": "127.0.0.1", "port": manager.port, "user": "ringcard"}
    return AsteriskSettings(**{**values, "secret": "s3cret", **changes}, timing=Timing(**timing))


@contextlib.asynccontextmanager
async def stage(
    manager: FakeManager | None = None,
    *,
    chance: Callable[[], float] = lambda: 0.5,
    of: type[AsteriskConnector] = AsteriskConnector,
    **changes: Any,
) -> AsyncIterator[Stage]:
    """A running connector and its manager; `changes` are settings, `timing` among them a mapping."""
    async with contextlib.AsyncExitStack() as stack:
        if manager is None:
            manager = FakeManager()
        if not manager.port:
            await stack.enter_async_context(manager.running())
        translator, naps, now = NoteTaker(), Naps(), [1_000_000.0]
        statuses: asyncio.Queue[LinkStatus] = asyncio.Queue()
        events: list[PbxEvent] = []
        connector = of(
            settings(manager, **changes),
            on_status=statuses.put_nowait,
            translator=translator,
            clock=lambda: now[0],
            sleep=naps,
            chance=chance,
        )
        running = asyncio.create_task(connector.run(events.extend))
        try:
            yield Stage(manager, connector, translator, naps, statuses, events, now)
        finally:
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.result()
