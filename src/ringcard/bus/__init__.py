"""How events reach those who care about them: in this process now, a distributed one behind the same port later.

Delivery is synchronous and in order: `publish` returns when every subscriber has seen the event. A subscriber
must be quick; what takes time it queues for itself. One that raises is logged and counted, and the others still
get the event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import structlog

Event = TypeVar("Event")

log = structlog.get_logger(__name__)


class InProcessBus(Generic[Event]):
    """The bus of one process."""

    def __init__(self) -> None:
        self._subscribers: list[tuple[str, Callable[[Sequence[Event]], None]]] = []
        self.failures = 0

    def subscribe(self, name: str, handler: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Call `handler` with every batch from now on, after those subscribed earlier. Returns what undoes it."""
        entry = (name, handler)
        self._subscribers.append(entry)

        def undo() -> None:
            if entry in self._subscribers:
                self._subscribers.remove(entry)

        return undo

    def publish(self, events: Sequence[Event]) -> None:
        """Hand `events`, in order, to every subscriber. Never raises."""
        if not events:
            return
        for name, handler in tuple(self._subscribers):
            try:
                handler(events)
            except Exception:
                self.failures += 1
                log.exception("bus.subscriber_failed", action="bus_subscriber_failed", subscriber=name)
