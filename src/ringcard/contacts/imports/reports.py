"""Rows that were not taken, as CSV for a spreadsheet: what is wrong with each, or the rows to be corrected."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from ringcard.contacts.imports.cells import defused
from ringcard.contacts.imports.spool import Rejected

_ROWS_AT_ONCE = 500
_HEADERS = {
    "en": ("Row", "Column", "Value", "Reason", "What to correct"),
    "ru": ("Строка", "Столбец", "Значение", "Причина", "Что исправить"),
}


def errors(rejected: Iterable[Rejected], language: str) -> Iterator[bytes]:
    """Row, column, value, reason of every problem; in pieces, UTF-8 with a mark, as spreadsheets want it."""
    row, column, value, reason, text = _HEADERS.get(language, _HEADERS["en"])
    rows = (
        [str(each.row), each.column, each.value, each.reason.value, each.told(language)]
        for bad in rejected
        for each in bad.told()
    )
    return _csv([row, column, value, reason, text], rows, ",")


def rows_to_correct(
    rejected: Iterable[Rejected], header: Sequence[str], language: str, separator: str = ","
) -> Iterator[bytes]:
    """The rows as they were, each with what to correct; corrected, the file can be imported."""
    text = _HEADERS.get(language, _HEADERS["en"])[-1]
    rows = (
        [*bad.cells, *[""] * (len(header) - len(bad.cells)), " ".join(each.told(language) for each in bad.told())]
        for bad in rejected
    )
    return _csv([*header, text], rows, separator)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerow(header)
    yield b"\xef\xbb\xbf"
    for place, row in enumerate(rows, 1):
        writer.writerow([defused(cell) for cell in row])
        if place % _ROWS_AT_ONCE == 0:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")
