"""What can be wrong with the database, and what each driver's errors mean.

    StorageError
    ├── UnsupportedDatabase    the URL names a database we do not speak
    ├── DatabaseUnreachable    no such folder; no server, or it went away
    ├── DatabaseRefused        the server is there and does not let us in, or has no such database
    ├── DatabaseReadOnly       it can be read, not written
    ├── DatabaseLocked         somebody else holds it for longer than we wait
    ├── DatabaseFull           the disk is full
    ├── DatabaseCorrupt        the file is damaged, or no database
    ├── DatabaseNewer          a later release has migrated it
    └── DatabaseTooOld         the server is older than what we need, or made for another encoding

Each text says what to do. None ever holds a password.

Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes"; SQLite documentation, "Result and Error Codes".
"""

from __future__ import annotations

import sqlite3

import psycopg


class StorageError(Exception):
    """The database cannot be used."""

    error_id = "storage_unavailable"


class UnsupportedDatabase(StorageError):
    """The database URL names a database that this release does not speak."""


class DatabaseUnreachable(StorageError):
    """The database cannot be opened: its folder is missing, or its server does not answer."""


class DatabaseRefused(StorageError):
    """The server does not let us in, or does not have the database."""

    error_id = "storage_refused"


class DatabaseReadOnly(StorageError):
    """The database can be read but not written."""

    error_id = "storage_read_only"


class DatabaseLocked(StorageError):
    """Another process holds the database."""

    error_id = "storage_locked"


class DatabaseFull(StorageError):
    """There is no room left on the database's disk."""

    error_id = "storage_full"


class DatabaseCorrupt(StorageError):
    """The database file is damaged, or is none."""

    error_id = "storage_corrupt"


class DatabaseNewer(StorageError):
    """A later release has written this database."""

    error_id = "storage_newer"


class DatabaseTooOld(StorageError):
    """The database server cannot do what this release needs."""

    error_id = "storage_too_old"


def meaning_in_sqlite(error: sqlite3.Error, database: str) -> StorageError | None:
    """What an error of SQLite says about the database itself; None if it is about the statement."""
    if isinstance(error, sqlite3.IntegrityError):
        return None
    words = str(error).lower()
    if "is locked" in words:
        return DatabaseLocked(f"{database} is locked by another process: is a second ringcard running on it?")
    if "disk is full" in words:
        return DatabaseFull(f"{database} cannot grow: its disk is full")
    if "not a database" in words or "malformed" in words:
        return DatabaseCorrupt(f"{database} is damaged or is no ringcard database: restore it from a backup")
    if "unable to open" in words or "readonly" in words:
        return DatabaseUnreachable(f"{database} cannot be opened for writing: check that its folder exists and is ours")
    if "no such table" in words or "no such column" in words:
        return StorageError(f"{database} lacks tables of this release: it was not migrated")
    if "disk i/o" in words:
        return DatabaseUnreachable(f"{database} cannot be read or written: the disk reports an error")
    return None


def meaning_in_postgres(error: psycopg.Error, database: str) -> StorageError | None:
    """The same for PostgreSQL."""
    state = error.sqlstate
    if state is not None:
        return _by_state(state, _first_line(error), database)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return _without_a_state(_first_line(error), database)
    return None


def _by_state(state: str, said: str, database: str) -> StorageError | None:
    match state:
        case "25006":
            return DatabaseReadOnly(
                f"{database} can only be read ({said}): name the primary server in [store] url, or end its recovery"
            )
        case "40001" | "40P01" | "55P03" | "57014":
            return DatabaseLocked(
                f"{database}: another session holds what we need ({said}); it is tried again, and if this stays look"
                " into pg_stat_activity for who holds it"
            )
        case "42501":
            return DatabaseRefused(
                f"{database}: the user in [store] url lacks a right ({said}): make it the owner of the database"
            )
        case "42P01" | "42703" | "3F000":
            return StorageError(f"{database} lacks tables of this release ({said}): it was not migrated")
        case "53100":
            return DatabaseFull(f"{database} cannot grow ({said}): the disk of its server is full")
        case "53300":
            return DatabaseUnreachable(f"{database} takes no more connections: raise max_connections of the server")
        case "XX001" | "XX002":
            return DatabaseCorrupt(f"{database} is damaged ({said}): restore it from a backup")
    match state[:2]:
        case "08" | "57":
            return DatabaseUnreachable(
                f"{database} does not answer ({said}): start the server; ringcard goes on by itself when it is back"
            )
        case "28" | "3D":
            return _refused(said, database)
        case "53" | "58":
            return DatabaseUnreachable(f"{database} is in trouble ({said}): see the server's log")
    return None


def _without_a_state(said: str, database: str) -> StorageError:
    # libpq gives no SQLSTATE for a connection that did not come about, and the server's words come in its own
    # language (lc_messages). English ones are told apart; of others the words themselves have to do.
    words = said.lower()
    if "authentication failed" in words or "no password supplied" in words or "does not exist" in words:
        return _refused(said, database)
    if "pg_hba.conf" in words:
        return DatabaseRefused(
            f"{database} does not let us in from this machine ({said}): add a line for it to the server's pg_hba.conf"
        )
    return DatabaseUnreachable(
        f"{database} cannot be reached ({said}): check that its server runs and that host, port, user and password in"
        " [store] url are right"
    )


def _refused(said: str, database: str) -> DatabaseRefused:
    words = said.lower()
    if "database" in words and "does not exist" in words:
        return DatabaseRefused(f"{database} is not there: create it (docs/howto/use-postgresql.md has the line)")
    return DatabaseRefused(
        f"{database} does not let us in ({said}): check user and password in [store] url or password_file"
    )


def _first_line(error: psycopg.Error) -> str:
    """The server's own words, without "connection to server at … failed: FATAL:" before them."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = next((line for line in lines if "FATAL" in line), lines[0])
    for lead in ("FATAL:", "connection failed:"):
        line = line.rpartition(lead)[2]
    return line.strip()
