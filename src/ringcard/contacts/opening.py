"""Which reader of cards fits a database."""

from __future__ import annotations

from ringcard.contacts.cards import CardReader
from ringcard.contacts.postgres_cards import PostgresCardReader
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.storage import is_postgres, sqlite_path


def open_cards(url: str) -> CardReader:
    """A reader of the database at `url`, which must have been migrated. The caller closes it.

    Raises `StorageError`.
    """
    if is_postgres(url):
        return PostgresCardReader(url)
    return SqliteCardReader(sqlite_path(url))
