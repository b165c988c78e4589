"""AMI messages in, CSTA events out: the translator of one PBX.

It keeps the mirror of channels and bridges up to date, decides which call each channel belongs to, and lets `derive` report
what happened. What Asterisk says in so many words (a blind transfer, a pick-up, a parked call) is taken from its events;
who rings, who talks and who left is always concluded from the mirror, because no event says it reliably.

A channel whose call began before we listened belongs to an *unseen* call, which is never reported: no ghosts. A snapshot
(`snapshot`) makes such calls seen.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from ringcard.calls.causes import CALLED, CALLER, CUSTOMER, DeviceState, Direction, TransferKind
from ringcard.calls.events import AnomalyNoted, DeviceStateChanged, Party, PbxEvent, RecordingStarted, RecordingStopped
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.numbers import NumberingPlan, presentable
from ringcard.pbx.asterisk import messages
from ringcard.pbx.asterisk.clock import PbxClock
from ringcard.pbx.asterisk.derive import answered_transfers, complete_side, derive, leg_gone, settle_transfer
from ringcard.pbx.asterisk.devices import DeviceNames, Kind
from ringcard.pbx.asterisk.messages import ChannelFacts
from ringcard.pbx.asterisk.mirror import RING, RINGING, UP, Channel, Mirror, hears
from ringcard.pbx.asterisk.protocol import Message, Oversized
from ringcard.pbx.asterisk.snapshot import Snapshot, reconcile
from ringcard.pbx.asterisk.tracked import OpenTransfer, Side, TrackedCall, moment

SHUTDOWN_FLAG = 4
"""`Cause` of SoftHangupRequest is Asterisk's soft hang-up flags: SHUTDOWN (include/asterisk/channel.h, 22.10)."""

ASYNCGOTO_FLAG = 2
"""…and ASYNCGOTO: a program sends the channel elsewhere (AMI Redirect)."""

DEVICE_STATES = {
    "NOT_INUSE": DeviceState.IDLE,
    "INUSE": DeviceState.BUSY,
    "BUSY": DeviceState.BUSY,
    "RINGING": DeviceState.RINGING,
    "RINGINUSE": DeviceState.BUSY,
    "ONHOLD": DeviceState.HELD,
    "UNAVAILABLE": DeviceState.UNREACHABLE,
    "INVALID": DeviceState.UNKNOWN,
    "UNKNOWN": DeviceState.UNKNOWN,
}


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
        self.adopted: list[CallRecord] = []
        self.heard_until_s: float | None = None
        self.gap: tuple[float, float] | None = None
        self.restarted = False
        self.events: list[PbxEvent] = []
        self.clock = PbxClock()
        self._new_call_id = new_call_id
        self._touched: dict[CallId, TrackedCall] = {}
        self._gone: dict[str, None] = {}
        self._expected: dict[str, tuple[CallId, str]] = {}
        self._files: dict[str, str] = {}
        self._recording: dict[str, tuple[TrackedCall, str]] = {}
        self._device_states: dict[DeviceId, DeviceState] = {}
        self._shutting_down = False
        self._snapshots = 0
        self._dialled_blind: list[TrackedCall] = []
        """What phones dialled while no snapshot had told what else they do."""
        self._handlers = self._table()

    # -- the life of the connection -------------------------------------------------------------------------------

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        """Before the first message: calls that a former run left open; the first snapshot decides what became of them."""
        self.adopted = list(open_calls)
        if heard_until is not None:
            self.heard_until_s = heard_until.timestamp()

    def connected(self, at_s: float) -> None:
        """A connection begins at `at_s`. After an earlier one, all that was held waits for the snapshot."""
        if self.heard_until_s is not None:
            self.gap = (self.heard_until_s, max(at_s, self.heard_until_s))
        self._shutting_down = False
        self.snapshot = None

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
        at_s = self.clock.moment(messages.timestamp(message), received_s)
        self._tick(at_s)
        handler = self._handlers.get(message.name)
        if handler is not None:
            handler(message.headers, at_s)
            self._derive(at_s)
        elif not message.name:
            self._response(message, at_s)
        return events

    def tick(self, now_s: float) -> list[PbxEvent]:
        """What only the passing of time decides. Call it every 100 ms or so while there are calls."""
        events: list[PbxEvent] = []
        self.events = events
        self._tick(now_s)
        self._derive(now_s)
        return events

    def _tick(self, now_s: float) -> None:
        for call in tuple(self.calls.values()):
            if call.due_s is not None and call.due_s <= now_s:
                self._run(call, now_s)

    def _derive(self, now_s: float) -> None:
        while self._touched:
            touched, self._touched = self._touched, {}
            for call in touched.values():
                self._run(call, now_s)

    def _run(self, call: TrackedCall, now_s: float) -> None:
        call.events = self.events
        derive(call, now_s)
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
        self._expected[channel_id] = (call_id, number)

    def channel_of(self, call_id: CallId, device: DeviceId) -> str | None:
        """The Asterisk name of a device's channel in a call; None if it has none."""
        call = self.calls.get(call_id)
        if call is None:
            return None
        legs = call.legs(device)
        return legs[-1].name if legs else None

    def presentation(self, uid: str, pres: str) -> list[PbxEvent]:
        """What `CALLERID(pres)` of a channel says: a caller who withholds the number is not shown."""
        events: list[PbxEvent] = []
        self.events = events
        channel = self.mirror.channels.get(uid)
        call = channel.call if channel is not None else None
        if call is not None and call.root.uid == uid and pres.startswith("prohib"):
            call.events = events
            call.inform(self.clock.last_s, caller=Party())
        return events

    # -- which call a channel belongs to ---------------------------------------------------------------------------

    def _table(self) -> dict[str, Callable[[dict[str, str], float], None]]:
        return {
            "Newchannel": self._newchannel,
            "Newstate": self._newstate,
            "Hangup": self._hangup,
            "HangupRequest": self._hangup_request,
            "SoftHangupRequest": self._soft_hangup,
            "Rename": self._rename,
            "DialBegin": self._dial_begin,
            "DialEnd": self._dial_end,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "Hold": self._hold,
            "Unhold": self._unhold,
            "BlindTransfer": self._blind_transfer,
            "AttendedTransfer": self._attended_transfer,
            "Pickup": self._pickup,
            "ParkedCall": self._parked,
            "UnParkedCall": self._unparked,
            "ParkedCallTimeOut": self._park_over,
            "ParkedCallGiveUp": self._park_over,
            "QueueCallerJoin": self._queue_join,
            "OriginateResponse": self._originate_response,
            "VarSet": self._varset,
            "MixMonitorStart": self._recording_starts,
            "MixMonitorStop": self._recording_stops,
            "DeviceStateChange": self._device_state,
            "FullyBooted": self._fully_booted,
            "Shutdown": self._shutdown,
            "CoreShowChannel": self._listed,
            "CoreShowChannelsComplete": self._listed_all,
            "BridgeListItem": self._bridge_listed,
            "QueueEntry": self._queue_entry,
        }

    def known(self, uid: str) -> Channel | None:
        """The channel, if we know it; else the PBX speaks of something we never saw, and a snapshot is due."""
        channel = self.mirror.channels.get(uid)
        if channel is None and uid and uid not in self._gone:
            self.wants_snapshot = True
        return channel

    def _unseen_line(self, headers: dict[str, str], at_s: float) -> None:
        """A phone has a line up since before we listened: what it dialled meanwhile was a consultation of that call."""
        if self._snapshots or headers.get("ChannelState") != "6" or headers.get("Uniqueid") in self._gone:
            return
        device = self.names.parse(headers.get("Channel", "")).device
        for call in self._dialled_blind:
            if call.root.device == device:
                self.unsee(call, at_s)

    def open(self, root: Channel, at_s: float) -> TrackedCall:
        """A new call that `root` begins."""
        expected = self._expected.pop(root.uid, None)
        call_id = expected[0] if expected else self._new_call_id()
        inbound = root.kind is Kind.OUTSIDER
        if inbound:
            caller, called = self.party(root.number, root.caller_name), self.dialled(root.exten)
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
            call.program, call.called = True, self.dialled(expected[1])
            call.direction = self.outward(call.called)
        call.add(root)
        self.calls[call_id] = call
        if not self._snapshots and root.device is not None:
            self._dialled_blind.append(call)
        return call

    def party(self, presented: str, name: str) -> Party:
        """An outsider as the PBX presents it. A withheld number has neither number nor name."""
        shown = presentable(presented)
        if shown is None:
            return Party()
        return Party(self.plan.parse(shown), shown, None, name or None)

    def dialled(self, text: str) -> Party:
        """What somebody dialled: a device, a public number, or just text."""
        shown = presentable(text)
        if shown is None or shown in ("s", "h", "i", "t"):
            return Party()
        device = self.names.device(shown)
        return Party(None if device else self.plan.parse(shown), shown, device, None)

    def outward(self, called: Party) -> Direction:
        return Direction.OUTBOUND if called.number is not None else Direction.INTERNAL

    def destination(self, text: str) -> str:
        """A transfer's destination as the record names it: device, E.164 number, or the extension."""
        return self.names.device(text) or self.plan.parse(text) or text

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
            if into.originated:
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

    # -- channels -------------------------------------------------------------------------------------------------

    def _newchannel(self, headers: dict[str, str], at_s: float) -> None:
        facts = messages.channel(headers)
        if facts is None or facts.uid in self.mirror.channels or facts.uid in self._gone:
            return
        channel = self.mirror.create(facts, at_s)
        if channel.kind is Kind.INTERNAL:
            return
        if channel.root:
            self.touch(self.open(channel, at_s))
            return
        reason = self.mirror.channels.get(channel.linkedid)
        call = reason.call if reason is not None else self._call_linked(channel.linkedid)
        if call is not None:
            call.add(channel)
            self.touch(call)
        elif channel.linkedid not in self._gone:
            self.wants_snapshot = True

    def _call_linked(self, linkedid: str) -> TrackedCall | None:
        for call in self.calls.values():
            if linkedid in call.pbx_ids or call.root.linkedid == linkedid:
                return call
        return None

    def _newstate(self, headers: dict[str, str], at_s: float) -> None:
        facts = messages.channel(headers)
        channel = self.known(facts.uid) if facts else None
        if channel is None or facts is None:
            return
        self.mirror.refresh(channel, facts)
        if facts.state == channel.state:
            return
        channel.state = facts.state
        channel.witnessed = True
        call = channel.call
        if facts.state == RINGING:
            channel.rang_s = at_s
            if call is not None and call.root is channel and not call.originated and not channel.dialled:
                self._by_program(call, channel, facts, at_s)
        elif facts.state == UP:
            channel.up_s = at_s
        elif facts.state == RING and channel.root and call is not None and channel.number != facts.number:
            channel.number = facts.number
        self.touch(call)

    def _hangup(self, headers: dict[str, str], at_s: float) -> None:
        uid = headers.get("Uniqueid", "")
        channel = self.known(uid)
        self._gone[uid] = None
        if len(self._gone) > 10_000:
            for old in list(self._gone)[:5_000]:
                del self._gone[old]
        if channel is None:
            return
        channel.cause = messages.number_of(headers, "Cause", channel.cause) or channel.cause
        call = channel.call
        self.mirror.remove(channel, at_s)
        recording = self._recording.pop(uid, None)
        if recording is not None and not recording[0].ended:
            self.events.append(RecordingStopped(recording[0].call_id, moment(at_s), recording[1]))
        if call is not None:
            call.events = self.events
            self._settle_hold(channel, at_s, pressed=False)
            if channel is call.root and not call.originated and not call.unseen:
                self._late_consultation(call, at_s)
                call = channel.call or call
                call.events = self.events
            leg_gone(call, channel, at_s)
            self.touch(call)

    def _hangup_request(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.known(headers.get("Uniqueid", ""))
        if channel is None:
            return
        cause = messages.number_of(headers, "Cause")
        channel.cause = cause or channel.cause
        if channel.hangup_request_s is None:
            channel.hangup_request_s = at_s
        call = channel.call
        if call is None or not channel.real or channel.side is not None:
            return
        if channel.dialled and not channel.up:
            return  # it refused; nobody hung up
        if call.hung_up is None and not (channel.spent and channel.device is not None):
            call.hung_up = channel.device or self._role(call, channel)
        if channel.device is None:
            for other in hears(channel):
                theirs = other.call
                if theirs is not None and theirs is not call and other.device is None and theirs.hung_up is None:
                    theirs.hung_up = CALLED if theirs.direction is Direction.INBOUND else CALLER

    def _role(self, call: TrackedCall, outsider: Channel) -> str:
        return CALLER if outsider is call.root and call.direction is Direction.INBOUND else CALLED

    def _soft_hangup(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.known(headers.get("Uniqueid", ""))
        flags = messages.number_of(headers, "Cause")
        if channel is None or channel.call is None:
            return
        call = channel.call
        if flags & SHUTDOWN_FLAG and not flags & 16:
            call.shutting_down = True
        elif flags == ASYNCGOTO_FLAG and channel.kind is Kind.OUTSIDER and channel.side is None:
            if call.pending is None:
                call.pending = OpenTransfer(TransferKind.REDIRECT, None, None, at_s, transferee=channel)

    def _rename(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.mirror.channels.get(headers.get("Uniqueid", ""))
        if channel is not None and headers.get("Newname"):
            self.mirror.rename(channel, headers["Newname"])
            if channel.call is None and channel.kind is not Kind.INTERNAL:
                call = self._call_linked(channel.linkedid)
                if call is not None:
                    call.add(channel)
            self.touch(channel.call)

    # -- dialling -------------------------------------------------------------------------------------------------

    def _dial_begin(self, headers: dict[str, str], at_s: float) -> None:
        dial = messages.dial(headers)
        target = self.known(dial.target.uid) if dial else None
        if dial is None or target is None:
            return
        target.dialled = True
        call = target.call
        if dial.source is None:
            if call is not None and call.root is target:
                self._by_program(call, target, dial.target, at_s)
            self.touch(call)
            return
        source = self.known(dial.source.uid)
        if source is None:
            return
        self.mirror.refresh(source, dial.source)
        target.dialler = source
        if target.device is None and target.kind is Kind.OUTSIDER:
            target.e164 = self.plan.parse(dial.target.number) or self.plan.parse(source.exten)
        owner = source.call
        if owner is None or owner.unseen:
            return
        if target.call is not owner:
            owner.add(target, source.side)
        self._place(owner, source, target, at_s)
        self.touch(target.call)

    def _place(self, call: TrackedCall, source: Channel, target: Channel, at_s: float) -> None:
        """Decide whether a dialled leg is the call's own or a consultation's, and what it says of the call."""
        call.events = self.events
        side = self._side_of(call, source, at_s)
        if side is not None:
            home = target.call if source.call is call else source.call
            call = source.call or call
            if home is not call:
                call.add(target, side)
            target.side = side
            if target.half and target.other_half is not None:
                target.other_half.side = side
            if not side.tried:
                side.tried = True
                side.to = target.device or target.e164 or side.to
            return
        if source.device is None and call.hung_up is not None and source.hangup_request_s is None:
            call.hung_up = None
        pending = call.pending
        if pending is not None and pending.transferee in (source, None):
            if pending.kind is TransferKind.REDIRECT:
                pending.to = self.destination(source.exten)
            elif pending.service and source.exten == pending.extension:
                pending.service = False  # a ring group: whoever answers has it
            settle_transfer(call)
            if pending.service:
                call.transfer_ends(at_s, pending, to=pending.to, completed=True)
        if not call.originated:
            if call.caller_device is not None and source is call.root:
                called = self.dialled(source.exten)
                if called.presented is not None:
                    call.called = called
            direction = self.outward(call.called)
            if target.kind is Kind.OUTSIDER and call.called.device is None:
                direction = Direction.OUTBOUND
            if call.root.device is not None or call.program:
                call.direction = direction
            call.originate()
        elif call.direction is Direction.INTERNAL and target.kind is Kind.OUTSIDER and call.called.device is None:
            call.inform(at_s, direction=Direction.OUTBOUND)
        if call.program and source is call.root and source.exten:
            called = self.dialled(source.exten)
            if called.presented is not None and not call.open_transfers and not call.far_answered:
                call.inform(at_s, called=called, direction=self.outward(called))

    def _side_of(self, call: TrackedCall, source: Channel, at_s: float) -> Side | None:
        """The consultation that a dialling channel belongs to; None if it dials for the call itself."""
        if source.side is not None:
            return source.side
        if source.half == 2 and source.other_half is not None:
            first = source.other_half
            if first.side is not None:
                source.side = first.side
                return first.side
            if first.dialler is not None:
                side = self._side_of(call, first.dialler, at_s)
                first.side = source.side = side
                return side
            return self._feature_side(call, first, source, at_s)
        if source.device is not None and source is call.root and not call.originated:
            return self._second_line(call, source, at_s)
        return None

    def _feature_side(self, call: TrackedCall, first: Channel, second: Channel, at_s: float) -> Side | None:
        """A Local pair that nobody dialled, in a call where somebody pressed `*2`: its consultation."""
        by: Channel | None = None
        for leg in call.mains():
            if leg.device is not None and leg.up and leg.feature_hold_s is not None:
                by = leg
        if by is None and first.bridge is not None:
            by = next((c for c in first.bridge.members.values() if c.call is call and c.device and c.up), None)
        if by is None or by.device is None or call.root is first:
            return None
        side = call.new_side(by.device, at_s, feature=True)
        side.pressed_s = by.feature_hold_s or at_s
        side.to = self.destination(second.exten or first.exten)
        by.feature_hold_s = None
        first.side = second.side = side
        return side

    def _second_line(self, call: TrackedCall, root: Channel, at_s: float) -> Side | None:
        """A phone that holds a customer and dials on another line consults: its call becomes part of the customer's."""
        for held in self.calls.values():
            if held is call or held.ended or held.unseen:
                continue
            for leg in held.legs(root.device) if root.device else ():
                if leg.up and not leg.spent and (leg.held_s is not None or leg.feature_hold_s is not None):
                    self._settle_hold(leg, at_s, pressed=True)
                    side = held.new_side(root.device or DeviceId(""), call.started_s, feature=False)
                    side.to = self.destination(root.exten)
                    self.absorb(call, held, at_s, side)
                    return side
        return None

    def _late_consultation(self, call: TrackedCall, at_s: float) -> None:
        """A second line that got nowhere (an unreachable phone makes no channel) was a consultation too."""
        if call.root.device is not None and not call.program:
            side = self._second_line(call, call.root, at_s)
            if side is not None:
                side.tried = True

    def _by_program(self, call: TrackedCall, root: Channel, facts: ChannelFacts, at_s: float) -> None:
        """An Originate: the root was dialled by nobody's channel."""
        if call.program and call.originated:
            return
        call.program = root.program = root.dialled = True
        call.events = self.events
        if root.device is not None:
            call.customer_since = False
            call.caller = Party(None, root.device, root.device, None)
            if call.called.presented is None:
                shown = facts.connected_number or facts.number
                called = self.dialled(shown) if shown != root.device else Party()
                call.called = called
            call.direction = self.outward(call.called)
        elif root.kind is Kind.OUTSIDER:
            call.customer_since = False
            call.direction = Direction.OUTBOUND
            call.caller, call.called = Party(), self.party(facts.number or root.exten, "")
            root.e164 = call.called.number
        if root.kind is not Kind.LOCAL:
            call.originate()

    def _dial_end(self, headers: dict[str, str], at_s: float) -> None:
        dial = messages.dial(headers)
        target = self.known(dial.target.uid) if dial else None
        if dial is None or target is None:
            return
        if dial.source is not None:
            source = self.mirror.channels.get(dial.source.uid)
            target.dialler = source or target.dialler
        if dial.status and dial.status != "ANSWER":
            target.dial_status = dial.status
        call = target.call
        if dial.forward:
            target.forwarded = True
            if call is not None and target.device is not None and target.side is None and not call.ended:
                call.events = self.events
                leg_gone(call, target, at_s)
                target.spent = True
                to = self.destination(dial.forward.partition("@")[0].rpartition("/")[2])
                call.transfer_begins(OpenTransfer(TransferKind.FORWARD, target.device, to, at_s, exact=True))
        self.touch(call)

    def _originate_response(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.mirror.channels.get(headers.get("Uniqueid", ""))
        exten = headers.get("Exten", "")
        call = channel.call if channel is not None else self._ringing_by_program(headers.get("Channel", ""))
        if call is None or not call.program or call.root.device is None or not exten:
            return
        called = self.dialled(exten)
        if called.presented is not None and not call.ended:
            call.events = self.events
            call.inform(at_s, called=called, direction=self.outward(called))

    def _ringing_by_program(self, interface: str) -> TrackedCall | None:
        """A failed Originate names no channel, only what it dialled (`PJSIP/101`)."""
        device = self.names.interface(interface)
        for call in self.calls.values():
            if device and call.program and call.root.device == device and not call.ended and call.root.up_s is None:
                return call
        return None

    # -- bridges and holds ----------------------------------------------------------------------------------------

    def _bridge_enter(self, headers: dict[str, str], at_s: float) -> None:
        facts = messages.channel(headers)
        uid = headers.get("BridgeUniqueid", "")
        if facts is None or not uid:
            return
        bridge = self.mirror.bridge(uid, headers.get("BridgeType", ""), headers.get("BridgeCreator", ""))
        channel = self.known(facts.uid)
        if channel is None:
            for member in bridge.members.values():
                if member.call is not None and member.linkedid != facts.linkedid and not bridge.holding:
                    self.unsee(member.call, at_s)
            return
        before = channel.linkedid
        self.mirror.refresh(channel, facts)
        self.mirror.enter(channel, bridge)
        call = channel.call
        if call is None:
            return
        if facts.linkedid != before and not self._is_ours(facts.linkedid):
            self.unsee(call, at_s)
        if not bridge.holding:
            self._join(channel, at_s)
        self.touch(channel.call)

    def _is_ours(self, linkedid: str) -> bool:
        root = self.mirror.channels.get(linkedid)
        return (
            (root is not None and root.call is not None) or linkedid in self._gone or bool(self._call_linked(linkedid))
        )

    def _join(self, channel: Channel, at_s: float) -> None:
        """Channels of two calls hear each other: one of them was part of the other all along."""
        mine = channel.call
        for other in hears(channel):
            theirs = other.call
            if mine is None or theirs is None or theirs is mine or not (other.real and channel.real):
                continue
            if mine.ended or theirs.ended:
                continue
            if mine.unseen or theirs.unseen:
                self.unsee(theirs if mine.unseen else mine, at_s)
                continue
            mine_out, theirs_out = mine.customer_since, theirs.customer_since
            if mine_out and theirs_out:
                older, younger = sorted((mine, theirs), key=lambda call: call.started_s)
                younger.events = self.events
                younger.inform(at_s, conversation_id=older.conversation_id)
                continue
            if mine_out != theirs_out:
                keep, child = (mine, theirs) if mine_out else (theirs, mine)
            else:
                keep, child = sorted((mine, theirs), key=lambda call: call.started_s)
            side = self._former_consultation(keep, child, at_s)
            self.absorb(child, keep, at_s, side)
            mine = channel.call

    def _former_consultation(self, keep: TrackedCall, child: TrackedCall, at_s: float) -> Side | None:
        """`child` is a phone's second call whose first one it never held; joined, it was a consultation."""
        by = child.root.device
        part = keep.parts.get(by) if by is not None else None
        if by is None or part is None or not part.picked_up or child.program:
            return None
        side = keep.new_side(by, child.started_s, feature=False)
        side.tried = True
        side.to = child.called.device or child.called.number or child.called.presented
        return side

    def _bridge_leave(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.known(headers.get("Uniqueid", ""))
        if channel is None:
            self._unseen_line(headers, at_s)
            return
        bridge = channel.bridge
        if bridge is not None and bridge.uid == headers.get("BridgeUniqueid", bridge.uid):
            self.mirror.leave(channel)
        call = channel.call
        if call is not None:
            self.touch(call)

    def _hold(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.known(headers.get("Uniqueid", ""))
        if channel is None or channel.call is None:
            return
        if headers.get("MusicClass"):
            channel.feature_hold_s = None
            self._pressed_hold(channel, at_s)
        elif channel.tech == "PJSIP" or channel.held_s is None:
            # A feature code's music has no class. Other drivers (chan_sip) name none for a pressed hold either: what it
            # was shows in what follows.
            channel.feature_hold_s = at_s

    def _pressed_hold(self, channel: Channel, at_s: float) -> None:
        if channel.held_s is not None:
            return
        channel.held_s = at_s
        call = channel.call
        if call is None or channel.side is not None or call.ended or call.unseen:
            return
        call.events = self.events
        if channel.device is not None:
            part = call.parts.get(channel.device)
            if part is not None and part.picked_up and not channel.spent:
                part.held = True
                call.hold(at_s, channel.device)
        elif not call.customer_held:
            call.customer_held = True
            call.hold(at_s, CUSTOMER)

    def _settle_hold(self, channel: Channel, at_s: float, *, pressed: bool) -> None:
        """A hold without a music class was `pressed`, or a feature code's music."""
        since, channel.feature_hold_s = channel.feature_hold_s, None
        if since is not None and (pressed or (channel.tech != "PJSIP" and channel.held_s is None)):
            self._pressed_hold(channel, since)

    def _unhold(self, headers: dict[str, str], at_s: float) -> None:
        uid = headers.get("Uniqueid", "")
        channel = self.known(uid)
        if channel is None:
            self._unseen_line(headers, at_s)
            return
        since = channel.feature_hold_s
        if since is not None and channel.tech != "PJSIP":
            self._settle_hold(channel, at_s, pressed=True)
        channel.feature_hold_s = None
        if channel.held_s is None:
            return
        channel.held_s, channel.unheld_s = None, at_s
        call = channel.call
        if call is None or channel.side is not None or call.ended or call.unseen:
            return
        call.events = self.events
        if channel.device is not None:
            part = call.parts.get(channel.device)
            if part is not None and part.held:
                part.held = False
                call.retrieve(at_s, channel.device)
        elif call.customer_held:
            call.customer_held = False
            call.retrieve(at_s, CUSTOMER)

    # -- transfers ------------------------------------------------------------------------------------------------

    def _blind_transfer(self, headers: dict[str, str], at_s: float) -> None:
        transfer = messages.blind_transfer(headers)
        if transfer is None or not transfer.succeeded:
            return
        transferer = self.known(transfer.transferer.uid)
        if transferer is None or transferer.call is None:
            return
        call = transferer.call
        transferer.feature_hold_s = None
        if transferer.side is not None or call.ended or call.unseen:
            return
        call.events = self.events
        to = self.destination(transfer.extension)
        transferee = self.mirror.channels.get(transfer.transferee.uid) if transfer.transferee else None
        for open_transfer in tuple(call.open_transfers):
            call.transfer_ends(at_s, open_transfer, to=open_transfer.to, completed=False)
        call.pending = OpenTransfer(
            TransferKind.BLIND,
            transferer.device,
            to,
            at_s,
            extension=transfer.extension,
            service=self.names.device(transfer.extension) is None and self.plan.parse(transfer.extension) is None,
            transferee=transferee,
        )
        self.touch(call)

    def _attended_transfer(self, headers: dict[str, str], at_s: float) -> None:
        transfer = messages.attended_transfer(headers)
        if transfer is None or not transfer.succeeded:
            return
        first, second = self.mirror.channels.get(transfer.first.uid), self.mirror.channels.get(transfer.second.uid)
        if first is None or second is None or first.call is None or second.call is None:
            return
        one, two = first.call, second.call
        one.events = two.events = self.events
        if transfer.dest_type == "Threeway":
            for call in {one.call_id: one, two.call_id: two}.values():
                for side in call.sides:
                    if not side.cleared and side.by == first.device:
                        complete_side(call, side, at_s, transfer=False)
                call.conferenced(at_s)
        elif one is not two:
            self._joined_two(one, two, first, second, at_s)
        elif transfer.dest_type == "App":
            side = second.side or first.side
            if side is not None and not side.cleared:
                complete_side(one, side, at_s, transfer=True)
                if side.to_service and one.open_transfers:
                    one.transfer_ends(at_s, one.open_transfers[-1], to=side.to, completed=True)
        self.touch(one)
        self.touch(two)

    def _joined_two(self, one: TrackedCall, two: TrackedCall, first: Channel, second: Channel, at_s: float) -> None:
        """An employee put two calls together."""
        by = first.device
        if one.ended or two.ended or one.unseen or two.unseen:
            return
        if one.customer_since and two.customer_since:
            held, other = (two, one) if self._held_last(second) > self._held_last(first) else (one, two)
            number = next((c.e164 or self.plan.parse(c.number) for c in other.outsiders()), None)
            transfer = OpenTransfer(TransferKind.ATTENDED, by, number, at_s)
            held.transfer_begins(transfer)
            held.transfer_ends(at_s, transfer, to=number, completed=True)
            older, younger = sorted((one, two), key=lambda call: call.started_s)
            younger.inform(at_s, conversation_id=older.conversation_id)
            return
        keep, child = (one, two) if one.customer_since or not two.customer_since else (two, one)
        side = self._former_consultation(keep, child, at_s)
        self.absorb(child, keep, at_s, side)
        if side is not None:
            derive(keep, at_s)
            if not side.cleared and not side.established:
                complete_side(keep, side, at_s, transfer=True)

    def _held_last(self, leg: Channel) -> float:
        """A leg's last hold, to tell which of two customers was the held one: later than any that is not."""
        if leg.held_s is not None:
            return float("inf")
        return leg.unheld_s or 0.0

    def _pickup(self, headers: dict[str, str], at_s: float) -> None:
        picker = self.known(headers.get("Uniqueid", ""))
        target = self.known(headers.get("TargetUniqueid", ""))
        if picker is None:
            return
        if target is None or target.call is None:
            if picker.call is not None:
                self.unsee(picker.call, at_s)
            return
        call = target.call
        if picker.call is not None and picker.call is not call:
            self.absorb(picker.call, call, at_s, target.side)
        call.events = self.events
        if target.side is not None or call.ended or call.unseen or picker.device is None:
            return
        part = call.part(picker.device)
        if not part.picked_up:
            part.picked_up, part.ringing = True, False
            call.answered_by = picker.device
            call.establish(at_s, picker.device)
            answered_transfers(call, at_s, picker.device)
        transfer = OpenTransfer(TransferKind.PICKUP, picker.device, picker.device, at_s)
        call.transfer_begins(transfer)
        call.transfer_ends(at_s, transfer, to=picker.device, completed=True)
        self.touch(call)

    def _parked(self, headers: dict[str, str], at_s: float) -> None:
        parkee = self.known(headers.get("ParkeeUniqueid", ""))
        if parkee is None or parkee.call is None or parkee.side is not None or parkee.call.ended:
            return
        call = parkee.call
        call.events = self.events
        by = self.names.interface(headers.get("ParkerDialString", ""))
        if call.pending is not None:
            by = call.pending.by or by
            call.pending = None
        call.transfer_begins(OpenTransfer(TransferKind.PARK, by, None, at_s, transferee=parkee))
        self.touch(call)

    def _unparked(self, headers: dict[str, str], at_s: float) -> None:
        parkee = self.known(headers.get("ParkeeUniqueid", ""))
        retriever = self.known(headers.get("RetrieverUniqueid", ""))
        if parkee is None or parkee.call is None:
            if retriever is not None and retriever.call is not None:
                self.unsee(retriever.call, at_s)
            return
        call = parkee.call
        call.events = self.events
        if retriever is None or call.ended:
            return
        if retriever.call is not None and retriever.call is not call and not retriever.call.customer_since:
            self.absorb(retriever.call, call, at_s)
        self._park_ends(call, at_s, retriever.device)

    def _park_over(self, headers: dict[str, str], at_s: float) -> None:
        parkee = self.known(headers.get("ParkeeUniqueid", ""))
        if parkee is not None and parkee.call is not None and not parkee.call.ended:
            parkee.call.events = self.events
            self._park_ends(parkee.call, at_s, None)

    def _park_ends(self, call: TrackedCall, at_s: float, to: DeviceId | None) -> None:
        for transfer in tuple(call.open_transfers):
            if transfer.kind is TransferKind.PARK:
                call.transfer_ends(at_s, transfer, to=to, completed=to is not None)
        self.touch(call)

    # -- queues, recordings, devices ------------------------------------------------------------------------------

    def _queue_join(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.known(headers.get("Uniqueid", ""))
        name = headers.get("Queue", "")
        if channel is None or channel.call is None or not name or channel.call.ended:
            return
        call = channel.call
        call.events = self.events
        side = self._side_of(call, channel, at_s)
        call = channel.call or call
        if side is not None:
            side.to, side.to_service, side.tried = name, True, True
            return
        call.originate()
        call.hung_up = None
        pending = call.pending
        if pending is not None:
            pending.to = name
            settle_transfer(call)
            call.transfer_ends(at_s, pending, to=name, completed=True)
        call.queue(at_s, name)
        self.touch(call)

    def _queue_entry(self, headers: dict[str, str], at_s: float) -> None:
        channel = self.mirror.channels.get(headers.get("Uniqueid", ""))
        if channel is not None and channel.call is not None and not channel.call.ended and not channel.witnessed:
            channel.call.events = self.events
            channel.call.queue(at_s, headers.get("Queue", ""))

    def _varset(self, headers: dict[str, str], at_s: float) -> None:
        if headers.get("Variable") == "MIXMONITOR_FILENAME" and headers.get("Value"):
            self._files[headers.get("Uniqueid", "")] = headers["Value"]

    def _recording_starts(self, headers: dict[str, str], at_s: float) -> None:
        uid = headers.get("Uniqueid", "")
        channel = self.known(uid)
        file = self._files.pop(uid, "")
        if channel is None or channel.call is None or not file or channel.call.unseen or channel.call.ended:
            return
        call = channel.call
        call.events = self.events
        call.originate()
        self._recording[uid] = (call, file)
        self.events.append(RecordingStarted(call.call_id, moment(at_s), file))

    def _recording_stops(self, headers: dict[str, str], at_s: float) -> None:
        recording = self._recording.pop(headers.get("Uniqueid", ""), None)
        if recording is not None and not recording[0].ended:
            self.events.append(RecordingStopped(recording[0].call_id, moment(at_s), recording[1]))

    def _device_state(self, headers: dict[str, str], at_s: float) -> None:
        interface = headers.get("Device", "")
        device = self.names.interface(interface)
        if device is None or interface.startswith(("Queue:", "MWI:", "park:", "Custom:", "Local/")):
            return
        state = DEVICE_STATES.get(headers.get("State", ""), DeviceState.UNKNOWN)
        if self._device_states.get(device) is not state:
            self._device_states[device] = state
            self.events.append(DeviceStateChanged(self.pbx, moment(at_s), device, state, interface))

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
        snapshot = self.snapshot or Snapshot(at_s)
        self.snapshot = None
        self._snapshots += 1
        self._dialled_blind.clear()
        reconcile(self, snapshot, at_s, self._gone)
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
