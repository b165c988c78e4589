"""Keeping employees and their devices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.calls.identifiers import DeviceId
from ringcard.people.model import DeviceTaken, Employee, EmployeeInvalid, LoginTaken, NoSuchEmployee, Role
from ringcard.people.tables import employee_devices, employees, sessions
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id

LANGUAGES = ("en", "ru")

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
        role: Role = Role.EMPLOYEE,
        *,
        devices: Iterable[str] = (),
        language: str | None = None,
        password_hash: str | None = None,
    ) -> Employee:
        """Add an employee, with the devices that are theirs; without a password hash nobody can sign in as them yet.

        Raises `EmployeeInvalid`, `LoginTaken`, `DeviceTaken`.
        """
        login, name = folded_login(login), name.strip()
        if not re.fullmatch(r"[\w.@+-]{1,64}", login):
            raise EmployeeInvalid(f"login {login!r}: 1 to 64 letters, digits and . @ + - _")
        if not 0 < len(name) <= 200:
            raise EmployeeInvalid("name: 1 to 200 characters")
        if language is not None and language not in LANGUAGES:
            raise EmployeeInvalid(f"language {language!r}: one of {', '.join(LANGUAGES)}")
        employee_id = new_id(self._clock())
        async with writing(self._engine) as connection:
            try:
                await connection.execute(
                    insert(employees).values(
                        employee_id=employee_id,
                        login=login,
                        name=name,
                        role=role.value,
                        language=language,
                        password_hash=password_hash,
                        disabled=False,
                        created_at=self._clock(),
                    )
                )
            except IntegrityError as error:
                raise LoginTaken(f"there is already an employee with the login {login}") from error
            for device in dict.fromkeys(devices):
                await self._give(connection, employee_id, device)
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

    async def everybody(self) -> list[Employee]:
        """All employees, also the disabled ones, by name."""
        return await self._read(true())

    async def by_device(self) -> dict[DeviceId, Employee]:
        """Whose each device is; devices of disabled employees are nobody's."""
        return {
            device: employee
            for employee in await self.everybody()
            if not employee.disabled
            for device in employee.devices
        }

    async def give_device(self, employee_id: str, device: str) -> Employee:
        """Make the device this employee's; that it is already changes nothing.

        Raises `NoSuchEmployee`, `DeviceTaken`, `EmployeeInvalid`.
        """
        await self.get(employee_id)
        async with writing(self._engine) as connection:
            await self._give(connection, employee_id, device)
        return await self.get(employee_id)

    async def take_device(self, device: str) -> None:
        """Make the device nobody's."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(employee_devices).where(employee_devices.c.device == device.strip()))

    async def set_password_hash(self, employee_id: str, password_hash: str | None) -> None:
        """Replace the password and end all sessions: whoever knew the old one is out.

        Raises `NoSuchEmployee`.
        """
        await self._change(employee_id, {"password_hash": password_hash})

    async def set_disabled(self, employee_id: str, disabled: bool) -> None:
        """Let an employee in no more, or again; ends all sessions. Raises `NoSuchEmployee`."""
        await self._change(employee_id, {"disabled": disabled})

    async def _change(self, employee_id: str, values: dict[str, object]) -> None:
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(employees).where(employees.c.employee_id == employee_id).values(values)
            )
            if changed.rowcount == 0:
                raise NoSuchEmployee(f"there is no employee {employee_id}")
            await connection.execute(delete(sessions).where(sessions.c.employee_id == employee_id))

    async def _give(self, connection: AsyncConnection, employee_id: str, device: str) -> None:
        device = device.strip()
        if not re.fullmatch(r"[^\s,]{1,64}", device):
            raise EmployeeInvalid(f"device {device!r}: 1 to 64 characters without blanks and commas, as 101")
        owner = (
            await connection.execute(
                select(employees.c.employee_id, employees.c.name)
                .join_from(employee_devices, employees)
                .where(employee_devices.c.device == device)
            )
        ).first()
        if owner is None:
            await connection.execute(insert(employee_devices).values(device=device, employee_id=employee_id))
        elif owner.employee_id != employee_id:
            raise DeviceTaken(f"device {device} belongs to {owner.name}: take it from them first")

    async def _read(self, condition: ColumnElement[bool]) -> list[Employee]:
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(employees).where(condition).order_by(employees.c.name))).all()
            ids = [row.employee_id for row in rows]
            owned = await connection.execute(
                select(employee_devices)
                .where(employee_devices.c.employee_id.in_(ids))
                .order_by(employee_devices.c.device)
            )
            devices: dict[str, list[DeviceId]] = defaultdict(list)
            for device, employee_id in owned:
                devices[employee_id].append(DeviceId(device))
        return [
            Employee(
                employee_id=row.employee_id,
                login=row.login,
                name=row.name,
                role=Role(row.role),
                devices=tuple(devices[row.employee_id]),
                language=row.language,
                disabled=row.disabled,
            )
            for row in rows
        ]
