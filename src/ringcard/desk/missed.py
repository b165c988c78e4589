"""Callers whom nobody answered: one entry a number, until somebody talks with them or says that it is done.

Pure state; what changed is written and told by `desk.afterwards`. Callers without a number are not here: nobody can
call them back, and they are in the list of calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ringcard.calls.causes import Direction, Disposition
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.calls.record import CallRecord

CALLS_KEPT = 20
"""How many calls of one caller are remembered, so that none counts twice."""

UNHANDLED_KEPT = timedelta(days=30)
HANDLED_KEPT = timedelta(days=7)
MOST_KEPT = 5_000


class Handled(StrEnum):
    """How a missed caller was dealt with."""

    TALKED = "talked"
    """Somebody of ours and the caller talked since, whoever called whom."""
    DONE = "done"
    """An employee said so."""


@dataclass(frozen=True, slots=True)
class Handling:
    how: Handled
    at: datetime
    employee_id: str | None
    call_id: CallId | None = None


@dataclass(frozen=True, slots=True)
class MissedCaller:
    """`times` is how often since somebody last dealt with it, `devices` are all that rang in vain for it."""

    missed_id: str
    number: str
    name: str | None
    times: int
    first_at: datetime
    last_at: datetime
    queue: str | None
    devices: tuple[DeviceId, ...]
    calls: tuple[CallId, ...]
    handling: Handling | None = None
    assignee_id: str | None = None
    """Who is to return the call."""

    @property
    def last_call(self) -> CallId:
        """The call missed last."""
        return self.calls[-1]


class MissedCallers:
    """All of them. `new_id` names an entry. Methods return the entry that changed, None if none did."""

    def __init__(self, kept: Iterable[MissedCaller] = ()) -> None:
        self._by_number: dict[str, MissedCaller] = {each.number: each for each in kept}

    def __len__(self) -> int:
        return len(self._by_number)

    def all(self) -> tuple[MissedCaller, ...]:
        """The latest first."""
        return tuple(sorted(self._by_number.values(), key=lambda each: each.last_at, reverse=True))

    def one(self, missed_id: str) -> MissedCaller | None:
        return next((each for each in self._by_number.values() if each.missed_id == missed_id), None)

    def over(self, record: CallRecord, missed_id: str) -> MissedCaller | None:
        """A call is over; `missed_id` names a new entry, if it makes one."""
        party = record.called if record.direction is Direction.OUTBOUND else record.caller
        if record.direction is Direction.INTERNAL or party.number is None or record.ended_at is None:
            return None
        held = self._by_number.get(party.number)
        if record.disposition is Disposition.ANSWERED:
            return self._talked(held, record)
        if record.direction is not Direction.INBOUND or (held is not None and record.call_id in held.calls):
            return None
        rang = tuple(dict.fromkeys(stint.device for stint in record.devices if stint.ringing_at is not None))
        at = record.ended_at
        if held is None or held.handling is not None:
            entry = MissedCaller(
                missed_id=missed_id,
                number=party.number,
                name=party.name,
                times=1,
                first_at=at,
                last_at=at,
                queue=record.queue,
                devices=rang,
                calls=((*held.calls, record.call_id) if held else (record.call_id,))[-CALLS_KEPT:],
            )
        else:
            entry = replace(
                held,
                name=party.name or held.name,
                times=held.times + 1,
                last_at=max(at, held.last_at),
                queue=record.queue or held.queue,
                devices=tuple(dict.fromkeys((*held.devices, *rang))),
                calls=(*held.calls, record.call_id)[-CALLS_KEPT:],
            )
        self._by_number[party.number] = entry
        return entry

    def _talked(self, held: MissedCaller | None, record: CallRecord) -> MissedCaller | None:
        if held is None or held.handling is not None or record.answered_at is None:
            return None
        if record.answered_at < held.last_at:
            return None  # that talk was before the call that was missed
        return self._handle(held, Handling(Handled.TALKED, record.answered_at, None, record.call_id))

    def done(self, missed_id: str, employee_id: str, at: datetime) -> MissedCaller | None:
        """An employee says that it is dealt with."""
        held = self.one(missed_id)
        if held is None or held.handling is not None:
            return held
        return self._handle(held, Handling(Handled.DONE, at, employee_id))

    def assign(self, missed_id: str, employee_id: str | None) -> MissedCaller | None:
        """Somebody is to return the call, or nobody in particular."""
        held = self.one(missed_id)
        if held is None or held.assignee_id == employee_id:
            return held
        entry = self._by_number[held.number] = replace(held, assignee_id=employee_id)
        return entry

    def undone(self, missed_id: str) -> MissedCaller | None:
        """It was not done after all; a talk cannot be taken back."""
        held = self.one(missed_id)
        if held is None or held.handling is None or held.handling.how is Handled.TALKED:
            return held
        return self._handle(held, None)

    def _handle(self, held: MissedCaller, handling: Handling | None) -> MissedCaller:
        entry = self._by_number[held.number] = replace(held, handling=handling)
        return entry

    def forget(self, numbers: Iterable[str]) -> tuple[MissedCaller, ...]:
        """Drop these callers, however they were dealt with. Returns those that were there."""
        return tuple(entry for number in numbers if (entry := self._by_number.pop(number, None)) is not None)

    def expire(self, now: datetime) -> tuple[str, ...]:
        """Drops what is old, and of too many the oldest. Returns the numbers that are gone."""
        gone = [each.number for each in self._by_number.values() if _is_old(each, now)]
        kept = [each.number for each in reversed(self.all()) if each.number not in set(gone)]
        gone += kept[: max(0, len(kept) - MOST_KEPT)]
        for number in gone:
            del self._by_number[number]
        return tuple(gone)


def _is_old(each: MissedCaller, now: datetime) -> bool:
    if each.handling is None:
        return now - each.last_at > UNHANDLED_KEPT
    return now - each.handling.at > HANDLED_KEPT
