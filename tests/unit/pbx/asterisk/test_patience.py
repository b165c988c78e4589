"""Asking until it is so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ringcard.pbx.asterisk.control.patience import until


class Story:
    """It is so from the try `comes_at` on."""

    def __init__(self, comes_at: int | None) -> None:
        self.comes_at = comes_at
        self.tries = 0
        self.slept: list[float] = []

    async def attempt(self) -> str | None:
        self.tries += 1
        return "so" if self.comes_at is not None and self.tries >= self.comes_at else None

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return sleep


@pytest.mark.parametrize(("comes_at", "found", "slept"), [(1, "so", 0), (3, "so", 2), (4, "so", 3), (5, None, 4)])
async def test_it_is_asked_at_once_and_then_until_the_time_is_over(
    comes_at: int, found: str | None, slept: int
) -> None:
    story = Story(comes_at)
    assert await until(story.attempt, within_s=0.2, every_s=0.05, sleep=story.sleep) == found
    assert story.slept == [0.05] * slept


async def test_what_the_attempt_raises_is_raised_at_once() -> None:
    story = Story(None)

    async def attempt() -> str | None:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await until(attempt, within_s=1.0, every_s=0.1, sleep=story.sleep)
    assert story.slept == []
