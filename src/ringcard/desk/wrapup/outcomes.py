"""What a call can have come to, in the company's own words, by team. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ringcard.unfit import Unfit

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """One line of the list: `outcome` is its key, which stays; `teams` are names of teams, none for everybody."""

    outcome: str
    label: str
    teams: tuple[str, ...] = ()

    def checked(self) -> CallOutcome:
        """Itself. Raises `ValueError` for what cannot be meant."""
        if not _KEY.fullmatch(self.outcome):
            raise Unfit(
                f"outcome {self.outcome!r}: a key is small Latin letters, digits and _, at most 40",
                "key_form",
                self.outcome,
                field="outcomes",
            )
        if not self.label.strip() or len(self.label) > 100:
            raise Unfit(
                f"outcome {self.outcome}: give it a label of at most 100 characters, people read that",
                "no_label",
                self.outcome,
                field="outcomes",
            )
        return self


def outcomes_checked(outcomes: Iterable[CallOutcome]) -> tuple[CallOutcome, ...]:
    """All of them. Raises `ValueError`."""
    checked = tuple(each.checked() for each in outcomes)
    keys = [each.outcome for each in checked]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise Unfit(f"outcome {twice} is there twice", "twice", twice, field="outcomes")
    return checked


def outcomes_for(outcomes: Iterable[CallOutcome], teams: Collection[str]) -> tuple[CallOutcome, ...]:
    """Those of somebody who is in these teams."""
    return tuple(each for each in outcomes if not each.teams or not set(teams).isdisjoint(each.teams))
