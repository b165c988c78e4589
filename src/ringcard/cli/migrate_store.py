"""`ringcard migrate-store`: from SQLite to PostgreSQL, every row compared."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import make_url


@click.command("migrate-store")
@click.option("--from", "source", required=True, help="The SQLite database: sqlite:////var/lib/ringcard/ringcard.db")
@click.option(
    "--to", "target", required=True, help="The empty PostgreSQL database: postgresql://ringcard@host/ringcard"
)
@click.option("--ledger", type=click.Path(path_type=Path), help="The SQLite ledger. Default: ledger.db beside --from.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Holds the password of --to, and nothing else.")
@click.option("--rehearse", is_flag=True, help="Do everything and keep nothing: also while ringcard runs.")
def command(source: str, target: str, ledger: Path | None, password_file: Path | None, rehearse: bool) -> None:
    """Move a store from SQLite to PostgreSQL: everything or nothing.

    Stop ringcard first. Contacts, people, settings and everything that happened are copied in one transaction, read
    back and compared value by value; the files are only read. --rehearse says beforehand, beside a running ringcard,
    whether it will work and how long it takes.
    """
    from ringcard.app.config import ConfigError, secret_in
    from ringcard.app.moving import MoveRefused, move_store
    from ringcard.storage import UnsupportedDatabase, is_postgres, sqlite_path

    try:
        database = sqlite_path(source)
        if not is_postgres(target):
            raise click.UsageError("--to must be a PostgreSQL database: postgresql://user@host/database")
        if password_file is not None:
            password = secret_in(password_file, "--password-file")
            target = make_url(target).set(password=password).render_as_string(hide_password=False)
        move = move_store(
            database, ledger or database.with_name("ledger.db"), target, rehearsal=rehearse, tell=click.echo
        )
    except (ConfigError, MoveRefused, UnsupportedDatabase) as error:
        raise click.ClickException(str(error)) from error
    for table in move.tables:
        mended = f"  {table.mended:,} texts had NUL or no UTF-8: now �" if table.mended else ""
        click.echo(f"{table.name:<32} {table.rows:>12,} rows  {table.digest}{mended}")
    done = "would be moved" if rehearse else "moved"
    click.echo(f"{move.rows:,} rows {done} and compared in {move.took_s:.1f} s.")
    if not rehearse:
        click.echo(
            "Now set [store] url to the new database, leave [store] directory and the ledger.key in it as they are, and"
            " start ringcard. Keep the old files until you have seen that all is well; then delete them."
        )
