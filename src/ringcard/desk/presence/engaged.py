"""Which devices are in a call, and of which calls something is to be written down afterwards. Pure.

A device is engaged while its PBX says that it rings, talks or holds, or while a call that goes on has it: of the two, a
connector may know only one, and the other may come a moment later.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection

from ringcard.calls.causes import DeviceState, Direction
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.desk.presence.rules import AfterWhich

CALLS_KEPT = 10_000

IN_A_CALL = frozenset({DeviceState.RINGING, DeviceState.BUSY, DeviceState.HELD})


class Engagements:
    """Every device that is in a call now. What changes it returns the devices of which it may be different now."""

    def __init__(self) -> None:
        self._by_state: defaultdict[DeviceId, set[PbxId]] = defaultdict(set)
        self._calls: dict[CallId, frozenset[DeviceId]] = {}
        self._by_call: defaultdict[DeviceId, set[CallId]] = defaultdict(set)
        self._finished: OrderedDict[CallId, frozenset[DeviceId]] = OrderedDict()

    def engaged(self, device: DeviceId) -> bool:
        return bool(self._by_state.get(device) or self._by_call.get(device))

    def told_state(self, pbx: PbxId, device: DeviceId, state: DeviceState) -> Collection[DeviceId]:
        """A PBX told what the device does."""
        if state in IN_A_CALL:
            self._by_state[device].add(pbx)
        elif device in self._by_state:
            self._by_state[device].discard(pbx)
            if not self._by_state[device]:
                del self._by_state[device]
        return (device,)

    def told_call(self, record: CallRecord) -> Collection[DeviceId]:
        """The call is so now."""
        return self._holds(record.call_id, _here(record) | _consulted(record))

    def gone(self, call_id: CallId) -> Collection[DeviceId]:
        """The call is part of another one."""
        self._finished.pop(call_id, None)
        return self._holds(call_id, frozenset())

    def finished(self, record: CallRecord, which: AfterWhich) -> frozenset[DeviceId]:
        """The devices that talked in this call and have left it since this was asked last, if it is of the kind."""
        if record.answered_at is None or not _is_of(record, which):
            return frozenset()
        left = frozenset(each.device for each in record.devices if each.answered_at is not None) - _here(record)
        new = left - self._finished.get(record.call_id, frozenset())
        self._finished[record.call_id] = left
        while len(self._finished) > CALLS_KEPT:
            self._finished.popitem(last=False)
        return new

    def _holds(self, call_id: CallId, here: frozenset[DeviceId]) -> Collection[DeviceId]:
        before = self._calls.pop(call_id, frozenset())
        if here:
            self._calls[call_id] = here
        for device in before - here:
            calls = self._by_call[device]
            calls.discard(call_id)
            if not calls:
                del self._by_call[device]
        for device in here - before:
            self._by_call[device].add(call_id)
        return before ^ here


def _here(record: CallRecord) -> frozenset[DeviceId]:
    if record.ended_at is not None:
        return frozenset()
    return frozenset(each.device for each in record.devices if each.left_at is None)


def _consulted(record: CallRecord) -> frozenset[DeviceId]:
    """Who is asked in a side call; whoever asks is in the call."""
    if record.ended_at is not None:
        return frozenset()
    asked = (each.to for each in record.consultations if each.ended_at is None)
    return frozenset(DeviceId(to) for to in asked if to is not None and not to.startswith("+"))


def _is_of(record: CallRecord, which: AfterWhich) -> bool:
    match which:
        case AfterWhich.ALL:
            return True
        case AfterWhich.OUTSIDE:
            return record.direction is not Direction.INTERNAL
        case AfterWhich.QUEUE:
            return record.queue is not None
