"""What happened: every event of every call, appended durably, and the call records folded from them.

Here: the append-only store, its one writer, the keys per person, the projection. Not here: what a call is (`calls`),
figures made of many calls (`reports`). How it works and what it promises: docs/explanation/ledger.md.
"""

from ringcard.ledger.entries import ERASED, CallWithdrawn, CardShown, Entry, Fact, StoredEntry, Unreadable
from ringcard.ledger.errors import (
    LedgerClosed,
    LedgerDamaged,
    LedgerError,
    LedgerInUse,
    LedgerOverflow,
    LedgerTooNew,
    LedgerUnusable,
    MasterKeyProblem,
    StoreTrouble,
    Trouble,
    UnwrittenEvents,
)
from ringcard.ledger.journal import Erasure
from ringcard.ledger.ledger import CallPage, Ledger
from ringcard.ledger.memory import MemoryStore
from ringcard.ledger.status import LedgerMetrics, LedgerState, LedgerStatus
from ringcard.ledger.store import LedgerStore, StoreReader
from ringcard.ledger.vault import MasterKey
from ringcard.ledger.verification import Difference, Verification
from ringcard.ledger.writer import LedgerSettings

__all__ = [
    "ERASED",
    "CallPage",
    "CallWithdrawn",
    "CardShown",
    "Difference",
    "Entry",
    "Erasure",
    "Fact",
    "Ledger",
    "LedgerClosed",
    "LedgerDamaged",
    "LedgerError",
    "LedgerInUse",
    "LedgerMetrics",
    "LedgerOverflow",
    "LedgerSettings",
    "LedgerState",
    "LedgerStatus",
    "LedgerStore",
    "LedgerTooNew",
    "LedgerUnusable",
    "MasterKey",
    "MasterKeyProblem",
    "MemoryStore",
    "StoreReader",
    "StoreTrouble",
    "StoredEntry",
    "Trouble",
    "Unreadable",
    "UnwrittenEvents",
    "Verification",
]
