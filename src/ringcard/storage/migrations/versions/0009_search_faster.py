"""The search's indexes for a million contacts: written in bulk, and asked for longer beginnings.

Revision 0009. On SQLite documents come into the full-text indexes by `contacts.search_index` now, many in one
statement; only what is deleted goes by a trigger. There are prefix tables for every beginning that people type: without
one, a beginning that a tenth of all cards have is read together from as many words. On PostgreSQL whole keys get an
index of their own: by trigrams `iva` is also in every `ivanova`, which had to be read to be left out.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ON_SQLITE = (
    "DROP TRIGGER contact_search_inserted",
    "DROP TRIGGER contact_search_updated",
    "DROP TRIGGER contact_search_deleted",
    "DROP TABLE contact_words",
    """CREATE VIRTUAL TABLE contact_words USING fts5(
        words, content='contact_search', content_rowid='search_id', tokenize='ascii',
        prefix='1 2 3 4 5 6 7 8 9 10 11 12', columnsize=0, detail=none)""",
    "INSERT INTO contact_words (contact_words) VALUES ('rebuild')",
    """CREATE TRIGGER contact_search_deleted AFTER DELETE ON contact_search WHEN old.words <> '' BEGIN
        INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.search_id, old.words);
        INSERT INTO contact_digits (contact_digits, rowid, digits) VALUES ('delete', old.search_id, old.digits);
    END""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _ON_SQLITE:
            op.execute(statement)
    else:
        op.execute("CREATE INDEX ix_contact_search_keys ON contact_search USING gin (string_to_array(words, ' '))")
