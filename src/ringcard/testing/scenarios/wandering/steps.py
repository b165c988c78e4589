"""What is done with a customer's call by who has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.further import asks, asks_by_code, joins
from ringcard.testing.scenarios.vocabulary import Phone
from ringcard.testing.scenarios.wandering.tale import Tale, takes_over
from ringcard.testing.scenarios.witness import picks_up


async def holds(tale: Tale) -> None:
    await tale.holder.holds()
    tale.call.held(tale.holder)
    await tale.passes(0.8, 2.5)
    await tale.holder.retrieves()
    tale.call.retrieved(tale.holder)


async def is_held_by_the_customer(tale: Tale) -> None:
    await tale.customer.holds()
    tale.call.held("customer")
    await tale.passes(0.8, 2.5)
    await tale.customer.retrieves()
    tale.call.retrieved("customer")


async def hands_on(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    tale.call.left(giver)
    await giver.transfers_to(taker.name)
    await takes_over(tale, taker)
    tale.call.transfer("blind", giver, taker)
    tale.holder = taker


async def hands_on_from_hold(tale: Tale) -> None:
    giver = tale.holder
    await giver.holds()
    tale.call.held(giver)
    await tale.passes(0.8)
    tale.call.retrieved(giver)
    await hands_on(tale)


async def hands_on_by_code(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    await giver.presses("#1")
    await tale.pbx.passes(1.0)
    await giver.presses(taker.name)
    await taker.rings()
    tale.call.left(giver)
    tale.call.rang(taker)
    await tale.passes()
    await picks_up(tale.call, taker)
    tale.call.transfer("blind", giver, taker)
    tale.holder = taker


async def asks_and_hands_over(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    await asks(tale.call, tale.pbx, giver, taker)
    await joins(tale.call, tale.pbx, giver, taker)
    tale.holder = taker


async def asks_in_vain(tale: Tale) -> None:
    """The colleague hangs up, or the one who asks does; then back to the customer."""
    asker, asked = tale.holder, tale.another()
    await asks(tale.call, tale.pbx, asker, asked)
    await tale.lot.choice((asked, asker)).hangs_up()
    await asked.is_idle()
    await tale.passes(0.5)
    await asker.retrieves()
    tale.call.retrieved(asker)


async def hands_over_unasked(tale: Tale) -> None:
    """While the colleague still rings."""
    giver, taker = tale.holder, tale.another()
    await giver.holds()
    tale.call.held(giver)
    await tale.passes(0.5)
    await giver.dials(taker.name)
    await taker.rings()
    await tale.passes(0.8)
    await giver.completes_transfer()
    tale.call.retrieved(giver)
    tale.call.left(giver)
    tale.call.consultation(giver, taker, answered=False)
    await tale.passes(0.5)
    await picks_up(tale.call, taker)
    tale.call.transfer("attended", giver, taker)
    tale.holder = taker


async def asks_by_code_and_hands_over(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    await asks_by_code(tale.call, tale.pbx, giver, taker)
    await giver.hangs_up()
    tale.call.left(giver)
    tale.call.answered(taker)
    tale.call.transfer("attended", giver, taker)
    tale.holder = taker


async def asks_by_code_in_vain(tale: Tale) -> None:
    asker, asked = tale.holder, tale.another()
    await asks_by_code(tale.call, tale.pbx, asker, asked)
    if tale.lot.random() < 0.5:
        await asker.presses("*1")
    else:
        await asked.hangs_up()
    await asked.is_idle()
    tale.call.transfer("attended", asker, asked, completed=False)
    await tale.pbx.passes(2.0)


async def parks(tale: Tale) -> None:
    """Anybody may fetch it, also who parked it."""
    giver = tale.holder
    taker = tale.lot.choice([*tale.free, giver])
    tale.call.left(giver)
    await giver.transfers_to("700")
    await giver.is_idle()
    await tale.passes(1.0, 2.0)
    await taker.dials("701")
    await taker.talks()
    tale.call.answered(taker)
    tale.call.transfer("park", giver, taker)
    tale.holder, tale.codes = taker, False


async def is_sent_by_a_program(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    customers = await ami.channel_of(tale.pbx, "trunk")
    tale.call.left(giver)
    await ami.act(tale.pbx, "Redirect", Channel=customers, Context="internal", Exten=taker.name, Priority="1")
    await giver.is_idle()
    await takes_over(tale, taker)
    tale.call.transfer("redirect", None, taker)
    tale.holder = taker


async def holds_from_the_screen(tale: Tale) -> None:
    await tale.on_screen.holds(tale.holder)
    tale.call.held(tale.holder)
    await tale.passes(1.0, 2.5)
    await tale.on_screen.retrieves(tale.holder)
    tale.call.retrieved(tale.holder)


async def hands_on_from_the_screen(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    await tale.on_screen.hands_to(giver, taker.name)
    tale.call.left(giver)
    await takes_over(tale, taker)
    tale.call.transfer("blind", giver, taker)
    await giver.is_idle()
    tale.holder = taker


async def _asks_from_the_screen(tale: Tale, asked: Phone) -> None:
    await tale.on_screen.consults(tale.holder, asked.name)
    await asked.rings()
    await tale.passes()
    await asked.answers()
    await asked.talks()
    tale.call.consultation(tale.holder, asked, answered=True)
    await tale.passes(0.8)


async def asks_from_the_screen_and_hands_over(tale: Tale) -> None:
    giver, taker = tale.holder, tale.another()
    await _asks_from_the_screen(tale, taker)
    await tale.on_screen.transfers(giver)
    await giver.is_idle()
    tale.call.left(giver)
    tale.call.answered(taker)
    tale.call.transfer("attended", giver, taker)
    tale.holder = taker


async def asks_from_the_screen_in_vain(tale: Tale) -> None:
    asker, asked = tale.holder, tale.another()
    await _asks_from_the_screen(tale, asked)
    await tale.on_screen.reconnects(asker)
    await asked.is_idle()
    tale.call.transfer("attended", asker, asked, completed=False)
    await tale.passes(0.8)


STEPS: tuple[Callable[[Tale], Awaitable[None]], ...] = (
    holds,
    is_held_by_the_customer,
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


BY_CODE = (
    hands_on_by_code,
    asks_by_code_and_hands_over,
    asks_by_code_in_vain,
    asks_from_the_screen_and_hands_over,
    asks_from_the_screen_in_vain,
)
