"""The numbering plan: what a written number means, in E.164, and which numbers are the company's own.

Pure: no I/O, no clock. The plan of the world's countries is the `phonenumbers` library's; what lives here are the rules
that it does not know, because it takes every text for a subscriber's number: short codes (`112`), extensions,
withheld numbers, spellings that PBXs and trunks send. Nothing here raises because of what a caller sent.

Source: ITU-T E.164 (at most 15 digits), E.123 (notation); RFC 3966 (`tel:`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""What `NumberingPlan.parse` returns, and nothing else (use `fullmatch`)."""

LONGEST_TEXT = 64
"""Longer texts are not numbers; 15 digits with the most generous punctuation stay far below."""

FEWEST_NATIONAL_DIGITS = 7
"""Shorter ones, written without a country, are short codes or extensions.

`phonenumbers` would make `+7112` of `112` in RU.
"""

CACHED_TEXTS = 65_536

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u2212]")
_DIGITS = re.compile(r"\+?[0-9]+")
_EXTENSION = re.compile(
    r"^(?P<number>[^a-zа-яё;,#]*[0-9][^a-zа-яё;,#]*?)"
    r"[\s;,]*(?:доб(?:авочный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|x|#)[\s.:=№]*(?P<extension>[0-9]{1,8})\)?\s*$",
    re.IGNORECASE,
)
_WITHHELD = frozenset(
    {
        "anonymous",
        "anonymous.invalid",
        "blocked",
        "hidden",
        "id withheld",
        "no number",
        "not available",
        "number unavailable",
        "number withheld",
        "private",
        "private number",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
    }
)
_MOSCOW = {"ru": {"+7495": "Москва", "+7499": "Москва"}}
"""In phonenumbers 9.0.43 the Russian name of 495 is the region around the town, which is 496 and 498."""


class MatchQuality(StrEnum):
    """How well a number held by somebody fits the caller's."""

    EXACT = "exact"
    """The same E.164 number."""
    SUFFIX = "suffix"
    """What is held is no full number, but its digits (seven or more) end the caller's."""


class DeviceListError(ValueError):
    """The list of devices cannot be read; the text says which part and why."""


@dataclass(frozen=True, slots=True)
class DeviceSet:
    """The names of devices: single ones, ranges of extensions, and patterns in which `X` is any digit.

    Ask with `in`. Ranges compare digits of equal length only: `0101` is not in `101-106`.
    """

    names: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    patterns: tuple[str, ...] = ()

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if name in self.names:
            return True
        if not (name.isascii() and name.isdigit()):
            return False
        return any(len(name) == len(low) and low <= name <= high for low, high in self.ranges) or any(
            len(name) == len(pattern)
            and all(wanted in ("X", digit) for wanted, digit in zip(pattern, name, strict=True))
            for pattern in self.patterns
        )

    def __bool__(self) -> bool:
        return bool(self.names or self.ranges or self.patterns)

    def __str__(self) -> str:
        return ",".join([*sorted(self.names), *(f"{low}-{high}" for low, high in self.ranges), *self.patterns])


def parse_devices(text: str | Iterable[str]) -> DeviceSet:
    """Read a device list: `101-106,201,3XX,reception`.

    A part is a name, a range of extensions with as many digits on both sides, or digits with `X` for any digit (a
    leading underscore, as in Asterisk's patterns, may stay). Empty text gives an empty set.

    Raises `DeviceListError`.
    """
    parts = text.split(",") if isinstance(text, str) else [part for item in text for part in item.split(",")]
    names: set[str] = set()
    ranges: list[tuple[str, str]] = []
    patterns: list[str] = []
    for part in map(str.strip, parts):
        if not part:
            continue
        if span := re.fullmatch(r"([0-9]+)\s*[-–]\s*([0-9]+)", part):
            low, high = span.groups()
            if len(low) != len(high):
                raise DeviceListError(f"device range {part!r}: both ends need the same number of digits")
            if low > high:
                raise DeviceListError(f"device range {part!r}: the first end is above the second")
            ranges.append((low, high))
        elif re.fullmatch(r"_?(?=[0-9X]*X)[0-9X]+", part):
            patterns.append(part.removeprefix("_"))
        elif re.search(r"[\s\x00-\x1f]", part):
            raise DeviceListError(f"device {part!r}: separate devices by commas")
        else:
            names.add(part)
    return DeviceSet(frozenset(names), tuple(ranges), tuple(patterns))


class NumberingPlan:
    """How numbers are written where the company is.

    `region` is its ISO 3166 code (`RU`); `area_code` is put before local numbers that lack one (`9195557` in Moscow,
    `495`); `internal` are its extensions, which are never public numbers.

    Raises `ValueError` for a region that has no numbering plan, or an area code that is not digits.
    """

    def __init__(self, region: str = "RU", area_code: str | None = None, internal: DeviceSet | str = "") -> None:
        region = region.upper()
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"no numbering plan is known for region {region!r}: give a two-letter country code, as RU")
        if area_code is not None and not (area_code.isascii() and area_code.isdigit()):
            raise ValueError(f"area code {area_code!r}: only digits, without the trunk prefix, as 495")
        self.region = region
        self.area_code = area_code
        self.internal = parse_devices(internal) if isinstance(internal, str) else internal
        self._country_code = str(phonenumbers.country_code_for_region(region))
        self._parse_cached = lru_cache(maxsize=CACHED_TEXTS)(self._parse)

    def __repr__(self) -> str:
        return f"NumberingPlan({self.region!r}, area_code={self.area_code!r}, internal={str(self.internal)!r})"

    def parse(self, text: str | None) -> str | None:
        """The E.164 number that `text` stands for, else None. Never raises.

        Accepted are numbers that are *possible*, not only those known to be assigned: ranges open faster than the
        library is updated. 00 is the international prefix in every region, beside the region's own (810 in RU).
        """
        if text is None or not 0 < len(text) <= LONGEST_TEXT:
            return None
        return self._parse_cached(text)

    def match(self, number: str, held: str) -> MatchQuality | None:
        """How well `held`, as a source has it written, fits the E.164 `number`; None if it does not."""
        if self.parse(held) == number:
            return MatchQuality.EXACT
        digits = _undecorated(held).lstrip("+")
        if self.parse(held) is None and len(digits) >= FEWEST_NATIONAL_DIGITS and number.endswith(digits):
            return MatchQuality.SUFFIX
        return None

    def _parse(self, text: str) -> str | None:
        digits = _undecorated(text)
        if not _DIGITS.fullmatch(digits) or digits in self.internal:
            return None
        if digits.startswith("00"):
            digits = "+" + digits[2:]
        if digits.startswith("+"):
            return _possible(digits, None)
        if len(digits) < FEWEST_NATIONAL_DIGITS:
            return None
        number = _possible(digits, self.region)
        if number is None and self.area_code is not None:
            number = _possible(self.area_code + digits, self.region)
        if number is None and len(digits) > 10:
            # Some trunks send the country without a plus, `74951110000`, `491711234567`. As this reads a meaning into
            # the text, a foreign number must be assigned, not only possible.
            number = _possible("+" + digits, None, valid=not digits.startswith(self._country_code))
        return number


def _undecorated(text: str) -> str:
    """Without punctuation, blanks and the invisible direction marks that address books put around copied numbers."""
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    visible = _PUNCTUATION.sub("", visible)
    return visible[4:] if visible[:4].lower() == "tel:" else visible


def _possible(digits: str, region: str | None, *, valid: bool = False) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    # is_possible_number() would also accept what can be dialled only within an area.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    if valid and not phonenumbers.is_valid_number(number):
        return None
    national = phonenumbers.national_significant_number(number)
    if region is not None and len(national) < FEWEST_NATIONAL_DIGITS:
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return e164 if E164.fullmatch(e164) else None


def presentable(text: str | None) -> str | None:
    """The caller's number as presented, None if there is none: empty or a word for a withheld number.

    Asterisk writes `<unknown>` for an empty one, a SIP From has `anonymous@anonymous.invalid` (RFC 3323 §4.1).
    """
    if text is None:
        return None
    text = text.strip()
    word = text.strip("<>\"' ").casefold().partition("@")[0].replace("_", " ").replace("-", " ")
    return text if word and word not in _WITHHELD else None


def split_extension(text: str) -> tuple[str, str | None]:
    """Part a number from its extension, as address books hold it: `+7 495 919-55-57 доб. 12` → (number, `12`)."""
    found = _EXTENSION.match(text[: 2 * LONGEST_TEXT])
    if found is None:
        return text, None
    return found["number"].rstrip(" (,;"), found["extension"]


@lru_cache(maxsize=4096)
def display(e164: str, region: str | None = None) -> str:
    """A number grouped for reading: `+7 495 919-55-57`, or as people of `region` write it, if it is one of theirs.

    What is not E.164 comes back as it is.
    """
    if not E164.fullmatch(e164):
        return e164
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    home = region is not None and phonenumbers.region_code_for_number(number) == region.upper()
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=65_536)
def place(e164: str, language: str) -> str | None:
    """Where a number is at home: the town if its prefix tells, else the country, in `language` (`en`, `ru`), else None.

    The first call in a process loads the tables: seconds, and some 150 MB. A server calls `places_ready` in a thread
    when it starts.
    """
    from phonenumbers import geocoder

    if not E164.fullmatch(e164):
        return None
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return None
    for prefix, town in _MOSCOW.get(language, {}).items():
        if e164.startswith(prefix):
            return town
    # The Russian tables say «г. Казань» for some towns and plain «Астана» for others.
    return geocoder.description_for_number(number, language).removeprefix("г. ") or None


def places_ready() -> None:
    """Load the tables of `place` now; blocks, so call it where blocking is harmless."""
    place("+74950000000", "en")
