"""Writes docs/reference/states.md from the table in `ringcard.calls.states`; `make docs` runs it.

tests/test_house.py holds the page to the table, so a changed table without its page is a failed test.
"""

from __future__ import annotations

from pathlib import Path

from ringcard.calls.states import REPORTED, TRANSITIONS, ConnectionEvent, ConnectionState, diagram

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "states.md"

MEANING = {
    ConnectionState.NULL: "not in the call: not yet, or not any more",
    ConnectionState.INITIATED: "off hook, and nobody reached yet: the calling side",
    ConnectionState.ALERTING: "it rings",
    ConnectionState.CONNECTED: "in the call, and talking",
    ConnectionState.HOLD: "in the call, and holding the other side",
    ConnectionState.QUEUED: "waiting in a queue: the customer's side",
    ConnectionState.FAIL: "it could not be reached",
}


def page() -> str:
    """The whole page, as Markdown."""
    states = "\n".join(f"| `{state}` | {MEANING[state]} |" for state in ConnectionState)
    header = f"| in state | {' | '.join(f'`{event}`' for event in ConnectionEvent)} |"
    rule = "|---|" + "---|" * len(ConnectionEvent)
    rows = "\n".join(
        f"| `{state}` | " + " | ".join(f"`{row[event]}`" if event in row else "" for event in ConnectionEvent) + " |"
        for state, row in TRANSITIONS.items()
    )
    reported = " | ".join(f"`{REPORTED[event]}`" for event in ConnectionEvent)
    return f"""# The states of a connection

<!-- Made from src/ringcard/calls/states.py by `make docs`; change the table there. -->

A *connection* is one party's part in one call: a device's, or the far party's. Its states and events are those of
ECMA-269 (CSTA), clauses 6.1.5 and 6.1.6. This page is made from the table in which the program itself looks every event
up.

```mermaid
{diagram().rstrip()}
```

| state | meaning |
|---|---|
{states}

## The table

Each cell is the state after the event of its column. In an empty cell the event is not expected.

{header}
{rule}
{rows}
| *not expected* | {reported} |

An event that the PBX reports is what happened, expected or not: the connection takes the state of the last row, and
the record of the call notes the anomaly. Only a service that *we* ask for is refused in a wrong state.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
