"""Contacts: everybody who is signed in may read and write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from ringcard.contacts.model import (
    Contact,
    ContactDraft,
    ContactInvalid,
    Email,
    Item,
    Kind,
    Order,
    Phone,
    contact_as_json,
    note_as_json,
)
from ringcard.numbers import NumberingPlan
from ringcard.people.permissions import Permission
from ringcard.web import shapes, wire
from ringcard.web.access import needs
from ringcard.web.rooms import Rooms
from ringcard.web.routes import Before, Limit, TheHistory, TheRooms, TheSession

Number = Annotated[str | None, QueryParameter(max_length=100, description="In any spelling.")]
Words = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="Beginnings of words of name, organisation, e-mail or order, or any part of a number.",
    ),
]

Text = Annotated[str, Meta(max_length=500)]


class PhoneInput(msgspec.Struct):
    """`number` in any spelling. `presented`, how it was once written, counts only while it is the same number."""

    number: Annotated[str, Meta(max_length=100)] | None = None
    presented: Annotated[str, Meta(max_length=100)] | None = None
    label: Text | None = None


class EmailInput(msgspec.Struct):
    email: Text
    label: Text | None = None


class ManagerInput(msgspec.Struct):
    employee_id: Annotated[str, Meta(max_length=64)] | None = None


class ItemInput(msgspec.Struct):
    name: Text
    quantity: str | int | None = None
    price: str | int | None = None


class OrderInput(msgspec.Struct):
    number: Text
    date: Annotated[str, Meta(max_length=10)] | None = None
    status: Text | None = None
    total: str | int | None = None
    currency: Text | None = None
    items: Annotated[list[ItemInput], Meta(max_length=1_000)] = []


class ContactFields(msgspec.Struct, kw_only=True):
    """What can be written of a contact. In a change, what is left out stays as it is."""

    kind: Literal["person", "organisation"] | UnsetType = UNSET
    organisation: Text | UnsetType | None = UNSET
    position: Text | UnsetType | None = UNSET
    emails: Annotated[list[EmailInput], Meta(max_length=50)] | UnsetType = UNSET
    manager: ManagerInput | UnsetType | None = UNSET
    segment: Text | UnsetType | None = UNSET
    tags: Annotated[list[Text], Meta(max_length=100)] | UnsetType = UNSET
    vip: bool | UnsetType = UNSET
    city: Text | UnsetType | None = UNSET
    comment: str | UnsetType | None = UNSET
    orders: Annotated[list[OrderInput], Meta(max_length=1_000)] | UnsetType = UNSET


class NewContact(ContactFields, kw_only=True):
    """Only a name and phones are needed. `call_id` links that call to the contact."""

    name: Annotated[str, Meta(min_length=1, max_length=500)]
    phones: Annotated[list[PhoneInput], Meta(max_length=50)] = []
    call_id: Annotated[str, Meta(max_length=200)] | None = None


class ContactChange(ContactFields, kw_only=True):
    """`version` is that of the contact as it was read."""

    version: int
    name: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = UNSET
    phones: Annotated[list[PhoneInput], Meta(max_length=50)] | UnsetType = UNSET


@get(
    "/contacts",
    opt=needs(Permission.CONTACTS_READ),
    operation_id="listContacts",
    summary="Contacts, found or newest first",
)
async def list_contacts(
    rooms: TheRooms, limit: Limit = 50, before: Before = None, number: Number = None, q: Words = None
) -> shapes.ContactPage:
    page = await rooms.contacts.search(number=number, q=q, limit=limit, before=before)
    return wire.shape(
        {
            "items": [contact_as_json(contact) for contact in page.items],
            "next": page.next,
            "matches": {found: [asdict(where) for where in places] for found, places in page.matches.items()},
            "read_as": page.read_as,
        },
        shapes.ContactPage,
    )


@post("/contacts", opt=needs(Permission.CONTACTS_WRITE), operation_id="createContact", summary="Write a new card")
async def create_contact(
    data: JSONBody[NewContact], rooms: TheRooms, history: TheHistory, session: TheSession
) -> shapes.Contact:
    """Somebody else having the same number is no error: both are found by it."""
    await history.may_link(session.employee, data.call_id)
    contact = await rooms.contacts.create(_draft(data, None, rooms.contacts.plan), call_id=data.call_id)
    _tell_desk(rooms, contact.phones)
    return wire.shape(contact_as_json(contact), shapes.Contact)


@get(
    "/contacts/{contact_id:str}", opt=needs(Permission.CONTACTS_READ), operation_id="getContact", summary="One contact"
)
async def get_contact(contact_id: FromPath[str], rooms: TheRooms) -> shapes.Contact:
    return wire.shape(contact_as_json(await rooms.contacts.get(contact_id)), shapes.Contact)


@put(
    "/contacts/{contact_id:str}",
    opt=needs(Permission.CONTACTS_WRITE),
    operation_id="changeContact",
    summary="Change a contact",
)
async def change_contact(contact_id: FromPath[str], data: JSONBody[ContactChange], rooms: TheRooms) -> shapes.Contact:
    held = await rooms.contacts.get(contact_id)
    changed = await rooms.contacts.update(contact_id, data.version, _draft(data, held, rooms.contacts.plan))
    _tell_desk(rooms, (*held.phones, *changed.phones))
    return wire.shape(contact_as_json(changed), shapes.Contact)


@post(
    "/contacts/{contact_id:str}/notes",
    opt=needs(Permission.CONTACTS_WRITE),
    operation_id="addNote",
    summary="Write a note down",
)
async def add_note(
    contact_id: FromPath[str],
    data: JSONBody[shapes.NewNote],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
) -> shapes.Note:
    await history.may_link(session.employee, data.call_id)
    note = await rooms.contacts.add_note(contact_id, data.text, session.employee.name, call_id=data.call_id)
    _tell_desk(rooms, (await rooms.contacts.get(contact_id)).phones)
    return wire.shape(note_as_json(note), shapes.Note)


@get(
    "/contacts/{contact_id:str}/calls",
    opt=needs(Permission.CONTACTS_READ),
    operation_id="listCallsOfContact",
    summary="The calls of a contact",
)
async def list_calls_of_contact(
    contact_id: FromPath[str], rooms: TheRooms, history: TheHistory, limit: Limit = 50, before: Before = None
) -> shapes.CallPage:
    """Also those of colleagues: who takes the next call has to know what was said before."""
    items, following = await history.of_contact(await rooms.contacts.get(contact_id), limit=limit, before=before)
    return wire.shape({"items": items, "next": following}, shapes.CallPage)


def _tell_desk(rooms: Rooms, phones: Iterable[Phone]) -> None:
    rooms.desk.contacts_changed({phone.number for phone in phones if phone.number})


def _draft(data: NewContact | ContactChange, held: Contact | None, plan: NumberingPlan) -> ContactDraft:
    """What is to be written: what was said, for the rest what `held` says. Raises `ContactInvalid`."""
    if data.name is UNSET and held is None:
        raise ContactInvalid("name", "a contact needs a name")
    blank = ContactDraft(name="") if held is None else _as_held(held)
    manager_id = blank.manager_id
    if data.manager is not UNSET:
        manager_id = None if data.manager is None else data.manager.employee_id
    return ContactDraft(
        name=blank.name if data.name is UNSET else data.name,
        kind=blank.kind if data.kind is UNSET else Kind(data.kind),
        organisation=blank.organisation if data.organisation is UNSET else data.organisation,
        position=blank.position if data.position is UNSET else data.position,
        phones=blank.phones if data.phones is UNSET else tuple(_phone(phone, plan) for phone in data.phones),
        emails=blank.emails if data.emails is UNSET else tuple(Email(e.email, e.label) for e in data.emails),
        manager_id=manager_id,
        segment=blank.segment if data.segment is UNSET else data.segment,
        tags=blank.tags if data.tags is UNSET else tuple(data.tags),
        vip=blank.vip if data.vip is UNSET else data.vip,
        city=blank.city if data.city is UNSET else data.city,
        comment=blank.comment if data.comment is UNSET else data.comment,
        orders=None if data.orders is UNSET else tuple(_order(order) for order in data.orders),
    )


def _as_held(held: Contact) -> ContactDraft:
    return ContactDraft(
        name=held.name,
        kind=held.kind,
        organisation=held.organisation,
        position=held.position,
        phones=held.phones,
        emails=held.emails,
        manager_id=held.manager.employee_id if held.manager else None,
        segment=held.segment,
        tags=held.tags,
        vip=held.vip,
        city=held.city,
        comment=held.comment,
    )


def _phone(phone: PhoneInput, plan: NumberingPlan) -> Phone:
    number, presented = phone.number or "", phone.presented or ""
    same = presented and (not number or plan.parse(presented) == plan.parse(number))
    return Phone(None, presented if same else number, phone.label)


def _order(order: OrderInput) -> Order:
    try:
        day = date.fromisoformat(order.date) if order.date else None
    except ValueError as error:
        raise ContactInvalid("orders", f"{order.date!r} is no date such as 2026-11-23") from error
    return Order(
        number=order.number,
        date=day,
        status=order.status,
        total=_amount(order.total),
        currency=order.currency,
        items=tuple(Item(item.name, _amount(item.quantity), _amount(item.price)) for item in order.items),
    )


def _amount(text: str | int | None) -> Decimal | None:
    if text is None or text == "":
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ContactInvalid("orders", f"{text!r} is no amount such as 84300.00") from error
