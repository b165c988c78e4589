"""Reading a file ahead of whoever writes what is in it: batch by batch, in a thread or in a process of its own.

Reading takes as long as writing. In one process the two share the interpreter; apart, each has a processor. What goes
over the pipe is a byte for each batch that is wanted, and the batch, msgpack behind its length: no more than one is
ever waiting there and one being read, so memory does not grow with the file.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, Protocol

import msgspec

from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports import files
from ringcard.contacts.imports.drafts import Drafter
from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.reading import FileUnreadable, Layout, Record
from ringcard.numbers import NumberingPlan

BATCH: Final = 5_000
MOST_CHARACTERS: Final = 1_000_000
"""In the cells of a batch: with long remarks it has fewer rows, so that two of them are never much memory."""

_AHEAD: Final = 2
_WITH_DOCUMENTS: Final = b"d"
_WITHOUT: Final = b"-"
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read: the file's cells by row, and how many of its bytes were read then. No entries: the end."""

    entries: list[Entry]
    cells: dict[int, list[str]]
    position: int


class FileToRead(msgspec.Struct, frozen=True, kw_only=True):
    """Which file, what its columns mean, and at which of its records to begin."""

    path: str
    layout: Layout
    language: str
    meanings: tuple[str, ...]
    managers: dict[str, str]
    begun: int
    batch: int = BATCH


class Batches(Protocol):
    """Where a run has its batches from, in the order of the file."""

    with_documents: bool
    """Whether the next ones are to come with what the search is to look through: those of new cards are needed."""

    def begin(self, file: FileToRead) -> None:
        """Open the file. Raises `FileUnreadable`, or `next` does."""

    def look_ahead(self) -> None:
        """Have the next batch read meanwhile."""

    async def next(self) -> Batch:
        """The next batch. Raises `FileUnreadable`."""

    async def close(self) -> None:
        """Close the file, also before its end."""


class Reader:
    """Makes batches of a file. Raises `FileUnreadable`, also while it is read."""

    def __init__(self, file: FileToRead, plan: NumberingPlan, fields: Sequence[FieldSpec]) -> None:
        self._source = files.opened(Path(file.path), file.layout, language=file.language)
        self._batch = file.batch
        self._drafter = Drafter(self._source.header, file.meanings, plan, file.managers, fields)
        self._cells: dict[int, list[str]] = {}
        self._characters = 0
        records = itertools.islice(self._source.records, file.begun, None)
        self._entries = self._drafter.entries(self._cells_kept(records))

    def read(self, *, with_documents: bool) -> Batch:
        """The next batch. Never in two threads at once."""
        self._drafter.with_documents = with_documents
        entries: list[Entry] = []
        self._characters = 0
        for entry in self._entries:
            entries.append(entry)
            if len(entries) >= self._batch or self._characters >= MOST_CHARACTERS:
                break
        cells = self._cells
        if entries:
            # The drafter may have looked one record ahead.
            self._cells = {row: of_row for row, of_row in cells.items() if row > entries[-1].row}
        return Batch(entries, cells, self._source.position())

    def close(self) -> None:
        """Close the file before its end."""
        self._source.close()

    def _cells_kept(self, records: Iterator[Record]) -> Iterator[Record]:
        """The records; those that turn out bad are told with their cells, as long as their batch lasts."""
        for record in records:
            self._cells[record.row] = record.cells
            self._characters += sum(map(len, record.cells))
            yield record


class InThread:
    """`Batches` that a thread reads, for a process that has others to serve, or one processor."""

    def __init__(self, plan: NumberingPlan, fields: Sequence[FieldSpec]) -> None:
        self.with_documents = True
        self._plan = plan
        self._fields = fields
        self._reader: Reader | None = None
        self._ahead: asyncio.Task[Batch] | None = None

    def begin(self, file: FileToRead) -> None:
        """See `Batches`."""
        self._reader = Reader(file, self._plan, self._fields)

    def look_ahead(self) -> None:
        """See `Batches`."""
        if self._ahead is None:
            assert self._reader is not None
            reading = asyncio.to_thread(self._reader.read, with_documents=self.with_documents)
            self._ahead = asyncio.create_task(reading)

    async def next(self) -> Batch:
        """See `Batches`."""
        self.look_ahead()
        ahead, self._ahead = self._ahead, None
        assert ahead is not None
        return await ahead

    async def close(self) -> None:
        """See `Batches`."""
        if self._ahead is not None:
            with contextlib.suppress(Exception):
                await self._ahead
        if self._reader is not None:
            self._reader.close()


class _Unreadable(msgspec.Struct, tag=True):
    text: str
    reason: str


class _Read(msgspec.Struct, tag=True):
    entries: list[Entry]
    cells: dict[int, list[str]]
    position: int


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Read | _Unreadable)


class Apart:
    """`Batches` from a process of their own, which ends with us. It is forked: make it before any thread."""

    def __init__(self, plan: NumberingPlan, fields: Sequence[FieldSpec]) -> None:
        self.with_documents = True
        self._ahead: asyncio.Task[Batch] | None = None
        wanted, self._asks = _pipe()
        self._answers, answers = _pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._asks.close()
            self._answers.close()
            _serve(wanted, answers, plan, fields)
        wanted.close()
        answers.close()

    def begin(self, file: FileToRead) -> None:
        """See `Batches`."""
        _put(self._asks, msgspec.msgpack.encode(file))
        for _ in range(_AHEAD):
            self._ask()

    def look_ahead(self) -> None:
        """See `Batches`."""
        if self._ahead is None:
            self._ahead = asyncio.create_task(asyncio.to_thread(self._receive))

    async def next(self) -> Batch:
        """See `Batches`."""
        self.look_ahead()
        ahead, self._ahead = self._ahead, None
        assert ahead is not None
        return await ahead

    async def close(self) -> None:
        """See `Batches`."""
        if self._ahead is not None:
            with contextlib.suppress(Exception):
                await self._ahead
        with contextlib.suppress(OSError):
            self._asks.close()
        self._answers.close()
        await asyncio.to_thread(os.waitpid, self._pid, 0)

    def _ask(self) -> None:
        with contextlib.suppress(BrokenPipeError):  # what became of it is told by its last answer
            self._asks.write(_WITH_DOCUMENTS if self.with_documents else _WITHOUT)
            self._asks.flush()

    def _receive(self) -> Batch:
        answer = _got(self._answers)
        if answer is None:
            raise RuntimeError("the process that reads the file of an import ended before the file did")
        self._ask()
        found = _DECODER.decode(answer)
        if isinstance(found, _Unreadable):
            raise FileUnreadable(found.text, found.reason)
        return Batch(found.entries, found.cells, found.position)


def _serve(wanted: BinaryIO, answers: BinaryIO, plan: NumberingPlan, fields: Sequence[FieldSpec]) -> NoReturn:
    """The other process: a batch for every byte, until nobody asks any more."""
    code = 0
    try:
        _answer(wanted, answers, plan, fields)
    except BrokenPipeError:
        pass
    except BaseException:
        code = 1
        traceback.print_exc()
    os._exit(code)


def _answer(wanted: BinaryIO, answers: BinaryIO, plan: NumberingPlan, fields: Sequence[FieldSpec]) -> None:
    asked = _got(wanted)
    if asked is None:
        return
    try:
        reader = Reader(msgspec.msgpack.decode(asked, type=FileToRead), plan, fields)
        while sign := wanted.read(1):
            batch = reader.read(with_documents=sign == _WITH_DOCUMENTS)
            _put(answers, _ENCODER.encode(_Read(batch.entries, batch.cells, batch.position)))
    except FileUnreadable as error:
        _put(answers, _ENCODER.encode(_Unreadable(str(error), error.reason)))


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    there, here = os.pipe()
    return os.fdopen(there, "rb"), os.fdopen(here, "wb")


def _put(pipe: BinaryIO, data: bytes) -> None:
    pipe.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    pipe.flush()


def _got(pipe: BinaryIO) -> bytes | None:
    """What was put, None if nobody will any more."""
    length = pipe.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    size = int.from_bytes(length, "big")
    data = pipe.read(size)
    return data if len(data) == size else None
