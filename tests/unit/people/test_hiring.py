"""Employees out of a table."""

from __future__ import annotations

import pytest

from ringcard.people.hiring import Newcomer, login_of, newcomers_of, repeated
from ringcard.people.model import EmployeeInvalid


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            "login,name,role,team,devices\nanna,Anna Sokolova,supervisor,Sales|Board,101+102\n",
            [Newcomer(1, "anna", "Anna Sokolova", "supervisor", ("Sales", "Board"), ("101", "102"))],
        ),
        (
            "\ufeffФИО;Отдел;Телефон\r\nАнна Соколова;Продажи;101 109\r\n\r\nАнна Соколова;;\r\n",
            [
                Newcomer(1, "anna.sokolova", "Анна Соколова", "employee", ("Продажи",), ("101", "109")),
                Newcomer(2, "anna.sokolova2", "Анна Соколова", "employee", (), ()),
            ],
        ),
        ("name\tlogin\n\tx\n", [Newcomer(1, "x", "", "employee", (), ())]),
        ("name\n", []),
    ],
)
def test_columns_come_in_any_order_language_and_separator(text: str, people: list[Newcomer]) -> None:
    assert newcomers_of(text) == people


@pytest.mark.parametrize(
    "text", ["", "anna,Anna\n", "login;role\n", "name\n" + "x\n" * 5_001, 'name\n"' + "x" * 200_000]
)
def test_what_is_no_such_table_is_refused(text: str) -> None:
    with pytest.raises(EmployeeInvalid):
        newcomers_of(text)


def test_a_login_is_made_of_any_name() -> None:
    assert login_of("Щукина, Юлия", ()) == "shchukina.yuliya"
    assert login_of("田中", {"employee"}) == "employee2"
    assert repeated(["a", "A", "b"]) == {"a"}
