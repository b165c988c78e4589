"""Many scenarios on several labs side by side: they are mostly waiting, so four at once take a quarter of the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from lab.system import Lab

Outcome = TypeVar("Outcome")
LABS_AT_ONCE = 4
"""As many as two cores carry without being late for a moment that a scenario looks at."""


async def rehearse(
    labs: Sequence[Lab], names: Iterable[str], play: Callable[[Lab, str], Awaitable[Outcome]]
) -> dict[str, Outcome | Exception]:
    """`play(lab, name)` for each of `names`, one at a time on each lab, as labs become free.

    What it returned or raised is returned by name, in the order of `names`; after a scenario that raised its lab is
    cleared of calls. Cancelling ends every one.
    """
    ordered = list(names)
    waiting = ordered[::-1]
    outcomes: dict[str, Outcome | Exception] = {}

    async def work(lab: Lab) -> None:
        while waiting:
            name = waiting.pop()
            try:
                outcomes[name] = await play(lab, name)
            except Exception as error:
                outcomes[name] = error
                await lab.end_all_calls()

    async with asyncio.TaskGroup() as group:
        for lab in labs:
            group.create_task(work(lab))
    return {name: outcomes[name] for name in ordered}
