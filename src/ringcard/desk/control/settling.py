"""What settles a request: for each service the events that make it done or failed, and how long it may take. Pure.

`EXPECTATIONS` is the specification, a row a service; docs/explanation/call-control.md tells it in words, and the tests
go through it row by row. What it does not name leaves a request open, until the call or `within_s` is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ringcard.calls.causes import SYSTEM, Cause, ConsultationPhase, DeviceState, Outcome, TransferKind
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    Conferenced,
    ConnectionCleared,
    Consultation,
    Delivered,
    DeviceStateChanged,
    Established,
    GapNoted,
    Held,
    Retrieved,
    Transferred,
    Transferring,
)
from ringcard.desk.control.requests import Reason, RequestState, ServiceRequest
from ringcard.pbx.connector import Service

Done = Callable[[CallEvent, ServiceRequest], bool]
Failed = Callable[[CallEvent, ServiceRequest], Reason | None]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a service is waited for. `at_once`: the PBX's answer is all that will ever be said of it."""

    within_s: float
    done: Done
    failed: Failed
    ends_well: bool = False
    """Whether the end of the call is what was asked for."""
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A request, and what was seen that may explain how it ends."""

    request: ServiceRequest
    hint: Reason | None = None
    gap: bool = False
    picked_up: bool = False
    """Whether the asker's own phone was, for a call that is made."""
    rang: bool = False
    """Whether the asker's own phone did, for a call into which it is to come."""
    forwarders: frozenset[str] = frozenset()
    """The devices that have sent the call on by themselves."""


def reason_of(outcome: Outcome, cause: Cause | None = None) -> Reason | None:
    """Why somebody could not be reached; None if they could, or were not wanted any more."""
    match cause:
        case Cause.NOT_IN_SERVICE:
            return Reason.NOT_IN_SERVICE
        case Cause.CONGESTION:
            return Reason.CONGESTION
        case None:
            return _BY_OUTCOME.get(outcome)


_BY_OUTCOME: Mapping[Outcome, Reason] = {
    Outcome.BUSY: Reason.BUSY,
    Outcome.NO_ANSWER: Reason.NO_ANSWER,
    Outcome.REJECTED: Reason.REJECTED,
    Outcome.UNREACHABLE: Reason.UNREACHABLE,
    Outcome.ANSWERED_ELSEWHERE: Reason.ANSWERED_ELSEWHERE,
}


# What the rows are made of


def _not_told(event: CallEvent, request: ServiceRequest) -> bool:
    return False


def _cannot_fail(event: CallEvent, request: ServiceRequest) -> Reason | None:
    return None


def _own_gone(event: CallEvent, request: ServiceRequest) -> Reason | None:
    gone = isinstance(event, ConnectionCleared) and event.device == request.device
    return Reason.HUNG_UP if gone else None


def _far_answered(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Established) and event.device != request.device


def _own_phone_failed(event: CallEvent, request: ServiceRequest) -> Reason | None:
    if isinstance(event, ConnectionCleared) and event.device == request.device:
        return None if event.outcome is Outcome.ANSWERED else Reason.PHONE_NO_ANSWER
    return None


def _own_answered(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Established) and event.device == request.device


def _taken_from_own(event: CallEvent, request: ServiceRequest) -> Reason | None:
    if isinstance(event, ConnectionCleared) and event.device == request.device:
        return Reason.ANSWERED_ELSEWHERE if event.outcome is Outcome.ANSWERED_ELSEWHERE else Reason.HUNG_UP
    return None


def _taken_by_another(event: CallEvent, request: ServiceRequest) -> Reason | None:
    other = isinstance(event, Established) and event.device not in (None, request.device)
    return Reason.ANSWERED_ELSEWHERE if other else None


def _own_left(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, ConnectionCleared) and event.device == request.device


def _held(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Held) and event.by == request.device


def _retrieved(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Retrieved) and event.by == request.device


def _held_or_retrieved(event: CallEvent, request: ServiceRequest) -> bool:
    if isinstance(event, Consultation) and event.by == request.device:
        return event.phase in (ConsultationPhase.HELD, ConsultationPhase.RETRIEVED)
    return _held(event, request) or _retrieved(event, request)


def _consulted(event: CallEvent, request: ServiceRequest) -> bool:
    if not isinstance(event, Consultation) or event.by != request.device:
        return False
    return event.phase is ConsultationPhase.ESTABLISHED


def _consultation_failed(event: CallEvent, request: ServiceRequest) -> Reason | None:
    if isinstance(event, Consultation) and event.by == request.device and event.phase is ConsultationPhase.CLEARED:
        return reason_of(event.outcome or Outcome.CANCELLED) or Reason.HUNG_UP
    return None


def _consultation_over(event: CallEvent, request: ServiceRequest) -> bool:
    if isinstance(event, Consultation) and event.by == request.device:
        return event.phase is ConsultationPhase.CLEARED
    return _retrieved(event, request)


def _transferred(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Transferred) and event.completed


def _came_back(event: CallEvent, request: ServiceRequest) -> Reason | None:
    back = isinstance(event, Transferred) and not event.completed and not event.withdrawn
    back = back or (isinstance(event, Delivered) and event.device == request.device)
    return Reason.NO_ANSWER if back else None


def _deflected(event: CallEvent, request: ServiceRequest) -> bool:
    if isinstance(event, ConnectionCleared) and event.device == request.device:
        return event.outcome not in (Outcome.ANSWERED, Outcome.ANSWERED_ELSEWHERE)
    return False


def _answered_first(event: CallEvent, request: ServiceRequest) -> Reason | None:
    if isinstance(event, Established) and event.device is not None:
        return Reason.ANSWERED if event.device == request.device else Reason.ANSWERED_ELSEWHERE
    return None


def _parked(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Transferring) and event.kind is TransferKind.PARK


def _joined(event: CallEvent, request: ServiceRequest) -> bool:
    return isinstance(event, Conferenced)


def _came_in(event: CallEvent, request: ServiceRequest) -> bool:
    return _joined(event, request) or _own_answered(event, request)


EXPECTATIONS: Mapping[Service, Expectation] = {
    Service.MAKE_CALL: Expectation(180.0, _far_answered, _own_phone_failed),
    Service.ANSWER_CALL: Expectation(10.0, _own_answered, _taken_from_own),
    Service.CLEAR_CONNECTION: Expectation(5.0, _own_left, _cannot_fail, ends_well=True),
    Service.HOLD_CALL: Expectation(5.0, _held, _own_gone),
    Service.RETRIEVE_CALL: Expectation(5.0, _retrieved, _own_gone),
    Service.CONSULTATION_CALL: Expectation(120.0, _consulted, _consultation_failed),
    Service.ALTERNATE_CALL: Expectation(5.0, _held_or_retrieved, _consultation_failed),
    Service.RECONNECT_CALL: Expectation(10.0, _consultation_over, _own_gone),
    Service.TRANSFER_CALL: Expectation(120.0, _transferred, _came_back),
    Service.SINGLE_STEP_TRANSFER_CALL: Expectation(120.0, _transferred, _came_back),
    Service.DEFLECT_CALL: Expectation(10.0, _deflected, _answered_first),
    Service.CONFERENCE_CALL: Expectation(10.0, _joined, _own_gone),
    Service.PARK_CALL: Expectation(10.0, _parked, _cannot_fail),
    Service.DIRECTED_PICKUP_CALL: Expectation(40.0, _own_answered, _taken_by_another),
    Service.GROUP_PICKUP_CALL: Expectation(40.0, _own_answered, _taken_by_another),
    Service.GENERATE_DIGITS: Expectation(5.0, _not_told, _cannot_fail, at_once=True),
    Service.SINGLE_STEP_CONFERENCE_CALL: Expectation(40.0, _came_in, _cannot_fail),
}
"""Every service that is asked of a call. The time-outs are above what the PBX itself allows (a phone rings 30 s, a
transfer's target 30 s, and comes back)."""


def settle(pending: Pending, event: CallEvent) -> Pending:
    """What is known of the request after `event` of its call. One that is settled stays as it is."""
    request = pending.request
    if not request.open:
        return pending
    expected = EXPECTATIONS[request.service]
    if expected.done(event, request):
        return _settled(pending, event.at, RequestState.DONE, None)
    match event:
        case GapNoted():
            return replace(pending, gap=True)
        case CallCleared():
            if expected.ends_well:
                return _settled(pending, event.at, RequestState.DONE, None)
            return _settled(pending, event.at, RequestState.FAILED, _why_over(pending, event))
        case Established() if event.device == request.device:
            pending = replace(pending, picked_up=True)
        case ConnectionCleared() if event.device != request.device:
            pending = replace(pending, hint=reason_of(event.outcome, event.cause) or pending.hint)
        case Consultation(phase=ConsultationPhase.CLEARED, outcome=Outcome() as outcome):
            pending = replace(pending, hint=reason_of(outcome) or pending.hint)
        case Transferring(kind=TransferKind.FORWARD, by=str(by)):
            forwarders = pending.forwarders | {by}
            hint = Reason.FORWARDING_CIRCLE if event.to in forwarders else pending.hint
            pending = replace(pending, forwarders=forwarders, hint=hint)
    reason = expected.failed(event, request)
    if reason is None:
        return pending
    if reason is Reason.NO_ANSWER and pending.hint is not None:
        reason = pending.hint
    return _settled(pending, event.at, RequestState.FAILED, reason)


def hear_device(pending: Pending, event: DeviceStateChanged) -> Pending:
    """What the asker's own phone does that is rung to come into a call.

    Who only listens is nobody's party: no event of the call tells of it, and of a phone that nobody picked up neither.
    """
    request = pending.request
    if not request.open or event.device != request.device or request.service not in RUNG_FOR:
        return pending
    match event.state:
        case DeviceState.RINGING:
            return replace(pending, rang=True)
        case DeviceState.BUSY if pending.rang and request.service is Service.SINGLE_STEP_CONFERENCE_CALL:
            return _settled(pending, event.at, RequestState.DONE, None)
        case DeviceState.IDLE if pending.rang:
            return _settled(pending, event.at, RequestState.FAILED, Reason.PHONE_NO_ANSWER)
        case _:
            return pending


RUNG_FOR = (Service.DIRECTED_PICKUP_CALL, Service.GROUP_PICKUP_CALL, Service.SINGLE_STEP_CONFERENCE_CALL)
"""Services for which the asker's own phone is rung, that is not in the call yet."""


def _why_over(pending: Pending, event: CallCleared) -> Reason:
    if pending.gap and event.ended_by == SYSTEM:
        return Reason.PBX_RESTARTED
    if pending.gap and event.ended_by is None:
        return Reason.LINK_LOST
    return pending.hint or Reason.HUNG_UP


def late(pending: Pending, at: datetime) -> Pending:
    """Nothing came of it in the time it takes."""
    return _settled(pending, at, RequestState.TIMED_OUT, Reason.TIMED_OUT)


def lost(pending: Pending, at: datetime) -> Pending:
    """The connection to the PBX is gone, and has not come back in time to tell."""
    return _settled(pending, at, RequestState.FAILED, Reason.LINK_LOST)


def accepted_is_all(pending: Pending, at: datetime) -> Pending:
    """The PBX accepted what it never reports on."""
    if not EXPECTATIONS[pending.request.service].at_once:
        return pending
    return _settled(pending, at, RequestState.DONE, None)


def _settled(pending: Pending, at: datetime, state: RequestState, reason: Reason | None) -> Pending:
    if not pending.request.open:
        return pending
    request = replace(pending.request, state=state, reason=reason, settled_at=max(at, pending.request.at))
    return replace(pending, request=request)
