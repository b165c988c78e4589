"""Tokens with which programs sign in: `Authorization: Bearer rc_…`.

A token is its owner's, with at most the owner's permissions: it narrows them to its scopes and adds nothing, whatever
becomes of the owner's role. It is shown once, and only its hash is kept.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.people.model import Employee, PeopleError
from ringcard.people.permissions import Permission
from ringcard.people.store import Clock, EmployeeStore, utc_now
from ringcard.people.tables import employees, tokens
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id

PREFIX = "rc_"
"""By which a token is known, to people and to what looks for leaked secrets."""

USED_EVERY_S = 60.0
"""How exactly it is kept when a token was last used."""

LONGEST_LIFE = timedelta(days=3650)


class TokenInvalid(PeopleError):
    """A token cannot be made as asked; the text says what is wrong."""

    error_id = "token_invalid"


class NoSuchToken(PeopleError):
    """There is no such token."""

    error_id = "no_such_token"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is kept. `expires_at` None means until it is revoked."""

    token_id: str
    employee_id: str
    employee_name: str
    name: str
    scopes: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. `secret` is shown once and nowhere kept."""

    token: ApiToken
    secret: str


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whose token was presented, and what it allows at most."""

    employee: Employee
    token_id: str
    scopes: frozenset[Permission]


class TokenStore:
    """The tokens. Every method raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, people: EmployeeStore, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._people = people
        self._clock = clock

    async def create(
        self, owner: Employee, name: str, scopes: Iterable[str], expires_at: datetime | None = None
    ) -> NewToken:
        """Make a token of `owner`. Raises `TokenInvalid`, also for a scope that is not the owner's to give."""
        name = name.strip()
        now = self._clock()
        if not 0 < len(name) <= 100:
            raise TokenInvalid("a token's name has 1 to 100 characters: say which program uses it")
        try:
            wanted = frozenset(map(Permission, scopes))
        except ValueError as error:
            raise TokenInvalid(f"{error}: see the list of permissions") from error
        if not wanted:
            raise TokenInvalid("a token needs at least one scope")
        if wanted - owner.rights.permissions:
            beyond = ", ".join(sorted(wanted - owner.rights.permissions))
            raise TokenInvalid(f"{owner.name} does not have these permissions: {beyond}")
        if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
            raise TokenInvalid("a token expires in the future, within ten years")
        secret = PREFIX + secrets.token_urlsafe(32)
        token_id = new_id(now)
        async with writing(self._engine) as connection:
            await connection.execute(
                insert(tokens).values(
                    token_id=token_id,
                    token_hash=hash_of(secret),
                    employee_id=owner.employee_id,
                    name=name,
                    scopes=json.dumps(sorted(wanted)),
                    created_at=now,
                    expires_at=expires_at,
                )
            )
        token = ApiToken(token_id, owner.employee_id, owner.name, name, wanted, now, expires_at, None)
        return NewToken(token, secret)

    async def all(self, employee_id: str | None = None) -> list[ApiToken]:
        """Every token, or those of one employee, the newest first; expired ones too."""
        statement = select(tokens, employees.c.name.label("employee_name")).join_from(tokens, employees)
        if employee_id is not None:
            statement = statement.where(tokens.c.employee_id == employee_id)
        async with reading(self._engine) as connection:
            rows = await connection.execute(statement.order_by(tokens.c.token_id.desc()))
            return [_token(row._mapping) for row in rows]

    async def get(self, token_id: str) -> ApiToken:
        """Raises `NoSuchToken`."""
        for token in await self.all():
            if token.token_id == token_id:
                return token
        raise NoSuchToken("there is no such token")

    async def revoke(self, token_id: str) -> None:
        """Delete a token: it opens nothing from now on. Raises `NoSuchToken`."""
        async with writing(self._engine) as connection:
            if (await connection.execute(delete(tokens).where(tokens.c.token_id == token_id))).rowcount == 0:
                raise NoSuchToken("there is no such token")

    async def holder(self, secret: str) -> TokenHolder | None:
        """Whose token this is; None if it opens nothing (any more)."""
        if not secret.startswith(PREFIX):
            return None
        now = self._clock()
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(tokens).where(tokens.c.token_hash == hash_of(secret)))).first()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        employee = await self._people.get(row.employee_id)
        if employee.disabled:
            return None
        if row.used_at is None or now - row.used_at >= timedelta(seconds=USED_EVERY_S):
            async with writing(self._engine) as connection:
                await connection.execute(update(tokens).where(tokens.c.token_id == row.token_id).values(used_at=now))
        return TokenHolder(employee, row.token_id, _scopes(row.scopes))


def hash_of(secret: str) -> str:
    """What is kept of a token. A fast hash is right: it has 256 random bits, there is nothing to guess."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _token(fields: Mapping[Any, Any]) -> ApiToken:
    return ApiToken(
        fields["token_id"],
        fields["employee_id"],
        fields["employee_name"],
        fields["name"],
        _scopes(fields["scopes"]),
        fields["created_at"],
        fields["expires_at"],
        fields["used_at"],
    )


def _scopes(text: str) -> frozenset[Permission]:
    known = {permission.value for permission in Permission}
    return frozenset(Permission(name) for name in json.loads(text) if name in known)
