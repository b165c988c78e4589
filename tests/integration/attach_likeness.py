"""Whether two systems told one scenario alike: records are compared field by field, without ids and without the date.

Moments count from the call's start. Two tellings of a scenario differ by what a network and a person's finger take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

SLACK_S = 0.8
"""As in `ringcard.testing.scenarios.comparison`: a phone's signalling and the waits of a scenario's steps."""

TOLD_S = 0.3
"""A phone that transferred waits to be told how it went, and its people with it."""

_IDS = ("call_id", "conversation_id", "pbx_ids", "started_at")
_MOMENTS = frozenset({"answered_at", "ended_at", "ringing_at", "left_at", "started_at", "at", "from", "to"})

Record = Mapping[str, Any]


def unlikenesses(ours: Sequence[Record], theirs: Sequence[Record], slack_s: float = SLACK_S) -> list[str]:
    """Everything in which the records of one telling differ from those of another; both in order of start."""
    if len(ours) != len(theirs):
        return [f"{len(ours)} records, there {len(theirs)}"]
    found = []
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True), 1):
        patience_s = slack_s + TOLD_S * len(other["transfers"])
        found += [f"c{number}: {difference}" for difference in _compare("", _facts(one), _facts(other), patience_s)]
    shared = [[r["conversation_id"] == q["conversation_id"] for r in told for q in told] for told in (ours, theirs)]
    if shared[0] != shared[1]:
        found.append("other calls share a conversation")
    return found


def _facts(record: Record) -> dict[str, Any]:
    """The record with moments in seconds from its start, and rows that began together in the order of their names."""
    start = datetime.fromisoformat(record["started_at"])
    facts = {key: _since(start, key, value) for key, value in record.items() if key not in _IDS}
    facts["devices"].sort(key=lambda row: str(row["device"]))
    for party in (facts["caller"], facts["called"]):
        if party["name"] is not None:
            party["name"] = party["name"].replace("\\", "")  # how often a SIP stack quotes a quote is its own matter
    facts["recordings"] = [{**row, "file": bool(row["file"])} for row in facts["recordings"]]
    return facts


def _since(start: datetime, key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _since(start, name, part) for name, part in value.items()}
    if isinstance(value, list):
        return [_since(start, key, part) for part in value]
    if key in _MOMENTS and isinstance(value, str) and "T" in value:
        return (datetime.fromisoformat(value) - start).total_seconds()
    return value


def _compare(where: str, ours: Any, theirs: Any, slack_s: float) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping) and ours.keys() == theirs.keys():
        for key, value in ours.items():
            yield from _compare(f"{where}.{key}" if where else key, value, theirs[key], slack_s)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _compare(f"{where}[{index}]", one, other, slack_s)
    elif isinstance(ours, float | int) and isinstance(theirs, float | int) and not isinstance(ours, bool):
        if abs(ours - theirs) > slack_s:
            yield f"{where} is {ours:.2f}, there {theirs:.2f}"
    elif ours != theirs:
        yield f"{where} is {ours!r}, there {theirs!r}"
