"""`ringcard contacts` and `ringcard people`, run as an administrator runs them."""

import asyncio
import csv
import os
import pwd
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ringcard.cli.contacts import contacts
from ringcard.cli.people import people
from ringcard.cli.token import token
from ringcard.cli.who import who
from ringcard.people.audit import Audit, AuditEntry
from ringcard.storage import open_engine, writing

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


def test_a_file_of_another_encodings_name_and_a_number_that_is_none(terminal: Terminal) -> None:
    named = os.fsdecode(bytes(terminal.folder) + "/клиенты.csv".encode("cp1251"))
    Path(named).write_text("Имя;Телефон\nАнна;8 (495) 919-55-57\n", encoding="utf-8")
    done = terminal.contacts("import", named)
    assert done.exit_code == 0, done.output
    assert "\ufffd.csv  1 new" in terminal.contacts("imports").output
    for command in ("undo", "resume"):
        assert terminal.contacts(command, str(10**30)).exit_code == 2


def test_who_sat_at_the_terminal_is_in_the_audit_trail(
    terminal: Terminal, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.people("add", "petr", "Пётр", "--device", "101", "--password-stdin", typed="длинный пароль\n")
    terminal.people("device", "petr", "102")
    terminal.people("device", "petr", "102")
    terminal.people("device", "petr", "101", "--take")
    terminal.people("password", "petr", typed="новый пароль\nновый пароль\n")
    terminal.token("create", "petr", "CRM", "--scope", "calls.read")
    book = terminal.file("contacts.csv", "Имя;Телефон\nАнна;8 (495) 919-55-57\n")
    assert terminal.contacts("import", book, "--dry-run").exit_code == 0
    assert terminal.contacts("import", book).exit_code == 0
    number = terminal.contacts("imports").output.split()[0]
    assert terminal.contacts("export", str(terminal.folder / "out.csv")).exit_code == 0
    assert terminal.contacts("undo", number).exit_code == 0

    async def read() -> list[AuditEntry]:
        engine = open_engine(store_url)
        try:
            return list((await Audit(engine).page()).items)
        finally:
            await engine.dispose()

    trail = asyncio.run(read())[::-1]
    assert [entry.action for entry in trail] == [
        "employee.added", "employee.changed", "employee.changed", "employee.password_reset", "token.added",
        "contacts.imported", "contacts.exported", "contacts.import_undone",
    ]  # fmt: skip
    assert {(entry.by.name, entry.by.address) for entry in trail} == {(who().name, "command line")}
    assert (trail[2].before, trail[2].after) == ({"devices": ["101", "102"]}, {"devices": ["102"]})


def test_of_sudo_it_is_told_who_asked() -> None:
    user = pwd.getpwuid(os.getuid()).pw_name
    assert who({}).name == user
    assert who({"SUDO_USER": "anna"}).name == ("anna (root)" if os.getuid() == 0 else user)


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
    assert "row 3: Имя: There is neither a name nor an organisation." in result.output
    assert "not taken: 1 rows" in result.output
    rows = list(csv.reader(rejected.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert rows == [
        ["Код", "Имя", "Телефон", "Менеджер", "What to correct"],
        ["8", "", "", "", "There is neither a name nor an organisation."],
    ]
    listed = terminal.contacts("list", "соколова")
    assert "Анна Соколова  +7 495 919-55-57" in listed.output
    assert terminal.contacts("list", "--number", "9195557").exit_code == 0


def test_orders_come_with_the_contacts_or_later(terminal: Terminal) -> None:
    file = terminal.file("c.csv", "Код;Имя\n7;Анна\n")
    orders = terminal.file("o.csv", "Код;Номер;Сумма\n7;1042;84 300,50\n")
    assert "orders: 1" in terminal.contacts("import", file, orders).output
    again = terminal.contacts("import", orders)
    assert (again.exit_code, "orders: 1" in again.output) == (0, True)


def test_a_preview_and_a_dry_run_change_nothing_and_leave_nothing(terminal: Terminal) -> None:
    file = terminal.file("c.csv", "Код;Имя;Тел. склада\n7;Анна;84959195557\n8;;\n")
    shown = terminal.contacts("import", "--preview", "--map", "тел. склада=phones", file)
    assert "Тел. склада → phones" in shown.output
    assert "row 2: Анна, +74959195557" in shown.output
    tried = terminal.contacts("import", "--dry-run", "--language", "ru", file)
    assert tried.exit_code == 1
    assert "would be: 1 new" in tried.output
    assert "Нет ни имени, ни организации" in tried.output
    assert terminal.contacts("imports").output == "No imports.\n"
    assert terminal.contacts("list").output == "No contacts found.\n"


def test_an_import_is_listed_and_taken_back(terminal: Terminal) -> None:
    file = terminal.file("c.csv", "Name,Phone\nAnna,+74959195557\nBoris,+74959195558\n")
    assert "ringcard contacts undo 1" in terminal.contacts("import", file).output
    assert "1  " in (listed := terminal.contacts("imports").output)
    assert "done  c.csv  2 new, 0 changed, 0 not taken" in listed
    assert terminal.contacts("undo", "1").output == "2 removed, 0 as they were, 0 kept\n"
    assert terminal.contacts("list").output == "No contacts found.\n"
    again = terminal.contacts("undo", "1")
    assert (again.exit_code, again.output) == (1, "Error: The import is undone: this cannot be done now.\n")
    assert "there is no import 9" in terminal.contacts("resume", "9").output


def test_an_import_that_was_stopped_goes_on(terminal: Terminal, store_url: str) -> None:
    file = terminal.file("c.csv", "Name,Phone\n" + "".join(f"Anna {n},+7495919{n:04}\n" for n in range(3)))
    terminal.contacts("import", file)
    terminal.contacts("undo", "1")

    async def stopped_after_a_row() -> None:
        engine = open_engine(store_url)
        async with writing(engine) as connection:
            await connection.execute(text("UPDATE imports SET state = 'cancelled', records = 1, undo = NULL"))
        await engine.dispose()

    asyncio.run(stopped_after_a_row())
    resumed = terminal.contacts("resume", "1")
    assert resumed.exit_code == 0, resumed.output
    assert len(terminal.contacts("list").output.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--map", "Рост=phones"), "has no column рост; it has: Name, Phone"),
        (("--map", "Phone=nonsense"), "there is no meaning 'nonsense'"),
        (("--map", "Name=ignore"), "one column must be the name or the organisation"),
        (("--map", "phones"), "write COLUMN=MEANING"),
        (("--encoding", "klingon"), "klingon"),
        (("--separator", "ab"), "one character"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_leaves_no_import(
    terminal: Terminal, arguments: tuple[str, ...], said: str
) -> None:
    result = terminal.contacts("import", *arguments, terminal.file("c.csv", "Name,Phone\nAnna,+74959195557\n"))
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
    assert terminal.contacts("imports").output == "No imports.\n"


@pytest.mark.parametrize("name", ["all.csv", "all.xlsx", "all.vcf"])
def test_what_is_exported_is_imported_again_and_changes_nothing(terminal: Terminal, name: str) -> None:
    terminal.contacts("import", terminal.file("c.csv", 'Name,Phone,Address\nAnna,+74959195557,"Mira, 1"\nBoris,101,\n'))
    file = terminal.folder / name
    exported = terminal.contacts("export", str(file))
    assert (exported.exit_code, exported.output) == (0, f"2 contacts in {file}\n")
    assert file.stat().st_mode & 0o077 == 0
    assert "0 new, 0 changed, 2 as they were" in terminal.contacts("import", str(file)).output
    refused = terminal.contacts("export", str(file))
    assert (refused.exit_code, "is there already" in refused.output) == (1, True)
    assert terminal.contacts("export", "--force", str(file)).exit_code == 0


def test_what_a_search_finds_goes_to_standard_output(terminal: Terminal) -> None:
    terminal.contacts("import", terminal.file("c.csv", "Name,Phone\nAnna,+74959195557\nBoris,101\n"))
    result = terminal.contacts("export", "--search", "anna", "--separator", "comma", "--language", "ru")
    assert result.stdout.startswith("\ufeffRingcard ID,Внешний код,")
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == "1 contacts\n"
    assert "BEGIN:VCARD" in terminal.contacts("export", "--number", "101", "--form", "vcf").stdout
    missing = terminal.contacts("export", str(terminal.folder / "no" / "such.csv"))
    assert (missing.exit_code, "cannot be written" in missing.output) == (1, True)


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
