"""`ringcard migrate-store` with a real store: all of it arrives, or none, and whoever is in the way is told."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from lab.postgresql import PostgresServer
from web_site import NUMBER, Browser, Site, site

from ringcard.app.moving import MoveRefused, move_store
from ringcard.calls.causes import Outcome
from ringcard.cli.migrate_store import command
from ringcard.storage import libpq_url

NAME = "Анна 🙂 ‏אבג Müller"
MANY = 6_000
"""More than go over in one portion."""


async def _lived_in(here: Site) -> None:
    """A day in the office."""
    async with here.browser("anna") as browser:
        draft = {"name": NAME, "phones": [{"number": NUMBER}], "tags": ["vip"], "comment": "'; DROP TABLE contacts; --"}
        contact = (await browser.post("/contacts", draft)).json()
        await browser.post(f"/contacts/{contact['contact_id']}/notes", {"text": "звонить после 🕕"})
    for turn in range(3):
        call = here.calls.starts()
        here.calls.rings(call, "101", "102")
        if turn:
            here.calls.answers(call, "101", "102")
        here.calls.ends(call, "101", outcome=Outcome.ANSWERED if turn else Outcome.CANCELLED)
    ledger = here.up.rooms.ledger
    await ledger.flushed(ledger.append_fact("test", here.up.rooms.ledger.status.since, "test", {"a": 1}))
    await ledger.erase("+79990001122")


async def _seen(browser: Browser) -> list[Any]:
    """What somebody who signs in finds."""
    contacts = (await browser.get("/contacts")).json()["items"]
    calls = (await browser.get("/calls")).json()["items"]
    whole = [(await browser.get(f"/contacts/{each['contact_id']}")).json() for each in contacts]
    return [contacts, whole, calls]


@pytest.fixture
async def store(tmp_path: Path) -> Path:
    """The folder of a store that was used and stopped."""
    async with site(tmp_path) as here:
        await _lived_in(here)
    return tmp_path / "data"


def moved(store: Path, url: str, *options: str) -> Result:
    return CliRunner().invoke(command, ["--from", f"sqlite:///{store / 'ringcard.db'}", "--to", url, *options])


def content(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        found = list(connection.iterdump())
    connection.close()
    return found


def tables_in(url: str) -> int:
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'ledger')").fetchone()
    assert row is not None
    return int(row[0])


def change(store: Path, statement: str, *parameters: object) -> None:
    connection = sqlite3.connect(store / "ringcard.db")
    connection.execute(statement, parameters)
    connection.commit()
    connection.close()


async def test_all_of_it_is_there_and_works_as_before(store: Path, bare_postgres_url: str) -> None:
    async with site(store.parent) as here, here.browser("anna") as browser:
        before = await _seen(browser)
    files = [content(store / name) for name in ("ringcard.db", "ledger.db")]
    result = moved(store, bare_postgres_url)
    assert result.exit_code == 0, result.output
    assert "Now set [store] url" in result.output
    assert [content(store / name) for name in ("ringcard.db", "ledger.db")] == files
    assert before[0][0]["name"] == NAME
    async with site(store.parent, store={"url": bare_postgres_url}) as here, here.browser("anna") as browser:
        assert await _seen(browser) == before
        assert (await here.up.rooms.ledger.verify()).sound
        assert (await here.up.rooms.ledger.erase(NUMBER)).calls == 3, "the keys of persons are there too"
        again = await browser.post("/contacts", {"name": "Boris", "phones": [{"number": "+74951234567"}]})
        assert again.status_code == 201


def test_more_rows_than_go_over_at_once(store: Path, bare_postgres_url: str) -> None:
    connection = sqlite3.connect(store / "ringcard.db")
    connection.executemany(
        "INSERT INTO contact_calls (call_id, contact_id, linked_at) SELECT ?, contact_id, 0 FROM contacts LIMIT 1",
        [(f"call {number} 🙂",) for number in range(MANY)],
    )
    connection.commit()
    connection.close()
    move = move_store(store / "ringcard.db", store / "ledger.db", bare_postgres_url)
    rows = {table.name: table.rows for table in move.tables}
    assert rows["contact_calls"] >= MANY
    with psycopg.connect(libpq_url(bare_postgres_url)) as target:
        assert target.execute("SELECT count(*) FROM contact_calls").fetchone() == (rows["contact_calls"],)


def test_what_postgresql_cannot_keep_in_a_text_is_replaced_and_counted(store: Path, bare_postgres_url: str) -> None:
    change(store, "UPDATE contacts SET comment = 'a' || char(0) || 'b 🙂', city = CAST(x'4dfc6e' AS TEXT)")
    result = moved(store, bare_postgres_url)
    assert result.exit_code == 0, result.output
    assert "2 texts had NUL or no UTF-8" in result.output
    with psycopg.connect(libpq_url(bare_postgres_url)) as target:
        assert target.execute("SELECT comment, city FROM contacts").fetchone() == ("a\ufffdb 🙂", "M\ufffdn")


async def test_beside_a_running_ringcard_it_is_rehearsed_and_not_done(store: Path, bare_postgres_url: str) -> None:
    async with site(store.parent) as here, here.browser("anna") as browser:
        refused = moved(store, bare_postgres_url)
        assert refused.exit_code == 1
        assert "Another ringcard" in refused.output
        told: list[str] = []

        def meanwhile(line: str) -> None:
            told.append(line)
            change(store, "UPDATE contacts SET comment = ?", line)

        move = move_store(store / "ringcard.db", store / "ledger.db", bare_postgres_url, rehearsal=True, tell=meanwhile)
        assert move.rows > 10
        assert len(told) > 5
        assert (await browser.get("/contacts")).status_code == 200
    assert tables_in(bare_postgres_url) == 0


def test_nobody_writes_to_the_source_while_it_is_moved(store: Path, bare_postgres_url: str) -> None:
    refused: list[str] = []

    def meanwhile(_line: str) -> None:
        other = sqlite3.connect(store / "ringcard.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("UPDATE contacts SET comment = 'late'")
        other.close()
        refused.append("locked")

    move_store(store / "ringcard.db", store / "ledger.db", bare_postgres_url, tell=meanwhile)
    assert len(refused) > 5
    change(store, "UPDATE contacts SET comment = 'free again'")


def test_a_target_that_is_not_empty_is_refused(store: Path, postgres_store_url: str) -> None:
    result = moved(store, postgres_store_url)
    assert result.exit_code == 1
    assert "is not empty, it has a table" in result.output


def test_a_row_that_cannot_be_kept_is_named_and_nothing_is_moved(store: Path, bare_postgres_url: str) -> None:
    change(store, "UPDATE contacts SET city = ?", "x" * 5_000)
    result = moved(store, bare_postgres_url)
    assert result.exit_code == 1
    assert "a row of contacts cannot be kept" in result.output
    assert "line 1, column city" in result.output
    assert tables_in(bare_postgres_url) == 0
    change(store, "UPDATE contacts SET city = 'Тверь'")
    assert moved(store, bare_postgres_url).exit_code == 0


def test_a_value_that_arrives_changed_is_found(
    store: Path, postgres_server: PostgresServer, bare_postgres_url: str
) -> None:
    """A database that changes one letter of one name on the way in."""
    postgres_server.administer(
        """CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN NEW.name := replace(NEW.name, 'Sonja', 'sonja'); RETURN NEW; END$$""",
        """CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN
        IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.employees') THEN
            CREATE TRIGGER spoil BEFORE INSERT ON public.employees FOR EACH ROW EXECUTE FUNCTION public.spoil();
        END IF; END$$""",
        "CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION watch()",
        database=bare_postgres_url.rpartition("/")[2],
    )
    result = moved(store, bare_postgres_url)
    assert result.exit_code == 1
    assert "employees: the row" in result.output
    assert tables_in(bare_postgres_url) == 0


@pytest.mark.parametrize(
    ("source", "says"),
    [("sqlite:////nowhere/ringcard.db", "cannot be opened|there is no file"), ("postgresql://a/b", "SQLite file")],
)
def test_what_is_no_source(source: str, says: str) -> None:
    result = CliRunner().invoke(command, ["--from", source, "--to", "postgresql://anna@127.0.0.1:1/ringcard"])
    assert result.exit_code == 1
    assert any(each in result.output for each in says.split("|")), result.output


def test_a_store_of_another_release_is_refused(store: Path, bare_postgres_url: str) -> None:
    change(store, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(MoveRefused, match="start this release on it once"):
        move_store(store / "ringcard.db", store / "ledger.db", bare_postgres_url)


def test_a_server_that_is_not_there(store: Path) -> None:
    result = moved(store, "postgresql://anna:hunter2@127.0.0.1:1/ringcard")
    assert result.exit_code == 1
    assert "check that its server runs" in result.output
    assert "hunter2" not in result.output
