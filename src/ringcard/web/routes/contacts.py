"""Contacts, as far as the role of whoever asks reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from ringcard.contacts.model import (
    Address,
    Contact,
    ContactDraft,
    ContactInvalid,
    Email,
    Item,
    Kind,
    Order,
    Phone,
    contact_as_json,
    folded,
    note_as_json,
)
from ringcard.contacts.store import Page
from ringcard.numbers import NumberingPlan
from ringcard.numbers.masks import hidden_in
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import masking, shapes, wire
from ringcard.web.access import needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import Before, Limit, TheActor, TheHistory, TheRooms, TheSession, TheSight
from ringcard.web.routes.curation import author_of

Number = Annotated[str | None, QueryParameter(max_length=100, description="In any spelling.")]
Words = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="Beginnings of words of name, organisation, e-mail, order or own fields, or any part of a number.",
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


class AddressInput(msgspec.Struct):
    street: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postcode: Text | None = None
    country: Text | None = None
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
    organisation_id: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET
    emails: Annotated[list[EmailInput], Meta(max_length=50)] | UnsetType = UNSET
    addresses: Annotated[list[AddressInput], Meta(max_length=20)] | UnsetType = UNSET
    deputies: Annotated[list[ManagerInput], Meta(max_length=20)] | UnsetType = UNSET
    custom: Annotated[dict[str, str], Meta(max_length=200)] | UnsetType = UNSET
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
    call_id: Annotated[str, Meta(max_length=64)] | None = None


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
    rooms: TheRooms, sight: TheSight, limit: Limit = 50, before: Before = None, number: Number = None, q: Words = None
) -> shapes.ContactPage:
    """Those of the managers whose cards one's role shows. Who does not see numbers finds by whole ones only."""
    page = await _found(rooms, sight, limit, before, number, q)
    shown = {contact.contact_id for contact in page.items}
    return wire.shape(
        {
            "items": [_shown(contact, sight) for contact in page.items],
            "next": page.next,
            "matches": {
                found: [asdict(where) for where in places if _may_be_told(where.text, sight)]
                for found, places in page.matches.items()
                if found in shown
            },
            "read_as": page.read_as,
        },
        shapes.ContactPage,
    )


@post("/contacts", opt=needs(Permission.CONTACTS_WRITE), operation_id="createContact", summary="Write a new card")
async def create_contact(
    data: JSONBody[NewContact], rooms: TheRooms, history: TheHistory, sight: TheSight, actor: TheActor
) -> shapes.Contact:
    """Somebody else having the same number is no error: both are found by it."""
    await history.may_link(sight, data.call_id)
    draft = _draft(data, None, rooms.contacts.plan, sight)
    if draft.manager_id is None and sight.cards is not None:
        # Whoever sees only some managers' cards would not find again what they have just written.
        draft = replace(draft, manager_id=sight.employee_id)
    contact = await rooms.contacts.create(draft, call_id=data.call_id, by=author_of(actor))
    _tell_desk(rooms, contact.phones)
    return wire.shape(_shown(contact, sight), shapes.Contact)


@get(
    "/contacts/{contact_id:str}", opt=needs(Permission.CONTACTS_READ), operation_id="getContact", summary="One contact"
)
async def get_contact(
    contact_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight
) -> shapes.Contact:
    """One that went into another card answers with that one: old links lead there."""
    contact_id = await rooms.curation.gone_into(contact_id) or contact_id
    return wire.shape(_shown(await history.card(sight, contact_id), sight), shapes.Contact)


@put(
    "/contacts/{contact_id:str}",
    opt=needs(Permission.CONTACTS_WRITE),
    operation_id="changeContact",
    summary="Change a contact",
)
async def change_contact(
    contact_id: FromPath[str],
    data: JSONBody[ContactChange],
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    actor: TheActor,
) -> shapes.Contact:
    """A phone that comes as it was shown, masked, stays what it is."""
    held = await history.card(sight, contact_id)
    draft = _draft(data, held, rooms.contacts.plan, sight)
    changed = await rooms.contacts.update(contact_id, data.version, draft, by=author_of(actor))
    _tell_desk(rooms, (*held.phones, *changed.phones))
    return wire.shape(_shown(changed, sight), shapes.Contact)


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
    sight: TheSight,
) -> shapes.Note:
    await history.card(sight, contact_id)
    await history.may_link(sight, data.call_id)
    note = await rooms.contacts.add_note(contact_id, data.text, session.employee.name, call_id=data.call_id)
    _tell_desk(rooms, (await rooms.contacts.get(contact_id)).phones)
    return wire.shape(masking.for_sight(sight, masking.note, note_as_json(note)), shapes.Note)


@delete(
    "/contacts/{contact_id:str}/notes/{note_id:str}",
    opt=needs(Permission.CONTACTS_WRITE),
    operation_id="removeNote",
    summary="Take back a note of one's own",
)
async def remove_note(
    contact_id: FromPath[str],
    note_id: FromPath[str],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
    actor: TheActor,
) -> None:
    held = await history.card(sight, contact_id)
    if not await rooms.contacts.remove_note(contact_id, note_id, session.employee.name):
        raise Refusal("not_found", "There is no note of yours with this id on this card.")
    await rooms.audit.note("contact.note_removed", by=actor, kind="contact", key=contact_id, name=held.name)
    _tell_desk(rooms, held.phones)


@get(
    "/contacts/{contact_id:str}/calls",
    opt=needs(Permission.CONTACTS_READ),
    operation_id="listCallsOfContact",
    summary="The calls of a contact",
)
async def list_calls_of_contact(
    contact_id: FromPath[str], history: TheHistory, sight: TheSight, limit: Limit = 50, before: Before = None
) -> shapes.CallPage:
    """Those that one's role shows, as in `/calls`. What a colleague talked is told in short by the pop."""
    contact = await history.card(sight, contact_id)
    items, following = await history.of_contact(sight, contact, limit=limit, before=before)
    items = [masking.for_sight(sight, masking.call, item) for item in items]
    return wire.shape({"items": items, "next": following}, shapes.CallPage)


async def _found(rooms: Rooms, sight: Sight, limit: int, before: str | None, number: str | None, q: str | None) -> Page:
    """A page of what was looked for.

    Where numbers are masked, what was found by a part of a number is left out: by asking for one digit after the other
    it would be told whole.
    """
    by_part = q is not None and sight.numbers_masked and any(digit in q for digit in "0123456789")
    if by_part and q is not None and number is None and rooms.contacts.plan.parse(q):
        number, q, by_part = q, None, False
    page = await rooms.contacts.search(number=number, q=q, limit=limit, before=before, managers=sight.cards)
    return replace(page, items=tuple(c for c in page.items if _says(c, q or ""))) if by_part else page


def _may_be_told(text: str, sight: Sight) -> bool:
    return not sight.numbers_masked or hidden_in(text) == text


def _says(contact: Contact, q: str) -> bool:
    """Whether the words stand in the card beside its phones."""
    told = masking.contact(contact_as_json(contact))
    text = folded(" ".join(str(told[name] or "") for name in ("name", "organisation", "position", "city", "comment")))
    text += folded(" ".join(each["email"] for each in told["emails"]))
    text += folded(" ".join(each["number"] for each in told["orders"]))
    text += folded(" ".join(told["custom"].values()))
    return all(word in text for word in folded(q).split())


def _shown(contact: Contact, sight: Sight) -> dict[str, Any]:
    return masking.for_sight(sight, masking.contact, contact_as_json(contact))


def _tell_desk(rooms: Rooms, phones: Iterable[Phone]) -> None:
    rooms.desk.contacts_changed({phone.number for phone in phones if phone.number})


def _draft(data: NewContact | ContactChange, held: Contact | None, plan: NumberingPlan, sight: Sight) -> ContactDraft:
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
        phones=blank.phones if data.phones is UNSET else _phones(data.phones, held, plan, sight),
        emails=blank.emails if data.emails is UNSET else tuple(Email(e.email, e.label) for e in data.emails),
        manager_id=manager_id,
        segment=blank.segment if data.segment is UNSET else data.segment,
        tags=blank.tags if data.tags is UNSET else tuple(data.tags),
        vip=blank.vip if data.vip is UNSET else data.vip,
        city=blank.city if data.city is UNSET else data.city,
        comment=blank.comment if data.comment is UNSET else data.comment,
        organisation_id=None if data.organisation_id is UNSET else data.organisation_id or "",
        addresses=None if data.addresses is UNSET else tuple(map(_address, data.addresses)),
        deputy_ids=None if data.deputies is UNSET else tuple(each.employee_id or "" for each in data.deputies),
        custom=None if data.custom is UNSET else data.custom,
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


def _phones(given: list[PhoneInput], held: Contact | None, plan: NumberingPlan, sight: Sight) -> tuple[Phone, ...]:
    if held is None or not sight.numbers_masked:
        return tuple(_phone(phone, plan) for phone in given)
    # Two phones may look the same masked: they are taken in the order in which they stand.
    masked = list(zip(held.phones, masking.contact(contact_as_json(held))["phones"], strict=True))
    phones: list[Phone] = []
    for phone in given:
        same = next((pair for pair in masked if pair[1]["presented"] in (phone.presented, phone.number)), None)
        if same is None:
            phones.append(_phone(phone, plan))
        else:
            masked.remove(same)
            phones.append(replace(same[0], label=phone.label))
    return tuple(phones)


def _phone(phone: PhoneInput, plan: NumberingPlan) -> Phone:
    number, presented = phone.number or "", phone.presented or ""
    same = presented and (not number or plan.parse(presented) == plan.parse(number))
    return Phone(None, presented if same else number, phone.label)


def _address(address: AddressInput) -> Address:
    return Address(**msgspec.structs.asdict(address))


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
