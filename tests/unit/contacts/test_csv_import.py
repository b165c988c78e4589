"""Importing contacts and orders: encodings, separators, columns, bad rows, and doing it twice."""

import os
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts import csv_import
from ringcard.contacts.bulk import Written
from ringcard.contacts.csv_import import (
    COLUMNS,
    ORDER_COLUMNS,
    ImportReport,
    import_contacts,
    import_orders,
    meaning_of,
)
from ringcard.contacts.csv_table import (
    CellInvalid,
    TableUnreadable,
    amount,
    currency,
    day,
    encoding_of,
    open_table,
    several,
    yes,
)
from ringcard.contacts.model import Contact, Item, Kind, Order
from ringcard.contacts.store import ContactStore
from ringcard.storage import writing

NOW = datetime.fromisoformat("2026-11-23T12:00:00Z")
GUIDE = Path(__file__).parents[3] / "docs/howto/import-contacts.md"

Importer = Callable[..., Any]


@pytest.fixture
def imported(store_engine: AsyncEngine, store: ContactStore, tmp_path: Path) -> Importer:
    async def run(content: str | bytes, **more: Any) -> ImportReport:
        path = tmp_path / "contacts.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return await import_contacts(store_engine, path, store.plan, NOW, **more)

    return run


@pytest.fixture
def orders_imported(store_engine: AsyncEngine, tmp_path: Path) -> Importer:
    async def run(content: str) -> ImportReport:
        path = tmp_path / "orders.csv"
        path.write_text(content)
        return await import_orders(store_engine, path)

    return run


async def only(store: ContactStore) -> Contact:
    (contact,) = (await store.search()).items
    return contact


RUSSIAN = (
    "Код;ФИО;Организация;Должность;Телефон;Телефон 2;Почта;Сегмент;Теги;VIP;Город;Комментарий\n"
    "7;Соколова Анна;«Ромашка»;закупки;8 (495) 919-55-57 доб. 12;+7 916 123-45-67;anna@romashka.example;"
    "опт;доставка, срочно;да;Москва;перезвонить\n"
)


class TestFormats:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    async def test_every_usual_encoding_gives_the_same_contact(
        self, imported: Importer, store: ContactStore, encoding: str, ending: str
    ) -> None:
        report = await imported(RUSSIAN.replace("\n", ending).encode(encoding))
        assert report.problems == []
        contact = await only(store)
        assert contact.name == "Соколова Анна"
        assert contact.organisation == "«Ромашка»"
        assert [(phone.number, phone.label) for phone in contact.phones] == [
            ("+74959195557", "доб. 12"),
            ("+79161234567", None),
        ]
        assert contact.tags == ("доставка", "срочно")
        assert contact.vip
        assert contact.comment == "перезвонить"

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    async def test_the_separator_is_found(self, imported: Importer, store: ContactStore, separator: str) -> None:
        report = await imported(f'Name{separator}Phone\n"Anna; B, C"{separator}+74959195557\n')
        assert report.separator == separator
        assert (await only(store)).name == "Anna; B, C"

    def test_a_character_split_between_two_chunks_is_no_reason_for_cp1251(self, tmp_path: Path) -> None:
        path = tmp_path / "long.csv"
        path.write_bytes(b"x" * ((1 << 16) - 1) + "я".encode() * 100)
        assert encoding_of(path) == "utf-8-sig"

    async def test_english_names_and_several_phones_in_a_cell(self, imported: Importer, store: ContactStore) -> None:
        await imported('First Name,Last Name,E-mail,Phone\nAnna,Sokolova,a@b.example,"+74959195557; 8 916 123-45-67"\n')
        contact = await only(store)
        assert contact.name == "Sokolova Anna"
        assert [phone.number for phone in contact.phones] == ["+74959195557", "+79161234567"]

    async def test_a_row_with_only_an_organisation_is_one(self, imported: Importer, store: ContactStore) -> None:
        await imported("Компания;Телефон\nООО Ромашка;84959195557\n")
        contact = await only(store)
        assert (contact.kind, contact.name) == (Kind.ORGANISATION, "ООО Ромашка")

    async def test_unknown_columns_go_into_the_comment(self, imported: Importer, store: ContactStore) -> None:
        report = await imported("Имя;Комментарий;День рождения\nАнна;звонить утром;1 мая\n")
        assert report.unknown_columns == ("День рождения",)
        assert (await only(store)).comment == "звонить утром\nДень рождения: 1 мая"

    async def test_a_line_break_inside_quotes_is_part_of_the_cell(
        self, imported: Importer, store: ContactStore
    ) -> None:
        report = await imported('Name;Comment;Phone\nAnna;"one\ntwo";\nBoris;;letters\n')
        assert report.problems[0].line == 4
        assert (await only(store)).comment == "one\ntwo"

    async def test_the_manager_is_found_by_name_or_told(
        self, imported: Importer, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        async with writing(store_engine) as connection:
            await connection.execute(
                sql(
                    "INSERT INTO employees (employee_id, login, name, role, disabled, created_at)"
                    " VALUES ('e1', 'petr', 'Пётр Иванов', 'employee', false, 0)"
                )
            )
        report = await imported(
            "Имя;Менеджер\nАнна;ПЕТР ИВАНОВ\nБорис;Никто\n", managers={"петр иванов": "e1", "petr": "e1"}
        )
        anna, boris = (await store.search(q="анна")).items[0], (await store.search(q="борис")).items[0]
        assert anna.manager is not None
        assert anna.manager.name == "Пётр Иванов"
        assert boris.comment == "Менеджер: Никто"
        assert report.remarks == ["line 3: no employee is called 'Никто'; the name was put into the comment"]


class TestAgain:
    async def test_the_same_file_twice_changes_nothing(self, imported: Importer, store: ContactStore) -> None:
        assert (await imported(RUSSIAN)).written == Written(created=1)
        before = await only(store)
        assert (await imported(RUSSIAN)).written == Written(unchanged=1)
        assert await only(store) == before

    async def test_a_changed_row_changes_its_contact(self, imported: Importer, store: ContactStore) -> None:
        await imported(RUSSIAN)
        before = await only(store)
        assert (await imported(RUSSIAN.replace("Москва", "Казань"))).written == Written(updated=1)
        after = await only(store)
        assert (after.contact_id, after.city, after.version) == (before.contact_id, "Казань", 2)

    async def test_rows_without_an_external_id_are_recognised_too(
        self, imported: Importer, store: ContactStore
    ) -> None:
        rows = "Имя;Телефон\nАнна;84959195557\nБорис;84959195557\n"
        assert (await imported(rows)).written == Written(created=2)
        assert (await imported(rows.replace("84959195557", "+7 495 919-55-57"))).written.created == 0

    async def test_more_rows_than_a_batch(
        self, imported: Importer, store: ContactStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_import, "BATCH", 3)
        done: list[int] = []
        rows = "Id;Name\n" + "".join(f"{i};Anna {i}\n" for i in range(8))
        assert (await imported(rows, progress=done.append)).written == Written(created=8)
        assert done[-1] == 8
        assert len(done) == 3


class TestBadRows:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (";;84959195557", "a contact needs a name"),
            ("1;Анна;телефон", "'телефон' is no phone number"),
            ("1;Анна;;nobody", "'nobody' is no e-mail address"),
            ("1;Анна;;;может быть", "write yes or no"),
            ("1;Анна;;;;робот", "write person or organisation"),
            ("1;Анна;;;;;лишнее", "7 cells, but 6 columns"),
            (f"1;{'А' * 301}", "longer than 300 characters"),
        ],
    )
    async def test_one_is_told_with_its_line_and_what_to_do_and_the_others_are_taken(
        self, imported: Importer, store: ContactStore, row: str, problem: str
    ) -> None:
        report = await imported(f"Код;Имя;Телефон;Почта;VIP;Тип\n8;Борис\n{row}\n9;Вера\n")
        assert [(bad.line, problem in bad.problem) for bad in report.problems] == [(3, True)]
        assert ";".join(report.problems[0].cells) == row
        assert {contact.name for contact in (await store.search()).items} == {"Борис", "Вера"}

    async def test_two_rows_of_one_id_that_differ_are_not_both_taken(
        self, imported: Importer, store: ContactStore
    ) -> None:
        report = await imported("Код;Имя\n1;Анна\n2;Борис\n1;Вера\n")
        assert [(bad.line, "line 2 has the same external id '1'" in bad.problem) for bad in report.problems] == [
            (4, True)
        ]
        assert {contact.name for contact in (await store.search()).items} == {"Анна", "Борис"}

    async def test_short_rows_and_empty_lines_are_no_problem(self, imported: Importer, store: ContactStore) -> None:
        report = await imported("Код;Имя;Телефон\n\n1;Анна\n;;\n")
        assert (report.rows, report.problems) == (1, [])

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "is empty"),
            (b"\n\n", "is empty"),
            (b"foo;bar\n1;2\n", "no column is known"),
            ("Телефон\n84959195557\n".encode(), "no column for the name"),
            (b"PK\x03\x04rest of an xlsx", "save it as CSV"),
            (b"\x7fELF\x00\x00", "save it as CSV"),
        ],
    )
    async def test_a_file_that_is_no_table_is_told(self, imported: Importer, content: bytes, problem: str) -> None:
        with pytest.raises(TableUnreadable, match=problem):
            await imported(content)

    async def test_a_cell_of_a_megabyte_is_told(self, imported: Importer) -> None:
        with pytest.raises(TableUnreadable, match="line 2"):
            await imported("Имя;Комментарий\nАнна;" + "x" * 1_000_000)

    async def test_a_file_that_is_not_there(
        self, store_engine: AsyncEngine, store: ContactStore, tmp_path: Path
    ) -> None:
        with pytest.raises(TableUnreadable, match="cannot be read"):
            await import_contacts(store_engine, tmp_path / "missing.csv", store.plan, NOW)

    @given(garbage=st.binary(max_size=400))
    def test_no_bytes_raise_anything_else(self, tmp_path_factory: pytest.TempPathFactory, garbage: bytes) -> None:
        path = tmp_path_factory.getbasetemp() / "garbage.csv"
        path.write_bytes(b"Name;Phone\n" + garbage)
        try:
            table = open_table(path, lambda name: meaning_of(name) is not None)
            for row in table.rows:
                assert row.line >= 2
        except TableUnreadable:
            pass
        finally:
            os.unlink(path)


class TestOrders:
    async def test_they_come_in_columns_of_the_contacts(self, imported: Importer, store: ContactStore) -> None:
        rows = (
            "Код;Имя;Номер заказа;Дата заказа;Статус заказа;Сумма заказа;Валюта\n"
            "7;Анна;1041;02.11.2026;доставлен;1200;руб.\n"
            "7;Анна;1042;2026-11-19;отгружен;84 300,50 ₽;RUB\n"
        )
        report = await imported(rows)
        assert (report.written, report.orders, report.problems) == (Written(created=1), 2, [])
        assert (await only(store)).orders == (
            Order("1042", date(2026, 11, 19), "отгружен", Decimal("84300.50"), "RUB"),
            Order("1041", date(2026, 11, 2), "доставлен", Decimal(1200), "RUB"),
        )
        assert (await imported(rows)).written == Written(unchanged=1)

    async def test_they_come_in_a_file_of_their_own_with_items(
        self, imported: Importer, orders_imported: Importer, store: ContactStore
    ) -> None:
        await imported(RUSSIAN)
        rows = (
            "Код клиента;Номер;Дата;Статус;Сумма;Валюта;Товар;Количество;Цена\n"
            "7;1042;19.11.2026;отгружен;84300,50;RUB;Насос;2;4,10\n"
            "7;1042;19.11.2026;отгружен;84300,50;RUB;Шланг;1,5;9\n"
            "8;1;19.11.2026;;;;;;\n"
        )
        for _ in range(2):
            report = await orders_imported(rows)
            assert report.orders == 1
            assert [(bad.line, bad.problem) for bad in report.problems] == [
                (4, "no contact has the external id '8': import the contacts first")
            ]
        (order,) = (await only(store)).orders
        assert order.items == (Item("Насос", Decimal(2), Decimal("4.10")), Item("Шланг", Decimal("1.5"), Decimal(9)))

    @pytest.mark.parametrize(
        ("rows", "problem"),
        [
            ("7;;1\n", "both needed|without a number"),
            ("7;1;много\n", "is no sum"),
            ("7;1;1,200\n", "two sums"),
            ("7;1;5\n7;1;6\n", "another date, status or sum"),
            ("7;1;5\n7;2;5\n7;1;5\n", "put its rows together"),
        ],
    )
    async def test_a_bad_order_is_told(
        self, imported: Importer, orders_imported: Importer, rows: str, problem: str
    ) -> None:
        await imported(RUSSIAN)
        report = await orders_imported("Код;Номер;Сумма\n" + rows)
        assert len(report.problems) == 1
        assert re.search(problem, report.problems[0].problem)

    async def test_a_file_without_the_needed_columns(self, orders_imported: Importer) -> None:
        with pytest.raises(TableUnreadable, match="Id"):
            await orders_imported("Номер;Сумма\n1;2\n")


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "sum_"),
        [
            ("84300", "84300"),
            ("84300.5", "84300.5"),
            ("84300,50", "84300.50"),
            ("84 300,50 ₽", "84300.50"),
            ("84\u00a0300,50 руб.", "84300.50"),
            ("84,300.50", "84300.50"),
            ("1.234.567,8", "1234567.8"),
            ("1,234,567", "1234567"),
            ("-5", "-5"),
            ("$12.00", "12.00"),
        ],
    )
    def test_sums(self, cell: str, sum_: str) -> None:
        assert amount(cell) == Decimal(sum_)

    @pytest.mark.parametrize("cell", ["1,200", "12,34,56", "NaN", "1e5", "много", "1 2 3.4.5"])
    def test_what_is_no_sum_or_could_be_two(self, cell: str) -> None:
        with pytest.raises(CellInvalid):
            amount(cell)

    def test_empty_cells(self) -> None:
        assert amount(" - ") is None
        assert day("") is None
        assert currency("нет") is None
        assert several("; ,") == []
        assert yes("") is False

    def test_days_and_currencies(self) -> None:
        assert day("19.11.2026 12:30") == day("2026-11-19T12:30:00Z") == date(2026, 11, 19)
        assert currency("₽") == currency("руб.") == currency("rub") == "RUB"
        for wrong in ("11/19/2026", "31.02.2026", "вчера"):
            with pytest.raises(CellInvalid):
                day(wrong)
        with pytest.raises(CellInvalid):
            currency("тугрик")


class TestColumns:
    def test_case_blanks_underscores_and_numbers_do_not_matter(self) -> None:
        assert meaning_of(" EXTERNAL_ID ") == "external_id"
        assert meaning_of("Телефон 2") == meaning_of("phone2") == meaning_of("Телефон №3") == "phones"
        assert meaning_of("Рост") is None

    def test_no_name_means_two_things(self) -> None:
        for columns in (COLUMNS, ORDER_COLUMNS):
            names = [name for variants in columns.values() for name in variants]
            assert len(names) == len(set(names))

    def test_the_guide_names_exactly_the_columns_that_are_understood(self) -> None:
        guide = GUIDE.read_text(encoding="utf-8")
        for title, columns in (("## Columns of contacts", COLUMNS), ("## Columns of orders", ORDER_COLUMNS)):
            section = guide.split(title, 1)[1].split("\n## ", 1)[0]
            rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE)
            assert {meaning: tuple(names.split(", ")) for meaning, names in rows} == dict(columns)
