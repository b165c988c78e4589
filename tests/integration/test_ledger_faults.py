"""The ledger against real files: killed, full, locked, torn, and read byte by byte.

Over 400 lines: each fault needs its programs and its proof beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import runpy
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

import ringcard
from ringcard.calls.events import CallInformation, Party
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.ledger import (
    CardShown,
    Entry,
    Ledger,
    LedgerDamaged,
    LedgerInUse,
    LedgerSettings,
    LedgerState,
    LedgerTooNew,
    LedgerUnusable,
    MasterKeyProblem,
    StoreTrouble,
    Trouble,
    UnwrittenEvents,
)
from ringcard.testing.call_events import ANNA, BORIS, at, ends, is_answered, is_forwarded_to, rings, whole_call

PROGRAMS = Path(__file__).with_name("ledger_programs")
QUICK = LedgerSettings(gather_s=0, retry_first_s=0.005, retry_limit_s=0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


async def written(ledger: Ledger, *parts: Sequence[Entry]) -> int:
    position = 0
    for part in parts:
        position = ledger.append(part)
    await ledger.flushed(position)
    return position


async def reaches(ledger: Ledger, state: LedgerState) -> None:
    async with asyncio.timeout(10):
        while ledger.status.state is not state:
            await asyncio.sleep(0.005)


class TestKilled:
    ROUNDS = 20

    async def test_whatever_was_reported_is_there_in_order_and_once(self, path: Path) -> None:
        """A real process, killed in the middle of its work again and again; the ledger grows from round to round."""
        dice = random.Random(20261123)
        reported = 0
        for _ in range(self.ROUNDS):
            reported = await asyncio.to_thread(_run_and_kill, path, dice.uniform(0, 0.2))
            async with await Ledger.open(path) as ledger:
                assert ledger.status.durable >= reported
                tail = [stored.position async for stored in ledger.replay(max(1, reported - 50))]
                assert tail == list(range(max(1, reported - 50), ledger.status.durable + 1))
        story = _story()
        async with await Ledger.open(path) as ledger:
            async for stored in ledger.replay():
                assert stored.entry == next(story)
            found = await ledger.verify()
            assert found.sound
            assert found.entries == ledger.status.durable >= reported > self.ROUNDS
            stuck = await ledger.open_calls()
            assert all(record.ended_at is None for record in stuck)
            assert len(stuck) < found.calls


def _story() -> Iterator[Entry]:
    story: Iterator[Entry] = runpy.run_path(str(PROGRAMS / "append_for_ever.py"))["story"]()
    return story


def _run_and_kill(path: Path, after_s: float) -> int:
    """Run the program, kill it `after_s` after its first report; the last position it reported."""
    program = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "append_for_ever.py"), str(path)], stdout=subprocess.PIPE, env=_environment()
    )
    assert program.stdout is not None
    first = program.stdout.readline()
    time.sleep(after_s)
    program.kill()
    rest = program.stdout.read()
    program.stdout.close()
    assert program.wait(10) == -9
    # The last line may be cut in the middle.
    lines = (first + rest).rpartition(b"\n")[0].split()
    return max(map(int, lines))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(ringcard.__file__).parent.parent)}


class TestFullDisk:
    def test_everything_waits_says_why_and_goes_on_when_there_is_room(self, tmp_path: Path) -> None:
        """A real file system without room: a tmpfs in a mount namespace of its own."""
        alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        done = subprocess.run(
            [*alone, sys.executable, str(PROGRAMS / "fill_the_disk.py"), str(tmp_path)],
            capture_output=True,
            text=True,
            env=_environment(),
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout.splitlines()[-1])
        during = seen["during"]
        assert (during["state"], during["trouble"]) == ("failing", "disk_full")
        assert "free some space" in during["problem"]
        assert during["durable"] + during["queued"] == seen["appended"]
        assert during["queued"] >= 400
        assert seen["still_readable"]
        assert seen["after"] == {"state": "writing", "problem": None, "queued": 0, "refused": 0}
        assert seen["stored_in_order"]
        assert seen["sound"]
        assert list(tmp_path.iterdir()) == []


class TestLocked:
    async def test_another_program_holds_the_database(self, path: Path) -> None:
        async with await Ledger.open(path, settings=QUICK) as ledger:
            await written(ledger, rings("c-1"))
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
            position = ledger.append(ends("c-1"))
            await reaches(ledger, LedgerState.FAILING)
            status = ledger.status
            assert status.trouble is Trouble.LOCKED
            assert "Another program" in (status.problem or "")
            assert (status.durable, status.queued) == (2, 2)
            assert len(await ledger.open_calls()) == 1
            other.execute("ROLLBACK")
            other.close()
            await ledger.flushed(position)
            assert ledger.status.state is LedgerState.WRITING
            assert await ledger.open_calls() == []
            assert (await ledger.verify()).sound

    async def test_closing_meanwhile_says_what_is_lost(self, path: Path) -> None:
        ledger = await Ledger.open(path, settings=QUICK)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        ledger.append(rings("c-1"))
        with pytest.raises(UnwrittenEvents, match="2 events were not written: Another program"):
            await ledger.close(timeout_s=0.1)
        other.close()

    async def test_locked_at_the_start(self, path: Path) -> None:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerInUse, match="Another program"):
            await Ledger.open(path)
        other.close()

    async def test_a_second_ringcard_is_told_of_the_first(self, path: Path) -> None:
        async with await Ledger.open(path):
            with pytest.raises(LedgerInUse, match=rf"Another ringcard \(process {os.getpid()}\) uses this ledger"):
                await Ledger.open(path)
            done = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, str(PROGRAMS / "append_for_ever.py"), str(path)],
                capture_output=True,
                text=True,
                env=_environment(),
                timeout=30,
                check=False,
            )
            assert done.returncode == 1
            assert f"Another ringcard (process {os.getpid()}) uses this ledger" in done.stderr
        async with await Ledger.open(path):
            pass


class TestDamaged:
    @pytest.fixture
    async def whole(self, path: Path) -> Path:
        async with await Ledger.open(path) as ledger:
            await written(ledger, *(whole_call(f"c-{number}", start=number) for number in range(60)))
        return path

    @pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
    async def test_torn(self, whole: Path, part: float) -> None:
        with whole.open("r+b") as file:
            file.truncate(int(whole.stat().st_size * part))
        with pytest.raises(LedgerDamaged, match="restore it from a backup"):
            await Ledger.open(whole)

    async def test_overwritten_in_the_middle(self, whole: Path) -> None:
        with whole.open("r+b") as file:
            file.seek(whole.stat().st_size // 2 // 4096 * 4096)
            file.write(b"\xa5" * 4096)
        with pytest.raises(LedgerDamaged, match="restore it from a backup"):
            await Ledger.open(whole)

    async def test_not_a_database(self, path: Path) -> None:
        path.write_text("call;caller\n" * 500)
        with pytest.raises(LedgerDamaged):
            await Ledger.open(path)

    async def test_another_programs_database(self, path: Path) -> None:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE bookmarks (url)")
        other.commit()
        other.close()
        with pytest.raises(LedgerDamaged, match="not a ledger"):
            await Ledger.open(path)

    async def test_of_a_later_version(self, whole: Path) -> None:
        other = sqlite3.connect(whole)
        other.execute("PRAGMA user_version = 99")
        other.close()
        with pytest.raises(LedgerTooNew, match="later ringcard"):
            await Ledger.open(whole)

    async def test_no_such_directory(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerUnusable, match="No such file or directory"):
            await Ledger.open(tmp_path / "missing" / "ledger.sqlite3")

    async def test_after_a_refused_start_the_file_is_free(self, whole: Path) -> None:
        content = whole.read_bytes()
        whole.write_bytes(content[:5000])
        with pytest.raises(LedgerDamaged):
            await Ledger.open(whole)
        whole.write_bytes(content)
        async with await Ledger.open(whole) as ledger:
            assert (await ledger.verify()).sound

    async def test_a_torn_log_gives_what_was_whole(self, path: Path, tmp_path: Path) -> None:
        """The write-ahead log cut anywhere, as a lost disk cache leaves it: a prefix, and records that agree."""
        async with await Ledger.open(path, settings=QUICK) as ledger:
            for number in range(20):
                await written(ledger, whole_call(f"c-{number}", start=number))
            copy = tmp_path / "copy"
            copy.mkdir()
            for name in ("", "-wal", ".key"):
                shutil.copy2(f"{path}{name}", copy / f"{path.name}{name}")
        log = copy / f"{path.name}-wal"
        whole_log = log.read_bytes()
        database = (copy / path.name).read_bytes()
        dice = random.Random(7)
        seen = set()
        for _ in range(12):
            (copy / path.name).write_bytes(database)
            log.write_bytes(whole_log[: dice.randrange(len(whole_log))])
            ledger = await Ledger.open(copy / path.name)
            found = await ledger.verify()
            assert found.sound
            seen.add(found.entries)
            await ledger.close()
        assert len(seen) > 3


class TestMasterKey:
    async def test_missing_while_there_is_data(self, path: Path) -> None:
        async with await Ledger.open(path) as ledger:
            await written(ledger, rings("c-1"))
        Path(f"{path}.key").unlink()
        with pytest.raises(MasterKeyProblem, match="restore the key file"):
            await Ledger.open(path)

    async def test_of_another_ledger(self, path: Path, tmp_path: Path) -> None:
        for name in (path, tmp_path / "other.sqlite3"):
            async with await Ledger.open(name) as ledger:
                await written(ledger, rings("c-1"))
        shutil.copy2(tmp_path / "other.sqlite3.key", f"{path}.key")
        with pytest.raises(MasterKeyProblem, match="belongs to another ledger"):
            await Ledger.open(path)

    async def test_may_lie_elsewhere(self, path: Path, tmp_path: Path) -> None:
        key_path = tmp_path / "secrets.key"
        async with await Ledger.open(path, key_path=key_path) as ledger:
            await written(ledger, rings("c-1"))
        assert key_path.exists()
        assert not Path(f"{path}.key").exists()

    async def test_no_file_is_for_others(self, path: Path) -> None:
        async with await Ledger.open(path) as ledger:
            await written(ledger, rings("c-1"))
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
            assert Path(f"{path}-wal").exists()


class TestRawBytes:
    SECRETS = ("+79031234567", "79031234567", "89031234567", "9031234567", "9990001122", "Anna", "Иванова", "7.50")

    @staticmethod
    def raw(path: Path) -> bytes:
        return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))

    async def test_nothing_personal_is_in_any_file_at_any_time(self, path: Path) -> None:
        ledger = await Ledger.open(path)
        call_id = CallId("c-1")
        story: list[list[Entry]] = [
            [*rings("c-1")],
            [CallInformation(call_id, at(2), caller=Party(ANNA, "89031234567", None, "Анна Иванова"))],
            [*is_answered("c-1"), *is_forwarded_to("c-1", BORIS)],
            [CardShown(call_id, DeviceId("101"), at(3), {"name": "Анна Иванова", "orders": [{"total": "7.50"}]})],
            [*ends("c-1")],
        ]
        for part in story:
            await written(ledger, part)
            self.assert_clean(path)
        assert (await ledger.calls(number=ANNA)).items[0].caller.name == "Анна Иванова"
        assert "Иванова" in repr(await ledger.events_of(call_id))
        await ledger.erase(ANNA)
        self.assert_clean(path)
        await ledger.close()
        self.assert_clean(path)

    def assert_clean(self, path: Path) -> None:
        raw = self.raw(path)
        assert b"c-1" in raw, "the search itself works"
        for secret in self.SECRETS:
            for encoding in ("utf-8", "utf-16-le"):
                assert secret.encode(encoding) not in raw, secret

    async def test_an_erased_key_is_in_no_file_any_more(self, path: Path) -> None:
        async with await Ledger.open(path) as ledger:
            await written(ledger, whole_call("c-1"), whole_call("c-2", number=BORIS, start=100))
            reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            before = {row[0] for row in reader.execute("SELECT wrapped_key FROM person_keys")}
            erasure = await ledger.erase(ANNA)
            after = {row[0] for row in reader.execute("SELECT wrapped_key FROM person_keys")}
            reader.close()
            gone = before - after
            assert len(gone) == erasure.keys == 2
            raw = self.raw(path)
            assert all(key in raw for key in after), "the search itself works"
            assert not any(key in raw for key in gone)

    async def test_a_reader_that_keeps_the_old_pages_alive_is_reported(self, path: Path) -> None:
        async with await Ledger.open(path) as ledger:
            await written(ledger, whole_call("c-1"))
            reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            reader.execute("BEGIN")
            keys = [row[0] for row in reader.execute("SELECT wrapped_key FROM person_keys")]
            with pytest.raises(StoreTrouble, match="still being read"):
                await ledger.erase(ANNA)
            assert (await ledger.calls(number=ANNA)).items == ()
            reader.close()
            await ledger.erase(ANNA)
            left = [key for key in keys if key in self.raw(path)]
            assert len(left) == len(keys) - 2


class TestQueries:
    async def test_history_never_sorts_nor_scans_however_long_it_is(self, path: Path) -> None:
        """Every list comes out of an index in its order: asked of SQLite's own planner."""
        statements: list[str] = []
        async with await Ledger.open(path) as ledger:
            await written(ledger, *(whole_call(f"c-{number}", start=number) for number in range(30)))
            watched = ledger._reading.store._db  # type: ignore[attr-defined]
            watched.set_trace_callback(statements.append)
            page = await ledger.calls(limit=5)
            await ledger.calls(limit=5, before=page.next)
            await ledger.calls(limit=5, before=page.next, device=DeviceId("101"))
            await ledger.calls(limit=5, before=page.next, number=ANNA)
            await ledger.open_calls()
            await ledger.call(CallId("c-1"))
            await ledger.events_of(CallId("c-1"))
            watched.set_trace_callback(None)
        assert len(statements) > 10
        database = sqlite3.connect(path)
        for statement in statements:
            plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement}")]
            for step in plan:
                if step.startswith("SCAN"):
                    assert "USING INDEX call_records" in step or step.split()[1] in {"up", "down", "CONSTANT"}, (
                        step,
                        statement,
                    )
                if "call_records r" in statement or "call_devices d" in statement:
                    assert "TEMP B-TREE" not in step or "WHERE call_id IN" in statement, (step, statement)
        database.close()


async def test_the_figures_are_in_the_metrics(path: Path) -> None:
    registry = CollectorRegistry()
    async with await Ledger.open(path) as ledger:
        ledger.metrics.register(registry)
        await written(ledger, rings("c-1"))
        assert (ledger.status.last_commit_s or 0) > 0
        text = generate_latest(registry).decode()
    assert "ringcard_ledger_written_events_total 2.0" in text
    assert "ringcard_ledger_queued_events 0.0" in text
    assert "ringcard_ledger_refused_events_total 0.0" in text
    assert "ringcard_ledger_commit_seconds_count 1.0" in text
    assert "# TYPE ringcard_ledger_failed_commits_total counter" in text


async def test_appending_never_blocks_the_loop_while_the_disk_is_stuck(path: Path) -> None:
    async with await Ledger.open(path, settings=QUICK) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        slowest = 0.0
        for number in range(200):
            began = time.perf_counter()
            position = ledger.append(whole_call(f"c-{number}"))
            slowest = max(slowest, time.perf_counter() - began)
            await asyncio.sleep(0)
        # SQLite waits 250 ms for a lock each time it tries; none of that may be felt here.
        assert slowest < 0.1
        other.execute("ROLLBACK")
        other.close()
        await ledger.flushed(position)
