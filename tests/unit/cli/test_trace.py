"""`ringcard trace replay`, run as an administrator runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ringcard.cli.trace import trace

TRACES = Path(__file__).resolve().parents[2] / "traces" / "shared"
ANSWERED = TRACES / "01-inbound-caller-hangs-up" / "ami.raw"
THREE = TRACES / "40-three-calls-at-once" / "ami.raw"
RECONNECT = TRACES / "31-ami-reconnect-two-live-calls"


def replay(*arguments: object) -> Result:
    return CliRunner().invoke(trace, ["replay", "--devices", "101-106", *map(str, arguments)])


def told(*arguments: object) -> list[dict[str, object]]:
    result = replay(*arguments, "--format", "jsonl")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_jsonl_is_one_record_a_line() -> None:
    (record,) = told(ANSWERED)
    assert (record["direction"], record["disposition"], record["ended_by"]) == ("inbound", "answered", "caller")


def test_records_come_in_order_of_start() -> None:
    starts = [str(record["started_at"]) for record in told(THREE)]
    assert len(starts) == 3
    assert starts == sorted(starts)


def test_several_files_are_successive_connections_of_one_pbx() -> None:
    records = told(RECONNECT / "ami-A.raw", RECONNECT / "ami-B.raw")
    assert [record["gaps"] for record in records if not record["complete"]]
    assert all(record["ended_at"] for record in records)


def test_a_table_has_a_head_and_a_row_a_call() -> None:
    head, *rows = replay(THREE, "--format", "table").output.splitlines()
    assert head.split()[:3] == ["start", "(UTC)", "way"]
    assert len(rows) == 3


def test_a_missing_file_is_named() -> None:
    result = replay(TRACES / "none.raw")
    assert result.exit_code == 1
    assert "none.raw" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--devices", "106-101", "first end is above the second"),
        ("--region", "Atlantis", "no numbering plan"),
        ("--area-code", "4x5", "only digits"),
    ],
)
def test_an_option_that_cannot_be_read_is_said_to_be(option: str, value: str, said: str) -> None:
    result = replay(ANSWERED, option, value)
    assert result.exit_code == 1
    assert said in result.output


def test_a_line_of_the_index_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"")
    (tmp_path / "a.jsonl").write_text('{"t": 1, "off": 0, "len": 0}\n{}\n')
    result = replay(tmp_path / "a.raw")
    assert result.exit_code == 1
    assert "a.jsonl:2" in result.output


def test_a_reader_that_stops_early_gets_no_traceback() -> None:
    command = "from ringcard.cli import main; main()"
    arguments = [sys.executable, "-c", command, "trace", "replay", str(THREE), "--format", "jsonl"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(), said) == (0, "")
