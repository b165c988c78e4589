"""Asking whose number it is, in the pop's terms: `contacts.lookup` on one side, `Findings` on the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ringcard.calls.causes import Direction
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.calls.record import CallRecord
from ringcard.contacts.lookup import ContactLookup, LookupResult
from ringcard.desk.pop import CallSummary, Candidate, Findings, SourceReport, SourceStatus
from ringcard.desk.ports import FirstAnswer, Staff, Tell
from ringcard.ledger import Ledger
from ringcard.numbers import MatchQuality


class ContactsLookup:
    """The desk's `Lookup` over the contact sources. `place` and `time_zone` are None until their tables are loaded."""

    def __init__(self, lookup: ContactLookup) -> None:
        self._lookup = lookup
        self.place: Callable[[str], str | None] | None = None
        self.time_zone: Callable[[str], str | None] | None = None

    def use(self, lookup: ContactLookup) -> None:
        """Ask this one from now on; who was asked before still answers."""
        self._lookup = lookup

    def at_once(self, number: str) -> FirstAnswer:
        lookup = self._lookup
        first = lookup.look_up_now([number])
        if not first.pending:
            return FirstAnswer(self._findings(number, first))

        async def rest(tell: Tell) -> None:
            def more(result: LookupResult) -> None:
                tell(self._findings(number, result))

            more(await lookup.look_up([number], so_far=first, on_answer=more, on_late=more))

        near = lookup.near
        return FirstAnswer(self._findings(number, first), rest, frozenset(near), max(near.values(), default=0.0))

    def _findings(self, number: str, result: LookupResult) -> Findings:
        return Findings(
            candidates=_candidates(result),
            sources=tuple(
                SourceReport(answer.source, SourceStatus(answer.status.value), answer.ms, answer.matched, answer.as_of)
                for answer in result.answers
            ),
            number_place=self.place(number) if self.place else None,
            time_zone=self.time_zone(number) if self.time_zone else None,
            matched_number=number,
        )


def _candidates(result: LookupResult) -> tuple[Candidate, ...]:
    """Every card that was found, each once: exact ones first, then in the order of the sources and as each ranked."""
    found: dict[str, Candidate] = {}
    for exact in (True, False):
        for answer in result.answers:
            for match in result.matches_by_source.get(answer.source, ()):
                if (match.quality is MatchQuality.EXACT) is exact:
                    contact = match.contact
                    found.setdefault(contact.contact_id, Candidate(contact, answer.source, match.quality))
    return tuple(found.values())


class LedgerHistory:
    """The desk's `History`: the calls that the ledger has of a number."""

    def __init__(self, ledger: Ledger, staff: Staff) -> None:
        self._ledger = ledger
        self._staff = staff

    async def last_calls(self, number: str, limit: int) -> Sequence[CallSummary]:
        page = await self._ledger.calls(number=number, limit=limit)
        return [summary_of(record, self._staff) for record in page.items]


def summary_of(record: CallRecord, staff: Staff) -> CallSummary:
    """One line about a call: who of us talked last, or whose phone rang last, or who called."""
    device = _who(record)
    employee = next(iter(staff.employees_at(device)), None) if device else None
    return CallSummary(
        call_id=CallId(record.call_id),
        direction=record.direction,
        started_at=record.started_at,
        disposition=record.disposition,
        talk_s=record.talk_s,
        device=device,
        employee=employee.name if employee else None,
        queue=record.queue,
    )


def _who(record: CallRecord) -> DeviceId | None:
    for stint in reversed(record.devices):
        if stint.answered_at is not None:
            return stint.device
    if record.direction is not Direction.INBOUND:
        return record.caller.device
    return record.devices[-1].device if record.devices else None
