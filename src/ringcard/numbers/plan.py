"""The numbering plan: what a written number means, in E.164, and which numbers are the company's own.

Pure: no I/O, no clock. The plan of the world's countries is the `phonenumbers` library's; what lives here are the rules
that it does not know, because it takes every text for a subscriber's number: short codes (`112`), extensions,
withheld numbers, spellings that PBXs and trunks send. Nothing here raises because of what a caller sent.

Source: ITU-T E.164 (at most 15 digits), E.123 (notation); RFC 3966 (`tel:`).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from ringcard.numbers.devices import DeviceSet, parse_devices
from ringcard.numbers.spelling import E164, LONGEST_TEXT

FEWEST_NATIONAL_DIGITS = 7
"""Shorter ones, written without a country, are short codes or extensions.

`phonenumbers` would make `+7112` of `112` in RU.
"""

CACHED_TEXTS = 65_536

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u2212]")
_DIGITS = re.compile(r"\+?[0-9]+")


class MatchQuality(StrEnum):
    """How well a number held by somebody fits the caller's."""

    EXACT = "exact"
    """The same E.164 number."""
    SUFFIX = "suffix"
    """What is held is no full number, but its digits (seven or more) end the caller's."""


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
