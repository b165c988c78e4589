"""How AMI writes things down: snapshots of channels and bridges, events, responses.

Source: Asterisk 22 manager_channels.c, manager_bridges.c; header order as in the recordings.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringcard.pbx.simulator.channels import Bridge, Channel

UNKNOWN = "<unknown>"
END = "\r\n"


@dataclass(slots=True)
class Message:
    """One AMI event on its way to the managers. `text` is all of it, without the blank line at its end."""

    name: str
    permission: str
    text: str
    encoded: bytes = b""

    def wire(self) -> bytes:
        """The bytes, made once for all managers."""
        if not self.encoded:
            self.encoded = f"{self.text}\r\n\r\n".encode()
        return self.encoded


def headers(**pairs: object) -> str:
    """`Name: value` lines; an underscore in a name is a hyphen. Values may not break a line, as in Asterisk."""
    return "\r\n".join(f"{name.replace('_', '-')}: {clean(value)}" for name, value in pairs.items())


def clean(value: object) -> str:
    """A value fit for one line."""
    text = str(value)
    if "\r" in text or "\n" in text:
        return text.replace("\r", " ").replace("\n", " ")
    return text


def channel_snapshot(channel: Channel, prefix: str = "") -> str:
    """The fourteen headers of a channel, each name with `prefix`. Kept until `changed` is called."""
    text = channel.snapshots.get(prefix)
    if text is None:
        text = channel.snapshots[prefix] = (
            f"{prefix}Channel: {channel.name}\r\n"
            f"{prefix}ChannelState: {channel.state.value}\r\n"
            f"{prefix}ChannelStateDesc: {channel.state.text}\r\n"
            f"{prefix}CallerIDNum: {clean(channel.caller_num) or UNKNOWN}\r\n"
            f"{prefix}CallerIDName: {clean(channel.caller_name) or UNKNOWN}\r\n"
            f"{prefix}ConnectedLineNum: {clean(channel.connected_num) or UNKNOWN}\r\n"
            f"{prefix}ConnectedLineName: {clean(channel.connected_name) or UNKNOWN}\r\n"
            f"{prefix}Language: en\r\n"
            f"{prefix}AccountCode: \r\n"
            f"{prefix}Context: {channel.context}\r\n"
            f"{prefix}Exten: {clean(channel.exten)}\r\n"
            f"{prefix}Priority: {channel.priority}\r\n"
            f"{prefix}Uniqueid: {channel.uniqueid}\r\n"
            f"{prefix}Linkedid: {channel.linkedid}"
        )
    return text


def changed(channel: Channel) -> None:
    """Something in the channel's snapshot is different now."""
    channel.snapshots.clear()


def bridge_snapshot(bridge: Bridge, prefix: str = "") -> str:
    """The seven headers of a bridge."""
    return (
        f"{prefix}BridgeUniqueid: {bridge.uniqueid}\r\n"
        f"{prefix}BridgeType: {bridge.kind}\r\n"
        f"{prefix}BridgeTechnology: {bridge.technology}\r\n"
        f"{prefix}BridgeCreator: {bridge.creator or UNKNOWN}\r\n"
        f"{prefix}BridgeName: {bridge.name or UNKNOWN}\r\n"
        f"{prefix}BridgeNumChannels: {len(bridge.channels) + bridge.announcers}\r\n"
        f"{prefix}BridgeVideoSourceMode: none"
    )
