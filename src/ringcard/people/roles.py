"""Keeping the company's own roles."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.people.model import LastAdministrator, NoSuchRole, RoleInUse, RoleInvalid, StaffChangedMeanwhile
from ringcard.people.permissions import BUILT_IN, Permission, Reach, Rights
from ringcard.people.tables import employees, roles
from ringcard.storage import reading, writing


class RoleStore:
    """The roles: those that are always there, and the company's own. Raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> list[Rights]:
        """Every role, the built-in ones first."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(roles).order_by(roles.c.name))
            return [*BUILT_IN.values(), *(rights_of(row._mapping) for row in rows)]

    async def get(self, role_id: str) -> Rights:
        """Raises `NoSuchRole`."""
        for rights in await self.all():
            if rights.role_id == role_id:
                return rights
        raise NoSuchRole(f"there is no role {role_id}")

    async def add(
        self, name: str, permissions: Iterable[str], calls: Reach, cards: Reach, numbers_masked: bool
    ) -> Rights:
        """Make a role. Raises `RoleInvalid`."""
        rights = Rights(
            secrets.token_hex(8), _name(name), _permissions(permissions), calls, cards, numbers_masked, version=1
        )
        async with writing(self._engine) as connection:
            try:
                await connection.execute(insert(roles).values(_values(rights)))
            except IntegrityError as error:
                raise RoleInvalid(f"there is already a role {rights.name}") from error
        return rights

    async def change(
        self,
        role_id: str,
        version: int,
        name: str,
        permissions: Iterable[str],
        calls: Reach,
        cards: Reach,
        numbers_masked: bool,
    ) -> Rights:
        """Replace a role. Raises `NoSuchRole`, `RoleInvalid` (also for a built-in one), `StaffChangedMeanwhile`,
        `LastAdministrator`."""
        held = await self.get(role_id)
        if held.built_in:
            raise RoleInvalid("the built-in roles are as they are: make one of your own")
        if held.version != version:
            raise StaffChangedMeanwhile(f"the role is at version {held.version}, not {version}: read it again")
        rights = Rights(
            role_id, _name(name), _permissions(permissions), calls, cards, numbers_masked, version=version + 1
        )
        async with writing(self._engine) as connection:
            ruled = await somebody_rules(connection)
            try:
                changed = await connection.execute(
                    update(roles).where(roles.c.role_id == role_id, roles.c.version == version).values(_values(rights))
                )
            except IntegrityError as error:
                raise RoleInvalid(f"there is already a role {rights.name}") from error
            if changed.rowcount == 0:
                raise StaffChangedMeanwhile("the role changed meanwhile: read it again")
            await must_still_rule(connection, ruled)
        return rights

    def would_be(
        self,
        role_id: str,
        version: int,
        name: str,
        permissions: Iterable[str],
        calls: Reach,
        cards: Reach,
        numbers_masked: bool,
    ) -> Rights:
        """The role as it would be, without keeping it. Raises `RoleInvalid`."""
        return Rights(role_id, _name(name), _permissions(permissions), calls, cards, numbers_masked, version)

    async def remove(self, role_id: str) -> None:
        """Delete a role nobody has. Raises `NoSuchRole`, `RoleInvalid` (built in), `RoleInUse`."""
        if (await self.get(role_id)).built_in:
            raise RoleInvalid("the built-in roles are always there")
        async with writing(self._engine) as connection:
            holder = await connection.scalar(select(employees.c.name).where(employees.c.role == role_id).limit(1))
            if holder is not None:
                raise RoleInUse(f"{holder} has this role: give them another one first")
            await connection.execute(delete(roles).where(roles.c.role_id == role_id))


async def somebody_rules(connection: AsyncConnection) -> bool:
    """Whether there is somebody who may manage people."""
    ruling = {role_id for role_id, rights in BUILT_IN.items() if Permission.PEOPLE_MANAGE in rights.permissions}
    for row in await connection.execute(select(roles)):
        if Permission.PEOPLE_MANAGE in rights_of(row._mapping).permissions:
            ruling.add(row.role_id)
    held = employees.c.role.in_(ruling) & employees.c.disabled.is_(False)
    return await connection.scalar(select(employees.c.employee_id).where(held).limit(1)) is not None


async def must_still_rule(connection: AsyncConnection, ruled: bool) -> None:
    """After a change: raises `LastAdministrator` if somebody ruled before and nobody is left who does."""
    if ruled and not await somebody_rules(connection):
        raise LastAdministrator("nobody would be left who may manage people: give somebody else these rights first")


def rights_of(row: Mapping[Any, Any]) -> Rights:
    """A role as its row says; a permission that a later release wrote is not known and allows nothing."""
    known = {permission.value for permission in Permission}
    return Rights(
        row["role_id"],
        row["name"],
        frozenset(Permission(name) for name in json.loads(row["permissions"]) if name in known),
        Reach(row["calls"]),
        Reach(row["cards"]),
        row["numbers_masked"],
        row["version"],
    )


def _values(rights: Rights) -> dict[str, object]:
    return {
        "role_id": rights.role_id,
        "name": rights.name,
        "permissions": json.dumps(sorted(rights.permissions)),
        "calls": rights.calls.value,
        "cards": rights.cards.value,
        "numbers_masked": rights.numbers_masked,
        "version": rights.version,
    }


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise RoleInvalid("a role's name has 1 to 100 characters")
    return name


def _permissions(names: Iterable[str]) -> frozenset[Permission]:
    try:
        return frozenset(map(Permission, names))
    except ValueError as error:
        raise RoleInvalid(f"{error}: see the list of permissions") from error
