"""What really happened to each customer's call, known from the inside and not from what is told over AMI.

A customer's call is a leg of the trunk: one that called in, or one that an employee called. Here is who talked with it,
from when to when; what the company did besides (queues, menus, who rang) is the scenario's witness's to tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringcard.pbx.simulator.channels import Channel, ChannelState
from ringcard.pbx.simulator.switch import Observer, Switch


@dataclass(slots=True)
class TrueCall:
    """One customer's call. Moments are the PBX's epoch seconds, `talk_s` seconds by device, holds included."""

    direction: str
    number: str
    """The customer's, as presented or dialled."""
    dialled: str
    """What the caller dialled: the DID of an inbound call, the customer's number of an outbound one."""
    started_at_s: float
    answered_at_s: float | None = None
    ended_at_s: float | None = None
    talk_s: dict[str, float] = field(default_factory=dict)


class Truth(Observer):
    """Watches a switch from the beginning; `calls` are all customers' calls, in order of start."""

    def __init__(self, switch: Switch) -> None:
        self.calls: list[TrueCall] = []
        self._timeline = switch.timeline
        self._live: dict[Channel, TrueCall] = {}
        self._with: dict[Channel, Channel] = {}
        """Employees' legs that talk, and with which customer's leg."""
        self._since: dict[Channel, float] = {}
        self._released: set[Channel] = set()
        switch.observers.append(self)

    def began(self, channel: Channel) -> None:
        """Another leg of the trunk is another customer's call."""
        if channel.endpoint is None or not channel.endpoint.is_trunk:
            return
        call = TrueCall("inbound", channel.caller_num, channel.dialled, self._timeline.now_s)
        if channel.outgoing:
            call.direction = "outbound"
        self.calls.append(call)
        self._live[channel] = call

    def state_changed(self, channel: Channel) -> None:
        """The customer of an outbound call answers."""
        call = self._live.get(channel)
        if call is not None and channel.outgoing and channel.state is ChannelState.UP:
            call.answered_at_s = call.answered_at_s or self._timeline.now_s

    def bridged(self, channel: Channel) -> None:
        """Somebody joined somebody: whoever now hears a customer talks with them, from now until they leave."""
        for customer, call in self._live.items():
            if customer.bridge is None:
                continue
            for member in heard_by(customer):
                if member.device is None or member in self._with or member in self._released:
                    continue
                self._with[member] = customer
                self._since[member] = self._timeline.now_s
                if call.answered_at_s is None:
                    call.answered_at_s = self._timeline.now_s

    def transferred(self, kind: str, by: Channel, customer: Channel, to: str, target: Channel | None) -> None:
        """Who hands a call over has done with it, though the phone may show it for a while yet."""
        if kind in ("blind", "park"):
            self._leaves(by)
            self._released.add(by)

    def ended(self, channel: Channel) -> None:
        """Somebody is gone."""
        self._leaves(channel)
        self._released.discard(channel)
        call = self._live.pop(channel, None)
        if call is None:
            return
        for member, customer in list(self._with.items()):
            if customer is channel:
                self._credit(member, call)
        if channel.outgoing:
            call.number = call.dialled = channel.dialled
        call.ended_at_s = self._timeline.now_s

    def _leaves(self, member: Channel) -> None:
        customer = self._with.get(member)
        call = self._live.get(customer) if customer is not None else None
        if call is not None:
            self._credit(member, call)

    def _credit(self, member: Channel, call: TrueCall) -> None:
        del self._with[member]
        talked_s = self._timeline.now_s - self._since.pop(member)
        device = member.device or ""
        call.talk_s[device] = call.talk_s.get(device, 0.0) + talked_s


def heard_by(channel: Channel) -> Iterator[Channel]:
    """Everybody whom `channel` can talk with, through Local channels too."""
    seen, reached = {channel}, [channel]
    while reached:
        bridge = reached.pop().bridge
        for member in bridge.channels if bridge is not None and bridge.kind != "parking" else ():
            if member in seen:
                continue
            seen.add(member)
            if member.pair is not None and not (half := member.pair.half(member)).gone:
                seen.add(half)
                reached.append(half)
            else:
                yield member
