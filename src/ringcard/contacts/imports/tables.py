"""The tables of imports: the jobs, what each changed so that it can be undone, and what columns were taken for."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, func

from ringcard.contacts.tables import contact_emails
from ringcard.people.tables import employees
from ringcard.storage.schema import Moment, metadata

imports = Table(
    "imports",
    metadata,
    Column("import_id", Integer, primary_key=True, autoincrement=True),
    Column("state", String(16), nullable=False, index=True),
    Column("stop", Boolean, nullable=False),
    Column("file_name", String(300), nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("layout", Text),
    Column("header", Text),
    Column("choices", Text),
    Column("progress", Text, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("trial", Text),
    Column("undo", Text),
    Column("problem", Text),
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL"), index=True),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("ended_at", Moment),
    sqlite_autoincrement=True,
)
"""`layout`, `choices`, `progress`, `trial` and `undo` are JSON of `model`'s structs. `records` of the file are done: it
is written with each batch, and only by whoever finds it as it left it."""

import_changes = Table(
    "import_changes",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.import_id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", String(26), primary_key=True),
    Column("row", Integer, nullable=False),
    Column("action", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", Text),
    sqlite_with_rowid=False,
)
"""What an import did to a contact, and which `version` it left; `before` is JSON of what an updated one was."""

import_mappings = Table(
    "import_mappings",
    metadata,
    Column("signature", String(32), primary_key=True),
    Column("meanings", Text, nullable=False),
    Column("used_at", Moment, nullable=False),
)
"""What a person took columns of these names for."""

Index("ix_contact_emails_lower", func.lower(contact_emails.c.email))

__all__ = ["import_changes", "import_mappings", "imports"]
