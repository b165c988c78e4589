"""`ringcard token`: tokens with which programs sign in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from ringcard.cli.settings import CONFIG_OPTION, configure, current_config, database_url
from ringcard.cli.who import who
from ringcard.people.audit import Audit
from ringcard.people.model import PeopleError
from ringcard.people.permissions import Permission
from ringcard.people.store import EmployeeStore
from ringcard.people.tokens import ApiToken, NewToken, TokenStore
from ringcard.storage import StorageError, migrate, open_engine

Outcome = TypeVar("Outcome")


@click.group()
@CONFIG_OPTION
@click.pass_context
def token(ctx: click.Context, config_path: Path | None) -> None:
    """Tokens: which programs may use the API."""
    configure(ctx, config_path)


@token.command()
@click.argument("login")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([each.value for each in Permission]),
    help="A permission it has, of those of its owner; may be repeated.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="For how long; until it is revoked if left out.")
@click.pass_context
def create(ctx: click.Context, login: str, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token of the employee LOGIN for the program NAME, and show it this once."""
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def run(people: EmployeeStore, tokens: TokenStore, audit: Audit) -> NewToken:
        made = await tokens.create(await people.with_login(login), name, scopes, expires_at)
        await audit.note("token.added", by=who(), kind="token", key=made.token.token_id, name=name,
                         after={"scopes": sorted(made.token.scopes), "owner": login})  # fmt: skip
        return made

    click.echo(_with_stores(ctx, run).secret)
    click.echo("Keep it now: it is shown only this once.", err=True)


@token.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the tokens."""

    async def run(people: EmployeeStore, tokens: TokenStore, audit: Audit) -> list[ApiToken]:
        return await tokens.all()

    for each in _with_stores(ctx, run):
        used = "never used" if each.used_at is None else f"used {each.used_at:%Y-%m-%d}"
        until = "" if each.expires_at is None else f"  until {each.expires_at:%Y-%m-%d}"
        click.echo(
            f"{each.token_id}  {each.name}  {each.employee_name}  {' '.join(sorted(each.scopes))}  {used}{until}"
        )


@token.command()
@click.argument("token_id")
@click.pass_context
def revoke(ctx: click.Context, token_id: str) -> None:
    """Revoke the token TOKEN_ID; it opens nothing from now on."""

    async def run(people: EmployeeStore, tokens: TokenStore, audit: Audit) -> None:
        held = await tokens.get(token_id)
        await tokens.revoke(token_id)
        await audit.note("token.revoked", by=who(), kind="token", key=token_id, name=held.name)

    _with_stores(ctx, run)
    click.echo("The token opens nothing any more.")


def _with_stores(ctx: click.Context, use: Callable[[EmployeeStore, TokenStore, Audit], Awaitable[Outcome]]) -> Outcome:
    async def run() -> Outcome:
        engine = open_engine(database_url(current_config(ctx)))
        try:
            await migrate(engine)
            people = EmployeeStore(engine)
            return await use(people, TokenStore(engine, people), Audit(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except (PeopleError, StorageError) as error:
        raise click.ClickException(str(error)) from error
