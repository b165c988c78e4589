"""What goes over the wire about people: employees in full, teams, roles, tokens, seats, the audit trail."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from ringcard.people.permissions import Permission
from ringcard.web.shapes import Moment, Shape

Id = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=200)]
DeviceName = Annotated[str, Meta(max_length=64)]
Reach = Literal["own", "team", "all"]
PermissionName = Annotated[str, Meta(max_length=64, extra_json_schema={"enum": [each.value for each in Permission]})]


Skills = Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=100)]


class Staff(Shape):
    """An employee as whoever manages people sees them."""

    employee_id: str
    login: str
    name: str
    role: str
    devices: Annotated[list[str], Meta(description="Where they answer now.")]
    assigned: Annotated[list[str], Meta(description="Whose devices these are.")]
    teams: list[str]
    leads: list[str]
    language: Literal["ru", "en"] | None
    disabled: bool
    sign_in_code: str | None
    skills: list[str]
    version: int


class StaffList(Shape):
    items: list[Staff]


class NewEmployee(Shape, kw_only=True, forbid_unknown_fields=True):
    """Without a password nobody can sign in as them yet."""

    login: Name
    name: Name
    role: Id = "employee"
    devices: Annotated[list[DeviceName], Meta(max_length=50)] = field(default_factory=list)
    language: Literal["ru", "en"] | None = None
    sign_in_code: Annotated[str, Meta(max_length=16)] | None = None
    skills: Skills = field(default_factory=list)
    password: Annotated[str, Meta(max_length=1_000)] | None = None


class EmployeeChange(Shape, kw_only=True, forbid_unknown_fields=True):
    """All of it, with the `version` that was read; `skills` that are left out stay."""

    version: int
    name: Name
    role: Id
    devices: Annotated[list[DeviceName], Meta(max_length=50)]
    language: Literal["ru", "en"] | None = None
    sign_in_code: Annotated[str, Meta(max_length=16)] | None = None
    skills: Skills | None = None
    disabled: bool = False


class NewPassword(Shape, forbid_unknown_fields=True):
    password: Annotated[str, Meta(max_length=1_000)]


class OwnPassword(Shape, forbid_unknown_fields=True):
    old: Annotated[str, Meta(max_length=1_000)]
    new: Annotated[str, Meta(max_length=1_000)]


class Team(Shape):
    team_id: str
    name: str
    members: list[str]
    leaders: list[str]
    version: int


class TeamList(Shape):
    items: list[Team]


class NewTeam(Shape, kw_only=True, forbid_unknown_fields=True):
    name: Name
    members: Annotated[list[Id], Meta(max_length=10_000)] = field(default_factory=list)
    leaders: Annotated[list[Id], Meta(max_length=10_000)] = field(default_factory=list)


class TeamChange(Shape, kw_only=True, forbid_unknown_fields=True):
    version: int
    name: Name
    members: Annotated[list[Id], Meta(max_length=10_000)]
    leaders: Annotated[list[Id], Meta(max_length=10_000)]


class Role(Shape):
    role_id: str
    name: str
    permissions: list[PermissionName]
    calls: Reach
    cards: Reach
    numbers_masked: bool
    built_in: bool
    version: int


class RoleList(Shape):
    items: list[Role]


class NewRole(Shape, kw_only=True, forbid_unknown_fields=True):
    name: Name
    permissions: Annotated[list[PermissionName], Meta(max_length=100)]
    calls: Reach = "own"
    cards: Reach = "all"
    numbers_masked: bool = False


class RoleChange(NewRole, kw_only=True, forbid_unknown_fields=True):
    version: int


class Token(Shape):
    """`owner` is whose it is; the token itself is nowhere kept."""

    token_id: str
    name: str
    owner: str
    owner_name: str
    scopes: list[PermissionName]
    created_at: Moment
    expires_at: Moment | None
    used_at: Moment | None


class TokenList(Shape):
    items: list[Token]


class NewToken(Shape, kw_only=True, forbid_unknown_fields=True):
    name: Name
    scopes: Annotated[list[PermissionName], Meta(max_length=100)]
    expires_at: Annotated[str, Meta(max_length=40)] | None = None


class MadeToken(Shape):
    """`secret` is shown this once."""

    token: Token
    secret: str


class SignInAtDevice(Shape, forbid_unknown_fields=True):
    """Whom to sign in there, with `people.manage`; else oneself."""

    employee_id: Id | None = None


class AuditEntry(Shape):
    audit_id: str
    at: Moment
    employee_id: str | None
    employee_name: str | None
    token_id: str | None
    address: str | None
    action: str
    object_kind: str | None
    object_id: str | None
    object_name: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditPage(Shape):
    items: list[AuditEntry]
    next: str | None


class KnownDevice(Shape):
    """A device that the PBX knows. `employees` are the names of those whose it is already."""

    device: str
    name: str | None
    kind: str
    login: Annotated[str, Meta(description="A login that nobody has, made of the name.")]
    queues: list[str]
    employees: list[str]


class Inventory(Shape):
    items: list[KnownDevice]


class ImportedEmployee(Shape, kw_only=True, forbid_unknown_fields=True):
    """`role` and `teams` by name or id. A team that is not there is made."""

    login: Name
    name: Name
    role: Name = "employee"
    teams: Annotated[list[Name], Meta(max_length=20)] = field(default_factory=list)
    devices: Annotated[list[DeviceName], Meta(max_length=50)] = field(default_factory=list)


class EmployeeImport(Shape, kw_only=True, forbid_unknown_fields=True):
    """Either `employees`, or `csv` with columns login, name, role, team, devices; `dry_run` only says what would be."""

    employees: Annotated[list[ImportedEmployee], Meta(max_length=5_000)] | None = None
    csv: Annotated[str, Meta(max_length=900_000)] | None = None
    dry_run: bool = False


class ImportedRow(Shape):
    """What became of one row: `problem` is null if it was, or would be, made; `error_id` is the same for screens."""

    row: int
    login: str
    name: str
    employee_id: str | None
    problem: str | None
    error_id: str | None


class EmployeeImportResult(Shape):
    made: int
    items: list[ImportedRow]
