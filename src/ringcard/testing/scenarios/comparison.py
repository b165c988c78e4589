"""Holding call records against what really happened.

`differences` compares one record with one truth, `differences_of_all` the whole of a scenario: every call has a record,
no record is without a call. Both return sentences, none if all is right. They know the contract of the call record and
nothing of any PBX.

Source: the call record contract, docs/reference/call-record.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ringcard.testing.scenarios.expected import UNTOLD, DeviceTruth, Expected

MOMENT_SLACK_S = 0.5
"""How far a moment may be off: the phones' clock is read a little after the fact."""
DURATION_SLACK_S = 0.8

Record = Mapping[str, Any]
"""A call record as its JSON has it."""

_KEYS = (
    "call_id conversation_id direction pbx_ids gaps caller called queue started_at answered_at ended_at "
    "disposition ended_by devices holds transfers consultations conference recordings talk_s hold_s ring_s "
    "wait_s complete anomalies"
)
_LISTS = ("pbx_ids", "gaps", "devices", "holds", "transfers", "consultations", "recordings", "anomalies")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00)")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PHONE = re.compile(r"1\d\d")
_NEVER_RANG = ("busy", "forwarded", "unreachable")
"""Whether and when such a device rang is a matter of milliseconds."""


Gap = tuple[float, float]
"""From when to when nothing was heard, in epoch seconds."""


def differences_of_all(truths: Sequence[Expected], records: Sequence[Record], *, gap: Gap | None = None) -> list[str]:
    """Everything in which the records of a scenario differ from what happened in it.

    `gap`: in between nothing was heard; what fell into it cannot be known and is not compared.
    """
    found = []
    if len({record.get("call_id") for record in records}) != len(records):
        found.append("two records have one call_id")
    left = list(records)
    pairs: list[tuple[Expected, Record]] = []
    for number, truth in enumerate(sorted(truths, key=lambda truth: truth.started_at), 1):
        record = _record_of(truth, left)
        if record is None:
            found.append(f"c{number}: there is no record of it")
            continue
        left.remove(record)
        pairs.append((truth, record))
        found += [f"c{number}: {difference}" for difference in differences(truth, record, gap=gap)]
    for ghost in left:
        found.append(f"a record of no call: {ghost.get('direction')} {ghost.get('caller')} to {ghost.get('called')}")
    found += _conversations(pairs)
    return found


def differences(truth: Expected, record: Record, *, gap: Gap | None = None) -> list[str]:
    """Everything in which `record` differs from `truth`; of a call that lived in the `gap`, what can be known of it."""
    found = list(_form(record))
    if found:
        return found
    found += _facts(truth, record)
    found += _parties(truth, record)
    if gap is not None and not record["complete"] and _lived_in(gap, truth, MOMENT_SLACK_S):
        found += _broken(truth, record, gap)
        return found
    if gap is not None and _lived_in(gap, truth, -MOMENT_SLACK_S):
        found.append("complete, though a part of it was lost")
        return found
    if not record["complete"] or record["gaps"]:
        found.append("not complete, though nothing was lost")
    found += _end(truth, record)
    for compare in (_moments, _devices, _sums, _holds, _transfers, _consultations):
        found += compare(truth, record)
    return found


def e164(number: str) -> str | None:
    """A number of the company's outside world in E.164 (the country is Russia), None for an internal one."""
    plain = re.sub(r"[^0-9+]", "", number)
    if len(plain) < 6:
        return None
    if plain.startswith("+"):
        return plain
    return "+" + plain[2:] if plain.startswith("00") else "+7" + plain[-10:]


def _epoch(moment: Any) -> float | None:
    return None if moment is None else datetime.fromisoformat(str(moment)).timestamp()


def _near(a: float | None, b: float | None, slack_s: float) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= slack_s


def _record_of(truth: Expected, records: Sequence[Record]) -> Record | None:
    """The record of the same caller that began nearest; of any caller, if none is of this one."""

    def distance(record: Record) -> float:
        return abs((_epoch(record.get("started_at")) or 0.0) - truth.started_at)

    same = [record for record in records if not list(_party("caller", truth.caller, record))]
    return min(same or records, key=distance, default=None)


def _form(record: Record) -> Iterator[str]:
    """What the contract promises of any record, whatever the call."""
    for key in _KEYS.split():
        if key not in record:
            yield f"{key} is missing"
    for key in _LISTS:
        if key in record and not isinstance(record[key], list):
            yield f"{key} is no list"
    for key in ("caller", "called"):
        party = record.get(key)
        if not isinstance(party, Mapping) or not {"number", "presented", "device", "name"} <= set(party):
            yield f"{key} is no party: {party!r}"
        elif party["number"] is not None and not _E164.fullmatch(party["number"]):
            yield f"{key}.number is not E.164: {party['number']!r}"
    for key in ("started_at", "answered_at", "ended_at"):
        if record.get(key) is not None and not _MOMENT.fullmatch(str(record[key])):
            yield f"{key} is not RFC 3339 in UTC with milliseconds: {record[key]!r}"
    for key in ("talk_s", "hold_s", "ring_s", "wait_s"):
        if not isinstance(record.get(key), int | float):
            yield f"{key} is no number of seconds: {record.get(key)!r}"


def _facts(truth: Expected, record: Record) -> Iterator[str]:
    for key in ("direction", "queue", "conference"):
        if record[key] != getattr(truth, key):
            yield f"{key} is {record[key]!r}, really {getattr(truth, key)!r}"
    # A phone that refuses says `busy` on many models, whatever the person pressed.
    allowed = {"rejected", "busy"} if truth.disposition == "rejected" else {truth.disposition}
    if record["disposition"] not in allowed:
        yield f"disposition is {record['disposition']!r}, really {truth.disposition!r}"
    if bool(record["recordings"]) != truth.recorded:
        yield f"recordings are {record['recordings']!r}, really {'one' if truth.recorded else 'none'}"


def _end(truth: Expected, record: Record) -> Iterator[str]:
    if truth.ended_by is not None and record["ended_by"] != truth.ended_by:
        yield f"ended_by is {record['ended_by']!r}, really {truth.ended_by!r}"


def _lived_in(gap: Gap, truth: Expected, slack_s: float) -> bool:
    """Whether a part of the call was not heard. A restart ends a call at the very beginning of the gap."""
    return truth.started_at < gap[1] + slack_s and truth.ended_at > gap[0] - slack_s


def _broken(truth: Expected, record: Record, gap: Gap) -> Iterator[str]:
    """What must be right all the same: it says when it was not heard, and all that was heard outside the gap."""
    if not record["gaps"]:
        yield "not complete, and it does not say when it was not heard"
    for key in ("started_at", "answered_at", "ended_at"):
        really = getattr(truth, key)
        heard = really is not None and not gap[0] - MOMENT_SLACK_S < really < gap[1] + MOMENT_SLACK_S
        if heard and not _near(_epoch(record[key]), really, MOMENT_SLACK_S):
            yield f"{key} is {record[key]!r}, really {really!r}"
    if truth.ended_at > gap[1] + MOMENT_SLACK_S:
        yield from _end(truth, record)
    known = {row["device"] for row in record["devices"]}
    for device in truth.devices:
        if device.outcome == "answered" and device.device not in known:
            yield f"device {device.device} is missing, really {device.outcome}"


def _parties(truth: Expected, record: Record) -> Iterator[str]:
    yield from _party("caller", truth.caller, record)
    yield from _party("called", truth.called, record)


def _party(key: str, really: str | None, record: Record) -> Iterator[str]:
    party = record.get(key)
    if not isinstance(party, Mapping):
        yield f"{key} is {party!r}"
        return
    if really == UNTOLD:
        return
    if really is None:
        if any(party[part] is not None for part in ("number", "presented", "device")):
            yield f"{key} is {party!r}, really withheld"
        return
    number = e164(really)
    devices: set[str | None] = {None} if number else {really}
    if number is None and not _PHONE.fullmatch(really):
        # A code, a room, a menu: short as a device's name, and not one. The stream alone cannot tell.
        devices.add(None)
    if party["number"] != number or party["device"] not in devices:
        yield f"{key} is {party!r}, really number {number!r}, device {really if number is None else None!r}"


def _moments(truth: Expected, record: Record) -> Iterator[str]:
    for key in ("started_at", "answered_at", "ended_at"):
        seen, really = _epoch(record[key]), getattr(truth, key)
        if not _near(seen, really, MOMENT_SLACK_S):
            off = "" if seen is None or really is None else f" ({seen - really:+.2f} s)"
            yield f"{key} is {record[key]!r}, really {really!r}{off}"
    began, ended = truth.started_at - MOMENT_SLACK_S, truth.ended_at + MOMENT_SLACK_S
    # A consultation may outlive the customer, but not begin after.
    for key, moment in (("transfers", "at"), ("holds", "from"), ("consultations", "started_at")):
        for part in record[key]:
            at = _epoch(part[moment])
            if at is None or not began <= at <= ended:
                yield f"{key}: {moment} {part[moment]!r} lies outside the call"


def _devices(truth: Expected, record: Record) -> Iterator[str]:
    stints: dict[str, list[Record]] = {}
    for row in record["devices"]:
        stints.setdefault(row["device"], []).append(row)
    for device in truth.devices:
        if device.device not in stints:
            yield f"device {device.device} is missing, really {device.outcome}"
        else:
            yield from _device(truth, device, stints.pop(device.device))
    if truth.direction != "inbound" and truth.caller is not None:
        stints.pop(truth.caller, None)  # the calling device's row is optional on internal and unanswered calls
    consulted = {side.to for side in truth.consultations}
    for name, rows in stints.items():
        talk_s = sum(row["talk_s"] for row in rows)
        unreachable = truth.disposition == "failed" and all(row["outcome"] == "unreachable" for row in rows)
        if talk_s > DURATION_SLACK_S or (name not in consulted and not unreachable):
            yield f"device {name} ({rows[-1]['outcome']}, {talk_s:.2f} s) had no part in it"


def _device(truth: Expected, device: DeviceTruth, rows: Sequence[Record]) -> Iterator[str]:
    """All stints of one device together."""
    outcomes = [row["outcome"] for row in rows]
    outcome = "answered" if "answered" in outcomes else outcomes[0]
    allowed = {"rejected", "busy"} if device.outcome == "rejected" else {device.outcome}
    if outcome not in allowed:
        yield f"device {device.device} is {outcome!r}, really {device.outcome!r}"
    talk_s, hold_s = (sum(row[key] for row in rows) for key in ("talk_s", "hold_s"))
    if not _near(talk_s, device.talk_s, DURATION_SLACK_S):
        yield f"device {device.device} talked {talk_s:.2f} s, really {device.talk_s:.2f} s"
    held_s = sum(hold.s for hold in truth.holds if hold.by == device.device)
    if not _near(hold_s, held_s, DURATION_SLACK_S * max(1, len(truth.holds))):
        yield f"device {device.device} held {hold_s:.2f} s, really {held_s:.2f} s"
    if device.ringing_at is not None and device.outcome not in _NEVER_RANG:
        rang = [_epoch(row["ringing_at"]) for row in rows]
        if not any(_near(at, device.ringing_at, MOMENT_SLACK_S) for at in rang):
            yield f"device {device.device} rang at {rang}, really at {device.ringing_at}"
    for row in rows:
        if row["talk_s"] and not (_epoch(row["answered_at"]) or 9e12) <= (_epoch(row["left_at"]) or 0.0):
            yield f"device {device.device} left at {row['left_at']} and answered at {row['answered_at']}"


def _sums(truth: Expected, record: Record) -> Iterator[str]:
    slack_s = DURATION_SLACK_S * max(1, len(truth.devices))
    talk_s = sum(device.talk_s for device in truth.devices)
    if not truth.conference and not _near(record["talk_s"], talk_s, slack_s):
        yield f"talk_s is {record['talk_s']}, really {talk_s:.2f}"
    held_s = sum(hold.s for hold in truth.holds)
    if not _near(record["hold_s"], held_s, DURATION_SLACK_S * max(1, len(truth.holds))):
        yield f"hold_s is {record['hold_s']}, really {held_s:.2f}"
    rang = [d.ringing_at for d in truth.devices if d.ringing_at is not None and d.outcome not in _NEVER_RANG]
    if truth.direction == "inbound" and rang and truth.answered_at is not None and min(rang) < truth.answered_at:
        for key, really in (("wait_s", min(rang) - truth.started_at), ("ring_s", truth.answered_at - min(rang))):
            if not _near(record[key], really, DURATION_SLACK_S):
                yield f"{key} is {record[key]}, really {really:.2f}"


def _holds(truth: Expected, record: Record) -> Iterator[str]:
    really = sorted((hold.by, hold.s) for hold in truth.holds)
    seen = sorted((hold["by"], (_epoch(hold["to"]) or 0.0) - (_epoch(hold["from"]) or 0.0)) for hold in record["holds"])
    if [by for by, _ in seen] != [by for by, _ in really] or any(
        not _near(a, b, DURATION_SLACK_S) for (_, a), (_, b) in zip(seen, really, strict=True)
    ):
        yield f"holds are {seen}, really {really}"


def _transfers(truth: Expected, record: Record) -> Iterator[str]:
    really = Counter((t.kind, t.by, t.to, t.completed) for t in truth.transfers)
    seen = Counter((t["kind"], t["by"], t["to"], t["completed"]) for t in record["transfers"])
    if seen != really:
        yield f"transfers are {list(seen.elements())}, really {list(really.elements())}"


def _consultations(truth: Expected, record: Record) -> Iterator[str]:
    really = Counter((c.by, c.to, c.answered) for c in truth.consultations)
    seen = Counter((c["by"], c["to"], c["answered_at"] is not None) for c in record["consultations"])
    if seen != really:
        yield f"consultations are {list(seen.elements())}, really {list(really.elements())}"


def _conversations(pairs: Sequence[tuple[Expected, Record]]) -> Iterator[str]:
    """Records that share a contact share a conversation, all others have their own."""
    for index, (truth, record) in enumerate(pairs):
        for other, others_record in pairs[index + 1 :]:
            together = truth.conversation is not None and truth.conversation == other.conversation
            if (record.get("conversation_id") == others_record.get("conversation_id")) != together:
                yield f"two calls {'do not share' if together else 'share'} a conversation, really the opposite"
