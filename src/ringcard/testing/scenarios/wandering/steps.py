"""What is done with a call of two by one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.further import asks, asks_by_code, asks_from_the_screen
from ringcard.testing.scenarios.vocabulary import Phone
from ringcard.testing.scenarios.wandering.talk import Talk
from ringcard.testing.scenarios.witness import picks_up

Step = Callable[[Talk, Phone], Awaitable[None]]


async def holds(talk: Talk, by: Phone) -> None:
    await talk.holds(by)
    await talk.passes(0.8, 2.5)
    await by.retrieves()
    talk.is_back(by)


async def hands_on(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    talk.leaves(by, other)
    await by.transfers_to(taker.name)
    await talk.is_taken(taker, other)
    talk.call.transfer("blind", by, taker)


async def hands_on_from_hold(talk: Talk, by: Phone) -> None:
    await talk.holds(by)
    await talk.passes(0.8)
    talk.is_back(by)
    await hands_on(talk, by)


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
    talk.is_back(by)
    talk.leaves(by)
    talk.call.answered(taker)
    talk.call.transfer("attended", by, taker)
    talk.replaces(by, taker)


async def asks_in_vain(talk: Talk, by: Phone) -> None:
    """The colleague hangs up, or the one who asks does; then back to the other."""
    asked = talk.another()
    await asks(talk.call, talk.pbx, by, asked)
    await talk.lot.choice((asked, by)).hangs_up()
    await asked.is_idle()
    await talk.passes(0.5)
    await by.retrieves()
    talk.is_back(by)


async def sends_to_the_second_line(talk: Talk, by: Phone, taker: Phone) -> None:
    """While the colleague still rings; the other waits for it from then on."""
    await talk.holds(by)
    await talk.passes(0.5)
    await by.dials(taker.name)
    await taker.rings()
    await talk.passes(0.8)
    await by.completes_transfer()
    talk.is_back(by)
    talk.leaves(by, talk.other(by))
    talk.call.consultation(by, taker, answered=False)


async def hands_over_unasked(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    await sends_to_the_second_line(talk, by, taker)
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
    """Anybody may fetch it, also who parked it."""
    other = talk.other(by)
    taker = talk.lot.choice([*talk.free, by])
    talk.leaves(by, other)
    await by.transfers_to("700")
    await talk.is_rid_of_it(by)
    await talk.passes(1.0, 2.0)
    await taker.dials("701")
    await taker.talks()
    talk.joins(other, taker)
    talk.call.transfer("park", by, taker)
    talk.two, talk.codes = [other, taker], set()


async def is_sent_by_a_program(talk: Talk, by: Phone) -> None:
    """`by` loses the other."""
    other, taker = talk.other(by), talk.another()
    line = await ami.channel_of(talk.pbx, talk.line_of(other))
    talk.leaves(by, other)
    await ami.act(talk.pbx, "Redirect", Channel=line, Context="internal", Exten=taker.name, Priority="1")
    await talk.is_rid_of_it(by)
    await talk.is_taken(taker, other)
    talk.call.transfer("redirect", None, taker)


async def holds_from_the_screen(talk: Talk, by: Phone) -> None:
    await talk.on_screen.holds(by)
    talk.call.held(by)
    await talk.passes(1.0, 2.5)
    await talk.on_screen.retrieves(by)
    talk.call.retrieved(by)


async def hands_on_from_the_screen(talk: Talk, by: Phone) -> None:
    other, taker = talk.other(by), talk.another()
    await talk.hands_from_the_screen(by, taker)
    talk.leaves(by, other)
    await talk.is_taken(taker, other)
    talk.call.transfer("blind", by, taker)
    await talk.is_rid_of_it(by)


async def asks_from_the_screen_and_hands_over(talk: Talk, by: Phone) -> None:
    taker = talk.another()
    await asks_from_the_screen(talk.on_screen, talk.call, talk.pbx, by, taker)
    await talk.on_screen.transfers(by)
    await by.is_idle()
    talk.leaves(by)
    talk.call.answered(taker)
    talk.call.transfer("attended", by, taker)
    talk.replaces(by, taker)


async def asks_from_the_screen_in_vain(talk: Talk, by: Phone) -> None:
    asked = talk.another()
    await asks_from_the_screen(talk.on_screen, talk.call, talk.pbx, by, asked)
    await talk.on_screen.reconnects(by)
    await asked.is_idle()
    talk.call.transfer("attended", by, asked, completed=False)
    await talk.passes(0.8)


STEPS: tuple[Step, ...] = (
    holds,
    hands_on,
    hands_on_from_hold,
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
    asks_from_the_screen_and_hands_over,
    asks_from_the_screen_in_vain,
)


_BY_CODE: tuple[Step, ...] = (
    hands_on_by_code,
    asks_by_code_and_hands_over,
    asks_by_code_in_vain,
    asks_from_the_screen_and_hands_over,
    asks_from_the_screen_in_vain,
)


def steps_of(talk: Talk, by: Phone) -> list[Step]:
    """What this one can do now."""
    return [step for step in STEPS if by.name in talk.codes or step not in _BY_CODE]
