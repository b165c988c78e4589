"""A call event by event: who rings, who talks, and what the model did not expect."""

from __future__ import annotations

from ringcard.calls.call import Call
from ringcard.calls.causes import CUSTOMER, Direction, Outcome
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    ConnectionCleared,
    Delivered,
    Established,
    Held,
    Originated,
    Party,
    RecordingStarted,
    RecordingStopped,
    Retrieved,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.testing.call_events import OFFICE, at, is_answered, rings, whole_call

ONE, PHONE, OTHER = CallId("one"), DeviceId("101"), DeviceId("102")


def call_of(events: list[CallEvent]) -> Call:
    first = events[0]
    assert isinstance(first, Originated)
    call = Call(first)
    for event in events[1:]:
        call.apply(event)
    return call


def test_who_rings_and_who_talks() -> None:
    call = call_of(rings("one"))
    assert (call.ringing, call.talking) == ((PHONE,), ())
    call.apply(Established(ONE, at(5), PHONE))
    call.apply(Held(ONE, at(6), "101"))
    assert (call.ringing, call.talking) == ((), (PHONE,))


def test_a_device_that_left_and_came_back_has_one_row_a_stint() -> None:
    call = call_of([*rings("one"), *is_answered("one")])
    call.apply(ConnectionCleared(ONE, at(10), PHONE, Outcome.ANSWERED))
    call.apply(Established(ONE, at(20), PHONE))
    assert [stint.talk_s for stint in call.record(at(26)).devices] == [5.0, 6.0]


def test_a_hold_pressed_again_and_again_counts_once() -> None:
    call = call_of([*rings("one"), *is_answered("one")])
    for event in (Held(ONE, at(10), "101"), Held(ONE, at(11), "101"), Retrieved(ONE, at(14), "101")):
        call.apply(event)
    record = call.record(at(20))
    assert (record.hold_s, record.talk_s, len(record.holds)) == (4.0, 15.0, 1)


def test_a_hold_of_who_called_a_colleague_is_part_of_the_colleagues_talk() -> None:
    called, caller = Party(None, "101", PHONE), Party(None, "102", OTHER)
    began = Originated(ONE, at(0), ConversationId("one"), OFFICE, "1.1", Direction.INTERNAL, caller, called)
    call = call_of([began, *is_answered("one"), Held(ONE, at(10), "102"), Retrieved(ONE, at(14), "102")])
    record = call.record(at(20))
    assert (record.hold_s, record.talk_s, record.devices[0].hold_s) == (4.0, 15.0, 0.0)


def test_a_hold_of_the_customer_counts_once_however_many_talk_with_them() -> None:
    call = call_of([*rings("one"), *is_answered("one"), *is_answered("one", device="102")])
    for event in (Held(ONE, at(10), CUSTOMER), Retrieved(ONE, at(14), CUSTOMER)):
        call.apply(event)
    assert call.record(at(20)).hold_s == 4.0


def test_two_who_hold_at_the_same_time_each_have_their_own_talk_on_hold() -> None:
    call = call_of([*rings("one"), *is_answered("one"), *is_answered("one", device="102")])
    for by, since, until in (("101", 10, 14), ("102", 12, 15), (CUSTOMER, 14, 17)):
        call.apply(Held(ONE, at(since), by))
        call.apply(Retrieved(ONE, at(until), by))
    record = call.record(at(20))
    assert [device.hold_s for device in record.devices] == [4.0, 3.0]
    assert record.hold_s == 9.0  # of the customer's three seconds one is in 102's


def test_a_phone_that_rings_after_the_end_is_not_in_the_call() -> None:
    call = call_of(whole_call("one"))
    call.apply(Delivered(ONE, at(70), OTHER))
    assert call.ringing == ()
    assert call.record(at(80)).anomalies == ("Delivered after the end",)


def test_an_end_without_anybody_leaving_is_noted_and_everybody_has_left() -> None:
    call = call_of([*rings("one"), *is_answered("one"), CallCleared(ONE, at(9), None)])
    record = call.record(at(100))
    assert [(stint.left_at, stint.talk_s) for stint in record.devices] == [(at(9), 4.0)]
    assert record.anomalies == ("101 was still in the call at its end",)


def test_a_recording_lasts_until_it_stops_or_the_call_does() -> None:
    call = call_of(
        [
            *rings("one"),
            RecordingStarted(ONE, at(5), "a"),
            RecordingStarted(ONE, at(6), "b"),
            RecordingStopped(ONE, at(8), "a"),
            CallCleared(ONE, at(20), None),
        ]
    )
    assert [recording.duration_s for recording in call.record(at(20)).recordings] == [3.0, 14.0]
