"""Which cards a batch of drafts is about: found by a few queries for all of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.contacts.changes import ChangeKind
from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.model import Key
from ringcard.contacts.model import ContactDraft, Kind, folded
from ringcard.contacts.rows import Row
from ringcard.contacts.tables import (
    contact_changes,
    contact_deputies,
    contact_emails,
    contact_memberships,
    contact_phones,
    contacts,
)
from ringcard.storage.bulk import among
from ringcard.storage.schema import new_ids

_ID = re.compile(r"[0-9a-f]{26}")

_AT_ONCE = 5_000
"""Values in one IN list; SQLite takes 32,766, PostgreSQL 65,535."""

MOST_OWNERS = 50
"""A number or address of more cards than that says nothing about who is meant."""


def keys_of(entry: Entry, match_by: Sequence[Key]) -> Iterator[tuple[str, ...]]:
    """By what an entry is the same as another one of its file."""
    draft = entry.draft
    assert draft is not None
    if entry.contact_id is not None:
        yield ("id", entry.contact_id)
    if draft.external_id is not None:
        # Unique in the store, whatever is matched by; and another key is another contact, whoever shares a number.
        yield ("external_id", draft.external_id)
        return
    numbers, emails = _numbers(draft), _emails(draft)
    if "name" in match_by:
        name = folded(draft.name)
        yield from (("name", name, number) for number in numbers)
        yield from (("name", name, email) for email in emails)
    if "number" in match_by:
        yield from (("number", number) for number in numbers)
    if "email" in match_by:
        yield from (("email", email) for email in emails)


class Held:
    """What the store holds of the contacts that a batch might mean."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.phones: dict[str, list[Row]] = defaultdict(list)
        self.emails: dict[str, list[Row]] = defaultdict(list)
        self.deputies: dict[str, list[Row]] = defaultdict(list)
        self.organisations: dict[str, str] = {}
        """The organisation's own card, by contact."""
        self.gone: dict[str, str] = {}
        """Cards that were asked for by their id and have gone into another one: its id."""
        self._by_external_id: dict[str, str] = {}
        self._by_number: dict[str, list[str]] = defaultdict(list)
        self._by_email: dict[str, list[str]] = defaultdict(list)

    @classmethod
    async def found(cls, connection: AsyncConnection, entries: Sequence[Entry], match_by: Sequence[Key]) -> Held:
        """Look for everything at once; on PostgreSQL the rows are locked until the transaction ends."""
        held = cls()
        drafts = [entry.draft for entry in entries if entry.draft is not None]
        ids = {entry.contact_id for entry in entries if entry.contact_id is not None}
        external_ids = {draft.external_id for draft in drafts if draft.external_id is not None}
        for part in _parts(external_ids):
            query = select(contacts.c.contact_id).where(among(connection, contacts.c.external_id, part))
            ids |= set((await connection.execute(query)).scalars())
        if not {"name", "number"}.isdisjoint(match_by):
            for part in _parts({number for draft in drafts for number in _numbers(draft)}):
                query_phones = select(contact_phones.c.number, contact_phones.c.contact_id).where(
                    among(connection, contact_phones.c.number, part)
                )
                for number, contact_id in await connection.execute(query_phones):
                    held._by_number[number].append(contact_id)
        if not {"name", "email"}.isdisjoint(match_by):
            lower = func.lower(contact_emails.c.email)
            for part in _parts({email for draft in drafts for email in _emails(draft)}):
                query_emails = select(lower, contact_emails.c.contact_id).where(among(connection, lower, part))
                for email, contact_id in await connection.execute(query_emails):
                    held._by_email[email].append(contact_id)
        for owners in (*held._by_number.values(), *held._by_email.values()):
            ids |= set(owners[:MOST_OWNERS])
        await held._fetch(connection, ids)
        missing = {entry.contact_id for entry in entries if entry.contact_id is not None} - held.rows.keys()
        for part in _parts(missing):
            merges = select(contact_changes.c.contact_id, contact_changes.c.other_id).where(
                contact_changes.c.contact_id.in_(part),
                contact_changes.c.kind == ChangeKind.MERGED_INTO.value,
                contact_changes.c.undone_at.is_(None),
            )
            for contact_id, other_id in await connection.execute(merges):
                held.gone[contact_id] = other_id
        return held

    def of(self, entry: Entry, match_by: Sequence[Key]) -> list[str]:
        """The contacts that an entry may mean: none, the one, or several."""
        draft = entry.draft
        assert draft is not None
        if entry.contact_id in self.rows:
            return [entry.contact_id]
        by_external_id = self._by_external_id.get(draft.external_id or "")
        if by_external_id is not None:
            return [by_external_id]
        if not self._by_number and not self._by_email:
            return []
        name = folded(draft.name)
        owners: dict[str, bool] = {}
        for key, index, values in (
            ("number", self._by_number, _numbers(draft)),
            ("email", self._by_email, _emails(draft)),
        ):
            for value in values:
                for contact_id in index.get(value, ())[:MOST_OWNERS]:
                    row = self.rows[contact_id]
                    if draft.external_id is not None and row["external_id"] is not None:
                        continue  # a card of another key is another card
                    same_name = folded(row["name"]) == name
                    if key in match_by or ("name" in match_by and same_name):
                        owners[contact_id] = same_name
        namesakes = [contact_id for contact_id, same_name in owners.items() if same_name]
        return namesakes if len(namesakes) == 1 else list(owners)

    def has_external_id(self, external_id: str | None) -> bool:
        """Whether some contact has it."""
        return external_id in self._by_external_id

    async def _fetch(self, connection: AsyncConnection, ids: Iterable[str]) -> None:
        for part in _parts(ids):
            query = select(contacts).where(among(connection, contacts.c.contact_id, part)).with_for_update()
            for row in (await connection.execute(query)).mappings():
                self.rows[row["contact_id"]] = dict(row)
                if row["external_id"] is not None:
                    self._by_external_id[row["external_id"]] = row["contact_id"]
            for table, lists in (
                (contact_phones, self.phones),
                (contact_emails, self.emails),
                (contact_deputies, self.deputies),
            ):
                list_query = (
                    select(table)
                    .where(among(connection, table.c.contact_id, part))
                    .order_by(table.c.contact_id, table.c.place)
                )
                for row in (await connection.execute(list_query)).mappings():
                    lists[row["contact_id"]].append(dict(row))
            members = select(contact_memberships).where(among(connection, contact_memberships.c.contact_id, part))
            for contact_id, organisation_id in await connection.execute(members):
                self.organisations[contact_id] = organisation_id


def ids_for(entries: Sequence[Entry], now: datetime) -> dict[int, str]:
    """The ids of cards made of these entries, by row: those of an export, so that a store that is filled again has the
    same.
    """
    fresh = iter(new_ids(now, len(entries)))
    return {
        entry.row: entry.contact_id if entry.contact_id and _ID.fullmatch(entry.contact_id) else next(fresh)
        for entry in entries
    }


class Organisations:
    """The cards that people of a batch say they belong to: those that are there, and those of the batch itself."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        """The cards, by external id and by id."""

    @classmethod
    async def found(
        cls,
        connection: AsyncConnection,
        entries: Sequence[Entry],
        held: Held,
        match_by: Sequence[Key],
        ids: Mapping[int, str],
    ) -> Organisations:
        """`ids` are those that the entries' cards get if they are new, by row."""
        organisations = cls()
        for part in _parts({entry.organisation_key for entry in entries if entry.organisation_key}):
            c = contacts.c
            query = select(c.contact_id, c.external_id).where(
                c.kind == Kind.ORGANISATION.value, or_(c.contact_id.in_(part), c.external_id.in_(part))
            )
            for contact_id, external_id in await connection.execute(query):
                organisations.keys |= {contact_id: contact_id} | ({external_id: contact_id} if external_id else {})
        for entry in entries:
            if entry.draft is None or entry.draft.kind is not Kind.ORGANISATION or entry.must_exist:
                continue
            of_entry = held.of(entry, match_by)
            if len(of_entry) <= 1:
                contact_id = of_entry[0] if of_entry else ids[entry.row]
                for key in (entry.contact_id, entry.draft.external_id):
                    if key:
                        organisations.keys.setdefault(key, contact_id)
        return organisations

    def of(self, key: str, contact_id: str) -> str | None:
        """The card with this key, for a card with this id: none is part of itself. Empty for an empty key."""
        found = self.keys.get(key) if key else ""
        return None if found == contact_id else found


def _numbers(draft: ContactDraft) -> list[str]:
    return [phone.number for phone in draft.phones if phone.number is not None]


def _emails(draft: ContactDraft) -> list[str]:
    return [email.email.lower() for email in draft.emails]


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for place in range(0, len(ordered), _AT_ONCE):
        yield ordered[place : place + _AT_ONCE]
