"""The tables of contacts. Lists that are only ever read with their owner (tags, an order's items) are JSON."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from ringcard.people.tables import employees
from ringcard.storage.schema import Moment, metadata


def _few(name: str, column: str, which: str) -> Index:
    """An index of the rows that have something: of most it would only be more to write."""
    return Index(name, column, sqlite_where=text(which), postgresql_where=text(which))


contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", String(26), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(300), nullable=False),
    Column("organisation", String(300)),
    Column("position", String(300)),
    Column("manager_id", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL"), index=True),
    Column("segment", String(100)),
    Column("tags", Text, nullable=False),
    Column("vip", Boolean, nullable=False),
    Column("city", String(200)),
    Column("comment", Text),
    Column("addresses", Text, nullable=False, server_default="[]"),
    Column("custom", Text, nullable=False, server_default="{}"),
    Column("external_id", String(200), unique=True),
    Column("talked_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    _few("ix_contacts_talked_at", "talked_at", "talked_at IS NOT NULL"),
)
"""`external_id` is the key of the system the contact was imported from."""

contact_phones = Table(
    "contact_phones",
    metadata,
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("number", String(16)),
    Column("presented", String(64), nullable=False),
    Column("label", String(100)),
    Column("tail", String(7)),
    Index("ix_contact_phones_number", "number", "contact_id"),
    _few("ix_contact_phones_presented", "presented", "number IS NULL"),
    _few("ix_contact_phones_tail", "tail", "tail IS NOT NULL"),
)
"""`number` is E.164, null if `presented` is no public number; `place` is the order in the card.

`tail` are the last seven digits of one without `number`: by them it may still be a caller's."""

contact_emails = Table(
    "contact_emails",
    metadata,
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("email", String(320), nullable=False),
    Column("label", String(100)),
)

contact_memberships = Table(
    "contact_memberships",
    metadata,
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column(
        "organisation_id",
        String(26),
        ForeignKey("contacts.contact_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)
"""Whose own card the organisation of a contact has; its name is on the contact too."""

contact_deputies = Table(
    "contact_deputies",
    metadata,
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column(
        "employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="CASCADE"), nullable=False, index=True
    ),
)
"""Who looks after a contact beside the personal manager, in this order."""

contact_orders = Table(
    "contact_orders",
    metadata,
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True),
    Column("number", String(100), primary_key=True),
    Column("date", String(10)),
    Column("status", String(200)),
    Column("total", String(32)),
    Column("currency", String(3)),
    Column("items", Text, nullable=False),
)
"""`date` is ISO 8601; `total` is a decimal string: no database's float may round money."""

contact_notes = Table(
    "contact_notes",
    metadata,
    Column("note_id", String(26), primary_key=True),
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("author", String(200)),
    Column("at", Moment, nullable=False),
    Column("call_id", String(64)),
)

contact_calls = Table(
    "contact_calls",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_at", Moment, nullable=False),
)
"""Who a call was with, as an employee said; a call has one contact, the last that was said."""

contact_search = Table(
    "contact_search",
    metadata,
    Column("search_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column(
        "contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("words", Text, nullable=False),
    Column("digits", Text, nullable=False),
    info={"derived": True},
)
"""What the search looks through: the keys of a card's words and the digits of its phones, each between blanks.

Derived: `contacts.search_index` writes it in the transaction that writes the card, and makes it anew from the cards
when `contact_search_state` is not at its version. The full-text indexes on it are each database's own: migration 0003.
"""

contact_search_state = Table(
    "contact_search_state",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    info={"derived": True},
)
"""The version of what the documents hold; no row if they were never written whole."""


contact_changes = Table(
    "contact_changes",
    metadata,
    Column("change_id", String(26), primary_key=True),
    Column("contact_id", String(26), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("employee_id", String(26)),
    Column("author", String(300)),
    Column("version", Integer, nullable=False),
    Column("before", Text),
    Column("other_id", String(26), index=True),
    Column("undone_at", Moment),
    Index("ix_contact_changes_contact_id", "contact_id", "change_id"),
)
"""What was done to cards, and by whom; see `contacts.changes`. It outlives the contact: a deleted one comes back out of
`before`. `other_id` is the card that a merged one went into."""

contact_attachments = Table(
    "contact_attachments",
    metadata,
    Column("attachment_id", String(26), primary_key=True),
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(300), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("author", String(300)),
    Column("at", Moment, nullable=False),
)
"""Files of a card; their bytes lie under `sha256` in the folder of attachments."""

contact_reminders = Table(
    "contact_reminders",
    metadata,
    Column("reminder_id", String(26), primary_key=True),
    Column("contact_id", String(26), ForeignKey("contacts.contact_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="CASCADE"), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("call_id", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index("ix_contact_reminders_employee_id", "employee_id", "due_at"),
    Index("ix_contact_reminders_due_at", "due_at"),
)
"""What somebody wants to be reminded of, with the card."""

__all__ = [
    "contact_attachments",
    "contact_calls",
    "contact_changes",
    "contact_deputies",
    "contact_emails",
    "contact_memberships",
    "contact_notes",
    "contact_orders",
    "contact_phones",
    "contact_reminders",
    "contact_search",
    "contact_search_state",
    "contacts",
]
