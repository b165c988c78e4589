"""Where a number is at home.

The `phonenumbers` library has 290 thousand prefixes with their towns in all languages; loading them takes seconds and
150 MB of objects. A server asks for one language and seldom. So they are packed once, in a process of their own, into a
table of 3 MB that lies in a file: `packed_places` writes it, `PlaceTable` reads it where it lies.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from bisect import bisect_left
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from ringcard.numbers.spelling import E164

LAYOUT = 1
"""Count it up when the table's layout or what is in it changes."""

_HEAD = struct.Struct("<4sIII")
_MAGIC = b"RCPL"
_MOSCOW = {"ru": {"+7495": "Москва", "+7499": "Москва"}}
"""In phonenumbers 9.0.43 the Russian name of 495 is the region around the town, which is 496 and 498."""


def table_version() -> str:
    """What a table is made of: another one is to be made when this changes."""
    return f"{phonenumbers.__version__}-{LAYOUT}-{sys.byteorder}"


def packed_places(language: str) -> bytes:
    """The table of a language (`en`, `ru`). Takes seconds and 200 MB: do it in a process that ends.

    It holds the prefixes as sorted integers, for each the place of its name, the names, and countries as JSON.
    """
    from phonenumbers.geodata import GEOCODE_DATA
    from phonenumbers.geodata.locale import LOCALE_DATA

    names: dict[str, int] = {}
    prefixes, of_prefix = array("I"), array("I")
    for prefix in sorted(map(int, GEOCODE_DATA)):
        towns = GEOCODE_DATA[str(prefix)]
        town = towns.get(language) or towns.get("en")
        if town:
            prefixes.append(prefix)
            of_prefix.append(names.setdefault(town, len(names)))
    ends, text = array("I", [0]), bytearray()
    for name in names:
        text += name.encode()
        ends.append(len(text))
    countries: dict[str, str] = {}
    for region, by_language in LOCALE_DATA.items():
        name = by_language.get(language, "")
        name = by_language.get(name[1:], "") if name.startswith("*") else name
        if name:
            countries[region] = name
    tail = json.dumps({"language": language, "countries": countries}, ensure_ascii=False).encode()
    head = _HEAD.pack(_MAGIC, len(prefixes), len(names), len(text))
    return b"".join((head, prefixes.tobytes(), of_prefix.tobytes(), ends.tobytes(), bytes(text), tail))


class PlaceTable:
    """A packed table, read where it lies. `packed` may be a mapped file; raises `ValueError` if it is no table."""

    def __init__(self, packed: bytes | memoryview) -> None:
        view = memoryview(packed)
        try:
            magic, prefixes, names, text = _HEAD.unpack_from(view)
            places = [_HEAD.size]
            for size in (4 * prefixes, 4 * prefixes, 4 * (names + 1), text):
                places.append(places[-1] + size)
            tail = json.loads(bytes(view[places[4] :]))
            language, self._countries = tail["language"], tail["countries"]
        except (struct.error, ValueError, KeyError, TypeError) as error:
            raise ValueError("this is no table of places") from error
        if magic != _MAGIC:
            raise ValueError("this is no table of places")
        self._prefixes, self._names, self._ends = (view[places[n] : places[n + 1]].cast("I") for n in range(3))
        self._text = view[places[3] : places[4]]
        self._towns = _MOSCOW.get(language, {})
        self.place = lru_cache(maxsize=65_536)(self._place)

    def _place(self, e164: str) -> str | None:
        """Where a number is at home: the town if its prefix tells, else the country, else None."""
        if not E164.fullmatch(e164):
            return None
        try:
            number = phonenumbers.parse(e164)
        except NumberParseException:
            return None
        for prefix, town in self._towns.items():
            if e164.startswith(prefix):
                return town
        kind = phonenumbers.number_type(number)
        if kind == PhoneNumberType.UNKNOWN:
            return None
        if phonenumbers.is_number_type_geographical(kind, number.country_code or 0):
            # The Russian tables say «г. Казань» for some towns and plain «Астана» for others.
            town = self._town(_without_mobile_token(number)).removeprefix("г. ")
            if town:
                return town
        return self._country(number)

    def _town(self, digits: str) -> str:
        for length in range(min(len(digits), 9), 0, -1):
            prefix = int(digits[:length])
            at = bisect_left(self._prefixes, prefix)
            if at < len(self._prefixes) and self._prefixes[at] == prefix:
                name = self._names[at]
                return bytes(self._text[self._ends[name] : self._ends[name + 1]]).decode()
        return ""

    def _country(self, number: PhoneNumber) -> str | None:
        regions = list(phonenumbers.region_codes_for_country_code(number.country_code or 0))
        if len(regions) > 1:
            regions = [each for each in regions if phonenumbers.is_valid_number_for_region(number, each)]
        return self._countries.get(regions[0]) if len(regions) == 1 else None


def _without_mobile_token(number: PhoneNumber) -> str:
    """The digits whose beginning tells the town: in Argentina a 9 before the area says that it is a mobile."""
    national = phonenumbers.national_significant_number(number)
    token = phonenumbers.country_mobile_token(number.country_code or 0)
    return f"{number.country_code}{national.removeprefix(token) if token else national}"
