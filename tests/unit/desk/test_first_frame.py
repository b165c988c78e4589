"""Our own store on a database server: the first frame waits for it, but never for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ringcard.calls.events import Absorbed
from ringcard.calls.identifiers import CallId
from ringcard.desk.pop import Findings, Mark, PopState, SourceReport, SourceStatus

from .test_service import FOUND, NUMBER, World, beside, over

PENDING = Findings(matched_number=NUMBER, sources=(SourceReport("own", SourceStatus.PENDING),))
CRM_FIRST = replace(PENDING, sources=(*PENDING.sources, SourceReport("crm", SourceStatus.NOTHING)))


@pytest.fixture
def server() -> World:
    """A desk whose own store is near, and has not answered yet."""
    world = World()
    world.lookup.near = frozenset({"own"})
    world.lookup.own[NUMBER] = PENDING
    return world


async def settled() -> None:
    """What could go on went on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_frame_goes_when_the_store_has_answered_and_it_has_the_card(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings()
    assert server.screens.pops == []
    server.lookup.later.put_nowait(FOUND)
    await settled()
    ((pop, employees),) = server.screens.pops
    assert (pop.state, pop.mark, employees) == (PopState.RINGING, Mark.KNOWN, ("anna",))
    assert server.metric("ringcard_card_look_ups_total", result="found") == 1
    await over(life)


async def test_a_store_that_hangs_costs_the_card_not_the_pop(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings()
    server.patience_over.set()
    await settled()
    pop, _ = server.screens.pops[0]
    assert (pop.state, pop.mark) == (PopState.RINGING, Mark.UNKNOWN)
    server.lookup.later.put_nowait(FOUND)
    await settled()
    assert list(dict.fromkeys(shown.mark for shown, _ in server.screens.pops)) == [Mark.UNKNOWN, Mark.KNOWN]
    await over(life)


async def test_the_wait_is_counted_from_the_ring(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings()
    server.clock.passes(0.02)
    server.lookup.later.put_nowait(FOUND)
    await settled()
    server.screens.sent[0]()
    assert server.journal.sent[0][1].ring_to_sent_ms == pytest.approx(20)
    await over(life)


async def test_others_that_are_faster_do_not_end_the_wait(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings()
    server.lookup.later.put_nowait(CRM_FIRST)
    await settled()
    assert server.screens.pops == []
    server.lookup.later.put_nowait(FOUND)
    await settled()
    assert len(server.screens.pops) == 1
    await over(life)


async def test_the_whole_group_is_held_and_shown(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings("101")
    server.rings("102")
    server.answers("102")
    server.lookup.later.put_nowait(FOUND)
    await settled()
    assert {(pop.device, pop.state) for pop, _ in server.screens.pops} >= {("102", PopState.ACTIVE)}
    assert len(server.screens.pops) == 2
    await over(life)


async def test_a_call_that_turns_out_to_be_part_of_another_is_not_shown(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings()
    server.desk.hear([Absorbed(CallId("c1"), server.clock.now(), into=CallId("c0"))])
    server.patience_over.set()
    await settled()
    assert server.screens.pops == []
    await over(life)


async def test_a_card_that_is_shown_stays_while_it_is_read_again(server: World) -> None:
    life = await beside(server)
    server.starts()
    server.rings()
    server.lookup.later.put_nowait(FOUND)
    await settled()
    server.desk.contacts_changed({NUMBER})
    await settled()
    assert [pop.mark for pop, _ in server.screens.pops] == [Mark.KNOWN]
    await over(life)


async def test_before_anybody_asks_nothing_is_held(server: World) -> None:
    server.starts()
    server.rings()
    assert len(server.screens.pops) == 1
