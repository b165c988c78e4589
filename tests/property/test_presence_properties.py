"""An employee's state, whatever happens in whatever order; and a queue that is told, whoever else tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.presence import states
from ringcard.desk.presence.states import Agent, AgentState, Source

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DEVICES = [DeviceId("101"), DeviceId("102")]

devices = st.frozensets(st.sampled_from(DEVICES))
seconds = st.floats(0, 120)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("comes")),
        st.tuples(st.just("goes")),
        st.tuples(st.just("engage"), devices),
        st.tuples(st.just("work"), seconds),
        st.tuples(st.just("extend"), seconds),
        st.tuples(st.just("ready"), st.sampled_from(list(Source))),
        st.tuples(st.just("not_ready"), st.sampled_from([None, "Lunch", "Meeting"])),
        st.tuples(st.just("waits"), seconds),
    ),
    max_size=40,
)


def happens(agent: Agent, now: datetime, what: tuple[object, ...]) -> tuple[Agent, datetime]:
    match what:
        case ("comes",):
            agent = states.comes(agent, now)
        case ("goes",):
            agent = states.goes(agent, now)
        case ("engage", frozenset() as engaged):
            agent = states.engage(agent, engaged, now)
        case ("work", float() as s):
            agent = states.work_after_call(agent, now, now + timedelta(seconds=s))
        case ("extend", float() as s) if agent.state is AgentState.AFTER_CALL and agent.until is not None:
            agent = states.extend(agent, agent.until + timedelta(seconds=s))
        case ("ready", Source() as source):
            agent = states.choose(agent, AgentState.READY, None, now, source)
        case ("not_ready", reason):
            assert reason is None or isinstance(reason, str)
            agent = states.choose(agent, AgentState.NOT_READY, reason, now, Source.EMPLOYEE)
        case ("waits", float() as s):
            now += timedelta(seconds=s)
            agent = states.tick(agent, now)
    return agent, now


@given(happenings)
def test_any_order_leaves_a_state_that_is_true(events: list[tuple[object, ...]]) -> None:
    agent, now, engaged, present = states.new_agent(START), START, False, False
    for what in events:
        agent, now = happens(agent, now, what)
        match what:
            case ("engage", frozenset() as held):
                engaged = bool(held)
            case ("comes",):
                present = True
            case ("goes",):
                present = False
        assert (agent.state is AgentState.BUSY) is engaged, "busy exactly while a device is in a call"
        assert agent.present is present
        if not engaged:
            assert (agent.state is AgentState.OFFLINE) is not present, "offline exactly while nobody is there"
        if agent.state is AgentState.AFTER_CALL:
            assert agent.until is not None
        if agent.state in (AgentState.READY, AgentState.NOT_READY):
            assert agent.state is agent.chosen, "they are what they chose last"
        assert agent.since <= now


@given(happenings)
def test_after_call_work_always_ends(events: list[tuple[object, ...]]) -> None:
    agent, now = states.new_agent(START), START
    for what in events:
        agent, now = happens(agent, now, what)
    agent = states.engage(agent, frozenset(), now)
    end = now if agent.until is None else max(now, agent.until)
    agent = states.tick(agent, end)
    assert agent.until is None
    assert agent.state is (agent.chosen if agent.present else AgentState.OFFLINE)
