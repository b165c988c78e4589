"""Contacts into files: nothing is lost when they are imported again, and nothing in them runs."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringcard.contacts.exports import writers
from ringcard.contacts.exports.selection import Exported
from ringcard.contacts.fields import FieldKind, FieldSpec
from ringcard.contacts.imports import columns, files
from ringcard.contacts.imports.drafts import Drafter
from ringcard.contacts.imports.reading import FileKind
from ringcard.contacts.model import Address, ContactDraft, Email, Item, Kind, Order, Phone, folded
from ringcard.numbers import NumberingPlan

PLAN = NumberingPlan("RU", area_code="495")
CONTACT_ID = "0" * 26

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd\ufffe\uffff")
    | st.sampled_from("=+-@';,|\"\n"),
    max_size=30,
)
drafts = st.builds(
    ContactDraft,
    name=texts,
    kind=st.sampled_from(Kind),
    organisation=st.none() | texts,
    position=st.none() | texts,
    phones=st.lists(
        st.builds(
            Phone,
            st.none(),
            st.sampled_from(["+7 495 919-55-57", "89161234567", "доб. 5; 12", "101", "8 495 1234567 доб. 12", "(=1)"]),
            st.none() | texts,
        ),
        max_size=4,
    ).map(tuple),
    emails=st.lists(
        st.builds(Email, st.sampled_from(["a@b.example", '"x;y"@b.example', "=c@d.example"]), st.none() | texts),
        max_size=3,
    ).map(tuple),
    segment=st.none() | texts,
    tags=st.lists(texts, max_size=3).map(tuple),
    vip=st.booleans(),
    city=st.none() | texts,
    addresses=st.lists(
        st.builds(Address, *[st.none() | texts] * 6).filter(lambda one: replace(one, label=None) != Address()),
        max_size=3,
    ).map(tuple),
    deputy_ids=st.lists(st.sampled_from(["d1", "d2", "d3"]), max_size=3, unique=True).map(tuple),
    organisation_id=st.none() | st.sampled_from(["f" * 26, "=7; 8"]),
    custom=st.fixed_dictionaries(
        {},
        optional={
            "contract": texts,
            "phone": texts,
            "limit": st.sampled_from(["-1.5", "0", "1200000"]),
            "since": st.sampled_from(["2026-11-23"]),
            "tier": st.sampled_from(["gold; or so", "нет"]),
            "debt": st.sampled_from(["yes", "no"]),
            "page": st.sampled_from(["https://a.example/?q=1;2"]),
        },
    ),
    comment=st.none() | texts,
    external_id=texts.filter(lambda text: bool(text.strip())),
)


FIELDS = (
    FieldSpec("contract", "Договор"),
    FieldSpec("phone", "Телефон"),  # called as a column of our own is
    FieldSpec("limit", "Limit", FieldKind.NUMBER),
    FieldSpec("since", "Since", FieldKind.DATE),
    FieldSpec("tier", "Tier", FieldKind.CHOICE, ("gold; or so", "нет")),
    FieldSpec("debt", "=Debt", FieldKind.YES_NO),
    FieldSpec("page", "limit", FieldKind.URL),  # as another field is
)
LOGINS = {"d1": "olga", "d2": "Пётр; Иванов", "d3": "=cmd"}


def checked(draft: ContactDraft) -> ContactDraft:
    return replace(draft, name=draft.name.strip() or "x").checked(PLAN, FIELDS)


def exported(draft: ContactDraft) -> Exported:
    return Exported(CONTACT_ID, draft, None, tuple(LOGINS[each] for each in draft.deputy_ids or ()))


async def pages(*exported: Exported) -> AsyncIterator[list[Exported]]:
    yield list(exported)


def written(pieces: AsyncIterator[bytes]) -> bytes:
    async def whole() -> bytes:
        return b"".join([piece async for piece in pieces])

    return asyncio.run(whole())


def read_back(data: bytes, path: Path) -> list[ContactDraft]:
    path.write_bytes(data)
    layout = files.layout_of(path)
    source = files.opened(path, layout)
    meanings = columns.guessed(source.header, layout.kind, FIELDS)
    assert columns.NAMED_COMMENT not in meanings or layout.kind is FileKind.VCARD
    managers = {folded(login): employee_id for employee_id, login in LOGINS.items()}
    drafter = Drafter(source.header, meanings, PLAN, managers, FIELDS)
    entries = list(drafter.entries(source.records))
    assert [entry.problems for entry in entries if entry.problems] == []
    assert {entry.contact_id for entry in entries} == {CONTACT_ID}
    return [
        replace(entry.draft, organisation_id=entry.organisation_key or None)
        for entry in entries
        if entry.draft is not None
    ]


class TestRoundTrip:
    @settings(max_examples=60)
    @given(draft=drafts)
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_a_table_loses_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, form: str, draft: ContactDraft
    ) -> None:
        draft = checked(draft)
        make = writers.as_csv if form == "csv" else writers.as_xlsx
        data = written(make(pages(exported(draft)), language="ru", fields=FIELDS))
        assert read_back(data, tmp_path_factory.getbasetemp() / f"round.{form}") == [draft]

    @settings(max_examples=60)
    @given(draft=drafts)
    @pytest.mark.parametrize("version", ["3.0", "4.0"])
    def test_a_vcard_loses_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, version: writers.Version, draft: ContactDraft
    ) -> None:
        draft = checked(draft)
        data = written(writers.as_vcard(pages(exported(draft)), version=version, fields=FIELDS))
        assert max(map(len, data.split(b"\r\n"))) <= 75
        assert read_back(data, tmp_path_factory.getbasetemp() / "round.vcf") == [draft]

    def test_orders_come_back_with_their_items(self, tmp_path: Path) -> None:
        orders = (
            Order(
                "1",
                date(2026, 11, 19),
                "shipped",
                Decimal("84300.50"),
                "RUB",
                (Item("Pump", Decimal(2), None), Item("=Hose")),
            ),
            Order("2"),
        )
        draft = checked(
            ContactDraft(
                "Anna", external_id="7", orders=orders, addresses=(), deputy_ids=(), custom={"since": "2026-11-23"}
            )
        )
        data = written(writers.as_csv(pages(exported(draft)), language="en", with_orders=True, fields=FIELDS))
        assert read_back(data, tmp_path / "orders.csv") == [draft]


class TestFormulas:
    BAD = ("=cmd|'/c calc'!A1", "+1+cmd", "-2+3", "@SUM(A1)", "＝1+1")

    def exported(self) -> list[Exported]:
        phones = (Phone("+74959195557", "+7 (495) 919-55-57"),)
        return [
            Exported(
                CONTACT_ID,
                ContactDraft(
                    bad,
                    comment=bad,
                    phones=phones,
                    addresses=(Address(bad, bad, bad, bad, bad, bad), Address(bad)),
                    custom={"contract": bad},
                ),
                bad,
                (bad, bad),
            )
            for bad in self.BAD
        ]

    def test_no_cell_of_csv_begins_one_but_phone_numbers_stay(self) -> None:
        data = written(writers.as_csv(pages(*self.exported()), language="en", fields=FIELDS)).decode("utf-8-sig")
        header, *rows = list(csv.reader(io.StringIO(data), delimiter=";"))
        of_phones = header.index("Phones")
        assert {row[of_phones] for row in rows} == {"+7 (495) 919-55-57"}
        cells = [cell for row in (header, *rows) for place, cell in enumerate(row) if place != of_phones and cell]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))] == []

    def test_a_workbook_has_only_text(self) -> None:
        with zipfile.ZipFile(
            io.BytesIO(written(writers.as_xlsx(pages(*self.exported()), language="en", fields=FIELDS)))
        ) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            assert book.testzip() is None
        assert "<f>" not in sheet
        assert sheet.count("<c ") == sheet.count('t="inlineStr"')
