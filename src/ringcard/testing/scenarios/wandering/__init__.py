"""Stories that nobody thought of: a call comes about, goes through hands, and ends, all by lot.

The catalogue's scenarios are what people thought of, and a model may be fitted to them without anybody's noticing. Here
`wander` draws how a call begins, what each who has it does with it and how long they wait before, and how it ends. The
witness writes down what happened as in any scenario; the seed tells the same story again, but for milliseconds.

For the lab: the simulator has no part for some of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from random import Random
from types import MappingProxyType

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen, screen
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.wandering.colleagues import colleagues
from ringcard.testing.scenarios.wandering.conference import conference
from ringcard.testing.scenarios.wandering.customer import one_customer
from ringcard.testing.scenarios.wandering.two_customers import two_customers

Teller = Callable[[PhoneSystem, Random, Screen, list[str]], Awaitable[list[Expected]]]
"""Tells one story of its kind and notes the names of what it drew."""

KINDS: Mapping[str, Teller] = MappingProxyType(
    {"customer": one_customer, "colleagues": colleagues, "conference": conference, "two-customers": two_customers}
)


async def wander(pbx: PhoneSystem, seed: int, drawn: list[str] | None = None, kind: str = "customer") -> list[Expected]:
    """Tell the story of this seed and kind. `drawn` gets the names of what was drawn: also if it cannot be told."""
    async with screen(pbx) as desk:
        return await KINDS[kind](
            pbx,
            Random(seed),  # noqa: S311 - a story, no secret
            desk,
            drawn if drawn is not None else [],
        )
