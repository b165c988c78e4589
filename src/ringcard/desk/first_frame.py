"""Pops whose first frame is held back for a moment, because our own store is about to say whose number it is.

A database server answers in a millisecond, but not at once. Showing the pop without a card and with it a millisecond
later would be a flicker and twice the frames. What is held here was derived already; only telling the screens waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.desk.pop import Findings
from ringcard.desk.ports import FirstAnswer

Ring = tuple[DeviceId, datetime]
"""Which device began to alert, and when."""


@dataclass(frozen=True, slots=True)
class HeldPop:
    """A pop that is to be shown. `ring` is what made it, None if it is older; `heard_s` when we heard of that."""

    pop_id: str
    ring: Ring | None
    heard_s: float


@dataclass(slots=True)
class _Held:
    waits_for: FirstAnswer
    pops: dict[str, HeldPop]


class FirstFrames:
    """The calls whose pops wait, and these pops."""

    def __init__(self) -> None:
        self._held: dict[CallId, _Held] = {}

    def hold(self, call_id: CallId, waits_for: FirstAnswer) -> None:
        """From now on the call's pops wait for those who are near; what waits already goes on waiting."""
        held = self._held.get(call_id)
        self._held[call_id] = _Held(waits_for, held.pops if held else {})

    def keeps(self, call_id: CallId, pop: HeldPop) -> bool:
        """Whether the pop waits, and is kept. Of several changes of one pop the first ring counts."""
        held = self._held.get(call_id)
        if held is None:
            return False
        before = held.pops.get(pop.pop_id)
        if before is None or before.ring is None:
            held.pops[pop.pop_id] = pop
        return True

    def may_go(self, call_id: CallId, findings: Findings) -> bool:
        """Whether the call's pops waited, and these are the findings they waited for."""
        held = self._held.get(call_id)
        return held is not None and held.waits_for.is_whole(findings)

    def waits_for(self, call_id: CallId, answer: FirstAnswer) -> bool:
        """Whether the call's pops still wait for this very answer, not for one to a later question."""
        held = self._held.get(call_id)
        return held is not None and held.waits_for is answer

    def drop(self, call_id: CallId, pop_id: str) -> None:
        """The pop is not to be shown."""
        held = self._held.get(call_id)
        if held is not None:
            held.pops.pop(pop_id, None)

    def release(self, call_id: CallId) -> tuple[HeldPop, ...]:
        """The waiting is over. Returns what waited, in order."""
        held = self._held.pop(call_id, None)
        return () if held is None else tuple(held.pops.values())
