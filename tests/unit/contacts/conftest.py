"""A store on a database of its own, and a clock that only the test moves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import migrate, open_engine


class Clock:
    """Moves a second with every look, or as told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "ringcard.db"


@pytest.fixture
async def engine(database: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(f"sqlite:///{database}")
    await migrate(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
async def cards(engine: AsyncEngine, database: Path) -> AsyncIterator[SqliteCardReader]:
    cards = SqliteCardReader(database)
    yield cards
    await cards.close()


@pytest.fixture
def store(engine: AsyncEngine, cards: SqliteCardReader, clock: Clock) -> ContactStore:
    return ContactStore(engine, cards, NumberingPlan("RU", area_code="495", internal="101-106"), clock=clock)
