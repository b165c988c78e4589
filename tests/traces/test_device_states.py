"""The state of every terminal, from recordings: as it changes, and again after a connection that broke."""

from __future__ import annotations

from pathlib import Path

from ringcard.calls.causes import DeviceKind, DeviceState
from ringcard.calls.events import DeviceStateChanged
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.replay import play, read
from ringcard.pbx.asterisk.translate import Translator

SHARED = Path(__file__).parent / "shared"


def states(scenario: str, *streams: str, kind: DeviceKind = DeviceKind.PHONE) -> list[tuple[str, DeviceState]]:
    devices = parse_devices("101-106")
    translator = Translator(PbxId("office"), DeviceNames(devices), NumberingPlan("RU", internal=devices))
    events = play(translator, [read(SHARED / scenario / stream) for stream in streams])
    told = [event for event in events if isinstance(event, DeviceStateChanged)]
    return [(event.device, event.state) for event in told if event.kind is kind]


def test_a_phone_that_unregisters_is_unreachable_not_idle_and_comes_back() -> None:
    told = [state for device, state in states("33-phone-unregister-unreachable", "ami.raw") if device == "105"]
    assert told == [DeviceState.UNREACHABLE, DeviceState.IDLE]


def test_a_phone_that_stops_answering_is_unreachable_and_then_rings_and_talks() -> None:
    told = [state for device, state in states("33-phone-unregister-unreachable", "ami.raw") if device == "106"]
    assert told == [
        DeviceState.UNREACHABLE,
        DeviceState.IDLE,
        DeviceState.RINGING,
        DeviceState.BUSY,
        DeviceState.IDLE,
    ]


def test_after_a_broken_connection_only_the_states_that_changed_meanwhile_are_told() -> None:
    broken = "31-ami-reconnect-two-live-calls"
    before = dict(states(broken, "ami-A.raw"))
    both = states(broken, "ami-A.raw", "ami-B.raw")
    assert before == {"101": DeviceState.BUSY, "102": DeviceState.BUSY}
    gap = both[len(states(broken, "ami-A.raw")) :]
    assert dict(reversed(gap)) == {
        "101": DeviceState.IDLE,  # its call ended in the gap
        "102": DeviceState.IDLE,  # …this one after it
        "103": DeviceState.BUSY,
        "104": DeviceState.RINGING,
        "105": DeviceState.IDLE,
        "106": DeviceState.IDLE,
    }


def test_a_trunk_is_told_as_what_it_is() -> None:
    told = states("31-ami-reconnect-two-live-calls", "ami-A.raw", "ami-B.raw", kind=DeviceKind.TRUNK)
    assert {device for device, _ in told} == {"trunk"}
    assert [state for _, state in told] == [DeviceState.BUSY, DeviceState.IDLE]


def test_a_restarted_pbx_has_phones_that_are_not_there_yet() -> None:
    told = states("32-restart-while-up", "ami-A.raw", "ami-B.raw")
    assert ("101", DeviceState.UNREACHABLE) in told
    assert dict(told)["101"] is DeviceState.IDLE
