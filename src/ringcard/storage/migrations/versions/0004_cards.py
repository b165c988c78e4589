"""More of a card: own fields, addresses, attachments, managers, history, merges.

Revision 0004.
"""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
