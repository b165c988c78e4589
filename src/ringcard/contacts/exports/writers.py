"""The bytes of an export, in pieces: CSV, XLSX, vCard 3.0 and 4.0. What could run in a spreadsheet stays text.

Source: RFC 4180; ECMA-376 part 1; RFC 2426, RFC 6350; OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from typing import IO, Any, Final, Literal
from xml.sax.saxutils import escape, quoteattr

from ringcard.contacts.exports.selection import Exported
from ringcard.contacts.exports.table import header, rows
from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports.cells import guarded
from ringcard.contacts.imports.vcard import PRODUCT

Pages = AsyncIterator[list[Exported]]
Version = Literal["3.0", "4.0"]

LONGEST_XLSX: Final = 1_048_576
"""Rows that a sheet can have; more go onto a second one."""

_FOLD_AT: Final = 75
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


async def as_csv(
    pages: Pages,
    *,
    language: str,
    encoding: str = "utf-8",
    separator: str = ";",
    with_orders: bool = False,
    fields: Sequence[FieldSpec] = (),
) -> AsyncIterator[bytes]:
    """CSV; UTF-8 has a mark at its beginning, else Excel takes it for cp1251. What cp1251 lacks becomes `?`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerow(header(language, with_orders=with_orders, fields=fields))
    if encoding == "utf-8":
        yield b"\xef\xbb\xbf"
    async for page in pages:
        for each in page:
            for row in rows(each, language, with_orders=with_orders, fields=fields):
                writer.writerow([_guarded(cell) for cell in row])
        yield buffer.getvalue().encode(encoding, "replace")
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode(encoding, "replace")


async def as_xlsx(
    pages: Pages, *, language: str, with_orders: bool = False, fields: Sequence[FieldSpec] = ()
) -> AsyncIterator[bytes]:
    """XLSX; every cell is text, so nothing in it is ever a formula."""
    out = _Pieces()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        sheets = 0
        place = 0
        head = header(language, with_orders=with_orders, fields=fields)

        def opened() -> IO[bytes]:
            nonlocal sheets, place
            sheets += 1
            place = 1
            sheet = book.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True)
            sheet.write(_SHEET_BEGINS.encode() + _row(1, head))
            return sheet

        part = opened()
        async for page in pages:
            written: list[bytes] = []
            for each in page:
                for row in rows(each, language, with_orders=with_orders, fields=fields):
                    if place == LONGEST_XLSX:
                        part.write(b"".join(written) + _SHEET_ENDS.encode())
                        part.close()
                        written = []
                        part = opened()
                    place += 1
                    written.append(_row(place, row))
            part.write(b"".join(written))
            yield out.taken()
        part.write(_SHEET_ENDS.encode())
        part.close()
        for name, text in _package(sheets, "Карточки" if language == "ru" else "Cards").items():
            book.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED, 1)  # without the time, which would differ
    yield out.taken()


async def as_vcard(pages: Pages, *, version: Version = "4.0", fields: Sequence[FieldSpec] = ()) -> AsyncIterator[bytes]:
    """vCard. Orders have no place in it; what only we know stands in properties of ours (`X-RINGCARD-…`)."""
    async for page in pages:
        yield b"".join(_card(each, version, fields) for each in page)


def _guarded(cell: str) -> str:
    return guarded(cell) if cell else cell


def _row(place: int, cells: list[str]) -> bytes:
    filled = (
        f'<c r="{_letters(at)}{place}" t="inlineStr"><is><t xml:space="preserve">{_xml(guarded(cell))}</t></is></c>'
        for at, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{place}">{"".join(filled)}</row>'.encode()


def _xml(text: str) -> str:
    text = re.sub(r"_x([0-9A-Fa-f]{4})_", r"_x005F_x\1_", text)
    return escape(_NOT_IN_XML.sub("", text), {"\r": "_x000D_"})


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Pieces(io.RawIOBase):
    """A file that is only ever written onwards, and taken away as it grows."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._pieces.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


_MAIN: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_BEGINS: Final = f"{_XML}<worksheet {_MAIN}><sheetData>"
_SHEET_ENDS: Final = "</sheetData></worksheet>"


def _package(sheets: int, title: str) -> dict[str, str]:
    """The parts that hold the sheets together."""
    numbers = range(1, sheets + 1)
    names = "".join(
        f'<sheet name={quoteattr(title if n == 1 else f"{title} {n}")} sheetId="{n}" r:id="rId{n}"/>' for n in numbers
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>' for n in numbers
    )
    related = f'<Relationships xmlns="{_PACKAGE}/relationships">'
    return {
        "xl/workbook.xml": f'{_XML}<workbook {_MAIN} xmlns:r="{_RELATIONS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{_XML}{related}{relations}</Relationships>",
        "_rels/.rels": f'{_XML}{related}<Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{parts}</Types>',
    }


def _card(exported: Exported, version: Version, fields: Sequence[FieldSpec]) -> bytes:
    draft = exported.draft
    lines = ["BEGIN:VCARD", f"VERSION:{version}", f"PRODID:{PRODUCT}"]

    def put(name: str, value: str | None) -> None:
        if value:
            lines.append(f"{name}:{_escaped(value)}")

    put("X-RINGCARD-ID", exported.contact_id)
    put("UID", draft.external_id)
    if version == "4.0":
        lines.append(f"KIND:{'individual' if draft.kind == 'person' else 'org'}")
    elif draft.kind != "person":
        lines.append("X-ABShowAs:COMPANY")
    put("FN", draft.name)
    if version == "3.0":
        lines.append(f"N:{_escaped(draft.name)};;;;")  # must be there (RFC 2426 §3.1.2); we do not know the parts
    put("ORG", draft.organisation)
    put("X-RINGCARD-ORGANISATION-ID", draft.organisation_id)
    put("TITLE", draft.position)
    for place, (name, value, label) in enumerate(
        [
            *(("TEL", phone.presented, phone.label) for phone in draft.phones),
            *(("EMAIL", email.email, email.label) for email in draft.emails),
        ],
        1,
    ):
        # A label of somebody's own has no place in TYPE; Apple's way is understood widely.
        put(f"item{place}.{name}" if label else name, value)
        put(f"item{place}.X-ABLabel", label)
    if draft.tags:
        lines.append("CATEGORIES:" + ",".join(_escaped(tag) for tag in draft.tags))
    for place, address in enumerate(draft.addresses or (), 1 + len(draft.phones) + len(draft.emails)):
        parts = (address.street, address.city, address.region, address.postcode, address.country)
        group = f"item{place}." if address.label else ""
        lines.append(f"{group}ADR:;;{';'.join(_escaped(part or '') for part in parts)}")
        put(f"{group}X-ABLabel", address.label)
    put("X-RINGCARD-CITY", draft.city)
    put("NOTE", draft.comment)
    put("X-RINGCARD-MANAGER", exported.manager)
    for deputy in exported.deputies:
        put("X-RINGCARD-DEPUTY", deputy)
    for field in fields:
        if field.key in (draft.custom or {}):
            put("X-RINGCARD-FIELD", f"{field.key}={(draft.custom or {})[field.key]}")
    put("X-RINGCARD-SEGMENT", draft.segment)
    if draft.vip:
        lines.append("X-RINGCARD-VIP:1")
    lines.append("END:VCARD")
    return b"".join(_folded(line) for line in lines)


def _escaped(value: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", value).replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """At most 75 bytes a line, never within a character (RFC 6350 §3.2)."""
    data = line.encode("utf-8", "replace")
    pieces: list[bytes] = []
    room = _FOLD_AT
    while len(data) > room:
        cut = room
        while data[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(data[:cut])
        data, room = data[cut:], _FOLD_AT - 1
    return b"\r\n ".join([*pieces, data]) + b"\r\n"
