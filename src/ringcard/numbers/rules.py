"""Rewriting rules: what a trunk puts before a number, or wants before one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ringcard.unfit import Unfit

LONGEST = 32

_BEGINNING = re.compile(r"\+?[0-9*#]{0,31}")


class RewriteError(Unfit):
    """A rule cannot be meant; the text says why."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Numbers that begin with `begins` (and have `digits` digits in all, if that is given): `begins` is replaced.

    `{begins: "98", becomes: "8"}` takes the 9 off that a PBX puts before; `{begins: "", digits: 7, becomes: "+7495"}`
    makes local numbers whole.
    """

    begins: str = ""
    becomes: str = ""
    digits: int | None = None

    def checked(self) -> Rewrite:
        """Itself. Raises `RewriteError`."""
        for text in (self.begins, self.becomes):
            if not _BEGINNING.fullmatch(text):
                raise RewriteError(f"rule {text!r}: only digits, * and #, and a plus before them", "rule_form", text)
        if self.digits is not None and not 1 <= self.digits <= LONGEST:
            raise RewriteError(f"rule for {self.digits} digits: 1 to {LONGEST} can be said", "rule_digits", LONGEST)
        if not self.begins and self.digits is None:
            raise RewriteError(
                "a rule for every number would break all: say how it begins, or how many digits it has", "rule_for_all"
            )
        return self

    def fits(self, text: str) -> bool:
        if not text.startswith(self.begins):
            return False
        return self.digits is None or len(text.lstrip("+")) == self.digits


def rewritten(rules: Sequence[Rewrite], text: str) -> str:
    """`text` after the first rule that fits it."""
    for rule in rules:
        if rule.fits(text):
            return rule.becomes + text[len(rule.begins) :]
    return text
