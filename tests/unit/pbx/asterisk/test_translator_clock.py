"""When something happened is what the PBX's own stamp says, whatever of ours is answered in between."""

from __future__ import annotations

import pytest

from ringcard.calls.events import Delivered
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.tracked import moment
from ringcard.pbx.asterisk.translate import Translator

T0 = 1_795_385_230.0
CALLER = {"Channel": "PJSIP/trunk-00000001", "Uniqueid": "1.1", "Linkedid": "1.1", "Exten": "4951110101"}
PHONE = {"Channel": "PJSIP/101-00000002", "Uniqueid": "1.2", "Linkedid": "1.1"}
DIALLED = {f"Dest{key}": value for key, value in PHONE.items()} | {"DestChannelState": "0"}


@pytest.mark.parametrize(
    "answer",
    [
        Message("", {"Response": "Success", "Ping": "Pong"}),
        Message("", {"Response": "Success", "Variable": "AMPUSER", "Value": ""}),
        Message("DBGetTreeComplete", {"ActionID": "a-DND", "ListItems": "0"}),
    ],
)
def test_an_answer_to_us_does_not_date_what_the_pbx_said_before_it(answer: Message) -> None:
    ours = parse_devices("101-110")
    translator = Translator(PbxId("office"), DeviceNames(ours), NumberingPlan("RU", None, ours))
    translator.connected(T0)
    said = [
        (Message("Newchannel", {**CALLER, "ChannelState": "4", "CallerIDNum": "89031234567"}), 0.0),
        (Message("Newchannel", {**PHONE, "ChannelState": "0"}), 0.01),
        (Message("DialBegin", {**CALLER, "ChannelState": "4", **DIALLED}), 0.02),
    ]
    for message, after_s in said:
        message.headers["Timestamp"] = str(T0 + after_s)
        translator.receive(message, T0 + after_s)
    translator.receive(answer, T0 + 0.4)
    ringing = Message("Newstate", {**PHONE, "ChannelState": "5", "Timestamp": str(T0 + 0.1)})
    (rang,) = [event for event in translator.receive(ringing, T0 + 0.41) if isinstance(event, Delivered)]
    assert rang.at == moment(T0 + 0.1)
