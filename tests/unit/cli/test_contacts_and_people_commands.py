"""`ringcard contacts` and `ringcard people`, run as an administrator runs them."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ringcard.cli.contacts import contacts
from ringcard.cli.people import people
from ringcard.cli.token import token

CSV = "Код;Имя;Телефон;Менеджер\n7;Анна Соколова;8 (495) 919-55-57;petr\n8;;;\n"


class Terminal:
    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self._runner = CliRunner(env={"RINGCARD_STORE_DIRECTORY": str(folder / "data"), "RINGCARD_STORE_URL": url})

    def contacts(self, *arguments: str) -> Result:
        return self._runner.invoke(contacts, list(arguments))

    def people(self, *arguments: str, typed: str | None = None) -> Result:
        return self._runner.invoke(people, list(arguments), input=typed)

    def token(self, *arguments: str) -> Result:
        return self._runner.invoke(token, list(arguments))

    def file(self, name: str, content: str) -> str:
        (self.folder / name).write_text(content)
        return str(self.folder / name)


@pytest.fixture
def terminal(tmp_path: Path, store_url: str) -> Terminal:
    return Terminal(tmp_path, store_url)


def test_an_employee_is_added_listed_and_given_devices(terminal: Terminal) -> None:
    added = terminal.people(
        "add", "petr", "Пётр", "--role", "supervisor", "--device", "101", "--password-stdin", typed="длинный пароль\n"
    )
    assert (added.exit_code, added.output) == (0, "petr  Пётр  supervisor  101\n")
    assert terminal.people("device", "petr", "102").output == "petr  Пётр  supervisor  101, 102\n"
    assert terminal.people("device", "petr", "101", "--take").output == "petr  Пётр  supervisor  102\n"
    assert terminal.people("list").output == "petr  Пётр  supervisor  102\n"
    assert terminal.people("password", "petr", typed="новый пароль\nновый пароль\n").exit_code == 0


def test_a_token_is_made_listed_and_revoked(terminal: Terminal) -> None:
    terminal.people("add", "petr", "Пётр", "--password-stdin", typed="длинный пароль\n")
    made = terminal.token("create", "petr", "CRM", "--scope", "calls.read", "--days", "30")
    assert (made.exit_code, made.stdout[:3]) == (0, "rc_")
    listed = terminal.token("list").output
    assert "CRM  Пётр  calls.read  never used  until 20" in listed
    assert made.stdout.strip() not in listed
    assert terminal.token("revoke", listed.split()[0]).exit_code == 0
    assert terminal.token("list").output == ""
    for arguments, said in (
        (("create", "petr", "CRM", "--scope", "settings.manage"), "does not have these permissions"),
        (("create", "nobody", "CRM", "--scope", "calls.read"), "no employee with the login nobody"),
        (("revoke", "x"), "no such token"),
    ):
        refused = terminal.token(*arguments)
        assert refused.exit_code == 1
        assert said in refused.output


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("add", "petr", "Пётр", "--password-stdin"), "short\n", "at least 8 characters"),
        (("add", "a b", "Пётр", "--password-stdin"), "длинный пароль\n", "login 'a b'"),
        (("password", "nobody", "--password-stdin"), "длинный пароль\n", "no employee with the login nobody"),
        (("device", "nobody", "101"), None, "no employee with the login nobody"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    terminal: Terminal, arguments: tuple[str, ...], typed: str | None, said: str
) -> None:
    result = terminal.people(*arguments, typed=typed)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_import_tells_what_it_did_and_leaves_the_rejected_rows(terminal: Terminal) -> None:
    terminal.people("add", "petr", "Пётр", "--password-stdin", typed="длинный пароль\n")
    rejected = terminal.folder / "rejected.csv"
    result = terminal.contacts("import", terminal.file("c.csv", CSV), "--rejected", str(rejected))
    assert result.exit_code == 1
    assert "1 new, 0 changed, 0 as they were" in result.output
    assert "line 3: name: a contact needs a name" in result.output
    rows = list(csv.reader(rejected.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert rows == [
        ["Код", "Имя", "Телефон", "Менеджер", "what to correct"],
        ["8", "", "", "", "name: a contact needs a name"],
    ]
    listed = terminal.contacts("list", "соколова")
    assert "Анна Соколова  +7 495 919-55-57" in listed.output
    assert terminal.contacts("list", "--number", "9195557").exit_code == 0


def test_orders_come_with_the_contacts_or_later(terminal: Terminal) -> None:
    file = terminal.file("c.csv", "Код;Имя\n7;Анна\n")
    orders = terminal.file("o.csv", "Код;Номер;Сумма\n7;1042;84 300,50\n")
    assert "orders: 1" in terminal.contacts("import", file, "--orders", orders).output
    assert "orders: 1" in terminal.contacts("import", orders, "--orders-only").output


def test_a_file_that_cannot_be_read_is_told_in_one_line(terminal: Terminal) -> None:
    result = terminal.contacts("import", str(terminal.folder / "missing.csv"))
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "cannot be read" in result.output


def test_a_damaged_database_is_told_in_one_line(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    (terminal.folder / "data").mkdir()
    (terminal.folder / "data" / "ringcard.db").write_bytes(b"no database" * 1000)
    result = terminal.contacts("list")
    assert result.exit_code == 1
    assert "restore it from a backup" in result.output


def test_the_configuration_file_says_where_the_contacts_are(terminal: Terminal, tmp_path: Path) -> None:
    elsewhere = terminal.file("ringcard.toml", f'[company]\nregion = "GB"\n[store]\ndirectory = "{tmp_path}/data"\n')
    file = terminal.file("c.csv", "Name,Phone\nAnna,020 7946 0958\n")
    assert terminal.contacts("--config", elsewhere, "import", file).exit_code == 0
    assert "+44 20 7946 0958" in terminal.contacts("--config", elsewhere, "list").output


def test_a_configuration_that_cannot_be_used_is_told_in_one_line(terminal: Terminal) -> None:
    for command in (terminal.contacts, terminal.people):
        result = command("--config", terminal.file("ringcard.toml", "[shop]\n"), "list")
        assert result.exit_code == 1
        assert "no section [shop]" in result.output
