"""What the desk asks of others and whom it tells. `app.bootstrap` connects them; the tests have fakes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import CallEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.contacts.model import Contact
from ringcard.desk.control.requests import ServiceRequest
from ringcard.desk.handover.packet import Handover
from ringcard.desk.missed import MissedCaller
from ringcard.desk.pop import CallSummary, Colleague, Findings, Pop, SourceStatus
from ringcard.desk.why import PopWhy
from ringcard.pbx.connector import Hindrance, LinkStatus, Service
from ringcard.people.model import Employee


class FoldedCall(Protocol):
    """A call as folded so far."""

    def record(self, now: datetime) -> CallRecord: ...


class Fold(Protocol):
    """Events in, calls out."""

    def apply(self, event: CallEvent) -> FoldedCall | None:
        """The call as it is after `event`; None if the event left none."""


class Staff(Protocol):
    """Who works here and at which device."""

    def employees_at(self, device: DeviceId) -> Sequence[Colleague]:
        """Everybody whose device it is, the one it is named after first."""


class StaffById(Staff, Protocol):
    """Who works here, by id too."""

    def get(self, employee_id: str) -> Employee | None: ...


Tell = Callable[[Findings], None]
"""Takes what is known now, the whole of it."""

Rest = Callable[[Tell], Coroutine[Any, Any, None]]
"""Asks the sources that take time, and tells as they answer or their deadline passes."""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What is known in microseconds. Sources that take time are pending in `findings`; `rest` asks them, None if there
    are none.

    Of those, the ones in `near` take but a moment: a pop's first frame is better held back for them, up to `wait_s`.
    """

    findings: Findings
    rest: Rest | None = None
    near: frozenset[str] = frozenset()
    wait_s: float = 0.0

    def is_whole(self, findings: Findings) -> bool:
        """Whether `findings` have the answer of everybody who is near."""
        return not any(
            report.source in self.near and report.status is SourceStatus.PENDING for report in findings.sources
        )


class Lookup(Protocol):
    """Whose number it is."""

    def at_once(self, number: str) -> FirstAnswer:
        """What can be said without waiting; it never raises."""


class Choices(Protocol):
    """Which card a number is, where an employee said."""

    def chosen(self, number: str) -> str | None:
        """The id of the contact, at once."""


class Afterwards(Protocol):
    """Hears of calls that are over. Nothing here blocks or raises."""

    def call_over(self, call: LiveCall) -> None: ...


class History(Protocol):
    """What happened before."""

    async def last_calls(self, number: str, limit: int) -> Sequence[CallSummary]:
        """The calls that this number had, newest first."""


class Journal(Protocol):
    """Keeps for good what was shown: what was known *then*."""

    def card_sent(self, pop: Pop, why: PopWhy) -> None: ...

    def card_answered(self, pop: Pop, why: PopWhy) -> None:
        """The last source that was asked when the card was sent has answered, or was given up."""

    def card_shown(self, pop: Pop, why: PopWhy) -> None: ...


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call and what is known of its outsider. `devices` are those that it concerns."""

    record: CallRecord
    contact: Contact | None
    employees: tuple[tuple[DeviceId, str], ...]
    """The names of those who sit at the call's devices."""
    concerns: frozenset[str]
    """The ids of the employees whose call it is or was."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """What a terminal does now. `since` is None if it was so before anybody listened: no PBX says since when."""

    device: DeviceId
    pbx: PbxId
    state: DeviceState
    since: datetime | None
    source: str
    employee: Colleague | None
    forwarded_to: str | None = None
    """A number (E.164) or an extension, of one that is forwarded, where the PBX says it."""


Cannot = tuple[tuple[Service, Hindrance], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Our connection to one PBX."""

    pbx: PbxId
    status: LinkStatus
    cannot: Cannot = ()
    """Of what is asked of somebody else's call: what cannot be asked there now, whatever the call, and why."""


@dataclass(frozen=True, slots=True)
class MissedView:
    """A caller whom nobody answered, whose number it is now, and whose phones rang."""

    caller: MissedCaller
    contact: Contact | None
    employees: tuple[tuple[DeviceId, str], ...]
    concerns: frozenset[str]
    assignee: Employee | None = None
    """Who is to return the call."""


class SendsMissedMail(Protocol):
    """Tells an employee by e-mail. Takes it and returns; never blocks or raises."""

    def missed(self, employee_id: str, address: str, missed: MissedView) -> None: ...


Sent = Callable[[], None]
"""Called when the first browser was sent the frame."""


class Screens(Protocol):
    """The live channel, as the desk sees it. Nothing here blocks or raises."""

    def show_pop(self, pop: Pop, employees: Collection[str], sent: Sent) -> bool:
        """Whether any of them has the desk open."""

    def remove_pop(self, pop_id: str, employees: Collection[str]) -> None: ...

    def show_call(self, call: LiveCall) -> None: ...

    def remove_call(self, call_id: CallId, concerns: Collection[str]) -> None: ...

    def show_device(self, device: DeviceView) -> None: ...

    def show_link(self, link: Link) -> None: ...

    def remove_link(self, pbx: PbxId) -> None: ...


class HandlingScreens(Protocol):
    """The live channel, as what is asked of calls is told of on it. Nothing here blocks or raises."""

    def show_request(self, request: ServiceRequest) -> None:
        """To whoever asked."""

    def show_handover(self, handover: Handover, employees: Collection[str]) -> None:
        """To its sender, and those who get it."""


class MissedScreens(Protocol):
    """The live channel, as who was missed is told of on it. Nothing here blocks or raises."""

    def show_missed(self, missed: MissedView) -> None: ...

    def hide_missed(self, gone: MissedView, concerns: Collection[str]) -> None:
        """Show `gone`, which is handled, to whoever saw it and does not see what `concerns` these employees."""
