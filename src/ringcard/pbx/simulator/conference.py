"""ConfBridge(): everybody who dials the conference's number talks with everybody there.

Source: Asterisk 22 app_confbridge.c; the recording of a conference room.
"""

from __future__ import annotations

from ringcard.pbx.simulator.channels import Bridge, Cause, Channel, ChannelState
from ringcard.pbx.simulator.switch import Switch
from ringcard.pbx.simulator.threads import HungUp, Script, Thread
from ringcard.pbx.simulator.wire import bridge_snapshot, channel_snapshot, headers


class Conferences:
    """The rooms that are open now."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.rooms: dict[str, Bridge] = {}

    def take_part(self, thread: Thread, exten: str) -> Script:
        """Stay in the room until the party hangs up."""
        switch, channel = self.switch, thread.channel
        switch.set_state(channel, ChannelState.UP)
        switch.step(channel, "ConfBridge", exten)
        room = self.rooms.get(exten)
        if room is None:
            room = self.rooms[exten] = switch.new_bridge("base", "softmix", "ConfBridge", exten)
            room.announcers = 1
            switch.emit("ConfbridgeStart", "call", headers(Conference=exten), bridge_snapshot(room))
        switch.join(channel, room)
        switch.emit(
            "ConfbridgeJoin", "call", headers(Conference=exten), bridge_snapshot(room), channel_snapshot(channel),
            headers(Admin="No", Muted="No"),
        )  # fmt: skip
        while not isinstance((yield None), HungUp):
            pass
        self.leave(channel)

    def leave(self, channel: Channel) -> None:
        """The party is out of its room, which closes after the last."""
        switch, room = self.switch, channel.bridge
        if room is None or self.rooms.get(room.name) is not room:
            return
        exten = room.name
        switch.emit(
            "ConfbridgeLeave", "call", headers(Conference=exten), bridge_snapshot(room), channel_snapshot(channel),
            headers(Admin="No"),
        )  # fmt: skip
        if room.channels == [channel]:
            del self.rooms[exten]
            room.announcers = 0
            switch.emit("ConfbridgeEnd", "call", headers(Conference=exten), bridge_snapshot(room))
        channel.cause = channel.cause or Cause.NORMAL
        switch.leave(channel)
        switch.destroy_bridge(room)
