"""Stories of two customers at one desk: the second calls while somebody talks with the first.

Whatever is done with one of them, the other's record must know nothing of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from ringcard.calls.identifiers import DeviceId
from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.comparison import e164
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import asks_by_code
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.arrivals import ARRIVALS, Contact, Desk
from ringcard.testing.scenarios.wandering.beginnings import (
    clicked_out,
    dialled_out,
    through_locals,
    through_locals_optimised,
    to_a_person,
)
from ringcard.testing.scenarios.wandering.tale import Tale
from ringcard.testing.scenarios.witness import picks_up


async def swaps(desk: Desk) -> None:
    other = desk.held
    await desk.holds()
    await desk.retrieves(other)


async def _is_taken(desk: Desk, contact: Contact, taker: Phone, kind: str, by: Phone | None) -> None:
    await taker.rings()
    contact.call.rang(taker)
    await desk.passes(0.3, 1.0)
    await picks_up(contact.call, taker)
    contact.call.transfer(kind, by, taker)
    desk.goes_to(contact, taker)


async def hands_on(desk: Desk) -> None:
    contact, taker = desk.current, desk.another()
    contact.call.left(desk.phone)
    await desk.phone.transfers_to(taker.name)
    await _is_taken(desk, contact, taker, "blind", desk.phone)


async def hands_on_by_code(desk: Desk) -> None:
    contact, taker = desk.current, desk.another()
    await desk.phone.presses("#1")
    await desk.pbx.passes(1.0)
    await desk.phone.presses(taker.name)
    await taker.rings()
    contact.call.left(desk.phone)
    await _is_taken(desk, contact, taker, "blind", desk.phone)


async def hands_on_from_the_screen(desk: Desk) -> None:
    contact, taker = desk.current, desk.another()
    call_id = await desk.screen.call_with(e164(contact.customer.name))
    contact.call.left(desk.phone)
    await desk.screen.connector.single_step_transfer_call(call_id, DeviceId(desk.phone.name), taker.name)
    await _is_taken(desk, contact, taker, "blind", desk.phone)


async def asks_by_code_and_hands_over(desk: Desk) -> None:
    contact, taker = desk.current, desk.another()
    await asks_by_code(contact.call, desk.pbx, desk.phone, taker)
    await desk.phone.hangs_up()
    contact.call.left(desk.phone)
    contact.call.answered(taker)
    contact.call.transfer("attended", desk.phone, taker)
    desk.goes_to(contact, taker)


async def asks_by_code_in_vain(desk: Desk) -> None:
    contact, asked = desk.current, desk.another()
    await asks_by_code(contact.call, desk.pbx, desk.phone, asked)
    if desk.lot.random() < 0.5:
        await desk.phone.presses("*1")
    else:
        await asked.hangs_up()
    await asked.is_idle()
    contact.call.transfer("attended", desk.phone, asked, completed=False)
    await desk.pbx.passes(2.0)


async def parks(desk: Desk) -> None:
    contact, taker = desk.current, desk.another()
    contact.call.left(desk.phone)
    await desk.phone.transfers_to("700")
    await desk.passes(1.0, 2.0)
    await taker.dials("701")
    await taker.talks()
    contact.call.answered(taker)
    contact.call.transfer("park", desk.phone, taker)
    desk.goes_to(contact, taker)


async def _is_sent_by_a_program(desk: Desk, contact: Contact) -> None:
    taker = desk.another()
    lines = await ami.channels_of(desk.pbx, "trunk")
    line = lines[0 if contact is desk.contacts[0] else -1]
    await ami.act(desk.pbx, "Redirect", Channel=line, Context="internal", Exten=taker.name, Priority="1")
    if contact.on_hold:
        contact.call.retrieved(desk.phone)
    contact.call.left(desk.phone)
    await _is_taken(desk, contact, taker, "redirect", None)


async def current_is_sent_by_a_program(desk: Desk) -> None:
    await _is_sent_by_a_program(desk, desk.current)


async def held_is_sent_by_a_program(desk: Desk) -> None:
    await _is_sent_by_a_program(desk, desk.held)


async def _customer_goes(desk: Desk, contact: Contact) -> None:
    await contact.customer.hangs_up()
    desk.is_over(contact, contact.call.ended(contact.customer_is))
    await desk.passes()


async def held_one_goes(desk: Desk) -> None:
    await _customer_goes(desk, desk.held)


async def current_one_goes(desk: Desk) -> None:
    await _customer_goes(desk, desk.current)


async def _holder_goes(desk: Desk, contact: Contact) -> None:
    await contact.holder.hangs_up()
    desk.is_over(contact, contact.call.ended(contact.holder))
    await desk.passes()


async def hangs_up(desk: Desk) -> None:
    await _holder_goes(desk, desk.current)


async def joins_both(desk: Desk) -> None:
    """The two customers talk with each other, and 101 is out; whoever is held has the transfer."""
    held, current = desk.held, desk.current
    await desk.phone.completes_transfer()
    held.call.retrieved(desk.phone)
    held.call.left(desk.phone)
    current.call.left(desk.phone)
    held.call.transfer("attended", desk.phone, e164(current.customer.name))
    held.call.truth.conversation = current.call.truth.conversation = "joined"
    await desk.passes()
    await held.customer.hangs_up()
    desk.is_over(held, held.call.ended(held.customer_is))
    # For the other call it was neither its caller nor its called party who hung up.
    desk.is_over(current, current.call.ended(None))
    await current.customer.is_idle()


PARTINGS: tuple[Callable[[Desk], Awaitable[None]], ...] = (
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


def _contact(tale: Tale) -> Contact:
    return Contact(tale.call, tale.customer, tale.customer_is, tale.holder)


async def two_customers(pbx: PhoneSystem, lot: Random, screen: Screen, told: list[str]) -> list[Expected]:
    """One story of this kind."""
    begin = lot.choice(FIRSTS)
    told.append(begin.__name__)
    desk = Desk(pbx, lot, screen, told, pbx.phone("101"), [_contact(await begin(pbx, lot))])
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


async def _draw(desk: Desk, steps: tuple[Callable[[Desk], Awaitable[None]], ...]) -> None:
    step = desk.lot.choice(steps)
    desk.told.append(step.__name__)
    await step(desk)
    await desk.passes()
