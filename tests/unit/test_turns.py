"""Long work lets others in between."""

from __future__ import annotations

import asyncio

from ringcard.turns import in_turns


async def test_everything_is_done_in_order() -> None:
    assert [item async for item in in_turns(range(100))] == list(range(100))


async def test_others_have_their_turn_meanwhile() -> None:
    met: list[str] = []
    asyncio.get_running_loop().call_soon(met.append, "other")
    met.extend([str(item) async for item in in_turns(range(3), turn_s=0.0)])
    assert met == ["other", "0", "1", "2"]


async def test_a_turn_that_is_not_over_is_not_broken_off() -> None:
    met: list[str] = []
    asyncio.get_running_loop().call_soon(met.append, "other")
    met.extend([str(item) async for item in in_turns(range(3), turn_s=60.0)])
    assert met == ["0", "1", "2"]
