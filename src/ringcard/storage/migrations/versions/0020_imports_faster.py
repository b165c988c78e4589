"""On PostgreSQL, two tables that imports fill follow the rows they belong to by a trigger instead of a foreign key.

Revision 0020. A foreign key asks about every row that is added: of a million imported contacts a million times whether
the import is there that just wrote them, and whether the contact of a search document is. Both are written by one place
each, in the transaction that wrote what they belong to. What is deleted is rare, and takes them along as before. On
SQLite asking costs next to nothing, and the keys stay.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FOLLOWS = (("contact_search", "contact_id", "contacts"), ("import_changes", "import_id", "imports"))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, key, owner in _FOLLOWS:
        forgotten = f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM gone)"  # noqa: S608  names of ours
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_{key}")
        op.execute(
            f"CREATE FUNCTION {table}_follows() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT"
            f" AS $$ BEGIN {forgotten}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_follows AFTER DELETE ON {owner} REFERENCING OLD TABLE AS gone"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_follows()"
        )
