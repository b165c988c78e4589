"""What an examination of a PBX finds, one check after the other: for the set-up page and for `ringcard doctor`.

A connector that can examine has a class method `examine(settings)`; one that cannot is examined by running it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class Verdict(StrEnum):
    """How one check went."""

    FINE = "fine"
    MIND = "mind"
    """It works, and somebody should know this."""
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """Nothing happened by which it could be told."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `name` and `reason` are stable, for a page that says it in its own words; `text` is in English.

    `facts` are what was learnt by the way: plain values.
    """

    name: str
    verdict: Verdict
    text: str
    took_ms: float
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a configuration file, and what it is for (a stable name)."""

    text: str
    why: str


@runtime_checkable
class Examinable(Protocol):
    """A connector's class that can look at a PBX without becoming part of it."""

    def examine(self, settings: Any) -> AsyncIterator[Check]:
        """Check by check, in the order of what depends on what; ends after the first that makes the rest idle."""
