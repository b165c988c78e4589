"""Looking at a file that is said to be a log of calls, before anything is made of it. Blocks; for a thread."""

from __future__ import annotations

import codecs
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from ringcard.app.call_imports.staging import Told
from ringcard.app.old_calls import rows_of_csv
from ringcard.contacts.imports.model import FileTooLarge, PieceOutOfPlace
from ringcard.contacts.imports.spool import Spool
from ringcard.pbx.asterisk.cdr import COLUMNS, NEEDED, RowUnfit, read_queue_line, read_row
from ringcard.web.old_calls import LogPieceOutOfPlace, LogTooLarge, LogUnreadable, Part, SkippedRow

LOOKED_AT: Final = 200
"""Rows: if none of the first ones can be read, it is another file."""
NOT_READ: Final = "not-read"
"""In a folder of `new_staged`: what becomes the report."""
_NEW = "new-"
_TOLD = "told.json"
_PIECE = 1 << 20

BEGINNINGS: Final = {
    b"PK\x03\x04": ("spreadsheet", "It is a spreadsheet or an archive: save the table as CSV, and send that."),
    b"\x1f\x8b": ("compressed", "It is compressed: unpack it (gunzip), and send what is in it."),
    b"BZh": ("compressed", "It is compressed: unpack it (bunzip2), and send what is in it."),
    b"\xfd7zXZ": ("compressed", "It is compressed: unpack it (unxz), and send what is in it."),
    b"SQLite format 3\0": ("database", "It is a database: import it by `ringcard history import sqlite:///…`."),
    b"\xff\xfe": ("utf16", "Its text is UTF-16: save it as UTF-8, and send that."),
    b"\xfe\xff": ("utf16", "Its text is UTF-16: save it as UTF-8, and send that."),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How the bytes of a log are text, and what its columns are called."""

    encoding: str
    columns: tuple[str, ...]


class LogFiles:
    """The files of imports, in a folder only for us."""

    def __init__(self, folder: Path, *, largest_file: int) -> None:
        self._folder = folder
        self._spools: dict[Part, Spool] = {
            "calls": Spool(folder / "calls", largest_file=largest_file),
            "queue_log": Spool(folder / "queue_log", largest_file=largest_file),
        }

    def file(self, import_id: int, part: Part = "calls") -> Path:
        return self._spools[part].file(import_id)

    def staged(self, import_id: int) -> Path:
        """The folder where its rows lie once they were read."""
        return self._folder / "staged" / str(import_id)

    def new_staged(self) -> Path:
        """A folder for rows whose import is not there yet; `keep_staged` or delete it. Only for who has the ledger."""
        folder = self._folder / "staged"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in folder.glob(f"{_NEW}*"):
            shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=_NEW, dir=folder))

    def keep_staged(self, folder: Path, import_id: int, told: Told) -> None:
        """What was read into `folder`, the list of rows that could not be read included, is this import's."""
        self.forget(import_id, report=True)
        (folder / NOT_READ).rename(self.report(import_id))
        folder.rename(self.staged(import_id))
        self.tell(import_id, told)
        owner = self._folder.parent.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            # By `sudo ringcard history import`: the server has to be able to go on with it.
            for each in (self._folder, *self._folder.rglob("*")):
                os.chown(each, owner.st_uid, owner.st_gid)

    def told(self, import_id: int) -> Told | None:
        """What its files hold, if they were read to the end."""
        try:
            return msgspec.json.decode((self.staged(import_id) / _TOLD).read_bytes(), type=Told)
        except FileNotFoundError:
            return None

    def tell(self, import_id: int, told: Told) -> None:
        """Its files were read to the end."""
        (self.staged(import_id) / _TOLD).write_bytes(msgspec.json.encode(told))

    def can_go_on(self, import_id: int) -> bool:
        """Whether what it brings is here: the file, or what was read of it."""
        return self.file(import_id).exists() or (self.staged(import_id) / _TOLD).exists()

    def report(self, import_id: int) -> Path:
        """Rows that could not be read: JSON of `SkippedRow`, one a line. Nothing of what stood in them."""
        return self._folder / f"{import_id}.skipped"

    def check_size(self, size: int) -> None:
        """Raises `LogTooLarge`."""
        try:
            self._spools["calls"].check_size(size)
        except FileTooLarge as error:
            raise LogTooLarge(str(error)) from error

    def put(self, import_id: int, part: Part, offset: int, piece: bytes) -> int:
        """Write a piece; how many bytes are there then. Raises `LogPieceOutOfPlace`, `LogTooLarge`, `StorageError`."""
        try:
            return self._spools[part].put(import_id, offset, piece)
        except PieceOutOfPlace as error:
            raise LogPieceOutOfPlace(str(error)) from error
        except FileTooLarge as error:
            raise LogTooLarge(str(error)) from error

    def skipped(self, import_id: int, most: int | None) -> Iterator[SkippedRow]:
        """What stands in the report."""
        try:
            file = self.report(import_id).open("rb")
        except FileNotFoundError:
            return
        with file:
            for line in islice(file, most):
                if line.endswith(b"\n"):
                    yield msgspec.json.decode(line, type=SkippedRow)

    def forget(self, import_id: int, *, report: bool) -> None:
        """Delete what customers stand in; with `report` also which rows could not be read."""
        for spool in self._spools.values():
            spool.forget(import_id)
        self.forget_staged(import_id)
        if report:
            self.report(import_id).unlink(missing_ok=True)

    def forget_staged(self, import_id: int) -> None:
        shutil.rmtree(self.staged(import_id), ignore_errors=True)


def looked_at(path: Path, zone: tzinfo, columns: Sequence[str] = ()) -> Look:
    """Whether it is a log of calls. Raises `LogUnreadable`, which says what else it looks like."""
    with path.open("rb") as file:
        beginning = file.read(64)
    for magic, (reason, advice) in BEGINNINGS.items():
        if beginning.startswith(magic):
            raise LogUnreadable(advice, reason)
    encoding = _encoding(path)
    named = _names(path, encoding)
    read = list(islice(rows_of_csv(path, columns or COLUMNS, encoding=encoding), LOOKED_AT))
    if not read:
        raise LogUnreadable("There is no row in it.", "empty")
    first: RowUnfit | None = None
    for _, row in read:
        try:
            if isinstance(row, RowUnfit):
                raise row
            read_row({"end": ""} | row, zone)
        except RowUnfit as unfit:
            first = first or unfit
            continue
        return Look(encoding, named or tuple(columns) or COLUMNS)
    if first is not None and any(read_queue_line(line) for line in _lines(path, encoding)):
        raise LogUnreadable("It is a queue_log: send it beside Master.csv, not in its place.", "queue_log")
    raise LogUnreadable(
        f"Not one of its first {len(read)} rows is a call ({first}). Send Asterisk's Master.csv, or a CSV whose first"
        f" line names at least {', '.join(NEEDED)}.",
        "no_calls",
    )


def queue_log_looked_at(path: Path) -> None:
    """Raises `LogUnreadable` unless one of its first lines is a queue's."""
    if not any("|" in line and line.split("|", 1)[0].replace(".", "", 1).isdecimal() for line in _lines(path, "utf-8")):
        raise LogUnreadable("It is no queue_log: its lines are like 1772352000|ID|queue|agent|EVENT|…", "no_queue_log")


def _lines(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=encoding, errors="replace") as file:
        return [line[:1_000] for line in islice(file, LOOKED_AT)]


def _names(path: Path, encoding: str) -> tuple[str, ...] | None:
    first = next(iter(_lines(path, encoding)), "").lower()
    names = tuple(name.strip().strip('"').removeprefix("\ufeff") for name in first.split(","))
    return names if {"src", "dst", "channel"} <= set(names) else None


def _encoding(path: Path) -> str:
    """UTF-8 if every byte of it is, else the code page of Windows in Russia, in which every byte is a letter."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            beginning = file.read(3)
            decoder.decode(beginning)
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1251"
    return "utf-8-sig" if beginning == codecs.BOM_UTF8 else "utf-8"
