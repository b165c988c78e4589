"""Fields of a card that the company adds itself: what they are called, what can be in them.

A field is known by its `key`, which stays; its label may change. What was kept in a field that is no longer declared
stays on the card and is shown, but cannot be written any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from ringcard.unfit import Unfit

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_VALUE = 2_000

_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)


class FieldKind(StrEnum):
    """What can be in a field."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """ISO 8601, `2026-11-23`."""
    CHOICE = "choice"
    YES_NO = "yes_no"
    """`yes` or `no`."""
    URL = "url"
    """http or https: a card must not be able to run anything."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. `choices` are those of a `CHOICE`."""

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()
    on_pop: bool = False
    """Shown on the card while the phone rings, not only when the whole card is open."""

    def checked(self) -> FieldSpec:
        """Itself. Raises `ValueError` for what cannot be meant."""
        if not KEY.fullmatch(self.key):
            raise Unfit(
                f"field {self.key!r}: a key is small Latin letters, digits and _, at most 40",
                "key_form",
                self.key,
                field="fields",
            )
        if not self.label.strip():
            raise Unfit(f"field {self.key}: give it a label, people read that", "no_label", self.key, field="fields")
        if (self.kind is FieldKind.CHOICE) != bool(self.choices):
            raise Unfit(
                f"field {self.key}: `choices` belong to the kind `choice`, and only there",
                "choices",
                self.label,
                field="fields",
            )
        return self


class FieldInvalid(ValueError):
    """What was written into a field does not fit it."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(problem)
        self.key = key


def fields_checked(specs: Iterable[FieldSpec]) -> tuple[FieldSpec, ...]:
    """The fields of a company. Raises `ValueError`, also for two with one key."""
    found = tuple(spec.checked() for spec in specs)
    for spec in found:
        if sum(spec.key == other.key for other in found) > 1:
            raise Unfit(f"two fields have the key {spec.key!r}", "twice", spec.key, field="fields")
    return found


def values_checked(
    values: Mapping[str, str], specs: Iterable[FieldSpec], held: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What is written into the fields, tidied; empty ones are left out. `held` is what the card has now.

    Raises `FieldInvalid`.
    """
    by_key = {spec.key: spec for spec in specs}
    tidied: dict[str, str] = {}
    for key, value in values.items():
        text = value.strip()
        if key not in by_key:
            if held is not None and held.get(key) == value:
                tidied[key] = value
                continue
            raise FieldInvalid(key, f"there is no field {key[:40]!r}; an administrator can add one")
        if text:
            tidied[key] = _fitting(by_key[key], text)
    return tidied


def _fitting(spec: FieldSpec, text: str) -> str:
    if len(text) > LONGEST_VALUE:
        raise FieldInvalid(spec.key, f"longer than {LONGEST_VALUE} characters")
    match spec.kind:
        case FieldKind.NUMBER:
            return _number(spec, text)
        case FieldKind.DATE:
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError as error:
                raise FieldInvalid(spec.key, f"{text[:40]!r} is no date such as 2026-11-23") from error
        case FieldKind.CHOICE if text not in spec.choices:
            raise FieldInvalid(spec.key, f"{text[:40]!r} is none of: {', '.join(spec.choices)}")
        case FieldKind.YES_NO if text not in ("yes", "no"):
            raise FieldInvalid(spec.key, f"{text[:40]!r} is neither yes nor no")
        case FieldKind.URL if not _URL.fullmatch(text):
            raise FieldInvalid(spec.key, f"{text[:40]!r} is no address that begins with http:// or https://")
    return text


def _number(spec: FieldSpec, text: str) -> str:
    try:
        number = Decimal(text.replace(",", ".").replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation as error:
        raise FieldInvalid(spec.key, f"{text[:40]!r} is no number") from error
    # The exponent first: written out, 1E+999999999 is a gigabyte.
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise FieldInvalid(spec.key, f"{text[:40]!r} is no number that anybody counts with")
    return format(number, "f")
