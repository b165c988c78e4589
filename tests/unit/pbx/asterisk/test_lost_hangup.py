"""A Hangup that never came: a later snapshot ends the call, and says why."""

from __future__ import annotations

from ringcard.calls.events import AnomalyNoted, CallCleared, Originated
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.translate import Translator

CHANNEL = {
    "Channel": "PJSIP/trunk-00000001",
    "ChannelState": "4",
    "CallerIDNum": "+74959195557",
    "Exten": "4951110101",
    "Uniqueid": "1.1",
    "Linkedid": "1.1",
}


def test_a_channel_that_a_snapshot_does_not_list_any_more_is_gone_and_noted() -> None:
    translator = Translator(PbxId("office"), DeviceNames(), NumberingPlan("RU"))
    translator.connected(1000.0)
    events = translator.receive(Message("Newchannel", dict(CHANNEL)), 1001.0)
    assert [type(event) for event in events] == [Originated]
    listing = Message("", {"Response": "Success", "EventList": "start", "Message": "Channels will follow"})
    translator.receive(listing, 1100.0)
    events = translator.receive(Message("CoreShowChannelsComplete", {"ListItems": "0"}), 1100.0)
    assert any(isinstance(event, CallCleared) for event in events)
    notes = [event.what for event in events if isinstance(event, AnomalyNoted)]
    assert notes == ["PJSIP/trunk-00000001 was gone without a Hangup"]
