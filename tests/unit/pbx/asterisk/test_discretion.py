"""Events wait for the answer whether their caller's number is withheld, in order and never long."""

from __future__ import annotations

from datetime import UTC, datetime

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged, PbxEvent
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.pbx.asterisk.discretion import ANSWER_WITHIN_S, Discretion


def event(name: str) -> PbxEvent:
    return DeviceStateChanged(PbxId("pbx"), datetime(2026, 1, 1, tzinfo=UTC), DeviceId(name), DeviceState.IDLE, name)


class Heard:
    """What went out, batch by batch, and the clock."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.now_s = 1000.0
        self.discretion = Discretion(self.take, lambda: self.now_s)

    def take(self, events: list[PbxEvent]) -> None:
        self.batches.append([e.device for e in events if isinstance(e, DeviceStateChanged)])

    def tell(self, *names: str) -> None:
        self.discretion.tell([event(name) for name in names])


def test_without_a_question_events_pass_at_once() -> None:
    heard = Heard()
    heard.tell("a")
    assert heard.batches == [["a"]]


def test_what_follows_a_question_goes_out_together_with_what_its_answer_means() -> None:
    heard = Heard()
    heard.discretion.ask("q1")
    heard.tell("begins")
    heard.tell("rings")
    assert heard.batches == []
    heard.discretion.answer("q1", [event("withheld")])
    assert heard.batches == [["begins", "rings", "withheld"]]


def test_answers_in_another_order_change_no_order() -> None:
    heard = Heard()
    heard.discretion.ask("q1")
    heard.tell("one")
    heard.discretion.ask("q2")
    heard.tell("two")
    heard.discretion.answer("q2", [])
    assert heard.batches == []
    heard.discretion.answer("q1", [])
    assert heard.batches == [["one"], ["two"]]


def test_a_pbx_that_does_not_answer_holds_nothing_up_for_long() -> None:
    heard = Heard()
    heard.discretion.ask("q1")
    heard.tell("one")
    heard.now_s += 2 * ANSWER_WITHIN_S
    heard.discretion.look()
    assert heard.batches == [["one"]]
    heard.discretion.answer("q1", [event("withheld")])
    assert heard.batches == [["one"], ["withheld"]]


def test_a_broken_connection_lets_everything_out() -> None:
    heard = Heard()
    heard.discretion.ask("q1")
    heard.tell("one")
    heard.discretion.end()
    assert heard.batches == [["one"]]


def test_what_comes_together_goes_out_together() -> None:
    heard = Heard()
    with heard.discretion.together():
        heard.tell("begins")
        heard.tell("rings")
        assert heard.batches == []
    assert heard.batches == [["begins", "rings"]]
    heard.tell("ends")
    assert heard.batches == [["begins", "rings"], ["ends"]]


def test_what_waits_for_an_answer_waits_also_if_it_came_together() -> None:
    heard = Heard()
    with heard.discretion.together():
        heard.tell("before")
        heard.discretion.ask("q1")
        heard.tell("begins")
    assert heard.batches == [["before"]]
    with heard.discretion.together():
        heard.discretion.answer("q1", [event("withheld")])
        heard.tell("after")
    assert heard.batches == [["before"], ["begins", "withheld", "after"]]


def test_nothing_is_passed_on_if_nothing_came() -> None:
    heard = Heard()
    with heard.discretion.together():
        heard.tell()
    assert heard.batches == []
