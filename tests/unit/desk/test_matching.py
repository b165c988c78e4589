"""Which of several cards is the caller's."""

from __future__ import annotations

from ringcard.contacts.model import Contact, ContactId, Kind
from ringcard.desk.matching import settled
from ringcard.desk.pop import Candidate, Choice, Findings
from ringcard.numbers import MatchQuality

from .fakes import START

ANNA, BORIS, VERA = (
    Contact(ContactId(key), 1, Kind.PERSON, name, START, START)
    for key, name in (("a", "Anna"), ("b", "Boris"), ("v", "Vera"))
)
OWN_ANNA, OWN_BORIS = Candidate(ANNA, "own"), Candidate(BORIS, "own")
CRM_VERA = Candidate(VERA, "crm")
MAYBE_BORIS = Candidate(BORIS, "own", MatchQuality.SUFFIX)


def findings(*candidates: Candidate) -> Findings:
    return Findings(candidates=candidates)


def outcome(findings: Findings) -> tuple[Contact | None, Choice]:
    return findings.contact, findings.choice


def test_the_only_card_with_the_number_is_the_callers() -> None:
    assert outcome(settled(findings(OWN_ANNA))) == (ANNA, Choice.ONLY)


def test_of_several_nobody_is_guessed() -> None:
    assert outcome(settled(findings(OWN_ANNA, OWN_BORIS))) == (None, Choice.OPEN)


def test_what_an_employee_said_decides() -> None:
    assert outcome(settled(findings(OWN_ANNA, OWN_BORIS), chosen="b")) == (BORIS, Choice.REMEMBERED)


def test_a_card_that_was_chosen_and_is_gone_decides_nothing() -> None:
    assert outcome(settled(findings(OWN_ANNA, OWN_BORIS), chosen="gone")) == (None, Choice.OPEN)


def test_a_card_that_only_resembles_the_number_is_never_linked_by_itself() -> None:
    assert outcome(settled(findings(MAYBE_BORIS))) == (None, Choice.NONE)


def test_but_it_is_when_an_employee_said_so() -> None:
    assert outcome(settled(findings(MAYBE_BORIS), chosen="b")) == (BORIS, Choice.REMEMBERED)


def test_one_that_resembles_does_not_make_an_exact_one_doubtful() -> None:
    assert outcome(settled(findings(OWN_ANNA, MAYBE_BORIS))) == (ANNA, Choice.ONLY)


def test_the_first_source_that_knows_the_number_decides() -> None:
    assert outcome(settled(findings(OWN_ANNA, CRM_VERA))) == (ANNA, Choice.ONLY)


def test_a_late_answer_of_a_more_trusted_source_does_not_take_the_card_away_that_is_read() -> None:
    shown = settled(findings(OWN_ANNA))
    assert outcome(settled(findings(CRM_VERA, OWN_ANNA), held=shown)) == (ANNA, Choice.ONLY)


def test_a_late_answer_does_not_settle_what_an_employee_is_asked() -> None:
    asked = settled(findings(OWN_ANNA, OWN_BORIS))
    assert outcome(settled(findings(CRM_VERA, OWN_ANNA, OWN_BORIS), held=asked)) == (None, Choice.OPEN)


def test_a_late_answer_is_the_card_where_there_was_none() -> None:
    nobody = settled(findings())
    assert outcome(settled(findings(CRM_VERA), held=nobody)) == (VERA, Choice.ONLY)


def test_a_card_that_lost_the_number_gives_way() -> None:
    shown = settled(findings(OWN_ANNA))
    assert outcome(settled(findings(OWN_BORIS), held=shown)) == (BORIS, Choice.ONLY)


def test_taking_a_choice_back_asks_again() -> None:
    said = settled(findings(OWN_ANNA, OWN_BORIS), chosen="b")
    assert outcome(settled(said, held=said)) == (None, Choice.OPEN)
