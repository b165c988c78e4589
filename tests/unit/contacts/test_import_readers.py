"""Reading files of contacts: CSV, XLSX and vCard as they are met, damaged, hostile, and larger than memory.

Over 400 lines: the samples of three formats stand beside what is expected of them.
"""

import codecs
import contextlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports import columns, delimited, files, vcard
from ringcard.contacts.imports.columns import COLUMNS, ORDER_COLUMNS, guessed, meaning_of, signature
from ringcard.contacts.imports.drafts import Drafter
from ringcard.contacts.imports.problems import Problem, Reason
from ringcard.contacts.imports.reading import FileKind, FileUnreadable, Flaw, Layout, Record
from ringcard.contacts.imports.swift_numbers import SwiftNumbers
from ringcard.contacts.model import Address, ContactDraft, Phone
from ringcard.numbers import NumberingPlan

TABLE = "Имя;Телефон;Комментарий\nСоколова Анна;8 (495) 919-55-57;«звонить»\nБорис;;\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, **changes: Any) -> tuple[Layout, list[str], list[Record]]:
    layout = files.layout_of(path)
    if changes:
        layout = Layout(**({name: getattr(layout, name) for name in layout.__struct_fields__} | changes))
    source = files.opened(path, layout)
    return layout, source.header, list(source.records)


Writer = Callable[[str | bytes], Path]


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "told"),
        [
            ("utf-8", "utf-8"),
            ("utf-8-sig", "utf-8"),
            ("cp1251", "cp1251"),
            ("koi8-r", "koi8-r"),
            ("cp866", "cp866"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16-le"),
            ("utf-16-be", "utf-16-be"),
        ],
    )
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_every_usual_one_gives_the_same_records(self, file: Writer, encoding: str, told: str, ending: str) -> None:
        table = TABLE if encoding not in ("koi8-r", "cp866") else TABLE.replace("«", "").replace("»", "")
        layout, header, records = read(file(table.replace("\n", ending).encode(encoding)))
        assert (layout.encoding, layout.separator) == (told, ";")
        assert header == ["Имя", "Телефон", "Комментарий"]
        assert records[0].cells[:2] == ["Соколова Анна", "8 (495) 919-55-57"]
        assert [record.row for record in records] == [2, 3]

    def test_western_letters_are_told_from_russian_ones(self, file: Writer) -> None:
        layout, _, records = read(file("Name;City\nJosé Müller;Orléans\nRenée;Zürich\n".encode("cp1252")))
        assert layout.encoding == "cp1252"
        assert records[0].cells == ["José Müller", "Orléans"]

    def test_a_character_split_between_two_chunks_is_no_reason_for_another(self, file: Writer) -> None:
        assert delimited.encoding_of(file(b"x" * ((1 << 18) - 1) + "я".encode() * 100)) == "utf-8"

    def test_the_wrong_one_chosen_is_told_a_row(self, file: Writer) -> None:
        _, _, records = read(file("Name\nAnna\nСоколова\n".encode("cp1251")), encoding="utf-8")
        assert [record.flaw for record in records] == [None, Flaw.NOT_IN_THIS_ENCODING]

    @pytest.mark.parametrize(
        "content", [b"", b"\n\n  \n", b"\x7fELF\x00\x00\x00", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0.."]
    )
    def test_what_is_no_table_is_refused(self, file: Writer, content: bytes) -> None:
        with pytest.raises(FileUnreadable):
            read(file(content))

    @pytest.mark.parametrize("changes", [{"encoding": "klingon"}, {"separator": "ab"}, {"separator": "\n"}])
    def test_a_choice_that_cannot_be_is_refused(self, file: Writer, changes: dict[str, str]) -> None:
        with pytest.raises(FileUnreadable):
            read(file(TABLE), **changes)


class TestDelimited:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_the_separator_is_found(self, file: Writer, separator: str) -> None:
        layout, header, records = read(file(f'Name{separator}Phone\n"Anna; B, C"{separator}+74959195557\n'))
        assert (layout.separator, header) == (separator, ["Name", "Phone"])
        assert records[0].cells == ["Anna; B, C", "+74959195557"]

    def test_a_table_without_a_header_is_seen_and_its_columns_are_numbered(self, file: Writer) -> None:
        layout, header, records = read(file("Анна;84959195557\nБорис;84959195558\n"))
        assert not layout.has_header
        assert header == ["Column 1", "Column 2"]
        assert len(records) == 2

    def test_line_breaks_in_quotes_mixed_line_ends_and_nuls(self, file: Writer) -> None:
        _, _, records = read(file('Name,Notes\r\n"Anna","one\r\ntwo"\rBo\x00ris,x\nVera,\n'))
        assert [(record.row, record.cells) for record in records] == [
            (2, ["Anna", "one\r\ntwo"]),
            (4, ["Bo\x00ris", "x"]),
            (5, ["Vera", ""]),
        ]

    def test_a_quote_never_closed_costs_its_own_line_only(self, file: Writer) -> None:
        rows = "".join(f"{n};Анна {n};x\n" for n in range(3_000))
        _, _, records = read(file(f'Код;Имя;Комментарий\n1;"Борис;x\n{rows}'))
        assert [(record.row, record.flaw) for record in records if record.flaw] == [(2, Flaw.QUOTE_NOT_CLOSED)]
        assert len(records) == 3_001

    def test_it_does_not_swallow_rows_up_to_the_next_quote(self, file: Writer) -> None:
        _, _, records = read(file('Код;Имя\n1;"Борис\n2;Вера\n3;"Глеб"\n4;Дина\n'))
        assert [(record.cells, record.flaw) for record in records] == [
            (['1;"Борис'], Flaw.QUOTE_NOT_CLOSED),
            (["2", "Вера"], None),
            (["3", "Глеб"], None),
            (["4", "Дина"], None),
        ]

    def test_quotes_that_are_not_doubled_are_understood(self, file: Writer) -> None:
        _, _, records = read(file('Код;Имя;Город\n1;"ООО "Ромашка"";Москва\n2;ООО "Василёк";Казань\n'))
        assert [record.cells for record in records] == [
            ["1", 'ООО "Ромашка"', "Москва"],
            ["2", 'ООО "Василёк"', "Казань"],
        ]

    def test_a_cell_of_megabytes_is_one_bad_row(self, file: Writer) -> None:
        _, _, records = read(file('Name,Notes\nAnna,"' + "x" * 3_000_000 + '"\nBoris,\n'))
        assert records[0].flaw is Flaw.QUOTE_NOT_CLOSED
        assert records[-1].cells == ["Boris", ""]
        assert len(records[0].cells[0]) < 200_000

    @settings(deadline=None)  # it writes files, and the machine may have more to do
    @given(content=st.binary(max_size=400))
    def test_no_bytes_raise_anything_else(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        path = tmp_path_factory.getbasetemp() / "garbage.csv"
        for start in (b"Name;Phone\n", b"BEGIN:VCARD\n", b"", codecs.BOM_UTF16_LE):
            path.write_bytes(start + content)
            try:
                _, header, records = read(path)
            except FileUnreadable:
                continue
            meanings = guessed(header, FileKind.CSV)
            for entry in Drafter(header, meanings, NumberingPlan("RU")).entries(iter(records)):
                assert (entry.draft is None) == bool(entry.problems)


def workbook(sheet: str, strings: str = "", styles: str = "", more: dict[str, str] | None = None) -> bytes:
    """A workbook with one sheet of this XML."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{relation}"><sheets>'
        '<sheet name="Клиенты" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {main}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {main}>{styles}</styleSheet>",
    } | (more or {})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return packed.getvalue()


class TestXlsx:
    def test_cells_are_read_as_a_person_sees_them(self, file: Writer) -> None:
        strings = (
            "<si><t>Имя</t></si><si><t>Телефон</t></si><si><r><t>Со</t></r><r><t>колова</t></r><rPh><t>x</t></rPh></si>"
            "<si><t>Дата заказа</t></si><si><t xml:space='preserve'> a_x000D_b </t></si>"
        )
        styles = (
            '<numFmts><numFmt numFmtId="170" formatCode="dd.mm.yyyy"/>'
            '<numFmt numFmtId="171" formatCode="#,##0.00\\ &quot;руб&quot;"/></numFmts>'
            '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="22"/></cellXfs>'
        )
        sheet = (
            '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>3</v></c></row>'
            '<row r="2"/><row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3"><v>7.9161234567E10</v></c>'
            '<c r="C3" s="1"><v>46345</v></c></row>'
            '<row r="5"><c r="B5" t="inlineStr"><is><t>вн. 5</t></is></c><c r="D5" t="b"><v>1</v></c>'
            '<c r="E5" t="e"><v>#REF!</v></c><c r="F5" s="2"><v>84300.5</v></c>'
            '<c r="G5" t="str"><f>A1</f><v>Имя</v></c>'
            '<c r="H5" s="3"><v>46345.5</v></c><c r="I5" t="s"><v>4</v></c></row>'
        )
        layout, header, records = read(file(workbook(sheet, strings, styles)))
        assert (layout.kind, layout.sheet, header) == (FileKind.XLSX, "Клиенты", ["Имя", "Телефон", "Дата заказа"])
        assert [(record.row, record.cells) for record in records] == [
            (3, ["Соколова", "79161234567", "2026-11-19"]),
            (5, ["", "вн. 5", "", "1", "", "84300.5", "Имя", "2026-11-19 12:00:00", " a\rb "]),
        ]

    def test_a_sheet_that_is_not_there_is_told(self, file: Writer) -> None:
        with pytest.raises(FileUnreadable, match="it has Клиенты"):
            read(file(workbook('<row><c t="inlineStr"><is><t>Name</t></is></c></row>')), sheet="Лист2")

    @pytest.mark.parametrize(
        "content",
        [
            workbook(""),
            workbook('<row><c t="s"><v>x</v></c></row>'),
            workbook("<row>"),
            workbook("", more={"xl/workbook.xml": "<workbook/>"}),
            workbook('<row><c t="inlineStr"><is><t>Name</t></is></c></row>')[:-60],
            workbook(
                "",
                more={
                    "xl/sharedStrings.xml": '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
                    "<sst><si><t>&b;</t></si></sst>"
                },
            ),
        ],
    )
    def test_one_that_is_damaged_empty_or_hostile_is_refused(self, file: Writer, content: bytes) -> None:
        with pytest.raises(FileUnreadable):
            read(file(content))

    @given(place=st.integers(0, 1_200), byte=st.integers(0, 255))
    def test_a_byte_changed_anywhere_raises_nothing_else(
        self, tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
    ) -> None:
        data = bytearray(workbook('<row><c t="s"><v>0</v></c></row>' * 3, "<si><t>Name</t></si>"))
        data[place % len(data)] = byte
        path = tmp_path_factory.getbasetemp() / "changed.xlsx"
        path.write_bytes(data)
        with contextlib.suppress(FileUnreadable):
            read(path)


OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=D1=EE=EA=EE=EB=EE=E2=E0;=C0=ED=\r\n"
    "=ED=E0;;;\r\nTEL;CELL;VOICE:+7 916 123-45-67\r\nTEL;WORK:8 (495) 919-55-57\r\nEMAIL;INTERNET:a@b.example\r\n"
    "PHOTO;JPEG;ENCODING=BASE64:\r\n /9j/4AAQSkZJRgABAQEASABIAAD\r\n 2wBDAAEBAQEBAQ==\r\n\r\n"
    "AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:Nobody\r\nTEL:111\r\nEND:VCARD\r\n"
    "X-PRIVATE;ENCODING=QUOTED-PRINTABLE:=\r\n=\r\nEND:VCARD\r\n"
)
MIDDLE = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Борис Петров\nORG:ООО «Ромашка\\; и Ко»;Отдел продаж\nTITLE:ди\n ректор\n"
    "item1.TEL:+74959195557\nitem1.X-ABLabel:_$!<Mobile>!$_\nTEL;type=FAX,WORK:84959195558\n"
    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\n SkZJRg\nADR;TYPE=work:;;ул. Мира\\, 1;Москва;;101000;Россия\n"
    "NOTE:первая\\nвторая\nCATEGORIES:VIP,опт\\, розница\nBDAY:1980-05-01\nUID:42\nEND:VCARD\n"
)
NEW = (
    'BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Acme\nTEL;VALUE=uri;TYPE="voice,home":tel:+7-916-123-45-67;ext=102\n'
    "EMAIL;PREF=1:a@b.example\nEND:VCARD\n"
)


class TestVcard:
    def cards(self, path: Path, language: str = "en") -> list[ContactDraft | Flaw | None]:
        layout = files.layout_of(path)
        assert layout.kind is FileKind.VCARD
        source = files.opened(path, layout, language=language)
        drafter = Drafter(source.header, guessed(source.header, layout.kind), NumberingPlan("RU"))
        records = list(source.records)
        return [
            entry.draft if entry.draft is not None else record.flaw
            for record, entry in zip(records, drafter.entries(iter(records)), strict=True)
        ]

    def test_2_1_with_quoted_printable_a_code_page_a_photo_and_a_card_in_the_card(self, file: Writer) -> None:
        (card,) = self.cards(file(OLD), "ru")
        assert isinstance(card, ContactDraft)
        assert card.name == "Соколова Анна"
        assert card.phones == (
            Phone("+79161234567", "+7 916 123-45-67", "мобильный"),
            Phone("+74959195557", "8 (495) 919-55-57", "рабочий"),
        )
        assert [email.email for email in card.emails] == ["a@b.example"]

    def test_3_0_with_folded_lines_groups_escapes_and_what_has_no_field(self, file: Writer) -> None:
        (card,) = self.cards(file(MIDDLE))
        assert isinstance(card, ContactDraft)
        assert (card.name, card.organisation, card.position) == (
            "Борис Петров",
            "ООО «Ромашка; и Ко», Отдел продаж",
            "директор",
        )
        assert [phone.label for phone in card.phones] == ["mobile", "work, fax"]
        assert (card.city, card.tags, card.external_id) == ("Москва", ("VIP", "опт, розница"), "42")
        assert card.addresses == (Address("ул. Мира, 1", "Москва", postcode="101000", country="Россия", label="work"),)
        assert card.comment == "первая\nвторая\nBDAY: 1980-05-01"

    def test_4_0_with_uris_and_kinds(self, file: Writer) -> None:
        (card,) = self.cards(file(NEW))
        assert isinstance(card, ContactDraft)
        assert (card.kind.value, card.name) == ("organisation", "Acme")
        assert card.phones == (Phone("+79161234567", "+7-916-123-45-67", "home, доб. 102"),)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
    def test_all_versions_in_one_file_of_any_encoding(self, file: Writer, encoding: str) -> None:
        cards = self.cards(file((OLD + MIDDLE + NEW).encode(encoding)))
        assert [isinstance(card, ContactDraft) and card.name for card in cards] == [
            "Соколова Анна",
            "Борис Петров",
            "Acme",
        ]

    def test_one_cut_off_or_broken_is_told_and_the_next_is_read(self, file: Writer) -> None:
        broken = "BEGIN:VCARD\nVERSION:3.0\nFN:Анна\n"
        assert [type(card) for card in self.cards(file(broken + NEW + MIDDLE[:60]))] == [Flaw, ContactDraft, Flaw]

    @pytest.mark.parametrize("width", [75, 25_000_000])
    def test_a_photo_of_20_mb_costs_no_memory(self, file: Writer, width: int) -> None:
        import tracemalloc

        line = b"A" * width
        photo = b"PHOTO;ENCODING=b;TYPE=JPEG:" + b"\n ".join([line] * (20_000_000 // width or 1))
        path = file(MIDDLE[:52].encode() + b"\n" + photo + b"\nTEL:84959195557\nEND:VCARD\n")
        del photo, line
        tracemalloc.start()
        try:
            (card,) = self.cards(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert isinstance(card, ContactDraft)
        assert card.phones[0].number == "+74959195557"
        assert peak < 4_000_000

    def test_every_column_has_a_known_meaning(self) -> None:
        assert {meaning for meaning in vcard.COLUMNS.values() if meaning} <= set(COLUMNS)


class TestColumns:
    def test_case_blanks_underscores_and_numbers_do_not_matter(self) -> None:
        assert meaning_of(" EXTERNAL_ID ") == "external_id"
        assert meaning_of("Телефон 2") == meaning_of("phone2") == meaning_of("Телефон №3") == "phones"
        assert meaning_of("Рост") is None

    def test_no_name_means_two_things(self) -> None:
        for of in (COLUMNS, ORDER_COLUMNS):
            names = [name for variants in of.values() for name in variants]
            assert len(names) == len(set(names))

    def test_the_first_of_two_columns_gets_a_meaning_that_only_one_may_have(self) -> None:
        assert guessed(["Имя", "First name", "Phone", "Phone 2", ""], FileKind.CSV) == [
            "first_name",
            columns.NAMED_COMMENT,
            "phones",
            "phones",
            columns.IGNORED,
        ]

    def test_the_same_columns_have_the_same_signature(self) -> None:
        assert signature(["Имя", " Город"]) == signature(["имя ", "ГОРОД"]) != signature(["Город", "Имя"])


class TestSwiftNumbers:
    @given(
        area=st.from_regex(r"[0-9]{3}", fullmatch=True),
        rest=st.from_regex(r"[0-9]{7}", fullmatch=True),
        country=st.sampled_from(["+7", "8", "7", "", "+8", "+77"]),
        form=st.sampled_from(
            ["{c}{a}{r}", "{c} ({a}) {x}-{y}-{z}", "{c}({a}){r}", "{c} {a} {x}-{y}-{z}", "{c}-{a}-{x}-{y}{z}"]
        ),
        plan=st.sampled_from(
            [
                NumberingPlan("RU", "495", "1XX,84959195557"),
                NumberingPlan("KZ"),
                NumberingPlan("RU"),
                NumberingPlan("DE"),
            ]
        ),
    )
    def test_they_are_what_the_plan_says(
        self, area: str, rest: str, country: str, form: str, plan: NumberingPlan
    ) -> None:
        text = form.format(c=country, a=area, r=rest, x=rest[:3], y=rest[3:5], z=rest[5:])
        assert SwiftNumbers(plan).parse(text) == plan.parse(text)

    @given(text=st.text(alphabet="+78 ()-0123456789\u00a0\u0665", max_size=20))
    def test_any_text_is_what_the_plan_says(self, text: str) -> None:
        plan = NumberingPlan("RU", "495", "100-199")
        assert SwiftNumbers(plan).parse(text) == plan.parse(text)

    def test_a_file_that_names_nobody_but_has_a_key_is_one_of_orders(self) -> None:
        assert guessed(["Код", "Номер", "Дата", "Сумма"], FileKind.CSV) == [
            "external_id",
            "order_number",
            "order_date",
            "order_total",
        ]
        assert guessed(["Код", "Имя", "Номер"], FileKind.CSV) == ["external_id", "first_name", columns.NAMED_COMMENT]

    def test_own_fields_are_known_by_label_or_key_and_come_first(self) -> None:
        fields = [FieldSpec("contract", "Договор №"), FieldSpec("city", "Город"), FieldSpec("b_c", "B")]
        assert guessed(["договор  №", "Город", "custom.b_c", "custom.x"], FileKind.CSV, fields) == [
            "custom.contract",
            "custom.city",
            "custom.b_c",
            columns.NAMED_COMMENT,
        ]

    def test_the_guide_names_exactly_the_columns_that_are_understood(self) -> None:
        guide = (Path(__file__).parents[3] / "docs/howto/import-contacts.md").read_text(encoding="utf-8")
        ours = {"contact_id", "phone_labels", "email_labels", "own_fields"}
        for title, of in (("## Columns of contacts", COLUMNS), ("## Columns of orders", ORDER_COLUMNS)):
            section = guide.split(title, 1)[1].split("\n## ", 1)[0]
            rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE)
            told = {meaning: tuple(names.split(", ")) for meaning, names in rows}
            assert told == {meaning: names for meaning, names in of.items() if meaning not in ours}


class TestReference:
    def test_it_names_exactly_the_reasons_that_there_are(self) -> None:
        page = (Path(__file__).parents[3] / "docs/reference/imports.md").read_text(encoding="utf-8")
        section = page.split("## Why a row was not taken", 1)[1]
        assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == [reason.value for reason in Reason]

    def test_every_reason_is_said_in_both_languages(self) -> None:
        for reason in Reason:
            english, russian = (Problem(1, "", "x", reason, "y").told(language) for language in ("en", "ru"))
            assert english != russian
            assert "{" not in english + russian

    @pytest.mark.parametrize(
        "detail",
        [
            "a contact needs a name",
            "at most 100",
            "longer than 300 characters",
            "two orders have the same number",
            "order 7: x is no amount",
            "what a later release may say",
        ],
    )
    def test_why_a_contact_cannot_be_kept_is_said_in_russian_too(self, detail: str) -> None:
        russian = Problem(1, "", "", Reason.CONTACT_INVALID, detail).told("ru")
        assert not re.search("[a-z]{2}", russian), russian
