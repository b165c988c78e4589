"""Coming into calls that go on: late, after a broken line, after being killed, after a restart of Asterisk.

One telling of a scenario is heard by all of these at once (`attach_in_the_middle`): on the real Asterisks where calls
are in each of their states, on the simulator every scenario of the catalogue, in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest
from attach_in_the_middle import Heard, hear
from attach_knowledge import findings
from attach_listener import Listener, listening, settings_of, sleeping_in
from lab.gaps import GAP_STORIES, BreakingLine
from lab.system import Lab

from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.testing.scenarios import SCENARIOS, differences_of_all

ON_BOTH = (
    "attended-transfer",
    "attended-transfer-by-feature-code",
    "click-to-dial-answered",
    "conference-room",
    "hold-twice",
    "internal-answered",
    "ivr-to-queue",
    "outbound-and-inbound-joined",
    "outbound-dialled",
    "park-and-retrieve",
    "queue-reject-then-answer",
    "ring-group",
    "two-customers-joined",
)
"""Ringing, talking, held, parked, queued, consulting, in a conference, dialled by a program, joined with another."""

# -- on real Asterisks ------------------------------------------------------------------------------------------------


async def hear_on(lab: Lab, name: str) -> list[str]:
    async def meanwhile(ours: Awaitable[None]) -> None:
        await ours

    try:
        heard = await hear(SCENARIOS[name], lab, Listener, meanwhile=meanwhile, afterwards=lab.is_quiet)
    except BaseException:
        await lab.end_all_calls()
        raise
    return [f"{lab.asterisk.series}: {difference}" for difference in verdict(heard)]


def verdict(heard: Heard) -> list[str]:
    return [*differences_of_all(heard.truths, heard.whole), *findings(heard)]


@pytest.mark.lab
@pytest.mark.parametrize("name", ON_BOTH)
async def test_whoever_comes_into_a_call_on_the_lab_knows_what_can_be_known(name: str, lab22: Lab, lab16: Lab) -> None:
    found = await asyncio.gather(hear_on(lab22, name), hear_on(lab16, name), return_exceptions=True)
    for outcome in found:
        if isinstance(outcome, BaseException):
            raise outcome
        assert outcome == []


class Reconnecting(BreakingLine):
    """The line of a `lab.gaps` story: the connector itself notices that Asterisk went away, and that it is back."""

    def __init__(self, lab: Lab, listener: Listener) -> None:
        super().__init__(lab)
        self._listener = listener

    async def breaks(self) -> None:
        await self._listener.is_up(False)

    async def connects(self) -> None:
        await self._listener.is_up()


@pytest.mark.lab
@pytest.mark.parametrize("name", ["restart-while-up", "crash-while-up"])
async def test_calls_that_a_restart_of_asterisk_ended_were_ended_by_the_system(name: str) -> None:
    with Lab("22") as lab:
        async with listening(settings_of(lab.ami)) as listener:
            truths = await GAP_STORIES[name](lab, Reconnecting(lab, listener))
            await lab.is_quiet()
            await listener.settles()
    up, ringing, afterwards = listener.records()
    assert [(row["device"], row["outcome"]) for row in up["devices"]] == [("101", "answered")]
    assert [(row["device"], row["outcome"]) for row in ringing["devices"]] == [("102", "cancelled")]
    assert [(call["disposition"], call["ended_by"]) for call in (up, ringing)] == [
        ("answered", "system"),
        ("no_answer", "system"),
    ]
    heard = name == "restart-while-up"  # the ends were, before the line broke; of a crash nothing is
    marks = [(call["complete"], len(call["gaps"])) for call in (up, ringing, afterwards)]
    assert marks == [*[(True, 0) if heard else (False, 1)] * 2, (True, 0)]
    assert differences_of_all(truths[2:], [afterwards]) == []
    assert listener.strays == []


# -- on the simulator -------------------------------------------------------------------------------------------------


@pytest.fixture
async def system() -> AsyncIterator[SimulatedPhoneSystem]:
    pbx = Pbx()
    server = AmiServer(pbx, [Account("ringcard", "ringcard")])
    port = await server.start()
    yield SimulatedPhoneSystem(pbx, ManagerAddress(port=port))
    await server.stop()


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_whoever_comes_into_a_call_on_the_simulator_knows_what_can_be_known(
    name: str, system: SimulatedPhoneSystem
) -> None:
    def new_listener(settings: AsteriskSettings, former: Listener | None = None) -> Listener:
        return Listener(settings, former, clock=system.now, sleep=sleeping_in(system.pbx.timeline))

    async def meanwhile(ours: Awaitable[None]) -> None:
        coming = asyncio.ensure_future(ours)
        while not coming.done():
            await system.passes(0.01)
            await asyncio.sleep(0.0005)
        await coming

    async def afterwards() -> None:
        await system.passes(30)

    await system.passes(10)  # not just started: that would look like a restart
    heard = await hear(SCENARIOS[name], system, new_listener, meanwhile=meanwhile, afterwards=afterwards)
    assert verdict(heard) == []
