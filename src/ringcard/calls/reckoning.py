"""How a record's durations and its disposition are reckoned from what happened. Pure functions.

Source: the call record contract, docs/reference/call-record.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ringcard.calls.causes import CALLER, Direction, Disposition, Outcome
from ringcard.calls.identifiers import DeviceId

_RANG = frozenset({Outcome.NO_ANSWER, Outcome.CANCELLED, Outcome.ANSWERED_ELSEWHERE})


@dataclass(slots=True)
class Stint:
    """One stay of one device, as it is being lived; `record.DeviceStint` is what is told of it."""

    device: DeviceId
    seen_at: datetime
    ringing_at: datetime | None = None
    rang: bool = False
    picked_up: bool = False
    answered_at: datetime | None = None
    talk_from: datetime | None = None
    left_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class HoldSpan:
    """A hold as it is being lived."""

    by: str
    since: datetime
    until: datetime | None = None


def talk_of(stint: Stint, end: datetime, not_before: datetime | None) -> tuple[datetime, datetime] | None:
    """From when to when a device was with the other side; None if it never was.

    `not_before` is when the far party of an outbound call answered: until then nobody talked.
    """
    if not stint.picked_up or stint.talk_from is None:
        return None
    begin = max(stint.talk_from, not_before) if not_before else stint.talk_from
    return begin, max(begin, min(stint.left_at or end, end))


def holds_within(by: str, holds: Sequence[HoldSpan], talk: tuple[datetime, datetime]) -> list[HoldSpan]:
    """The parts of its holds that lie in the talk, each of which is over then at the latest."""
    begin, finish = talk
    spans = (HoldSpan(by, max(h.since, begin), min(h.until or finish, finish)) for h in holds if h.by == by)
    return [span for span in spans if span.until is not None and span.until > span.since]


def covered_s(spans: Sequence[HoldSpan]) -> float:
    """Seconds that at least one of these covers; all are over."""
    total_s, upto = 0.0, None
    for span in sorted(spans, key=lambda span: span.since):
        if span.until is None:
            continue
        since = span.since if upto is None else max(span.since, upto)
        if span.until > since:
            total_s += (span.until - since).total_seconds()
            upto = span.until
    return total_s


def ring_and_wait(
    started_at: datetime,
    end: datetime,
    answered_at: datetime | None,
    stints: Sequence[Stint],
    far_ringing_at: datetime | None,
    caller: DeviceId | None,
) -> tuple[datetime | None, float, float]:
    """First ringing of a person's phone, `ring_s` and `wait_s`.

    `ring_s`: first ringing to the answer, else until the last phone stops; `wait_s`: start to the first ringing, to the
    end if none rang. The calling device's own ringing (click-to-dial) counts only if no other phone rang.
    """
    others = [s for s in stints if s.rang and s.device != caller]
    ringing = [s.ringing_at for s in others if s.ringing_at is not None]
    if far_ringing_at is not None:
        ringing.append(far_ringing_at)
    if not ringing:
        others = [s for s in stints if s.rang]
        ringing = [s.ringing_at for s in others if s.ringing_at is not None]
    if not ringing:
        return None, 0.0, max(0.0, ((answered_at or end) - started_at).total_seconds())
    first = min(ringing)
    if answered_at is not None:
        until = answered_at
    else:
        stops = [s.answered_at or s.left_at or end for s in others]
        until = end if far_ringing_at is not None or not stops else max(stops)
    return first, max(0.0, (until - first).total_seconds()), max(0.0, (first - started_at).total_seconds())


def disposition_of(
    *,
    reached: bool,
    over: bool,
    direction: Direction,
    ended_by: str | None,
    stints: Sequence[Stint],
    far: Outcome | None,
    rang: bool,
    lost: bool,
    service: bool,
) -> Disposition | None:
    """What became of the call; None while it lives and nobody answered.

    `reached`: a person answered whom the call was for; `far`: what became of the outsider who was called; `lost`: part
    of the call fell into a gap; `service`: the PBX itself had answered (an IVR that nobody chose anything in).
    """
    if reached:
        return Disposition.ANSWERED
    if not over:
        return None
    if direction is Direction.INBOUND and ended_by == CALLER:
        return Disposition.ABANDONED
    outcomes = {s.outcome for s in stints if s.outcome is not None}
    if far is not None:
        outcomes = {far}
    if rang and ended_by not in (None, "system") and direction is not Direction.INBOUND:
        return Disposition.NO_ANSWER
    for outcome, disposition in (
        (Outcome.NO_ANSWER, Disposition.NO_ANSWER),
        (Outcome.CANCELLED, Disposition.NO_ANSWER),
        (Outcome.REJECTED, Disposition.REJECTED),
        (Outcome.BUSY, Disposition.BUSY),
        (Outcome.UNREACHABLE, Disposition.FAILED),
    ):
        if outcome in outcomes:
            return disposition
    if lost or service or outcomes & _RANG or ended_by not in (None, "system"):
        return Disposition.NO_ANSWER
    return Disposition.FAILED
