"""Keeping what the search looks through in step with the cards, inside the transaction that writes them.

Whoever writes a card calls `index` or, of new cards whose drafts are at hand, `index_new` before it commits. Whoever
deletes one needs nothing: its document goes with it.

On SQLite the full-text indexes are written from here too, thousands of documents in one statement: by a trigger every
row would be a segment of its own, five times the work.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.contacts.model import ContactDraft
from ringcard.contacts.rows import Row
from ringcard.contacts.search_keys import keys_of_text
from ringcard.contacts.tables import (
    contact_deputies,
    contact_emails,
    contact_orders,
    contact_phones,
    contact_search,
    contact_search_state,
    contacts,
)
from ringcard.storage import is_postgres, writing
from ringcard.storage.bulk import put_values
from ringcard.storage.upsert import upsert

VERSION = 4
"""Count it up when a document comes to hold something else: the next start makes all of them anew."""

FEWEST_DIGITS = 3
AT_ONCE = 500

_INDEXED_ON_SQLITE = tuple(
    f"INSERT INTO contact_{part} (rowid, {part}) SELECT search_id, {part} FROM contact_search"  # noqa: S608
    for part in ("words", "digits")
)
_FORGOTTEN_ON_SQLITE = tuple(
    f"INSERT INTO contact_{part} (contact_{part}, rowid, {part})"  # noqa: S608
    f" SELECT 'delete', search_id, {part} FROM contact_search"
    for part in ("words", "digits")
)
_COLUMNS = ("contact_id", "words", "digits")
_NO_DIGIT = re.compile(r"[^0-9]")

log = structlog.get_logger(__name__)


def document(
    name: str,
    organisation: str | None,
    emails: Iterable[str],
    orders: Iterable[str],
    numbers: Iterable[str],
    own_fields: Iterable[str] = (),
    managers: Iterable[str] = (),
) -> dict[str, str]:
    """The `words` and `digits` of a card.

    `own_fields` are the values of the company's own fields, `managers` the employees who look after the contact.
    """
    keys = keys_of_text(name)
    if organisation:
        keys += keys_of_text(organisation)
    for email in emails:
        keys += keys_of_text(email)
    for number in (*orders, *filter(is_searched, own_fields)):
        of_number = keys_of_text(number)
        keys += of_number
        # `ЗК-001042` is spoken of as 1042.
        keys += [key.lstrip("0") for key in of_number if key.isdigit() and key.strip("0")]
    keys += map(key_of_manager, managers)
    digits = dict.fromkeys(map(_digits_of, numbers))
    return {
        "words": f" {' '.join(dict.fromkeys(keys))} ",
        "digits": f" {' '.join(each for each in digits if len(each) >= FEWEST_DIGITS)} ",
    }


def _digits_of(number: str) -> str:
    bare = number[1:]
    return bare if number[:1] == "+" and bare.isdecimal() and bare.isascii() else _NO_DIGIT.sub("", number)


def key_of_manager(employee_id: str) -> str:
    """The key that the cards of an employee have. It begins with a sign that nobody's typed word has in it.

    The end of an id is what is random in it; should two employees share it, the tables tell them apart.
    """
    return f"\u00b7{employee_id[-10:]}"


def is_searched(value: str) -> bool:
    """Whether a card is found by this value of an own field: a mere yes or no is no word that anybody looks for."""
    return value not in ("yes", "no")


async def index_new(connection: AsyncConnection, created: Iterable[tuple[str, ContactDraft]]) -> None:
    """Write the documents of contacts that were just created, from their checked drafts."""
    await add_documents(
        connection, _values([{"contact_id": contact_id} | document_of(draft) for contact_id, draft in created])
    )


async def index(connection: AsyncConnection, contact_ids: Iterable[str]) -> None:
    """Write the documents of these contacts anew, from what the tables say now; those that are gone are left out."""
    ids = iter(dict.fromkeys(contact_ids))
    while some := list(islice(ids, AT_ONCE)):
        documents = await _documents(connection, contacts.c.contact_id.in_(some))
        if documents:
            await _replace(connection, documents)


async def add_documents(connection: AsyncConnection, documents: Iterable[tuple[str, str, str]]) -> None:
    """Write documents, as `contact_id`, `words` and `digits`, of contacts that have none."""
    if is_postgres(connection):
        await put_values(connection, contact_search, _COLUMNS, documents)
        return
    last = (await connection.execute(select(func.coalesce(func.max(contact_search.c.search_id), 0)))).scalar_one()
    await put_values(connection, contact_search, _COLUMNS, documents)
    for statement in _INDEXED_ON_SQLITE:
        await connection.execute(text(f"{statement} WHERE search_id > :last ORDER BY search_id"), {"last": last})


def _values(documents: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    return ((one["contact_id"], one["words"], one["digits"]) for one in documents)


async def _replace(connection: AsyncConnection, documents: Sequence[Row]) -> None:
    statement = upsert(connection, contact_search)
    values = {name: statement.excluded[name] for name in ("words", "digits")}
    statement = statement.on_conflict_do_update(index_elements=["contact_id"], set_=values)
    if is_postgres(connection):
        await connection.execute(statement, list(documents))
        return
    ids = {"ids": json.dumps([one["contact_id"] for one in documents])}
    which = "WHERE contact_id IN (SELECT value FROM json_each(:ids)) ORDER BY search_id"
    for forgotten in _FORGOTTEN_ON_SQLITE:
        await connection.execute(text(f"{forgotten} {which}"), ids)
    await connection.execute(statement, list(documents))
    for indexed in _INDEXED_ON_SQLITE:
        await connection.execute(text(f"{indexed} {which}"), ids)


async def ensure(engine: AsyncEngine) -> int:
    """Write the documents of all contacts if they are not of this version. Returns how many contacts that were.

    One small query if there is nothing to do. A million contacts take minutes, in one transaction: all or nothing.
    """
    async with writing(engine) as connection:
        state = (await connection.execute(select(contact_search_state.c.version))).scalars().all()
        if state == [VERSION]:
            return 0
        await _forget_all(connection)
        count, after = 0, ""
        while True:
            page = select(contacts.c.contact_id).where(contacts.c.contact_id > after)
            ids = list((await connection.execute(page.order_by(contacts.c.contact_id).limit(AT_ONCE))).scalars())
            if not ids:
                break
            documents = await _documents(connection, contacts.c.contact_id.in_(ids))
            await add_documents(connection, _values(documents))
            count, after = count + len(ids), ids[-1]
        await connection.execute(delete(contact_search_state))
        await connection.execute(insert(contact_search_state).values(version=VERSION))
    if count:
        log.info("contacts.search_made", action="search_made", contacts=count, version=VERSION)
    return count


async def _forget_all(connection: AsyncConnection) -> None:
    if not is_postgres(connection):
        # Emptied at once; of documents without words the trigger takes nothing out of the indexes again, row by row.
        for name in ("contact_words", "contact_digits"):
            await connection.execute(text(f"INSERT INTO {name} ({name}) VALUES ('delete-all')"))  # noqa: S608
        await connection.execute(update(contact_search).values(words="", digits=""))
    await connection.execute(delete(contact_search))


def document_of(draft: ContactDraft) -> dict[str, str]:
    """The `words` and `digits` of a checked draft."""
    return document(
        draft.name,
        draft.organisation,
        (email.email for email in draft.emails),
        (order.number for order in draft.orders or ()),
        (phone.number or phone.presented for phone in draft.phones),
        (draft.custom or {}).values(),
        filter(None, (draft.manager_id, *(draft.deputy_ids or ()))),
    )


async def _documents(connection: AsyncConnection, which: ColumnElement[bool]) -> list[dict[str, str]]:
    head = (contacts.c.contact_id, contacts.c.name, contacts.c.organisation, contacts.c.custom, contacts.c.manager_id)
    heads = (await connection.execute(select(*head).where(which))).all()
    ids = [head.contact_id for head in heads]
    emails = await _texts(connection, select(contact_emails.c.contact_id, contact_emails.c.email), ids)
    orders = await _texts(connection, select(contact_orders.c.contact_id, contact_orders.c.number), ids)
    number = contact_phones.c.number
    phones = await _texts(connection, select(contact_phones.c.contact_id, number, contact_phones.c.presented), ids)
    deputies = await _texts(connection, select(contact_deputies.c.contact_id, contact_deputies.c.employee_id), ids)
    return [
        {"contact_id": one}
        | document(
            name,
            organisation,
            emails[one],
            orders[one],
            phones[one],
            () if custom == "{}" else json.loads(custom).values(),
            [*((manager_id,) if manager_id else ()), *deputies[one]],
        )
        for one, name, organisation, custom, manager_id in heads
    ]


async def _texts(connection: AsyncConnection, query: Any, ids: Sequence[str]) -> dict[str, list[str]]:
    """The first text that a row has after its contact's id, by contact."""
    found: dict[str, list[str]] = defaultdict(list)
    owner = query.selected_columns.contact_id
    for contact_id, *texts in await connection.execute(query.where(owner.in_(ids))):
        found[contact_id].append(next(text for text in texts if text is not None))
    return found
