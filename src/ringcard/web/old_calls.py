"""Importing old calls as the web sees it: what an import is, and the port to whoever works on it.

OldCallsError
├── NoSuchCallImport        there is no import with this number
├── CallImportInWrongState  it cannot be done now
├── CallImportInvalid       the PBX, the zone or the columns cannot be that: `reason`
├── LogUnreadable           the file is no log of calls: `reason`
├── LogPieceOutOfPlace      a piece of the file does not follow what is there
└── LogTooLarge             the file is larger than is let in
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from ringcard.calls.record import CallRecord

Part = Literal["calls", "queue_log"]
"""Which of the two files: the CDRs, or the queues' log that says who answered."""

CallImportState = Literal[
    "uploading", "ready", "trying", "running", "done", "cancelled", "failed", "undoing", "undone"
]  # fmt: skip
"""As for contacts (`contacts.imports.model.ImportState`)."""


class OldCallsError(Exception):
    """Something about an import of old calls; the root of the tree. `reason` says which, in one word."""

    error_id: ClassVar[str] = "import_state"

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason


class NoSuchCallImport(OldCallsError):
    """There is no import with this number."""

    error_id = "no_such_import"


class CallImportInWrongState(OldCallsError):
    """This cannot be done to the import now."""

    error_id = "import_state"


class CallImportInvalid(OldCallsError):
    """The PBX, the zone or the columns cannot be that."""

    error_id = "call_import_invalid"


class LogUnreadable(OldCallsError):
    """The file is no log of calls; the text says what to change."""

    error_id = "call_log_unreadable"


class LogPieceOutOfPlace(OldCallsError):
    """A piece of a file does not begin where the last one ended."""

    error_id = "import_piece"


class LogTooLarge(OldCallsError):
    """The file is larger than is let in."""

    error_id = "too_large"


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file that is sent: its name, how many bytes it has, and how many of them are there."""

    name: str
    size: int
    received: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """How far a run came. `skipped` rows could not be read; `known` calls were there; `added` were, or would be."""

    rows: int = 0
    skipped: int = 0
    calls: int = 0
    added: int = 0
    known: int = 0
    withdrawn: int = 0
    """Calls that an undo took back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallImport:
    """An import. `trial` is what the last dry run found; `problem` why it stopped, in one word.

    `can_go_on`: it was stopped, or failed, and what it brings is still here.
    """

    import_id: int
    state: CallImportState
    stopping: bool
    can_go_on: bool
    file: LogFile
    queue_log: LogFile | None
    pbx: str
    zone: str
    columns: tuple[str, ...]
    """Of the file, as it is read now."""
    counts: CallCounts
    trial: CallCounts | None
    problem: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that could not be read: the line it ends in, which column, and why, in one word."""

    row: int
    column: str
    reason: str


class OldCallImports(Protocol):
    """Every method may raise `NoSuchCallImport` and `StorageError`."""

    def pbxs(self) -> Sequence[str]:
        """Whose logs can be imported: our names of PBXs."""

    async def create(
        self, file: LogFile, queue_log: LogFile | None, *, pbx: str, zone: str, employee_id: str
    ) -> CallImport:
        """An import whose files are sent by `put`. Raises `LogTooLarge`, `CallImportInvalid`."""

    async def put(self, import_id: int, part: Part, offset: int, piece: bytes) -> CallImport:
        """A piece of a file; with the last one it is looked at.

        Raises `CallImportInWrongState`, `LogPieceOutOfPlace`, `LogTooLarge`, `LogUnreadable`.
        """

    async def choose(self, import_id: int, *, pbx: str, zone: str, columns: Sequence[str]) -> CallImport:
        """Read it otherwise. Raises `CallImportInWrongState`, `CallImportInvalid`."""

    async def get(self, import_id: int) -> CallImport: ...

    async def newest(self, limit: int, before: int | None) -> list[CallImport]: ...

    async def preview(self, import_id: int) -> list[CallRecord]:
        """The first calls, as they would be kept. Raises `CallImportInWrongState`."""

    async def begin(self, import_id: int, what: Literal["trying", "running", "undoing"]) -> CallImport:
        """Raises `CallImportInWrongState`."""

    async def stop(self, import_id: int) -> CallImport:
        """What was added stays; it can go on or be undone. Raises `CallImportInWrongState`."""

    async def forget(self, import_id: int) -> None:
        """Its files and report go; what it added stays and can no longer be undone. Raises `CallImportInWrongState`."""

    def skipped(self, import_id: int, most: int | None = None) -> Iterator[SkippedRow]:
        """The rows that the last run could not read. Blocks."""
