"""Calls that the company makes: by hand, inside and out, and by a program (click-to-dial)."""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import Witness, internal, outbound, picks_up, refusing

CUSTOMER = "84957654321"


@scenario("101 dials a customer, who answers; 101 hangs up", main=True)
async def outbound_dialled(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(CUSTOMER)
    call = await outbound(pbx, alice, CUSTOMER)
    await customer.rings()
    await pbx.passes(1.5)
    await customer.answers()
    await alice.talks()
    call.far_party_answered(alice)
    await pbx.passes(1.5)
    await alice.hangs_up()
    truth = call.ended(alice)
    await customer.is_idle()
    return [truth]


@scenario("101 dials a customer, who answers and hangs up", main=True)
async def outbound_customer_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(CUSTOMER)
    call = await outbound(pbx, alice, CUSTOMER)
    await customer.rings()
    await pbx.passes(1.5)
    await customer.answers()
    await alice.talks()
    call.far_party_answered(alice)
    await pbx.passes(1.5)
    await customer.hangs_up()
    truth = call.ended("called")
    await alice.is_idle()
    return [truth]


@scenario("102 dials a number abroad: busy", main=True)
async def outbound_busy(pbx: PhoneSystem) -> list[Expected]:
    bob, abroad = pbx.phone("102"), pbx.outsider("+49301234567")
    async with refusing(abroad):
        call = await outbound(pbx, bob, "+49301234567")
        await bob.is_idle()
        return [call.ended("system", "busy")]


@scenario("101 dials a customer, nobody answers, 101 gives up", main=True)
async def outbound_given_up(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(CUSTOMER)
    call = await outbound(pbx, alice, CUSTOMER)
    await customer.rings()
    await pbx.passes(2.0)
    await alice.hangs_up()
    truth = call.ended(alice, "no_answer")
    await customer.is_idle()
    return [truth]


@scenario("101 calls 102, who answers and hangs up", main=True)
async def internal_answered(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.5)
    await picks_up(call, bob)
    await pbx.passes(1.5)
    await bob.hangs_up()
    truth = call.ended(bob)
    await alice.is_idle()
    return [truth]


@scenario("101 calls 102 and gives up", main=True)
async def internal_given_up(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.5)
    await alice.hangs_up()
    truth = call.ended(alice, "no_answer")
    await bob.is_idle()
    return [truth]


@scenario("101 calls 102, whose phone is busy", main=True)
async def internal_busy(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    async with refusing(bob):
        call = await internal(pbx, alice, "102")
        call.refused(bob, "busy")
        await alice.is_idle()
        return [call.ended("system", "busy")]


async def _originated(pbx: PhoneSystem, direction: str, device: str, number: str) -> Witness:
    """A program asks `device` to call `number`: the phone rings first."""
    call = Witness(pbx, direction, device, number)
    await ami.act(
        pbx,
        "Originate",
        Channel=f"{pbx.technology}/{device}",
        Context="internal",
        Exten=number,
        Priority="1",
        CallerID=f"<{device}>",
        Timeout="8000",
        Async="true",
    )
    return call


@scenario("click-to-dial: 101 picks up, the customer answers and hangs up", main=True)
async def click_to_dial_answered(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(CUSTOMER)
    call = await _originated(pbx, "outbound", "101", CUSTOMER)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.0)
    await alice.answers()
    await customer.rings()
    await pbx.passes(1.5)
    await customer.answers()
    await customer.talks()
    call.far_party_answered(alice)
    await pbx.passes(1.5)
    await customer.hangs_up()
    truth = call.ended("called")
    await alice.is_idle()
    return [truth]


@scenario("click-to-dial: 101 rings 8 s and does not pick up", "the customer was never dialled", main=True)
async def click_to_dial_agent_no_answer(pbx: PhoneSystem) -> list[Expected]:
    alice = pbx.phone("101")
    call = await _originated(pbx, "outbound", "101", CUSTOMER)
    await alice.rings()
    call.rang(alice)
    await alice.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("click-to-dial: 101 picks up, the customer is busy", main=True)
async def click_to_dial_customer_busy(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(CUSTOMER)
    async with refusing(customer):
        call = await _originated(pbx, "outbound", "101", CUSTOMER)
        await alice.rings()
        call.rang(alice)
        await pbx.passes(1.5)
        await alice.answers()
        call.picked_up_without_customer(alice)
        await alice.is_idle()
        return [call.ended("system", "busy")]


@scenario("click-to-dial: 101 picks up, the customer rings, 101 gives up")
async def click_to_dial_given_up(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(CUSTOMER)
    call = await _originated(pbx, "outbound", "101", CUSTOMER)
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.0)
    await alice.answers()
    call.picked_up_without_customer(alice)
    await customer.rings()
    await pbx.passes(1.5)
    await alice.hangs_up()
    truth = call.ended(alice, "no_answer")
    await customer.is_idle()
    return [truth]


@scenario("click-to-dial of a colleague: 101 picks up, 102 answers, 101 hangs up")
async def click_to_dial_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await _originated(pbx, "internal", "101", "102")
    await alice.rings()
    await pbx.passes(1.0)
    await alice.answers()
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.0)
    await picks_up(call, bob)
    await pbx.passes(1.5)
    await alice.hangs_up()
    truth = call.ended(alice)
    await bob.is_idle()
    return [truth]
