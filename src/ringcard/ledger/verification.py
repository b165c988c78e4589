"""Does the projection say what the events say? For an administrator, and after a crash in the tests."""

from __future__ import annotations

from dataclasses import dataclass

from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord
from ringcard.ledger.codec import is_person
from ringcard.ledger.entries import Unreadable
from ringcard.ledger.journal import roots
from ringcard.ledger.projection import NewFold, RecordDraft, family_from
from ringcard.ledger.reading import Reading
from ringcard.ledger.store import Place, RecordFilter, RecordRow

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A call whose stored record, or what it is found by, is not what its events give; None is no record."""

    call_id: CallId
    stored: CallRecord | None
    folded: CallRecord | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `damage` and `missing` cannot be mended here; `differences` are mended by `rebuild`.

    `missing` are positions without an entry, `unreadable` counts entries by tag that this version cannot read, which
    a later version wrote.
    """

    entries: int
    calls: int
    damage: tuple[str, ...]
    missing: tuple[int, ...]
    unreadable: dict[str, int]
    differences: tuple[Difference, ...]

    @property
    def sound(self) -> bool:
        """Nothing is lost and nothing has to be rebuilt."""
        return not (self.damage or self.missing or self.differences)


def verified(reading: Reading, new_fold: NewFold) -> Verification:
    """Check everything in one snapshot of the store."""
    with reading.store.snapshot():
        damage = tuple(reading.store.check())
        entries, missing, unreadable = _walked(reading)
        calls = 0
        differences = []
        found = set()
        for call_id in roots(reading):
            draft = family_from(reading, new_fold, CallId(call_id)).draft()
            row = reading.store.record(call_id)
            stored = reading.records([row])[0] if row is not None else None
            folded = draft.record if draft is not None else None
            calls += row is not None
            found.add(call_id)
            if stored != folded or (row is not None and draft is not None and row != _due(reading, draft, row.body)):
                differences.append(Difference(CallId(call_id), stored, folded))
        differences += _orphans(reading, found)
    return Verification(entries, calls, damage, tuple(missing), unreadable, tuple(differences))


def _due(reading: Reading, draft: RecordDraft, body: bytes) -> RecordRow:
    """The row that `draft` should have: what it is found by is checked as well as what it says."""
    persons = (reading.key_of(person) for person in draft.draft.personal if is_person(person))
    return draft.row(body, (person for person in persons if person is not None))


def _walked(reading: Reading) -> tuple[int, list[int], dict[str, int]]:
    position = entries = 0
    missing: list[int] = []
    unreadable: dict[str, int] = {}
    while page := reading.entries(reading.store.events(position, _PAGE)):
        for stored in page:
            missing += range(position + 1, stored.position)
            position = stored.position
            entries += 1
            if isinstance(stored.entry, Unreadable):
                unreadable[stored.entry.tag] = unreadable.get(stored.entry.tag, 0) + 1
    return entries, missing, unreadable


def _orphans(reading: Reading, found: set[str]) -> list[Difference]:
    """Records without events."""
    orphans = []
    before: Place | None = None
    while page := reading.store.records(RecordFilter(before=before), _PAGE):
        before = Place(page[-1].started_us, page[-1].call_id)
        lone = [row for row in page if row.call_id not in found]
        orphans += [
            Difference(CallId(row.call_id), record, None)
            for row, record in zip(lone, reading.records(lone), strict=True)
        ]
    return orphans
