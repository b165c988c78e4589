"""What is to be done after a call: a caller whom nobody answered goes into the list, to the screens, and by e-mail.

`call_over` runs on the event loop inside the bus, so it only notes; a task of its own writes. A database that is
locked for a moment, or a mail server that hangs, costs nobody a card.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

import structlog

from ringcard.calls.identifiers import is_rehearsed
from ringcard.contacts.model import Contact
from ringcard.desk.memory import DeskMemory, utc_now
from ringcard.desk.missed import Handled, Handling, MissedCaller, MissedCallers
from ringcard.desk.owners import Owners
from ringcard.desk.ports import LiveCall, MissedScreens, MissedView, SendsMissedMail, StaffById
from ringcard.desk.preferences import AllPreferences
from ringcard.storage import StorageError
from ringcard.storage.schema import new_id

AGAIN_S = 5.0
EXPIRE_EVERY_S = 3600.0

log = structlog.get_logger(__name__)


class Afterwards:
    """The desk's ear for calls that are over, and who answers what was missed."""

    def __init__(
        self,
        memory: DeskMemory,
        staff: StaffById,
        preferences: AllPreferences,
        owners: Owners,
        mail: SendsMissedMail | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._memory = memory
        self._staff = staff
        self._preferences = preferences
        self._owners = owners
        self._mail = mail
        self._clock = clock
        self._missed = MissedCallers()
        self._unwritten: dict[str, MissedCaller] = {}
        self._wake = asyncio.Event()
        self.screens: MissedScreens | None = None
        self._contacts: dict[str, Contact | None] = {}

    async def load(self) -> None:
        """Raises `StorageError`."""
        self._missed = MissedCallers(await self._memory.missed())

    def call_over(self, call: LiveCall) -> None:
        """See `desk.ports.Afterwards`."""
        if is_rehearsed(call.record.call_id):
            return
        entry = self._missed.over(call.record, new_id(self._clock()))
        if entry is None:
            return
        self._contacts[entry.number] = call.contact
        view = self._changed(entry)
        if self._mail is None or entry.handling is not None:
            return
        rang = {stint.device for stint in call.record.devices if stint.ringing_at is not None}
        told = {colleague.employee_id for device in rang for colleague in self._staff.employees_at(device)}
        for employee_id in sorted(told):
            preferences = self._preferences.of(employee_id)
            if preferences.missed_mail and preferences.mail_address is not None:
                self._mail.missed(employee_id, preferences.mail_address, view)

    def views(self) -> tuple[MissedView, ...]:
        """Everything that was missed and not forgotten yet, the latest first."""
        return tuple(self._view(entry) for entry in self._missed.all())

    def view(self, missed_id: str) -> MissedView | None:
        entry = self._missed.one(missed_id)
        return None if entry is None else self._view(entry)

    def done(self, missed_id: str, employee_id: str) -> MissedView | None:
        """Somebody dealt with it: it is done for everybody whose phone rang."""
        entry = self._missed.done(missed_id, employee_id, self._clock())
        return None if entry is None else self._changed(entry)

    def assign(self, missed_id: str, employee_id: str | None) -> MissedView | None:
        """This employee is to return the call, and it is theirs to see; None: whoever comes first.

        From whoever was to return it before, and saw it for nothing else, it goes.
        """
        before = self.view(missed_id)
        entry = self._missed.assign(missed_id, employee_id)
        if before is None or entry is None:
            return None
        view = self._changed(entry)
        if self.screens is not None and before.concerns - view.concerns and before.caller.handling is None:
            # As they saw it: who has it now is not theirs to know.
            gone = replace(before.caller, handling=Handling(Handled.DONE, self._clock(), None))
            self.screens.hide_missed(replace(before, caller=gone), view.concerns)
        return view

    def undone(self, missed_id: str) -> MissedView | None:
        entry = self._missed.undone(missed_id)
        return None if entry is None else self._changed(entry)

    async def forget(self, numbers: Collection[str]) -> None:
        """Callers who are to be forgotten: they leave the lists at once. Raises `StorageError`."""
        now = self._clock()
        for entry in self._missed.forget(numbers):
            self._unwritten.pop(entry.number, None)
            self._contacts.pop(entry.number, None)
            if self.screens is not None and entry.handling is None:
                gone = replace(entry, name=None, handling=Handling(Handled.DONE, now, None))
                self.screens.show_missed(self._view(gone))
        await self._memory.keep_missed((), numbers)

    def _changed(self, entry: MissedCaller) -> MissedView:
        self._unwritten[entry.number] = entry
        self._wake.set()
        view = self._view(entry)
        if self.screens is not None:
            self.screens.show_missed(view)
        return view

    def _view(self, entry: MissedCaller) -> MissedView:
        names, concerns = [], set()
        for device in entry.devices:
            for place, colleague in enumerate(self._staff.employees_at(device)):
                concerns.add(colleague.employee_id)
                if place == 0:
                    names.append((device, colleague.name))
        assignee = None if entry.assignee_id is None else self._staff.get(entry.assignee_id)
        if assignee is not None:
            concerns.add(assignee.employee_id)
        return MissedView(entry, self._contacts.get(entry.number), tuple(names), frozenset(concerns), assignee)

    async def named(self, view: MissedView) -> MissedView:
        """With whose number it is now, not as it was when the call was missed. Raises `StorageError`."""
        contact = self._contacts[view.caller.number] = await self._owners.contact_of(view.caller.number)
        return replace(view, contact=contact)

    async def run(self) -> None:
        """Writes what changed, and forgets what is old, until cancelled."""
        while True:
            gone = self._missed.expire(self._clock())
            for number in gone:
                self._contacts.pop(number, None)
            try:
                async with asyncio.timeout(EXPIRE_EVERY_S):
                    await self.write(gone)
                    while True:
                        await self._wake.wait()
                        await self.write()
            except TimeoutError:
                continue
            except StorageError as error:
                log.warning("desk.missed_not_written", action="missed_not_written", problem=str(error))
                await asyncio.sleep(AGAIN_S)

    async def write(self, gone: tuple[str, ...] = ()) -> None:
        """What is not written yet. Raises `StorageError`, and nothing is lost."""
        self._wake.clear()
        unwritten, self._unwritten = self._unwritten, {}
        if not unwritten and not gone:
            return
        try:
            await self._memory.keep_missed(list(unwritten.values()), gone)
        except BaseException:
            self._unwritten = unwritten | self._unwritten
            self._wake.set()
            raise
