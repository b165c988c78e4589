"""What we know about a caller, and how it is written as JSON.

`Contact` is what is stored or what a source found; `ContactDraft` is what somebody wants written. Both are plain
values. Whatever enters through `ContactDraft.checked` can be stored and shown.

Over 400 lines: what a card is, what makes it valid and how it is written are read together.

Source: docs/reference/live-channel.md (Contact, Order, Note).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, NewType

from ringcard.calls.record import moment
from ringcard.contacts.fields import FieldInvalid, FieldSpec, values_checked
from ringcard.numbers import LONGEST_TEXT, NumberingPlan

ContactId = NewType("ContactId", str)
"""Ours, or a source's own key with the source's name before it (`odoo:7`)."""

LONGEST_NAME = 300
LONGEST_COMMENT = 20_000
LONGEST_EMAIL = 320
MOST_PHONES = 50
MOST_ADDRESSES = 20
MOST_MANAGERS = 20

_UNTYPED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class ContactsError(Exception):
    """Something about contacts; the root of the tree."""

    error_id: ClassVar[str] = "contacts"


class ContactInvalid(ContactsError):
    """A contact cannot be written as it was given. `field` names what is wrong."""

    error_id = "contact_invalid"

    def __init__(self, field_name: str, problem: str) -> None:
        super().__init__(f"{field_name}: {problem}")
        self.field = field_name
        self.problem = problem


class NoSuchContact(ContactsError):
    """There is no contact with this id."""

    error_id = "no_such_contact"


class ChangedMeanwhile(ContactsError):
    """Somebody else has changed the contact since it was read; read it again."""

    error_id = "changed_meanwhile"


class Kind(StrEnum):
    """A person, also as part of an organisation, or an organisation with no person named."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number of a contact: `number` is E.164, None if `presented`, as it was written, is no public number."""

    number: str | None
    presented: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address of a contact."""

    email: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact lives or works: lines as they are written on a parcel, without a country's own rules."""

    street: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order."""

    name: str
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `status` is the company's own word, `currency` ISO 4217."""

    number: str
    date: date | None = None
    status: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down about a contact, perhaps during a call."""

    note_id: str
    text: str
    author: str | None
    at: datetime
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """The employee who looks after a contact; `employee_id` is None if a source knows only the name."""

    employee_id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A card. Orders and notes are newest first; `version` counts up with every change of the contact itself."""

    contact_id: ContactId
    version: int
    kind: Kind
    name: str
    created_at: datetime
    updated_at: datetime
    organisation: str | None = None
    organisation_id: ContactId | None = None
    """The organisation's own card, if it has one."""
    position: str | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[Email, ...] = ()
    addresses: tuple[Address, ...] = ()
    manager: Manager | None = None
    deputies: tuple[Manager, ...] = ()
    """Who else looks after the contact, in this order."""
    segment: str | None = None
    tags: tuple[str, ...] = ()
    vip: bool = False
    city: str | None = None
    comment: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The company's own fields, by key; see `contacts.fields`."""
    orders: tuple[Order, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as somebody wants it written: everything about it but what the store itself keeps.

    Of a phone only `presented` counts, its number is parsed from it. Where a card is replaced, None leaves what is
    there of orders, addresses, deputies, own fields and `organisation_id`: not every source knows them.
    """

    name: str
    kind: Kind = Kind.PERSON
    organisation: str | None = None
    organisation_id: str | None = None
    """Empty: of no organisation that has a card."""
    position: str | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[Email, ...] = ()
    addresses: tuple[Address, ...] | None = None
    manager_id: str | None = None
    deputy_ids: tuple[str, ...] | None = None
    segment: str | None = None
    tags: tuple[str, ...] = ()
    vip: bool = False
    city: str | None = None
    comment: str | None = None
    custom: Mapping[str, str] | None = field(default=None, hash=False)
    external_id: str | None = None
    orders: tuple[Order, ...] | None = field(default=None)

    def checked(
        self, plan: NumberingPlan, fields: Iterable[FieldSpec] = (), held: Contact | None = None
    ) -> ContactDraft:
        """The draft tidied: blanks trimmed, empty texts None, phones parsed, doubles dropped.

        `fields` are the company's own; `held` is the card that the draft is to replace.

        Raises `ContactInvalid`.
        """
        name = _text("name", self.name, LONGEST_NAME)
        if name is None:
            raise ContactInvalid("name", "a contact needs a name")
        if len(self.phones) > MOST_PHONES:
            raise ContactInvalid("phones", f"at most {MOST_PHONES}")
        orders = self.orders
        if orders is not None and len({order.number for order in orders}) != len(orders):
            raise ContactInvalid("orders", "two orders have the same number")
        # Not `replace`, which takes longer than all the rest: a file of a million contacts has each of them checked.
        return ContactDraft(
            name=name,
            kind=self.kind,
            organisation=_text("organisation", self.organisation, LONGEST_NAME),
            organisation_id=self.organisation_id,
            position=_text("position", self.position, LONGEST_NAME),
            phones=_phones(self.phones, plan),
            emails=_emails(self.emails),
            addresses=None if self.addresses is None else _addresses(self.addresses),
            manager_id=self.manager_id or None,
            deputy_ids=None if self.deputy_ids is None else _deputies(self.deputy_ids, self.manager_id),
            custom=None if self.custom is None else _custom(self.custom, fields, held),
            segment=_text("segment", self.segment, 100),
            tags=tuple(dict.fromkeys(filter(None, map(str.strip, self.tags)))) if self.tags else (),
            vip=self.vip,
            city=_text("city", self.city, 200),
            comment=_text("comment", self.comment, LONGEST_COMMENT),
            external_id=_text("external_id", self.external_id, 200),
            orders=None if orders is None else tuple(order_checked(order) for order in orders),
        )


def order_checked(order: Order) -> Order:
    """The order tidied. Raises `ContactInvalid`."""
    number = _text("orders", order.number, 100)
    if number is None:
        raise ContactInvalid("orders", "an order needs a number")
    for amount in (order.total, *(value for item in order.items for value in (item.quantity, item.price))):
        if amount is not None and not _is_sum(amount):
            raise ContactInvalid("orders", f"order {number}: {amount} is no amount")
    currency = order.currency.strip().upper() if order.currency and order.currency.strip() else None
    if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
        raise ContactInvalid("orders", f"order {number}: currency {currency!r} is no ISO 4217 code such as RUB")
    return replace(order, number=number, status=_text("orders", order.status, 200), currency=currency)


def _is_sum(amount: Decimal) -> bool:
    # The exponent first: written out, 1E+999999999 is a gigabyte, and nothing else happens meanwhile.
    return amount.is_finite() and abs(amount.adjusted()) <= 32 and len(decimal_text(amount) or "") <= 32


def _text(field_name: str, value: str | None, longest: int) -> str | None:
    if value is None:
        return None
    value = (value if value.isprintable() else typed(value)).strip()
    if len(value) > longest:
        raise ContactInvalid(field_name, f"longer than {longest} characters")
    return value or None


def _phones(phones: tuple[Phone, ...], plan: NumberingPlan) -> tuple[Phone, ...]:
    tidied: dict[str, Phone] = {}
    for phone in phones:
        presented = _text("phones", phone.presented, LONGEST_TEXT)
        if presented is None:
            continue
        number = plan.parse(presented)
        if number is None and not any(map(str.isdigit, presented)):
            raise ContactInvalid("phones", f"{presented!r} is no phone number")
        if (number or presented) not in tidied:
            tidied[number or presented] = Phone(number, presented, _text("phones", phone.label, 100))
    return tuple(tidied.values())


def _emails(emails: tuple[Email, ...]) -> tuple[Email, ...]:
    tidied: dict[str, Email] = {}
    for email in emails:
        address = _text("emails", email.email, LONGEST_EMAIL)
        if address is None:
            continue
        if not _EMAIL.fullmatch(address):
            raise ContactInvalid("emails", f"{address!r} is no e-mail address")
        tidied.setdefault(address.casefold(), Email(address, _text("emails", email.label, 100)))
    return tuple(tidied.values())


def is_email(text: str) -> bool:
    """Whether this may be an e-mail address."""
    return len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(typed(text)) is not None


def _addresses(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    if len(addresses) > MOST_ADDRESSES:
        raise ContactInvalid("addresses", f"at most {MOST_ADDRESSES}")
    tidied = [
        Address(*(_text("addresses", getattr(address, name), 300) for name in Address.__slots__))
        for address in addresses
    ]
    return tuple(dict.fromkeys(address for address in tidied if replace(address, label=None) != Address()))


def _deputies(ids: tuple[str, ...], manager_id: str | None) -> tuple[str, ...]:
    deputies = tuple(dict.fromkeys(each for each in ids if each and each != manager_id))
    if len(deputies) > MOST_MANAGERS:
        raise ContactInvalid("deputies", f"at most {MOST_MANAGERS}")
    return deputies


def _custom(values: Mapping[str, str], fields: Iterable[FieldSpec], held: Contact | None) -> dict[str, str]:
    try:
        return values_checked(
            {key: typed(value) for key, value in values.items()}, fields, None if held is None else held.custom
        )
    except FieldInvalid as error:
        raise ContactInvalid(f"custom.{error.key[:40]}", str(error)) from error


def typed(text: str) -> str:
    """Without what nobody types and databases choke on: control characters (a NUL ends a text early) and the lone
    surrogates that JSON's escapes can carry, which have no UTF-8.
    """
    return text if text.isprintable() else _UNTYPED.sub("", text)


def folded(text: str) -> str:
    """Text as a search compares it: case and ё do not matter."""
    return " ".join(typed(text).casefold().replace("ё", "е").split())


def decimal_text(amount: Decimal | None) -> str | None:
    """A decimal as JSON and the database have it: never with an exponent."""
    return None if amount is None else format(amount, "f")


def order_as_json(order: Order) -> dict[str, Any]:
    """`Order` of the contract."""
    return {
        "number": order.number,
        "date": order.date.isoformat() if order.date else None,
        "status": order.status,
        "total": decimal_text(order.total),
        "currency": order.currency,
        "items": [
            {"name": item.name, "quantity": decimal_text(item.quantity), "price": decimal_text(item.price)}
            for item in order.items
        ],
    }


def note_as_json(note: Note) -> dict[str, Any]:
    """`Note` of the contract."""
    return {
        "note_id": note.note_id,
        "text": note.text,
        "author": note.author,
        "at": moment(note.at),
        "call_id": note.call_id,
    }


def address_as_json(address: Address) -> dict[str, Any]:
    """`Address` of the contract."""
    return {name: getattr(address, name) for name in Address.__slots__}


def contact_as_json(contact: Contact) -> dict[str, Any]:
    """`Contact` of the contract."""
    manager = contact.manager
    return {
        "contact_id": contact.contact_id,
        "version": contact.version,
        "kind": contact.kind.value,
        "name": contact.name,
        "organisation": contact.organisation,
        "organisation_id": contact.organisation_id,
        "position": contact.position,
        "phones": [
            {"number": phone.number, "presented": phone.presented, "label": phone.label} for phone in contact.phones
        ],
        "emails": [{"email": email.email, "label": email.label} for email in contact.emails],
        "addresses": [address_as_json(address) for address in contact.addresses],
        "manager": {"employee_id": manager.employee_id, "name": manager.name} if manager else None,
        "deputies": [{"employee_id": each.employee_id, "name": each.name} for each in contact.deputies],
        "segment": contact.segment,
        "tags": list(contact.tags),
        "vip": contact.vip,
        "city": contact.city,
        "comment": contact.comment,
        "custom": dict(contact.custom),
        "orders": [order_as_json(order) for order in contact.orders],
        "notes": [note_as_json(note) for note in contact.notes],
        "created_at": moment(contact.created_at),
        "updated_at": moment(contact.updated_at),
    }


def contact_summary_as_json(contact: Contact) -> dict[str, Any]:
    """`{contact_id, name, organisation}`, as other objects of the contract mention a contact."""
    return {"contact_id": contact.contact_id, "name": contact.name, "organisation": contact.organisation}
