"""The states of an employee: the table, and what stands beside it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.presence import states
from ringcard.desk.presence.rules import (
    AfterWhich,
    Membership,
    PresenceRules,
    Reason,
    checked_reason,
    standard_reasons,
)
from ringcard.desk.presence.states import TABLE, Agent, AgentState, Happening, Rest, Source

from .fakes import START

DOCUMENT = Path(__file__).parents[3] / "docs" / "explanation" / "presence.md"
PHONE = frozenset({DeviceId("101")})
NONE: frozenset[DeviceId] = frozenset()
LATER = START + timedelta(seconds=10)
UNTIL = START + timedelta(seconds=30)


def at_work() -> Agent:
    return states.comes(states.new_agent(START), START)


def test_the_table_has_a_line_for_everything_that_can_happen() -> None:
    assert set(TABLE) == set(AgentState)
    assert all(list(row) == list(Happening) for row in TABLE.values())


def test_the_document_shows_the_table() -> None:
    rows = {}
    for line in re.findall(r"^\| `(\w+)` \|((?:[^|\n]*\|){8})$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE):
        rows[AgentState(line[0])] = [cell.strip(" `*") for cell in line[1].split("|")[:-1]]
    words = {Rest.STAY: "", Rest.REST: "rest"}
    assert rows == {
        state: [words[to] if isinstance(to, Rest) else to.value for to in row.values()] for state, row in TABLE.items()
    }


def test_whoever_is_nowhere_signed_in_is_offline_and_not_ready_by_chance() -> None:
    assert states.new_agent(START).state is AgentState.OFFLINE
    assert at_work().state is AgentState.READY
    assert states.goes(at_work(), LATER).state is AgentState.OFFLINE


def test_what_is_chosen_in_a_call_counts_when_it_is_over() -> None:
    talks = states.engage(at_work(), PHONE, START)
    chosen = states.choose(talks, AgentState.NOT_READY, "Lunch", START, Source.EMPLOYEE)
    assert (chosen.state, chosen.shown_reason) == (AgentState.BUSY, None)
    over = states.engage(chosen, NONE, LATER)
    assert (over.state, over.shown_reason, over.since) == (AgentState.NOT_READY, "Lunch", LATER)


def test_another_reason_begins_anew_and_the_same_one_does_not() -> None:
    lunch = states.choose(at_work(), AgentState.NOT_READY, "Lunch", START, Source.EMPLOYEE)
    again = states.choose(lunch, AgentState.NOT_READY, "Lunch", LATER, Source.EMPLOYEE)
    meeting = states.choose(lunch, AgentState.NOT_READY, "Meeting", LATER, Source.EMPLOYEE)
    assert (again.since, meeting.since) == (START, LATER)


def test_after_call_work_goes_on_when_another_call_came_in_between() -> None:
    talked = states.engage(states.work_after_call(states.engage(at_work(), PHONE, START), START, UNTIL), NONE, START)
    assert talked.state is AgentState.AFTER_CALL
    rings = states.engage(talked, PHONE, LATER)
    assert rings.state is AgentState.BUSY
    assert states.engage(rings, NONE, LATER).state is AgentState.AFTER_CALL
    assert states.engage(rings, NONE, UNTIL).state is AgentState.READY, "its time was up meanwhile"


def test_whoever_is_not_there_has_nothing_to_write_down() -> None:
    away = states.engage(states.new_agent(START), PHONE, START)
    assert away.state is AgentState.BUSY
    assert states.engage(states.work_after_call(away, START, UNTIL), NONE, LATER).state is AgentState.OFFLINE


def test_ready_ends_after_call_work_and_not_ready_waits_for_its_end() -> None:
    writes = states.work_after_call(at_work(), START, UNTIL)
    assert states.choose(writes, AgentState.READY, None, LATER, Source.EMPLOYEE).state is AgentState.READY
    waits = states.choose(writes, AgentState.NOT_READY, "Break", LATER, Source.EMPLOYEE)
    assert waits.state is AgentState.AFTER_CALL
    assert states.tick(waits, UNTIL).state is AgentState.NOT_READY


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 81, "After call", "Offline"])
def test_a_reason_that_a_pbx_cannot_take_or_is_ours_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        PresenceRules(reasons=(Reason(reason),)).checked()


def test_rules_are_by_team_and_the_longest_time_counts() -> None:
    rules = PresenceRules(
        reasons=(Reason("Coffee"), Reason("Warehouse", ("Stock",)), Reason("Coffee", ("Stock",))),
        after_call_s=5,
        after_call_of_teams=(("Stock", 10), ("Sales", 60)),
        after_which=AfterWhich.ALL,
        memberships=(Membership("sales", ("Sales",)), Membership("all")),
    ).checked()
    assert rules.reasons_for(()) == ("Coffee",)
    assert rules.reasons_for(("Stock",)) == ("Coffee", "Warehouse")
    assert (rules.after_call_s_for(()), rules.after_call_s_for(("Stock", "Sales"))) == (5, 60)
    assert [each.queue for each in rules.queues_for(("Sales",))] == ["sales", "all"]
    with pytest.raises(ValueError, match="after-call"):
        PresenceRules(after_call_s=4000).checked()
    with pytest.raises(ValueError, match="queue"):
        PresenceRules(memberships=(Membership(" "),)).checked()
    assert [checked_reason(each.reason) for language in ("ru", "en") for each in standard_reasons(language)]
