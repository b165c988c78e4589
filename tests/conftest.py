"""What every test may use: the lab's fixtures and its databases. And no test is skipped where it counts.

The lab is no installed package, so the repository's root is put on the path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

pytest_plugins = ["lab.fixtures", "lab.databases"]


def _skipped(config: pytest.Config) -> list[str]:
    """Every test and module that did not run, with its reason; empty unless CI=true."""
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
