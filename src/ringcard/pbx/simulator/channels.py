"""What an Asterisk holds while calls last: endpoints, channels, bridges, pairs of Local channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ringcard.pbx.simulator.threads import Thread


class ChannelState(IntEnum):
    """Asterisk's channel states, as far as a SIP PBX shows them."""

    DOWN = 0
    RING = 4
    RINGING = 5
    UP = 6

    @property
    def text(self) -> str:
        return {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}[self.value]


class Cause(IntEnum):
    """Q.850 causes, as far as the simulator uses them."""

    UNKNOWN = 0
    UNALLOCATED = 1
    NORMAL = 16
    BUSY = 17
    NO_ANSWER = 19
    ABSENT = 20
    REJECTED = 21
    REDIRECTED = 23
    ANSWERED_ELSEWHERE = 26
    INTERWORKING = 127

    @property
    def text(self) -> str:
        return {
            0: "Unknown",
            1: "Unallocated (unassigned) number",
            16: "Normal Clearing",
            17: "User busy",
            19: "User alerting, no answer",
            20: "Subscriber absent",
            21: "Call Rejected",
            23: "Redirected to new destination",
            26: "Answered elsewhere",
            127: "Interworking, unspecified",
        }[self.value]


@dataclass(eq=False, slots=True)
class Endpoint:
    """A PJSIP endpoint: a phone of the company or the trunk. How its phone behaves is for its owner to say."""

    name: str
    display_name: str
    context: str = "internal"
    registered: bool = True
    busy: bool = False
    """Answers every call with 486 (do not disturb)."""
    obeys: bool = False
    """Lets itself be told to talk and to hold, and picks up by itself if it is asked to."""
    forward_to: str | None = None
    """Answers every call with 302 to this extension."""
    channels: list[Channel] = field(default_factory=list)
    shown_state: str = "NOT_INUSE"
    """The device state last reported."""

    @property
    def is_trunk(self) -> bool:
        return self.context == "from-trunk"

    def device_state(self) -> str:
        """Asterisk's aggregate of the channels' states (devicestate.c, `ast_devstate_aggregate_result`)."""
        if not self.registered:
            return "UNAVAILABLE"
        ringing = any(channel.state is ChannelState.RINGING for channel in self.channels)
        using = [channel for channel in self.channels if channel.state in (ChannelState.RING, ChannelState.UP)]
        if using and all(channel.hears_hold for channel in using) and not ringing:
            return "ONHOLD"
        if using:
            return "RINGINUSE" if ringing else "INUSE"
        return "RINGING" if ringing else "NOT_INUSE"


@dataclass(eq=False, slots=True)
class Channel:
    """One leg. `caller` is whose leg it is, `connected` whom it is shown."""

    name: str
    uniqueid: str
    linkedid: str
    number: int
    """The number in the uniqueid: channels are as old as it is small."""
    endpoint: Endpoint | None
    created_s: float
    state: ChannelState
    caller_num: str
    caller_name: str
    context: str
    exten: str
    connected_num: str = ""
    connected_name: str = ""
    priority: int = 1
    dialled: str = ""
    outgoing: bool = False
    """The PBX called this party; else the party called the PBX."""
    bridge: Bridge | None = None
    thread: Thread | None = None
    """What the PBX does with it: its own dialplan, or None while another channel's Dial looks after it."""
    dialler: Thread | None = None
    """Whose Dial or Queue made it and waits for it."""
    cause: Cause = Cause.UNKNOWN
    tech_cause: str = ""
    hears_hold: bool = False
    holding: bool = False
    application: str = ""
    data: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    pair: LocalPair | None = None
    requested: bool = False
    """The party hung up (a HangupRequest was sent)."""
    gone: bool = False
    digits: str = ""
    snapshots: dict[str, str] = field(default_factory=dict)
    """The written form by prefix, until something changes."""

    @property
    def device(self) -> str | None:
        """The company's device whose leg it is."""
        return self.endpoint.name if self.endpoint is not None and not self.endpoint.is_trunk else None


class AgentCall(Protocol):
    """A queue's call to its agent."""

    @property
    def caller(self) -> Channel: ...

    def complete(self, reason: str) -> None:
        """It is over: `caller` or `agent` hung up, or it was a `transfer`."""


@dataclass(eq=False, slots=True)
class Bridge:
    """Where channels hear each other."""

    uniqueid: str
    kind: str = "basic"
    technology: str = "simple_bridge"
    creator: str = ""
    name: str = ""
    channels: list[Channel] = field(default_factory=list)
    agent_call: AgentCall | None = None
    """Until it is complete."""
    stays: bool = False
    """Lives on without channels (a parking lot)."""
    announcers: int = 0
    """Channels of the bridge's own, which no event speaks of but the count of channels includes."""
    gone: bool = False

    def other(self, channel: Channel) -> Channel | None:
        """The one other channel; None unless there is exactly one."""
        others = [member for member in self.channels if member is not channel]
        return others[0] if len(others) == 1 else None


@dataclass(eq=False, slots=True)
class LocalPair:
    """Two halves: `one` is dialled like a phone, `two` runs the dialplan."""

    one: Channel
    two: Channel
    context: str
    exten: str
    optimise: bool
    called_moves: bool = False
    """Which party the optimisation moves: the one dialled through the pair, or the one who dialled."""
    merged: bool = False
    """An optimisation is on its way or done."""

    def half(self, channel: Channel) -> Channel:
        """The other half of `channel`."""
        return self.two if channel is self.one else self.one
