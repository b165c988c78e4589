"""How an employee wants to be told of a call, and to make one. Kept on the server, so that every computer has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class PopWhen(StrEnum):
    """When a card comes up by itself."""

    ON_RING = "on_ring"
    ON_ANSWER = "on_answer"
    QUIET = "quiet"
    """Never: the call is in the column of calls, and its card opens when it is chosen."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one employee chose. `notify` is about hidden tabs; each browser asks for its own consent besides."""

    pop_when: PopWhen = PopWhen.ON_RING
    ring_sound: bool = False
    notify: bool = False
    missed_mail: bool = False
    mail_address: str | None = None
    auto_answer: bool = False
    """Whether one's own phone is asked to pick up by itself when one dials from the screen."""


class PreferencesInvalid(ValueError):
    """What was chosen cannot be kept; the text says why."""


_ADDRESS = re.compile(r"[^@\s\x00-\x1f,;<>\"]{1,64}@[^@\s\x00-\x1f,;<>\"]{1,255}")


def checked(preferences: Preferences) -> Preferences:
    """Raises `PreferencesInvalid` for an address that is none, or a wish for mail without one."""
    address = preferences.mail_address
    if address is not None and not _ADDRESS.fullmatch(address):
        raise PreferencesInvalid(f"{address!r} is no e-mail address")
    if preferences.missed_mail and address is None:
        raise PreferencesInvalid("missed calls by e-mail need an address")
    return preferences


class KeepsPreferences(Protocol):
    """Where preferences outlive the process."""

    async def preferences(self) -> Mapping[str, Preferences]: ...

    async def keep_preferences(self, employee_id: str, preferences: Preferences) -> None: ...


class AllPreferences:
    """Everybody's preferences, in memory: a snapshot and a missed call cannot wait for a database."""

    def __init__(self, memory: KeepsPreferences) -> None:
        self._memory = memory
        self._of: dict[str, Preferences] = {}

    async def load(self) -> None:
        """Raises `StorageError`."""
        self._of = dict(await self._memory.preferences())

    def of(self, employee_id: str) -> Preferences:
        return self._of.get(employee_id, DEFAULT)

    async def keep(self, employee_id: str, preferences: Preferences) -> None:
        """Raises `PreferencesInvalid`, `StorageError`."""
        await self._memory.keep_preferences(employee_id, checked(preferences))
        self._of[employee_id] = preferences


DEFAULT = Preferences()
