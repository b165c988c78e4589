"""What was asked twice is done once."""

from __future__ import annotations

import asyncio

import pytest

from ringcard.desk.control.once import KEPT_S, KeyConflict, KeyInvalid, Once

pytestmark = pytest.mark.asyncio


class Work:
    """Counts how often it was done; waits while `gate` is closed."""

    def __init__(self) -> None:
        self.done = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def __call__(self) -> int:
        self.done += 1
        await self.gate.wait()
        if self.fails:
            raise OSError("refused")
        return self.done


async def test_the_same_key_gives_the_same_answer_to_the_same_owner() -> None:
    once, work = Once(lambda: 0.0), Work()
    assert [await once.answer("anna", "k", "body", work) for _ in range(3)] == [1, 1, 1]
    assert await once.answer("boris", "k", "body", work) == 2
    assert await once.answer("anna", None, "body", work) == 3
    with pytest.raises(KeyConflict):
        await once.answer("anna", "k", "other body", work)


async def test_who_asks_while_it_is_being_done_waits_for_the_answer() -> None:
    once, work = Once(lambda: 0.0), Work()
    work.gate.clear()
    first, second = (asyncio.ensure_future(once.answer("anna", "k", "body", work)) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    work.gate.set()
    assert await second == 1
    assert work.done == 1


async def test_what_failed_may_be_tried_again() -> None:
    once, work = Once(lambda: 0.0), Work()
    work.fails = True
    with pytest.raises(OSError, match="refused"):
        await once.answer("anna", "k", "body", work)
    await asyncio.sleep(0)
    work.fails = False
    assert await once.answer("anna", "k", "body", work) == 2


async def test_after_ten_minutes_it_is_forgotten() -> None:
    now_s = 0.0
    once, work = Once(lambda: now_s), Work()
    assert await once.answer("anna", "k", "body", work) == 1
    now_s = KEPT_S
    assert await once.answer("anna", "k", "other body", work) == 2


async def test_of_too_many_the_oldest_are_forgotten() -> None:
    once, work = Once(lambda: 0.0, most=10), Work()
    for number in range(20):
        await once.answer("anna", f"k{number}", number, work)
    assert await once.answer("anna", "k19", 19, work) == 20
    assert await once.answer("anna", "k0", 0, work) == 21


@pytest.mark.parametrize("key", ["", "k" * 129, "two words", "ключ", "a\nb"])
async def test_a_key_is_visible_ascii(key: str) -> None:
    with pytest.raises(KeyInvalid):
        await Once(lambda: 0.0).answer("anna", key, "body", Work())
