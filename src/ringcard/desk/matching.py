"""Which of the cards that may be the caller's *is* the caller's. Pure.

A card that only resembles the number is never taken for the caller by itself. Where several cards have exactly the
number, the first source that knows it decides, and if that one has several, an employee does: what was said is
remembered for the number. What another source says later never takes away a card that is already being read.
"""

from __future__ import annotations

from dataclasses import replace

from ringcard.desk.pop import Candidate, Choice, Findings
from ringcard.numbers import MatchQuality


def settled(findings: Findings, *, chosen: str | None = None, held: Findings | None = None) -> Findings:
    """`findings` with `contact` and `choice` as their candidates have it.

    `chosen` is the id of the contact that an employee said this number is; `held` is what is shown now.
    """
    candidates = findings.candidates
    if not candidates:
        return findings
    said = next((each.contact for each in candidates if each.contact.contact_id == chosen), None)
    if said is not None:
        return replace(findings, contact=said, choice=Choice.REMEMBERED)
    exact = [each for each in candidates if each.quality is MatchQuality.EXACT]
    if not exact:
        return replace(findings, contact=None, choice=Choice.NONE)
    deciding = _deciding(exact, held)
    contenders = [each for each in exact if each.source == deciding]
    if len(contenders) > 1:
        return replace(findings, contact=None, choice=Choice.OPEN)
    return replace(findings, contact=contenders[0].contact, choice=Choice.ONLY)


def _deciding(exact: list[Candidate], held: Findings | None) -> str:
    """The source that decides: the one whose card is shown, if it still has it, else the first in order."""
    if held is not None and held.choice in (Choice.ONLY, Choice.OPEN):
        shown = {each.source for each in held.candidates if each.quality is MatchQuality.EXACT}
        kept = next(
            (
                each.source
                for each in exact
                if each.source in shown and (held.contact is None or each.contact.contact_id == held.contact.contact_id)
            ),
            None,
        )
        if kept is not None:
            return kept
    return exact[0].source
