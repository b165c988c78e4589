"""What travels with a conversation: hand-overs, notes being typed, call data.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("handover_id", sa.String(26), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("from_employee_id", sa.String(26)),
        sa.Column("from_name", sa.String(200), nullable=False),
        sa.Column("from_device", sa.String(80), nullable=False),
        sa.Column("to_employee_id", sa.String(26)),
        sa.Column("to_name", sa.String(200), nullable=False),
        sa.Column("to_device", sa.String(80)),
        sa.Column("to_queue", sa.String(200)),
        sa.Column("to_number", sa.String(64)),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("read_at", sa.BigInteger),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("outcome_at", sa.BigInteger),
        sa.Column("why", sa.String(32)),
        sa.PrimaryKeyConstraint("handover_id", name="pk_handovers"),
        sa.ForeignKeyConstraint(
            ["from_employee_id"], ["employees.employee_id"], name="fk_handovers_from_employee_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["to_employee_id"], ["employees.employee_id"], name="fk_handovers_to_employee_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_handovers_conversation_id", "handovers", ["conversation_id"])
    op.create_table(
        "note_drafts",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(26), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "employee_id", name="pk_note_drafts"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_note_drafts_employee_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_note_drafts_changed_at", "note_drafts", ["changed_at"])
    op.create_table(
        "call_data",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_call_data"),
    )
    op.create_index("ix_call_data_changed_at", "call_data", ["changed_at"])
