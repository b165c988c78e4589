"""What every test may use: the lab's fixtures and its databases. How they are shared out, and that none is skipped.

`make test` runs in two processes (pytest-xdist, docs/adr/0010). What uses the lab is one group and the browser another,
so that each has one process, with its Asterisks to itself, and they wait for phones at the same time; the rest
follows file by file wherever there is room.

The lab is no installed package, so the repository's root is put on the path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

pytest_plugins = ["lab.fixtures", "lab.databases"]

GROUPS = ("lab", "browser")
"""Markers whose tests stay together, the longest first."""
LABS = {"lab22", "lab16", "labs22", "labs16", "each_lab"}
LONG = ("tests/integration/", "tests/unit/contacts/", "tests/property/", "tests/traces/")
"""Whose files are shared out before the others, so that the last ones are short and both processes end together."""


def _group(item: pytest.Item) -> str | None:
    """The browser's tests have a lab too, and it is their own."""
    return next((name for name in reversed(GROUPS) if item.get_closest_marker(name)), None)


def _turn(item: pytest.Item) -> int:
    group = _group(item)
    if group is not None:
        return GROUPS.index(group)
    places = [place for place, folder in enumerate(LONG) if item.nodeid.startswith(folder)]
    return len(GROUPS) + (places[0] if places else len(LONG))


@pytest.hookimpl(tryfirst=True)  # before xdist puts the group's name behind the test's
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever takes a lab has its marker; in one process of several: put into groups, and what takes long first."""
    for item in items:
        if LABS & set(getattr(item, "fixturenames", ())):
            item.add_marker("lab")
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        group = _group(item)
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """`--dist loadgroup`, with a file as the group of whatever has none."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class ByGroupOrFile(LoadGroupScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            group = str(super()._split_scope(nodeid))
            return group if group in GROUPS else group.partition("::")[0]

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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test proves nothing: with CI=true the run fails."""
    if session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which, and why the run failed."""
    skipped = _skipped(config)
    if skipped:
        terminalreporter.section("skipped, which fails the run because CI=true", red=True)
        for line in skipped:
            terminalreporter.line(line)
