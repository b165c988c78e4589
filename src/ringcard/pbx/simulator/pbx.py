"""The whole simulated PBX, put together, with the company's phones; still without a socket and without a clock."""

from __future__ import annotations

from ringcard.pbx.simulator.channels import Cause, Channel, ChannelState, Endpoint
from ringcard.pbx.simulator.company import Company, lab_company
from ringcard.pbx.simulator.dialplan import Dialplan
from ringcard.pbx.simulator.feature_codes import FeatureCodes
from ringcard.pbx.simulator.switch import Noise, Switch
from ringcard.pbx.simulator.threads import HungUp, Threads, whole
from ringcard.pbx.simulator.timeline import Timeline
from ringcard.pbx.simulator.wire import headers

START_S = 1_795_385_230.0
"""When the recordings' Asterisk was started: a moment as good as any for a clock that nobody sets."""


class Pbx:
    """One PBX and its company. Whoever owns it lets time pass on `timeline`."""

    def __init__(
        self,
        company: Company | None = None,
        *,
        start_s: float = START_S,
        seed: int = 1,
        noise: Noise = Noise.PLAIN,
        timestamps: bool = True,
    ) -> None:
        self.company = company if company is not None else lab_company()
        self.timeline = Timeline(start_s)
        self.switch = Switch(self.timeline, seed=seed, noise=noise, timestamps=timestamps)
        self.dialplan = Dialplan(self.switch, self.company)
        self.transfers = FeatureCodes(self.dialplan)
        self.database = self.dialplan.database

    @property
    def threads(self) -> Threads:
        return self.switch.threads

    # ------------------------------------------------------- what a phone does

    @whole
    def answer(self, channel: Channel) -> bool:
        """The party picks up; false if it does not ring there (any more)."""
        if channel.gone or channel.requested or channel.state is not ChannelState.RINGING:
            return False
        self.switch.set_state(channel, ChannelState.UP)
        return True

    def reject(self, channel: Channel, *, busy: bool = False) -> None:
        """The party refuses: 603, or 486."""
        if busy:
            self.switch.party_hangs_up(channel, Cause.BUSY, "486")
        else:
            self.switch.party_hangs_up(channel, Cause.REJECTED, "603")

    @whole
    def set_registered(self, endpoint: Endpoint, registered: bool, *, contact: str | None = None) -> None:
        """A phone signs on or off, or is found to be unreachable (`contact` is what ContactStatus says of it)."""
        if endpoint.registered == registered:
            return
        endpoint.registered = registered
        state = "Reachable" if registered else "Unreachable"
        self.switch.emit(
            "PeerStatus", "system", headers(ChannelType="PJSIP", Peer=f"PJSIP/{endpoint.name}", PeerStatus=state)
        )
        self.switch.report_device(endpoint)
        details = headers(
            URI=f"sip:{endpoint.name}@127.0.0.{endpoint.name}:5060",
            ContactStatus=contact or ("Reachable" if registered else "Removed"),
            AOR=endpoint.name,
            EndpointName=endpoint.name,
            RoundtripUsec=600 if registered else 0,
        )
        self.switch.emit("ContactStatus", "system", details)

    # --------------------------------------------------------- the PBX itself

    @whole
    def redirect(self, channel: Channel, context: str, exten: str) -> bool:
        """The Redirect action: the channel goes to an extension, whoever it talked with is hung up."""
        if channel.gone:
            return False
        self.transfers.abandon(channel)
        switch = self.switch
        switch.place(channel, context, exten)
        self.dialplan.leave(channel)
        bridge = channel.bridge
        if bridge is not None:
            if bridge.agent_call is not None:
                bridge.agent_call.complete("transfer")
            switch.leave(channel)
            switch.dissolve(bridge)
        self.dialplan.go(channel, context, exten)
        return True

    @whole
    def redirect_both(self, first: Channel, second: Channel, places: tuple[tuple[str, str], tuple[str, str]]) -> None:
        """Redirect with ExtraChannel, of two who talk: both leave before either goes on."""
        switch, bridge = self.switch, first.bridge
        for channel, place in zip((first, second), places, strict=True):
            self.transfers.abandon(channel)
            switch.place(channel, *place)
        if bridge is not None and bridge.agent_call is not None:
            bridge.agent_call.complete("transfer")
        for channel in (first, second):
            switch.leave(channel)
        if bridge is not None:
            switch.destroy_bridge(bridge)
        for channel, place in zip((first, second), places, strict=True):
            self.dialplan.go(channel, *place)

    @whole
    def notify(self, channel: Channel, event: str) -> None:
        """The phone is told to talk or to hold; one that does not obey takes no notice."""
        if channel.endpoint is None or not channel.endpoint.obeys:
            return
        if event == "hold":
            self.transfers.hold(channel)
        elif channel.state is ChannelState.RINGING:
            self.answer(channel)
        else:
            self.transfers.retrieve(channel)

    def shut_down(self) -> None:
        """`core restart now`: every channel is hung up, then Shutdown is said."""
        self._hang_everybody_up()
        self.switch.emit("Shutdown", "system", headers(Shutdown="Cleanly", Restart="True"))

    @whole
    def _hang_everybody_up(self) -> None:
        for channel in list(self.switch.channels.values()):
            self.switch.emit_channel("SoftHangupRequest", channel)
        for channel in list(self.switch.channels.values()):
            if channel.gone or channel.requested:
                continue
            channel.requested = True
            if channel.bridge is None and channel.thread is not None:
                self.threads.post(channel.thread, HungUp())
            else:
                self.switch.end(channel)
