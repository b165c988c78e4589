"""The translator's clock: the PBX's own time stamps where it sends them, ours where it does not, never running back.

A PBX whose clock is wrong, or jumps, keeps its fine spacing but is moved onto our clock; so no duration is ever
negative and no call lasts an hour because somebody set the time.
"""

from __future__ import annotations

TRUST_S = 5.0
"""A PBX clock within this of ours is believed; what is further off is corrected."""


class PbxClock:
    """Turns a message's own time stamp and the moment it was received into the moment it happened, epoch seconds."""

    def __init__(self) -> None:
        self._offset_s = 0.0
        self._last_s = 0.0

    @property
    def last_s(self) -> float:
        """The latest moment told; 0 before the first."""
        return self._last_s

    def moment(self, stamp_s: float | None, received_s: float) -> float:
        """`stamp_s` is the message's Timestamp or None; `received_s` must not jump (the connector sees to it)."""
        at_s = received_s
        if stamp_s is not None:
            at_s = stamp_s + self._offset_s
            if abs(at_s - received_s) > TRUST_S:
                self._offset_s = 0.0 if abs(stamp_s - received_s) <= TRUST_S else received_s - stamp_s
                at_s = stamp_s + self._offset_s
        if at_s < self._last_s and self._last_s - at_s < 2 * TRUST_S:
            return self._last_s  # a few microseconds back is normal, a corrected jump a few seconds
        self._last_s = at_s
        return at_s
