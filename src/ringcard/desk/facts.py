"""What a card showed, as facts for the ledger and back: what was known *then* stays readable when the card changes.

One fact when the pop was first sent, one when the last source has answered that was still asked then, one for each
confirmation of a browser. All of a fact belongs to the call's
customer: the ledger keeps it under their key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from ringcard.calls.identifiers import CallId, DeviceId, is_rehearsed
from ringcard.calls.record import moment
from ringcard.contacts.model import contact_as_json, contact_summary_as_json
from ringcard.desk.pop import Pop, SourceReport, SourceStatus
from ringcard.desk.why import PopWhy, Shown
from ringcard.ledger import CardShown, Ledger, LedgerError, StoredEntry

log = structlog.get_logger(__name__)


class LedgerJournal:
    """The desk's `Journal`: keeps the facts in the ledger. A ledger that takes nothing costs the fact, not the pop."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock

    def card_sent(self, pop: Pop, why: PopWhy) -> None:
        self._append(pop, facts_of_sent(pop, why))

    def card_answered(self, pop: Pop, why: PopWhy) -> None:
        self._append(pop, facts_of_answered(pop, why))

    def card_shown(self, pop: Pop, why: PopWhy) -> None:
        self._append(pop, facts_of_shown(why, why.shown[-1]))

    def _append(self, pop: Pop, facts: dict[str, Any]) -> None:
        if is_rehearsed(pop.call_id):
            return
        try:
            self._ledger.append_card(CardShown(pop.call_id, pop.device, self._clock(), facts))
        except LedgerError as error:
            log.warning("desk.fact_lost", action="fact_lost", call_id=pop.call_id, problem=str(error))


def facts_of_sent(pop: Pop, why: PopWhy) -> dict[str, Any]:
    """What the pop said when it was first sent."""
    return {
        "what": "sent",
        "pop_id": pop.pop_id,
        "employee": why.employee,
        "rang_at": moment(why.rang_at),
        "sent_at": moment(why.sent_at),
        "ring_to_sent_ms": why.ring_to_sent_ms,
        **_known(pop, why),
    }


def facts_of_answered(pop: Pop, why: PopWhy) -> dict[str, Any]:
    """What the pop said when nothing was asked any more."""
    return {"what": "answered", "pop_id": pop.pop_id, **_known(pop, why)}


def _known(pop: Pop, why: PopWhy) -> dict[str, Any]:
    findings = pop.findings
    return {
        "matched_number": why.matched_number,
        "mark": pop.mark.value,
        "contact": None if findings.contact is None else contact_as_json(findings.contact),
        "choice": findings.choice.value,
        "other_matches": [
            contact_summary_as_json(each.contact) | {"quality": each.quality.value, "source": each.source}
            for each in findings.candidates
            if findings.contact is None or each.contact.contact_id != findings.contact.contact_id
        ],
        "sources": [
            {
                "source": source.source,
                "status": source.status.value,
                "ms": source.ms,
                "matched": source.matched,
                "as_of": moment(source.as_of),
            }
            for source in why.sources
        ],
    }


def facts_of_shown(why: PopWhy, shown: Shown) -> dict[str, Any]:
    """That a browser confirmed."""
    return {
        "what": "shown",
        "pop_id": why.pop_id,
        "session": shown.session,
        "employee_id": shown.employee_id,
        "revision": shown.revision,
        "at": moment(shown.at),
        "painted_at": moment(shown.painted_at),
        "ring_to_shown_ms": shown.ring_to_shown_ms,
    }


@dataclass(slots=True)
class _Pop:
    device: DeviceId
    sent: Mapping[str, Any] = field(default_factory=dict)
    answered: Mapping[str, Any] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)


def whys_of(call_id: CallId, entries: Iterable[StoredEntry]) -> tuple[PopWhy, ...]:
    """The whys of a call's pops, from what the ledger has of it. Facts of an erased person are empty and left out."""
    pops: dict[str, _Pop] = {}
    for stored in entries:
        card = stored.entry
        if not isinstance(card, CardShown) or "pop_id" not in card.facts:
            continue
        pop = pops.setdefault(card.facts["pop_id"], _Pop(card.device))
        if card.facts["what"] == "sent":
            pop.sent = card.facts
        elif card.facts["what"] == "answered":
            pop.answered = card.facts
        else:
            pop.shown.append(_shown(card.facts))
    return tuple(_why(call_id, pop_id, pop) for pop_id, pop in pops.items())


def _why(call_id: CallId, pop_id: str, pop: _Pop) -> PopWhy:
    sent, last = pop.sent, pop.answered or pop.sent
    return PopWhy(
        pop_id=pop_id,
        call_id=call_id,
        device=pop.device,
        employee=sent.get("employee"),
        rang_at=_time(sent.get("rang_at")),
        sent_at=_time(sent.get("sent_at")),
        ring_to_sent_ms=sent.get("ring_to_sent_ms"),
        matched_number=last.get("matched_number"),
        sources=tuple(
            SourceReport(
                source["source"],
                SourceStatus(source["status"]),
                source["ms"],
                source["matched"],
                _time(source["as_of"]),
            )
            for source in last.get("sources", ())
        ),
        shown=tuple(pop.shown),
    )


def _shown(facts: Mapping[str, Any]) -> Shown:
    return Shown(
        session=facts["session"],
        employee_id=facts["employee_id"],
        revision=facts["revision"],
        at=datetime.fromisoformat(facts["at"]),
        painted_at=_time(facts["painted_at"]),
        ring_to_shown_ms=facts["ring_to_shown_ms"],
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
