"""How a customer's call comes about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from ringcard.testing.scenarios.further import clicked, talking_outbound
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.wandering.tale import OUTSIDE, Tale, tale_of
from ringcard.testing.scenarios.witness import inbound, picks_up


async def _comes_in(pbx: PhoneSystem, lot: Random, number: str) -> Tale:
    """To one person's number: straight, through Local channels that stay, or that are optimised away."""
    caller, phone = pbx.caller(), pbx.phone("101")
    tale = tale_of(pbx, lot, await inbound(pbx, caller, number), caller, "caller", phone)
    await tale.is_taken(phone, tale.customer)
    await caller.talks()
    return tale


async def to_a_person(pbx: PhoneSystem, lot: Random) -> Tale:
    return await _comes_in(pbx, lot, "4951110101")


async def through_locals(pbx: PhoneSystem, lot: Random) -> Tale:
    return await _comes_in(pbx, lot, "4951113101")


async def through_locals_optimised(pbx: PhoneSystem, lot: Random) -> Tale:
    return await _comes_in(pbx, lot, "4951114101")


async def _to_several(
    pbx: PhoneSystem, lot: Random, number: str, names: tuple[str, ...], queue: str | None = None
) -> Tale:
    caller, phones = pbx.caller(), [pbx.phone(name) for name in names]
    call = await inbound(pbx, caller, number, queue=queue)
    for phone in phones:
        await phone.rings()
    call.rang(*phones)
    holder = lot.choice(phones)
    tale = tale_of(pbx, lot, call, caller, "caller", holder)
    await tale.passes()
    await picks_up(call, holder)
    for phone in phones:
        if phone is not holder:
            await phone.is_idle()
    return tale


async def to_the_ring_group(pbx: PhoneSystem, lot: Random) -> Tale:
    return await _to_several(pbx, lot, "4951110600", ("101", "102", "103"))


async def to_the_queue(pbx: PhoneSystem, lot: Random) -> Tale:
    return await _to_several(pbx, lot, "4951110500", ("101", "102"), "sales")


async def through_the_menu(pbx: PhoneSystem, lot: Random) -> Tale:
    caller, phone = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110800")
    await caller.talks()
    await pbx.passes(1.5)
    await caller.presses("1")
    tale = tale_of(pbx, lot, call, caller, "caller", phone)
    await tale.is_taken(phone, tale.customer)
    return tale


async def picked_up_elsewhere(pbx: PhoneSystem, lot: Random) -> Tale:
    caller, phone, other = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await inbound(pbx, caller, "4951110101")
    await phone.rings()
    call.rang(phone)
    tale = tale_of(pbx, lot, call, caller, "caller", other)
    await tale.passes(0.8)
    await other.dials(lot.choice(("*8", "**101")))
    await other.talks()
    call.answered(other)
    call.transfer("pickup", other, other)
    await phone.is_idle()
    return tale


async def forwarded_by_the_phone(pbx: PhoneSystem, lot: Random) -> Tale:
    caller, phone, other = pbx.caller(), pbx.phone("101"), pbx.phone("105")
    call = await inbound(pbx, caller, "4951110101")
    await phone.rings()
    call.rang(phone)
    tale = tale_of(pbx, lot, call, caller, "caller", other)
    await phone.forwards_to("105")
    call.refused(phone, "forwarded")
    await tale.is_taken(other, tale.customer)
    call.transfer("forward", phone, other)
    return tale


async def dialled_out(pbx: PhoneSystem, lot: Random) -> Tale:
    customer, phone = pbx.outsider(OUTSIDE), pbx.phone("101")
    return tale_of(pbx, lot, await talking_outbound(pbx, phone, customer), customer, "called", phone)


async def clicked_out(pbx: PhoneSystem, lot: Random) -> Tale:
    customer, phone = pbx.outsider(OUTSIDE), pbx.phone("101")
    return tale_of(pbx, lot, await clicked(pbx, phone, customer), customer, "called", phone)


BEGINNINGS: tuple[Callable[[PhoneSystem, Random], Awaitable[Tale]], ...] = (
    to_a_person,
    through_locals,
    through_locals_optimised,
    to_the_ring_group,
    to_the_queue,
    through_the_menu,
    picked_up_elsewhere,
    forwarded_by_the_phone,
    dialled_out,
    clicked_out,
)
