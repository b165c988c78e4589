"""How a customer's call ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import Phone
from ringcard.testing.scenarios.wandering.tale import Tale
from ringcard.testing.scenarios.witness import refusing


async def _customer_hangs_up(tale: Tale, *others: Phone) -> Expected:
    await tale.customer.hangs_up()
    truth = tale.call.ended(tale.customer_is)
    for phone in others:
        await phone.is_idle()
    return truth


async def customer_goes(tale: Tale) -> Expected:
    return await _customer_hangs_up(tale, tale.holder)


async def holder_goes(tale: Tale) -> Expected:
    await tale.holder.hangs_up()
    truth = tale.call.ended(tale.holder)
    await tale.customer.is_idle()
    return truth


async def customer_goes_from_hold(tale: Tale) -> Expected:
    await tale.holder.holds()
    tale.call.held(tale.holder)
    await tale.passes(0.8, 2.0)
    return await _customer_hangs_up(tale, tale.holder)


async def is_handed_to_nobody(tale: Tale) -> Expected:
    """The colleague is busy, and the call is over."""
    giver, taker = tale.holder, tale.newcomer()
    async with refusing(taker):
        tale.call.left(giver)
        await giver.transfers_to(taker.name)
        tale.call.transfer("blind", giver, taker, completed=False)
        tale.call.refused(taker, "busy")
        await tale.customer.is_idle()
        return tale.call.ended("system")


async def customer_goes_while_it_rings(tale: Tale) -> Expected:
    giver, taker = tale.holder, tale.newcomer()
    tale.call.left(giver)
    await giver.transfers_to(taker.name)
    await taker.rings()
    tale.call.rang(taker)
    tale.call.transfer("blind", giver, taker, completed=False)
    await tale.passes(0.8)
    tale.call.refused(taker, "cancelled")
    return await _customer_hangs_up(tale, taker)


async def customer_goes_from_parking(tale: Tale) -> Expected:
    giver = tale.holder
    tale.call.left(giver)
    await giver.transfers_to("700")
    tale.call.transfer("park", giver, None, completed=False)
    await giver.is_idle()
    await tale.passes(1.0)
    return await _customer_hangs_up(tale)


ENDS: tuple[Callable[[Tale], Awaitable[Expected]], ...] = (
    customer_goes,
    holder_goes,
    customer_goes_from_hold,
    is_handed_to_nobody,
    customer_goes_while_it_rings,
    customer_goes_from_parking,
)
