"""What one employee sees: whose calls and cards, and whether numbers are masked. Pure.

One `Sight` is made for every request and every open live channel, and handed to whatever reads calls, cards or
numbers; nothing else decides it. `web.masking` masks what goes out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import assert_never

from ringcard.people.model import Employee
from ringcard.people.permissions import Permission, Reach

Whose = frozenset[str] | None
"""The ids of employees; None means everybody, also those who are not known."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one employee sees, and may do.

    `calls` are the employees whose calls, `cards` those whose cards (the card's managers) are seen. Whoever gets a
    call sees its caller's card in any case: that is the pop's business and `CallHistory.may_see_card`'s.
    `mates` are those whose ringing phone one may answer from one's own, whether their calls are seen or not.
    """

    employee_id: str
    permissions: frozenset[Permission]
    calls: Whose
    cards: Whose
    mates: Whose
    numbers_masked: bool

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def sees_call(self, concerns: Collection[str]) -> bool:
        """Whether a call that concerns these employees is seen."""
        return self.calls is None or not self.calls.isdisjoint(concerns)

    def picks_up_for(self, concerns: Collection[str]) -> bool:
        """Whether a call that rings at the phone of these employees may be picked up without being seen."""
        if Permission.PEOPLE_READ not in self.permissions:
            return False  # who is not shown colleagues' phones does not see that they ring
        return self.mates is None or not self.mates.isdisjoint(concerns)

    def sees_card(self, managers: Collection[str]) -> bool:
        """Whether a card with these managers is seen, whoever called."""
        return self.cards is None or not self.cards.isdisjoint(managers)


class Company:
    """Who is in which team, so that a sight is made without looking at everybody."""

    def __init__(self, everybody: Iterable[Employee] = ()) -> None:
        members: dict[str, set[str]] = defaultdict(set)
        self._has_teams = False
        for employee in everybody:
            self._has_teams = self._has_teams or bool(employee.teams or employee.leads)
            for team in employee.teams:
                members[team].add(employee.employee_id)
        self._members = {team: frozenset(ids) for team, ids in members.items()}

    def sight_of(self, employee: Employee, scopes: frozenset[Permission] | None = None) -> Sight:
        """What `employee` sees; `scopes` are the permissions of a token, which narrows and adds nothing."""
        rights = employee.rights
        return Sight(
            employee.employee_id,
            rights.permissions if scopes is None else rights.permissions & scopes,
            self._within(rights.calls, employee),
            self._within(rights.cards, employee),
            self._within(Reach.TEAM, employee),
            rights.numbers_masked,
        )

    def _within(self, reach: Reach, employee: Employee) -> Whose:
        match reach:
            case Reach.OWN:
                return frozenset({employee.employee_id})
            case Reach.TEAM if self._has_teams:
                teams = (self._members.get(team, frozenset()) for team in (*employee.teams, *employee.leads))
                return frozenset({employee.employee_id}).union(*teams)
            case Reach.TEAM | Reach.ALL:
                return None
            case _:
                assert_never(reach)
