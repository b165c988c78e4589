"""What a PBX reported about a call, in CSTA's words: the only input of the call model.

Every connector translates its PBX into these. They are facts, in the order in which the PBX reported them;
the model accepts all of them in any order and notes what it did not expect (`calls.call`). Each carries the
`call_id` it belongs to and `at`, aware UTC, the PBX's own clock where it tells one.

Source: ECMA-269 clause 17 (call control events).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ringcard.calls.causes import Cause, ConsultationPhase, DeviceKind, DeviceState, Direction, Outcome, TransferKind
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.queues import QueueStateChanged


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a call.

    `number` is E.164 (`+74959195557`) or None when withheld or not a public number; `presented` is the text
    as the PBX gave it, None when withheld; `device` is the company's device if it is one; `name` is the
    display name as the PBX gave it.
    """

    number: str | None = None
    presented: str | None = None
    device: DeviceId | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Originated:
    """A call began. `pbx_id` is the PBX's own id of it."""

    call_id: CallId
    at: datetime
    conversation_id: ConversationId
    pbx: PbxId
    pbx_id: str
    direction: Direction
    caller: Party
    called: Party


@dataclass(frozen=True, slots=True)
class CallInformation:
    """The PBX told more, or better, about the whole call; None leaves a fact as it is."""

    call_id: CallId
    at: datetime
    direction: Direction | None = None
    caller: Party | None = None
    called: Party | None = None
    pbx_id: str | None = None
    conversation_id: ConversationId | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """The call waits in a queue of the PBX."""

    call_id: CallId
    at: datetime
    queue: str


@dataclass(frozen=True, slots=True)
class ServiceReached:
    """The PBX itself answered the caller: an IVR, a queue's music, voicemail. No person did."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """A device of the company alerts, or the far party if `device` is None.

    `transferred_by` is who handed the call on, if somebody did. `since_known` is False when the PBX told only that
    it alerts now (a snapshot), not since when.
    """

    call_id: CallId
    at: datetime
    device: DeviceId | None
    transferred_by: DeviceId | None = None
    since_known: bool = True


@dataclass(frozen=True, slots=True)
class Established:
    """Somebody picked up: a `device` of the company, or the far party if `device` is None.

    For the far party `number` is who it is (E.164), if known. A calling device of an outbound call is established
    when it is off hook; its talk begins when the far party is established too. `since_known` is False when the PBX
    told only that they talk now (a snapshot), not since when.
    """

    call_id: CallId
    at: datetime
    device: DeviceId | None
    number: str | None = None
    since_known: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """A person pressed hold (or a program asked for it): `by` is a device or `customer`."""

    call_id: CallId
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The hold of `by` is over."""

    call_id: CallId
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ConnectionCleared:
    """A device left the call, or the far party if `device` is None. `outcome` says how, `answered` when it had talked.

    CSTA splits this into Connection Cleared, Diverted (`forwarded`, `answered_elsewhere`) and Failed (`busy`,
    `rejected`, `unreachable`); the outcome carries the difference, and `cause` what it leaves open.
    """

    call_id: CallId
    at: datetime
    device: DeviceId | None
    outcome: Outcome
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Transferring:
    """A transfer began.

    `transfer` numbers it within the call, from 0; `to` is a device, a number, or None if not known yet.
    """

    call_id: CallId
    at: datetime
    transfer: int
    kind: TransferKind
    by: DeviceId | None
    to: str | None


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer came to its end. `to` is None when nobody got the call.

    `withdrawn`: it was none after all, the parties were joined into a conference.
    """

    call_id: CallId
    at: datetime
    transfer: int
    to: str | None
    completed: bool
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Consultation:
    """A step of the side call of an attended transfer. `consultation` numbers it within the call, from 0.

    `outcome` is set when it is cleared. `since_known` is False when the PBX told only that it rings, or that they talk,
    now (a snapshot), not since when.
    """

    call_id: CallId
    at: datetime
    consultation: int
    phase: ConsultationPhase
    by: DeviceId
    to: str | None
    outcome: Outcome | None = None
    since_known: bool = True


@dataclass(frozen=True, slots=True)
class Conferenced:
    """Three or more parties talk together."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """The PBX began to record into `file`."""

    call_id: CallId
    at: datetime
    file: str


@dataclass(frozen=True, slots=True)
class RecordingStopped:
    """The recording into `file` ended."""

    call_id: CallId
    at: datetime
    file: str


@dataclass(frozen=True, slots=True)
class CallDataSet:
    """The PBX's dialplan said something of the call: an account number keyed in, a chosen language (CSTA CallData)."""

    call_id: CallId
    at: datetime
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class GapNoted:
    """No events reached us from `since` to `until` (= `at`) while this call lasted; what is known now follows.

    `answer_unknown`: nobody talks now, but somebody may have meanwhile; when it was answered first is not known.
    """

    call_id: CallId
    at: datetime
    since: datetime
    until: datetime
    answer_unknown: bool = False


@dataclass(frozen=True, slots=True)
class AnomalyNoted:
    """The PBX reported something the model did not expect."""

    call_id: CallId
    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What was taken for a call of its own is part of the call `into`; it has no record of its own any more."""

    call_id: CallId
    at: datetime
    into: CallId


@dataclass(frozen=True, slots=True)
class CallCleared:
    """The call is over. `ended_by` is a device, `caller`, `called` or `system`; None if that was lost in a gap.

    `at` may lie before events already seen: the PBX was gone and the end is dated to the last that was heard.
    """

    call_id: CallId
    at: datetime
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class DeviceStateChanged:
    """A terminal's state, whether a call explains it or not. `source` names where the PBX has it from.

    `since` is None if it was so when we began to listen: a PBX does not say since when. Of a trunk `device` is what the
    PBX calls it. `forwarded_to` is an E.164 number or an extension, None if the PBX does not say it.
    """

    pbx: PbxId
    at: datetime
    device: DeviceId
    state: DeviceState
    source: str
    since: datetime | None = None
    kind: DeviceKind = DeviceKind.PHONE
    forwarded_to: str | None = None


CallEvent = (
    Originated
    | CallInformation
    | Queued
    | ServiceReached
    | Delivered
    | Established
    | Held
    | Retrieved
    | ConnectionCleared
    | Transferring
    | Transferred
    | Consultation
    | Conferenced
    | RecordingStarted
    | RecordingStopped
    | CallDataSet
    | GapNoted
    | AnomalyNoted
    | Absorbed
    | CallCleared
)
"""Everything that can happen to a call. The union is closed: whoever matches on it ends with `assert_never`."""

StateEvent = DeviceStateChanged | QueueStateChanged
"""What is beside the calls: belongs to no call, and is told anew after each connection."""
STATE_EVENTS = (DeviceStateChanged, QueueStateChanged)
"""The same for `isinstance`, which takes four times as long to look into a union."""

KeptEvent = CallEvent | DeviceStateChanged
"""What the ledger keeps. Who waited in a queue is in its call's events, and of a queue the present is all there is."""

PbxEvent = CallEvent | StateEvent
"""Everything a connector reports."""
