"""The process that works on one import: `python -m ringcard.contacts.imports.worker`, with a `Task` on standard input.

It has the file read by another process (`batches.Apart`), which ends when it does.

It ends when the import does, when the import's row asks for it, or when standard input closes, which is how it learns
that the server is gone: what was written stays, and the next start goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.fields import FieldSpec
from ringcard.contacts.imports.batches import BATCH, Apart, Batches, InThread
from ringcard.contacts.imports.model import ImportInWrongState, ImportState, NoSuchImport, Progress
from ringcard.contacts.imports.pipeline import Run, Stopped
from ringcard.contacts.imports.reading import FileUnreadable
from ringcard.contacts.imports.spool import Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.swift_numbers import SwiftNumbers
from ringcard.contacts.imports.undo import undo
from ringcard.contacts.store import utc_now
from ringcard.numbers import NumberingPlan, PlanRules
from ringcard.storage import StorageError, open_engine

NICENESS = 10
"""Whoever waits for a call's card goes first."""

SWITCH_S = 0.0005


class Task(msgspec.Struct, kw_only=True):
    """What to work on, and with which settings."""

    import_id: int
    database: str
    spool: str
    region: str
    area_code: str | None
    internal: str
    rules: PlanRules
    fields: tuple[FieldSpec, ...] = ()

    @classmethod
    def of(
        cls, import_id: int, database: str, spool: str, plan: NumberingPlan, fields: Sequence[FieldSpec] = ()
    ) -> Task:
        """With numbers as this plan reads them, and cards that have these own fields."""
        return cls(
            import_id=import_id,
            database=database,
            spool=spool,
            region=plan.region,
            area_code=plan.area_code,
            internal=str(plan.internal),
            rules=plan.rules,
            fields=tuple(fields),
        )

    def plan(self) -> NumberingPlan:
        """The numbering plan."""
        return NumberingPlan(self.region, self.area_code, self.internal, rules=self.rules)


async def work(
    engine: AsyncEngine,
    spool: Spool,
    plan: NumberingPlan,
    import_id: int,
    *,
    fields: Sequence[FieldSpec] = (),
    batches: Batches | None = None,
    batch: int = BATCH,
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[Progress], None] = lambda progress: None,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Work on an import until it ends or is stopped; `stopping` leaves it as it is, to go on later.

    The file is read by `batches`, else in a thread, `batch` contacts at a time. What is wrong with it or with the
    database becomes the import's `problem`.
    """
    store = ImportStore(engine, clock=clock)
    try:
        held = await store.get(import_id)
        if held.state is ImportState.UNDOING:
            await undo(engine, import_id, clock, stopping=stopping)
        elif held.state in (ImportState.RUNNING, ImportState.TRYING):
            run = Run(
                engine,
                spool,
                held,
                batches or InThread(SwiftNumbers(plan), fields),
                clock,
                managers=await store.managers(),
                batch=batch,
                stopping=stopping,
                told=told,
            )
            await run.to_the_end()
    except Stopped:
        if not stopping():
            await store.stopped(import_id)
    except (FileUnreadable, StorageError) as error:
        with contextlib.suppress(StorageError):
            await store.failed(import_id, str(error))
    except (ImportInWrongState, NoSuchImport):
        # Somebody else is at it, or it was forgotten.
        return


def main() -> None:
    """Do what standard input says."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    # A batch is a hundred thousand objects and no cycles: looking for some every few hundred took a fifth of the time.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    batches = Apart(SwiftNumbers(task.plan()), task.fields)
    gone = threading.Event()

    def listen() -> None:
        sys.stdin.buffer.read()
        gone.set()

    threading.Thread(target=listen, daemon=True).start()
    # The database's thread asks for the interpreter between statements, while another takes the next batch in.
    sys.setswitchinterval(SWITCH_S)

    async def run() -> None:
        engine = open_engine(task.database, bulk=True)
        try:
            spool = Spool(Path(task.spool), largest_file=sys.maxsize)
            await work(engine, spool, task.plan(), task.import_id, batches=batches, stopping=gone.is_set)
        finally:
            await engine.dispose()

    asyncio.run(run())
    sys.stdout.flush()
    # The thread that listens for the server's end would hold us up.
    os._exit(0)


if __name__ == "__main__":
    main()
