"""Phones whose owners have set from the screen that they are not rung, or that their calls go on to somebody else.

`lab_only` as those of `handling`. What is set is taken back at the end, whatever happened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ringcard.pbx.connector import ForwardingKind
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen, screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.witness import Witness, customer_hangs_up, inbound, internal, picks_up, refusing


@asynccontextmanager
async def forwarded(desk: Screen, phone: Phone, kind: ForwardingKind, to: str) -> AsyncIterator[None]:
    await desk.forwards(phone, kind, to)
    try:
        yield
    finally:
        await desk.forwards(phone, kind, None)


@asynccontextmanager
async def silenced(desk: Screen, phone: Phone) -> AsyncIterator[None]:
    await desk.silences(phone)
    try:
        yield
    finally:
        await desk.silences(phone, False)


async def _answered_by(pbx: PhoneSystem, call: Witness, phone: Phone) -> None:
    await phone.rings()
    call.rang(phone)
    await pbx.passes(0.8)
    await picks_up(call, phone)
    await pbx.passes(1.0)


@scenario("101 forwards all its calls to 105 from the screen; ended, it rings itself again", lab_only=True)
async def screen_forward_always(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, erin = pbx.caller(), pbx.phone("101"), pbx.phone("105")
    async with screen(pbx) as desk:
        async with forwarded(desk, alice, ForwardingKind.ALWAYS, "105"):
            call = await inbound(pbx, caller, "4951110101")
            call.rang(alice)
            call.refused(alice, "forwarded")
            await _answered_by(pbx, call, erin)
            call.transfer("forward", alice, erin)
            truths = [await customer_hangs_up(call, caller, erin)]
        call = await inbound(pbx, caller, "4951110101")
        await _answered_by(pbx, call, alice)
        return [*truths, await customer_hangs_up(call, caller, alice)]


@scenario(
    "101 forwards all its calls to a mobile number from the screen; it is answered there",
    "a person answered, though none of the company's devices: answered, without anybody's talk",
    lab_only=True,
)
async def screen_forward_outside(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, mobile = pbx.caller(), pbx.phone("101"), pbx.outsider("+74957654321")
    async with screen(pbx) as desk, forwarded(desk, alice, ForwardingKind.ALWAYS, "+7 495 765-43-21"):
        call = await inbound(pbx, caller, "4951110101")
        call.rang(alice)
        call.refused(alice, "forwarded")
        await mobile.rings()
        await pbx.passes(1.0)
        await mobile.answers()
        call.far_party_answered()
        call.transfer("forward", alice, "+74957654321")
        await pbx.passes(1.5)
        truth = await customer_hangs_up(call, caller)
        await mobile.is_idle()
        return [truth]


@scenario("101 forwards to 102 when it is busy, from the screen: it refuses, 102 answers", lab_only=True)
async def screen_forward_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk, refusing(alice), forwarded(desk, alice, ForwardingKind.BUSY, "102"):
        call = await inbound(pbx, caller, "4951110101")
        call.rang(alice)
        call.refused(alice, "busy")
        await _answered_by(pbx, call, bob)
        call.transfer("forward", alice, bob)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 forwards to 102 when nobody answers, from the screen; 102 does", lab_only=True)
async def screen_forward_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with screen(pbx) as desk, forwarded(desk, alice, ForwardingKind.NO_ANSWER, "102"):
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await alice.is_idle()
        call.refused(alice, "no_answer")
        await _answered_by(pbx, call, bob)
        call.transfer("forward", alice, bob)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 forwards to 102, and 102 to 103, where nobody answers; the caller is told so", lab_only=True)
async def screen_forward_twice_no_answer(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    async with (
        screen(pbx) as desk,
        forwarded(desk, alice, ForwardingKind.ALWAYS, "102"),
        forwarded(desk, bob, ForwardingKind.ALWAYS, "103"),
    ):
        call = await inbound(pbx, caller, "4951110101")
        call.rang(alice, bob)
        call.refused(alice, "forwarded")
        call.refused(bob, "forwarded")
        await carol.rings()
        call.rang(carol)
        call.transfer("forward", alice, bob, completed=False)
        call.transfer("forward", bob, carol, completed=False)
        await caller.is_idle()
        return [call.ended("system", "no_answer")]


@scenario(
    "101 and 102 forward to each other; a caller gets through all the same",
    "after five forwards the phone where the call has come to rings",
    lab_only=True,
)
async def screen_forward_circle(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with (
        screen(pbx) as desk,
        forwarded(desk, alice, ForwardingKind.ALWAYS, "102"),
        forwarded(desk, bob, ForwardingKind.ALWAYS, "101"),
    ):
        call = await inbound(pbx, caller, "4951110101")
        call.rang(alice)
        call.refused(alice, "forwarded")
        await _answered_by(pbx, call, bob)
        for number in range(5):
            by, to = (alice, bob) if number % 2 == 0 else (bob, alice)
            call.transfer("forward", by, to, completed=number == 4)
        return [await customer_hangs_up(call, caller, bob)]


@scenario("101 is silenced from the screen: a caller hears busy; rings again when that is over", lab_only=True)
async def screen_do_not_disturb(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    async with screen(pbx) as desk:
        async with silenced(desk, alice):
            call = await inbound(pbx, caller, "4951110101")
            call.rang(alice)
            call.refused(alice, "busy")
            await caller.is_idle()
            truths = [call.ended("system", "busy")]
        call = await inbound(pbx, caller, "4951110101")
        await _answered_by(pbx, call, alice)
        return [*truths, await customer_hangs_up(call, caller, alice)]


@scenario("101 is silenced and forwards to 105 when it is busy, from the screen; a colleague calls", lab_only=True)
async def screen_do_not_disturb_forwarded(pbx: PhoneSystem) -> list[Expected]:
    bob, alice, erin = pbx.phone("102"), pbx.phone("101"), pbx.phone("105")
    async with screen(pbx) as desk, silenced(desk, alice), forwarded(desk, alice, ForwardingKind.BUSY, "105"):
        call = await internal(pbx, bob, "101")
        call.rang(alice)
        call.refused(alice, "busy")
        await erin.rings()
        call.rang(erin)
        await pbx.passes(0.8)
        await picks_up(call, erin)
        await bob.talks()
        call.transfer("forward", alice, erin)
        await pbx.passes(1.0)
        await bob.hangs_up()
        truth = call.ended(bob)
        await erin.is_idle()
        return [truth]
