"""Who sits at which device, in memory: the desk asks at every event and cannot wait for a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.pop import Colleague
from ringcard.people.model import Employee


class Roster:
    """The employees and their devices as last read; `app.bootstrap` reads them again now and then."""

    def __init__(self, employees: Iterable[Employee] = ()) -> None:
        self._employees: tuple[Employee, ...] = ()
        self._at: dict[DeviceId, tuple[Colleague, ...]] = {}
        self._lent: dict[DeviceId, tuple[Colleague, ...]] = {}
        self.replace(employees)

    def replace(self, employees: Iterable[Employee]) -> None:
        """These work here now."""
        self._employees = tuple(employee for employee in employees if not employee.disabled)
        at: dict[DeviceId, list[Colleague]] = defaultdict(list)
        for employee in self._employees:
            for device in employee.devices:
                at[device].append(Colleague(employee.employee_id, employee.name, device))
        self._at = {device: tuple(colleagues) for device, colleagues in at.items()}

    def employees(self) -> tuple[Employee, ...]:
        """Everybody who works here, by name."""
        return self._employees

    def employees_at(self, device: DeviceId) -> Sequence[Colleague]:
        return self._at.get(device) or self._lent.get(device, ())

    def lend(self, device: DeviceId, employee: Employee) -> None:
        """Let somebody without a device of their own try the screen with one that does not exist."""
        self._lent[device] = (Colleague(employee.employee_id, employee.name, device),)
