"""Asking until it is so: what Asterisk has accepted, it does in a moment, and no event says when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(
    attempt: Callable[[], Awaitable[T | None]],
    *,
    within_s: float,
    every_s: float,
    sleep: Callable[[float], Awaitable[None]],
) -> T | None:
    """What `attempt` gives as soon as it gives something; None if it never does within the time.

    It is tried at once, and what it raises is raised.
    """
    for _ in range(round(within_s / every_s)):
        found = await attempt()
        if found is not None:
            return found
        await sleep(every_s)
    return None
