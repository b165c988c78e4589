"""What can be wrong with a PostgreSQL server, and that each says what to do."""

import signal
from collections.abc import Callable

import psycopg
import pytest
from lab.postgresql import PostgresServer
from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.storage import (
    DatabaseFull,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseRefused,
    DatabaseTooOld,
    DatabaseUnreachable,
    StorageError,
    libpq_url,
    migrate,
    reading,
    translated,
    writing,
)

OpenStore = Callable[[str], AsyncEngine]


async def first_problem(engine: AsyncEngine) -> StorageError:
    with pytest.raises(StorageError) as raised:
        await migrate(engine)
    return raised.value


class TestNotLetIn:
    async def test_a_wrong_password(self, postgres_server: PostgresServer, open_store: OpenStore) -> None:
        problem = await first_problem(open_store(postgres_server.url("postgres", password="hunter2")))
        assert isinstance(problem, DatabaseRefused)
        assert "check user and password" in str(problem)
        assert "hunter2" not in str(problem)

    async def test_no_such_user(self, postgres_server: PostgresServer, open_store: OpenStore) -> None:
        assert isinstance(
            await first_problem(open_store(postgres_server.url("postgres", user="nobody"))), DatabaseRefused
        )

    async def test_no_such_database(self, postgres_server: PostgresServer, open_store: OpenStore) -> None:
        problem = await first_problem(open_store(postgres_server.url("nowhere")))
        assert isinstance(problem, DatabaseRefused)
        assert "create it" in str(problem)

    async def test_a_user_who_may_not_make_tables(
        self, postgres_server: PostgresServer, bare_postgres_url: str, open_store: OpenStore
    ) -> None:
        name = bare_postgres_url.rpartition("/")[2]
        postgres_server.administer(f'ALTER DATABASE "{name}" OWNER TO postgres')
        problem = await first_problem(open_store(bare_postgres_url))
        assert isinstance(problem, DatabaseRefused)
        assert "owner of the database" in str(problem)


class TestNotThere:
    async def test_nobody_listens(self, open_store: OpenStore) -> None:
        problem = await first_problem(open_store("postgresql://anna:hunter2@127.0.0.1:1/ringcard"))
        assert isinstance(problem, DatabaseUnreachable)
        assert "check that its server runs" in str(problem)
        assert "hunter2" not in str(problem)

    async def test_no_such_host(self, open_store: OpenStore) -> None:
        assert isinstance(
            await first_problem(open_store("postgresql://anna@nowhere.invalid/ringcard")), DatabaseUnreachable
        )

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
    async def test_a_server_that_goes_away_and_comes_back_is_found_again(
        self, own_postgres_server: PostgresServer, open_store: OpenStore, how: signal.Signals
    ) -> None:
        """Stopped in order and crashed, in the middle of a transaction and between two."""
        engine = open_store(own_postgres_server.create("office"))
        await migrate(engine)

        async def lose_it_half_way() -> None:
            async with writing(engine) as connection:
                await connection.execute(text("CREATE TABLE t (x INTEGER)"))
                own_postgres_server.stop(how)
                await connection.execute(text("INSERT INTO t VALUES (1)"))

        with pytest.raises(DatabaseUnreachable):
            await lose_it_half_way()
        with pytest.raises(DatabaseUnreachable):
            await migrate(engine)
        own_postgres_server.start()
        await migrate(engine)
        async with reading(engine) as connection:
            assert (await connection.execute(text("SELECT to_regclass('t')"))).scalar() is None
        own_postgres_server.stop(how)
        own_postgres_server.start()
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE t (x INTEGER)"))


class TestUnfit:
    async def test_an_old_server(
        self, bare_postgres_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ringcard.storage.engine.OLDEST_POSTGRES", 99)
        problem = await first_problem(open_store(bare_postgres_url))
        assert isinstance(problem, DatabaseTooOld)
        assert "99 or newer" in str(problem)

    async def test_a_database_without_unicode(self, postgres_server: PostgresServer, open_store: OpenStore) -> None:
        postgres_server.administer(
            "CREATE DATABASE latin OWNER ringcard ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
        )
        try:
            problem = await first_problem(open_store(postgres_server.url("latin")))
        finally:
            postgres_server.drop("latin")
        assert isinstance(problem, DatabaseTooOld)
        assert "ENCODING 'UTF8'" in str(problem)

    async def test_a_server_that_may_only_be_read(
        self, postgres_server: PostgresServer, postgres_store_url: str, open_store: OpenStore
    ) -> None:
        name = postgres_store_url.rpartition("/")[2]
        postgres_server.administer(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        engine = open_store(postgres_store_url)
        with pytest.raises(DatabaseReadOnly, match="primary server"):
            async with writing(engine) as connection:
                await connection.execute(text("UPDATE employees SET name = name"))
        async with reading(engine) as connection:
            assert (await connection.execute(text("SELECT count(*) FROM employees"))).scalar() == 0

    async def test_one_that_was_not_migrated(self, bare_postgres_url: str, open_store: OpenStore) -> None:
        with pytest.raises(StorageError, match="was not migrated"):
            async with reading(open_store(bare_postgres_url)) as connection:
                await connection.execute(text("SELECT * FROM employees"))


class TestText:
    async def test_a_nul_becomes_a_replacement_character(self, postgres_store_url: str, open_store: OpenStore) -> None:
        async with reading(open_store(postgres_store_url)) as connection:
            kept = (await connection.execute(text("SELECT CAST(:given AS text)"), {"given": "a\0b 🙂"})).scalar_one()
        assert kept == "a\ufffdb 🙂"

    async def test_any_other_mistake_stays_what_it_is(self, postgres_store_url: str, open_store: OpenStore) -> None:
        with pytest.raises(DataError):
            async with reading(open_store(postgres_store_url)) as connection:
                await connection.execute(text("SELECT 1 / 0"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull, DatabaseFull),
        (psycopg.errors.DeadlockDetected, DatabaseLocked),
        (psycopg.errors.SerializationFailure, DatabaseLocked),
        (psycopg.errors.TooManyConnections, DatabaseUnreachable),
        (psycopg.errors.CannotConnectNow, DatabaseUnreachable),
        (psycopg.errors.IoError, DatabaseUnreachable),
        (psycopg.errors.InvalidPassword, DatabaseRefused),
    ],
)
def test_what_is_hard_to_bring_about_is_told_by_its_code(error: type[psycopg.Error], kind: type[StorageError]) -> None:
    with pytest.raises(kind), translated("postgresql://anna:hunter2@db/ringcard"):
        raise error("said by the server")


def test_the_plain_url_is_good_for_a_plain_connection(postgres_store_url: str) -> None:
    with psycopg.connect(libpq_url(postgres_store_url)) as connection:
        assert connection.execute("SELECT current_setting('application_name')").fetchone() == ("ringcard",)
