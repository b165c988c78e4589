"""What columns are called, in Russian and English, and what each means.

The names are documented in docs/howto/import-contacts.md, those that only our own exports have in
docs/reference/imports.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from ringcard.contacts.imports import vcard
from ringcard.contacts.imports.reading import FileKind

IGNORED: Final = "ignore"
"""The meaning of a column that is left out."""
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
    "position": ("position", "job title", "должность"),
    "phones": (
        *("phone", "phones", "mobile", "telephone", "телефон", "телефоны", "мобильный", "рабочий телефон"),
        *("mobile phone", "work phone", "phone number", "мобильный телефон", "номер телефона", "сотовый"),
    ),
    "phone_labels": ("phone labels", "phone label", "подписи телефонов", "подпись телефона"),
    "emails": ("email", "e-mail", "emails", "email address", "почта", "эл. почта", "электронная почта", "e-mails"),
    "email_labels": ("email labels", "email label", "подписи почты", "подпись почты"),
    "manager": ("manager", "менеджер", "ответственный", "персональный менеджер"),
    "segment": ("segment", "сегмент", "категория"),
    "tags": ("tags", "labels", "теги", "метки"),
    "vip": ("vip", "вип"),
    "city": ("city", "город"),
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
SEVERAL: Final = frozenset({"phones", "phone_labels", "emails", "email_labels", "tags", "comment"})
"""Meanings that more than one column of a file may have."""
MEANINGS: Final = (*COLUMNS, NAMED_COMMENT, IGNORED)
NAMES: Final = frozenset({"name", "last_name", "first_name", "organisation"})
"""A file needs a column with one of these."""


def meaning_of(column: str, columns: Mapping[str, Sequence[str]] = COLUMNS) -> str | None:
    """What a column of this name holds, None if that is not known."""
    name = re.sub(r"[\s_]+", " ", column.strip().casefold())
    for candidate in (name, re.sub(r"\s*№?\s*[0-9]+$", "", name)):
        for meaning, names in columns.items():
            if candidate in names:
                return meaning
    return None


def known(column: str) -> bool:
    """Whether a column of this name is known."""
    return meaning_of(column) is not None


def guessed(header: Sequence[str], kind: FileKind) -> list[str]:
    """A meaning for each column: of a meaning that only one column may have, the first gets it."""
    given: set[str] = set()
    meanings: list[str] = []
    for name in header:
        meaning = vcard.COLUMNS.get(name) if kind is FileKind.VCARD else meaning_of(name)
        if meaning is None or (meaning in given and meaning not in SEVERAL):
            meaning = NAMED_COMMENT if name else IGNORED
        given.add(meaning)
        meanings.append(meaning)
    return meanings


def signature(header: Sequence[str]) -> str:
    """The same for files with the same columns: what a person chose for one is proposed for the next."""
    names = "\n".join(re.sub(r"\s+", " ", name.strip().casefold()) for name in header)
    return hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()[:32]


def mapping_problem(meanings: Sequence[str], width: int) -> str | None:
    """What is wrong with a choice of meanings, None if nothing."""
    if len(meanings) != width:
        return f"give one meaning for each of the {width} columns"
    for meaning in meanings:
        if meaning not in MEANINGS:
            return f"there is no meaning {meaning!r}"
        if meaning not in SEVERAL and meaning in COLUMNS and meanings.count(meaning) > 1:
            return f"only one column can be {meaning}"
    if not NAMES & set(meanings):
        return "one column must be the name or the organisation"
    return None
