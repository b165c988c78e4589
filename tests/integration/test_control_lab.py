"""Call control on real Asterisks where things go wrong: killed in the middle, pressed twice, refused, restarted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from attach_listener import Listener, listening, settings_of
from lab.system import Lab

from ringcard.calls.causes import Cause, ConsultationPhase, Outcome, TransferKind
from ringcard.calls.events import CallCleared, CallDataSet, ConnectionCleared, Consultation
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.asterisk.control import ways
from ringcard.pbx.connector import ForwardingKind, Hindrance, Service, ServiceNotSupported, ServiceRefused, WrongState
from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.witness import talking

pytestmark = pytest.mark.lab

ALICE = DeviceId("101")


@pytest.fixture
async def lab(each_lab: Lab) -> AsyncIterator[Lab]:
    """Quiet before and after, whatever the test did."""
    yield each_lab
    await each_lab.end_all_calls()


async def in_talk(lab: Lab, listener: Listener) -> CallId:
    await talking(lab, lab.caller(), lab.phone("101"))
    await listener.until(lambda: bool(listener.board.calls), "the call")
    return next(iter(listener.board.calls))


async def comes_about(listener: Listener, service: Service, call: CallId) -> None:
    """Wait until it can be asked: what was asked before has been heard of, which need not be an event."""
    async with asyncio.timeout(10):
        while listener.connector.hindrance(service, call, ALICE) is not None:
            await asyncio.sleep(0.02)


async def test_who_was_killed_in_a_hold_takes_it_back_in_the_next_life(lab: Lab) -> None:
    first = Listener(settings_of(lab.ami))
    await first.starts()
    call = await in_talk(lab, first)
    await first.connector.hold_call(call, ALICE)
    await comes_about(first, Service.RETRIEVE_CALL, call)
    await first.stops()
    second = Listener(settings_of(lab.ami), first)
    await second.starts()
    try:
        assert second.connector.hindrance(Service.HOLD_CALL, call, ALICE) is Hindrance.WRONG_STATE
        await lab.passes(0.5)  # longer than somebody may be between two bridges
        await second.connector.retrieve_call(call, ALICE)
        await comes_about(second, Service.HOLD_CALL, call)
        record = second.calls[call].record(datetime.now(UTC))
        assert [(hold.by, hold.until is not None) for hold in record.holds] == [("101", True)]
        assert [row.left_at for row in record.devices] == [None]
    finally:
        await second.stops()


async def test_who_was_killed_while_asking_hands_over_in_the_next_life(lab: Lab) -> None:
    first = Listener(settings_of(lab.ami))
    await first.starts()
    call = await in_talk(lab, first)
    await first.connector.consultation_call(call, ALICE, "102")
    bob = lab.phone("102")
    await bob.rings()
    await bob.answers()
    await comes_about(first, Service.CONFERENCE_CALL, call)
    await first.stops()
    second = Listener(settings_of(lab.ami), first)
    await second.starts()
    try:
        await second.connector.transfer_call(call, ALICE)
        await lab.phone("101").is_idle()
        await second.until(
            lambda: any(t.completed for t in second.calls[call].record(datetime.now(UTC)).transfers), "the transfer"
        )
        [transfer] = second.calls[call].record(datetime.now(UTC)).transfers
        assert (transfer.kind, transfer.by, transfer.to) == (TransferKind.ATTENDED, "101", "102")
    finally:
        await second.stops()


async def test_who_changes_sides_is_told_so_each_time(lab: Lab) -> None:
    async with listening(settings_of(lab.ami)) as listener:

        def phases() -> list[ConsultationPhase]:
            return [event.phase for event in listener.events if isinstance(event, Consultation)][3:]

        call = await in_talk(lab, listener)
        await listener.connector.consultation_call(call, ALICE, "102")
        await lab.phone("102").rings()
        await lab.phone("102").answers()
        await comes_about(listener, Service.CONFERENCE_CALL, call)
        told = [ConsultationPhase.HELD, ConsultationPhase.RETRIEVED, ConsultationPhase.HELD]
        for number in range(1, 4):
            await listener.connector.alternate_call(call, ALICE)
            await listener.until(lambda: len(phases()) >= number, "the change of sides")  # noqa: B023
            assert phases() == told[:number]
        await listener.connector.reconnect_call(call, ALICE)
        await lab.phone("102").is_idle()
        await listener.until(lambda: len(phases()) == 4, "the end of it")
        assert phases()[-1] is ConsultationPhase.CLEARED
        assert listener.calls[call].record(datetime.now(UTC)).holds == ()


async def test_a_double_click_asks_one_colleague_once(lab: Lab) -> None:
    async with listening(settings_of(lab.ami)) as listener:
        call = await in_talk(lab, listener)
        asked = [listener.connector.consultation_call(call, ALICE, "102") for _ in range(5)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [outcome for outcome in outcomes if not isinstance(outcome, WrongState)] == [None]
        await lab.phone("102").rings()
        assert len(lab.phone("102").state.live) == 1
        await comes_about(listener, Service.RECONNECT_CALL, call)
        await listener.connector.reconnect_call(call, ALICE)
        await lab.phone("102").is_idle()
        await comes_about(listener, Service.HOLD_CALL, call)


async def test_lines_that_a_reload_took_away_are_there_again_when_they_are_needed(lab: Lab) -> None:
    async with listening(settings_of(lab.ami)) as listener:
        call = await in_talk(lab, listener)
        await ami.act(lab, "Command", Command="dialplan reload")
        await listener.connector.hold_call(call, ALICE)
        await comes_about(listener, Service.RETRIEVE_CALL, call)
        await listener.connector.retrieve_call(call, ALICE)
        await comes_about(listener, Service.HOLD_CALL, call)


async def test_a_hold_lasts_as_long_as_the_settings_of_today_say(lab: Lab) -> None:
    """Also if the lines were added with others before."""
    for hold_s in (60.0, 1.0):
        async with listening(replace(settings_of(lab.ami), hold_s=hold_s)) as listener:
            call = await in_talk(lab, listener)
            await listener.connector.hold_call(call, ALICE)
            await comes_about(listener, Service.RETRIEVE_CALL, call)
            if hold_s == 60.0:
                await listener.connector.retrieve_call(call, ALICE)
            await comes_about(listener, Service.HOLD_CALL, call)
        await lab.end_all_calls()


async def test_what_does_not_fit_is_refused_and_nothing_changes(lab: Lab) -> None:
    async with listening(settings_of(lab.ami)) as listener:
        control = listener.connector
        call = await in_talk(lab, listener)
        before = len(listener.events)
        for refused in (
            control.retrieve_call(call, ALICE),
            control.alternate_call(call, ALICE),
            control.transfer_call(call, ALICE),
            control.conference_call(call, ALICE),
            control.reconnect_call(call, ALICE),
            control.deflect_call(call, ALICE, "102"),
            control.hold_call(call, DeviceId("102")),
            control.hold_call(CallId("no such"), ALICE),
        ):
            with pytest.raises(WrongState):
                await refused
        for nowhere in ("101", "199999", "102&103", ""):
            with pytest.raises(ServiceRefused):
                await control.single_step_transfer_call(call, ALICE, nowhere)
            with pytest.raises(ServiceRefused):
                await control.consultation_call(call, ALICE, nowhere)
        assert control.hindrance(Service.HOLD_CALL, call, DeviceId("102")) is Hindrance.NOT_IN_CALL
        assert len(listener.events) == before
        assert len(lab.phone("101").state.live) == 1


async def test_an_account_that_may_not_is_told_so_before_anybody_presses(lab: Lab) -> None:
    async with listening(settings_of(lab.asterisk.ami_as("mute"))) as listener:
        for service in (Service.HOLD_CALL, Service.CONSULTATION_CALL, Service.MAKE_CALL, Service.CLEAR_CONNECTION):
            assert listener.connector.hindrance(service, None, ALICE) is Hindrance.PERMISSION_MISSING


async def test_a_pbx_that_restarts_in_a_consultation_ends_it(lab22: Lab) -> None:
    async with listening(settings_of(lab22.ami)) as listener:
        call = await in_talk(lab22, listener)
        await listener.connector.consultation_call(call, ALICE, "102")
        await lab22.phone("102").rings()
        await comes_about(listener, Service.RECONNECT_CALL, call)
        await asyncio.to_thread(lab22.asterisk.restart)
        await listener.settles()
        await listener.is_up()
        assert listener.connector.hindrance(Service.RECONNECT_CALL, call, ALICE) is Hindrance.NOT_IN_CALL
        [transfer] = listener.calls[call].record(datetime.now(UTC)).transfers
        assert not transfer.completed
        await lab22.recovers_from_restart()


@pytest.mark.parametrize(
    ("code", "outcome", "cause"),
    [
        (486, Outcome.BUSY, None),
        (603, Outcome.REJECTED, None),
        (480, Outcome.NO_ANSWER, None),
        (404, Outcome.UNREACHABLE, Cause.NOT_IN_SERVICE),
        (410, Outcome.UNREACHABLE, Cause.NOT_IN_SERVICE),
        (503, Outcome.UNREACHABLE, Cause.CONGESTION),
    ],
)
async def test_a_dialled_number_that_cannot_be_reached_says_why(
    lab: Lab, code: int, outcome: Outcome, cause: Cause | None
) -> None:
    number = "+74957654321"
    async with listening(settings_of(lab.ami)) as listener:
        await listener.connector.make_call(ALICE, number)
        await lab.phone("101").rings()
        await lab.phone("101").answers()
        customer = lab.outsider(number)
        await customer.rings()
        await customer.rejects(code=code)
        await listener.until(lambda: any(isinstance(e, CallCleared) for e in listener.events), "the end of the call")
        await listener.settles()
        [cleared] = [e for e in listener.events if isinstance(e, ConnectionCleared) and e.device is None]
        assert (cleared.outcome, cleared.cause) == (outcome, cause)


@pytest.fixture
async def without_lines(lab: Lab) -> AsyncIterator[None]:
    """An Asterisk whose dialplan does not obey what is set for a phone."""
    await ami.act(lab, "DialplanExtensionRemove", Context=ways.CONTEXT, Extension=ways.MARKER)
    yield
    await ami.act(lab, "Command", Command="dialplan reload")


async def test_lines_that_are_written_down_meanwhile_are_noticed_when_they_are_needed(lab: Lab) -> None:
    async with listening(settings_of(lab.ami)) as listener:
        await listener.connector.set_do_not_disturb(ALICE, False)  # it has looked at the lines now
        await ami.act(lab, "DialplanExtensionRemove", Context=ways.CONTEXT, Extension=ways.MARKER)
        async with listening(replace(settings_of(lab.ami), pbx="late")) as late:
            with pytest.raises(ServiceNotSupported, match="docs/howto/call-control"):
                await late.connector.set_do_not_disturb(ALICE, True)
            await ami.act(lab, "Command", Command="dialplan reload")
            await late.connector.set_do_not_disturb(ALICE, False)
            assert late.connector.hindrance(Service.SET_DO_NOT_DISTURB, None, ALICE) is None
        assert listener.connector.hindrance(Service.SET_FORWARDING, None, ALICE) is None


@pytest.mark.usefixtures("without_lines")
async def test_do_not_disturb_and_forwarding_are_kept_as_freepbx_keeps_them(lab: Lab) -> None:
    async with listening(settings_of(lab.ami)) as listener:
        control = listener.connector
        with pytest.raises(ServiceNotSupported):
            await control.set_do_not_disturb(ALICE, True)
        with pytest.raises(ServiceNotSupported):
            await control.set_forwarding(ALICE, ForwardingKind.BUSY, "102")
        assert control.hindrance(Service.SET_DO_NOT_DISTURB, None, ALICE) is Hindrance.NOT_SUPPORTED
    await ami.act(lab, "DBPut", Family="AMPUSER/101", Key="cidnum", Val="101")
    try:
        async with listening(settings_of(lab.ami)) as listener, ami.session(lab.ami) as session:
            control = listener.connector
            await control.set_do_not_disturb(ALICE, True)
            assert [item["Val"] for item in await session.list("DBGet", Family="DND", Key="101")] == ["YES"]
            assert (await session.act("Getvar", Variable="DEVICE_STATE(Custom:DND101)"))["Value"] == "BUSY"
            await control.set_do_not_disturb(ALICE, False)
            await control.set_do_not_disturb(ALICE, False)
            assert (await session.act("Getvar", Variable="DB_EXISTS(DND/101)"))["Value"] == "0"
            for kind, family in (("always", "CF"), ("busy", "CFB"), ("no_answer", "CFU")):
                await control.set_forwarding(ALICE, ForwardingKind(kind), "+7 495 765-43-21")
                kept = await session.list("DBGet", Family=family, Key="101")
                assert [item["Val"] for item in kept] == ["+74957654321"]
                await control.set_forwarding(ALICE, ForwardingKind(kind), None)
                assert (await session.act("Getvar", Variable=f"DB_EXISTS({family}/101)"))["Value"] == "0"
            with pytest.raises(ServiceRefused):
                await control.set_forwarding(ALICE, ForwardingKind.ALWAYS, "101")
    finally:
        await ami.act(lab, "DBDelTree", Family="AMPUSER")


async def test_what_a_program_gives_a_call_is_on_its_channels(lab: Lab) -> None:
    """Commas, quotation marks and letters of any alphabet arrive as they were given."""
    value = 'заказ 7, "срочно" \\ x; y=${z}'
    async with listening(settings_of(lab.ami)) as listener:
        await listener.connector.make_call(ALICE, "102", data={"order.no": value}, caller_id="+74951110000")
        await lab.phone("101").rings()
        await lab.phone("101").answers()
        await lab.phone("102").rings()
        channel = await ami.channel_of(lab, "102")
        said = await ami.act(lab, "Getvar", Channel=channel, Variable="RINGCARD_DATA_order.no")
        assert said["Value"] == value
        said = await ami.act(lab, "Getvar", Channel=channel, Variable="RINGCARD_CALLER_ID")
        assert said["Value"] == "+74951110000"
        told = [event for event in listener.events if isinstance(event, CallDataSet)]
        assert [(event.key, event.value) for event in told] == [("order.no", value)]


async def test_without_the_option_to_hand_on_nobody_is_asked(lab: Lab) -> None:
    """The customer would hear the keys. Here the call is made by a program whose Dial has no options."""
    async with listening(replace(settings_of(lab.ami), hold_s=30.0)) as listener:
        technology = lab.technology
        await ami.act(
            lab,
            "Originate",
            Channel=f"{technology}/101",
            Application="Dial",
            Data=f"{technology}/103",
            CallerID="<101>",
            Async="true",
        )
        await lab.phone("101").rings()
        await lab.phone("101").answers()
        await lab.phone("103").rings()
        await lab.phone("103").answers()
        await lab.phone("103").talks()
        await listener.until(lambda: bool(listener.board.calls), "the call")
        call = next(iter(listener.board.calls))
        await comes_about(listener, Service.HOLD_CALL, call)
        with pytest.raises(WrongState) as refused:
            await listener.connector.consultation_call(call, ALICE, "102")
        assert refused.value.hindrance is Hindrance.NO_TRANSFER_OPTION


async def test_two_phones_that_forward_to_each_other_bring_the_customer_back(lab: Lab) -> None:
    """Asterisk counts the forwards of a call and gives up; then the lines for handing over bring the customer back."""
    bob, carol, alice = lab.phone("102"), lab.phone("103"), lab.phone("101")
    async with listening(replace(settings_of(lab.ami), transfer_ring_s=20.0)) as listener:
        call = await in_talk(lab, listener)

        async def goes_round() -> int:
            for forwards in range(100):
                phone, other = (bob, "103") if forwards % 2 == 0 else (carol, "102")
                try:
                    async with asyncio.timeout(2.0):
                        await phone.rings()
                except TimeoutError:
                    return forwards
                await phone.forwards_to(other)
            raise AssertionError("it never ends")

        await listener.connector.single_step_transfer_call(call, ALICE, "102")
        forwards = await goes_round()
        assert forwards < 30
        await alice.rings()
        await alice.answers()
        await alice.talks()
        record = listener.calls[call].record(datetime.now(UTC))
        assert [(t.kind, t.by, t.to, t.completed) for t in record.transfers if t.kind is TransferKind.BLIND] == [
            (TransferKind.BLIND, "101", "102", False)
        ]
        assert record.ended_at is None
        await alice.hangs_up()
        await lab.is_quiet()
