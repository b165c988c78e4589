"""Stories of two customers at one desk: the second calls while somebody talks with the first.

Whatever is done with one of them, the other's record must know nothing of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from random import Random

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.comparison import e164
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering import steps
from ringcard.testing.scenarios.wandering.arrivals import ARRIVALS, Contact, Desk
from ringcard.testing.scenarios.wandering.beginnings import (
    clicked_out,
    dialled_out,
    through_locals,
    through_locals_optimised,
    to_a_person,
)
from ringcard.testing.scenarios.wandering.steps import Step

Act = Callable[[Desk], Awaitable[None]]


async def swaps(desk: Desk) -> None:
    other = desk.held
    await desk.current.holds(desk.phone)
    await desk.retrieves(other)


def _with_the_current_one(step: Step) -> Act:
    """What is done with a call of two, done with who is not held."""

    @wraps(step)
    async def act(desk: Desk) -> None:
        await step(desk.current, desk.phone)

    return act


hands_on = _with_the_current_one(steps.hands_on)
hands_on_by_code = _with_the_current_one(steps.hands_on_by_code)
hands_on_from_the_screen = _with_the_current_one(steps.hands_on_from_the_screen)
asks_by_code_and_hands_over = _with_the_current_one(steps.asks_by_code_and_hands_over)
asks_by_code_in_vain = _with_the_current_one(steps.asks_by_code_in_vain)
parks = _with_the_current_one(steps.parks)


async def current_is_sent_by_a_program(desk: Desk) -> None:
    await _is_sent_by_a_program(desk, desk.current)


async def held_is_sent_by_a_program(desk: Desk) -> None:
    await _is_sent_by_a_program(desk, desk.held)


async def _is_sent_by_a_program(desk: Desk, contact: Contact) -> None:
    taker = desk.another()
    lines = await ami.channels_of(desk.pbx, "trunk")
    line = lines[0 if contact is desk.contacts[0] else -1]
    await ami.act(desk.pbx, "Redirect", Channel=line, Context="internal", Exten=taker.name, Priority="1")
    if contact.on_hold:
        contact.is_back(desk.phone)
    contact.leaves(desk.phone)
    await contact.is_taken(taker, contact.customer)
    contact.call.transfer("redirect", None, taker)


async def _goes(desk: Desk, contact: Contact, by: Phone) -> None:
    await by.hangs_up()
    desk.is_over(contact, contact.ended(by))
    await desk.passes()


async def _customer_goes(desk: Desk, contact: Contact) -> None:
    await _goes(desk, contact, contact.customer)


async def held_one_goes(desk: Desk) -> None:
    await _customer_goes(desk, desk.held)


async def current_one_goes(desk: Desk) -> None:
    await _customer_goes(desk, desk.current)


async def _holder_goes(desk: Desk, contact: Contact) -> None:
    await _goes(desk, contact, contact.holder)


async def hangs_up(desk: Desk) -> None:
    await _holder_goes(desk, desk.current)


async def joins_both(desk: Desk) -> None:
    """The two customers talk with each other, and 101 is out; whoever is held has the transfer."""
    held, current = desk.held, desk.current
    await desk.phone.completes_transfer()
    held.is_back(desk.phone)
    held.leaves(desk.phone)
    current.leaves(desk.phone)
    held.call.transfer("attended", desk.phone, e164(current.customer.name))
    held.call.truth.conversation = current.call.truth.conversation = "joined"
    await desk.passes()
    await held.customer.hangs_up()
    desk.is_over(held, held.ended(held.customer))
    # For the other call it was neither its caller nor its called party who hung up.
    desk.is_over(current, current.call.ended(None))
    await current.customer.is_idle()


PARTINGS: tuple[Act, ...] = (
    hands_on,
    hands_on,
    hands_on_by_code,
    hands_on_from_the_screen,
    asks_by_code_and_hands_over,
    parks,
    current_is_sent_by_a_program,
    held_is_sent_by_a_program,
    held_one_goes,
    current_one_goes,
    hangs_up,
    joins_both,
)
"""After them one or none of the two is left at the desk."""


FIRSTS = (to_a_person, through_locals, through_locals_optimised, dialled_out, clicked_out)


async def two_customers(pbx: PhoneSystem, lot: Random, screen: Screen, told: list[str]) -> list[Expected]:
    """One story of this kind."""
    begin = lot.choice(FIRSTS)
    told.append(begin.__name__)
    first = await begin(pbx, lot)
    desk = Desk(pbx, lot, screen, told, pbx.phone("101"))
    desk.takes(first.call, first.customer, first.customer_is, first.holder)
    await desk.passes()
    await _draw(desk, ARRIVALS)
    if len(desk.here) == 2:
        for _ in range(lot.randint(0, 2)):
            await _draw(desk, (swaps, swaps, asks_by_code_in_vain))
        await _draw(desk, PARTINGS)
    if len(desk.here) == 1 and desk.here[0].on_hold:
        told.append("takes the other back")
        await desk.retrieves(desk.held)
        await desk.passes()
    if len(desk.here) == 1 and lot.random() < 0.5:
        await _draw(desk, (hands_on, hands_on_by_code, asks_by_code_and_hands_over, parks))
    while desk.contacts:
        contact = lot.choice(desk.contacts)
        end = lot.choice((_customer_goes, _holder_goes))
        told.append(f"{contact.customer.name} with {contact.holder.name}: {end.__name__}")
        await end(desk, contact)
    return desk.truths


async def _draw(desk: Desk, acts: tuple[Act, ...]) -> None:
    act = desk.lot.choice(acts)
    desk.told.append(act.__name__)
    await act(desk)
    await desk.passes()
