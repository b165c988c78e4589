"""Writing a batch of an import, on both databases."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.tables import import_changes
from ringcard.contacts.imports.writing import write
from ringcard.contacts.model import ContactDraft
from ringcard.contacts.store import utc_now
from ringcard.contacts.tables import contacts
from ringcard.storage import writing


async def test_a_card_with_an_id_of_the_file_that_was_deleted_meanwhile_is_made_again(
    store_engine: AsyncEngine,
) -> None:
    import_id = (await ImportStore(store_engine).create("a.csv", 1, language="ru", employee_id=None)).import_id
    named = "0" * 26
    for row in (1, 2):
        entry = Entry(row, row, ContactDraft("Анна"), named, ())
        async with writing(store_engine) as connection:
            await connection.execute(delete(contacts))
            await write(connection, import_id, [(named, entry)], [], utc_now())
    async with writing(store_engine) as connection:
        changes = (await connection.execute(select(import_changes.c.contact_id, import_changes.c.row))).all()
        assert [tuple(change) for change in changes] == [(named, 1)]
        assert (await connection.execute(select(contacts.c.name))).scalars().all() == ["Анна"]
