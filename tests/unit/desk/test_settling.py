"""What settles a request, row by row of the table, and the book that keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.calls.causes import Cause, ConsultationPhase, DeviceState, Outcome, TransferKind
from ringcard.calls.events import (
    Absorbed,
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
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.control.book import LINK_PATIENCE_S, RequestBook
from ringcard.desk.control.requests import Reason, RequestState, ServiceRequest
from ringcard.desk.control.settling import EXPECTATIONS, Pending, accepted_is_all, hear_device, late, settle
from ringcard.pbx.connector import Service

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL, OTHER_CALL = CallId("c"), CallId("d")
ME, OTHER = DeviceId("101"), DeviceId("102")
OFFICE = PbxId("office")


def request(service: Service, **over: object) -> ServiceRequest:
    values = {"request_id": "r", "employee_id": "anna", "call_id": CALL, "device": ME, "to": "102", "at": AT} | over
    return ServiceRequest(service=service, **values)  # type: ignore[arg-type]


def after(service: Service, *events: CallEvent) -> ServiceRequest:
    pending = Pending(request(service))
    for event in events:
        pending = settle(pending, event)
    return pending.request


def cleared(device: DeviceId | None, outcome: Outcome, cause: Cause | None = None) -> ConnectionCleared:
    return ConnectionCleared(CALL, AT, device, outcome, cause)


def side(phase: ConsultationPhase, outcome: Outcome | None = None, by: DeviceId = ME) -> Consultation:
    return Consultation(CALL, AT, 0, phase, by, "102", outcome)


def transferred(*, completed: bool, withdrawn: bool = False) -> Transferred:
    return Transferred(CALL, AT, 0, "102", completed, withdrawn)


OVER = CallCleared(CALL, AT, "caller")

ROUND: tuple[CallEvent, ...] = (
    cleared(OTHER, Outcome.FORWARDED),
    Transferring(CALL, AT, 1, TransferKind.FORWARD, OTHER, "103"),
    cleared(DeviceId("103"), Outcome.FORWARDED),
    Transferring(CALL, AT, 2, TransferKind.FORWARD, DeviceId("103"), "102"),
)
"""102 forwards to 103, and that one back."""

DONE: list[tuple[Service, CallEvent]] = [
    (Service.MAKE_CALL, Established(CALL, AT, None)),
    (Service.MAKE_CALL, Established(CALL, AT, OTHER)),
    (Service.ANSWER_CALL, Established(CALL, AT, ME)),
    (Service.CLEAR_CONNECTION, cleared(ME, Outcome.ANSWERED)),
    (Service.CLEAR_CONNECTION, OVER),
    (Service.HOLD_CALL, Held(CALL, AT, ME)),
    (Service.RETRIEVE_CALL, Retrieved(CALL, AT, ME)),
    (Service.CONSULTATION_CALL, side(ConsultationPhase.ESTABLISHED)),
    (Service.ALTERNATE_CALL, Retrieved(CALL, AT, ME)),
    (Service.ALTERNATE_CALL, Held(CALL, AT, ME)),
    (Service.RECONNECT_CALL, side(ConsultationPhase.CLEARED, Outcome.ANSWERED)),
    (Service.RECONNECT_CALL, Retrieved(CALL, AT, ME)),
    (Service.TRANSFER_CALL, transferred(completed=True)),
    (Service.SINGLE_STEP_TRANSFER_CALL, transferred(completed=True)),
    (Service.DEFLECT_CALL, cleared(ME, Outcome.CANCELLED)),
    (Service.DEFLECT_CALL, cleared(ME, Outcome.FORWARDED)),
    (Service.CONFERENCE_CALL, Conferenced(CALL, AT)),
    (Service.PARK_CALL, Transferring(CALL, AT, 0, TransferKind.PARK, ME, None)),
    (Service.DIRECTED_PICKUP_CALL, Established(CALL, AT, ME)),
    (Service.GROUP_PICKUP_CALL, Established(CALL, AT, ME)),
    (Service.SINGLE_STEP_CONFERENCE_CALL, Conferenced(CALL, AT)),
]

FAILED: list[tuple[Service, tuple[CallEvent, ...], Reason]] = [
    (Service.MAKE_CALL, (cleared(ME, Outcome.NO_ANSWER),), Reason.PHONE_NO_ANSWER),
    (Service.MAKE_CALL, (cleared(None, Outcome.BUSY), OVER), Reason.BUSY),
    (Service.MAKE_CALL, (cleared(None, Outcome.UNREACHABLE, Cause.NOT_IN_SERVICE), OVER), Reason.NOT_IN_SERVICE),
    (Service.MAKE_CALL, (cleared(None, Outcome.UNREACHABLE, Cause.CONGESTION), OVER), Reason.CONGESTION),
    (Service.MAKE_CALL, (Established(CALL, AT, ME), cleared(ME, Outcome.ANSWERED), OVER), Reason.HUNG_UP),
    (Service.ANSWER_CALL, (cleared(ME, Outcome.ANSWERED_ELSEWHERE),), Reason.ANSWERED_ELSEWHERE),
    (Service.ANSWER_CALL, (cleared(ME, Outcome.CANCELLED),), Reason.HUNG_UP),
    (Service.HOLD_CALL, (cleared(ME, Outcome.ANSWERED),), Reason.HUNG_UP),
    (Service.CONSULTATION_CALL, (side(ConsultationPhase.CLEARED, Outcome.BUSY),), Reason.BUSY),
    (Service.CONSULTATION_CALL, (side(ConsultationPhase.CLEARED, Outcome.NO_ANSWER),), Reason.NO_ANSWER),
    (Service.CONSULTATION_CALL, (side(ConsultationPhase.CLEARED, Outcome.CANCELLED),), Reason.HUNG_UP),
    (Service.TRANSFER_CALL, (transferred(completed=False),), Reason.NO_ANSWER),
    (Service.SINGLE_STEP_TRANSFER_CALL, (cleared(OTHER, Outcome.BUSY), transferred(completed=False)), Reason.BUSY),
    (Service.SINGLE_STEP_TRANSFER_CALL, (Delivered(CALL, AT, ME),), Reason.NO_ANSWER),
    (Service.SINGLE_STEP_TRANSFER_CALL, (OVER,), Reason.HUNG_UP),
    (Service.SINGLE_STEP_TRANSFER_CALL, (*ROUND, Delivered(CALL, AT, ME)), Reason.FORWARDING_CIRCLE),
    (Service.SINGLE_STEP_TRANSFER_CALL, (*ROUND[:2], Delivered(CALL, AT, ME)), Reason.NO_ANSWER),
    (Service.SINGLE_STEP_TRANSFER_CALL, (*ROUND, cleared(OTHER, Outcome.BUSY), Delivered(CALL, AT, ME)), Reason.BUSY),
    (Service.MAKE_CALL, (*ROUND, OVER), Reason.FORWARDING_CIRCLE),
    (Service.DEFLECT_CALL, (Established(CALL, AT, ME),), Reason.ANSWERED),
    (Service.DEFLECT_CALL, (Established(CALL, AT, OTHER),), Reason.ANSWERED_ELSEWHERE),
    (Service.DIRECTED_PICKUP_CALL, (Established(CALL, AT, OTHER),), Reason.ANSWERED_ELSEWHERE),
    (Service.CONFERENCE_CALL, (GapNoted(CALL, AT, AT, AT), CallCleared(CALL, AT, "system")), Reason.PBX_RESTARTED),
    (Service.HOLD_CALL, (GapNoted(CALL, AT, AT, AT), CallCleared(CALL, AT, None)), Reason.LINK_LOST),
]


@pytest.mark.parametrize(("service", "event"), DONE)
def test_it_is_done_when_the_pbx_reports_it(service: Service, event: CallEvent) -> None:
    assert (after(service, event).state, after(service, event).reason) == (RequestState.DONE, None)


@pytest.mark.parametrize(("service", "events", "reason"), FAILED)
def test_it_fails_with_the_reason(service: Service, events: tuple[CallEvent, ...], reason: Reason) -> None:
    settled = after(service, *events)
    assert (settled.state, settled.reason) == (RequestState.FAILED, reason)


def test_every_service_that_is_asked_of_a_call_has_a_row() -> None:
    of_devices = {Service.SET_FORWARDING, Service.SET_DO_NOT_DISTURB, Service.SET_AGENT_STATE}
    of_no_call = of_devices | {Service.SNAPSHOT, Service.GET_DEVICES}
    assert set(EXPECTATIONS) == set(Service) - of_no_call
    told_at_once = {service for service, row in EXPECTATIONS.items() if row.at_once}
    assert {service for service, _ in DONE} == set(EXPECTATIONS) - told_at_once


class TestTheAskersOwnPhone:
    """Rung to come into a call, it is in no event of that call before it is in it, and who listens never is."""

    @staticmethod
    def does(service: Service, *states: DeviceState, device: DeviceId = ME) -> ServiceRequest:
        pending = Pending(request(service))
        for state in states:
            pending = hear_device(pending, DeviceStateChanged(OFFICE, AT, device, state, "test"))
        return pending.request

    def test_who_picks_up_to_listen_is_in_the_call(self) -> None:
        done = self.does(Service.SINGLE_STEP_CONFERENCE_CALL, DeviceState.RINGING, DeviceState.BUSY)
        assert (done.state, done.settled_at) == (RequestState.DONE, AT)

    def test_a_phone_that_rings_in_vain_is_said(self) -> None:
        for service in (Service.SINGLE_STEP_CONFERENCE_CALL, Service.DIRECTED_PICKUP_CALL):
            failed = self.does(service, DeviceState.RINGING, DeviceState.IDLE)
            assert (failed.state, failed.reason) == (RequestState.FAILED, Reason.PHONE_NO_ANSWER)

    def test_a_phone_that_is_picked_up_for_a_call_may_still_be_late_for_it(self) -> None:
        assert self.does(Service.DIRECTED_PICKUP_CALL, DeviceState.RINGING, DeviceState.BUSY).open

    def test_what_it_did_before_it_rang_and_what_others_do_says_nothing(self) -> None:
        service = Service.SINGLE_STEP_CONFERENCE_CALL
        assert self.does(service, DeviceState.BUSY, DeviceState.IDLE).open
        assert self.does(service, DeviceState.RINGING, DeviceState.BUSY, device=OTHER).open
        assert self.does(Service.HOLD_CALL, DeviceState.RINGING, DeviceState.BUSY).open


def test_what_others_do_settles_nothing() -> None:
    for service in set(EXPECTATIONS) - {Service.MAKE_CALL, Service.DEFLECT_CALL}:
        for event in (Held(CALL, AT, OTHER), Retrieved(CALL, AT, OTHER), Held(CALL, AT, "customer")):
            assert after(service, event).open


def test_what_the_pbx_never_reports_on_is_done_when_it_is_accepted() -> None:
    assert accepted_is_all(Pending(request(Service.GENERATE_DIGITS)), AT).request.state is RequestState.DONE
    assert accepted_is_all(Pending(request(Service.HOLD_CALL)), AT).request.open


EVENTS = st.sampled_from([event for _, event in DONE] + [event for _, events, _ in FAILED for event in events])


@given(service=st.sampled_from(sorted(EXPECTATIONS)), events=st.lists(EVENTS, max_size=12))
def test_in_any_order_it_settles_once_and_never_changes_again(service: Service, events: list[CallEvent]) -> None:
    pending, settled = Pending(request(service)), None
    for event in events:
        pending = settle(pending, event)
        if settled is not None:
            assert pending.request == settled
        elif not pending.request.open:
            settled = pending.request
    pending = settle(pending, OVER)
    assert not pending.request.open
    assert late(pending, AT).request == pending.request
    assert (pending.request.reason is None) is (pending.request.state is RequestState.DONE)


class Book:
    """A book with a clock in the test's hands."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.book = RequestBook(lambda: self.now_s)

    def asks(self, service: Service = Service.HOLD_CALL, name: str = "r") -> None:
        self.book.asking(request(service, request_id=name), OFFICE)

    def tick(self, *, up: bool = True) -> list[tuple[RequestState, Reason | None]]:
        at = AT + timedelta(seconds=self.now_s - 100)
        return [(each.state, each.reason) for each in self.book.tick({OFFICE} if up else set(), at)]


class TestTheBook:
    def test_what_settles_it_may_come_before_the_pbx_has_answered(self) -> None:
        stage = Book()
        stage.asks()
        assert stage.book.hear(Held(CALL, AT, ME)) == ()
        assert stage.book.open_of("anna") == ()
        assert stage.book.accepted("r").state is RequestState.DONE
        assert stage.book.one("r") is not None

    def test_a_refused_one_was_never_there(self) -> None:
        stage = Book()
        stage.asks()
        stage.book.refused("r")
        assert stage.book.one("r") is None
        assert stage.book.hear(Held(CALL, AT, ME)) == ()

    def test_a_call_whose_phone_failed_before_its_id_was_known(self) -> None:
        stage = Book()
        made = request(Service.MAKE_CALL, call_id=CallId(""))
        stage.book.call_asked(made)
        assert stage.book.dialling(ME) is not None
        stage.book.hear(cleared(ME, Outcome.UNREACHABLE))
        settled = stage.book.call_made(request(Service.MAKE_CALL), OFFICE)
        assert (settled.state, settled.reason) == (RequestState.FAILED, Reason.PHONE_NO_ANSWER)
        assert stage.book.dialling(ME) is None

    def test_time_names_what_nothing_came_of(self) -> None:
        stage = Book()
        stage.asks()
        stage.book.accepted("r")
        stage.now_s += EXPECTATIONS[Service.HOLD_CALL].within_s - 0.1
        assert stage.tick() == []
        stage.now_s += 0.1
        assert stage.tick() == [(RequestState.TIMED_OUT, Reason.TIMED_OUT)]
        assert stage.tick() == []

    def test_a_connection_that_comes_back_in_time_tells_the_rest(self) -> None:
        stage = Book()
        stage.asks(Service.CONSULTATION_CALL)
        stage.book.accepted("r")
        assert stage.tick(up=False) == []
        stage.now_s += LINK_PATIENCE_S - 0.1
        assert stage.tick(up=False) == []
        assert stage.tick(up=True) == []
        gap = GapNoted(CALL, AT, AT, AT)
        stage.book.hear(gap)
        (settled,) = stage.book.hear(CallCleared(CALL, AT, "system"))
        assert settled.reason is Reason.PBX_RESTARTED

    def test_one_that_does_not_is_lost(self) -> None:
        stage = Book()
        stage.asks(Service.CONSULTATION_CALL)
        stage.book.accepted("r")
        stage.tick(up=False)
        stage.now_s += LINK_PATIENCE_S
        assert stage.tick(up=False) == [(RequestState.FAILED, Reason.LINK_LOST)]

    def test_a_call_that_becomes_part_of_another_takes_its_requests_along(self) -> None:
        stage = Book()
        stage.asks()
        stage.book.accepted("r")
        stage.book.hear(Absorbed(CALL, AT, OTHER_CALL))
        assert stage.book.hear(Held(CALL, AT, ME)) == ()
        (settled,) = stage.book.hear(Held(OTHER_CALL, AT, ME))
        assert (settled.call_id, settled.state) == (OTHER_CALL, RequestState.DONE)
