"""Calls that we asked Asterisk to make, from the question until the channel is there, or is known never to come.

`OriginateResponse` is told by the thread that dialled, the channel by another way: a phone that refuses at once has
failed before its channel was told (seen on 22.10, once in a hundred such calls). So a failure counts only when no
channel has come for a while. There was none if the phone is not registered.
"""

from __future__ import annotations

from typing import NamedTuple

from ringcard.calls.identifiers import CallId, DeviceId

NO_CHANNEL_S = 1.0
"""How long after the failure a channel may still be told."""


class Expected(NamedTuple):
    """A call that was asked for: its id, the device that rings first, and what it is to dial then."""

    call_id: CallId
    device: DeviceId
    number: str


class Expecting:
    """By the unique id that the channel will have. Times are seconds of the PBX's clock."""

    def __init__(self) -> None:
        self._expected: dict[str, Expected] = {}
        self._failed_s: dict[str, float] = {}

    def asks(self, channel_id: str, expected: Expected) -> None:
        """Before the PBX is asked: the channel may come ahead of its answer."""
        self._expected[channel_id] = expected

    def forget(self, channel_id: str) -> None:
        """The PBX would not do it at all."""
        self._expected.pop(channel_id, None)
        self._failed_s.pop(channel_id, None)

    def came(self, channel_id: str) -> Expected | None:
        """The channel is there; None if it is none of ours."""
        self._failed_s.pop(channel_id, None)
        return self._expected.pop(channel_id, None)

    def failed(self, channel_id: str, at_s: float) -> bool:
        """The PBX says that nothing came of it. Whether it is one of ours whose channel was not told yet."""
        if channel_id not in self._expected:
            return False
        self._failed_s.setdefault(channel_id, at_s)
        return True

    def given_up(self, now_s: float) -> list[tuple[str, Expected, float]]:
        """Those whose channel will not come, once each: the channel's id, what was asked, when it failed."""
        due = [(channel_id, at_s) for channel_id, at_s in self._failed_s.items() if now_s - at_s >= NO_CHANNEL_S]
        found = []
        for channel_id, at_s in due:
            expected = self.came(channel_id)
            if expected is not None:
                found.append((channel_id, expected, at_s))
        return found

    @property
    def waits(self) -> bool:
        """Whether time may give one up."""
        return bool(self._failed_s)
