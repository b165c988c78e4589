"""After the call: what it came to, and who returns a missed one.

Revision 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wrap_ups",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(40)),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("order_number", sa.String(100)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "employee_id", name="pk_wrap_ups"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_wrap_ups_employee_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_contact_reminders_due_at", "contact_reminders", ["due_at"])
    # A column alone, without a reference to the employees: SQLite would have to write the whole table anew for one.
    op.add_column("missed_callers", sa.Column("assignee_id", sa.String(26)))
