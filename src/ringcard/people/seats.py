"""Who answers at which device, now and before.

A device is one person's, or several people's in shifts, or nobody's. Whoever signed in at it answers there; while
nobody did, all whose device it is. Every change is written down as a seat with its times, so that a call of last week
still belongs to who sat there then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.calls.identifiers import DeviceId
from ringcard.people.model import DeviceTaken, EmployeeInvalid, NoSuchEmployee
from ringcard.people.tables import device_seats, device_sign_ins, employee_devices, employees
from ringcard.storage import reading, writing

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""Whoever is the first known at a device is taken to have always sat there."""

AT_ONCE = 500
"""Devices asked about in one statement: SQLite takes so many parameters everywhere."""


class How(StrEnum):
    """By what somebody signed in at a device."""

    WEB = "web"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody at a device for a time; `until` is None while they still sit there."""

    device: DeviceId
    employee_id: str
    since: datetime
    until: datetime | None

    def at(self, moment: datetime) -> bool:
        """Whether they sat there then."""
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class SignedInAt:
    """Who is signed in at a device now."""

    device: DeviceId
    employee_id: str
    since: datetime
    how: How


class Seats:
    """Signing in at devices, and who sat where. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def sign_in(self, employee_id: str, device: str, how: How, now: datetime) -> str | None:
        """Let the employee answer at the device from now on; whoever was signed in there is not any more.

        Returns who that was. That the employee is signed in there already changes nothing. Raises `DeviceTaken` for a
        device that is one other person's own, `EmployeeInvalid` for one that cannot be a device, `NoSuchEmployee`.
        """
        device = checked_device(device)
        async with writing(self._engine) as connection:
            if not await connection.scalar(
                select(employees.c.employee_id).where(
                    employees.c.employee_id == employee_id, employees.c.disabled.is_(False)
                )
            ):
                raise NoSuchEmployee(f"there is no employee {employee_id} who may sign in")
            owners = (
                await connection.execute(
                    select(employees.c.employee_id, employees.c.name)
                    .join_from(employee_devices, employees)
                    .where(employee_devices.c.device == device)
                )
            ).all()
            if len(owners) == 1 and owners[0].employee_id != employee_id:
                raise DeviceTaken(f"device {device} belongs to {owners[0].name} alone")
            before: str | None = await connection.scalar(
                select(device_sign_ins.c.employee_id).where(device_sign_ins.c.device == device)
            )
            if before == employee_id:
                return before
            await connection.execute(delete(device_sign_ins).where(device_sign_ins.c.device == device))
            await connection.execute(
                insert(device_sign_ins).values(device=device, employee_id=employee_id, since=now, how=how.value)
            )
            await reseat(connection, [device], now)
        return before

    async def sign_out(self, device: str, now: datetime) -> str | None:
        """Nobody is signed in at the device any more. Returns who was."""
        device = device.strip()
        async with writing(self._engine) as connection:
            before: str | None = await connection.scalar(
                select(device_sign_ins.c.employee_id).where(device_sign_ins.c.device == device)
            )
            if before is not None:
                await connection.execute(delete(device_sign_ins).where(device_sign_ins.c.device == device))
                await reseat(connection, [device], now)
        return before

    async def signed_in(self) -> list[SignedInAt]:
        """Who is signed in where, by device."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(device_sign_ins).order_by(device_sign_ins.c.device))
            return [SignedInAt(DeviceId(row.device), row.employee_id, row.since, How(row.how)) for row in rows]

    async def between(
        self, devices: Collection[str], since: datetime, until: datetime
    ) -> dict[DeviceId, tuple[Seat, ...]]:
        """Who sat at these devices at some moment between the two, the earliest first."""
        found: dict[DeviceId, list[Seat]] = defaultdict(list)
        asked = list(dict.fromkeys(devices))
        async with reading(self._engine) as connection:
            for start in range(0, len(asked), AT_ONCE):
                rows = await connection.execute(
                    select(device_seats)
                    .where(
                        device_seats.c.device.in_(asked[start : start + AT_ONCE]),
                        device_seats.c.since <= until,
                        or_(device_seats.c.until.is_(None), device_seats.c.until > since),
                    )
                    .order_by(device_seats.c.since, device_seats.c.employee_id)
                )
                for row in rows:
                    found[DeviceId(row.device)].append(_seat(row.device, row.employee_id, row.since, row.until))
        return {device: tuple(seats) for device, seats in found.items()}

    async def of(self, people: Collection[str]) -> tuple[Seat, ...]:
        """Every seat that these employees ever had."""
        found: list[Seat] = []
        asked = list(dict.fromkeys(people))
        async with reading(self._engine) as connection:
            for start in range(0, len(asked), AT_ONCE):
                rows = await connection.execute(
                    select(device_seats).where(device_seats.c.employee_id.in_(asked[start : start + AT_ONCE]))
                )
                found += [_seat(row.device, row.employee_id, row.since, row.until) for row in rows]
        return tuple(found)


def checked_device(device: str) -> str:
    """The device's name as it is kept. Raises `EmployeeInvalid`."""
    device = device.strip()
    if not re.fullmatch(r"[^\s,/]{1,64}", device):
        raise EmployeeInvalid(f"device {device[:80]!r}: 1 to 64 characters without blanks, commas and slashes, as 101")
    return device


async def reseat(connection: AsyncConnection, devices: Iterable[str], now: datetime) -> None:
    """Write down who sits at these devices from now on, after something about them changed."""
    for device in dict.fromkeys(devices):
        sitting = await _sitting(connection, device)
        open_seats = set(
            (
                await connection.execute(
                    select(device_seats.c.employee_id).where(
                        device_seats.c.device == device, device_seats.c.until.is_(None)
                    )
                )
            ).scalars()
        )
        for gone in open_seats - sitting:
            await connection.execute(
                update(device_seats)
                .where(
                    and_(
                        device_seats.c.device == device,
                        device_seats.c.employee_id == gone,
                        device_seats.c.until.is_(None),
                    )
                )
                .values(until=now)
            )
        if not sitting - open_seats:
            continue
        known = await connection.scalar(select(device_seats.c.device).where(device_seats.c.device == device).limit(1))
        signed_in = await connection.scalar(select(device_sign_ins.c.device).where(device_sign_ins.c.device == device))
        since = ALWAYS if known is None and signed_in is None else now
        for come in sitting - open_seats:
            # Gone and back within the same millisecond: the key is taken, and the seat goes on.
            again = await connection.execute(
                update(device_seats)
                .where(
                    device_seats.c.device == device,
                    device_seats.c.employee_id == come,
                    device_seats.c.since == since,
                )
                .values(until=None)
            )
            if again.rowcount == 0:
                await connection.execute(insert(device_seats).values(device=device, employee_id=come, since=since))


async def _sitting(connection: AsyncConnection, device: str) -> set[str]:
    signed_in = await connection.scalar(
        select(device_sign_ins.c.employee_id)
        .join_from(device_sign_ins, employees)
        .where(device_sign_ins.c.device == device, employees.c.disabled.is_(False))
    )
    if signed_in is not None:
        return {signed_in}
    owners = await connection.execute(
        select(employee_devices.c.employee_id)
        .join_from(employee_devices, employees)
        .where(employee_devices.c.device == device, employees.c.disabled.is_(False))
    )
    return set(owners.scalars())


def _seat(device: str, employee_id: str, since: datetime, until: datetime | None) -> Seat:
    return Seat(DeviceId(device), employee_id, since, until)
