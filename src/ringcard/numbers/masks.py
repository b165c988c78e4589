"""Numbers made unreadable for people: enough to recognise somebody by, not enough to call them past us. Pure."""

from __future__ import annotations

import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

PHONES = re.compile(
    r"""
    (?:(?<=sip:)|(?<=sips:)|(?<=tel:)) \+?\d{7,15} (?!\w)            # in an address of SIP
    | %2B\d{7,15} (?!\w)                                            # + as a URL writes it
    | (?<![\w.:-]) (?:
        \+?\d{7,15}                                                 # at one stretch
        | \+(?=(?:[\s()-]*\d){10}) \d{1,3} (?:[\s-]?\(?\d{1,5}\)?){2,6}     # +7 495 919-55-57
        | (?:[78][\s-]?)? \(\d{3,5}\) (?:[\s-]?\d{1,3}){2,4}        # 8 (495) 919-55-57
        | [78][\s-]?\d{3}[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}         # 8 495 919-55-57
    ) (?![\w.:-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Numbers as people and protocols write them; what only looks like one (a date, a call's id, an address) has letters,
points, colons or other groups."""

_NO_DIGIT = re.compile(r"[^0-9]")
_LIKE_A_NUMBER = re.compile(r"[\s0-9+().\-/]{5,}")


def hidden(number: str) -> str:
    """`+74959195557` → `+7 *** ***-55-57`: of every length and country the same, the last four digits left.

    A number so short that four digits would be most of it keeps none.
    """
    digits = _NO_DIGIT.sub("", number)
    tail = f"{digits[-4:-2]}-{digits[-2:]}" if len(digits) >= 7 else "**-**"
    country = _country_code(digits) + " " if number.startswith("+") else ""
    return f"{country}*** ***-{tail}"


def hidden_in(text: str) -> str:
    """The text with every number in it hidden; a text that is nothing but a number is hidden whole."""
    if _LIKE_A_NUMBER.fullmatch(text) and len(_NO_DIGIT.sub("", text)) >= 5:
        return hidden(text.strip())
    return PHONES.sub(lambda found: hidden(found[0]), text)


def _country_code(digits: str) -> str:
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in COUNTRY_CODE_TO_REGION_CODE:
            return f"+{digits[:length]}"
    return "+"
