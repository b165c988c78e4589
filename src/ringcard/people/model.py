"""Who works here: employees, their devices and roles, and how they are written as JSON.

Source: docs/reference/live-channel.md (Me, Employee).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from ringcard.calls.identifiers import DeviceId


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


class Role(StrEnum):
    """What somebody may do: an employee sees the own desk, a supervisor everybody's, an administrator also settings."""

    EMPLOYEE = "employee"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who works here. A disabled one cannot sign in but stays in the history."""

    employee_id: str
    login: str
    name: str
    role: Role
    devices: tuple[DeviceId, ...] = ()
    language: str | None = None
    disabled: bool = False


def employee_as_json(employee: Employee) -> dict[str, Any]:
    """`Employee` of the contract."""
    return {
        "employee_id": employee.employee_id,
        "name": employee.name,
        "role": employee.role.value,
        "devices": list(employee.devices),
    }


def me_as_json(employee: Employee, csrf_token: str) -> dict[str, Any]:
    """`Me` of the contract."""
    return employee_as_json(employee) | {
        "login": employee.login,
        "language": employee.language,
        "csrf_token": csrf_token,
    }
