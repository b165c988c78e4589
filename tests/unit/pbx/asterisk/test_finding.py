"""What a list of channels tells of calls that nobody told us of; what it does not tell is null."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.pbx.asterisk.listed_lines import ANOTHER, CAME_S, CUSTOMER, Line, Office, customer, moment, phone

from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import Party

RINGING = "5"


def test_of_two_who_talk_it_is_told_who_they_are_and_not_since_when() -> None:
    [call] = Office().finds(customer(bridge="b"), phone("101", bridge="b"))
    assert (call.direction, call.caller.number, call.called.number) == (Direction.INBOUND, CUSTOMER, "+74951110101")
    assert (call.started_at, call.answered_at, call.complete) == (moment(CAME_S - 10), None, False)
    [stint] = call.devices
    assert (stint.device, stint.ringing_at, stint.answered_at, stint.left_at) == ("101", None, None, None)
    assert stint.outcome is Outcome.ANSWERED


def test_what_was_dialled_is_not_taken_from_where_a_menu_has_sent_the_caller() -> None:
    [call] = Office().finds(customer(dialled=None, exten="101", bridge="b"), phone("101", bridge="b"))
    assert call.called == Party()


def test_what_was_dialled_is_told_by_its_status_wherever_the_caller_is_now() -> None:
    [call] = Office().finds(customer(exten="800", application="BackGround"))
    assert (call.called.number, call.devices) == ("+74951110101", ())


def test_who_began_an_outbound_call_and_left_it_is_not_told() -> None:
    far = Line("PJSIP/trunk-00000003", "1.3", "1.1", bridge="b", dialled="")
    [call] = Office().finds(phone("102", bridge="b"), far)
    assert (call.direction, call.caller, call.called.number) == (Direction.OUTBOUND, Party(), CUSTOMER)


def test_of_colleagues_whose_caller_has_left_neither_caller_nor_called_is_told() -> None:
    [call] = Office().finds(phone("102", bridge="b"), phone("103", uid="1.3", bridge="b"))
    assert (call.direction, call.caller, call.called) == (Direction.INTERNAL, Party(), Party())


def test_a_phone_that_rings_for_a_caller_not_answered_yet_is_answered_when_it_answers() -> None:
    office = Office()
    office.finds(customer(state="4"), phone("101", state=RINGING))
    office.hears("Newstate", 2.0, Channel="PJSIP/101-00000002", ChannelState="6", Uniqueid="1.2", Linkedid="1.1")
    [call] = office.told()
    assert call.answered_at == moment(CAME_S + 2)
    assert call.devices[0].ringing_at is None


def test_who_answered_first_is_not_told_if_the_caller_s_line_was_up_while_the_phone_rang() -> None:
    """A menu may have answered, or somebody who has sent the caller on."""
    office = Office()
    office.finds(customer(), phone("101", state=RINGING))
    office.hears("Newstate", 2.0, Channel="PJSIP/101-00000002", ChannelState="6", Uniqueid="1.2", Linkedid="1.1")
    [call] = office.told()
    assert (call.answered_at, call.devices[0].answered_at) == (None, moment(CAME_S + 2))


def test_who_sent_the_caller_on_was_in_the_call_nobody_knows_how_long() -> None:
    sent = replace(customer(exten="102"), sent_by="PJSIP/101-00000002")
    [call] = Office().finds(sent, phone("102", state=RINGING))
    former = next(stint for stint in call.devices if stint.device == "101")
    assert (former.ringing_at, former.answered_at, former.left_at) == (None, None, moment(CAME_S))
    assert (former.outcome, former.talk_s) == (Outcome.ANSWERED, 0.0)
    assert call.transfers == ()  # where to is not told: a menu may have sent the caller on


def test_whoever_is_asked_by_star_2_is_a_consultation_and_no_call() -> None:
    maker = replace(phone("101", bridge="asks"), number="101")
    inner = Line("Local/102@internal-00000001;1", "1.4", "1.1", "102", "5", "102", "asks", "", 5, "101")
    outer = Line("Local/102@internal-00000001;2", "1.5", "1.1", "101", "4", "102", "", "Dial", 5, "102")
    [call] = Office().finds(customer(bridge="b"), maker, inner, outer, phone("102", uid="1.6", state=RINGING))
    [asked] = call.consultations
    assert (asked.by, asked.to, asked.ringing_at, asked.answered_at) == ("101", "102", None, None)
    assert [stint.device for stint in call.devices] == ["101"]


def test_two_customers_who_talk_have_a_record_each_and_one_conversation() -> None:
    other = replace(customer("2.1", bridge="b"), name="PJSIP/trunk-00000009", number=ANOTHER)
    one, two = Office().finds(customer(bridge="b"), other)
    assert {one.caller.number, two.caller.number} == {CUSTOMER, ANOTHER}
    assert one.conversation_id == two.conversation_id
    assert (one.devices, two.devices, one.answered_at) == ((), (), None)


def test_a_local_pair_alone_is_no_call() -> None:
    first = Line("Local/500@internal-00000001;1", "1.4", "1.4", "", "6", "500", "b", "", 5)
    assert Office().finds(first, replace(first, name="Local/500@internal-00000001;2", uid="1.5")) == []
