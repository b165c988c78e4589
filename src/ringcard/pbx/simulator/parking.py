"""Parking: a call waits in a numbered space until somebody dials the number, or rings back where it came from.

Source: Asterisk 22 res_parking; the recording of parking and retrieving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ringcard.pbx.simulator.channels import Bridge, Cause, Channel, ChannelState
from ringcard.pbx.simulator.switch import Switch
from ringcard.pbx.simulator.threads import HungUp, LeftBridge, Script, Thread, TimedOut
from ringcard.pbx.simulator.wire import channel_snapshot, headers

LOT = "default"
FIRST, LAST = 701, 720
TIMEOUT_S = 6.0
PARK_EXTEN = "700"


@dataclass(slots=True)
class ParkedCall:
    """A call in a space. `parker` is the endpoint that parked it, as it can be dialled."""

    channel: Channel
    parker: str
    space: int
    since_s: float


class ParkingLot:
    """The company's one lot."""

    def __init__(self, switch: Switch, call_back: Callable[[Thread, str], Script]) -> None:
        self.switch = switch
        self._call_back = call_back
        self.spaces: dict[int, ParkedCall] = {}
        self.bridge: Bridge | None = None

    def is_space(self, exten: str) -> bool:
        """Whether this extension is a space of the lot."""
        return len(exten) == 3 and exten.isdigit() and FIRST <= int(exten) <= LAST

    def park(self, channel: Channel, parker: str) -> ParkedCall | None:
        """Put a channel (out of its bridge, or about to be) into the first free space; None if the lot is full."""
        space = next((number for number in range(FIRST, LAST + 1) if number not in self.spaces), None)
        if space is None:
            return None
        switch = self.switch
        if self.bridge is None:
            self.bridge = switch.new_bridge("parking", "holding_bridge", "Parking", LOT)
            self.bridge.stays = True
        switch.leave(channel)
        parked = ParkedCall(channel, parker, space, switch.timeline.now_s)
        self.spaces[space] = parked
        self._tell("ParkedCall", parked)
        switch.join(channel, self.bridge)
        switch.start_music(channel)
        switch.threads.start(channel, partial(self._stay, parked=parked))
        return parked

    def _stay(self, thread: Thread, parked: ParkedCall) -> Script:
        switch = self.switch
        deadline_s = parked.since_s + TIMEOUT_S
        while True:
            occurrence = yield max(0.0, deadline_s - switch.timeline.now_s)
            if isinstance(occurrence, HungUp):
                self._vacate(parked, "ParkedCallGiveUp")
                return
            if isinstance(occurrence, TimedOut):
                break
        switch.place(parked.channel, "park-dial", parked.parker.replace("/", "_"))
        self._vacate(parked, "ParkedCallTimeOut")
        yield from self._call_back(thread, parked.parker)

    def retrieve(self, thread: Thread, exten: str) -> Script:
        """Somebody dials a space."""
        switch, retriever = self.switch, thread.channel
        switch.step(retriever, "ParkedCall", f"{LOT},{exten}")
        switch.set_state(retriever, ChannelState.UP)
        parked = self.spaces.get(int(exten))
        if parked is None:
            retriever.cause = Cause.NORMAL
            return
        bridge = switch.new_bridge()
        channel = parked.channel
        if channel.thread is not None:
            switch.threads.stop(channel.thread)
        self._vacate(parked, "UnParkedCall", channel_snapshot(retriever, "Retriever"))
        switch.join(channel, bridge)
        switch.join(retriever, bridge)
        switch.set_connected(channel, retriever.caller_num, retriever.caller_name)
        switch.set_connected(retriever, channel.caller_num, channel.caller_name)
        while not isinstance((yield None), (LeftBridge, HungUp)):
            pass

    def leave(self, channel: Channel) -> None:
        """A program takes a parked call elsewhere."""
        for parked in list(self.spaces.values()):
            if parked.channel is channel:
                self._vacate(parked, "ParkedCallGiveUp")

    def _vacate(self, parked: ParkedCall, event: str, *more: str) -> None:
        del self.spaces[parked.space]
        self.switch.stop_music(parked.channel)
        self._tell(event, parked, *more)
        self.switch.leave(parked.channel)

    def details(self, parked: ParkedCall) -> str:
        """What every event and listing says of a parked call."""
        waited_s = self.switch.timeline.now_s - parked.since_s
        return headers(
            ParkerDialString=parked.parker, Parkinglot=LOT, ParkingSpace=parked.space,
            ParkingTimeout=max(0, round(TIMEOUT_S - waited_s)), ParkingDuration=round(waited_s),
        )  # fmt: skip

    def _tell(self, event: str, parked: ParkedCall, *more: str) -> None:
        self.switch.emit(event, "call", channel_snapshot(parked.channel, "Parkee"), *more, self.details(parked))
