"""The company's dialplan: what the PBX does with a channel at an extension, as scripts (`threads`).

Each script is written as the dialplan of the recordings is: DIDs, ring group, menu, voicemail, internal and outgoing
calls. Dial() itself is in `dialling`, the queue is in `queues`, parking in `parking`.
"""

from __future__ import annotations

from ringcard.pbx.simulator.channels import Cause, Channel, ChannelState, Endpoint
from ringcard.pbx.simulator.company import Company
from ringcard.pbx.simulator.conference import Conferences
from ringcard.pbx.simulator.dialling import Dialling, Steps
from ringcard.pbx.simulator.parking import ParkingLot
from ringcard.pbx.simulator.queues import Queue
from ringcard.pbx.simulator.switch import Switch
from ringcard.pbx.simulator.threads import (
    Digit,
    HungUp,
    PickedUp,
    Script,
    Thread,
    TimedOut,
    whole,
)
from ringcard.pbx.simulator.wire import channel_snapshot

BACK_TIMEOUT_S = 10.0
PROMPT_S = 2.04
"""How long the menu's prompt plays."""
DIGIT_TIMEOUT_S = 5.0


class Dialplan(Dialling):
    """What happens at each extension."""

    def __init__(self, switch: Switch, company: Company) -> None:
        super().__init__(switch)
        self.company = company
        for employee in company.employees:
            switch.endpoints[employee.device] = Endpoint(employee.device, employee.name)
            switch.hints[employee.device] = "internal"
        switch.endpoints["trunk"] = Endpoint("trunk", "", context="from-trunk")
        members = [(device, switch.endpoints[device].display_name) for device in company.queue_members]
        self.queue = Queue(switch, company.queue, members, self.invite)
        self.parking = ParkingLot(switch, self.call_back)
        self.conferences = Conferences(switch)

    # ------------------------------------------------------------- entering

    @whole
    def call_from(self, endpoint: Endpoint, exten: str, caller: tuple[str, str] | None = None) -> Channel:
        """A phone, or somebody behind the trunk, dials `exten`."""
        who = caller if caller is not None else (endpoint.name, endpoint.display_name)
        channel = self.switch.new_channel(
            endpoint, ChannelState.RING, context=endpoint.context, exten=exten, caller=who
        )
        self.switch.report_device(endpoint)
        self.threads.start(channel, self.run)
        return channel

    @whole
    def go(self, channel: Channel, context: str, exten: str, priority: int = 1) -> None:
        """Send a channel to an extension, whatever it did before (an asynchronous goto)."""
        self._goto(channel, context, exten, priority)
        self.threads.start(channel, self.run)

    def run(self, thread: Thread) -> Script:
        """The whole dialplan of a channel, from where it is."""
        channel = thread.channel
        exten, company = channel.exten, self.company
        if channel.context == "from-trunk":
            yield from self._from_trunk(thread, exten)
        elif exten == "*8":
            yield from self._pick_up(thread, None)
        elif exten.startswith("**") and exten[2:] in company.devices:
            yield from self._pick_up(thread, exten[2:])
        elif exten in company.devices:
            yield from self._internal(thread, exten)
        elif self.parking.is_space(exten):
            yield from self.parking.retrieve(thread, exten)
        elif exten == company.conference:
            yield from self.conferences.take_part(thread, exten)
        elif exten == company.queue_did or exten == "500":
            yield from self._queue(thread)
        elif exten == "800":
            yield from self._ivr(thread)
        elif len(exten.lstrip("+")) >= 5 and exten.lstrip("+").isdigit():
            yield from self._outgoing(thread, exten)
        else:
            self._fail(thread, Cause.UNALLOCATED)

    def _from_trunk(self, thread: Thread, exten: str) -> Script:
        company, device = self.company, exten[-3:]
        if exten == company.ring_group_did:
            yield from self.dial(thread, [f"PJSIP/{name}" for name in company.ring_group], 15.0)
            self._after_dial(thread)
        elif exten == company.queue_did:
            yield from self._queue(thread)
        elif exten == company.ivr_did:
            yield from self._ivr(thread)
        elif device not in company.devices:
            self._fail(thread, Cause.UNALLOCATED)
        elif exten == company.direct_prefix + device:
            self._step(thread, "NoOp", "direct DID")
            self._step(thread, "Set", f"AGENT={device}")
            yield from self.dial(thread, [f"PJSIP/{device}"], company.ring_timeout_s)
            self._after_dial(thread)
        elif exten == company.back_prefix + device:
            self._step(thread, "Set", "__XFERBACK=1")
            thread.channel.variables["XFERBACK"] = "1"
            yield from self.dial(thread, [f"PJSIP/{device}"], company.ring_timeout_s)
            self._after_dial(thread)
        elif exten == company.recorded_prefix + device:
            yield from self._recorded(thread, exten, device)
        elif exten == company.local_prefix + device:
            yield from self.dial(thread, [f"Local/{device}@internal/n"], company.ring_timeout_s)
            self._after_dial(thread)
        elif exten == company.local_optimised_prefix + device:
            yield from self.dial(thread, [f"Local/{device}@internal"], company.ring_timeout_s)
            self._after_dial(thread)
        elif exten == company.voicemail_prefix + device:
            yield from self._voicemail(thread, device)
        else:
            self._fail(thread, Cause.UNALLOCATED)

    # ----------------------------------------------------------- extensions

    def _internal(self, thread: Thread, device: str) -> Script:
        self._step(thread, "NoOp", f"internal {device}")
        status = yield from self.dial(thread, [f"PJSIP/{device}"], self.company.ring_timeout_s)
        variables = thread.channel.variables
        sender = variables.get("BLINDTRANSFER", "")
        if status not in ("ANSWER", "GONE") and variables.get("XFERBACK") and sender:
            back = sender.rpartition("-")[0]
            self._step(thread, "Set", f"BACKTO={back}")
            variables.pop("BLINDTRANSFER", None)
            status = yield from self.dial(thread, [back], BACK_TIMEOUT_S)
        self._after_dial(thread)

    def _outgoing(self, thread: Thread, number: str) -> Script:
        channel = thread.channel
        self._step(thread, "Set", f'CALLERID(all)="Company" <{self.company.outgoing_number}>')
        if channel.endpoint is None or not channel.endpoint.is_trunk:
            self.switch.set_caller(channel, self.company.outgoing_number, "Company")
        yield from self.dial(thread, [f"PJSIP/{number}@trunk"], self.company.outgoing_timeout_s)
        self._after_dial(thread)

    def _recorded(self, thread: Thread, exten: str, device: str) -> Script:
        channel = thread.channel
        file = f"in-{exten}-{channel.uniqueid}.wav"
        self._step(thread, "Set", f"RECFILE={file}")
        self._step(thread, "MixMonitor", f"{file},b")
        self.start_recording(channel, file)
        yield from self.dial(thread, [f"PJSIP/{device}"], self.company.ring_timeout_s)
        self._after_dial(thread)

    def start_recording(self, channel: Channel, file: str) -> None:
        """MixMonitor: the file's name goes out as a variable, then the start, without it."""
        path = file if file.startswith("/") else f"/var/spool/asterisk/monitor/{file}"
        self.switch.set_variable(channel, "MIXMONITOR_FILENAME", path, matters=True)
        self.switch.emit_channel("MixMonitorStart", channel)

    def _voicemail(self, thread: Thread, device: str) -> Script:
        status = yield from self.dial(thread, [f"PJSIP/{device}"], 4.0)
        if status in ("ANSWER", "GONE"):
            return
        self._step(thread, "VoiceMail", f"{device}@default,su")
        self.switch.set_state(thread.channel, ChannelState.UP)
        yield from self._until(thread, 30.0)

    def _ivr(self, thread: Thread) -> Script:
        channel = thread.channel
        self._step(thread, "Goto", "ivr,s,1")
        self._goto(channel, "ivr", "s")
        self._step(thread, "Answer", "")
        self.switch.set_state(channel, ChannelState.UP)
        self._step(thread, "Wait", "0.5")
        pressed = ""
        if (yield from self._until(thread, 0.5)) == "GONE":
            return
        self._step(thread, "BackGround", "vm-enter-num-to-call")
        deadline_s = self.timeline.now_s + PROMPT_S + 6.0
        asked = False
        while True:
            occurrence = yield max(0.0, deadline_s - self.timeline.now_s)
            if isinstance(occurrence, HungUp):
                return
            if isinstance(occurrence, Digit):
                pressed += occurrence.digit
                deadline_s = self.timeline.now_s + DIGIT_TIMEOUT_S
                if len(pressed) < 3:
                    continue
            elif not isinstance(occurrence, TimedOut):
                continue
            device = self.company.ivr_choice if pressed == "1" else pressed
            if device in self.company.devices:
                self._goto(channel, "ivr", pressed)
                self._step(thread, "NoOp", "chose sales" if pressed == "1" else f"direct extension {device}")
                yield from self.dial(thread, [f"PJSIP/{device}"], self.company.ring_timeout_s)
                self._after_dial(thread)
                return
            if asked or not pressed:
                self._goto(channel, "ivr", "t")
                self._step(thread, "Hangup", "")
                return
            asked, pressed = True, ""
            deadline_s = self.timeline.now_s + PROMPT_S + 6.0

    def _queue(self, thread: Thread) -> Script:
        channel = thread.channel
        if channel.state is not ChannelState.UP:
            self._step(thread, "Answer", "")
            self.switch.set_state(channel, ChannelState.UP)
        self._step(thread, "Queue", f"{self.queue.name},tT,,,25")
        yield from self.queue.wait(thread)

    def _pick_up(self, thread: Thread, device: str | None) -> Script:
        """`*8` takes the oldest call that rings anywhere in the pickup group, `**101` the one at 101."""
        switch, channel = self.switch, thread.channel
        ringing = [
            other
            for other in switch.channels.values()
            if other.state is ChannelState.RINGING
            and other.device is not None
            and other.device != channel.device
            and (device is None or other.device == device)
            and other.dialler is not None
            and other in other.dialler.outgoing
        ]
        if not ringing:
            self._fail(thread, Cause.UNALLOCATED)
            return
        target = ringing[0]
        switch.set_connected(channel, target.connected_num, target.connected_name)
        switch.set_state(channel, ChannelState.UP)
        switch.emit("Pickup", "call", channel_snapshot(channel), channel_snapshot(target, "Target"))
        self.threads.post(target.dialler, PickedUp(target, channel))
        self.threads.stop(thread)
        yield None

    def call_back(self, thread: Thread, target: str) -> Script:
        """A parked call that nobody took rings at whoever parked it."""
        yield from self.dial(thread, [target], 30.0)
        self._after_dial(thread)

    # ------------------------------------------------------------ pieces

    def _fail(self, thread: Thread, cause: Cause) -> None:
        thread.channel.cause = cause

    def _after_dial(self, thread: Thread) -> None:
        """The end of every extension that dials: hang up with the cause that tells the caller why."""
        channel = thread.channel
        status = channel.variables.get("DIALSTATUS", "")
        if status in AFTER and not channel.requested:
            self.switch.place(channel, channel.context, f"after-{status}")
            channel.cause, channel.tech_cause = AFTER[status]
            self.switch.step(channel, "Hangup", str(channel.cause.value))

    def _until(self, thread: Thread, seconds: float) -> Steps:
        """Wait; returns TIMEOUT, or GONE if the party hung up first. Keys pressed meanwhile are lost."""
        deadline_s = self.timeline.now_s + seconds
        while True:
            occurrence = yield max(0.0, deadline_s - self.timeline.now_s)
            if isinstance(occurrence, HungUp):
                return "GONE"
            if isinstance(occurrence, TimedOut):
                return "TIMEOUT"


AFTER = {
    "BUSY": (Cause.BUSY, "486"),
    "NOANSWER": (Cause.NO_ANSWER, "480"),
    "CHANUNAVAIL": (Cause.NO_ANSWER, "480"),
}
"""What the caller is told when nobody answered, by DIALSTATUS."""
