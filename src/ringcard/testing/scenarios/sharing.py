"""Parking, picking up, forwarding, groups and queues, one after the other in one call.

On a real Asterisk only, as `further`, whose words it uses.
"""

from __future__ import annotations

from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import (
    OUTSIDE,
    all_ring,
    asks,
    called_hangs_up,
    hands_blind,
    hands_over_by_code,
    joins,
    parks_and_fetches,
    talking_outbound,
)
from ringcard.testing.scenarios.room import customer_in_the_room, dials_in
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import (
    customer_hangs_up,
    customer_leaves,
    inbound,
    picks_up,
    refusing,
    talking,
)


@scenario("101 parks the caller, takes it back itself, parks it again; 104 retrieves it", lab_only=True)
async def park_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("700")
    await pbx.passes(2.0)
    await alice.dials("701")
    await alice.talks()
    call.answered(alice)
    call.transfer("park", alice, alice)
    await pbx.passes(1.5)
    call.left(alice)
    await alice.transfers_to("700")
    await pbx.passes(2.0)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, dave)]


@scenario("101 sends the ringing call on to 102 (302), which sends it on to 103 (302); 103 answers", lab_only=True)
async def forward_302_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.1)
    await alice.forwards_to("102")
    call.refused(alice, "forwarded")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.1)
    await bob.forwards_to("103")
    call.refused(bob, "forwarded")
    call.transfer("forward", alice, bob, completed=False)
    await carol.rings()
    call.rang(carol)
    await pbx.passes(0.8)
    await picks_up(call, carol)
    call.transfer("forward", bob, carol)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 sends the ringing call on to the queue (302); 102 answers", lab_only=True)
async def forward_302_to_queue(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110103", queue="sales")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(0.5)
    await carol.forwards_to("500")
    call.refused(carol, "forwarded")
    await alice.rings()
    await bob.rings()
    call.rang(alice, bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    call.transfer("forward", carol, "sales")
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("ring group of Local channels: 101 is busy, 102 refuses", lab_only=True)
async def ring_group_of_locals_refused(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with refusing(alice):
        call = await inbound(pbx, caller, "4951110602")
        call.refused(alice, "busy")
        await bob.rings()
        call.rang(bob)
        await pbx.passes(1.0)
        await bob.rejects()
        call.refused(bob, "rejected")
        await caller.is_idle()
        return [call.ended("system", "rejected")]


@scenario("ring group: all three refuse with 603", lab_only=True)
async def ring_group_all_reject(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller()
    phones = [pbx.phone(name) for name in ("101", "102", "103")]
    call = await inbound(pbx, caller, "4951110600")
    await all_ring(call, *phones)
    await pbx.passes(0.5)
    for phone in phones:
        await phone.rejects()
        call.refused(phone, "rejected")
    await caller.is_idle()
    return [call.ended("system", "rejected")]


@scenario("ring group: 102 answers, holds, retrieves, and hands the caller to 104 by REFER", lab_only=True)
async def ring_group_then_hold_and_transfer(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller("84959195557")
    alice, bob, carol, dave = (pbx.phone(name) for name in ("101", "102", "103", "104"))
    call = await inbound(pbx, caller, "4951110600")
    await all_ring(call, alice, bob, carol)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    await alice.is_idle()
    await carol.is_idle()
    await bob.holds()
    call.held(bob)
    await pbx.passes(1.0)
    await bob.retrieves()
    call.retrieved(bob)
    await pbx.passes(1.0)
    await hands_blind(call, pbx, bob, dave)
    return [await customer_hangs_up(call, caller, dave)]


@scenario("queue: 101 answers and hands the caller back to the queue; 102 answers", lab_only=True)
async def queue_and_back_to_it(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, "4951110500", queue="sales")
    await all_ring(call, alice, bob)
    await pbx.passes(0.8)
    await picks_up(call, alice)
    await bob.is_idle()
    await pbx.passes(1.0)
    call.left(alice)
    await alice.transfers_to("500")
    call.transfer("blind", alice, "sales")
    await bob.rings()
    await pbx.passes(0.8)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("the caller, 101, 102 and 103 in room 900; 102 leaves and comes back", lab_only=True)
async def conference_of_four(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await customer_in_the_room(pbx, caller)
    await pbx.passes(0.5)
    for phone in (alice, bob, carol):
        await dials_in(call, phone)
        await pbx.passes(0.8)
    call.conferenced()
    await bob.hangs_up()
    call.left(bob)
    await pbx.passes(1.0)
    await dials_in(call, bob)
    await pbx.passes(1.0)
    truth = await customer_leaves(call, pbx, caller)
    for phone in (alice, bob, carol):
        await phone.hangs_up()
    return [truth]


@scenario(
    "the caller leaves room 900, where 101 stays; another customer comes, then 102",
    "101 is in the second customer's record from then on, though its line is that of the first one's call",
    lab_only=True,
)
async def conference_next_customer(pbx: PhoneSystem) -> list[Expected]:
    first, second, alice, bob = pbx.caller(), pbx.caller("+74951112233"), pbx.phone("101"), pbx.phone("102")
    one = await customer_in_the_room(pbx, first)
    await pbx.passes(0.5)
    await dials_in(one, alice)
    await pbx.passes(1.5)
    truths = [await customer_leaves(one, pbx, first)]
    await pbx.passes(1.5)
    two = await customer_in_the_room(pbx, second)
    two.answered(alice)
    await pbx.passes(1.5)
    await dials_in(two, bob)
    two.conferenced()
    await pbx.passes(1.5)
    truths.append(await customer_leaves(two, pbx, second))
    await alice.hangs_up()
    await bob.hangs_up()
    return truths


@scenario("the caller in room 900; 101 comes and goes; the caller stays for a while, and goes", lab_only=True)
async def conference_caller_left_alone(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await customer_in_the_room(pbx, caller)
    await pbx.passes(0.5)
    await dials_in(call, alice)
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    await pbx.passes(1.5)
    return [await customer_leaves(call, pbx, caller)]


@scenario("queue: nobody answers the first round; 102 answers the second", lab_only=True)
async def queue_second_round(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, "4951110500", queue="sales")
    await all_ring(call, alice, bob)
    await pbx.passes(4.0)
    await alice.is_idle()
    await bob.is_idle()
    call.refused(alice, "no_answer")
    await bob.rings()
    await pbx.passes(0.8)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 has called a customer and parks them; 104 retrieves them", lab_only=True)
async def park_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, dave = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("104")
    call = await talking_outbound(pbx, alice, customer)
    await parks_and_fetches(call, pbx, alice, dave)
    return [await called_hangs_up(call, customer, dave)]


@scenario("a parked caller is retrieved by 104 and handed to 102 after asking", lab_only=True)
async def park_then_attended(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, dave = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    await parks_and_fetches(call, pbx, alice, dave)
    await asks(call, pbx, dave, bob)
    await joins(call, pbx, dave, bob)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("two calls ring at 101 and 102; 104 picks up the one at 102 by **102", lab_only=True)
async def pickup_directed_of_two(pbx: PhoneSystem) -> list[Expected]:
    first, second = pbx.caller(), pbx.caller("+74951112233")
    alice, bob, dave = pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    one = await inbound(pbx, first, "4951110101")
    await alice.rings()
    one.rang(alice)
    two = await inbound(pbx, second, "4951110102")
    await bob.rings()
    two.rang(bob)
    await pbx.passes(0.5)
    await dave.dials("**102")
    await dave.talks()
    two.answered(dave)
    two.transfer("pickup", dave, dave)
    await pbx.passes(0.5)
    await picks_up(one, alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(one, first, alice), await customer_hangs_up(two, second, dave)]


@scenario("104 picks up 101's call by *8 and hands it to 101 by REFER", lab_only=True)
async def pickup_then_blind(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.5)
    await dave.dials("*8")
    await dave.talks()
    call.answered(dave)
    call.transfer("pickup", dave, dave)
    await alice.is_idle()
    await pbx.passes(1.0)
    await hands_blind(call, pbx, dave, alice)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("102 picks up, by *8, what 101 has handed to 103 by REFER", lab_only=True)
async def pickup_of_transferred(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("103")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(0.8)
    await bob.dials("*8")
    await bob.talks()
    call.answered(bob)
    call.transfer("blind", alice, bob)
    call.transfer("pickup", bob, bob)
    await carol.is_idle()
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("ring group of Local channels: 102 answers and hands the caller to 103 after asking", lab_only=True)
async def ring_group_of_locals_then_attended(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110602")
    await all_ring(call, alice, bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    await alice.is_idle()
    await pbx.passes(1.0)
    await asks(call, pbx, bob, carol)
    await joins(call, pbx, bob, carol)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("inbound through a kept Local pair; 101 hands the caller to 102 by *2", lab_only=True)
async def local_kept_then_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice, "4951113101")
    await hands_over_by_code(call, pbx, alice, bob)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("inbound through a kept Local pair; 101 hands the caller to 102 by REFER", lab_only=True)
async def local_kept_then_blind(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice, "4951113101")
    await hands_blind(call, pbx, alice, bob)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("inbound through a kept Local pair; 101 holds, retrieves, and parks; 104 retrieves", lab_only=True)
async def local_kept_then_park(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await talking(pbx, caller, alice, "4951113101")
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.0)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(0.5)
    await parks_and_fetches(call, pbx, alice, dave)
    return [await customer_hangs_up(call, caller, dave)]
