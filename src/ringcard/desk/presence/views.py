"""What others are shown of an employee's state, and of a queue; and whom that is told. Plain values and ports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.pop import Colleague
from ringcard.desk.presence.states import Agent, AgentState, Source
from ringcard.people.model import Employee


@dataclass(frozen=True, slots=True)
class PresenceView:
    """An employee's state, as it is shown.

    `next_state` is where they will be when the call or the after-call work is over; None if it is neither.
    """

    employee_id: str
    name: str
    state: AgentState
    reason: str | None
    since: datetime
    until: datetime | None
    source: Source
    devices: tuple[DeviceId, ...]
    team: str | None
    next_state: AgentState | None = None
    next_reason: str | None = None
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    """Who waits in a queue: `number` and `presented` as in the call, `name` of the card or as the PBX gave it."""

    call_id: CallId | None
    number: str | None
    presented: str | None
    name: str | None
    since: datetime
    position: int


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue, as it is shown. `ready` of its `members` could take a call now; `people` are those who answer for it."""

    pbx: PbxId
    queue: str
    ready: int
    members: int
    people: frozenset[str]
    waiting: tuple[WaitingCaller, ...] = ()


class PresenceScreens(Protocol):
    """The live channel, as states are told on it. Nothing here blocks or raises."""

    def show_presence(self, presence: PresenceView) -> None: ...

    def show_queue(self, queue: QueueView) -> None: ...

    def remove_queue(self, pbx: PbxId, queue: str) -> None: ...


class PresenceStaff(Protocol):
    """Who works here, and at which devices."""

    def employees(self) -> Sequence[Employee]: ...

    def get(self, employee_id: str) -> Employee | None: ...

    def employees_at(self, device: DeviceId) -> Sequence[Colleague]: ...


class StateJournal(Protocol):
    """Keeps every state of everybody for good."""

    def state_changed(self, view: PresenceView) -> None: ...


TeamNames = Mapping[str, str]
"""By id."""

Clock = Callable[[], datetime]


def view_of(employee: Employee, agent: Agent, team: str | None) -> PresenceView:
    """As others see it. Whoever has no device cannot be ready: no call would find them."""
    state, reason = agent.state, agent.shown_reason
    if state is AgentState.READY and not employee.devices:
        state = AgentState.NOT_READY
    waits = state in (AgentState.BUSY, AgentState.AFTER_CALL)
    return PresenceView(
        employee.employee_id,
        employee.name,
        state,
        reason,
        agent.since,
        agent.until if state is AgentState.AFTER_CALL else None,
        agent.source,
        employee.devices,
        team,
        agent.chosen if waits else None,
        agent.reason if waits else None,
        employee.skills,
    )


def first_team(employee: Employee, names: TeamNames) -> str | None:
    """The name of the team that they stand under."""
    found = sorted(names[each] for each in employee.teams if each in names)
    return found[0] if found else None


def teams_of(employee: Employee, names: TeamNames) -> Collection[str]:
    """The names of the teams that they belong to."""
    return tuple(names[each] for each in employee.teams if each in names)
