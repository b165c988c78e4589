"""What somebody can know of a call who came into its middle, and what nobody can: that has to be null.

The measure is the record of a listener who heard everything. Whose line broke, or who was killed and began anew with
the calls left open, has to know the same, for nothing happens while they are away. Who comes later knows what is so
when it comes, and what happens from then on; of what went before only what a channel still tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attach_in_the_middle import Heard
from attach_likeness import unlikenesses
from attach_listener import Record

STARTED_SLACK_S = 1.6
"""A snapshot tells a channel's age in whole seconds."""
SLACK_S = 0.3
"""All hear the same PBX; but when a channel is gone for good is seen a quarter of a second later by one than by
another."""


def findings(heard: Heard) -> list[str]:
    """Everything that is wrong with what the interrupted listeners say."""
    found = list(heard.strays)
    for (at_s, records), here_s in zip(heard.late, heard.here_s, strict=True):
        began_s = min((truth.started_at for truth in heard.truths), default=at_s)
        when = f"come after {at_s - began_s:.1f} s: "
        found += [when + difference for difference in _from_the_middle(heard.whole, records, at_s, here_s)]
    for name, records in (("line broken", heard.broken), ("killed", _with_customers(heard.whole, heard.killed))):
        real = heard.whole
        if records is not heard.broken:
            real = [_pressed_unheard(heard, record) for record in real]
            real = [_held_unheard(heard, *both) for both in zip(real, records, strict=False)] + real[len(records) :]
        unlike = unlikenesses(_as_heard(records), _as_heard(real), SLACK_S)
        found += [f"{name}: {difference}" for difference in unlike]
        found += [f"{name}: {difference}" for difference in _marks(heard, records)]
    return found


def _as_heard(records: Sequence[Record]) -> list[Record]:
    return [{**record, "complete": True, "gaps": []} for record in records]


def _pressed_unheard(heard: Heard, record: Record) -> Record:
    """Who is killed between the press of `*2` and the dialling knows of the transfer only from the dialling on."""
    began = {side["by"]: side["started_at"] for side in record["consultations"]}
    transfers = []
    for transfer in record["transfers"]:
        dialled = began.get(transfer["by"])
        between = dialled and any(_epoch(transfer["at"]) < at_s < _epoch(dialled) for at_s, _ in heard.late)
        attended = transfer["kind"] == "attended"
        transfers.append({**transfer, "at": dialled} if attended and between else transfer)
    return {**record, "transfers": transfers}


def _held_unheard(heard: Heard, record: Record, seen: Record) -> Record:
    """chan_sip does not say whether a hold was pressed: that shows later, to who has heard its beginning.

    So whoever is killed within such a hold, between its beginning and its end, may miss it, whole, with its seconds;
    any other hold has to be told, and one that is told has to begin when it began.
    """
    unclear = [hold for hold in record["holds"] if heard.technology == "SIP" and _killed_within(heard, hold)]
    holds = [
        h for h in unclear if not any(h["by"] == s["by"] and _apart("from", h, s) < SLACK_S for s in seen["holds"])
    ]
    lost_s = {hold["by"]: 0.0 for hold in holds}
    for hold in holds:
        lost_s[hold["by"]] += _epoch(hold["to"]) - _epoch(hold["from"])
    devices = [{**row, "hold_s": row["hold_s"] - lost_s.get(row["device"], 0.0)} for row in record["devices"]]
    kept = [hold for hold in record["holds"] if hold not in holds]
    return {**record, "holds": kept, "devices": devices, "hold_s": record["hold_s"] - sum(lost_s.values())}


def _killed_within(heard: Heard, hold: Mapping[str, Any]) -> bool:
    return any(_epoch(hold["from"]) < at_s < _epoch(hold["to"]) for at_s, _ in heard.late)


def _marks(heard: Heard, records: Sequence[Record]) -> Iterator[str]:
    """Every gap is marked in the calls that lasted then, and in no other."""
    for record in records:
        lived = [at_s for at_s, _ in heard.late if _epoch(record["started_at"]) < at_s < _epoch(record["ended_at"])]
        if record["complete"] is bool(lived) or len(record["gaps"]) != len(lived):
            yield f"complete is {record['complete']}, gaps are {record['gaps']}, {len(lived)} really"


def _from_the_middle(whole: Sequence[Record], records: Sequence[Record], at_s: float, here_s: float) -> Iterator[str]:
    left = list(records)
    pairs: list[tuple[Record, Record]] = []
    for number, real in enumerate(whole, 1):
        if _epoch(real["ended_at"]) <= at_s:
            continue
        same = [r for r in left if r["caller"]["number"] == real["caller"]["number"]] or left
        seen = min(same, key=lambda r: abs(_epoch(r["started_at"]) - _epoch(real["started_at"])), default=None)
        if seen is None:
            yield f"c{number}: there is no record of it"
            continue
        left.remove(seen)
        pairs.append((real, seen))
        if _epoch(real["started_at"]) > at_s:
            told = (f"c{number}: {difference}" for difference in unlikenesses([seen], [real]))
        else:
            told = (f"c{number}: {difference}" for difference in _seen(real, seen, at_s, here_s))
        yield from told
    for one, told_one in pairs:
        for other, told_other in pairs:
            shared = one["conversation_id"] == other["conversation_id"]
            if shared is not (told_one["conversation_id"] == told_other["conversation_id"]):
                yield f"one conversation: {not shared}, really {shared}"
    for ghost in left:
        if any(_goes_on_without_customer(real, ghost, at_s) for real in whole):
            continue
        yield f"a record of no call: {ghost['direction']} {ghost['caller']} to {ghost['called']}"


def _with_customers(whole: Sequence[Record], records: Sequence[Record]) -> list[Record]:
    """Without what the colleagues of a call that is over still said to each other when somebody came anew."""
    return [
        record
        for record in records
        if not record["gaps"]
        or not any(_goes_on_without_customer(real, record, _epoch(record["gaps"][0]["to"])) for real in whole)
    ]


def _goes_on_without_customer(real: Record, seen: Record, at_s: float) -> bool:
    """The customer has left, and colleagues still talk: that they once had a customer, nothing tells any more."""
    people = {row["device"] for row in real["devices"]} | {row["to"] for row in real["consultations"]}
    own = {row["device"] for row in seen["devices"]} | {seen["caller"]["device"], seen["called"]["device"]} - {None}
    over = _epoch(real["ended_at"]) <= at_s and seen["direction"] == "internal" and not seen["complete"]
    return over and own <= people and _epoch(seen["started_at"]) < at_s


def _seen(real: Record, seen: Record, at_s: float, here_s: float) -> Iterator[str]:
    """A call that was there already: what a snapshot tells of it, and what came afterwards."""
    gaps = seen["gaps"]
    if seen["complete"] or len(gaps) != 1:
        yield f"complete is {seen['complete']}, gaps are {gaps}: its beginning was not heard"
    elif gaps[0]["from"] != seen["started_at"] or not at_s <= _epoch(gaps[0]["to"]) <= here_s:
        yield f"the gap is {gaps[0]}, really from its start until between {at_s} and {here_s}"
    if abs(_epoch(seen["started_at"]) - _epoch(real["started_at"])) > STARTED_SLACK_S:
        yield f"started_at is {seen['started_at']}, really {real['started_at']}"
    for key in ("direction", "disposition", "ended_by"):
        if seen[key] != real[key]:
            yield f"{key} is {seen[key]!r}, really {real[key]!r}"
    sent_on = any(_epoch(transfer["at"]) <= at_s for transfer in real["transfers"])
    if seen["queue"] != real["queue"] and not (sent_on and seen["queue"] is None):
        yield f"queue is {seen['queue']!r}, really {real['queue']!r}"
    still = [row for row in real["devices"] if _epoch(row["left_at"]) > at_s]
    if seen["conference"] != real["conference"] and not (len(still) < 2 and seen["conference"] is False):
        yield f"conference is {seen['conference']}, really {real['conference']}"
    yield from _parties_seen(real, seen, at_s)
    yield from _moment("ended_at", seen, real, at_s)
    if seen["answered_at"] is not None or not _rings_after_menu(real, at_s):
        yield from _moment("answered_at", seen, real, at_s)
    yield from _devices_seen(real, seen, at_s)
    yield from _rows_seen("transfers", "at", "at", real, seen, at_s)
    yield from _rows_seen("consultations", "started_at", "ended_at", real, seen, at_s)
    yield from _rows_seen("holds", "from", "from", real, seen, at_s)


def _rings_after_menu(real: Record, at_s: float) -> bool:
    """It rings although the PBX has answered: it may be a menu's choice, or somebody who was in it sent it on."""
    ringing = any(
        row["ringing_at"] is not None
        and _epoch(row["ringing_at"]) <= at_s < _epoch(row["answered_at"] or row["left_at"])
        for row in real["devices"]
    )
    forwarded = any(transfer["kind"] == "forward" for transfer in real["transfers"])
    return ringing and (forwarded or bool(real["wait_s"] > SLACK_S))


def _parties_seen(real: Record, seen: Record, at_s: float) -> Iterator[str]:
    """Who began a call and left it is told by nothing any more; nor is what was dialled, if it was in the house."""
    began = real["caller"]["device"]
    rows = [row for row in real["devices"] if row["device"] == began]
    gone = bool(rows) and all(_epoch(row["left_at"]) <= at_s for row in rows)
    unknown = {"caller"} if gone else set()
    if gone and real["direction"] == "internal":
        unknown.add("called")
    for party in ("caller", "called"):
        known = {"number": None, "device": None} if party in unknown else real[party]
        if any(seen[party][part] != known[part] for part in ("number", "device")):
            yield f"{party} is {seen[party]!r}, really {real[party]!r}"


def _rows_seen(key: str, began: str, ended: str, real: Record, seen: Record, at_s: float) -> Iterator[str]:
    """What began afterwards is told as it was; what lasted then, as far as it can be known; what was over, not."""
    told = list(seen[key])
    moments = {"at", "from", "started_at", "ringing_at", "answered_at", "ended_at", *(["to"] if key == "holds" else [])}
    for row in sorted(real[key], key=lambda row: bool(_epoch(row[ended]) <= at_s)):
        same = sorted((mine for mine in told if _same(row, mine)), key=lambda mine: _apart(began, row, mine))
        over = _epoch(row[ended]) <= at_s
        if not same:
            if not over:
                yield f"{key}: {row} is missing, told are {seen[key]}"
            continue
        mine = same[0]
        told.remove(mine)
        if over and key != "transfers":
            yield f"{key}: {mine} was over"
        for name, value in row.items():
            if name not in moments and mine[name] != value:
                yield f"{key}: {name} is {mine[name]!r}, really {value!r}"
            elif name in moments and (name != began or _epoch(value) > at_s):
                yield from (f"{key}: {x}" for x in _moment(name, mine, row, at_s))
    for mine in told:
        yield f"{key}: {mine} was not, really {real[key]}"


def _same(row: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    return (row["by"], row.get("kind")) == (mine["by"], mine.get("kind"))


def _apart(key: str, row: Mapping[str, Any], mine: Mapping[str, Any]) -> float:
    return abs(_epoch(row[key]) - _epoch(mine[key]))


def _is_past(row: Mapping[str, Any], seen: Record) -> bool:
    """A part that was over when the gap ended: only that it was is known."""
    untimed = row["ringing_at"] is None and row["answered_at"] is None and row["talk_s"] == 0
    return untimed and bool(row["left_at"] == seen["gaps"][0]["to"])


def _devices_seen(real: Record, seen: Record, at_s: float) -> Iterator[str]:
    """Each stint that lasted then, or came later, is told with its outcome, its moments and its talk from then on."""
    past = [row for row in seen["devices"] if _is_past(row, seen)]
    left = [row for row in seen["devices"] if row not in past]
    for row in real["devices"]:
        if _epoch(row["left_at"] or real["ended_at"]) <= at_s:
            continue
        mine = next((told for told in left if told["device"] == row["device"]), None)
        if mine is None:
            if real["direction"] != "internal" or row["device"] != real["caller"]["device"]:
                yield f"device {row['device']} is missing, really {row['outcome']}"
            continue
        left.remove(mine)
        if mine["outcome"] != row["outcome"]:
            yield f"device {row['device']} is {mine['outcome']!r}, really {row['outcome']!r}"
            continue
        for key in ("ringing_at", "answered_at", "left_at"):
            yield from (f"device {row['device']}: {x}" for x in _moment(key, mine, row, at_s))
    before = [row["device"] for row in real["devices"] if _epoch(row["left_at"]) <= at_s]
    for row in [*left, *(row for row in past if row["device"] not in before)]:
        yield f"device {row['device']} had no such part in it: {row}"


def _moment(key: str, seen: Mapping[str, Any], real: Mapping[str, Any], at_s: float) -> Iterator[str]:
    """What happened afterwards is known, what happened before is not: null, never guessed."""
    if real[key] is None or _epoch(real[key]) <= at_s:
        if seen[key] is not None:
            yield f"{key} is {seen[key]}, and cannot be known"
    elif seen[key] is None or abs(_epoch(seen[key]) - _epoch(real[key])) > SLACK_S:
        yield f"{key} is {seen[key]}, really {real[key]}"


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
