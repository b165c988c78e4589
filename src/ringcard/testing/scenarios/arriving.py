"""Calls that come in from outside to one phone, with everything that a single phone can do with them."""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import UNTOLD, Expected
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import (
    customer_hangs_up,
    inbound,
    internal,
    picks_up,
    refusing,
    talking,
)


@scenario("inbound, 101 answers, the caller hangs up", main=True)
async def inbound_caller_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("inbound, 101 answers and hangs up", main=True)
async def inbound_agent_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await alice.hangs_up()
    truth = call.ended(alice)
    await caller.is_idle()
    return [truth]


@scenario("inbound, 101 rings 8 s, nobody answers", main=True)
async def inbound_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller("0049301234567"), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await caller.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("inbound, 101 answers 486 at once", "101 never rang: it is busy, not rejected", main=True)
async def inbound_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with refusing(alice):
        call = await inbound(pbx, caller, "4951110101")
        call.refused(alice, "busy")
        await caller.is_idle()
        return [call.ended("system", "busy")]


@scenario("inbound, 101 rings and refuses with 603", main=True)
async def inbound_rejected(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.5)
    await alice.rejects()
    call.refused(alice, "rejected")
    await caller.is_idle()
    return [call.ended("system", "rejected")]


@scenario("inbound, 101 rings and refuses with 486, as most phones' reject key does", main=True)
async def inbound_rejected_as_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.5)
    await alice.rejects(busy=True)
    call.refused(alice, "rejected")
    await caller.is_idle()
    return [call.ended("system", "rejected")]


@scenario("inbound, the caller hangs up while 101 rings", main=True)
async def inbound_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(2.0)
    await caller.hangs_up()
    truth = call.ended("caller", "abandoned")
    await alice.is_idle()
    return [truth]


@scenario("inbound to a number nobody has", "Asterisk makes no channel: there is nothing to record")
async def inbound_unknown_number(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller()
    await caller.dials("4951119999")
    await caller.is_idle()
    await pbx.passes(0.5)
    return []


@scenario(
    "two callers without a number: none at all, and one that asked for privacy (P-Asserted-Identity)",
    "the second one's number is in AMI without a mark that it is withheld: a stream alone cannot tell, so it is not"
    " compared; whoever can ask CALLERID(pres) must not show it",
)
async def inbound_anonymous(pbx: PhoneSystem) -> list[Expected]:
    alice = pbx.phone("101")
    truths = []
    for caller, seen in ((pbx.caller(None), None), (pbx.caller("+74951112233", withheld=True), UNTOLD)):
        call = await inbound(pbx, caller, "4951110101", as_seen=seen)
        await alice.rings()
        call.rang(alice)
        await pbx.passes(1.0)
        await picks_up(call, alice)
        await pbx.passes(1.5)
        truths.append(await customer_hangs_up(call, caller, alice))
    return truths


@scenario("callers with a Cyrillic name, and with quotes and a colon in it")
async def inbound_unicode_name(pbx: PhoneSystem) -> list[Expected]:
    alice = pbx.phone("101")
    truths = []
    for name in ("Иван Петров", 'O"Brien: Bob'):
        caller = pbx.caller(name=name)
        call = await talking(pbx, caller, alice)
        truths.append(await customer_hangs_up(call, caller, alice))
    return truths


@scenario("inbound with a recording made by the dialplan", main=True)
async def inbound_recorded(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice, "4951112101")
    call.truth.recorded = True
    return [await customer_hangs_up(call, caller, alice)]


@scenario("inbound through a pair of Local channels that stays for the whole call", main=True)
async def inbound_local_kept(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice, "4951113101")
    return [await customer_hangs_up(call, caller, alice)]


@scenario("inbound through a pair of Local channels that is optimised away after the answer", main=True)
async def inbound_local_optimised(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice, "4951114101")
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 sends the ringing call on to 105 (302); 105 answers", main=True)
async def forward_302(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, erin = pbx.caller(), pbx.phone("101"), pbx.phone("105")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await alice.forwards_to("105")
    call.refused(alice, "forwarded")
    await erin.rings()
    call.rang(erin)
    await pbx.passes(1.0)
    await picks_up(call, erin)
    call.transfer("forward", alice, erin)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, erin)]


@scenario(
    "101 sends the ringing call on to a mobile number (302); it is answered there",
    "a person answered, though none of the company's devices: answered, without anybody's talk",
)
async def forward_302_outside(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, mobile = pbx.caller(), pbx.phone("101"), pbx.outsider("84957654321")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await alice.forwards_to("84957654321")
    call.refused(alice, "forwarded")
    await mobile.rings()
    await pbx.passes(1.0)
    await mobile.answers()
    call.far_party_answered()
    call.transfer("forward", alice, "+74957654321")
    await pbx.passes(1.5)
    await caller.hangs_up()
    truth = call.ended("caller")
    await mobile.is_idle()
    return [truth]


@scenario(
    "101 talks, a second caller rings on the same phone; 101 holds, takes the second, ends it, returns", main=True
)
async def call_waiting(pbx: PhoneSystem) -> list[Expected]:
    first, second, alice = pbx.caller(), pbx.caller("+74951112233"), pbx.phone("101")
    call = await talking(pbx, first, alice)
    waiting = await inbound(pbx, second, "4951110101")
    await alice.rings()
    waiting.rang(alice)
    await pbx.passes(1.0)
    await alice.holds()
    call.held(alice)
    await picks_up(waiting, alice)
    await pbx.passes(1.5)
    await alice.hangs_up()
    second_truth = waiting.ended(alice)
    await second.is_idle()
    await pbx.passes(0.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, first, alice), second_truth]


@scenario("101 talks, a second caller rings on the same phone and is refused; the first call goes on", main=True)
async def call_waiting_rejected(pbx: PhoneSystem) -> list[Expected]:
    first, second, alice = pbx.caller(), pbx.caller("+74951112233"), pbx.phone("101")
    call = await talking(pbx, first, alice)
    waiting = await inbound(pbx, second, "4951110101")
    await alice.rings()
    waiting.rang(alice)
    await pbx.passes(1.0)
    await alice.rejects(busy=True)
    waiting.refused(alice, "rejected")
    await second.is_idle()
    second_truth = waiting.ended("system", "rejected")
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, first, alice), second_truth]


@scenario("three calls interleaved: two from the same number to different phones, and an internal one")
async def three_calls_at_once(pbx: PhoneSystem) -> list[Expected]:
    first, second = pbx.caller(), pbx.caller()
    alice, bob, carol, dave = (pbx.phone(name) for name in ("101", "102", "103", "104"))
    one = await inbound(pbx, first, "4951110101")
    await alice.rings()
    one.rang(alice)
    await pbx.passes(0.5)
    two = await inbound(pbx, second, "4951110102")
    await bob.rings()
    two.rang(bob)
    await pbx.passes(0.5)
    three = await internal(pbx, carol, "104")
    await dave.rings()
    three.rang(dave)
    await pbx.passes(1.0)
    await picks_up(two, bob)
    await pbx.passes(0.5)
    await picks_up(three, dave)
    await pbx.passes(0.5)
    await picks_up(one, alice)
    await pbx.passes(1.5)
    await carol.hangs_up()
    third = three.ended(carol)
    await pbx.passes(0.5)
    await alice.hangs_up()
    first_truth = one.ended(alice)
    await pbx.passes(1.0)
    return [first_truth, await customer_hangs_up(two, second, bob), third]


@scenario("a program ends the call: AMI Hangup of the channel of 101", main=True)
async def program_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await ami.act(pbx, "Hangup", Channel=await ami.channel_of(pbx, "101"))
    truth = call.ended("system")
    await caller.is_idle()
    return [truth]


@scenario("a call to a phone that has signed off; it comes back and is called again", main=True)
async def phone_unregistered(pbx: PhoneSystem) -> list[Expected]:
    caller, erin = pbx.caller(), pbx.phone("105")
    await erin.unregisters()
    try:
        call = await inbound(pbx, caller, "4951110105")
        await caller.is_idle()
        truth = call.ended("system", "failed")
    finally:
        await erin.registers()
    again = await talking(pbx, caller, erin)
    return [truth, await customer_hangs_up(again, caller, erin)]


@scenario("a call to a phone whose power failed; it comes back and is called again")
async def phone_unreachable(pbx: PhoneSystem) -> list[Expected]:
    caller, frank = pbx.caller(), pbx.phone("106")
    await frank.loses_power()
    try:
        call = await inbound(pbx, caller, "4951110106")
        await caller.is_idle()
        truth = call.ended("system", "failed")
    finally:
        await frank.registers()
    again = await talking(pbx, caller, frank)
    return [truth, await customer_hangs_up(again, caller, frank)]
