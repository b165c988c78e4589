"""The numbering plan: what a written number means, in E.164, and how a number is dialled.

The plan of the world's countries is the `phonenumbers` library's; what lives here are the rules that it does not know,
because it takes every text for a subscriber's number: short codes (`112`), extensions, withheld numbers, what a PBX or
a trunk puts before a number. Nothing here raises because of what a caller sent.

Source: ITU-T E.164 (at most 15 digits), E.123 (notation); RFC 3966 (`tel:`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult, shortnumberinfo

from ringcard.numbers.devices import DeviceSet, parse_devices
from ringcard.numbers.rules import Rewrite, rewritten
from ringcard.numbers.spelling import E164, LONGEST_TEXT, presentable
from ringcard.numbers.steps import Dialling, Kind, Reading, Step, StepName
from ringcard.unfit import Unfit

FEWEST_NATIONAL_DIGITS = 7
"""Shorter ones, written without a country, are short codes or extensions.

`phonenumbers` would make `+7112` of `112` in RU.
"""

CACHED_TEXTS = 65_536

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u2212]")
_BLANKS = re.compile(r"[\s().\-\u00a0]")
_DIGITS = re.compile(r"\+?[0-9]+")
_PREFIX = re.compile(r"[0-9*#]{1,8}")
_DIALLED = re.compile(r"\+?[0-9*#]{1,32}")


class MatchQuality(StrEnum):
    """How well a number held by somebody fits the caller's; the better first."""

    EXACT = "exact"
    """The same E.164 number."""
    NATIONAL = "national"
    """What is held is written without its country; read in the caller's country it is the caller's number."""
    SUFFIX = "suffix"
    """Maybe: what is held is no full number, but its digits (seven or more) end the caller's."""


class DialFormat(StrEnum):
    """How the PBX wants public numbers to be dialled."""

    E164 = "e164"
    """`+74959195557`"""
    DIGITS = "digits"
    """`74959195557`"""
    NATIONAL = "national"
    """As people of the country dial: `84959195557`, abroad `810442079460958`."""


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What an administrator says beyond country and area. None: what the country's plan says (8 and 810 in RU)."""

    national_prefix: str | None = None
    international_prefix: str | None = None
    outside_prefix: str = ""
    """Takes an outside line (`9`): comes before every public number that is dialled."""
    incoming: tuple[Rewrite, ...] = ()
    outgoing: tuple[Rewrite, ...] = ()
    dial: DialFormat = DialFormat.E164

    def checked(self) -> PlanRules:
        """Itself. Raises `ValueError` for what cannot be meant."""
        for rule in (*self.incoming, *self.outgoing):
            rule.checked()
        for which in ("national_prefix", "international_prefix", "outside_prefix"):
            given = getattr(self, which)
            if given and not _PREFIX.fullmatch(given):
                raise Unfit(
                    f"{which} {given!r}: only digits, * and #, at most eight", "prefix_form", given, field=which
                )
        return self


class NumberingPlan:
    """How numbers are written where the company is, or on one of its trunks.

    `region` is its ISO 3166 code (`RU`); `area_code` is put before local numbers that lack one (`9195557` in Moscow,
    `495`); `internal` are its extensions, which are never public numbers. `trunks` have plans of their own, by the name
    of the trunk.

    Raises `ValueError` for a region that has no numbering plan, or an area code or a rule that cannot be meant.
    """

    def __init__(
        self,
        region: str = "RU",
        area_code: str | None = None,
        internal: DeviceSet | str = "",
        *,
        rules: PlanRules | None = None,
        trunks: Mapping[str, NumberingPlan] | None = None,
    ) -> None:
        region = region.upper()
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise Unfit(
                f"no numbering plan is known for region {region!r}: give a two-letter country code, as RU",
                "region_unknown",
                region,
                field="region",
            )
        if area_code is not None and not (area_code.isascii() and area_code.isdigit()):
            raise Unfit(
                f"area code {area_code!r}: only digits, without the trunk prefix, as 495",
                "area_code_form",
                area_code,
                field="area_code",
            )
        self.region = region
        self.area_code = area_code
        self.internal = parse_devices(internal) if isinstance(internal, str) else internal
        self.rules = (rules or PlanRules()).checked()
        self._trunks = dict(trunks or {})
        self._country_code = str(phonenumbers.country_code_for_region(region))
        said = self.rules.national_prefix
        self._national_prefix = _country_prefix(region) if said is None else said
        international = self.rules.international_prefix
        if international is None:
            international = _country_prefix_abroad(region)
        # The own one first: Australia's 0011 begins with 00, which is understood everywhere.
        self._abroad = tuple(dict.fromkeys(filter(None, (international, "00"))))
        self._parse_cached = lru_cache(maxsize=CACHED_TEXTS)(self._parse)

    def __repr__(self) -> str:
        return f"NumberingPlan({self.region!r}, area_code={self.area_code!r}, internal={str(self.internal)!r})"

    def on(self, trunk: str | None) -> NumberingPlan:
        """How numbers are written on this trunk: its own plan, else this one."""
        return self._trunks.get(trunk, self) if trunk else self

    @property
    def trunks(self) -> Mapping[str, NumberingPlan]:
        """The trunks that have plans of their own."""
        return self._trunks

    def parse(self, text: str | None) -> str | None:
        """The E.164 number that `text` stands for, else None. Never raises.

        Accepted are numbers that are *possible*, not only those known to be assigned: ranges open faster than the
        library is updated. 00 is the international prefix in every region, beside the region's own (810 in RU).
        """
        if text is None or not 0 < len(text) <= LONGEST_TEXT:
            return None
        return self._parse_cached(text)

    def parse_dialled(self, text: str | None) -> str | None:
        """As `parse`, of what somebody here dialled: an outside line may come before it."""
        if text and self.rules.outside_prefix and text.startswith(self.rules.outside_prefix):
            number = self.parse(text.removeprefix(self.rules.outside_prefix))
            if number is not None:
                return number
        return self.parse(text)

    def read(self, text: str) -> Reading:
        """As `parse`, with what the text is and every step that was taken: for the settings page. Never raises."""
        if presentable(text) is None:
            return Reading(text, None, Kind.WITHHELD)
        if len(text) > LONGEST_TEXT:
            return Reading(text, None, Kind.NO_NUMBER, (Step(StepName.TOO_LONG, text[:LONGEST_TEXT], ""),))
        steps: list[Step] = []
        kind, number = self._read(text, steps)
        return Reading(text, number, kind, tuple(steps))

    def dial(self, text: str) -> Dialling:
        """What the PBX is to be given to call the number or extension in `text`, and the steps to it. Never raises.

        Extensions, emergency numbers and service codes are dialled as they are: no rule and no outside line ever comes
        before an emergency number.
        """
        steps: list[Step] = []
        kind, number = self._read(text, steps) if len(text) <= LONGEST_TEXT else (Kind.NO_NUMBER, None)
        if number is None:
            # Of a number that no country has nothing may be guessed: a slash means something to a PBX.
            bare = _BLANKS.sub("", text)
            return Dialling(text, bare if _DIALLED.fullmatch(bare) else None, kind, tuple(steps))
        dialled = self._written(number)
        _step(steps, StepName.WRITTEN, number, dialled)
        again = rewritten(self.rules.outgoing, dialled)
        _step(steps, StepName.OUTGOING_RULE, dialled, again)
        outside = self.rules.outside_prefix + again
        _step(steps, StepName.OUTSIDE_LINE, again, outside)
        return Dialling(text, outside, kind, tuple(steps))

    def match(self, number: str, held: str) -> MatchQuality | None:
        """How well `held`, as a source has it written, fits the E.164 `number`; None if it does not."""
        read = self.parse(held)
        if read == number:
            return MatchQuality.EXACT
        digits = _undecorated(held)
        if digits.startswith("+") or len(digits) < FEWEST_NATIONAL_DIGITS:
            return None
        if _DIGITS.fullmatch(digits) and _read_abroad(digits, number):
            return MatchQuality.NATIONAL
        return MatchQuality.SUFFIX if read is None and number.endswith(digits) else None

    def _parse(self, text: str) -> str | None:
        return self._read(text, None)[1]

    def _read(self, text: str, steps: list[Step] | None) -> tuple[Kind, str | None]:
        digits = _undecorated(text)
        _step(steps, StepName.CLEANED, text, digits)
        if digits in self.internal:
            return Kind.INTERNAL, None
        if self.rules.incoming:
            before, digits = digits, rewritten(self.rules.incoming, digits)
            _step(steps, StepName.INCOMING_RULE, before, digits)
        if not _DIGITS.fullmatch(digits):
            return (Kind.SERVICE_CODE if _DIALLED.fullmatch(digits) else Kind.NO_NUMBER), None
        if digits in self.internal:
            return Kind.INTERNAL, None
        if len(digits) < FEWEST_NATIONAL_DIGITS and not digits.startswith("+"):
            return self._short(digits), None
        number = self._public(digits, steps)
        return (Kind.NO_NUMBER if number is None else Kind.PUBLIC), number

    def _public(self, digits: str, steps: list[Step] | None) -> str | None:
        if digits.startswith("+"):
            return _noted(steps, StepName.WITH_COUNTRY, digits, _possible(digits, None))
        for prefix in self._abroad:
            whole = "+" + digits.removeprefix(prefix)
            if digits.startswith(prefix) and (number := _possible(whole, None)) is not None:
                _step(steps, StepName.INTERNATIONAL_PREFIX, digits, whole)
                return number
        national = digits
        if self.rules.national_prefix and digits.startswith(self._national_prefix):
            national = digits.removeprefix(self._national_prefix)
            _step(steps, StepName.NATIONAL_PREFIX, digits, national)
        number = self._of_country(national, steps)
        if number is None and len(digits) > 10:
            # Some trunks send the country without a plus, `74951110000`, `491711234567`. As this reads a meaning into
            # the text, a foreign number must be assigned, not only possible.
            foreign = _possible("+" + digits, None, valid=not digits.startswith(self._country_code))
            number = _noted(steps, StepName.WITHOUT_PLUS, digits, foreign)
        if number is None:
            _step(steps, StepName.IMPOSSIBLE, digits, "")
        return number

    def _of_country(self, digits: str, steps: list[Step] | None) -> str | None:
        """Digits without a country: national ones, or local ones that lack the area code. Where both are possible (in
        Germany numbers have any length), what is known to be assigned counts."""
        national, local = _possible(digits, self.region), None
        if self.area_code is not None and (national is None or _possible(digits, self.region, valid=True) is None):
            local = _possible(self.area_code + digits, self.region, valid=national is not None)
        if local is not None:
            return _noted(steps, StepName.AREA_CODE, f"{self.area_code}{digits}", local)
        return _noted(steps, StepName.NATIONAL, digits, national)

    def shadowed(self) -> tuple[str, ...]:
        """The country's emergency numbers that are extensions of the company: a phone rings when they are dialled.

        Empty if the company did not say which its extensions are.
        """
        return tuple(each for each in _emergency_numbers(self.region) if each in self.internal)

    def _short(self, digits: str) -> Kind:
        return Kind.EMERGENCY if shortnumberinfo.is_emergency_number(digits, self.region) else Kind.SHORT

    def _written(self, number: str) -> str:
        if self.rules.dial is DialFormat.E164:
            return number
        if self.rules.dial is DialFormat.DIGITS:
            return number[1:]
        if number.startswith("+" + self._country_code) and _region_of(number) == self.region:
            return self._national_prefix + _significant(number)
        return self._abroad[0] + number[1:]


def _step(steps: list[Step] | None, name: StepName, before: str, after: str) -> None:
    if steps is not None and before != after:
        steps.append(Step(name, before, after))


def _noted(steps: list[Step] | None, name: StepName, before: str, number: str | None) -> str | None:
    if number is not None and steps is not None:
        steps.append(Step(name, before, number))
    return number


@lru_cache(maxsize=256)
def _emergency_numbers(region: str) -> tuple[str, ...]:
    """Of two to four digits, as all are."""
    numbers = (f"{number:0{digits}}" for digits in range(2, 5) for number in range(10**digits))
    return tuple(each for each in numbers if shortnumberinfo.is_emergency_number(each, region))


@lru_cache(maxsize=256)
def _country_prefix(region: str) -> str:
    return phonenumbers.ndd_prefix_for_region(region, True) or ""


@lru_cache(maxsize=256)
def _country_prefix_abroad(region: str) -> str:
    """What is dialled before a foreign number (`810`, `00`, `011`), as the library writes one from there."""
    elsewhere = "+442079460958" if region != "GB" else "+74959195557"
    written = phonenumbers.format_out_of_country_calling_number(phonenumbers.parse(elsewhere), region)
    # A tilde is where one waits for the tone. Where a carrier has to be chosen, the library knows no prefix: a plus.
    prefix = _undecorated(written).replace("~", "").removesuffix(elsewhere[1:])
    return "" if prefix == "+" else prefix


def _region_of(number: str) -> str | None:
    return phonenumbers.region_code_for_number(phonenumbers.parse(number))


def _significant(number: str) -> str:
    return phonenumbers.national_significant_number(phonenumbers.parse(number))


def _read_abroad(digits: str, number: str) -> bool:
    """Whether people in the country of `number` would write it as `digits`."""
    region = _region_of(number)
    return region is not None and _possible(digits, region) == number


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
