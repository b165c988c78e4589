"""Which calls are on the board."""

from __future__ import annotations

from datetime import datetime

from ringcard.calls.board import Board
from ringcard.calls.causes import ConsultationPhase
from ringcard.calls.events import CallCleared, Consultation
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.testing.call_events import at, ends, is_absorbed, is_answered, rings

ONE = CallId("one")


def side(phase: ConsultationPhase, seconds: float) -> Consultation:
    return Consultation(ONE, at(seconds), 0, phase, DeviceId("101"), "102")


def test_a_call_is_there_from_its_start_to_its_end_and_the_last_event_still_tells_it() -> None:
    board = Board()
    for event in [*rings("one"), *is_answered("one")]:
        board.apply(event)
        assert ONE in board.calls
    told = [board.apply(event) for event in ends("one")]
    assert told[-1] is not None
    assert not told[-1].live
    assert board.calls == {}


def test_what_happens_to_a_call_that_is_not_there_is_nobodys() -> None:
    board = Board()
    assert [board.apply(event) for event in ends("one")] == [None, None]
    assert board.calls == {}


def test_a_call_whose_consultation_goes_on_stays_until_that_is_over() -> None:
    board = Board()
    for event in [*rings("one"), side(ConsultationPhase.ORIGINATED, 6), CallCleared(ONE, at(9), "caller")]:
        board.apply(event)
    assert ONE in board.calls
    board.apply(side(ConsultationPhase.CLEARED, 12))
    assert board.calls == {}


def test_who_is_asked_waits_while_the_asker_is_with_the_other_side() -> None:
    board = Board()

    def waits_after(phase: ConsultationPhase, seconds: float) -> datetime | None:
        call = board.apply(side(phase, seconds))
        assert call is not None
        (consultation,) = call.record(at(seconds)).consultations
        return consultation.waits_since

    for event in [*rings("one"), *is_answered("one"), side(ConsultationPhase.ORIGINATED, 6)]:
        board.apply(event)
    assert waits_after(ConsultationPhase.ESTABLISHED, 7) is None
    assert waits_after(ConsultationPhase.HELD, 8) == at(8)
    assert waits_after(ConsultationPhase.RETRIEVED, 9) is None
    assert waits_after(ConsultationPhase.HELD, 10) == at(10)
    assert waits_after(ConsultationPhase.CLEARED, 11) is None, "what is over waits no more"


def test_a_call_that_is_part_of_another_leaves() -> None:
    board = Board()
    for event in [*rings("one"), *rings("two"), *is_absorbed("one", "two")]:
        board.apply(event)
    assert list(board.calls) == ["two"]
