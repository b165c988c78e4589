"""Phones that are told what to do from the screen: to ring, to pick up, to hold, to take somebody's call, to listen.

`lab_only` as those of `handling`. The phones that let themselves be told are PJSIP's: chan_sip does not say which do,
so the screen of these scenarios was told nothing there and says so.
"""

from __future__ import annotations

from ringcard.pbx.connector import Hindrance, ListenMode, WrongState
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import OUTSIDE_E164, called_hangs_up
from ringcard.testing.scenarios.screen import screen
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import Witness, customer_hangs_up, inbound, obeying, picks_up, talking


@scenario(
    "101 answers from the screen: its phone lets itself be told (NOTIFY talk)",
    "of a phone that rings Asterisk cannot read what it takes: it is known from the call before",
    lab_only=True,
)
async def screen_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk, obeying(alice):
        before = await talking(pbx, caller, alice)
        if pbx.technology == "PJSIP":
            await desk.has_learnt(alice)
        truths = [await customer_hangs_up(before, caller, alice)]
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.8)
        if pbx.technology == "PJSIP":
            await desk.answers(alice)
            await alice.picks_up()
        else:
            await alice.answers()
        call.answered(alice)
        await caller.talks()
        await pbx.passes(1.0)
        return [*truths, await customer_hangs_up(call, caller, alice)]


@scenario("101 would answer from the screen, but its phone does not let itself be told", lab_only=True)
async def screen_answer_cannot(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        try:
            await desk.answers(alice)
        except WrongState as error:
            if error.hindrance is not Hindrance.PHONE_CANNOT:
                raise
        else:
            raise AssertionError("a phone that cannot be told was told")
        await pbx.passes(0.5)
        await picks_up(call, alice)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 holds and takes back from the screen: its phone does it (NOTIFY hold and talk)", lab_only=True)
async def screen_hold_by_phone(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk, obeying(alice):
        call = await talking(pbx, caller, alice)
        await desk.holds(alice)
        call.held(alice)
        if pbx.technology == "PJSIP":
            await alice.has_held()
        await pbx.passes(1.0)
        await desk.retrieves(alice)
        call.retrieved(alice)
        if pbx.technology == "PJSIP":
            await alice.has_held(False)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 dials from the screen and its phone picks up by itself; the customer answers", lab_only=True)
async def screen_dial_auto_answer(pbx: PhoneSystem) -> list[Expected]:
    customer, alice = pbx.outsider(OUTSIDE_E164), pbx.phone("101")
    async with screen(pbx) as desk, obeying(alice):
        call = Witness(pbx, "outbound", "101", OUTSIDE_E164)
        await desk.dials(alice, OUTSIDE_E164, auto_answer=True)
        await alice.picks_up()
        call.rang(alice)
        await customer.rings()
        await pbx.passes(0.8)
        await customer.answers()
        await customer.talks()
        call.far_party_answered(alice)
        await pbx.passes(1.0)
        return [await called_hangs_up(call, customer, alice)]


@scenario("101 dials from the screen and does not answer its own phone", lab_only=True)
async def screen_dial_own_phone_silent(pbx: PhoneSystem) -> list[Expected]:
    alice = pbx.phone("101")
    async with screen(pbx) as desk:
        call = Witness(pbx, "outbound", "101", OUTSIDE_E164)
        await desk.dials(alice, OUTSIDE_E164)
        await alice.rings()
        call.rang(alice)
        await alice.is_idle()
        call.refused(alice, "no_answer")
        return [call.ended("system", "no_answer")]


@scenario("101 dials from the screen; the customer is busy", lab_only=True)
async def screen_dial_customer_busy(pbx: PhoneSystem) -> list[Expected]:
    customer, alice = pbx.outsider(OUTSIDE_E164), pbx.phone("101")
    async with screen(pbx) as desk:
        call = Witness(pbx, "outbound", "101", OUTSIDE_E164)
        await desk.dials(alice, OUTSIDE_E164)
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.5)
        await alice.answers()
        call.picked_up_without_customer(alice)
        await customer.rings()
        await customer.rejects(busy=True)
        await alice.is_idle()
        return [call.ended("system", "busy")]


@scenario("101 parks the caller from the screen; 104 dials the place", lab_only=True)
async def screen_park(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        place = await desk.parks(alice)
        call.left(alice)
        await alice.is_idle()
        await pbx.passes(1.0)
        await dave.dials(place)
        await dave.talks()
        call.answered(dave)
        call.transfer("park", alice, dave)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, dave)]


@scenario("102 takes from the screen what rings at 101", lab_only=True)
async def screen_pickup(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.5)
        await desk.picks_up(bob, alice)
        await bob.rings()
        await pbx.passes(0.3)
        await bob.answers()
        await bob.talks()
        call.answered(bob)
        call.transfer("pickup", bob, bob)
        await alice.is_idle()
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("102 and 103 take from the screen what rings at 101: 102 has it, 103 stops ringing", lab_only=True)
async def screen_pickup_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    async with screen(pbx) as desk:
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.5)
        await desk.picks_up(bob, alice)
        await desk.picks_up(carol, alice)
        await bob.rings()
        await carol.rings()
        await bob.answers()
        await bob.talks()
        call.answered(bob)
        call.transfer("pickup", bob, bob)
        await carol.is_idle()
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("102 takes from the screen what rings in its group", lab_only=True)
async def screen_pickup_in_group(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.5)
        await desk.picks_up_in_group(bob)
        await bob.rings()
        await pbx.passes(0.3)
        await bob.answers()
        await bob.talks()
        call.answered(bob)
        call.transfer("pickup", bob, bob)
        await alice.is_idle()
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("104 listens to 101's call, whispers, and comes in: none of it is in the customer's record", lab_only=True)
async def screen_listen(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        for mode in ListenMode:
            await desk.listens(dave, alice, mode)
            await dave.rings()
            await dave.answers()
            await dave.talks()
            await pbx.passes(0.7)
            if mode is not ListenMode.ACTIVE:
                await dave.hangs_up()
        truth = await customer_hangs_up(call, caller, alice)
        await dave.is_idle()
        return [truth]
