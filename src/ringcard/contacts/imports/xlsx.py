"""XLSX, row by row: one sheet of a workbook, without ever holding the sheet.

Ours and not a library's because of memory (ADR 0012): a sheet of a million rows has tens of millions of texts, which
lie in a temporary file here. Values come as a person sees them in the cell: dates as 2026-11-23, whole numbers, which
phone numbers often are, without an exponent or a fraction. Formulas give the value that the spreadsheet last computed.

Source: ECMA-376 part 1 (SpreadsheetML: 18.3 worksheets, 18.4 shared strings, 18.8 styles).
"""

from __future__ import annotations

import mmap
import posixpath
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

from ringcard.contacts.imports.reading import (
    LONGEST_CELL,
    MOST_COLUMNS,
    FileKind,
    FileUnreadable,
    Layout,
    Record,
    Source,
    unnamed,
)

MOST_UNPACKED: Final = 8 << 30
"""Bytes of XML. Excel's own largest sheet stays below; a file made to exhaust us does not."""

_CHUNK: Final = 1 << 17
_DATES_BUILT_IN: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  a cell has no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001

_DAMAGES: Final = (
    *(expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, OSError),
    *(NotImplementedError, RuntimeError),
)
"""What a damaged package raises; RuntimeError is one with a password."""


def is_xlsx(path: Path) -> bool:
    """Whether the file is a workbook. Raises `FileUnreadable` if it is a packed file of another kind."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileUnreadable(
            "This is the old .xls, or a workbook with a password: save it as .xlsx without one.", "old_workbook"
        )
    if not head.startswith(b"PK\x03\x04"):
        return False
    with _Book(path) as book:
        return bool(book.sheets)


def sheets_of(path: Path) -> list[str]:
    """The names of the workbook's sheets, in its order. Raises `FileUnreadable`."""
    with _Book(path) as book:
        return list(book.sheets)


def opened(path: Path, layout: Layout) -> Source:
    """The rows of a sheet, the first if the layout names none. Raises `FileUnreadable`, also while they are read."""
    book = _Book(path)
    try:
        name = layout.sheet or next(iter(book.sheets))
        if name not in book.sheets:
            raise FileUnreadable(f"The workbook has no sheet {name!r}: it has {', '.join(book.sheets)}.", "no_sheet")
        book.load_strings()
        records = book.rows(book.sheets[name])
        first = next(records, None)
        if first is None:
            raise FileUnreadable(f"The sheet {name!r} is empty: its first row must name the columns.", "empty")
    except BaseException:
        book.close()
        raise
    if layout.has_header:
        return Source([cell.strip() for cell in first.cells], records, book.position)

    def all_of_them() -> Generator[Record, None, None]:
        yield first
        yield from records

    return Source(unnamed(len(first.cells)), all_of_them(), book.position)


def layout_of(sheet: str | None, first: list[str], recognised: Callable[[str], bool]) -> Layout:
    """Whether the first row names the columns: not if nothing in it is known and something in it is a number."""
    content = any(re.search(r"[0-9]{5}|@", cell) for cell in first)
    return Layout(kind=FileKind.XLSX, sheet=sheet, has_header=any(map(recognised, first)) or not content)


class _Book:
    """An open workbook. Close it; its rows close it when they end."""

    def __init__(self, path: Path) -> None:
        self._stack = ExitStack()
        self._size = path.stat().st_size
        self._read: IO[bytes] | None = None
        self._unpacked = 1
        self._strings: mmap.mmap | bytes = b""
        self._ends = array("Q", [0])
        self.sheets: dict[str, str] = {}
        """The part of the package that holds a sheet, by the sheet's name."""
        try:
            self._zip = self._stack.enter_context(zipfile.ZipFile(path))
            if sum(part.file_size for part in self._zip.infolist()) > MOST_UNPACKED:
                raise FileUnreadable(
                    "The workbook is too large when it is unpacked: save it as CSV.", "workbook_too_large"
                )
            self._epoch = _EPOCH
            self._find_sheets()
        except _DAMAGES as error:
            self.close()
            raise FileUnreadable(f"The workbook cannot be opened: {error}.") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> _Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stack.close()

    def position(self) -> int:
        """The part of the file's bytes that were read, as far as the sheet's own part tells."""
        if self._read is None or self._read.closed:
            return self._size
        return int(self._size * self._read.tell() / self._unpacked)

    def load_strings(self) -> None:
        """The workbook's texts into a temporary file: cells name them by number."""
        if "xl/sharedStrings.xml" not in self._zip.namelist():
            return
        file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  closed with the book
        pieces: list[str] = []
        waiting: list[bytes] = []
        written = 0
        wanted = phonetic = False

        def start(name: str, _: dict[str, str]) -> None:
            nonlocal wanted, phonetic
            tag = _local(name)
            if tag == "t":
                wanted = not phonetic
            elif tag == "rPh":
                phonetic = True

        def end(name: str) -> None:
            nonlocal wanted, phonetic, written
            tag = _local(name)
            if tag == "t":
                wanted = False
            elif tag == "rPh":
                phonetic = False
            elif tag == "si":
                text = _unescaped("".join(pieces)[:LONGEST_CELL]).encode("utf-8", "replace")
                pieces.clear()
                waiting.append(text)
                written += len(text)
                self._ends.append(written)

        def characters(text: str) -> None:
            if wanted:
                pieces.append(text)

        parser = _parser(start, end, characters)
        for _ in self._fed(parser, "xl/sharedStrings.xml"):
            file.write(b"".join(waiting))
            waiting.clear()
        file.write(b"".join(waiting))
        file.flush()
        if written:
            self._strings = self._stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def rows(self, part_name: str) -> Generator[Record, None, None]:
        """The sheet's rows that hold anything."""
        with self._stack:
            reader = _Rows(self._string, self._date_styles(), self._epoch)
            parser = _parser(reader.start, reader.end, reader.characters)
            parser.buffer_text = True
            self._unpacked = max(1, self._zip.getinfo(part_name).file_size)
            for _ in self._fed(parser, part_name):
                yield from reader.done
                reader.done.clear()
            yield from reader.done

    def _string(self, place: int) -> str:
        if place + 1 >= len(self._ends):
            return ""
        return self._strings[self._ends[place] : self._ends[place + 1]].decode()

    def _find_sheets(self) -> None:
        targets: dict[str, str] = {}
        for name, attributes in self._elements("xl/_rels/workbook.xml.rels"):
            if name == "Relationship":
                targets[attributes.get("Id", "")] = posixpath.normpath(
                    posixpath.join("/xl", attributes.get("Target", ""))
                ).lstrip("/")
        for name, attributes in self._elements("xl/workbook.xml"):
            if name == "sheet":
                of_relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
                part = targets.get(of_relation, "")
                if "worksheets/" in part and part in self._zip.namelist():
                    self.sheets[attributes.get("name", "")] = part
            elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self._epoch = _EPOCH_1904
        if not self.sheets:
            raise FileUnreadable(
                "The file is no workbook with sheets: save it as XLSX or CSV in the spreadsheet.", "no_text"
            )

    def _date_styles(self) -> frozenset[int]:
        """The places of cell formats that show a number as a date."""
        if "xl/styles.xml" not in self._zip.namelist():
            return frozenset()
        dates = set(_DATES_BUILT_IN)
        found: set[int] = set()
        place = 0
        in_cell_formats = False
        for name, attributes in self._elements("xl/styles.xml"):
            if name == "numFmt":
                code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", attributes.get("formatCode", "")).lower()
                if re.search(r"[ydhs]|m(?!$)", code) and attributes.get("numFmtId", "").isdigit():
                    dates.add(int(attributes["numFmtId"]))
            elif name in ("cellXfs", "cellStyleXfs"):
                in_cell_formats = name == "cellXfs"
            elif name == "xf" and in_cell_formats:
                if attributes.get("numFmtId", "").isdigit() and int(attributes["numFmtId"]) in dates:
                    found.add(place)
                place += 1
            elif name == "cellStyles":
                in_cell_formats = False
        return frozenset(found)

    def _elements(self, part_name: str) -> list[tuple[str, dict[str, str]]]:
        """Every element of a small part, flat."""
        found: list[tuple[str, dict[str, str]]] = []
        parser = _parser(lambda name, attributes: found.append((_local(name), attributes)), None, None)
        for _ in self._fed(parser, part_name):
            if len(found) > 200_000:
                raise FileUnreadable(f"The workbook's {part_name} is too large: save it as CSV.", "workbook_too_large")
        return found

    def _fed(self, parser: expat.XMLParserType, part_name: str) -> Iterator[None]:
        """Feed a part to the parser, piece by piece. Raises `FileUnreadable`."""
        try:
            with self._zip.open(part_name) as part:
                self._read = part
                while chunk := part.read(_CHUNK):
                    parser.Parse(chunk, False)
                    yield
                parser.Parse(b"", True)
        except _DAMAGES as error:
            raise FileUnreadable(f"The workbook is damaged: {error}.") from error


class _Rows:
    """Makes records of a sheet's elements, in `done`."""

    def __init__(self, string: Callable[[int], str], dates: frozenset[int], epoch: datetime) -> None:
        self._string = string
        self._dates = dates
        self._epoch = epoch
        self.done: list[Record] = []
        self._row = 0
        self._cells: list[str] = []
        self._place = 0
        self._type: str | None = None
        self._style = 0
        self._pieces: list[str] = []
        self._wanted = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "v" or name == "t":
            self._wanted = True
        elif name == "c":
            self._type = attributes.get("t")
            self._style = int(attributes.get("s", "0"))
            reference = attributes.get("r")
            self._place = len(self._cells) if reference is None else _column(reference)
            self._pieces.clear()
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._cells = []
        elif ":" in name:
            self.start(_local(name), attributes)

    def characters(self, text: str) -> None:
        if self._wanted:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if name == "v" or name == "t":
            self._wanted = False
        elif name == "c":
            if self._pieces and self._place < MOST_COLUMNS:
                missing = self._place - len(self._cells)
                if missing > 0:
                    self._cells += [""] * missing
                self._cells.append(self._value("".join(self._pieces)))
        elif name == "row":
            if any(cell and not cell.isspace() for cell in self._cells):
                self.done.append(Record(self._row, self._cells))
        elif ":" in name:
            self.end(_local(name))

    def _value(self, text: str) -> str:
        match self._type:
            case "s":
                return self._string(int(text))
            case "str" | "inlineStr" | "d":
                return _unescaped(text[:LONGEST_CELL])
            case "b":
                return "1" if text == "1" else "0"
            case "e":
                return ""
            case _:
                return self._number(text)

    def _number(self, text: str) -> str:
        try:
            number = float(text)
        except ValueError:
            return text
        if self._style in self._dates and 0 <= number < 2_958_466:
            at = self._epoch + timedelta(days=number)
            return at.date().isoformat() if number.is_integer() else at.isoformat(" ", "seconds")
        # 7.9161234567E10 is how a phone number lies in the file.
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else text


def _unescaped(text: str) -> str:
    """`_x000D_` is how a character stands that XML cannot have (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def _column(reference: str) -> int:
    """The place of the column of `AB12`."""
    place = 0
    for character in reference:
        if not "A" <= character <= "Z":
            break
        place = place * 26 + ord(character) - 64
    return place - 1


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parser(
    start: Callable[[str, dict[str, str]], object] | None,
    end: Callable[[str], object] | None,
    characters: Callable[[str], object] | None,
) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = _no_entities
    return parser


def _no_entities(*_: object) -> None:
    # A workbook has no use for them; ten lines of them can stand for a gigabyte.
    raise FileUnreadable("The workbook declares entities: it was not made by a spreadsheet.")
