"""The translator's clock never runs back, whichever clock jumps."""

from __future__ import annotations

from ringcard.pbx.asterisk.clock import PbxClock


def test_the_telephone_systems_own_stamp_is_believed_when_it_is_near_ours() -> None:
    assert PbxClock().moment(1000.25, 1000.9) == 1000.25


def test_without_stamps_it_is_when_we_heard() -> None:
    assert PbxClock().moment(None, 1000.9) == 1000.9


def test_a_stamp_a_few_microseconds_back_is_the_same_moment() -> None:
    clock = PbxClock()
    clock.moment(1000.0005, 1000.0)
    assert clock.moment(1000.0001, 1000.0) == 1000.0005


def test_a_clock_in_another_year_keeps_its_fine_spacing() -> None:
    clock = PbxClock()
    assert clock.moment(5.0, 1000.0) == 1000.0
    assert abs(clock.moment(5.123, 1000.2) - 1000.123) < 1e-9


def test_a_jump_of_the_telephone_systems_clock_makes_no_call_longer() -> None:
    clock = PbxClock()
    for jump_s in (3600.0, -3600.0):
        before = clock.moment(1000.0, 1000.0) if clock.last_s == 0 else clock.last_s
        after = clock.moment(before + 1.0 + jump_s, before + 1.0)
        assert 0 <= after - before <= 2.0


def test_stamps_that_begin_or_cease_do_not_run_back() -> None:
    clock = PbxClock()
    told = [clock.moment(stamp, now) for stamp, now in ((None, 10.0), (9.999, 10.1), (None, 10.2), (10.1, 10.3))]
    assert told == sorted(told)
