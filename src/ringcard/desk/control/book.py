"""All requests that are open, and those settled a while ago: events and time in, changed requests out. Pure.

A request is in the book before the PBX is asked, because what settles it may come ahead of the PBX's answer; nobody is
told of it before `accepted`. A refused one was never there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from ringcard.calls.events import Absorbed, CallEvent, DeviceStateChanged
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.control.requests import ServiceRequest
from ringcard.desk.control.settling import EXPECTATIONS, Pending, accepted_is_all, hear_device, late, lost, settle
from ringcard.pbx.connector import Service

LINK_PATIENCE_S = 10.0
"""How long a lost connection may take to come back before what was asked over it counts as lost."""

SETTLED_KEPT = 2_000
EARLY_KEPT = 64


@dataclass(slots=True)
class _Entry:
    pending: Pending
    pbx: PbxId
    since_s: float
    told: bool = False
    link_down_since_s: float | None = None


class RequestBook:
    """`steady_s` is a clock that never jumps, in seconds."""

    def __init__(self, steady_s: Callable[[], float]) -> None:
        self._steady_s = steady_s
        self._open: dict[str, _Entry] = {}
        self._settled: OrderedDict[str, ServiceRequest] = OrderedDict()
        self._asking: dict[str, ServiceRequest] = {}
        self._early: OrderedDict[CallId, list[CallEvent]] = OrderedDict()

    def asking(self, request: ServiceRequest, pbx: PbxId) -> None:
        """The PBX is about to be asked; what its events say of it is noted from now on."""
        self._open[request.request_id] = _Entry(Pending(request), pbx, self._steady_s())

    def call_asked(self, request: ServiceRequest) -> None:
        """A call is about to be made: its id is not known yet, so the events of all calls are kept until it is."""
        self._asking[request.request_id] = request

    def call_refused(self, request: ServiceRequest) -> None:
        """It was not made."""
        self._asking.pop(request.request_id, None)
        if not self._asking:
            self._early.clear()

    def call_made(self, request: ServiceRequest, pbx: PbxId) -> ServiceRequest:
        """The PBX accepted it, and this is its id. Returns the request, perhaps settled already."""
        early = list(self._early.get(request.call_id, ()))
        self.call_refused(request)
        self.asking(request, pbx)
        self._hear_call(request.call_id, early)
        return self.accepted(request.request_id)

    def refused(self, request_id: str) -> None:
        """The PBX said no: there is no such request."""
        self._open.pop(request_id, None)

    def accepted(self, request_id: str, slot: str | None = None) -> ServiceRequest:
        """The PBX said yes; `slot` is where a call that was parked is fetched. Returns the request, perhaps settled."""
        entry = self._open[request_id]
        if slot is not None:
            entry.pending = replace(entry.pending, request=replace(entry.pending.request, slot=slot))
        entry.told = True
        entry.pending = accepted_is_all(entry.pending, entry.pending.request.at)
        self._keep(entry)
        return entry.pending.request

    def hear(self, event: CallEvent) -> tuple[ServiceRequest, ...]:
        """What `event` settled; only what was accepted is told."""
        if isinstance(event, Absorbed):
            for entry in self._open.values():
                if entry.pending.request.call_id == event.call_id:
                    moved = replace(entry.pending.request, call_id=event.into)
                    entry.pending = replace(entry.pending, request=moved)
            return ()
        if self._asking:
            self._early.setdefault(event.call_id, []).append(event)
            while len(self._early) > EARLY_KEPT:
                self._early.popitem(last=False)
        return self._hear_call(event.call_id, [event])

    def _hear_call(self, call_id: CallId, events: Collection[CallEvent]) -> tuple[ServiceRequest, ...]:
        settled = []
        for entry in list(self._open.values()):
            if entry.pending.request.call_id != call_id:
                continue
            for event in events:
                entry.pending = settle(entry.pending, event)
            if not entry.pending.request.open and entry.told:
                self._keep(entry)
                settled.append(entry.pending.request)
        return tuple(settled)

    def hear_device(self, event: DeviceStateChanged) -> tuple[ServiceRequest, ...]:
        """What a phone's own state settled; only what was accepted is told."""
        settled = []
        for entry in list(self._open.values()):
            if entry.pbx != event.pbx:
                continue
            entry.pending = hear_device(entry.pending, event)
            if not entry.pending.request.open and entry.told:
                self._keep(entry)
                settled.append(entry.pending.request)
        return tuple(settled)

    def tick(self, up: Collection[PbxId], at: datetime) -> tuple[ServiceRequest, ...]:
        """What time brings; `up` are the PBXs that are connected, `at` is the wall clock's time."""
        now_s = self._steady_s()
        settled = []
        for entry in list(self._open.values()):
            if entry.pbx in up:
                entry.link_down_since_s = None
            elif entry.link_down_since_s is None:
                entry.link_down_since_s = now_s
            if entry.link_down_since_s is not None and now_s - entry.link_down_since_s >= LINK_PATIENCE_S:
                entry.pending = lost(entry.pending, at)
            elif now_s - entry.since_s >= EXPECTATIONS[entry.pending.request.service].within_s:
                entry.pending = late(entry.pending, at)
            if not entry.pending.request.open and entry.told:
                self._keep(entry)
                settled.append(entry.pending.request)
        return tuple(settled)

    def one(self, request_id: str) -> ServiceRequest | None:
        """The request, open or settled a while ago."""
        entry = self._open.get(request_id)
        if entry is not None:
            return entry.pending.request if entry.told else None
        return self._settled.get(request_id)

    def open_of(self, employee_id: str) -> tuple[ServiceRequest, ...]:
        """What the employee asked and is not settled, oldest first."""
        told = (entry.pending.request for entry in self._open.values() if entry.told)
        return tuple(request for request in told if request.employee_id == employee_id)

    def parked_by(self, employee_id: str) -> tuple[ServiceRequest, ...]:
        """Calls that the employee parked a while ago, the oldest first; whoever asks knows which still wait."""
        parked = (request for request in self._settled.values() if request.slot is not None)
        return tuple(request for request in parked if request.employee_id == employee_id)

    def dialling(self, device: DeviceId) -> ServiceRequest | None:
        """The call that is being made from the device, whose phone has not been picked up for it yet."""
        for request in self._asking.values():
            if request.device == device:
                return request
        for entry in self._open.values():
            request = entry.pending.request
            if request.service is Service.MAKE_CALL and request.device == device and not entry.pending.picked_up:
                return request
        return None

    def _keep(self, entry: _Entry) -> None:
        """Out of the open ones, if it is settled."""
        request = entry.pending.request
        if request.open:
            return
        self._open.pop(request.request_id, None)
        self._settled[request.request_id] = request
        while len(self._settled) > SETTLED_KEPT:
            self._settled.popitem(last=False)
