"""`ringcard history`, run as an administrator runs it: bring in, look, take back, bring in again."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ringcard.app.call_imports.at_terminal import Log
from ringcard.app.call_imports.store import CallImportStore
from ringcard.app.call_imports.undoing import WITHDRAWN_AT_ONCE
from ringcard.app.config import Config, Store
from ringcard.app.old_calls import APPENDED_AT_ONCE
from ringcard.app.stores import open_ledger
from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord
from ringcard.cli.history import history
from ringcard.cli.who import who
from ringcard.people.audit import Audit, AuditEntry
from ringcard.storage import StorageError, open_engine

ROWS = (
    "Ivan,79161234567,4951110101,SIP/trunk-01,SIP/101-02,2026-03-01 12:00:00,2026-03-01 12:01:00,60,53,ANSWERED,1.1",
    "Anna,79161234568,4951110101,SIP/trunk-05,SIP/102-06,2026-03-01 13:00:00,2026-03-01 13:01:00,60,53,ANSWERED,1.5",
)
COLUMNS = "clid,src,dst,channel,dstchannel,start,end,duration,billsec,disposition,uniqueid"

MANY = APPENDED_AT_ONCE + 3

Terminal = Callable[..., Result]


@pytest.fixture
def terminal(tmp_path: Path, store_url: str) -> Terminal:
    settings = {
        "RINGCARD_STORE_DIRECTORY": str(tmp_path / "data"),
        "RINGCARD_STORE_URL": store_url,
        "RINGCARD_COMPANY_DEVICES": "101-110",
    }
    runner = CliRunner(env=settings)
    return lambda *arguments: runner.invoke(history, list(map(str, arguments)))


@pytest.fixture
def calls(tmp_path: Path, store_url: str) -> Callable[[], list[CallRecord]]:
    """What stands in the ledger."""
    config = Config(store=Store(directory=str(tmp_path / "data"), url=store_url))

    async def read() -> list[CallRecord]:
        ledger = await open_ledger(config)
        try:
            return list((await ledger.calls()).items)
        finally:
            await ledger.close()

    return lambda: asyncio.run(read())


@pytest.fixture
def trail(tmp_path: Path, store_url: str) -> Callable[[], list[AuditEntry]]:
    """The audit trail, newest first."""
    config = Config(store=Store(directory=str(tmp_path / "data"), url=store_url))

    async def read() -> list[AuditEntry]:
        engine = open_engine(config.database_url)
        try:
            return list((await Audit(engine).page()).items)
        finally:
            await engine.dispose()

    return lambda: asyncio.run(read())


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_text("\n".join((COLUMNS, *ROWS)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def cdr(tmp_path: Path) -> str:
    path = tmp_path / "master.db"
    names = COLUMNS.split(",")
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE cdr ({COLUMNS})")
        holes = ",".join("?" for _ in names)
        database.executemany(f"INSERT INTO cdr VALUES ({holes})", [row.split(",") for row in ROWS])
    database.close()
    return f"sqlite:///{path}"


def many(calls: int) -> str:
    """A log of so many calls, a minute apart."""
    day = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        f"Ivan,79161234567,4951110101,SIP/trunk-{n},SIP/101-{n},{day + timedelta(minutes=n):%Y-%m-%d %H:%M:%S},"
        f"{day + timedelta(minutes=n, seconds=30):%Y-%m-%d %H:%M:%S},30,20,ANSWERED,{n}.1"
        for n in range(calls)
    ]
    return "\n".join((COLUMNS, *rows)) + "\n"


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("kind", ["file", "database"])
def test_what_was_brought_in_is_taken_back_and_comes_again(
    terminal: Terminal, kind: str, request: pytest.FixtureRequest, trail: Callable[[], list[AuditEntry]]
) -> None:
    source = request.getfixturevalue("master" if kind == "file" else "cdr")
    bring = ("import", source, "--pbx", "office", "--zone", "Europe/Moscow")
    first = done(terminal(*bring))
    assert "2 calls: 2 added, 0 known already" in first
    number = re.search(r"ringcard history undo (\d+)", first)
    assert number is not None
    assert "2 calls: 0 added, 2 known already" in done(terminal(*bring))

    assert f"2 calls of import {number[1]} were taken back" in done(terminal("undo", number[1]))
    assert [(entry.action, entry.object_id, entry.by.name, entry.by.address) for entry in trail()] == [
        ("calls.import_undone", number[1], who().name, "command line"),
        ("calls.imported", "2", who().name, "command line"),
        ("calls.imported", number[1], who().name, "command line"),
    ]
    assert {entry.object_name for entry in trail()} == {Log(str(source), None, None, "cdr").name}
    listed = done(terminal("imports")).splitlines()
    assert [line.split()[3] for line in listed] == ["done", "undone"]
    assert "2 calls: 2 added, 0 known already" in done(terminal(*bring))


def test_an_undo_takes_back_its_own_import_only(terminal: Terminal, master: Path, tmp_path: Path) -> None:
    done(terminal("import", master, "--pbx", "office", "--zone", "UTC"))
    more = tmp_path / "later.csv"
    later = ROWS[0].replace("1.1", "1.9").replace("2026-03-01", "2026-03-02")
    more.write_text("\n".join((COLUMNS, *ROWS, later)) + "\n", encoding="utf-8")
    assert "1 added, 2 known already" in done(terminal("import", more, "--pbx", "office", "--zone", "UTC"))
    assert "1 calls of import 2 were taken back" in done(terminal("undo", 2))
    again = done(terminal("import", more, "--pbx", "office", "--zone", "UTC", "--dry-run"))
    assert "1 would be added, 2 known already" in again


def test_what_is_not_there_or_gone_already_is_refused(terminal: Terminal, master: Path) -> None:
    refused = terminal("undo", 7)
    assert (refused.exit_code, refused.output.strip()) == (1, "Error: There is no import 7.")
    done(terminal("import", master, "--pbx", "office", "--zone", "UTC"))
    done(terminal("undo", 1))
    again = terminal("undo", 1)
    assert again.exit_code == 1
    assert "The import is undone" in again.output


def test_a_dry_run_leaves_nothing_to_take_back(terminal: Terminal, master: Path) -> None:
    assert "2 would be added" in done(terminal("import", master, "--pbx", "office", "--dry-run"))
    assert done(terminal("imports")) == ""


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undo_that_was_broken_off_tells_in_the_end_of_all_it_took_back(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Broken off after its first batch: before or after that was written down."""
    master = tmp_path / "Master.csv"
    master.write_text(many(WITHDRAWN_AT_ONCE + 3), encoding="utf-8")
    done(terminal("import", master, "--pbx", "office", "--zone", "UTC"))

    write_down = CallImportStore.taken_back

    async def breaking_off(self: CallImportStore, import_id: int, call_ids: Sequence[CallId], withdrawn: int) -> None:
        if when == "after":
            await write_down(self, import_id, call_ids, withdrawn)
        raise StorageError("the disk is away")

    with monkeypatch.context() as broken:
        broken.setattr(CallImportStore, "taken_back", breaking_off)
        assert terminal("undo", 1).exit_code == 1
    assert f"{WITHDRAWN_AT_ONCE + 3} calls of import 1 were taken back" in done(terminal("undo", 1))


def breaks_off(terminal: Terminal, master: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of `MANY` calls whose second batch cannot be written, and whose file is gone afterwards."""
    master.write_text(many(MANY), encoding="utf-8")
    note, batches = CallImportStore.brings, itertools.count()

    async def breaking_off(self: CallImportStore, import_id: int, call_ids: Sequence[CallId]) -> None:
        if next(batches):
            raise StorageError("the disk is away")
        await note(self, import_id, call_ids)

    with monkeypatch.context() as broken:
        broken.setattr(CallImportStore, "brings", breaking_off)
        assert terminal("import", master, "--pbx", "office", "--zone", "UTC").exit_code == 1
    master.unlink()


def test_an_import_that_was_broken_off_goes_on_without_its_file(
    terminal: Terminal, master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks_off(terminal, master, monkeypatch)
    (listed,) = done(terminal("imports")).splitlines()
    assert f"cancelled  office         {APPENDED_AT_ONCE:>6} added" in listed
    assert f"{MANY} calls: 3 added, {APPENDED_AT_ONCE} known already" in done(terminal("resume", 1))
    (listed,) = done(terminal("imports")).splitlines()
    assert f"done       office         {MANY:>6} added" in listed
    assert list((tmp_path / "data" / "old-calls").rglob("*.db")) == [], "what was read goes when it is done"
    assert "this cannot be done now" in terminal("resume", 1).output
    assert f"{MANY} calls of import 1 were taken back" in done(terminal("undo", 1))


def test_what_is_not_there_any_more_cannot_go_on(
    terminal: Terminal, master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks_off(terminal, master, monkeypatch)
    shutil.rmtree(tmp_path / "data" / "old-calls")
    refused = terminal("resume", 1)
    assert refused.exit_code == 1
    assert "import the log again" in refused.output


def test_a_name_that_is_no_text_and_a_number_that_is_none(terminal: Terminal, tmp_path: Path) -> None:
    """A file of a disk from Windows, in its code page."""
    named = os.fsdecode(bytes(tmp_path) + "/журнал.csv".encode("cp1251"))
    Path(named).write_text("\n".join((COLUMNS, *ROWS)), encoding="utf-8")
    assert "2 added" in done(terminal("import", named, "--pbx", "office", "--zone", "UTC"))
    assert done(terminal("imports")).rstrip().endswith("\ufffd.csv")
    for command in ("undo", "resume"):
        refused = terminal(command, 10**30)
        assert (refused.exit_code, "is not in the range" in refused.output) == (2, True), refused.output


def test_what_comes_through_a_pipe_is_read_once_and_whole(terminal: Terminal, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(many(MANY),))
    writer.start()
    told = done(terminal("import", pipe, "--pbx", "office", "--zone", "UTC"))
    writer.join(10)
    assert f"{MANY} rows, {MANY} calls: {MANY} added" in told


def test_a_pbx_that_is_not_in_the_settings_is_refused(terminal: Terminal, master: Path, tmp_path: Path) -> None:
    """A slip of the pen would make doubles of every call that ringcard heard itself."""
    config = tmp_path / "ringcard.toml"
    config.write_text('[[pbx]]\nname = "office"\nhost = "127.0.0.1"\nuser = "ringcard"\nsecret = "s3cret"\n')
    for name, code in (("offcie", 1), ("office", 0)):
        told = terminal("--config", config, "import", master, "--pbx", name, "--zone", "UTC")
        assert told.exit_code == code, told.output
        assert ("there is office" in told.output) is (code == 1)


def test_nothing_stays_of_what_could_not_be_read(terminal: Terminal, tmp_path: Path) -> None:
    for content, said in ((b"PK\x03\x04 a spreadsheet", "save the table as CSV"), (b"", "no row in it")):
        other = tmp_path / "other.csv"
        other.write_bytes(content)
        refused = terminal("import", other, "--pbx", "office", "--zone", "UTC")
        assert refused.exit_code == 1
        assert said in refused.output
    refused = terminal("import", tmp_path / "none.csv", "--pbx", "office", "--zone", "UTC")
    assert (refused.exit_code, "No such file" in refused.output) == (1, True), refused.output
    assert done(terminal("imports")) == ""
    assert [path for path in (tmp_path / "data" / "old-calls").rglob("*") if path.is_file()] == []


def test_a_log_of_windows_is_read_as_in_the_browser(
    terminal: Terminal, tmp_path: Path, calls: Callable[[], list[CallRecord]]
) -> None:
    master = tmp_path / "Master.csv"
    master.write_bytes("\n".join((COLUMNS, ROWS[0].replace("Ivan", '"""Иван"" <79161234567>"'))).encode("cp1251"))
    done(terminal("import", master, "--pbx", "office", "--zone", "UTC"))
    assert [call.caller.name for call in calls()] == ["Иван"]


def test_this_machine_s_zone_is_that_of_the_day_of_the_call(
    terminal: Terminal, tmp_path: Path, calls: Callable[[], list[CallRecord]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not as many hours as there are today: summer is in the log, too."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    master = tmp_path / "Master.csv"
    rows = (ROWS[0], ROWS[1].replace("2026-03-01", "2026-07-01"))
    master.write_text("\n".join((COLUMNS, *rows)), encoding="utf-8")
    done(terminal("import", master, "--pbx", "office"))
    assert sorted(f"{call.started_at:%m-%d %H:%M}" for call in calls()) == ["03-01 11:00", "07-01 11:00"]
    monkeypatch.setenv("TZ", "MSK-3")
    refused = terminal("import", master, "--pbx", "office")
    assert (refused.exit_code, "add --zone" in refused.output) == (1, True)


def test_the_password_of_a_database_is_not_listed() -> None:
    assert Log("postgresql://cti:s3cret@db/asterisk", None, None, "cdr").name == "asterisk on db cdr"
