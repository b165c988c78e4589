"""Numbers that are not shown: nowhere in what goes out."""

from __future__ import annotations

from typing import Any

import pytest

from ringcard.numbers.masks import hidden, hidden_in
from ringcard.web import masking


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+74959195557", "+7 *** ***-55-57"),
        ("+442079460958", "+44 *** ***-09-58"),
        ("+35312345678", "+353 *** ***-56-78"),
        ("84959195557", "*** ***-55-57"),
        ("8 (495) 919-55-57", "*** ***-55-57"),
        ("123456", "*** ***-**-**"),
        ("", "*** ***-**-**"),
    ],
)
def test_of_a_number_the_country_and_four_digits_are_left(number: str, shown: str) -> None:
    assert hidden(number) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call back on 84959195557 please", "call back on *** ***-55-57 please"),
        ("8 (495) 919-55-57", "*** ***-55-57"),
        ("order 1042 of 2026-11-23", "order 1042 of 2026-11-23"),
        ("Anna", "Anna"),
        ("", ""),
    ],
)
def test_in_a_text_only_numbers_are_hidden(text: str, shown: str) -> None:
    assert hidden_in(text) == shown


def party(number: str | None, device: str | None = None, name: str | None = None) -> dict[str, Any]:
    return {"number": number, "presented": number, "device": device, "name": name}


def call(direction: str, caller: dict[str, Any], called: dict[str, Any]) -> dict[str, Any]:
    return {
        "direction": direction,
        "caller": caller,
        "called": called,
        "contact": {"contact_id": "1", "name": "84959195557", "organisation": None},
        "transfers": [{"to": "+74959195557", "kind": "blind"}],
        "consultations": [],
        "recordings": [{"file": "20261123-74959195557.wav", "duration_s": 1.0}],
        "anomalies": [],
    }


def test_of_a_call_the_customer_is_hidden_and_the_company_is_not() -> None:
    shown = masking.call(call("inbound", party("+74959195557", name="+74959195557"), party("+74951234567")))
    assert shown["caller"] == {
        "number": None,
        "presented": "+7 *** ***-55-57",
        "device": None,
        "name": "+7 *** ***-55-57",
    }
    assert shown["called"]["number"] == "+74951234567"
    assert "9195557" not in str(shown)
    shown = masking.call(call("outbound", party("+74951234567", "101"), party("+74959195557")))
    assert shown["caller"]["number"] == "+74951234567"
    assert "9195557" not in str(shown)


def test_a_call_from_inside_and_one_with_a_withheld_number_stay_as_they_are() -> None:
    inside = call("internal", party(None, "101"), party(None, "102"))
    assert masking.call(inside)["caller"] == inside["caller"]
    withheld = masking.call(call("inbound", party(None), party("+74951234567")))
    assert withheld["caller"]["presented"] is None


def test_of_a_card_phones_notes_and_names_are_hidden_and_orders_are_not() -> None:
    card: dict[str, Any] = {
        "contact_id": "74959195557",
        "name": "84959195557",
        "comment": "or +7 495 919-55-57",
        "phones": [{"number": "+74959195557", "presented": "84959195557", "label": "home 84959195557"}],
        "orders": [
            {"number": "10420042", "date": "2026-11-20", "total": "84300.00", "status": "paid", "items": [
                {"name": "x", "quantity": "12345", "price": "12345.00"}]},
        ],
        "notes": [{"note_id": "1", "text": "dial 84959195557", "author": "Anna", "at": "2026-11-23T09:00:00.000Z"}],
        "created_at": "2026-11-23T09:00:00.000Z",
        "version": 3,
    }  # fmt: skip
    shown = masking.contact(card)
    assert "919" not in str(shown).replace(card["contact_id"], "")
    assert shown["phones"] == [{"number": None, "presented": "+7 *** ***-55-57", "label": "home *** ***-55-57"}]
    assert shown["orders"] == card["orders"]
    assert (shown["created_at"], shown["version"]) == (card["created_at"], 3)
