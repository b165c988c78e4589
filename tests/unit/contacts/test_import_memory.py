"""A file larger than the memory that its import may take: the process that works on it stays as large as it was."""

import asyncio
import contextlib
import csv
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ringcard.contacts.imports.model import ImportState
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.imports.spool import Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.worker import Task
from ringcard.numbers import NumberingPlan
from ringcard.storage import migrate, open_engine

PLAN = NumberingPlan("RU")
FEW, MANY = 70_000, 140_000
"""With the fewer all that has a limit is full: the numbers that were read (65,536, 15 MB) and the database's pages."""
MOST_MB = 224
MAY_GROW_MB = 16
"""What an allocator may lose meanwhile; the file grows by several times as much."""


@dataclass(frozen=True)
class Peak:
    file_mb: float
    memory_mb: float


def written(path: Path, count: int) -> None:
    remark = "Позвонить после обеда, спросить про договор. " * 23
    with path.open("w", encoding="cp1251", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Код", "ФИО", "Телефон", "E-mail", "Комментарий"])
        for place in range(count):
            phone = (
                "нет" if place % 100 == 99 else f"8 (916) {place // 10_000:03}-{place // 100 % 100:02}-{place % 100:02}"
            )
            writer.writerow([f"k{place}", f"Иванов {place}", phone, f"p{place}@mail.example", remark + str(place)])


async def imported(folder: Path, count: int) -> Peak:
    folder.mkdir()
    path = folder / "contacts.csv"
    await asyncio.to_thread(written, path, count)
    url = f"sqlite:///{folder / 'ringcard.db'}"
    engine = open_engine(url)
    await migrate(engine)
    spool = Spool(folder / "spool", largest_file=sys.maxsize)
    importing = Importing(ImportStore(engine), spool, lambda: PLAN, lambda: None)
    job = await importing.adopt(path, language="ru", employee_id=None)
    await importing.begin(job.import_id, ImportState.RUNNING)
    worker = subprocess.Popen([sys.executable, "-m", "ringcard.contacts.imports.worker"], stdin=subprocess.PIPE)
    assert worker.stdin is not None
    worker.stdin.write(msgspec.json.encode(Task.of(job.import_id, url, str(folder / "spool"), PLAN)) + b"\n")
    worker.stdin.flush()
    peak_kb = await asyncio.to_thread(_watched, worker)
    worker.stdin.close()
    done = await importing.store.get(job.import_id)
    await engine.dispose()
    assert (done.state, done.problem, worker.returncode) == (ImportState.DONE, None, 0)
    assert (done.progress.counts.rows, done.progress.counts.created) == (count, count)
    return Peak(path.stat().st_size / 2**20, peak_kb / 2**10)


def _watched(worker: subprocess.Popen[bytes]) -> int:
    """The most memory that the process, or the one that reads the file for it, held until it ended, in kB.

    Not by `wait4`: what the kernel keeps there includes the size of whoever started the process, before it became one.
    """
    peak_kb = 0
    while True:
        try:
            children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
            for pid in (worker.pid, *children):
                with contextlib.suppress(OSError):
                    status = Path(f"/proc/{pid}/status").read_text()
                    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
                    peak_kb = max(peak_kb, int(found[1]) if found is not None else 0)
            worker.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        return peak_kb


async def test_a_file_of_any_size_takes_no_more_memory(tmp_path: Path) -> None:
    few, many = await imported(tmp_path / "few", FEW), await imported(tmp_path / "many", MANY)
    assert many.file_mb - few.file_mb > 4 * MAY_GROW_MB
    assert many.memory_mb < few.memory_mb + MAY_GROW_MB, f"{few} {many}"
    assert many.memory_mb < MOST_MB
