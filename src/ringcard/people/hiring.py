"""Taking employees over: from a table that an administrator has, or from what a PBX knows. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ringcard.people.model import EmployeeInvalid

MOST_ROWS = 5_000

_COLUMNS = {
    "login": "login", "логин": "login",
    "name": "name", "имя": "name", "фио": "name", "сотрудник": "name",
    "role": "role", "роль": "role",
    "team": "team", "teams": "team", "команда": "team", "отдел": "team", "группа": "team",
    "devices": "devices", "device": "devices", "phone": "devices", "телефон": "devices", "телефоны": "devices",
    "номер": "devices", "аппарат": "devices",
}  # fmt: skip

_LATIN = dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True)) | {
    "ё": "e", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch",
    "ъ": "", "ь": "", "ю": "yu", "я": "ya",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be added. `row` is where they stand, from 1, the heading not counted."""

    row: int
    login: str
    name: str
    role: str
    teams: tuple[str, ...]
    devices: tuple[str, ...]


def newcomers_of(text: str) -> list[Newcomer]:
    """The people of a CSV: columns login, name, role, team, devices in any order, by `,`, `;` or tab.

    Without a login one is made of the name, without a role it is `employee`; several teams or devices stand between
    blanks, `|` or `+`. Raises `EmployeeInvalid` if it is no such table.
    """
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    separator = max(";,\t", key=heading.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        names = [_COLUMNS.get(cell.strip().casefold()) for cell in next(rows, [])]
        if "name" not in names:
            raise EmployeeInvalid("the first line must name the columns: login, name, role, team, devices")
        people: list[Newcomer] = []
        logins: set[str] = set()
        for number, cells in enumerate((row for row in rows if any(cell.strip() for cell in row)), start=1):
            if number > MOST_ROWS:
                raise EmployeeInvalid(f"more than {MOST_ROWS} rows")
            values = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name is not None}
            name = values.get("name", "")
            login = values.get("login") or login_of(name, logins)
            logins.add(login.casefold())
            people.append(
                Newcomer(
                    number,
                    login,
                    name,
                    values.get("role") or "employee",
                    _several(values.get("team", ""), r"[|+]"),
                    _several(values.get("devices", ""), r"[|+\s]"),
                )
            )
    except csv.Error as error:
        raise EmployeeInvalid(f"the table cannot be read: {error}") from error
    return people


def login_of(name: str, taken: Collection[str]) -> str:
    """A login for a name: `Анна Соколова` → `anna.sokolova`, with a number if that is taken."""
    latin = "".join(_LATIN.get(letter, letter) for letter in name.casefold())
    words = re.findall(r"[a-z0-9]+", latin)
    base = ".".join(words[:2])[:50] or "employee"
    login, number = base, 2
    while login in taken:
        login, number = f"{base}{number}", number + 1
    return login


def _several(text: str, between: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in re.split(between, text) if part.strip()))


def repeated(logins: Iterable[str]) -> set[str]:
    """Logins that stand there more than once."""
    return {login for login, times in Counter(map(str.casefold, logins)).items() if times > 1}
