"""What somebody may do, by name, and what each role allows.

A route names the one permission it needs (`web.access.needs`); whose calls and cards are seen, and whether numbers are
masked, is the role's `Rights` too, and becomes a `people.sight.Sight` for one employee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """The roles that are always there: an employee sees the own desk, a supervisor the teams, an administrator all."""

    EMPLOYEE = "employee"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that can be allowed. The values are stable: they are kept in the database and in tokens."""

    CALLS_READ = "calls.read"
    CALLS_MAKE = "calls.make"
    CALLS_MONITOR = "calls.monitor"
    """Listening to colleagues' calls, whispering, joining; each time is in the audit trail."""
    PRESENCE_MANAGE = "presence.manage"
    """Setting colleagues ready or not ready; each time is in the audit trail."""
    CONTACTS_READ = "contacts.read"
    CONTACTS_WRITE = "contacts.write"
    CONTACTS_DELETE = "contacts.delete"
    """Also merging two cards into one."""
    CONTACTS_IMPORT = "contacts.import"
    CONTACTS_EXPORT = "contacts.export"
    NUMBERS_REVEAL = "numbers.reveal"
    """A role that sees masked numbers may look at one of them; each look is in the audit trail."""
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


class Reach(StrEnum):
    """Whose calls or cards somebody sees. A company without teams is one team."""

    OWN = "own"
    TEAM = "team"
    """Of everybody in the teams that one belongs to or leads."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rights:
    """A role: what it allows, how far it sees, and whether it sees numbers."""

    role_id: str
    name: str
    permissions: frozenset[Permission]
    calls: Reach = Reach.OWN
    cards: Reach = Reach.ALL
    numbers_masked: bool = False
    version: int = 1

    @property
    def built_in(self) -> bool:
        """Whether it is always there and cannot be changed."""
        return self.role_id in BUILT_IN


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
    Permission.CALLS_MONITOR,
    Permission.PRESENCE_MANAGE,
    Permission.CONTACTS_DELETE,
    Permission.CONTACTS_IMPORT,
    Permission.CONTACTS_EXPORT,
    Permission.PBX_READ,
}

BUILT_IN: Mapping[str, Rights] = {
    Role.EMPLOYEE.value: Rights("employee", "Employee", _EMPLOYEE),
    Role.SUPERVISOR.value: Rights("supervisor", "Supervisor", _SUPERVISOR, calls=Reach.TEAM),
    Role.ADMIN.value: Rights("admin", "Administrator", frozenset(Permission), calls=Reach.ALL),
}
"""The roles that are always there. Their names are shown in each user's own language, by `role_id`."""


def rights_as_json(rights: Rights) -> dict[str, Any]:
    """`Role` of the contract."""
    return {
        "role_id": rights.role_id,
        "name": rights.name,
        "permissions": sorted(rights.permissions),
        "calls": rights.calls.value,
        "cards": rights.cards.value,
        "numbers_masked": rights.numbers_masked,
        "built_in": rights.built_in,
        "version": rights.version,
    }
