"""What time it is where a number is at home."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException

from ringcard.numbers.spelling import E164

_UNKNOWN = "Etc/Unknown"


@lru_cache(maxsize=65_536)
def time_zone(e164: str) -> str | None:
    """The IANA zone of a number, `Asia/Novosibirsk`; None where the prefix leaves several: a mobile in Russia is in any
    of eleven, and a wrong hour is worse than none.

    The first call in a process loads a table: 0.2 s and some 7 MB. See `zones_ready`.
    """
    from phonenumbers import timezone

    if not E164.fullmatch(e164):
        return None
    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except NumberParseException:
        return None
    return zones[0] if len(zones) == 1 and zones[0] != _UNKNOWN else None


def zones_ready() -> None:
    """Load the table of `time_zone` now; blocks, so call it where blocking is harmless."""
    time_zone("+74950000000")
