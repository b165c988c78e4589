"""Queue(): callers wait, the members who are free ring all at once, the first who answers gets the call.

Source: Asterisk 22 app_queue.c with strategy ringall, ringinuse no; the recordings of the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringcard.pbx.simulator.channels import Bridge, Cause, Channel, Endpoint
from ringcard.pbx.simulator.switch import Switch
from ringcard.pbx.simulator.threads import Answered, HungUp, LeftBridge, PickedUp, Refused, Script, Thread, TimedOut
from ringcard.pbx.simulator.wire import channel_snapshot, headers

RING_S = 15.0
RETRY_S = 5.0
NETWORK_S = 0.002
MEMBER_STATUS = {"NOT_INUSE": 1, "INUSE": 2, "UNAVAILABLE": 5, "RINGING": 6, "RINGINUSE": 7, "ONHOLD": 8}
"""AST_DEVICE_*, as queue events number them."""


@dataclass(slots=True)
class Member:
    """Who works in the queue, at which device."""

    name: str
    interface: str
    membership: str = "static"
    penalty: int = 0
    paused: bool = False
    reason: str = ""
    calls_taken: int = 0
    last_call_s: float = 0.0
    last_pause_s: float = 0.0
    login_s: float = 0.0


@dataclass(slots=True)
class QueuedCall:
    """A caller's call to the agent who took it."""

    queue: Queue
    caller: Channel
    agent: Channel
    member: Member
    bridge: Bridge
    waited_s: float
    since_s: float
    picked_up: bool = False
    """By pickup: Asterisk does not tell the caller's channel then."""

    def complete(self, reason: str) -> None:
        """AgentComplete, once."""
        if self.bridge.agent_call is not self:
            return
        self.bridge.agent_call = None
        if self.caller.gone or self.agent.gone:  # the one was replaced by a transfer before the other left
            return
        now_s = self.queue.switch.timeline.now_s
        self.member.calls_taken += 1
        self.member.last_call_s = now_s
        self.queue.completed += 1
        self.queue.agent_event(
            "AgentComplete", self.caller, self.agent, self.member,
            headers(HoldTime=int(self.waited_s), TalkTime=int(now_s - self.since_s), Reason=reason),
            tell_caller=not self.picked_up,
        )  # fmt: skip


class Queue:
    """One queue of the company."""

    def __init__(
        self, switch: Switch, name: str, members: Sequence[tuple[str, str]], invite: Callable[[Channel], None]
    ) -> None:
        self.switch = switch
        self.name = name
        self._invite = invite
        self.members = {
            f"PJSIP/{device}": Member(display, f"PJSIP/{device}", login_s=switch.timeline.now_s)
            for device, display in members
        }
        self.waiting: list[Channel] = []
        self.completed = 0
        self.abandoned = 0
        switch.device_watchers.append(self._device_changed)

    # ------------------------------------------------------------ members

    def status(self, member: Member) -> int:
        """The member's device state by its number."""
        endpoint = self.switch.endpoints.get(member.interface.partition("/")[2])
        return 0 if endpoint is None else MEMBER_STATUS[endpoint.device_state()]

    def member_headers(self, member: Member) -> str:
        """What every member event says."""
        return headers(
            Queue=self.name, MemberName=member.name, Interface=member.interface, StateInterface=member.interface,
            Membership=member.membership, Penalty=member.penalty, CallsTaken=member.calls_taken,
            LastCall=int(member.last_call_s), LastPause=int(member.last_pause_s), LoginTime=int(member.login_s),
            InCall=0, Status=self.status(member), Paused=int(member.paused), PausedReason=member.reason,
            Ringinuse=0, Wrapuptime=0,
        )  # fmt: skip

    def add(self, interface: str, name: str, penalty: int = 0) -> bool:
        """QueueMemberAdded; false if it is one already."""
        if interface in self.members:
            return False
        member = Member(name or interface, interface, "dynamic", penalty, login_s=self.switch.timeline.now_s)
        self.members[interface] = member
        self.switch.emit("QueueMemberAdded", "agent", self.member_headers(member))
        return True

    def remove(self, interface: str) -> bool:
        """QueueMemberRemoved; false if there is no such dynamic member."""
        member = self.members.get(interface)
        if member is None or member.membership != "dynamic":
            return False
        del self.members[interface]
        self.switch.emit("QueueMemberRemoved", "agent", self.member_headers(member))
        return True

    def pause(self, interface: str, paused: bool, reason: str = "") -> bool:
        """QueueMemberPause; false if there is no such member."""
        member = self.members.get(interface)
        if member is None:
            return False
        member.paused = paused
        member.reason = reason if paused else ""
        member.last_pause_s = self.switch.timeline.now_s
        self.switch.emit("QueueMemberPause", "agent", self.member_headers(member))
        return True

    def _device_changed(self, endpoint: Endpoint) -> None:
        member = self.members.get(f"PJSIP/{endpoint.name}")
        if member is not None:
            self.switch.emit("QueueMemberStatus", "agent", self.member_headers(member))

    # ------------------------------------------------------------- calls

    def agent_event(
        self, name: str, caller: Channel, agent: Channel, member: Member, more: str = "", *, tell_caller: bool = True
    ) -> None:
        """One of the Agent* events."""
        parts = [channel_snapshot(caller)] if tell_caller else []
        parts.append(channel_snapshot(agent, "Dest"))
        parts.append(headers(Queue=self.name, Interface=member.interface, MemberName=member.name))
        if more:
            parts.append(more)
        self.switch.emit(name, "agent", *parts)

    def wait(self, thread: Thread, timeout_s: float) -> Script:
        """The caller's whole stay: waiting (`timeout_s` at most), ringing, talking."""
        switch, caller = self.switch, thread.channel
        joined_s = switch.timeline.now_s
        self.waiting.append(caller)
        position = len(self.waiting)
        self._tell_state()
        details = headers(Queue=self.name, Position=position, Count=len(self.waiting))
        switch.emit("QueueCallerJoin", "agent", channel_snapshot(caller), details)
        switch.start_music(caller)
        deadline_s, again_s, ring_until_s = joined_s + timeout_s, joined_s, 0.0
        ringing: dict[Channel, tuple[Member, float]] = {}
        taken: Channel | None = None
        while taken is None:
            now_s = switch.timeline.now_s
            if now_s >= deadline_s:
                self._leave(caller, ringing, joined_s, position, timed_out=True)
                return
            if ringing and now_s >= ring_until_s:
                for agent in list(ringing):
                    self._no_answer(caller, agent, ringing)
                again_s = now_s + RETRY_S
            if not ringing and now_s >= again_s:
                ringing = self._ring(thread)
                ring_until_s, again_s = now_s + RING_S, now_s + RETRY_S
            until_s = min(deadline_s, ring_until_s if ringing else again_s)
            occurrence = yield max(0.001, until_s - now_s)
            if isinstance(occurrence, HungUp):
                self._leave(caller, ringing, joined_s, position)
                return
            if isinstance(occurrence, Refused) and occurrence.channel in ringing:
                self._no_answer(caller, occurrence.channel, ringing)
            elif isinstance(occurrence, (Answered, PickedUp)) and occurrence.channel in ringing:
                taken = occurrence.channel
                member, _ = ringing.pop(taken)
                picked_up = isinstance(occurrence, PickedUp)
                if isinstance(occurrence, PickedUp):
                    directed = occurrence.by.exten.startswith("**")
                    switch.finish(taken, Cause.ANSWERED_ELSEWHERE if directed else Cause.NORMAL)
                    taken = occurrence.by
            elif not isinstance(occurrence, TimedOut):
                continue
        self._connect(caller, taken, member, ringing, joined_s, position, picked_up=picked_up)
        while not isinstance((yield None), (LeftBridge, HungUp)):
            pass

    def _ring(self, thread: Thread) -> dict[Channel, tuple[Member, float]]:
        switch, caller = self.switch, thread.channel
        ringing: dict[Channel, tuple[Member, float]] = {}
        for member in self.members.values():
            endpoint = switch.endpoints.get(member.interface.partition("/")[2])
            if endpoint is None or member.paused or endpoint.channels or not endpoint.registered:
                continue
            agent = switch.call_endpoint(endpoint, caller, thread)
            switch.place(agent, endpoint.context, caller.exten)
            switch.set_connected(agent, caller.caller_num, caller.caller_name, tell=False)
            switch.step(agent, "AppQueue", "(Outgoing Line)")
            self.agent_event("AgentCalled", caller, agent, member)
            where = (channel_snapshot(caller), channel_snapshot(agent, "Dest"))
            switch.emit("DialBegin", "call", *where, headers(DialString=member.interface))
            switch.timeline.after(NETWORK_S, lambda agent=agent: self._invite(agent))  # type: ignore[misc]
            ringing[agent] = (member, switch.timeline.now_s)
        thread.outgoing = list(ringing)
        return ringing

    def _no_answer(self, caller: Channel, agent: Channel, ringing: dict[Channel, tuple[Member, float]]) -> None:
        member, since_s = ringing.pop(agent)
        self._dial_end(caller, agent, "NOANSWER")
        ring_ms = int((self.switch.timeline.now_s - since_s) // 1 * 1000)
        self.agent_event("AgentRingNoAnswer", caller, agent, member, headers(RingTime=ring_ms))
        self.switch.finish(agent)

    def _leave(
        self,
        caller: Channel,
        ringing: dict[Channel, tuple[Member, float]],
        joined_s: float,
        position: int,
        *,
        timed_out: bool = False,
    ) -> None:
        """The caller gave up, or waited too long: QueueCallerAbandon says the same of both."""
        switch = self.switch
        switch.stop_music(caller)
        if timed_out:
            caller.cause = Cause.NORMAL
            for agent, (member, since_s) in ringing.items():
                ring_ms = headers(RingTime=int(switch.timeline.now_s - since_s) * 1000)
                self.agent_event("AgentRingNoAnswer", caller, agent, member, ring_ms)
        for status in ("NOANSWER" if timed_out else "CANCEL", "CANCEL"):  # Asterisk says it twice
            for agent in ringing:
                self._dial_end(caller, agent, status)
        self.abandoned += 1
        waited = headers(
            Queue=self.name, Position=position, OriginalPosition=position,
            HoldTime=int(switch.timeline.now_s - joined_s),
        )  # fmt: skip
        switch.emit("QueueCallerAbandon", "agent", channel_snapshot(caller), waited)
        self._gone(caller, position)
        for agent in ringing:
            switch.finish(agent, Cause.UNKNOWN)

    def _connect(
        self,
        caller: Channel,
        agent: Channel,
        member: Member,
        losers: dict[Channel, tuple[Member, float]],
        joined_s: float,
        position: int,
        *,
        picked_up: bool,
    ) -> None:
        switch, now_s = self.switch, self.switch.timeline.now_s
        if not picked_up:
            self._dial_end(caller, agent, "ANSWER")
            for loser in losers:
                self._dial_end(caller, loser, "CANCEL")
        switch.set_connected(caller, agent.caller_num, agent.caller_name)
        for loser in losers:
            self._dial_end(caller, loser, "CANCEL")
            switch.finish(loser, Cause.ANSWERED_ELSEWHERE)
        switch.stop_music(caller)
        self._gone(caller, position)
        waited_s = now_s - joined_s
        details = headers(HoldTime=int(waited_s), RingTime=int(now_s - agent.created_s))
        self.agent_event("AgentConnect", caller, agent, member, details)
        bridge = switch.connect(agent, caller)
        bridge.agent_call = QueuedCall(self, caller, agent, member, bridge, waited_s, now_s, picked_up)

    def _gone(self, caller: Channel, position: int) -> None:
        self.waiting.remove(caller)
        self._tell_state()
        details = headers(Queue=self.name, Position=position, Count=len(self.waiting))
        self.switch.emit("QueueCallerLeave", "agent", channel_snapshot(caller), details)

    def leave(self, caller: Channel) -> None:
        """A program takes a waiting caller elsewhere."""
        if caller in self.waiting:
            self.switch.stop_music(caller)
            self._gone(caller, self.waiting.index(caller) + 1)

    def _tell_state(self) -> None:
        state = "RINGING" if self.waiting else "NOT_INUSE"
        self.switch.emit("DeviceStateChange", "call", headers(Device=f"Queue:{self.name}", State=state))

    def _dial_end(self, caller: Channel, agent: Channel, status: str) -> None:
        where = (channel_snapshot(caller), channel_snapshot(agent, "Dest"))
        self.switch.emit("DialEnd", "call", *where, headers(DialStatus=status))
