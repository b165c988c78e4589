"""Has imports worked on, one after the other, each by a process of its own: a million rows are a minute of computing,
and nobody's call may wait for it. What was under way when the server stopped, or was killed, goes on when it starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

import msgspec
import structlog

from ringcard.contacts.imports.model import NoSuchImport
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.worker import Task
from ringcard.storage import StorageError

LOOK_EVERY_S = 30.0
"""The command line starts imports too, and ends them itself; what it left behind is found like this."""

GIVE_UP_AFTER_S = 10.0
"""How long a worker may take to finish its batch when we stop."""

log = structlog.get_logger(__name__)


class ImportRunner:
    """Runs workers; `task_of` says with which settings."""

    def __init__(self, store: ImportStore, task_of: Callable[[int], Task]) -> None:
        self._store = store
        self._task_of = task_of
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                for import_id in await self._store.under_way():
                    await self._work(import_id)
            except StorageError as error:
                log.warning("imports.store_trouble", action="imports_store_trouble", problem=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)

    async def _work(self, import_id: int) -> None:
        log.info("imports.worker_started", action="import_started", import_id=import_id)
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ringcard.contacts.imports.worker", stdin=asyncio.subprocess.PIPE
        )
        assert worker.stdin is not None
        try:
            worker.stdin.write(msgspec.json.encode(self._task_of(import_id)) + b"\n")
            await worker.stdin.drain()
            code = await worker.wait()
        except asyncio.CancelledError:
            await self._ended(worker)
            raise
        except ConnectionError:
            code = await worker.wait()
        log.info("imports.worker_ended", action="import_ended", import_id=import_id, code=code)
        if code != 0:
            with contextlib.suppress(NoSuchImport):
                await self._store.failed(import_id, f"The process that worked on it ended with {code}: see the log.")

    async def _ended(self, worker: asyncio.subprocess.Process) -> None:
        """Ask it to stop, which it does after its batch; else it is killed, and its batch was never written."""
        assert worker.stdin is not None
        worker.stdin.close()
        try:
            await asyncio.wait_for(worker.wait(), GIVE_UP_AFTER_S)
        except TimeoutError:
            worker.kill()
            await worker.wait()
