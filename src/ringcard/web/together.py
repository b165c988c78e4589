"""Changes that come by the hundred, gathered for a moment and told to a few views at a time.

A pop waits for nothing, and between two batches it gets its turn. What changes while a batch goes out is in it for the
views whose turn is still to come, so that nobody is told an older state after a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
W = TypeVar("W")

Later = Callable[[float, Callable[[], None]], object]
Push = Callable[[Sequence[W], Collection[V], dict[Any, Any]], None]
"""Tells the views of the changes. What is in the dictionary was made for the same changes, for other views."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Changes of so long go together, to so many views at a time, so far apart.

    So many times that many (`written_each`) are told what was written once: what changed meanwhile comes to them with
    the next batch. A text of its own for every few would be most of what thousands of views keep.
    """

    together_s: float
    at_once: int
    apart_s: float
    written_each: int = 1


class Together(Generic[K, V, W]):
    """The changes of one kind, by what they are of; the last one counts."""

    def __init__(
        self,
        pace: Pace,
        later: Later,
        views: Callable[[], Sequence[W]],
        push: Push[W, V],
    ) -> None:
        self._pace = pace
        self._later = later
        self._views = views
        self._push = push
        self._changed: dict[K, V] = {}
        self._going_out: dict[K, V] | None = None
        self._made: dict[Any, Any] = {}
        self._made_before = False
        """Something changed since."""

    def put(self, key: K, value: V) -> None:
        if self._going_out is None and not self._changed:
            self._later(self._pace.together_s, self._begin)
        elif self._going_out is not None and key in self._going_out:
            self._going_out[key] = value
            self._made_before = True
        self._changed[key] = value

    def _begin(self) -> None:
        self._going_out, self._changed, self._made, self._made_before = self._changed, {}, {}, False
        self._tell(self._views(), 0)

    def _tell(self, views: Sequence[W], place: int) -> None:
        assert self._going_out is not None
        if self._made_before and place // self._pace.at_once % self._pace.written_each == 0:
            self._made, self._made_before = {}, False
        end = place + self._pace.at_once
        if views:
            self._push(views[place:end], self._going_out.values(), self._made)
        if end < len(views):
            self._later(self._pace.apart_s, lambda: self._tell(views, end))
            return
        self._going_out = None
        if self._changed:
            self._later(self._pace.together_s, self._begin)
