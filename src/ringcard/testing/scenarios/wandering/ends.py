"""How a call of two ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import Phone
from ringcard.testing.scenarios.wandering.steps import sends_to_the_second_line
from ringcard.testing.scenarios.wandering.talk import Talk
from ringcard.testing.scenarios.witness import refusing

End = Callable[[Talk, Phone], Awaitable[Expected]]


async def _hangs_up(talk: Talk, by: Phone, *others: Phone) -> Expected:
    """And the others are idle soon."""
    await by.hangs_up()
    truth = talk.ended(by)
    for phone in others:
        await phone.is_idle()
    return truth


async def goes(talk: Talk, by: Phone) -> Expected:
    return await _hangs_up(talk, by, talk.other(by))


async def goes_from_hold(talk: Talk, by: Phone) -> Expected:
    """The other has held."""
    await talk.holds(talk.other(by))
    await talk.passes(0.8, 2.0)
    return await goes(talk, by)


async def is_handed_to_nobody(talk: Talk, by: Phone) -> Expected:
    """The colleague is busy, and the call is over."""
    other, taker = talk.other(by), talk.newcomer()
    async with refusing(taker):
        talk.leaves(by, other)
        await by.transfers_to(taker.name)
        talk.call.transfer("blind", by, taker, completed=False)
        talk.call.refused(taker, "busy")
        await other.is_idle()
        return talk.call.ended("system")


async def other_goes_while_it_rings(talk: Talk, by: Phone) -> Expected:
    other, taker = talk.other(by), talk.newcomer()
    talk.leaves(by, other)
    await by.transfers_to(taker.name)
    await taker.rings()
    talk.call.rang(taker)
    talk.call.transfer("blind", by, taker, completed=False)
    await talk.passes(0.8)
    talk.call.refused(taker, "cancelled")
    return await _hangs_up(talk, other, taker)


async def other_goes_while_it_rings_unasked(talk: Talk, by: Phone) -> Expected:
    """Handed over on the second line, where the colleague still rings."""
    other, taker = talk.other(by), talk.newcomer()
    await sends_to_the_second_line(talk, by, taker)
    talk.call.transfer("attended", by, taker, completed=False)
    await talk.passes(0.8)
    return await _hangs_up(talk, other, taker)


async def other_goes_from_parking(talk: Talk, by: Phone) -> Expected:
    other = talk.other(by)
    talk.leaves(by, other)
    await by.transfers_to("700")
    talk.call.transfer("park", by, None, completed=False)
    await by.is_idle()
    await talk.passes(0.8)
    return await _hangs_up(talk, other)


ENDS: tuple[End, ...] = (
    goes,
    goes_from_hold,
    is_handed_to_nobody,
    other_goes_while_it_rings,
    other_goes_while_it_rings_unasked,
    other_goes_from_parking,
)
CUSTOMERS: tuple[End, ...] = (goes, goes_from_hold)
"""A customer hands nobody on."""
