"""Hold, parking and conferences: the customer is in the call but not with the one who answered."""

from __future__ import annotations

from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.room import customer_in_the_room, dials_in
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import customer_hangs_up, customer_leaves, internal, picks_up, talking


@scenario("101 holds and retrieves twice", main=True)
async def hold_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    for seconds in (1.5, 2.5):
        await alice.holds()
        call.held(alice)
        await pbx.passes(seconds)
        await alice.retrieves()
        call.retrieved(alice)
        await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 holds; the caller hangs up on hold", "no retrieving is ever reported", main=True)
async def hold_and_caller_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await pbx.passes(2.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("the customer puts 101 on hold and comes back", main=True)
async def hold_by_customer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await caller.holds()
    call.held("customer")
    await pbx.passes(2.0)
    await caller.retrieves()
    call.retrieved("customer")
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("internal: 101 calls 102, 102 holds and retrieves, 101 hangs up")
async def hold_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.0)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    await bob.holds()
    call.held(bob)
    await pbx.passes(1.5)
    await bob.retrieves()
    call.retrieved(bob)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await bob.is_idle()
    return [truth]


@scenario("101 parks the caller by REFER to 700; 104 dials 701", main=True)
async def park_and_retrieve(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("700")
    await pbx.passes(2.0)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.5)
    await dave.hangs_up()
    truth = call.ended(dave)
    await caller.is_idle()
    return [truth]


@scenario("101 parks the caller by the feature code #72; 104 dials 701")
async def park_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    await alice.presses("#72")
    call.left(alice)
    await pbx.passes(2.0)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.5)
    truth = await customer_hangs_up(call, caller, dave)
    await alice.is_idle()
    return [truth]


@scenario("101 parks the caller, nobody comes, the call rings 101 again, who answers", main=True)
async def park_times_out_and_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("700")
    call.transfer("park", alice, None, completed=False)
    await alice.rings()
    await pbx.passes(1.0)
    await picks_up(call, alice)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 parks the caller, who hangs up in the slot", main=True)
async def park_and_caller_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("700")
    call.transfer("park", alice, None, completed=False)
    await pbx.passes(2.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("a caller in conference room 900; 101 and 102 dial in", "whoever joins the customer joins its record")
async def conference_room(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await customer_in_the_room(pbx, caller)
    await pbx.passes(1.0)
    for phone in (alice, bob):
        await dials_in(call, phone)
        await pbx.passes(1.5)
    call.conferenced()
    await bob.hangs_up()
    call.left(bob)
    await pbx.passes(1.0)
    truth = await customer_leaves(call, pbx, caller)
    await alice.hangs_up()
    return [truth]


@scenario(
    "101 talks to a caller, presses *2 103, then *3: all three talk; then the caller hangs up",
    "joining all three is a conference and no transfer; the call to 103 was a consultation until then",
)
async def threeway_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await alice.presses("*2")
    await pbx.passes(1.0)
    await alice.presses("103")
    await carol.rings()
    await pbx.passes(1.0)
    await carol.answers()
    await carol.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.5)
    await alice.presses("*3")
    call.conferenced()
    call.answered(carol)
    await pbx.passes(2.0)
    await caller.hangs_up()
    truth = call.ended("caller")
    await pbx.passes(0.5)
    await alice.hangs_up()
    await carol.is_idle()
    return [truth]
