"""What people press in a call: attended and blind transfer, parking, three-way; the Atxfer action plays the same keys.

Source: Asterisk 22 bridge_basic.c (attended transfer by feature code), features.conf of the lab; the order of events is
that of the recordings. Over 400 lines: the steps of one transfer, each with what undoes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringcard.pbx.simulator.channels import Bridge, Cause, Channel, ChannelState, LocalPair
from ringcard.pbx.simulator.dialplan import Dialplan
from ringcard.pbx.simulator.parking import PARK_EXTEN
from ringcard.pbx.simulator.recalls import Owed, Recalls
from ringcard.pbx.simulator.threads import Digit, whole
from ringcard.pbx.simulator.timeline import Timer
from ringcard.pbx.simulator.transfers import PARK_ANNOUNCEMENT_S, Transfers
from ringcard.pbx.simulator.wire import bridge_snapshot, channel_snapshot, headers

DIGIT_S = 0.24
"""A key takes 180 ms to press and 60 ms until the next."""
TRANSFER_DIGITS_S = 2.0
LOCAL_OPTIMISE_S = 0.45
NO_ANSWER_S = 6.0
"""atxfernoanswertimeout."""


@dataclass(eq=False, slots=True)
class Consultation:
    """An attended transfer by feature code while it lasts: the transferer consults, the transferee hears music."""

    transferer: Channel
    customer_bridge: Bridge
    pair: LocalPair | None = None
    bridge: Bridge | None = None
    digits: str = ""
    timer: Timer | None = None
    blind: bool = False


class FeatureCodes(Transfers):
    """Keys, and the transfers made by them."""

    def __init__(self, dialplan: Dialplan) -> None:
        super().__init__(dialplan)
        self.consultations: dict[Channel, Consultation] = {}
        self.recalls = Recalls(dialplan)
        self.switch.keeps_channel.append(self._keeps)

    def is_transferring(self, channel: Channel) -> bool:
        """A consultation by keys is going on."""
        return channel in self.consultations

    # --------------------------------------------------------------- keys

    def press(self, channel: Channel, digits: str) -> float:
        """DTMF, key by key; returns how many seconds it takes."""
        for index, digit in enumerate(digits):
            self.switch.timeline.after(index * DIGIT_S, lambda digit=digit: self._press(channel, digit))  # type: ignore[misc]
        return len(digits) * DIGIT_S

    @whole
    def _press(self, channel: Channel, digit: str) -> None:
        if channel.gone:
            return
        self.switch.emit("DTMFBegin", "dtmf", channel_snapshot(channel), headers(Digit=digit, Direction="Received"))
        self.switch.timeline.after(0.18, lambda: self.pressed(channel, digit))

    @whole
    def pressed(self, channel: Channel, digit: str, duration_ms: int = 200) -> None:
        """A key was pressed: for the menu, for a transfer that waits for a number, or for a feature code."""
        if channel.gone:
            return
        details = headers(Digit=digit, DurationMs=duration_ms, Direction="Received")
        self.switch.emit("DTMFEnd", "dtmf", channel_snapshot(channel), details)
        consultation = self.consultations.get(channel)
        if consultation is not None and consultation.pair is None:
            consultation.digits += digit
            self._number_so_far(consultation)
        elif channel.bridge is None:
            self.threads.post(channel.thread, Digit(digit))
        elif channel.bridge.kind == "basic":
            self._feature(channel, digit)

    def _feature(self, channel: Channel, digit: str) -> None:
        code = channel.digits = (channel.digits + digit)[-3:]
        if code.endswith("*2") and channel not in self.consultations:
            channel.digits = ""
            self.ask_target(channel)
        elif code.endswith("#1"):
            channel.digits = ""
            self.ask_target(channel, blind=True)
        elif code.endswith("#72") and channel not in self.consultations:
            channel.digits = ""
            self._park(channel)
        elif code.endswith("*1") and channel in self.consultations:
            channel.digits = ""
            self._take_back(self.consultations[channel])
        elif code.endswith("*2") and channel in self.consultations:
            channel.digits = ""
            self.switch.party_hangs_up(channel)
        elif code.endswith("*4") and channel in self.consultations:
            channel.digits = ""
            self._swap(self.consultations[channel])
        elif code.endswith("*3") and channel in self.consultations:
            channel.digits = ""
            self._join_all(self.consultations[channel])

    @whole
    def _park(self, channel: Channel) -> None:
        bridge = channel.bridge
        customer = bridge.other(channel) if bridge is not None else None
        if bridge is None or customer is None:
            return
        for observer in self.switch.observers:
            observer.transferred("park", channel, customer, PARK_EXTEN, None)
        if bridge.agent_call is not None:
            bridge.agent_call.complete("transfer")
        self.dialplan.parking.park(customer, channel.name.rpartition("-")[0])
        self.switch.timeline.after(PARK_ANNOUNCEMENT_S, lambda: self._release(channel, bridge))

    # ------------------------------------- transfer by feature code or Atxfer

    @whole
    def ask_target(self, channel: Channel, *, blind: bool = False) -> bool:
        """`*2` or `#1`: the other one hears music (a Hold without a class), keys are the target's number now."""
        bridge = channel.bridge
        if bridge is None or bridge.kind != "basic" or bridge.other(channel) is None or channel in self.consultations:
            return False
        consultation = Consultation(channel, bridge, blind=blind)
        self.consultations[channel] = consultation
        self.switch.emit_channel("Hold", channel)
        self._music_for(channel, on=True)
        self._wait_for_number(consultation)
        return True

    @whole
    def _swap(self, consultation: Consultation) -> None:
        """`*4`: the transferer goes to the other side, and the one that it leaves hears music."""
        switch, channel, pair = self.switch, consultation.transferer, consultation.pair
        first, second = consultation.customer_bridge, consultation.bridge
        customer = next((c for c in first.channels if c is not channel), None)
        if pair is None or second is None or customer is None:
            return
        away = channel.bridge is second
        left, found = (pair.one, customer) if away else (customer, pair.one)
        if left.state is ChannelState.UP:
            switch.emit_channel("Hold", channel)
            switch.start_music(left)
        switch.leave(channel)
        switch.join(channel, first if away else second)
        if found.state is ChannelState.UP:
            switch.stop_music(found)
            switch.emit_channel("Unhold", channel)

    @whole
    def park_by_program(self, customer: Channel, leg: Channel) -> bool:
        """The Park action: `leg` is whom it comes back to."""
        bridge = customer.bridge
        if bridge is None or bridge.kind != "basic":
            return False
        for observer in self.switch.observers:
            observer.transferred("park", leg, customer, PARK_EXTEN, None)
        if bridge.agent_call is not None:
            bridge.agent_call.complete("transfer")
        self.dialplan.parking.park(customer, leg.name.rpartition("-")[0])
        self._release(leg, bridge)
        return True

    @whole
    def attended_by_program(self, channel: Channel, exten: str, *, plus: bool = False) -> bool:
        """The Atxfer action plays the keys."""
        for digit in "*2" if plus else "*2" + exten:
            self.pressed(channel, digit, 0)
        consultation = self.consultations.get(channel)
        if consultation is not None and plus:
            consultation.digits = f"+{exten}"
        if consultation is not None and consultation.pair is None:
            self._dial_target(consultation)
        return consultation is not None

    def _wait_for_number(self, consultation: Consultation) -> None:
        if consultation.timer is not None:
            consultation.timer.cancel()
        consultation.timer = self.switch.timeline.after(TRANSFER_DIGITS_S, lambda: self._dial_target(consultation))

    def _number_so_far(self, consultation: Consultation) -> None:
        self._wait_for_number(consultation)
        digits = consultation.digits
        if len(digits) >= 3 and self.dialplan.route("internal", digits) is not None:
            self._dial_target(consultation)

    @whole
    def _dial_target(self, consultation: Consultation) -> None:
        if consultation.timer is not None:
            consultation.timer.cancel()
        channel, switch = consultation.transferer, self.switch
        if self.consultations.get(channel) is not consultation or consultation.pair is not None:
            return
        if self.dialplan.route("internal", consultation.digits) is None and consultation.digits != PARK_EXTEN:
            consultation.digits = ""
        customer_bridge = consultation.customer_bridge
        customer = customer_bridge.other(channel)
        if not consultation.digits or customer is None or channel.bridge is not customer_bridge:
            self._over(consultation)
            return
        if consultation.blind:
            del self.consultations[channel]
            self._unmusic(consultation)
            self.blind(channel, consultation.digits, external=False)
            return
        for observer in switch.observers:
            observer.transferred("consult", channel, customer, consultation.digits, None)
        pair = consultation.pair = switch.new_local_pair("internal", consultation.digits, channel, optimise=True)
        pair.merged = True  # not before the transfer is complete
        bridge = consultation.bridge = switch.new_bridge()
        switch.set_caller(pair.two, channel.caller_num, channel.caller_name)
        switch.emit_local_bridge(pair)
        switch.set_connected(pair.one, channel.caller_num, channel.caller_name)
        switch.join(pair.one, bridge)
        switch.leave(channel)
        switch.join(channel, bridge)
        self.threads.start(pair.two, self.dialplan.run)
        consultation.timer = switch.timeline.after(NO_ANSWER_S, lambda: self._no_answer(consultation))

    @whole
    def _no_answer(self, consultation: Consultation) -> None:
        """The target rang for too long; the transferer returns, or is rung back."""
        pair = consultation.pair
        if pair is None or pair.one.gone or pair.one.state is ChannelState.UP:
            return
        if self.consultations.get(consultation.transferer) is consultation:
            self._take_back(consultation)
            return
        owed = self.recalls.settle(pair)
        self.switch.emit_channel("SoftHangupRequest", pair.one, "Cause: 32")
        if owed is not None and len(owed.bridge.channels) == 2 and pair.one.bridge is owed.bridge:
            self._let_go(owed)
        else:
            self.switch.party_hangs_up(pair.one, Cause.NORMAL)

    def _let_go(self, owed: Owed) -> None:
        """The target did not answer: it leaves the customer's bridge, and who sent the customer there is rung back."""
        one = owed.pair.one
        one.requested = True
        self.switch.leave(one)
        self.switch.finish(one, one.cause or Cause.NORMAL)
        customer = owed.bridge.channels[0]
        if self.recalls.ring_back(owed):
            self.switch.start_music(customer)
        else:
            self.switch.dissolve(owed.bridge)

    def _unmusic(self, consultation: Consultation) -> None:
        self.switch.emit_channel("Unhold", consultation.transferer)
        self._music_for(consultation.transferer, on=False)

    def _over(self, consultation: Consultation) -> None:
        """Nothing came of it: the transferer is with the customer again."""
        channel = consultation.transferer
        self.consultations.pop(channel, None)
        if not channel.gone:
            self._unmusic(consultation)

    @whole
    def _take_back(self, consultation: Consultation) -> None:
        """The target is let go (or went), the transferer returns to the customer."""
        channel, pair, bridge = consultation.transferer, consultation.pair, consultation.bridge
        if pair is None or bridge is None or self.consultations.pop(channel, None) is None:
            return
        switch = self.switch
        if channel.bridge is bridge:
            switch.leave(channel)
        if channel.bridge is consultation.customer_bridge:
            pass  # by `*4` it is with the customer already
        elif consultation.customer_bridge.gone or not consultation.customer_bridge.channels:
            switch.destroy_bridge(consultation.customer_bridge)
            channel.requested = True
            switch.finish(channel, Cause.NORMAL)
        else:
            switch.join(channel, consultation.customer_bridge)
            self._unmusic(consultation)
        if not pair.one.gone:
            pair.one.requested = True
            switch.finish(pair.one, Cause.NORMAL)
        switch.destroy_bridge(bridge)

    @whole
    def _complete(self, consultation: Consultation) -> None:
        """The transferer hung up: the two bridges become one."""
        switch, channel, pair = self.switch, consultation.transferer, consultation.pair
        first, second = consultation.customer_bridge, consultation.bridge
        del self.consultations[channel]
        if pair is None or second is None:
            return
        customer = next((c for c in first.channels if c is not channel), None)
        switch.leave(channel)
        if customer is None or pair.one.bridge is not second:
            switch.finish(channel, Cause.NORMAL)
            if not pair.one.gone:
                switch.finish(pair.one, Cause.NORMAL)
            switch.destroy_bridge(second)
            if customer is not None:
                switch.dissolve(first)
            return
        switch.stop_music(customer)
        switch.emit("BridgeMerge", "call", bridge_snapshot(first, "To"), bridge_snapshot(second, "From"))
        switch.leave(pair.one)
        switch.join(pair.one, first)
        for observer in switch.observers:
            observer.transferred("attended", channel, customer, consultation.digits, None)
        answered = pair.one.state is ChannelState.UP
        target = [] if answered else [channel_snapshot(pair.one, "TransferTarget")]
        switch.emit(
            "AttendedTransfer", "call", "Result: Success",
            channel_snapshot(channel, "OrigTransferer"), bridge_snapshot(first, "Orig"),
            channel_snapshot(channel, "SecondTransferer"), bridge_snapshot(second, "Second"),
            channel_snapshot(customer, "Transferee"), *target,
            headers(IsExternal="No", DestType="Bridge", DestBridgeUniqueid=first.uniqueid),
        )  # fmt: skip
        if first.agent_call is not None:
            first.agent_call.complete("transfer")
        switch.set_connected(customer, pair.one.caller_num, pair.one.caller_name)
        switch.set_connected(pair.one, customer.caller_num, customer.caller_name)
        switch.set_caller(pair.two, customer.caller_num, customer.caller_name)
        far = pair.two.bridge.other(pair.two) if pair.two.bridge is not None else None
        if far is not None:
            switch.set_connected(far, customer.caller_num, customer.caller_name)
        switch.destroy_bridge(second)
        if pair.one.state is not ChannelState.UP and channel.endpoint is not None:
            self.recalls.owe(pair, first, channel.endpoint)
        switch.finish(channel, Cause.NORMAL)
        pair.merged = False
        switch.optimise_later(pair, LOCAL_OPTIMISE_S)

    @whole
    def _join_all(self, consultation: Consultation) -> None:
        """`*3`: customer, transferer and target talk together."""
        switch, channel, pair = self.switch, consultation.transferer, consultation.pair
        first, second = consultation.customer_bridge, consultation.bridge
        if pair is None or second is None or pair.one.state is not ChannelState.UP or not first.channels:
            return
        del self.consultations[channel]
        customer = next(c for c in first.channels if c is not channel)
        switch.stop_music(customer)
        switch.emit("BridgeMerge", "call", bridge_snapshot(first, "To"), bridge_snapshot(second, "From"))
        for member in (pair.one, channel):
            switch.leave(member)
            switch.join(member, first)
        for observer in switch.observers:
            observer.transferred("conference", channel, customer, consultation.digits, None)
        switch.emit(
            "AttendedTransfer", "call", "Result: Success",
            channel_snapshot(channel, "OrigTransferer"), bridge_snapshot(first, "Orig"),
            channel_snapshot(channel, "SecondTransferer"), bridge_snapshot(second, "Second"),
            channel_snapshot(customer, "Transferee"), channel_snapshot(pair.one, "TransferTarget"),
            headers(
                IsExternal="No", DestType="Threeway", DestBridgeUniqueid=first.uniqueid,
                DestTransfererChannel=channel.name,
            ),
        )  # fmt: skip
        switch.destroy_bridge(second)
        pair.called_moves, pair.merged = True, False
        switch.optimise_later(pair, LOCAL_OPTIMISE_S)

    def abandon(self, channel: Channel) -> None:
        """A program takes the transferer away: the customer who waits for it is hung up."""
        consultation = self.consultations.pop(channel, None)
        if consultation is None:
            return
        if consultation.timer is not None:
            consultation.timer.cancel()
        if consultation.pair is not None and not consultation.customer_bridge.gone:
            self.switch.dissolve(consultation.customer_bridge)

    def _keeps(self, channel: Channel) -> bool:
        """Called when a channel is hung up or its bridge falls apart; a consultation may see to it instead."""
        consultation = self.consultations.get(channel)
        if consultation is not None:
            return self._transferer_moves(consultation)
        if channel.bridge is not None:
            self.recalls.customer_left(channel.bridge)
        if channel.pair is not None and channel is channel.pair.one and channel.requested:
            owed = self.recalls.settle(channel.pair)
            if owed is not None and channel.bridge is owed.bridge and len(owed.bridge.channels) == 2:
                self._let_go(owed)
                return True
        for other in list(self.consultations.values()):
            if (
                other.pair is not None
                and channel is other.pair.one
                and other.transferer.bridge is other.customer_bridge
            ):
                del self.consultations[other.transferer]  # who waited by `*4` is gone
                return False
            if (
                channel in other.customer_bridge.channels
                and channel.bridge is other.customer_bridge
                and other.pair is not None
            ):
                # The customer gave up while the transferer consults: those two go on, the transfer is off.
                del self.consultations[other.transferer]
                other.pair.merged, other.pair.called_moves = False, True
                self.switch.optimise_later(other.pair, LOCAL_OPTIMISE_S)
                return False
        return False

    def _transferer_moves(self, consultation: Consultation) -> bool:
        channel = consultation.transferer
        if consultation.pair is None:
            self.consultations.pop(channel, None)
            if consultation.timer is not None:
                consultation.timer.cancel()
            return False
        if channel.requested:
            self._complete(consultation)
        else:
            self._take_back(consultation)
        return True
