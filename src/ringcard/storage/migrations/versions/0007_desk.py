"""The desk's memory: preferences, whose a number is, callers whom nobody answered.

Revision 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_preferences",
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("pop_when", sa.String(16), nullable=False),
        sa.Column("ring_sound", sa.Boolean, nullable=False),
        sa.Column("notify", sa.Boolean, nullable=False),
        sa.Column("missed_mail", sa.Boolean, nullable=False),
        sa.Column("mail_address", sa.String(320)),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_desk_preferences"),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.employee_id"],
            name="fk_desk_preferences_employee_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "caller_choices",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("contact_id", sa.String(200), nullable=False),
        sa.Column("employee_id", sa.String(26)),
        sa.Column("chosen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_caller_choices"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_caller_choices_employee_id", ondelete="SET NULL"
        ),
    )
    op.create_table(
        "missed_callers",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("missed_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(200)),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("queue", sa.String(200)),
        sa.Column("devices", sa.Text, nullable=False),
        sa.Column("calls", sa.Text, nullable=False),
        sa.Column("handled", sa.String(16)),
        sa.Column("handled_at", sa.BigInteger),
        sa.Column("handled_by", sa.String(26)),
        sa.Column("handled_call", sa.String(64)),
        sa.PrimaryKeyConstraint("number", name="pk_missed_callers"),
        sa.UniqueConstraint("missed_id", name="uq_missed_callers_missed_id"),
        sa.ForeignKeyConstraint(
            ["handled_by"], ["employees.employee_id"], name="fk_missed_callers_handled_by", ondelete="SET NULL"
        ),
    )
