"""Queues as they are shown: how many could take a call, and who waits, by name. Told when something of it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, PbxId
from ringcard.calls.queues import QueueCaller, QueueState, QueueStateChanged, QueueStates
from ringcard.desk.ports import LiveCall
from ringcard.desk.presence.views import PresenceScreens, PresenceStaff, QueueView, WaitingCaller

COULD_TAKE = frozenset({DeviceState.IDLE, DeviceState.UNKNOWN})
"""What a member does when a call can ring there. A queue that does not say it (a number outside) is believed."""


class QueueBoard:
    """Every queue as it is shown now. `states` must hear of an event before this."""

    def __init__(self, states: QueueStates, staff: PresenceStaff, call_of: Callable[[CallId], LiveCall | None]) -> None:
        self._states = states
        self._staff = staff
        self._call_of = call_of
        self._shown: dict[tuple[PbxId, str], QueueView] = {}
        self.screens: PresenceScreens | None = None

    def all(self) -> tuple[QueueView, ...]:
        """By PBX and name."""
        return tuple(view for _, view in sorted(self._shown.items(), key=lambda each: each[0]))

    def hear(self, events: Sequence[PbxEvent]) -> None:
        """Takes the events of one message of a PBX, after the desk: the bus calls it."""
        for event in events:
            if isinstance(event, QueueStateChanged):
                if event.state is None:
                    self._remove(event.pbx, event.queue)
                else:
                    self._show(event.state)

    def look(self) -> None:
        """Who waits may have a name by now, or who answers may sit elsewhere."""
        for state in self._states.all():
            if state.callers:
                self._show(state)

    def staff_changed(self) -> None:
        for state in self._states.all():
            self._show(state)

    def _show(self, state: QueueState) -> None:
        key, view = (state.pbx, state.queue), self._view(state)
        if self._shown.get(key) == view:
            return
        self._shown[key] = view
        if self.screens is not None:
            self.screens.show_queue(view)

    def _remove(self, pbx: PbxId, queue: str) -> None:
        if self._shown.pop((pbx, queue), None) is not None and self.screens is not None:
            self.screens.remove_queue(pbx, queue)

    def _view(self, state: QueueState) -> QueueView:
        people = frozenset(
            colleague.employee_id
            for member in state.members
            if member.device is not None
            for colleague in self._staff.employees_at(member.device)
        )
        ready = sum(not member.paused and member.state in COULD_TAKE for member in state.members)
        waiting = tuple(self._caller(each) for each in state.callers)
        return QueueView(state.pbx, state.queue, ready, len(state.members), people, waiting)

    def _caller(self, caller: QueueCaller) -> WaitingCaller:
        call = None if caller.call_id is None else self._call_of(caller.call_id)
        if call is None:
            return WaitingCaller(caller.call_id, None, None, None, caller.since, caller.position)
        party = call.record.caller
        name = call.contact.name if call.contact is not None else party.name
        return WaitingCaller(caller.call_id, party.number, party.presented, name, caller.since, caller.position)
