"""Transfers after asking: by the phone's second line, by `*2`, by a program; taken back, failed, let go early.

Over 400 lines: one kind of story, and each is short.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import (
    Witness,
    customer_hangs_up,
    either,
    inbound,
    outbound,
    picks_up,
    refusing,
    talking,
)

OUTSIDE = "84957654321"
OUTSIDE_E164 = "+74957654321"


async def _holds_and_dials(call: Witness, pbx: PhoneSystem, phone: Phone, number: str) -> None:
    await phone.holds()
    call.held(phone)
    await pbx.passes(0.5)
    await phone.dials(number)


async def _presses(pbx: PhoneSystem, phone: Phone, code: str, number: str) -> None:
    """A feature code, a pause while the telephone system says "transfer", and the number."""
    await phone.presses(code)
    await pbx.passes(1.0)
    await phone.presses(number)


@scenario("101 holds the caller, calls 102, and joins them by REFER with Replaces; 102 hangs up", main=True)
async def attended_transfer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, "102")
    await bob.rings()
    await pbx.passes(1.0)
    await bob.answers()
    await alice.talks()
    call.consultation(alice, bob, answered=True)
    await pbx.passes(1.5)
    await alice.completes_transfer()
    call.retrieved(alice)
    call.left(alice)
    call.answered(bob)
    call.transfer("attended", alice, bob)
    await pbx.passes(1.5)
    await bob.hangs_up()
    truth = call.ended(bob)
    await caller.is_idle()
    return [truth]


@scenario("101 holds the caller, calls 103 in vain, returns to the caller and hangs up", main=True)
async def consultation_no_answer_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, "103")
    await carol.rings()
    await pbx.passes(2.0)
    await alice.hangs_up()
    call.consultation(alice, carol, answered=False)
    await carol.is_idle()
    await pbx.passes(0.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.5)
    await alice.hangs_up()
    truth = call.ended(alice)
    await caller.is_idle()
    return [truth]


@scenario("101 holds the caller, asks 103, who answers and hangs up; 101 returns to the caller")
async def consultation_answered_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, "103")
    await carol.rings()
    await pbx.passes(1.0)
    await carol.answers()
    await alice.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.5)
    await carol.hangs_up()
    await pbx.passes(0.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 holds the caller and asks 103; the caller hangs up meanwhile", "the consultation outlives the customer")
async def consultation_outlives_customer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, "103")
    await carol.rings()
    await pbx.passes(1.0)
    await carol.answers()
    await alice.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.0)
    await caller.hangs_up()
    truth = call.ended("caller")
    await pbx.passes(1.5)
    await alice.hangs_up()
    await carol.is_idle()
    return [truth]


@scenario("101 holds the caller, dials 103 and joins them while 103 still rings; 103 answers", main=True)
async def blonde_transfer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, "103")
    await carol.rings()
    await pbx.passes(1.5)
    await alice.completes_transfer()
    call.retrieved(alice)
    call.left(alice)
    call.consultation(alice, carol, answered=False)
    await pbx.passes(1.0)
    await picks_up(call, carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 joins the caller to 103, who still rings and never answers")
async def blonde_transfer_never_answered(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, "103")
    await carol.rings()
    await pbx.passes(1.5)
    await alice.completes_transfer()
    call.retrieved(alice)
    call.left(alice)
    call.consultation(alice, carol, answered=False)
    call.transfer("attended", alice, carol, completed=False)
    await carol.is_idle()
    await caller.is_idle()
    return [call.ended("system")]


@scenario("101 holds the caller, calls a number outside, and joins them; the caller hangs up")
async def attended_transfer_outside(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, partner = pbx.caller(), pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await talking(pbx, caller, alice)
    await _holds_and_dials(call, pbx, alice, OUTSIDE)
    await partner.rings()
    await pbx.passes(1.0)
    await partner.answers()
    await alice.talks()
    call.consultation(alice, OUTSIDE_E164, answered=True)
    await pbx.passes(1.5)
    await alice.completes_transfer()
    call.retrieved(alice)
    call.left(alice)
    call.transfer("attended", alice, OUTSIDE_E164)
    await pbx.passes(1.5)
    await caller.hangs_up()
    truth = call.ended("caller")
    await partner.is_idle()
    return [truth]


@scenario("queue call answered by 102, who transfers it to 104 after asking", main=True)
async def attended_transfer_of_queue_call(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller("+74951234567")
    alice, bob, dave = pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await inbound(pbx, caller, "4951110500", queue="sales")
    await alice.rings()
    await bob.rings()
    call.rang(alice, bob)
    await pbx.passes(1.5)
    await picks_up(call, bob)
    await alice.is_idle()
    await pbx.passes(1.5)
    await _holds_and_dials(call, pbx, bob, "104")
    await dave.rings()
    await pbx.passes(1.0)
    await dave.answers()
    await bob.talks()
    call.consultation(bob, dave, answered=True)
    await pbx.passes(1.5)
    await bob.completes_transfer()
    call.retrieved(bob)
    call.left(bob)
    call.answered(dave)
    call.transfer("attended", bob, dave)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, dave)]


@scenario("101 presses *2 103, 103 answers, 101 hangs up: transferred", "the phone never pressed hold", main=True)
async def attended_transfer_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _presses(pbx, alice, "*2", "103")
    await carol.rings()
    await pbx.passes(1.0)
    await carol.answers()
    await carol.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.answered(carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 presses *2 and a number outside, it is answered, 101 hangs up: transferred")
async def attended_transfer_outside_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, partner = pbx.caller(), pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await talking(pbx, caller, alice)
    await _presses(pbx, alice, "*2", OUTSIDE)
    await partner.rings()
    await pbx.passes(1.0)
    await partner.answers()
    await partner.talks()
    call.consultation(alice, OUTSIDE_E164, answered=True)
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.transfer("attended", alice, OUTSIDE_E164)
    await pbx.passes(1.5)
    await caller.hangs_up()
    truth = call.ended("caller")
    await partner.is_idle()
    return [truth]


@scenario("101 presses *2 103, 103 is busy: 101 is back with the caller", main=True)
async def feature_code_transfer_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    async with refusing(carol):
        await _presses(pbx, alice, "*2", "103")
        call.consultation(alice, carol, answered=False)
        call.transfer("attended", alice, carol, completed=False)
        await pbx.passes(4.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 presses *2 103, nobody answers: 101 is back with the caller")
async def feature_code_transfer_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _presses(pbx, alice, "*2", "103")
    await carol.rings()
    call.consultation(alice, carol, answered=False)
    call.transfer("attended", alice, carol, completed=False)
    await carol.is_idle()
    await pbx.passes(3.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 presses *2 103, 103 answers, 101 takes it back by *1 and goes on with the caller")
async def feature_code_transfer_taken_back(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _presses(pbx, alice, "*2", "103")
    await carol.rings()
    await pbx.passes(1.0)
    await carol.answers()
    await carol.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.5)
    await alice.presses("*1")
    await carol.is_idle()
    call.transfer("attended", alice, carol, completed=False)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 presses *2 103 and hangs up while 103 rings; 103 answers", main=True)
async def blonde_transfer_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _presses(pbx, alice, "*2", "103")
    await carol.rings()
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.consultation(alice, carol, answered=False)
    await pbx.passes(1.5)
    await picks_up(call, carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, carol)]


@scenario(
    "101 presses *2 103 and hangs up while 103 rings; nobody answers; 101 is rung back and answers",
    "Asterisk 22.10 drops the caller instead about once in ten times: then that is what happened",
)
async def blonde_transfer_by_feature_code_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await _presses(pbx, alice, "*2", "103")
    await carol.rings()
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.consultation(alice, carol, answered=False)
    call.transfer("attended", alice, carol, completed=False)
    await carol.is_idle()
    await either(alice.rings(), caller.is_idle())
    rung_back_at = pbx.now()
    await pbx.passes(1.0)
    if not await ami.has_channel(pbx, "trunk"):
        truth = call.ended("system")
        truth.ended_at = rung_back_at
        return [truth]
    await picks_up(call, alice)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("a program begins an attended transfer (AMI Atxfer) from 101 to 103; 103 answers, 101 hangs up", main=True)
async def attended_transfer_by_program(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    alices = await ami.channel_of(pbx, "101")
    await ami.act(pbx, "Atxfer", Channel=alices, Exten="103", Context="internal")
    await carol.rings()
    await pbx.passes(1.0)
    await carol.answers()
    await carol.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.answered(carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, carol)]


@scenario(
    "101 has two callers, the first on hold, and joins them (REFER with Replaces)",
    "the held one's record has the transfer, to the other's number; both are one conversation",
)
async def two_customers_joined(pbx: PhoneSystem) -> list[Expected]:
    first, second, alice = pbx.caller(), pbx.caller("+74951112233"), pbx.phone("101")
    call = await talking(pbx, first, alice)
    other = await inbound(pbx, second, "4951110101")
    await alice.rings()
    other.rang(alice)
    await pbx.passes(0.5)
    await alice.holds()
    call.held(alice)
    await picks_up(other, alice)
    await pbx.passes(1.5)
    return await _joined(pbx, call, other, alice, first, second, "+74951112233")


@scenario("101 has called a customer, holds, takes another's call, and joins them (REFER with Replaces)")
async def outbound_and_inbound_joined(pbx: PhoneSystem) -> list[Expected]:
    customer, second, alice = pbx.outsider(OUTSIDE), pbx.caller(), pbx.phone("101")
    call = await outbound(pbx, alice, OUTSIDE)
    await customer.rings()
    await pbx.passes(1.0)
    await customer.answers()
    await alice.talks()
    call.far_party_answered(alice)
    await pbx.passes(1.5)
    await alice.holds()
    call.held(alice)
    other = await inbound(pbx, second, "4951110101")
    await alice.rings()
    other.rang(alice)
    await pbx.passes(1.0)
    await picks_up(other, alice)
    await pbx.passes(1.5)
    return await _joined(pbx, call, other, alice, customer, second, "+74959195557")


async def _joined(
    pbx: PhoneSystem,
    held: Witness,
    current: Witness,
    phone: Phone,
    first: Phone,
    second: Phone,
    seconds_number: str,
) -> list[Expected]:
    """`phone` joins its held call with its current one and is out; then the held call's customer hangs up."""
    await phone.completes_transfer()
    held.retrieved(phone)
    held.left(phone)
    current.left(phone)
    held.transfer("attended", phone, seconds_number)
    held.truth.conversation = current.truth.conversation = "joined"
    await pbx.passes(1.5)
    await first.hangs_up()
    truth = held.ended("caller" if held.truth.direction == "inbound" else "called")
    # For the other call it was neither its caller nor its called party who hung up.
    other = current.ended(None)
    await second.is_idle()
    return [truth, other]
