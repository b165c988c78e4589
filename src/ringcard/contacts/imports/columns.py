"""What columns are called, in Russian and English, and what each means.

The names are documented in docs/howto/import-contacts.md, those that only our own exports have in
docs/reference/imports.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports import vcard
from ringcard.contacts.imports.reading import FileKind

IGNORED: Final = "ignore"
"""The meaning of a column that is left out."""
CUSTOM: Final = "custom."
"""Before the key of one of the company's own fields: the meaning of a column that holds it."""
NAMED_COMMENT: Final = "named_comment"
"""The meaning of a column that goes into the comment as `name: value`: nothing of a file is lost unasked."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "contact_id": ("ringcard id",),
    "external_id": ("id", "external id", "contact id", "код", "внешний код", "код клиента"),
    "name": ("name", "full name", "contact", "имя контакта", "фио", "контакт", "клиент", "наименование"),
    "last_name": ("last name", "surname", "фамилия"),
    "first_name": ("first name", "имя"),
    "middle_name": ("middle name", "отчество"),
    "kind": ("kind", "type", "тип", "вид"),
    "organisation": ("organisation", "organization", "company", "организация", "компания"),
    "organisation_id": ("organisation id", "organization id", "company id", "код организации", "код компании"),
    "position": ("position", "job title", "должность"),
    "phones": (
        *("phone", "phones", "mobile", "telephone", "телефон", "телефоны", "мобильный", "рабочий телефон"),
        *("mobile phone", "work phone", "phone number", "мобильный телефон", "номер телефона", "сотовый"),
    ),
    "phone_labels": ("phone labels", "phone label", "подписи телефонов", "подпись телефона"),
    "emails": ("email", "e-mail", "emails", "email address", "почта", "эл. почта", "электронная почта", "e-mails"),
    "email_labels": ("email labels", "email label", "подписи почты", "подпись почты"),
    "manager": ("manager", "менеджер", "ответственный", "персональный менеджер"),
    "deputies": ("deputies", "deputy", "заместители", "заместитель"),
    "segment": ("segment", "сегмент", "категория"),
    "tags": ("tags", "labels", "теги", "метки"),
    "vip": ("vip", "вип"),
    "city": ("city", "город"),
    "address_street": ("address", "street", "street address", "адрес", "улица", "адрес доставки"),
    "address_city": ("address city", "город адреса"),
    "address_region": ("address region", "region", "state", "область", "регион"),
    "address_postcode": ("postcode", "postal code", "zip", "zip code", "индекс", "почтовый индекс"),
    "address_country": ("country", "address country", "страна"),
    "address_label": ("address label", "address labels", "подпись адреса", "подписи адресов"),
    "own_fields": ("own fields", "свои поля"),
    "comment": ("comment", "notes", "комментарий", "примечание"),
    "order_number": ("order", "order number", "заказ", "номер заказа"),
    "order_date": ("order date", "дата заказа"),
    "order_status": ("order status", "статус заказа"),
    "order_total": ("order total", "сумма заказа"),
    "order_currency": ("order currency", "currency", "валюта", "валюта заказа"),
    "item": ("item", "product", "товар"),
    "quantity": ("quantity", "количество"),
    "price": ("price", "цена"),
}
"""What a column is called in a file, in any case; a number at the end (`Телефон 2`) makes one more of the same."""

ORDER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "external_id": COLUMNS["external_id"],
    "order_number": (*COLUMNS["order_number"], "number", "номер"),
    "order_date": (*COLUMNS["order_date"], "date", "дата"),
    "order_status": (*COLUMNS["order_status"], "status", "статус"),
    "order_total": (*COLUMNS["order_total"], "total", "сумма"),
    "order_currency": COLUMNS["order_currency"],
    "item": COLUMNS["item"],
    "quantity": COLUMNS["quantity"],
    "price": COLUMNS["price"],
}
"""The columns of a file of orders only."""

ORDER_MEANINGS: Final = frozenset(ORDER_COLUMNS) - {"external_id"}
ADDRESS: Final = {
    "address_street": "street",
    "address_city": "city",
    "address_region": "region",
    "address_postcode": "postcode",
    "address_country": "country",
    "address_label": "label",
}
"""The parts of an address, by meaning."""
SEVERAL: Final = frozenset(
    {"phones", "phone_labels", "emails", "email_labels", "deputies", "tags", "comment", *ADDRESS}
)
"""Meanings that more than one column of a file may have."""
NAMES: Final = frozenset({"name", "last_name", "first_name", "organisation"})
"""A file needs a column with one of these, or with one of `KEYS`: then it only changes cards that are there."""
KEYS: Final = frozenset({"external_id", "contact_id"})


def meaning_of(column: str, columns: Mapping[str, Sequence[str]] = COLUMNS) -> str | None:
    """What a column of this name holds, None if that is not known."""
    name = _named(column)
    for candidate in (name, re.sub(r"\s*№?\s*[0-9]+$", "", name)):
        for meaning, names in columns.items():
            if candidate in names:
                return meaning
    return None


def _named(column: str) -> str:
    return re.sub(r"[\s_]+", " ", column.strip().casefold()) if not column.startswith(CUSTOM) else column.strip()


def known(column: str) -> bool:
    """Whether a column of this name is known."""
    return meaning_of(column) is not None


def custom_of(column: str, fields: Iterable[FieldSpec]) -> str | None:
    """The meaning of a column that is called as one of the company's own fields, by label or `custom.key`."""
    name = _named(column)
    return next((CUSTOM + each.key for each in fields if name in (_named(each.label), CUSTOM + each.key)), None)


def guessed(header: Sequence[str], kind: FileKind, fields: Sequence[FieldSpec] = ()) -> list[str]:
    """A meaning for each column: of a meaning that only one column may have, the first gets it.

    A file that names nobody but has a key and orders is one of orders: there `number` is the order's.
    """
    meanings = _guessed(header, kind, fields, COLUMNS)
    if NAMES.isdisjoint(meanings) and not KEYS.isdisjoint(meanings):
        of_orders = _guessed(header, kind, fields, {**COLUMNS, **ORDER_COLUMNS})
        if "order_number" in of_orders:
            return of_orders
    return meanings


def _guessed(
    header: Sequence[str], kind: FileKind, fields: Sequence[FieldSpec], columns: Mapping[str, Sequence[str]]
) -> list[str]:
    given: set[str] = set()
    meanings: list[str] = []
    for name in header:
        if kind is FileKind.VCARD:
            meaning = vcard.COLUMNS.get(name)
        else:
            meaning = custom_of(name, fields) or meaning_of(name, columns)
        if meaning is None or (meaning in given and meaning not in SEVERAL):
            meaning = NAMED_COMMENT if name else IGNORED
        given.add(meaning)
        meanings.append(meaning)
    return meanings


def signature(header: Sequence[str]) -> str:
    """The same for files with the same columns: what a person chose for one is proposed for the next."""
    names = "\n".join(re.sub(r"\s+", " ", name.strip().casefold()) for name in header)
    return hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()[:32]


def meanings_of(fields: Iterable[FieldSpec]) -> list[str]:
    """All that a column can mean, with these own fields."""
    return [*COLUMNS, *(CUSTOM + each.key for each in fields), NAMED_COMMENT, IGNORED]


def mapping_problem(meanings: Sequence[str], width: int, fields: Iterable[FieldSpec] = ()) -> str | None:
    """What is wrong with a choice of meanings, None if nothing."""
    every = meanings_of(fields)
    if len(meanings) != width:
        return f"give one meaning for each of the {width} columns"
    for meaning in meanings:
        if meaning not in every:
            return f"there is no meaning {meaning!r}"
        if meaning not in SEVERAL | {NAMED_COMMENT, IGNORED} and meanings.count(meaning) > 1:
            return f"only one column can be {meaning}"
    if (NAMES | KEYS).isdisjoint(meanings):
        return "one column must be the name or the organisation; or a key, to change cards that are there"
    return None
