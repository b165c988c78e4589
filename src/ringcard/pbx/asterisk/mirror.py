"""The PBX's channels and bridges as we know them: a mirror, updated message by message, that draws no conclusions.

What a call is, and who talks with whom, is concluded from it in `tracked` and `derive`. Applying a message twice, or
late, changes nothing that a newer one has told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.devices import ChannelName, DeviceNames, Kind
from ringcard.pbx.asterisk.messages import ChannelFacts, ChannelState

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.tracked import Side, TrackedCall

PEOPLE = frozenset({Kind.DEVICE, Kind.OUTSIDER})
UP, RING, RINGING, DOWN = (
    state.value for state in (ChannelState.UP, ChannelState.RING, ChannelState.RINGING, ChannelState.DOWN)
)


class Channel:
    """One channel. Times are epoch seconds on the translator's clock."""

    __slots__ = (
        "bridge",
        "call",
        "caller_name",
        "cause",
        "connected_number",
        "created_s",
        "departed",
        "device",
        "dial_status",
        "dialled",
        "dialled_exten",
        "dialler",
        "e164",
        "exten",
        "feature_hold_s",
        "forwarded",
        "gone_s",
        "half",
        "handed_over",
        "hangup_request_s",
        "held_by_program",
        "held_s",
        "joined_s",
        "kind",
        "last_hold_s",
        "linkedid",
        "name",
        "number",
        "other_half",
        "pair",
        "program",
        "rang_s",
        "real",
        "sent_by",
        "sent_told",
        "side",
        "spent",
        "state",
        "tech",
        "uid",
        "unheld_s",
        "unsettled",
        "up_s",
        "withdrawn",
        "witnessed",
    )

    def __init__(self, facts: ChannelFacts, parsed: ChannelName, created_s: float) -> None:
        self.uid = facts.uid
        self.name = facts.name
        self.linkedid = facts.linkedid
        self.kind: Kind = parsed.kind
        self.real = parsed.kind in PEOPLE
        """A person's: a device's or an outsider's."""
        self.tech = parsed.tech
        self.device: DeviceId | None = parsed.device
        self.pair = parsed.pair
        self.half = parsed.half
        self.other_half: Channel | None = None
        self.state = facts.state
        self.number = facts.number
        self.caller_name = facts.caller_name
        self.connected_number = facts.connected_number
        self.exten = facts.exten
        self.created_s = created_s
        self.rang_s: float | None = None
        self.up_s: float | None = None
        self.bridge: Bridge | None = None
        self.call: TrackedCall | None = None
        self.side: Side | None = None
        self.dialler: Channel | None = None
        self.dialled = False
        """Somebody dialled it: a channel (`dialler`), a program or a transfer (None)."""
        self.dialled_exten = ""
        """The extension it was in when it dialled last."""
        self.program = False
        """A program's Originate made it."""
        self.dial_status = ""
        self.forwarded = False
        self.held_s: float | None = None
        self.held_by_program = False
        """It holds, because a program sent it and the other side to wait."""
        self.unheld_s: float | None = None
        self.last_hold_s = 0.0
        """When a hold that was seen to begin ended last."""
        self.feature_hold_s: float | None = None
        """Since when the music of a feature code (`*2`, `#1`, Atxfer) plays, or a hold that might be one."""
        self.unsettled: tuple[float, float] | None = None
        """A hold that is over and may have been a feature code's: since, until."""
        self.hangup_request_s: float | None = None
        self.departed = False
        """The person behind it hung up and it left its bridge; Asterisk may keep the channel for seconds more."""
        self.gone_s: float | None = None
        self.cause = 0
        self.e164: str | None = None
        """Of an outsider: its number, once it is known."""
        self.joined_s: float | None = None
        """When it became the call's own: a consultation that turned into a transfer."""
        self.handed_over = False
        """It has handed its call over and is on its way out: when it hangs up, nobody's call ends."""
        self.sent_by: DeviceId | None = None
        """Who sends it on blind, until it is in a bridge again."""
        self.sent_told = False
        """That it was sent on is reported; the BlindTransfer that says so, too, is still to come."""
        self.spent = False
        """Its stay in the call is over, or reported once and for all, although it may live on."""
        self.withdrawn = False
        """A program took whoever dialled it: it stops ringing, although its Hangup may come after the next dial."""
        self.witnessed = True
        """We saw it begin; False for what a snapshot showed."""

    @property
    def root(self) -> bool:
        """It began a call of its own: nobody else's channel was its reason."""
        return self.linkedid == self.uid

    def since(self, at_s: float | None, default_s: float) -> float:
        """`at_s`, but not before it became the call's own."""
        at_s = default_s if at_s is None else at_s
        return at_s if self.joined_s is None else max(at_s, self.joined_s)

    @property
    def timed(self) -> bool:
        """What `since` tells was seen to happen, not found in a snapshot."""
        return self.witnessed or (self.joined_s is not None and self.joined_s > (self.up_s or self.created_s))

    @property
    def up(self) -> bool:
        return self.state == UP and self.gone_s is None and not self.departed

    @property
    def alive(self) -> bool:
        """Somebody is still behind it."""
        return self.gone_s is None and not self.departed


class Bridge:
    """A bridge and who is in it."""

    __slots__ = ("holding", "members", "uid")

    def __init__(self, uid: str, *, holding: bool) -> None:
        self.uid = uid
        self.holding = holding
        """Its members don't hear each other: parking, music."""
        self.members: dict[str, Channel] = {}


class Mirror:
    """All channels and bridges of one PBX."""

    def __init__(self, names: DeviceNames) -> None:
        self._names = names
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self._pairs: dict[str, Channel] = {}

    def create(self, facts: ChannelFacts, at_s: float) -> Channel:
        """A new channel. Its other Local half is tied to it when both are known."""
        parsed = self._names.parse(facts.name)
        channel = Channel(facts, parsed, at_s)
        if facts.state == UP:
            channel.up_s = at_s
        elif facts.state == RINGING:
            channel.rang_s = at_s
        self.channels[facts.uid] = channel
        if parsed.half:
            other = self._pairs.pop(parsed.pair, None)
            if other is None:
                self._pairs[parsed.pair] = channel
            else:
                channel.other_half, other.other_half = other, channel
        return channel

    def rename(self, channel: Channel, name: str) -> None:
        """A masquerade gave the channel another's name: it is that device from now on."""
        parsed = self._names.parse(name)
        channel.name, channel.kind, channel.tech = name, parsed.kind, parsed.tech
        channel.device, channel.real = parsed.device, parsed.kind in PEOPLE

    def refresh(self, channel: Channel, facts: ChannelFacts) -> None:
        """Take over what an event's snapshot tells beside the event itself."""
        channel.linkedid = facts.linkedid
        if facts.connected_number:
            channel.connected_number = facts.connected_number
        if facts.exten:
            channel.exten = facts.exten

    def bridge(self, uid: str, kind: str = "", creator: str = "") -> Bridge:
        """The bridge `uid`, made if it is not known. `kind` and `creator` as BridgeCreate tells them."""
        found = self.bridges.get(uid)
        if found is None:
            found = self.bridges[uid] = Bridge(uid, holding=kind in ("parking", "holding") or creator == "Parking")
        return found

    def enter(self, channel: Channel, bridge: Bridge) -> None:
        if channel.bridge is not None and channel.bridge is not bridge:
            self.leave(channel)
        channel.bridge = bridge
        bridge.members[channel.uid] = channel

    def leave(self, channel: Channel) -> None:
        bridge = channel.bridge
        if bridge is None:
            return
        if (channel.hangup_request_s is not None or channel.handed_over) and channel.real:
            channel.departed = True
        channel.bridge = None
        bridge.members.pop(channel.uid, None)
        if not bridge.members:
            self.bridges.pop(bridge.uid, None)

    def remove(self, channel: Channel, at_s: float) -> None:
        """The channel hung up."""
        self.leave(channel)
        channel.gone_s = at_s
        self.channels.pop(channel.uid, None)
        if channel.pair and self._pairs.get(channel.pair) is channel:
            del self._pairs[channel.pair]


def hears(channel: Channel) -> list[Channel]:
    """The channels a channel is connected with, itself included: through bridges and Local pairs, however many."""
    bridge = channel.bridge
    if bridge is None or bridge.holding:
        return [channel]
    members = list(bridge.members.values())
    if not any(member.half for member in members):
        return members
    seen = {member.uid: member for member in members}
    waiting = members
    while waiting:
        other = waiting.pop().other_half
        if other is None or other.uid in seen:
            continue
        seen[other.uid] = other
        beyond = other.bridge
        if beyond is not None and not beyond.holding:
            for member in beyond.members.values():
                if member.uid not in seen:
                    seen[member.uid] = member
                    waiting.append(member)
    return list(seen.values())
