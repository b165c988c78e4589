"""One customer's call as a story goes on."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.talk import Talk
from ringcard.testing.scenarios.witness import Witness

OUTSIDE = "84957654321"


@dataclass
class Tale(Talk):
    """A customer, and the colleague who has them."""

    customer_is: str = "caller"
    """What the record calls them when they hang up: `caller` or `called`."""

    @property
    def customer(self) -> Phone:
        return self.uncounted

    @property
    def holder(self) -> Phone:
        return self.other(self.customer)

    def line_of(self, phone: Phone) -> str:
        return "trunk" if phone is self.customer else phone.name

    def named(self, phone: Phone) -> Phone | str:
        return "customer" if phone is self.customer else phone

    def ended(self, by: Phone) -> Expected:
        return self.call.ended(self.customer_is if by is self.customer else by)


def tale_of(pbx: PhoneSystem, lot: Random, call: Witness, customer: Phone, is_: str, holder: Phone) -> Tale:
    """`holder` has the customer, or is about to."""
    return Tale(pbx, lot, call, customer, [customer, holder], {holder.name}, customer_is=is_)
