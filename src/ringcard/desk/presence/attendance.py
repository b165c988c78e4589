"""Who is there: at a screen, or at a phone where they signed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.presence.views import PresenceStaff
from ringcard.people.model import Employee


class Attendance:
    """Open screens, those that closed a moment ago, and phones that somebody sits at."""

    def __init__(self, staff: PresenceStaff) -> None:
        self._staff = staff
        self._screens: Counter[str] = Counter()
        self._leaving: dict[str, datetime] = {}
        """Whose last screen closed, and when: it may be a page that is loaded anew."""
        self._counted: Sequence[Employee] | None = None
        self._owners: Counter[DeviceId] = Counter()

    def opened(self, employee_id: str) -> None:
        """A screen."""
        self._screens[employee_id] += 1
        self._leaving.pop(employee_id, None)

    def closed(self, employee_id: str, at: datetime) -> None:
        self._screens[employee_id] -= 1
        if self._screens[employee_id] <= 0:
            del self._screens[employee_id]
            self._leaving[employee_id] = at

    def was_there(self, employee_id: str, at: datetime) -> None:
        """Before we were started: they are given the time that a page takes."""
        self._leaving[employee_id] = at

    def gone(self, now: datetime, patience: timedelta) -> list[str]:
        """Those whose time is up."""
        gone = [each for each, left_at in self._leaving.items() if now - left_at >= patience]
        for employee_id in gone:
            del self._leaving[employee_id]
        return gone

    def is_there(self, employee: Employee) -> bool:
        employee_id = employee.employee_id
        return employee_id in self._screens or employee_id in self._leaving or self._sits_at_a_phone(employee)

    def _sits_at_a_phone(self, employee: Employee) -> bool:
        """Whether they signed in at a phone: one that is not theirs alone, and where nobody else sits now."""
        for device in employee.devices:
            sitting = self._staff.employees_at(device)
            alone = len(sitting) == 1 and sitting[0].employee_id == employee.employee_id
            if alone and (device not in employee.assigned or self._owners_of(device) != 1):
                return True
        return False

    def _owners_of(self, device: DeviceId) -> int:
        """How many have the device for their own. Counted anew when the staff is another."""
        employees = self._staff.employees()
        if self._counted is not employees:
            self._counted = employees
            self._owners = Counter(device for each in employees for device in each.assigned)
        return self._owners[device]
