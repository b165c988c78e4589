"""Presence on a real Asterisk: what ringcard says its queue knows, and what is done there ringcard shows.

Anna is at 101 and Boris at 102, both members of the queue `sales` by Asterisk's configuration.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from lab.asterisk import Asterisk
from lab.system import Lab
from web_site import Browser, Live, Site, site_at

from ringcard.pbx.asterisk.settings import Timing
from ringcard.testing.scenarios import Ami, ami

pytestmark = pytest.mark.lab

SOON_S = 10.0
RECONNECTS_S = Timing().backoff_most_s + 20.0
"""The longest pause between two attempts, by chance; then logging in, taking stock and telling, on a busy machine."""
QUEUE_NUMBER = "4951110500"
Pauses = dict[str, tuple[bool, str]]


@pytest.fixture
async def quiet(each_lab: Lab) -> AsyncIterator[Lab]:
    """Whatever the test did: nobody after it finds phones that are busy, or paused members."""
    yield each_lab
    await each_lab.end_all_calls()
    for device in ("101", "102"):
        await pauses_at_the_pbx(each_lab, device, paused=False)


async def in_the_queue(address: Ami) -> Pauses:
    """Asterisk's own word on its members: whether each is paused, and why."""
    async with ami.session(address) as opened:
        items = await opened.list("QueueStatus", Queue="sales")
    return {
        each["Location"].partition("/")[2]: (each["Paused"] == "1", each.get("PausedReason", ""))
        for each in items
        if each.get("Event") == "QueueMember"
    }


async def queue_has(address: Ami, device: str, paused: bool, reason: str = "", within_s: float = SOON_S) -> None:
    async with asyncio.timeout(within_s):
        while (await in_the_queue(address)).get(device) != (paused, reason):
            await asyncio.sleep(0.05)


async def pauses_at_the_pbx(lab: Lab, device: str, *, paused: bool, reason: str = "") -> None:
    interface = f"{lab.technology}/{device}"
    await ami.act(lab, "QueuePause", Interface=interface, Paused=str(paused).lower(), Reason=reason)


async def chooses(browser: Browser, state: str, reason: str | None = None) -> dict[str, Any]:
    body = {"state": state, "reason": reason}
    answer = await browser.http.put("/api/v1/presence", json=body, headers=browser.csrf)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def seen(live: Live, state: str, name: str = "Anna") -> dict[str, Any]:
    async with asyncio.timeout(SOON_S):
        while True:
            frame = await live.next()
            for item in frame["items"] if frame["type"] == "presence" else ():
                if (item["name"], item["state"]) == (name, state):
                    return dict(item)


async def state_of(here: Site, name: str, holds: Callable[[str, str | None], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while True:
            shown = next((each for each in here.up.rooms.presences.all() if each.name == name), None)
            if shown is not None and holds(shown.state.value, shown.reason):
                return
            await asyncio.sleep(0.02)


async def test_a_pause_goes_to_the_queue_and_comes_from_it_and_is_never_answered(quiet: Lab, tmp_path: Path) -> None:
    lab = quiet
    async with site_at(lab.ami, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        assert (await chooses(anna, "not_ready", "Lunch"))["queues"] == "told"
        await queue_has(lab.ami, "101", True, "Lunch")
        assert (await seen(live, "not_ready"))["source"] == "employee"
        assert (await chooses(anna, "ready"))["queues"] == "told"
        await queue_has(lab.ami, "101", False)
        await seen(live, "ready")
        await pauses_at_the_pbx(lab, "101", paused=True, reason="star 46")
        item = await seen(live, "not_ready")
        assert (item["source"], item["reason"]) == ("pbx", "star 46")
        await pauses_at_the_pbx(lab, "101", paused=False)
        assert (await seen(live, "ready"))["source"] == "pbx"
        assert (await in_the_queue(lab.ami))["101"] == (False, "")
        told = [item for frame in live.frames if frame["type"] == "presence" for item in frame["items"]]
        assert [(each["state"], each["source"]) for each in told if each["source"] != "ringcard"] == [
            ("not_ready", "employee"),
            ("ready", "employee"),
            ("not_ready", "pbx"),
            ("ready", "pbx"),
        ]


async def test_a_queue_does_not_ring_who_is_not_ready_nor_who_writes_the_last_call_down(
    quiet: Lab, tmp_path: Path
) -> None:
    lab = quiet
    alice, bob, caller = lab.phone("101"), lab.phone("102"), lab.caller()
    async with (
        site_at(lab.ami, tmp_path, presence={"after_call_s": 60}) as here,
        here.browser("anna") as anna,
        here.browser("boris") as boris,
        anna.live() as live,
        boris.live(),
    ):
        await chooses(boris, "not_ready", "Meeting")
        await queue_has(lab.ami, "102", True, "Meeting")
        await caller.dials(QUEUE_NUMBER)
        await alice.rings()
        async with asyncio.timeout(SOON_S):
            while (frame := await live.next())["type"] != "queues" or not frame["items"][0]["waiting"]:
                pass
        assert frame["items"][0]["waiting"][0]["number"] == "+74959195557"
        assert not await ami.has_channel(lab, "102"), "Boris is in a meeting"
        await state_of(here, "Anna", lambda state, _: state == "busy")
        await alice.answers()
        await alice.talks()
        await caller.hangs_up()
        item = await seen(live, "after_call")
        assert item["until"] is not None
        await queue_has(lab.ami, "101", True, "After call")
        await lab.is_quiet()
        await chooses(boris, "ready")
        again = lab.caller()
        await again.dials(QUEUE_NUMBER)
        await bob.rings()
        assert not await ami.has_channel(lab, "101"), "Anna writes the last call down"
        await again.hangs_up()
        await chooses(anna, "ready")
        await queue_has(lab.ami, "101", False)
        third = lab.caller()
        await third.dials(QUEUE_NUMBER)
        await alice.rings()
        await third.hangs_up()
        await lab.is_quiet()


async def test_after_a_restart_of_ringcard_the_queue_is_right(quiet: Lab, tmp_path: Path) -> None:
    lab = quiet
    async with site_at(lab.ami, tmp_path) as here, here.browser("anna") as anna, anna.live():
        await chooses(anna, "not_ready", "Lunch")
        await queue_has(lab.ami, "101", True, "Lunch")
    async with site_at(lab.ami, tmp_path) as here:
        await state_of(here, "Anna", lambda state, reason: (state, reason) == ("not_ready", "Lunch"))
        await queue_has(lab.ami, "101", True, "Lunch")
    await pauses_at_the_pbx(lab, "101", paused=False)
    async with site_at(lab.ami, tmp_path) as here:
        await state_of(here, "Anna", lambda state, _: state == "ready")
        assert (await in_the_queue(lab.ami))["101"] == (False, "")


@pytest.mark.parametrize("series", ["22", "16"])
async def test_an_asterisk_that_was_restarted_is_told_again(series: str, tmp_path: Path) -> None:
    """An Asterisk of its own: the other tests' phones need not register again."""
    server = Asterisk(series)
    await asyncio.to_thread(server.start)
    try:
        async with site_at(server.ami, tmp_path) as here, here.browser("anna") as anna, anna.live():
            assert (await chooses(anna, "not_ready", "Lunch"))["queues"] == "told"
            await queue_has(server.ami, "101", True, "Lunch")
            await asyncio.to_thread(server.restart)
            await queue_has(server.ami, "101", True, "Lunch", RECONNECTS_S)
            await state_of(here, "Anna", lambda state, reason: (state, reason) == ("not_ready", "Lunch"))
    finally:
        await asyncio.to_thread(server.stop)
