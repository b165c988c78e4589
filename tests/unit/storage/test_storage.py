"""The database: what a connection promises on either kind, migrations, and what can be wrong with an SQLite file.

What can be wrong with a PostgreSQL server: test_postgres.py.
"""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

import ringcard.app.call_imports.store
import ringcard.contacts.imports.tables
import ringcard.contacts.tables
import ringcard.desk.tables
import ringcard.people.tables
import ringcard.settings.tables  # noqa: F401  the metadata is complete only with every room's tables
from ringcard.storage import (
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseUnreachable,
    UnsupportedDatabase,
    integrity_problem,
    is_postgres,
    libpq_url,
    migrate,
    open_engine,
    reading,
    shown,
    sqlite_path,
    writing,
)
from ringcard.storage.migrate import alembic_config, newest_revision
from ringcard.storage.schema import metadata

OpenStore = Callable[[str], AsyncEngine]


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_a_connection_that_is_closed_within_a_transaction_gives_its_lock_back_at_once(tmp_path: Path) -> None:
    """Whoever writes is cancelled, and the traceback of that still holds a cursor."""
    path = tmp_path / "ringcard.db"
    engine = open_engine(url(path))
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE t (x INTEGER)"))
    held = []

    async def is_cancelled() -> None:
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO t VALUES (1)"))
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            held.append(await driver.execute("SELECT 1 UNION ALL SELECT 2"))
            await driver.close()
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await is_cancelled()
    await engine.dispose()
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        assert another.execute("SELECT count(*) FROM t").fetchone() == (0,)
    held.clear()


class TestUrl:
    def test_three_slashes_are_relative_and_four_absolute(self) -> None:
        assert sqlite_path("sqlite:///ringcard.db") == Path("ringcard.db")
        assert sqlite_path("sqlite:////var/lib/ringcard/ringcard.db") == Path("/var/lib/ringcard/ringcard.db")

    @pytest.mark.parametrize(
        "text", ["mysql://db/ringcard", "nonsense", "", "sqlite://", "sqlite:///:memory:", "postgresql://db"]
    )
    def test_another_database_is_refused_with_what_to_write(self, text: str) -> None:
        with pytest.raises(UnsupportedDatabase, match=r"sqlite:////path/to/file|must name a"):
            open_engine(text)

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_postgresql_is_known_by_any_of_its_names(self, scheme: str) -> None:
        assert is_postgres(f"{scheme}://anna@db/ringcard")
        assert libpq_url(f"{scheme}://anna:p%40ss@db:5433/ringcard?sslmode=require").startswith(
            "postgresql://anna:p%40ss@db:5433/ringcard?"
        )

    def test_no_message_tells_the_password(self) -> None:
        assert shown("postgresql://anna:hunter2@db:5433/ringcard") == "ringcard on db:5433"
        assert shown("postgresql:///ringcard?host=/run/postgresql") == "ringcard on /run/postgresql"
        with pytest.raises(UnsupportedDatabase) as refusal:
            open_engine("postgresql://anna:hunter/2@db:port/ringcard")
        assert "hunter" not in str(refusal.value)


class TestSqliteConnection:
    async def test_it_has_wal_foreign_keys_and_a_busy_timeout(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"), busy_timeout_s=1.5)
        async with reading(engine) as connection:
            assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
            assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1
            assert (await connection.execute(text("PRAGMA busy_timeout"))).scalar() == 1500
        await engine.dispose()


class TestTransactions:
    @pytest.fixture
    async def engine(self, bare_store_url: str, open_store: OpenStore) -> AsyncEngine:
        engine = open_store(bare_store_url)
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE t (x INTEGER)"))
        return engine

    @staticmethod
    async def rows(engine: AsyncEngine) -> int:
        async with reading(engine) as connection:
            count: int = (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one()
        return count

    async def test_one_left_by_an_exception_changes_nothing_tables_included(self, engine: AsyncEngine) -> None:
        async def break_half_way() -> None:
            async with writing(engine) as connection:
                await connection.execute(text("CREATE TABLE half (x INTEGER)"))
                await connection.execute(text("INSERT INTO t VALUES (1)"))
                raise RuntimeError("half way")

        with pytest.raises(RuntimeError, match="half way"):
            await break_half_way()
        async with reading(engine) as connection:
            assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["t"]
        assert await self.rows(engine) == 0

    async def test_a_reader_does_not_wait_for_the_writer(self, engine: AsyncEngine) -> None:
        async with writing(engine) as writer:
            await writer.execute(text("INSERT INTO t VALUES (1)"))
            assert await self.rows(engine) == 0
        assert await self.rows(engine) == 1

    async def test_a_reader_sees_one_state_until_it_is_left(self, engine: AsyncEngine) -> None:
        async with reading(engine) as reader:
            assert (await reader.execute(text("SELECT count(*) FROM t"))).scalar() == 0
            async with writing(engine) as writer:
                await writer.execute(text("INSERT INTO t VALUES (1)"))
            assert (await reader.execute(text("SELECT count(*) FROM t"))).scalar() == 0

    async def test_what_a_writer_has_read_is_true_until_it_has_written(
        self, engine: AsyncEngine, bare_store_url: str, open_store: OpenStore
    ) -> None:
        """Two processes that look first and then write: without taking turns both would see no row."""
        other = open_store(bare_store_url)

        async def first_come(engine: AsyncEngine) -> None:
            async with writing(engine) as connection:
                found = (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one()
                await asyncio.sleep(0)
                if not found:
                    await connection.execute(text("INSERT INTO t VALUES (1)"))

        await asyncio.gather(*(first_come(each) for each in (engine, other) * 4))
        assert await self.rows(engine) == 1

    async def test_who_waits_too_long_for_a_turn_is_told(self, engine: AsyncEngine, bare_store_url: str) -> None:
        impatient = open_engine(bare_store_url, busy_timeout_s=0.02)
        async with writing(engine):
            with pytest.raises(DatabaseLocked):
                async with writing(impatient):
                    raise AssertionError("two at once")
        async with writing(impatient) as connection:
            await connection.execute(text("INSERT INTO t VALUES (1)"))
        await impatient.dispose()

    async def test_errors_of_the_statement_are_not_taken_for_errors_of_the_database(
        self, store_engine: AsyncEngine
    ) -> None:
        with pytest.raises(IntegrityError):
            async with writing(store_engine) as connection:
                await connection.execute(text("INSERT INTO employee_devices VALUES ('101', 'nobody')"))


TWO_CARDS_AND_TWO_IMPORTS = """
INSERT INTO contacts (contact_id, version, kind, name, tags, vip, created_at, updated_at)
  VALUES ('one', 1, 'person', 'Anna', '[]', false, 0, 0), ('two', 1, 'person', 'Boris', '[]', false, 0, 0);
INSERT INTO contact_search (contact_id, words, digits) VALUES ('one', '', ''), ('two', '', '');
INSERT INTO imports (import_id, state, stop, file_name, file_size, received, language, progress, records, created_at,
    changed_at)
  VALUES (1, 'done', false, 'a', 1, 1, 'en', '{}', 0, 0, 0), (2, 'done', false, 'b', 1, 1, 'en', '{}', 0, 0, 0);
INSERT INTO import_changes (import_id, contact_id, row, action, version)
  VALUES (1, 'one', 1, 'created', 1), (2, 'one', 1, 'updated', 2)
"""


class TestMigrations:
    @pytest.fixture
    def engine(self, bare_store_url: str, open_store: OpenStore) -> AsyncEngine:
        return open_store(bare_store_url)

    # The address of an e-mail is compared in lower case; SQLAlchemy cannot read back an index over an expression.
    @pytest.mark.filterwarnings("ignore:.*expression-based index")
    async def test_they_give_exactly_the_tables_that_the_rooms_describe(self, engine: AsyncEngine) -> None:
        await migrate(engine)

        def ours(name: str | None, kind: str, _parents: object) -> bool:
            # Full-text indexes are each database's own and not described in Python (migration 0003).
            return not (name or "").startswith(("contact_words", "contact_digits", "ix_contact_search_"))

        def asked(_item: object, name: str | None, *_what: object) -> bool:
            # On PostgreSQL these two are triggers (migration 0020).
            follows = ("fk_contact_search_contact_id", "fk_import_changes_import_id")
            return not is_postgres(engine) or name not in follows

        def difference(connection: Connection) -> list[object]:
            context = MigrationContext.configure(connection, opts={"include_name": ours, "include_object": asked})
            return list(compare_metadata(context, metadata))

        async with reading(engine) as connection:
            assert await connection.run_sync(difference) == []

    async def test_what_belongs_to_a_row_that_is_deleted_goes_with_it(self, engine: AsyncEngine) -> None:
        await migrate(engine)
        async with writing(engine) as connection:
            for statement in TWO_CARDS_AND_TWO_IMPORTS.split(";"):
                await connection.execute(text(statement))
            await connection.execute(text("DELETE FROM contacts WHERE contact_id = 'one'"))
            await connection.execute(text("DELETE FROM imports WHERE import_id = 2"))
        async with reading(engine) as connection:
            documents = await connection.execute(text("SELECT contact_id FROM contact_search"))
            changes = await connection.execute(text("SELECT import_id FROM import_changes"))
            assert (documents.scalars().all(), changes.scalars().all()) == (["two"], [1])

    async def test_running_them_again_changes_nothing(self, engine: AsyncEngine) -> None:
        await migrate(engine)
        async with writing(engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO employees (employee_id, login, name, role, disabled, created_at)"
                    " VALUES ('e', 'anna', 'Anna', 'employee', false, 0)"
                )
            )
        await migrate(engine)
        async with reading(engine) as connection:
            assert (await connection.execute(text("SELECT count(*) FROM employees"))).scalar() == 1
        assert await integrity_problem(engine) is None

    async def test_two_processes_that_start_together_do_it_one_after_the_other(
        self, engine: AsyncEngine, bare_store_url: str
    ) -> None:
        others = [open_engine(bare_store_url, busy_timeout_s=60.0) for _ in range(2)]
        await asyncio.gather(*map(migrate, others))
        assert await integrity_problem(engine) is None
        for other in others:
            await other.dispose()

    def test_the_newest_is_known_without_loading_them(self) -> None:
        assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()

    def test_alembic_is_left_where_it_is_when_there_is_nothing_to_do(self, tmp_path: Path) -> None:
        code = f"""
import asyncio, sys
from ringcard.storage import migrate, open_engine
async def start():
    engine = open_engine({url(tmp_path / "db")!r})
    await migrate(engine)
    await engine.dispose()
asyncio.run(start())
print("alembic" in sys.modules)
"""
        answers = [
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)
        ]
        assert [answer.stdout.strip() for answer in answers] == ["True", "False"]

    async def test_they_are_found_from_any_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        engine = open_engine("sqlite:///here.db")
        await migrate(engine)
        await engine.dispose()
        connection = sqlite3.connect(tmp_path / "here.db")
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall()
        connection.close()

    async def test_a_database_of_a_later_release_is_refused(self, store_engine: AsyncEngine) -> None:
        async with writing(store_engine) as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseNewer, match=r"revision 9999.*upgrade ringcard"):
            await migrate(store_engine)


class TestWhatCanBeWrongWithTheFile:
    async def test_a_database_locked_by_another_process(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"), busy_timeout_s=0.01)
        await migrate(engine)
        other = sqlite3.connect(tmp_path / "db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked, match="second ringcard"):
            await migrate(engine)
        other.execute("ROLLBACK")
        other.close()
        await migrate(engine)
        await engine.dispose()

    async def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "db").write_bytes(b"contacts;phones\n" * 1000)
        engine = open_engine(url(tmp_path / "db"))
        with pytest.raises(DatabaseCorrupt, match="backup"):
            await migrate(engine)
        await engine.dispose()

    async def test_a_damaged_page_is_found_by_the_check(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        await migrate(engine)
        await engine.dispose()
        with (tmp_path / "db").open("r+b") as file:
            file.seek(4096 * 3)
            file.write(b"\xa5" * 4096)
        engine = open_engine(url(tmp_path / "db"))
        assert await integrity_problem(engine) is not None
        await engine.dispose()

    async def test_a_missing_folder(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "missing" / "db"))
        with pytest.raises(DatabaseUnreachable, match="folder is missing"):
            await migrate(engine)
        await engine.dispose()

    async def test_a_full_disk(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        await migrate(engine)

        async def outgrow_the_disk() -> None:
            async with writing(engine) as connection:
                pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
                await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
                await connection.execute(text("CREATE TABLE t (x TEXT)"))
                await connection.execute(text("INSERT INTO t VALUES (zeroblob(10000000))"))

        with pytest.raises(DatabaseFull, match="disk is full"):
            await outgrow_the_disk()
        await engine.dispose()
