"""Stories of a call between colleagues: either of the two holds it, asks somebody about it, or hands the other on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import asks, asks_by_code
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.tale import MOST_STEPS
from ringcard.testing.scenarios.wandering.talk import BEGINNINGS, Talk
from ringcard.testing.scenarios.witness import picks_up, refusing


async def holds(talk: Talk, by: Phone) -> None:
    await by.holds()
    talk.call.held(by)
    await talk.passes(0.8, 2.5)
    await by.retrieves()
    talk.call.retrieved(by)


async def hands_on(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    talk.leaves(by, other)
    await by.transfers_to(taker.name)
    await talk.is_taken(taker, other)
    talk.call.transfer("blind", by, taker)


async def hands_on_by_code(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    await by.presses("#1")
    await talk.pbx.passes(1.0)
    await by.presses(taker.name)
    await taker.rings()
    talk.leaves(by, other)
    await talk.is_taken(taker, other)
    talk.call.transfer("blind", by, taker)


async def asks_and_hands_over(talk: Talk, by: Phone) -> None:
    taker = talk.another()
    await asks(talk.call, talk.pbx, by, taker)
    await by.completes_transfer()
    talk.call.retrieved(by)
    talk.leaves(by)
    talk.call.answered(taker)
    talk.call.transfer("attended", by, taker)
    talk.replaces(by, taker)


async def asks_in_vain(talk: Talk, by: Phone) -> None:
    asked = talk.another()
    await asks(talk.call, talk.pbx, by, asked)
    await talk.lot.choice((asked, by)).hangs_up()
    await asked.is_idle()
    await talk.passes(0.5)
    await by.retrieves()
    talk.call.retrieved(by)


async def hands_over_unasked(talk: Talk, by: Phone) -> None:
    """While the colleague still rings; the other waits for it from then on."""
    other, taker = talk.other(by), talk.another()
    await by.holds()
    talk.call.held(by)
    await talk.passes(0.5)
    await by.dials(taker.name)
    await taker.rings()
    await talk.passes(0.8)
    await by.completes_transfer()
    talk.call.retrieved(by)
    talk.leaves(by, other)
    talk.call.consultation(by, taker, answered=False)
    await talk.passes(0.5)
    talk.joins(other)
    await picks_up(talk.call, taker)
    talk.call.transfer("attended", by, taker)
    talk.replaces(by, taker)


async def asks_by_code_and_hands_over(talk: Talk, by: Phone) -> None:
    taker = talk.another()
    await asks_by_code(talk.call, talk.pbx, by, taker)
    await by.hangs_up()
    talk.leaves(by)
    talk.call.answered(taker)
    talk.call.transfer("attended", by, taker)
    talk.replaces(by, taker)


async def asks_by_code_in_vain(talk: Talk, by: Phone) -> None:
    asked = talk.another()
    await asks_by_code(talk.call, talk.pbx, by, asked)
    if talk.lot.random() < 0.5:
        await by.presses("*1")
    else:
        await asked.hangs_up()
    await asked.is_idle()
    talk.call.transfer("attended", by, asked, completed=False)
    await talk.pbx.passes(2.0)


async def parks(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    talk.leaves(by, other)
    await by.transfers_to("700")
    await by.is_idle()
    await talk.passes(1.0, 2.0)
    await taker.dials("701")
    await taker.talks()
    talk.joins(other, taker)
    talk.call.transfer("park", by, taker)
    talk.two, talk.codes = [other, taker], set()


async def is_sent_by_a_program(talk: Talk, by: Phone) -> None:
    """`by` loses the other."""
    other, taker = talk.other(by), talk.another()
    line = await ami.channel_of(talk.pbx, other.name)
    talk.leaves(by, other)
    await ami.act(talk.pbx, "Redirect", Channel=line, Context="internal", Exten=taker.name, Priority="1")
    await by.is_idle()
    await talk.is_taken(taker, other)
    talk.call.transfer("redirect", None, taker)


async def holds_from_the_screen(talk: Talk, by: Phone) -> None:
    await talk.desk.holds(by)
    talk.call.held(by)
    await talk.passes(1.0, 2.5)
    await talk.desk.retrieves(by)
    talk.call.retrieved(by)


async def hands_on_from_the_screen(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    await talk.desk.hands_to(by, taker.name)
    talk.leaves(by, other)
    await talk.is_taken(taker, other)
    talk.call.transfer("blind", by, taker)
    await by.is_idle()


async def asks_from_the_screen(talk: Talk, by: Phone) -> None:
    """And hands over, or takes it back."""
    asked = talk.another()
    await talk.desk.consults(by, asked.name)
    await asked.rings()
    await talk.passes()
    await asked.answers()
    await asked.talks()
    talk.call.consultation(by, asked, answered=True)
    await talk.passes(0.8)
    if talk.lot.random() < 0.5:
        await talk.desk.transfers(by)
        await by.is_idle()
        talk.leaves(by)
        talk.call.answered(asked)
        talk.call.transfer("attended", by, asked)
        talk.replaces(by, asked)
    else:
        await talk.desk.reconnects(by)
        await asked.is_idle()
        talk.call.transfer("attended", by, asked, completed=False)


STEPS: tuple[Callable[[Talk, Phone], Awaitable[None]], ...] = (
    holds,
    hands_on,
    hands_on_by_code,
    asks_and_hands_over,
    asks_in_vain,
    hands_over_unasked,
    asks_by_code_and_hands_over,
    asks_by_code_in_vain,
    parks,
    is_sent_by_a_program,
    holds_from_the_screen,
    hands_on_from_the_screen,
    asks_from_the_screen,
)
BY_CODE = (hands_on_by_code, asks_by_code_and_hands_over, asks_by_code_in_vain, asks_from_the_screen)


async def goes(talk: Talk, by: Phone) -> Expected:
    other = talk.other(by)
    await by.hangs_up()
    truth = talk.call.ended(by)
    await other.is_idle()
    return truth


async def goes_from_hold(talk: Talk, by: Phone) -> Expected:
    """The other has held."""
    other = talk.other(by)
    await other.holds()
    talk.call.held(other)
    await talk.passes(0.8, 2.0)
    return await goes(talk, by)


async def is_handed_to_nobody(talk: Talk, by: Phone) -> Expected:
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
    await other.hangs_up()
    truth = talk.call.ended(other)
    await taker.is_idle()
    return truth


async def other_goes_while_it_rings_unasked(talk: Talk, by: Phone) -> Expected:
    """Handed over on the second line, where the colleague still rings."""
    other, taker = talk.other(by), talk.newcomer()
    await by.holds()
    talk.call.held(by)
    await talk.passes(0.5)
    await by.dials(taker.name)
    await taker.rings()
    await talk.passes(0.8)
    await by.completes_transfer()
    talk.call.retrieved(by)
    talk.leaves(by, other)
    talk.call.consultation(by, taker, answered=False)
    talk.call.transfer("attended", by, taker, completed=False)
    await talk.passes(0.8)
    await other.hangs_up()
    truth = talk.call.ended(other)
    await taker.is_idle()
    return truth


async def other_goes_from_parking(talk: Talk, by: Phone) -> Expected:
    other = talk.other(by)
    talk.leaves(by, other)
    await by.transfers_to("700")
    talk.call.transfer("park", by, None, completed=False)
    await talk.passes(0.8)
    await other.hangs_up()
    truth = talk.call.ended(other)
    await by.is_idle()
    return truth


ENDS: tuple[Callable[[Talk, Phone], Awaitable[Expected]], ...] = (
    goes,
    goes_from_hold,
    is_handed_to_nobody,
    other_goes_while_it_rings,
    other_goes_while_it_rings_unasked,
    other_goes_from_parking,
)


async def colleagues(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> list[Expected]:
    """One story of this kind."""
    begin = lot.choice(BEGINNINGS)
    told.append(begin.__name__)
    talk = await begin(pbx, lot, desk)
    await talk.passes(0.8)
    for _ in range(lot.randint(1, MOST_STEPS - 1)):
        by = lot.choice(talk.two)
        step = lot.choice([step for step in STEPS if by.name in talk.codes or step not in BY_CODE])
        told.append(f"{by.name} {step.__name__}")
        await step(talk, by)
        await talk.passes(0.8)
    by, end = lot.choice(talk.two), lot.choice(ENDS)
    told.append(f"{by.name} {end.__name__}")
    return [await end(talk, by)]
