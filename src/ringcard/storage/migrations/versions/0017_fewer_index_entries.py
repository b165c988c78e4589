"""Indexes of what few rows have hold those rows only.

Revision 0017. A row of `contact_phones` without a public number, or a contact that was talked to, is the exception; of
a million imported contacts every number had an entry in four indexes, where two are asked for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_contact_phones_presented", "contact_phones", "presented", "number IS NULL"),
    ("ix_contact_phones_tail", "contact_phones", "tail", "tail IS NOT NULL"),
    ("ix_contacts_talked_at", "contacts", "talked_at", "talked_at IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, column, which in _INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, [column], sqlite_where=sa.text(which), postgresql_where=sa.text(which))
