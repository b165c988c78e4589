"""Transfers without asking first: blind by the phone, by feature code, by a program; and what comes of them."""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import customer_hangs_up, inbound, internal, picks_up, refusing, talking

OUTSIDE = "84957654321"
OUTSIDE_E164 = "+74957654321"


@scenario("101 hands the caller to 102 by REFER; 102 answers", main=True)
async def blind_transfer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.5)
    await picks_up(call, bob)
    call.transfer("blind", alice, bob)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 hands the caller to 102 by REFER, 102 is busy, and the call is over", main=True)
async def blind_transfer_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    async with refusing(bob):
        call.left(alice)
        await alice.transfers_to("102")
        call.transfer("blind", alice, bob, completed=False)
        call.refused(bob, "busy")
        await caller.is_idle()
        return [call.ended("system")]


@scenario("101 hands the caller to 102 by REFER, 102 is busy; the dialplan returns the caller to 101", main=True)
async def blind_transfer_busy_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice, "4951111101")
    async with refusing(bob):
        call.left(alice)
        await alice.transfers_to("102")
        call.transfer("blind", alice, bob, completed=False)
        call.refused(bob, "busy")
        await alice.rings()
        await pbx.passes(1.0)
        await picks_up(call, alice)
        await pbx.passes(1.5)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 hands the caller to 102 by REFER; 102 rings 8 s, and the call is over")
async def blind_transfer_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("102")
    await bob.rings()
    call.rang(bob)
    call.transfer("blind", alice, bob, completed=False)
    await bob.is_idle()
    call.refused(bob, "no_answer")
    await caller.is_idle()
    return [call.ended("system")]


@scenario("101 hands the caller to 102 by REFER; the caller hangs up while 102 rings")
async def blind_transfer_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("102")
    await bob.rings()
    call.rang(bob)
    call.transfer("blind", alice, bob, completed=False)
    await pbx.passes(1.5)
    await caller.hangs_up()
    call.refused(bob, "cancelled")
    truth = call.ended("caller")
    await bob.is_idle()
    return [truth]


@scenario("101 hands the caller to 102 by the feature code #1", main=True)
async def blind_transfer_by_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    await alice.presses("#1")
    await pbx.passes(1.0)
    await alice.presses("102")
    await bob.rings()
    call.left(alice)
    call.rang(bob)
    await pbx.passes(1.5)
    await picks_up(call, bob)
    call.transfer("blind", alice, bob)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 hands the caller to a number outside by REFER; it is answered; the caller hangs up")
async def blind_transfer_outside(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, partner = pbx.caller(), pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to(OUTSIDE)
    await partner.rings()
    await pbx.passes(1.5)
    await partner.answers()
    call.transfer("blind", alice, OUTSIDE_E164)
    await pbx.passes(1.5)
    await caller.hangs_up()
    truth = call.ended("caller")
    await partner.is_idle()
    return [truth]


@scenario("103 hands the caller to the queue by REFER; 101 and 102 ring, 101 answers", "`to` is the queue's name")
async def blind_transfer_to_queue(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, carol)
    call.truth.queue = "sales"
    call.left(carol)
    await carol.transfers_to("500")
    call.transfer("blind", carol, "sales")
    await alice.rings()
    await bob.rings()
    call.rang(alice, bob)
    await pbx.passes(1.5)
    await picks_up(call, alice)
    await bob.is_idle()
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("103 hands the caller to the menu by REFER, who presses 1; 101 answers", "`to` is the number of the menu")
async def blind_transfer_to_menu(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, carol)
    call.left(carol)
    await carol.transfers_to("800")
    call.transfer("blind", carol, "800")
    await pbx.passes(1.5)
    await caller.presses("1")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.0)
    await picks_up(call, alice)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("internal: 101 calls 102, who hands 101 to 103 by REFER; 103 answers", main=True)
async def blind_transfer_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(1.0)
    await picks_up(call, bob)
    await pbx.passes(1.5)
    call.left(bob)
    await bob.transfers_to("103")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(1.0)
    await picks_up(call, carol)
    call.transfer("blind", bob, carol)
    await pbx.passes(1.5)
    await carol.hangs_up()
    truth = call.ended(carol)
    await alice.is_idle()
    return [truth]


@scenario("a program sends the caller from 101 to 103 (AMI Redirect); 103 answers", main=True)
async def redirect_by_program(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    customers = await ami.channel_of(pbx, "trunk")
    call.left(alice)
    await ami.act(pbx, "Redirect", Channel=customers, Context="internal", Exten="103", Priority="1")
    await alice.is_idle()
    await carol.rings()
    call.rang(carol)
    await pbx.passes(1.0)
    await picks_up(call, carol)
    call.transfer("redirect", None, carol)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("a program sends the ringing call from 101 to 103 (AMI Redirect); 103 answers")
async def redirect_while_ringing(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await pbx.passes(1.5)
    customers = await ami.channel_of(pbx, "trunk")
    await ami.act(pbx, "Redirect", Channel=customers, Context="internal", Exten="103", Priority="1")
    await alice.is_idle()
    call.refused(alice, "cancelled")
    await carol.rings()
    call.rang(carol)
    await pbx.passes(1.0)
    await picks_up(call, carol)
    call.transfer("redirect", None, carol)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, carol)]
