"""Stories of three and more: a room whom people enter and leave, a colleague joined to a call by code or by screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import asks_by_code, asks_from_the_screen, talking_internal
from ringcard.testing.scenarios.room import ROOM, customer_in_the_room
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.beginnings import (
    clicked_out,
    dialled_out,
    through_locals,
    through_locals_optimised,
    to_a_person,
    to_the_queue,
    to_the_ring_group,
)
from ringcard.testing.scenarios.wandering.talk import COLLEAGUES
from ringcard.testing.scenarios.witness import Witness, inbound, internal, talking


@dataclass
class Meeting:
    """Who talk with each other now: the customer, if there is one, and colleagues."""

    pbx: PhoneSystem
    lot: Random
    call: Witness
    outside: Phone | None
    """The customer."""
    customer_is: str
    inside: list[Phone] = field(default_factory=list)
    caller: Phone | None = None
    """Of a call between colleagues: who made it; the record counts the talk of the others only."""
    is_room: bool = True
    may_ask: list[Phone] = field(default_factory=list)
    """Who may join another one by code."""

    @property
    def newcomers(self) -> list[Phone]:
        seen = {row.device for row in self.call.truth.devices} | {phone.name for phone in self.inside}
        return [self.pbx.phone(name) for name in COLLEAGUES if name not in seen]

    @property
    def many(self) -> int:
        return len(self.inside) + (self.outside is not None)

    async def passes(self, least_s: float = 0.8, most_s: float = 2.0) -> None:
        await self.pbx.passes(self.lot.uniform(least_s, most_s))

    def joined_by(self, phone: Phone) -> None:
        if phone is not self.caller:
            self.call.answered(phone)
        self.inside.append(phone)
        if self.many >= 3:
            self.call.conferenced()

    async def loses(self, phone: Phone) -> None:
        await phone.hangs_up()
        if phone is not self.caller:
            self.call.left(phone)
        self.inside.remove(phone)
        if phone in self.may_ask:
            self.may_ask.remove(phone)

    async def holds(self, phone: Phone) -> None:
        """And comes back; the others talk on."""
        await phone.holds()
        self.call.held(phone)
        await self.passes()
        await phone.retrieves()
        self.call.retrieved(phone)


# -- the room --------------------------------------------------------------------------------------------------------


async def customer_dials_the_room(pbx: PhoneSystem, lot: Random) -> Meeting:
    customer = pbx.caller()
    return Meeting(pbx, lot, await customer_in_the_room(pbx, customer), customer, "caller")


async def is_sent_to_the_room(pbx: PhoneSystem, lot: Random) -> Meeting:
    customer, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, customer, alice)
    call.left(alice)
    await alice.transfers_to(ROOM)
    call.transfer("blind", alice, ROOM)
    return Meeting(pbx, lot, call, customer, "caller")


async def both_are_sent_to_the_room(pbx: PhoneSystem, lot: Random) -> Meeting:
    """By a program."""
    customer, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, customer, alice)
    lines = {"Channel": await ami.channel_of(pbx, "trunk"), "ExtraChannel": await ami.channel_of(pbx, "101")}
    to = {f"{which}{what}": value for which in ("", "Extra") for what, value in _ROOM_IN_THE_DIALPLAN.items()}
    await ami.act(pbx, "Redirect", **lines, **to)
    call.transfer("redirect", None, ROOM)
    return Meeting(pbx, lot, call, customer, "caller", [alice])


_ROOM_IN_THE_DIALPLAN = {"Context": "internal", "Exten": ROOM, "Priority": "1"}


async def colleague_waits_in_the_room(pbx: PhoneSystem, lot: Random) -> Meeting:
    """And the customer comes."""
    customer, alice = pbx.caller(), pbx.phone("101")
    await alice.dials(ROOM)
    await alice.talks()
    await pbx.passes(lot.uniform(0.5, 2.0))
    meeting = Meeting(pbx, lot, await customer_in_the_room(pbx, customer), customer, "caller")
    meeting.joined_by(alice)
    return meeting


async def colleagues_meet_in_the_room(pbx: PhoneSystem, lot: Random) -> Meeting:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await internal(pbx, alice, ROOM)
    await alice.talks()
    await pbx.passes(lot.uniform(0.5, 2.0))
    meeting = Meeting(pbx, lot, call, None, "", [alice], alice)
    await bob.dials(ROOM)
    await bob.talks()
    meeting.joined_by(bob)
    return meeting


ROOMS: tuple[Callable[[PhoneSystem, Random], Awaitable[Meeting]], ...] = (
    customer_dials_the_room,
    is_sent_to_the_room,
    both_are_sent_to_the_room,
    colleague_waits_in_the_room,
    colleagues_meet_in_the_room,
)


async def in_the_room(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> Meeting:
    begin = lot.choice(ROOMS)
    told.append(begin.__name__)
    meeting = await begin(pbx, lot)
    await meeting.passes()
    gone: list[Phone] = []
    for _ in range(lot.randint(2, 5)):
        comes = lot.choice([*meeting.newcomers[:3], *gone])
        draw = "comes" if meeting.many < 2 else lot.choice(("comes", "goes", "holds"))
        if draw == "goes" and meeting.many > 2:
            phone = lot.choice(meeting.inside)
            told.append(f"{phone.name} goes")
            await meeting.loses(phone)
            gone.append(phone)
        elif draw == "holds" and meeting.inside:
            phone = lot.choice(meeting.inside)
            told.append(f"{phone.name} holds")
            await meeting.holds(phone)
        else:
            told.append(f"{comes.name} comes")
            await comes.dials(ROOM)
            await comes.talks()
            meeting.joined_by(comes)
            gone = [phone for phone in gone if phone is not comes]
        await meeting.passes()
    return meeting


# -- a call to which others are joined -------------------------------------------------------------------------------


async def _of_a_customer(pbx: PhoneSystem, lot: Random, told: list[str]) -> Meeting:
    begin = lot.choice(
        (
            to_a_person,
            through_locals,
            through_locals_optimised,
            to_the_ring_group,
            to_the_queue,
            dialled_out,
            clicked_out,
        )
    )
    told.append(begin.__name__)
    tale = await begin(pbx, lot)
    return Meeting(pbx, lot, tale.call, tale.customer, tale.customer_is, [tale.holder], None, False, [tale.holder])


async def _of_colleagues(pbx: PhoneSystem, lot: Random, told: list[str]) -> Meeting:
    told.append("internal")
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await talking_internal(pbx, alice, bob)
    return Meeting(pbx, lot, call, None, "", [alice, bob], alice, False, [alice, bob])


async def _joins_by_code(meeting: Meeting, by: Phone, asked: Phone) -> None:
    await asks_by_code(meeting.call, meeting.pbx, by, asked)
    await by.presses("*3")
    meeting.joined_by(asked)


async def _joins_from_the_screen(meeting: Meeting, by: Phone, asked: Phone, desk: Screen) -> None:
    await asks_from_the_screen(desk, meeting.call, meeting.pbx, by, asked)
    await desk.joins_all(by)
    meeting.joined_by(asked)


async def all_three(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> Meeting:
    """A third is joined; of three one goes, in any order, and another one may be joined then."""
    meeting = await lot.choice((_of_a_customer, _of_colleagues))(pbx, lot, told)
    await meeting.passes()
    for _ in range(lot.randint(1, 2)):
        if not meeting.may_ask:
            break
        by, asked = lot.choice(meeting.may_ask), lot.choice(meeting.newcomers)
        if lot.random() < 0.5:
            told.append(f"{by.name} joins {asked.name} by code")
            await _joins_by_code(meeting, by, asked)
        else:
            told.append(f"{by.name} joins {asked.name} from the screen")
            await _joins_from_the_screen(meeting, by, asked, desk)
        await meeting.passes()
        if lot.random() < 0.4:
            phone = lot.choice(meeting.inside)
            told.append(f"{phone.name} holds")
            await meeting.holds(phone)
            await meeting.passes()
        if lot.random() < 0.7:
            phone = lot.choice(meeting.inside)
            told.append(f"{phone.name} goes")
            await meeting.loses(phone)
            await meeting.passes()
        if meeting.many > 2:
            break
    return meeting


# -- how it ends -----------------------------------------------------------------------------------------------------


async def _all_go(meeting: Meeting, told: list[str]) -> list[Expected]:
    """The customer goes, now or when others have gone; the colleagues who are left may go on for a while."""
    lot, customer = meeting.lot, meeting.outside
    while meeting.many > 2 and (customer is None or lot.random() < 0.5):
        phone = lot.choice(meeting.inside)
        told.append(f"{phone.name} goes")
        await meeting.loses(phone)
        await meeting.passes()
    if customer is None:
        return [await _last_two_go(meeting, told)]
    if meeting.many == 2 and lot.random() < 0.5:
        phone = meeting.inside[0]
        told.append(f"{phone.name} goes, the customer is left")
        if not meeting.is_room:
            await phone.hangs_up()
            truth = meeting.call.ended(phone)
            await customer.is_idle()
            return [truth]
        await meeting.loses(phone)
        await meeting.passes()
    told.append("the customer goes")
    await customer.hangs_up()
    truth = meeting.call.ended(meeting.customer_is)
    await ami.has_left(meeting.pbx, "trunk")
    await meeting.passes()
    if meeting.is_room and meeting.inside and lot.random() < 0.5:
        return [truth, await _next_one_comes(meeting, told)]
    for phone in meeting.inside:
        if meeting.is_room or phone is not meeting.inside[-1]:
            await phone.hangs_up()
        else:
            await phone.is_idle()
    return [truth]


async def _next_one_comes(meeting: Meeting, told: list[str]) -> Expected:
    """To the room, in which colleagues have stayed."""
    told.append("another customer comes")
    customer = meeting.pbx.caller("+74951112233")
    call = await inbound(meeting.pbx, customer, "4951110900")
    await customer.talks()
    stayed, meeting.inside = meeting.inside, []
    meeting.call, meeting.outside = call, customer
    for phone in stayed:
        meeting.joined_by(phone)
    await meeting.passes()
    await customer.hangs_up()
    truth = call.ended("caller")
    await ami.has_left(meeting.pbx, "trunk")
    for phone in stayed:
        await phone.hangs_up()
    return truth


async def _last_two_go(meeting: Meeting, told: list[str]) -> Expected:
    """One after the other: who is left in the room alone goes, too, who is left in a call is hung up with it."""
    first, second = meeting.lot.sample(meeting.inside, 2)
    told.append(f"{first.name} goes, {second.name} too")
    await first.hangs_up()
    if meeting.is_room:
        truth = meeting.call.ended(None)
        await second.hangs_up()
    else:
        truth = meeting.call.ended(first)
        await second.is_idle()
    return truth


async def conference(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> list[Expected]:
    """One story of this kind."""
    meeting = await lot.choice((in_the_room, all_three))(pbx, lot, desk, told)
    return await _all_go(meeting, told)
