"""AMI messages in, CSTA events out: the translator of one PBX.

It keeps the mirror of channels and bridges up to date, decides which call each channel belongs to, and lets `derive`
report what happened. What Asterisk says in so many words (a blind transfer, a pick-up, a parked call) is taken from
its events; who rings, who talks and who left is always concluded from the mirror, because no event says it reliably.

A channel whose call began before we listened belongs to an *unseen* call, which is never reported: no ghosts. A
snapshot (`snapshot`) makes such calls seen.

Over 400 lines: what a translator holds, and which message goes where, is looked up in one place.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from ringcard.calls.causes import SYSTEM, Direction, Outcome
from ringcard.calls.events import AnomalyNoted, CallCleared, ConnectionCleared, Originated, Party, PbxEvent
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.numbers import NumberingPlan, presentable
from ringcard.pbx.asterisk import (
    bridging,
    callerid,
    channels,
    dialling,
    facilities,
    holding,
    messages,
    queueing,
    terminals,
    transferring,
)
from ringcard.pbx.asterisk.clock import PbxClock
from ringcard.pbx.asterisk.derive import derive
from ringcard.pbx.asterisk.devices import DeviceNames, Kind
from ringcard.pbx.asterisk.expecting import Expected, Expecting
from ringcard.pbx.asterisk.listed import Snapshot
from ringcard.pbx.asterisk.mirror import Channel, Mirror
from ringcard.pbx.asterisk.places import is_aside
from ringcard.pbx.asterisk.protocol import Message, Oversized
from ringcard.pbx.asterisk.snapshot import reconcile
from ringcard.pbx.asterisk.tracked import Side, TrackedCall, moment

Handler = Callable[["Translator", dict[str, str], float], None]
"""Takes one kind of message: the translator, the headers, and when it happened (epoch seconds)."""

UNSTAMPED = frozenset({"", "DBGetResponse", "DBGetTreeResponse", "DBGetTreeComplete"})
"""What answers a question of ours, and bears no time stamp."""

INTERNAL_LENGTH = 5
"""Dialled texts up to this length that are no public numbers are extensions of ours: groups, queues, services."""


def new_call_id() -> CallId:
    """A call id that no other process, PBX or restart will make: 128 random bits."""
    return CallId(secrets.token_hex(16))


class Translator:
    """One PBX's stream → events. Not thread-safe; never raises on what the PBX sends.

    `devices` says which channels are the company's own, `plan` how numbers are written there.
    """

    def __init__(
        self,
        pbx: PbxId,
        devices: DeviceNames,
        plan: NumberingPlan,
        *,
        new_call_id: Callable[[], CallId] = new_call_id,
    ) -> None:
        self.pbx = pbx
        self.names = devices
        self.plan = plan
        self.mirror = Mirror(devices)
        self.calls: dict[CallId, TrackedCall] = {}
        self.wants_snapshot = False
        self.snapshot: Snapshot | None = None
        self.statuses: dict[str, messages.ChannelStatus] = {}
        """What `Status` told of channels, until the list of channels is complete; by unique id."""
        self.adopted: list[CallRecord] = []
        self.heard_until_s: float | None = None
        self.gap: tuple[float, float] | None = None
        self.restarted = False
        self.events: list[PbxEvent] = []
        self.clock = PbxClock()
        self._new_call_id = new_call_id
        self._touched: dict[CallId, TrackedCall] = {}
        self.gone: dict[str, None] = {}
        self.expecting = Expecting()
        self.unsettled: list[Channel] = []
        self.files: dict[str, str] = {}
        self.recording: dict[str, tuple[TrackedCall, str]] = {}
        self.terminals = terminals.Terminals(pbx, devices, plan)
        self.queues = queueing.Queues()
        self._next_due_s = math.inf
        """No call has to be looked at before, unless something happens."""
        self._shutting_down = False
        self._snapshots = 0
        self._dialled_blind: list[TrackedCall] = []
        """What phones dialled while no snapshot had told what else they do."""

    # -- the life of the connection -------------------------------------------------------------------------------

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        """Before the first message:

        calls that a former run left open; the first snapshot decides what became of them.
        """
        self.adopted = list(open_calls)
        if heard_until is not None:
            self.heard_until_s = heard_until.timestamp()

    def connected(self, at_s: float) -> None:
        """A connection begins at `at_s`. After an earlier one, all that was held waits for the snapshot."""
        if self.heard_until_s is not None:
            self.gap = (self.heard_until_s, max(at_s, self.heard_until_s))
        self._shutting_down = False
        self.snapshot = None
        self.statuses.clear()

    def disconnected(self, at_s: float) -> None:
        """The connection broke: from now on nothing is heard."""
        self.heard_until_s = max(at_s, self.clock.last_s) if self.clock.last_s else at_s

    def receive(self, message: Message | Oversized, received_s: float) -> list[PbxEvent]:
        """Take one message; the events it means, in order. Responses and list items of the snapshot belong here too.

        `received_s` is epoch seconds on a clock that does not jump.
        """
        events: list[PbxEvent] = []
        self.events = events
        if isinstance(message, Oversized):
            self.wants_snapshot = True
            return events
        name, headers = message.name, message.headers
        if name in UNSTAMPED:
            # Our clock must not date what the PBX has said before it and we hear after it.
            at_s = max(received_s, self.clock.last_s)
        else:
            at_s = self.clock.moment(messages.timestamp(headers), received_s)
            if self.unsettled or self.expecting.waits or at_s >= self._next_due_s:
                self._tick(at_s)
        handler = HANDLERS.get(name)
        if handler is not None:
            handler(self, headers, at_s)
            if self._touched:
                self._derive(at_s)
            if events or self.terminals.holding or name == "Hold":
                terminals.after(self, name, headers, at_s)
        elif not name:
            self._response(message, at_s)
        return events

    def tick(self, now_s: float) -> list[PbxEvent]:
        """What only the passing of time decides. Call it every 100 ms or so while there are calls."""
        events: list[PbxEvent] = []
        self.events = events
        self._tick(now_s)
        self._derive(now_s)
        if events:
            terminals.after(self, "", {}, now_s)
        self.terminals.tick(now_s, events)
        return events

    def _tick(self, now_s: float) -> None:
        if self.unsettled:
            holding.settle_unsettled(self, now_s)
        if self.expecting.waits:
            self._give_up(now_s)
        if now_s < self._next_due_s:
            return
        for call in tuple(self.calls.values()):
            if call.due_s is not None and call.due_s <= now_s:
                self._run(call, now_s)
        due = [call.due_s for call in self.calls.values() if call.due_s is not None]
        self._next_due_s = min(due, default=math.inf)

    def _give_up(self, now_s: float) -> None:
        """Calls of ours of which nothing came: whoever asked for them is told that their phone was not reached."""
        for channel_id, asked, at_s in self.expecting.given_up(now_s):
            called, at = self.dialled(asked.number), moment(at_s)
            caller = Party(None, asked.device, asked.device)
            began = ConversationId(asked.call_id)
            self.events += (
                Originated(asked.call_id, at, began, self.pbx, channel_id, self.outward(called), caller, called),
                ConnectionCleared(asked.call_id, at, asked.device, Outcome.UNREACHABLE),
                CallCleared(asked.call_id, at, SYSTEM),
            )

    def _derive(self, now_s: float) -> None:
        while self._touched:
            touched, self._touched = self._touched, {}
            for call in touched.values():
                self._run(call, now_s)

    def _run(self, call: TrackedCall, now_s: float) -> None:
        call.events = self.events
        derive(call, now_s)
        if call.due_s is not None and call.due_s < self._next_due_s:
            self._next_due_s = call.due_s
        if call.ended and call.call_id in self.calls:
            busy = any(not side.cleared for side in call.sides)
            if not busy and not any(c.gone_s is None and c.call is call for c in call.channels.values()):
                self._forget(call)

    def _forget(self, call: TrackedCall) -> None:
        self.calls.pop(call.call_id, None)
        for channel in call.channels.values():
            if channel.call is call and channel.gone_s is not None:
                channel.call = None

    def touch(self, call: TrackedCall | None) -> None:
        """`derive` shall look at the call after this message."""
        if call is not None:
            call.events = self.events
            self._touched[call.call_id] = call

    # -- services of ours -----------------------------------------------------------------------------------------

    def expect_call(self, call_id: CallId, channel_id: str, device: DeviceId, number: str) -> None:
        """An Originate of ours will make a channel with the unique id `channel_id`: it is this call."""
        self.expecting.asks(channel_id, Expected(call_id, device, number))

    def unexpect_call(self, channel_id: str) -> None:
        """The PBX would not make it."""
        self.expecting.forget(channel_id)

    def channel(self, uid: str) -> Channel | None:
        """The channel as it is now; None if it is not known, or no more."""
        return self.mirror.channels.get(uid)

    def channel_of(self, call_id: CallId, device: DeviceId) -> str | None:
        """The Asterisk name of a device's channel in a call; None if it has none."""
        call = self.calls.get(call_id)
        legs = call.legs(device) if call is not None else []
        return legs[-1].name if legs else None

    def presentation(self, uid: str, pres: str) -> list[PbxEvent]:
        """What `CALLERID(pres)` of a channel says."""
        return callerid.presentation(self, uid, pres)

    def said_by_trunk(self, uid: str, field: str) -> list[PbxEvent]:
        """What the field says that carries the caller's number on this trunk."""
        return callerid.said_by_trunk(self, uid, field)

    # -- which call a channel belongs to ---------------------------------------------------------------------------

    def known(self, uid: str) -> Channel | None:
        """The channel, if we know it; else the PBX speaks of something we never saw, and a snapshot is due."""
        channel = self.mirror.channels.get(uid)
        if channel is None and uid and uid not in self.gone:
            self.wants_snapshot = True
        return channel

    def unseen_line(self, headers: dict[str, str], at_s: float) -> None:
        """A phone has a line up since before we listened: what it dialled meanwhile was a consultation of that call."""
        if not self.blind or headers.get("ChannelState") != "6" or headers.get("Uniqueid") in self.gone:
            return
        device = self.names.parse(headers.get("Channel", "")).device
        for call in self._dialled_blind:
            if call.root.device == device:
                self.unsee(call, at_s)

    def unseen_company(self, bridge: str, at_s: float) -> None:
        """Somebody we never saw leaves a bridge: who was in it was with them, in a call that began before."""
        for call in self._dialled_blind:
            if bridge in call.bridges:
                self.unsee(call, at_s)

    @property
    def blind(self) -> bool:
        """No snapshot has told yet what was going on when we began to listen."""
        return not self._snapshots

    def open(self, root: Channel, at_s: float) -> TrackedCall:
        """A new call that `root` begins."""
        expected = self.expecting.came(root.uid)
        call_id = expected.call_id if expected else self._new_call_id()
        inbound = root.kind is Kind.OUTSIDER
        if inbound:
            caller, called = self.party(root.number, root.caller_name, self.plan_of(root)), self.dialled(root.exten)
        else:
            name = root.caller_name or None
            caller = Party(None, root.device or presentable(root.number), root.device, name)
            called = self.dialled(root.exten)
        call = TrackedCall(
            call_id,
            ConversationId(call_id),
            self.pbx,
            root,
            at_s,
            Direction.INBOUND if inbound else self.outward(called),
            caller,
            called,
            self.events,
            caller_device=root.device,
            customer_since=inbound,
        )
        if expected:
            call.program, call.called_told, call.called = True, True, self.dialled(expected.number)
            call.direction = self.outward(call.called)
        call.add(root)
        call.unseen = call.ended = is_aside(root)
        self.calls[call_id] = call
        if self.blind and root.device is not None:
            self._dialled_blind.append(call)
        return call

    def open_unseen(self, channel: Channel, at_s: float) -> None:
        """A channel of a call that began before we listened: followed, but never reported."""
        call = self.open(channel, at_s)
        if call in self._dialled_blind:
            self._dialled_blind.remove(call)
        call.unseen = call.ended = True

    def plan_of(self, channel: Channel) -> NumberingPlan:
        """How numbers are written on the trunk that the channel belongs to."""
        return self.plan.on(self.names.parse(channel.name).resource)

    def party(self, presented: str, name: str, plan: NumberingPlan | None = None) -> Party:
        """An outsider as the PBX presents it. A withheld number has neither number nor name."""
        shown = presentable(presented)
        if shown is None:
            return Party()
        return Party((plan or self.plan).parse(shown), shown, None, name or None)

    def dialled(self, text: str) -> Party:
        """What somebody dialled: a public number, or something internal: a phone, a group, a service code."""
        shown = presentable(text)
        if shown is None or shown in ("s", "h", "i", "t"):
            return Party()
        device = self.names.device(shown)
        number = None if device else self.plan.parse_dialled(shown)
        if number is None and device is None and len(shown) <= INTERNAL_LENGTH:
            device = DeviceId(shown)
        return Party(number, shown, device, None)

    def outward(self, called: Party) -> Direction:
        return Direction.OUTBOUND if called.number is not None else Direction.INTERNAL

    def user_agent_of(self, device: DeviceId) -> str:
        """What the phone that is registered for a device calls itself; empty if nobody knows."""
        return self.terminals.user_agents.get(device, "")

    def destination(self, text: str) -> str:
        """A transfer's destination as the record names it: device, E.164 number, or the extension."""
        return self.names.device(text) or self.plan.parse_dialled(text) or text

    def absorb(self, child: TrackedCall, into: TrackedCall, at_s: float, side: Side | None = None) -> None:
        """`child` turned out to be part of `into`."""
        if child is into:
            return
        child.events = into.events = self.events
        child.absorbed(at_s, into.call_id)
        for channel in child.channels.values():
            channel.spent = channel.spent and channel.device is None
            channel.joined_s = at_s
            into.add(channel, side)
        for uid in child.pbx_ids or {child.root.linkedid}:
            if into.originated and (child.gap is None or into.gap is not None):  # else the id of one that was before
                into.inform(at_s, pbx_id=uid)
        child.channels.clear()
        self.calls.pop(child.call_id, None)
        self._touched.pop(child.call_id, None)
        self.touch(into)

    def unsee(self, call: TrackedCall, at_s: float) -> None:
        """The call is part of one that began before we listened."""
        if call.customer_since and not call.program and call.root.device is None:
            return  # its own customer began after we listened: it is a call of its own
        if call.unseen:
            return
        call.events = self.events
        call.absorbed(at_s, CallId("unseen"))
        call.unseen = True

    def call_linked(self, linkedid: str) -> TrackedCall | None:
        for call in self.calls.values():
            if linkedid in call.pbx_ids or call.root.linkedid == linkedid:
                return call
        return None

    def interfaces_in(self, queue: str | None, device: DeviceId) -> list[tuple[str, str]]:
        """Queue and interface of each membership of the device; with `queue`, in that one alone."""
        return self.queues.interfaces_of(queue, device)

    def is_service(self, text: str) -> bool:
        """Whether an extension is neither a phone nor a public number: a queue, a group, an IVR."""
        return self.names.device(text) is None and self.plan.parse_dialled(text) is None

    # -- the PBX itself -------------------------------------------------------------------------------------------

    def _fully_booted(self, headers: dict[str, str], at_s: float) -> None:
        uptime = headers.get("Uptime", "")
        if self.gap is not None and uptime.isdecimal() and at_s - int(uptime) > self.gap[0] - 1.0:
            self.restarted = True

    def _shutdown(self, headers: dict[str, str], at_s: float) -> None:
        self._shutting_down = True
        for call in self.calls.values():
            call.shutting_down = True

    def _response(self, message: Message, at_s: float) -> None:
        if message.headers.get("EventList", "").lower() == "start" and "hannels will follow" in message.get("Message"):
            self.snapshot = Snapshot(at_s)

    def _listed(self, headers: dict[str, str], at_s: float) -> None:
        facts = messages.channel(headers)
        if facts is not None:
            if self.snapshot is None:
                self.snapshot = Snapshot(at_s)
            self.snapshot.add(facts, headers)

    def _listed_all(self, headers: dict[str, str], at_s: float) -> None:
        snapshot, self.snapshot = self.snapshot, None
        if snapshot is None:
            return  # the end of a list that never began tells nothing, least of all that no channel is left
        self._snapshots += 1
        self._dialled_blind.clear()
        reconcile(self, snapshot, at_s, self.gone)
        self.statuses.clear()
        self.gap = None
        self.restarted = False
        self.wants_snapshot = False

    def _bridge_listed(self, headers: dict[str, str], at_s: float) -> None:
        bridge = self.mirror.bridges.get(headers.get("BridgeUniqueid", ""))
        if bridge is not None and headers.get("BridgeType") in ("parking", "holding"):
            bridge.holding = True

    def note(self, call: TrackedCall, at_s: float, what: str) -> None:
        """Note an anomaly of a call."""
        if call.originated and not call.unseen:
            self.events.append(AnomalyNoted(call.call_id, moment(at_s), what))


HANDLERS: dict[str, Handler] = {
    **channels.HANDLERS,
    **dialling.HANDLERS,
    **bridging.HANDLERS,
    **holding.HANDLERS,
    **transferring.HANDLERS,
    **facilities.HANDLERS,
    **queueing.HANDLERS,
    **terminals.HANDLERS,
    "FullyBooted": Translator._fully_booted,
    "Shutdown": Translator._shutdown,
    "CoreShowChannel": Translator._listed,
    "CoreShowChannelsComplete": Translator._listed_all,
    "BridgeListItem": Translator._bridge_listed,
}
