"""`ringcard people`: employees, their passwords and devices."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from ringcard.cli.settings import CONFIG_OPTION, configure, current_config, database_url
from ringcard.cli.who import who
from ringcard.people.audit import Audit
from ringcard.people.model import Employee, PeopleError, Role
from ringcard.people.passwords import Passwords, check_new_password
from ringcard.people.store import LANGUAGES, EmployeeStore
from ringcard.storage import StorageError, migrate, open_engine

Outcome = TypeVar("Outcome")


@click.group()
@CONFIG_OPTION
@click.pass_context
def people(ctx: click.Context, config_path: Path | None) -> None:
    """Employees: who answers."""
    configure(ctx, config_path)


@people.command()
@click.argument("login")
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.EMPLOYEE.value, show_default=True
)
@click.option("--device", "devices", multiple=True, help="A device of theirs, as 101; may be repeated.")
@click.option("--language", type=click.Choice(LANGUAGES))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, without asking.")
@click.pass_context
def add(
    ctx: click.Context,
    login: str,
    name: str,
    role: str,
    devices: tuple[str, ...],
    language: str | None,
    password_stdin: bool,
) -> None:
    """Add the employee NAME, who signs in as LOGIN; asks for a password."""
    password = _password(login, password_stdin)

    async def run(store: EmployeeStore, audit: Audit) -> Employee:
        hashed = await Passwords().hashed(password)
        made = await store.add(login, name, Role(role), devices=devices, language=language, password_hash=hashed)
        await _note(audit, "employee.added", made, after={"login": login, "role": role, "devices": made.assigned})
        return made

    _show(_with_store(ctx, run))


@people.command()
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, without asking.")
@click.pass_context
def password(ctx: click.Context, login: str, password_stdin: bool) -> None:
    """Give the employee LOGIN a new password; ends their sessions."""
    new = _password(login, password_stdin)

    async def run(store: EmployeeStore, audit: Audit) -> None:
        employee = await store.with_login(login)
        await store.set_password_hash(employee.employee_id, await Passwords().hashed(new))
        await _note(audit, "employee.password_reset", employee)

    _with_store(ctx, run)
    click.echo(f"{login} has a new password.")


@people.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the employees."""

    async def run(store: EmployeeStore, _: Audit) -> list[Employee]:
        return await store.everybody()

    for employee in _with_store(ctx, run):
        _show(employee)


@people.command()
@click.argument("login")
@click.argument("device")
@click.option("--take", is_flag=True, help="Take the device away.")
@click.pass_context
def device(ctx: click.Context, login: str, device: str, take: bool) -> None:
    """Give DEVICE, as 101, to the employee LOGIN."""

    async def run(store: EmployeeStore, audit: Audit) -> Employee:
        employee = await store.with_login(login)
        if not take:
            changed = await store.give_device(employee.employee_id, device)
        else:
            if device in employee.assigned:
                await store.take_device(device, employee.employee_id)
            changed = await store.get(employee.employee_id)
        if changed.assigned != employee.assigned:
            before, after = {"devices": employee.assigned}, {"devices": changed.assigned}
            await _note(audit, "employee.changed", changed, before=before, after=after)
        return changed

    _show(_with_store(ctx, run))


async def _note(
    audit: Audit,
    action: str,
    employee: Employee,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    key, name = employee.employee_id, employee.name
    await audit.note(action, by=who(), kind="employee", key=key, name=name, before=before, after=after)


def _with_store(ctx: click.Context, use: Callable[[EmployeeStore, Audit], Awaitable[Outcome]]) -> Outcome:
    async def run() -> Outcome:
        engine = open_engine(database_url(current_config(ctx)))
        try:
            await migrate(engine)
            return await use(EmployeeStore(engine), Audit(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except (PeopleError, StorageError) as error:
        raise click.ClickException(str(error)) from error


def _password(login: str, from_stdin: bool) -> str:
    given: str = (
        sys.stdin.readline().rstrip("\r\n")
        if from_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    try:
        check_new_password(given, login)
    except PeopleError as error:
        raise click.ClickException(str(error)) from error
    return given


def _show(employee: Employee) -> None:
    disabled = "  (disabled)" if employee.disabled else ""
    devices = ", ".join(employee.assigned) or "no device"
    role = employee.role if employee.rights.built_in else employee.rights.name
    click.echo(f"{employee.login}  {employee.name}  {role}  {devices}{disabled}")
