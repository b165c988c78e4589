"""Calls that a former run left open at a PBX that is no longer in the configuration: nobody will ever tell their end.

Those of a PBX that is still there are its connector's business: the first snapshot says what became of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ringcard.calls.causes import ConsultationPhase, Outcome
from ringcard.calls.events import CallCleared, CallEvent, ConnectionCleared, Consultation, GapNoted
from ringcard.calls.record import CallRecord


def ended(records: Iterable[CallRecord], heard_until: datetime | None, now: datetime) -> Iterator[CallEvent]:
    """What ends these calls `now`. Since `heard_until` nothing was heard of them, which makes them not complete."""
    for record in records:
        since = min(heard_until or record.started_at, now)
        yield GapNoted(record.call_id, now, since, now)
        for stint in record.devices:
            if stint.left_at is None:
                outcome = Outcome.ANSWERED if stint.outcome is Outcome.ANSWERED else Outcome.NO_ANSWER
                yield ConnectionCleared(record.call_id, now, stint.device, outcome)
        for place, side in enumerate(record.consultations):
            if side.ended_at is None:
                outcome = Outcome.ANSWERED if side.outcome is Outcome.ANSWERED else Outcome.NO_ANSWER
                yield Consultation(record.call_id, now, place, ConsultationPhase.CLEARED, side.by, side.to, outcome)
        yield CallCleared(record.call_id, now, None)
