"""A store on an empty database of its own, on each kind, and a clock that only the test moves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.cards import CardReader
from ringcard.contacts.opening import open_cards
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan


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
async def cards(store_url: str) -> AsyncIterator[CardReader]:
    cards = open_cards(store_url)
    yield cards
    await cards.close()


@pytest.fixture
def store(store_engine: AsyncEngine, cards: CardReader, clock: Clock) -> ContactStore:
    return ContactStore(store_engine, cards, NumberingPlan("RU", area_code="495", internal="101-106"), clock=clock)
