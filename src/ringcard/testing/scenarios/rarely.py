"""What happens seldom, and to an office every day: transfers that go wrong late, second lines in a transferred call.

On a real Asterisk only, as `further`, whose words it uses. Over 400 lines: one kind of story, and each is short.
"""

from __future__ import annotations

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.catalogue import scenario
from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.further import (
    OUTSIDE,
    all_ring,
    asks,
    asks_by_code,
    called_hangs_up,
    clicked,
    hands_blind,
    hands_over_by_code,
    joins,
    parks_and_fetches,
    talking_outbound,
)
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.witness import customer_hangs_up, inbound, internal, picks_up, refusing, talking


@scenario("101 presses hold and then hands the caller to 102 by REFER, as most phones do", lab_only=True)
async def blind_transfer_from_hold(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.0)
    call.retrieved(alice)
    await hands_blind(call, pbx, alice, bob)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 presses hold and then parks the caller by REFER; 104 retrieves", lab_only=True)
async def park_from_hold(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave = pbx.caller(), pbx.phone("101"), pbx.phone("104")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.0)
    call.retrieved(alice)
    await parks_and_fetches(call, pbx, alice, dave)
    return [await customer_hangs_up(call, caller, dave)]


@scenario("101 holds and hangs up the held call", lab_only=True)
async def hold_and_agent_hangs_up(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await caller.is_idle()
    return [truth]


@scenario("101 parks the caller, nobody comes, 101 is rung again and does not answer", lab_only=True)
async def park_returns_in_vain(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("700")
    call.transfer("park", alice, None, completed=False)
    await pbx.passes(1.0)
    await alice.rings()
    await alice.is_idle()
    await caller.is_idle()
    return [call.ended("system")]


@scenario("101 hands the caller to 102, who does not answer; the dialplan returns the caller to 101", lab_only=True)
async def blind_transfer_no_answer_returns(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await talking(pbx, caller, alice, "4951111101")
    call.left(alice)
    await alice.transfers_to("102")
    await bob.rings()
    call.rang(bob)
    call.transfer("blind", alice, bob, completed=False)
    await bob.is_idle()
    call.refused(bob, "no_answer")
    await alice.rings()
    await pbx.passes(0.5)
    await picks_up(call, alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 hands the caller to the queue, where the caller gives up", lab_only=True)
async def blind_transfer_to_queue_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, carol)
    call.truth.queue = "sales"
    call.left(carol)
    await carol.transfers_to("500")
    call.transfer("blind", carol, "sales")
    await all_ring(call, alice, bob)
    await pbx.passes(1.0)
    await caller.hangs_up()
    call.refused(alice, "cancelled")
    call.refused(bob, "cancelled")
    truth = call.ended("caller")
    await alice.is_idle()
    return [truth]


@scenario("101 hands the caller to the menu, where the caller gives up", lab_only=True)
async def blind_transfer_to_menu_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice = pbx.caller(), pbx.phone("101")
    call = await talking(pbx, caller, alice)
    call.left(alice)
    await alice.transfers_to("800")
    call.transfer("blind", alice, "800")
    await pbx.passes(1.5)
    await caller.hangs_up()
    return [call.ended("caller")]


@scenario("101 asks 103, who is busy, returns, and hands the caller to 102 without asking", lab_only=True)
async def consultation_busy_then_blind(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    async with refusing(carol):
        await alice.holds()
        call.held(alice)
        await alice.dials("103")
        call.consultation(alice, carol, answered=False)
        await pbx.passes(1.0)
        await alice.retrieves()
        call.retrieved(alice)
        await pbx.passes(0.5)
    await hands_blind(call, pbx, alice, bob)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("101 asks 102, whose phone sends the call to 103 (302); 103 answers and gets the caller", lab_only=True)
async def consultation_forwarded(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await alice.holds()
    call.held(alice)
    await pbx.passes(0.5)
    await alice.dials("102")
    await bob.rings()
    await bob.forwards_to("103")
    await carol.rings()
    await pbx.passes(0.5)
    await carol.answers()
    await alice.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.0)
    await joins(call, pbx, alice, carol)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 holds a customer it called, calls another, and joins them", lab_only=True)
async def attended_transfer_of_outbound_outside(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, partner = pbx.outsider("+49301234567"), pbx.phone("101"), pbx.outsider(OUTSIDE)
    call = await talking_outbound(pbx, alice, customer, "+49301234567")
    await alice.holds()
    call.held(alice)
    await pbx.passes(0.5)
    await alice.dials(OUTSIDE)
    await partner.rings()
    await pbx.passes(0.5)
    await partner.answers()
    await alice.talks()
    call.consultation(alice, "+74957654321", answered=True)
    await pbx.passes(1.0)
    await alice.completes_transfer()
    call.retrieved(alice)
    call.left(alice)
    call.transfer("attended", alice, "+74957654321")
    await pbx.passes(1.0)
    await customer.hangs_up()
    truth = call.ended("called")
    await partner.is_idle()
    return [truth]


@scenario("101 presses *2 103, then *4 and *4 again, and hangs up: transferred", lab_only=True)
async def feature_code_transfer_with_swapping(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks_by_code(call, pbx, alice, carol)
    await alice.presses("*4")
    await pbx.passes(1.5)
    await alice.presses("*4")
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.answered(carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 presses *2 103, then *3; 103 leaves the three, the others go on", lab_only=True)
async def threeway_then_third_leaves(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks_by_code(call, pbx, alice, carol)
    await alice.presses("*3")
    await pbx.passes(0.5)
    call.answered(carol)
    await pbx.passes(1.5)
    call.conferenced()
    await carol.hangs_up()
    call.left(carol)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await caller.is_idle()
    return [truth]


@scenario("queue call: 101 hands the caller to 103 by *2, who parks it; 104 retrieves", lab_only=True)
async def queue_then_feature_code_then_park(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller("+74951234567")
    alice, bob, carol, dave = (pbx.phone(name) for name in ("101", "102", "103", "104"))
    call = await inbound(pbx, caller, "4951110500", queue="sales")
    await all_ring(call, alice, bob)
    await pbx.passes(0.5)
    await picks_up(call, alice)
    await bob.is_idle()
    await pbx.passes(1.0)
    await asks(call, pbx, alice, carol)
    await joins(call, pbx, alice, carol)
    await parks_and_fetches(call, pbx, carol, dave)
    return [await customer_hangs_up(call, caller, dave)]


@scenario(
    "a caller who came through Local channels is parked by 101; 104 retrieves, and hands over to 105 by *2",
    "104 may press no codes (`parkedcalltransfers`): the keys go through the pair, whose call may",
    lab_only=True,
)
async def park_of_locals_then_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, dave, erin = pbx.caller(), pbx.phone("101"), pbx.phone("104"), pbx.phone("105")
    call = await talking(pbx, caller, alice, "4951113101")
    await parks_and_fetches(call, pbx, alice, dave)
    await hands_over_by_code(call, pbx, dave, erin)
    return [await customer_hangs_up(call, caller, erin)]


@scenario("click-to-dial by 101, who parks the customer; 104 retrieves", lab_only=True)
async def click_to_dial_then_park(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, dave = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("104")
    call = await clicked(pbx, alice, customer)
    await parks_and_fetches(call, pbx, alice, dave)
    return [await called_hangs_up(call, customer, dave)]


@scenario("click-to-dial by 101; a program sends the customer to 102 (AMI Redirect)", lab_only=True)
async def click_to_dial_then_redirect(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102")
    call = await clicked(pbx, alice, customer)
    call.left(alice)
    trunk = await ami.channel_of(pbx, "trunk")
    await ami.act(pbx, "Redirect", Channel=trunk, Exten="102", Context="internal", Priority="1")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.5)
    await picks_up(call, bob)
    call.transfer("redirect", None, bob)
    await pbx.passes(1.0)
    return [await called_hangs_up(call, customer, bob)]


@scenario("101 sends the ringing call to 102 (302), which sends it back to 101 (302), who answers", lab_only=True)
async def forward_302_and_back(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await alice.forwards_to("102")
    await bob.rings()
    call.rang(bob)
    await bob.forwards_to("101")
    call.refused(bob, "forwarded")
    call.transfer("forward", alice, bob, completed=False)
    await alice.rings()
    await pbx.passes(0.5)
    await picks_up(call, alice)
    call.transfer("forward", bob, alice)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 sends the ringing call to 102 (302), which is busy", lab_only=True)
async def forward_302_busy(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    async with refusing(bob):
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await alice.forwards_to("102")
        call.refused(alice, "forwarded")
        call.refused(bob, "busy")
        call.transfer("forward", alice, bob, completed=False)
        await caller.is_idle()
        return [call.ended("system", "busy")]


@scenario("101 sends the ringing call to 102 (302); the caller gives up while 102 rings", lab_only=True)
async def forward_302_abandoned(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob = pbx.caller(), pbx.phone("101"), pbx.phone("102")
    call = await inbound(pbx, caller, "4951110101")
    await alice.rings()
    call.rang(alice)
    await alice.forwards_to("102")
    call.refused(alice, "forwarded")
    await bob.rings()
    call.rang(bob)
    call.transfer("forward", alice, bob, completed=False)
    await pbx.passes(1.0)
    await caller.hangs_up()
    truth = call.ended("caller", "abandoned")
    await bob.is_idle()
    return [truth]


@scenario("101 presses *2 103, then *4, and hangs up while it talks to the caller: transferred", lab_only=True)
async def feature_code_transfer_after_swapping(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks_by_code(call, pbx, alice, carol)
    await alice.presses("*4")
    await pbx.passes(1.5)
    await alice.hangs_up()
    call.left(alice)
    call.answered(carol)
    call.transfer("attended", alice, carol)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, carol)]


@scenario("101 presses *2 103, then *4; 103, who waits, hangs up; 101 goes on with the caller", lab_only=True)
async def feature_code_transfer_swapped_and_declined(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    await asks_by_code(call, pbx, alice, carol)
    await alice.presses("*4")
    await pbx.passes(1.5)
    await carol.hangs_up()
    call.transfer("attended", alice, carol, completed=False)
    await pbx.passes(1.5)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("101 presses *2 and the queue's number; 102 answers there, 101 hangs up: transferred", lab_only=True)
async def feature_code_transfer_to_queue(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, carol)
    await carol.presses("*2")
    await pbx.passes(1.0)
    await carol.presses("500")
    await alice.rings()
    await bob.rings()
    await pbx.passes(0.5)
    await bob.answers()
    await alice.is_idle()
    call.consultation(carol, "sales", answered=True)
    await pbx.passes(1.0)
    await carol.hangs_up()
    call.left(carol)
    call.answered(bob)
    call.transfer("attended", carol, bob)
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, bob)]


@scenario("a program begins an attended transfer from 101 to 103 and takes it back (AMI CancelAtxfer)", lab_only=True)
async def attended_transfer_by_program_taken_back(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, carol = pbx.caller(), pbx.phone("101"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    alices = await ami.channel_of(pbx, "101")
    await ami.act(pbx, "Atxfer", Channel=alices, Exten="103", Context="internal")
    await carol.rings()
    await pbx.passes(0.5)
    await carol.answers()
    await carol.talks()
    call.consultation(alice, carol, answered=True)
    await pbx.passes(1.0)
    await ami.act(pbx, "CancelAtxfer", Channel=alices)
    call.transfer("attended", alice, carol, completed=False)
    await carol.is_idle()
    await pbx.passes(1.0)
    return [await customer_hangs_up(call, caller, alice)]


@scenario("internal: 101 calls 102, who holds 101 and asks 103, and returns; nobody is transferred", lab_only=True)
async def consultation_internal_returns(pbx: PhoneSystem) -> list[Expected]:
    alice, bob, carol = pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.5)
    await picks_up(call, bob)
    await pbx.passes(0.5)
    await asks(call, pbx, bob, carol)
    await bob.hangs_up()
    await carol.is_idle()
    await bob.retrieves()
    call.retrieved(bob)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await bob.is_idle()
    return [truth]


@scenario("callers who present their number in other ways: 7495…, 495…, 00…", lab_only=True)
async def inbound_other_formats(pbx: PhoneSystem) -> list[Expected]:
    alice, truths = pbx.phone("101"), []
    for number in ("74959195557", "4959195557", "00441632960960"):
        caller = pbx.caller(number)
        call = await inbound(pbx, caller, "4951110101")
        await alice.rings()
        call.rang(alice)
        await pbx.passes(0.5)
        await picks_up(call, alice)
        await pbx.passes(0.5)
        truths.append(await customer_hangs_up(call, caller, alice))
        await pbx.passes(0.3)
    return truths


@scenario("a program sends the caller to 102, and then to 103 (AMI Redirect twice)", lab_only=True)
async def redirect_twice(pbx: PhoneSystem) -> list[Expected]:
    caller, alice, bob, carol = pbx.caller(), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking(pbx, caller, alice)
    leaving = alice
    for phone in (bob, carol):
        call.left(leaving)
        trunk = await ami.channel_of(pbx, "trunk")
        await ami.act(pbx, "Redirect", Channel=trunk, Exten=phone.name, Context="internal", Priority="1")
        await phone.rings()
        call.rang(phone)
        await pbx.passes(0.5)
        await picks_up(call, phone)
        call.transfer("redirect", None, phone)
        await pbx.passes(1.0)
        leaving = phone
    return [await customer_hangs_up(call, caller, carol)]


@scenario("103 has called a customer; a program sends the customer to the queue (AMI Redirect)", lab_only=True)
async def redirect_of_outbound_to_queue(pbx: PhoneSystem) -> list[Expected]:
    customer, alice, bob, carol = pbx.outsider(OUTSIDE), pbx.phone("101"), pbx.phone("102"), pbx.phone("103")
    call = await talking_outbound(pbx, carol, customer)
    call.truth.queue = "sales"
    call.left(carol)
    trunk = await ami.channel_of(pbx, "trunk")
    await ami.act(pbx, "Redirect", Channel=trunk, Exten="500", Context="internal", Priority="1")
    call.transfer("redirect", None, "sales")
    await all_ring(call, alice, bob)
    await pbx.passes(0.5)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    return [await called_hangs_up(call, customer, bob)]


@scenario("internal: 101 calls 102, who parks it; nobody comes, 102 is rung again and answers", lab_only=True)
async def park_internal_returns(pbx: PhoneSystem) -> list[Expected]:
    alice, bob = pbx.phone("101"), pbx.phone("102")
    call = await internal(pbx, alice, "102")
    await bob.rings()
    call.rang(bob)
    await pbx.passes(0.5)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    call.left(bob)
    await bob.transfers_to("700")
    call.transfer("park", bob, None, completed=False)
    await pbx.passes(1.0)
    await bob.rings()
    await pbx.passes(0.5)
    await picks_up(call, bob)
    await pbx.passes(1.0)
    await alice.hangs_up()
    truth = call.ended(alice)
    await bob.is_idle()
    return [truth]


@scenario("a caller in the queue is handed to 104 by 101 without asking, who hands it to 102 by *2", lab_only=True)
async def queue_then_blind_then_feature_code(pbx: PhoneSystem) -> list[Expected]:
    caller = pbx.caller("+74951234567")
    alice, bob, dave = pbx.phone("101"), pbx.phone("102"), pbx.phone("104")
    call = await inbound(pbx, caller, "4951110500", queue="sales")
    await all_ring(call, alice, bob)
    await pbx.passes(0.5)
    await picks_up(call, alice)
    await bob.is_idle()
    await pbx.passes(1.0)
    await hands_blind(call, pbx, alice, dave)
    await hands_over_by_code(call, pbx, dave, bob)
    return [await customer_hangs_up(call, caller, bob)]
