"""Where what must outlive the process is kept: the engine, the tables' shared frame, and the migrations.

The tables themselves belong to the rooms that use them (`contacts.tables`, `people.tables`).
"""

from ringcard.storage.engine import (
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseUnreachable,
    StorageError,
    UnsupportedDatabase,
    integrity_problem,
    open_engine,
    reading,
    sqlite_path,
    translated,
    writing,
)
from ringcard.storage.migrate import migrate

__all__ = [
    "DatabaseCorrupt",
    "DatabaseFull",
    "DatabaseLocked",
    "DatabaseNewer",
    "DatabaseUnreachable",
    "StorageError",
    "UnsupportedDatabase",
    "integrity_problem",
    "migrate",
    "open_engine",
    "reading",
    "sqlite_path",
    "translated",
    "writing",
]
