"""What a PBX may say that nobody expects: nothing raises, nothing is guessed, a snapshot is asked for."""

from __future__ import annotations

import random

import pytest

from ringcard.calls.board import Board
from ringcard.calls.events import PbxEvent, StateEvent
from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message, Oversized
from ringcard.pbx.asterisk.replay import records
from ringcard.pbx.asterisk.translate import Translator

DEVICES = parse_devices("101-106")
TRUNK = {"Channel": "PJSIP/trunk-00000001", "Uniqueid": "1.1", "Linkedid": "1.1", "Exten": "4951110101"}
PHONE = {"Channel": "PJSIP/101-00000002", "Uniqueid": "1.2", "Linkedid": "1.1", "Exten": "4951110101"}


def translator() -> Translator:
    return Translator(PbxId("pbx"), DeviceNames(DEVICES), NumberingPlan("RU", None, DEVICES))


def answered_call(number: str = "+74959195557", name: str = "", talk_s: float = 5.0) -> list[tuple[float, Message]]:
    """A customer calls 101, who answers; the customer hangs up."""
    caller = {**TRUNK, "CallerIDNum": number, "CallerIDName": name}
    phone = {**PHONE, "CallerIDNum": "101"}
    end_s = 3.0 + talk_s

    def both(event: str, at_s: float, state: str, bridge: str) -> list[tuple[float, Message]]:
        sides = (caller, phone)
        return [(at_s, Message(event, {**side, "ChannelState": state, "BridgeUniqueid": bridge})) for side in sides]

    dialled = {f"Dest{key}": value for key, value in phone.items()}
    return [
        (1.0, Message("Newchannel", {**caller, "ChannelState": "4"})),
        (1.1, Message("Newchannel", {**phone, "ChannelState": "0"})),
        (1.2, Message("DialBegin", {**caller, "ChannelState": "4", **dialled})),
        (1.3, Message("Newstate", {**phone, "ChannelState": "5"})),
        (3.0, Message("Newstate", {**phone, "ChannelState": "6"})),
        (3.0, Message("DialEnd", {**caller, "ChannelState": "4", **dialled, "DialStatus": "ANSWER"})),
        (3.0, Message("Newstate", {**caller, "ChannelState": "6"})),
        *both("BridgeEnter", 3.0, "6", "b"),
        (end_s, Message("HangupRequest", caller)),
        *both("BridgeLeave", end_s, "6", "b"),
        (end_s, Message("Hangup", {**phone, "Cause": "16"})),
        (end_s, Message("Hangup", {**caller, "Cause": "16"})),
    ]


def told(messages: list[tuple[float, Message]], heard: Translator | None = None) -> list[CallRecord]:
    heard = heard or translator()
    events: list[PbxEvent] = []
    for at_s, message in messages:
        events += heard.receive(message, at_s)
    return records([*events, *heard.tick(10_000_000.0)])


def test_a_plain_call_is_told() -> None:
    (record,) = told(answered_call())
    assert (record.caller.number, record.disposition, record.ended_by) == ("+74959195557", "answered", "caller")
    assert (record.talk_s, record.ring_s) == pytest.approx((5.0, 1.7))
    assert record.anomalies == ()


def test_every_message_twice_is_the_same_call() -> None:
    assert [r.talk_s for r in told([pair for pair in answered_call() for _ in (1, 2)])] == [5.0]


def test_a_call_of_26_hours_is_as_long_as_that() -> None:
    assert told(answered_call(talk_s=26 * 3600.0))[0].talk_s == 26 * 3600.0


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE calls;--", "<script>alert(1)</script>", "Алёна 🙂", "x" * 300, "\x00\x1b[31m", ""]
)
def test_a_callers_name_is_text_and_nothing_else(name: str) -> None:
    assert told(answered_call(name=name))[0].caller.name == (name or None)


@pytest.mark.parametrize("number", ["'; DROP TABLE calls;--", "<b>1</b>", "🙂", "9" * 300, "sip:a@b"])
def test_a_callers_number_that_is_none_has_no_e164_form(number: str) -> None:
    assert told(answered_call(number=number))[0].caller.number is None


@pytest.mark.parametrize("number", ["anonymous", "Anonymous", "", "<unknown>"])
def test_a_withheld_number_is_nobody(number: str) -> None:
    caller = told(answered_call(number=number, name="Anonymous"))[0].caller
    assert (caller.number, caller.presented, caller.device, caller.name) == (None, None, None, None)


@pytest.mark.parametrize("event", ["Newstate", "HangupRequest", "Hangup", "BridgeEnter", "Hold", "Unhold"])
def test_a_channel_never_seen_asks_for_a_snapshot_and_is_no_call(event: str) -> None:
    heard = translator()
    message = Message(event, {**TRUNK, "ChannelState": "6", "BridgeUniqueid": "b"})
    assert heard.receive(message, 1.0) == []
    assert heard.wants_snapshot


def test_a_message_thrown_away_asks_for_a_snapshot() -> None:
    heard = translator()
    heard.receive(Oversized(20_000_000), 1.0)
    assert heard.wants_snapshot


def test_messages_without_their_headers_raise_nothing() -> None:
    heard = translator()
    for name in ("Newchannel", "Newstate", "Hangup", "DialBegin", "DialEnd", "BridgeEnter", "BridgeLeave", "Pickup"):
        heard.receive(Message(name, {}), 1.0)
        heard.receive(Message(name, {"Uniqueid": "x", "ChannelState": "six", "Cause": "?"}), 1.0)
    for name in (
        "BlindTransfer",
        "AttendedTransfer",
        "ParkedCall",
        "QueueCallerJoin",
        "CoreShowChannel",
        "FullyBooted",
    ):
        heard.receive(Message(name, {}), 1.0)


@pytest.mark.parametrize("seed", range(200))
def test_messages_lost_doubled_and_out_of_order_leave_no_call_behind(seed: int) -> None:
    dice = random.Random(seed)
    messages = [message for _, message in answered_call()]
    some = [dice.choice(messages) for _ in range(dice.randrange(1, 30))]
    dice.shuffle(some)
    some += [Message("Hangup", dict(side)) for side in (PHONE, TRUNK)]
    heard, board = translator(), Board()
    events = [event for index, message in enumerate(some) for event in heard.receive(message, 1.0 + index)]
    events += heard.tick(1000.0)
    for event in events:
        if not isinstance(event, StateEvent):
            board.apply(event)
    assert board.calls == {}
    for record in records(events):
        assert min(record.talk_s, record.hold_s, record.ring_s, record.wait_s) >= 0
