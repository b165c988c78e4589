"""The database: what a connection promises, migrations, and what can be wrong with the file."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

import ringcard.contacts.tables
import ringcard.people.tables  # noqa: F401  the metadata is complete only with every room's tables
from ringcard.storage import (
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseUnreachable,
    UnsupportedDatabase,
    integrity_problem,
    migrate,
    open_engine,
    reading,
    sqlite_path,
    writing,
)
from ringcard.storage.schema import metadata


def url(path: Path) -> str:
    return f"sqlite:///{path}"


class TestUrl:
    def test_three_slashes_are_relative_and_four_absolute(self) -> None:
        assert sqlite_path("sqlite:///ringcard.db") == Path("ringcard.db")
        assert sqlite_path("sqlite:////var/lib/ringcard/ringcard.db") == Path("/var/lib/ringcard/ringcard.db")

    @pytest.mark.parametrize("text", ["postgresql://db/ringcard", "mysql://db/ringcard", "nonsense", "", "sqlite://"])
    def test_another_database_is_refused_with_what_to_write(self, text: str) -> None:
        with pytest.raises(UnsupportedDatabase, match=r"sqlite:////path/to/file|must name a file"):
            sqlite_path(text)


class TestConnection:
    async def test_it_has_wal_foreign_keys_and_a_busy_timeout(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"), busy_timeout_s=1.5)
        async with reading(engine) as connection:
            assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
            assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1
            assert (await connection.execute(text("PRAGMA busy_timeout"))).scalar() == 1500
        await engine.dispose()

    async def test_a_transaction_left_by_an_exception_changes_nothing(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))

        async def break_half_way() -> None:
            async with writing(engine) as connection:
                await connection.execute(text("CREATE TABLE t (x INTEGER)"))
                raise RuntimeError("half way")

        with pytest.raises(RuntimeError, match="half way"):
            await break_half_way()
        async with reading(engine) as connection:
            assert (await connection.execute(text("SELECT count(*) FROM sqlite_master"))).scalar() == 0
        await engine.dispose()

    async def test_a_reader_does_not_wait_for_the_writer(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE t (x INTEGER)"))
        async with writing(engine) as writer:
            await writer.execute(text("INSERT INTO t VALUES (1)"))
            async with reading(engine) as reader:
                assert (await reader.execute(text("SELECT count(*) FROM t"))).scalar() == 0
        await engine.dispose()


class TestMigrations:
    async def test_they_give_exactly_the_tables_that_the_rooms_describe(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        await migrate(engine)

        def difference(connection: Connection) -> list[object]:
            return list(compare_metadata(MigrationContext.configure(connection), metadata))

        async with reading(engine) as connection:
            assert await connection.run_sync(difference) == []
        await engine.dispose()

    async def test_running_them_again_changes_nothing(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        await migrate(engine)
        async with writing(engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO employees (employee_id, login, name, role, disabled, created_at)"
                    " VALUES ('e', 'anna', 'Anna', 'employee', 0, 0)"
                )
            )
        await migrate(engine)
        async with reading(engine) as connection:
            assert (await connection.execute(text("SELECT count(*) FROM employees"))).scalar() == 1
        assert await integrity_problem(engine) is None
        await engine.dispose()

    async def test_they_are_found_from_any_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        engine = open_engine("sqlite:///here.db")
        await migrate(engine)
        await engine.dispose()
        connection = sqlite3.connect(tmp_path / "here.db")
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall()
        connection.close()

    async def test_a_database_of_a_later_release_is_refused(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        await migrate(engine)
        async with writing(engine) as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseNewer, match=r"revision 9999.*upgrade ringcard"):
            await migrate(engine)
        await engine.dispose()


class TestWhatCanBeWrong:
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
        with pytest.raises(DatabaseUnreachable, match="folder exists"):
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

    async def test_errors_of_the_statement_are_not_taken_for_errors_of_the_database(self, tmp_path: Path) -> None:
        engine = open_engine(url(tmp_path / "db"))
        await migrate(engine)
        with pytest.raises(IntegrityError):
            async with writing(engine) as connection:
                await connection.execute(text("INSERT INTO employee_devices VALUES ('101', 'nobody')"))
        await engine.dispose()
