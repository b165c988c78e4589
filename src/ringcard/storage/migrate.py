"""Bringing a database to this release's tables, when the server starts.

Alembic is loaded only if there is something to do: it brings along every database that SQLAlchemy knows, a tenth of the
time that a start takes.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.storage.engine import is_postgres, shown, writing
from ringcard.storage.errors import DatabaseNewer

if TYPE_CHECKING:
    from alembic.config import Config

PATIENCE_S = 300.0
"""How long to wait for another process that migrates the same PostgreSQL database: a big table takes its time."""


def alembic_config() -> Config:
    """Alembic's settings; the migrations lie in this package, so they come with the wheel."""
    from alembic.config import Config

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
        if not await _is_newest(connection):
            await connection.run_sync(upgrade)


async def _is_newest(connection: AsyncConnection) -> bool:
    there = "SELECT to_regclass('alembic_version') IS NOT NULL"
    if not is_postgres(connection):
        there = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    if not (await connection.execute(text(there))).scalar_one():
        return False
    found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
    return list(found) == [newest_revision()]


def newest_revision() -> str:
    """What a database of this release says of itself: revisions are numbers, which their files' names begin with."""
    versions = files("ringcard.storage") / "migrations" / "versions"
    return max(each.name.partition("_")[0] for each in versions.iterdir() if each.name[:1].isdigit())


def upgrade(connection: Connection) -> None:
    """Create or upgrade the tables within the transaction of `connection`. Raises `DatabaseNewer`."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

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
