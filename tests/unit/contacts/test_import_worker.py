"""The process that works on an import, and the one that reads the file for it: how they end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.import_stage import PLAN, Stage

from ringcard.contacts.imports.model import ImportJob, ImportState
from ringcard.contacts.imports.worker import Task
from ringcard.storage import is_postgres, writing

ROWS = 11_000
MANY = "Код;Имя;Телефон\n" + "".join(f"{n};Анна {n};{'x' if n % 7 == 3 else ''}\n" for n in range(ROWS))
PATIENCE_S = 60.0


class Working:
    """A worker as the server starts it."""

    def __init__(self, stage: Stage, job: ImportJob, process: asyncio.subprocess.Process) -> None:
        self._stage = stage
        self._job = job
        self.process = process

    @classmethod
    async def on(cls, stage: Stage, job: ImportJob, state: ImportState = ImportState.RUNNING) -> "Working":
        await stage.importing.begin(job.import_id, state)
        return await cls.on_begun(stage, job)

    @classmethod
    async def on_begun(cls, stage: Stage, job: ImportJob) -> "Working":
        url = stage.engine.url.render_as_string(hide_password=False)
        task = Task.of(job.import_id, url, str(stage.folder / "spool"), PLAN)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ringcard.contacts.imports.worker"),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(task) + b"\n")
        await process.stdin.drain()
        return cls(stage, job, process)

    async def end(self) -> ImportJob:
        _, said = await asyncio.wait_for(self.process.communicate(), PATIENCE_S)
        sys.stderr.write(said.decode())
        return await self._stage.store.get(self._job.import_id)

    async def reader(self) -> int:
        """The process that reads, once there is one."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        began = time.monotonic()
        while not (found := listed.read_text().split()):
            assert time.monotonic() < began + PATIENCE_S
            await asyncio.sleep(0.01)
        return int(found[0])

    async def has_written(self) -> None:
        began = time.monotonic()
        while (await self._stage.store.get(self._job.import_id)).records == 0:
            assert time.monotonic() < began + PATIENCE_S
            await asyncio.sleep(0.02)


@asynccontextmanager
async def nobody_else_writes(stage: Stage) -> AsyncIterator[None]:
    """Whoever imports waits with its first rows, and whoever reads for it with its next ones."""
    async with writing(stage.engine) as connection:
        if is_postgres(stage.engine):
            await connection.execute(sql("LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.fixture
def stage(store_engine: AsyncEngine, tmp_path: Path) -> Stage:
    return Stage(store_engine, tmp_path)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


async def test_a_file_is_read_apart_and_every_row_is_told_as_in_one_process(stage: Stage) -> None:
    with_orders = (
        "Код;Имя;Телефон;Заказ;Сумма\n1;Анна;8 916 123-45-67;A1;10,50\n1;Анна;8 916 123-45-67;A2;7\n2;Борис;x;;\n"
    )
    for text in (MANY, with_orders):
        here = await stage.imported(text)
        await stage.run(here, ImportState.UNDOING)
        job = await stage.sent(text)
        there = await (await Working.on(stage, job)).end()
        assert there.state is ImportState.DONE
        assert msgspec.structs.replace(there.progress, problems_size=0) == msgspec.structs.replace(
            here.progress, problems_size=0
        )
        assert list(stage.importing.rejected(there)) == list(stage.importing.rejected(here))
        undone = await (await Working.on(stage, there, ImportState.UNDOING)).end()
        assert (undone.state, await stage.cards()) == (ImportState.UNDONE, {})


async def test_a_file_that_turns_out_unreadable_is_the_imports_problem(stage: Stage) -> None:
    job = await stage.sent(MANY)
    stage.spool.file(job.import_id).unlink()
    failed = await (await Working.on(stage, job)).end()
    assert failed.state is ImportState.FAILED
    assert "cannot be read" in (failed.problem or "")


async def test_one_whose_reader_was_killed_ends_with_an_error_and_can_go_on(stage: Stage) -> None:
    job = await stage.sent(MANY)
    await stage.importing.begin(job.import_id, ImportState.RUNNING)
    async with nobody_else_writes(stage):  # or everything may have been read before we are back
        working = await Working.on_begun(stage, job)
        os.kill(await working.reader(), signal.SIGKILL)
    await working.end()
    assert working.process.returncode not in (0, None)
    await stage.store.failed(job.import_id, "The process that worked on it ended.")  # as `ImportRunner` does
    done = await (await Working.on(stage, await stage.store.get(job.import_id))).end()
    assert (done.state, done.progress.counts.rows) == (ImportState.DONE, ROWS)
    assert done.progress.counts.created == len(await stage.cards())


@pytest.mark.parametrize("how", ["closed", "killed"])
async def test_the_reader_ends_with_its_worker(stage: Stage, how: str) -> None:
    working = await Working.on(stage, await stage.sent(MANY))
    reader = await working.reader()
    await working.has_written()
    if how == "killed":
        working.process.kill()
    else:
        assert working.process.stdin is not None
        working.process.stdin.close()
    held = await working.end()
    assert held.state in (ImportState.RUNNING, ImportState.DONE)
    began = time.monotonic()
    while not is_gone(reader):
        assert time.monotonic() < began + PATIENCE_S
        await asyncio.sleep(0.02)
