"""What really happened in a scenario, as the people on the phones know it.

The shape written as JSON is the `expected.json` that lies beside every recorded trace; `comparison` holds a record
against it.

Source: the call record contract, docs/reference/call-record.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOMENT_SLACK_S = 0.5
"""How far a moment may be off: the phones' clock is read a little after the fact."""
DURATION_SLACK_S = 0.8


UNTOLD = "?"
"""As `caller`: what the company may know of it cannot be told from here, so it is not compared."""


@dataclass(slots=True)
class DeviceTruth:
    """One device's part, all its stints together. `ringing_at` is None if it rang for somebody's consultation only."""

    device: str
    ringing_at: float | None
    outcome: str
    talk_s: float


@dataclass(slots=True)
class HoldTruth:
    """A pressed hold; `by` is a device or `customer`."""

    by: str
    s: float


@dataclass(slots=True)
class TransferTruth:
    """A handing over; `by` is None when a program did it."""

    kind: str
    by: str | None
    to: str | None
    completed: bool


@dataclass(slots=True)
class ConsultationTruth:
    """The side call of an attended transfer."""

    by: str
    to: str
    answered: bool


@dataclass(slots=True)
class Expected:
    """One call as it really was. Moments are epoch seconds; `caller` and `called` are as dialled, devices by name.

    `ended_by` None: not to be told from here, not compared. `conversation`: records of one scenario that bear the same
    word belong to one conversation, all others each to its own.
    """

    direction: str
    caller: str | None
    called: str
    queue: str | None = None
    disposition: str = ""
    started_at: float = 0.0
    answered_at: float | None = None
    ended_at: float = 0.0
    ended_by: str | None = None
    devices: list[DeviceTruth] = field(default_factory=list)
    holds: list[HoldTruth] = field(default_factory=list)
    transfers: list[TransferTruth] = field(default_factory=list)
    consultations: list[ConsultationTruth] = field(default_factory=list)
    conference: bool = False
    recorded: bool = False
    conversation: str | None = None

    def as_json(self, name: str) -> dict[str, Any]:
        """As `expected.json` has it; `name` is `c1`, `c2` … in order of start."""

        def ms(seconds: float | None) -> float | None:
            return None if seconds is None else round(seconds, 3)

        return {
            "id": name,
            "direction": self.direction,
            "caller": self.caller,
            "called": self.called,
            "queue": self.queue,
            "disposition": self.disposition,
            "started_at": ms(self.started_at),
            "answered_at": ms(self.answered_at),
            "ended_at": ms(self.ended_at),
            "ended_by": self.ended_by,
            "devices": [
                {"device": d.device, "ringing_at": ms(d.ringing_at), "outcome": d.outcome, "talk_s": ms(d.talk_s)}
                for d in self.devices
            ],
            "holds": [{"by": h.by, "s": ms(h.s)} for h in self.holds],
            "transfers": [{"kind": t.kind, "by": t.by, "to": t.to, "completed": t.completed} for t in self.transfers],
            "consultations": [{"by": c.by, "to": c.to, "answered": c.answered} for c in self.consultations],
            "conference": self.conference,
            "recorded": self.recorded,
            "conversation": self.conversation,
        }


def expected_from_json(written: Mapping[str, Any]) -> Expected:
    """Read one of the `records` of an `expected.json`."""
    plain = {key: written[key] for key in ("direction", "caller", "called", "queue", "disposition", "answered_at")}
    return Expected(
        **plain,
        started_at=written["started_at"],
        ended_at=written["ended_at"],
        ended_by=written["ended_by"],
        devices=[DeviceTruth(d["device"], d["ringing_at"], d["outcome"], d["talk_s"]) for d in written["devices"]],
        holds=[HoldTruth(h["by"], h["s"]) for h in written["holds"]],
        transfers=[TransferTruth(t["kind"], t["by"], t["to"], t["completed"]) for t in written["transfers"]],
        consultations=[ConsultationTruth(c["by"], c["to"], c["answered"]) for c in written["consultations"]],
        conference=written["conference"],
        recorded=written.get("recorded", False),
        conversation=written.get("conversation"),
    )
