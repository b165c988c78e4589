"""The scenarios on real Asterisks, heard by our connector as in production: one true record for every call.

The main scenarios are told on Asterisk 22 (PJSIP) and Asterisk 16 (chan_sip) at the same time, so that one telling's
waiting serves both; those whose events come in the most delicate order on 22 besides. The others are held by the
recordings in tests/traces, made of the same scenarios; `RINGCARD_ALL_SCENARIOS=1` tells all of them here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from attach_listener import Listener, listening, settings_of
from lab.system import Lab

from ringcard.testing.scenarios import ON_ASTERISK_ONLY, SCENARIOS, Expected, PhoneSystem, ami, differences_of_all
from ringcard.testing.scenarios.wandering import wander

pytestmark = [pytest.mark.lab, pytest.mark.asyncio(loop_scope="module")]

MAIN = sorted(name for name, scenario in SCENARIOS.items() if scenario.main)
DELICATE = (
    "blind-transfer-twice",
    "blonde-transfer-by-feature-code-returns",
    "conference-by-transfer",
    "consultation-outlives-customer",
    "outbound-and-inbound-joined",
    "redirect-while-ringing",
    "ring-group-of-locals",
    "ring-group-one-forwards",
    "threeway-by-feature-code",
    "transfer-and-back",
    "two-customers-joined",
)
"""Bridges merge, channels change owners, a loser's end comes ahead of the winner's answer."""
HANDLED = sorted(name for name in ON_ASTERISK_ONLY if name.startswith("screen-"))
"""The services of call control, asked of a connector of their own; another one, which asked nothing, listens."""
ALL = os.environ.get("RINGCARD_ALL_SCENARIOS") == "1"
ONLY_22 = sorted(set(SCENARIOS) - set(MAIN)) if ALL else DELICATE

Story = Callable[[PhoneSystem], Awaitable[list[Expected]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on_22(lab22: Lab) -> AsyncIterator[Listener]:
    async with listening(settings_of(lab22.ami)) as listener:
        yield listener


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on_16(lab16: Lab) -> AsyncIterator[Listener]:
    async with listening(settings_of(lab16.ami)) as listener:
        yield listener


async def tell(story: Story, lab: Lab, listener: Listener) -> list[str]:
    """Everything in which the records differ from what happened, each with the Asterisk's series before it."""
    before = len(listener.calls)
    listener.strays.clear()
    try:
        truths = await story(lab)
        await lab.is_quiet()
        await listener.settles()
    except BaseException:
        await lab.end_all_calls()
        raise
    async with ami.session(lab.ami) as session:
        assert await session.list("CoreShowChannels") == []
    found = differences_of_all(truths, listener.records(before))
    found += [f"nobody's event: {stray}" for stray in listener.strays]
    return [f"{lab.asterisk.series}: {difference}" for difference in found]


async def tell_on_both(story: Story, lab22: Lab, lab16: Lab, on_22: Listener, on_16: Listener) -> list[str]:
    """The same of both at once; what is raised on one is raised when the other has ended."""
    found = await asyncio.gather(tell(story, lab22, on_22), tell(story, lab16, on_16), return_exceptions=True)
    differences: list[str] = []
    for outcome in found:
        if isinstance(outcome, BaseException):
            raise outcome
        differences += outcome
    return differences


@pytest.mark.parametrize("name", MAIN)
async def test_a_main_scenario_gives_true_records_on_22_and_on_16(
    name: str, lab22: Lab, lab16: Lab, on_22: Listener, on_16: Listener
) -> None:
    assert await tell_on_both(SCENARIOS[name].tell, lab22, lab16, on_22, on_16) == []


@pytest.mark.parametrize("name", ONLY_22)
async def test_a_delicate_scenario_gives_true_records(name: str, lab22: Lab, on_22: Listener) -> None:
    assert await tell(SCENARIOS[name].tell, lab22, on_22) == []


@pytest.mark.parametrize("name", HANDLED)
async def test_a_service_does_on_22_and_on_16_what_it_says_and_its_record_is_true(
    name: str, lab22: Lab, lab16: Lab, on_22: Listener, on_16: Listener
) -> None:
    assert await tell_on_both(ON_ASTERISK_ONLY[name].tell, lab22, lab16, on_22, on_16) == []


BY_LOT = {
    "customer": (206, 221),
    "colleagues": (43, 49),
    "conference": (1, 2),
    "two-customers": (1, 2),
}


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind, seeds in BY_LOT.items() for seed in seeds])
async def test_a_story_by_lot_gives_true_records_on_22_and_on_16(
    kind: str, seed: int, lab22: Lab, lab16: Lab, on_22: Listener, on_16: Listener
) -> None:
    """More of them: `python -m lab.wander`."""

    async def story(pbx: PhoneSystem) -> list[Expected]:
        return await wander(pbx, seed, kind=kind)

    assert await tell_on_both(story, lab22, lab16, on_22, on_16) == []
