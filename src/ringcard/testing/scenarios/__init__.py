"""Scenarios of a telephone day, told once, run on a real Asterisk and on the simulator alike.

`vocabulary` has the words, `catalogue` the list, the modules named after what people do have the stories; each
returns what really happened as `Expected`, which `differences` holds a call record against.
"""

from ringcard.testing.scenarios import (
    arriving,
    chaining,
    clicking,
    consulting,
    dialling,
    further,
    groups,
    handling,
    holding,
    inside,
    programs,
    rarely,
    sharing,
    telling,
    transferring,
    ways,
)
from ringcard.testing.scenarios.catalogue import ON_ASTERISK_ONLY, SCENARIOS, Scenario
from ringcard.testing.scenarios.comparison import differences, differences_of_all
from ringcard.testing.scenarios.expected import Expected, expected_from_json
from ringcard.testing.scenarios.vocabulary import Ami, Phone, PhoneSystem

STORIES = (
    arriving,
    holding,
    groups,
    transferring,
    consulting,
    dialling,
    chaining,
    further,
    rarely,
    inside,
    clicking,
    programs,
    sharing,
    handling,
    telling,
    ways,
)
"""The modules with the scenarios; importing them fills `SCENARIOS`."""

__all__ = [
    "ON_ASTERISK_ONLY",
    "SCENARIOS",
    "STORIES",
    "Ami",
    "Expected",
    "Phone",
    "PhoneSystem",
    "Scenario",
    "differences",
    "differences_of_all",
    "expected_from_json",
]
