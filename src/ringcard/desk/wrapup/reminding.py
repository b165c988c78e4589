"""Reminders that fall due: they pop up at whose they are, with the card, until they are done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from ringcard.contacts.reminders import DueReminder, Reminders
from ringcard.storage import StorageError

LOOK_EVERY_S = 5.0

log = structlog.get_logger(__name__)


class ReminderScreens(Protocol):
    """The live channel, as reminders are told on it. Nothing here blocks or raises."""

    def show_reminder(self, due: DueReminder) -> None:
        """To whose it is; one that is done is to go."""


class Reminding:
    """What is due and not done, of everybody."""

    def __init__(self, reminders: Reminders, clock: Callable[[], datetime]) -> None:
        self._reminders = reminders
        self._clock = clock
        self._due: dict[str, DueReminder] = {}
        self._looking = asyncio.Lock()
        self.screens: ReminderScreens | None = None

    def due_of(self, employee_id: str) -> tuple[DueReminder, ...]:
        """The longest due first."""
        own = (each for each in self._due.values() if each.reminder.employee_id == employee_id)
        return tuple(sorted(own, key=lambda each: each.reminder.due_at))

    async def look(self) -> None:
        """What is due now, and what was done meanwhile; one look after the other. Raises `StorageError`."""
        async with self._looking:
            now = {each.reminder.reminder_id: each for each in await self._reminders.due(self._clock())}
            before, self._due = self._due, now
        for reminder_id, due in before.items():
            if reminder_id not in now:
                self._tell(due.done(self._clock()))
        for reminder_id, due in now.items():
            if before.get(reminder_id) != due:
                self._tell(due)

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            try:
                await self.look()
            except StorageError as error:
                log.warning("desk.reminders_not_read", action="reminders_not_read", problem=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    def _tell(self, due: DueReminder) -> None:
        if self.screens is not None:
            self.screens.show_reminder(due)
