"""Recordings as they are read from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringcard.pbx.asterisk.replay import TraceError, read


def test_a_recording_is_cut_where_its_index_says(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"onetwo")
    (tmp_path / "a.jsonl").write_text('{"t": 1.5, "off": 0, "len": 3}\n{"t": 2, "off": 3, "len": 3}\n')
    assert list(read(tmp_path / "a.raw")) == [(1.5, b"one"), (2.0, b"two")]


def test_a_recording_without_its_index_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"")
    with pytest.raises(TraceError, match=r"a\.jsonl: No such file"):
        list(read(tmp_path / "a.raw"))


@pytest.mark.parametrize("line", ["{}", "nonsense", "[1]", '{"t": "x", "off": 0, "len": 1}'])
def test_a_line_of_the_index_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.raw").write_bytes(b"")
    (tmp_path / "a.jsonl").write_text(line + "\n")
    with pytest.raises(TraceError, match=r"a\.jsonl:1: not a line"):
        list(read(tmp_path / "a.raw"))
