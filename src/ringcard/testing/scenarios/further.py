"""Transfers that follow each other, and second lines; with the words that the other stories of a real day use.

On a real Asterisk only: the simulator has no part for some of it, so all of it is `lab_only`.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import (
    Witness,
    customer_hangs_up,
    inbound,
    internal,
    outbound,
    picks_up,
    talking,
)

OUTSIDE = "84957654321"
OUTSIDE_E164 = "+74957654321"


async def all_ring(call: Witness, *phones: Phone) -> None:
    for phone in phones:
        await phone.rings()
    call.rang(*phones)


async def talking_outbound(pbx: PhoneSystem, phone: Phone, customer: Phone, number: str = OUTSIDE) -> Witness:
    call = await outbound(pbx, phone, number)
    await customer.rings()
    await pbx.passes(1.0)
    await customer.answers()
    await phone.talks()
    call.far_party_answered(phone)
    await pbx.passes(1.0)
    return call


async def talking_internal(pbx: PhoneSystem, phone: Phone, other: Phone) -> Witness:
    call = await internal(pbx, phone, other.name)
    await other.rings()
    call.rang(other)
    await pbx.passes(0.8)
    await picks_up(call, other)
    await pbx.passes(1.0)
    return call


async def hands_blind(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    call.left(giver)
    await giver.transfers_to(taker.name)
    await taker.rings()
    call.rang(taker)
    await pbx.passes(0.8)
    await picks_up(call, taker)
    call.transfer("blind", giver, taker)
    await pbx.passes(1.0)


async def asks(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone, number: str | None = None) -> None:
    """`giver` holds and consults `taker` on the second line."""
    await giver.holds()
    call.held(giver)
    await pbx.passes(0.5)
    await giver.dials(number or taker.name)
    await taker.rings()
    await pbx.passes(0.8)
    await taker.answers()
    await giver.talks()
    call.consultation(giver, number or taker, answered=True)
    await pbx.passes(1.0)


async def joins(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    await giver.completes_transfer()
    call.retrieved(giver)
    call.left(giver)
    call.answered(taker)
    call.transfer("attended", giver, taker)
    await pbx.passes(1.0)


async def asks_by_code(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    await giver.presses("*2")
    await pbx.passes(1.0)
    await giver.presses(taker.name)
    await taker.rings()
    await pbx.passes(0.8)
    await taker.answers()
    await taker.talks()
    call.consultation(giver, taker, answered=True)
    await pbx.passes(1.0)


async def asks_from_the_screen(desk: Screen, call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    """`giver` asks `taker` from the screen, and they talk."""
    await desk.consults(giver, taker.name)
    await taker.rings()
    await pbx.passes(0.8)
    await taker.answers()
    await taker.talks()
    call.consultation(giver, taker, answered=True)
    await pbx.passes(1.0)


async def hands_over_by_code(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    """`giver` asks `taker` by `*2`, and hangs up."""
    await asks_by_code(call, pbx, giver, taker)
    await giver.hangs_up()
    call.left(giver)
    call.answered(taker)
    call.transfer("attended", giver, taker)
    await pbx.passes(1.0)


async def parks_and_fetches(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    """`giver` parks the call by REFER, `taker` fetches it from the first slot."""
    call.left(giver)
    await giver.transfers_to("700")
    await pbx.passes(1.5)
    await taker.dials("701")
    await taker.talks()
    call.answered(taker)
    call.transfer("park", giver, taker)
    await pbx.passes(1.0)


async def originated(pbx: PhoneSystem, direction: str, channel: str, device: str, number: str) -> Witness:
    call = Witness(pbx, direction, device, number)
    await ami.act(
        pbx,
        "Originate",
        Channel=channel,
        Context="internal",
        Exten=number,
        Priority="1",
        CallerID=f"<{device}>",
        Timeout="8000",
        Async="true",
    )
    return call


async def clicked(pbx: PhoneSystem, phone: Phone, customer: Phone) -> Witness:
    """Click-to-dial by `phone`, up to the talk with the customer."""
    call = await originated(pbx, "outbound", f"{pbx.technology}/{phone.name}", phone.name, OUTSIDE)
    await phone.rings()
    call.rang(phone)
    await pbx.passes(0.8)
    await phone.answers()
    await customer.rings()
    await pbx.passes(0.8)
    await customer.answers()
    await customer.talks()
    call.far_party_answered(phone)
    await pbx.passes(1.0)
    return call


async def called_hangs_up(call: Witness, customer: Phone, *others: Phone) -> Expected:
    await customer.hangs_up()
    truth = call.ended("called")
    for phone in others:
        await phone.is_idle()
    return truth


@scenario("101 hands the caller to 102, who hands it to 103, who does not answer", lab_only=True)
async def blind_transfer_twice_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await hands_blind(call, pbx, alice, bob)
    call.left(bob)
    await bob.transfers_to("103")
    await carol.rings()
    call.rang(carol)
    call.transfer("blind", bob, carol, completed=False)
    await carol.is_idle()
    call.refused(carol, "no_answer")
    await caller.is_idle()
    return [call.ended("system")]


@scenario("101 hands the caller to 102, who hands it back to 101 without asking", lab_only=True)
async def blind_transfer_and_back(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    await hands_blind(call, pbx, alice, bob)
    await hands_blind(call, pbx, bob, alice)
    await alice.hangs_up()
    truth = call.ended(alice)
    await caller.is_idle()
    return [truth]


@scenario("101 hands the caller to 102 after asking, who hands it to 103 after asking", lab_only=True)
async def attended_transfer_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks(call, pbx, alice, bob)
    await joins(call, pbx, alice, bob)
    await asks(call, pbx, bob, carol)
    await joins(call, pbx, bob, carol)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 hands the caller to 102 by *2, who hands it to 103 by #1", lab_only=True)
async def feature_code_transfer_then_blind(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await hands_over_by_code(call, pbx, alice, bob)
    call.left(bob)
    await bob.transfers_to("103")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(0.8)
    await picks_up(call, carol)
    call.transfer("blind", bob, carol)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 hands the caller to 102 without asking, who hands it to 103 by *2", lab_only=True)
async def blind_transfer_then_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await hands_blind(call, pbx, alice, bob)
    await hands_over_by_code(call, pbx, bob, carol)
    await carol.hangs_up()
    truth = call.ended(carol)
    await caller.is_idle()
    return [truth]


@scenario("101 has called a customer and hands them to 102 by *2", lab_only=True)
async def feature_code_transfer_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await talking_outbound(pbx, alice, customer)
    await hands_over_by_code(call, pbx, alice, bob)
    return [await called_hangs_up(call, customer, bob)]


@scenario("101 has called a customer and hands them to 102 by REFER, who does not answer", lab_only=True)
async def blind_transfer_of_outbound_no_answer(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await talking_outbound(pbx, alice, customer)
    call.left(alice)
    await alice.transfers_to("102")
    await bob.rings()
    call.rang(bob)
    call.transfer("blind", alice, bob, completed=False)
    await bob.is_idle()
    call.refused(bob, "no_answer")
    await customer.is_idle()
    return [call.ended("system")]


@scenario("101 asks an outside party and returns to the caller; nobody is transferred", lab_only=True)
async def consultation_outside_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, partner = pbx.caller(), pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await alice.dials(OUTSIDE)
    await partner.rings()
    await pbx.passes(0.8)
    await partner.answers()
    await alice.talks()
    call.consultation(alice, OUTSIDE_E164, answered=True)
    await pbx.passes(1.0)
    await partner.hangs_up()
    await pbx.passes(0.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 asks 102, goes back to the caller, and then asks 103 and hands the caller over", lab_only=True)
async def consultation_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks(call, pbx, alice, bob)
    await alice.hangs_up()
    await bob.is_idle()
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    await asks(call, pbx, alice, carol)
    await joins(call, pbx, alice, carol)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 holds the caller, calls the queue, 102 answers, 101 joins them", lab_only=True)
async def attended_transfer_to_queue(pbx: PhoneSystem) -> list[Expected]:
    caller, bob, carol = pbx.caller(), pbx.phone("102"), pbx.phone("103")
    alice = pbx.phone("101")
    call = await talking(pbx, caller, carol)
    await carol.holds()
    call.held(carol)
    await carol.dials("500")
    await alice.rings()
    await bob.rings()
    await pbx.passes(0.8)
    await bob.answers()
    await alice.is_idle()
    call.consultation(carol, "sales", answered=True)
    await pbx.passes(1.0)
    await carol.completes_transfer()
    call.retrieved(carol)
    call.left(carol)
    call.answered(bob)
    call.transfer("attended", carol, bob)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 and the caller put each other on hold at once", lab_only=True)
async def hold_by_both(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.0)
    await caller.holds()
    call.held("customer")
    await pbx.passes(1.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    await caller.retrieves()
    call.retrieved("customer")
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("two calls of one caller to 101 at once: 101 holds the first, takes the second", lab_only=True)
async def two_calls_of_one_caller(pbx: PhoneSystem) -> list[Expected]:
    first, second, alice = pbx.caller(), pbx.caller(), pbx.phone("101")
    call = await talking(pbx, first, alice)
    other = await inbound(pbx, second, "4951110101")
    await alice.rings()
    other.rang(alice)
    await pbx.passes(0.5)
    await alice.holds()
    call.held(alice)
    await picks_up(other, alice)
    await pbx.passes(1.0)
    await second.hangs_up()
    two = other.ended("caller")
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, first, alice), two]


@scenario("101 dials a number abroad, which answers and hangs up", lab_only=True)
async def outbound_abroad(pbx: PhoneSystem) -> list[Expected]:
    alice, abroad = pbx.phone("101"), pbx.outsider("+49301234567")
    call = await talking_outbound(pbx, alice, abroad, "+49301234567")
    return [await called_hangs_up(call, abroad, alice)]


@scenario("101 asks 102 on a second line and joins; 102 parks; 103 retrieves", lab_only=True)
async def attended_then_park(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks(call, pbx, alice, bob)
    await joins(call, pbx, alice, bob)
    await parks_and_fetches(call, pbx, bob, carol)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 presses *2 103, then *3: all three talk; 101 leaves, the others go on", lab_only=True)
async def threeway_then_transferer_leaves(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks_by_code(call, pbx, alice, carol)
    await alice.presses("*3")
    await pbx.passes(0.5)
    call.answered(carol)
    await pbx.passes(1.5)
    call.conferenced()
    await alice.hangs_up()
    call.left(alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, carol)]
