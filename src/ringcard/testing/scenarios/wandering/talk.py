"""A call between colleagues as a story goes on, and how it comes about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from ringcard.testing.scenarios.further import originated, talking_internal
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.tale import COLLEAGUES
from ringcard.testing.scenarios.witness import Witness, internal, picks_up


@dataclass
class Talk:
    """A call between two phones of the company, as it goes on."""

    pbx: PhoneSystem
    lot: Random
    desk: Screen
    call: Witness
    caller: Phone
    """Who made the call: the record counts the talk of the others only."""
    two: list[Phone]
    """Who talk with each other now."""
    codes: set[str]
    """Who of them may use feature codes, and ask from the screen: nobody whom only a parking has joined."""

    def other(self, phone: Phone) -> Phone:
        return next(one for one in self.two if one is not phone)

    @property
    def free(self) -> list[Phone]:
        engaged = {self.caller.name, *(phone.name for phone in self.two)}
        return [self.pbx.phone(name) for name in COLLEAGUES if name not in engaged]

    def another(self) -> Phone:
        return self.lot.choice(self.free)

    def newcomer(self) -> Phone:
        """Somebody who had no part yet: the witness knows one outcome a device."""
        seen = {device.device for device in self.call.truth.devices}
        return self.lot.choice([phone for phone in self.free if phone.name not in seen])

    async def passes(self, least_s: float = 0.3, most_s: float = 1.5) -> None:
        await self.pbx.passes(self.lot.uniform(least_s, most_s))

    def joins(self, *phones: Phone) -> None:
        """They talk, or talk again."""
        for phone in phones:
            if phone is not self.caller:
                self.call.answered(phone)

    def leaves(self, *phones: Phone) -> None:
        """They do not talk any more, or wait for somebody to talk to."""
        for phone in phones:
            if phone is not self.caller:
                self.call.left(phone)

    async def is_taken(self, taker: Phone, waits: Phone) -> None:
        """`waits` was sent to `taker`, where it rings for a while and is picked up."""
        await taker.rings()
        self.call.rang(taker)
        await self.passes()
        self.joins(waits)
        await picks_up(self.call, taker)
        self.two, self.codes = [waits, taker], {waits.name, taker.name}

    def replaces(self, giver: Phone, taker: Phone) -> None:
        """`taker` talks now where `giver` did, who has left."""
        self.two = [self.other(giver), taker]
        self.codes = (self.codes - {giver.name}) | {taker.name}


def _talk(pbx: PhoneSystem, lot: Random, desk: Screen, call: Witness, caller: Phone, called: Phone) -> Talk:
    return Talk(pbx, lot, desk, call, caller, [caller, called], {caller.name, called.name})


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
