"""What is in a cell: several values, yes or no, and the signs that keep a spreadsheet from running it.

A cell may hold several values, apart by `;` `,` `|` or line breaks; one that holds such a sign itself stands in double
quotes, as in CSV. A cell that begins as a formula would stands behind an apostrophe, which is none of its text.

Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from ringcard.contacts.imports.problems import Reason

NOTHING: Final = frozenset({"", "-", "–", "—", "нет", "n/a", "none", "null"})
"""How people write that there is nothing, in any case."""

_LONGEST_NOTHING: Final = max(map(len, NOTHING))
YES: Final = frozenset({"да", "yes", "y", "true", "1", "x", "х", "+", "vip"})
NO: Final = NOTHING | frozenset({"no", "n", "false", "0"})
CURRENCIES: Final = {"₽": "RUB", "р": "RUB", "руб": "RUB", "рублей": "RUB", "€": "EUR", "$": "USD", "₸": "KZT"}

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBERS = re.compile(r"\+[0-9][0-9 ()\-.;,+\u00a0]*")
_VALUE = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[;,|\n]|$)|([^;,|\n]*))(?:[;,|\n]|$)')
_NEEDS_QUOTES = re.compile(r'[;,|\n"]|^\s|\s$')


def text(cell: str) -> str | None:
    """A cell's text; None if it says that there is nothing."""
    trimmed = cell.strip()
    if len(trimmed) > _LONGEST_NOTHING and trimmed[0] != "'":
        return trimmed
    if trimmed[:1] == "'" and _is_guarded(trimmed[1:]):
        return trimmed[1:]
    return None if trimmed.casefold() in NOTHING else trimmed


def guarded(value: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula and `text` gives back. Phone numbers stay usable."""
    return f"'{value}" if _is_guarded(value) and not _NUMBERS.fullmatch(value) else value


def defused(cell: str) -> str:
    """Somebody's cell as it is, but for what a spreadsheet would run."""
    harmless = _NUMBERS.fullmatch(cell) or cell.strip().casefold() in NOTHING
    return f"'{cell}" if cell.startswith(_FORMULA) and not harmless else cell


def _is_guarded(value: str) -> bool:
    return value.startswith(_FORMULA) or value[:1] == "'" or value.casefold() in NOTHING


def several(cell: str) -> list[tuple[str, bool]]:
    """The values of a cell and whether each stood in quotes, which says that it is to be taken as it is."""
    whole = text(cell)
    if whole is None:
        return []
    if not _NEEDS_QUOTES.search(whole):
        return [(whole, False)]
    values: list[tuple[str, bool]] = []
    place = 0
    while place <= len(whole):
        found = _VALUE.match(whole, place)
        if found is None:
            break
        quoted, plain = found.groups()
        values.append((plain.strip(), False) if quoted is None else (quoted.replace('""', '"'), True))
        if found.end() == len(whole) and whole[found.end() - 1 :] not in (";", ",", "|", "\n"):
            break
        place = max(found.end(), place + 1)
    return [(value, verbatim) for value, verbatim in values if verbatim or value.casefold() not in NOTHING]


def one_or_several(cell: str) -> list[str]:
    """The values of a cell whose signs are its own text (`Тверская, 1`): several only if all are quoted."""
    whole = text(cell)
    if whole is None:
        return []
    values = several(cell) if whole.startswith('"') else []
    return [value for value, _ in values] if values and all(quoted for _, quoted in values) else [whole]


def joined_if_several(values: Sequence[str]) -> str:
    """The cell that `one_or_several` reads as these values."""
    if not any(values):
        return ""
    plain = len(values) == 1 and not values[0].startswith('"') and values[0].casefold() not in NOTHING
    return values[0] if plain else joined(values)


def joined(values: Iterable[str], *, verbatim: bool = True) -> str:
    """The cell that `several` reads as these values; `verbatim` quotes every one, else those that need it."""
    return "; ".join(
        '"' + value.replace('"', '""') + '"'
        if verbatim or _NEEDS_QUOTES.search(value) or value.casefold() in NOTHING
        else value
        for value in values
    )


class CellInvalid(ValueError):
    """A cell cannot be meant: `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def yes(cell: str) -> bool:
    """Raises `CellInvalid`."""
    word = cell.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellInvalid(Reason.YES_OR_NO)


def amount(cell: str) -> Decimal | None:
    """`84 300,50 ₽`, `84,300.50`, `84300.5`; what could mean two sums is refused. Raises `CellInvalid`."""
    written = text(cell)
    if written is None:
        return None
    digits = re.sub(r"[\s'\u2009\u202f]|[₽€$₸]|(руб(лей)?|р)\.?$|[A-Za-z]{3}$", "", written, flags=re.IGNORECASE)
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", digits):
        if digits.count(",") == 1 and "." not in digits:
            raise CellInvalid(Reason.AMOUNT_AMBIGUOUS, f"{digits.replace(',', '')} / {digits}0")
        digits = digits.replace(",", "")
    elif re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    digits = digits.replace(",", ".")
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,8})?", digits):
        raise CellInvalid(Reason.AMOUNT_INVALID)
    return Decimal(digits)


def currency(cell: str) -> str | None:
    """An ISO 4217 code of a code, a sign or the Russian word. Raises `CellInvalid`."""
    written = text(cell)
    if written is None:
        return None
    code = CURRENCIES.get(written.casefold().rstrip("."), written.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise CellInvalid(Reason.CURRENCY_INVALID)
    return code


def day(cell: str) -> date | None:
    """`2026-11-19`, `19.11.2026`, each with or without a time. Raises `CellInvalid`."""
    written = text(cell)
    if written is None:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(re.split(r"[T\s]", written)[0], form).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    raise CellInvalid(Reason.DATE_INVALID)
