"""The tables of people: employees, where they sit, their teams, roles, sessions and tokens, and the audit trail."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from ringcard.storage.schema import Moment, metadata


def _of_employee(*, primary_key: bool = False, index: bool = True) -> Column[str]:
    return Column(
        "employee_id",
        String(26),
        ForeignKey("employees.employee_id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
        index=index,
    )


employees = Table(
    "employees",
    metadata,
    Column("employee_id", String(26), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(8)),
    Column("password_hash", String(200)),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("sign_in_code", String(16)),
    Column("skills", Text, nullable=False, server_default="[]"),
    Index("ix_employees_sign_in_code", "sign_in_code", unique=True),
)
"""`login` is kept folded (case does not matter); without a `password_hash` nobody can sign in. `role` is a built-in
role's id or one of `roles`. `skills` is a JSON list of texts."""

employee_devices = Table(
    "employee_devices",
    metadata,
    Column("device", String(64), primary_key=True),
    _of_employee(primary_key=True),
)
"""Whose device it is: an employee may have several, and several may share one in shifts."""

device_sign_ins = Table(
    "device_sign_ins",
    metadata,
    Column("device", String(64), primary_key=True),
    _of_employee(),
    Column("since", Moment, nullable=False),
    Column("how", String(8), nullable=False),
)
"""Who is signed in at a device now, by `web` or by `code`."""

device_seats = Table(
    "device_seats",
    metadata,
    Column("device", String(64), primary_key=True),
    _of_employee(primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("until", Moment),
    Index("ix_device_seats_device_since", "device", "since"),
)
"""Who answered at a device, from when until when: a call stays with those who sat there when it began."""

teams = Table(
    "teams",
    metadata,
    Column("team_id", String(26), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", String(26), ForeignKey("teams.team_id", ondelete="CASCADE"), primary_key=True),
    _of_employee(primary_key=True),
    Column("leads", Boolean, primary_key=True),
)
"""Who belongs to a team, and in rows of their own who leads it."""

roles = Table(
    "roles",
    metadata,
    Column("role_id", String(16), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("permissions", Text, nullable=False),
    Column("calls", String(8), nullable=False),
    Column("cards", String(8), nullable=False),
    Column("numbers_masked", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
"""The company's own roles; those that are always there are in `permissions.BUILT_IN`. `permissions` is a JSON list."""

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _of_employee(),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
)
"""`token_hash` is the SHA-256 of the cookie: who reads the database cannot sign in with it."""

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", String(26), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    _of_employee(),
    Column("name", String(100), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("used_at", Moment),
)
"""Tokens of programs, kept as `sessions` are. `scopes` is a JSON list of permissions."""

audit_trail = Table(
    "audit_trail",
    metadata,
    Column("audit_id", String(26), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("employee_id", String(26)),
    Column("employee_name", String(200)),
    Column("token_id", String(26)),
    Column("address", String(64)),
    Column("action", String(64), nullable=False),
    Column("object_kind", String(32)),
    Column("object_id", String(200)),
    Column("object_name", String(300)),
    Column("before", Text),
    Column("after", Text),
    Index("ix_audit_trail_employee_id", "employee_id", "audit_id"),
    Index("ix_audit_trail_action", "action", "audit_id"),
    Index("ix_audit_trail_object", "object_kind", "object_id", "audit_id"),
)
"""Who changed or saw what. Rows are only ever added: triggers refuse the rest,
but for losing name, before and after when a person is erased. No foreign keys: what is told of
somebody stays when they are gone. `before` and `after` are JSON objects of what changed, without secrets."""
