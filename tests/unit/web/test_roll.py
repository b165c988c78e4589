"""The sessions of all open screens, asked about together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import pytest

from ringcard.storage import StorageError
from ringcard.web.roll import Held, Roll

HELD: dict[str, Held] = {"anna's": ("anna", "csrf")}


class Sessions:
    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.problem: StorageError | None = None

    async def still(self, tokens: Collection[str]) -> Mapping[str, Held]:
        self.asked.append(sorted(tokens))
        if self.problem is not None:
            raise self.problem
        return {token: HELD[token] for token in tokens if token in HELD}


async def test_all_who_want_to_know_are_asked_about_once() -> None:
    sessions = Sessions()
    roll = Roll(sessions.still, together_s=0)
    answers = await asyncio.gather(roll.call("anna's"), roll.call("nobody's"), roll.call("anna's"))
    assert list(answers) == [HELD["anna's"], None, HELD["anna's"]]
    assert sessions.asked == [["anna's", "nobody's"]]
    assert await roll.call("nobody's") is None
    assert len(sessions.asked) == 2


async def test_a_database_that_fails_is_told_to_each() -> None:
    sessions = Sessions()
    sessions.problem = StorageError("locked")
    roll = Roll(sessions.still, together_s=0)
    answers = await asyncio.gather(roll.call("anna's"), roll.call("nobody's"), return_exceptions=True)
    assert list(answers) == [sessions.problem, sessions.problem]
    sessions.problem = None
    assert await roll.call("anna's") == HELD["anna's"]


async def test_who_leaves_meanwhile_takes_nothing_from_the_others() -> None:
    roll = Roll(Sessions().still, together_s=0)
    leaving, staying = (asyncio.create_task(roll.call("anna's")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == HELD["anna's"]
    with pytest.raises(asyncio.CancelledError):
        await leaving
