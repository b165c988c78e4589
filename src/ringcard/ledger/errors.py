"""What can go wrong with the ledger.

LedgerError
├── LedgerUnusable         it cannot be opened; the text says what to do
│   ├── LedgerInUse        another ringcard has it
│   ├── LedgerDamaged      the file is torn, corrupt, or not a ledger
│   ├── LedgerTooNew       a later ringcard wrote it
│   └── MasterKeyProblem   the key file is missing, wrong or readable by others
├── LedgerClosed           asked after `close`
├── LedgerOverflow         the queue is full: the disk did not take anything for a long time
├── UnwrittenEvents        closed while events could not be written
└── StoreTrouble           one write or read failed; the writer retries (does not leave the ledger)
"""

from __future__ import annotations

from enum import StrEnum


class LedgerError(Exception):
    """Something about the ledger; the root of the tree."""


class LedgerUnusable(LedgerError):
    """The ledger cannot be opened."""


class LedgerInUse(LedgerUnusable):
    """Another ringcard uses this ledger."""


class LedgerDamaged(LedgerUnusable):
    """The file is not a whole ledger."""


class LedgerTooNew(LedgerUnusable):
    """A later version of ringcard wrote this ledger."""


class MasterKeyProblem(LedgerUnusable):
    """The master key is missing, is another ledger's, or can be read by others."""


class LedgerClosed(LedgerError):
    """The ledger was closed."""


class LedgerOverflow(LedgerError):
    """The queue is full; nothing of this append was taken."""


class UnwrittenEvents(LedgerError):
    """The ledger was closed while events could not be written; `events` says how many are lost."""

    def __init__(self, events: int, problem: str) -> None:
        super().__init__(f"{events} events were not written: {problem}")
        self.events = events


class Trouble(StrEnum):
    """Why a write did not succeed."""

    DISK_FULL = "disk_full"
    LOCKED = "locked"
    UNWRITABLE = "unwritable"
    DAMAGED = "damaged"
    UNREACHABLE = "unreachable"
    """The database server does not answer."""
    TAKEN = "taken"
    """Another ringcard wrote to the same ledger while we had no connection."""
    FAULT = "fault"
    """Ours: an error that nobody expected."""


ADVICE = {
    Trouble.DISK_FULL: "The disk that holds the ledger is full: free some space; ringcard goes on by itself.",
    Trouble.LOCKED: "Another program holds the ledger's database locked: close it; ringcard goes on by itself.",
    Trouble.UNWRITABLE: "The ledger cannot be written: check that its disk is mounted, writable and within quota.",
    Trouble.DAMAGED: "The ledger's file is damaged: stop ringcard and restore the file from a backup.",
    Trouble.UNREACHABLE: "The ledger's database server does not answer: start it; ringcard goes on by itself.",
    Trouble.TAKEN: "Another ringcard writes to this ledger: stop one of the two, then restart the other.",
    Trouble.FAULT: "The ledger met an error of ringcard itself: report it with the log.",
}
"""What an administrator is told; one sentence of what is wrong, one of what to do."""


class StoreTrouble(LedgerError):
    """A read or write of the store failed; nothing of it was done."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = detail
