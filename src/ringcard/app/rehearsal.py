"""A call that is none: it goes through the desk to the screens as every call does, and into no record.

A connector of its own tells it, and only the desk hears that connector: neither the ledger, nor whoever reports,
records or counts. Whoever has no device is lent one for as long as it lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import phonenumbers

from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    ConnectionCleared,
    Delivered,
    Established,
    Originated,
    Party,
    PbxEvent,
)
from ringcard.calls.identifiers import REHEARSED, CallId, ConversationId, DeviceId, PbxId
from ringcard.desk.staff import Roster
from ringcard.people.model import Employee
from ringcard.storage.schema import new_id

PBX = PbxId("rehearsal")
LENT = DeviceId("test")
RINGS_S = 10.0
TALKS_S = 15.0


class Rehearsals:
    """One call an employee at a time. `hear` is the desk's ear."""

    def __init__(
        self,
        hear: Callable[[Sequence[PbxEvent]], None],
        roster: Roster,
        number: Callable[[], str],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], asyncio.Future[None]] | None = None,
    ) -> None:
        self._hear = hear
        self._roster = roster
        self._number = number
        self._now = now
        self._sleep = sleep or asyncio.sleep
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def begin(self, employee: Employee) -> str:
        """Ring now; the id of the call."""
        self.end(employee)
        call_id = CallId(REHEARSED + new_id(self._now()))
        device = employee.devices[0] if employee.devices else LENT
        if not employee.devices:
            self._roster.lend(device, employee)
        number = self._number()
        caller = Party(number=number, presented=number, name=None)
        self._say(Originated(call_id, self._now(), ConversationId(call_id), PBX, call_id, *_inbound(caller)))
        self._say(Delivered(call_id, self._now(), device))
        task = asyncio.create_task(self._goes_on(call_id, device), name="rehearsal")
        self._under_way[employee.employee_id] = task
        return call_id

    def end(self, employee: Employee) -> None:
        """Hang up, if there is something to."""
        task = self._under_way.pop(employee.employee_id, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Nothing goes on."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _goes_on(self, call_id: CallId, device: DeviceId) -> None:
        outcome = Outcome.CANCELLED
        try:
            await self._sleep(RINGS_S)
            outcome = Outcome.ANSWERED
            self._say(Established(call_id, self._now(), device))
            await self._sleep(TALKS_S)
        finally:
            self._say(ConnectionCleared(call_id, self._now(), device, outcome))
            self._say(CallCleared(call_id, self._now(), "caller"))

    def _say(self, event: CallEvent) -> None:
        self._hear([event])


def _inbound(caller: Party) -> tuple[Direction, Party, Party]:
    return Direction.INBOUND, caller, Party(number=None, presented=None)


def sample_number(region: str) -> str:
    """A number as they are written there that is given to nobody on purpose."""
    example = phonenumbers.example_number(region)
    if example is None:
        return "+12015550123"
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
