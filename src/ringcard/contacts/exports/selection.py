"""Which contacts are written out, read page by page with everything that an export says of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.cards import order_of
from ringcard.contacts.model import Address, ContactDraft, Email, Kind, Order, Phone
from ringcard.contacts.tables import (
    contact_deputies,
    contact_emails,
    contact_memberships,
    contact_orders,
    contact_phones,
    contacts,
)
from ringcard.people.tables import employees
from ringcard.storage import reading

PAGE = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """A contact as it is written out: what an import could make again, its id, and the logins of who looks after it."""

    contact_id: str
    draft: ContactDraft
    manager: str | None
    deputies: tuple[str, ...] = ()


Next = Callable[[str | None], Awaitable[tuple[Sequence[str], str | None]]]
"""The ids of a page of a search, and what leads to the next one."""


async def everything(engine: AsyncEngine) -> AsyncIterator[list[Exported]]:
    """All contacts, in the order of their making: organisations first, so that an import can link people to them.

    Raises `StorageError`.
    """
    c = contacts.c
    for kind in (c.kind == Kind.ORGANISATION.value, c.kind != Kind.ORGANISATION.value):
        after = ""
        while True:
            query = select(c.contact_id).where(kind, c.contact_id > after).order_by(c.contact_id).limit(PAGE)
            async with reading(engine) as connection:
                ids = list((await connection.execute(query)).scalars())
            if not ids:
                break
            yield await of_ids(engine, ids)
            after = ids[-1]


async def found(engine: AsyncEngine, following: Next) -> AsyncIterator[list[Exported]]:
    """The contacts of a search, in its order. Raises `StorageError`."""
    before: str | None = None
    while True:
        ids, before = await following(before)
        if ids:
            yield await of_ids(engine, ids)
        if before is None:
            return


async def of_ids(engine: AsyncEngine, ids: Sequence[str]) -> list[Exported]:
    """The contacts of these ids, in their order; those that are gone are left out. Raises `StorageError`."""
    phones: dict[str, list[Phone]] = defaultdict(list)
    emails: dict[str, list[Email]] = defaultdict(list)
    orders: dict[str, list[Order]] = defaultdict(list)
    deputies: dict[str, list[tuple[str, str]]] = defaultdict(list)
    async with reading(engine) as connection:
        heads = {
            row.contact_id: row
            for row in await connection.execute(
                select(contacts, employees.c.login)
                .join(employees, employees.c.employee_id == contacts.c.manager_id, isouter=True)
                .where(contacts.c.contact_id.in_(ids))
            )
        }
        p, e, o = contact_phones.c, contact_emails.c, contact_orders.c
        for row in await connection.execute(
            select(p.contact_id, p.number, p.presented, p.label).where(p.contact_id.in_(ids)).order_by(p.place)
        ):
            phones[row.contact_id].append(Phone(row.number, row.presented, row.label))
        for mail in await connection.execute(
            select(e.contact_id, e.email, e.label).where(e.contact_id.in_(ids)).order_by(e.place)
        ):
            emails[mail.contact_id].append(Email(mail.email, mail.label))
        for bought in await connection.execute(
            select(o.contact_id, o.number, o.date, o.status, o.total, o.currency, o["items"])
            .where(o.contact_id.in_(ids))
            .order_by(o.date, o.number)
        ):
            orders[bought.contact_id].append(order_of(tuple(bought)[1:]))
        for contact_id, employee_id, login in await connection.execute(
            select(contact_deputies.c.contact_id, employees.c.employee_id, employees.c.login)
            .join(employees, employees.c.employee_id == contact_deputies.c.employee_id)
            .where(contact_deputies.c.contact_id.in_(ids))
            .order_by(contact_deputies.c.place)
        ):
            deputies[contact_id].append((employee_id, login))
        members = select(contact_memberships.c.contact_id, contact_memberships.c.organisation_id)
        organisations = {
            row.contact_id: row.organisation_id
            for row in await connection.execute(members.where(contact_memberships.c.contact_id.in_(ids)))
        }
    return [
        Exported(
            each,
            ContactDraft(
                name=head.name,
                kind=Kind(head.kind),
                organisation=head.organisation,
                position=head.position,
                phones=tuple(phones[each]),
                emails=tuple(emails[each]),
                addresses=tuple(Address(**address) for address in json.loads(head.addresses)),
                organisation_id=organisations.get(each),
                manager_id=head.manager_id,
                deputy_ids=tuple(employee_id for employee_id, _ in deputies[each]),
                custom=json.loads(head.custom),
                segment=head.segment,
                tags=tuple(json.loads(head.tags)),
                vip=bool(head.vip),
                city=head.city,
                comment=head.comment,
                external_id=head.external_id,
                orders=tuple(orders[each]),
            ),
            head.login,
            tuple(login for _, login in deputies[each]),
        )
        for each in ids
        if (head := heads.get(each)) is not None
    ]
