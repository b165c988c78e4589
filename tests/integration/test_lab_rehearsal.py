"""Scenarios on the lab: they run to their end, several labs side by side, and tell the truth in the right form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from lab.gaps import record_gap
from lab.recorder import record
from lab.rehearsal import rehearse
from lab.system import Lab

from ringcard.testing.scenarios import SCENARIOS, Expected

pytestmark = pytest.mark.lab

SHORT = ("inbound-caller-hangs-up", "inbound-busy", "outbound-busy", "ring-group", "blind-transfer", "internal-busy")


async def _play(lab: Lab, name: str) -> list[Expected]:
    truths = await SCENARIOS[name].tell(lab)
    await lab.is_quiet()
    return truths


async def test_scenarios_run_side_by_side(labs22: Sequence[Lab]) -> None:
    outcomes = await rehearse(labs22, SHORT, _play)
    assert list(outcomes) == list(SHORT)
    problems = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert problems == {}
    transferred = outcomes["blind-transfer"]
    assert isinstance(transferred, list)
    assert [device.device for device in transferred[0].devices] == ["101", "102"]
    assert 1.4 < transferred[0].devices[0].talk_s < 2.5


async def test_a_scenario_that_fails_is_told_and_leaves_the_lab_quiet(lab22: Lab) -> None:
    async def fails(lab: Lab, name: str) -> None:
        await lab.caller().dials("4951110101")
        await lab.phone("101").rings()
        raise RuntimeError(name)

    outcomes = await rehearse([lab22], ["unlucky"], fails)
    assert isinstance(outcomes["unlucky"], RuntimeError)
    assert lab22.phone("101").state.live == []


async def test_a_recording_has_the_bytes_the_times_and_the_truth(each_lab: Lab, tmp_path: Path) -> None:
    folder = await record(each_lab, "inbound-busy", tmp_path)
    assert {path.name for path in folder.iterdir()} == {"ami.raw", "ami.jsonl", "expected.json"}
    raw = (folder / "ami.raw").read_bytes()
    assert raw.startswith(b"Asterisk Call Manager/")
    assert raw.count(b"UserEvent: TraceMarker") == 2
    assert b"DialStatus: BUSY" in raw


async def test_a_crash_leaves_a_lab_that_works(lab22: Lab, tmp_path: Path) -> None:
    folder = await record_gap(lab22, "crash-while-up", tmp_path)
    assert {path.name for path in folder.glob("*.raw")} == {"ami-A.raw", "ami-B.raw"}
    assert b"CoreShowChannelsComplete" in (folder / "ami-B.raw").read_bytes()
    assert (await _play(lab22, "inbound-busy"))[0].disposition == "busy"
