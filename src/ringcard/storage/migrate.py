"""Bringing a database to this release's tables, when the server starts."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.storage.engine import shown, writing
from ringcard.storage.errors import DatabaseNewer

PATIENCE_S = 300.0
"""How long to wait for another process that migrates the same PostgreSQL database: a big table takes its time."""


def alembic_config() -> Config:
    """Alembic's settings; the migrations lie in this package, so they come with the wheel."""
    config = Config()
    config.set_main_option("script_location", str(files("ringcard.storage") / "migrations").replace("%", "%%"))
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Create or upgrade the tables, all or nothing; returns at once if there is nothing to do.

    Two processes that start together do it one after the other, on either database: the whole upgrade is one writing
    transaction, and there is one writer at a time.

    Raises `DatabaseNewer` if a later release was here, and any other `StorageError`.
    """
    async with writing(engine, patience_s=PATIENCE_S) as connection:
        await connection.run_sync(upgrade)


def newest_revision() -> str:
    """What a database of this release says of itself."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def upgrade(connection: Connection) -> None:
    """Create or upgrade the tables within the transaction of `connection`. Raises `DatabaseNewer`."""
    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = set(MigrationContext.configure(connection).get_current_heads())
    if found - known:
        raise DatabaseNewer(
            f"the database {shown(connection.engine.url)} was written by a later release of ringcard"
            f" (revision {', '.join(sorted(found - known))}): upgrade ringcard, or restore a backup made before"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
