"""Keeping employees and their devices."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, insert, select, text, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.calls.identifiers import DeviceId
from ringcard.people.model import (
    Employee,
    EmployeeInvalid,
    LoginTaken,
    NoSuchEmployee,
    NoSuchRole,
    StaffChangedMeanwhile,
)
from ringcard.people.permissions import BUILT_IN, Rights, Role
from ringcard.people.roles import must_still_rule, rights_of, somebody_rules
from ringcard.people.seats import checked_device, reseat
from ringcard.people.tables import (
    device_sign_ins,
    employee_devices,
    employees,
    roles,
    sessions,
    team_members,
    teams,
)
from ringcard.storage import is_postgres, reading, writing
from ringcard.storage.schema import new_id
from ringcard.turns import in_turns

LANGUAGES = ("en", "ru")
MOST_SKILLS, LONGEST_SKILL = 20, 60

Clock = Callable[[], datetime]
"""Tells the time, aware UTC."""


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)


def folded_login(login: str) -> str:
    """A login as it is kept and compared: case does not matter."""
    return login.strip().casefold()


class EmployeeStore:
    """The employees. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    async def add(
        self,
        login: str,
        name: str,
        role: str = Role.EMPLOYEE,
        *,
        devices: Iterable[str] = (),
        language: str | None = None,
        password_hash: str | None = None,
        sign_in_code: str | None = None,
        skills: Iterable[str] = (),
    ) -> Employee:
        """Add an employee, with the devices that are theirs; without a password hash nobody can sign in as them yet.

        A device that others have too is shared with them. Raises `EmployeeInvalid`, `LoginTaken`, `NoSuchRole`.
        """
        login = folded_login(login)
        if not re.fullmatch(r"[\w.@+-]{1,64}", login):
            raise EmployeeInvalid(f"login {login!r}: 1 to 64 letters, digits and . @ + - _")
        values = _checked(name, language, sign_in_code) | {"skills": _skills_text(skills)}
        now = self._clock()
        employee_id = new_id(now)
        async with writing(self._engine) as connection:
            await _must_be_role(connection, role)
            await _must_be_free(connection, employee_id, values["sign_in_code"])
            try:
                await connection.execute(
                    insert(employees).values(
                        employee_id=employee_id,
                        login=login,
                        role=str(role),
                        password_hash=password_hash,
                        disabled=False,
                        created_at=now,
                        version=1,
                        **values,
                    )
                )
            except IntegrityError as error:
                raise LoginTaken(f"there is already an employee with the login {login}") from error
            for device in dict.fromkeys(map(checked_device, devices)):
                await connection.execute(insert(employee_devices).values(device=device, employee_id=employee_id))
                await reseat(connection, [device], now)
        return await self.get(employee_id)

    async def change(
        self,
        employee_id: str,
        version: int,
        *,
        name: str,
        role: str,
        devices: Iterable[str],
        language: str | None,
        sign_in_code: str | None,
        disabled: bool,
        skills: Iterable[str] | None = None,
    ) -> Employee:
        """Replace what is known of an employee, if it still has `version`. One who is disabled is signed out.

        Without `skills` they stay.

        Raises `NoSuchEmployee`, `NoSuchRole`, `EmployeeInvalid`, `StaffChangedMeanwhile`, `LastAdministrator`.
        """
        values = _checked(name, language, sign_in_code) | {"role": str(role), "disabled": disabled}
        if skills is not None:
            values["skills"] = _skills_text(skills)
        wanted = list(dict.fromkeys(map(checked_device, devices)))
        now = self._clock()
        async with writing(self._engine) as connection:
            ruled = await somebody_rules(connection)
            await _must_be_role(connection, role)
            await _must_be_free(connection, employee_id, values["sign_in_code"])
            held = (
                await connection.execute(
                    select(employees.c.version, employees.c.disabled).where(employees.c.employee_id == employee_id)
                )
            ).first()
            if held is None:
                raise NoSuchEmployee(f"there is no employee {employee_id}")
            if held.version != version:
                raise StaffChangedMeanwhile(f"the employee is at version {held.version}, not {version}: read it again")
            await connection.execute(
                update(employees)
                .where(employees.c.employee_id == employee_id)
                .values(values | {"version": version + 1})
            )
            had = await _devices_of(connection, employee_id)
            await connection.execute(delete(employee_devices).where(employee_devices.c.employee_id == employee_id))
            if wanted:
                rows = [{"device": device, "employee_id": employee_id} for device in wanted]
                await connection.execute(insert(employee_devices), rows)
            if disabled:
                await connection.execute(delete(sessions).where(sessions.c.employee_id == employee_id))
            await reseat(connection, [*had, *wanted], now)
            await must_still_rule(connection, ruled)
        return await self.get(employee_id)

    async def set_sign_in_code(self, employee_id: str, code: str | None) -> Employee:
        """The code that the employee dials at a phone from now on. Raises `NoSuchEmployee`, `EmployeeInvalid`."""
        code = checked_code(code)
        async with writing(self._engine) as connection:
            await _must_be_free(connection, employee_id, code)
            await _set(connection, employee_id, {"sign_in_code": code})
        return await self.get(employee_id)

    async def get(self, employee_id: str) -> Employee:
        """The employee. Raises `NoSuchEmployee`."""
        found = await self._read(employees.c.employee_id == employee_id)
        if not found:
            raise NoSuchEmployee(f"there is no employee {employee_id}")
        return found[0]

    async def with_login(self, login: str) -> Employee:
        """The employee with this login. Raises `NoSuchEmployee`."""
        found = await self._read(employees.c.login == folded_login(login))
        if not found:
            raise NoSuchEmployee(f"there is no employee with the login {login}")
        return found[0]

    async def with_sign_in_code(self, code: str) -> Employee:
        """The employee who dials this code. Raises `NoSuchEmployee`, also for one who is disabled."""
        found = await self._read(employees.c.sign_in_code == code)
        if not found or found[0].disabled:
            raise NoSuchEmployee("nobody has this code")
        return found[0]

    async def mark(self) -> str:
        """Another text whenever `everybody` may have another answer, or a team another name.

        The database makes it of the whole tables: reading two thousand employees out of it takes fifty times as long,
        all of it on the event loop.
        """
        tables = (employees, roles, employee_devices, teams, team_members, device_sign_ins)
        async with reading(self._engine) as connection:
            if is_postgres(connection):
                parts = [f"(SELECT md5(string_agg(t::text, ';')) FROM {table.name} t)" for table in tables]  # noqa: S608
            else:
                parts = [
                    f"(SELECT group_concat({_all_of(table)}, ';') FROM {table.name})"  # noqa: S608
                    for table in tables
                ]
            row = (await connection.execute(text(f"SELECT {', '.join(parts)}"))).one()
        return hashlib.blake2b(repr(tuple(row)).encode()).hexdigest()

    async def everybody(self) -> list[Employee]:
        """All employees, also the disabled ones, by name."""
        return await self._read(true())

    async def by_device(self) -> dict[DeviceId, Employee]:
        """Who answers at each device; of several the first by name. Disabled employees answer nowhere."""
        return {
            device: employee
            for employee in reversed(await self.everybody())
            if not employee.disabled
            for device in employee.devices
        }

    async def give_device(self, employee_id: str, device: str) -> Employee:
        """Make the device this employee's, perhaps beside others; that it is already changes nothing.

        Raises `NoSuchEmployee`, `EmployeeInvalid`.
        """
        device = checked_device(device)
        if device not in (await self.get(employee_id)).assigned:
            async with writing(self._engine) as connection:
                await connection.execute(insert(employee_devices).values(device=device, employee_id=employee_id))
                await reseat(connection, [device], self._clock())
        return await self.get(employee_id)

    async def take_device(self, device: str, employee_id: str | None = None) -> None:
        """Make the device nobody's, or no more this employee's."""
        device = device.strip()
        theirs = [employee_devices.c.device == device]
        if employee_id is not None:
            theirs.append(employee_devices.c.employee_id == employee_id)
        async with writing(self._engine) as connection:
            await connection.execute(delete(employee_devices).where(*theirs))
            await reseat(connection, [device], self._clock())

    async def set_password_hash(self, employee_id: str, password_hash: str | None) -> None:
        """Replace the password and end all sessions: whoever knew the old one is out.

        Raises `NoSuchEmployee`.
        """
        async with writing(self._engine) as connection:
            await _set(connection, employee_id, {"password_hash": password_hash})
            await connection.execute(delete(sessions).where(sessions.c.employee_id == employee_id))

    async def set_disabled(self, employee_id: str, disabled: bool) -> None:
        """Let an employee in no more, or again; ends all sessions. Raises `NoSuchEmployee`, `LastAdministrator`."""
        async with writing(self._engine) as connection:
            ruled = await somebody_rules(connection)
            await _set(connection, employee_id, {"disabled": disabled})
            await connection.execute(delete(sessions).where(sessions.c.employee_id == employee_id))
            await reseat(connection, await _devices_of(connection, employee_id), self._clock())
            await must_still_rule(connection, ruled)

    async def _read(self, condition: ColumnElement[bool]) -> list[Employee]:
        async with reading(self._engine) as connection:
            rows = (
                await connection.execute(
                    select(employees, *(column.label(f"role_{column.name}") for column in roles.c))
                    .join_from(employees, roles, employees.c.role == roles.c.role_id, isouter=True)
                    .where(condition)
                    .order_by(employees.c.name)
                )
            ).all()
            ids = [row.employee_id for row in rows]
            one = len(ids) == 1
            assigned: dict[str, list[DeviceId]] = defaultdict(list)
            owned = select(employee_devices).order_by(employee_devices.c.device)
            for row in await connection.execute(
                owned.where(employee_devices.c.employee_id == ids[0]) if one else owned
            ):
                assigned[row.employee_id].append(DeviceId(row.device))
            memberships = select(team_members).order_by(team_members.c.team_id)
            teams_of: dict[tuple[str, bool], list[str]] = defaultdict(list)
            for row in await connection.execute(
                memberships.where(team_members.c.employee_id == ids[0]) if one else memberships
            ):
                teams_of[row.employee_id, bool(row.leads)].append(row.team_id)
            signed_in = {
                DeviceId(row.device): row.employee_id
                for row in await connection.execute(
                    select(device_sign_ins.c.device, device_sign_ins.c.employee_id)
                    .join_from(device_sign_ins, employees)
                    .where(employees.c.disabled.is_(False))
                )
            }
        return [
            Employee(
                employee_id=row.employee_id,
                login=row.login,
                name=row.name,
                role=row.role,
                devices=_answering_at(row.employee_id, assigned[row.employee_id], signed_in),
                language=row.language,
                disabled=row.disabled,
                rights=_rights(row),
                assigned=tuple(assigned[row.employee_id]),
                teams=tuple(teams_of[row.employee_id, False]),
                leads=tuple(teams_of[row.employee_id, True]),
                version=row.version,
                sign_in_code=row.sign_in_code,
                skills=tuple(json.loads(row.skills)),
            )
            async for row in in_turns(rows)
        ]


def _all_of(table: Table) -> str:
    """All of a row as one text, in SQLite's words."""
    return " || ',' || ".join(f"quote({each.name})" for each in table.columns)


def checked_code(code: str | None) -> str | None:
    """A code to sign in at a phone, None for none. Raises `EmployeeInvalid`."""
    code = (code or "").strip() or None
    if code is not None and not re.fullmatch(r"[0-9]{3,12}", code):
        raise EmployeeInvalid("the code to sign in at a phone has 3 to 12 digits")
    return code


def _checked(name: str, language: str | None, sign_in_code: str | None) -> dict[str, Any]:
    """The columns of these. Raises `EmployeeInvalid`."""
    name, code = name.strip(), checked_code(sign_in_code)
    if not 0 < len(name) <= 200:
        raise EmployeeInvalid("name: 1 to 200 characters")
    if language is not None and language not in LANGUAGES:
        raise EmployeeInvalid(f"language {language!r}: one of {', '.join(LANGUAGES)}")
    return {"name": name, "language": language, "sign_in_code": code}


def _skills_text(skills: Iterable[str]) -> str:
    """For the table. Raises `EmployeeInvalid`."""
    kept = list(dict.fromkeys(filter(None, (" ".join(skill.split()) for skill in skills))))
    if len(kept) > MOST_SKILLS or any(len(skill) > LONGEST_SKILL or not skill.isprintable() for skill in kept):
        raise EmployeeInvalid(f"skills: at most {MOST_SKILLS}, of at most {LONGEST_SKILL} characters")
    return json.dumps(kept, ensure_ascii=False)


def _answering_at(
    employee_id: str, assigned: Iterable[DeviceId], signed_in: Mapping[DeviceId, str]
) -> tuple[DeviceId, ...]:
    own = {device for device in assigned if signed_in.get(device, employee_id) == employee_id}
    return tuple(sorted(own | {device for device, who in signed_in.items() if who == employee_id}))


def _rights(row: Row[Any]) -> Rights:
    """What the employee's role allows. A role that is not there (any more) allows nothing."""
    built_in = BUILT_IN.get(row.role)
    if built_in is not None:
        return built_in
    if row.role_role_id is None:
        return Rights(row.role, row.role, frozenset())
    return rights_of({column.name: row._mapping[f"role_{column.name}"] for column in roles.c})


async def _set(connection: AsyncConnection, employee_id: str, values: dict[str, object]) -> None:
    changed = await connection.execute(
        update(employees)
        .where(employees.c.employee_id == employee_id)
        .values(values | {"version": employees.c.version + 1})
    )
    if changed.rowcount == 0:
        raise NoSuchEmployee(f"there is no employee {employee_id}")


async def _devices_of(connection: AsyncConnection, employee_id: str) -> list[str]:
    """Those that are theirs, and where they are signed in."""
    found: list[str] = []
    for table in (employee_devices, device_sign_ins):
        rows = await connection.execute(select(table.c.device).where(table.c.employee_id == employee_id))
        found += rows.scalars()
    return found


async def _must_be_role(connection: AsyncConnection, role: str) -> None:
    if role not in BUILT_IN and not await connection.scalar(select(roles.c.role_id).where(roles.c.role_id == role)):
        raise NoSuchRole(f"there is no role {role}")


async def _must_be_free(connection: AsyncConnection, employee_id: str, code: str | None) -> None:
    if code is not None and await connection.scalar(
        select(employees.c.employee_id).where(employees.c.sign_in_code == code, employees.c.employee_id != employee_id)
    ):
        raise EmployeeInvalid("somebody else has this code to sign in at a phone")
