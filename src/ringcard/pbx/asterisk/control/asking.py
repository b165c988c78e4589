"""What a destination and keys may look like. They come from people and become parts of actions and dial strings."""

from __future__ import annotations

import re

from ringcard.pbx.connector import ServiceRefused

_PUNCTUATION = re.compile(r"[\s()\-.]")
_TARGET = re.compile(r"\+?[0-9*#]{1,40}")
_KEYS = re.compile(r"[0-9*#A-D]{1,40}")


def checked_target(to: str) -> str:
    """An extension or a number as the dialplan takes it. Raises `ServiceRefused` for anything else."""
    plain = _PUNCTUATION.sub("", to)
    if not _TARGET.fullmatch(plain):
        raise ServiceRefused(f"{to[:80]!r} is no number that can be dialled")
    return plain


def checked_digits(digits: str) -> str:
    """Keys to send. Raises `ServiceRefused` for anything but keys."""
    keys = digits.upper()
    if not _KEYS.fullmatch(keys):
        raise ServiceRefused(f"{digits[:80]!r} are no keys of a telephone: 0 to 9, *, # and A to D, at most 40")
    return keys


def keys_of(extension: str) -> str:
    """The part of an extension that can be pressed: a plus is no key."""
    return extension.removeprefix("+")
