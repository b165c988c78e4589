"""What somebody may do, by name, and what each role allows.

A route names the one permission it needs (`web.access.needs`); which *calls, cards and numbers* are seen is a question
of its own, answered where they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ringcard.people.model import Employee, Role


class Permission(StrEnum):
    """One thing that can be allowed. The values are stable: they are kept in the database and in tokens."""

    CALLS_READ = "calls.read"
    CALLS_MAKE = "calls.make"
    CONTACTS_READ = "contacts.read"
    CONTACTS_WRITE = "contacts.write"
    CONTACTS_DELETE = "contacts.delete"
    """Also merging two cards into one."""
    CONTACTS_IMPORT = "contacts.import"
    CONTACTS_EXPORT = "contacts.export"
    PEOPLE_READ = "people.read"
    """Who works here, at which device, and what it does now."""
    PEOPLE_MANAGE = "people.manage"
    """Employees, their devices, teams and roles."""
    TOKENS_MANAGE = "tokens.manage"
    AUDIT_READ = "audit.read"
    PBX_READ = "pbx.read"
    """The state of our connections to PBXs."""
    SETTINGS_MANAGE = "settings.manage"
    """PBXs, numbering plans, sources, fields of the card, mail."""


_EMPLOYEE = frozenset(
    {
        Permission.CALLS_READ,
        Permission.CALLS_MAKE,
        Permission.CONTACTS_READ,
        Permission.CONTACTS_WRITE,
        Permission.PEOPLE_READ,
    }
)
_SUPERVISOR = _EMPLOYEE | {
    Permission.CONTACTS_DELETE,
    Permission.CONTACTS_IMPORT,
    Permission.CONTACTS_EXPORT,
    Permission.PBX_READ,
}

BUILT_IN: Mapping[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _EMPLOYEE,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ADMIN: frozenset(Permission),
}
"""What the roles that are always there allow."""


def allowed(employee: Employee, permission: Permission) -> bool:
    """Whether the employee may do this."""
    return permission in BUILT_IN[employee.role]
