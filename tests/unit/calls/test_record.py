"""The record is written exactly as docs/reference/call-record.md has it."""

from __future__ import annotations

import re
from pathlib import Path

from ringcard.calls.record import moment, record_as_json, seconds
from ringcard.pbx.asterisk.replay import records
from ringcard.testing.call_events import at, whole_call

CONTRACT = Path(__file__).resolve().parents[3] / "docs" / "reference" / "call-record.md"


def test_its_fields_are_those_of_the_contracts_table() -> None:
    rows = [line.split("|")[1] for line in CONTRACT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    fields = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    (record,) = records(whole_call("c"))
    assert set(record_as_json(record)) == set(fields)
    assert len(fields) == len(set(fields))


def test_a_time_is_utc_with_milliseconds() -> None:
    assert moment(at(1.2345)) == "2026-11-23T06:00:01.234Z"
    assert moment(None) is None


def test_a_duration_is_written_to_the_millisecond() -> None:
    assert seconds(0.1 + 0.2) == 0.3


def test_a_device_of_the_record_is_written_with_its_times() -> None:
    (record,) = records(whole_call("c"))
    assert record_as_json(record)["devices"] == [
        {
            "device": "101",
            "ringing_at": "2026-11-23T06:00:01.000Z",
            "answered_at": "2026-11-23T06:00:05.000Z",
            "left_at": "2026-11-23T06:01:05.000Z",
            "outcome": "answered",
            "talk_s": 60.0,
            "hold_s": 0.0,
        }
    ]
