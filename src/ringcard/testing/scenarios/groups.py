"""Calls that are distributed: ring group, queue, menu, voicemail, pickup."""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, customer_hangs_up, inbound, internal, picks_up

SALES = "4951110500"
SALES_IMPATIENT = "4951110501"
"""The same queue, which gives up after 4 s."""


async def _all_ring(call: Witness, *phones: Phone) -> None:
    for phone in phones:
        await phone.rings()
    call.rang(*phones)


@scenario("ring group 101, 102, 103; 102 answers and hangs up", main=True)
async def ring_group(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110600")
    await _all_ring(call, alice, bob, carol)
    await pbx.passes(1.5)
    await picks_up(call, bob)
    await alice.is_idle()
    await carol.is_idle()
    await pbx.passes(1.5)
    await bob.hangs_up()
    truth = call.ended(bob)
    await caller.is_idle()
    return [truth]


@scenario("ring group, nobody answers", main=True)
async def ring_group_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110601")
    await _all_ring(call, alice, bob, carol)
    await caller.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("ring group, the caller gives up", main=True)
async def ring_group_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110600")
    await _all_ring(call, alice, bob, carol)
    await pbx.passes(2.0)
    await caller.hangs_up()
    truth = call.ended("caller", "abandoned")
    for phone in (alice, bob, carol):
        await phone.is_idle()
    return [truth]


@scenario("ring group made of Local channels that stay; 102 answers")
async def ring_group_of_locals(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, "4951110602")
    await _all_ring(call, alice, bob)
    await pbx.passes(1.5)
    await picks_up(call, bob)
    await alice.is_idle()
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("queue: 101 refuses, 102 answers", main=True)
async def queue_reject_then_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, SALES, queue="sales")
    await _all_ring(call, alice, bob)
    await pbx.passes(1.0)
    await alice.rejects()
    call.refused(alice, "rejected")
    await pbx.passes(1.0)
    await picks_up(call, bob)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("queue: 101 and 102 ring, the caller gives up", "only music answered the caller", main=True)
async def queue_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, SALES, queue="sales")
    await _all_ring(call, alice, bob)
    await pbx.passes(2.0)
    await caller.hangs_up()
    truth = call.ended("caller", "abandoned")
    await alice.is_idle()
    await bob.is_idle()
    return [truth]


@scenario("queue: nobody answers until the queue gives up", main=True)
async def queue_times_out(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, SALES_IMPATIENT, queue="sales")
    await _all_ring(call, alice, bob)
    await caller.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("queue: both agents refuse, the caller waits a little and gives up", main=True)
async def queue_all_reject(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller("+74951234567"), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, SALES, queue="sales")
    await _all_ring(call, alice, bob)
    await pbx.passes(1.0)
    for phone in (alice, bob):
        await phone.rejects()
        call.refused(phone, "rejected")
    await pbx.passes(2.0)
    await caller.hangs_up()
    return [call.ended("caller", "abandoned")]


@scenario("103 joins the queue, 101 is paused: 102 and 103 ring, 103 answers; then both changes are undone")
async def queue_dynamic_members(pbx: PhoneSystem) -> list[Expected]:
    caller, bob, carol = pbx.caller("+74951234567"), pbx.phone("102"), pbx.phone("103")
    alices, carols = f"{pbx.technology}/101", f"{pbx.technology}/103"
    await ami.act(pbx, "QueueAdd", Queue="sales", Interface=carols)
    await ami.act(pbx, "QueuePause", Queue="sales", Interface=alices, Paused="true")
    try:
        call = await inbound(pbx, caller, SALES, queue="sales")
        await _all_ring(call, bob, carol)
        await pbx.passes(1.5)
        await picks_up(call, carol)
        await pbx.passes(1.5)
        await carol.hangs_up()
        truth = call.ended(carol)
        await caller.is_idle()
    finally:
        await ami.act(pbx, "QueueRemove", Queue="sales", Interface=carols)
        await ami.act(pbx, "QueuePause", Queue="sales", Interface=alices, Paused="false")
    return [truth]


@scenario("menu: the caller presses 1, 101 rings and answers", main=True)
async def ivr_digit(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951110800")
    await caller.talks()
    await pbx.passes(1.5)
    await caller.presses("1")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.5)
    await picks_up(call, alice)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("menu: the caller dials the extension 103, who answers and hangs up", main=True)
async def ivr_extension(pbx: PhoneSystem) -> list[Expected]:
    caller, carol = pbx.caller(), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110800")
    await caller.talks()
    await pbx.passes(1.5)
    await caller.presses("103")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(1.5)
    await picks_up(call, carol)
    await pbx.passes(1.5)
    await carol.hangs_up()
    truth = call.ended(carol)
    await caller.is_idle()
    return [truth]


@scenario("menu: the caller presses 2 for the queue; 102 answers")
async def ivr_to_queue(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, "4951110800", queue="sales")
    await caller.talks()
    await pbx.passes(1.5)
    await caller.presses("2")
    await _all_ring(call, alice, bob)
    await pbx.passes(1.0)
    await picks_up(call, bob)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("menu: the caller hangs up in it", "nobody was called", main=True)
async def ivr_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller()
    call = await inbound(pbx, caller, "4951110800")
    await caller.talks()
    await pbx.passes(2.0)
    await caller.hangs_up()
    return [call.ended("caller", "abandoned")]


@scenario("menu: the caller presses nothing until the menu gives up", "nobody was called and nobody hung up", main=True)
async def ivr_times_out(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller()
    call = await inbound(pbx, caller, "4951110800")
    await caller.talks()
    await caller.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("101 does not answer, the caller hangs up during the greeting of the voicemail", main=True)
async def voicemail_no_message(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951115101")
    await alice.rings()
    call.rang(alice)
    await alice.is_idle()
    call.refused(alice, "no_answer")
    await caller.talks()
    await pbx.passes(1.5)
    await caller.hangs_up()
    return [call.ended("caller", "abandoned")]


@scenario("101 does not answer, the caller leaves a message", "a machine answered: abandoned", main=True)
async def voicemail_message(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await inbound(pbx, caller, "4951115101")
    await alice.rings()
    call.rang(alice)
    await alice.is_idle()
    call.refused(alice, "no_answer")
    await caller.talks()
    # the greeting takes 4 s, then the message
    await pbx.passes(7.0)
    await caller.hangs_up()
    return [call.ended("caller", "abandoned")]


@scenario("101 rings, 104 dials *8 and gets the call", main=True)
async def pickup_group(pbx: PhoneSystem) -> list[Expected]:
    return await _picked_up(pbx, "*8")


@scenario("101 rings, 104 dials **101 and gets the call", main=True)
async def pickup_directed(pbx: PhoneSystem) -> list[Expected]:
    return await _picked_up(pbx, "**101")


async def _picked_up(pbx: PhoneSystem, code: str) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.5)
    await dave.dials(code)
    await dave.talks()
    call.answered(dave)
    call.transfer("pickup", dave, dave)
    await alice.is_idle()
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, dave)]


@scenario(
    "104 dials *8 while nothing rings",
    "an attempt to reach somebody inside that reached nobody; no customer was in it",
)
async def pickup_of_nothing(pbx: PhoneSystem) -> list[Expected]:
    dave = pbx.phone("104")
    call = await internal(pbx, dave, "*8")
    await dave.is_idle()
    return [call.ended("system", "failed")]
