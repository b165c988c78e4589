"""What phones have said that they let themselves be told.

Revision 0019.
"""

import sqlalchemy as sa
from alembic import op

from ringcard.storage.schema import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_words",
        sa.Column("pbx", sa.String(64), primary_key=True),
        sa.Column("device", sa.String(80), primary_key=True),
        sa.Column("takes", sa.String(400), nullable=False),
        sa.Column("user_agent", sa.String(400), nullable=False),
        sa.Column("heard_at", Moment, nullable=False),
    )
