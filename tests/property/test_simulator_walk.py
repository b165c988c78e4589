"""Whatever people do on the simulator's phones, in any order: its stream is well-formed, and the calls come out true.

A random walk of callers and phones. At the end everybody hangs up: no channel and no bridge may be left; and with the
stream driving translator and call model, no open record either, and for each customer's call exactly one.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ringcard.calls.call import Call
from ringcard.calls.events import Originated, PbxEvent, StateEvent
from ringcard.calls.identifiers import CallId, PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.messages import WANTED
from ringcard.pbx.asterisk.protocol import AmiProtocol
from ringcard.pbx.asterisk.tracked import moment
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.simulator.channels import Channel, ChannelState
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.truth import Truth
from ringcard.pbx.simulator.wire import Message

PHONES = ("101", "102", "103", "104")
DIDS = (
    "4951110101", "4951110102", "4951111101", "4951112103", "4951113101", "4951114102", "4951115101",
    "4951110500", "4951110501", "4951110600", "4951110602", "4951110800", "4951110900",
)  # fmt: skip
TARGETS = ("101", "102", "103", "104", "500", "700", "800", "84957654321")
KEYS = ("*2", "*1", "*3", "#1", "#72", "102", "103", "1", "2")
"""Feature codes, and numbers to follow them."""

phones = st.sampled_from(PHONES)
choices = st.integers(0, 7)
seldom = st.sampled_from((True, False, False))


class StreamRules:
    """What any stream of an Asterisk keeps to; raises AssertionError where this one does not."""

    def __init__(self) -> None:
        self.channels: dict[str, str] = {}
        self.bridges: dict[str, set[str]] = {}
        self.ended: Counter[str] = Counter()
        self.last_s = 0.0

    def hear(self, message: Message) -> None:
        """Take the next event."""
        pairs = (line.partition(":") for line in message.text.split("\r\n"))
        headers = {name: value.strip() for name, _, value in pairs}
        at_s = float(headers["Timestamp"])
        assert at_s >= self.last_s, "time runs back"
        self.last_s = at_s
        channel, bridge = headers.get("Uniqueid"), headers.get("BridgeUniqueid")
        match message.name:
            case "Newchannel":
                assert channel is not None
                assert channel not in self.channels, "a channel began twice"
                self.channels[channel] = headers["Channel"]
            case "BridgeCreate":
                assert bridge is not None
                self.bridges[bridge] = set()
            case "BridgeEnter":
                assert bridge is not None
                assert channel is not None
                assert all(channel not in members for members in self.bridges.values()), "in two bridges at once"
                self.bridges[bridge].add(channel)
                assert age(headers["Linkedid"]) <= age(channel), "linked to something younger"
            case "BridgeLeave":
                assert bridge is not None
                assert channel is not None
                self.bridges[bridge].remove(channel)
            case "BridgeDestroy":
                assert bridge is not None
                assert self.bridges.pop(bridge) == set(), "a bridge went with channels in it"
            case "Hangup":
                assert channel is not None
                assert all(channel not in members for members in self.bridges.values()), "hung up in a bridge"
                del self.channels[channel]
                self.ended[headers["Channel"].partition("-")[0]] += 1
        if channel is not None and message.name != "Hangup":
            assert channel in self.channels, f"{message.name} of a channel that does not live"


def age(uniqueid: str) -> tuple[int, int]:
    when, _, number = uniqueid.partition(".")
    return int(when), int(number)


class Walk(RuleBasedStateMachine):
    """People, at random."""

    def __init__(self) -> None:
        super().__init__()
        self.pbx = Pbx()
        self.stream = StreamRules()
        self.callers: list[Channel] = []
        self.numbers: list[str] = []
        self.pbx.switch.sinks.append(self.stream.hear)

    def _passes(self, seconds: float) -> None:
        self.pbx.timeline.advance_to(self.pbx.timeline.now_s + seconds)

    def _live(self, name: str, *states: ChannelState) -> list[Channel]:
        wanted = states or tuple(ChannelState)
        return [c for c in self.pbx.switch.endpoints[name].channels if c.state in wanted]

    @rule(did=st.sampled_from(DIDS))
    def somebody_calls(self, did: str) -> None:
        if len([caller for caller in self.callers if not caller.gone]) >= 4:
            return
        number = f"+7916{len(self.numbers):07}"
        channel = self.pbx.dialplan.call_from(self.pbx.switch.endpoints["trunk"], did, (number, ""))
        assert channel is not None
        self.callers.append(channel)
        self.numbers.append(number)

    @rule(phone=phones)
    def somebody_calls_and_a_phone_answers(self, phone: str) -> None:
        self.somebody_calls(f"4951110{phone}")
        self._passes(1.0)
        self.a_phone_answers(phone)
        self._passes(1.0)

    @rule(phone=phones, to=phones, answered=st.booleans())
    def a_phone_consults(self, phone: str, to: str, answered: bool) -> None:
        for channel in self._live(phone, ChannelState.UP)[:1]:
            if to != phone and channel.bridge is not None and self.pbx.transfers.hold(channel):
                self.a_phone_dials(phone, to)
                self._passes(1.0)
                if answered:
                    self.a_phone_answers(to)
                    self._passes(1.0)

    @rule(phone=phones, to=phones, answered=st.booleans())
    def a_phone_consults_by_keys(self, phone: str, to: str, answered: bool) -> None:
        for channel in self._live(phone, ChannelState.UP)[:1]:
            self._passes(self.pbx.transfers.press(channel, "*2" + to) + 1.0)
            if answered and to != phone:
                self.a_phone_answers(to)
                self._passes(0.1)

    @rule(phone=phones, to=st.sampled_from((*TARGETS, "*8", "**101", "701", "900")))
    def a_phone_dials(self, phone: str, to: str) -> None:
        busy = [channel for channel in self._live(phone) if not channel.holding]
        if not busy and to != phone:
            self.pbx.dialplan.call_from(self.pbx.switch.endpoints[phone], to)

    @rule(phone=phones)
    def a_phone_answers(self, phone: str) -> None:
        ringing = self._live(phone, ChannelState.RINGING)
        for channel in self._live(phone, ChannelState.UP):
            if ringing:
                self.pbx.transfers.hold(channel)
        if ringing:
            self.pbx.answer(ringing[0])

    @rule(which=choices)
    def somebody_outside_answers(self, which: int) -> None:
        ringing = self._live("trunk", ChannelState.RINGING)
        if ringing:
            self.pbx.answer(ringing[which % len(ringing)])

    @rule(phone=phones, busy=st.booleans(), really=seldom)
    def a_phone_rejects(self, phone: str, busy: bool, really: bool) -> None:
        for channel in self._live(phone, ChannelState.RINGING)[:really]:
            self.pbx.reject(channel, busy=busy)

    @rule(phone=phones, to=st.sampled_from(TARGETS))
    def a_phone_forwards(self, phone: str, to: str) -> None:
        for channel in self._live(phone, ChannelState.RINGING)[:1]:
            if to != phone:
                self.pbx.dialplan.redirect(channel, to)

    @rule(phone=phones)
    def a_phone_holds_or_retrieves(self, phone: str) -> None:
        for channel in self._live(phone, ChannelState.UP)[:1]:
            if channel.bridge is not None and not self.pbx.transfers.retrieve(channel):
                self.pbx.transfers.hold(channel)

    @rule(phone=phones, to=st.sampled_from(TARGETS))
    def a_phone_transfers(self, phone: str, to: str) -> None:
        for channel in self._live(phone, ChannelState.UP)[-1:]:
            if to != phone:
                self.pbx.transfers.blind(channel, to)

    @rule(phone=phones)
    def a_phone_joins_its_calls(self, phone: str) -> None:
        held = [channel for channel in self._live(phone) if channel.holding]
        others = [channel for channel in self._live(phone) if not channel.holding]
        if held and others:
            self.pbx.transfers.attended(held[0], others[-1])

    @rule(phone=phones, keys=st.sampled_from(KEYS))
    def a_phone_presses_keys(self, phone: str, keys: str) -> None:
        for channel in self._live(phone, ChannelState.UP)[:1]:
            self._passes(self.pbx.transfers.press(channel, keys))

    @rule(which=choices, keys=st.sampled_from(("1", "2", "103")))
    def a_caller_presses_keys(self, which: int, keys: str) -> None:
        live = [caller for caller in self.callers if not caller.gone and caller.state is ChannelState.UP]
        if live:
            self._passes(self.pbx.transfers.press(live[which % len(live)], keys))

    @rule(phone=phones, which=choices, really=seldom)
    def a_phone_hangs_up(self, phone: str, which: int, really: bool) -> None:
        live = [c for c in self._live(phone) if not (c.outgoing and c.state is not ChannelState.UP)]
        if live and really:
            self.pbx.switch.party_hangs_up(live[which % len(live)])

    @rule(which=choices, really=seldom)
    def somebody_outside_hangs_up(self, which: int, really: bool) -> None:
        live = self._live("trunk")
        if live and really:
            self.pbx.switch.party_hangs_up(live[which % len(live)])

    @rule(which=choices, really=seldom)
    def a_program_hangs_up(self, which: int, really: bool) -> None:
        live = [channel for channel in self.pbx.switch.channels.values() if channel.endpoint is not None]
        if live and really:
            self.pbx.switch.program_hangs_up(live[which % len(live)])

    @rule(which=choices, to=st.sampled_from(("101", "104", "500")))
    def a_program_redirects(self, which: int, to: str) -> None:
        live = [c for c in self._live("trunk", ChannelState.RING, ChannelState.UP) if not c.outgoing]
        live += [c for phone in PHONES for c in self._live(phone, ChannelState.UP)]
        if live:
            self.pbx.redirect(live[which % len(live)], "internal", to)

    @rule(phone=phones, to=phones)
    def a_program_transfers(self, phone: str, to: str) -> None:
        for channel in self._live(phone, ChannelState.UP)[:1]:
            self.pbx.transfers.attended_by_program(channel, to)

    @rule(phone=phones, to=st.sampled_from(TARGETS), through=st.sampled_from(("PJSIP/{}", "Local/{}@internal")))
    def a_program_calls(self, phone: str, to: str, through: str) -> None:
        if not self._live(phone) and to not in (phone, "700"):
            caller, nobody = (phone, ""), lambda channel, reason: None
            self.pbx.dialplan.originate(
                through.format(phone), 8.0, caller=caller, context="internal", exten=to, told=nobody
            )

    @rule(seconds=st.sampled_from((0.0, 0.001, 0.01, 0.3, 1.0, 4.0)))
    def time_passes(self, seconds: float) -> None:
        self._passes(seconds)

    def teardown(self) -> None:
        for _ in range(20):
            live = [channel for channel in self.pbx.switch.channels.values() if channel.endpoint is not None]
            if not live:
                break
            for channel in live:
                self.pbx.switch.party_hangs_up(channel)
            self._passes(30.0)
        assert self.pbx.switch.channels == {}, "a channel is stuck"
        assert self.stream.channels == {}
        assert [bridge for bridge in self.pbx.switch.bridges.values() if not bridge.stays] == []
        assert not self.pbx.transfers.consultations
        self._passes(60.0)
        super().teardown()


class WalkOfCalls(Walk):
    """The same, with translator and call model listening."""

    def __init__(self) -> None:
        super().__init__()
        ours = parse_devices("101-110")
        self.translator = Translator(PbxId("simulator"), DeviceNames(ours), NumberingPlan("RU", None, ours))
        self.translator.connected(self.pbx.timeline.now_s)
        self.protocol = AmiProtocol(WANTED)
        self.protocol.receive(b"Asterisk Call Manager/11.0.0\r\n")
        self.calls: dict[CallId, Call] = {}
        self.truth = Truth(self.pbx.switch)
        self.pbx.switch.sinks.append(self._hear)

    def _hear(self, message: Message) -> None:
        for read in self.protocol.receive(message.wire()):
            self._fold(self.translator.receive(read, self.pbx.timeline.now_s))

    def _fold(self, events: list[PbxEvent]) -> None:
        for event in events:
            if isinstance(event, StateEvent):
                continue
            call = self.calls.get(event.call_id)
            if call is not None:
                call.apply(event)
            elif isinstance(event, Originated):
                self.calls[event.call_id] = Call(event)

    def _passes(self, seconds: float) -> None:
        super()._passes(seconds)
        self._fold(self.translator.tick(self.pbx.timeline.now_s))

    def teardown(self) -> None:
        super().teardown()
        now = moment(self.pbx.timeline.now_s)
        records = [call.record(now) for call in self.calls.values() if call.absorbed_into is None]
        assert [record for record in records if record.ended_at is None] == [], "a call is stuck"
        inbound = [record for record in records if record.direction == "inbound"]
        told = Counter(record.caller.number for record in inbound)
        assert told == Counter(self.numbers), "a customer's call has none or two records"
        really = {call.number: call for call in self.truth.calls if call.direction == "inbound"}
        for record in inbound:
            call = really[record.caller.number or ""]
            assert record.ended_at is not None
            assert call.ended_at_s is not None
            assert abs(record.started_at.timestamp() - call.started_at_s) < 0.5, "began at another time"
            assert abs(record.ended_at.timestamp() - call.ended_at_s) < 0.5, "ended at another time"


thorough = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
TestTheStreamOfAWalk = Walk.TestCase
TestTheStreamOfAWalk.settings = thorough
TestTheCallsOfAWalk = WalkOfCalls.TestCase
TestTheCallsOfAWalk.settings = thorough
