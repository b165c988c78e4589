"""The audit trail: who changed or saw what, when, from where.

Every room that changes or reveals something says so with one call, after it succeeded:

    await rooms.audit.note("contact.merged", by=actor, kind="contact", key=kept.contact_id, name=kept.name,
                           before={"contact_id": gone.contact_id}, after={"phones": 3})

`by` is the request's `Actor` (a route takes `actor: TheActor`), or that of `cli.who` for what a command did. `action`
is `thing.happened`; docs/reference/rights.md lists them. `before` and `after` are plain values: what is the same in
both is left out, and what is named like a secret is never kept. Rows can only be added; when a person is erased
(`desk.erasure`), theirs lose name, before and after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.people.store import Clock, utc_now
from ringcard.people.tables import audit_trail
from ringcard.storage import reading, writing
from ringcard.storage.schema import new_id

_ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_SECRET = re.compile(r"secret|password|token$|token_hash|cookie|authorization|_key$|sign_in_code", re.IGNORECASE)
COMMAND_LINE = "command line"
"""The address of who did something at a terminal of the server itself; the screen says it in its own language."""
LONGEST_DETAIL = 4_000
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an employee in a browser, a program by its token, or we by ourselves."""

    employee_id: str | None = None
    name: str | None = None
    address: str | None = None
    token_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail."""

    audit_id: str
    at: datetime
    by: Actor
    action: str
    object_kind: str | None
    object_id: str | None
    object_name: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some lines, newest first; `next` goes into `before` for those that follow, None at the end."""

    items: tuple[AuditEntry, ...]
    next: str | None


class Audit:
    """Writes and reads the trail. Raises `StorageError` if the database fails."""

    def __init__(self, engine: AsyncEngine, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    async def note(
        self,
        action: str,
        *,
        by: Actor,
        kind: str | None = None,
        key: str | None = None,
        name: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a line. Raises `ValueError` for an `action` that is not `thing.happened`: our own fault."""
        if not _ACTION.fullmatch(action):
            raise ValueError(f"{action!r} is no action such as employee.changed")
        now = self._clock()
        was, became = _difference(before, after)
        async with writing(self._engine) as connection:
            await connection.execute(
                insert(audit_trail).values(
                    audit_id=new_id(now),
                    at=now,
                    employee_id=by.employee_id,
                    employee_name=_short(by.name, 200),
                    token_id=by.token_id,
                    address=_short(by.address, 64),
                    action=action[:64],
                    object_kind=_short(kind, 32),
                    object_id=_short(key, 200),
                    object_name=_short(name, 300),
                    before=_text(was),
                    after=_text(became),
                )
            )

    async def page(
        self,
        *,
        limit: int = 50,
        before: str | None = None,
        employee_id: str | None = None,
        action: str | None = None,
        kind: str | None = None,
        key: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AuditPage:
        """Lines, newest first. `action` may be the beginning of one (`contact` for all `contact.…`)."""
        limit = max(1, min(limit, MOST_LISTED))
        table = audit_trail.c
        conditions: list[ColumnElement[bool]] = []
        if before is not None:
            conditions.append(table.audit_id < before)
        if employee_id is not None:
            conditions.append(table.employee_id == employee_id)
        if action is not None:
            conditions.append(
                table.action == action if "." in action else table.action.startswith(f"{action}.", autoescape=True)
            )
        if kind is not None:
            conditions.append(table.object_kind == kind)
        if key is not None:
            conditions.append(table.object_id == key)
        if since is not None:
            conditions.append(table.at >= since)
        if until is not None:
            conditions.append(table.at < until)
        async with reading(self._engine) as connection:
            rows = (
                await connection.execute(
                    select(audit_trail).where(and_(True, *conditions)).order_by(table.audit_id.desc()).limit(limit + 1)
                )
            ).all()
        items = tuple(
            AuditEntry(
                row.audit_id,
                row.at,
                Actor(row.employee_id, row.employee_name, row.address, row.token_id),
                row.action,
                row.object_kind,
                row.object_id,
                row.object_name,
                None if row.before is None else json.loads(row.before),
                None if row.after is None else json.loads(row.after),
            )
            for row in rows[:limit]
        )
        return AuditPage(items, items[-1].audit_id if len(rows) > limit else None)


def _difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Only what changed, if there is both."""
    was = None if before is None else {name: _kept(name, value) for name, value in before.items()}
    became = None if after is None else {name: _kept(name, value) for name, value in after.items()}
    if before is None or after is None or was is None or became is None:
        return was, became
    same = {name for name in before.keys() & after.keys() if before[name] == after[name]}
    return (
        {name: value for name, value in was.items() if name not in same},
        {name: value for name, value in became.items() if name not in same},
    )


def _kept(name: str, value: Any) -> Any:
    if _SECRET.search(name) and value is not None and not isinstance(value, bool):
        return "…"
    if isinstance(value, Mapping):
        return {key: _kept(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_kept("", item) for item in items]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _text(value: dict[str, Any] | None) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False)
    # A card with 500 numbers is told of, not copied.
    return text if len(text) <= LONGEST_DETAIL else json.dumps({"too_long": sorted(value)}, ensure_ascii=False)


def _short(text: str | None, most: int) -> str | None:
    return None if text is None else text[:most]
