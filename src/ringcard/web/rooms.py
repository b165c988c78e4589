"""What the web is given to serve: the rooms behind the door. `app.bootstrap` fills it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from ringcard.calls.identifiers import PbxId
from ringcard.calls.queues import QueueStates
from ringcard.contacts.attachments import Attachments
from ringcard.contacts.curation import Curation
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.reminders import Reminders
from ringcard.contacts.store import ContactStore
from ringcard.desk.afterwards import Afterwards
from ringcard.desk.asking import ContactsLookup
from ringcard.desk.choices import CallerChoices
from ringcard.desk.control.dialling import DialRules
from ringcard.desk.control.service import Handling
from ringcard.desk.erasure import Erasure
from ringcard.desk.owners import Owners
from ringcard.desk.preferences import AllPreferences
from ringcard.desk.presence.queues import QueueBoard
from ringcard.desk.presence.service import Presences
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.desk.wrapup.afterwards import WrapUps
from ringcard.desk.wrapup.outcomes import CallOutcome
from ringcard.desk.wrapup.reminding import Reminding
from ringcard.ledger import Ledger
from ringcard.pbx.connector import Connector
from ringcard.people.attempts import AttemptLimiter
from ringcard.people.audit import Audit
from ringcard.people.passwords import Passwords
from ringcard.people.roles import RoleStore
from ringcard.people.seats import Seats
from ringcard.people.signin import ATTEMPTS_PER_LOGIN, ATTEMPTS_WINDOW_S, SignIn
from ringcard.people.store import EmployeeStore
from ringcard.people.teams import TeamStore
from ringcard.people.tokens import TokenStore
from ringcard.settings import Settings
from ringcard.web.feed import Feed
from ringcard.web.first_run import FirstRun
from ringcard.web.old_calls import OldCallImports

if TYPE_CHECKING:
    from pathlib import Path


TryMail = Callable[[Mapping[str, Any], str, str], Awaitable[None]]
"""Hands a letter in by settings that are not saved: to an address, in a language.

Raises `SettingsError`, `MailRefused`.
"""


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """A plugin that is asked for and could not be loaded."""

    kind: str
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything that a request may need."""

    desk: Desk
    queues: QueueStates
    afterwards: Afterwards
    choices: CallerChoices
    preferences: AllPreferences
    feed: Feed
    handling: Handling
    wrap_ups: WrapUps
    reminding: Reminding
    presences: Presences
    queue_board: QueueBoard
    outcomes: Callable[[], tuple[CallOutcome, ...]]
    """As the company says now."""
    dial_rules: Callable[[], DialRules]
    asking: ContactsLookup
    """Where numbers are, and what time it is there."""
    ledger: Ledger
    contacts: ContactStore
    owners: Owners
    curation: Curation
    erasure: Erasure
    attachments: Attachments
    reminders: Reminders
    roster: Roster
    sign_in: SignIn
    people: EmployeeStore
    passwords: Passwords
    teams: TeamStore
    roles: RoleStore
    tokens: TokenStore
    seats: Seats
    audit: Audit
    staff_changed: Callable[[], Awaitable[None]]
    """To be called after every change of employees, devices, teams or roles: rights change at once."""
    now: Callable[[], datetime]
    connectors: Callable[[], Mapping[PbxId, Connector]]
    registry: CollectorRegistry
    settings: Settings
    first_run: FirstRun
    imports: Importing
    old_calls: OldCallImports
    front_end: Path
    public_origins: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    """Of other sites, whose pages may use the API with a token."""
    metrics_open: bool = False
    look_again_s: float = 30.0
    """How often an open live channel is looked at: does its session still hold?"""
    problems: Callable[[], tuple[PluginProblem, ...]] = tuple
    mail_ready: Callable[[], bool] = lambda: False
    """Whether e-mail can be sent: else nobody is offered any."""
    try_mail: TryMail | None = None
    timer: Callable[[], float] = time.monotonic
    own_codes: AttemptLimiter = field(default_factory=lambda: AttemptLimiter(ATTEMPTS_PER_LOGIN, ATTEMPTS_WINDOW_S))
    """How often somebody may choose a code to dial: it tells whether somebody else has it."""
