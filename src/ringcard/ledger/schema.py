"""The tables of the SQLite ledger and how an older file becomes the present one.

Each migration is applied once, in its own transaction, and `PRAGMA user_version` counts them. A released migration
is never edited. `docs/explanation/ledger.md` says what the tables are for.
"""

from __future__ import annotations

APPLICATION_ID = 0x52434C47
"""`RCLG`: tells a ledger from any other SQLite file."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE ledger (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT""",
        """CREATE TABLE events (
            position INTEGER PRIMARY KEY,
            call_id TEXT,
            pbx TEXT,
            at INTEGER NOT NULL,
            tag TEXT NOT NULL,
            body BLOB NOT NULL,
            person INTEGER
        ) STRICT""",
        """CREATE INDEX events_of_call ON events (call_id, position) WHERE call_id IS NOT NULL""",
        """CREATE TABLE heard (pbx TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID, STRICT""",
        """CREATE TABLE absorbed (call_id TEXT PRIMARY KEY, into_call TEXT NOT NULL) WITHOUT ROWID, STRICT""",
        """CREATE INDEX absorbed_into ON absorbed (into_call)""",
        """CREATE TABLE call_records (
            call_id TEXT PRIMARY KEY,
            pbx TEXT,
            conversation TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            direction TEXT NOT NULL,
            disposition TEXT,
            body BLOB NOT NULL
        ) STRICT""",
        """CREATE INDEX call_records_by_start ON call_records (started_at, call_id)""",
        """CREATE INDEX call_records_open ON call_records (started_at, call_id) WHERE ended_at IS NULL""",
        """CREATE INDEX call_records_of_conversation ON call_records (conversation, started_at, call_id)""",
        """CREATE TABLE call_devices (
            device TEXT NOT NULL, started_at INTEGER NOT NULL, call_id TEXT NOT NULL,
            PRIMARY KEY (device, started_at, call_id)
        ) WITHOUT ROWID, STRICT""",
        """CREATE INDEX call_devices_of_call ON call_devices (call_id)""",
        """CREATE TABLE call_persons (
            person INTEGER NOT NULL, started_at INTEGER NOT NULL, call_id TEXT NOT NULL,
            PRIMARY KEY (person, started_at, call_id)
        ) WITHOUT ROWID, STRICT""",
        """CREATE INDEX call_persons_of_call ON call_persons (call_id)""",
        """CREATE TABLE person_keys (
            key_id INTEGER PRIMARY KEY, person_ref BLOB NOT NULL UNIQUE, wrapped_key BLOB NOT NULL
        ) STRICT""",
    ),
)
