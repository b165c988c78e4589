"""How people, PBXs and address books write numbers, and how we write them back."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""What `NumberingPlan.parse` returns, and nothing else (use `fullmatch`)."""

LONGEST_TEXT = 64
"""Longer texts are not numbers; 15 digits with the most generous punctuation stay far below."""

_EXTENSION = re.compile(
    r"^(?P<number>[^a-zа-яё;,#]*[0-9][^a-zа-яё;,#]*?)"
    r"[\s;,]*(?:доб(?:авочный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|x|#)[\s.:=№]*(?P<extension>[0-9]{1,8})\)?\s*$",
    re.IGNORECASE,
)
_WITHOUT_WORDS = re.compile(r"[0-9+()\s.\-/]*")
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


@lru_cache(maxsize=4096)
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
    if _WITHOUT_WORDS.fullmatch(text):
        return text, None
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
