"""Insert or replace, on each database: the same clause, which SQLAlchemy has in two places."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.storage.engine import is_postgres


def upsert(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT into `table` that has `on_conflict_do_update` and `excluded`, for the database of the connection."""
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)
