"""The record of a call: one contract for live state, ledger, reports, API and traces.

This file has the record's shape and how it is written as JSON; how it comes out of events is in `calls.call`.

Source: the call record contract, docs/reference/call-record.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ringcard.calls.causes import Direction, Disposition, Outcome, TransferKind
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId


@dataclass(frozen=True, slots=True)
class DeviceStint:
    """One stay of one device in the call; a device that left and came back has two. Durations in seconds."""

    device: DeviceId
    ringing_at: datetime | None
    answered_at: datetime | None
    left_at: datetime | None
    outcome: Outcome | None
    """None while the device still rings."""
    talk_s: float
    hold_s: float


@dataclass(frozen=True, slots=True)
class Hold:
    """A pressed hold: `by` is a device or `customer`; `until` is None while it lasts."""

    by: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A handing over of the customer's call."""

    kind: TransferKind
    by: DeviceId | None
    to: str | None
    at: datetime
    completed: bool


@dataclass(frozen=True, slots=True)
class ConsultationCall:
    """The side call of an attended transfer."""

    by: DeviceId
    to: str | None
    started_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    """`answered` as soon as they talk; None while it only rings."""
    waits_since: datetime | None = None
    """Whoever asked is with the other side meanwhile (AlternateCall), since then. Only while it goes on: not kept."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file the PBX wrote; `duration_s` is None while it records."""

    file: str
    started_at: datetime
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without events while the call lasted."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One physical contact. Times are aware UTC, durations seconds; a live call has `ended_at` None."""

    call_id: CallId
    conversation_id: ConversationId
    direction: Direction
    pbx_ids: tuple[str, ...]
    gaps: tuple[Gap, ...]
    caller: Party
    called: Party
    queue: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: Disposition | None
    """None while the call lives and nobody answered."""
    ended_by: str | None
    devices: tuple[DeviceStint, ...]
    holds: tuple[Hold, ...]
    transfers: tuple[Transfer, ...]
    consultations: tuple[ConsultationCall, ...]
    conference: bool
    recordings: tuple[Recording, ...]
    talk_s: float
    hold_s: float
    ring_s: float
    wait_s: float
    complete: bool
    anomalies: tuple[str, ...]


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, `2026-11-22T22:14:12.745Z`."""
    if at is None:
        return None
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def seconds(duration_s: float) -> float:
    """Durations are written to the millisecond."""
    return round(duration_s, 3)


def party_as_json(party: Party) -> dict[str, Any]:
    """`{number, presented, device, name}`."""
    return {"number": party.number, "presented": party.presented, "device": party.device, "name": party.name}


def record_as_json(record: CallRecord) -> dict[str, Any]:
    """The record as the contract writes it: plain values, ready for any JSON encoder."""
    return {
        "call_id": record.call_id,
        "conversation_id": record.conversation_id,
        "direction": record.direction.value,
        "pbx_ids": list(record.pbx_ids),
        "gaps": [{"from": moment(gap.since), "to": moment(gap.until)} for gap in record.gaps],
        "caller": party_as_json(record.caller),
        "called": party_as_json(record.called),
        "queue": record.queue,
        "started_at": moment(record.started_at),
        "answered_at": moment(record.answered_at),
        "ended_at": moment(record.ended_at),
        "disposition": record.disposition.value if record.disposition else None,
        "ended_by": record.ended_by,
        "devices": [
            {
                "device": stint.device,
                "ringing_at": moment(stint.ringing_at),
                "answered_at": moment(stint.answered_at),
                "left_at": moment(stint.left_at),
                "outcome": stint.outcome.value if stint.outcome else None,
                "talk_s": seconds(stint.talk_s),
                "hold_s": seconds(stint.hold_s),
            }
            for stint in record.devices
        ],
        "holds": [{"by": hold.by, "from": moment(hold.since), "to": moment(hold.until)} for hold in record.holds],
        "transfers": [
            {
                "kind": transfer.kind.value,
                "by": transfer.by,
                "to": transfer.to,
                "at": moment(transfer.at),
                "completed": transfer.completed,
            }
            for transfer in record.transfers
        ],
        "consultations": [
            {
                "by": side.by,
                "to": side.to,
                "started_at": moment(side.started_at),
                "ringing_at": moment(side.ringing_at),
                "answered_at": moment(side.answered_at),
                "ended_at": moment(side.ended_at),
                "outcome": side.outcome.value if side.outcome else None,
            }
            for side in record.consultations
        ],
        "conference": record.conference,
        "recordings": [
            {
                "file": recording.file,
                "started_at": moment(recording.started_at),
                "duration_s": None if recording.duration_s is None else seconds(recording.duration_s),
            }
            for recording in record.recordings
        ],
        "talk_s": seconds(record.talk_s),
        "hold_s": seconds(record.hold_s),
        "ring_s": seconds(record.ring_s),
        "wait_s": seconds(record.wait_s),
        "complete": record.complete,
        "anomalies": list(record.anomalies),
    }
