"""Opening a file whatever its kind: what it looks like, and what is in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from ringcard.contacts.imports import columns, delimited, vcard, xlsx
from ringcard.contacts.imports.reading import FileKind, FileUnreadable, Layout, Record, Source


def layout_of(path: Path, recognised: Callable[[str], bool] = columns.known) -> Layout:
    """How the file is to be read, as far as it tells by itself. Raises `FileUnreadable`."""
    try:
        if xlsx.is_xlsx(path):
            sheet = xlsx.sheets_of(path)[0]
            plain = Layout(kind=FileKind.XLSX, sheet=sheet)
            source = xlsx.opened(path, plain)
            source.close()
            return xlsx.layout_of(sheet, source.header, recognised)
        return vcard.layout_of(path) or delimited.layout_of(path, recognised)
    except OSError as error:
        raise FileUnreadable(f"The file cannot be read: {error.strerror}.") from error


def opened(path: Path, layout: Layout, *, language: str = "en") -> Source:
    """The file's records. Raises `FileUnreadable`, also while they are read."""
    match layout.kind:
        case FileKind.CSV:
            return delimited.opened(path, layout)
        case FileKind.XLSX:
            return xlsx.opened(path, layout)
        case FileKind.VCARD:
            return vcard.opened(path, layout, language=language)


def first(path: Path, layout: Layout, most: int, *, language: str = "en") -> tuple[list[str], list[Record]]:
    """The header and the first records. Raises `FileUnreadable`."""
    source = opened(path, layout, language=language)
    try:
        return source.header, list(itertools.islice(source.records, most))
    finally:
        source.close()


def sheets(path: Path, layout: Layout) -> list[str]:
    """The sheets there are to choose from; none if the file is no workbook."""
    return xlsx.sheets_of(path) if layout.kind is FileKind.XLSX else []
