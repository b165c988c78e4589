"""What a busy office also does: chains of transfers, second lines, redirects by programs, forwards that go on.

On a real Asterisk only: the simulator does not know all of these ways, so they are `lab_only`. Over 400 lines: one kind
of story, and each is short.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import (
    Witness,
    customer_hangs_up,
    inbound,
    internal,
    outbound,
    picks_up,
    refusing,
    talking,
)

OUTSIDE = "84957654321"
OUTSIDE_E164 = "+74957654321"


# -- what several stories do ---------------------------------------------------------------------------------------


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


async def _talking_internal(pbx: PhoneSystem, phone: Phone, other: Phone) -> Witness:
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


async def _originated(pbx: PhoneSystem, direction: str, channel: str, device: str, number: str) -> Witness:
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
    call = await _originated(pbx, "outbound", f"{pbx.technology}/{phone.name}", phone.name, OUTSIDE)
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


# -- transfers that follow each other ------------------------------------------------------------------------------


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
    await asks_by_code(call, pbx, alice, bob)
    await alice.hangs_up()
    call.left(alice)
    call.answered(bob)
    call.transfer("attended", alice, bob)
    await pbx.passes(1.0)
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
    await asks_by_code(call, pbx, bob, carol)
    await bob.hangs_up()
    call.left(bob)
    call.answered(carol)
    call.transfer("attended", bob, carol)
    await pbx.passes(1.0)
    await carol.hangs_up()
    truth = call.ended(carol)
    await caller.is_idle()
    return [truth]


@scenario("101 has called a customer and hands them to 102 by *2", lab_only=True)
async def feature_code_transfer_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await talking_outbound(pbx, alice, customer)
    await asks_by_code(call, pbx, alice, bob)
    await alice.hangs_up()
    call.left(alice)
    call.answered(bob)
    call.transfer("attended", alice, bob)
    await pbx.passes(1.0)
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


@scenario("internal: 101 calls 102, who hands 101 to 103 by *2", lab_only=True)
async def feature_code_transfer_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await asks_by_code(call, pbx, bob, carol)
    await bob.hangs_up()
    call.left(bob)
    call.answered(carol)
    call.transfer("attended", bob, carol)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await carol.is_idle()
    return [truth]


@scenario("internal: 101 calls 102 and hands 102 to 103 by *2", lab_only=True)
async def feature_code_transfer_internal_by_caller(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await asks_by_code(call, pbx, alice, carol)
    await alice.hangs_up()
    call.answered(carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.0)
    await bob.hangs_up()
    truth = call.ended(bob)
    await carol.is_idle()
    return [truth]


@scenario("click-to-dial by 101, who hands the customer to 102 by REFER", lab_only=True)
async def click_to_dial_then_blind(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await clicked(pbx, alice, customer)
    await hands_blind(call, pbx, alice, bob)
    return [await called_hangs_up(call, customer, bob)]


@scenario("click-to-dial by 101, who hands the customer to 102 after asking", lab_only=True)
async def click_to_dial_then_attended(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await clicked(pbx, alice, customer)
    await asks(call, pbx, alice, bob)
    await joins(call, pbx, alice, bob)
    await bob.hangs_up()
    truth = call.ended(bob)
    await customer.is_idle()
    return [truth]


@scenario("click-to-dial by 101, who hands the customer to 102 by *2", lab_only=True)
async def click_to_dial_then_feature_code(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await clicked(pbx, alice, customer)
    await asks_by_code(call, pbx, alice, bob)
    await alice.hangs_up()
    call.left(alice)
    call.answered(bob)
    call.transfer("attended", alice, bob)
    await pbx.passes(1.0)
    return [await called_hangs_up(call, customer, bob)]


# -- click-to-dial that does not get far ---------------------------------------------------------------------------


@scenario("click-to-dial: 101 picks up, the customer rings and refuses with 603", lab_only=True)
async def click_to_dial_customer_rejects(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await _originated(pbx, "outbound", f"{pbx.technology}/101", "101", OUTSIDE)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.8)
    await alice.answers()
    call.picked_up_without_customer(alice)
    await customer.rings()
    await pbx.passes(1.0)
    await customer.rejects()
    await alice.is_idle()
    return [call.ended("system", "rejected")]


@scenario("click-to-dial: 101 picks up, the customer rings 15 s and does not answer", lab_only=True)
async def click_to_dial_customer_no_answer(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await _originated(pbx, "outbound", f"{pbx.technology}/101", "101", OUTSIDE)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.8)
    await alice.answers()
    call.picked_up_without_customer(alice)
    await customer.rings()
    await pbx.passes(12.0)
    await alice.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("click-to-dial: 101 refuses", "the customer was never dialled", lab_only=True)
async def click_to_dial_agent_rejects(pbx: PhoneSystem) -> list[Expected]:
    alice = pbx.phone("101")
    call = await _originated(pbx, "outbound", f"{pbx.technology}/101", "101", OUTSIDE)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.0)
    await alice.rejects()
    call.refused(alice, "rejected")
    return [call.ended("system", "rejected")]


@scenario("click-to-dial through a Local channel (Local/101@internal/n); the customer hangs up", lab_only=True)
async def click_to_dial_by_local(pbx: PhoneSystem) -> list[Expected]:
    return await _clicked_by_local(pbx, "/n")


@scenario("click-to-dial through a Local channel that is optimised away; the customer hangs up", lab_only=True)
async def click_to_dial_by_local_optimised(pbx: PhoneSystem) -> list[Expected]:
    return await _clicked_by_local(pbx, "")


async def _clicked_by_local(pbx: PhoneSystem, options: str) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await _originated(pbx, "outbound", f"Local/101@internal{options}", "101", OUTSIDE)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.8)
    await alice.answers()
    await customer.rings()
    await pbx.passes(0.8)
    await customer.answers()
    await customer.talks()
    call.far_party_answered(alice)
    await pbx.passes(1.5)
    return [await called_hangs_up(call, customer, alice)]


@scenario("click-to-dial of a colleague: 101 picks up, 102 does not answer", lab_only=True)
async def click_to_dial_internal_no_answer(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await _originated(pbx, "internal", f"{pbx.technology}/101", "101", "102")
    await alice.rings()
    await pbx.passes(0.8)
    await alice.answers()
    await bob.rings()
    call.rang(bob)
    await bob.is_idle()
    await alice.is_idle()
    return [call.ended("system", "no_answer")]


# -- second lines --------------------------------------------------------------------------------------------------


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


@scenario("internal: 101 talks to 102, 103 calls 101, who holds 102, takes it, ends it and goes back", lab_only=True)
async def call_waiting_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    first = await _talking_internal(pbx, bob, alice)
    second = await internal(pbx, carol, "101")
    await alice.rings()
    second.rang(alice)
    await pbx.passes(0.8)
    await alice.holds()
    first.held(alice)
    await picks_up(second, alice)
    await pbx.passes(1.0)
    await alice.hangs_up()
    other = second.ended(alice)
    await carol.is_idle()
    await alice.retrieves()
    first.retrieved(alice)
    await pbx.passes(1.0)
    await bob.hangs_up()
    truth = first.ended(bob)
    await alice.is_idle()
    return [truth, other]


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


# -- parking -------------------------------------------------------------------------------------------------------


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


@scenario(
    "a program parks the caller for 101 (AMI Park); 104 retrieves it",
    "`TimeoutChannel` is whom Asterisk names as the one who parked",
    lab_only=True,
)
async def park_by_program(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    trunk, alices = await ami.channel_of(pbx, "trunk"), await ami.channel_of(pbx, "101")
    await ami.act(pbx, "Park", Channel=trunk, TimeoutChannel=alices, AnnounceChannel=alices)
    call.left(alice)
    await pbx.passes(2.0)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, dave)]


# -- programs ------------------------------------------------------------------------------------------------------


@scenario("a program hands the caller to 102 (AMI BlindTransfer of the channel of 101)", lab_only=True)
async def blind_transfer_by_program(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await ami.act(pbx, "BlindTransfer", Channel=await ami.channel_of(pbx, "101"), Exten="102", Context="internal")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    call.transfer("blind", alice, bob)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("a program sends the caller to 102 and 101 to the conference room (AMI Redirect of both)", lab_only=True)
async def redirect_of_both(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    trunk, alices = await ami.channel_of(pbx, "trunk"), await ami.channel_of(pbx, "101")
    call.left(alice)
    await ami.act(
        pbx,
        "Redirect",
        Channel=trunk,
        ExtraChannel=alices,
        Exten="102",
        ExtraExten="900",
        Context="internal",
        ExtraContext="internal",
        Priority="1",
        ExtraPriority="1",
    )
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    call.transfer("redirect", None, bob)
    await pbx.passes(0.5)
    await alice.hangs_up()
    await pbx.passes(0.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("a program ends the call: AMI Hangup of the customer's channel", lab_only=True)
async def program_hangs_up_on_customer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await ami.act(pbx, "Hangup", Channel=await ami.channel_of(pbx, "trunk"), Cause="16")
    await caller.is_idle()
    truth = call.ended("system")
    await alice.is_idle()
    return [truth]


@scenario("a program ends a ringing call: AMI Hangup of the customer's channel", lab_only=True)
async def program_ends_ringing(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.0)
    await ami.act(pbx, "Hangup", Channel=await ami.channel_of(pbx, "trunk"))
    await caller.is_idle()
    truth = call.ended("system", "no_answer")
    await alice.is_idle()
    return [truth]


@scenario("a recording is started and stopped in mid-call, and started again (AMI MixMonitor)", lab_only=True)
async def recorded_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    alices = await ami.channel_of(pbx, "101")
    await ami.act(pbx, "MixMonitor", Channel=alices, File="first.wav")
    call.truth.recorded = True
    await pbx.passes(1.0)
    await ami.act(pbx, "StopMixMonitor", Channel=alices)
    await pbx.passes(0.5)
    await ami.act(pbx, "MixMonitor", Channel=alices, File="second.wav")
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


# -- forwards ------------------------------------------------------------------------------------------------------


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


@scenario("internal: 101 calls 102, which sends it on to 103 (302); 103 answers", lab_only=True)
async def forward_302_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.5)
    await bob.forwards_to("103")
    call.refused(bob, "forwarded")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(0.8)
    await picks_up(call, carol)
    call.transfer("forward", bob, carol)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await carol.is_idle()
    return [truth]


# -- groups, queue, menu, conference -------------------------------------------------------------------------------


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
    call = await inbound(pbx, caller, "4951110900")
    await caller.talks()
    await pbx.passes(0.5)
    for phone in (alice, bob, carol):
        await phone.dials("900")
        await phone.talks()
        call.answered(phone)
        await pbx.passes(0.8)
    call.conferenced()
    await bob.hangs_up()
    call.left(bob)
    await pbx.passes(1.0)
    await bob.dials("900")
    await bob.talks()
    call.answered(bob)
    await pbx.passes(1.0)
    await caller.hangs_up()
    truth = call.ended("caller")
    for phone in (alice, bob, carol):
        await phone.hangs_up()
    return [truth]


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


@scenario("internal: 101 calls 102 and hangs up in *2 while 103 rings; 103 answers 102", lab_only=True)
async def blonde_transfer_internal_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, bob, alice)
    await alice.presses("*2")
    await pbx.passes(1.0)
    await alice.presses("103")
    await carol.rings()
    await pbx.passes(0.8)
    await alice.hangs_up()
    call.left(alice)
    call.consultation(alice, carol, answered=False)
    await pbx.passes(1.0)
    await picks_up(call, carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.0)
    await bob.hangs_up()
    truth = call.ended(bob)
    await carol.is_idle()
    return [truth]


@scenario("internal: 101 talks to 102 and asks 103 by *2, who hangs up: 101 is back with 102", lab_only=True)
async def feature_code_transfer_internal_declined(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await asks_by_code(call, pbx, bob, carol)
    await carol.hangs_up()
    call.transfer("attended", bob, carol, completed=False)
    await pbx.passes(2.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await bob.is_idle()
    return [truth]


@scenario("internal: 102 asks 103 by *2; 101, who waits, hangs up meanwhile", lab_only=True)
async def feature_code_transfer_internal_abandoned(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await asks_by_code(call, pbx, bob, carol)
    await alice.hangs_up()
    call.transfer("attended", bob, carol, completed=False)
    truth = call.ended(alice)
    await pbx.passes(1.0)
    await bob.hangs_up()
    await carol.is_idle()
    return [truth]


@scenario("internal: 101 calls 102, who asks a customer by *2 and hands 101 over", lab_only=True)
async def feature_code_transfer_internal_outside(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, partner = pbx.phone("101"), pbx.phone("102"), pbx.outsider(OUTSIDE)
    call = await _talking_internal(pbx, alice, bob)
    await bob.presses("*2")
    await pbx.passes(1.0)
    await bob.presses(OUTSIDE)
    await partner.rings()
    await pbx.passes(0.8)
    await partner.answers()
    await partner.talks()
    call.consultation(bob, OUTSIDE_E164, answered=True)
    await pbx.passes(1.0)
    await bob.hangs_up()
    call.left(bob)
    call.transfer("attended", bob, OUTSIDE_E164)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await partner.is_idle()
    return [truth]


@scenario("internal: 101 calls 102, who hands 101 to 103 by REFER while 103 rings (blonde)", lab_only=True)
async def blonde_transfer_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await bob.holds()
    call.held(bob)
    await pbx.passes(0.5)
    await bob.dials("103")
    await carol.rings()
    await pbx.passes(0.8)
    await bob.completes_transfer()
    call.retrieved(bob)
    call.left(bob)
    call.consultation(bob, carol, answered=False)
    await pbx.passes(1.0)
    await picks_up(call, carol)
    call.transfer("attended", bob, carol)
    await pbx.passes(1.0)
    await carol.hangs_up()
    truth = call.ended(carol)
    await alice.is_idle()
    return [truth]


@scenario("internal: 101 calls 102 and hands 102 to 103 by REFER", lab_only=True)
async def blind_transfer_internal_by_caller(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    await alice.transfers_to("103")
    await carol.rings()
    call.rang(carol)
    call.left(bob)
    await pbx.passes(0.8)
    call.answered(bob)
    await picks_up(call, carol)
    call.transfer("blind", alice, carol)
    await pbx.passes(1.0)
    await bob.hangs_up()
    truth = call.ended(bob)
    await carol.is_idle()
    return [truth]


@scenario("a program sends the caller from 101 to the menu (AMI Redirect), who presses 1: 101 again", lab_only=True)
async def redirect_to_menu(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    trunk = await ami.channel_of(pbx, "trunk")
    await ami.act(pbx, "Redirect", Channel=trunk, Exten="800", Context="internal", Priority="1")
    call.transfer("redirect", None, "800")
    await alice.is_idle()
    await pbx.passes(1.5)
    await caller.presses("1")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.5)
    await picks_up(call, alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("a program sends the caller and 101 to the conference room (AMI Redirect of both); 102 joins", lab_only=True)
async def redirect_of_both_to_conference(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    trunk, alices = await ami.channel_of(pbx, "trunk"), await ami.channel_of(pbx, "101")
    await ami.act(
        pbx,
        "Redirect",
        Channel=trunk,
        ExtraChannel=alices,
        Exten="900",
        ExtraExten="900",
        Context="internal",
        ExtraContext="internal",
        Priority="1",
        ExtraPriority="1",
    )
    call.transfer("redirect", None, "900")
    await pbx.passes(1.0)
    await bob.dials("900")
    await bob.talks()
    call.answered(bob)
    await pbx.passes(1.0)
    call.conferenced()
    await caller.hangs_up()
    truth = call.ended("caller")
    await alice.hangs_up()
    await bob.hangs_up()
    return [truth]


@scenario("internal: a program sends 101 from 102 to 103 (AMI Redirect)", lab_only=True)
async def redirect_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await _talking_internal(pbx, alice, bob)
    call.left(bob)
    alices = await ami.channel_of(pbx, "101")
    await ami.act(pbx, "Redirect", Channel=alices, Exten="103", Context="internal", Priority="1")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(0.8)
    await picks_up(call, carol)
    call.transfer("redirect", None, carol)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await carol.is_idle()
    return [truth]


@scenario("click-to-dial by a Local channel; 101 then hands the customer to 102 by REFER", lab_only=True)
async def click_to_dial_by_local_then_blind(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await _originated(pbx, "outbound", "Local/101@internal", "101", OUTSIDE)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(0.8)
    await alice.answers()
    await customer.rings()
    await pbx.passes(0.8)
    await customer.answers()
    await customer.talks()
    call.far_party_answered(alice)
    await pbx.passes(1.5)
    await hands_blind(call, pbx, alice, bob)
    return [await called_hangs_up(call, customer, bob)]


@scenario("click-to-dial by a Local channel: 101 does not answer", lab_only=True)
async def click_to_dial_by_local_no_answer(pbx: PhoneSystem) -> list[Expected]:
    alice = pbx.phone("101")
    call = await _originated(pbx, "outbound", "Local/101@internal/n", "101", OUTSIDE)
    await alice.rings()
    call.rang(alice)
    await alice.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("click-to-dial: 101 picks up, the customer answers; 101 holds, retrieves, hangs up", lab_only=True)
async def click_to_dial_with_hold(pbx: PhoneSystem) -> list[Expected]:
    customer, alice = pbx.outsider(OUTSIDE), pbx.phone("101")
    call = await clicked(pbx, alice, customer)
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.0)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(0.5)
    await alice.hangs_up()
    truth = call.ended(alice)
    await customer.is_idle()
    return [truth]


@scenario("click-to-dial to the queue: 101 picks up, 102 answers", lab_only=True)
async def click_to_dial_to_queue(pbx: PhoneSystem) -> list[Expected]:
    bob, carol = pbx.phone("102"), pbx.phone("103")
    alice = pbx.phone("101")
    call = await _originated(pbx, "internal", f"{pbx.technology}/103", "103", "500")
    call.truth.queue = "sales"
    await carol.rings()
    await pbx.passes(0.5)
    await carol.answers()
    await alice.rings()
    await bob.rings()
    call.rang(alice, bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    await carol.hangs_up()
    truth = call.ended(carol)
    await bob.is_idle()
    return [truth]


@scenario("internal: 103 calls the queue; 102 answers, holds and hands 103 to 104", lab_only=True)
async def internal_to_queue(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol, dave = (pbx.phone(name) for name in ("101", "102", "103", "104"))
    call = await internal(pbx, carol, "500")
    call.truth.queue = "sales"
    await all_ring(call, alice, bob)
    await pbx.passes(0.8)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    await hands_blind(call, pbx, bob, dave)
    await carol.hangs_up()
    truth = call.ended(carol)
    await dave.is_idle()
    return [truth]


@scenario("internal: 101 calls 102 and parks it by REFER to 700; 104 retrieves it", lab_only=True)
async def park_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, dave = pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await _talking_internal(pbx, alice, bob)
    call.left(bob)
    await bob.transfers_to("700")
    await pbx.passes(1.5)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", bob, dave)
    await pbx.passes(1.0)
    await dave.hangs_up()
    truth = call.ended(dave)
    await alice.is_idle()
    return [truth]


@scenario("101 has called a customer and parks them; 104 retrieves them", lab_only=True)
async def park_of_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, dave = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("104")
    call = await talking_outbound(pbx, alice, customer)
    call.left(alice)
    await alice.transfers_to("700")
    await pbx.passes(1.5)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.0)
    return [await called_hangs_up(call, customer, dave)]


@scenario("a parked caller is retrieved by 104 and handed to 102 after asking", lab_only=True)
async def park_then_attended(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, dave = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("700")
    await pbx.passes(1.5)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.0)
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


@scenario("101 asks 102 on a second line and joins; 102 parks; 103 retrieves", lab_only=True)
async def attended_then_park(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks(call, pbx, alice, bob)
    await joins(call, pbx, alice, bob)
    call.left(bob)
    await bob.transfers_to("700")
    await pbx.passes(1.5)
    await carol.dials("701")
    await carol.talks()
    call.answered(carol)
    call.transfer("park", bob, carol)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, carol)]


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
    await asks_by_code(call, pbx, alice, bob)
    await alice.hangs_up()
    call.left(alice)
    call.answered(bob)
    call.transfer("attended", alice, bob)
    await pbx.passes(1.0)
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
    call.left(alice)
    await alice.transfers_to("700")
    await pbx.passes(1.5)
    await dave.dials("701")
    await dave.talks()
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, dave)]


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
