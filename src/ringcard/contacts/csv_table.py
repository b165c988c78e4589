"""Reading a table that came out of a spreadsheet or a CRM: its encoding, its separator, its cells.

Pure but for reading the file, which is streamed. What the columns mean is in `csv_import`.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from ringcard.contacts.model import ContactsError

SEPARATORS: Final = (";", ",", "\t")
NOTHING: Final = frozenset({"", "-", "–", "—", "нет", "n/a", "none", "null"})
YES: Final = frozenset({"да", "yes", "y", "true", "1", "x", "х", "+", "vip"})
NO: Final = NOTHING | frozenset({"no", "n", "false", "0"})
CURRENCIES: Final = {"₽": "RUB", "р": "RUB", "руб": "RUB", "рублей": "RUB", "€": "EUR", "$": "USD", "₸": "KZT"}

_CHUNK = 1 << 16


class TableUnreadable(ContactsError):
    """The file is not the table that was asked for; the text says what to change."""

    error_id = "import_unreadable"


class CellInvalid(ValueError):
    """A cell cannot be meant; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file at which it begins (the header is line 1) and its cells, as they are."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """An open table: `header` as written, `rows` to be read once."""

    encoding: str
    separator: str
    header: list[str]
    rows: Iterator[Row]


def encoding_of(path: Path) -> str:
    """`utf-8-sig`, `utf-16` if it begins so, else `cp1251`: what Excel in Russia writes. Reads the file once.

    Raises `TableUnreadable`.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            head = file.read(_CHUNK)
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            if head.startswith(b"PK\x03\x04") or b"\x00" in head:
                raise TableUnreadable(f"{path.name} is no text: save it as CSV in the spreadsheet first")
            decoder.decode(head)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1251"
    except OSError as error:
        raise TableUnreadable(f"{path} cannot be read: {error.strerror}") from error
    return "utf-8-sig"


def open_table(path: Path, recognised: Callable[[str], bool]) -> Table:
    """Open a table. The separator is the one that gives the header the most columns that are `recognised`.

    Raises `TableUnreadable`, also later, while the rows are read, if the file ends inside of quotes.
    """
    encoding = encoding_of(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        first = file.readline(_CHUNK)
    if not first.strip():
        raise TableUnreadable(f"{path.name} is empty: its first line must name the columns")
    headers = {separator: next(csv.reader([first], delimiter=separator), []) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda sign: sum(map(recognised, headers[sign])))
    header = [name.strip() for name in headers[separator]]
    if not any(map(recognised, header)):
        raise TableUnreadable(f"{path.name}: no column is known in the first line ({first.strip()[:80]!r})")
    return Table(encoding, separator, header, _rows(path, encoding, separator))


def _rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        line = 1
        try:
            for number, cells in enumerate(reader):
                if number and any(cell.strip() for cell in cells):
                    yield Row(line, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            raise TableUnreadable(
                f"{path.name}, line {line}: {error}: is a quote opened there and never closed?"
            ) from error


def text(cell: str) -> str | None:
    """A cell's text; None if it says that there is nothing."""
    trimmed = cell.replace("\u00a0", " ").strip()
    return None if trimmed.casefold() in NOTHING else trimmed


def several(cell: str) -> list[str]:
    """The values of a cell that may hold several, apart by `;`, `,`, `|` or new lines."""
    return [value for part in re.split(r"[;,|\n]", cell) if (value := text(part)) is not None]


def yes(cell: str) -> bool:
    """Raises `CellInvalid`."""
    word = cell.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellInvalid(f"{cell!r}: write yes or no")


def amount(cell: str) -> Decimal | None:
    """`84 300,50 ₽`, `84,300.50`, `84300.5`; what could mean two sums is refused. Raises `CellInvalid`."""
    written = text(cell)
    if written is None:
        return None
    digits = re.sub(r"[\s'\u2009\u202f]|[₽€$₸]|(руб(лей)?|р)\.?$|[A-Za-z]{3}$", "", written, flags=re.IGNORECASE)
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", digits):
        if digits.count(",") == 1 and "." not in digits:
            raise CellInvalid(f"{written!r} can mean two sums: write {digits.replace(',', '')} or {digits}0")
        digits = digits.replace(",", "")
    elif re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    digits = digits.replace(",", ".")
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,8})?", digits):
        raise CellInvalid(f"{written!r} is no sum: write it as 84300.50")
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise CellInvalid(f"{written!r} is no sum: write it as 84300.50") from error


def currency(cell: str) -> str | None:
    """An ISO 4217 code of a code, a sign or the Russian word. Raises `CellInvalid`."""
    written = text(cell)
    if written is None:
        return None
    code = CURRENCIES.get(written.casefold().rstrip("."), written.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise CellInvalid(f"{written!r} is no currency: write its three letters, as RUB")
    return code


def day(cell: str) -> date | None:
    """`2026-11-19`, `19.11.2026`, each with or without a time. Raises `CellInvalid`."""
    written = text(cell)
    if written is None:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(re.split(r"[T\s]", written)[0], form).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    raise CellInvalid(f"{written!r} is no date: write 2026-11-19 or 19.11.2026")
