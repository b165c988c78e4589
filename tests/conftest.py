"""What every test may use: the lab's fixtures and its databases. How they are shared out, and that none is skipped.

`make test` runs in two processes (pytest-xdist, docs/adr/0010). What uses the lab is one group and the browser another,
so that each has one process, with its Asterisks to itself, and they wait for phones at the same time; the rest
follows file by file wherever there is room.

With CI=true what failed in one of the two groups is tried once more, and told of at the end (docs/adr/0010).

The lab is no installed package, so the repository's root is put on the path.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

pytest_plugins = ["lab.evidence", "lab.fixtures", "lab.databases"]

GROUPS = ("lab", "browser")
"""Markers whose files stay together, the longest first. The browser's tests have a lab too, and it is their own."""
MOST_SECOND_TRIES = 4
"""Of a whole run. Two tests, their phones, a browser and four Asterisks share two processors; more is no accident."""
LONG = ("tests/integration/", "tests/unit/contacts/", "tests/property/", "tests/traces/")
"""Whose files are shared out before the others, so that the last ones are short and both processes end together."""


@cache
def _group(file: str) -> str:
    """Where a file belongs: with the others of its marker, or it is a group by itself."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return next((name for name in reversed(GROUPS) if f"pytest.mark.{name}" in text), file)


def _turn(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    if _group(file) in GROUPS:
        return GROUPS.index(_group(file))
    places = [place for place, folder in enumerate(LONG) if file.startswith(folder)]
    return len(GROUPS) + (places[0] if places else len(LONG))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one process of several what takes long comes first."""
    if os.environ.get("CI") == "true":
        for item in items:
            if _group(item.nodeid.partition("::")[0]) in GROUPS:
                item.add_marker(pytest.mark.flaky(reruns=1))
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """`--dist loadfile`, with the files of one group as if they were one.

    Not by `--dist loadgroup`: pytest-xdist 3.8 writes the group into a test's id, which pytest 9.2 does not let it.
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByGroupOrFile(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _group(str(super()._split_scope(nodeid)))

    return ByGroupOrFile(config, log)


def _skipped(config: pytest.Config) -> list[str]:
    """Every test and module that did not run, in whichever process, with its reason; empty unless CI=true."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return []
    return [
        f"{report.nodeid}: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}"
        for report in reporter.stats.get("skipped", [])
    ]


def _second_tries(config: pytest.Config) -> list[pytest.TestReport]:
    """The first tries of what was tried twice."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("rerun", []) if reporter is not None else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test proves nothing, and what fails again and again is no accident: with CI=true the run fails."""
    failed = _skipped(session.config) or len(_second_tries(session.config)) > MOST_SECOND_TRIES
    if session.exitstatus == pytest.ExitCode.OK and failed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which, and why the run failed."""
    skipped = _skipped(config)
    if skipped:
        terminalreporter.section("skipped, which fails the run because CI=true", red=True)
        for line in skipped:
            terminalreporter.line(line)
    tried = _second_tries(config)
    if tried:
        too_many = len(tried) > MOST_SECOND_TRIES
        terminalreporter.section(
            f"tried twice: {len(tried)}" + (f", which fails the run: at most {MOST_SECOND_TRIES}" if too_many else ""),
            red=too_many,
            yellow=not too_many,
        )
        # What is looked at when a test is over, as a browser's pages, is in the report of that.
        after = {report.nodeid: report for report in terminalreporter.stats.get("", []) if report.when == "teardown"}
        for report in tried:
            terminalreporter.line(f"{report.nodeid} ({report.when})")
            terminalreporter.line(report.longreprtext)
            later = after[report.nodeid].sections if report.nodeid in after else []
            for name, text in [*report.sections, *(each for each in later if "teardown" in each[0])]:
                terminalreporter.section(name, sep="-")
                terminalreporter.line(text)
