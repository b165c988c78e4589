"""Members of their teams' queues while they are there, and no longer: what we add is ours to take out again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.desk.presence.members import Members
from ringcard.desk.presence.memory import Added
from ringcard.desk.presence.rules import Membership
from ringcard.desk.presence.telling import Outcome, Teller
from ringcard.people.model import Employee

QueuesFor = Callable[[Employee], Iterable[Membership]]
"""Those that an employee answers for while they are there."""


class Enlisting:
    """The memberships that we gave."""

    def __init__(
        self,
        members: Members,
        teller: Teller,
        queues_for: QueuesFor,
        pbxs_of: Mapping[DeviceId, Collection[PbxId]],
    ) -> None:
        self._members = members
        self._teller = teller
        self._queues_for = queues_for
        self._pbxs_of = pbxs_of
        self._added: defaultdict[str, set[Added]] = defaultdict(set)
        self._declined: defaultdict[str, set[Added]] = defaultdict(set)
        """Those that somebody else took away, or the PBX refused: not given again until the employee comes anew."""

    def added(self, employee_id: str) -> frozenset[Added]:
        return frozenset(self._added.get(employee_id, ()))

    def restore(self, employee_id: str, added: Collection[Added]) -> None:
        """As it was kept."""
        if added:
            self._added[employee_id] = set(added)

    def comes(self, employee_id: str) -> None:
        """What was taken away before is forgotten."""
        self._declined.pop(employee_id, None)

    def lost(self, employee_id: str, pbx: PbxId, device: DeviceId, *, restarted: bool) -> bool:
        """A membership of the device is gone: whether it was one of ours. After a restart it is given again."""
        gone = {
            each
            for each in self._added.get(employee_id, ())
            if (each.pbx, each.device) == (pbx, device) and not self._members.has(pbx, each.queue, device)
        }
        if gone:
            self._added[employee_id] -= gone
            if not restarted:
                self._declined[employee_id] |= gone
        return bool(gone)

    def is_due(self, employee: Employee, *, there: bool) -> bool:
        """Whether there is something to be given or taken. Cheap: everybody is looked at."""
        wanted = self._wanted(employee) if there else frozenset()
        return any(self._surplus(employee.employee_id, wanted)) or any(self._missing(employee, wanted))

    def enlisted(self) -> list[str]:
        """Who has something that can be taken out, also of those who work here no more."""
        return [employee_id for employee_id in self._added if self._surplus(employee_id)]

    async def bring(self, employee: Employee, *, there: bool) -> bool:
        """Take out and add. Returns whether anything is other than before. Never raises."""
        employee_id = employee.employee_id
        wanted = self._wanted(employee) if there else frozenset()
        changed = await self.take_out(employee_id, wanted)
        for each in self._missing(employee, wanted):
            outcome = (await self._teller.enlist(each, employee.name)).outcome
            if outcome is Outcome.TOLD:
                self._added[employee_id].add(each)
                self._teller.insist((each.pbx, each.device))
                changed = True
            elif outcome is Outcome.REFUSED:
                self._declined[employee_id].add(each)
        return changed

    async def take_out(self, employee_id: str, wanted: Collection[Added] = ()) -> bool:
        """Of whatever is not wanted. Returns whether anything is other than before. Never raises."""
        changed = False
        for each in self._surplus(employee_id, wanted):
            in_it = self._members.has(each.pbx, each.queue, each.device)
            if in_it and (await self._teller.dismiss(each)).outcome is Outcome.LATER:
                continue
            self._added[employee_id].discard(each)
            changed = True
        return changed

    def _surplus(self, employee_id: str, wanted: Collection[Added] = ()) -> list[Added]:
        """What we gave and is not wanted. A queue of which the PBX has not told yet waits: it may have the device."""
        return [
            each
            for each in sorted(self._added.get(employee_id, ()), key=_order)
            if each not in wanted and self._members.knows(each.pbx, each.queue)
        ]

    def _missing(self, employee: Employee, wanted: Collection[Added]) -> list[Added]:
        declined = self._declined.get(employee.employee_id, ())
        return [
            each
            for each in sorted(wanted, key=_order)
            if each not in declined and not self._members.has(each.pbx, each.queue, each.device)
        ]

    def _wanted(self, employee: Employee) -> frozenset[Added]:
        return frozenset(
            Added(pbx, rule.queue, device)
            for rule in self._queues_for(employee)
            for device in employee.devices
            for pbx in self._pbxs_of.get(device, ())
            if rule.pbx in (None, pbx) and self._members.knows(pbx, rule.queue)
        )


def _order(added: Added) -> tuple[str, str, str]:
    return added.pbx, added.queue, added.device
