"""What follows for one employee: from what their queues say, for their queues, and from what was kept. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from ringcard.desk.presence import states
from ringcard.desk.presence.members import UNPAUSED, Change, Pause
from ringcard.desk.presence.memory import Kept
from ringcard.desk.presence.rules import AFTER_CALL_REASON
from ringcard.desk.presence.states import Agent, AgentState, Source
from ringcard.desk.presence.telling import OUR_REASONS


def following(agent: Agent, pauses: Sequence[Pause], kinds: Collection[Change], now: datetime) -> Agent:
    """The employee after somebody did something at the PBX: not ready if paused wherever they answer for a queue."""
    if not pauses:
        taken_away = Change.REMOVED in kinds and agent.chosen is AgentState.READY
        return states.choose(agent, AgentState.NOT_READY, None, now, Source.PBX) if taken_away else agent
    if any(not each.paused for each in pauses):
        rests = agent.chosen is AgentState.READY and agent.until is None
        return agent if rests else states.choose(agent, AgentState.READY, None, now, Source.PBX)
    reason = pauses[0].reason
    if reason in OUR_REASONS or (agent.chosen is AgentState.NOT_READY and agent.reason == reason):
        return agent
    return states.choose(agent, AgentState.NOT_READY, reason, now, Source.PBX)


def wish_of(agent: Agent) -> Pause:
    """What their queues should have of them."""
    if agent.until is not None:
        return Pause(True, AFTER_CALL_REASON)
    return Pause(True, agent.reason) if agent.chosen is AgentState.NOT_READY else UNPAUSED


def worth_keeping(agent: Agent) -> tuple[object, ...]:
    """What outlives a restart, and what the queues are told by: not that they talk."""
    return agent.chosen, agent.reason, agent.chosen_at, agent.present, agent.until


def restored(row: Kept, now: datetime) -> Agent:
    """As they were when we stopped."""
    agent = Agent(
        AgentState.OFFLINE,
        now,
        chosen=row.chosen,
        reason=row.reason,
        chosen_at=row.chosen_at,
        source=row.source,
        present=row.present,
        until=row.until if row.until is not None and now < row.until else None,
    )
    state = agent.rests_in(now)
    since = row.chosen_at if row.chosen_at is not None and state is row.chosen else now
    return replace(agent, state=state, since=since)
