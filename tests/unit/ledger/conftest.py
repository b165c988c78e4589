"""A ledger over each kind of store, and calls to put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ringcard.ledger import Ledger, LedgerSettings, MasterKey, MemoryStore
from ringcard.ledger.postgres import PostgresStore
from ringcard.ledger.sqlite import SqliteStore
from ringcard.ledger.store import LedgerStore

OpenLedger = Callable[[], Awaitable[Ledger]]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], LedgerStore]:
    """Opens the test's store, with what it held before; whoever opens it closes it."""
    if request.param == "memory":
        store = MemoryStore()
        return lambda: store
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_store_url")
        return lambda: PostgresStore(url)
    return lambda: SqliteStore(tmp_path / "ledger.sqlite3")


@pytest.fixture
async def open_ledger(new_store: Callable[[], LedgerStore]) -> AsyncIterator[OpenLedger]:
    """Opens the test's ledger, again after it was closed; what is open at the end is closed."""
    master = MasterKey.generate()
    opened: list[Ledger] = []

    async def open_again() -> Ledger:
        ledger = await Ledger.over(new_store(), master, settings=LedgerSettings(gather_s=0))
        opened.append(ledger)
        return ledger

    yield open_again
    for ledger in opened:
        await ledger.close()


@pytest.fixture
async def ledger(open_ledger: OpenLedger) -> Ledger:
    """A new, empty ledger."""
    return await open_ledger()
