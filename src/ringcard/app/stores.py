"""Which ledger goes with which database: SQLite has a file for each, PostgreSQL keeps both in one database."""

from __future__ import annotations

from ringcard.app.config import Config
from ringcard.ledger import Ledger


async def open_ledger(config: Config) -> Ledger:
    """The ledger of the configuration; on PostgreSQL the database has been migrated. Raises `LedgerUnusable`."""
    if config.on_postgres:
        return await Ledger.on_server(config.database_url, key_path=config.ledger_key)
    return await Ledger.open(config.ledger, key_path=config.ledger_key)
