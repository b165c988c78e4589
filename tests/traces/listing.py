"""What a PBX would have answered to CoreShowChannels at any point of a recording, derived from the recording itself.

The list is made from the messages up to that point: the channels that live, their last known state and bridge, and the
application that each is in.
"""

from __future__ import annotations

from collections.abc import Iterator

from recordings import Stream

from ringcard.pbx.asterisk.protocol import Message, parse

_SNAPSHOT = (
    *("Channel", "ChannelState", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName"),
    *("Context", "Exten", "Uniqueid", "Linkedid"),
)
"""The headers of a channel that both its events and the list have."""


class Switchboard:
    """The channels of a PBX as its own list would show them."""

    def __init__(self) -> None:
        self._channels: dict[str, dict[str, str]] = {}
        self._since: dict[str, float] = {}

    def hear(self, at_s: float, raw: bytes) -> None:
        """Take a message of the recording in."""
        message = parse(raw.strip(b"\r\n"))
        headers = message.headers
        for prefix in ("", "Dest"):
            self._refresh(message.name, at_s, headers, prefix)
        channel = self._channels.get(headers.get("Uniqueid", ""))
        if message.name == "Hangup":
            self._channels.pop(headers.get("Uniqueid", ""), None)
        elif channel is None:
            return
        elif message.name == "BridgeEnter":
            channel["BridgeId"] = headers["BridgeUniqueid"]
        elif message.name == "BridgeLeave":
            channel["BridgeId"] = ""
        elif message.name == "Newexten":
            channel["Application"] = headers.get("Application", "")
        elif message.name == "DialBegin":
            dialled = self._channels.get(headers.get("DestUniqueid", ""))
            if dialled is not None:
                dialled["Application"] = "AppQueue" if channel["Application"] == "Queue" else "AppDial"

    def _refresh(self, name: str, at_s: float, headers: dict[str, str], prefix: str) -> None:
        uid = headers.get(prefix + "Uniqueid", "")
        if not uid:
            return
        if name == "Newchannel":
            self._channels[uid] = {"Application": "", "BridgeId": ""}
            self._since[uid] = at_s
        channel = self._channels.get(uid)
        if channel is not None:
            channel.update({key: headers[prefix + key] for key in _SNAPSHOT if prefix + key in headers})

    def uids(self) -> set[str]:
        """The unique ids of the channels that live."""
        return set(self._channels)

    def listed(self, now_s: float) -> Iterator[Message]:
        """The answer to CoreShowChannels: begin, a message a channel, end."""
        yield Message("", {"Response": "Success", "EventList": "start", "Message": "Channels will follow"})
        for uid, channel in self._channels.items():
            age_s = int(now_s - self._since[uid])
            duration = f"{age_s // 3600:02}:{age_s // 60 % 60:02}:{age_s % 60:02}"
            yield Message("CoreShowChannel", {**channel, "Duration": duration})
        yield Message("CoreShowChannelsComplete", {"EventList": "Complete", "ListItems": str(len(self._channels))})


def up_to(stream: Stream, index: int) -> Switchboard:
    """The PBX after the first `index` messages of the stream."""
    board = Switchboard()
    for at_s, raw in stream[:index]:
        board.hear(at_s, raw)
    return board
