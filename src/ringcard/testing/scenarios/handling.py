"""Calls handled from the screen: held, handed on, asked about first.

`lab_only`, because the simulator's records need not be those of Asterisk to the millisecond; it tells them all the same
(tests/integration/test_control_simulator.py).
"""

from __future__ import annotations

from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import (
    asks_from_the_screen,
    called_hangs_up,
    hands_over_by_code,
    talking_internal,
    talking_outbound,
)
from ringcard.testing.scenarios.screen import screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, customer_hangs_up, customer_leaves, inbound, picks_up, talking


@scenario("101 holds the caller from the screen, takes the call back, and once more", lab_only=True)
async def screen_hold_and_retrieve(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        for _ in range(2):
            await desk.holds(alice)
            call.held(alice)
            await pbx.passes(1.5)
            await desk.retrieves(alice)
            call.retrieved(alice)
            await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario(
    "101 holds the caller from the screen and puts the receiver down: the caller comes back and rings there",
    "the dialplan does it, whether ringcard lives or not",
    lab_only=True,
)
async def screen_hold_then_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(1.5)
    await alice.hangs_up()
    call.retrieved(alice)
    call.left(alice)
    await alice.rings()
    await pbx.passes(0.8)
    await picks_up(call, alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 holds the caller from the screen for too long: they are together again", lab_only=True)
async def screen_hold_too_long(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(6.0)
        call.retrieved(alice)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("the caller whom 101 holds from the screen hangs up", lab_only=True)
async def screen_hold_caller_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 calls out, holds the one called from the screen and takes the call back", lab_only=True)
async def screen_hold_outbound(pbx: PhoneSystem) -> list[Expected]:
    customer, alice = pbx.outsider("84957654321"), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking_outbound(pbx, alice, customer)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(1.5)
        await desk.retrieves(alice)
        call.retrieved(alice)
        await pbx.passes(1.0)
        return [await called_hangs_up(call, customer, alice)]


@scenario("102, called by 101, holds from the screen and takes the call back", lab_only=True)
async def screen_hold_internal(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking_internal(pbx, alice, bob)
        await desk.holds(bob)
        call.held(bob)
        await pbx.passes(1.5)
        await desk.retrieves(bob)
        call.retrieved(bob)
        await pbx.passes(1.0)
        await alice.hangs_up()
        truth = call.ended(alice)
        await bob.is_idle()
        return [truth]


@scenario("101 hands the caller to 102 from the screen", lab_only=True)
async def screen_hand_over(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.hands_to(alice, "102")
        call.left(alice)
        await bob.rings()
        call.rang(bob)
        await pbx.passes(0.8)
        await picks_up(call, bob)
        call.transfer("blind", alice, bob)
        await alice.is_idle()
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 hands the caller to 102 from the screen, who refuses: the caller is back with 101", lab_only=True)
async def screen_hand_over_refused(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.hands_to(alice, "102")
        call.left(alice)
        await bob.rings()
        call.rang(bob)
        await pbx.passes(0.8)
        await bob.rejects()
        call.refused(bob, "rejected")
        call.transfer("blind", alice, bob, completed=False)
        return [await _comes_back(call, pbx, caller, alice)]


@scenario("101 hands the caller to 102 from the screen, who does not answer: the caller comes back", lab_only=True)
async def screen_hand_over_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.hands_to(alice, "102")
        call.left(alice)
        await bob.rings()
        call.rang(bob)
        await bob.is_idle()
        call.refused(bob, "no_answer")
        call.transfer("blind", alice, bob, completed=False)
        return [await _comes_back(call, pbx, caller, alice)]


@scenario("101 holds the caller, then hands the call to 102, all from the screen", lab_only=True)
async def screen_hold_then_hand_over(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(1.0)
        await desk.hands_to(alice, "102")
        call.retrieved(alice)
        call.left(alice)
        await bob.rings()
        call.rang(bob)
        await pbx.passes(0.8)
        await picks_up(call, bob)
        call.transfer("blind", alice, bob)
        await alice.is_idle()
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 holds the caller from the screen, takes the call back, and hands it to 102 by *2", lab_only=True)
async def screen_hold_then_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(1.0)
        await desk.retrieves(alice)
        call.retrieved(alice)
        await pbx.passes(1.0)
        await hands_over_by_code(call, pbx, alice, bob)
        return [await customer_hangs_up(call, caller, bob)]


@scenario(
    "101, who called 102, holds from the screen and takes the call back; 102 hands 101 to 103 by *2", lab_only=True
)
async def screen_hold_then_feature_code_of_the_held(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    async with screen(pbx) as desk:
        call = await talking_internal(pbx, alice, bob)
        await desk.holds(alice)
        call.held(alice)
        await pbx.passes(1.0)
        await desk.retrieves(alice)
        call.retrieved(alice)
        await pbx.passes(1.0)
        await hands_over_by_code(call, pbx, bob, carol)
        await alice.hangs_up()
        truth = call.ended(alice)
        await carol.is_idle()
        return [truth]


@scenario("101 hands the caller to the queue from the screen; 102 answers", lab_only=True)
async def screen_hand_over_to_queue(pbx: PhoneSystem) -> list[Expected]:
    caller, carol, bob = pbx.caller(), pbx.phone("103"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, carol)
        await desk.hands_to(carol, "500")
        call.left(carol)
        call.transfer("blind", carol, "sales")
        call.truth.queue = "sales"
        await bob.rings()
        call.rang(pbx.phone("101"), bob)
        await pbx.passes(0.8)
        await picks_up(call, bob)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("the call that rings at 101 is sent to 102 from the screen", lab_only=True)
async def screen_deflect(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.8)
        await desk.deflects(alice, "102")
        await bob.rings()
        await alice.is_idle()
        call.refused(alice, "cancelled")
        call.rang(bob)
        await pbx.passes(0.8)
        await picks_up(call, bob)
        call.transfer("redirect", None, bob)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("the call that rings at 101 is sent to 101's voice box from the screen", lab_only=True)
async def screen_deflect_to_voicemail(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.8)
        await desk.deflects(alice, "*86101")
        await alice.is_idle()
        call.refused(alice, "cancelled")
        call.transfer("redirect", None, "*86101")
        await caller.talks()
        await pbx.passes(2.0)
        await caller.hangs_up()
        return [call.ended("caller", "abandoned")]


@scenario("101 hangs up from the screen", lab_only=True)
async def screen_hang_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await pbx.passes(1.0)
        await desk.hangs_up(alice)
        call.left(alice)
        await caller.is_idle()
        await alice.is_idle()
        return [call.ended("system", "answered")]


async def _comes_back(call: Witness, pbx: PhoneSystem, caller: Phone, phone: Phone) -> Expected:
    await phone.rings()
    await pbx.passes(0.8)
    await picks_up(call, phone)
    await pbx.passes(1.0)
    return await customer_hangs_up(call, caller, phone)


@scenario("101 asks 102 from the screen and hands the caller over", lab_only=True)
async def screen_ask_and_hand_over(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await asks_from_the_screen(desk, call, pbx, alice, bob)
        await desk.transfers(alice)
        await alice.is_idle()
        call.left(alice)
        call.answered(bob)
        call.transfer("attended", alice, bob)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 asks 102 from the screen and takes the caller back", lab_only=True)
async def screen_ask_and_reconnect(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await asks_from_the_screen(desk, call, pbx, alice, bob)
        await desk.reconnects(alice)
        await bob.is_idle()
        call.transfer("attended", alice, bob, completed=False)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 asks 102 from the screen, who refuses: 101 is with the caller again", lab_only=True)
async def screen_ask_refused(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.consults(alice, "102")
        await bob.rings()
        await pbx.passes(0.8)
        await bob.rejects()
        call.consultation(alice, bob, answered=False)
        call.transfer("attended", alice, bob, completed=False)
        await pbx.passes(1.5)
        return [await customer_hangs_up(call, caller, alice)]


@scenario("101 asks 102 from the screen and hands over while it rings; 102 answers", lab_only=True)
async def screen_hand_over_ringing(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.consults(alice, "102")
        await bob.rings()
        await pbx.passes(0.8)
        await desk.transfers(alice)
        await alice.is_idle()
        call.left(alice)
        call.consultation(alice, bob, answered=False)
        await pbx.passes(0.8)
        await picks_up(call, bob)
        call.transfer("attended", alice, bob)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 asks 102 from the screen, changes sides twice, and hands the caller over", lab_only=True)
async def screen_alternate(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await asks_from_the_screen(desk, call, pbx, alice, bob)
        await desk.alternates(alice)
        await pbx.passes(1.5)
        await desk.alternates(alice)
        await pbx.passes(1.5)
        await desk.transfers(alice)
        await alice.is_idle()
        call.left(alice)
        call.answered(bob)
        call.transfer("attended", alice, bob)
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 asks 102 from the screen, and all three talk", lab_only=True)
async def screen_conference(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await asks_from_the_screen(desk, call, pbx, alice, bob)
        await desk.joins_all(alice)
        call.answered(bob)
        call.conferenced()
        await pbx.passes(1.5)
        truth = await customer_leaves(call, pbx, caller)
        await alice.hangs_up()
        await bob.is_idle()
        return [truth]


@scenario("101 sends keys to the caller from the screen", lab_only=True)
async def screen_digits(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        call = await talking(pbx, caller, alice)
        await desk.presses(alice, "12#")
        await pbx.passes(1.0)
        return [await customer_hangs_up(call, caller, alice)]
