"""More of a card: own fields, addresses, deputies, organisations, attachments, reminders, history.

Revision 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: on SQLite that would write the table of contacts anew and, dropping the old one, lose what hangs
    # on it. So there is no new foreign key in it either.
    op.add_column("contacts", sa.Column("addresses", sa.Text, nullable=False, server_default="[]"))
    op.add_column("contacts", sa.Column("custom", sa.Text, nullable=False, server_default="{}"))
    op.create_table(
        "contact_memberships",
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("organisation_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_contact_memberships"),
        _belongs_to("contacts", "contact_id", "contact_memberships"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["contacts.contact_id"],
            name="fk_contact_memberships_organisation_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_contact_memberships_organisation_id", "contact_memberships", ["organisation_id"])
    op.create_table(
        "contact_deputies",
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "place", name="pk_contact_deputies"),
        _belongs_to("contacts", "contact_id", "contact_deputies"),
        _belongs_to("employees", "employee_id", "contact_deputies"),
    )
    op.create_index("ix_contact_deputies_employee_id", "contact_deputies", ["employee_id"])
    op.create_table(
        "contact_changes",
        sa.Column("change_id", sa.String(26), nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("employee_id", sa.String(26)),
        sa.Column("author", sa.String(300)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("other_id", sa.String(26)),
        sa.Column("undone_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("change_id", name="pk_contact_changes"),
    )
    op.create_index("ix_contact_changes_contact_id", "contact_changes", ["contact_id", "change_id"])
    op.create_index("ix_contact_changes_other_id", "contact_changes", ["other_id"])
    op.create_table(
        "contact_attachments",
        sa.Column("attachment_id", sa.String(26), nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("author", sa.String(300)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_contact_attachments"),
        _belongs_to("contacts", "contact_id", "contact_attachments"),
    )
    op.create_index("ix_contact_attachments_contact_id", "contact_attachments", ["contact_id"])
    op.create_table(
        "contact_reminders",
        sa.Column("reminder_id", sa.String(26), nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("call_id", sa.String(64)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("reminder_id", name="pk_contact_reminders"),
        _belongs_to("contacts", "contact_id", "contact_reminders"),
        _belongs_to("employees", "employee_id", "contact_reminders"),
    )
    op.create_index("ix_contact_reminders_contact_id", "contact_reminders", ["contact_id"])
    op.create_index("ix_contact_reminders_employee_id", "contact_reminders", ["employee_id", "due_at"])


def _belongs_to(owners: str, key: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([key], [f"{owners}.{key}"], name=f"fk_{table}_{key}", ondelete="CASCADE")
