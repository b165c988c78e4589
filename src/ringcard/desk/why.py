"""Why a pop was what it was, and how fast: when the phone rang, what was known, when it was sent and when it was seen.

Latencies are taken from one steady clock of ours (seconds, never set back), from the moment the PBX's report reached
us; `rang_at` is the PBX's own time and only shown. So neither a PBX whose clock is wrong nor a clock that is set
while the phone rings can bend a figure.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.desk.pop import Pop, SourceReport, SourceStatus

_SHOWN_KEPT = 50
"""Confirmations kept of one pop: a browser that confirms without end must not fill memory or ledger."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One browser confirmed, after paint, that it showed the pop.

    `ring_to_shown_ms` ends when the confirmation reached us, so it is an upper bound; `painted_at` is the browser's
    own clock.
    """

    session: str
    employee_id: str
    revision: int
    at: datetime
    painted_at: datetime | None
    ring_to_shown_ms: float | None


@dataclass(frozen=True, slots=True)
class PopWhy:
    """The why of one pop. None where it has not happened, or was not measured: nobody had the desk
    open when it rang, or the pop was rebuilt after a restart."""

    pop_id: str
    call_id: CallId
    device: DeviceId
    employee: str | None
    rang_at: datetime | None
    sent_at: datetime | None
    ring_to_sent_ms: float | None
    matched_number: str | None
    sources: tuple[SourceReport, ...]
    shown: tuple[Shown, ...]

    @property
    def shown_at(self) -> datetime | None:
        """When the first browser confirmed."""
        return self.shown[0].at if self.shown else None

    @property
    def ring_to_shown_ms(self) -> float | None:
        """From the ring to the first confirmation."""
        return self.shown[0].ring_to_shown_ms if self.shown else None


@dataclass(slots=True)
class _Entry:
    pop: Pop
    employee: str | None
    rang_at: datetime | None = None
    heard_s: float | None = None
    sent_at: datetime | None = None
    ring_to_sent_ms: float | None = None
    shown: list[Shown] = field(default_factory=list)
    awaited: bool = False
    """It was sent while a source had not answered yet."""

    def since_ring_ms(self, now_s: float) -> float | None:
        return None if self.heard_s is None else round((now_s - self.heard_s) * 1000, 3)


class Whys:
    """The whys of recent calls, the oldest forgotten first; the ledger keeps them for good."""

    def __init__(self, calls_kept: int = 2_000) -> None:
        self._calls: OrderedDict[CallId, dict[str, _Entry]] = OrderedDict()
        self._calls_kept = calls_kept

    def seen(self, pop: Pop, employee: str | None) -> None:
        """The pop is now like this."""
        entries = self._calls.get(pop.call_id)
        if entries is None:
            entries = self._calls[pop.call_id] = {}
            while len(self._calls) > self._calls_kept:
                self._calls.popitem(last=False)
        entry = entries.get(pop.pop_id)
        if entry is None:
            entries[pop.pop_id] = _Entry(pop, employee)
        else:
            entry.pop, entry.employee = pop, employee

    def rang(self, call_id: CallId, pop_id: str, rang_at: datetime, heard_s: float | None) -> None:
        """The device began to ring: `rang_at` by the PBX's clock, `heard_s` by our steady one.

        `heard_s` is None if nobody had the desk open.
        """
        entry = self._find(call_id, pop_id)
        if entry is not None and entry.rang_at is None:
            entry.rang_at, entry.heard_s = rang_at, heard_s

    def sent(self, call_id: CallId, pop_id: str, at: datetime, now_s: float) -> float | None:
        """The pop went out to a browser. The ring-to-sent time in ms if it is the first time, else None."""
        entry = self._find(call_id, pop_id)
        if entry is None or entry.sent_at is not None:
            return None
        entry.sent_at, entry.ring_to_sent_ms = at, entry.since_ring_ms(now_s)
        entry.awaited = _is_asking(entry.pop)
        return entry.ring_to_sent_ms

    def answered(self, call_id: CallId, pop_id: str) -> PopWhy | None:
        """The why of a pop that was sent while a source was asked, once, when the last of them has answered."""
        entry = self._find(call_id, pop_id)
        if entry is None or not entry.awaited or _is_asking(entry.pop):
            return None
        entry.awaited = False
        return self.of_pop(call_id, pop_id)

    def shown(
        self,
        call_id: CallId,
        pop_id: str,
        *,
        session: str,
        employee_id: str,
        revision: int,
        painted_at: datetime | None,
        at: datetime,
        now_s: float,
    ) -> Shown | None:
        """A browser confirmed that it shows this revision of the pop: first, and again when the card came with it.

        None if there is nothing to note: said before, said too often, or of a pop that is not known.
        """
        entry = self._find(call_id, pop_id)
        if entry is None or len(entry.shown) >= _SHOWN_KEPT:
            return None
        if any((shown.session, shown.revision) == (session, revision) for shown in entry.shown):
            return None
        shown = Shown(session, employee_id, revision, at, painted_at, entry.since_ring_ms(now_s))
        entry.shown.append(shown)
        return shown

    def of_call(self, call_id: CallId) -> tuple[PopWhy, ...]:
        """What is known of the call's pops, in order of appearance."""
        return tuple(
            PopWhy(
                pop_id=pop_id,
                call_id=call_id,
                device=entry.pop.device,
                employee=entry.employee,
                rang_at=entry.rang_at,
                sent_at=entry.sent_at,
                ring_to_sent_ms=entry.ring_to_sent_ms,
                matched_number=entry.pop.findings.matched_number,
                sources=entry.pop.findings.sources,
                shown=tuple(entry.shown),
            )
            for pop_id, entry in self._calls.get(call_id, {}).items()
        )

    def of_pop(self, call_id: CallId, pop_id: str) -> PopWhy | None:
        """The why of one pop."""
        return next((why for why in self.of_call(call_id) if why.pop_id == pop_id), None)

    def _find(self, call_id: CallId, pop_id: str) -> _Entry | None:
        return self._calls.get(call_id, {}).get(pop_id)


def _is_asking(pop: Pop) -> bool:
    return any(source.status is SourceStatus.PENDING for source in pop.findings.sources)
