"""More than one thing in one call: handed on twice, of calls we made, within a pickup, a conference, a ring group.

Over 400 lines: one kind of story, and each is short.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.room import ROOM, dials_in
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import (
    Witness,
    customer_hangs_up,
    customer_leaves,
    inbound,
    internal,
    outbound,
    picks_up,
    refusing,
    talking,
)

OUTSIDE = "84957654321"


async def _talking_outbound(pbx: PhoneSystem, phone: Phone, customer: Phone) -> Witness:
    """`phone` has called the customer, and they have talked for 1.5 s."""
    call = await outbound(pbx, phone, OUTSIDE)
    await customer.rings()
    await pbx.passes(1.0)
    await customer.answers()
    await phone.talks()
    call.far_party_answered(phone)
    await pbx.passes(1.5)
    return call


async def _talking_internal(pbx: PhoneSystem, phone: Phone, other: Phone) -> Witness:
    """`phone` has called its colleague, and they have talked for 1.5 s."""
    call = await internal(pbx, phone, other.name)
    await other.rings()
    call.rang(other)
    await pbx.passes(1.0)
    await picks_up(call, other)
    await pbx.passes(1.5)
    return call


async def _hands_blind(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    call.left(giver)
    await giver.transfers_to(taker.name)
    await taker.rings()
    call.rang(taker)
    await pbx.passes(1.0)
    await picks_up(call, taker)
    call.transfer("blind", giver, taker)
    await pbx.passes(1.5)


async def _hands_over_after_asking(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    await giver.holds()
    call.held(giver)
    await pbx.passes(0.5)
    await giver.dials(taker.name)
    await taker.rings()
    await pbx.passes(1.0)
    await taker.answers()
    await giver.talks()
    call.consultation(giver, taker, answered=True)
    await pbx.passes(1.5)
    await giver.completes_transfer()
    call.retrieved(giver)
    call.left(giver)
    call.answered(taker)
    call.transfer("attended", giver, taker)
    await pbx.passes(1.5)


@scenario("101 hands the caller to 102, who hands it to 103 (both by REFER)")
async def blind_transfer_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _hands_blind(call, pbx, alice, bob)
    await _hands_blind(call, pbx, bob, carol)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 hands the caller to 102 after asking, 102 hands it back to 101 without")
async def transfer_and_back(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    await _hands_over_after_asking(call, pbx, alice, bob)
    await _hands_blind(call, pbx, bob, alice)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 has called a customer and hands them to 102 by REFER; the customer hangs up", main=True)
async def blind_transfer_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await _talking_outbound(pbx, alice, customer)
    await _hands_blind(call, pbx, alice, bob)
    await customer.hangs_up()
    truth = call.ended("called")
    await bob.is_idle()
    return [truth]


@scenario("101 has called a customer and hands them to 102 after asking; 102 hangs up", main=True)
async def attended_transfer_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await _talking_outbound(pbx, alice, customer)
    await _hands_over_after_asking(call, pbx, alice, bob)
    await bob.hangs_up()
    truth = call.ended(bob)
    await customer.is_idle()
    return [truth]


@scenario("101 has called a customer, and both put each other on hold")
async def hold_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice = pbx.outsider(OUTSIDE), pbx.phone("101")
    call = await _talking_outbound(pbx, alice, customer)
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    await customer.holds()
    call.held("customer")
    await pbx.passes(2.0)
    await customer.retrieves()
    call.retrieved("customer")
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await customer.is_idle()
    return [truth]


@scenario("internal: 101 calls 102, who hands 101 to 103 after asking")
async def attended_transfer_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await _hands_over_after_asking(call, pbx, bob, carol)
    await alice.hangs_up()
    truth = call.ended(alice)
    await carol.is_idle()
    return [truth]


@scenario("internal: 101 calls 102, 104 picks it up by *8")
async def pickup_of_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, dave = pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.5)
    await dave.dials("*8")
    await dave.talks()
    call.answered(dave)
    call.transfer("pickup", dave, dave)
    await bob.is_idle()
    await pbx.passes(1.5)
    await alice.hangs_up()
    truth = call.ended(alice)
    await dave.is_idle()
    return [truth]


@scenario("internal: 101 calls 102, who does not answer")
async def internal_no_answer(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await bob.is_idle()
    await alice.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("queue: 101 and 102 ring, 104 picks it up by *8")
async def pickup_of_queue_call(pbx: PhoneSystem) -> list[Expected]:
    return await _picked_up_of_many(pbx, "4951110500", "sales", "101", "102")


@scenario("ring group: 101, 102 and 103 ring, 104 picks it up by *8")
async def pickup_of_ring_group(pbx: PhoneSystem) -> list[Expected]:
    return await _picked_up_of_many(pbx, "4951110600", None, "101", "102", "103")


async def _picked_up_of_many(pbx: PhoneSystem, number: str, queue: str | None, *names: str) -> list[Expected]:
    caller, dave = pbx.caller(), pbx.phone("104")
    ringing = [pbx.phone(name) for name in names]
    call = await inbound(pbx, caller, number, queue=queue)
    for phone in ringing:
        await phone.rings()
    call.rang(*ringing)
    await pbx.passes(1.5)
    await dave.dials("*8")
    await dave.talks()
    call.answered(dave)
    call.transfer("pickup", dave, dave)
    for phone in ringing:
        await phone.is_idle()
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, dave)]


@scenario("ring group: 101 sends its share on to 105 (302), who answers")
async def ring_group_one_forwards(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller()
    alice, bob, carol, erin = (pbx.phone(name) for name in ("101", "102", "103", "105"))
    call = await inbound(pbx, caller, "4951110600")
    for phone in (alice, bob, carol):
        await phone.rings()
    call.rang(alice, bob, carol)
    await pbx.passes(1.0)
    await alice.forwards_to("105")
    call.refused(alice, "forwarded")
    await erin.rings()
    call.rang(erin)
    await pbx.passes(1.0)
    await picks_up(call, erin)
    call.transfer("forward", alice, erin)
    await bob.is_idle()
    await carol.is_idle()
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, erin)]


@scenario("ring group: 101 is busy, 102 answers")
async def ring_group_one_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    async with refusing(alice):
        call = await inbound(pbx, caller, "4951110600")
        call.refused(alice, "busy")
        await bob.rings()
        await carol.rings()
        call.rang(bob, carol)
        await pbx.passes(1.5)
        await picks_up(call, bob)
        await carol.is_idle()
        await pbx.passes(1.5)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("ring group: everybody is busy")
async def ring_group_all_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, phones = pbx.caller(), [pbx.phone(name) for name in ("101", "102", "103")]
    async with refusing(*phones):
        call = await inbound(pbx, caller, "4951110600")
        for phone in phones:
            call.refused(phone, "busy")
        await caller.is_idle()
        return [call.ended("system", "busy")]


@scenario("queue: 101 is in another call and does not ring, 102 answers")
async def queue_member_in_a_call(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    between = await _talking_internal(pbx, carol, alice)
    call = await inbound(pbx, caller, "4951110500", queue="sales")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.0)
    await picks_up(call, bob)
    await pbx.passes(1.5)
    truth = await customer_hangs_up(call, caller, bob)
    await alice.hangs_up()
    internal_truth = between.ended(alice)
    await carol.is_idle()
    return [internal_truth, truth]


@scenario("101 sends the ringing call on to 105 (302), where nobody answers")
async def forward_302_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, erin = pbx.caller(), pbx.phone("101"), pbx.phone("105")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await alice.forwards_to("105")
    call.refused(alice, "forwarded")
    await erin.rings()
    call.rang(erin)
    call.transfer("forward", alice, erin, completed=False)
    await erin.is_idle()
    await caller.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("101 hands the caller to 102 by REFER, who refuses with 603; the call is over")
async def blind_transfer_rejected(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("102")
    await bob.rings()
    call.rang(bob)
    call.transfer("blind", alice, bob, completed=False)
    await pbx.passes(1.0)
    await bob.rejects()
    call.refused(bob, "rejected")
    await caller.is_idle()
    return [call.ended("system")]


@scenario("101 hands the caller to room 900 by REFER, then 101 and 102 dial in", "`to` is the number of the room")
async def conference_by_transfer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to(ROOM)
    call.transfer("blind", alice, ROOM)
    await pbx.passes(1.0)
    for phone in (alice, bob):
        await dials_in(call, phone)
        await pbx.passes(1.5)
    call.conferenced()
    truth = await customer_leaves(call, pbx, caller)
    await alice.hangs_up()
    await bob.hangs_up()
    return [truth]


@scenario("101 holds the caller, asks 102, alternates between both, and joins them")
async def attended_transfer_with_alternating(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await alice.dials("102")
    await bob.rings()
    await pbx.passes(1.0)
    await bob.answers()
    await alice.talks()
    call.consultation(alice, bob, answered=True)
    await pbx.passes(1.0)
    await alice.holds()
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.5)
    await alice.holds()
    call.held(alice)
    await alice.retrieves()
    await pbx.passes(1.5)
    await alice.completes_transfer()
    call.retrieved(alice)
    call.left(alice)
    call.answered(bob)
    call.transfer("attended", alice, bob)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 holds the caller and calls 103, who is busy; 101 returns to the caller")
async def consultation_busy_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    async with refusing(carol):
        await alice.holds()
        call.held(alice)
        await pbx.passes(0.5)
        await alice.dials("103")
        call.consultation(alice, carol, answered=False)
        await pbx.passes(1.5)
        await alice.retrieves()
        call.retrieved(alice)
        await pbx.passes(1.5)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 presses *2 103, who answers and hangs up again: 101 is back with the caller")
async def feature_code_transfer_declined(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _asks_by_feature_code(call, pbx, alice, carol)
    await carol.hangs_up()
    call.transfer("attended", alice, carol, completed=False)
    await pbx.passes(2.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 presses *2 103, who answers; the caller hangs up meanwhile", "the consultation outlives the customer")
async def feature_code_transfer_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _asks_by_feature_code(call, pbx, alice, carol)
    await caller.hangs_up()
    call.transfer("attended", alice, carol, completed=False)
    truth = call.ended("caller")
    await pbx.passes(1.5)
    await alice.hangs_up()
    await carol.is_idle()
    return [truth]


async def _asks_by_feature_code(call: Witness, pbx: PhoneSystem, giver: Phone, taker: Phone) -> None:
    await giver.presses("*2")
    await pbx.passes(1.0)
    await giver.presses(taker.name)
    await taker.rings()
    await pbx.passes(1.0)
    await taker.answers()
    await taker.talks()
    call.consultation(giver, taker, answered=True)
    await pbx.passes(1.5)


@scenario("a program starts a recording in mid-call (AMI MixMonitor)")
async def recorded_by_program(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await ami.act(pbx, "MixMonitor", Channel=await ami.channel_of(pbx, "101"), File="by-program.wav")
    call.truth.recorded = True
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("a caller gives up, and calls again at once; then 101 answers")
async def caller_calls_again(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    first = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    first.rang(alice)
    await pbx.passes(1.5)
    await caller.hangs_up()
    missed = first.ended("caller", "abandoned")
    await alice.is_idle()
    again = await talking(pbx, caller, alice)
    return [missed, await customer_hangs_up(again, caller, alice)]
