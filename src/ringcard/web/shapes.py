"""What goes over the wire, as docs/reference/live-channel.md has it: the OpenAPI file is made of these.

Only shapes: how they come out of the rooms' own types is in `wire`.

Over 400 lines: the contract is read from top to bottom, in one place.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from ringcard.desk.call_data import MOST_KEYS
from ringcard.pbx.link import LinkCause
from ringcard.web.control_shapes import CallData, ConsultationView, Control, Handover, HindranceCode, NoteDraft
from ringcard.web.moments import Moment as Moment
from ringcard.web.moments import Shape as Shape

Decimal = Annotated[str, Meta(description="A decimal number as text: money is never rounded.")]


# People


class Me(Shape):
    """Who is signed in."""

    employee_id: str
    login: str
    name: str
    role: Annotated[str, Meta(description="`employee`, `supervisor`, `admin`, or the id of one of the company's own.")]
    role_name: str
    permissions: list[str]
    numbers_masked: bool
    devices: Annotated[list[str], Meta(description="Where they answer now.")]
    assigned: Annotated[list[str], Meta(description="Whose devices these are; several may share one.")]
    teams: list[str]
    leads: list[str]
    language: Literal["ru", "en"] | None
    csrf_token: str


class Employee(Shape):
    employee_id: str
    name: str
    role: str
    devices: list[str]


class EmployeeReference(Shape):
    employee_id: str
    name: str


# Calls


class Party(Shape):
    number: str | None
    presented: str | None
    device: str | None
    name: str | None


class Span(Shape):
    start: Moment = field(name="from")
    to: Moment | None


class Hold(Shape):
    by: str
    start: Moment = field(name="from")
    to: Moment | None


class DeviceStint(Shape):
    device: str
    ringing_at: Moment | None
    answered_at: Moment | None
    left_at: Moment | None
    outcome: str | None
    talk_s: float
    hold_s: float


class Transfer(Shape):
    kind: str
    by: str | None
    to: str | None
    at: Moment
    completed: bool


class Consultation(Shape):
    by: str
    to: str | None
    started_at: Moment
    ringing_at: Moment | None
    answered_at: Moment | None
    ended_at: Moment | None
    outcome: str | None


class Recording(Shape):
    file: str
    started_at: Moment
    duration_s: float | None


class ContactReference(Shape):
    contact_id: str
    name: str
    organisation: str | None


class CallRecord(Shape):
    """One physical contact: docs/reference/call-record.md."""

    call_id: str
    conversation_id: str
    direction: Literal["inbound", "outbound", "internal"]
    pbx_ids: list[str]
    gaps: list[Span]
    caller: Party
    called: Party
    queue: str | None
    started_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    disposition: Literal["answered", "no_answer", "busy", "rejected", "abandoned", "failed"] | None
    ended_by: str | None
    devices: list[DeviceStint]
    holds: list[Hold]
    transfers: list[Transfer]
    consultations: list[Consultation]
    conference: bool
    recordings: list[Recording]
    talk_s: float
    hold_s: float
    ring_s: float
    wait_s: float
    complete: bool
    anomalies: list[str]
    contact: ContactReference | None
    employees: dict[str, str]
    source: Literal["live", "imported"] = "live"
    """`imported`: from the log of the PBX, from before ringcard listened."""


class CallPage(Shape):
    items: list[CallRecord]
    next: str | None


class CallSummary(Shape):
    call_id: str
    direction: Literal["inbound", "outbound", "internal"]
    started_at: Moment
    disposition: str | None
    talk_s: float
    device: str | None
    employee: str | None
    queue: str | None


# Contacts


class Manager(Shape):
    """`employee_id` is null if a contact source knows only the name."""

    employee_id: str | None
    name: str


class Phone(Shape):
    number: str | None
    presented: str
    label: str | None


class Email(Shape):
    email: str
    label: str | None


class OrderItem(Shape):
    name: str
    quantity: Decimal | None
    price: Decimal | None


class Order(Shape):
    number: str
    date: str | None
    status: str | None
    total: Decimal | None
    currency: str | None
    items: list[OrderItem]


class Note(Shape):
    note_id: str
    text: str
    author: str | None
    at: Moment
    call_id: str | None


class Address(Shape):
    street: str | None
    city: str | None
    region: str | None
    postcode: str | None
    country: str | None
    label: str | None


class Contact(Shape):
    """`deputies` also look after the contact; `custom` are the company's own fields (`/card-fields`), by key."""

    contact_id: str
    version: int
    kind: Literal["person", "organisation"]
    name: str
    organisation: str | None
    organisation_id: str | None
    position: str | None
    phones: list[Phone]
    emails: list[Email]
    addresses: list[Address]
    manager: Manager | None
    deputies: list[Manager]
    segment: str | None
    tags: list[str]
    vip: bool
    city: str | None
    comment: str | None
    custom: dict[str, str]
    orders: list[Order]
    notes: list[Note]
    created_at: Moment
    updated_at: Moment


class FoundIn(Shape):
    """Where a contact has what was searched: `text` of the field, and the characters `start` to `end` of it."""

    field: Literal["name", "organisation", "email", "order", "custom", "phone"]
    text: str
    start: int
    end: int


class ContactPage(Shape):
    """Without `q` the newest first. With it the likeliest first, on one page: `matches` says of each why, and `read_as`
    how the words were read if the keyboard had been in the other layout.
    """

    items: list[Contact]
    next: str | None
    matches: dict[str, list[FoundIn]] = field(default_factory=dict)
    read_as: str | None = None


# The pop


class DeviceName(Shape):
    device: str
    name: str | None


class Colleague(Shape):
    employee_id: str
    name: str
    device: str


class SourceReport(Shape):
    source: str
    status: Literal["pending", "found", "nothing", "late", "failed"]
    ms: float | None
    matched: str | None
    as_of: Moment | None


class Match(Shape):
    """A card that may be the caller's. `maybe` only resembles the number: nobody is linked by it."""

    contact_id: str
    name: str
    organisation: str | None
    position: str | None
    source: str
    quality: Literal["exact", "maybe"]


class Opening(Shape):
    """A page of another system for this call, by one of the company's rules."""

    rule: str
    url: str
    when: Literal["ring", "answer", "button"]


class Pop(Shape):
    """One call at one device, as its employee's screen shows it."""

    pop_id: str
    call_id: str
    conversation_id: str
    device: str
    state: Literal["ringing", "active", "held", "answered_elsewhere", "missed", "ended"]
    revision: int
    direction: Literal["inbound", "outbound", "internal"]
    caller: Party
    called: Party
    queue: str | None
    started_at: Moment
    ringing_at: Moment | None
    answered_at: Moment | None
    ended_at: Moment | None
    transferred_by: DeviceName | None
    consulted_by: DeviceName | None
    answered_by: DeviceName | None
    mark: Literal["known", "unknown", "colleague", "vip", "withheld"]
    number_place: str | None
    time_zone: str | None
    contact: Contact | None
    matches: list[Match]
    choice: Literal["none", "only", "open", "remembered"]
    colleague: Colleague | None
    last_calls: list[CallSummary] | None
    sources: list[SourceReport]
    openings: list[Opening]
    controls: list[Control]
    consultation: ConsultationView | None
    handovers: list[Handover]
    data: CallData
    note: NoteDraft | None


class ShownBy(Shape):
    session: str
    revision: int
    at: Moment
    painted_at: Moment | None
    ring_to_shown_ms: float | None


class PopWhy(Shape):
    pop_id: str
    device: str
    employee: str | None
    rang_at: Moment | None
    sent_at: Moment | None
    shown_at: Moment | None
    ring_to_sent_ms: float | None
    ring_to_shown_ms: float | None
    matched_number: str | None
    sources: list[SourceReport]
    shown: list[ShownBy]


class Why(Shape):
    """What each screen showed of a call, from where it knew it, and how fast."""

    call_id: str
    pops: list[PopWhy]


# What employees chose, and who was missed


class Preferences(Shape, kw_only=True):
    """How the signed-in employee wants to be told of a call, on every computer.

    `auto_answer`: the own phone is asked to pick up by itself when one dials from the screen.
    """

    pop_when: Literal["on_ring", "on_answer", "quiet"]
    ring_sound: bool
    notify: bool
    missed_mail: bool
    mail_address: Annotated[str, Meta(max_length=320)] | None
    auto_answer: bool = False


class OwnPreferences(Preferences, kw_only=True):
    """`mail_ready`: the server can send e-mail."""

    mail_ready: bool


class Handling(Shape):
    """`talked`: with the caller, since; `done`: an employee said so."""

    how: Literal["talked", "done"]
    at: Moment
    employee_id: str | None
    call_id: str | None


class MissedCaller(Shape):
    """A number that called and that nobody talked with; `times` since it was last dealt with."""

    missed_id: str
    number: str | None
    presented: str
    name: str | None
    contact: ContactReference | None
    times: int
    first_at: Moment
    last_at: Moment
    call_id: str
    queue: str | None
    devices: list[str]
    employees: dict[str, str]
    assignee: EmployeeReference | None
    handled: Handling | None


class MissedList(Shape):
    items: list[MissedCaller]


# Terminals and links


class Device(Shape):
    device: str
    pbx: str
    state: Literal["idle", "ringing", "busy", "held", "do_not_disturb", "forwarded", "unreachable", "unknown"]
    since: Moment | None
    source: str
    employee: EmployeeReference | None
    forwarded_to: str | None
    """Of one that is forwarded: a device, an extension, or a number of which only the last digits show."""


class Link(Shape):
    pbx: str
    state: Literal["connecting", "up", "down", "refused"]
    since: Moment
    problem: str | None
    cause: LinkCause | None
    """Why it is not as it should be; null if all is well or only `problem` says it."""
    about: list[str]
    """What the cause is about: the permissions that are missing, the address that is not let in."""
    cannot: dict[str, HindranceCode]
    """Of DirectedPickupCall and SingleStepConferenceCall: what cannot be asked there now of any call, and why."""


class Pbx(Link):
    version: str | None


class EmployeeList(Shape):
    items: list[Employee]


class DeviceList(Shape):
    items: list[Device]


class PbxList(Shape):
    items: list[Pbx]


# What clients send


class SignIn(msgspec.Struct):
    login: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1000)]


class Visitors(Shape):
    """Origins of other sites whose pages may use the API."""

    allowed_origins: list[str]


class MakeCall(msgspec.Struct):
    """`number`, or `call_id`, or `contact_id` with the place of the phone on the card.

    `auto_answer` asks the own phone to pick up by itself (as the preferences say, if it is not said); `data` becomes
    the call's data.
    """

    number: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    device: Annotated[str, Meta(max_length=80)] | None = None
    call_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    contact_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    phone: Annotated[int, Meta(ge=0, lt=1_000)] = 0
    caller_id: Annotated[str, Meta(max_length=32)] | None = None
    missed_id: Annotated[str, Meta(max_length=64)] | None = None
    auto_answer: bool | None = None
    data: Annotated[dict[str, str], Meta(max_length=MOST_KEYS)] = {}


class ChooseContact(msgspec.Struct):
    """`contact_id` null takes back what was said of the number."""

    contact_id: Annotated[str, Meta(max_length=200)] | None


class NewNote(msgspec.Struct):
    text: Annotated[str, Meta(min_length=1, max_length=20_000)]
    call_id: Annotated[str, Meta(max_length=64)] | None = None


class SettledCaller(Shape):
    """Whose number it is now, by what was said or by itself."""

    contact: ContactReference | None


class CallStarted(Shape):
    """Accepted; the outcome follows on the live channel, as a request of the service MakeCall."""

    call_id: str
    request_id: str
