"""Reading phone numbers by the hundred thousand: the plan's own answer, for the usual spellings without asking it.

The plan takes 15 µs for a number it has not seen; a file of a million contacts is mostly `8 (495) 919-55-57` and
`+7 916 123-45-67`. A property test holds the two equal.
"""

from __future__ import annotations

import re

from ringcard.numbers import NumberingPlan

# A bare 7 before digits that no area begins with may be a local number.
_USUAL = re.compile(
    r"(?:\+7|8|7(?=[ \-]?\(?[3489]))[ \-]?\(?([3-9][0-9]{2})\)?[ \-]?([0-9]{3})[ \-]?([0-9]{2})[ \-]?([0-9]{2})",
    re.ASCII,
)
_SHORTEST = 11


class SwiftNumbers(NumberingPlan):
    """A plan that answers as `plan` does, sooner for numbers of Russia and Kazakhstan in the usual spellings."""

    def __init__(self, plan: NumberingPlan) -> None:
        super().__init__(plan.region, plan.area_code, plan.internal, rules=plan.rules, trunks=plan.trunks)
        self._plan = plan
        said = (
            plan.rules.incoming or plan.rules.national_prefix is not None or plan.rules.international_prefix is not None
        )
        # Internal numbers as long as public ones are the plan's to tell apart.
        named = (*self.internal.names, *(low for low, _ in self.internal.ranges), *self.internal.patterns)
        self._usual = plan.region in ("RU", "KZ") and not said and all(len(name) < _SHORTEST for name in named)

    def parse(self, text: str | None) -> str | None:
        """See `NumberingPlan.parse`."""
        if self._usual and text is not None:
            found = _USUAL.fullmatch(text)
            if found is not None:
                area, three, two, last = found.groups()
                return f"+7{area}{three}{two}{last}"
        return self._plan.parse(text)
