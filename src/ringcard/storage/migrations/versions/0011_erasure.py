"""The audit trail lets go of whom something was done to, when that person is erased, and of nothing else.

Revision 0011. A row may lose `object_name`, `before` and `after`, all three at once; who did what and when stays.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STAY = ("audit_id", "at", "employee_id", "employee_name", "token_id", "address", "action", "object_kind", "object_id")
_GO = ("object_name", "before", "after")


def _only_blanked(same: str) -> str:
    gone = [f'new."{name}" IS NULL' for name in _GO]
    stays = [f'new."{name}" {same} old."{name}"' for name in _STAY]
    return " AND ".join([*gone, *stays])


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_trail_no_update")
        op.execute(
            f"CREATE TRIGGER audit_trail_no_update BEFORE UPDATE ON audit_trail WHEN NOT ({_only_blanked('IS')})"
            " BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever added to'); END"
        )
        return
    op.execute("DROP TRIGGER audit_trail_no_change ON audit_trail")
    op.execute(
        "CREATE TRIGGER audit_trail_no_change BEFORE DELETE OR TRUNCATE ON audit_trail"
        " EXECUTE FUNCTION audit_trail_refuses()"
    )
    op.execute(
        "CREATE TRIGGER audit_trail_no_update BEFORE UPDATE ON audit_trail FOR EACH ROW"
        f" WHEN (NOT ({_only_blanked('IS NOT DISTINCT FROM')})) EXECUTE FUNCTION audit_trail_refuses()"
    )
