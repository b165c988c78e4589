"""Who works here: employees, their devices and roles, and how they are written as JSON.

Source: docs/reference/live-channel.md (Me, Employee).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ringcard.calls.identifiers import DeviceId
from ringcard.people.permissions import BUILT_IN, Rights
from ringcard.people.permissions import Role as Role


class PeopleError(Exception):
    """Something about employees; the root of the tree."""

    error_id: ClassVar[str] = "people"


class EmployeeInvalid(PeopleError):
    """An employee cannot be kept as given; the text says what is wrong."""

    error_id = "employee_invalid"


class LoginTaken(PeopleError):
    """Another employee has this login."""

    error_id = "login_taken"


class DeviceTaken(PeopleError):
    """The device belongs to another employee."""

    error_id = "device_taken"


class NoSuchEmployee(PeopleError):
    """There is no such employee."""

    error_id = "no_such_employee"


class NoSuchTeam(PeopleError):
    """There is no such team."""

    error_id = "no_such_team"


class TeamInvalid(PeopleError):
    """A team cannot be kept as given; the text says what is wrong."""

    error_id = "team_invalid"


class NoSuchRole(PeopleError):
    """There is no such role."""

    error_id = "no_such_role"


class RoleInvalid(PeopleError):
    """A role cannot be kept as given; the text says what is wrong."""

    error_id = "role_invalid"


class RoleInUse(PeopleError):
    """A role that somebody has cannot be deleted."""

    error_id = "role_in_use"


class StaffChangedMeanwhile(PeopleError):
    """Somebody else changed the employee, team or role since it was read."""

    error_id = "changed_meanwhile"


class LastAdministrator(PeopleError):
    """Nobody would be left who may give rights to others."""

    error_id = "last_administrator"


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who works here. A disabled one cannot sign in but stays in the history.

    `devices` are those where they answer now: their own that nobody else has signed in at, and those where they
    signed in. `assigned` are those that are theirs. `teams` are those they belong to, `leads` those they lead.
    """

    employee_id: str
    login: str
    name: str
    role: str
    devices: tuple[DeviceId, ...] = ()
    language: str | None = None
    disabled: bool = False
    rights: Rights = BUILT_IN[Role.EMPLOYEE]
    """What the role allows, as it was when the employee was read."""
    assigned: tuple[DeviceId, ...] = ()
    teams: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    version: int = 1
    sign_in_code: str | None = None
    """What the employee dials after the sign-in code at a phone. No secret: the PBX keeps it in its own records."""
    skills: tuple[str, ...] = ()
    """What they are good at, in the company's words: who hands a call over finds them by it."""


@dataclass(frozen=True, slots=True)
class Team:
    """Some of those who work here. `leaders` lead it; they need not be its `members`."""

    team_id: str
    name: str
    members: tuple[str, ...]
    leaders: tuple[str, ...]
    version: int = 1


def employee_as_json(employee: Employee) -> dict[str, Any]:
    """`Employee` of the contract: what everybody may know of everybody."""
    return {
        "employee_id": employee.employee_id,
        "name": employee.name,
        "role": employee.role,
        "devices": list(employee.devices),
    }


def me_as_json(employee: Employee, csrf_token: str, permissions: frozenset[str] | None = None) -> dict[str, Any]:
    """`Me` of the contract; with `permissions`, no more than those."""
    allowed = employee.rights.permissions if permissions is None else permissions
    return employee_as_json(employee) | {
        "login": employee.login,
        "language": employee.language,
        "csrf_token": csrf_token,
        "role_name": employee.rights.name,
        "permissions": sorted(allowed),
        "numbers_masked": employee.rights.numbers_masked,
        "assigned": list(employee.assigned),
        "teams": list(employee.teams),
        "leads": list(employee.leads),
    }


def employee_in_full(employee: Employee) -> dict[str, Any]:
    """`EmployeeInFull` of the contract: for whoever manages people."""
    return employee_as_json(employee) | {
        "login": employee.login,
        "language": employee.language,
        "disabled": employee.disabled,
        "assigned": list(employee.assigned),
        "teams": list(employee.teams),
        "leads": list(employee.leads),
        "sign_in_code": employee.sign_in_code,
        "skills": list(employee.skills),
        "version": employee.version,
    }


def team_as_json(team: Team) -> dict[str, Any]:
    """`Team` of the contract."""
    return {
        "team_id": team.team_id,
        "name": team.name,
        "members": list(team.members),
        "leaders": list(team.leaders),
        "version": team.version,
    }
