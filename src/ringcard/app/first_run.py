"""The first run: who becomes the administrator, what a PBX is like, where the wizard stands. Port: `web.first_run`."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec

from ringcard.app.administration import Administration
from ringcard.app.examination import examine
from ringcard.app.rehearsal import Rehearsals
from ringcard.desk.staff import Roster
from ringcard.pbx.asterisk.examination import account_lines, general_lines, our_address_towards
from ringcard.pbx.examination import Check
from ringcard.people.attempts import AttemptLimiter
from ringcard.people.model import Employee, Role
from ringcard.people.passwords import Passwords, check_new_password
from ringcard.people.permissions import Permission
from ringcard.people.signin import TooManyAttempts, network_of
from ringcard.people.store import EmployeeStore
from ringcard.settings import SettingsChanged, SettingsInvalid, SettingsStore
from ringcard.web.first_run import STEPS, Account, Progress, SetUpAlready, SetupCodeWrong, Stage

NAME = "setup"
USER = "ringcard"
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that are taken for each other."""

CODE_ATTEMPTS, CODE_WINDOW_S = 10, 300.0


def new_code() -> str:
    """A one-time code, as somebody reads it off one screen and types it on another: `7F3K-9QXM`, 40 bits."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


class Wizard:
    """Implements `web.first_run.FirstRun`."""

    def __init__(
        self,
        store: SettingsStore,
        people: EmployeeStore,
        roster: Roster,
        passwords: Passwords,
        administration: Administration,
        rehearsals: Rehearsals,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._people = people
        self._roster = roster
        self._passwords = passwords
        self._administration = administration
        self._rehearsals = rehearsals
        self._timer = timer
        self._one_at_a_time = asyncio.Lock()
        self._attempts = AttemptLimiter(CODE_ATTEMPTS, CODE_WINDOW_S)
        self.code: str | None = None
        """What whoever comes from another machine has to know; None once there is an administrator."""

    async def begin(self) -> None:
        """At the start of the server: a new code, if there is nobody to administer it."""
        self.code = None if await self._administered() else new_code()

    async def progress(self) -> Progress:
        row = await self._store.get(NAME)
        if self.code is not None and not await self._administered():
            return Progress(Stage.NEW)
        return _progress(row.values) if row is not None else Progress(Stage.DONE)

    async def remember(self, progress: Progress) -> Progress:
        kept = Progress(
            progress.stage,
            progress.step if progress.step in STEPS else STEPS[0],
            [step for step in STEPS if step in progress.done],
            [step for step in STEPS if step in progress.skipped and step not in progress.done],
        )
        row = await self._store.get(NAME)
        # Whoever comes last is right: it is only a bookmark, and two who look at it look at the same wizard.
        try:
            await self._store.put(NAME, 0 if row is None else row.version, msgspec.to_builtins(kept))
        except SettingsChanged:
            return await self.progress()
        return kept

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
        async with self._one_at_a_time:
            if self.code is None or await self._administered():
                raise SetUpAlready("there is an administrator already: sign in")
            if not trusted:
                self._check_code(code, network_of(address))
            check_new_password(password, login)
            hashed = await self._passwords.hashed(password)
            employee = await self._people.add(login, name, Role.ADMIN, language=language, password_hash=hashed)
            self.code = None
            self._roster.replace(await self._people.everybody())
        await self.remember(Progress(Stage.OPEN))
        return employee

    def _check_code(self, code: str | None, address: str) -> None:
        if not code:
            raise SetupCodeWrong("type the code that the server printed when it started")
        now_s = self._timer()
        # All addresses together: whoever has many must not have many attempts.
        wait_s = self._attempts.retry_after_s("everybody", now_s)
        if wait_s:
            raise TooManyAttempts(wait_s)
        self._attempts.note("everybody", now_s)
        given = "".join(letter for letter in code.upper() if letter.isalnum())
        if not hmac.compare_digest(given.encode(), (self.code or "").replace("-", "").encode()):
            raise SetupCodeWrong("this is not the code that the server printed when it started")

    async def _administered(self) -> bool:
        return any(
            Permission.PEOPLE_MANAGE in each.rights.permissions and not each.disabled
            for each in await self._people.everybody()
        )

    def examine(self, kind: str, settings: Mapping[str, Any], name: str | None) -> AsyncIterator[Check]:
        pbx = self._administration.to_try(kind, settings, name)
        return examine(pbx, self._administration.effective.company)

    async def account(self, host: str) -> Account:
        try:
            ours = await asyncio.to_thread(our_address_towards, host)
        except (OSError, UnicodeError) as error:
            raise SettingsInvalid(f"there is no way to {host!r}: is the name right?", "host", "no_way", host) from error
        secret = secrets.token_hex(20)
        loopback = ours.startswith("127.") or ours == "::1"
        return Account(
            USER,
            secret,
            ours,
            general_lines("127.0.0.1" if loopback else host),
            account_lines(USER, secret, ours),
        )

    async def people(self, mine: str | None, others: Mapping[str, str], me: Employee) -> int:
        if mine:
            await self._people.give_device(me.employee_id, mine)
        taken = await self._people.by_device()
        logins = {each.login for each in await self._people.everybody()}
        new = 0
        for device, name in others.items():
            if device not in taken and device != mine and device.casefold() not in logins:
                await self._people.add(device, name.strip() or device, devices=[device])
                new += 1
        self._roster.replace(await self._people.everybody())
        return new

    def rehearse(self, employee: Employee) -> str:
        return self._rehearsals.begin(employee)

    def end_rehearsal(self, employee: Employee) -> None:
        self._rehearsals.end(employee)


def _progress(values: Mapping[str, Any]) -> Progress:
    """As kept; what a later release wrote and this one does not know is the beginning."""
    try:
        return msgspec.convert(values, Progress)
    except msgspec.ValidationError:
        return Progress(Stage.OPEN)
