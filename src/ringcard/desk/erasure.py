"""Erasing a person for good: the card, what belongs to it, its history, and the keys of its calls in the ledger.

What a person asks for by law. Nothing brings it back. Numbers that other cards have too are theirs as
well: their calls stay readable, and whoever erases is told. What is left says only that something was erased, when
and by whom. Not reached: texts about the person on other cards, files of imports that are not finished, mails that
went out, other systems, and backups (docs/howto/erase-a-person.md).

Source: GDPR article 17; 152-FZ article 21.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ringcard.calls.identifiers import CallId, ConversationId
from ringcard.contacts.attachments import Attachments
from ringcard.contacts.changes import ChangeKind
from ringcard.contacts.imports.model import ImportInWrongState, ImportState
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.imports.store import KEPT
from ringcard.contacts.imports.tables import import_changes
from ringcard.contacts.model import Contact, ContactInvalid, folded
from ringcard.contacts.search_keys import words_of
from ringcard.contacts.store import ContactStore
from ringcard.contacts.tables import contact_attachments, contact_changes, contact_emails, contact_phones, contacts
from ringcard.desk.afterwards import Afterwards
from ringcard.desk.choices import CallerChoices
from ringcard.ledger import CallPage
from ringcard.ledger import Erasure as LedgerErasure
from ringcard.people.tables import audit_trail
from ringcard.storage import DatabaseLocked, is_postgres, reading, writing

CALLS_AT_ONCE = 200
FINISHED = (ImportState.DONE, ImportState.UNDONE)
MERGE_PAGES = 500
"""Pages of the full-text index that are put in order at a time, so that nobody waits long for the database."""

MOST_MERGES = 10_000
LOCK_TIMEOUT_S = 30.0

log = structlog.get_logger(__name__)


class Keys(Protocol):
    """The ledger, as far as it is asked here."""

    async def erase(self, number: str) -> LedgerErasure: ...

    async def calls(self, *, limit: int, before: str | None = None, number: str | None = None) -> CallPage: ...


class Conversations(Protocol):
    """What travels with conversations, as far as it is asked here. Raises `StorageError`."""

    async def forget(self, conversations: Collection[ConversationId], calls: Collection[CallId]) -> None: ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. `shared` numbers are other cards' too: their calls stay readable."""

    contact_ids: tuple[str, ...]
    """The card, and those that once went into it."""
    numbers: tuple[str, ...]
    shared: tuple[str, ...]
    calls: int
    files: int
    unfinished_imports: int
    """Imports whose files may name the person and were not looked at, because they are not finished."""


@dataclass(frozen=True, slots=True)
class _Person:
    ids: frozenset[str]
    own: frozenset[str]
    shared: frozenset[str]
    words: frozenset[str]
    """What nobody else has: numbers in every spelling there is, e-mail addresses."""
    name: str


class Erasure:
    """Erases. Raises `StorageError` if the database fails: then ask again."""

    def __init__(
        self,
        engine: AsyncEngine,
        store: ContactStore,
        ledger: Keys,
        imports: Importing,
        attachments: Attachments,
        choices: CallerChoices,
        afterwards: Afterwards,
        conversations: Conversations,
    ) -> None:
        self._conversations = conversations
        self._engine = engine
        self._store = store
        self._ledger = ledger
        self._imports = imports
        self._attachments = attachments
        self._choices = choices
        self._afterwards = afterwards

    async def erase(self, contact_id: str, version: int, name: str) -> Erased:
        """Erase whoever this card is of; `name` is the card's, typed by hand.

        The ledger comes first: if it cannot, the card is still there to ask again.

        Raises `NoSuchContact`, `ChangedMeanwhile`, `ContactInvalid` for another name, `ImportInWrongState` while an
        import is under way, `LedgerError`.
        """
        card = await self._store.get(contact_id)
        if folded(name) != folded(card.name):
            raise ContactInvalid("name", "this is not the name on the card: nothing was erased")
        if await self._imports.store.under_way():
            raise ImportInWrongState("An import is under way, and may name this person: wait for its end.")
        async with reading(self._engine) as connection:
            await self._store.at_version(connection, contact_id, version)
            person = await _person_of(connection, card)
        # Before the ledger: after it nobody knows any more which conversations were this person's.
        await self._forget_conversations(person)
        calls = 0
        for number in sorted(person.own):
            calls += (await self._ledger.erase(number)).calls
        async with writing(self._engine) as connection:
            await self._store.at_version(connection, contact_id, version)
            if not is_postgres(connection):
                await connection.execute(text("PRAGMA secure_delete = ON"))
            files = await _files_of(connection, person.ids)
            await _forget(connection, person)
        await self._choices.forget(person.own, person.ids)
        await self._afterwards.forget(person.own)
        gone = await self._attachments.forget(files)
        unfinished = await self._forget_imports(person)
        await self._tidied()
        log.info("desk.person_erased", action="person_erased", contact_id=contact_id, calls=calls)
        return Erased(
            tuple(sorted(person.ids)), tuple(sorted(person.own)), tuple(sorted(person.shared)), calls, gone, unfinished
        )

    async def _forget_conversations(self, person: _Person) -> None:
        """Hand-overs, notes being typed, call data and wrap-ups of the person's calls."""
        for number in sorted(person.own):
            before: str | None = None
            while True:
                page = await self._ledger.calls(limit=CALLS_AT_ONCE, before=before, number=number)
                conversations = {record.conversation_id for record in page.items}
                await self._conversations.forget(conversations, {record.call_id for record in page.items})
                before = page.next
                if before is None:
                    break

    async def _forget_imports(self, person: _Person) -> int:
        """Files of finished imports go, and rows of the person that were not taken; returns the unfinished ones."""
        unfinished = 0
        before: int | None = None
        while jobs := await self._imports.store.newest(200, before):
            before = jobs[-1].import_id
            for job in jobs:
                finished = job.state in FINISHED
                unfinished += not finished
                await asyncio.to_thread(
                    self._imports.forget_rows, job.import_id, lambda cells: _names(cells, person), with_file=finished
                )
        return unfinished

    async def _tidied(self) -> None:
        """Have SQLite write over what its indexes and its log still hold. PostgreSQL does so when it vacuums."""
        path = self._engine.url.database
        if self._engine.dialect.name == "sqlite" and path:
            try:
                await asyncio.to_thread(_written_over, path)
            except sqlite3.Error as error:
                raise DatabaseLocked(
                    "What was erased may still lie in free space of the database: it is written over later."
                ) from error


def _written_over(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=LOCK_TIMEOUT_S)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for table in ("contact_words", "contact_digits"):
            merge = f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)"  # noqa: S608
            connection.execute(merge, (-MERGE_PAGES,))
            for _ in range(MOST_MERGES):
                changes = connection.total_changes
                connection.execute(merge, (MERGE_PAGES,))
                if connection.total_changes - changes < 2:
                    break
        # Whoever reads just now keeps the log alive; the next checkpoint that nobody holds up empties it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


async def _person_of(connection: AsyncConnection, card: Contact) -> _Person:
    ids = await _merged_with(connection, {card.contact_id})
    numbers = {phone.number for phone in card.phones if phone.number is not None}
    emails = {email.email.lower() for email in card.emails}
    phone, email = contact_phones.c, contact_emails.c
    others = select(phone.number).where(phone.number.in_(numbers), phone.contact_id.not_in(ids))
    shared = set((await connection.execute(others)).scalars())
    lower = func.lower(email.email)
    others = select(lower).where(lower.in_(emails), email.contact_id.not_in(ids))
    own_emails = emails - set((await connection.execute(others)).scalars())
    own = numbers - shared
    words = own | own_emails
    words |= {phone.presented for phone in card.phones if phone.number in own}
    words |= {email.email for email in card.emails if email.email.lower() in own_emails}
    if words:
        # A card of the same person that was deleted: all of it is kept, to be brought back.
        c = contact_changes.c
        deleted = select(c.contact_id).where(
            c.kind == ChangeKind.DELETED.value,
            c.undone_at.is_(None),
            _holding(c.before, words),
            c.contact_id.not_in(select(contacts.c.contact_id)),
        )
        ids = await _merged_with(connection, ids | set((await connection.execute(deleted)).scalars()))
    return _Person(frozenset(ids), frozenset(own), frozenset(shared), frozenset(words), card.name)


async def _merged_with(connection: AsyncConnection, ids: set[str]) -> set[str]:
    """These, and every card that went into one of them and was not parted from it again."""
    c = contact_changes.c
    while True:
        went_in = select(c.contact_id).where(
            c.kind == ChangeKind.MERGED_INTO.value, c.undone_at.is_(None), c.other_id.in_(ids)
        )
        more = set((await connection.execute(went_in)).scalars()) - ids
        if not more:
            return ids
        ids = ids | more


async def _files_of(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """The SHA-256 of every file that these cards have or had."""
    c = contact_attachments.c
    found = set((await connection.execute(select(c.sha256).where(c.contact_id.in_(ids)))).scalars())
    history = select(contact_changes.c.before).where(
        or_(contact_changes.c.contact_id.in_(ids), contact_changes.c.other_id.in_(ids)),
        contact_changes.c.before.is_not(None),
    )
    for before in (await connection.execute(history)).scalars():
        found |= set(_hashes(json.loads(before)))
    return found


def _hashes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(found := value.get("sha256"), str):
            yield found
        for each in value.values():
            yield from _hashes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _hashes(each)


async def _forget(connection: AsyncConnection, person: _Person) -> None:
    """Everything in the tables of contacts and in the audit trail."""
    changes, imported, audit = contact_changes.c, import_changes.c, audit_trail.c
    await connection.execute(delete(contact_changes).where(changes.contact_id.in_(person.ids)))
    await connection.execute(
        update(contact_changes).where(changes.other_id.in_(person.ids)).values(before=None, other_id=None)
    )
    await connection.execute(delete(import_changes).where(imported.contact_id.in_(person.ids)))
    about: list[ColumnElement[bool]] = [and_(audit.object_kind == "contact", audit.object_id.in_(person.ids))]
    exports = select(audit.audit_id, audit.after).where(audit.action == "contacts.exported", audit.after.is_not(None))
    names = words_of(person.name)
    looked_for = [
        audit_id
        for audit_id, after in await connection.execute(exports)
        if any(name.startswith(word) for word in words_of(json.loads(after).get("search") or "") for name in names)
    ]
    about.append(audit.audit_id.in_(looked_for))
    if person.words:
        # What other cards said before: a number that was this person's is no longer told there.
        await connection.execute(
            update(contact_changes).where(_holding(changes.before, person.words)).values(before=None)
        )
        await connection.execute(
            update(import_changes).where(_holding(imported.before, person.words)).values(before=None, action=KEPT)
        )
        about += [_holding(column, person.words) for column in (audit.object_name, audit.before, audit.after)]
    await connection.execute(update(audit_trail).where(or_(*about)).values(object_name=None, before=None, after=None))
    await connection.execute(delete(contacts).where(contacts.c.contact_id.in_(person.ids)))


def _holding(column: Any, words: Iterable[str]) -> ColumnElement[bool]:
    """Whether a text, or JSON, has one of these in it."""
    written = {form for word in words for form in (word, json.dumps(word, ensure_ascii=False)[1:-1])}
    return or_(*(column.contains(form, autoescape=True) for form in sorted(written)))


def _names(cells: Sequence[str], person: _Person) -> bool:
    """Whether a row of a file is about the person: by the whole name, a number in any spelling, an address."""
    name = folded(person.name)
    said = [folded(cell) for cell in cells]
    # Family name and given name may stand in columns of their own; one word alone is many people's.
    in_parts = " " in name and set(name.split()) <= {word for cell in said for word in cell.split()}
    if name in said or in_parts:
        return True
    for cell in cells:
        low, digits = cell.casefold(), re.sub(r"[^0-9]", "", cell)
        if any(word.casefold() in low for word in person.words) or any(each[-10:] in digits for each in person.own):
            return True
    return False
