"""One customer's call as a story goes on, and what all kinds of stories need."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, picks_up

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


async def takes_over(tale: Tale, taker: Phone) -> None:
    """It rings there, for a while, and is picked up."""
    await taker.rings()
    tale.call.rang(taker)
    await tale.passes()
    await picks_up(tale.call, taker)
