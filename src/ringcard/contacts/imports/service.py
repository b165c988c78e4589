"""Importing as the web and the command line ask for it: from an empty import to one that was undone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports import columns, files
from ringcard.contacts.imports.drafts import Drafter
from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.model import (
    Choices,
    Duplicates,
    ImportInWrongState,
    ImportJob,
    ImportState,
    Key,
    MappingInvalid,
)
from ringcard.contacts.imports.reading import FileUnreadable, Layout, Record
from ringcard.contacts.imports.spool import Rejected, Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import StorageError

PREVIEWED = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file, as they are and as they would become."""

    header: tuple[str, ...]
    records: tuple[Record, ...]
    entries: tuple[Entry, ...]
    sheets: tuple[str, ...]


class Importing:
    """Imports of contacts. `plan` says how numbers are read now, `fields` which own fields a card has, `wake` tells
    whoever works on imports to look.

    Every method raises `NoSuchImport` and `StorageError`.
    """

    def __init__(
        self,
        store: ImportStore,
        spool: Spool,
        plan: Callable[[], NumberingPlan],
        wake: Callable[[], None],
        *,
        fields: Callable[[], Sequence[FieldSpec]] = tuple,
    ) -> None:
        self.store = store
        self._spool = spool
        self._plan = plan
        self._wake = wake
        self.fields = fields

    async def create(self, file_name: str, size: int, *, language: str, employee_id: str | None) -> ImportJob:
        """An import of a file of `size` bytes, which is sent by `put`. Raises `FileTooLarge`."""
        self._spool.check_size(size)
        held = await self.store.create(file_name, size, language=language, employee_id=employee_id)
        # A number is never given twice, but its files may lie there if a database was restored from a backup.
        await asyncio.to_thread(self._spool.forget, held.import_id)
        return held

    async def put(self, import_id: int, offset: int, piece: bytes) -> ImportJob:
        """A piece of the file; with the last one it is looked at.

        Raises `ImportInWrongState`, `PieceOutOfPlace`, `FileTooLarge`, `FileUnreadable`.
        """
        held = await self.store.get(import_id)
        if held.state is not ImportState.UPLOADING:
            raise ImportInWrongState("The file is whole already.")
        if offset + len(piece) > held.file_size:
            raise ImportInWrongState(f"The file was said to have {held.file_size} bytes: this is more.")
        size = await asyncio.to_thread(self._spool.put, import_id, offset, piece)
        await self.store.received(import_id, size)
        if size < held.file_size:
            return await self.store.get(import_id)
        return await self.look(import_id, None)

    async def adopt(self, path: Path, *, language: str, employee_id: str | None) -> ImportJob:
        """An import of a file that lies on this machine. Raises `FileUnreadable`."""
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except OSError as error:
            raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error
        # A name in another encoding, as of a disk from Windows, is no text that could be kept.
        name = os.fsencode(path.name).decode(errors="replace")
        held = await self.store.create(name, size, language=language, employee_id=employee_id)
        await asyncio.to_thread(self._spool.adopt, held.import_id, path)
        await self.store.received(held.import_id, size)
        try:
            return await self.look(held.import_id, None)
        except BaseException:
            await self.forget(held.import_id)
            raise

    async def look(self, import_id: int, layout: Layout | None) -> ImportJob:
        """Read the file's beginning, by this layout or by what it looks like, and propose what its columns mean.

        Raises `FileUnreadable`, `ImportInWrongState`.
        """
        held = await self.store.get(import_id)
        if held.received < held.file_size:
            raise ImportInWrongState("The file is not whole yet.")
        path = self._spool.file(import_id)
        if layout is None:
            fields = self.fields()
            layout = await asyncio.to_thread(
                files.layout_of, path, lambda name: columns.known(name) or columns.custom_of(name, fields) is not None
            )
        header, _ = await asyncio.to_thread(files.first, path, layout, 1, language=held.language)
        meanings = await self.store.remembered(header)
        if meanings is None or columns.mapping_problem(meanings, len(header), self.fields()) is not None:
            meanings = tuple(columns.guessed(header, layout.kind, self.fields()))
        choices = held.choices or Choices(meanings=())
        if len(choices.meanings) != len(header) or tuple(header) != held.header:
            choices = Choices(meanings=meanings, duplicates=choices.duplicates, match_by=choices.match_by)
        return await self.store.looked_at(import_id, layout, header, choices)

    async def preview(self, import_id: int) -> Preview:
        """The first rows. Raises `FileUnreadable`, `ImportInWrongState`."""
        held = await self.store.get(import_id)
        layout, choices = held.layout, held.choices
        if layout is None or choices is None:
            raise ImportInWrongState("The file is not whole yet.")
        path = self._spool.file(import_id)
        managers = await self.store.managers()

        def read() -> Preview:
            header, records = files.first(path, layout, PREVIEWED, language=held.language)
            drafter = Drafter(header, choices.meanings, self._plan(), managers, self.fields())
            entries = drafter.entries(iter(records))
            return Preview(tuple(header), tuple(records), tuple(entries), tuple(files.sheets(path, layout)))

        return await asyncio.to_thread(read)

    async def choose(
        self, import_id: int, meanings: Sequence[str], duplicates: Duplicates, match_by: Sequence[Key]
    ) -> ImportJob:
        """What the columns mean, and what is to become of contacts that are there. Raises `MappingInvalid`."""
        held = await self.store.get(import_id)
        problem = columns.mapping_problem(meanings, len(held.header), self.fields())
        if problem is not None:
            raise MappingInvalid(problem)
        choices = Choices(meanings=tuple(meanings), duplicates=duplicates, match_by=tuple(dict.fromkeys(match_by)))
        return await self.store.chosen(import_id, choices)

    async def begin(self, import_id: int, state: ImportState) -> ImportJob:
        """Try, run or undo it. Raises `ImportInWrongState`, `MappingInvalid`."""
        held = await self.store.get(import_id)
        if state is not ImportState.UNDOING and held.choices is not None:
            problem = columns.mapping_problem(held.choices.meanings, len(held.header), self.fields())
            if problem is not None:
                raise MappingInvalid(problem)
        held = await self.store.begin(import_id, state)
        self._wake()
        return held

    async def stop(self, import_id: int) -> ImportJob:
        """Stop after the batch at hand. Raises `ImportInWrongState`."""
        return await self.store.stop(import_id)

    async def forget(self, import_id: int) -> None:
        """Forget it and delete its file: what it wrote stays and can no longer be undone."""
        await self.store.forget(import_id)
        try:
            await asyncio.to_thread(self._spool.forget, import_id)
        except OSError as error:
            raise StorageError(f"the files of import {import_id} cannot be deleted: {error.strerror}") from error

    def forget_rows(self, import_id: int, is_meant: Callable[[Sequence[str]], bool], *, with_file: bool) -> None:
        """Take rows that were not taken out of the reports, and the file itself away if asked to. Blocks."""
        self._spool.forget_rows(import_id, is_meant, with_file=with_file)

    def rejected(self, held: ImportJob, *, most: int | None = None) -> Iterator[Rejected]:
        """The rows that were not taken, by the last run or dry run, in the order of the file."""
        return self._spool.rejected(held.import_id, trial=held.trial is not None and held.records == 0, most=most)
