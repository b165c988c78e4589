"""What a dry run has seen so far: nothing of it is in the store."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ringcard.contacts.imports.entries import Entry


class Seen:
    """The contacts of a dry run so far, on disk: nothing is in the store that would tell of them."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ringcard-")
        self._connection = sqlite3.connect(Path(self._folder.name) / "seen.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY, row INTEGER, said INTEGER)")
        self._connection.execute("BEGIN")

    def differing(self, entry: Entry, keys: Sequence[tuple[str, ...]]) -> int | None:
        """The row before this one that is the same contact and says otherwise; notes this one."""
        assert entry.draft is not None
        said = hash(replace(entry.draft, orders=None))
        differs = None
        for key in keys:
            found = self._connection.execute("SELECT row, said FROM seen WHERE key = ?", (hash(key),)).fetchone()
            if found is None:
                self._connection.execute("INSERT INTO seen VALUES (?, ?, ?)", (hash(key), entry.row, said))
            elif found[1] != said:
                differs = differs or int(found[0])
        return differs

    def note(self, organisations: Iterable[str]) -> None:
        """Cards of organisations that there would be by now: people may be linked to them."""
        rows = [(hash(("organisation", key)), 0, 0) for key in organisations]
        self._connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)

    def has(self, organisation: str) -> bool:
        key = (hash(("organisation", organisation)),)
        return self._connection.execute("SELECT 1 FROM seen WHERE key = ?", key).fetchone() is not None

    def settle(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN")

    def close(self) -> None:
        self._connection.close()
        self._folder.cleanup()
