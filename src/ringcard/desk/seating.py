"""Whose a call at a device is: who sat there when the call came to it, whoever sits there now."""

from __future__ import annotations

from collections import OrderedDict

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.desk.pop import Colleague
from ringcard.desk.ports import Staff

MOST_CALLS = 10_000
"""How many calls are remembered. Of one that is older than that many others, whoever sits there now is taken."""


class Seating:
    """Remembers, for each call and device, who sat there when it was first asked."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff
        self._calls: OrderedDict[CallId, dict[DeviceId, tuple[Colleague, ...]]] = OrderedDict()

    def at(self, call_id: CallId, device: DeviceId) -> tuple[Colleague, ...]:
        """Who sat there, the one it is named after first. Nobody is not remembered: somebody may yet be told of."""
        seats = self._calls.get(call_id)
        if seats is not None and device in seats:
            return seats[device]
        now = tuple(self._staff.employees_at(device))
        if now:
            if seats is None:
                seats = self._calls[call_id] = {}
                while len(self._calls) > MOST_CALLS:
                    self._calls.popitem(last=False)
            seats[device] = now
        return now

    def ids_at(self, call_id: CallId, device: DeviceId) -> tuple[str, ...]:
        """The ids of `at`."""
        return tuple(colleague.employee_id for colleague in self.at(call_id, device))
