"""A failing test's report says what came on the trails of its surroundings, and only that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lab.evidence import SHOWN_CHARACTERS, SHOWN_LINES, SHOWN_WIDTH, FileTrail, ToldTrail, end_of

ROOT = Path(__file__).resolve().parents[2]

FAILING = """
from pathlib import Path
import pytest
from lab.evidence import FileTrail, ToldTrail, failed_test

log = Path(__file__).with_name("full")
of_asterisk, of_phones = FileTrail("log of the switch", log), ToldTrail("the phones")

@pytest.fixture
def tidied():
    yield
    if (failed := failed_test()) is not None:
        failed.add_report_section("teardown", "page", "what was seen")

def test_first():
    with log.open("a") as file:
        file.write("an earlier call\\n")

def test_second(tidied):
    with log.open("a") as file:
        file.writelines(f"line {number}\\n" for number in range(10_000))
    of_phones.says("ringing 102")
    assert False, "the failure itself"

def test_third(tidied):
    of_phones.lines = None
    raise ValueError("another failure")
"""


def report_of(folder: Path, tests: str) -> str:
    """What pytest prints of these tests, which are not ours and fail."""
    (folder / "test_failing.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "lab.evidence", "-p", "no:cacheprovider", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stdout


def test_a_failure_is_shown_with_what_came_since_its_test_began_and_stays_the_failure(tmp_path: Path) -> None:
    printed = report_of(tmp_path, FAILING)
    assert "an earlier call" not in printed
    assert printed.count("Captured log of the switch call") == 1
    assert "line 9999\n" in printed
    assert f"line {9_999 - SHOWN_LINES}\n" not in printed
    assert "ringing 102" in printed
    assert "the failure itself" in printed
    assert printed.count("what was seen") == 2
    assert "could not be gathered: TypeError" in printed
    assert "another failure" in printed
    assert len(printed) < SHOWN_CHARACTERS
    assert "2 failed, 1 passed" in printed


def test_of_long_and_many_lines_the_last_are_shown_with_how_many_are_missing() -> None:
    shown = end_of([f"{number} {'x' * 1_000}" for number in range(100)], 1_000).splitlines()
    assert shown[0] == "… 96 lines before"
    assert [line.partition(" ")[0] for line in shown[1:]] == ["96", "97", "98", "99"]
    assert max(len(line) for line in shown) == SHOWN_WIDTH


def test_what_a_log_said_last_is_kept_when_its_file_goes(tmp_path: Path) -> None:
    log = tmp_path / "full"
    trail = FileTrail("log", log)
    assert trail.lines() == []
    log.write_text("started\nended\n")
    trail.keeps()
    log.unlink()
    assert trail.lines() == ["started", "ended"]
    trail.begins()
    assert trail.lines() == []


def test_what_the_test_before_has_left_is_told_first() -> None:
    trail = ToldTrail("phones", lambda: ["102 is not registered"])
    trail.begins()
    trail.says("ringing")
    first, second = trail.lines()
    assert first.endswith(" found at the beginning: 102 is not registered")
    assert second.endswith(" ringing")


def test_what_is_told_has_its_time_and_is_forgotten_when_a_test_begins() -> None:
    trail = ToldTrail("phones")
    trail.says("ringing")
    (line,) = trail.lines()
    assert line.endswith(" ringing")
    assert line[2] == ":"
    trail.begins()
    assert trail.lines() == []
