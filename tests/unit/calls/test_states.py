"""The table of states is the specification: every pair of it, and every pair it does not have."""

from __future__ import annotations

from itertools import product

import pytest

from ringcard.calls.states import REPORTED, TRANSITIONS, ConnectionEvent, ConnectionState, after, diagram


def test_every_state_has_a_row_and_every_event_a_state_it_reports() -> None:
    assert set(TRANSITIONS) == set(ConnectionState)
    assert set(REPORTED) == set(ConnectionEvent)


@pytest.mark.parametrize(("state", "event"), list(product(ConnectionState, ConnectionEvent)))
def test_an_event_leads_where_the_table_says_or_to_what_it_reports(
    state: ConnectionState, event: ConnectionEvent
) -> None:
    target, expected = after(state, event)
    assert expected == (event in TRANSITIONS[state])
    assert target is TRANSITIONS[state].get(event, REPORTED[event])


def test_an_expected_event_leads_to_the_state_it_reports() -> None:
    for row in TRANSITIONS.values():
        for event, target in row.items():
            assert target is REPORTED[event]


def test_every_state_can_be_reached_and_left() -> None:
    reached = {target for row in TRANSITIONS.values() for target in row.values()}
    assert reached == set(ConnectionState)
    assert all(TRANSITIONS[state] for state in ConnectionState)


def test_the_diagram_has_every_transition_of_the_table() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    for state, row in TRANSITIONS.items():
        for event, target in row.items():
            assert f"    {state.value} --> {target.value}: {event.value}" in lines
    assert len(lines) == 2 + sum(len(row) for row in TRANSITIONS.values())
