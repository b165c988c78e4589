"""Taking an import back: cards it created go, cards it updated say again what they said.

What somebody changed since stays as it is, and so does a card that was created by the import and has notes or calls by
now: they are counted and can be listed. So does what was merged, whichever of the two the import made; a merge that was
taken back counts for nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.changes import ChangeKind
from ringcard.contacts.imports.model import ImportInWrongState, ImportState, Undone
from ringcard.contacts.imports.pipeline import Stopped
from ringcard.contacts.imports.store import KEPT, job
from ringcard.contacts.imports.tables import import_changes, imports
from ringcard.contacts.imports.writing import CREATED, draft_of, replaced
from ringcard.contacts.search_index import index
from ringcard.contacts.tables import contact_calls, contact_changes, contact_notes, contact_orders, contacts
from ringcard.people.tables import employees
from ringcard.storage import writing

BATCH: Final = 500


async def undo(
    engine: AsyncEngine,
    import_id: int,
    clock: Callable[[], datetime],
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> Undone:
    """Take back what an import in the state for it did, batch by batch; one that was broken off goes on.

    Raises `Stopped`, `ImportInWrongState`, `StorageError`.
    """
    while True:
        async with writing(engine) as connection:
            done, more = await _batch(connection, import_id, clock())
        if not more:
            return done
        if stopping():
            raise Stopped


async def _batch(connection: AsyncConnection, import_id: int, now: datetime) -> tuple[Undone, bool]:
    held = await job(connection, import_id)
    if held.state is not ImportState.UNDOING:
        raise ImportInWrongState("Another process works on this import.")
    done = held.undo or Undone()
    query = (
        select(import_changes, contacts.c.version.label("version_now"))
        .join(contacts, contacts.c.contact_id == import_changes.c.contact_id, isouter=True)
        .where(import_changes.c.import_id == import_id, import_changes.c.action != KEPT)
        .order_by(import_changes.c.contact_id)
        .limit(BATCH)
    )
    changes = (await connection.execute(query)).all()
    if changes:
        await _taken_back(connection, import_id, changes, done, now)
    values: dict[str, Any] = {"undo": msgspec.json.encode(done).decode(), "changed_at": now}
    if not changes:
        values |= {"state": ImportState.UNDONE.value, "ended_at": now}
    await connection.execute(update(imports).where(imports.c.import_id == import_id).values(values))
    return done, bool(changes)


async def _taken_back(
    connection: AsyncConnection, import_id: int, changes: Sequence[Row[Any]], done: Undone, now: datetime
) -> None:
    ids = [change.contact_id for change in changes]
    used: set[str] = set()
    for table in (contact_notes, contact_calls):
        used |= set((await connection.execute(select(table.c.contact_id).where(table.c.contact_id.in_(ids)))).scalars())
    gone: list[str] = []
    restored: list[tuple[str, int, dict[str, Any]]] = []
    kept: list[str] = []
    parted, merged = await _merges_since(connection, changes)
    for change in changes:
        if change.version_now is None:
            if change.contact_id in merged:
                kept.append(change.contact_id)
            continue  # deleted since
        touched = change.version_now != change.version + parted.get(change.contact_id, 0)
        if touched or (change.action == CREATED and change.contact_id in used):
            kept.append(change.contact_id)
        elif change.action == CREATED:
            gone.append(change.contact_id)
        else:
            restored.append((change.contact_id, change.version_now, json.loads(change.before)))
    await _restore(connection, restored, now)
    await connection.execute(delete(contacts).where(contacts.c.contact_id.in_(gone)))
    of_import = import_changes.c.import_id == import_id
    await connection.execute(
        update(import_changes).where(of_import, import_changes.c.contact_id.in_(kept)).values(action=KEPT)
    )
    others = [contact_id for contact_id in ids if contact_id not in set(kept)]
    await connection.execute(delete(import_changes).where(of_import, import_changes.c.contact_id.in_(others)))
    done.removed += len(gone)
    done.restored += len(restored)
    done.kept += len(kept)


async def _merges_since(
    connection: AsyncConnection, changes: Sequence[Row[Any]]
) -> tuple[dict[str, int], frozenset[str]]:
    """By how many versions merges that were taken back moved each card, and which cards have gone into others."""
    versions = {change.contact_id: change.version for change in changes}
    c = contact_changes.c
    lines = select(c.contact_id, c.kind, c.version, c.undone_at).where(c.contact_id.in_(versions))
    parted: dict[str, int] = defaultdict(int)
    merged: set[str] = set()
    for contact_id, kind, version, undone_at in await connection.execute(lines):
        if kind == ChangeKind.MERGED_INTO.value and undone_at is None:
            merged.add(contact_id)
        elif version > versions[contact_id] and (
            kind == ChangeKind.PARTED.value or (kind == ChangeKind.MERGED.value and undone_at is not None)
        ):
            parted[contact_id] += 1
    return parted, frozenset(merged)


async def _restore(
    connection: AsyncConnection, restored: Sequence[tuple[str, int, dict[str, Any]]], now: datetime
) -> None:
    if not restored:
        return
    there = set((await connection.execute(select(employees.c.employee_id))).scalars())
    linked = {image.get("organisation_id") for _, _, image in restored} - {None, ""}
    cards = set(
        (await connection.execute(select(contacts.c.contact_id).where(contacts.c.contact_id.in_(linked)))).scalars()
    )
    for _, _, image in restored:
        # Who no longer works here, and organisations that are no longer there.
        if image["contact"]["manager_id"] not in there:
            image["contact"]["manager_id"] = None
        if "deputies" in image:
            image["deputies"] = [each for each in image["deputies"] if each in there]
        if image.get("organisation_id") not in cards | {None}:
            image["organisation_id"] = ""
    await replaced(connection, [(id_, version, draft_of(image)) for id_, version, image in restored], now)
    await connection.execute(
        delete(contact_orders).where(contact_orders.c.contact_id.in_([contact_id for contact_id, _, _ in restored]))
    )
    orders = [{"contact_id": contact_id} | order for contact_id, _, image in restored for order in image["orders"]]
    if orders:
        await connection.execute(insert(contact_orders), orders)
    await index(connection, [contact_id for contact_id, _, _ in restored])
