"""The states of a connection, and what an event makes of them: the whole table, as data.

A connection is one device's (or the far party's) part in one call. The table is the specification: `calls.call` looks
every event up here, and docs/reference/states.md is generated from it. An event the PBX reports is reality, so a
pair that is not in the table still takes the reported state; it is noted as an anomaly.

Source: ECMA-269 clause 6.1.5 (connection states) and 6.1.6 (connection state transitions).
"""

from __future__ import annotations

from enum import StrEnum


class ConnectionState(StrEnum):
    """Where a connection stands."""

    NULL = "null"
    """Not in the call, not yet or not any more."""
    INITIATED = "initiated"
    """Off hook, nobody reached yet: the calling side."""
    ALERTING = "alerting"
    CONNECTED = "connected"
    HOLD = "hold"
    """In the call, and holding the other side."""
    QUEUED = "queued"
    """Waiting in a queue: the customer's side."""
    FAIL = "fail"
    """It could not be reached."""


class ConnectionEvent(StrEnum):
    """What can happen to one connection, by its CSTA name."""

    ORIGINATED = "Originated"
    DELIVERED = "Delivered"
    QUEUED = "Queued"
    ESTABLISHED = "Established"
    HELD = "Held"
    RETRIEVED = "Retrieved"
    DIVERTED = "Diverted"
    FAILED = "Failed"
    CONNECTION_CLEARED = "ConnectionCleared"


_S, _E = ConnectionState, ConnectionEvent

TRANSITIONS: dict[ConnectionState, dict[ConnectionEvent, ConnectionState]] = {
    _S.NULL: {
        _E.ORIGINATED: _S.INITIATED,
        _E.DELIVERED: _S.ALERTING,
        _E.QUEUED: _S.QUEUED,
        _E.ESTABLISHED: _S.CONNECTED,  # a phone that answers by itself, a pick-up, a phone that sends no ringing
        _E.FAILED: _S.FAIL,
        _E.DIVERTED: _S.NULL,  # forwarded before it rang
    },
    _S.INITIATED: {
        _E.DELIVERED: _S.ALERTING,  # click-to-dial: the calling device itself rings first
        _E.QUEUED: _S.QUEUED,
        _E.ESTABLISHED: _S.CONNECTED,
        _E.FAILED: _S.FAIL,
        _E.CONNECTION_CLEARED: _S.NULL,
    },
    _S.ALERTING: {
        _E.ESTABLISHED: _S.CONNECTED,
        _E.DIVERTED: _S.NULL,
        _E.FAILED: _S.FAIL,
        _E.CONNECTION_CLEARED: _S.NULL,
    },
    _S.QUEUED: {
        _E.QUEUED: _S.QUEUED,  # from one queue into the next
        _E.ESTABLISHED: _S.CONNECTED,
        _E.DIVERTED: _S.NULL,
        _E.CONNECTION_CLEARED: _S.NULL,
    },
    _S.CONNECTED: {
        _E.HELD: _S.HOLD,
        _E.QUEUED: _S.QUEUED,  # transferred to a queue
        _E.DIVERTED: _S.NULL,
        _E.CONNECTION_CLEARED: _S.NULL,
    },
    _S.HOLD: {
        _E.RETRIEVED: _S.CONNECTED,
        _E.QUEUED: _S.QUEUED,
        _E.DIVERTED: _S.NULL,
        _E.CONNECTION_CLEARED: _S.NULL,
    },
    _S.FAIL: {
        _E.DELIVERED: _S.ALERTING,  # tried again
        _E.ESTABLISHED: _S.CONNECTED,
        _E.FAILED: _S.FAIL,
        _E.CONNECTION_CLEARED: _S.NULL,
    },
}

REPORTED: dict[ConnectionEvent, ConnectionState] = {
    _E.ORIGINATED: _S.INITIATED,
    _E.DELIVERED: _S.ALERTING,
    _E.QUEUED: _S.QUEUED,
    _E.ESTABLISHED: _S.CONNECTED,
    _E.HELD: _S.HOLD,
    _E.RETRIEVED: _S.CONNECTED,
    _E.DIVERTED: _S.NULL,
    _E.FAILED: _S.FAIL,
    _E.CONNECTION_CLEARED: _S.NULL,
}
"""The state each event reports, whatever came before."""


def after(state: ConnectionState, event: ConnectionEvent) -> tuple[ConnectionState, bool]:
    """The state after `event`, and whether the table expected it."""
    expected = TRANSITIONS[state].get(event)
    return (expected, True) if expected is not None else (REPORTED[event], False)


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> null"]
    lines += [
        f"    {state.value} --> {target.value}: {event.value}"
        for state, row in TRANSITIONS.items()
        for event, target in row.items()
    ]
    return "\n".join(lines) + "\n"
