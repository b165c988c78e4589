"""Ringing back whoever let go of a transfer too early: `*2`, hung up while the target rang, and nobody answered.

Source: Asterisk 22 bridge_basic.c (attended transfer, `recalling`); atxferdropcall=no, one try.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ringcard.pbx.simulator.channels import Bridge, Channel, Endpoint, LocalPair
from ringcard.pbx.simulator.dialplan import Dialplan
from ringcard.pbx.simulator.threads import Answered, HungUp, PickedUp, Redirected, Script, Thread, TimedOut
from ringcard.pbx.simulator.wire import channel_snapshot, headers

RECALL_S = 6.0
NETWORK_S = 0.002


@dataclass(frozen=True, slots=True)
class Owed:
    """A customer who waits in `bridge` for the target at the other end of `pair`; else `endpoint` is rung back."""

    pair: LocalPair
    bridge: Bridge
    endpoint: Endpoint


class Recalls:
    """Those that are owed, and those that ring."""

    def __init__(self, dialplan: Dialplan) -> None:
        self._dialplan = dialplan
        self._switch = dialplan.switch
        self._owed: dict[LocalPair, Owed] = {}
        self._ringing: dict[Bridge, Thread] = {}

    def owe(self, pair: LocalPair, bridge: Bridge, endpoint: Endpoint) -> None:
        """The target still rings; the customer is with the Local channel already."""
        self._owed[pair] = Owed(pair, bridge, endpoint)

    def settle(self, pair: LocalPair) -> Owed | None:
        """The target did not answer: who is to be rung back, if anybody."""
        return self._owed.pop(pair, None)

    def customer_left(self, bridge: Bridge) -> None:
        """Nobody waits in the bridge any more."""
        thread = self._ringing.pop(bridge, None)
        if thread is not None:
            self._switch.threads.post(thread, HungUp())

    def ring_back(self, owed: Owed) -> bool:
        """Ring the transferer; false if that is not possible."""
        if not owed.endpoint.registered:
            return False
        customer = owed.bridge.channels[0]
        channel = self._switch.call_endpoint(owed.endpoint, None, None)
        self._switch.set_connected(channel, customer.caller_num, customer.caller_name)
        thread = self._switch.threads.start(channel, partial(self._recall, bridge=owed.bridge))
        channel.dialler = thread
        self._ringing[owed.bridge] = thread
        return True

    def _recall(self, thread: Thread, bridge: Bridge) -> Script:
        switch, channel = self._switch, thread.channel
        device = channel.device or ""
        switch.emit("DialBegin", "call", channel_snapshot(channel, "Dest"), headers(DialString=device))
        switch.timeline.after(NETWORK_S, lambda: self._dialplan.invite(channel))
        deadline_s = switch.timeline.now_s + RECALL_S
        while True:
            occurrence = yield max(0.0, deadline_s - switch.timeline.now_s)
            if isinstance(occurrence, Answered):
                break
            if isinstance(occurrence, (TimedOut, HungUp, Redirected, PickedUp)):
                self._ringing.pop(bridge, None)
                status = headers(DialStatus="NOANSWER")
                switch.emit("DialEnd", "call", channel_snapshot(channel, "Dest"), status)
                if not bridge.gone:
                    switch.dissolve(bridge)
                return
        self._ringing.pop(bridge, None)
        switch.emit("DialEnd", "call", channel_snapshot(channel, "Dest"), headers(DialStatus="ANSWER"))
        self._join(thread, channel, bridge)
        yield None

    def _join(self, thread: Thread, channel: Channel, bridge: Bridge) -> None:
        switch = self._switch
        channel.dialler = None
        switch.threads.stop(thread)
        customer = bridge.channels[0]
        switch.stop_music(customer)
        switch.join(channel, bridge)
        switch.set_connected(customer, channel.caller_num, channel.caller_name)
