"""What a phone does in a call by SIP: hold, REFER blind and attended; and the same asked for by programs.

What people press in a call (`*2`, `#1`, `#72`) is in `feature_codes`.

Source: Asterisk 22 bridge.c (`ast_bridge_transfer_*`), res_pjsip_refer; the order of events is that of the recordings.
"""

from __future__ import annotations

from ringcard.pbx.simulator.channels import Bridge, Cause, Channel, ChannelState
from ringcard.pbx.simulator.dialplan import Dialplan
from ringcard.pbx.simulator.parking import PARK_EXTEN
from ringcard.pbx.simulator.threads import Threads, whole
from ringcard.pbx.simulator.wire import bridge_snapshot, channel_snapshot, headers

PARK_ANNOUNCEMENT_S = 2.6


class Transfers:
    """Acts for a party in a call. Nothing happens if the call is over or not in a state for it."""

    def __init__(self, dialplan: Dialplan) -> None:
        self.dialplan = dialplan
        self.switch = dialplan.switch

    @property
    def threads(self) -> Threads:
        return self.switch.threads

    def is_transferring(self, channel: Channel) -> bool:
        """Whether this party is in the middle of a transfer already: one at a time."""
        return False

    # ------------------------------------------------------------------ hold

    @whole
    def hold(self, channel: Channel) -> bool:
        """The phone's re-INVITE: Hold with its music class, and music for the other one."""
        if channel.holding or channel.state is not ChannelState.UP:
            return False
        channel.holding = True
        self.switch.emit_channel("Hold", channel, "MusicClass: default")
        self._music_for(channel, on=True, held=True)
        for observer in self.switch.observers:
            observer.hold_changed(channel)
        return True

    @whole
    def retrieve(self, channel: Channel) -> bool:
        """The phone takes the call back."""
        if not channel.holding:
            return False
        self._unhold(channel)
        return True

    def _unhold(self, channel: Channel) -> None:
        """Unhold; a REFER sends it even if nothing was held."""
        held, channel.holding = channel.holding, False
        self.switch.emit_channel("Unhold", channel)
        if held:
            self._music_for(channel, on=False)
            for observer in self.switch.observers:
                observer.hold_changed(channel)

    def _music_for(self, channel: Channel, *, on: bool, held: bool = False) -> None:
        other = channel.bridge.other(channel) if channel.bridge is not None else None
        if other is None:
            return
        if on:
            self.switch.start_music(other, held=held)
        else:
            self.switch.stop_music(other)

    # ----------------------------------------------------------------- blind

    @whole
    def blind(self, channel: Channel, exten: str, *, external: bool = True, context: str = "internal") -> bool:
        """Send the other party to `exten` and leave (REFER, `#1`, the BlindTransfer action)."""
        switch, bridge = self.switch, channel.bridge
        customer = bridge.other(channel) if bridge is not None and bridge.kind == "basic" else None
        if bridge is None or customer is None or self.is_transferring(channel):
            return False
        if external:
            self._unhold(channel)
        if bridge.agent_call is not None:
            bridge.agent_call.complete("transfer")
        switch.emit(
            "BlindTransfer",
            "call",
            "Result: Success",
            channel_snapshot(channel, "Transferer"),
            channel_snapshot(customer, "Transferee"),
            bridge_snapshot(bridge),
            headers(IsExternal="Yes" if external else "No", Context=context, Extension=exten),
        )
        parks = exten == PARK_EXTEN
        for observer in switch.observers:
            observer.transferred("park" if parks else "blind", channel, customer, exten, None)
        if parks:
            self.dialplan.parking.park(customer, channel.name.rpartition("-")[0])
            # Asterisk tells the parker the space first: its phone shows the call for seconds more.
            switch.timeline.after(PARK_ANNOUNCEMENT_S, lambda: self._release(channel, bridge))
            return True
        customer.variables["BLINDTRANSFER"] = channel.name
        switch.place(customer, context, exten)
        switch.leave(customer)
        self._release(channel, bridge)
        self.dialplan.go(customer, context, exten)
        return True

    @whole
    def _release(self, channel: Channel, bridge: Bridge) -> None:
        """The one who transferred is done."""
        if channel.gone:
            return
        switch = self.switch
        if channel.bridge is bridge:
            switch.leave(channel)
        switch.destroy_bridge(bridge)
        channel.requested = True
        switch.finish(channel, Cause.NORMAL)

    # -------------------------------------------------------------- attended

    @whole
    def attended(self, held: Channel, current: Channel) -> bool:
        """REFER with Replaces: the party of `held` gets the party of `current`, the transferer leaves both."""
        switch, first = self.switch, held.bridge
        customer = first.other(held) if first is not None and first.kind == "basic" else None
        if first is None or customer is None or held is current:
            return False
        if self.is_transferring(held) or self.is_transferring(current):
            return False
        second = current.bridge
        if second is None:
            return self._attended_ringing(held, current, customer, first)
        target = second.other(current) if second.kind == "basic" else None
        if target is None:
            return False
        self._unhold(held)
        self._unhold(current)
        for observer in switch.observers:
            observer.transferred("attended", held, customer, target.caller_num, target)
        snapshots = (
            channel_snapshot(held, "OrigTransferer"), bridge_snapshot(first, "Orig"),
            channel_snapshot(current, "SecondTransferer"), bridge_snapshot(second, "Second"),
            channel_snapshot(customer, "Transferee"), channel_snapshot(target, "TransferTarget"),
        )  # fmt: skip
        # Queue() runs its caller's bridge itself: there the target moves to the customer, else the other way.
        stays = first.agent_call is not None
        moving, replaced, into = (target, held, first) if stays else (customer, current, second)
        left = second if stays else first
        switch.leave(moving)
        switch.leave(replaced)
        switch.join(moving, into, swap=replaced)
        switch.set_connected(target, customer.caller_num, customer.caller_name)
        switch.set_connected(customer, target.caller_num, target.caller_name)
        details = headers(IsExternal="No", DestType="Bridge", DestBridgeUniqueid=into.uniqueid)
        switch.emit("AttendedTransfer", "call", "Result: Success", *snapshots, details)
        for bridge in (first, second):
            if bridge.agent_call is not None:
                bridge.agent_call.complete("transfer")
        for channel in (held, current):
            channel.requested = True
            if channel.bridge is not None:
                switch.leave(channel)
        switch.destroy_bridge(left)
        switch.finish(held, Cause.NORMAL)
        switch.finish(current, Cause.NORMAL)
        for channel in (moving, target, customer):
            if channel.pair is not None:
                switch.optimise_later(channel.pair)
        return True

    def _attended_ringing(self, held: Channel, current: Channel, customer: Channel, first: Bridge) -> bool:
        """ "Blonde": the target only rings; the customer takes the place of the one who dialled (a masquerade)."""
        switch, thread = self.switch, current.thread
        if thread is None or not thread.outgoing or current.state is not ChannelState.RING:
            return False
        target = thread.outgoing[0]
        if target.gone or target.state not in (ChannelState.DOWN, ChannelState.RINGING):
            return False
        self._unhold(held)
        for observer in switch.observers:
            observer.transferred("attended", held, customer, current.exten, target)
        switch.emit(
            "AttendedTransfer", "call", "Result: Success",
            channel_snapshot(held, "OrigTransferer"), bridge_snapshot(first, "Orig"),
            channel_snapshot(current, "SecondTransferer"), channel_snapshot(customer, "Transferee"),
            headers(IsExternal="No", DestType="App", DestApp="Dial"),
        )  # fmt: skip
        if first.agent_call is not None:
            first.agent_call.complete("transfer")
        switch.leave(customer)
        switch.leave(held)
        switch.destroy_bridge(first)
        if customer.thread is not None:
            self.threads.stop(customer.thread)
        where = (customer.context, customer.exten, customer.priority)
        switch.place(customer, current.context, current.exten, current.priority)
        thread.channel, customer.thread, current.thread = customer, thread, None
        switch.step(customer, current.application, current.data)
        for channel in thread.outgoing:
            switch.set_connected(channel, customer.caller_num, customer.caller_name)
        held.requested = current.requested = True
        switch.finish(held, Cause.NORMAL)
        switch.place(current, *where)
        switch.finish(current, Cause.NORMAL)
        return True
