"""What is in a cell: sums, days, currencies, several values, and what a spreadsheet would run."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.contacts.imports.cells import (
    CellInvalid,
    amount,
    currency,
    day,
    guarded,
    joined_if_several,
    one_or_several,
    several,
    yes,
)


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "sum_"),
        [
            ("84300", "84300"),
            ("84300.5", "84300.5"),
            ("84300,50", "84300.50"),
            ("84 300,50 ₽", "84300.50"),
            ("84\u00a0300,50 руб.", "84300.50"),
            ("84,300.50", "84300.50"),
            ("1.234.567,8", "1234567.8"),
            ("1,234,567", "1234567"),
            ("-5", "-5"),
            ("$12.00", "12.00"),
        ],
    )
    def test_sums(self, cell: str, sum_: str) -> None:
        assert amount(cell) == Decimal(sum_)

    @pytest.mark.parametrize("cell", ["1,200", "12,34,56", "NaN", "1e5", "много", "1 2 3.4.5"])
    def test_what_is_no_sum_or_could_be_two(self, cell: str) -> None:
        with pytest.raises(CellInvalid):
            amount(cell)

    def test_empty_cells(self) -> None:
        assert amount(" - ") is None
        assert day("") is None
        assert currency("нет") is None
        assert several("; ,") == []
        assert yes("") is False

    def test_days_and_currencies(self) -> None:
        assert day("19.11.2026 12:30") == day("2026-11-19T12:30:00Z") == date(2026, 11, 19)
        assert currency("₽") == currency("руб.") == currency("rub") == "RUB"
        for wrong in ("11/19/2026", "31.02.2026", "вчера"):
            with pytest.raises(CellInvalid):
                day(wrong)
        with pytest.raises(CellInvalid):
            currency("тугрик")

    @given(st.lists(st.text().map(str.strip).filter(lambda text: "\x00" not in text), max_size=4))
    def test_what_is_written_as_one_or_several_is_read_as_such(self, values: list[str]) -> None:
        cell = joined_if_several(values)
        assert one_or_several(guarded(cell) if cell else "") == (values if any(values) else [])

    def test_an_address_with_signs_in_it_is_one(self) -> None:
        assert one_or_several("Тверская, 1; вход со двора") == ["Тверская, 1; вход со двора"]
        assert one_or_several('"Тверская, 1"; "Мира, 2"') == ["Тверская, 1", "Мира, 2"]
        assert one_or_several('"Ромашка" на Тверской, 1') == ['"Ромашка" на Тверской, 1']
