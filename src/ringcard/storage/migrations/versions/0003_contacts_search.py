"""What the search over contacts looks through, and what a number that is no whole number is found by.

Revision 0003. The documents of contacts that are there already are written when the server starts
(`contacts.search_index.ensure`): what a document holds is the room's own knowledge.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The content lies in contact_search, the indexes hold no second copy of it. No positions and sizes are kept of words:
# only whether one begins so is asked. Of digits any three in a row are asked. Words come folded and parted by blanks,
# so the tokenizer is the one that takes every other character for a letter.
_ON_SQLITE = """
CREATE VIRTUAL TABLE contact_words USING fts5(
    words, content='contact_search', content_rowid='search_id', tokenize='ascii', prefix='1 2 3 4 5',
    columnsize=0, detail=none);
CREATE VIRTUAL TABLE contact_digits USING fts5(
    digits, content='contact_search', content_rowid='search_id', tokenize='trigram', columnsize=0);
CREATE TRIGGER contact_search_inserted AFTER INSERT ON contact_search BEGIN
    INSERT INTO contact_words (rowid, words) VALUES (new.search_id, new.words);
    INSERT INTO contact_digits (rowid, digits) VALUES (new.search_id, new.digits);
END;
CREATE TRIGGER contact_search_deleted AFTER DELETE ON contact_search BEGIN
    INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.search_id, old.words);
    INSERT INTO contact_digits (contact_digits, rowid, digits) VALUES ('delete', old.search_id, old.digits);
END;
CREATE TRIGGER contact_search_updated AFTER UPDATE ON contact_search BEGIN
    INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.search_id, old.words);
    INSERT INTO contact_digits (contact_digits, rowid, digits) VALUES ('delete', old.search_id, old.digits);
    INSERT INTO contact_words (rowid, words) VALUES (new.search_id, new.words);
    INSERT INTO contact_digits (rowid, digits) VALUES (new.search_id, new.digits);
END;
"""


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "contact_search",
        sa.Column("search_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False, autoincrement=True),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("digits", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("search_id", name="pk_contact_search"),
        sa.UniqueConstraint("contact_id", name="uq_contact_search_contact_id"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.contact_id"], name="fk_contact_search_contact_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "contact_search_state",
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("version", name="pk_contact_search_state"),
    )
    if sqlite:
        for statement in re.split(r";\n(?=CREATE|$)", _ON_SQLITE.strip()):
            op.execute(statement)
    else:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute("CREATE INDEX ix_contact_search_words ON contact_search USING gin (words gin_trgm_ops)")
        op.execute("CREATE INDEX ix_contact_search_digits ON contact_search USING gin (digits gin_trgm_ops)")
    op.drop_column("contacts", "folded")
    op.create_index("ix_contacts_talked_at", "contacts", ["talked_at"])
    op.add_column("contact_phones", sa.Column("tail", sa.String(7)))
    _fill_tails()
    op.create_index("ix_contact_phones_tail", "contact_phones", ["tail"])


def _fill_tails() -> None:
    phones = sa.table("contact_phones", *map(sa.column, ("contact_id", "place", "number", "presented", "tail")))
    connection = op.get_bind()
    unread = sa.select(phones.c.contact_id, phones.c.place, phones.c.presented).where(phones.c.number.is_(None))
    for contact_id, place, presented in connection.execute(unread).all():
        digits = re.sub(r"[^0-9]", "", presented)
        if len(digits) >= 7:
            this = sa.and_(phones.c.contact_id == contact_id, phones.c.place == place)
            connection.execute(sa.update(phones).where(this).values(tail=digits[-7:]))
