"""Stories of one customer's call: it begins, goes through hands, and ends."""

from __future__ import annotations

from random import Random

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.screen import Screen
from ringcard.testing.scenarios.vocabulary import PhoneSystem
from ringcard.testing.scenarios.wandering.beginnings import BEGINNINGS
from ringcard.testing.scenarios.wandering.ends import ENDS
from ringcard.testing.scenarios.wandering.steps import BY_CODE, STEPS, parks
from ringcard.testing.scenarios.wandering.tale import MOST_STEPS


async def one_customer(pbx: PhoneSystem, lot: Random, desk: Screen, told: list[str]) -> list[Expected]:
    begin = lot.choice(BEGINNINGS)
    told.append(begin.__name__)
    tale = await begin(pbx, lot)
    tale.desk = desk
    await tale.passes(0.8)
    for _ in range(lot.randint(1, MOST_STEPS)):
        step = lot.choice([step for step in STEPS if tale.codes or step not in BY_CODE])
        holder = tale.holder
        told.append(f"{holder.name} {step.__name__}")
        await step(tale)
        if tale.holder is not holder and step is not parks:
            tale.codes = True
        await tale.passes(0.8)
    end = lot.choice(ENDS)
    told.append(f"{tale.holder.name} {end.__name__}")
    return [await end(tale)]
