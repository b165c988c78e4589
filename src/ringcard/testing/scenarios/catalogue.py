"""The list of all scenarios, and how a function becomes one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ringcard.testing.scenarios.expected import Expected
from ringcard.testing.scenarios.vocabulary import PhoneSystem

Tale = Callable[[PhoneSystem], Awaitable[list[Expected]]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name` is its folder among the traces, `title` says what happens, `notes` what a reader may wonder at."""

    name: str
    title: str
    tell: Tale
    notes: tuple[str, ...] = ()
    main: bool = False
    """One of the main ones, which an old telephone system must get right too."""


SCENARIOS: dict[str, Scenario] = {}
"""Those that a real Asterisk and the simulator can both tell."""

ON_ASTERISK_ONLY: dict[str, Scenario] = {}
"""Those in which Asterisk does what the simulator has no part for."""


def scenario(title: str, *notes: str, main: bool = False, lab_only: bool = False) -> Callable[[Tale], Tale]:
    """Enter the decorated coroutine function into the catalogue, under its own name with dashes."""

    def enter(tale: Tale) -> Tale:
        name = getattr(tale, "__name__", "").replace("_", "-")
        if name in SCENARIOS or name in ON_ASTERISK_ONLY:
            raise ValueError(f"two scenarios are called {name}")
        (ON_ASTERISK_ONLY if lab_only else SCENARIOS)[name] = Scenario(name, title, tale, notes, main)
        return tale

    return enter
