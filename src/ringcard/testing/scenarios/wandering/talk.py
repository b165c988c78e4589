"""A call of two as a story goes on: of two colleagues, or of a customer and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, picks_up

COLLEAGUES = ("101", "102", "103", "104", "105", "106", "107")
MOST_STEPS = 4
"""So that somebody is left who had no part yet."""


@dataclass
class Talk:
    """Who talk with each other now, and what the witness is told when that changes."""

    pbx: PhoneSystem
    lot: Random
    call: Witness
    uncounted: Phone
    """Whose talk is no row of the record: the customer, or the colleague who made the call."""
    two: list[Phone]
    codes: set[str]
    """Who of them may use feature codes, and ask from the screen: nobody whom only a parking has joined."""
    desk: Screen | None = None

    @property
    def on_screen(self) -> Screen:
        assert self.desk is not None
        return self.desk

    def other(self, phone: Phone) -> Phone:
        return next(one for one in self.two if one is not phone)

    @property
    def free(self) -> list[Phone]:
        engaged = {self.uncounted.name, *(phone.name for phone in self.two)}
        return [self.pbx.phone(name) for name in COLLEAGUES if name not in engaged]

    def another(self) -> Phone:
        return self.lot.choice(self.free)

    def newcomer(self) -> Phone:
        """Somebody who had no part yet: the witness knows one outcome a device."""
        seen = {device.device for device in self.call.truth.devices}
        return self.lot.choice([phone for phone in self.free if phone.name not in seen])

    async def passes(self, least_s: float = 0.3, most_s: float = 1.5) -> None:
        await self.pbx.passes(self.lot.uniform(least_s, most_s))

    # -- what differs with who they are ------------------------------------------------------------------------------

    def line_of(self, phone: Phone) -> str:
        """How the channel begins that one of the two has, behind its technology."""
        return phone.name

    def named(self, phone: Phone) -> Phone | str:
        """As the record names who holds."""
        return phone

    def ended(self, by: Phone) -> Expected:
        return self.call.ended(by)

    async def is_rid_of_it(self, phone: Phone) -> None:
        """Who gave the call away has nothing more to do."""
        await phone.is_idle()

    async def hands_from_the_screen(self, by: Phone, taker: Phone) -> None:
        await self.on_screen.hands_to(by, taker.name)

    # -- what changes ------------------------------------------------------------------------------------------------

    def joins(self, *phones: Phone) -> None:
        """They talk, or talk again."""
        for phone in phones:
            if phone is not self.uncounted:
                self.call.answered(phone)

    def leaves(self, *phones: Phone) -> None:
        """They do not talk any more, or wait for somebody to talk to."""
        for phone in phones:
            if phone is not self.uncounted:
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

    async def holds(self, phone: Phone) -> None:
        await phone.holds()
        self.call.held(self.named(phone))

    def is_back(self, phone: Phone) -> None:
        """From hold."""
        self.call.retrieved(self.named(phone))
