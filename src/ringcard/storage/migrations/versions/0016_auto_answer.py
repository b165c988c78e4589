"""Whether one's own phone picks up by itself when one dials.

Revision 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("desk_preferences", sa.Column("auto_answer", sa.Boolean, nullable=False, server_default=sa.false()))
