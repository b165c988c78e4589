"""A whole day's stream gives the records of what really happened to every customer."""

from __future__ import annotations

import pytest

from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.replay import play, records
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.simulator.company import sample_company
from ringcard.pbx.simulator.day import Day
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.truth import TrueCall, Truth

SLACK_S = 0.5


def played(seed: int, hours: float) -> tuple[list[TrueCall], list[CallRecord]]:
    """What happened, and what the translator made of what was told about it."""
    pbx = Pbx(sample_company(seed), seed=seed)
    truth = Truth(pbx.switch)
    heard = [(pbx.timeline.now_s, b"Asterisk Call Manager/11.0.0\r\n")]
    pbx.switch.sinks.append(lambda message: heard.append((pbx.timeline.now_s, message.wire())))
    day = Day(pbx)
    day.begin()
    pbx.timeline.advance_to(pbx.timeline.now_s + hours * 3600)
    day.stop()
    pbx.timeline.advance_to(pbx.timeline.now_s + 3600)
    ours = parse_devices("101-110")
    translator = Translator(PbxId("simulator"), DeviceNames(ours), NumberingPlan("RU", None, ours))
    return truth.calls, records(play(translator, [heard]))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_inbound_call_of_a_day_has_one_true_record(seed: int) -> None:
    calls, told = played(seed, 1)
    really = [call for call in calls if call.direction == "inbound"]
    inbound = [record for record in told if record.direction == "inbound"]
    assert len(really) > 100
    assert [call.number for call in really] == [record.caller.number for record in inbound]
    for call, record in zip(really, inbound, strict=True):
        what = f"{call.number} to {call.dialled}"
        assert record.called.presented == call.dialled, what
        assert record.started_at.timestamp() == pytest.approx(call.started_at_s, abs=SLACK_S), what
        assert call.ended_at_s is not None, what
        assert record.ended_at is not None, what
        assert record.ended_at.timestamp() == pytest.approx(call.ended_at_s, abs=SLACK_S), what
        assert (record.answered_at is None) == (call.answered_at_s is None), what
        talk_s: dict[str, float] = {}
        for stint in record.devices:
            if stint.talk_s:
                talk_s[stint.device] = talk_s.get(stint.device, 0.0) + stint.talk_s
        assert talk_s == pytest.approx(call.talk_s, abs=SLACK_S), what


def test_every_customer_who_was_called_has_one_record() -> None:
    calls, told = played(3, 1)
    plan = NumberingPlan("RU", None, parse_devices("101-110"))
    really = [call for call in calls if call.direction == "outbound"]
    outbound = [record for record in told if record.direction == "outbound"]
    assert len(really) > 20
    assert [plan.parse(call.number) for call in really] == [record.called.number for record in outbound]
    for call, record in zip(really, outbound, strict=True):
        assert (record.answered_at is None) == (call.answered_at_s is None)
