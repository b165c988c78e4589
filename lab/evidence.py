"""The pytest plugin that lets a failing test tell what happened around it, on a machine that one cannot reach.

Whatever writes something down while tests run has a trail here: each Asterisk its log, the phones what they told, a
ringcard in a process of its own its log. A report of a failure shows what came on each of them since the test began,
the end of it first of all. Nothing here may fail, or stand in a failure's way.
"""

from __future__ import annotations

import re
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

SHOWN_CHARACTERS = 8_000
"""Of all trails of a test together; each has an equal part, and what the short ones leave is the long ones'."""
SHOWN_LINES = 60
SHOWN_WIDTH = 200
READ_BYTES = 64 * 1024
REMEMBERED = 300
_NOISE = re.compile(r"VERBOSE\[\d+\]| <[0-9a-f-]{36}>")
"""Of Asterisk's log: the thread of what is no complaint, the number of a bridge."""


class FileTrail:
    """A log file's. Once the file is to be deleted, `keeps` takes its end into memory."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._from = 0
        self._kept: list[str] | None = None
        _TRAILS.add(self)

    def begins(self) -> None:
        """A test begins: what is there already is not its."""
        self._kept = None if self._path.exists() else []
        self._from = self._path.stat().st_size if self._path.exists() else 0

    def keeps(self) -> None:
        """The file is about to be deleted."""
        self._kept = self.lines()

    def lines(self) -> list[str]:
        """What came since, the last 64 kB of it."""
        if self._kept is not None:
            return self._kept
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(max(self._from, self._path.stat().st_size - READ_BYTES))
            return file.read().decode(errors="replace").splitlines()


class ToldTrail:
    """What is told by word of mouth, each with its time of day (UTC, as Asterisk's log in its chroot)."""

    def __init__(self, name: str, left_over: Callable[[], Iterable[str]] = tuple) -> None:
        """`left_over` says what is not as a test should find it."""
        self.name = name
        self._left_over = left_over
        self._said: deque[str] = deque(maxlen=REMEMBERED)
        _TRAILS.add(self)

    def begins(self) -> None:
        """A test begins; what the one before has left to it is told first."""
        self._said.clear()
        for what in self._left_over():
            self.says(f"found at the beginning: {what}")

    def says(self, what: str) -> None:
        """Note it down."""
        self._said.append(f"{datetime.now(UTC):%T.%f} {what}")

    def lines(self) -> list[str]:
        """What was told since, the last of it."""
        return list(self._said)


_TRAILS: weakref.WeakSet[FileTrail | ToldTrail] = weakref.WeakSet()
_failed: list[pytest.Item] = []
"""The test that goes on, if it has failed already."""


def failed_test() -> pytest.Item | None:
    """For whoever tidies up after a test that failed: what it adds to the item's sections is shown with the failure."""
    return _failed[0] if _failed else None


def end_of(lines: Iterable[str], characters: int) -> str:
    """The last lines that have room, with how many were left out before them."""
    every = [_NOISE.sub("", line)[:SHOWN_WIDTH] for line in lines if line.strip()]
    shown: list[str] = []
    for line in reversed(every[-SHOWN_LINES:]):
        characters -= len(line) + 1
        if characters < 0:
            break
        shown.insert(0, line)
    left_out = len(every) - len(shown)
    return "\n".join([f"… {left_out} lines before"] * bool(left_out) + shown)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What was written before is not this test's."""
    _failed.clear()
    for trail in list(_TRAILS):
        try:
            trail.begins()
        except Exception as error:  # what cannot be told of a test must not be its failure
            item.add_report_section("setup", trail.name, f"cannot be read: {error!r}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure's report gets a section for each trail on which something came."""
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        try:
            if not _failed:
                _add_sections(item, call.when)
        except Exception as error:  # a failure that cannot be told about is still that failure, and shown
            item.add_report_section(call.when, "evidence", f"could not be gathered: {error!r}")
        _failed[:] = [item]
    return (yield)


def _add_sections(item: pytest.Item, when: str) -> None:
    told = {trail.name: lines for trail in list(_TRAILS) if (lines := trail.lines())}
    room, shown = SHOWN_CHARACTERS, {}
    for index, (name, lines) in enumerate(sorted(told.items(), key=lambda one: sum(map(len, one[1])))):
        shown[name] = end_of(lines, room // (len(told) - index))
        room -= len(shown[name])
    for name in sorted(shown):
        item.add_report_section(when, name, shown[name])
