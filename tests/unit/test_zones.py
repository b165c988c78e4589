"""What time it is where a number is at home."""

from __future__ import annotations

import pytest

from ringcard.numbers import time_zone


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+74959195557", "Europe/Moscow"),
        ("+73832123456", "Asia/Novosibirsk"),
        ("+442079460018", "Europe/London"),
        ("+12125550123", "America/New_York"),
        ("+79265550101", None),
        ("+18002221111", None),
        ("+88002000600", None),
        ("101", None),
        ("", None),
    ],
)
def test_a_zone_is_told_only_where_there_is_one(number: str, zone: str | None) -> None:
    assert time_zone(number) == zone
