"""Calls that a former run left open: followed on if their channels live, else ended with what was known."""

from __future__ import annotations

from tests.unit.pbx.asterisk.listed_lines import CAME_S, Line, Office, customer, moment, phone

from ringcard.calls.causes import Outcome
from ringcard.calls.events import CallCleared, ConnectionCleared, Established, GapNoted, Originated
from ringcard.calls.record import CallRecord

GAP_S = 3.0
TALKING = (customer(bridge="b"), phone("101", bridge="b"))
RINGING = (customer(state="4"), phone("101", state="5"))


def left_open(*lines: Line) -> CallRecord:
    """The record of a call as the former run knew it when it was killed."""
    [record] = Office().finds(*lines)
    return record


def begun_anew(record: CallRecord) -> Office:
    return Office([record], CAME_S - GAP_S)


def test_a_call_that_is_gone_ended_in_the_gap_and_by_whom_nobody_knows() -> None:
    office = begun_anew(left_open(*TALKING))
    office.finds()
    assert [type(event) for event in office.events] == [GapNoted, ConnectionCleared, CallCleared]
    cleared, ended = office.events[1:]
    assert isinstance(cleared, ConnectionCleared)
    assert (cleared.device, cleared.outcome) == ("101", Outcome.ANSWERED)
    assert isinstance(ended, CallCleared)
    assert (ended.at, ended.ended_by) == (moment(CAME_S), None)


def test_a_phone_that_rang_when_the_call_went_is_told_as_not_answered() -> None:
    office = begun_anew(left_open(*RINGING))
    office.finds()
    assert [e.outcome for e in office.events if isinstance(e, ConnectionCleared)] == [Outcome.NO_ANSWER]


def test_a_restart_of_the_pbx_ended_what_is_gone() -> None:
    office = begun_anew(left_open(*RINGING))
    office.hears("FullyBooted", Uptime="1")
    office.finds()
    assert [e.outcome for e in office.events if isinstance(e, ConnectionCleared)] == [Outcome.CANCELLED]
    assert [e.ended_by for e in office.events if isinstance(e, CallCleared)] == ["system"]


def test_a_call_that_lives_keeps_its_id_and_nothing_of_it_is_told_twice() -> None:
    record = left_open(*TALKING)
    office = begun_anew(record)
    office.finds(*TALKING)
    [gap] = office.events
    assert isinstance(gap, GapNoted)
    assert (gap.call_id, gap.since, gap.until) == (record.call_id, moment(CAME_S - GAP_S), moment(CAME_S))
    assert list(office.translator.calls) == [record.call_id]


def test_who_answered_in_the_gap_is_told_without_the_moment() -> None:
    record = left_open(*RINGING)
    office = begun_anew(record)
    office.finds(*TALKING)
    [answered] = [event for event in office.events if isinstance(event, Established)]
    assert (answered.call_id, answered.device, answered.since_known) == (record.call_id, "101", False)
    assert not any(isinstance(event, Originated) for event in office.events)


def test_the_end_of_a_call_that_lived_on_is_told_of_the_same_call() -> None:
    record = left_open(*TALKING)
    office = begun_anew(record)
    office.finds(*TALKING)
    office.hears("HangupRequest", 4.0, Uniqueid="1.1", Cause="16")
    for uid in ("1.1", "1.2"):
        office.hears("BridgeLeave", 4.0, Uniqueid=uid, BridgeUniqueid="b")
        office.hears("Hangup", 4.0, Uniqueid=uid, Cause="16")
    ended = office.events[-1]
    assert isinstance(ended, CallCleared)
    assert (ended.call_id, ended.at, ended.ended_by) == (record.call_id, moment(CAME_S + 4), "caller")


def test_a_new_call_beside_an_open_one_is_a_call_of_its_own() -> None:
    record = left_open(*TALKING)
    office = begun_anew(record)
    office.finds(*TALKING, Line("PJSIP/105-0000000a", "9.1", "9.1", "105", "6", "900", application="ConfBridge"))
    office.passes(1.0)
    began = {event.call_id for event in office.events if isinstance(event, Originated)}
    assert len(began) == 1
    assert record.call_id not in began
