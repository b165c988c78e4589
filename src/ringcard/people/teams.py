"""Keeping teams: who belongs to them, who leads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.people.model import NoSuchEmployee, NoSuchTeam, StaffChangedMeanwhile, Team, TeamInvalid
from ringcard.people.tables import team_members, teams
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id


class TeamStore:
    """The teams. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> list[Team]:
        """Every team, by name."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(teams).order_by(teams.c.name))).all()
            people: dict[tuple[str, bool], list[str]] = defaultdict(list)
            for row in await connection.execute(select(team_members).order_by(team_members.c.employee_id)):
                people[row.team_id, bool(row.leads)].append(row.employee_id)
        return [
            Team(
                row.team_id,
                row.name,
                tuple(people[row.team_id, False]),
                tuple(people[row.team_id, True]),
                row.version,
            )
            for row in rows
        ]

    async def names(self) -> dict[str, str]:
        """The name of every team, by id."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(teams.c.team_id, teams.c.name))
            return {row.team_id: row.name for row in rows}

    async def get(self, team_id: str) -> Team:
        """Raises `NoSuchTeam`."""
        for team in await self.all():
            if team.team_id == team_id:
                return team
        raise NoSuchTeam(f"there is no team {team_id}")

    async def add(self, name: str, members: Iterable[str] = (), leaders: Iterable[str] = ()) -> Team:
        """Make a team. Raises `TeamInvalid`, `NoSuchEmployee`."""
        team_id = new_id(datetime.now(UTC))
        name = _name(name)
        async with writing(self._engine) as connection:
            try:
                await connection.execute(insert(teams).values(team_id=team_id, name=name, version=1))
            except IntegrityError as error:
                raise TeamInvalid(f"there is already a team {name}") from error
            await _people(connection, team_id, members, leaders)
        return await self.get(team_id)

    async def change(
        self, team_id: str, version: int, name: str, members: Iterable[str], leaders: Iterable[str]
    ) -> Team:
        """Replace a team. Raises `NoSuchTeam`, `TeamInvalid`, `NoSuchEmployee`, `StaffChangedMeanwhile`."""
        name = _name(name)
        await self.get(team_id)
        async with writing(self._engine) as connection:
            try:
                changed = await connection.execute(
                    update(teams)
                    .where(teams.c.team_id == team_id, teams.c.version == version)
                    .values(name=name, version=version + 1)
                )
            except IntegrityError as error:
                raise TeamInvalid(f"there is already a team {name}") from error
            if changed.rowcount == 0:
                raise StaffChangedMeanwhile("the team changed meanwhile: read it again")
            await connection.execute(delete(team_members).where(team_members.c.team_id == team_id))
            await _people(connection, team_id, members, leaders)
        return await self.get(team_id)

    async def remove(self, team_id: str) -> None:
        """Delete a team; its people stay. Raises `NoSuchTeam`."""
        async with writing(self._engine) as connection:
            if (await connection.execute(delete(teams).where(teams.c.team_id == team_id))).rowcount == 0:
                raise NoSuchTeam(f"there is no team {team_id}")


async def _people(connection: AsyncConnection, team_id: str, members: Iterable[str], leaders: Iterable[str]) -> None:
    rows = [
        {"team_id": team_id, "employee_id": employee_id, "leads": leads}
        for leads, people in ((False, members), (True, leaders))
        for employee_id in dict.fromkeys(people)
    ]
    if not rows:
        return
    try:
        await connection.execute(insert(team_members), rows)
    except IntegrityError as error:
        raise NoSuchEmployee("somebody named for the team does not work here") from error


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 200:
        raise TeamInvalid("a team's name has 1 to 200 characters")
    return name
