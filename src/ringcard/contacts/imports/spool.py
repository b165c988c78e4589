"""Files of imports on disk: what was sent, piece by piece, and the rows that were not taken.

One folder, only for us: it holds customers' data. Nothing in a name of a file comes from outside.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ringcard.contacts.imports.model import FileTooLarge, PieceOutOfPlace
from ringcard.contacts.imports.problems import Problem, Reason
from ringcard.storage import DatabaseFull, DatabaseUnreachable

LONGEST_REJECTED: Final = 4_000
"""Characters of a row that was not taken that are kept."""


class Rejected(msgspec.Struct, array_like=True):
    """A row that was not taken, as it is kept: its cells, and column, value, reason and detail of each problem."""

    row: int
    cells: list[str]
    problems: list[tuple[str, str, str, str]]

    def told(self) -> list[Problem]:
        """The problems."""
        return [
            Problem(self.row, column, value, Reason(reason), detail) for column, value, reason, detail in self.problems
        ]


class Spool:
    """The folder of imports' files. Methods raise `StorageError` if the disk fails."""

    def __init__(self, folder: Path, *, largest_file: int) -> None:
        self._folder = folder
        self.largest_file = largest_file

    def file(self, import_id: int) -> Path:
        """Where the file of an import lies."""
        return self._folder / f"{import_id}.file"

    def problems(self, import_id: int, *, trial: bool) -> Path:
        """Where the rows lie that an import, or its dry run, did not take: JSON of `Rejected`, one a line."""
        return self._folder / f"{import_id}.{'trial' if trial else 'problems'}"

    def check_size(self, size: int) -> None:
        """Raises `FileTooLarge`."""
        if size > self.largest_file:
            raise FileTooLarge(f"The file has {size} bytes; at most {self.largest_file} are let in.")

    def put(self, import_id: int, offset: int, piece: bytes) -> int:
        """Write a piece; returns how many bytes are there then.

        A piece that is there already is written again: whoever sent it may not have heard our answer.

        Raises `PieceOutOfPlace`, `FileTooLarge`.
        """
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.file(import_id)
            size = path.stat().st_size if path.exists() else 0
            if offset > size:
                raise PieceOutOfPlace(f"The piece begins at {offset}, but only {size} bytes are there.")
            self.check_size(offset + len(piece))
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.truncate(descriptor, offset)
                os.lseek(descriptor, offset, os.SEEK_SET)
                view = memoryview(piece)
                while view:
                    view = view[os.write(descriptor, view) :]
            finally:
                os.close(descriptor)
            return offset + len(piece)

    def adopt(self, import_id: int, path: Path) -> None:
        """Take a file that lies on this machine, without a second copy if that is possible."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.file(import_id).unlink(missing_ok=True)
            self.file(import_id).symlink_to(path.resolve())

    def rejected(self, import_id: int, *, trial: bool, most: int | None = None) -> Iterator[Rejected]:
        """The rows that were not taken, from the first on, read as they are asked for."""
        decoder = msgspec.json.Decoder(Rejected)
        try:
            file = self.problems(import_id, trial=trial).open("rb")
        except FileNotFoundError:
            return
        with file:
            for place, line in enumerate(file):
                if (most is not None and place >= most) or not line.endswith(b"\n"):
                    return
                yield decoder.decode(line)

    def forget(self, import_id: int) -> None:
        """Delete what there is of an import."""
        for path in (
            self.file(import_id),
            self.problems(import_id, trial=False),
            self.problems(import_id, trial=True),
        ):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def forget_rows(self, import_id: int, is_meant: Callable[[Sequence[str]], bool], *, with_file: bool) -> None:
        """Leave out the rows that were not taken and are meant; with `with_file` the file goes, too."""
        decoder = msgspec.json.Decoder(Rejected)
        with self._writing():
            if with_file:
                self.file(import_id).unlink(missing_ok=True)
            for trial in (False, True):
                path = self.problems(import_id, trial=trial)
                if not path.exists():
                    continue
                left = path.with_suffix(".left")
                with path.open("rb") as old, left.open("wb") as new:
                    for line in old:
                        if not line.endswith(b"\n") or not is_meant(list(_texts(decoder.decode(line)))):
                            new.write(line)
                left.replace(path)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DatabaseFull(f"the folder {self._folder} cannot take the file: its disk is full") from error
            raise DatabaseUnreachable(f"the folder {self._folder} cannot be written: {error.strerror}") from error


def _texts(row: Rejected) -> Iterator[str]:
    yield from row.cells
    for _, value, _, detail in row.problems:
        yield from (value, detail)


class ProblemsFile:
    """Writes the rows that were not taken; what a run that was killed had written beyond `size` is cut off."""

    def __init__(self, path: Path, size: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("ab" if size else "wb")
        self._file.truncate(size)
        self._file.seek(size)
        self._encoder = msgspec.json.Encoder()

    def back_to(self, size: int) -> None:
        """Forget what was noted beyond `size`."""
        if self._file.tell() != size:
            self._file.flush()
            self._file.truncate(size)
            self._file.seek(size)

    def add(self, cells: list[str], problems: tuple[Problem, ...]) -> None:
        """Note a row."""
        kept: list[str] = []
        room = LONGEST_REJECTED
        for cell in cells:
            kept.append(cell[:room].encode("utf-8", "replace").decode())
            room = max(0, room - len(cell))
        said = [(p.column, p.value.encode("utf-8", "replace").decode(), p.reason.value, p.detail) for p in problems]
        self._file.write(self._encoder.encode(Rejected(problems[0].row, kept, said)) + b"\n")

    def flushed(self) -> int:
        """Have everything on its way to the disk; returns the file's size."""
        self._file.flush()
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
