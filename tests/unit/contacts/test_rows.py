"""The short ways that an import takes lead where the usual ones do."""

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.contacts.fields import FieldKind, FieldSpec
from ringcard.contacts.imports.drafts import Drafter
from ringcard.contacts.imports.reading import Record
from ringcard.contacts.model import Address, ContactDraft, Email, Item, Kind, Order, Phone
from ringcard.contacts.rows import CONTACT_COLUMNS, list_rows, new_row, new_values
from ringcard.contacts.search_index import document, document_of
from ringcard.contacts.tables import contacts
from ringcard.numbers import NumberingPlan
from ringcard.storage.schema import to_ms

PLAN = NumberingPlan("RU", "495")
NOW = datetime(2026, 11, 28, 12, 0, 0, 123_000, tzinfo=UTC)
FULL = ContactDraft(
    name="Анна Соколова",
    kind=Kind.ORGANISATION,
    organisation="ООО «Ромашка»",
    organisation_id="0" * 26,
    position="Директор",
    phones=(Phone("+74959195557", "8 (495) 919-55-57", "офис"), Phone(None, "12-34", None)),
    emails=(Email("anna@romashka.ru", "work"),),
    addresses=(Address("Тверская, 1", "Москва"),),
    manager_id="1" * 26,
    deputy_ids=("2" * 26,),
    segment="опт",
    tags=("важный", 'с "кавычкой"'),
    vip=True,
    city="Москва",
    comment="первая\nвторая",
    custom={"inn": "7701"},
    external_id="К-1",
    orders=(Order("ЗК-001042", date(2026, 11, 1), "new", Decimal("10.50"), "RUB", (Item("Болт"),)),),
)


def test_checking_a_draft_keeps_every_field() -> None:
    plain = ContactDraft("x")
    said = [each.name for each in fields(ContactDraft) if getattr(FULL, each.name) == getattr(plain, each.name)]
    assert said == [], "FULL says something of every field"
    assert FULL.checked(PLAN, [FieldSpec("inn", "ИНН", FieldKind.TEXT)]) == FULL


@pytest.mark.parametrize("draft", [FULL, ContactDraft("Анна"), ContactDraft("Анна", tags=(), addresses=(), custom={})])
def test_the_values_of_a_new_card_are_those_of_its_row(draft: ContactDraft) -> None:
    row = new_row("3" * 26, draft, NOW)
    assert new_values("3" * 26, draft, to_ms(NOW)) == tuple(
        to_ms(row[name]) if name in ("created_at", "updated_at") else row[name] for name in CONTACT_COLUMNS
    )
    assert set(CONTACT_COLUMNS) == row.keys()
    assert [column.name for column in contacts.columns if column.name not in CONTACT_COLUMNS] == ["talked_at"]


def test_every_list_of_a_card_has_rows() -> None:
    assert {table.name: len(rows) for table, rows in list_rows("3" * 26, FULL)} == {
        "contact_phones": 2,
        "contact_emails": 1,
        "contact_memberships": 1,
        "contact_deputies": 1,
        "contact_orders": 1,
    }


def test_a_drafter_that_is_told_to_makes_the_documents_of_its_drafts() -> None:
    drafter = Drafter(["Имя", "Телефон"], ["name", "phones"], PLAN)
    record = Record(2, ["Анна Соколова", "8 (495) 919-55-57"])
    (without,) = drafter.entries(iter([record]))
    assert without.document is None
    drafter.with_documents = True
    (entry,) = drafter.entries(iter([record]))
    assert entry.draft == without.draft
    assert entry.draft is not None
    assert entry.document == document_of(entry.draft)


@given(st.one_of(st.text(max_size=20), st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True)))
def test_the_digits_of_a_number_are_its_digits_however_it_is_written(number: str) -> None:
    digits = "".join(each for each in number if each in "0123456789")
    assert document("", None, [], [], [number])["digits"] == f" {digits if len(digits) >= 3 else ''} "
