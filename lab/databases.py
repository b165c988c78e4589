"""The pytest plugin of the databases: a test that takes `store_url` or `store_engine` runs on SQLite and on PostgreSQL.

| fixture | gives |
|---|---|
| `store_url` | the URL of a migrated, empty database of the test's own; twice: "sqlite", "postgresql" |
| `store_engine` | `open_engine(store_url)`, disposed of at the end |
| `bare_store_url` | the same before any migration |
| `sqlite_store_url`, `postgres_store_url` | one of them only, migrated |
| `bare_postgres_url` | PostgreSQL only, not migrated |
| `module_store_url` | as `store_url`, one for all tests of a module: for a whole ringcard that is started once |
| `postgres_server` | the run's server, `lab.postgresql.PostgresServer`: don't stop it, others use it |
| `own_postgres_server` | a server that this test may stop, start and break; costs a second |

A PostgreSQL that cannot be had fails the test, it is never skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from lab.asterisk import LabError
from lab.postgresql import PostgresServer
from ringcard.storage import migrate, open_engine

DATABASES = ("sqlite", "postgresql")
_MIGRATED = "ringcard_migrated"
_numbers = itertools.count(1)
_IN_MEMORY = Path("/dev/shm")
_IN_MEMORY_AT_LEAST_B = 2 * 2**30


def _migrated(url: str) -> None:
    async def work() -> None:
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()

    # In a thread of its own: the fixture may be asked for while the test's event loop is already there.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


def _place() -> Path | None:
    """In memory if there is room: a new database is three hundred files, which take a disk 0.3 s and memory 0.02 s.

    None is where temporary files lie; a container's /dev/shm is often 64 MB.
    """
    try:
        roomy = shutil.disk_usage(_IN_MEMORY).free >= _IN_MEMORY_AT_LEAST_B
    except OSError:
        return None
    return _IN_MEMORY if roomy and os.access(_IN_MEMORY, os.W_OK) else None


def _server() -> Iterator[PostgresServer]:
    with contextlib.ExitStack() as running:
        try:
            server = running.enter_context(PostgresServer(beneath=_place()))
        except LabError as error:
            pytest.fail(str(error))
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run."""
    yield from _server()


@pytest.fixture
def own_postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own."""
    yield from _server()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "ringcard.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> str:
    _migrated(postgres_server.create(_MIGRATED))
    return _MIGRATED


@pytest.fixture
def sqlite_store_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A migrated SQLite file in `tmp_path`."""
    path = tmp_path / "ringcard.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_store_url(postgres_server: PostgresServer, _postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create(name, _postgres_template)
    postgres_server.drop(name)


@pytest.fixture
def bare_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database without any table."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of the test's own, on each kind."""
    url: str = request.getfixturevalue(
        {"sqlite": "sqlite_store_url", "postgresql": "postgres_store_url"}[request.param]
    )
    return url


@pytest.fixture(scope="module", params=DATABASES)
def module_store_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path
) -> Iterator[str]:
    """A migrated database for a module's tests, on each kind."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("store") / "ringcard.db"
        shutil.copy(_sqlite_template, path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"test_{next(_numbers)}"
    yield server.create(name, request.getfixturevalue("_postgres_template"))
    server.drop(name)


@pytest.fixture(params=DATABASES)
def bare_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database without any table, on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ringcard.db'}"
    url: str = request.getfixturevalue("bare_postgres_url")
    return url


@pytest.fixture
async def open_store() -> AsyncIterator[Callable[[str], AsyncEngine]]:
    """Opens engines that are disposed of when the test is over."""
    opened: list[AsyncEngine] = []

    def open_one(url: str) -> AsyncEngine:
        opened.append(open_engine(url))
        return opened[-1]

    yield open_one
    for engine in opened:
        await engine.dispose()


@pytest.fixture
async def store_engine(store_url: str, open_store: Callable[[str], AsyncEngine]) -> AsyncEngine:
    """An engine on `store_url`."""
    return open_store(store_url)
