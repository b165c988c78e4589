"""The company's dialplan: what the PBX does with a channel at an extension, as scripts (`threads`).

Each script is written as the dialplan of the recordings is: DIDs, ring group, menu, voicemail, internal and outgoing
calls. Dial() itself is in `dialling`, the queue is in `queues`, parking in `parking`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from ringcard.pbx.simulator.channels import Cause, Channel, ChannelState, Endpoint
from ringcard.pbx.simulator.company import Company
from ringcard.pbx.simulator.conference import Conferences
from ringcard.pbx.simulator.database import Database
from ringcard.pbx.simulator.dialling import FORWARDS, Dialling, Steps
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
from ringcard.pbx.simulator.waiting import AddedLines
from ringcard.pbx.simulator.wire import channel_snapshot

BACK_TIMEOUT_S = 10.0
COMEBACK_S = 8.0
PROMPT_S = 2.04
"""How long the menu's prompt plays."""
DIGIT_TIMEOUT_S = 1.0
WAIT_EXTEN_S = 3.0
VOICE_BOX = "*86"
"""And a device: its voice box, straight away."""
PICKUP = "*8"
OUTSIDE = re.compile(r"8\d{10}|\+\d{5,}")
"""Numbers that the company may dial outside."""

WAYS, WAYS_MARKER = "ringcard-ways", "v1"
"""The context of the lines that obey what a phone's owner has set, and the extension that says that they are there."""
MOST_FORWARDS = 5

Route = Callable[[Thread], Script]


class Dialplan(Dialling):
    """What happens at each extension."""

    def __init__(self, switch: Switch, company: Company) -> None:
        super().__init__(switch)
        self.company = company
        self.database = Database(switch)
        for employee in company.employees:
            switch.endpoints[employee.device] = Endpoint(employee.device, employee.name)
            switch.hints[employee.device] = "internal"
        switch.endpoints["trunk"] = Endpoint("trunk", "", context="from-trunk")
        members = [(device, switch.endpoints[device].display_name) for device in company.queue_members]
        self.queue = Queue(switch, company.queue, members, self.invite)
        self.parking = ParkingLot(switch, self.call_back)
        self.conferences = Conferences(switch)
        self.added = AddedLines(self)

    # ------------------------------------------------------------- entering

    @whole
    def call_from(self, endpoint: Endpoint, exten: str, caller: tuple[str, str] | None = None) -> Channel | None:
        """A phone, or somebody behind the trunk, dials `exten`. None if there is no such number: no channel then."""
        if exten != PICKUP and self.route(endpoint.context, exten) is None:
            return None
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
        route = self.route(thread.channel.context, thread.channel.exten)
        if route is None:
            thread.channel.cause = Cause.UNALLOCATED
            return
        yield from route(thread)

    def leave(self, channel: Channel) -> None:
        """Take a channel out of whatever an application does with it, for it is sent elsewhere."""
        self.queue.leave(channel)
        self.parking.leave(channel)
        self.conferences.leave(channel)
        if channel.bridge is None and channel.thread is not None:
            self.abandon(channel.thread)

    def route(self, context: str, exten: str) -> Route | None:
        """The script of an extension, None if there is none."""
        if context == "from-trunk":
            return self._from_trunk(exten)
        if context == "ivr":
            return self._ivr
        if (context, exten) == (WAYS, WAYS_MARKER):
            return self._nothing
        company = self.company
        if context != "internal" and (added := self.added.route(context, exten)) is not None:
            return added
        if exten in company.devices:
            return partial(self._internal, device=exten)
        if exten == PICKUP:
            return partial(self._pick_up, device=None)
        if exten.startswith(VOICE_BOX) and exten.removeprefix(VOICE_BOX) in company.devices:
            return partial(self._voice_box, device=exten.removeprefix(VOICE_BOX))
        if exten.startswith("**") and exten[2:] in company.devices:
            return partial(self._pick_up, device=exten[2:])
        if self.parking.is_space(exten):
            return partial(self.parking.retrieve, exten=exten)
        if exten == company.conference:
            return partial(self.conferences.take_part, exten=exten)
        if exten == "500":
            return self._queue
        if exten == "800":
            return self._ivr
        if OUTSIDE.fullmatch(exten):
            return partial(self._outgoing, number=exten)
        return None

    def _from_trunk(self, exten: str) -> Route | None:
        company = self.company
        digits = len(company.employees[0].device) if company.employees else 3
        device = exten[-digits:]
        phones = [f"PJSIP/{name}" for name in company.ring_group]
        locals_ = [f"Local/{name}@internal/n" for name in company.ring_group[:2]]
        numbers: dict[str, Route] = {
            company.ring_group_did: partial(self._ring, targets=phones, timeout_s=15.0),
            company.impatient_ring_group_did: partial(self._ring, targets=phones, timeout_s=4.0),
            company.local_ring_group_did: partial(self._ring, targets=locals_, timeout_s=15.0),
            company.queue_did: self._queue,
            company.impatient_queue_did: partial(self._queue, timeout_s=4.0),
            company.ivr_did: self._ivr,
            company.conference_did: partial(self.conferences.take_part, exten=company.conference),
        }
        if exten in numbers:
            return numbers[exten]
        if device not in company.devices:
            return None
        kept, optimised = f"Local/{device}@internal/n", f"Local/{device}@internal"
        by_prefix: dict[str, Route] = {
            company.direct_prefix: partial(self._direct, device=device),
            company.back_prefix: partial(self._returning, device=device),
            company.recorded_prefix: partial(self._recorded, exten=exten, device=device),
            company.local_prefix: partial(self._ring, targets=[kept], timeout_s=company.ring_timeout_s),
            company.local_optimised_prefix: partial(self._ring, targets=[optimised], timeout_s=company.ring_timeout_s),
            company.voicemail_prefix: partial(self._voicemail, device=device),
        }
        return by_prefix.get(exten[:-digits])

    def _ring(self, thread: Thread, targets: list[str], timeout_s: float) -> Script:
        yield from self.dial(thread, targets, timeout_s)
        self._after_dial(thread)

    def _direct(self, thread: Thread, device: str) -> Script:
        if (yield from self._obeying(thread, device)) != ELSEWHERE:
            self._after_dial(thread)

    def _returning(self, thread: Thread, device: str) -> Script:
        self._step(thread, "Set", "__XFERBACK=1")
        thread.channel.variables["XFERBACK"] = "1"
        yield from self._ring(thread, [f"PJSIP/{device}"], self.company.ring_timeout_s)

    # ----------------------------------------------------------- extensions

    def _internal(self, thread: Thread, device: str) -> Script:
        status = yield from self._obeying(thread, device)
        if status == ELSEWHERE:
            return
        variables = thread.channel.variables
        sender = variables.get("BLINDTRANSFER", "")
        if status not in ("ANSWER", "GONE") and variables.get("XFERBACK") and sender:
            back = sender.rpartition("-")[0]
            self._step(thread, "Set", f"BACKTO={back}")
            variables.pop("BLINDTRANSFER", None)
            status = yield from self.dial(thread, [back], BACK_TIMEOUT_S)
        self._after_dial(thread)

    def _obeying(self, thread: Thread, device: str) -> Steps:
        """Ring a phone as its owner has set it. Returns as `dial`, or ELSEWHERE if the call went on."""
        kept = self.database.get
        if (to := kept("CF", device)) and self._may_forward(thread):
            return (yield from self._sent_on(thread, "always", device, to))
        if kept("DND", device):
            self.switch.set_variable(thread.channel, DIVERTED, f"quiet,{device}", matters=True)
            self.switch.set_variable(thread.channel, "DIALSTATUS", "BUSY")
            status = "BUSY"
        else:
            status = yield from self.dial(thread, [f"PJSIP/{device}"], self.company.ring_timeout_s)
        kind = "busy" if status == "BUSY" else "no_answer"
        to = kept("CFB" if kind == "busy" else "CFU", device)
        if status not in ("ANSWER", "GONE") and to and self._may_forward(thread):
            return (yield from self._sent_on(thread, kind, device, to))
        return status

    def _may_forward(self, thread: Thread) -> bool:
        return int(thread.channel.variables.get(FORWARDS, "0")) < MOST_FORWARDS

    def _sent_on(self, thread: Thread, kind: str, device: str, to: str) -> Steps:
        channel = thread.channel
        channel.variables[FORWARDS] = str(int(channel.variables.get(FORWARDS, "0")) + 1)
        self.switch.set_variable(channel, DIVERTED, f"{kind},{device},{to}", matters=True)
        self._step(thread, "Goto", f"internal,{to},1")
        self._goto(channel, "internal", to)
        yield from self.run(thread)
        return ELSEWHERE

    def _nothing(self, thread: Thread) -> Script:
        """An extension that is only there to be found."""
        self._step(thread, "NoOp", "")
        yield from ()

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
        yield from self._voice_box(thread, device)

    def _voice_box(self, thread: Thread, device: str) -> Script:
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
        deadline_s = self.timeline.now_s + PROMPT_S + WAIT_EXTEN_S
        while True:
            occurrence = yield max(0.0, deadline_s - self.timeline.now_s)
            if isinstance(occurrence, HungUp):
                return
            if isinstance(occurrence, Digit):
                pressed += occurrence.digit
                deadline_s = self.timeline.now_s + DIGIT_TIMEOUT_S
                if pressed[0] == "1" and len(pressed) < 3:
                    continue  # there is a 1, and there are extensions that begin with it
            elif not isinstance(occurrence, TimedOut):
                continue
            break
        if pressed == "2":
            self._step(thread, "Goto", f"from-trunk,{self.company.queue_did},1")
            self._goto(channel, "from-trunk", self.company.queue_did)
            yield from self._queue(thread)
            return
        device = self.company.ivr_choice if pressed == "1" else pressed
        if device not in self.company.devices:
            self._goto(channel, "ivr", "i" if pressed else "t")
            self._step(thread, "Hangup", "")
            channel.cause = Cause.NORMAL
            return
        self._goto(channel, "ivr", pressed)
        self._step(thread, "NoOp", "chose sales" if pressed == "1" else f"direct extension {device}")
        yield from self._ring(thread, [f"PJSIP/{device}"], self.company.ring_timeout_s)

    def _queue(self, thread: Thread, timeout_s: float = 25.0) -> Script:
        channel = thread.channel
        if channel.state is not ChannelState.UP:
            self._step(thread, "Answer", "")
            self.switch.set_state(channel, ChannelState.UP)
        self._step(thread, "Queue", f"{self.queue.name},tT,,,{timeout_s:g}")
        yield from self.queue.wait(thread, timeout_s)

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
            channel.cause = Cause.REJECTED
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
        yield from self.dial(thread, [target], COMEBACK_S)
        self._after_dial(thread)

    # ------------------------------------------------------- applications

    def application(self, name: str, data: str) -> Route | None:
        """What an Originate has a channel do instead of dialling; None if it is not known here."""
        target = self.switch.channels.get(data.partition(",")[0])
        match name:
            case "Pickup":
                return partial(self._pick_up, device=None)
            case "PickupChan":
                return partial(self._pick_up, device=target.device if target is not None else "")
            case "ChanSpy":
                return partial(self._listen, target=target)
            case _:
                return None

    def _listen(self, thread: Thread, target: Channel | None) -> Script:
        """Hear a call until it is over."""
        while target is not None and not target.gone:
            if (yield from self._until(thread, 0.5)) == "GONE":
                return

    # ------------------------------------------------------------ pieces

    def pause(self, thread: Thread, seconds: float) -> Steps:
        """Wait, as `_until`, for those who stand beside the dialplan."""
        return (yield from self._until(thread, seconds))

    def step(self, thread: Thread, application: str, data: str) -> None:
        """The same of `_step`."""
        self._step(thread, application, data)

    def _after_dial(self, thread: Thread) -> None:
        """The end of every extension that dials: hang up with the cause that tells the caller why."""
        channel = thread.channel
        status = channel.variables.get("DIALSTATUS", "")
        if status in AFTER and not channel.requested:
            self.switch.place(channel, "from-trunk", f"after-{status}")
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


DIVERTED = "RINGCARD_DIVERTED"
ELSEWHERE = "ELSEWHERE"
AFTER = {
    "BUSY": (Cause.BUSY, "486"),
    "NOANSWER": (Cause.NO_ANSWER, "480"),
    "CHANUNAVAIL": (Cause.ABSENT, "480"),
}
"""What the caller is told when nobody answered, by DIALSTATUS."""
