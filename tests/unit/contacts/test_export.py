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
from ringcard.contacts.imports import columns, files
from ringcard.contacts.imports.drafts import Drafter
from ringcard.contacts.model import ContactDraft, Email, Item, Kind, Order, Phone
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
    comment=st.none() | texts,
    external_id=texts.filter(lambda text: bool(text.strip())),
)


def checked(draft: ContactDraft) -> ContactDraft:
    return replace(draft, name=draft.name.strip() or "x").checked(PLAN)


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
    drafter = Drafter(source.header, columns.guessed(source.header, layout.kind), PLAN)
    entries = list(drafter.entries(source.records))
    assert [entry.problems for entry in entries if entry.problems] == []
    assert {entry.contact_id for entry in entries} == {CONTACT_ID}
    return [entry.draft for entry in entries if entry.draft is not None]


class TestRoundTrip:
    @settings(max_examples=60)
    @given(draft=drafts)
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_a_table_loses_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, form: str, draft: ContactDraft
    ) -> None:
        draft = checked(draft)
        exported = Exported(CONTACT_ID, draft, None)
        make = writers.as_csv if form == "csv" else writers.as_xlsx
        data = written(make(pages(exported), language="ru"))
        assert read_back(data, tmp_path_factory.getbasetemp() / f"round.{form}") == [draft]

    @settings(max_examples=60)
    @given(draft=drafts)
    @pytest.mark.parametrize("version", ["3.0", "4.0"])
    def test_a_vcard_loses_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, version: writers.Version, draft: ContactDraft
    ) -> None:
        draft = checked(draft)
        data = written(writers.as_vcard(pages(Exported(CONTACT_ID, draft, None)), version=version))
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
        draft = checked(ContactDraft("Anna", external_id="7", orders=orders))
        data = written(writers.as_csv(pages(Exported(CONTACT_ID, draft, None)), language="en", with_orders=True))
        assert read_back(data, tmp_path / "orders.csv") == [draft]


class TestFormulas:
    BAD = ("=cmd|'/c calc'!A1", "+1+cmd", "-2+3", "@SUM(A1)", "＝1+1")

    def exported(self) -> list[Exported]:
        phones = (Phone("+74959195557", "+7 (495) 919-55-57"),)
        return [Exported(CONTACT_ID, ContactDraft(bad, comment=bad, phones=phones), None) for bad in self.BAD]

    def test_no_cell_of_csv_begins_one_but_phone_numbers_stay(self) -> None:
        data = written(writers.as_csv(pages(*self.exported()), language="en")).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(data), delimiter=";"))[1:]
        assert {row[6] for row in rows} == {"+7 (495) 919-55-57"}
        cells = [cell for row in rows for place, cell in enumerate(row) if place != 6 and cell]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))] == []

    def test_a_workbook_has_only_text(self) -> None:
        with zipfile.ZipFile(io.BytesIO(written(writers.as_xlsx(pages(*self.exported()), language="en")))) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            assert book.testzip() is None
        assert "<f>" not in sheet
        assert sheet.count("<c ") == sheet.count('t="inlineStr"')
