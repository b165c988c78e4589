"""Searching contacts as somebody types, on each database: what is found, in which order, and why."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.test_contact_store import employ

from ringcard.contacts.bulk import put_contacts, put_orders
from ringcard.contacts.fields import FieldKind, FieldSpec
from ringcard.contacts.model import ContactDraft, Email, Kind, Order, Phone
from ringcard.contacts.search import MOST_CANDIDATES, NEWEST_LOOKED_THROUGH, FoundIn
from ringcard.contacts.search_index import ensure, index
from ringcard.contacts.store import ContactStore
from ringcard.contacts.tables import contact_search, contacts
from ringcard.people.store import EmployeeStore
from ringcard.storage import reading, writing

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def draft(name: str, *phones: str, **fields: object) -> ContactDraft:
    return ContactDraft(name=name, phones=tuple(Phone(None, number) for number in phones), **fields)  # type: ignore[arg-type]


IVANOV = draft(
    "Иванов Пётр Сергеевич",
    "8 (916) 123-45-67",
    organisation="ООО «Ромашка»",
    emails=(Email("p.ivanov@romashka.example"),),
    orders=(Order("ЗК-001042"),),
)


async def found(store: ContactStore, q: str) -> list[str]:
    return [contact.name for contact in (await store.search(q=q)).items]


class TestWhatIsFound:
    @pytest.fixture(autouse=True)
    async def _cards(self, store: ContactStore) -> None:
        await store.create(IVANOV)
        await store.create(draft("Юрьева Ксения", "+49 30 901820", organisation="Acme GmbH"))
        await store.create(draft("Wolfgang Schmidt", "101"))

    async def test_ivanov(self, store: ContactStore) -> None:
        asked = [
            "ив", "ИВАНОВ", "петр", "Пётр иванов", "серг ив", "ivanov", "Iwanow", "petr", "ivanov petr",
            "ромаш", "romashka", "p.ivanov", "p.ivanov@romashka", "зк-001", "ЗК-001042", "1042", "zk 1042",
            "916", "9161", "1234", "4567", "123-45", "8 916 123", "+7 (916) 123-45-67", "79161234567",
            "89161234567", "9161234567", "иван 916", "4567 иванов", "916 123 петр",
        ]  # fmt: skip
        assert {q: await found(store, q) for q in asked} == {q: [IVANOV.name] for q in asked}

    async def test_however_a_name_is_spelt_in_latin(self, store: ContactStore) -> None:
        asked = [
            "юрьева", "yur", "yuryeva", "Jurjeva", "iurieva", "xenia", "Kseniya", "кс", "0049 30 9018",
        ]  # fmt: skip
        assert {q: await found(store, q) for q in asked} == {q: ["Юрьева Ксения"] for q in asked}

    async def test_a_latin_name_in_cyrillic(self, store: ContactStore) -> None:
        asked = [
            "шмидт", "Schmidt", "shmidt", "вольфганг", "wolf", "schmidt wo", "101",
        ]  # fmt: skip
        assert {q: await found(store, q) for q in asked} == {q: ["Wolfgang Schmidt"] for q in asked}

    async def test_what_nobody_has(self, store: ContactStore) -> None:
        asked = [
            "ванов", "петров", "иванов юрьева", "9162", "ООО «Лютик»", "@", "%", "_", '"', "*", "'",
        ]  # fmt: skip
        assert {q: await found(store, q) for q in asked} == {q: [] for q in asked}

    async def test_the_other_keyboard_layout_is_tried_when_nothing_is_found(self, store: ContactStore) -> None:
        page = await store.search(q="bdfyjd")
        assert [contact.name for contact in page.items] == [IVANOV.name]
        assert page.read_as == "иванов"
        page = await store.search(q="ысрьшве")
        assert [contact.name for contact in page.items] == ["Wolfgang Schmidt"]
        assert (await store.search(q="иванов")).read_as is None

    async def test_only_a_blank_is_no_question(self, store: ContactStore) -> None:
        assert len((await store.search(q="  ")).items) == 3

    async def test_a_number_and_words_are_both_asked(self, store: ContactStore) -> None:
        assert [c.name for c in (await store.search(q="ив", number="+79161234567")).items] == [IVANOV.name]
        assert (await store.search(q="юр", number="+79161234567")).items == ()

    async def test_words_beyond_what_is_typed_by_hand_are_not_asked(self, store: ContactStore) -> None:
        assert await found(store, "иванов " * 500) == [IVANOV.name]


class TestTheOrder:
    async def test_exact_then_whole_words_then_beginnings_then_the_rest(self, store: ContactStore) -> None:
        await store.create(draft("Анна", emails=(Email("petr@acme.example"),)))
        await store.create(draft("Петрова Ольга"))
        await store.create(draft("Сидоров Петр"))
        await store.create(draft("Петр"))
        await store.create(draft("Анна Другая", emails=(Email("x.petrova@acme.example"),)))
        assert await found(store, "петр") == ["Петр", "Сидоров Петр", "Анна", "Петрова Ольга", "Анна Другая"]

    async def test_among_equals_who_was_talked_to_last(self, store: ContactStore) -> None:
        first = await store.create(draft("Петров Один"))
        await store.create(draft("Петров Два"))
        third = await store.create(draft("Петров Три"))
        assert await found(store, "петров") == ["Петров Три", "Петров Два", "Петров Один"]
        await store.link_call(third.contact_id, "c1")
        await store.link_call(first.contact_id, "c2")
        assert await found(store, "петров") == ["Петров Один", "Петров Три", "Петров Два"]

    async def test_who_was_talked_to_is_found_among_more_than_are_looked_at(
        self, store: ContactStore, store_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ringcard.contacts.search.MOST_CANDIDATES", 3)
        old = await store.create(draft("Петрова Старая"))
        await put_contacts(store_engine, [draft(f"Петрова {n}").checked(store.plan) for n in "абвгдежз"], NOW)
        await store.link_call(old.contact_id, "c1")
        assert (await found(store, "петр"))[0] == "Петрова Старая"

    async def test_the_whole_word_is_found_among_more_beginnings_than_are_looked_at(
        self, store: ContactStore, store_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ringcard.contacts.search.MOST_CANDIDATES", 3)
        await put_contacts(store_engine, [draft(f"Петрова {n}").checked(store.plan) for n in "абвгд"], NOW)
        await store.create(draft("Петр Первый"))
        await put_contacts(store_engine, [draft(f"Петрова {n}").checked(store.plan) for n in "ежзик"], NOW)
        assert (await found(store, "петр"))[0] == "Петр Первый"

    async def test_digits_that_are_all_the_same_are_found_in_orders_and_in_numbers(
        self, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        many = [draft(f"Card {place}", orders=(Order(f"ЗК-{place:07}"),)) for place in range(2_000, 2_200)]
        await put_contacts(
            store_engine,
            [
                *many,
                draft("Анна", orders=(Order("ЗК-0000042"),)),
                draft("Борис", orders=(Order("77712"),)),
                draft("Вера", "8 (916) 100-00-45"),
                draft("Семья", orders=(Order("ЗК-7770001"),)),
            ],
            NOW,
        )
        assert set(await found(store, "0000")) == {"Анна", "Вера"}
        assert await found(store, "00000") == ["Анна"]
        assert await found(store, "анна 00000") == ["Анна"]
        assert await found(store, "вера 00000") == []
        assert set(await found(store, "777")) == {"Борис", "Семья"}
        assert await found(store, "777 борис") == ["Борис"]

    async def test_a_beginning_that_most_of_the_newest_have_is_found_in_the_oldest_by_its_whole_word(
        self, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        await store.create(draft("Ива"))
        await put_contacts(store_engine, [draft(f"Иванов {place}") for place in range(NEWEST_LOOKED_THROUGH)], NOW)
        names = [contact.name for contact in (await store.search(q="ива", limit=100)).items]
        assert names[0] == "Ива"
        assert len(names) == len(set(names)) == 100

    async def test_who_sees_few_cards_finds_them_among_more_than_are_looked_at(
        self, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        anna, boris = [
            (await EmployeeStore(store_engine).add(login, login.title())).employee_id for login in ("anna", "boris")
        ]
        mine = draft("Петрова Старая", "+7 916 000-00-00", manager_id=anna)
        await put_contacts(store_engine, [mine.checked(store.plan)], NOW)
        deputy = await store.create(draft("Петрова Вторая", "+7 916 000-00-01", manager_id=boris, deputy_ids=(anna,)))
        many = [draft(f"Петрова {n}", f"+7 916 {n:07}", manager_id=boris) for n in range(200, 500)]
        assert len(many) > MOST_CANDIDATES
        await put_contacts(store_engine, [each.checked(store.plan) for each in many], NOW)
        for q in ("петр", "петрова", "916", "петр 916", "петрова 79160000"):
            page = await store.search(q=q, managers=[anna])
            assert {each.name for each in page.items} == {"Петрова Старая", "Петрова Вторая"}, q
        assert (await store.search(q="петр", managers=[])).items == ()
        await store.update(deputy.contact_id, 1, draft("Петрова Вторая", manager_id=boris, deputy_ids=()))
        assert [each.name for each in (await store.search(q="петр", managers=[anna])).items] == ["Петрова Старая"]

    async def test_a_whole_number_comes_before_a_part_of_one(self, store: ContactStore) -> None:
        await store.create(draft("Приёмная", "1234"))
        await store.create(draft("Анна", "+7 912 345-67-89"))
        assert await found(store, "1234") == ["Приёмная", "Анна"]


class TestOwnFields:
    """The company's own fields are searched as an order's number is."""

    @pytest.fixture(autouse=True)
    async def _fields(self, store: ContactStore) -> None:
        store.use_fields(
            [
                FieldSpec("contract", "Contract"),
                FieldSpec("truck", "Truck"),
                FieldSpec("debt", "Debt", FieldKind.YES_NO),
            ]
        )
        await store.create(draft("Анна", custom={"contract": "ДГ-00117/24", "truck": "Scania", "debt": "yes"}))
        await store.create(draft("Борис", custom={"contract": "ДГ-00118/24", "debt": "yes"}))

    async def test_a_card_is_found_by_what_is_in_them(self, store: ContactStore) -> None:
        for asked in ("дг-00117", "117", "00117/24", "скания", "anna scan"):
            assert await found(store, asked) == ["Анна"], asked
        assert sorted(await found(store, "дг")) == ["Анна", "Борис"]

    async def test_a_mere_yes_finds_nobody(self, store: ContactStore) -> None:
        assert await found(store, "yes") == []

    async def test_a_change_is_found_and_what_was_before_is_not(self, store: ContactStore) -> None:
        anna = (await store.search(q="117")).items[0]
        await store.update(anna.contact_id, anna.version, draft("Анна", custom={"contract": "Б-5"}))
        assert await found(store, "б-5") == ["Анна"]
        assert await found(store, "scania") == []

    async def test_documents_made_anew_have_them_too(self, store: ContactStore, store_engine: AsyncEngine) -> None:
        await ensure(store_engine)  # a new store has no version yet: this makes all of them
        assert await found(store, "117") == ["Анна"]

    async def test_the_place_is_told(self, store: ContactStore) -> None:
        page = await store.search(q="117")
        (places,) = page.matches.values()
        assert places == (FoundIn("custom", "ДГ-00117/24", 5, 8),)


class TestWhoseCards:
    """With `managers`, a card is found by everybody who looks after it, and by nobody else."""

    @pytest.fixture(autouse=True)
    async def _cards(self, store: ContactStore, store_engine: AsyncEngine) -> None:
        for employee_id in ("e1", "e2", "e3"):
            await employ(store_engine, employee_id, employee_id)
        await store.create(draft("Иванов", "+79161234567", manager_id="e1", deputy_ids=("e2",)))
        await store.create(draft("Иванова", "+79161234567", manager_id="e2"))
        await store.create(draft("Иваненко", "+79161234567"))

    @pytest.mark.parametrize("asked", [{}, {"q": "иван"}, {"number": "89161234567"}, {"q": "1234567"}])
    @pytest.mark.parametrize(
        ("managers", "names"),
        [
            ({"e1"}, {"Иванов"}),
            ({"e2"}, {"Иванов", "Иванова"}),
            ({"e1", "e2"}, {"Иванов", "Иванова"}),
            ({"e3"}, set()),
            (set(), set()),
            (None, {"Иванов", "Иванова", "Иваненко"}),
        ],
    )
    async def test_manager_and_deputies_find_it(
        self, store: ContactStore, asked: dict[str, str], managers: set[str] | None, names: set[str]
    ) -> None:
        page = await store.search(managers=managers, **asked)  # type: ignore[arg-type]
        assert {contact.name for contact in page.items} == names


class TestWhy:
    async def test_each_contact_says_where_it_has_what_was_typed(self, store: ContactStore) -> None:
        name, firm, phone = IVANOV.name, "ООО «Ромашка»", "8 (916) 123-45-67"
        why = {
            "иван": [FoundIn("name", name, 0, 4)],
            "iva": [FoundIn("name", name, 0, 6)],
            "петр ром": [FoundIn("name", name, 7, 11), FoundIn("organisation", firm, 5, 8)],
            "romashka.ex": [
                FoundIn("organisation", firm, 5, 12),
                FoundIn("email", "p.ivanov@romashka.example", 18, 20),
            ],
            "1042": [FoundIn("order", "ЗК-001042", 5, 9)],
            "1 234": [FoundIn("phone", phone, 8, 13)],
            "7916123": [FoundIn("phone", phone, 0, 17)],
        }
        contact = await store.create(IVANOV)
        assert {q: list((await store.search(q=q)).matches[contact.contact_id]) for q in why} == why


class TestInStep:
    """The documents are written by the transaction that writes the card."""

    async def test_a_change_is_found_and_what_was_before_is_not(self, store: ContactStore) -> None:
        contact = await store.create(IVANOV)
        await store.update(contact.contact_id, 1, draft("Лютикова Анна", "+7 495 919-55-57"))
        assert await found(store, "лютикова 9195") == ["Лютикова Анна"]
        assert await found(store, "1042") == ["Лютикова Анна"], "the orders stayed"
        for gone in ("иванов", "ромашка", "9161"):
            assert await found(store, gone) == []

    async def test_what_is_deleted_is_not_found(self, store: ContactStore, store_engine: AsyncEngine) -> None:
        contact = await store.create(IVANOV)
        async with writing(store_engine) as connection:
            await connection.execute(delete(contacts).where(contacts.c.contact_id == contact.contact_id))
        assert await found(store, "иванов") == await found(store, "9161234567") == []
        async with reading(store_engine) as connection:
            assert (await connection.execute(select(contact_search))).all() == []

    async def test_a_batch_of_new_and_changed_contacts(self, store: ContactStore, store_engine: AsyncEngine) -> None:
        first = draft("Иванов", "+79160000001", external_id="1").checked(store.plan)
        await put_contacts(store_engine, [first], NOW)
        again = draft("Петров", "+79160000001", external_id="1", orders=(Order("A-77"),)).checked(store.plan)
        await put_contacts(store_engine, [again, draft("Новая", external_id="2").checked(store.plan)], NOW)
        await put_orders(store_engine, [("2", Order("B-88"))])
        assert await found(store, "a-77") == ["Петров"]
        assert await found(store, "b-88") == ["Новая"]
        assert await found(store, "иванов") == []

    async def test_a_transaction_that_is_given_up_leaves_the_search_as_it_was(
        self, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        contact = await store.create(IVANOV)

        async def give_up() -> None:
            async with writing(store_engine) as connection:
                this = contacts.c.contact_id == contact.contact_id
                await connection.execute(update(contacts).where(this).values(name="Лютикова"))
                await index(connection, [contact.contact_id])
                raise RuntimeError("given up")

        with pytest.raises(RuntimeError, match="given up"):
            await give_up()
        assert await found(store, "лютикова") == []
        assert await found(store, "иванов") == [IVANOV.name]


class TestMakingAllDocuments:
    async def test_those_of_an_older_version_are_made_anew_once(
        self, store: ContactStore, store_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ringcard.contacts.search_index.AT_ONCE", 2)
        for place in range(5):
            await store.create(draft(f"Иванов {place}"))
        async with writing(store_engine) as connection:
            await connection.execute(delete(contact_search))
        assert await found(store, "иванов") == []
        assert await ensure(store_engine) == 5
        assert len(await found(store, "иванов")) == 5
        assert await ensure(store_engine) == 0
        monkeypatch.setattr("ringcard.contacts.search_index.VERSION", 99)
        assert await ensure(store_engine) == 5
        assert len(await found(store, "иванов")) == 5

    async def test_an_empty_store_has_nothing_to_do(self, store_engine: AsyncEngine) -> None:
        assert await ensure(store_engine) == 0


async def test_any_kind_of_contact_is_found(store: ContactStore) -> None:
    await store.create(draft("Ромашка", kind=Kind.ORGANISATION))
    assert await found(store, "ромашка") == ["Ромашка"]


async def test_text_of_any_script_can_be_written_and_searched(
    store: ContactStore, open_store: Callable[[str], AsyncEngine]
) -> None:
    for name in ("李明", "محمد علي", "प्रिया शर्मा", "Ольга 🌼 Ромашкина", "ẞtraße ﬁn", "𞤀𞤣𞤤𞤢𞤥 X", "¹²³ ٠١٢"):
        await store.create(draft(name))
        assert name in await found(store, name)
