"""The pytest plugin: `lab22` and `lab16` are each one running Asterisk with its phones, started once a run.

A lab that cannot be had fails the test, it is never skipped. Where `CI=true` a missing Asterisk is a failure too;
elsewhere it is installed, which takes a minute.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

import pytest

from lab.asterisk import LabError, install, is_installed
from lab.rehearsal import LABS_AT_ONCE
from lab.system import Lab


def _running(series: str) -> Iterator[Lab]:
    if not is_installed(series):
        if os.environ.get("CI") == "true":
            pytest.fail(f"Asterisk {series} is not installed: the job has to run `lab/install {series}` first")
        try:
            install(series)
        except LabError as error:
            pytest.fail(str(error))
    lab = Lab(series)
    try:
        lab.start()
    except LabError as error:
        pytest.fail(str(error))
    try:
        yield lab
    finally:
        lab.stop()


def _several(series: str, first: Lab) -> Iterator[Sequence[Lab]]:
    with contextlib.ExitStack() as running:
        try:
            others = [running.enter_context(Lab(series)) for _ in range(LABS_AT_ONCE - 1)]
        except LabError as error:
            pytest.fail(str(error))
        yield [first, *others]


@pytest.fixture(scope="session")
def lab22() -> Iterator[Lab]:
    """Asterisk 22 with PJSIP."""
    yield from _running("22")


@pytest.fixture(scope="session")
def lab16() -> Iterator[Lab]:
    """Asterisk 16 with chan_sip."""
    yield from _running("16")


@pytest.fixture(scope="session")
def labs22(lab22: Lab) -> Iterator[Sequence[Lab]]:
    """`LABS_AT_ONCE` of them, for `lab.rehearsal`."""
    yield from _several("22", lab22)


@pytest.fixture(scope="session")
def labs16(lab16: Lab) -> Iterator[Sequence[Lab]]:
    """The same of Asterisk 16."""
    yield from _several("16", lab16)


@pytest.fixture(scope="session", params=["22", "16"])
def each_lab(request: pytest.FixtureRequest) -> Lab:
    """Both, one after the other: a test that takes this runs twice."""
    lab: Lab = request.getfixturevalue(f"lab{request.param}")
    return lab
