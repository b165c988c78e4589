"""Signing in at a phone by a code that is dialled there: few digits, so guessing is limited and every miss is noted.

A code is no password. Whoever knows one and stands at a phone of the company answers calls there under another's name
until somebody looks: hence the limits per phone and for all phones together, and the audit trail.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog

from ringcard.calls.identifiers import DeviceId
from ringcard.people.attempts import AttemptLimiter
from ringcard.people.audit import Actor, Audit
from ringcard.people.model import Employee, NoSuchEmployee
from ringcard.people.seats import How, Seats
from ringcard.people.signin import TooManyAttempts
from ringcard.people.store import Clock, EmployeeStore, utc_now

WINDOW_S = 300.0
MISSES_PER_DEVICE = 5
MISSES_TOGETHER = 40
"""Of all phones: more than a shift mistypes, far less than it takes to find one of four digits."""

_ALL = "all"

log = structlog.get_logger(__name__)


class SignInByCode:
    """Signs employees in at the phone they dial from. `changed` is called after every change of who sits where.

    Every method raises `StorageError` if the database fails.
    """

    def __init__(
        self,
        people: EmployeeStore,
        seats: Seats,
        audit: Audit,
        changed: Callable[[], Awaitable[None]],
        *,
        clock: Clock = utc_now,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._people = people
        self._seats = seats
        self._audit = audit
        self._changed = changed
        self._clock = clock
        self._timer = timer
        self._by_device = AttemptLimiter(MISSES_PER_DEVICE, WINDOW_S)
        self._together = AttemptLimiter(MISSES_TOGETHER, WINDOW_S)

    async def sign_in(self, device: DeviceId, code: str, address: str) -> Employee:
        """Whose code it is answers at the device from now on. `address` is the PBX's.

        Raises `NoSuchEmployee` for a code that nobody has, `TooManyAttempts`, `DeviceTaken` for one other's own phone.
        """
        now_s = self._timer()
        wait_s = max(self._by_device.retry_after_s(device, now_s), self._together.retry_after_s(_ALL, now_s))
        if wait_s:
            log.warning("people.codes_locked", action="codes_locked", device=device, retry_after_s=wait_s)
            raise TooManyAttempts(wait_s)
        self._by_device.note(device, now_s)
        self._together.note(_ALL, now_s)
        try:
            employee = await self._people.with_sign_in_code(code)
        except NoSuchEmployee:
            locked = self._by_device.retry_after_s(device, now_s) > 0
            await self._audit.note(
                "device.code_refused", by=Actor(address=address), kind="device", key=device, after={"locked": locked}
            )
            raise
        self._by_device.forgive(device)
        self._together.take_back(_ALL)
        before = await self._seats.sign_in(employee.employee_id, device, How.CODE, self._clock())
        await self._seated("device.signed_in", device, address, before, employee.employee_id, employee)
        return employee

    async def sign_out(self, device: DeviceId, address: str) -> str | None:
        """Nobody is signed in at the device any more. Returns who was."""
        before = await self._seats.sign_out(device, self._clock())
        if before is not None:
            await self._seated("device.signed_out", device, address, before, None, await self._people.get(before))
        return before

    async def _seated(
        self, action: str, device: DeviceId, address: str, before: str | None, after: str | None, who: Employee
    ) -> None:
        await self._changed()
        await self._audit.note(
            action,
            by=Actor(who.employee_id, who.name, address),
            kind="device",
            key=device,
            before={"employee_id": before},
            after={"employee_id": after, "how": How.CODE.value},
        )
