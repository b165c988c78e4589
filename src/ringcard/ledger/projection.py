"""The record of each call, folded from its entries as they are written.

The fold is the call model's own; here is only which events belong together, and when a row changes. A call and what
was absorbed into it are one family and are folded together. A family that is not in memory is read back from the
store first, so an event may come for a call of any age, also after a restart.

A record is folded as of the last event of its call, never as of the clock: the same entries give the same row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from ringcard.calls.causes import Direction
from ringcard.calls.events import Absorbed, CallEvent, DeviceStateChanged, Established, Originated
from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord
from ringcard.ledger.codec import Draft, call_of, draft_record, is_number, microseconds, whose
from ringcard.ledger.entries import CallWithdrawn, CardShown, Entry, Fact, StoredEntry, Unreadable
from ringcard.ledger.reading import Reading
from ringcard.ledger.store import RecordRow
from ringcard.ledger.vault import Sealer
from ringcard.storage import without_nul

log = structlog.get_logger(__name__)

_FAMILIES_IN_MEMORY = 4_000


class FoldedCall(Protocol):
    """What the ledger asks of a call of the model."""

    def record(self, now: datetime) -> CallRecord: ...


class Fold(Protocol):
    """The call model's board: `ringcard.calls.board.Board`."""

    def apply(self, event: CallEvent) -> FoldedCall | None:
        """Take `event` in; the call it belongs to, or None if there is no such call (any more)."""


NewFold = Callable[[], Fold]
"""Makes an empty board."""


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A record taken apart, on its way into a row."""

    record: CallRecord
    pbx: str | None
    draft: Draft

    def row(self, body: bytes, persons: Iterable[int]) -> RecordRow:
        """The row, given the sealed `body` and the keys of the people in it.

        What it is found by is the same on every database; the body has all as it came.
        """
        record = self.record
        return RecordRow(
            call_id=record.call_id,
            pbx=self.pbx,
            conversation_id=without_nul(record.conversation_id),
            started_us=microseconds(record.started_at),
            ended_us=None if record.ended_at is None else microseconds(record.ended_at),
            direction=record.direction.value,
            disposition=record.disposition.value if record.disposition else None,
            body=body,
            devices=_devices(record),
            persons=tuple(sorted(persons)),
        )

    def sealed(self, sealer: Sealer) -> RecordRow:
        """The row, sealed."""
        sealed = sealer.seal(self.draft)
        return self.row(sealed.body, sealed.persons)


class Family:
    """A call, what was absorbed into it, and their events so far."""

    def __init__(self, new_fold: NewFold, root: CallId, members: Iterable[CallId]) -> None:
        self._new_fold = new_fold
        self.root = root
        self.members = set(members)
        self.events: list[tuple[int, CallEvent]] = []
        self.pbx: str | None = None
        self.failure: Exception | None = None
        self._fold = new_fold()
        self._call: FoldedCall | None = None
        self._withdrawn_at = 0

    def apply(self, position: int, event: CallEvent | CallWithdrawn) -> None:
        """Take one more event; one that was taken already changes nothing."""
        if position <= (self.events[-1][0] if self.events else self._withdrawn_at):
            return
        if isinstance(event, CallWithdrawn):
            self._withdrawn_at = position
            self.events.clear()
            self.pbx = None
            self._fold = self._new_fold()
            self._call = None
            return
        self.events.append((position, event))
        self._take(event)

    def _take(self, event: CallEvent) -> None:
        if self.pbx is None and isinstance(event, Originated):
            self.pbx = event.pbx
        try:
            call = self._fold.apply(event)
            if call is not None and event.call_id == self.root:
                self._call = call
        except Exception as error:
            # The model accepts everything; if it should not, the events are still what counts, and `rebuild`
            # makes the record once the model is mended.
            if self.failure is None:
                log.exception("ledger.fold_failed", action="ledger_fold_failed", call_id=self.root)
            self.failure = error

    def absorb(self, other: Family) -> None:
        """Take the events of `other` in, each in its place."""
        self.members |= other.members
        merged = dict(self.events) | dict(other.events)
        self.events = sorted(merged.items())
        self.pbx = None
        self._fold = self._new_fold()
        self._call = None
        for _, event in self.events:
            self._take(event)

    def record(self) -> CallRecord | None:
        """The record as of the last event, or None if the model has no such call."""
        if self._call is None:
            return None
        try:
            return self._call.record(max(event.at for _, event in self.events))
        except Exception as error:
            if self.failure is None:
                log.exception("ledger.fold_failed", action="ledger_fold_failed", call_id=self.root)
            self.failure = error
            return None

    def draft(self) -> RecordDraft | None:
        """The record ready to be sealed, with everything that it is found by."""
        record = self.record()
        if record is None:
            return None
        answered_by = (event.number for _, event in self.events if isinstance(event, Established))
        return RecordDraft(record, self.pbx, draft_record(record, also={number for number in answered_by if number}))

    def customer(self) -> str | None:
        """Whose call it is, as `codec` names persons."""
        record = self.record()
        if record is None:
            return None
        party = record.called if record.direction is Direction.OUTBOUND else record.caller
        return whose(party, record.call_id)


def _devices(record: CallRecord) -> tuple[str, ...]:
    """Every device that the call is listed for."""
    devices: set[str | None] = {stint.device for stint in record.devices}
    devices |= {record.caller.device, record.called.device}
    for side in record.consultations:
        devices |= {side.by, None if is_number(side.to) else side.to}
    return tuple(sorted(device for device in devices if device))


def call_events(stored: Iterable[StoredEntry]) -> Iterator[tuple[int, CallEvent | CallWithdrawn]]:
    """What of stored entries the model folds."""
    for each in stored:
        entry = each.entry
        if not isinstance(entry, DeviceStateChanged | CardShown | Fact | Unreadable):
            yield each.position, entry


def family_from(reading: Reading, new_fold: NewFold, call_id: CallId) -> Family:
    """The family of `call_id` as the store has it."""
    root, *others = reading.store.family(call_id)
    family = Family(new_fold, CallId(root), (CallId(member) for member in (root, *others)))
    for position, event in call_events(reading.entries(reading.store.events_of((root, *others)))):
        family.apply(position, event)
    return family


class Projection:
    """The families that are being written to, and what of them has changed. Used in the writer's thread only."""

    def __init__(self, new_fold: NewFold, reading: Reading) -> None:
        self._new_fold = new_fold
        self._reading = reading
        self._families: OrderedDict[CallId, Family] = OrderedDict()
        self._roots: dict[CallId, CallId] = {}
        self._changed: dict[CallId, None] = {}
        self._gone: dict[CallId, None] = {}
        self._absorbed: dict[CallId, CallId] = {}

    def unknown(self, entries: Sequence[Entry]) -> list[CallId]:
        """The calls of `entries` that `prepare` will ask the store for."""
        calls = (each for entry in entries if (each := call_of(entry)) is not None)
        return [call_id for call_id in dict.fromkeys(calls) if call_id not in self._roots]

    def prepare(self, entries: Sequence[Entry]) -> None:
        """Bring the families of `entries` into memory. Raises `StoreTrouble`; may be tried again."""
        for entry in entries:
            if isinstance(entry, DeviceStateChanged | Fact):
                continue
            self.family(entry.call_id)
            if isinstance(entry, Absorbed):
                self.family(entry.into)

    def family(self, call_id: CallId) -> Family:
        """The family of `call_id`, read from the store if need be."""
        root = self._roots.get(call_id)
        if root is not None:
            self._families.move_to_end(root)
            return self._families[root]
        family = family_from(self._reading, self._new_fold, call_id)
        self._families[family.root] = family
        self._roots |= dict.fromkeys(family.members, family.root)
        return family

    def apply(self, position: int, event: CallEvent | CallWithdrawn) -> Family:
        """Fold one more event; the second time it changes nothing."""
        family = self.family(event.call_id)
        if isinstance(event, CallWithdrawn):
            # Its row goes, and comes again if the same batch tells the call anew.
            self._gone[family.root] = None
        if isinstance(event, Absorbed):
            into = self.family(event.into)
            if into is not family:
                into.absorb(family)
                del self._families[family.root]
                self._roots |= dict.fromkeys(family.members, into.root)
                self._changed.pop(family.root, None)
                self._gone[family.root] = None
                self._absorbed[family.root] = into.root
                family = into
        family.apply(position, event)
        self._changed[family.root] = None
        return family

    def rows(self, sealer: Sealer) -> list[RecordRow]:
        """The records that changed since `written`."""
        drafts = (self._families[root].draft() for root in self._changed)
        return [draft.sealed(sealer) for draft in drafts if draft is not None]

    def gone(self) -> list[str]:
        """The calls that became part of another since `written`."""
        return list(self._gone)

    def absorbed(self) -> list[tuple[str, str]]:
        """Which call became part of which since `written`."""
        return list(self._absorbed.items())

    def written(self) -> None:
        """Everything that changed is in the store."""
        self._changed.clear()
        self._gone.clear()
        self._absorbed.clear()
        while len(self._families) > _FAMILIES_IN_MEMORY:
            _, family = self._families.popitem(last=False)
            for member in family.members:
                self._roots.pop(member, None)

    def forget(self) -> None:
        """Hold nothing in memory: what the store can be read for has changed. Only after `written`."""
        self._families.clear()
        self._roots.clear()
