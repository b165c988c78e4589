"""Where what must outlive the process is kept: the engine, the tables' shared frame, and the migrations.

The tables themselves belong to the rooms that use them (`contacts.tables`, `people.tables`).
"""

from ringcard.storage.engine import (
    adapted,
    integrity_problem,
    is_postgres,
    libpq_url,
    open_engine,
    reading,
    shown,
    sqlite_path,
    translated,
    without_nul,
    writing,
)
from ringcard.storage.errors import (
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseReadOnly,
    DatabaseRefused,
    DatabaseTooOld,
    DatabaseUnreachable,
    StorageError,
    UnsupportedDatabase,
)
from ringcard.storage.inspection import DatabaseFacts, inspected
from ringcard.storage.migrate import migrate

__all__ = [
    "DatabaseCorrupt",
    "DatabaseFacts",
    "DatabaseFull",
    "DatabaseLocked",
    "DatabaseNewer",
    "DatabaseReadOnly",
    "DatabaseRefused",
    "DatabaseTooOld",
    "DatabaseUnreachable",
    "StorageError",
    "UnsupportedDatabase",
    "adapted",
    "inspected",
    "integrity_problem",
    "is_postgres",
    "libpq_url",
    "migrate",
    "open_engine",
    "reading",
    "shown",
    "sqlite_path",
    "translated",
    "without_nul",
    "writing",
]
