"""The recordings in tests/traces/asterisk are whole: every byte is in a message, and every scenario has its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringcard.testing.scenarios import ON_ASTERISK_ONLY, SCENARIOS, expected_from_json

TRACES = Path(__file__).resolve().parent.parent / "traces" / "asterisk"
FOLDERS = sorted(path.parent for path in TRACES.glob("*/*/expected.json"))


def test_every_scenario_was_recorded_on_22_and_every_main_one_on_16() -> None:
    recorded = {series: {path.name for path in (TRACES / series).iterdir()} for series in ("22", "16")}
    assert {*SCENARIOS, *ON_ASTERISK_ONLY} <= recorded["22"]
    assert {name for name, scenario in SCENARIOS.items() if scenario.main} <= recorded["16"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_the_messages_cover_the_bytes_in_order(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    for stream in expected["streams"]:
        raw = (folder / stream).read_bytes()
        messages = [json.loads(line) for line in (folder / stream).with_suffix(".jsonl").read_text().splitlines()]
        assert messages[0]["off"] == 0
        ends = [message["off"] + message["len"] for message in messages]
        assert [message["off"] for message in messages[1:]] == ends[:-1]
        assert ends[-1] == len(raw)
        assert all(raw[: ends[0]].startswith(b"Asterisk Call Manager/") for _ in messages[:1])
        assert all(raw[end - 2 : end] == b"\r\n" for end in ends)
        times = [message["t"] for message in messages]
        assert times == sorted(times)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_really_happened_is_told_in_order(folder: Path) -> None:
    told = [expected_from_json(record) for record in json.loads((folder / "expected.json").read_text())["records"]]
    assert [truth.started_at for truth in told] == sorted(truth.started_at for truth in told)
    for truth in told:
        assert truth.started_at <= (truth.answered_at or truth.started_at) <= truth.ended_at
        assert (truth.disposition == "answered") == (truth.answered_at is not None)
        assert all(device.outcome for device in truth.devices)
