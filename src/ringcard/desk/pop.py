"""The screen pop: what one employee's screen says about one call at one of his devices.

Plain values only. How a pop comes about and changes is in `desk.pops`; how it is written as JSON is `web.wire`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringcard.calls.causes import Direction, Disposition
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.contacts.model import Contact
from ringcard.desk.call_data import NO_DATA, CallData
from ringcard.desk.handover.packet import Handover
from ringcard.desk.wrapup.drafts import Draft
from ringcard.numbers import MatchQuality
from ringcard.pbx.connector import Hindrance, Service


class PopState(StrEnum):
    """What the call is to this employee."""

    RINGING = "ringing"
    ACTIVE = "active"
    HELD = "held"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    MISSED = "missed"
    ENDED = "ended"

    @property
    def live(self) -> bool:
        """Whether the call still goes on at this device."""
        return self in (PopState.RINGING, PopState.ACTIVE, PopState.HELD)


class Mark(StrEnum):
    """Who it is, in one word, for the first glance."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    COLLEAGUE = "colleague"
    VIP = "vip"
    WITHHELD = "withheld"


class SourceStatus(StrEnum):
    """What became of asking one contact source."""

    PENDING = "pending"
    FOUND = "found"
    NOTHING = "nothing"
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One line of a pop's why. `matched` says by what it matched, `as_of` how fresh its facts are."""

    source: str
    status: SourceStatus
    ms: float | None = None
    matched: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class DevicePerson:
    """A device and the name of the employee at it, if one is known."""

    device: DeviceId
    name: str | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """An employee as another employee sees him."""

    employee_id: str
    name: str
    device: DeviceId


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One line of the calls that this number had before."""

    call_id: CallId
    direction: Direction
    started_at: datetime
    disposition: Disposition | None
    talk_s: float
    device: DeviceId | None
    employee: str | None
    queue: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card that may be the caller's, and who says so."""

    contact: Contact
    source: str
    quality: MatchQuality = MatchQuality.EXACT


class Choice(StrEnum):
    """How it was settled which of the matches is the caller."""

    NONE = "none"
    """Nothing to settle: no card has exactly this number."""
    ONLY = "only"
    OPEN = "open"
    """Several cards have it: an employee has to say."""
    REMEMBERED = "remembered"
    """An employee said, now or at an earlier call of this number."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of the outsider of a call: one look-up serves every device that the call rings.

    `matched_number` is the number that was asked (E.164), `last_calls` are those it had before, None while the
    ledger is asked. `contact` is settled from the candidates by `desk.matching`.
    """

    contact: Contact | None = None
    candidates: tuple[Candidate, ...] = ()
    choice: Choice = Choice.NONE
    last_calls: tuple[CallSummary, ...] | None = None
    sources: tuple[SourceReport, ...] = ()
    number_place: str | None = None
    time_zone: str | None = None
    matched_number: str | None = None


NOTHING_KNOWN = Findings()


@dataclass(frozen=True, slots=True)
class Opening:
    """A page of another system for this call, by one of the company's rules."""

    rule: str
    url: str
    when: str


@dataclass(frozen=True, slots=True)
class Control:
    """A button of the pop; `hindrance` says why it cannot be pressed now."""

    service: Service
    hindrance: Hindrance | None = None


class ConsultationState(StrEnum):
    """How it stands with whom one asks."""

    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on_hold"
    """One talks with the customer again meanwhile."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the person at the device asks before handing over: a colleague's device, or an outsider's number."""

    to: str
    name: str | None
    device: DeviceId | None
    number: str | None
    state: ConsultationState
    since: datetime


@dataclass(frozen=True, slots=True)
class Pop:
    """One call at one device. `revision` counts up with every change of this pop.

    `consulted_by` is set while a colleague asks this one for advice, before the call is handed over; `consultation`
    while this one asks another. `drafts` are the notes being typed, each with whose it is: nobody else is sent it.
    """

    pop_id: str
    call_id: CallId
    conversation_id: ConversationId
    device: DeviceId
    state: PopState
    revision: int
    direction: Direction
    caller: Party
    called: Party
    queue: str | None
    started_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    transferred_by: DevicePerson | None
    consulted_by: DevicePerson | None
    answered_by: DevicePerson | None
    mark: Mark
    colleague: Colleague | None
    findings: Findings
    openings: tuple[Opening, ...] = ()
    controls: tuple[Control, ...] = ()
    consultation: Asked | None = None
    handovers: tuple[Handover, ...] = ()
    data: CallData = NO_DATA
    drafts: tuple[tuple[str, Draft], ...] = ()

    def draft_of(self, employee_id: str) -> Draft | None:
        """What this employee is typing about the call."""
        return next((draft for whose, draft in self.drafts if whose == employee_id), None)
