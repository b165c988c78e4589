"""Asterisk's call detail records and queue log as call events: what happened before ringcard listened. Pure.

A CDR is one row for each pair of channels, written when they are over; rows of one `linkedid` are one call. It tells
less than the events do: not who hung up, not since when a phone rang, no hold, no transfer, and an answer by a queue
or a menu looks like one by a person. What it does not tell stays unknown: every imported call has one gap as long as
itself, so that its record is not `complete`.

Source: cdr_csv (main/cdr.c, cdr/cdr_csv.c) and app_queue's queue_log of 16 and 22, compared with calls of the lab.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    CallInformation,
    ConnectionCleared,
    Delivered,
    Established,
    GapNoted,
    Originated,
    Party,
    Queued,
)
from ringcard.calls.identifiers import IMPORTED, CallId, ConversationId, DeviceId, PbxId
from ringcard.numbers import NumberingPlan
from ringcard.pbx.asterisk.devices import DeviceNames, Kind

COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield", "peeraccount", "linkedid",
    "sequence",
)  # fmt: skip
"""Of Master.csv, in order; those from `uniqueid` on are there if cdr.conf says so (`loguniqueid`, `loguserfield`,
`newcdrcolumns`)."""

NEEDED = ("src", "dst", "channel", "dstchannel", "start", "end", "disposition")

_OUTCOMES = {
    "NO ANSWER": Outcome.NO_ANSWER,
    "BUSY": Outcome.BUSY,
    "FAILED": Outcome.UNREACHABLE,
    "CONGESTION": Outcome.UNREACHABLE,
}
_NAMED = re.compile(r'^\s*"?(?P<name>[^"<]*?)"?\s*<(?P<number>[^>]*)>\s*$')


class Unfit(StrEnum):
    """Why a row cannot be read. The values are stable: a screen chooses its words by them."""

    MISSING_COLUMN = "missing_column"
    NO_TIME = "no_time"
    IN_FUTURE = "in_future"
    QUOTE_NOT_CLOSED = "quote_not_closed"


class RowUnfit(Exception):
    """A row that cannot be read: `reason`, and which `column`; the text says it in English."""

    def __init__(self, reason: Unfit, column: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.column = column


@dataclass(frozen=True, slots=True)
class Cdr:
    """One row, read."""

    key: str
    """What rows of one call have in common: the linkedid, else the uniqueid, else channel and start."""
    uniqueid: str
    src: str
    dst: str
    name: str
    channel: str
    dstchannel: str
    app: str
    data: str
    start: datetime
    answer: datetime | None
    end: datetime
    disposition: str


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One line of queue_log: `time|callid|queue|agent|event|…`."""

    call: str
    at: datetime
    queue: str
    agent: str
    event: str


def read_row(row: Mapping[str, str], zone: tzinfo) -> Cdr:
    """A row by the names of its columns; times without an offset are of `zone`. Raises `RowUnfit`."""
    missing = [name for name in NEEDED if name not in row]
    if missing:
        raise RowUnfit(Unfit.MISSING_COLUMN, missing[0], f"there is no column {missing[0]}")
    start = _moment(row["start"], zone)
    if start is None:
        raise RowUnfit(Unfit.NO_TIME, "start", f"start {row['start'][:40]!r} is no time")
    uniqueid = row.get("uniqueid", "").strip()
    named = _NAMED.match(row.get("clid", ""))
    return Cdr(
        key=row.get("linkedid", "").strip() or uniqueid or f"{row['channel']}@{row['start']}",
        uniqueid=uniqueid,
        src=row["src"].strip(),
        dst=row["dst"].strip(),
        name=(named["name"] if named else "").strip(),
        channel=row["channel"],
        dstchannel=row["dstchannel"],
        app=row.get("lastapp", ""),
        data=row.get("lastdata", ""),
        start=start,
        answer=_moment(row.get("answer", ""), zone),
        end=max(start, _moment(row["end"], zone) or start),
        disposition=row["disposition"].strip().upper(),
    )


def read_queue_line(line: str) -> QueueEntry | None:
    """A line of queue_log; None if it is about no call, or none at all."""
    parts = line.rstrip("\r\n").split("|")
    if len(parts) < 5 or parts[1] in ("", "NONE") or not parts[0].replace(".", "", 1).isdecimal():
        return None
    try:
        at = datetime.fromtimestamp(float(parts[0]), UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return QueueEntry(parts[1], at, parts[2], parts[3], parts[4])


def call_id_of(pbx: PbxId, key: str) -> CallId:
    """The same for the same call however often it is imported."""
    return CallId(IMPORTED + hashlib.sha256(f"{pbx}\n{key}".encode()).hexdigest()[:24])


class CdrTranslator:
    """Rows of one call into its events. `names` and `plan` are the PBX's, as for a connector."""

    def __init__(self, pbx: PbxId, names: DeviceNames, plan: NumberingPlan) -> None:
        self._pbx = pbx
        self._names = names
        self._plan = plan

    def events(self, rows: Sequence[Cdr], queue_log: Iterable[QueueEntry] = ()) -> list[CallEvent]:
        """The events of one call, in order of time."""
        rows = sorted(rows, key=lambda row: (row.start, row.uniqueid != row.key, row.uniqueid))
        first = rows[0]
        call_id = call_id_of(self._pbx, first.key)
        ended = max(row.end for row in rows)
        direction = self._direction(rows)
        caller, called = self._parties(first, direction)
        events: list[CallEvent] = [
            Originated(
                call_id, first.start, ConversationId(call_id), self._pbx, first.uniqueid or first.key, direction,
                caller, called,
            )
        ]  # fmt: skip
        others = dict.fromkeys(row.uniqueid for row in rows if row.uniqueid and row.uniqueid != first.uniqueid)
        events += [CallInformation(call_id, first.start, pbx_id=other) for other in others]
        entries = sorted(queue_log, key=lambda entry: entry.at)
        queue = next((entry.queue for entry in entries if entry.event == "ENTERQUEUE"), None) or self._queue(rows)
        if queue:
            events.append(Queued(call_id, first.start, queue))
        if direction is Direction.OUTBOUND:
            events += self._outbound(call_id, rows, caller.device)
        else:
            connected = {entry.agent: entry.at for entry in entries if entry.event == "CONNECT"}
            events += self._delivered(call_id, rows, connected)
        events.sort(key=lambda event: event.at)  # stable: what happened in the same second stays in order
        return [*events, GapNoted(call_id, ended, first.start, ended), CallCleared(call_id, ended, None)]

    def _direction(self, rows: Sequence[Cdr]) -> Direction:
        if self._names.parse(rows[0].channel).kind is not Kind.DEVICE:
            return Direction.INBOUND
        outside = any(row.dstchannel and self._names.parse(row.dstchannel).kind is Kind.OUTSIDER for row in rows)
        if outside or (self._names.device(rows[0].dst) is None and self._plan.parse(rows[0].dst) is not None):
            return Direction.OUTBOUND
        return Direction.INTERNAL

    def _parties(self, first: Cdr, direction: Direction) -> tuple[Party, Party]:
        device = self._names.parse(first.channel).device
        name = first.name if first.name and first.name != first.src else None
        if direction is Direction.INBOUND:
            caller = Party(self._plan.parse(first.src), first.src or None, None, name)
        else:
            caller = Party(None, first.src or None, device, name)
        internal = self._names.device(first.dst) if direction is Direction.INTERNAL else None
        return caller, Party(None if internal else self._plan.parse(first.dst), first.dst or None, internal)

    @staticmethod
    def _queue(rows: Iterable[Cdr]) -> str | None:
        return next((row.data.partition(",")[0] for row in rows if row.app == "Queue" and row.data), None)

    def _outbound(self, call_id: CallId, rows: Sequence[Cdr], device: DeviceId | None) -> Iterable[CallEvent]:
        far = [row for row in rows if row.dstchannel and self._names.parse(row.dstchannel).kind is Kind.OUTSIDER]
        answered = next((row for row in far if row.disposition == "ANSWERED" and row.answer), None)
        ended = max(row.end for row in rows)
        if device is not None:
            yield Established(call_id, rows[0].start, device)
        if answered is not None and answered.answer is not None:
            yield Established(call_id, answered.answer, None, self._plan.parse(answered.dst))
        else:
            said = _OUTCOMES.get((far or rows)[0].disposition, Outcome.NO_ANSWER)
            yield ConnectionCleared(call_id, ended, None, said)
        if device is not None:
            yield ConnectionCleared(call_id, ended, device, Outcome.ANSWERED)

    def _delivered(
        self, call_id: CallId, rows: Sequence[Cdr], connected: Mapping[str, datetime]
    ) -> Iterable[CallEvent]:
        """Each phone that rang. When a queue distributed the call, the CDR's answer is the queue's own."""
        answered = [row for row in rows if row.disposition == "ANSWERED" and self._device(row)]
        for row in rows:
            device = self._device(row)
            if device is None:
                continue
            yield Delivered(call_id, row.start, device, since_known=False)
            if row.disposition == "ANSWERED" and row.answer is not None:
                at = self._connected(device, connected)
                by_queue = row.app == "Queue" and at is None
                yield Established(call_id, at or row.answer, device, since_known=not by_queue)
                outcome = Outcome.ANSWERED
            else:
                lost = any(other.start <= row.end and other.end >= row.start for other in answered)
                outcome = _OUTCOMES.get(row.disposition, Outcome.NO_ANSWER)
                if lost and outcome is Outcome.NO_ANSWER:
                    outcome = Outcome.ANSWERED_ELSEWHERE
            yield ConnectionCleared(call_id, row.end, device, outcome)

    def _connected(self, device: DeviceId, connected: Mapping[str, datetime]) -> datetime | None:
        return next((at for agent, at in connected.items() if self._names.interface(agent) == device), None)

    def _device(self, row: Cdr) -> DeviceId | None:
        return self._names.parse(row.dstchannel).device if row.dstchannel else None


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """`2026-11-23 09:15:00`, with or without fractions and offset; None of an empty one, or MySQL's year 0."""
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
