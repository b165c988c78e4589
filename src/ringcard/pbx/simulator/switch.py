"""Channels, bridges and hang-ups as an Asterisk has them, told as AMI events.

What a company does with its calls is in `dialplan` and `queues`, what people press in `transfers`; here is what all of
them stand on. Over 400 lines: the life of a channel is not told in two places.

Source: Asterisk 22 core_unreal.c, bridge.c, bridge_channel.c, dial.c; the order of events is that of the recordings.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import count
from uuid import UUID

from ringcard.pbx.simulator.channels import Bridge, Cause, Channel, ChannelState, Endpoint, LocalPair
from ringcard.pbx.simulator.threads import (
    Answered,
    HungUp,
    LeftBridge,
    Refused,
    Ringing,
    Script,
    Thread,
    Threads,
    whole,
)
from ringcard.pbx.simulator.timeline import Timeline
from ringcard.pbx.simulator.wire import Message, bridge_snapshot, changed, channel_snapshot, headers

OPTIMISE_AFTER_S = 0.008
"""Local channels are optimised away once audio flows; recordings: 8 to 17 ms after the answer."""


class Noise(StrEnum):
    """How much an Asterisk says beside what matters."""

    PLAIN = "plain"
    """No VarSet but the recording's file, no Newexten, no CEL, no Cdr: a filtered connection."""
    FULL = "full"
    """Everything a manager with all permissions hears by default."""


class Observer:
    """Hears what happens in the switch, from the inside; every method does nothing unless overridden."""

    def began(self, channel: Channel) -> None:
        """A channel exists."""

    def state_changed(self, channel: Channel) -> None:
        """It rings, or was answered."""

    def bridged(self, channel: Channel) -> None:
        """It entered or left a bridge."""

    def hold_changed(self, channel: Channel) -> None:
        """Its party pressed hold, or took the call back (`channel.holding`)."""

    def ended(self, channel: Channel) -> None:
        """It is gone."""

    def transferred(self, kind: str, by: Channel, customer: Channel, to: str, target: Channel | None) -> None:
        """`by` hands `customer` over."""


@dataclass(slots=True)
class Counters:
    """What CoreStatus and the load generator ask for."""

    processed_calls: int = 0
    messages: int = 0


class Switch:
    """The engine. `send` gets every event, in order."""

    def __init__(
        self, timeline: Timeline, *, seed: int = 1, noise: Noise = Noise.PLAIN, timestamps: bool = True
    ) -> None:
        self.timeline = timeline
        self.noise = noise
        self.timestamps = timestamps
        self.random = random.Random(seed)  # noqa: S311 - identifiers and people's habits, no secrets
        self.sinks: list[Callable[[Message], None]] = []
        self.observers: list[Observer] = []
        self.threads = Threads(timeline, self._thread_ended)
        self.endpoints: dict[str, Endpoint] = {}
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.hints: dict[str, str] = {}
        """Extension by endpoint name."""
        self.device_watchers: list[Callable[[Endpoint], None]] = []
        """Told before an endpoint's new state is reported (queues report their members first)."""
        self.keeps_channel: list[Callable[[Channel], bool]] = []
        """Asked when a bridge falls apart: true if somebody else sees to this channel."""
        self.counters = Counters()
        self.started_s = timeline.now_s
        self._stamp_s = timeline.now_s
        self._given: dict[str, str] = {}
        """Unique ids that a program gave, and what they would be."""
        self._uniqueids = count()
        self._names = count()
        self._pairs = count()
        self._optimisations = count(1)

    def restarted(self) -> None:
        """The PBX's process is a new one: what it counts begins again."""
        self.started_s = self.timeline.now_s
        self.counters = Counters()
        self._uniqueids, self._names, self._pairs, self._optimisations = count(), count(), count(), count(1)

    # ----------------------------------------------------------------- telling

    def emit(self, name: str, permission: str, *parts: str) -> None:
        """Send an event: its name, the permission class it belongs to, blocks of headers."""
        head = f"Event: {name}\r\nPrivilege: {permission},all\r\n"
        if self.timestamps:
            # Asterisk's timestamps are those of the moment; ours differ by 10 µs within one moment, so that they sort.
            self._stamp_s = max(self.timeline.now_s, self._stamp_s + 1e-5)
            head += f"Timestamp: {self._stamp_s:.6f}\r\n"
        self.counters.messages += 1
        message = Message(name, permission, head + "\r\n".join(parts))
        for sink in self.sinks:
            sink(message)

    def emit_channel(self, name: str, channel: Channel, *more: str) -> None:
        """A call event about one channel."""
        self.emit(name, "call", channel_snapshot(channel), *more)

    def emit_bridge(self, name: str, bridge: Bridge, channel: Channel | None = None, *more: str) -> None:
        """A call event about a bridge and perhaps a channel in it."""
        parts = (bridge_snapshot(bridge),) if channel is None else (bridge_snapshot(bridge), channel_snapshot(channel))
        self.emit(name, "call", *parts, *more)

    def set_variable(self, channel: Channel, name: str, value: str, *, matters: bool = False) -> None:
        """A channel variable; told if noise is full, or if it `matters`."""
        channel.variables[name] = value
        if matters or self.noise is Noise.FULL:
            self.emit("VarSet", "dialplan", channel_snapshot(channel), headers(Variable=name, Value=value))

    def step(self, channel: Channel, application: str, data: str, *, exten: str | None = None) -> None:
        """The dialplan comes to an application (Newexten)."""
        channel.application, channel.data = application, data
        if self.noise is Noise.FULL:
            where = channel.exten if exten is None else exten
            self.emit(
                "Newexten",
                "dialplan",
                channel_snapshot(channel),
                headers(Extension=where, Application=application, AppData=data),
            )

    def cel(self, name: str, channel: Channel) -> None:
        """A channel event log line over AMI, if noise is full."""
        if self.noise is Noise.FULL:
            self.emit(
                "CEL",
                "call",
                headers(
                    EventName=name, AccountCode="", CallerIDnum=channel.caller_num, CallerIDname=channel.caller_name,
                    CallerIDani="", CallerIDrdnis="", CallerIDdnid=channel.dialled, Exten=channel.exten,
                    Context=channel.context, Channel=channel.name, Application=channel.application,
                    AppData=channel.data, EventTime=f"{self.timeline.now_s:.0f}", AMAFlags="DOCUMENTATION",
                    UniqueID=channel.uniqueid, LinkedID=channel.linkedid, Userfield="", Peer="", PeerAccount="",
                    Extra="",
                ),
            )  # fmt: skip

    # ---------------------------------------------------------------- channels

    def new_channel(
        self,
        endpoint: Endpoint | None,
        state: ChannelState,
        *,
        context: str,
        exten: str,
        caller: tuple[str, str] = ("", ""),
        linked_to: Channel | None = None,
        name: str | None = None,
        outgoing: bool = False,
        uniqueid: str | None = None,
    ) -> Channel:
        """A channel comes into being (Newchannel), linked to the call that made it."""
        number = next(self._uniqueids)
        given, uniqueid = uniqueid, f"{self.timeline.now_s:.0f}.{number}"
        if given:
            self._given[given], uniqueid = uniqueid, given
        channel = Channel(
            name=name or f"PJSIP/{endpoint.name if endpoint else 'none'}-{next(self._names):08x}",
            uniqueid=uniqueid,
            linkedid=linked_to.linkedid if linked_to else uniqueid,
            number=number,
            endpoint=endpoint,
            created_s=self.timeline.now_s,
            state=state,
            caller_num=caller[0],
            caller_name=caller[1],
            context=context,
            exten=exten,
            dialled=exten,
            outgoing=outgoing,
        )
        self.channels[channel.name] = channel
        if endpoint is not None:
            endpoint.channels.append(channel)
        if linked_to is None:
            self.counters.processed_calls += 1
        self.emit_channel("Newchannel", channel)
        self.cel("CHAN_START", channel)
        for observer in self.observers:
            observer.began(channel)
        return channel

    def call_endpoint(
        self, endpoint: Endpoint, by: Channel | None, dialler: Thread | None, *, uniqueid: str | None = None
    ) -> Channel:
        """A channel towards a phone; the phone hears of it a little later (`invite`)."""
        channel = self.new_channel(
            endpoint,
            ChannelState.DOWN,
            context=endpoint.context,
            exten="s",
            caller=("", "") if endpoint.is_trunk else (endpoint.name, endpoint.display_name),
            linked_to=by,
            outgoing=True,
            uniqueid=uniqueid,
        )
        channel.dialler = dialler
        return channel

    def new_local_pair(self, context: str, exten: str, by: Channel | None, *, optimise: bool) -> LocalPair:
        """Two halves of a Local channel; the dialplan is started on the second one by whoever asked for it."""
        name = f"Local/{exten}@{context}-{next(self._pairs):08x}"
        half = partial(self.new_channel, None, context=context, exten=exten)
        one = half(ChannelState.DOWN, linked_to=by, name=f"{name};1")
        two = half(ChannelState.RING, linked_to=by or one, name=f"{name};2")
        pair = one.pair = two.pair = LocalPair(one, two, context, exten, optimise)
        return pair

    def emit_local_bridge(self, pair: LocalPair) -> None:
        """The two halves are one path now."""
        self.emit(
            "LocalBridge",
            "call",
            channel_snapshot(pair.one, "LocalOne"),
            channel_snapshot(pair.two, "LocalTwo"),
            headers(Context=pair.context, Exten=pair.exten, LocalOptimization="Yes" if pair.optimise else "No"),
        )

    def set_state(self, channel: Channel, state: ChannelState) -> None:
        """Newstate; an Up half of a Local pair answers its other half."""
        if channel.state is state or channel.gone:
            return
        channel.state = state
        changed(channel)
        self.emit_channel("Newstate", channel)
        if channel.endpoint is not None:
            self.report_device(channel.endpoint)
        for observer in self.observers:
            observer.state_changed(channel)
        if state is ChannelState.UP:
            self.cel("ANSWER", channel)
        if channel.dialler is not None and state in (ChannelState.RINGING, ChannelState.UP):
            ringing = state is ChannelState.RINGING
            self.threads.post(channel.dialler, Ringing(channel) if ringing else Answered(channel))
        if channel.pair is not None and channel is channel.pair.two and state is ChannelState.UP:
            self.set_state(channel.pair.one, ChannelState.UP)
            if channel.pair.one.dialler is None:
                self.emit("DialEnd", "call", channel_snapshot(channel.pair.one, "Dest"), "DialStatus: ANSWER")

    def set_caller(self, channel: Channel, num: str, name: str) -> None:
        """NewCallerid."""
        channel.caller_num, channel.caller_name = num, name
        changed(channel)
        self.emit_channel("NewCallerid", channel, "CID-CallingPres: 0 (Presentation Allowed, Not Screened)")

    def set_connected(self, channel: Channel, num: str, name: str, *, tell: bool = True) -> None:
        """NewConnectedLine, if it is new."""
        if (channel.connected_num, channel.connected_name) == (num, name) or channel.gone:
            return
        channel.connected_num, channel.connected_name = num, name
        changed(channel)
        if tell:
            self.emit_channel("NewConnectedLine", channel)

    def place(self, channel: Channel, context: str, exten: str, priority: int = 1) -> None:
        """Where in the dialplan the channel is."""
        channel.context, channel.exten, channel.priority = context, exten, priority
        changed(channel)

    def report_device(self, endpoint: Endpoint) -> None:
        """DeviceStateChange and ExtensionStatus, if the state is a new one."""
        state = endpoint.device_state()
        if state == endpoint.shown_state:
            return
        endpoint.shown_state = state
        for watcher in self.device_watchers:
            watcher(endpoint)
        self.emit("DeviceStateChange", "call", headers(Device=f"PJSIP/{endpoint.name}", State=state))
        if endpoint.name in self.hints:
            number, text = EXTENSION_STATUS[state]
            self.emit(
                "ExtensionStatus",
                "call",
                headers(
                    Exten=endpoint.name, Context=self.hints[endpoint.name], Hint=f"PJSIP/{endpoint.name}",
                    Status=number, StatusText=text,
                ),
            )  # fmt: skip

    # ----------------------------------------------------------------- bridges

    def new_bridge(
        self, kind: str = "basic", technology: str = "simple_bridge", creator: str = "", name: str = ""
    ) -> Bridge:
        """BridgeCreate."""
        uniqueid = str(UUID(int=self.random.getrandbits(128), version=4))
        bridge = self.bridges[uniqueid] = Bridge(uniqueid, kind, technology, creator, name)
        self.emit_bridge("BridgeCreate", bridge)
        return bridge

    def join(self, channel: Channel, bridge: Bridge, swap: Channel | None = None) -> None:
        """BridgeEnter. In a call's bridge all members take the oldest linkedid, and no event says so."""
        bridge.channels.append(channel)
        channel.bridge = bridge
        if bridge.kind == "basic":
            oldest = min((member.linkedid for member in bridge.channels), key=self._age)
            for member in bridge.channels:
                if member.linkedid != oldest:
                    member.linkedid = oldest
                    changed(member)
        more = (f"SwapUniqueid: {swap.uniqueid}",) if swap is not None else ()
        self.emit_bridge("BridgeEnter", bridge, channel, *more)
        for observer in self.observers:
            observer.bridged(channel)

    def _age(self, linkedid: str) -> tuple[int, int]:
        """As `age`, of an id that a program gave, too."""
        return age(self._given.get(linkedid, linkedid))

    def leave(self, channel: Channel) -> Bridge | None:
        """BridgeLeave. The bridge stays until `destroy_bridge`."""
        bridge = channel.bridge
        if bridge is None:
            return None
        bridge.channels.remove(channel)
        channel.bridge = None
        self.emit_bridge("BridgeLeave", bridge, channel)
        if channel.hears_hold:
            self.stop_music(channel)
        for observer in self.observers:
            observer.bridged(channel)
        return bridge

    def destroy_bridge(self, bridge: Bridge) -> None:
        """BridgeDestroy, once nobody is in it."""
        if bridge.gone or bridge.channels or bridge.stays:
            return
        bridge.gone = True
        del self.bridges[bridge.uniqueid]
        self.emit_bridge("BridgeDestroy", bridge)

    def connect(self, called: Channel, caller: Channel) -> Bridge:
        """Called and calling party hear each other; the called one enters first, as Asterisk's Dial does."""
        bridge = self.new_bridge()
        called.dialler = None
        self.join(called, bridge)
        self.join(caller, bridge)
        for channel in (called, caller):
            if channel.pair is not None:
                self.optimise_later(channel.pair)
        return bridge

    def dissolve(self, bridge: Bridge, leaving: Channel | None = None) -> None:
        """A two-party bridge falls apart: those with a dialplan go on in it, the others are hung up."""
        if bridge.agent_call is not None:
            bridge.agent_call.complete("caller" if leaving is bridge.agent_call.caller else "agent")
        if leaving is not None:
            leaving.cause = leaving.cause or Cause.NORMAL
            self.leave(leaving)
        others = list(bridge.channels)
        for channel in others:
            self.leave(channel)
        self.destroy_bridge(bridge)
        if leaving is not None:
            self.finish(leaving)
        for channel in others:
            if any(keeps(channel) for keeps in self.keeps_channel):
                continue
            channel.cause = channel.cause or Cause.NORMAL
            if channel.thread is not None:
                self.threads.post(channel.thread, LeftBridge())
            else:
                self.finish(channel)

    # -------------------------------------------------------- hold and music

    def start_music(self, channel: Channel, *, held: bool = False) -> None:
        """MusicOnHoldStart; `held` also shows the far end's device as on hold."""
        self.emit_channel("MusicOnHoldStart", channel, "Class: default")
        if held:
            channel.hears_hold = True
            if channel.endpoint is not None:
                self.report_device(channel.endpoint)

    def stop_music(self, channel: Channel) -> None:
        """MusicOnHoldStop."""
        self.emit_channel("MusicOnHoldStop", channel)
        if channel.hears_hold:
            channel.hears_hold = False
            if channel.endpoint is not None:
                self.report_device(channel.endpoint)

    # ----------------------------------------------------------------- the end

    @whole
    def party_hangs_up(self, channel: Channel, cause: Cause | None = None, tech_cause: str = "") -> None:
        """The party at the far end of the channel ends it: a phone's hang-up, a refusal, a cancel."""
        if channel.gone or channel.requested:
            return
        channel.requested = True
        if cause is None:
            unanswered = channel.state is not ChannelState.UP
            cause, tech_cause = (Cause.INTERWORKING, "487") if unanswered else (channel.cause, "")
        channel.cause, channel.tech_cause = cause, tech_cause
        more = [f"Cause: {cause.value}"] if cause or channel.pair is not None else []
        if tech_cause:
            more.append(f"TechCause: {tech_cause}")
        self.emit_channel("HangupRequest", channel, *more)
        self.end(channel)

    @whole
    def program_hangs_up(self, channel: Channel, cause: Cause = Cause.NORMAL) -> None:
        """A program ends the channel: nothing is said before it leaves (recording 48)."""
        if channel.gone or channel.requested:
            return
        channel.requested = True
        channel.cause = cause
        self.end(channel)

    def end(self, channel: Channel) -> None:
        """Take a channel that was hung up out of whatever it is in."""
        if channel.bridge is not None and channel.bridge.kind == "basic":
            if any(keeps(channel) for keeps in self.keeps_channel):
                return
            if len(channel.bridge.channels) > 2:
                channel.cause = channel.cause or Cause.NORMAL
                self.leave(channel)
                self.finish(channel)
            else:
                self.dissolve(channel.bridge, channel)
        elif channel.thread is not None:
            self.threads.post(channel.thread, HungUp())
        else:
            if channel.dialler is not None and channel.dialler.script is not None:
                self.threads.post(channel.dialler, Refused(channel))
                return
            self.finish(channel)

    def finish(self, channel: Channel, cause: Cause | None = None) -> None:
        """Hangup: the last that is heard of a channel. The other half of a Local pair follows."""
        if channel.gone:
            return
        if channel.thread is not None:
            self.threads.stop(channel.thread)
            self.emit_channel("SoftHangupRequest", channel, "Cause: 16")
        if cause is not None:
            channel.cause = cause
        if channel.bridge is not None:
            bridge = channel.bridge
            self.leave(channel)
            self.destroy_bridge(bridge)
        channel.gone = True
        more = [f"Cause: {channel.cause.value}", f"Cause-txt: {channel.cause.text}"]
        if channel.tech_cause:
            more.append(f"TechCause: {channel.tech_cause}")
        self.cel("HANGUP", channel)
        self.emit_channel("Hangup", channel, *more)
        del self.channels[channel.name]
        if channel.endpoint is not None:
            channel.endpoint.channels.remove(channel)
            self.report_device(channel.endpoint)
        for observer in self.observers:
            observer.ended(channel)
        if channel.pair is not None:
            half = channel.pair.half(channel)
            if not half.gone:
                self.party_hangs_up(half, channel.cause)

    def _thread_ended(self, thread: Thread) -> None:
        channel = thread.channel
        if not channel.gone and channel.bridge is None:
            if not channel.requested or channel.state is ChannelState.UP:
                self.emit_channel("SoftHangupRequest", channel, "Cause: 16")
            self.finish(channel)

    # ---------------------------------------------------- Local optimisation

    def optimise_later(self, pair: LocalPair, delay_s: float = OPTIMISE_AFTER_S) -> None:
        """Take the pair out of the path once both its halves are bridged."""
        if pair.optimise and not pair.merged and pair.one.bridge is not None and pair.two.bridge is not None:
            pair.merged = True
            self.timeline.after(delay_s, lambda: self.optimise(pair))

    @whole
    def optimise(self, pair: LocalPair) -> None:
        """Move the party at one half into the other half's bridge, in its place (bridge.c, Local optimisation)."""
        swapped, stranded = (pair.one, pair.two) if pair.called_moves else (pair.two, pair.one)
        if swapped.gone or stranded.gone or swapped.bridge is None or stranded.bridge is None:
            return
        moving, into = stranded.bridge.other(stranded), swapped.bridge
        if moving is None or len(into.channels) < 2:
            pair.merged = False
            return
        one, two, number = pair.one, pair.two, next(self._optimisations)
        self.emit(
            "LocalOptimizationBegin", "call", channel_snapshot(one, "LocalOne"), channel_snapshot(two, "LocalTwo"),
            channel_snapshot(moving, "Source"), headers(DestUniqueId=two.uniqueid, Id=number),
        )  # fmt: skip
        self.leave(moving)
        self.leave(swapped)
        self.join(moving, into, swap=swapped)
        self.emit(
            "LocalOptimizationEnd", "call", channel_snapshot(one, "LocalOne"), channel_snapshot(two, "LocalTwo"),
            headers(Success="No", Id=number),
        )  # fmt: skip
        self.emit_channel("SoftHangupRequest", two, "Cause: 16")
        one.requested = two.requested = True
        self.emit_channel("HangupRequest", stranded, "Cause: 16")
        self.finish(swapped, Cause.NORMAL)
        self.finish(stranded, Cause.NORMAL)
        for member in into.channels:
            if member.pair is not None:
                self.optimise_later(member.pair)


def age(linkedid: str) -> tuple[int, int]:
    """Sorts the oldest first: when, then the number within."""
    when, _, number = linkedid.partition(".")
    return int(when), int(number)


def run_dialplan(switch: Switch, channel: Channel, make: Callable[[Thread], Script]) -> Thread:
    """Start a script for a channel, as a whole."""
    switch.threads.begin()
    try:
        return switch.threads.start(channel, make)
    finally:
        switch.threads.done()


EXTENSION_STATUS = {
    "NOT_INUSE": (0, "Idle"),
    "INUSE": (1, "InUse"),
    "UNAVAILABLE": (4, "Unavailable"),
    "RINGING": (8, "Ringing"),
    "RINGINUSE": (9, "InUse&Ringing"),
    "ONHOLD": (16, "Hold"),
}
"""Device state to extension state: number and text (pbx.c, `extension_states`)."""
