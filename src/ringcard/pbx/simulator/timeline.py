"""Virtual time: what is to happen, in the order in which it is due. No clock is read here."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Timer:
    """One thing to do later; `cancel` makes it not happen."""

    __slots__ = ("action", "due_s")

    def __init__(self, due_s: float, action: Callable[[], None]) -> None:
        self.due_s = due_s
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Harmless if it already happened."""
        self.action = None


class Timeline:
    """Seconds since the epoch that pass only when told to."""

    def __init__(self, start_s: float) -> None:
        self.now_s = start_s
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = count()

    def after(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do `action` in `delay_s` seconds, after everything already due then."""
        timer = Timer(self.now_s + max(0.0, delay_s), action)
        heapq.heappush(self._heap, (timer.due_s, next(self._number), timer))
        return timer

    def next_due_s(self) -> float | None:
        """When the next thing happens; None if nothing will."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def advance_to(self, until_s: float) -> None:
        """Let time pass; what falls due happens at its own time, and may arrange for more."""
        while (due_s := self.next_due_s()) is not None and due_s <= until_s:
            _, _, timer = heapq.heappop(self._heap)
            self.now_s = max(self.now_s, due_s)
            action, timer.action = timer.action, None
            if action is not None:
                action()
        self.now_s = max(self.now_s, until_s)
