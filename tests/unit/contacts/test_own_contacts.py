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


class TestNumbersThatAreNoWholeOnes:
    """What was written without its town or country may be a caller's; it is found last, and said to be a maybe."""

    ABROAD = "+4915112345678"

    async def matches(self, url: str, engine: AsyncEngine, number: str, *held: str) -> list[tuple[str, str]]:
        cards = open_cards(url)
        plan = NumberingPlan("RU")
        store = ContactStore(engine, cards, plan)
        for each in held:
            await store.create(ContactDraft(each, phones=(Phone(None, each),)))
        source = OwnContacts.from_context(SourceContext(plan, url))
        found = [(match.contact.name, match.quality.value) for match in await source.lookup([number])]
        if isinstance(source, OwnContacts):
            now = source.lookup_now([number])
            assert [(match.contact.name, match.quality.value) for match in now] == found
        await source.close()
        await cards.close()
        return found

    async def test_a_local_number_may_be_the_callers(self, store_url: str, store_engine: AsyncEngine) -> None:
        found = await self.matches(store_url, store_engine, "+74959195557", "919-55-57", "919-55-58")
        assert found == [("919-55-57", "suffix")]

    async def test_a_national_one_of_another_country_fits_better_than_a_mere_end(
        self, store_url: str, store_engine: AsyncEngine
    ) -> None:
        found = await self.matches(store_url, store_engine, self.ABROAD, "2345678", "0151 12345678", "0171 12345678")
        assert found == [("0151 12345678", "national"), ("2345678", "suffix")]

    async def test_whoever_has_the_very_number_is_the_only_answer(
        self, store_url: str, store_engine: AsyncEngine
    ) -> None:
        found = await self.matches(store_url, store_engine, "+74959195557", "919-55-57", "+7 495 919-55-57")
        assert found == [("+7 495 919-55-57", "exact")]

    async def test_six_digits_are_nobodys_end(self, store_url: str, store_engine: AsyncEngine) -> None:
        assert await self.matches(store_url, store_engine, "+74959195557", "19-55-57") == []
