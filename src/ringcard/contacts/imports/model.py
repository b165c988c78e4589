"""An import as it is kept and shown: its state, what was chosen, how far it came.

ImportsError
├── NoSuchImport          there is no import with this number
├── ImportInWrongState    it cannot be done now: the text says what it waits for
├── MappingInvalid        the columns cannot mean that
├── PieceOutOfPlace       a piece of the file was sent that does not follow what is there
└── FileTooLarge          the file is larger than the configuration lets in
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import msgspec

from ringcard.contacts.imports.reading import Layout
from ringcard.contacts.model import ContactsError


class ImportsError(ContactsError):
    """Something about imports; the root of the tree."""

    error_id = "import_state"


class NoSuchImport(ImportsError):
    """There is no import with this number."""

    error_id = "no_such_import"


class ImportInWrongState(ImportsError):
    """This cannot be done to the import now."""

    error_id = "import_state"


class MappingInvalid(ImportsError):
    """The columns cannot mean that."""

    error_id = "import_mapping"


class PieceOutOfPlace(ImportsError):
    """A piece of the file does not begin where the last one ended."""

    error_id = "import_piece"


class FileTooLarge(ImportsError):
    """The file is larger than is let in."""

    error_id = "too_large"


class ImportState(StrEnum):
    """Where an import is. The values are stable: they are kept in the database."""

    UPLOADING = "uploading"
    """The file is not whole yet."""
    READY = "ready"
    """The file was looked at; a person chooses."""
    TRYING = "trying"
    """A dry run is under way, or waits for its turn."""
    RUNNING = "running"
    """It writes, or waits for its turn."""
    DONE = "done"
    CANCELLED = "cancelled"
    """Stopped by a person; what was written stays, and it can go on."""
    FAILED = "failed"
    """Stopped by us: `problem` says why; it can go on."""
    UNDOING = "undoing"
    UNDONE = "undone"


UNDER_WAY: Final = frozenset({ImportState.TRYING, ImportState.RUNNING, ImportState.UNDOING})
"""The states in which a process works on the import; after a restart it goes on."""

Key = Literal["external_id", "name", "number", "email"]


class Duplicates(StrEnum):
    """What becomes of a row whose contact is there already."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose.

    `match_by`: a card is the same by its external id; by its name together with a number or an e-mail; by a number
    alone; by an e-mail alone. An update replaces what the file has columns for and leaves the rest.
    """

    meanings: tuple[str, ...]
    duplicates: Duplicates = Duplicates.UPDATE
    match_by: tuple[Key, ...] = ("external_id", "name")


class Counts(msgspec.Struct, kw_only=True):
    """What became of the rows. `rows` = created + updated + unchanged + skipped + failed, when every contact has one
    row; with orders, several rows are one contact.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    """Rows that were not taken."""
    orders: int = 0
    managers_unknown: int = 0
    """Managers and deputies who are no employees; their names went into the comment."""
    organisations_unknown: int = 0
    """Contacts whose organisation's card is not there: they have its name, and no link."""


class Progress(msgspec.Struct, kw_only=True):
    """How far a run came. `problems_size` is how much of the problems' file belongs to what was done."""

    counts: Counts = msgspec.field(default_factory=Counts)
    position: int = 0
    """Bytes of the file that were read."""
    problems_size: int = 0
    began_at_row: int = 0
    """Where the run that is under way took up, for its rate."""
    began_at_position: int = 0


class Undone(msgspec.Struct, kw_only=True):
    """What an undo did. `kept` were changed by somebody after the import, or have notes or calls: they stay."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    total: int = 0


class ImportJob(msgspec.Struct, frozen=True, kw_only=True):
    """An import."""

    import_id: int
    state: ImportState
    stop: bool
    file_name: str
    file_size: int
    received: int
    language: str
    layout: Layout | None
    header: tuple[str, ...]
    choices: Choices | None
    progress: Progress
    records: int
    """Records of the file that are done: the run goes on after them."""
    trial: Progress | None
    undo: Undone | None
    problem: str | None
    employee_id: str | None
    created_at: datetime
    started_at: datetime | None
    changed_at: datetime
    ended_at: datetime | None
