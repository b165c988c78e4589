"""What holds of every transfer, whatever is asked, seen and waited for, in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ringcard.pbx.asterisk.control.transfer import (
    ALONE_S,
    EXCEPT,
    FINAL,
    PASSED,
    PATIENCE_S,
    REQUESTS,
    SEEN,
    Action,
    Phase,
    Request,
    Sight,
    Transfer,
    WrongTime,
)

Step = Request | Sight | float
steps = st.lists(
    st.one_of(st.sampled_from(Request), st.sampled_from(Sight), st.floats(0.0, 10.0, allow_nan=False)), max_size=40
)


class Played:
    """A transfer, its clock, and what it had done."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.transfer = Transfer(self.now_s)
        self.done: list[tuple[Phase, Request | None, Action]] = []

    def play(self, step: Step) -> None:
        before = self.transfer.phase
        if isinstance(step, Request):
            try:
                self.done.append((before, step, self.transfer.ask(step, self.now_s)))
            except WrongTime:
                assert self.transfer.phase is before, "refused, and nothing has changed"
        elif isinstance(step, Sight):
            self.transfer.see(step, self.now_s)
        else:
            self.now_s += step
            action = self.transfer.tick(self.now_s)
            if action is not None:
                self.done.append((before, None, action))


def played(story: list[Step]) -> Played:
    told = Played()
    for step in story:
        told.play(step)
    return told


@given(steps)
def test_no_order_of_events_raises_and_every_phase_is_one_of_the_table(story: list[Step]) -> None:
    assert played(story).transfer.phase in Phase


@given(steps)
def test_a_customer_who_is_left_with_nobody_is_brought_back(story: list[Step]) -> None:
    """Nobody for longer than `ALONE_S`, whatever went before, and the customer is sent to who asked; every time."""
    told = played(story)
    if told.transfer.over:
        return
    told.play(Sight.NOBODY)
    for _ in range(3):
        told.done.clear()
        told.play(ALONE_S + 0.1)
        assert [action for _, _, action in told.done] == [Action.BRING_BACK]
        assert told.transfer.phase is Phase.ALONE, "until something else is seen"


@given(steps)
def test_a_customer_who_is_with_somebody_is_left_there(story: list[Step]) -> None:
    told = Played()
    for step in story:
        told.done.clear()
        told.play(step)
        if told.done and told.done[-1][2] is Action.BRING_BACK:
            assert told.transfer.sight is Sight.NOBODY


@given(steps, st.sampled_from(Request))
def test_a_request_is_done_once_however_often_it_is_pressed(story: list[Step], request: Request) -> None:
    told = played(story)
    told.done.clear()
    for _ in range(50):
        told.play(request)
    assert len(told.done) <= 1


@given(steps)
def test_what_is_over_does_nothing_more(story: list[Step]) -> None:
    told = Played()
    for step in story:
        over, phase, done = told.transfer.over, told.transfer.phase, len(told.done)
        told.play(step)
        if over:
            assert (told.transfer.phase, len(told.done)) == (phase, done)


@given(steps, st.sampled_from(Sight))
def test_what_was_asked_and_does_not_come_about_ends_in_what_is_seen(story: list[Step], last: Sight) -> None:
    """No phase in which something was asked lasts for ever."""
    told = played(story)
    told.play(last)
    for _ in range(5):
        told.play(20.0)
    asked = (Phase.ASKED, Phase.ALTERNATING, Phase.RECONNECTING, Phase.LEAVING, Phase.JOINING)
    # With an aborted wait that never ends, Asterisk is asked again and again.
    assert told.transfer.phase not in asked or last is Sight.SENDER_ELSEWHERE


@given(steps, st.sampled_from(list(REQUESTS)))
def test_a_refusal_of_the_pbx_leaves_it_as_it_was(story: list[Step], phase: Phase) -> None:
    told = played(story)
    for request in REQUESTS.get(told.transfer.phase, {}):
        before = told.transfer.phase
        told.transfer.ask(request, told.now_s)
        told.transfer.refused(before, told.now_s)
        assert told.transfer.phase is before


def test_the_tables_are_whole() -> None:
    assert set(SEEN) == set(Sight), "every sight means something in every phase"
    assert set(PASSED) == set(PATIENCE_S), "every patience ends in something"
    assert not FINAL & (set(REQUESTS) | set(EXCEPT) | set(PASSED)), "what is final stays"
    leads_to = {to for row in REQUESTS.values() for to, _ in row.values()} | set(SEEN.values())
    leads_to |= {to for to, _ in PASSED.values() if to is not None} | {Phase.TALKING}
    assert leads_to == set(Phase), "every phase can be reached"
