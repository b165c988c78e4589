"""Contacts as rows of a table: the header in both languages, and cells that are read back as they were.

A contact with orders has a row for each of their items, as an import wants it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ringcard.contacts.exports.selection import Exported
from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports.cells import guarded, joined, joined_if_several
from ringcard.contacts.imports.columns import ADDRESS, CUSTOM, custom_of, known
from ringcard.contacts.model import Item, Order, decimal_text
from ringcard.numbers import split_extension

HEADERS: Final = {
    "contact_id": ("Ringcard ID", "Ringcard ID"),
    "external_id": ("External ID", "Внешний код"),
    "kind": ("Kind", "Тип"),
    "name": ("Full name", "ФИО"),
    "organisation": ("Organisation", "Организация"),
    "organisation_id": ("Organisation ID", "Код организации"),
    "position": ("Position", "Должность"),
    "phones": ("Phones", "Телефоны"),
    "phone_labels": ("Phone labels", "Подписи телефонов"),
    "emails": ("Emails", "Почта"),
    "email_labels": ("Email labels", "Подписи почты"),
    "address_street": ("Address", "Адрес"),
    "address_city": ("Address city", "Город адреса"),
    "address_region": ("Address region", "Область"),
    "address_postcode": ("Postcode", "Индекс"),
    "address_country": ("Country", "Страна"),
    "address_label": ("Address label", "Подпись адреса"),
    "manager": ("Manager", "Менеджер"),
    "deputies": ("Deputies", "Заместители"),
    "segment": ("Segment", "Сегмент"),
    "tags": ("Tags", "Метки"),
    "vip": ("VIP", "VIP"),
    "city": ("City", "Город"),
    "comment": ("Comment", "Комментарий"),
}
"""What each column is called, in English and Russian: names that an import knows."""

ORDER_HEADERS: Final = {
    "order_number": ("Order number", "Номер заказа"),
    "order_date": ("Order date", "Дата заказа"),
    "order_status": ("Order status", "Статус заказа"),
    "order_total": ("Order total", "Сумма заказа"),
    "order_currency": ("Order currency", "Валюта заказа"),
    "item": ("Item", "Товар"),
    "quantity": ("Quantity", "Количество"),
    "price": ("Price", "Цена"),
}
_WORDS: Final = {"en": ("person", "organisation", "yes"), "ru": ("человек", "организация", "да")}


def header(language: str, *, with_orders: bool, fields: Sequence[FieldSpec] = ()) -> list[str]:
    """The names of the columns; own fields are called by their labels, where an import would know them by these."""
    names = [names[language == "ru"] for names in HEADERS.values()]
    names += [_field_header(each, fields) for each in fields]
    return names + [names[language == "ru"] for names in ORDER_HEADERS.values() if with_orders]


def _field_header(field: FieldSpec, fields: Sequence[FieldSpec]) -> str:
    is_its_own = custom_of(field.label, fields) == CUSTOM + field.key and not known(field.label)
    return field.label if is_its_own and guarded(field.label) == field.label else CUSTOM + field.key


def rows(
    exported: Exported, language: str, *, with_orders: bool, fields: Sequence[FieldSpec] = ()
) -> Iterator[list[str]]:
    """The rows of a contact."""
    draft = exported.draft
    person, organisation, yes = _WORDS["ru" if language == "ru" else "en"]
    labelled = any(phone.label for phone in draft.phones), any(email.label for email in draft.emails)
    # One plain number stays a plain number; what would be read otherwise stands in quotes.
    verbatim = any(needs_quotes(phone.presented) for phone in draft.phones)
    head = [
        exported.contact_id,
        draft.external_id or "",
        person if draft.kind == "person" else organisation,
        draft.name,
        draft.organisation or "",
        draft.organisation_id or "",
        draft.position or "",
        joined((phone.presented for phone in draft.phones), verbatim=verbatim),
        joined((phone.label or "" for phone in draft.phones), verbatim=True) if labelled[0] else "",
        joined((email.email for email in draft.emails), verbatim=False),
        joined((email.label or "" for email in draft.emails), verbatim=True) if labelled[1] else "",
        *(
            joined_if_several([getattr(address, part) or "" for address in draft.addresses or ()])
            for part in ADDRESS.values()
        ),
        exported.manager or "",
        joined(exported.deputies, verbatim=False),
        draft.segment or "",
        joined(draft.tags, verbatim=False),
        yes if draft.vip else "",
        draft.city or "",
        draft.comment or "",
        *((draft.custom or {}).get(each.key, "") for each in fields),
    ]
    if not with_orders:
        yield head
        return
    if not draft.orders:
        yield head + [""] * len(ORDER_HEADERS)
    for order in draft.orders or ():
        for item in order.items or (None,):
            yield head + _order(order, item)


def needs_quotes(presented: str) -> bool:
    """Whether a number would be read as something else than itself: with an extension, or as several."""
    return split_extension(presented)[1] is not None


def _order(order: Order, item: Item | None) -> list[str]:
    return [
        order.number,
        "" if order.date is None else order.date.isoformat(),
        order.status or "",
        decimal_text(order.total) or "",
        order.currency or "",
        "" if item is None else item.name,
        "" if item is None else decimal_text(item.quantity) or "",
        "" if item is None else decimal_text(item.price) or "",
    ]
