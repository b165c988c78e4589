"""What was asked twice is done once: the answers to requests with a key, for ten minutes.

A double click, a browser that repeats what it did not hear the answer to, a program that tries again after a time-out.
Kept in memory: a call that was asked for before a restart is over by then, or is seen in the snapshot.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

KEPT_S = 600.0
MOST_KEPT = 10_000
LONGEST_KEY = 128

Answer = TypeVar("Answer")


class KeyConflict(Exception):
    """The key was used for something else within the last ten minutes: take a new one for each thing to be done."""


class KeyInvalid(ValueError):
    """A key is 1 to 128 visible ASCII characters."""


@dataclass(slots=True)
class _Kept:
    asked: object
    answer: asyncio.Future[Any]
    until_s: float


class Once:
    """Answers by (owner, key)."""

    def __init__(self, steady_s: Callable[[], float], most: int = MOST_KEPT) -> None:
        self._steady_s = steady_s
        self._most = most
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def answer(self, owner: str, key: str | None, asked: object, do: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `do` returns, which is done once for each key of an owner. Without a key it is done each time.

        Whoever asks while it is being done waits for the same answer. What failed is forgotten, and may be tried again
        by the same key. Raises `KeyConflict`, `KeyInvalid`, or what `do` raises.
        """
        if key is None:
            return await do()
        if not 0 < len(key) <= LONGEST_KEY or not all("!" <= character <= "~" for character in key):
            raise KeyInvalid(f"an Idempotency-Key is 1 to {LONGEST_KEY} visible ASCII characters")
        self._forget()
        held = self._kept.get((owner, key))
        if held is not None:
            if held.asked != asked:
                raise KeyConflict("this Idempotency-Key was used for another request: take a new one")
            # Shielded: who asked second and went away must not take the answer from who asked first.
            answer: Answer = await asyncio.shield(held.answer)
            return answer
        future: asyncio.Future[Answer] = asyncio.ensure_future(do())
        self._kept[owner, key] = _Kept(asked, future, self._steady_s() + KEPT_S)
        future.add_done_callback(lambda done: self._failed(owner, key, done))
        # A browser that closes in the middle does not undo what the PBX is being asked.
        return await asyncio.shield(future)

    def _failed(self, owner: str, key: str, done: asyncio.Future[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._kept.pop((owner, key), None)

    def _forget(self) -> None:
        now_s = self._steady_s()
        for place, kept in list(self._kept.items()):
            if kept.until_s > now_s and len(self._kept) < self._most:
                break
            if kept.answer.done():
                del self._kept[place]
