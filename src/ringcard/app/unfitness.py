"""From what a check of the settings raised to the refusal that a screen can put into words.

msgspec says in a sentence what it expected; here the sentence is read back into a reason and what it is about. A
sentence of a later msgspec that is not known here is still shown, in its own words.
"""

from __future__ import annotations

import re

import msgspec

from ringcard.settings import SettingsInvalid
from ringcard.unfit import Unfit

SENTENCES = (
    (re.compile(r"Expected `(?P<value>int|float)[^`]*`, got "), "number_wanted"),
    (re.compile(r"Expected `(?P<value>str)[^`]*`, got "), "text_wanted"),
    (re.compile(r"Expected `(?P<value>[^`]+)`, got "), "wrong_type"),
    (re.compile(r"Expected `\w+` > (?P<value>[\d.]+)"), "not_positive"),
    (re.compile(r"Expected `\w+` (?:of length )?>= (?P<value>[\d.]+)"), "too_small"),
    (re.compile(r"Expected `\w+` (?:of length )?<= (?P<value>[\d.]+)"), "too_large"),
    (re.compile(r"Expected `str` matching regex '?(?P<value>[^ ']+)"), "wrong_form"),
    (re.compile(r"Invalid enum value '?(?P<value>[^']*?)'?(?: - at|$)"), "not_a_choice"),
    (re.compile(r"missing required field `(?P<value>\w+)`"), "missing"),
    (re.compile(r"unknown field `(?P<value>\w+)`"), "unknown_setting"),
)
_AT = re.compile(r" - at `\$\.?(?P<field>\w*)")


def refused(error: Exception, field: str = "") -> SettingsInvalid:
    """The refusal of a setting. `field` names it where the error does not."""
    # msgspec wraps what a section's own check raised into a sentence of its own.
    cause = error if isinstance(error, Unfit) else error.__cause__
    text = str(error)
    at = _AT.search(text)
    where = (at["field"] if at else "") or field
    if isinstance(cause, Unfit):
        return SettingsInvalid(str(cause), cause.field or where, cause.reason, cause.value)
    if isinstance(error, msgspec.ValidationError):
        for pattern, reason in SENTENCES:
            if found := pattern.search(text):
                value = found["value"]
                missing = value if reason in ("missing", "unknown_setting") else ""
                return SettingsInvalid(text, missing or where, reason, value)
    return SettingsInvalid(text, where)
