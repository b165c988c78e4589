"""From entries to one transaction: seal, fold, and what else the writer does to the store.

Used in the writer's thread only. Making a batch has no effect that a second attempt with the same entries would
repeat: keys made are remembered until they are written, and the fold knows the positions it has taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from ringcard.calls.events import DeviceStateChanged
from ringcard.calls.identifiers import CallId
from ringcard.ledger.codec import draft_entry, microseconds, of_call, persons_in
from ringcard.ledger.entries import CardShown, Entry, Fact
from ringcard.ledger.projection import NewFold, Projection, family_from
from ringcard.ledger.reading import Reading
from ringcard.ledger.store import Batch, EventRow, LedgerStore, RecordFilter, RecordRow
from ringcard.ledger.vault import MasterKey, Sealed, Sealer

log = structlog.get_logger(__name__)

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did: in how many calls the person had taken part, and how many keys were deleted."""

    calls: int
    keys: int


class Journal:
    """The writer's side of the ledger above the store."""

    def __init__(self, store: LedgerStore, master: MasterKey, new_fold: NewFold) -> None:
        self._store = store
        self._new_fold = new_fold
        self._sealer = Sealer(master, store.key_of)
        self._reading = Reading(store, master)
        self._projection = Projection(new_fold, self._reading)

    def write(self, first: int, entries: Sequence[Entry]) -> None:
        """Write `entries` from position `first` on, and the records they change, durably and together.

        Raises `StoreTrouble`; then try again with the same arguments. What an earlier attempt did write although it
        reported an error is not written twice.
        """
        if self._store.last_position() < first:
            self._store.commit(self._batch(first, entries))
        self._sealer.saved()
        self._projection.written()

    def _batch(self, first: int, entries: Sequence[Entry]) -> Batch:
        self._store.expect(
            self._projection.unknown(entries),
            self._sealer.unknown(person for entry in entries for person in persons_in(entry)),
        )
        self._projection.prepare(entries)
        rows = [self._row(position, entry) for position, entry in enumerate(entries, start=first)]
        records = self._projection.rows(self._sealer)
        return Batch(
            events=rows,
            keys=tuple(self._sealer.unsaved.values()),
            records=records,
            gone=self._projection.gone(),
            absorbed=self._projection.absorbed(),
        )

    def _row(self, position: int, entry: Entry) -> EventRow:
        customer: str | None = None
        pbx: str | None = None
        if isinstance(entry, CardShown):
            customer = self._projection.family(entry.call_id).customer()
        elif isinstance(entry, DeviceStateChanged):
            pbx = entry.pbx
        elif not isinstance(entry, Fact):
            pbx = self._projection.apply(position, entry).pbx
        tag, sealed = self._sealed(entry, customer)
        return EventRow(position, sealed.call_id, pbx, microseconds(entry.at), tag, sealed.body, sealed.customer)

    def _sealed(self, entry: Entry, customer: str | None) -> tuple[str, Sealed]:
        try:
            draft = draft_entry(entry, customer)
            return draft.tag, self._sealer.seal(draft)
        except (TypeError, ValueError, OverflowError):
            # A fact's body with values that are not plain JSON, or an event that nobody gave a form (a test asks for
            # one of each). It must not hold up all that come after it; its place is kept, and the log says what it was.
            kind = type(entry).__name__
            log.exception("ledger.entry_not_writable", action="ledger_entry_not_writable", kind=kind)
            draft = draft_entry(Fact("entry_not_writable", entry.at, kind))
            return draft.tag, self._sealer.seal(draft)

    def erase(self, number: str) -> Erasure:
        """Delete the key of who has `number`, and of what is personal in their calls without a number."""
        person = self._reading.person(number)
        if person is None:
            # Also the second attempt after the log could not be cut off: erase nothing, but cut it off.
            self._store.erase_keys(())
            return Erasure(0, 0)
        keys = [person]
        calls = 0
        for row in self._all_records(person):
            calls += 1
            for member in self._store.family(row.call_id):
                unknown = self._reading.key_of(of_call(member))
                if unknown is not None:
                    keys.append(unknown)
        try:
            self._store.erase_keys(keys)
        finally:
            self._sealer.forget()
            self._projection.forget()
        log.info("ledger.erased", action="ledger_erased", calls=calls, keys=len(keys))
        return Erasure(calls, len(keys))

    def _all_records(self, person: int) -> Iterator[RecordRow]:
        # The links of one person are few; a page as large as the store can give keeps it one query.
        yield from self._store.records(RecordFilter(person=person), 1_000_000)

    def rebuild(self) -> int:
        """Make every record anew from the entries. Returns how many there are."""
        self._projection.forget()
        count = 0

        def rows() -> Iterator[RecordRow]:
            nonlocal count
            for call_id in roots(self._reading):
                draft = family_from(self._reading, self._new_fold, CallId(call_id)).draft()
                if draft is not None:
                    count += 1
                    yield draft.sealed(self._sealer)

        self._store.replace_projection(rows(), self._sealer.unsaved)
        self._sealer.saved()
        return count


def roots(reading: Reading) -> Iterator[str]:
    """Every call that has entries and is not part of another."""
    after = ""
    while page := reading.store.call_ids(after, _PAGE):
        after = page[-1]
        for call_id in page:
            if reading.store.family(call_id)[0] == call_id:
                yield call_id
