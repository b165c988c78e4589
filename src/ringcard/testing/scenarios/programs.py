"""What programs do to a call over the manager interface.

On a real Asterisk only, as `further`, whose words it uses.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.room import ROOM, dials_in
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import (
    customer_hangs_up,
    customer_leaves,
    inbound,
    picks_up,
    talking,
)


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
        ExtraExten=ROOM,
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
        Exten=ROOM,
        ExtraExten=ROOM,
        Context="internal",
        ExtraContext="internal",
        Priority="1",
        ExtraPriority="1",
    )
    call.transfer("redirect", None, ROOM)
    await pbx.passes(1.0)
    await dials_in(call, bob)
    await pbx.passes(1.0)
    call.conferenced()
    truth = await customer_leaves(call, pbx, caller)
    await alice.hangs_up()
    await bob.hangs_up()
    return [truth]
