"""What the dialplan says of a call becomes its data, once."""

from __future__ import annotations

import pytest

from ringcard.calls.events import CallDataSet, Originated
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.facilities import unescaped
from ringcard.pbx.asterisk.messages import WANTED, WANTED_VARIABLES
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message
from ringcard.pbx.asterisk.translate import Translator


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"say \"now\"", 'say "now"'),
        (r"C:\\new", r"C:\new"),
        (r"two\nlines", "two\nlines"),
        (r"what\?", "what?"),
        (r"\q stays", r"\q stays"),
        ("заказ", "заказ"),
        ("", ""),
    ],
)
def test_a_value_is_read_as_the_pbx_writes_it(written: str, value: str) -> None:
    assert unescaped(written) == value


@pytest.mark.parametrize("name", ["RINGCARD_DATA_account", "_RINGCARD_DATA_account", "__RINGCARD_DATA_account"])
def test_its_variables_are_parsed_and_others_are_not(name: str) -> None:
    protocol = AmiProtocol(WANTED, variables=WANTED_VARIABLES)
    said = f"Event: VarSet\r\nVariable: {name}\r\nValue: 12\r\nUniqueid: 1.1\r\n\r\n"
    other = "Event: VarSet\r\nVariable: DIALSTATUS\r\nValue: RINGCARD_DATA_\r\nUniqueid: 1.1\r\n\r\n"
    found = protocol.receive(f"Asterisk Call Manager/11.0.0\r\n{other}{said}".encode())
    assert [each.get("Variable") for each in found if isinstance(each, Message)] == [name]


def test_what_a_new_channel_inherits_is_not_said_again() -> None:
    translator = Translator(PbxId("office"), DeviceNames(parse_devices("101")), NumberingPlan("RU"))

    def say(name: str, **headers: str) -> list[object]:
        return list(translator.receive(Message(name, headers), 1_000.0))

    begins = {"Channel": "PJSIP/trunk-01", "ChannelState": "4", "CallerIDNum": "+74959195557", "Exten": "74951234567",
              "Context": "from-trunk", "Uniqueid": "1.1", "Linkedid": "1.1"}  # fmt: skip
    told = say("Newchannel", **begins)
    set_it = {"Channel": "PJSIP/trunk-01", "Variable": "__RINGCARD_DATA_Account", "Value": "12", "Uniqueid": "1.1",
              "Linkedid": "1.1"}  # fmt: skip
    told += say("VarSet", **set_it)
    told += say("VarSet", **set_it)
    told += say("VarSet", **(set_it | {"Value": "13"}))
    assert any(isinstance(event, Originated) for event in told)
    assert [(e.key, e.value) for e in told if isinstance(e, CallDataSet)] == [("account", "12"), ("account", "13")]
