"""Keeping settings: one row a section, a version that counts every change, secrets sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.settings.model import SettingsChanged
from ringcard.settings.tables import settings
from ringcard.storage import reading, writing


class Box(Protocol):
    """What seals secrets: the ledger's master key (`ledger.MasterKey`)."""

    def seal(self, purpose: str, text: str) -> bytes: ...

    def unseal(self, purpose: str, sealed: bytes) -> str:
        """Raises `ValueError` if it was sealed by another key, or for another purpose."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row. `unreadable` says that its secrets were sealed by another master key: they have to be given again."""

    name: str
    version: int
    values: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    unreadable: bool = False


class SettingsStore:
    """The rows. Every method raises `StorageError` if the database fails."""

    def __init__(
        self, engine: AsyncEngine, box: Box, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._box = box
        self._clock = clock

    async def all(self) -> dict[str, Stored]:
        """Every row by name, in order of the names."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(settings).order_by(settings.c.name))).all()
        return {row.name: self._stored(row) for row in rows}

    async def get(self, name: str) -> Stored | None:
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(settings).where(settings.c.name == name))).first()
        return None if row is None else self._stored(row)

    async def put(
        self,
        name: str,
        version: int,
        values: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
        by: str | None = None,
    ) -> Stored:
        """Replace the row of `version`, or make it if that is 0. Raises `SettingsChanged` if there is another one."""
        row = {
            "version": version + 1,
            "body": msgspec.json.encode(values).decode(),
            "secrets": self._box.seal(name, msgspec.json.encode(secrets).decode()) if secrets else None,
            "changed_at": self._clock(),
            "changed_by": by,
        }
        async with writing(self._engine) as connection:
            if version == 0:
                try:
                    await connection.execute(insert(settings).values(name=name, **row))
                except IntegrityError as error:
                    raise _changed(name) from error
            else:
                changed = await connection.execute(
                    update(settings).where(settings.c.name == name, settings.c.version == version).values(row)
                )
                if changed.rowcount == 0:
                    raise _changed(name)
        return Stored(name, version + 1, dict(values), dict(secrets or {}))

    async def delete(self, name: str, version: int) -> None:
        """Raises `SettingsChanged` if the row has another version, or is gone."""
        async with writing(self._engine) as connection:
            gone = await connection.execute(
                delete(settings).where(settings.c.name == name, settings.c.version == version)
            )
            if gone.rowcount == 0:
                raise _changed(name)

    def _stored(self, row: Any) -> Stored:
        secrets: dict[str, str] = {}
        unreadable = False
        if row.secrets is not None:
            try:
                secrets = msgspec.json.decode(self._box.unseal(row.name, row.secrets), type=dict[str, str])
            except ValueError:
                unreadable = True
        return Stored(row.name, row.version, msgspec.json.decode(row.body), secrets, unreadable)


def _changed(name: str) -> SettingsChanged:
    return SettingsChanged(f"somebody else has changed {name} meanwhile: look at it again")
