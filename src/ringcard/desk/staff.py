"""Who sits at which device, in memory: the desk asks at every event and cannot wait for a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.pop import Colleague
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.people.sight import Company, Sight


class Roster:
    """The employees, their devices and teams as last read: after every change, and now and then for the changes that
    another process made (`app.bootstrap`).
    """

    def __init__(self, employees: Iterable[Employee] = ()) -> None:
        self._everybody: tuple[Employee, ...] = ()
        self._employees: tuple[Employee, ...] = ()
        self._company = Company()
        self._by_id: dict[str, Employee] = {}
        self._at: dict[DeviceId, tuple[Colleague, ...]] = {}
        self._lent: dict[DeviceId, tuple[Colleague, ...]] = {}
        self.replace(employees)

    def replace(self, employees: Iterable[Employee]) -> bool:
        """These work here now; those who are disabled did. Returns whether anything is other than before."""
        everybody = tuple(employees)
        if everybody == self._everybody:
            return False
        self._everybody = everybody
        self._company = Company(everybody)
        self._by_id = {employee.employee_id: employee for employee in everybody}
        self._employees = tuple(employee for employee in self._everybody if not employee.disabled)
        at: dict[DeviceId, list[Colleague]] = defaultdict(list)
        for employee in self._employees:
            for device in employee.devices:
                at[device].append(Colleague(employee.employee_id, employee.name, device))
        self._at = {device: tuple(colleagues) for device, colleagues in at.items()}
        return True

    def employees(self) -> tuple[Employee, ...]:
        """Everybody who works here, by name."""
        return self._employees

    def everybody(self) -> tuple[Employee, ...]:
        """Also those who do not work here any more."""
        return self._everybody

    def get(self, employee_id: str) -> Employee | None:
        """The employee, perhaps a disabled one; None if there is none."""
        return self._by_id.get(employee_id)

    def sight_of(self, employee: Employee, scopes: frozenset[Permission] | None = None) -> Sight:
        """What the employee sees; with the scopes of a token, no more than they allow."""
        return self._company.sight_of(employee, scopes)

    def employees_at(self, device: DeviceId) -> Sequence[Colleague]:
        return self._at.get(device) or self._lent.get(device, ())

    def lend(self, device: DeviceId, employee: Employee) -> None:
        """Let somebody without a device of their own try the screen with one that does not exist."""
        self._lent[device] = (Colleague(employee.employee_id, employee.name, device),)
