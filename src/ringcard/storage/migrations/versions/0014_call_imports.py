"""Imports of old calls, and which calls each brought.

Revision 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_imports",
        sa.Column("import_id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(300), nullable=False),
        sa.Column("file_size", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("queue_log_name", sa.String(300)),
        sa.Column("queue_log_size", sa.BigInteger),
        sa.Column("queue_log_received", sa.BigInteger, nullable=False),
        sa.Column("pbx", sa.String(100), nullable=False),
        sa.Column("zone", sa.String(100), nullable=False),
        sa.Column("columns", sa.Text, nullable=False),
        sa.Column("encoding", sa.String(20)),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("trial", sa.Text),
        sa.Column("problem", sa.String(40)),
        sa.Column("employee_id", sa.String(26)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("import_id", name="pk_call_imports"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_call_imports_employee_id", ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_imports_state", "call_imports", ["state"])
    op.create_index("ix_call_imports_employee_id", "call_imports", ["employee_id"])
    op.create_table(
        "call_import_calls",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("import_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_import_calls"),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["call_imports.import_id"],
            name="fk_call_import_calls_import_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_call_import_calls_import_id", "call_import_calls", ["import_id"])
