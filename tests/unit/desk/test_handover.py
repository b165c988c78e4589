"""What becomes of a hand-over, whatever order the PBX reports in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.calls.causes import ConsultationPhase, Outcome, TransferKind
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    ConnectionCleared,
    Consultation,
    Delivered,
    Established,
    Queued,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.desk.control.requests import Reason
from ringcard.desk.handover.packet import Handover, HandoverKind, HandoverOutcome, Receiver, Sender
from ringcard.desk.handover.progress import Progress, follow

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = CallId("c")
ME, YOU, THIRD = DeviceId("101"), DeviceId("102"), DeviceId("103")
Came = HandoverOutcome


def begun(*, asks: bool = False, receiver: Receiver | None = None) -> Progress:
    kind = HandoverKind.ATTENDED if asks else HandoverKind.BLIND
    receiver = receiver or Receiver("boris", "Boris", YOU)
    sender = Sender("anna", "Anna", ME)
    return Progress(Handover("h", CALL, ConversationId("c"), kind, sender, receiver, "note", None, AT), asks)


def side(phase: ConsultationPhase, outcome: Outcome | None = None) -> Consultation:
    return Consultation(CALL, AT, 0, phase, ME, YOU, outcome)


GOES = Transferring(CALL, AT, 0, TransferKind.BLIND, ME, YOU)
ASKED_AND_GOES = Transferring(CALL, AT, 0, TransferKind.ATTENDED, ME, YOU)
RINGS = Delivered(CALL, AT, YOU, ME)
ANSWERS = Established(CALL, AT, YOU)
COMES_BACK = Delivered(CALL, AT, ME)
DELIVERED, TALK = side(ConsultationPhase.DELIVERED), side(ConsultationPhase.ESTABLISHED)
TALKED = side(ConsultationPhase.CLEARED, Outcome.ANSWERED)
UNANSWERED = side(ConsultationPhase.CLEARED, Outcome.NO_ANSWER)
LEFT = ConnectionCleared(CALL, AT, ME, Outcome.ANSWERED)


def busy(device: DeviceId, outcome: Outcome = Outcome.BUSY) -> ConnectionCleared:
    return ConnectionCleared(CALL, AT, device, outcome)


def forwards(by: DeviceId, to: DeviceId) -> Transferring:
    return Transferring(CALL, AT, 1, TransferKind.FORWARD, by, to)


def ends(*, completed: bool, to: str | None = YOU, withdrawn: bool = False) -> Transferred:
    return Transferred(CALL, AT, 0, to, completed, withdrawn)


def over(by: str) -> CallCleared:
    return CallCleared(CALL, AT, by)


@pytest.mark.parametrize(
    ("events", "outcome", "why"),
    [
        ([LEFT, GOES], Came.PENDING, None),
        ([LEFT, GOES, RINGS], Came.RINGING, None),
        ([LEFT, GOES, RINGS, ANSWERS], Came.TAKEN, None),
        ([LEFT, GOES, ends(completed=True)], Came.TAKEN, None),
        ([LEFT, GOES, busy(YOU), ends(completed=False)], Came.RETURNED, Reason.BUSY),
        ([LEFT, GOES, RINGS, busy(YOU, Outcome.NO_ANSWER), COMES_BACK], Came.RETURNED, Reason.NO_ANSWER),
        ([LEFT, GOES, busy(YOU, Outcome.UNREACHABLE), COMES_BACK], Came.RETURNED, Reason.UNREACHABLE),
        ([LEFT, GOES, forwards(YOU, THIRD), COMES_BACK], Came.RETURNED, Reason.NO_ANSWER),
        ([LEFT, GOES, forwards(YOU, THIRD), forwards(THIRD, YOU), COMES_BACK], Came.RETURNED, Reason.FORWARDING_CIRCLE),
        ([LEFT, GOES, RINGS, over("caller")], Came.ABANDONED, Reason.HUNG_UP),
        ([LEFT, GOES, busy(YOU), over("system")], Came.ABANDONED, Reason.BUSY),
    ],
)
def test_a_blind_one(events: list[CallEvent], outcome: HandoverOutcome, why: Reason | None) -> None:
    done = follow(begun(), events).handover
    assert (done.outcome, done.why) == (outcome, why)


@pytest.mark.parametrize(
    ("messages", "outcome", "why"),
    [
        ([[DELIVERED]], Came.RINGING, None),
        ([[DELIVERED], [TALK]], Came.RINGING, None),
        ([[DELIVERED], [TALK], [TALKED, ASKED_AND_GOES, ends(completed=True)]], Came.TAKEN, None),
        ([[DELIVERED], [TALK], [TALKED]], Came.CANCELLED, None),
        ([[DELIVERED], [side(ConsultationPhase.CLEARED, Outcome.BUSY)]], Came.RETURNED, Reason.BUSY),
        ([[DELIVERED], [side(ConsultationPhase.CLEARED, Outcome.CANCELLED)]], Came.CANCELLED, None),
        ([[ASKED_AND_GOES], [DELIVERED], [TALK], [TALKED, ends(completed=False)]], Came.CANCELLED, None),
        ([[ASKED_AND_GOES], [DELIVERED], [TALK], [TALKED, ends(completed=False, withdrawn=True)]], Came.TAKEN, None),
        # "Blonde": handed on while it still rings.
        ([[DELIVERED], [side(ConsultationPhase.CLEARED, Outcome.NO_ANSWER), ASKED_AND_GOES]], Came.RINGING, None),
        (
            [[DELIVERED], [side(ConsultationPhase.CLEARED, Outcome.NO_ANSWER), ASKED_AND_GOES], [ANSWERS]],
            Came.TAKEN,
            None,
        ),
        ([[DELIVERED], [TALK], [over("caller")]], Came.ABANDONED, Reason.HUNG_UP),
        # What the sender's own line does meanwhile is no return.
        ([[COMES_BACK], [DELIVERED]], Came.RINGING, None),
    ],
)
def test_one_that_is_asked_for_first(
    messages: list[list[CallEvent]], outcome: HandoverOutcome, why: Reason | None
) -> None:
    progress = begun(asks=True)
    for message in messages:
        progress = follow(progress, message)
    assert (progress.handover.outcome, progress.handover.why) == (outcome, why)


def test_a_redirect_that_turns_out_to_be_the_transfer_itself_hands_nothing_over() -> None:
    looked_like = Transferring(CALL, AT, 0, TransferKind.REDIRECT, None, YOU)
    progress = follow(begun(), [LEFT, looked_like, RINGS])
    told = Transferring(CALL, AT, 1, TransferKind.BLIND, ME, YOU)
    progress = follow(progress, [ends(completed=False, withdrawn=True), told])
    assert progress.handover.outcome is Came.RINGING
    assert follow(progress, [ANSWERS]).handover.outcome is Came.TAKEN


def test_to_a_queue_it_is_whoever_answers() -> None:
    progress = begun(receiver=Receiver(name="sales", queue="sales"))
    progress = follow(progress, [LEFT, GOES, ends(completed=True, to="sales"), Queued(CALL, AT, "sales")])
    assert progress.handover.outcome is Came.PENDING
    progress = follow(progress, [Delivered(CALL, AT, THIRD), Delivered(CALL, AT, YOU)])
    assert (progress.handover.outcome, progress.handover.receiver.device) == (Came.RINGING, None)
    progress = follow(progress, [Established(CALL, AT, THIRD)])
    assert (progress.handover.outcome, progress.handover.receiver.device) == (Came.TAKEN, THIRD)


EVENTS: list[CallEvent] = [
    LEFT, GOES, ASKED_AND_GOES, RINGS, ANSWERS, COMES_BACK, DELIVERED, TALK, TALKED, busy(YOU), busy(THIRD),
    ends(completed=True), ends(completed=False), ends(completed=False, withdrawn=True), Queued(CALL, AT, "sales"),
    Established(CALL, AT, ME), Established(CALL, AT, None, "+74959195557"), over("caller"), over("system"), over("101"),
    side(ConsultationPhase.ORIGINATED), side(ConsultationPhase.CLEARED, Outcome.BUSY), side(ConsultationPhase.CLEARED),
]  # fmt: skip


@given(asks=st.booleans(), messages=st.lists(st.lists(st.sampled_from(EVENTS), max_size=4), max_size=8))
def test_in_any_order_it_ends_and_what_ended_stays(asks: bool, messages: list[list[CallEvent]]) -> None:
    progress, ended = begun(asks=asks), None
    for message in messages:
        progress = follow(progress, message)
        if ended is not None:
            assert progress.handover == ended
        elif not progress.open:
            ended = progress.handover
    progress = follow(progress, [over("caller")])
    assert not progress.open
    assert progress.handover.outcome_at is not None
    if progress.handover.outcome is Came.RETURNED:
        assert progress.handover.why is not None
    assert replace(progress.handover, outcome=Came.PENDING).note == "note"


@given(messages=st.lists(st.lists(st.sampled_from(EVENTS), max_size=4), max_size=8))
def test_nobody_has_it_unless_somebody_other_than_the_sender_took_it(messages: list[list[CallEvent]]) -> None:
    progress = begun()
    seen: list[CallEvent] = []
    for message in messages:
        seen += message
        progress = follow(progress, message)
    if progress.handover.outcome is Came.TAKEN:
        took = [e for e in seen if isinstance(e, Established) and e.device != ME]
        took_by_transfer = [e for e in seen if isinstance(e, Transferred) and (e.completed or e.withdrawn)]
        assert took or took_by_transfer
