"""Stand-ins for what the desk asks and whom it tells."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.pop import CallSummary, Colleague, Findings, Pop
from ringcard.desk.ports import DeviceView, FirstAnswer, Link, LiveCall, Sent, Tell
from ringcard.desk.why import PopWhy

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FakeClock:
    """A wall clock and a steady one, moved by hand and apart from each other."""

    def __init__(self) -> None:
        self.wall = START
        self.steady = 100.0

    def now(self) -> datetime:
        return self.wall

    def steady_s(self) -> float:
        return self.steady

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


@dataclass
class FakeStaff:
    """Anna at 101 and Boris at 102; 109 belongs to both."""

    people: dict[str, tuple[str, tuple[str, ...]]] = field(
        default_factory=lambda: {"anna": ("Anna", ("101", "109")), "boris": ("Boris", ("102", "109"))}
    )

    def employees_at(self, device: DeviceId) -> Sequence[Colleague]:
        return [Colleague(key, name, device) for key, (name, devices) in self.people.items() if device in devices]


class FakeLookup:
    """What is in `own` is found at once; what is put into `later` when it is put there."""

    def __init__(self) -> None:
        self.own: dict[str, Findings] = {}
        self.later: asyncio.Queue[Findings] = asyncio.Queue()
        self.asked: list[str] = []
        self.near: frozenset[str] = frozenset()

    def at_once(self, number: str) -> FirstAnswer:
        self.asked.append(number)
        found = self.own.get(number, Findings(matched_number=number))
        return FirstAnswer(found, self._rest, self.near, 0.03)

    async def _rest(self, tell: Tell) -> None:
        while True:
            tell(await self.later.get())


class FakeHistory:
    def __init__(self) -> None:
        self.calls: dict[str, list[CallSummary]] = {}
        self.broken = False

    async def last_calls(self, number: str, limit: int) -> Sequence[CallSummary]:
        if self.broken:
            raise OSError("disk full")
        return self.calls.get(number, [])[:limit]


class FakeJournal:
    def __init__(self) -> None:
        self.sent: list[tuple[Pop, PopWhy]] = []
        self.answered: list[tuple[Pop, PopWhy]] = []
        self.shown: list[tuple[Pop, PopWhy]] = []

    def card_sent(self, pop: Pop, why: PopWhy) -> None:
        self.sent.append((pop, why))

    def card_answered(self, pop: Pop, why: PopWhy) -> None:
        self.answered.append((pop, why))

    def card_shown(self, pop: Pop, why: PopWhy) -> None:
        self.shown.append((pop, why))


class FakeScreens:
    """Writes down what it was told; the first browser gets a pop when the test says so."""

    def __init__(self) -> None:
        self.watched = True
        self.pops: list[tuple[Pop, tuple[str, ...]]] = []
        self.sent: list[Sent] = []
        self.removed: list[str] = []
        self.calls: list[LiveCall] = []
        self.removed_calls: list[CallId] = []
        self.devices: list[DeviceView] = []
        self.links: list[Link] = []
        self.removed_links: list[PbxId] = []

    def show_pop(self, pop: Pop, employees: Collection[str], sent: Sent) -> bool:
        self.pops.append((pop, tuple(employees)))
        self.sent.append(sent)
        return self.watched

    def remove_pop(self, pop_id: str, employees: Collection[str]) -> None:
        self.removed.append(pop_id)

    def show_call(self, call: LiveCall) -> None:
        self.calls.append(call)

    def remove_call(self, call_id: CallId, concerns: Collection[str]) -> None:
        self.removed_calls.append(call_id)

    def show_device(self, device: DeviceView) -> None:
        self.devices.append(device)

    def remove_link(self, pbx: PbxId) -> None:
        self.removed_links.append(pbx)

    def show_link(self, link: Link) -> None:
        self.links.append(link)
