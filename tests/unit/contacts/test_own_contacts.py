"""Our own source keeps the promises of every source."""

from pathlib import Path

from ringcard.contacts.model import ContactDraft, Phone
from ringcard.contacts.source import ContactSource, SourceContext
from ringcard.contacts.sources.own import OwnContacts
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import migrate, open_engine
from ringcard.testing.contacts import ContactSourceContract

PLAN = NumberingPlan("RU")


class TestOwnContacts(ContactSourceContract):
    known_number = "+74959195557"
    known_name = "Анна Соколова"
    unknown_number = "+74950000000"

    async def open_source(self, folder: Path) -> ContactSource:
        path = folder / "ringcard.db"
        engine = open_engine(f"sqlite:///{path}")
        await migrate(engine)
        cards = SqliteCardReader(path)
        store = ContactStore(engine, cards, PLAN)
        await store.create(ContactDraft(self.known_name, phones=(Phone(None, "8 495 919-55-57"),)))
        await cards.close()
        await engine.dispose()
        return OwnContacts.from_context(SourceContext(PLAN, f"sqlite:///{path}"))

    async def open_broken_source(self, folder: Path) -> ContactSource:
        return OwnContacts.from_context(SourceContext(PLAN, f"sqlite:///{folder}/never-migrated.db"))
