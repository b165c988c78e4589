"""The states of an employee, what changes them, and the table that says how. Pure: no clock, no I/O.

The states are CSTA's of an agent: Null is `offline`, Ready, NotReady, Busy, WorkingAfterCall is `after_call`. What is
not in the state stands beside it: what the employee chose last, whether somebody is there, until when after-call work
goes. `busy` is never chosen: it is so exactly while one of the employee's devices is in a call.

Source: ECMA-269 clause 6.1.3 (agent states), 22.1.13 (Set Agent State).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum

from ringcard.calls.identifiers import DeviceId


class AgentState(StrEnum):
    """What an employee does. The values are stable: they go over the wire and into the ledger."""

    OFFLINE = "offline"
    """Nowhere signed in: neither a screen nor a phone of a shift. CSTA: AgentNull."""
    READY = "ready"
    NOT_READY = "not_ready"
    BUSY = "busy"
    """A device of theirs rings, talks, dials or holds."""
    AFTER_CALL = "after_call"
    """Writes down what the call came to. CSTA: AgentWorkingAfterCall."""


class Source(StrEnum):
    """Who made it so."""

    EMPLOYEE = "employee"
    SUPERVISOR = "supervisor"
    PBX = "pbx"
    """A feature code at the phone, or another program, told by the PBX."""
    RINGCARD = "ringcard"
    """It followed from a call, a timer, from coming or going."""


class Happening(Enum):
    """What can happen to an employee."""

    CAME = "came"
    """They signed in: at a screen or at a phone."""
    WENT = "went"
    ENGAGED = "engaged"
    """The first of their devices is in a call."""
    RELEASED = "released"
    """None is any more."""
    WORKED = "worked"
    """None is any more, and there is something to be done after the call."""
    CHOSE_READY = "chose_ready"
    CHOSE_NOT_READY = "chose_not_ready"
    TIME_UP = "time_up"
    """After-call work has gone on for as long as it may."""


class Rest(Enum):
    """Where a line of the table leads to if not to a state of its own."""

    STAY = "stay"
    REST = "rest"
    """Where they belong now: `offline` if nobody is there, after-call work if it is not over, else what they chose."""


_O, _R, _N = AgentState.OFFLINE, AgentState.READY, AgentState.NOT_READY
_B, _A = AgentState.BUSY, AgentState.AFTER_CALL
_STAY, _REST = Rest.STAY, Rest.REST
_H = Happening

TABLE: Mapping[AgentState, Mapping[Happening, AgentState | Rest]] = {
    _O: {
        _H.CAME: _REST,
        _H.WENT: _STAY,
        _H.ENGAGED: _B,
        _H.RELEASED: _STAY,
        _H.WORKED: _STAY,
        _H.CHOSE_READY: _STAY,  # it counts when they come
        _H.CHOSE_NOT_READY: _STAY,
        _H.TIME_UP: _STAY,
    },
    _R: {
        _H.CAME: _STAY,
        _H.WENT: _O,
        _H.ENGAGED: _B,
        _H.RELEASED: _STAY,
        _H.WORKED: _A,
        _H.CHOSE_READY: _STAY,
        _H.CHOSE_NOT_READY: _N,
        _H.TIME_UP: _STAY,
    },
    _N: {
        _H.CAME: _STAY,
        _H.WENT: _O,
        _H.ENGAGED: _B,
        _H.RELEASED: _STAY,
        _H.WORKED: _A,
        _H.CHOSE_READY: _R,
        _H.CHOSE_NOT_READY: _N,  # for another reason
        _H.TIME_UP: _STAY,
    },
    _B: {
        _H.CAME: _STAY,
        _H.WENT: _STAY,  # whoever talks is there, whatever their screen does
        _H.ENGAGED: _STAY,
        _H.RELEASED: _REST,
        _H.WORKED: _A,
        _H.CHOSE_READY: _STAY,  # it counts when the call is over
        _H.CHOSE_NOT_READY: _STAY,
        _H.TIME_UP: _STAY,
    },
    _A: {
        _H.CAME: _STAY,
        _H.WENT: _O,
        _H.ENGAGED: _B,
        _H.RELEASED: _STAY,
        _H.WORKED: _A,
        _H.CHOSE_READY: _R,
        _H.CHOSE_NOT_READY: _STAY,  # it ends into what they chose
        _H.TIME_UP: _REST,
    },
}
"""State, and what happens → the next one. docs/explanation/presence.md shows it; a test holds the two equal."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An employee at work. `since` is when `state` (or the reason of it) began."""

    state: AgentState
    since: datetime
    chosen: AgentState = AgentState.READY
    """READY or NOT_READY: where they rest."""
    reason: str | None = None
    """Why not ready, as chosen."""
    chosen_at: datetime | None = None
    """None: nothing was ever chosen, they are ready by default."""
    source: Source = Source.RINGCARD
    """Who made the present state so."""
    present: bool = False
    engaged: frozenset[DeviceId] = frozenset()
    until: datetime | None = None
    """When after-call work ends; kept while another call comes in between."""

    @property
    def shown_reason(self) -> str | None:
        """Why, if they are not ready now."""
        return self.reason if self.state is AgentState.NOT_READY else None

    def rests_in(self, now: datetime) -> AgentState:
        """The state that they are in if no call is."""
        if not self.present:
            return AgentState.OFFLINE
        if self.until is not None and now < self.until:
            return AgentState.AFTER_CALL
        return self.chosen


def new_agent(at: datetime) -> Agent:
    """Somebody of whom nothing is known yet."""
    return Agent(AgentState.OFFLINE, at)


def comes(agent: Agent, at: datetime) -> Agent:
    return _step(replace(agent, present=True), Happening.CAME, at, Source.RINGCARD)


def goes(agent: Agent, at: datetime) -> Agent:
    """They signed out; after-call work is over with it."""
    return _step(replace(agent, present=False, until=None), Happening.WENT, at, Source.RINGCARD)


def engage(agent: Agent, devices: frozenset[DeviceId], at: datetime) -> Agent:
    """These of their devices are in a call now."""
    was, agent = agent.engaged, replace(agent, engaged=devices)
    if bool(devices) is bool(was):
        return agent
    return _step(agent, Happening.ENGAGED if devices else Happening.RELEASED, at, Source.RINGCARD)


def work_after_call(agent: Agent, at: datetime, until: datetime) -> Agent:
    """A call was over at `at`, and there is time until `until` to write it down: once no other call goes on."""
    if not agent.present or until <= at:
        return agent
    agent = replace(agent, until=until)
    return agent if agent.engaged else _step(agent, Happening.WORKED, at, Source.RINGCARD)


def choose(agent: Agent, state: AgentState, reason: str | None, at: datetime, source: Source) -> Agent:
    """They, or somebody for them, chose READY or NOT_READY. READY ends after-call work."""
    if state is AgentState.READY:
        chosen = replace(agent, chosen=state, reason=None, chosen_at=at, until=None)
        return _step(chosen, Happening.CHOSE_READY, at, source)
    chosen = replace(agent, chosen=AgentState.NOT_READY, reason=reason, chosen_at=at)
    return _step(chosen, Happening.CHOSE_NOT_READY, at, source, restart=reason != agent.reason)


def extend(agent: Agent, until: datetime) -> Agent:
    """After-call work goes on until then."""
    return replace(agent, until=until)


def tick(agent: Agent, now: datetime) -> Agent:
    """What time brings: after-call work ends. To be called at `until`, or soon after."""
    if agent.until is None or now < agent.until:
        return agent
    return _step(replace(agent, until=None), Happening.TIME_UP, now, Source.RINGCARD)


def _step(agent: Agent, happening: Happening, at: datetime, source: Source, *, restart: bool = False) -> Agent:
    leads_to = TABLE[agent.state][happening]
    match leads_to:
        case Rest.STAY:
            return agent
        case Rest.REST:
            state = agent.rests_in(at)
        case state:
            pass
    if state is agent.state and not restart:
        return agent
    return replace(agent, state=state, since=at, source=source)
