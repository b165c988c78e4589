"""Long work on the event loop in turns: whoever waits for a pop meanwhile does not wait for all of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

Item = TypeVar("Item")

TURN_S = 0.002
"""How long one turn takes at most, if no single item takes longer."""


async def in_turns(items: Iterable[Item], turn_s: float = TURN_S) -> AsyncIterator[Item]:
    """Each item in order; when a turn's time is over, everybody else has theirs first.

    What the items are taken from must not change meanwhile: give it a copy.
    """
    until_s = time.perf_counter() + turn_s
    for item in items:
        if time.perf_counter() >= until_s:
            await asyncio.sleep(0)
            until_s = time.perf_counter() + turn_s
        yield item
