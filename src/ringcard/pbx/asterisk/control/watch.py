"""Keeps every transfer that was asked for in sight until it is over.

After each message that touched its call, and with each tick, a transfer's machine is told what the PBX shows; what it
wants done is for `services` to do. A connection that is lost loses nothing: when it is back, the snapshot is the next
sight. What was asked before ringcard was killed, Asterisk brings to an end by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.asterisk.control.sight import look
from ringcard.pbx.asterisk.control.transfer import REQUESTS, Action, Request, Transfer
from ringcard.pbx.asterisk.tracked import TrackedCall


class Watch:
    """The transfers under way, by call and device."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[CallId, DeviceId], tuple[TrackedCall, Transfer]] = {}

    def of(self, call: TrackedCall, device: DeviceId, now_s: float) -> Transfer:
        """The transfer of a call by a device: the one under way, else a new one in the phase that shows."""
        key = (call.call_id, device)
        known = self._under_way.get(key)
        if known is not None and known[0] is call and not known[1].over:
            known[1].see(look(call, device), now_s)
            if not known[1].over:
                return known[1]
        transfer = Transfer(now_s)
        transfer.see(look(call, device), now_s)
        self._under_way[key] = (call, transfer)
        return transfer

    def fits(self, call: TrackedCall, device: DeviceId, request: Request, now_s: float) -> bool:
        """Whether the transfer under way, if there is one, takes this request now."""
        known = self._under_way.get((call.call_id, device))
        if known is None or known[0] is not call or known[1].over:
            return True
        known[1].see(look(call, device), now_s)
        return request in REQUESTS.get(known[1].phase, {})

    def see(self, now_s: float) -> None:
        """Something happened on the PBX."""
        for key, (call, transfer) in tuple(self._under_way.items()):
            transfer.see(look(call, key[1]), now_s)
            if transfer.over:
                del self._under_way[key]

    def tick(self, now_s: float) -> Iterator[tuple[TrackedCall, DeviceId, Action]]:
        """What is to be done now."""
        for (_, device), (call, transfer) in tuple(self._under_way.items()):
            action = transfer.tick(now_s)
            if action is not None:
                yield call, device, action

    def __bool__(self) -> bool:
        return bool(self._under_way)
