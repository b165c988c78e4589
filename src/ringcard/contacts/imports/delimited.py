"""CSV as spreadsheets, CRMs and people write it: any encoding, any separator, mixed line ends, quotes never closed.

Streamed: what is held is one record. A quote that is never closed costs the line it stands in, not the rest of the
file: the record is given up when it has grown beyond anything a card can hold, and reading goes on at its second line.

Source: RFC 4180, and what is sent instead.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final, TextIO

from ringcard.contacts.imports.reading import (
    LONGEST_CELL,
    MOST_COLUMNS,
    FileKind,
    FileUnreadable,
    Flaw,
    Layout,
    Record,
    Source,
    unnamed,
)

SEPARATORS: Final = (";", ",", "\t", "|")
LOOKED_AT: Final = 64 << 20
"""Bytes at the beginning that are looked at to tell the encoding; further on, what does not fit is told a row."""

MOST_LINES: Final = 1_000
"""Lines of one record: a longer one is a quote that was never closed."""

_LONGEST_LINE: Final = LONGEST_CELL * 2
_SAMPLE: Final = 1 << 18
_CHUNK: Final = 1 << 20
_FREQUENT: Final = frozenset("оеаинтсрвлкмдпуяыь")
_SINGLE_BYTE: Final = ("cp1251", "koi8-r", "cp866", "cp1252")

Recognised = Callable[[str], bool]
"""Says whether a column of this name is known."""


def layout_of(path: Path, recognised: Recognised) -> Layout:
    """What the file looks like. Raises `FileUnreadable`."""
    encoding = encoding_of(path)
    lines = _first_lines(path, encoding)
    if not lines:
        raise FileUnreadable("The file is empty: its first line must name the columns.", "empty")
    separator = _separator_of(lines, recognised)
    first = next(csv.reader(lines, delimiter=separator), [])
    return Layout(
        kind=FileKind.CSV,
        encoding=encoding,
        separator=separator,
        has_header=any(map(recognised, first)) or not any(map(_is_content, first)),
    )


def encoding_of(path: Path) -> str:
    """The encoding that the file is most likely in. Raises `FileUnreadable` if it is no text."""
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
            marked = _by_mark(head)
            if marked is not None:
                return marked
            if head.count(0) > len(head) // 20:
                # One now and then is a slip of some program, and is left out.
                raise FileUnreadable("The file is no text: save it as CSV or XLSX in the spreadsheet first.", "no_text")
            if _is_utf8(head, file.read):
                return "utf-8"
    except OSError as error:
        raise FileUnreadable(f"The file cannot be read: {error.strerror}.") from error
    return max(_SINGLE_BYTE, key=lambda name: _likeness(head.decode(name, "replace")))


def opened(path: Path, layout: Layout) -> Source:
    """The records of a CSV file. Raises `FileUnreadable`, also later, while they are read."""
    encoding, separator = layout.encoding or "utf-8", layout.separator or ","
    try:
        codecs.lookup(encoding)
        csv.reader([], delimiter=separator)
        if separator in '\r\n"':
            raise ValueError("a line break or a quote separates no cells")
    except (LookupError, TypeError, ValueError) as error:
        raise FileUnreadable(f"There is no such encoding or separator: {error}.", "wrong_encoding") from error
    try:
        raw = path.open("rb")
    except OSError as error:
        raise FileUnreadable(f"The file cannot be read: {error.strerror}.") from error
    if encoding == "utf-8":
        encoding = "utf-8-sig"
    text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
    records = _records(text, separator)
    header: list[str] = []
    if layout.has_header:
        header = [name.strip() for name in next(records, Record(1, [])).cells]
    else:
        first = next(records, None)
        if first is not None:
            header = unnamed(len(first.cells))
            records = _again(first, records)
    if not header or len(header) > MOST_COLUMNS:
        text.close()
        problem = f"more than {MOST_COLUMNS} columns" if header else "no columns"
        raise FileUnreadable(f"The first line has {problem}: is it the right separator?", "wrong_separator")
    size = path.stat().st_size
    return Source(header, records, lambda: size if raw.closed else raw.tell())


def _again(first: Record, rest: Generator[Record, None, None]) -> Generator[Record, None, None]:
    yield first
    yield from rest


class _Lines:
    """Feeds the parser line by line, and remembers those of the record that is being read."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._held: deque[str] = deque()
        self.of_record: list[str] = []
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._held.popleft() if self._held else self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        rest = line
        while len(rest) == _LONGEST_LINE and rest[-1] not in "\r\n":
            # It might be gigabytes: it is cut where no card's row can be that long.
            rest = self._text.readline(_LONGEST_LINE)
        self.of_record.append(line)
        self._length += len(line)
        if self._length >= _LONGEST_LINE or len(self.of_record) > MOST_LINES:
            raise csv.Error("the record does not end")
        return line

    def begin(self) -> None:
        self.of_record = []
        self._length = 0

    def give_back(self) -> None:
        """All lines of the record but its first will be fed again."""
        self._held.extendleft(reversed(self.of_record[1:]))
        del self.of_record[1:]


def _records(text: TextIO, separator: str) -> Generator[Record, None, None]:
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(text)
    # Strict: else a quote never closed would end at the next one, and swallow the rows between without a word.
    parser = csv.reader(lines, delimiter=separator, strict=True)
    row = 1
    with text:
        while True:
            lines.begin()
            flaw = None
            try:
                cells = next(parser)
            except StopIteration:
                return
            except UnicodeError as error:
                # UTF-16 without its mark, which no replacing of characters helps.
                raise FileUnreadable(
                    "The file is not in this encoding: choose another one.", "wrong_encoding"
                ) from error
            except csv.Error:
                lines.give_back()
                parser = csv.reader(lines, delimiter=separator, strict=True)
                line = lines.of_record[0].rstrip("\r\n")
                sloppy = _sloppy(line, separator)
                cells, flaw = (sloppy, None) if sloppy else ([line[:LONGEST_CELL]], Flaw.QUOTE_NOT_CLOSED)
            # A record of blank cells is no record: spreadsheets end with thousands of them.
            if any(cell and not cell.isspace() for cell in cells):
                if any("\ufffd" in line for line in lines.of_record):
                    flaw = flaw or Flaw.NOT_IN_THIS_ENCODING
                yield Record(row, cells, flaw)
            row += len(lines.of_record)


def _sloppy(line: str, separator: str) -> list[str] | None:
    """The cells of a line whose inner quotes are not doubled, `1;"ООО "Ромашка"";`; None if one stays open."""
    if line.count('"') % 2 or len(line) > LONGEST_CELL:
        return None
    mark = re.escape(separator)
    return [
        found[1] if found[1] is not None else found[2]
        for found in re.finditer(rf'(?:^|{mark})(?:"(.*?)"(?={mark}|$)|([^{mark}]*))', line)
    ]


def _first_lines(path: Path, encoding: str) -> list[str]:
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    lines = head.decode(encoding, "replace").lstrip("\ufeff").splitlines(keepends=True)[:50]
    while lines and not lines[0].strip():
        lines.pop(0)
    return lines


def _separator_of(lines: list[str], recognised: Recognised) -> str:
    """The one that gives the header the most known names; else the one that splits most lines into equally many."""

    def likeness(separator: str) -> tuple[int, int, int]:
        rows: list[list[str]] = []
        with contextlib.suppress(csv.Error):
            rows.extend(csv.reader(lines, delimiter=separator))
        if not rows:
            return (0, 0, 0)
        width = len(rows[0])
        same = sum(len(row) == width for row in rows) if width > 1 else 0
        return (sum(map(recognised, rows[0])), same, width)

    return max(SEPARATORS, key=likeness)


def _is_content(cell: str) -> bool:
    """Whether a cell of the first row is somebody's, not a column's name: digits enough for a number, or an @."""
    return sum(character.isdigit() for character in cell) >= 5 or "@" in cell


def _by_mark(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without a mark UTF-16 shows itself by a zero in every other byte, were it only those of blanks and separators.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and max(even, odd) > len(head) // 20 and min(even, odd) <= max(even, odd) // 20:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _is_utf8(head: bytes, read: Callable[[int], bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen = len(head)
    try:
        decoder.decode(head)
        while seen < LOOKED_AT and (chunk := read(_CHUNK)):
            seen += len(chunk)
            decoder.decode(chunk)
        if seen < LOOKED_AT:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _likeness(text: str) -> float:
    """How much a decoded text looks like one: Russian by its frequent letters, Western by accents among plain ones."""
    points = 0.0
    before = " "
    for character in text:
        if character > "\x7f":
            if character in _FREQUENT:
                points += 1.0
            elif "А" <= character <= "я" or character in "ёЁ№«»–—":
                # Within a word a capital after a small letter is what the wrong code page gives.
                points += -0.5 if character.isupper() and before.islower() else 0.3
            elif character.isalpha() and before.isascii() and before.isalpha():
                points += 0.9
            elif not character.isalpha():
                points -= 0.5
            if "а" <= character <= "я" and before.isascii() and before.isalpha():
                points -= 2.0
        before = character
    return points
