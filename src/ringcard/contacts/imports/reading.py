"""What every kind of file is read into: a header, and records that are cells under it.

What the columns mean is in `columns`, how each kind is read in `delimited`, `xlsx` and `vcard`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from ringcard.contacts.model import ContactsError

LONGEST_CELL: Final = 131_072
"""Characters. Nothing of a card is longer; a longer cell is a quote that was never closed, or a picture."""

MOST_COLUMNS: Final = 512


class FileUnreadable(ContactsError):
    """The file is not what it was taken for; the text says what to change, `reason` the same in one word."""

    error_id = "import_unreadable"

    def __init__(self, text: str, reason: str = "damaged") -> None:
        super().__init__(text)
        self.reason = reason


class FileKind(StrEnum):
    """Kinds of files."""

    CSV = "csv"
    XLSX = "xlsx"
    VCARD = "vcard"


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read: found by looking at it, and every part may be chosen otherwise by a person."""

    kind: FileKind
    encoding: str | None = None
    """Of CSV and vCard: a name that Python's codecs know."""
    separator: str | None = None
    """Of CSV: one character."""
    sheet: str | None = None
    """Of XLSX."""
    has_header: bool = True
    """Whether the first row of a table names the columns."""


class Flaw(StrEnum):
    """Why a record cannot be read at all."""

    QUOTE_NOT_CLOSED = "quote_not_closed"
    NOT_IN_THIS_ENCODING = "not_in_this_encoding"
    TOO_MANY_CELLS = "too_many_cells"
    CARD_BROKEN = "card_broken"


@dataclass(frozen=True, slots=True)
class Record:
    """One contact's worth of a file: the line, or row of the sheet, at which it begins, and its cells as they are."""

    row: int
    cells: list[str]
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An open file: `header` names the columns, `records` are read once, `position` says how many of its bytes were
    read so far.
    """

    header: list[str]
    records: Generator[Record, None, None]
    position: Callable[[], int]

    def close(self) -> None:
        """Close the file before its end."""
        self.records.close()


def unnamed(width: int) -> list[str]:
    """Names of columns for a table that has none."""
    return [f"Column {place}" for place in range(1, width + 1)]
