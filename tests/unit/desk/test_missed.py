"""Callers whom nobody answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest

from ringcard.calls.board import Board
from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import CallCleared, CallEvent, ConnectionCleared, Delivered, Established, Originated, Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.desk.missed import HANDLED_KEPT, MOST_KEPT, UNHANDLED_KEPT, Handled, MissedCaller, MissedCallers

from .fakes import START

NUMBER = "+74959195557"


class Story:
    """Calls of one number, a minute each, told to the list when they are over."""

    def __init__(self) -> None:
        self.missed = MissedCallers()
        self.now = START
        self._ids = count(1)
        self.last: CallRecord | None = None

    def call(
        self,
        *devices: str,
        answered: bool = False,
        number: str | None = NUMBER,
        direction: Direction = Direction.INBOUND,
    ) -> MissedCaller | None:
        call_id = CallId(f"c{next(self._ids)}")
        outside = Party(number=number, presented=number, name="Maria")
        ours = Party(number="+74951234567", presented="74951234567")
        inbound = direction is Direction.INBOUND
        events: list[CallEvent] = [
            Originated(
                call_id,
                self.now,
                ConversationId(call_id),
                PbxId("office"),
                call_id,
                direction,
                outside if inbound else ours,
                ours if inbound else outside,
            )
        ]
        events += [Delivered(call_id, self.now, DeviceId(device)) for device in devices]
        self.now += timedelta(minutes=1)
        if answered:
            events.append(Established(call_id, self.now, DeviceId(devices[0])))
            if not inbound:
                events.append(Established(call_id, self.now, None, number))
        self.now += timedelta(minutes=1)
        outcome = Outcome.ANSWERED if answered else Outcome.CANCELLED
        events += [ConnectionCleared(call_id, self.now, DeviceId(each), outcome) for each in devices]
        events.append(CallCleared(call_id, self.now, "caller"))
        board = Board()
        for event in events:
            folded = board.apply(event)
        assert folded is not None
        self.last = folded.record(self.now)
        return self.missed.over(self.last, f"m-{call_id}")


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_call_that_nobody_took_is_missed_by_everybody_it_rang(story: Story) -> None:
    entry = story.call("101", "102")
    assert entry is not None
    assert (entry.number, entry.name, entry.times, entry.devices) == (NUMBER, "Maria", 1, ("101", "102"))
    assert (entry.last_call, entry.handling) == ("c1", None)


def test_who_calls_again_is_one_entry_that_counts(story: Story) -> None:
    first, second = story.call("101"), story.call("102")
    assert first is not None
    assert second is not None
    assert second.missed_id == first.missed_id
    assert (second.times, second.devices, second.first_at) == (2, ("101", "102"), first.first_at)
    assert len(story.missed) == 1


def test_a_call_that_is_told_twice_counts_once(story: Story) -> None:
    story.call("101")
    assert story.last is not None
    assert story.missed.over(story.last, "again") is None
    assert story.missed.all()[0].times == 1


@pytest.mark.parametrize("direction", [Direction.INBOUND, Direction.OUTBOUND])
def test_talking_with_the_caller_deals_with_it_whoever_called(story: Story, direction: Direction) -> None:
    story.call("101")
    entry = story.call("102", answered=True, direction=direction)
    assert entry is not None
    assert entry.handling is not None
    assert (entry.handling.how, entry.handling.call_id) == (Handled.TALKED, "c2")


def test_calling_back_in_vain_leaves_it(story: Story) -> None:
    story.call("101")
    assert story.call("101", direction=Direction.OUTBOUND) is None
    assert story.missed.all()[0].handling is None


def test_a_talk_that_began_before_the_missed_call_deals_with_nothing(story: Story) -> None:
    before = Story()
    before.call("101", answered=True)
    story.now += timedelta(hours=1)
    story.call("102")
    assert before.last is not None
    assert story.missed.over(before.last, "m") is None


def test_who_calls_again_after_it_was_dealt_with_begins_anew(story: Story) -> None:
    first = story.call("101")
    story.call("101", answered=True)
    again = story.call("101")
    assert first is not None
    assert again is not None
    assert (again.times, again.handling) == (1, None)
    assert again.missed_id != first.missed_id


def test_done_is_done_for_all_and_can_be_taken_back(story: Story) -> None:
    story.call("101", "102")
    done = story.missed.done("m-c1", "anna", story.now)
    assert done is not None
    assert done.handling is not None
    assert (done.handling.how, done.handling.employee_id) == (Handled.DONE, "anna")
    undone = story.missed.undone("m-c1")
    assert undone is not None
    assert undone.handling is None


def test_a_talk_is_not_taken_back(story: Story) -> None:
    story.call("101")
    story.call("101", answered=True)
    entry = story.missed.undone("m-c1")
    assert entry is not None
    assert entry.handling is not None


def test_withheld_numbers_and_answered_calls_are_not_missed(story: Story) -> None:
    assert story.call("101", number=None) is None
    assert story.call("101", answered=True) is None
    assert len(story.missed) == 0


def test_old_entries_are_forgotten_the_handled_ones_sooner(story: Story) -> None:
    story.call("101")
    story.missed.done("m-c1", "anna", story.now)
    story.call("101", number="+79265550101")
    assert story.missed.expire(story.now) == ()
    assert story.missed.expire(story.now + HANDLED_KEPT + timedelta(hours=1)) == (NUMBER,)
    assert story.missed.expire(story.now + UNHANDLED_KEPT + timedelta(hours=1)) == ("+79265550101",)


def test_of_too_many_the_oldest_go(story: Story) -> None:
    def entry(place: int, at: datetime) -> MissedCaller:
        call = CallId(f"c{place}")
        return MissedCaller(f"m{place}", f"+7926{place:07}", None, 1, at, at, None, (), (call,))

    missed = MissedCallers(entry(place, START + timedelta(seconds=place)) for place in range(MOST_KEPT + 2))
    assert missed.expire(START) == ("+79260000000", "+79260000001")
    assert len(missed) == MOST_KEPT
