"""Where a number is at home: what the library says, out of a table of 3 MB."""

import random

import phonenumbers
import pytest
from phonenumbers import NumberParseException, geocoder

from ringcard.numbers import PlaceTable, packed_places

COUNTRIES = (
    "7",
    "7",
    "7",
    "49",
    "1",
    "44",
    "54",
    "39",
    "52",
    "380",
    "375",
    "998",
    "86",
    "33",
    "81",
    "55",
    "599",
    "262",
)


@pytest.fixture(scope="module")
def english() -> PlaceTable:
    return PlaceTable(packed_places("en"))


@pytest.fixture(scope="module")
def russian() -> PlaceTable:
    return PlaceTable(packed_places("ru"))


def test_the_town_is_told_in_the_language_of_the_table(english: PlaceTable, russian: PlaceTable) -> None:
    assert english.place("+74959195557") == "Moscow"
    assert russian.place("+74959195557") == "Москва"
    assert russian.place("+78121234567") == "Санкт-Петербург"


def test_without_a_town_the_country_is_told(english: PlaceTable) -> None:
    assert english.place("+442079460958") == "London"
    assert english.place("+79161234567") == "Russia"
    assert english.place("101") is None
    assert english.place("+99999999999") is None


def test_it_says_what_the_library_says(russian: PlaceTable) -> None:
    draw = random.Random(5)
    compared = 0
    for _ in range(3_000):
        e164 = "+" + draw.choice(COUNTRIES) + "".join(draw.choices("0123456789", k=draw.randint(7, 11)))
        try:
            number = phonenumbers.parse(e164)
        except NumberParseException:
            continue
        if len(e164) > 16 or e164.startswith(("+7495", "+7499")):
            continue
        compared += 1
        assert russian.place(e164) == (geocoder.description_for_number(number, "ru").removeprefix("г. ") or None)
    assert compared > 2_000


@pytest.mark.parametrize("packed", [b"", b"no table", b"RCPL" + bytes(12), b"RCPL" + b"\xff" * 40])
def test_what_is_no_table_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="no table of places"):
        PlaceTable(packed)
