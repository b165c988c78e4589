"""Where a number is at home."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException

from ringcard.numbers.spelling import E164

_MOSCOW = {"ru": {"+7495": "Москва", "+7499": "Москва"}}
"""In phonenumbers 9.0.43 the Russian name of 495 is the region around the town, which is 496 and 498."""


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
