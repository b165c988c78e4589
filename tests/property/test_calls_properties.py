"""Whatever order events come in, however many are lost or come twice: a call never raises and its record holds."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringcard.calls.board import Board
from ringcard.calls.call import Call
from ringcard.calls.causes import ConsultationPhase, Direction, Disposition, Outcome, TransferKind
from ringcard.calls.events import (
    Absorbed,
    AnomalyNoted,
    CallCleared,
    CallDataSet,
    CallEvent,
    CallInformation,
    Conferenced,
    ConnectionCleared,
    Consultation,
    Delivered,
    Established,
    GapNoted,
    Held,
    Originated,
    Party,
    Queued,
    RecordingStarted,
    RecordingStopped,
    Retrieved,
    ServiceReached,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.calls.record import CallRecord, record_as_json
from ringcard.testing.call_events import ANNA, BORIS, COMPANY, OFFICE, at

LATEST_S = 120
TIMES = st.integers(0, LATEST_S * 1000).map(lambda milliseconds: at(milliseconds / 1000))
DEVICES = st.sampled_from([DeviceId("101"), DeviceId("102"), DeviceId("103")])
SOMEBODY = DEVICES | st.none()
NUMBERS = st.sampled_from([ANNA, BORIS, COMPANY])
HOLDERS = DEVICES.map(str) | st.just("customer")
PARTIES = st.one_of(
    st.builds(Party, NUMBERS, NUMBERS, st.none(), st.none() | st.text(max_size=5)),
    st.builds(Party, st.none(), st.none() | st.text(max_size=5), SOMEBODY, st.none()),
)
DESTINATIONS = DEVICES | NUMBERS | st.none()
NUMBERED = st.integers(0, 2)
FILES = st.sampled_from(["a.wav", "b.wav"])

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
E164 = re.compile(r"\+[1-9]\d{6,14}")

few = settings(derandomize=True, max_examples=150, deadline=None)


def originated(call: CallId) -> st.SearchStrategy[CallEvent]:
    return st.builds(
        Originated,
        st.just(call),
        TIMES,
        st.just(ConversationId(call)),
        st.just(OFFICE),
        st.just(f"{call}.1"),
        st.sampled_from(Direction),
        PARTIES,
        PARTIES,
    )


def later(call: CallId, *, living: bool = False) -> st.SearchStrategy[CallEvent]:
    """Any event but the first; with `living` none that ends the call."""
    to, one = st.just(call), st.builds
    outcomes, flag = st.sampled_from(Outcome), st.booleans()
    kinds: list[st.SearchStrategy[CallEvent]] = [
        one(CallInformation, to, TIMES, st.none() | st.sampled_from(Direction), st.none() | PARTIES, st.none()),
        one(Queued, to, TIMES, st.just("sales")),
        one(ServiceReached, to, TIMES),
        one(Delivered, to, TIMES, SOMEBODY, SOMEBODY, flag),
        one(Established, to, TIMES, SOMEBODY, st.none() | NUMBERS, flag),
        one(Held, to, TIMES, HOLDERS),
        one(Retrieved, to, TIMES, HOLDERS),
        one(ConnectionCleared, to, TIMES, SOMEBODY, outcomes),
        one(Transferring, to, TIMES, NUMBERED, st.sampled_from(TransferKind), SOMEBODY, DESTINATIONS),
        one(Transferred, to, TIMES, NUMBERED, DESTINATIONS, flag),
        one(Consultation, to, TIMES, NUMBERED, st.sampled_from(ConsultationPhase), DEVICES, DESTINATIONS, outcomes),
        one(Conferenced, to, TIMES),
        one(RecordingStarted, to, TIMES, FILES),
        one(RecordingStopped, to, TIMES, FILES),
        one(CallDataSet, to, TIMES, st.just("account"), FILES),
        st.tuples(TIMES, TIMES).map(lambda two: GapNoted(call, max(two), min(two), max(two))),
        one(AnomalyNoted, to, TIMES, st.just("odd")),
    ]
    if not living:
        enders = st.none() | st.sampled_from(["caller", "called", "system", "101"])
        kinds += [
            one(CallCleared, to, TIMES, enders),
            originated(call),
            one(Absorbed, to, TIMES, st.just(CallId("other"))),
        ]
    return st.one_of(kinds)


ONE = CallId("one")
HISTORIES = st.tuples(originated(ONE), st.lists(later(ONE), max_size=30)).map(lambda both: [both[0], *both[1]])
LIVES = st.tuples(originated(ONE), st.lists(later(ONE, living=True), max_size=30)).map(lambda both: [both[0], *both[1]])


def folded(events: list[CallEvent]) -> Call:
    first = events[0]
    assert isinstance(first, Originated)
    call = Call(first)
    for event in events[1:]:
        call.apply(event)
    return call


def moments_of(written: Any) -> list[str]:
    """Every time of a record as JSON, wherever it stands."""
    if isinstance(written, list):
        return [found for item in written for found in moments_of(item)]
    if not isinstance(written, dict):
        return []
    found = []
    for key, value in written.items():
        if key in ("at", "from", "to") or key.endswith("_at"):
            found += [value] if isinstance(value, str) and (key != "to" or "T" in value) else []
        else:
            found += moments_of(value)
    return found


def in_order(*times: datetime | None) -> bool:
    return all(early <= late for early, late in pairwise([time for time in times if time is not None]))


def holds_to_the_contract(record: CallRecord) -> None:
    assert in_order(record.started_at, record.ended_at)
    for stint in record.devices:
        assert in_order(stint.ringing_at, stint.answered_at, stint.left_at)
        assert 0 <= stint.hold_s <= stint.talk_s + 1e-6
    for side in record.consultations:
        assert in_order(side.started_at, side.ended_at)
    for hold in record.holds:
        assert in_order(hold.since, hold.until)
    for recording in record.recordings:
        assert recording.duration_s is None or recording.duration_s >= 0
    assert abs(record.talk_s - sum(stint.talk_s for stint in record.devices)) < 1e-6
    assert 0 <= record.hold_s <= record.talk_s + 1e-6
    assert record.ring_s >= 0
    assert record.wait_s >= 0
    assert record.complete == (not record.gaps)
    if record.ended_at is not None:
        assert record.disposition in set(Disposition)
        assert all(stint.left_at is not None and stint.outcome is not None for stint in record.devices)
    if record.answered_at is not None:
        assert record.disposition is Disposition.ANSWERED


def is_written_as_the_contract_says(record: CallRecord) -> None:
    written = json.loads(json.dumps(record_as_json(record), allow_nan=False))
    for side in ("caller", "called"):
        assert written[side]["number"] is None or E164.fullmatch(written[side]["number"])
    for moment in moments_of(written):
        assert RFC_3339.fullmatch(moment), moment
    assert written["started_at"] is not None
    lists = ("pbx_ids", "gaps", "devices", "holds", "transfers", "consultations", "recordings", "anomalies")
    assert all(isinstance(written[name], list) for name in lists)


@few
@given(HISTORIES)
def test_any_events_in_any_order_give_a_record_that_holds_to_the_contract(events: list[CallEvent]) -> None:
    record = folded(events).record(at(LATEST_S))
    holds_to_the_contract(record)
    is_written_as_the_contract_says(record)


@few
@given(LIVES)
def test_a_call_that_nothing_ended_lives_and_has_no_end(events: list[CallEvent]) -> None:
    call = folded(events)
    assert call.live
    assert call.record(at(LATEST_S)).ended_at is None


@few
@given(HISTORIES)
def test_folding_the_same_events_again_gives_the_same_record(events: list[CallEvent]) -> None:
    assert folded(events).record(at(LATEST_S)) == folded(events).record(at(LATEST_S))


@few
@given(LIVES, TIMES)
def test_asking_for_the_record_changes_nothing(events: list[CallEvent], now: datetime) -> None:
    call = folded(events)
    call.record(now)
    assert call.record(at(LATEST_S)) == folded(events).record(at(LATEST_S))


@few
@given(LIVES, st.sampled_from([None, "caller", "101"]))
def test_the_record_of_a_call_that_is_over_does_not_depend_on_when_it_is_read(
    events: list[CallEvent], ended_by: str | None
) -> None:
    call = folded([*events, CallCleared(ONE, at(LATEST_S), ended_by)])
    assert call.record(at(LATEST_S)) == call.record(at(10 * LATEST_S))


@few
@given(HISTORIES, st.data())
def test_a_finished_call_has_nobody_in_it(events: list[CallEvent], data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.integers(1, max(1, len(events) - 1))))
    heard = [event for index, event in enumerate(events) if index not in lost]
    call = folded([*heard, CallCleared(ONE, at(LATEST_S), None)])
    holds_to_the_contract(call.record(at(LATEST_S)))
    assert not call.live


TWO = [CallId("one"), CallId("two")]


@few
@given(st.lists(st.sampled_from(TWO).flatmap(later), max_size=40), st.data())
def test_the_board_forgets_what_is_settled_and_nothing_else(events: list[CallEvent], data: st.DataObject) -> None:
    board = Board()
    for call_id in TWO:
        board.apply(data.draw(originated(call_id)))
    for event in events:
        before = board.calls.get(event.call_id)
        told = board.apply(event)
        assert told is before or isinstance(event, Originated)
        if told is not None:
            assert (event.call_id in board.calls) == (not told.settled)
    for call in list(board.calls.values()):
        board.apply(CallCleared(call.call_id, at(LATEST_S), None))
    for call in list(board.calls.values()):
        for side in range(3):
            board.apply(
                Consultation(
                    call.call_id,
                    at(LATEST_S),
                    side,
                    ConsultationPhase.CLEARED,
                    DeviceId("101"),
                    None,
                    Outcome.NO_ANSWER,
                )
            )
    assert board.calls == {}
