"""What the dialplan says of a device whose owner has its calls sent on, or wants none."""

from __future__ import annotations

import pytest

from ringcard.calls.causes import Outcome, TransferKind
from ringcard.calls.events import ConnectionCleared, Originated, PbxEvent, Transferred, Transferring
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.messages import WANTED, WANTED_VARIABLES
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message
from ringcard.pbx.asterisk.translate import Translator

BEGINS = {"Channel": "PJSIP/trunk-01", "ChannelState": "4", "CallerIDNum": "+74959195557", "Exten": "4951110101",
          "Context": "from-trunk", "Uniqueid": "1.1", "Linkedid": "1.1"}  # fmt: skip


def told(*values: str, uid: str = "1.1") -> list[PbxEvent]:
    """What comes of a call of which the dialplan says these."""
    ours = parse_devices("101-110")
    translator = Translator(PbxId("office"), DeviceNames(ours), NumberingPlan("RU", None, ours))
    events = list(translator.receive(Message("Newchannel", BEGINS), 1_000.0))
    for number, value in enumerate(values, 1):
        said = {"Channel": "PJSIP/trunk-01", "Variable": "RINGCARD_DIVERTED", "Value": value, "Uniqueid": uid}
        events += translator.receive(Message("VarSet", said), 1_000.0 + number)
    return events


def test_its_variable_is_parsed() -> None:
    protocol = AmiProtocol(WANTED, variables=WANTED_VARIABLES)
    names = ("RINGCARD_DIVERTED", "RINGCARD_FORWARDS", "RINGCARD_GOES_TO", "RINGCARD_DIVERTED_NOT")
    said = "".join(f"Event: VarSet\r\nVariable: {name}\r\nValue: x\r\n\r\n" for name in names)
    found = protocol.receive(f"Asterisk Call Manager/11.0.0\r\n{said}".encode())
    assert [each.get("Variable") for each in found if isinstance(each, Message)] == ["RINGCARD_DIVERTED"]


def test_a_phone_that_is_always_forwarded_is_told_as_such() -> None:
    events = told("always,101,105")
    assert [type(event) for event in events] == [Originated, ConnectionCleared, Transferring]
    [cleared] = [event for event in events if isinstance(event, ConnectionCleared)]
    assert (cleared.device, cleared.outcome) == ("101", Outcome.FORWARDED)
    [sent] = [event for event in events if isinstance(event, Transferring)]
    assert (sent.kind, sent.by, sent.to) == (TransferKind.FORWARD, "101", "105")


@pytest.mark.parametrize("kind", ["busy", "no_answer"])
def test_what_became_of_a_phone_that_was_rung_its_own_line_tells(kind: str) -> None:
    events = told(f"{kind},101,+74957654321")
    assert [type(event) for event in events] == [Originated, Transferring]
    [sent] = [event for event in events if isinstance(event, Transferring)]
    assert sent.to == "+74957654321"


def test_a_phone_that_is_not_to_be_disturbed_is_busy() -> None:
    [cleared] = [event for event in told("quiet,101") if isinstance(event, ConnectionCleared)]
    assert (cleared.device, cleared.outcome) == ("101", Outcome.BUSY)


def test_a_call_that_goes_on_has_not_come_to_its_end_where_it_was_sent_first() -> None:
    """Whoever waits for the end of a transfer must not take that for it; the scenario of the circle tells the rest."""
    events = told("always,101,102", "always,102,103")
    assert [event.to for event in events if isinstance(event, Transferring)] == ["102", "103"]
    assert not [event for event in events if isinstance(event, Transferred)]


@pytest.mark.parametrize("value", ["", ",", "always", "always,", "always,x\x00y,1", "what,101", "quiet,999", "a,b,c,d"])
def test_whatever_else_it_says_does_no_harm(value: str) -> None:
    assert not [event for event in told(value) if isinstance(event, Transferring | ConnectionCleared)]


def test_what_is_said_of_a_channel_that_nobody_knows_is_nothing() -> None:
    assert [type(event) for event in told("always,101,105", uid="9.9")] == [Originated]
