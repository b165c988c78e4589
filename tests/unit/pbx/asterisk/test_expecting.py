"""A call that we asked for is that call, in whatever order Asterisk tells of it, and never stays open for nothing."""

from __future__ import annotations

import pytest

from ringcard.calls.board import Board
from ringcard.calls.causes import Outcome
from ringcard.calls.events import STATE_EVENTS, CallCleared, CallEvent, ConnectionCleared, Originated, PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.expecting import NO_CHANNEL_S
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.translate import Translator

OURS, UID, BEGAN_S = CallId("b93a"), "ringcard-b93a", 1_000.0
CHANNEL = {"Channel": "PJSIP/105-00000144", "Uniqueid": UID, "Linkedid": UID}
FAILED = {
    "ActionID": UID, "Response": "Failure", "Channel": "PJSIP/105", "Context": "internal", "Exten": "84959195557",
    "Reason": "0", "Uniqueid": UID,
}  # fmt: skip
DEST = {"Dest" + key: value for key, value in CHANNEL.items()} | {"DestChannelState": "0", "DestExten": "s"}
REFUSES = [
    ("Newchannel", CHANNEL | {"ChannelState": "0", "Exten": "s", "CallerIDNum": "105"}),
    ("DialBegin", DEST | {"DialString": "105"}),
    ("HangupRequest", CHANNEL | {"ChannelState": "0", "Cause": "17"}),
    ("DialEnd", DEST | {"DialStatus": "BUSY"}),
    ("Hangup", CHANNEL | {"ChannelState": "0", "Cause": "17"}),
]


class Told:
    """A translator that was asked to make a call of 105, and everything that it told."""

    def __init__(self) -> None:
        plan = NumberingPlan("RU", area_code="495")
        self.translator = Translator(PbxId("office"), DeviceNames(parse_devices("101-110")), plan)
        self.translator.connected(BEGAN_S)
        self.translator.expect_call(OURS, UID, DeviceId("105"), "+74959195557")
        self.events: list[PbxEvent] = []

    def hears(self, *messages: tuple[str, dict[str, str]]) -> None:
        for name, headers in messages:
            self.events += self.translator.receive(Message(name, dict(headers)), BEGAN_S)

    def passes(self, seconds: float) -> None:
        self.events += self.translator.tick(BEGAN_S + seconds)

    @property
    def about(self) -> list[CallEvent]:
        return [event for event in self.events if not isinstance(event, STATE_EVENTS)]


@pytest.mark.parametrize("place", range(len(REFUSES) + 1))
def test_a_phone_that_refuses_at_once_ends_the_call_that_was_asked_for(place: int) -> None:
    told = Told()
    told.hears(*REFUSES[:place], ("OriginateResponse", FAILED), *REFUSES[place:])
    told.passes(NO_CHANNEL_S + 60)
    assert {event.call_id for event in told.about} == {OURS}
    assert [event.outcome for event in told.about if isinstance(event, ConnectionCleared)] == [Outcome.BUSY]
    assert [type(event) for event in told.about if isinstance(event, (Originated, CallCleared))] == [
        Originated, CallCleared,
    ]  # fmt: skip


def test_of_a_phone_that_is_not_there_it_is_told_once_and_the_record_is_whole() -> None:
    told = Told()
    told.hears(("OriginateResponse", FAILED | {"Uniqueid": "<null>"}))
    told.passes(NO_CHANNEL_S / 2)
    assert told.about == []
    told.passes(NO_CHANNEL_S)
    told.passes(NO_CHANNEL_S + 60)
    assert [type(event) for event in told.about] == [Originated, ConnectionCleared, CallCleared]
    board = Board()
    calls = [board.apply(event) for event in told.about]
    assert calls[-1] is not None
    record = calls[-1].record(told.about[-1].at)
    assert (record.caller.device, record.called.number) == ("105", "+74959195557")
    assert record.ended_at is not None
    assert record.anomalies == ()


def test_a_call_that_the_pbx_would_not_make_is_forgotten() -> None:
    told = Told()
    told.translator.unexpect_call(UID)
    told.hears(("OriginateResponse", FAILED))
    told.passes(NO_CHANNEL_S + 60)
    assert told.about == []
