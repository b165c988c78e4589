"""The simulator says what a real Asterisk said: the same scenarios, channel by channel, event by event.

Compared is what each channel went through, in order. How the threads of a real Asterisk interleave between channels is
chance, and so are identifiers and milliseconds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ringcard.pbx.simulator.phones import SimulatedPhoneSystem
from ringcard.testing import scenarios
from ringcard.testing.scenarios.catalogue import SCENARIOS

for found in pkgutil.iter_modules(scenarios.__path__):
    importlib.import_module(f"{scenarios.__name__}.{found.name}")

RECORDINGS = Path(__file__).parents[3] / "traces" / "asterisk" / "22"
RECORDED = sorted(name for name in SCENARIOS if (RECORDINGS / name / "ami.raw").exists())
IN_ORDER = {
    "Newchannel": ("ChannelState",),
    "Newstate": ("ChannelState",),
    "BridgeEnter": (),
    "BridgeLeave": (),
    "Hold": ("MusicClass",),
    "Unhold": (),
    "HangupRequest": ("Cause",),
    "Hangup": ("Cause",),
}
"""What one channel goes through, and which of the headers matter."""
AT_ALL = {
    "DialBegin": (),
    "DialEnd": ("DialStatus",),
    "BlindTransfer": ("Result", "IsExternal", "Extension"),
    "AttendedTransfer": ("Result", "DestType"),
    "LocalBridge": ("Exten", "LocalOptimization"),
    "LocalOptimizationBegin": (),
    "Pickup": (),
    "ParkedCall": ("ParkingSpace",),
    "UnParkedCall": ("ParkingSpace",),
    "ParkedCallTimeOut": ("ParkingSpace",),
    "ParkedCallGiveUp": ("ParkingSpace",),
    "QueueCallerJoin": ("Position", "Count"),
    "QueueCallerLeave": ("Position", "Count"),
    "QueueCallerAbandon": ("Position",),
    "AgentCalled": ("Interface",),
    "AgentConnect": ("Interface",),
    "AgentComplete": ("Interface", "Reason"),
    "AgentRingNoAnswer": ("Interface",),
    "OriginateResponse": ("Response", "Reason"),
    "MixMonitorStart": (),
}
"""What other threads tell of a channel, now before and now after what it goes through itself."""
PREFIXES = ("", "Dest", "Transferer", "Transferee", "OrigTransferer", "LocalOne", "LocalTwo", "Target", "Parkee")


@dataclass
class Story:
    """What became of one channel."""

    in_order: list[str] = field(default_factory=list)
    at_all: Counter[str] = field(default_factory=Counter)


def stories(messages: Iterable[str]) -> dict[str, Story]:
    """What each channel went through, by its role: `101 #1` is the first channel of phone 101.

    When a Local channel is optimised away, either party may move, and either half may be told first: left out.
    """
    roles: dict[str, str] = {}
    count: Counter[str] = Counter()
    told: defaultdict[str, Story] = defaultdict(Story)
    optimising, optimised = False, set[str]()
    for text in messages:
        pairs = (line.partition(":") for line in text.split("\r\n"))
        headers = {name: value.strip() for name, _, value in pairs}
        event = headers.get("Event", "")
        if event.startswith("LocalOptimization"):
            optimising = event == "LocalOptimizationBegin"
            optimised |= {headers["LocalOneChannel"], headers["LocalTwoChannel"]}
        names = IN_ORDER.get(event, AT_ALL.get(event))
        if names is None:
            continue
        words = " ".join([event, *(headers.get(name, "-") for name in names)])
        for prefix in PREFIXES:
            channel = headers.get(f"{prefix}Channel")
            if channel is None or "-" not in channel:
                continue
            if channel not in roles:
                base, _, suffix = channel.partition("-")
                kind = base.partition("/")[2] + suffix.partition(";")[1] + suffix.partition(";")[2]
                count[kind] += 1
                roles[channel] = f"{kind} #{count[kind]}"
            if event in AT_ALL:
                told[roles[channel]].at_all[f"{prefix} {words}".strip()] += 1
            elif not optimising and (channel not in optimised or event == "Hangup"):
                told[roles[channel]].in_order.append(words)
    return dict(told)


@pytest.mark.parametrize("name", RECORDED)
async def test_each_channel_goes_through_what_it_went_through_on_a_real_asterisk(
    name: str, system: SimulatedPhoneSystem
) -> None:
    heard: list[str] = []
    system.pbx.switch.sinks.append(lambda message: heard.append(message.text))
    await SCENARIOS[name].tell(system)
    await system.passes(30)
    recording = (RECORDINGS / name / "ami.raw").read_bytes().decode(errors="replace")
    assert stories(heard) == stories(recording.split("\r\n\r\n"))
