"""Words of the conference room."""

from __future__ import annotations

from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, inbound

ROOM = "900"


async def dials_in(call: Witness, phone: Phone) -> None:
    """A colleague comes into the room, and into the record of the customer who is there."""
    await phone.dials(ROOM)
    await phone.talks()
    call.answered(phone)


async def customer_in_the_room(pbx: PhoneSystem, customer: Phone) -> Witness:
    """A customer dials the room's own number, and is in it."""
    call = await inbound(pbx, customer, f"4951110{ROOM}")
    await customer.talks()
    return call
