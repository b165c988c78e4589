"""Writing beside: what changed in memory on the event loop, where nobody may wait for a database, and is written soon.

What could not be written is tried again; a later state of the same thing replaces an earlier one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

import structlog

from ringcard.storage import StorageError

AGAIN_S = 5.0

Key = TypeVar("Key")
Value = TypeVar("Value")

log = structlog.get_logger(__name__)


class Unwritten(Generic[Key, Value]):
    """Things by key, as they are now; `write` puts them into the database and may raise `StorageError`."""

    def __init__(self, what: str, write: Callable[[Mapping[Key, Value]], Awaitable[None]]) -> None:
        self._what = what
        self._write = write
        self._waiting: dict[Key, Value] = {}
        self._wake = asyncio.Event()

    def put(self, key: Key, value: Value) -> None:
        self._waiting[key] = value
        self._wake.set()

    def drop(self, key: Key) -> None:
        """It is not to be written any more."""
        self._waiting.pop(key, None)

    async def flush(self) -> None:
        """Write what waits. Raises `StorageError`, and nothing is lost."""
        self._wake.clear()
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await self._write(waiting)
        except BaseException:
            self._waiting = waiting | self._waiting
            self._wake.set()
            raise

    async def run(self) -> None:
        """Until cancelled; what waits then is written at once."""
        try:
            while True:
                await self._wake.wait()
                try:
                    await self.flush()
                except StorageError as error:
                    log.warning("desk.not_written", action="desk_not_written", what=self._what, problem=str(error))
                    await asyncio.sleep(AGAIN_S)
        finally:
            await self._last()

    async def _last(self) -> None:
        try:
            await self.flush()
        except StorageError as error:
            log.warning("desk.not_written", action="desk_not_written", what=self._what, problem=str(error))
