"""Our own contacts: writing, finding, paging, linking calls, and the card for a number.

Over 400 lines: one store, one contract.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.bulk import Written, put_contacts, put_orders
from ringcard.contacts.cards import CardReader
from ringcard.contacts.model import (
    ChangedMeanwhile,
    Contact,
    ContactDraft,
    ContactInvalid,
    Email,
    Item,
    Kind,
    NoSuchContact,
    Order,
    Phone,
    contact_as_json,
    contact_summary_as_json,
    folded,
    typed,
)
from ringcard.contacts.opening import open_cards
from ringcard.contacts.rows import contact_values
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import DatabaseUnreachable, StorageError, sqlite_path, writing

ANY = st.characters(exclude_categories=())
NOW = datetime.fromisoformat("2026-11-23T12:00:00Z")


def draft(name: str = "Анна Соколова", *numbers: str, **more: Any) -> ContactDraft:
    return ContactDraft(name=name, phones=tuple(Phone(None, number) for number in numbers), **more)


async def employ(store_engine: AsyncEngine, employee_id: str, name: str) -> None:
    async with writing(store_engine) as connection:
        await connection.execute(
            text(
                "INSERT INTO employees (employee_id, login, name, role, disabled, created_at)"
                " VALUES (:id, :id, :name, 'employee', false, 0)"
            ),
            {"id": employee_id, "name": name},
        )


FULL = ContactDraft(
    name="  Анна Соколова ",
    organisation="ООО «Ромашка»",
    position="закупки",
    phones=(Phone(None, "8 (495) 919-55-57", "офис"), Phone(None, "+7 916 123-45-67"), Phone(None, "84959195557")),
    emails=(Email("anna@romashka.example", "work"), Email("ANNA@romashka.example")),
    manager_id="e1",
    segment="vip",
    tags=("опт", " опт ", "доставка", ""),
    vip=True,
    city="Москва",
    comment="",
    external_id="7",
    orders=(
        Order("1041", date(2026, 11, 2), "доставлен", Decimal("1200.00"), "rub"),
        Order(
            "1042",
            date(2026, 11, 19),
            "отгружен",
            Decimal("84300.50"),
            "RUB",
            (Item("Насос", Decimal(2), Decimal("4.10")),),
        ),
    ),
)


async def owners(cards: CardReader, number: str) -> list[Contact]:
    return await cards.with_number(number)


class TestWriting:
    async def test_what_was_written_is_read_back_tidied(self, store: ContactStore, store_engine: AsyncEngine) -> None:
        await employ(store_engine, "e1", "Пётр")
        contact = await store.create(FULL)
        assert contact.name == "Анна Соколова"
        assert contact.version == 1
        assert contact.phones == (
            Phone("+74959195557", "8 (495) 919-55-57", "офис"),
            Phone("+79161234567", "+7 916 123-45-67"),
        )
        assert contact.emails == (Email("anna@romashka.example", "work"),)
        assert contact.tags == ("опт", "доставка")
        assert contact.comment is None
        assert [order.number for order in contact.orders] == ["1042", "1041"]
        assert contact.orders[0].items == (Item("Насос", Decimal(2), Decimal("4.10")),)
        assert contact.orders[1].currency == "RUB"
        assert await store.get(contact.contact_id) == contact

    async def test_json_has_exactly_the_shape_of_the_contract(
        self, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        await employ(store_engine, "e1", "Пётр")
        contact = await store.create(FULL)
        await store.add_note(contact.contact_id, "перезвонить", "Пётр", call_id="c1")
        written = contact_as_json(await store.get(contact.contact_id))
        note_id = written["notes"][0].pop("note_id")
        assert note_id
        assert written == {
            "contact_id": contact.contact_id,
            "version": 1,
            "kind": "person",
            "name": "Анна Соколова",
            "organisation": "ООО «Ромашка»",
            "organisation_id": None,
            "position": "закупки",
            "phones": [
                {"number": "+74959195557", "presented": "8 (495) 919-55-57", "label": "офис"},
                {"number": "+79161234567", "presented": "+7 916 123-45-67", "label": None},
            ],
            "emails": [{"email": "anna@romashka.example", "label": "work"}],
            "addresses": [],
            "manager": {"employee_id": "e1", "name": "Пётр"},
            "deputies": [],
            "segment": "vip",
            "tags": ["опт", "доставка"],
            "vip": True,
            "city": "Москва",
            "comment": None,
            "custom": {},
            "orders": [
                {
                    "number": "1042",
                    "date": "2026-11-19",
                    "status": "отгружен",
                    "total": "84300.50",
                    "currency": "RUB",
                    "items": [{"name": "Насос", "quantity": "2", "price": "4.10"}],
                },
                {
                    "number": "1041",
                    "date": "2026-11-02",
                    "status": "доставлен",
                    "total": "1200.00",
                    "currency": "RUB",
                    "items": [],
                },
            ],
            "notes": [{"text": "перезвонить", "author": "Пётр", "at": "2026-11-23T09:00:02.000Z", "call_id": "c1"}],
            "created_at": "2026-11-23T09:00:01.000Z",
            "updated_at": "2026-11-23T09:00:01.000Z",
        }
        assert contact_summary_as_json(contact) == {
            "contact_id": contact.contact_id,
            "name": "Анна Соколова",
            "organisation": "ООО «Ромашка»",
        }

    async def test_a_change_counts_the_version_up_and_leaves_orders_that_it_does_not_name(
        self, store: ContactStore
    ) -> None:
        contact = await store.create(draft("Анна", "+74959195557", orders=(Order("1"),), external_id="7"))
        changed = await store.update(contact.contact_id, 1, draft("Анна Соколова", "+79161234567"))
        assert (changed.version, changed.name) == (2, "Анна Соколова")
        assert [phone.number for phone in changed.phones] == ["+79161234567"]
        assert [order.number for order in changed.orders] == ["1"]
        assert changed.updated_at > contact.updated_at
        assert (await store.update(contact.contact_id, 2, draft(orders=()))).orders == ()

    async def test_the_second_of_two_who_changed_the_same_version_is_told(self, store: ContactStore) -> None:
        contact = await store.create(draft("Анна"))
        await store.update(contact.contact_id, 1, draft("Анна первая"))
        with pytest.raises(ChangedMeanwhile, match="version 2, not 1"):
            await store.update(contact.contact_id, 1, draft("Анна вторая"))
        assert (await store.get(contact.contact_id)).name == "Анна первая"

    async def test_a_contact_that_is_not_there(self, store: ContactStore) -> None:
        with pytest.raises(NoSuchContact):
            await store.get("nobody")
        with pytest.raises(NoSuchContact):
            await store.update("nobody", 1, draft())
        with pytest.raises(NoSuchContact):
            await store.add_note("nobody", "text", None)
        with pytest.raises(NoSuchContact):
            await store.link_call("nobody", "c1")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            (draft(" "), "name"),
            (draft("x" * 301), "name"),
            (draft("Анна", "no number"), "phones"),
            (draft("Анна", *[f"+7916{i:07}" for i in range(51)]), "phones"),
            (draft("Анна", emails=(Email("anna"),)), "emails"),
            (draft("Анна", manager_id="nobody"), "manager"),
            (draft("Анна", orders=(Order(" "),)), "orders"),
            (draft("Анна", orders=(Order("1"), Order("1"))), "orders"),
            (draft("Анна", orders=(Order("1", total=Decimal("NaN")),)), "orders"),
            (draft("Анна", orders=(Order("1", total=Decimal("1E+999999999999999999")),)), "orders"),
            (draft("Анна", orders=(Order("1", total=Decimal("1e99")),)), "orders"),
            (draft("Анна", orders=(Order("1", currency="рубль"),)), "orders"),
        ],
    )
    async def test_what_cannot_be_written_is_refused_by_field_and_nothing_is_kept(
        self, store: ContactStore, wrong: ContactDraft, field: str
    ) -> None:
        with pytest.raises(ContactInvalid) as refusal:
            await store.create(wrong)
        assert refusal.value.field == field
        assert (await store.search()).items == ()

    async def test_an_external_id_is_given_once(self, store: ContactStore) -> None:
        await store.create(draft("Анна", external_id="7"))
        with pytest.raises(ContactInvalid, match="external id"):
            await store.create(draft("Борис", external_id="7"))

    @given(name=st.text(ANY, min_size=1, max_size=300), comment=st.text(ANY, max_size=200))
    def test_any_text_is_either_tidied_or_refused(self, name: str, comment: str) -> None:
        plan = NumberingPlan("RU")
        if not typed(name).strip():
            with pytest.raises(ContactInvalid, match="needs a name"):
                draft(name, comment=comment).checked(plan)
            return
        tidied = draft(name, comment=comment).checked(plan)
        assert tidied.checked(plan) == tidied
        assert not re.search("[\x00-\x08\ud800-\udfff]", tidied.name + (tidied.comment or ""))
        json.dumps(contact_values(tidied), ensure_ascii=False).encode()


class TestNotesAndCalls:
    async def test_notes_are_newest_first(self, store: ContactStore) -> None:
        contact = await store.create(draft())
        await store.add_note(contact.contact_id, "первая", "Пётр")
        await store.add_note(contact.contact_id, "вторая", None)
        assert [note.text for note in (await store.get(contact.contact_id)).notes] == ["вторая", "первая"]

    async def test_a_note_is_taken_back_by_who_wrote_it_and_by_nobody_else(self, store: ContactStore) -> None:
        contact, other = await store.create(draft()), await store.create(draft())
        mine = await store.add_note(contact.contact_id, "первая", "Пётр")
        theirs = await store.add_note(contact.contact_id, "вторая", "Анна")
        assert not await store.remove_note(contact.contact_id, theirs.note_id, "Пётр")
        assert not await store.remove_note(other.contact_id, mine.note_id, "Пётр")
        assert await store.remove_note(contact.contact_id, mine.note_id, "Пётр")
        assert not await store.remove_note(contact.contact_id, mine.note_id, "Пётр")
        assert [note.text for note in (await store.get(contact.contact_id)).notes] == ["вторая"]

    async def test_an_empty_note_is_refused(self, store: ContactStore) -> None:
        contact = await store.create(draft())
        with pytest.raises(ContactInvalid):
            await store.add_note(contact.contact_id, "  ", None)

    async def test_a_call_is_linked_when_its_unknown_caller_is_saved(self, store: ContactStore) -> None:
        contact = await store.create(draft(), call_id="c1")
        assert await store.calls_of(contact.contact_id) == {"c1"}
        assert await store.contact_of_call("c1") == contact
        assert await store.contact_of_call("c2") is None

    async def test_the_last_link_of_a_call_counts(self, store: ContactStore) -> None:
        anna, boris = await store.create(draft("Анна"), call_id="c1"), await store.create(draft("Борис"))
        await store.link_call(boris.contact_id, "c1")
        assert await store.calls_of(anna.contact_id) == frozenset()
        assert await store.calls_of(boris.contact_id) == {"c1"}


class TestCardForNumber:
    async def test_an_unknown_number_has_none(self, cards: CardReader) -> None:
        assert await owners(cards, "+74959195557") == []

    async def test_every_number_of_a_contact_leads_to_its_whole_card(
        self, store: ContactStore, cards: CardReader, store_engine: AsyncEngine
    ) -> None:
        await employ(store_engine, "e1", "Пётр")
        contact = await store.create(FULL)
        assert await owners(cards, "+74959195557") == [contact]
        assert await owners(cards, "+79161234567") == [contact]

    async def test_of_two_with_one_number_both_are_found_the_person_first(
        self, store: ContactStore, cards: CardReader
    ) -> None:
        company = await store.create(draft("Ромашка", "+74959195557", kind=Kind.ORGANISATION))
        anna = await store.create(draft("Анна", "+74959195557"))
        company = await store.update(company.contact_id, 1, draft("Ромашка", "84959195557", kind=Kind.ORGANISATION))
        assert await owners(cards, "+74959195557") == [anna, company]

    async def test_of_two_persons_the_one_talked_to_or_changed_last_is_first(
        self, store: ContactStore, cards: CardReader
    ) -> None:
        anna = await store.create(draft("Анна", "+74959195557"))
        boris = await store.create(draft("Борис", "+74959195557"))
        assert [card.name for card in await owners(cards, "+74959195557")] == ["Борис", "Анна"]
        await store.link_call(anna.contact_id, "c1")
        assert [card.name for card in await owners(cards, "+74959195557")] == ["Анна", "Борис"]
        await store.update(boris.contact_id, 1, draft("Борис", "+74959195557"))
        assert [card.name for card in await owners(cards, "+74959195557")] == ["Борис", "Анна"]

    async def test_at_most_twenty_share_a_number(self, store: ContactStore, cards: CardReader) -> None:
        for place in range(25):
            await store.create(draft(f"Анна {place}", "+74959195557"))
        assert len(await owners(cards, "+74959195557")) == 20

    async def test_the_reader_cannot_write(self, sqlite_store_url: str) -> None:
        cards = SqliteCardReader(sqlite_path(sqlite_store_url))
        with pytest.raises(Exception, match="readonly"):
            cards._connection.execute("DELETE FROM contacts")
        await cards.close()

    def test_a_database_that_is_not_there_is_an_error_of_storage(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseUnreachable):
            SqliteCardReader(tmp_path / "missing" / "db")

    async def test_a_database_without_tables_is_an_error_of_storage(self, tmp_path: Path) -> None:
        cards = SqliteCardReader(tmp_path / "empty.db")
        with pytest.raises(StorageError, match="not migrated"):
            await owners(cards, "+74959195557")
        await cards.close()


class TestSearch:
    @pytest.fixture
    async def anna(self, store: ContactStore) -> Contact:
        await store.create(draft("Борис Ёлкин", "+79261112233", emails=(Email("boris@example.com"),)))
        anna = await store.create(draft("Анна Соколова", "8 (495) 919-55-57", organisation="ООО «Ромашка_1»"))
        await store.create(draft("Reception", "101"))
        return anna

    async def test_by_number_in_any_spelling(self, store: ContactStore, anna: Contact) -> None:
        spellings = ("+74959195557", "84959195557", "(495) 919 55 57", "9195557", "00 7 4959195557")
        assert [(await store.search(number=number)).items for number in spellings] == [(anna,)] * len(spellings)

    async def test_by_part_of_name_organisation_or_number(self, store: ContactStore, anna: Contact) -> None:
        asked = ["анна", "СОКОЛ", "анна ромашка", "«ромашка_1»", "_1", "9195557", "919-55", " анна  сок", "анна\ud800"]
        assert {q: (await store.search(q=q)).items for q in asked} == dict.fromkeys(asked, (anna,))

    async def test_signs_of_the_query_language_mean_themselves(self, store: ContactStore, anna: Contact) -> None:
        asked = ["%", "_2", "анна борис", "' OR 1=1 --", "919-56", "\\"]
        assert {q: (await store.search(q=q)).items for q in asked} == dict.fromkeys(asked, ())

    async def test_an_extension_is_found_as_it_is_written(self, store: ContactStore, anna: Contact) -> None:
        assert [contact.name for contact in (await store.search(number="101")).items] == ["Reception"]
        assert (await store.search(number="102")).items == ()

    async def test_pages_join_without_gap_or_double(self, store: ContactStore) -> None:
        for place in range(7):
            await store.create(draft(f"Анна {place}"))
        seen: list[str] = []
        before: str | None = None
        for _ in range(10):
            page = await store.search(limit=3, before=before)
            seen += [contact.name for contact in page.items]
            before = page.next
            if before is None:
                break
        assert seen == [f"Анна {place}" for place in reversed(range(7))]

    async def test_a_page_that_ends_exactly_has_no_next(self, store: ContactStore) -> None:
        for _ in range(3):
            await store.create(draft())
        assert (await store.search(limit=3)).next is None

    def test_folding(self) -> None:
        assert folded("  Ёлка\tИ  ELKA ") == "елка и elka"


class TestBulk:
    async def test_the_second_time_nothing_changes(self, store_engine: AsyncEngine, store: ContactStore) -> None:
        drafts = [draft(f"Анна {i}", f"+7916000000{i}", external_id=str(i)).checked(store.plan) for i in range(5)]
        assert await put_contacts(store_engine, drafts, NOW) == Written(created=5)
        before = (await store.search()).items
        assert await put_contacts(store_engine, drafts, NOW) == Written(unchanged=5)
        assert (await store.search()).items == before

    async def test_only_what_differs_is_written(self, store_engine: AsyncEngine, store: ContactStore) -> None:
        drafts = [
            draft(f"Анна {i}", f"+7916000000{i}", external_id=str(i), orders=(Order("1"),)).checked(store.plan)
            for i in range(3)
        ]
        await put_contacts(store_engine, drafts, NOW)
        drafts[1] = draft("Анна новая", "+79990000000", external_id="1", orders=(Order("2"),)).checked(store.plan)
        assert await put_contacts(store_engine, drafts, NOW) == Written(updated=1, unchanged=2)
        changed = (await store.search(q="новая")).items[0]
        assert changed.version == 2
        assert [phone.number for phone in changed.phones] == ["+79990000000"]
        assert [order.number for order in changed.orders] == ["2", "1"]

    async def test_orders_find_their_contact_by_its_external_id(
        self, store_engine: AsyncEngine, store: ContactStore
    ) -> None:
        contact = await store.create(draft("Анна", external_id="7", orders=(Order("1", status="новый"),)))
        missing = await put_orders(store_engine, [("7", Order("1", status="отгружен")), ("8", Order("2"))])
        assert missing == ["8"]
        assert (await store.get(contact.contact_id)).orders == (Order("1", status="отгружен"),)

    async def test_whoever_looks_after_a_card_has_to_work_here(self, store: ContactStore) -> None:
        stranger = "0" * 64  # longer than any id: PostgreSQL would not even look
        contact = await store.create(draft("Анна"))
        for field, changes in (("manager", {"manager_id": stranger}), ("deputies", {"deputy_ids": (stranger,)})):
            wrong = draft("Борис", **changes)
            with pytest.raises(ContactInvalid, match=f"{field}.*no employee"):
                await store.create(wrong)
            with pytest.raises(ContactInvalid, match=f"{field}.*no employee"):
                await store.update(contact.contact_id, contact.version, wrong)
        assert [each.name for each in (await store.search()).items] == ["Анна"]

    async def test_a_batch_is_written_whole_or_not(self, store_engine: AsyncEngine, store: ContactStore) -> None:
        drafts = [draft("Анна"), draft("Борис", manager_id="nobody")]
        with pytest.raises(ContactInvalid, match="no employee nobody"):
            await put_contacts(store_engine, drafts, NOW)
        assert (await store.search()).items == ()


async def test_the_disk_being_full_is_told_and_nothing_is_half_written(
    sqlite_store_url: str, open_store: Callable[[str], AsyncEngine]
) -> None:
    store_engine, cards = open_store(sqlite_store_url), open_cards(sqlite_store_url)
    store = ContactStore(store_engine, cards, NumberingPlan("RU"))
    contact = await store.create(draft("Анна", "+74959195557"))

    def fill(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(store_engine.sync_engine, "checkout", fill)
    with pytest.raises(StorageError, match="disk is full"):
        await store.update(contact.contact_id, 1, draft("Борис", "+74959195557", comment="x" * 19_000))
    event.remove(store_engine.sync_engine, "checkout", fill)
    assert await owners(cards, "+74959195557") == [contact]
    await cards.close()
