"""What the ledger keeps of a card: how it was first sent, and how it was when the last source had answered."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from ringcard.calls.identifiers import CallId
from ringcard.desk.facts import facts_of_answered, facts_of_sent, whys_of
from ringcard.desk.pop import Findings, SourceReport, SourceStatus
from ringcard.ledger import CardShown, StoredEntry

from .fakes import START
from .test_service import FOUND, NUMBER, World

ASKED = Findings(
    matched_number=NUMBER,
    sources=(SourceReport("own", SourceStatus.NOTHING, 0.1), SourceReport("crm", SourceStatus.PENDING)),
)
ANSWERED = replace(FOUND, sources=(ASKED.sources[0], SourceReport("crm", SourceStatus.FOUND, 412.0, "number")))


async def rung(world: World, *later: Findings) -> None:
    """It rings while a source is still asked, a browser is sent the card, and then come the answers."""
    world.lookup.own[NUMBER] = ASKED
    world.starts()
    world.rings()
    task = asyncio.create_task(world.desk.run())
    world.screens.sent[0]()
    for findings in later:
        world.lookup.later.put_nowait(findings)
    for _ in range(8):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_why_of_a_late_source_does_not_stay_pending_in_the_ledger() -> None:
    world = World()
    await rung(world, ANSWERED)
    [(sent, sent_why)], [(answered, why)] = world.journal.sent, world.journal.answered
    facts = [facts_of_sent(sent, sent_why), facts_of_answered(answered, why)]
    kept = [
        StoredEntry(place, CardShown(CallId("c1"), sent.device, START, each)) for place, each in enumerate(facts, 1)
    ]
    [before] = whys_of(CallId("c1"), kept[:1])
    [after] = whys_of(CallId("c1"), kept)
    assert [source.status for source in before.sources] == [SourceStatus.NOTHING, SourceStatus.PENDING]
    assert [source.status for source in after.sources] == [SourceStatus.NOTHING, SourceStatus.FOUND]
    assert after.sources[1].ms == 412.0
    assert after.sent_at == before.sent_at


async def test_it_is_told_once_and_not_before_the_last_has_answered() -> None:
    world = World()
    await rung(world, replace(ASKED, last_calls=()), ANSWERED, ANSWERED)
    assert len(world.journal.answered) == 1


async def test_a_card_that_was_whole_when_it_was_sent_is_told_once() -> None:
    world = World()
    world.lookup.own[NUMBER] = FOUND
    world.starts()
    world.rings()
    world.screens.sent[0]()
    assert (len(world.journal.sent), world.journal.answered) == (1, [])
