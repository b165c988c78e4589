"""Click-to-dial that goes on, or does not get far.

On a real Asterisk only, as `further`, whose words it uses.
"""

from __future__ import annotations

from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import (
    OUTSIDE,
    asks,
    called_hangs_up,
    clicked,
    hands_blind,
    hands_over_by_code,
    joins,
    originated,
)
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import (
    picks_up,
)


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
    await hands_over_by_code(call, pbx, alice, bob)
    return [await called_hangs_up(call, customer, bob)]


@scenario("click-to-dial: 101 picks up, the customer rings and refuses with 603", lab_only=True)
async def click_to_dial_customer_rejects(pbx: PhoneSystem) -> list[Expected]:
    alice, customer = pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await originated(pbx, "outbound", f"{pbx.technology}/101", "101", OUTSIDE)
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
    call = await originated(pbx, "outbound", f"{pbx.technology}/101", "101", OUTSIDE)
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
    call = await originated(pbx, "outbound", f"{pbx.technology}/101", "101", OUTSIDE)
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
    call = await originated(pbx, "outbound", f"Local/101@internal{options}", "101", OUTSIDE)
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
    call = await originated(pbx, "internal", f"{pbx.technology}/101", "101", "102")
    await alice.rings()
    await pbx.passes(0.8)
    await alice.answers()
    await bob.rings()
    call.rang(bob)
    await bob.is_idle()
    await alice.is_idle()
    return [call.ended("system", "no_answer")]


@scenario("click-to-dial by a Local channel; 101 then hands the customer to 102 by REFER", lab_only=True)
async def click_to_dial_by_local_then_blind(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await originated(pbx, "outbound", "Local/101@internal", "101", OUTSIDE)
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
    call = await originated(pbx, "outbound", "Local/101@internal/n", "101", OUTSIDE)
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
    call = await originated(pbx, "internal", f"{pbx.technology}/103", "103", "500")
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
