"""Traces of a connection that broke: what happened while nobody heard, and what a snapshot says afterwards.

These are not scenarios of the vocabulary, for the simulator's connection is somebody else's to cut; they are recorded
on the lab as two streams, `ami-A` and `ami-B`. The second begins with the answers to the questions that a program asks
after it reconnected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from lab.recorder import SETTLE_S, Recording, write_expected
from lab.system import Lab
from ringcard.testing.scenarios import Expected, ami
from ringcard.testing.scenarios.witness import customer_hangs_up, inbound, picks_up, talking

QUESTIONS_BEFORE_BRIDGES = ("CoreStatus", "CoreShowChannels", "Status", "BridgeList")
QUESTIONS_AFTER_BRIDGES = ("QueueStatus", "DeviceStateList", "ExtensionStateList", "ParkedCalls")
ANSWER_S = 0.3
"""Long enough for every answer on loopback; the stream is read as it comes."""


class BreakingLine:
    """The connection that is recorded: it can break and be made anew."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.recordings: list[Recording] = []
        self._connected = False

    async def connects(self) -> None:
        """Connect; from the second time on, ask what is so now."""
        recording = Recording(self._lab.ami)
        await recording.__aenter__()
        self.recordings.append(recording)
        self._connected = True
        if len(self.recordings) > 1:
            await self._ask(recording)

    async def breaks(self) -> None:
        """Hear nothing from now on."""
        if self._connected:
            self._connected = False
            await self.recordings[-1].__aexit__()

    async def _ask(self, recording: Recording) -> None:
        for question in QUESTIONS_BEFORE_BRIDGES:
            await recording.send(question)
            await asyncio.sleep(ANSWER_S)
        async with ami.session(self._lab.ami) as session:
            bridges = [item["BridgeUniqueid"] for item in await session.list("BridgeList")]
        for bridge in bridges:
            await recording.send("BridgeInfo", BridgeUniqueid=bridge)
        for question in QUESTIONS_AFTER_BRIDGES:
            await recording.send(question)
            await asyncio.sleep(ANSWER_S)


GapStory = Callable[[Lab, BreakingLine], Awaitable[list[Expected]]]


async def reconnect_two_live_calls(lab: Lab, line: BreakingLine) -> list[Expected]:
    """Two live calls; in the gap the first ends, the second is held, a third is answered and a fourth rings."""
    callers = [lab.caller(number) for number in ("+74959195557", "8(495)919-55-58", "0049301234567", "+74957777777")]
    alice, bob, carol, dave = (lab.phone(name) for name in ("101", "102", "103", "104"))
    one = await talking(lab, callers[0], alice)
    two = await talking(lab, callers[1], bob)
    await line.breaks()
    await lab.passes(0.7)
    first = await customer_hangs_up(one, callers[0], alice)
    await bob.holds()
    two.held(bob)
    three = await talking(lab, callers[2], carol)
    four = await inbound(lab, callers[3], "4951110104")
    await dave.rings()
    four.rang(dave)
    await lab.passes(0.7)
    await line.connects()
    await picks_up(four, dave)
    await lab.passes(1.5)
    await bob.retrieves()
    two.retrieved(bob)
    await lab.passes(1.5)
    await bob.hangs_up()
    second = two.ended(bob)
    third = await customer_hangs_up(three, callers[2], carol)
    await dave.hangs_up()
    return [first, second, third, four.ended(dave)]


async def reconnect_parked_and_queued(lab: Lab, line: BreakingLine) -> list[Expected]:
    """In the gap a caller is parked and another enters the queue; afterwards both are taken."""
    parked, waiting = lab.caller(), lab.caller("+74951234567")
    alice, bob, carol, dave = (lab.phone(name) for name in ("101", "102", "103", "104"))
    one = await talking(lab, parked, carol)
    await line.breaks()
    await lab.passes(0.7)
    one.left(carol)
    await carol.transfers_to("700")
    two = await inbound(lab, waiting, "4951110500", queue="sales")
    await alice.rings()
    await bob.rings()
    two.rang(alice, bob)
    await lab.passes(0.7)
    await line.connects()
    await dave.dials("701")
    await dave.talks()
    one.answered(dave)
    one.transfer("park", carol, dave)
    await lab.passes(1.0)
    await picks_up(two, bob)
    await alice.is_idle()
    await lab.passes(1.5)
    first = await customer_hangs_up(one, parked, dave)
    return [first, await customer_hangs_up(two, waiting, bob)]


async def restart_while_up(lab: Lab, line: BreakingLine) -> list[Expected]:
    """`core restart now` while one call is up and one rings; then a normal call."""
    return await _restarted(lab, line, _restart_by_command)


async def crash_while_up(lab: Lab, line: BreakingLine) -> list[Expected]:
    """Asterisk is killed while one call is up and one rings; then a normal call."""
    return await _restarted(lab, line, _crash)


async def _restarted(
    lab: Lab, line: BreakingLine, goes_down: Callable[[Lab, BreakingLine], Awaitable[None]]
) -> list[Expected]:
    up, ringing, again = lab.caller(), lab.caller("8(495)919-55-58"), lab.caller("+74959195560")
    alice, bob = lab.phone("101"), lab.phone("102")
    one = await talking(lab, up, alice)
    two = await inbound(lab, ringing, "4951110102")
    await bob.rings()
    two.rang(bob)
    await lab.passes(1.5)
    first = one.ended("system")
    two.refused(bob, "cancelled")
    second = two.ended("system", "no_answer")
    await goes_down(lab, line)
    await lab.recovers_from_restart()
    await line.connects()
    three = await talking(lab, again, alice)
    return [first, second, await customer_hangs_up(three, again, alice)]


async def _restart_by_command(lab: Lab, line: BreakingLine) -> None:
    async with ami.session(lab.ami) as session:
        # It goes down before it answers.
        command = asyncio.ensure_future(session.act("Command", Command="core restart now"))
        await asyncio.sleep(0.5)
        command.cancel()
        await asyncio.gather(command, return_exceptions=True)
    await line.breaks()
    await asyncio.to_thread(lab.asterisk.wait_until_booted)


async def _crash(lab: Lab, line: BreakingLine) -> None:
    await asyncio.to_thread(lab.asterisk.restart)
    await line.breaks()


GAP_STORIES: Mapping[str, GapStory] = MappingProxyType(
    {
        "reconnect-two-live-calls": reconnect_two_live_calls,
        "reconnect-parked-and-queued": reconnect_parked_and_queued,
        "restart-while-up": restart_while_up,
        "crash-while-up": crash_while_up,
    }
)


async def record_gap(lab: Lab, name: str, traces: Path) -> Path:
    """Play the story and write both streams and the truth into `traces/NAME`; returns that folder."""
    story = GAP_STORIES[name]
    line = BreakingLine(lab)
    try:
        await line.connects()
        truths = await story(lab, line)
        await lab.is_quiet()
        await asyncio.sleep(SETTLE_S)
    except BaseException:
        await lab.end_all_calls()
        raise
    finally:
        await line.breaks()
    folder = traces / name
    folder.mkdir(parents=True, exist_ok=True)
    streams = []
    for letter, recording in zip("AB", line.recordings, strict=True):
        recording.stream.write(folder, f"ami-{letter}")
        streams.append(f"ami-{letter}.raw")
    title = " ".join((story.__doc__ or "").split()).rstrip(".")
    notes = ("between the streams nothing was heard; the second begins with the answers of the status actions",)
    write_expected(folder, title, notes, truths, streams)
    return folder
