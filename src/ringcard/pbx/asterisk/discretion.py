"""Events kept back while the PBX is asked whether their caller's number is withheld.

Nothing is told out of order: what comes after an open question waits with it, for milliseconds, and never beyond
`ANSWER_WITHIN_S`: a pop that is late helps nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ringcard.calls.events import PbxEvent

ANSWER_WITHIN_S = 0.3


@dataclass(slots=True)
class _Question:
    asked: str | None
    """The ActionID; None once it is answered or nobody waits for it any more."""
    at_s: float
    events: list[PbxEvent] = field(default_factory=list)


class Discretion:
    """Passes events on to `emit` in order; those that follow a question only when it is answered."""

    def __init__(self, emit: Callable[[list[PbxEvent]], None], clock: Callable[[], float]) -> None:
        self._emit = emit
        self._clock = clock
        self._open: deque[_Question] = deque()
        self._gathered: list[PbxEvent] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is passed on meanwhile goes out at the end, in one piece."""
        gathered = self._gathered = []
        try:
            yield
        finally:
            self._gathered = None
            self._pass_on(gathered)

    def _pass_on(self, events: list[PbxEvent]) -> None:
        if self._gathered is not None:
            self._gathered += events
        elif events:
            self._emit(events)

    def ask(self, asked: str) -> None:
        """What is told from now on waits for the answer to `asked`."""
        self._open.append(_Question(asked, self._clock()))

    def answer(self, asked: str, events: list[PbxEvent]) -> None:
        """The answer came, and means `events`: they go out together with what waited for it."""
        for question in self._open:
            if question.asked == asked:
                question.asked = None
                question.events.extend(events)
                self.look()
                return
        self.tell(events)  # too late: the number was told, and is taken back

    def tell(self, events: list[PbxEvent]) -> None:
        if self._open:
            self._open[-1].events.extend(events)
            self.look()
        else:
            self._pass_on(events)

    def look(self) -> None:
        """Pass on what waits no longer. Call it now and then: time passes without events."""
        now_s = self._clock()
        while self._open and (self._open[0].asked is None or now_s - self._open[0].at_s >= ANSWER_WITHIN_S):
            self._pass_on(self._open.popleft().events)

    def end(self) -> None:
        """No answer will come any more."""
        while self._open:
            self._pass_on(self._open.popleft().events)
