"""What employees chose: ready, not ready and why.

Revision 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "employee_states",
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("chosen", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("chosen_at", sa.BigInteger),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("after_call_until", sa.BigInteger),
        sa.Column("owed", sa.Boolean, nullable=False),
        sa.Column("added", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_employee_states"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_employee_states_employee_id", ondelete="CASCADE"
        ),
    )
