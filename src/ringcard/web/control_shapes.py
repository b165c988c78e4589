"""What goes over the wire about handling calls: requests, hand-overs, dialling, notes being typed, call data.

As docs/reference/live-channel.md has it. How they come out of the rooms' own types is in `control_wire`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ringcard.desk.call_data import LARGEST_WHOLE
from ringcard.desk.handover.packet import LONGEST_NOTE, LONGEST_REASON
from ringcard.desk.wrapup.drafts import LONGEST_DRAFT
from ringcard.web.moments import Moment, Shape

ServiceName = Literal[
    "MakeCall",
    "AnswerCall",
    "ClearConnection",
    "HoldCall",
    "RetrieveCall",
    "ConsultationCall",
    "AlternateCall",
    "ReconnectCall",
    "TransferCall",
    "SingleStepTransferCall",
    "DeflectCall",
    "ConferenceCall",
    "ParkCall",
    "DirectedPickupCall",
    "GroupPickupCall",
    "GenerateDigits",
    "SingleStepConferenceCall",
]
HindranceCode = Literal[
    "not_supported",
    "link_down",
    "permission_missing",
    "phone_cannot",
    "wrong_state",
    "not_in_call",
    "no_dialplan",
    "no_transfer_option",
]
ReasonCode = Literal[
    "busy",
    "no_answer",
    "rejected",
    "unreachable",
    "not_in_service",
    "congestion",
    "forwarding_circle",
    "phone_no_answer",
    "hung_up",
    "answered_elsewhere",
    "answered",
    "pbx_restarted",
    "link_lost",
    "refused",
    "timed_out",
]


class Control(Shape):
    """A button of a pop; `hindrance` is null if it can be pressed."""

    service: ServiceName
    hindrance: HindranceCode | None


class ConsultationView(Shape):
    """Whom one asks before handing over."""

    to: str
    name: str | None
    device: str | None
    number: str | None
    state: Literal["dialling", "ringing", "talking", "on_hold"]
    since: Moment


class HandoverSender(Shape):
    employee_id: str | None
    name: str
    device: str


class HandoverReceiver(Shape):
    employee_id: str | None
    name: str
    device: str | None
    queue: str | None
    number: str | None = None


class Handover(Shape):
    """The packet that travels with a conversation."""

    handover_id: str
    call_id: str
    conversation_id: str
    kind: Literal["blind", "attended", "phone"]
    sender: HandoverSender = msgspec.field(name="from")
    receiver: HandoverReceiver = msgspec.field(name="to")
    note: str
    reason: str | None
    at: Moment
    read_at: Moment | None
    outcome: Literal["pending", "ringing", "taken", "returned", "abandoned", "cancelled"]
    outcome_at: Moment | None
    why: ReasonCode | None


class CallDataItem(Shape):
    value: str
    by: str
    at: Moment


class CallData(Shape):
    """What programs and the dialplan say of a conversation."""

    version: int
    items: dict[str, CallDataItem]


class NoteDraft(Shape):
    """The note being typed; `version` 0 is nothing typed yet."""

    text: str
    version: int


class ServiceRequest(Shape):
    """Something asked of a PBX. `accepted` is not `done`: the outcome follows on the live channel."""

    request_id: str
    call_id: str
    service: ServiceName
    device: str
    to: str | None
    state: Literal["accepted", "done", "failed", "timed_out"]
    reason: ReasonCode | None
    detail: str | None
    at: Moment
    settled_at: Moment | None
    slot: str | None
    """What one dials to fetch a parked call."""


# Dialling


class DialDevice(Shape):
    """One of one's own devices, and what it does now."""

    device: str
    state: Literal["idle", "ringing", "busy", "held", "do_not_disturb", "forwarded", "unreachable", "unknown"]


class DialCandidate(Shape):
    """Somebody of that name, or with those digits. With masked numbers `number` is null: dial by the ids."""

    name: str
    number: str | None
    kind: Literal["contact", "colleague"]
    contact_id: str | None = None
    phone: int | None = None
    employee_id: str | None = None


class DialWarning(Shape):
    code: Literal["night", "do_not_call", "premium", "blocked", "self", "mobile_twin"]
    local_time: str | None = None
    """RFC 3339 with the zone's own offset, of a `night`."""


class DialContact(Shape):
    contact_id: str
    name: str
    organisation: str | None


class DialColleague(Shape):
    employee_id: str
    name: str
    device: str


class DialPreview(Shape):
    """What dialling this would do."""

    query: str
    number: str | None
    dialled: str | None
    kind: Literal["outside", "internal", "emergency", "unknown"]
    place: str | None
    contact: DialContact | None
    colleague: DialColleague | None
    device: str | None
    devices: list[DialDevice]
    caller_ids: list[str]
    candidates: list[DialCandidate]
    warnings: list[DialWarning]
    allowed: bool
    problem: str | None
    """Why it is not dialled, in a sentence."""


# After the call


class CallOutcome(Shape):
    outcome: str
    label: str


class CallOutcomes(Shape):
    """What a call can have come to, for whoever asks."""

    items: list[CallOutcome]


class WrapUpView(Shape):
    """What one employee wrote of a call when it was over."""

    employee_id: str
    employee: str | None
    outcome: str | None
    label: str | None
    note: str
    order_number: str | None
    at: Moment


class WrapUpList(Shape):
    items: list[WrapUpView]


class ReminderContact(Shape):
    contact_id: str
    name: str
    organisation: str | None


class DueReminder(Shape):
    """A reminder that is due, with whom it is about; `done_at` set: it is to go."""

    reminder_id: str
    employee_id: str
    employee: str
    due_at: Moment
    text: str
    call_id: str | None
    created_at: Moment
    done_at: Moment | None
    contact: ReminderContact
    number: str | None


# What clients send


class WrapUp(msgspec.Struct):
    """The note goes to the card, and what was being typed is settled."""

    outcome: Annotated[str, Meta(max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=LONGEST_DRAFT)] = ""
    order_number: Annotated[str, Meta(max_length=100)] | None = None


class Assignee(msgspec.Struct):
    """null: whoever comes first."""

    employee_id: Annotated[str, Meta(max_length=64)] | None


class AskService(msgspec.Struct):
    """`device` is one's own; `to` whom to call, transfer to, or take from; `digits` for GenerateDigits."""

    service: ServiceName
    device: Annotated[str, Meta(max_length=80)] | None = None
    to: Annotated[str, Meta(max_length=80)] | None = None
    digits: Annotated[str, Meta(max_length=40)] | None = None
    mode: Literal["silent", "coach", "active"] = "silent"


class HandoverTo(msgspec.Struct):
    """One of these."""

    employee_id: Annotated[str, Meta(max_length=64)] | None = None
    device: Annotated[str, Meta(max_length=80)] | None = None
    queue: Annotated[str, Meta(max_length=200)] | None = None
    number: Annotated[str, Meta(max_length=64)] | None = None


class HandoverPlaces(Shape):
    """Where a call can go besides people: queues that can be dialled, by name, and whether there are mailboxes."""

    queues: list[str]
    voicemail: bool


class NewHandover(msgspec.Struct):
    to: HandoverTo
    how: Literal["blind", "ask_first"]
    note: Annotated[str, Meta(max_length=LONGEST_NOTE)] = ""
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] | None = None


class TypedNote(msgspec.Struct):
    """`version` is the one that was read."""

    text: Annotated[str, Meta(max_length=LONGEST_DRAFT)]
    version: Annotated[int, Meta(ge=0)]


class CallDataChange(msgspec.Struct):
    """`version` is the one that was read."""

    version: Annotated[int, Meta(ge=0)]
    put: Annotated[dict[str, str], Meta(max_length=LARGEST_WHOLE)] = msgspec.field(name="set", default_factory=dict)
    remove: list[str] = []


class Forwarding(msgspec.Struct):
    """`to` null ends it."""

    kind: Literal["always", "busy", "no_answer"]
    to: Annotated[str, Meta(min_length=1, max_length=64)] | None


class PickUp(msgspec.Struct):
    """`device` is one's own that is to ring and answer; the first if it is not said."""

    device: Annotated[str, Meta(max_length=80)] | None = None


class DoNotDisturb(msgspec.Struct):
    on: bool
