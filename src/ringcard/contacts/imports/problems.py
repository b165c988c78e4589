"""Why a row was not taken: stable reasons, and how each is said in both languages.

The reasons are listed in docs/reference/imports.md; a test holds the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LANGUAGES: Final = ("en", "ru")
LONGEST_VALUE_TOLD: Final = 200


class Reason(StrEnum):
    """Stable names of what can be wrong with a row."""

    QUOTE_NOT_CLOSED = "quote_not_closed"
    NOT_IN_THIS_ENCODING = "not_in_this_encoding"
    TOO_MANY_CELLS = "too_many_cells"
    CARD_BROKEN = "card_broken"
    NAME_MISSING = "name_missing"
    PHONE_INVALID = "phone_invalid"
    EMAIL_INVALID = "email_invalid"
    KIND_UNKNOWN = "kind_unknown"
    YES_OR_NO = "yes_or_no"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    ORDER_WITHOUT_NUMBER = "order_without_number"
    ORDER_DIFFERS = "order_differs"
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_AMBIGUOUS = "amount_ambiguous"
    CURRENCY_INVALID = "currency_invalid"
    DATE_INVALID = "date_invalid"
    DIFFERS_FROM_ROW = "differs_from_row"
    SEVERAL_MATCHES = "several_matches"
    EXTERNAL_ID_TAKEN = "external_id_taken"
    KEY_MISSING = "key_missing"
    NO_SUCH_CARD = "no_such_card"
    CARD_MERGED = "card_merged"
    FIELD_INVALID = "field_invalid"
    CONTACT_INVALID = "contact_invalid"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with the whole row if `column` is empty."""

    row: int
    column: str
    value: str
    reason: Reason
    detail: str = ""

    def told(self, language: str) -> str:
        """One sentence: what is wrong and what to do."""
        texts = _TEXTS[self.reason]
        detail = self.detail
        if language == "ru" and self.reason is Reason.CONTACT_INVALID:
            detail = _in_russian(detail)
        return texts.get(language, texts["en"]).format(value=self.value, detail=detail)


_DETAILS: Final = (
    (r"a contact needs a name", "нужно имя"),
    (r"at most (\d+)", r"не больше \1"),
    (r"longer than (\d+) characters", r"длиннее \1 символов"),
    (r"two orders have the same number", "у двух заказов один номер"),
    (r"an order needs a number", "у заказа нет номера"),
    (r"order (.+): (.+) is no amount", r"заказ \1: \2 — не сумма"),
    (r"order (.+): currency (.+) is no ISO 4217 code such as RUB", r"заказ \1: \2 — не код валюты, как RUB"),
    (r"(.+) is no phone number", r"\1 — не номер телефона"),
    (r"(.+) is no e-mail address", r"\1 — не адрес почты"),
)
"""What `model.ContactDraft.tidied` says of a contact, and the same in Russian."""


def _in_russian(detail: str) -> str:
    for english, russian in _DETAILS:
        found = re.fullmatch(english, detail, re.DOTALL)
        if found:
            return found.expand(russian)
    return "одно из полей не подходит"


_TEXTS: Final[Mapping[Reason, Mapping[str, str]]] = {
    Reason.QUOTE_NOT_CLOSED: {
        "en": "A quote is opened in this line and never closed.",
        "ru": "В этой строке кавычка открыта и не закрыта.",
    },
    Reason.NOT_IN_THIS_ENCODING: {
        "en": "The line has bytes that do not belong to the chosen encoding: choose another one.",
        "ru": "В строке есть байты, которых нет в выбранной кодировке: выберите другую.",
    },
    Reason.TOO_MANY_CELLS: {
        "en": "There are more cells than columns ({detail}): put cells that hold the separator in quotes.",
        "ru": "Ячеек больше, чем столбцов ({detail}): возьмите в кавычки ячейки, где встречается разделитель.",
    },
    Reason.CARD_BROKEN: {
        "en": "The card is cut off or has lines that are no properties.",
        "ru": "Карточка обрывается или содержит строки, которые не читаются.",
    },
    Reason.NAME_MISSING: {
        "en": "There is neither a name nor an organisation.",
        "ru": "Нет ни имени, ни организации.",
    },
    Reason.PHONE_INVALID: {
        "en": "“{value}” is no phone number.",
        "ru": "«{value}» — не номер телефона.",
    },
    Reason.EMAIL_INVALID: {
        "en": "“{value}” is no e-mail address.",
        "ru": "«{value}» — не адрес почты.",
    },
    Reason.KIND_UNKNOWN: {
        "en": "“{value}” is no kind of contact: write person or organisation.",
        "ru": "«{value}» — не тип контакта: напишите «человек» или «организация».",
    },
    Reason.YES_OR_NO: {
        "en": "“{value}”: write yes or no.",
        "ru": "«{value}»: напишите «да» или «нет».",
    },
    Reason.TOO_LONG: {
        "en": "Longer than {detail} characters.",
        "ru": "Длиннее {detail} символов.",
    },
    Reason.TOO_MANY: {
        "en": "More than {detail} values.",
        "ru": "Значений больше {detail}.",
    },
    Reason.ORDER_WITHOUT_NUMBER: {
        "en": "An order without a number: fill the column of the order's number.",
        "ru": "Заказ без номера: заполните столбец с номером заказа.",
    },
    Reason.ORDER_DIFFERS: {
        "en": "Order {value} was given before with another date, status or sum.",
        "ru": "Заказ {value} уже встречался с другой датой, статусом или суммой.",
    },
    Reason.AMOUNT_INVALID: {
        "en": "“{value}” is no sum: write it as 84300.50.",
        "ru": "«{value}» — не сумма: напишите, например, 84300,50.",
    },
    Reason.AMOUNT_AMBIGUOUS: {
        "en": "“{value}” can mean two sums: {detail}.",
        "ru": "«{value}» можно понять двояко: {detail}.",
    },
    Reason.CURRENCY_INVALID: {
        "en": "“{value}” is no currency: write its three letters, as RUB.",
        "ru": "«{value}» — не валюта: напишите три буквы, например RUB.",
    },
    Reason.DATE_INVALID: {
        "en": "“{value}” is no date: write 2026-11-19 or 19.11.2026.",
        "ru": "«{value}» — не дата: напишите 19.11.2026 или 2026-11-19.",
    },
    Reason.DIFFERS_FROM_ROW: {
        "en": "Row {detail} is the same contact and says otherwise: correct one of them.",
        "ru": "Строка {detail} — тот же контакт, но с другими данными: исправьте одну из них.",
    },
    Reason.SEVERAL_MATCHES: {
        "en": "Several cards fit this row: it is not clear which is meant.",
        "ru": "Строке подходит несколько карточек: неясно, какая имеется в виду.",
    },
    Reason.EXTERNAL_ID_TAKEN: {
        "en": "There is a card with the external id “{value}” already.",
        "ru": "Карточка с внешним кодом «{value}» уже есть.",
    },
    Reason.KEY_MISSING: {
        "en": "Neither name nor key: the row does not say whose card it is.",
        "ru": "Нет ни имени, ни кода: неясно, чья это карточка.",
    },
    Reason.NO_SUCH_CARD: {
        "en": "There is no card with the key “{value}”: import it first, with its name.",
        "ru": "Карточки с кодом «{value}» нет: сначала загрузите её, с именем.",
    },
    Reason.CARD_MERGED: {
        "en": "The card of this row has gone into another one ({detail}): correct that one, or undo the merge first.",
        "ru": "Карточка этой строки объединена с другой ({detail}): исправьте её или сначала отмените объединение.",
    },
    Reason.FIELD_INVALID: {
        "en": "“{value}” does not fit this field; it takes: {detail}.",
        "ru": "«{value}» не подходит этому полю; оно принимает: {detail}.",
    },
    Reason.CONTACT_INVALID: {
        "en": "The contact cannot be kept like this: {detail}.",
        "ru": "Контакт нельзя сохранить в таком виде: {detail}.",
    },
}
