"""People and contacts.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "employees",
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_employees"),
        sa.UniqueConstraint("login", name="uq_employees_login"),
    )
    op.create_table(
        "employee_devices",
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_employee_devices"),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.employee_id"],
            name="fk_employee_devices_employee_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_employee_devices_employee_id", "employee_devices", ["employee_id"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("csrf_token", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_sessions_employee_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_sessions_employee_id", "sessions", ["employee_id"])
    op.create_index("ix_sessions_seen_at", "sessions", ["seen_at"])
    op.create_table(
        "contacts",
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("organisation", sa.String(300)),
        sa.Column("position", sa.String(300)),
        sa.Column("manager_id", sa.String(26)),
        sa.Column("segment", sa.String(100)),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("vip", sa.Boolean, nullable=False),
        sa.Column("city", sa.String(200)),
        sa.Column("comment", sa.Text),
        sa.Column("external_id", sa.String(200)),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("talked_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_contacts"),
        sa.UniqueConstraint("external_id", name="uq_contacts_external_id"),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["employees.employee_id"], name="fk_contacts_manager_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_contacts_manager_id", "contacts", ["manager_id"])
    op.create_table(
        "contact_phones",
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("number", sa.String(16)),
        sa.Column("presented", sa.String(64), nullable=False),
        sa.Column("label", sa.String(100)),
        sa.PrimaryKeyConstraint("contact_id", "place", name="pk_contact_phones"),
        _owned_by_contact("contact_phones"),
    )
    op.create_index("ix_contact_phones_number", "contact_phones", ["number", "contact_id"])
    op.create_index("ix_contact_phones_presented", "contact_phones", ["presented"])
    op.create_table(
        "contact_emails",
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("label", sa.String(100)),
        sa.PrimaryKeyConstraint("contact_id", "place", name="pk_contact_emails"),
        _owned_by_contact("contact_emails"),
    )
    op.create_table(
        "contact_orders",
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("number", sa.String(100), nullable=False),
        sa.Column("date", sa.String(10)),
        sa.Column("status", sa.String(200)),
        sa.Column("total", sa.String(32)),
        sa.Column("currency", sa.String(3)),
        sa.Column("items", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "number", name="pk_contact_orders"),
        _owned_by_contact("contact_orders"),
    )
    op.create_table(
        "contact_notes",
        sa.Column("note_id", sa.String(26), nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String(200)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("call_id", sa.String(64)),
        sa.PrimaryKeyConstraint("note_id", name="pk_contact_notes"),
        _owned_by_contact("contact_notes"),
    )
    op.create_index("ix_contact_notes_contact_id", "contact_notes", ["contact_id"])
    op.create_table(
        "contact_calls",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_contact_calls"),
        _owned_by_contact("contact_calls"),
    )
    op.create_index("ix_contact_calls_contact_id", "contact_calls", ["contact_id"])


def _owned_by_contact(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["contact_id"], ["contacts.contact_id"], name=f"fk_{table}_contact_id", ondelete="CASCADE"
    )
