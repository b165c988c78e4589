"""Durations and dispositions, row by row of docs/reference/call-record.md."""

from __future__ import annotations

from datetime import datetime

import pytest

from ringcard.calls.causes import CUSTOMER, Direction, Disposition, Outcome
from ringcard.calls.identifiers import DeviceId
from ringcard.calls.reckoning import HoldSpan, Stint, covered_s, disposition_of, holds_within, ring_and_wait, talk_of
from ringcard.testing.call_events import at

IN, OUT, INTERNAL = Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL


def stint(
    device: str = "101",
    *,
    rang: float | None = None,
    answered: float | None = None,
    left: float | None = None,
    outcome: Outcome | None = None,
) -> Stint:
    def time(seconds: float | None) -> datetime | None:
        return None if seconds is None else at(seconds)

    made = Stint(DeviceId(device), at(rang or answered or 0), time(rang), rang is not None)
    made.picked_up, made.answered_at, made.talk_from = answered is not None, time(answered), time(answered)
    made.left_at, made.outcome = time(left), outcome
    return made


def test_holds_that_overlap_count_once_and_only_while_the_device_talked() -> None:
    holds = [
        HoldSpan("101", at(5), at(15)),  # from before it answered
        HoldSpan(CUSTOMER, at(12), at(20)),
        HoldSpan("102", at(20), at(30)),  # somebody else's
        HoldSpan("101", at(35), None),
    ]
    talk = talk_of(stint(answered=10, left=40), at(50), None)
    assert talk == (at(10), at(40))
    own = holds_within("101", holds, talk)
    assert covered_s(own) == 10.0
    assert covered_s(own + holds_within(CUSTOMER, holds, talk)) == 15.0


def test_nobody_talks_before_the_far_party_answered() -> None:
    assert talk_of(stint(answered=2, left=20), at(20), at(8)) == (at(8), at(20))
    assert talk_of(stint(answered=2, left=5), at(20), at(8)) == (at(8), at(8))


def test_a_phone_that_was_not_picked_up_did_not_talk() -> None:
    assert talk_of(stint(rang=1, left=9), at(9), None) is None


def test_it_rings_from_the_first_phone_to_the_answer_and_waits_until_then() -> None:
    stints = [stint("101", rang=4, left=9), stint("102", rang=6, answered=9)]
    assert ring_and_wait(at(0), at(60), at(9), stints, None, None) == (at(4), 5.0, 4.0)


def test_unanswered_it_rings_until_the_last_phone_stops() -> None:
    stints = [stint("101", rang=4, left=9), stint("102", rang=6, left=20)]
    assert ring_and_wait(at(0), at(60), None, stints, None, None) == (at(4), 16.0, 4.0)


def test_where_no_phone_rang_the_caller_waited_to_the_end() -> None:
    assert ring_and_wait(at(0), at(30), None, [], None, None) == (None, 0.0, 30.0)


def test_the_calling_devices_own_ringing_counts_only_if_no_other_phone_rang() -> None:
    own = stint("101", rang=1, answered=3)
    assert ring_and_wait(at(0), at(60), at(20), [own], at(8), DeviceId("101")) == (at(8), 12.0, 8.0)
    assert ring_and_wait(at(0), at(9), None, [own], None, DeviceId("101")) == (at(1), 2.0, 1.0)


@pytest.mark.parametrize(
    ("direction", "ended_by", "outcomes", "far", "rang", "lost", "service", "disposition"),
    [
        (IN, "caller", [Outcome.CANCELLED], None, True, False, False, Disposition.ABANDONED),
        (IN, "caller", [], None, False, False, True, Disposition.ABANDONED),
        (IN, "caller", [Outcome.BUSY], None, False, False, False, Disposition.ABANDONED),
        (IN, "system", [Outcome.NO_ANSWER, Outcome.BUSY], None, True, False, False, Disposition.NO_ANSWER),
        (IN, "system", [Outcome.BUSY, Outcome.UNREACHABLE], None, False, False, False, Disposition.BUSY),
        (IN, "system", [Outcome.REJECTED, Outcome.BUSY], None, True, False, False, Disposition.REJECTED),
        (IN, "system", [Outcome.UNREACHABLE], None, False, False, False, Disposition.FAILED),
        (IN, "system", [], None, False, False, False, Disposition.FAILED),
        (IN, "system", [], None, False, False, True, Disposition.NO_ANSWER),
        (IN, "system", [Outcome.CANCELLED], None, True, False, False, Disposition.NO_ANSWER),  # the PBX restarted
        (IN, None, [], None, False, True, False, Disposition.NO_ANSWER),  # ended in a gap
        (OUT, "101", [], Outcome.CANCELLED, True, False, False, Disposition.NO_ANSWER),
        (OUT, "system", [], Outcome.BUSY, False, False, False, Disposition.BUSY),
        (OUT, "system", [], Outcome.REJECTED, True, False, False, Disposition.REJECTED),
        (OUT, "system", [], Outcome.UNREACHABLE, False, False, False, Disposition.FAILED),
        (INTERNAL, "101", [Outcome.CANCELLED], None, True, False, False, Disposition.NO_ANSWER),
        (INTERNAL, "system", [Outcome.REJECTED], None, True, False, False, Disposition.REJECTED),
    ],
)
def test_what_became_of_a_call_that_nobody_answered(
    direction: Direction,
    ended_by: str | None,
    outcomes: list[Outcome],
    far: Outcome | None,
    rang: bool,
    lost: bool,
    service: bool,
    disposition: Disposition,
) -> None:
    stints = [stint(outcome=outcome) for outcome in outcomes]
    told = disposition_of(
        reached=False,
        over=True,
        direction=direction,
        ended_by=ended_by,
        stints=stints,
        far=far,
        rang=rang,
        lost=lost,
        service=service,
    )
    assert told is disposition


@pytest.mark.parametrize(("reached", "disposition"), [(True, Disposition.ANSWERED), (False, None)])
def test_a_living_call_is_answered_or_not_yet_anything(reached: bool, disposition: Disposition | None) -> None:
    told = disposition_of(
        reached=reached,
        over=False,
        direction=IN,
        ended_by=None,
        stints=[],
        far=None,
        rang=True,
        lost=False,
        service=False,
    )
    assert told is disposition
