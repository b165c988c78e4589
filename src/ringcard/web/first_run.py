"""The first run as the web sees it: where the wizard stands, and the port to whoever leads through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from ringcard.pbx.examination import Check, Line
from ringcard.people.model import Employee

STEPS = ("pbx", "people", "numbers", "contacts", "trial")
"""After the administrator; each can be skipped and come back to in the settings."""


class FirstRunError(Exception):
    """Something about the first run; the root of the tree."""

    error_id: ClassVar[str] = "setup_done"


class SetUpAlready(FirstRunError):
    """There is an administrator: sign in."""

    error_id = "setup_done"


class SetupCodeWrong(FirstRunError):
    """From another machine the code that the server printed at its start is needed."""

    error_id = "setup_code_wrong"


class Stage(StrEnum):
    """Where a new installation stands."""

    NEW = "new"
    """Nobody can administer it: the first visitor becomes the administrator."""
    OPEN = "open"
    """The wizard goes on."""
    LATER = "later"
    """It was put off: the desk reminds."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the wizard is. `done` and `skipped` are of `STEPS`."""

    stage: Stage
    step: str = STEPS[0]
    done: Sequence[str] = ()
    skipped: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What has to be written into manager.conf so that we get in."""

    user: str
    secret: str
    our_address: str
    general: Sequence[Line]
    lines: Sequence[Line]


class FirstRun(Protocol):
    """Leads through the first run. Every method may raise `StorageError`."""

    async def progress(self) -> Progress: ...

    async def remember(self, progress: Progress) -> Progress:
        """Keep how far the wizard is, for whoever goes on with it."""

    async def administrator(
        self,
        login: str,
        name: str,
        password: str,
        language: str | None,
        *,
        code: str | None,
        trusted: bool,
        address: str,
    ) -> Employee:
        """Make the first administrator. `trusted`: whoever asks sits at this machine and needs no code.

        Raises `SetUpAlready`, `SetupCodeWrong`, `PeopleError` (also `TooManyAttempts`).
        """

    def examine(self, kind: str, settings: Mapping[str, Any], name: str | None) -> AsyncIterator[Check]:
        """Look at a PBX, also one that is not ours yet. With `name`, a secret left out is the one that is kept.

        Raises `SettingsInvalid`.
        """

    async def account(self, host: str) -> Account:
        """A proposal with a new secret. Raises `SettingsInvalid` if there is no way to `host`."""

    async def people(self, mine: str | None, others: Mapping[str, str], me: Employee) -> int:
        """Give `me` the device `mine`, and make an employee of each other device; how many are new.

        Whoever has a device already keeps it. Nobody gets a password here. Raises `PeopleError`.
        """

    def rehearse(self, employee: Employee) -> str:
        """Ring the employee's screen with a call that is none; its id. One at a time: the one before ends."""

    def end_rehearsal(self, employee: Employee) -> None: ...
