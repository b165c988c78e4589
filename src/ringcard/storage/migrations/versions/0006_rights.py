"""Teams, roles, tokens, audit, and who sits at which device.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NO_CHANGE_SQLITE = """
CREATE TRIGGER audit_trail_no_{event} BEFORE {event} ON audit_trail
BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever added to'); END
"""
_NO_CHANGE_POSTGRESQL = (
    """
CREATE FUNCTION audit_trail_refuses() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit trail is only ever added to'; END $$
""",
    """
CREATE TRIGGER audit_trail_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trail
EXECUTE FUNCTION audit_trail_refuses()
""",
)


def upgrade() -> None:
    op.add_column("employees", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("employees", sa.Column("sign_in_code", sa.String(16)))
    op.create_index("ix_employees_sign_in_code", "employees", ["sign_in_code"], unique=True)
    _devices()
    op.create_table(
        "teams",
        sa.Column("team_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("team_id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(26), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("leads", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "employee_id", "leads", name="pk_team_members"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.team_id"], name="fk_team_members_team_id", ondelete="CASCADE"),
        _of_employee("team_members"),
    )
    op.create_index("ix_team_members_employee_id", "team_members", ["employee_id"])
    op.create_table(
        "roles",
        sa.Column("role_id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("permissions", sa.Text, nullable=False),
        sa.Column("calls", sa.String(8), nullable=False),
        sa.Column("cards", sa.String(8), nullable=False),
        sa.Column("numbers_masked", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("role_id", name="pk_roles"),
        sa.UniqueConstraint("name", name="uq_roles_name"),
    )
    op.create_table(
        "tokens",
        sa.Column("token_id", sa.String(26), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("token_id", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
        _of_employee("tokens"),
    )
    op.create_index("ix_tokens_employee_id", "tokens", ["employee_id"])
    _audit_trail()


def _devices() -> None:
    """A device may be several people's: its key grows. Those who have one are taken to have always had it."""
    connection = op.get_bind()
    owners = [
        {"device": device, "employee_id": employee_id, "since": 0}
        for device, employee_id in connection.execute(sa.text("SELECT device, employee_id FROM employee_devices"))
    ]
    op.drop_table("employee_devices")
    owned = op.create_table(
        "employee_devices",
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("device", "employee_id", name="pk_employee_devices"),
        _of_employee("employee_devices"),
    )
    op.create_index("ix_employee_devices_employee_id", "employee_devices", ["employee_id"])
    op.create_table(
        "device_sign_ins",
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_device_sign_ins"),
        _of_employee("device_sign_ins"),
    )
    op.create_index("ix_device_sign_ins_employee_id", "device_sign_ins", ["employee_id"])
    seats = op.create_table(
        "device_seats",
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.PrimaryKeyConstraint("device", "employee_id", "since", name="pk_device_seats"),
        _of_employee("device_seats"),
    )
    op.create_index("ix_device_seats_employee_id", "device_seats", ["employee_id"])
    op.create_index("ix_device_seats_device_since", "device_seats", ["device", "since"])
    if owners:
        op.bulk_insert(owned, [{name: row[name] for name in ("device", "employee_id")} for row in owners])
        op.bulk_insert(seats, owners)


def _audit_trail() -> None:
    op.create_table(
        "audit_trail",
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("employee_id", sa.String(26)),
        sa.Column("employee_name", sa.String(200)),
        sa.Column("token_id", sa.String(26)),
        sa.Column("address", sa.String(64)),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object_kind", sa.String(32)),
        sa.Column("object_id", sa.String(200)),
        sa.Column("object_name", sa.String(300)),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_trail"),
    )
    op.create_index("ix_audit_trail_employee_id", "audit_trail", ["employee_id", "audit_id"])
    op.create_index("ix_audit_trail_action", "audit_trail", ["action", "audit_id"])
    op.create_index("ix_audit_trail_object", "audit_trail", ["object_kind", "object_id", "audit_id"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in _NO_CHANGE_POSTGRESQL:
            op.execute(statement)
    else:
        for event in ("UPDATE", "DELETE"):
            op.execute(_NO_CHANGE_SQLITE.format(event=event))


def _of_employee(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["employee_id"], ["employees.employee_id"], name=f"fk_{table}_employee_id", ondelete="CASCADE"
    )
