"""What was made of a written number, step by step: for the page on which an administrator tries one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a written number is."""

    PUBLIC = "public"
    INTERNAL = "internal"
    """One of the company's own extensions."""
    EMERGENCY = "emergency"
    SHORT = "short"
    """A short code, or an extension that the plan does not name."""
    SERVICE_CODE = "service_code"
    """`*8`, `#72`"""
    WITHHELD = "withheld"
    NO_NUMBER = "no_number"


class StepName(StrEnum):
    """What was done in a step. The values are stable: the interface has words for each."""

    CLEANED = "cleaned"
    """Blanks, brackets and dashes taken out."""
    TOO_LONG = "too_long"
    INCOMING_RULE = "incoming_rule"
    """A rule of the company or the trunk rewrote it."""
    INTERNATIONAL_PREFIX = "international_prefix"
    NATIONAL_PREFIX = "national_prefix"
    """The prefix that the plan names was taken off."""
    WITH_COUNTRY = "with_country"
    """Read as a number with its country."""
    NATIONAL = "national"
    """Read as a number of the own country."""
    AREA_CODE = "area_code"
    """Read with the own area's code before it."""
    WITHOUT_PLUS = "without_plus"
    """Read as a number with its country, whose plus was left out."""
    IMPOSSIBLE = "impossible"
    """No country has numbers like this."""
    WRITTEN = "written"
    """Written as the PBX wants it dialled."""
    OUTGOING_RULE = "outgoing_rule"
    OUTSIDE_LINE = "outside_line"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the text before it and after."""

    name: StepName
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a written number means; `number` is E.164, None unless it is a public one."""

    text: str
    number: str | None
    kind: Kind
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialling:
    """What is dialled for a written number; None if it cannot be dialled."""

    text: str
    dialled: str | None
    kind: Kind
    steps: tuple[Step, ...] = ()
