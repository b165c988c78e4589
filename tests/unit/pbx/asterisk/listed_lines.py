"""A PBX that is met in the middle of its calls: the lines that it lists, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.replay import records
from ringcard.pbx.asterisk.translate import Translator

CAME_S = 1_800_000_000.0
"""When somebody comes into the middle."""

CUSTOMER, ANOTHER = "+74959195557", "+74959195558"


@dataclass(frozen=True, slots=True)
class Line:
    """A channel as CoreShowChannels and Status list it."""

    name: str
    uid: str
    linkedid: str
    number: str = CUSTOMER
    state: str = "6"
    exten: str = ""
    bridge: str = ""
    application: str = "AppDial"
    age_s: int = 10
    connected: str = ""
    dialled: str | None = None
    """What its owner dialled; of a line that was dialled itself, nothing. None if Status was not asked."""
    sent_by: str = ""

    def statuses(self) -> list[Message]:
        if self.dialled is None:
            return []
        variables = f"BLINDTRANSFER={self.sent_by}\nCALLERID(ANI)={self.number}"
        headers = {"Uniqueid": self.uid, "DNID": self.dialled, "Application": self.application, "Variable": variables}
        return [Message("Status", headers)]

    def item(self) -> Message:
        age = f"{self.age_s // 3600:02}:{self.age_s // 60 % 60:02}:{self.age_s % 60:02}"
        return Message(
            "CoreShowChannel",
            {
                "Channel": self.name,
                "ChannelState": self.state,
                "CallerIDNum": self.number,
                "ConnectedLineNum": self.connected,
                "Exten": self.exten,
                "Uniqueid": self.uid,
                "Linkedid": self.linkedid,
                "BridgeId": self.bridge,
                "Application": self.application,
                "Duration": age,
            },
        )


class Office:
    """A translator that comes into the middle, perhaps after a former run."""

    def __init__(self, open_calls: Sequence[CallRecord] = (), heard_until_s: float | None = None) -> None:
        devices = parse_devices("101-110")
        self.translator = Translator(PbxId("office"), DeviceNames(devices), NumberingPlan("RU", None, devices))
        heard = None if heard_until_s is None else moment(heard_until_s)
        self.translator.adopt(open_calls, heard)
        self.translator.connected(CAME_S)
        self.events: list[PbxEvent] = []

    def hears(self, name: str, at_s: float = 0.0, /, **headers: str) -> None:
        """A message, `at_s` seconds after it came."""
        self.events += self.translator.receive(Message(name, headers), CAME_S + at_s)

    def passes(self, until_s: float) -> None:
        """Nothing happens until so many seconds after it came."""
        self.events += self.translator.tick(CAME_S + until_s)

    def finds(self, *lines: Line) -> list[CallRecord]:
        """The lists are read to their end; the calls as they stand then."""
        begins = Message("", {"Response": "Success", "EventList": "start", "Message": "Channels will follow"})
        messages = [status for line in lines for status in line.statuses()]
        messages += [begins, *(line.item() for line in lines), Message("CoreShowChannelsComplete", {})]
        for message in messages:
            self.events += self.translator.receive(message, CAME_S)
        return self.told()

    def told(self) -> list[CallRecord]:
        return records(self.events)


def moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def customer(
    uid: str = "1.1",
    *,
    dialled: str | None = "4951110101",
    exten: str = "4951110101",
    state: str = "6",
    bridge: str = "",
    application: str = "Dial",
) -> Line:
    """A customer's line that runs the dialplan."""
    name = "PJSIP/trunk-00000001"
    return Line(name, uid, uid, CUSTOMER, state, exten, bridge, application, dialled=dialled)


def phone(device: str, *, uid: str = "1.2", linkedid: str = "1.1", state: str = "6", bridge: str = "") -> Line:
    """A phone that the dialplan called."""
    return Line(f"PJSIP/{device}-00000002", uid, linkedid, device, state, bridge=bridge, dialled="")
