"""The ledger against a real PostgreSQL: killed, cut off, stopped and started, read-only, and read byte by byte."""

from __future__ import annotations

import asyncio
import random
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from lab.postgresql import PostgresServer

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.ledger import (
    Entry,
    Ledger,
    LedgerInUse,
    LedgerSettings,
    LedgerState,
    LedgerUnusable,
    StoreTrouble,
    Trouble,
)
from ringcard.ledger.postgres import PostgresStore
from ringcard.ledger.reading import Reading
from ringcard.storage import libpq_url, migrate, open_engine
from ringcard.testing.call_events import ANNA, BORIS, ends, is_answered, rings, whole_call

PROGRAM = Path(__file__).with_name("ledger_programs") / "append_for_ever.py"
QUICK = LedgerSettings(gather_s=0, retry_first_s=0.005, retry_limit_s=0.02)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "ledger.key"


async def written(ledger: Ledger, *parts: Sequence[Entry]) -> int:
    position = 0
    for part in parts:
        position = ledger.append(part)
    await ledger.flushed(position)
    return position


async def fails_with(ledger: Ledger, trouble: Trouble) -> str:
    """Wait for this trouble; what the administrator is told."""
    async with asyncio.timeout(10):
        while ledger.status.trouble is not trouble:
            await asyncio.sleep(0.005)
    assert ledger.status.state is LedgerState.FAILING
    return ledger.status.problem or ""


async def migrated(url: str) -> str:
    engine = open_engine(url)
    await migrate(engine)
    await engine.dispose()
    return url


class TestKilled:
    ROUNDS = 5

    async def test_whatever_was_reported_is_there_in_order_and_once(self, postgres_store_url: str, key: Path) -> None:
        """A real process, killed in the middle of its work again and again; its successor is let in at once."""
        dice = random.Random(20261123)
        reported = 0
        for _ in range(self.ROUNDS):
            reported = await asyncio.to_thread(_run_and_kill, postgres_store_url, key, dice.uniform(0, 0.2))
            async with await Ledger.on_server(postgres_store_url, key_path=key) as ledger:
                assert ledger.status.durable >= reported
        story: Iterator[Entry] = runpy.run_path(str(PROGRAM))["story"]()
        async with await Ledger.on_server(postgres_store_url, key_path=key) as ledger:
            async for stored in ledger.replay():
                assert stored.entry == next(story)
            found = await ledger.verify()
        assert found.sound
        assert found.entries >= reported > self.ROUNDS


def _run_and_kill(url: str, key: Path, after_s: float) -> int:
    program = subprocess.Popen([sys.executable, str(PROGRAM), url, str(key)], stdout=subprocess.PIPE)
    assert program.stdout is not None
    first = program.stdout.readline()
    time.sleep(after_s)
    program.kill()
    rest = program.stdout.read()
    program.stdout.close()
    assert program.wait(10) == -9
    # The last line may be cut in the middle.
    return max(map(int, (first + rest).rpartition(b"\n")[0].split()))


class TestTheServerGoesAway:
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
    async def test_everything_waits_and_is_written_when_it_is_back(
        self, own_postgres_server: PostgresServer, key: Path, how: signal.Signals
    ) -> None:
        """Stopped in order, and crashed, in the middle of a call."""
        url = await migrated(own_postgres_server.create("office"))
        async with await Ledger.on_server(url, key_path=key, settings=QUICK) as ledger:
            await written(ledger, rings("c-1"))
            own_postgres_server.stop(how)
            ledger.append(is_answered("c-1"))
            problem = await fails_with(ledger, Trouble.UNREACHABLE)
            position = ledger.append([*ends("c-1"), *whole_call("c-2", start=50)])
            with pytest.raises(StoreTrouble):
                await ledger.call(CallId("c-1"))
            assert "start it; ringcard goes on by itself" in problem
            assert ledger.status.queued > 0
            own_postgres_server.start()
            async with asyncio.timeout(10):
                await ledger.flushed(position)
            assert (ledger.status.state, ledger.status.problem) == (LedgerState.WRITING, None)
            record = await ledger.call(CallId("c-1"))
            assert record is not None
            assert record.complete
            assert record.ended_at is not None
            entries = [stored.entry async for stored in ledger.replay()]
            assert entries == [*rings("c-1"), *is_answered("c-1"), *ends("c-1"), *whole_call("c-2", start=50)]
            assert (await ledger.verify()).sound

    async def test_a_commit_whose_answer_was_lost_is_not_made_twice(self, postgres_store_url: str, key: Path) -> None:
        with Wire(postgres_store_url) as wire:
            async with await Ledger.on_server(wire.url, key_path=key, settings=QUICK) as ledger:
                await written(ledger, rings("c-1"))
                for turn in range(5):
                    wire.swallow_the_next_answer()
                    await written(ledger, whole_call(f"c-{turn + 2}", start=50 * turn))
                assert wire.swallowed == 5
                expected = [rings("c-1"), *(whole_call(f"c-{turn + 2}", start=50 * turn) for turn in range(5))]
                entries = [stored.entry async for stored in ledger.replay()]
                assert entries == [entry for part in expected for entry in part]
                assert (await ledger.verify()).sound

    async def test_a_connection_that_broke_unnoticed_costs_no_read(
        self, postgres_server: PostgresServer, postgres_store_url: str, key: Path
    ) -> None:
        async with await Ledger.on_server(postgres_store_url, key_path=key) as ledger:
            await written(ledger, whole_call("c-1"))
            _end_all_sessions(postgres_server, postgres_store_url)
            assert (await ledger.calls()).items
            await written(ledger, whole_call("c-2"))
            assert ledger.status.problem is None


class TestOneWriter:
    async def test_a_second_one_is_refused_and_told_by_whom(self, postgres_store_url: str, key: Path) -> None:
        async with await Ledger.on_server(postgres_store_url, key_path=key):
            with pytest.raises(LedgerInUse, match=r"process \d+, from 127\.0\.0\.1.*stop it"):
                await Ledger.on_server(postgres_store_url, key_path=key)
        async with await Ledger.on_server(postgres_store_url, key_path=key) as ledger:
            await written(ledger, rings("c-1"))

    async def test_one_that_finds_another_wrote_meanwhile_writes_nothing_more(
        self, postgres_server: PostgresServer, postgres_store_url: str, key: Path
    ) -> None:
        ledger = await Ledger.on_server(postgres_store_url, key_path=key, settings=QUICK)
        await written(ledger, rings("c-1"))
        name = postgres_store_url.rpartition("/")[2]
        postgres_server.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        _end_all_sessions(postgres_server, postgres_store_url)
        ledger.append(is_answered("c-1"))
        await fails_with(ledger, Trouble.UNREACHABLE)
        # The other one comes first when the way is free.
        postgres_server.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true', "SELECT 1")
        with psycopg.connect(libpq_url(postgres_store_url)) as other:
            other.execute("INSERT INTO ledger.events VALUES (1000, NULL, NULL, 0, 'fact', '', NULL)")
        _end_all_sessions(postgres_server, postgres_store_url)
        ledger.append(ends("c-1"))
        problem = await fails_with(ledger, Trouble.TAKEN)
        assert "stop one of the two" in problem
        with psycopg.connect(libpq_url(postgres_store_url)) as other:
            (count,) = other.execute("SELECT count(*) FROM ledger.events").fetchone() or (0,)
        assert count in (len(rings("c-1")) + 1, len(rings("c-1")) + len(is_answered("c-1")) + 1)
        with pytest.raises(Exception, match="not written"):
            await ledger.close(0.1)


class TestRefused:
    async def test_a_wrong_password(self, postgres_server: PostgresServer, key: Path) -> None:
        with pytest.raises(LedgerUnusable, match="check user and password"):
            await Ledger.on_server(postgres_server.url("postgres", password="hunter2"), key_path=key)

    async def test_a_database_that_was_not_migrated(self, bare_postgres_url: str, key: Path) -> None:
        with pytest.raises(LedgerUnusable, match="was not migrated"):
            await Ledger.on_server(bare_postgres_url, key_path=key)

    async def test_one_that_can_only_be_read_for_a_while(
        self, postgres_server: PostgresServer, postgres_store_url: str, key: Path
    ) -> None:
        name = postgres_store_url.rpartition("/")[2]
        async with await Ledger.on_server(postgres_store_url, key_path=key, settings=QUICK) as ledger:
            await written(ledger, rings("c-1"))
            postgres_server.administer(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
            _end_all_sessions(postgres_server, postgres_store_url)
            position = ledger.append(is_answered("c-1"))
            assert "cannot be written" in await fails_with(ledger, Trouble.UNWRITABLE)
            assert (await ledger.call(CallId("c-1"))) is not None
            postgres_server.administer(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            await ledger.flushed(position)
            assert (await ledger.verify()).sound


class TestRawBytes:
    async def test_an_erased_key_is_in_no_table_any_more(self, own_postgres_server: PostgresServer, key: Path) -> None:
        """In the files of the tables, that is: the server's log keeps it until its segments are used again."""
        url = await migrated(own_postgres_server.create("office"))
        async with await Ledger.on_server(url, key_path=key) as ledger:
            await written(ledger, whole_call("c-1"), whole_call("c-2", number=BORIS, start=100))
            before = _keys(url)
            erasure = await ledger.erase(ANNA)
            after = _keys(url)
            assert len(before - after) == erasure.keys == 2
            own_postgres_server.administer("CHECKPOINT")
            raw = b"".join(
                path.read_bytes()
                for path in (own_postgres_server.directory / "data" / "base").rglob("*")
                if path.is_file()
            )
            assert all(each in raw for each in after), "the search itself works"
            assert not any(each in raw for each in before - after)
            assert b"79031234567" not in raw
            assert (await ledger.calls(number=ANNA)).items == ()

    async def test_a_reader_that_keeps_them_alive_is_reported(self, postgres_store_url: str, key: Path) -> None:
        async with await Ledger.on_server(postgres_store_url, key_path=key) as ledger:
            await written(ledger, whole_call("c-1"))
            with psycopg.connect(libpq_url(postgres_store_url)) as reader:
                reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                reader.execute("SELECT count(*) FROM ledger.events")
                with pytest.raises(StoreTrouble, match="still being read"):
                    await ledger.erase(ANNA)
            assert (await ledger.calls(number=ANNA)).items == ()
            await ledger.erase(ANNA)


class TestQueries:
    async def test_history_never_sorts_nor_scans_however_long_it_is(self, postgres_store_url: str, key: Path) -> None:
        """Every list comes out of an index in its order: asked of PostgreSQL's own planner."""
        statements: list[tuple[str, Sequence[object]]] = []

        class Watched(PostgresStore):
            def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[object]:
                statements.append((sql, parameters))
                return super()._all(sql, parameters)

        async with await Ledger.on_server(postgres_store_url, key_path=key) as ledger:
            await written(ledger, *(whole_call(f"c-{number}", start=number) for number in range(300)))
        store = Watched(postgres_store_url)
        ledger = await Ledger.over(store, ledger.master)
        ledger._reading = Reading(store, ledger.master)
        statements.clear()
        page = await ledger.calls(limit=5)
        await ledger.calls(limit=5, before=page.next)
        await ledger.calls(limit=5, before=page.next, device=DeviceId("101"))
        await ledger.calls(limit=5, before=page.next, number=ANNA)
        await ledger.open_calls()
        await ledger.call(CallId("c-1"))
        await ledger.events_of(CallId("c-1"))
        asked, statements = statements, []
        await ledger.close()
        assert len(asked) > 10
        with psycopg.connect(libpq_url(postgres_store_url)) as planner:
            # A table of 300 rows is quicker read whole than looked up; asked for the plan of a long one.
            planner.execute("ANALYZE")
            planner.execute("SET enable_seqscan = off")
            planner.execute("SET enable_bitmapscan = off")
            for sql, parameters in asked:
                plan = "\n".join(row[0] for row in planner.execute(f"EXPLAIN {sql}".encode(), parameters))
                assert "Seq Scan" not in plan, (sql, plan)
                if "ORDER BY r." in sql or "ORDER BY d." in sql or "ORDER BY p." in sql:
                    assert "Sort" not in plan, (sql, plan)


def _keys(url: str) -> set[bytes]:
    with psycopg.connect(libpq_url(url)) as connection:
        return {row[0] for row in connection.execute("SELECT wrapped_key FROM ledger.person_keys")}


def _end_all_sessions(server: PostgresServer, url: str) -> None:
    name = url.rpartition("/")[2]
    server.administer(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")


class Wire:
    """A way to the server that can lose an answer: what we send arrives, what comes back does not; then it breaks."""

    def __init__(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2].partition("/")[0])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = url.replace(f":{self._port}/", f":{self._listening.getsockname()[1]}/")
        self.swallowed = 0
        self._swallow = threading.Event()
        self._ways: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow_the_next_answer(self) -> None:
        self._swallow.set()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        for way in self._ways:
            _shut(*way)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listening.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._port))
            self._ways.append((ours, theirs))
            threading.Thread(target=self._there, args=(ours, theirs), daemon=True).start()
            threading.Thread(target=self._back, args=(ours, theirs), daemon=True).start()

    def _there(self, ours: socket.socket, theirs: socket.socket) -> None:
        with _until_closed(ours, theirs):
            while data := ours.recv(65536):
                theirs.sendall(data)

    def _back(self, ours: socket.socket, theirs: socket.socket) -> None:
        with _until_closed(ours, theirs):
            while data := theirs.recv(65536):
                # What a commit is answered with.
                if b"COMMIT\x00" in data and self._swallow.is_set():
                    self._swallow.clear()
                    self.swallowed += 1
                    return
                ours.sendall(data)


@contextmanager
def _until_closed(*both: socket.socket) -> Iterator[None]:
    try:
        yield
    except OSError:
        pass
    finally:
        _shut(*both)


def _shut(*both: socket.socket) -> None:
    for each in both:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
