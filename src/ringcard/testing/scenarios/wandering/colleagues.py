"""Stories of a call between colleagues: either of the two holds it, asks somebody about it, or hands the other on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import originated, talking_internal
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.ends import ENDS
from ringcard.testing.scenarios.wandering.steps import steps_of
from ringcard.testing.scenarios.wandering.talk import MOST_STEPS, Talk
from ringcard.testing.scenarios.witness import Witness, internal, picks_up


def _talk(pbx: PhoneSystem, lot: Random, desk: Screen, call: Witness, caller: Phone, called: Phone) -> Talk:
    return Talk(pbx, lot, call, caller, [caller, called], {caller.name, called.name}, desk)


async def dials(pbx: PhoneSystem, lot: Random, desk: Screen) -> Talk:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    return _talk(pbx, lot, desk, await talking_internal(pbx, alice, bob), alice, bob)


async def _rings_at_102(pbx: PhoneSystem) -> Witness:
    call = await internal(pbx, pbx.phone("101"), "102")
    await pbx.phone("102").rings()
    call.rang(pbx.phone("102"))
    await pbx.passes(0.8)
    return call


async def is_picked_up_elsewhere(pbx: PhoneSystem, lot: Random, desk: Screen) -> Talk:
    alice, dave = pbx.phone("101"), pbx.phone("104")
    call = await _rings_at_102(pbx)
    await dave.dials(lot.choice(("*8", "**102")))
    await dave.talks()
    call.answered(dave)
    call.transfer("pickup", dave, dave)
    await pbx.phone("102").is_idle()
    return _talk(pbx, lot, desk, call, alice, dave)


async def is_forwarded(pbx: PhoneSystem, lot: Random, desk: Screen) -> Talk:
    alice, bob, erin = pbx.phone("101"), pbx.phone("102"), pbx.phone("105")
    call = await _rings_at_102(pbx)
    await bob.forwards_to("105")
    call.refused(bob, "forwarded")
    await erin.rings()
    call.rang(erin)
    await pbx.passes(0.8)
    await picks_up(call, erin)
    call.transfer("forward", bob, erin)
    return _talk(pbx, lot, desk, call, alice, erin)


async def clicks(pbx: PhoneSystem, lot: Random, desk: Screen) -> Talk:
    """By a program of anybody's, or from the screen."""
    alice, bob = pbx.phone("101"), pbx.phone("102")
    if lot.random() < 0.5:
        call = await originated(pbx, "internal", f"{pbx.technology}/101", "101", "102")
    else:
        call = Witness(pbx, "internal", "101", "102")
        await desk.dials(alice, "102")
    await alice.rings()
    await pbx.passes(0.8)
    await alice.answers()
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    return _talk(pbx, lot, desk, call, alice, bob)


async def dials_the_queue(pbx: PhoneSystem, lot: Random, desk: Screen) -> Talk:
    carol, phones = pbx.phone("103"), [pbx.phone("101"), pbx.phone("102")]
    call = await internal(pbx, carol, "500")
    call.truth.queue = "sales"
    for phone in phones:
        await phone.rings()
    call.rang(*phones)
    await pbx.passes(0.8)
    holder = lot.choice(phones)
    await picks_up(call, holder)
    for phone in phones:
        if phone is not holder:
            await phone.is_idle()
    talk = _talk(pbx, lot, desk, call, carol, holder)
    talk.codes = {holder.name}  # the keys of who waited in the queue are the queue's
    return talk


BEGINNINGS: tuple[Callable[[PhoneSystem, Random, Screen], Awaitable[Talk]], ...] = (
    dials,
    is_picked_up_elsewhere,
    is_forwarded,
    clicks,
    dials_the_queue,
)


async def colleagues(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> list[Expected]:
    """One story of this kind."""
    begin = lot.choice(BEGINNINGS)
    told.append(begin.__name__)
    talk = await begin(pbx, lot, desk)
    await talk.passes(0.8)
    for _ in range(lot.randint(1, MOST_STEPS - 1)):
        by = lot.choice(talk.two)
        step = lot.choice(steps_of(talk, by))
        told.append(f"{by.name} {step.__name__}")
        await step(talk, by)
        await talk.passes(0.8)
    by, end = lot.choice(talk.two), lot.choice(ENDS)
    told.append(f"{by.name} {end.__name__}")
    return [await end(talk, by)]
