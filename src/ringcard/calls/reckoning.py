"""How a record's durations and its disposition are reckoned from what happened. Pure functions.

Source: the call record contract, docs/reference/call-record.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ringcard.calls.causes import CALLER, CUSTOMER, Direction, Disposition, Outcome
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


def talk_and_hold(
    stint: Stint, holds: Sequence[HoldSpan], end: datetime, not_before: datetime | None
) -> tuple[float, float, float]:
    """Seconds a device was with the customer, the part of them on hold pressed by it, and on hold by either side.

    `not_before` is when the far party of an outbound call answered: until then nobody talked.
    """
    if not stint.picked_up or stint.talk_from is None:
        return 0.0, 0.0, 0.0
    begin = max(stint.talk_from, not_before) if not_before else stint.talk_from
    finish = max(begin, min(stint.left_at or end, end))
    own = [h for h in holds if h.by == stint.device]
    either = [h for h in holds if h.by in (stint.device, CUSTOMER)]
    return (finish - begin).total_seconds(), _covered(own, begin, finish), _covered(either, begin, finish)


def _covered(holds: Sequence[HoldSpan], begin: datetime, finish: datetime) -> float:
    """Seconds between `begin` and `finish` that at least one of the holds covers."""
    total_s, upto = 0.0, begin
    for hold in sorted(holds, key=lambda hold: hold.since):
        since, until = max(hold.since, upto), min(hold.until or finish, finish)
        if until > since:
            total_s += (until - since).total_seconds()
            upto = until
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
