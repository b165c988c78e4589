"""Which notes of wrap-ups are to go on the card still.

Revision 0021.
"""

import sqlalchemy as sa
from alembic import op

from ringcard.storage.schema import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wrap_ups", sa.Column("for_card_since", Moment))
    which = sa.text("for_card_since IS NOT NULL")
    op.create_index("ix_wrap_ups_for_card", "wrap_ups", ["for_card_since"], sqlite_where=which, postgresql_where=which)
