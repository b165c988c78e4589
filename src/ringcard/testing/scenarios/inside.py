"""Calls between colleagues that go on: handed over, parked, forwarded, taken elsewhere.

On a real Asterisk only, as `further`, whose words it uses.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import (
    OUTSIDE,
    OUTSIDE_E164,
    all_ring,
    asks_by_code,
    hands_blind,
    hands_over_by_code,
    parks_and_fetches,
    talking_internal,
)
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import (
    internal,
    picks_up,
)


@scenario("internal: 101 calls 102, who hands 101 to 103 by *2", lab_only=True)
async def feature_code_transfer_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking_internal(pbx, alice, bob)
    await hands_over_by_code(call, pbx, bob, carol)
    await alice.hangs_up()
    truth = call.ended(alice)
    await carol.is_idle()
    return [truth]


@scenario("internal: 101 calls 102 and hands 102 to 103 by *2", lab_only=True)
async def feature_code_transfer_internal_by_caller(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking_internal(pbx, alice, bob)
    await asks_by_code(call, pbx, alice, carol)
    await alice.hangs_up()
    call.answered(carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.0)
    await bob.hangs_up()
    truth = call.ended(bob)
    await carol.is_idle()
    return [truth]


@scenario("internal: 101 talks to 102, 103 calls 101, who holds 102, takes it, ends it and goes back", lab_only=True)
async def call_waiting_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    first = await talking_internal(pbx, bob, alice)
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


@scenario("internal: 101 calls 102 and hangs up in *2 while 103 rings; 103 answers 102", lab_only=True)
async def blonde_transfer_internal_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking_internal(pbx, bob, alice)
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
    call = await talking_internal(pbx, alice, bob)
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
    call = await talking_internal(pbx, alice, bob)
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
    call = await talking_internal(pbx, alice, bob)
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
    call = await talking_internal(pbx, alice, bob)
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
    call = await talking_internal(pbx, alice, bob)
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


@scenario("internal: a program sends 101 from 102 to 103 (AMI Redirect)", lab_only=True)
async def redirect_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking_internal(pbx, alice, bob)
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
    call = await talking_internal(pbx, alice, bob)
    await parks_and_fetches(call, pbx, bob, dave)
    await dave.hangs_up()
    truth = call.ended(dave)
    await alice.is_idle()
    return [truth]


@scenario(
    "internal: 101 calls 102, who hands 101 to 103 by REFER; 101 hangs up while 103 rings",
    "who was handed on talks with nobody, and ends the call all the same",
    lab_only=True,
)
async def blind_transfer_internal_given_up(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking_internal(pbx, alice, bob)
    call.left(bob)
    await bob.transfers_to("103")
    await carol.rings()
    call.rang(carol)
    call.transfer("blind", bob, carol, completed=False)
    await pbx.passes(1.0)
    call.refused(carol, "cancelled")
    await alice.hangs_up()
    truth = call.ended(alice)
    await carol.is_idle()
    return [truth]


@scenario(
    "internal: 101 calls 102 and holds it for a while",
    "the talk that counts is 102's, and a part of it is on hold",
    lab_only=True,
)
async def hold_internal_by_caller(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await talking_internal(pbx, alice, bob)
    await alice.holds()
    call.held(alice)
    await pbx.passes(2.5)
    await alice.retrieves()
    call.retrieved(alice)
    await pbx.passes(1.0)
    await bob.hangs_up()
    truth = call.ended(bob)
    await alice.is_idle()
    return [truth]


@scenario(
    "internal: 101 calls 102 and parks it by REFER to 700; 104 retrieves it",
    "101 hears for seconds yet where 102 is parked: its line stays in the bridge, and talks with nobody",
    lab_only=True,
)
async def park_internal_by_caller(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, dave = pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await talking_internal(pbx, alice, bob)
    call.left(bob)
    await alice.transfers_to("700")
    await alice.is_idle()
    await pbx.passes(1.5)
    await dave.dials("701")
    await dave.talks()
    call.answered(bob)
    call.answered(dave)
    call.transfer("park", alice, dave)
    await pbx.passes(1.0)
    await dave.hangs_up()
    truth = call.ended(dave)
    await bob.is_idle()
    return [truth]


@scenario("internal: 101 calls 102 and parks it; 104 retrieves it and parks it again; 105 retrieves it", lab_only=True)
async def park_internal_twice(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, dave, erin = (pbx.phone(name) for name in ("101", "102", "104", "105"))
    call = await talking_internal(pbx, alice, bob)
    for giver, taker in ((alice, dave), (dave, erin)):
        call.left(bob)
        if giver is dave:
            call.left(dave)
        await giver.transfers_to("700")
        await giver.is_idle()
        await pbx.passes(1.5)
        await taker.dials("701")
        await taker.talks()
        call.answered(bob)
        call.answered(taker)
        call.transfer("park", giver, taker)
        await pbx.passes(1.0)
    await erin.hangs_up()
    truth = call.ended(erin)
    await bob.is_idle()
    return [truth]
