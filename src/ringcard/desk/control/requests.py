"""What an employee asked of a PBX, and what became of it. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.connector import Service


class RequestState(StrEnum):
    """Where a request stands. Only `accepted` can change."""

    ACCEPTED = "accepted"
    """The PBX took it; what becomes of it is not known yet."""
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    """The PBX accepted it, and nothing came of it in the time it takes: nobody knows why."""


class Reason(StrEnum):
    """Why a request, or a hand-over, came to nothing. The values are stable: screens have words for them."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    NOT_IN_SERVICE = "not_in_service"
    CONGESTION = "congestion"
    FORWARDING_CIRCLE = "forwarding_circle"
    """Phones forward to each other, so that nobody was reached."""
    PHONE_NO_ANSWER = "phone_no_answer"
    """The asker's own phone was not picked up."""
    HUNG_UP = "hung_up"
    """Whoever it was about has gone meanwhile."""
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    ANSWERED = "answered"
    """It was picked up at the phone before it could be sent on."""
    PBX_RESTARTED = "pbx_restarted"
    LINK_LOST = "link_lost"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One service that one employee asked for; `detail` is the PBX's own words, if it had any.

    `slot` is what one dials to fetch a parked call; None for anything else, and where the PBX does not say it.
    """

    request_id: str
    employee_id: str
    call_id: CallId
    service: Service
    device: DeviceId
    to: str | None
    at: datetime
    state: RequestState = RequestState.ACCEPTED
    reason: Reason | None = None
    detail: str | None = None
    settled_at: datetime | None = None
    slot: str | None = None

    @property
    def open(self) -> bool:
        return self.state is RequestState.ACCEPTED
