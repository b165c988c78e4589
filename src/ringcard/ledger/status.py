"""How the ledger is doing: for the administrator's page, for `/readyz`, for `/metrics`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ringcard.ledger.errors import Trouble


class LedgerMetrics:
    """The figures of one ledger; `register` puts them where `/metrics` finds them."""

    def __init__(self) -> None:
        self.queued = Gauge("ringcard_ledger_queued_events", "Events appended and not durable yet.", registry=None)
        self.written = Counter("ringcard_ledger_written_events", "Events made durable.", registry=None)
        self.refused = Counter(
            "ringcard_ledger_refused_events", "Events not taken because the queue was full.", registry=None
        )
        self.commit_seconds = Histogram(
            "ringcard_ledger_commit_seconds",
            "Time of one group commit, sealing and folding included.",
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
            registry=None,
        )
        self.failed = Counter(
            "ringcard_ledger_failed_commits",
            "Commits that failed and were retried.",
            ["trouble"],
            registry=None,
        )

    def register(self, registry: CollectorRegistry) -> None:
        """Show the figures in `registry`."""
        for metric in (self.queued, self.written, self.refused, self.commit_seconds, self.failed):
            registry.register(metric)


class LedgerState(StrEnum):
    """What the writer does."""

    WRITING = "writing"
    BEHIND = "behind"
    """It writes, and more than half of the queue is full: the disk is too slow for the load."""
    FAILING = "failing"
    """It cannot write; everything is kept in memory and tried again."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """The ledger now. `problem` says what is wrong and what to do; None if nothing is.

    `durable` is the last position that is safe on the disk; `queued` events wait for it, `refused` were not taken
    because the queue was full. `last_commit_s` is the duration of the latest commit.
    """

    state: LedgerState
    since: datetime
    trouble: Trouble | None
    problem: str | None
    durable: int
    queued: int
    queue_limit: int
    refused: int
    last_commit_s: float | None
