"""One desk with its customers as a story goes on, and how the second one's call comes about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from ringcard.calls.identifiers import DeviceId
from ringcard.testing.scenarios.comparison import e164
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import asks, joins
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.tale import Tale
from ringcard.testing.scenarios.wandering.talk import COLLEAGUES
from ringcard.testing.scenarios.witness import Witness, inbound, picks_up

SECOND = "+74951112233"


@dataclass(eq=False)
class Contact(Tale):
    """One of the two customers, who has them, and whether they are held."""

    at: Desk | None = None
    on_hold: bool = False

    @property
    def at_desk(self) -> Desk:
        assert self.at is not None
        return self.at

    def another(self) -> Phone:
        return self.at_desk.another()

    async def is_rid_of_it(self, phone: Phone) -> None:
        """The other customer may have it."""

    async def hands_from_the_screen(self, by: Phone, taker: Phone) -> None:
        """The phone has two calls: this customer's is meant."""
        call_id = await self.on_screen.call_with(e164(self.customer.name))
        await self.on_screen.connector.single_step_transfer_call(call_id, DeviceId(by.name), taker.name)

    async def holds(self, phone: Phone) -> None:
        await super().holds(phone)
        self.on_hold = True

    def is_back(self, phone: Phone) -> None:
        super().is_back(phone)
        self.on_hold = False


@dataclass(eq=False)
class Desk:
    """101 with its customers."""

    pbx: PhoneSystem
    lot: Random
    screen: Screen
    told: list[str]
    phone: Phone
    contacts: list[Contact] = field(default_factory=list)
    """In order of their calls."""
    truths: list[Expected] = field(default_factory=list)

    @property
    def here(self) -> list[Contact]:
        return [contact for contact in self.contacts if contact.holder is self.phone]

    @property
    def current(self) -> Contact:
        return next(contact for contact in self.here if not contact.on_hold)

    @property
    def held(self) -> Contact:
        return next(contact for contact in self.here if contact.on_hold)

    def another(self) -> Phone:
        """Somebody who has no customer, and had none: then it is told whose is whose."""
        seen = {row.device for contact in self.contacts for row in contact.call.truth.devices}
        seen |= {row.device for truth in self.truths for row in truth.devices}
        return self.lot.choice([self.pbx.phone(name) for name in COLLEAGUES if name not in seen])

    async def passes(self, least_s: float = 0.8, most_s: float = 2.0) -> None:
        await self.pbx.passes(self.lot.uniform(least_s, most_s))

    def takes(self, call: Witness, customer: Phone, is_: str, holder: Phone) -> None:
        """One more customer, whom `holder` has."""
        two, codes = [customer, holder], {holder.name}
        contact = Contact(self.pbx, self.lot, call, customer, two, codes, self.screen, customer_is=is_, at=self)
        self.contacts.append(contact)

    def is_over(self, contact: Contact, truth: Expected) -> None:
        self.contacts.remove(contact)
        self.truths.append(truth)

    async def retrieves(self, contact: Contact) -> None:
        """Of two who are held the phone takes back who is held longest."""
        await self.phone.retrieves()
        contact.is_back(self.phone)


async def _second_rings(desk: Desk, least_s: float = 0.5, most_s: float = 1.5) -> tuple[Witness, Phone]:
    second = desk.pbx.caller(SECOND)
    waiting = await inbound(desk.pbx, second, desk.lot.choice(("4951110101", "4951113101", "4951114101")))
    await desk.phone.rings()
    waiting.rang(desk.phone)
    await desk.passes(least_s, most_s)
    return waiting, second


async def is_answered(desk: Desk) -> None:
    """The first one is held."""
    waiting, second = await _second_rings(desk)
    await desk.current.holds(desk.phone)
    await picks_up(waiting, desk.phone)
    desk.takes(waiting, second, "caller", desk.phone)


async def is_answered_from_hold(desk: Desk) -> None:
    """The first one was held when the second one called."""
    await desk.current.holds(desk.phone)
    await desk.passes(0.5, 1.0)
    waiting, second = await _second_rings(desk)
    await picks_up(waiting, desk.phone)
    desk.takes(waiting, second, "caller", desk.phone)


async def is_answered_instead(desk: Desk) -> None:
    """The first one is hung up."""
    waiting, second = await _second_rings(desk)
    first = desk.current
    await desk.phone.hangs_up()
    desk.is_over(first, first.call.ended(desk.phone))
    await desk.passes(0.3, 0.8)
    await picks_up(waiting, desk.phone)
    desk.takes(waiting, second, "caller", desk.phone)


async def is_refused(desk: Desk) -> None:
    waiting, second = await _second_rings(desk)
    await desk.phone.rejects(busy=True)
    waiting.refused(desk.phone, "rejected")
    await second.is_idle()
    desk.truths.append(waiting.ended("system", "rejected"))


async def gives_up(desk: Desk) -> None:
    waiting, second = await _second_rings(desk)
    await second.hangs_up()
    desk.truths.append(waiting.ended("caller", "abandoned"))
    await desk.passes(0.5, 1.0)


async def is_picked_up_elsewhere(desk: Desk) -> None:
    waiting, second = await _second_rings(desk)
    dave = desk.pbx.phone("104")
    await dave.dials(desk.lot.choice(("*8", "**101")))
    await dave.talks()
    waiting.answered(dave)
    waiting.transfer("pickup", dave, dave)
    desk.takes(waiting, second, "caller", dave)


async def is_forwarded(desk: Desk) -> None:
    """Soon: whether a phone rang that sends a call on is not looked at, so neither may its ringing be."""
    waiting, second = await _second_rings(desk, 0.1, 0.3)
    erin = desk.pbx.phone("105")
    await desk.phone.forwards_to("105")
    waiting.refused(desk.phone, "forwarded")
    await erin.rings()
    waiting.rang(erin)
    await desk.passes(0.5, 1.0)
    await picks_up(waiting, erin)
    waiting.transfer("forward", desk.phone, erin)
    desk.takes(waiting, second, "caller", erin)


async def gives_up_while_she_asks(desk: Desk) -> None:
    """Somebody is asked about the first one, who is handed over."""
    first, asked = desk.current, desk.another()
    await asks(first.call, desk.pbx, desk.phone, asked)
    waiting, second = await _second_rings(desk)
    await second.hangs_up()
    desk.truths.append(waiting.ended("caller", "abandoned"))
    await desk.passes(0.5, 1.0)
    await joins(first.call, desk.pbx, desk.phone, asked)
    first.replaces(desk.phone, asked)


async def is_answered_after_handing_over(desk: Desk) -> None:
    """It rings while somebody is asked about the first one, who is handed over."""
    first, asked = desk.current, desk.another()
    await asks(first.call, desk.pbx, desk.phone, asked)
    waiting, second = await _second_rings(desk)
    await joins(first.call, desk.pbx, desk.phone, asked)
    first.replaces(desk.phone, asked)
    await picks_up(waiting, desk.phone)
    desk.takes(waiting, second, "caller", desk.phone)


ARRIVALS: tuple[Callable[[Desk], Awaitable[None]], ...] = (
    is_answered,
    is_answered,
    is_answered,
    is_answered_from_hold,
    is_answered_from_hold,
    is_answered_instead,
    is_refused,
    gives_up,
    is_picked_up_elsewhere,
    is_forwarded,
    gives_up_while_she_asks,
    is_answered_after_handing_over,
)
