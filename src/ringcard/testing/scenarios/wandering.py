"""Stories that nobody thought of: a call comes about, goes through hands, and ends, all by lot.

The catalogue's scenarios are what people thought of, and a model may be fitted to them without anybody's noticing. Here
`wander` draws how a call begins, what each who has it does with it and how long they wait before, and how it ends. The
witness writes down what happened as in any scenario; the seed tells the same story again, but for milliseconds.

For the lab: the simulator has no part for some of it.

Over 400 lines: many short gestures, which are drawn from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import asks, asks_by_code, clicked, joins, talking_outbound
from ringcard.testing.scenarios.screen import Screen, screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, inbound, picks_up, refusing

OUTSIDE = "84957654321"
COLLEAGUES = ("101", "102", "103", "104", "105", "106", "107")
MOST_STEPS = 4
"""So that somebody is left who had no part yet."""


@dataclass
class Tale:
    """One customer's call as it goes on: who has it, and who is free."""

    pbx: PhoneSystem
    lot: Random
    customer: Phone
    customer_is: str
    """What the record calls them when they hang up: `caller` or `called`."""
    call: Witness
    holder: Phone
    codes: bool = True
    """Whether the holder may use feature codes, and ask from the screen: not if its phone fetched a parked call."""
    desk: Screen | None = None

    @property
    def free(self) -> list[Phone]:
        return [self.pbx.phone(name) for name in COLLEAGUES if name != self.holder.name]

    @property
    def on_screen(self) -> Screen:
        assert self.desk is not None
        return self.desk

    def another(self) -> Phone:
        return self.lot.choice(self.free)

    def newcomer(self) -> Phone:
        """Somebody who had no part yet: the witness knows one outcome a device."""
        seen = {device.device for device in self.call.truth.devices}
        return self.lot.choice([phone for phone in self.free if phone.name not in seen])

    async def passes(self, least_s: float = 0.3, most_s: float = 1.5) -> None:
        await self.pbx.passes(self.lot.uniform(least_s, most_s))


# -- how it begins ---------------------------------------------------------------------------------------------------


async def _takes_over(tale: Tale, taker: Phone) -> None:
    """It rings there, for a while, and is picked up."""
    await taker.rings()
    tale.call.rang(taker)
    await tale.passes()
    await picks_up(tale.call, taker)


async def _comes_in(pbx: PhoneSystem, lot: Random, number: str) -> Tale:
    """To one person's number: straight, through Local channels that stay, or that are optimised away."""
    caller, phone = pbx.caller(), pbx.phone("101")
    tale = Tale(pbx, lot, caller, "caller", await inbound(pbx, caller, number), phone)
    await _takes_over(tale, phone)
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
    tale = Tale(pbx, lot, caller, "caller", call, holder)
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
    tale = Tale(pbx, lot, caller, "caller", call, phone)
    await _takes_over(tale, phone)
    return tale


async def picked_up_elsewhere(pbx: PhoneSystem, lot: Random) -> Tale:
    caller, phone, other = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await inbound(pbx, caller, "4951110101")
    await phone.rings()
    call.rang(phone)
    tale = Tale(pbx, lot, caller, "caller", call, other)
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
    tale = Tale(pbx, lot, caller, "caller", call, other)
    await phone.forwards_to("105")
    call.refused(phone, "forwarded")
    await _takes_over(tale, other)
    call.transfer("forward", phone, other)
    return tale


async def dialled_out(pbx: PhoneSystem, lot: Random) -> Tale:
    customer, phone = pbx.outsider(OUTSIDE), pbx.phone("101")
    return Tale(pbx, lot, customer, "called", await talking_outbound(pbx, phone, customer), phone)


async def clicked_out(pbx: PhoneSystem, lot: Random) -> Tale:
    customer, phone = pbx.outsider(OUTSIDE), pbx.phone("101")
    return Tale(pbx, lot, customer, "called", await clicked(pbx, phone, customer), phone)


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


# -- what is done with it ----------------------------------------------------------------------------------------------


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
    await _takes_over(tale, taker)
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
    await _takes_over(tale, taker)
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
    await _takes_over(tale, taker)
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


# -- how it ends -------------------------------------------------------------------------------------------------------


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


async def wander(pbx: PhoneSystem, seed: int, drawn: list[str] | None = None) -> list[Expected]:
    """Tell the story of this seed. `drawn` gets the names of what was drawn, as it is: also if it cannot be told."""
    lot, told = Random(seed), drawn if drawn is not None else []  # noqa: S311 - a story, no secret
    begin = lot.choice(BEGINNINGS)
    told.append(begin.__name__)
    async with screen(pbx) as desk:
        tale = await begin(pbx, lot)
        tale.desk = desk
        await tale.passes(0.8)
        for _ in range(lot.randint(1, MOST_STEPS)):
            step = lot.choice([step for step in STEPS if tale.codes or step not in BY_CODE])
            holder = tale.holder
            told.append(f"{holder.name} {step.__name__}")
            await step(tale)
            if tale.holder is not holder and step is not parks:
                tale.codes = True
            await tale.passes(0.8)
        end = lot.choice(ENDS)
        told.append(f"{tale.holder.name} {end.__name__}")
        return [await end(tale)]
