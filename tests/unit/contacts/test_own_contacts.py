"""Our own source keeps the promises of every source, on each database."""

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.model import ContactDraft, Phone
from ringcard.contacts.opening import open_cards
from ringcard.contacts.source import ContactSource, SourceContext
from ringcard.contacts.sources.own import OwnContacts
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import migrate, open_engine
from ringcard.testing.contacts import ContactSourceContract

PLAN = NumberingPlan("RU")


async def filled(engine: AsyncEngine, url: str, name: str) -> None:
    cards = open_cards(url)
    await ContactStore(engine, cards, PLAN).create(ContactDraft(name, phones=(Phone(None, "8 495 919-55-57"),)))
    await cards.close()
    await engine.dispose()


class TestOwnContacts(ContactSourceContract):
    known_number = "+74959195557"
    known_name = "Анна Соколова"
    unknown_number = "+74950000000"

    async def open_source(self, folder: Path) -> ContactSource:
        url = f"sqlite:///{folder}/ringcard.db"
        engine = open_engine(url)
        await migrate(engine)
        await filled(engine, url, self.known_name)
        return OwnContacts.from_context(SourceContext(PLAN, url))

    async def open_broken_source(self, folder: Path) -> ContactSource:
        return OwnContacts.from_context(SourceContext(PLAN, f"sqlite:///{folder}/never-migrated.db"))


class TestOwnContactsOnPostgres(ContactSourceContract):
    known_number = "+74959195557"
    known_name = "Анна Соколова"
    unknown_number = "+74950000000"
    url: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _database(self, postgres_store_url: str) -> None:
        type(self).url = postgres_store_url
        asyncio.run(filled(open_engine(postgres_store_url), postgres_store_url, self.known_name))

    async def open_source(self, folder: Path) -> ContactSource:
        return OwnContacts.from_context(SourceContext(PLAN, self.url))

    async def open_broken_source(self, folder: Path) -> ContactSource:
        return OwnContacts.from_context(SourceContext(PLAN, "postgresql://nobody@127.0.0.1:1/nowhere"))
