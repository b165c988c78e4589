"""Numbered frames to many tabs: order, resuming, limits, and tabs that do not read.

Over 400 lines: whatever a view promises its tabs is held against the same browsers.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.ports import DeviceView
from ringcard.people.model import Employee
from ringcard.people.permissions import BUILT_IN, Role
from ringcard.people.sight import Company
from ringcard.web.feed import (
    CLOSE_GOING_AWAY,
    CLOSE_NOT_SIGNED_IN,
    CLOSE_TOO_SLOW,
    Feed,
    FellBehind,
    Frame,
    Limits,
    Tab,
    TooManyTabs,
    Viewer,
)


def viewer(
    employee: str = "anna", *, session: str = "s1", address: str = "10.0.0.1", oversees: bool = False, device: str = "1"
) -> Viewer:
    rights = BUILT_IN[Role.ADMIN if oversees else Role.EMPLOYEE]
    someone = Employee(employee, employee, employee, rights.role_id, rights=rights)
    return Viewer(employee, session, address, (DeviceId(device),), Company([someone]).sight_of(someone))


class Browser:
    """Reads what a tab is sent; `stuck` holds the next frame up."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, text: str) -> None:
        await self.reads.wait()
        self.frames.append(json.loads(text))

    @property
    def numbers(self) -> list[int]:
        return [frame["seq"] for frame in self.frames]


@asynccontextmanager
async def watching(tab: Tab) -> AsyncIterator[Browser]:
    browser = Browser()
    pump = asyncio.create_task(tab.pump(browser.send))
    yield browser
    pump.cancel()
    await asyncio.gather(pump, return_exceptions=True)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Timers:
    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def later(self, delay_s: float, do: Callable[[], None]) -> None:
        self.due.append(do)


@pytest.fixture
def timers() -> Timers:
    return Timers()


def feed_with(timers: Timers, **limits: Any) -> Feed:
    return Feed(Limits(**limits), timers.later)


class TestNumbering:
    async def test_frames_count_up_by_one_and_every_tab_of_the_employee_gets_them(self, timers: Timers) -> None:
        feed = feed_with(timers)
        first, _ = feed.join(viewer(session="s1"), None, None)
        second, _ = feed.join(viewer(session="s2"), None, None)
        async with watching(first) as one, watching(second) as two:
            for number in range(3):
                feed.remove_pop(f"p{number}", ["anna"])
            await settle()
        assert one.numbers == two.numbers == [1, 2, 3]
        assert one.frames == two.frames
        assert one.frames[0] == {"type": "pop_removed", "seq": 1, "pop_id": "p0"}

    async def test_what_concerns_others_is_neither_sent_nor_counted(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer("anna"), None, None)
        feed.join(viewer("boris"), None, None)
        async with watching(tab) as browser:
            feed.remove_pop("p1", ["boris"])
            feed.remove_pop("p2", ["anna", "boris"])
            await settle()
        assert [(frame["seq"], frame["pop_id"]) for frame in browser.frames] == [(1, "p2")]

    async def test_who_oversees_sees_every_call(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer("chief", oversees=True), None, None)
        other, _ = feed.join(viewer("boris"), None, None)
        async with watching(tab) as chief, watching(other) as boris:
            feed.remove_call(CallId("c1"), ["anna"])
            await settle()
        assert [frame["call_id"] for frame in chief.frames] == ["c1"]
        assert boris.frames == []


class TestResuming:
    async def test_a_tab_goes_on_where_it_was(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, resumed = feed.join(viewer(), None, None)
        assert not resumed
        epoch = tab.view.epoch
        feed.remove_pop("p1", ["anna"])
        feed.leave(tab)
        feed.remove_pop("p2", ["anna"])
        again, resumed = feed.join(viewer(), 1, epoch)
        assert resumed
        async with watching(again) as browser:
            await settle()
        assert [frame["pop_id"] for frame in browser.frames] == ["p2"]

    @pytest.mark.parametrize("since", [-1, 0, 4])
    async def test_it_needs_a_snapshot_if_frames_are_gone_or_never_were(self, timers: Timers, since: int) -> None:
        feed = feed_with(timers, frames_kept=2)
        tab, _ = feed.join(viewer(), None, None)
        epoch = tab.view.epoch
        feed.leave(tab)
        for number in range(3):
            feed.remove_pop(f"p{number}", ["anna"])
        _, resumed = feed.join(viewer(), since, epoch)
        assert not resumed

    async def test_another_epoch_needs_a_snapshot(self, timers: Timers) -> None:
        feed = feed_with(timers)
        feed.join(viewer(), None, None)
        _, resumed = feed.join(viewer(), 0, "before the restart")
        assert not resumed

    async def test_a_view_that_nobody_came_back_to_is_forgotten(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer(), None, None)
        epoch = tab.view.epoch
        feed.leave(tab)
        (forget,) = timers.due
        forget()
        again, resumed = feed.join(viewer(), 0, epoch)
        assert not resumed
        assert again.view.epoch != epoch

    async def test_the_timer_of_an_earlier_leaving_forgets_nothing(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer(), None, None)
        feed.leave(tab)
        again, _ = feed.join(viewer(), None, None)
        feed.leave(again)
        timers.due[0]()
        _, resumed = feed.join(viewer(), 0, tab.view.epoch)
        assert resumed

    async def test_other_devices_or_another_role_are_another_view(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer(device="1"), None, None)
        _, resumed = feed.join(viewer(device="2"), 0, tab.view.epoch)
        assert not resumed
        assert tab.closing.result() == CLOSE_GOING_AWAY


class TestNotReading:
    async def test_it_neither_blocks_the_others_nor_takes_memory_and_is_told_to_come_again(
        self, timers: Timers
    ) -> None:
        feed = feed_with(timers, frames_kept=100)
        stuck_tab, _ = feed.join(viewer(session="stuck"), None, None)
        good_tab, _ = feed.join(viewer(session="good"), None, None)
        async with watching(stuck_tab) as stuck, watching(good_tab) as good:
            stuck.reads.clear()
            for number in range(1_000):
                feed.remove_pop(f"p{number}", ["anna"])
                await asyncio.sleep(0)
            await settle()
        assert good.numbers == list(range(1, 1_001))
        assert stuck_tab.closing.result() == CLOSE_TOO_SLOW
        assert stuck_tab.view.seq - stuck_tab.view.oldest < 100

    async def test_few_but_large_frames_are_bounded_too(self, timers: Timers) -> None:
        feed = feed_with(timers, bytes_kept=10_000)
        tab, _ = feed.join(viewer(), None, None)
        for _ in range(50):
            feed.remove_pop("p" * 1_000, ["anna"])
        assert tab.view.seq - tab.view.oldest < 10
        assert tab.closing.result() == CLOSE_TOO_SLOW

    async def test_old_frames_go_when_another_comes_and_who_missed_none_of_them_can_come_back(
        self, timers: Timers
    ) -> None:
        feed = feed_with(timers, frames_for_s=180.0)
        tab, _ = feed.join(viewer(), None, None)
        for made_s in (1_000.0, 1_010.0, 1_100.0):
            tab.view.push(Frame("pop", "pop", "{}", made_s=made_s))
        tab.seq = tab.view.seq
        tab.view.push(Frame("pop", "pop", "{}", made_s=1_195.0))
        assert tab.view.oldest == 3
        assert [tab.view.can_resume(since, tab.view.epoch) for since in (1, 2, 3, 4)] == [False, True, True, True]
        assert not tab.closing.done()
        tab.view.push(Frame("pop", "pop", "{}", made_s=9_000.0))
        assert tab.view.oldest == tab.view.seq == 5

    async def test_a_frame_that_is_not_taken_in_time_ends_the_pump(self, timers: Timers) -> None:
        feed = feed_with(timers, send_timeout_s=0.001)
        tab, _ = feed.join(viewer(), None, None)
        feed.remove_pop("p1", ["anna"])
        browser = Browser()
        browser.reads.clear()
        with pytest.raises(FellBehind):
            await tab.pump(browser.send)

    async def test_so_does_a_later_one_and_the_time_without_frames_does_not_count(self, timers: Timers) -> None:
        loop = asyncio.get_running_loop()
        feed = feed_with(timers, send_timeout_s=0.05)
        tab, _ = feed.join(viewer(), None, None)
        browser = Browser()
        pump = asyncio.create_task(tab.pump(browser.send))
        feed.remove_pop("p1", ["anna"])
        looked_at: asyncio.Future[None] = loop.create_future()
        loop.call_later(0.12, looked_at.set_result, None)  # longer than one frame may take
        await looked_at
        assert browser.numbers == [1]
        assert not pump.done()
        browser.reads.clear()
        began_s = loop.time()
        feed.remove_pop("p2", ["anna"])
        with pytest.raises(FellBehind):
            await pump
        assert loop.time() - began_s >= 0.05

    async def test_a_pump_that_is_cancelled_while_a_frame_waits_is_cancelled(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer(), None, None)
        browser = Browser()
        browser.reads.clear()
        feed.remove_pop("p1", ["anna"])
        pump = asyncio.create_task(tab.pump(browser.send))
        await settle()
        pump.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pump


class TestLimits:
    async def test_tabs_of_one_employee(self, timers: Timers) -> None:
        feed = feed_with(timers, tabs_per_employee=2)
        tab, _ = feed.join(viewer(), None, None)
        feed.join(viewer(), None, None)
        with pytest.raises(TooManyTabs):
            feed.join(viewer(), None, None)
        feed.join(viewer("boris"), None, None)
        feed.leave(tab)
        feed.join(viewer(), None, None)

    async def test_tabs_of_one_address(self, timers: Timers) -> None:
        feed = feed_with(timers, tabs_per_address=2)
        feed.join(viewer("anna"), None, None)
        feed.join(viewer("boris"), None, None)
        with pytest.raises(TooManyTabs):
            feed.join(viewer("vera"), None, None)
        feed.join(viewer("vera", address="10.0.0.2"), None, None)

    async def test_leaving_twice_counts_once(self, timers: Timers) -> None:
        feed = feed_with(timers, tabs_per_address=1)
        tab, _ = feed.join(viewer(), None, None)
        feed.leave(tab)
        feed.leave(tab)
        feed.join(viewer(), None, None)
        assert feed.tabs == 1
        with pytest.raises(TooManyTabs):
            feed.join(viewer(), None, None)


class TestClosing:
    async def test_signing_out_closes_the_tabs_of_that_session_only(self, timers: Timers) -> None:
        feed = feed_with(timers)
        mine, _ = feed.join(viewer(session="s1"), None, None)
        other, _ = feed.join(viewer(session="s2"), None, None)
        feed.end_session("s1")
        assert mine.closing.result() == CLOSE_NOT_SIGNED_IN
        assert not other.closing.done()

    async def test_a_server_that_goes_down_tells_every_tab_also_one_that_comes_now(self, timers: Timers) -> None:
        feed = feed_with(timers)
        tab, _ = feed.join(viewer(), None, None)
        feed.close()
        late, _ = feed.join(viewer("boris"), None, None)
        assert tab.closing.result() == late.closing.result() == CLOSE_GOING_AWAY


class TestSent:
    async def test_the_first_browser_counts(self, timers: Timers) -> None:
        feed = feed_with(timers)
        first, _ = feed.join(viewer(session="s1"), None, None)
        second, _ = feed.join(viewer(session="s2"), None, None)
        told: list[str] = []
        first.view.push(Frame("pop", "pop", "{}", lambda: told.append("sent")))
        assert told == []
        async with watching(first), watching(second):
            await settle()
        assert told == ["sent"]


async def test_one_event_reaches_a_thousand_browsers_at_once(timers: Timers) -> None:
    feed = feed_with(timers)
    tabs = [feed.join(viewer(f"e{number}"), None, None)[0] for number in range(1_000)]
    everybody = [tab.viewer.employee_id for tab in tabs]
    reached = 0

    async def send(text: str) -> None:
        nonlocal reached
        reached += 1

    pumps = [asyncio.create_task(tab.pump(send)) for tab in tabs]
    await settle()
    began = time.perf_counter()
    feed.remove_pop("p1", everybody)
    told_s = time.perf_counter() - began
    while reached < 1_000:
        await asyncio.sleep(0)
    reached_s = time.perf_counter() - began
    for pump in pumps:
        pump.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
    print(f"fan-out to 1,000: told in {told_s * 1000:.1f} ms, sent to all in {reached_s * 1000:.1f} ms")
    # Ten times what it takes on the slowest machine we know, so that only another order of growth fails it.
    assert reached_s < 1.0


def device_that_is(device: str, state: DeviceState) -> DeviceView:
    return DeviceView(DeviceId(device), PbxId("office"), state, datetime(2026, 11, 23, tzinfo=UTC), "hint", None)


async def test_devices_that_change_within_a_moment_come_in_one_frame_each_as_it_is_last(timers: Timers) -> None:
    feed = feed_with(timers)
    tab, _ = feed.join(viewer(), None, None)
    for device, state in (("1", DeviceState.RINGING), ("2", DeviceState.RINGING), ("1", DeviceState.BUSY)):
        feed.show_device(device_that_is(device, state))
    async with watching(tab) as browser:
        await settle()
        assert browser.frames == []
        (flush,) = timers.due
        flush()
        await settle()
        feed.show_device(
            DeviceView(
                DeviceId("2"), PbxId("office"), DeviceState.IDLE, datetime(2026, 11, 23, tzinfo=UTC), "hint", None
            )
        )
        assert len(timers.due) == 2
    (frame,) = browser.frames
    assert frame["type"] == "devices"
    assert [(each["device"], each["state"]) for each in frame["devices"]] == [("1", "busy"), ("2", "ringing")]


async def test_a_change_of_devices_goes_to_many_in_turns_and_to_nobody_as_what_it_was_before(timers: Timers) -> None:
    feed = feed_with(timers, devices_at_once=2, devices_written_each=1)
    tabs = [feed.join(viewer(f"e{number}", address=f"10.0.0.{number}"), None, None)[0] for number in range(5)]

    def told() -> list[list[str]]:
        views = [tab.view for tab in tabs]
        frames = [[json.loads(view.frame(seq).numbered(seq)) for seq in range(1, view.seq + 1)] for view in views]
        return [[frame["devices"][0]["state"] for frame in each if "devices" in frame] for each in frames]

    def turn() -> None:
        (do,) = timers.due
        timers.due.clear()
        do()

    feed.show_device(device_that_is("1", DeviceState.RINGING))
    turn()
    assert told() == [["ringing"], ["ringing"], [], [], []]
    feed.remove_pop("p", ["e4"])  # waits for nobody
    assert tabs[4].view.seq == 1
    feed.show_device(device_that_is("1", DeviceState.BUSY))
    turn()
    assert told() == [["ringing"], ["ringing"], ["busy"], ["busy"], []]
    for _ in range(4):
        turn()
    assert told() == [["ringing", "busy"], ["ringing", "busy"], ["busy", "busy"], ["busy", "busy"], ["busy", "busy"]]
    assert timers.due == []


async def test_a_change_of_devices_is_written_once_for_many(timers: Timers) -> None:
    feed = feed_with(timers, devices_at_once=1, devices_written_each=3)
    tabs = [feed.join(viewer(f"e{number}", address=f"10.0.0.{number}"), None, None)[0] for number in range(4)]
    feed.show_device(device_that_is("1", DeviceState.RINGING))
    while timers.due:
        timers.due.pop()()
        feed.show_device(device_that_is("1", DeviceState.BUSY))
        if len(frames := [tab.view.frame(1) for tab in tabs if tab.view.seq]) == 4:
            break
    assert frames[0] is frames[1] is frames[2]
    assert [json.loads(frame.numbered(1))["devices"][0]["state"] for frame in frames[2:]] == ["ringing", "busy"]
