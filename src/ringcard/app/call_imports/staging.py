"""Reading the files of one import into the folder from which its calls are appended.

A server has it done by a process of its own: `python -m ringcard.app.call_imports.staging`, with a `Task` on standard
input. A million rows are a minute of computing, and nobody's call may wait for it. It tells how many rows it read, a
line of JSON each time, and ends when standard input closes: the server is gone.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ringcard.app.old_calls import OldCalls, Report, Rows, rows_of_csv
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan
from ringcard.pbx.asterisk.cdr import CdrTranslator, RowUnfit
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.web.old_calls import SkippedRow

NICENESS = 10
MOST_REPORTED = 100_000
"""Rows that could not be read and are told one by one."""


class Task(msgspec.Struct, kw_only=True):
    """What to read, how, and where to."""

    file: str
    queue_log: str | None
    folder: str
    report: str
    zone: str
    columns: tuple[str, ...]
    encoding: str


class Told(msgspec.Struct):
    """How far it is."""

    rows: int
    skipped: int


def stage(task: Task, told: Callable[[Told], None], rows: Rows | None = None) -> Report:
    """Read everything; `rows` in the place of the task's file. Raises `HistoryUnfit`, `OSError`."""
    with Path(task.report).open("wb") as report:
        skipped = 0

        def skip(row: int, unfit: RowUnfit) -> None:
            nonlocal skipped
            skipped += 1
            if skipped <= MOST_REPORTED:
                report.write(msgspec.json.encode(SkippedRow(row, unfit.column, unfit.reason.value)) + b"\n")

        def tell(_: str, count: int) -> None:
            told(Told(count, skipped))

        # What rows mean is for whoever appends them: here it is only whether they can be read.
        nothing = CdrTranslator(PbxId(""), DeviceNames(None, None), NumberingPlan("RU"))
        old = OldCalls(nothing, PbxId(""), ZoneInfo(task.zone), tell, folder=Path(task.folder), skipped=skip)
        try:
            if rows is None:
                rows = rows_of_csv(Path(task.file), task.columns, encoding=task.encoding)
            old.stage(rows)
            if task.queue_log is not None:
                old.stage_queue_log(Path(task.queue_log))
            old.staged()
        finally:
            old.close()
    return old.report


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_the_server() -> None:
    # Not through `sys.stdin`: its lock, held here, would stop the interpreter from ending.
    while os.read(0, 1_024):
        pass
    os._exit(1)


def main() -> None:
    os.nice(NICENESS)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    report = stage(task, _say)
    _say(Told(report.rows, report.unread))


if __name__ == "__main__":
    main()
