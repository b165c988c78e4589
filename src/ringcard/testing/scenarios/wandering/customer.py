"""Stories of one customer's call: it begins, goes through hands, and ends."""

from __future__ import annotations

from random import Random

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem
from ringcard.testing.scenarios.wandering.beginnings import BEGINNINGS
from ringcard.testing.scenarios.wandering.ends import CUSTOMERS, ENDS
from ringcard.testing.scenarios.wandering.steps import Step, holds, steps_of
from ringcard.testing.scenarios.wandering.tale import Tale
from ringcard.testing.scenarios.wandering.talk import MOST_STEPS


def _who(tale: Tale, phone: Phone) -> str:
    return "customer" if phone is tale.customer else phone.name


async def one_customer(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> list[Expected]:
    """One story of this kind."""
    begin = lot.choice(BEGINNINGS)
    told.append(begin.__name__)
    tale = await begin(pbx, lot)
    tale.desk = desk
    await tale.passes(0.8)
    for _ in range(lot.randint(1, MOST_STEPS)):
        could: list[tuple[Phone, Step]] = [(tale.holder, step) for step in steps_of(tale, tale.holder)]
        by, step = lot.choice([*could, (tale.customer, holds)])
        told.append(f"{_who(tale, by)} {step.__name__}")
        await step(tale, by)
        await tale.passes(0.8)
    by = lot.choice(tale.two)
    end = lot.choice(CUSTOMERS if by is tale.customer else ENDS)
    told.append(f"{_who(tale, by)} {end.__name__}")
    return [await end(tale, by)]
