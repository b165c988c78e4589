"""Imports of contacts: what they did, so that it can be undone.

Revision 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stop", sa.Boolean, nullable=False),
        sa.Column("file_name", sa.String(300), nullable=False),
        sa.Column("file_size", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("layout", sa.Text),
        sa.Column("header", sa.Text),
        sa.Column("choices", sa.Text),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("trial", sa.Text),
        sa.Column("undo", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("employee_id", sa.String(26)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("import_id", name="pk_imports"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.employee_id"], name="fk_imports_employee_id", ondelete="SET NULL"
        ),
        # A number is never given twice: an import that was forgotten must not lend its undo to another.
        sqlite_autoincrement=True,
    )
    op.create_index("ix_imports_state", "imports", ["state"])
    op.create_index("ix_imports_employee_id", "imports", ["employee_id"])
    op.create_table(
        "import_changes",
        sa.Column("import_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("before", sa.Text),
        sa.PrimaryKeyConstraint("import_id", "contact_id", name="pk_import_changes"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.import_id"], name="fk_import_changes_import_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_mappings",
        sa.Column("signature", sa.String(32), nullable=False),
        sa.Column("meanings", sa.Text, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("signature", name="pk_import_mappings"),
    )
    op.create_index("ix_contact_emails_lower", "contact_emails", [sa.text("lower(email)")])
