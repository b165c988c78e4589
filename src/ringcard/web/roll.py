"""Whose the sessions of the screens are, and whether they still hold, asked of the database together.

Every screen looks by itself, now and then (`live`); two thousand of them, one by one, would be a fifth of a processor.
They come together, too, after the server was started anew: one by one they would wait for a connection to the database
for longer than anybody gets one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

Held = tuple[str, str]
"""Whose session it is, and its CSRF token."""


class Roll:
    """Collects who wants to know for `together_s`, then asks once for all of them."""

    def __init__(
        self,
        ask: Callable[[Collection[str]], Awaitable[Mapping[str, Held]]],
        together_s: float,
    ) -> None:
        self._ask = ask
        self._together_s = together_s
        self._waiting: dict[str, asyncio.Future[Held | None]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def call(self, token: str) -> Held | None:
        """What the session is that `token` opens, None if it opens none any more. Raises what the database raises."""
        if not self._waiting:
            task = asyncio.create_task(self._ask_soon())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        answer = self._waiting.get(token)
        if answer is None:
            answer = self._waiting[token] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(answer)  # another tab of the same session waits for it too

    async def _ask_soon(self) -> None:
        await asyncio.sleep(self._together_s)
        waiting, self._waiting = self._waiting, {}
        try:
            held = await self._ask(waiting)
        except Exception as error:  # each of those who wait is told, nothing is hidden
            for answer in waiting.values():
                answer.set_exception(error)
                answer.exception()  # if nobody waits any more, there is nobody to complain to
            return
        for token, answer in waiting.items():
            answer.set_result(held.get(token))
