"""The port that every PBX connector implements, and what it promises.

A connector hears one PBX and reports what happens there as `PbxEvent`s. It looks after its own connection:
it reconnects, takes a snapshot after every (re)connect, marks the gap and reconciles what it holds. It never
raises because of what the PBX said.

Over 400 lines: a port is best read in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.pbx.link import LinkCause

EventSink = Callable[[Sequence[PbxEvent]], None]
"""Takes the events of one message of the PBX, in order, at once. It must not block and must not raise."""

NO_DATA: Mapping[str, str] = MappingProxyType({})


class Service(StrEnum):
    """What can be asked of a PBX, by its CSTA name (ECMA-269 clauses 17.1, 18.1 and 22.1)."""

    MAKE_CALL = "MakeCall"
    ANSWER_CALL = "AnswerCall"
    CLEAR_CONNECTION = "ClearConnection"
    HOLD_CALL = "HoldCall"
    RETRIEVE_CALL = "RetrieveCall"
    CONSULTATION_CALL = "ConsultationCall"
    ALTERNATE_CALL = "AlternateCall"
    RECONNECT_CALL = "ReconnectCall"
    TRANSFER_CALL = "TransferCall"
    SINGLE_STEP_TRANSFER_CALL = "SingleStepTransferCall"
    DEFLECT_CALL = "DeflectCall"
    CONFERENCE_CALL = "ConferenceCall"
    PARK_CALL = "ParkCall"
    DIRECTED_PICKUP_CALL = "DirectedPickupCall"
    GROUP_PICKUP_CALL = "GroupPickupCall"
    GENERATE_DIGITS = "GenerateDigits"
    SINGLE_STEP_CONFERENCE_CALL = "SingleStepConferenceCall"
    SET_FORWARDING = "SetForwarding"
    SET_DO_NOT_DISTURB = "SetDoNotDisturb"
    SET_AGENT_STATE = "SetAgentState"
    SNAPSHOT = "Snapshot"
    GET_DEVICES = "GetSwitchingFunctionDevices"
    """Optional: a connector that has it is a `DeviceDirectory` too."""


class Hindrance(StrEnum):
    """Why a service cannot be asked for now. The values are stable: screens have words for them."""

    NOT_SUPPORTED = "not_supported"
    """This PBX, or its connector, has no such service."""
    LINK_DOWN = "link_down"
    PERMISSION_MISSING = "permission_missing"
    """Our account on the PBX may not; what it lacks stands in the status of the link."""
    PHONE_CANNOT = "phone_cannot"
    """The phone does not let itself be told to."""
    WRONG_STATE = "wrong_state"
    """The call is not in a state for it: what is not held cannot be retrieved."""
    NOT_IN_CALL = "not_in_call"
    NO_DIALPLAN = "no_dialplan"
    """The PBX lacks the lines in its dialplan that it takes, and we may not add them."""
    NO_TRANSFER_OPTION = "no_transfer_option"
    """The PBX was not told, when it dialled, that this call may be handed on."""


class ListenMode(StrEnum):
    """How a third one comes into a call (SingleStepConferenceCall; ECMA-269 calls it the participation type)."""

    SILENT = "silent"
    """Listens, is not heard."""
    COACH = "coach"
    """Listens, and is heard by the colleague only."""
    ACTIVE = "active"
    """Talks with both."""


class ForwardingKind(StrEnum):
    """When a device's calls go elsewhere (SetForwarding)."""

    ALWAYS = "always"
    BUSY = "busy"
    NO_ANSWER = "no_answer"


class AgentRequest(StrEnum):
    """What an agent shall be in a queue (ECMA-269 clause 22.1.13, requestedAgentState)."""

    READY = "Ready"
    NOT_READY = "NotReady"
    WORKING_AFTER_CALL = "WorkingAfterCall"
    LOGGED_ON = "LoggedOn"
    """A member of the queue."""
    LOGGED_OFF = "LoggedOff"
    """No member any more; a member that the PBX's configuration names cannot be made none."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do; whatever is not named raises `ServiceNotSupported`."""

    services: frozenset[Service]


class LinkState(StrEnum):
    """The state of our connection to a PBX."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"
    REFUSED = "refused"
    """It answers, and says no: a wrong secret, a missing permission. Retried, but somebody has to act."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What an administrator sees of a connection. `problem` says what is wrong and what to do, in one sentence;
    `cause` is the same for a screen, which has words of its own, and `about` what they name. A connector that knows no
    cause of these leaves it out."""

    state: LinkState
    since: datetime
    problem: str | None = None
    pbx_version: str | None = None
    cause: LinkCause | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that a PBX knows, with the name it has for whoever sits there. `kind` is the PBX's own word for it."""

    device: DeviceId
    name: str | None
    kind: str
    queues: tuple[str, ...] = ()


class PbxError(Exception):
    """Something about a PBX; the root of the tree."""


class ServiceNotSupported(PbxError):
    """This PBX or this connector has no such service."""


class LinkDown(PbxError):
    """There is no connection to the PBX now."""


class ServiceRefused(PbxError):
    """The PBX answered, and refused; the text is the PBX's own."""


class WrongState(ServiceRefused):
    """The call is not in a state for the service, so it was not asked of the PBX and nothing changed.

    `hindrance` says why, as `Connector.hindrance` would have.
    """

    def __init__(self, text: str, hindrance: Hindrance = Hindrance.WRONG_STATE) -> None:
        super().__init__(text)
        self.hindrance = hindrance


class Connector(Protocol):
    """One PBX. `run` is its whole life; the services work while it runs and the link is up.

    A service returns once the PBX has accepted it. That is not yet the outcome: what becomes of it follows as events.
    All services raise `ServiceNotSupported`, `ServiceRefused` with the PBX's words, `LinkDown` without a connection,
    and `WrongState` if the call is not in a state for it; then nothing has changed. `Unserved` has a refusal for each.

    Whatever leaves a customer waiting brings the customer back by itself: to who asked, then to where the PBX's own
    dialplan says, also if we are no longer there.
    """

    @property
    def pbx(self) -> PbxId: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def status(self) -> LinkStatus: ...

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        """Before `run`: the calls the ledger still has open, and when the last event was heard.

        The first snapshot is reconciled with them, so that each either goes on or is ended.
        """

    async def run(self, sink: EventSink) -> None:
        """Hear the PBX until cancelled. Reconnects by itself; returns only by cancellation."""

    def hindrance(self, service: Service, call_id: CallId | None, device: DeviceId) -> Hindrance | None:
        """Why `service` cannot be asked for `device` (in the call) now; None if it can.

        Answered at once from what is known; the PBX may still refuse.
        """

    async def make_call(
        self,
        device: DeviceId,
        number: str,
        *,
        caller_id: str | None = None,
        auto_answer: bool = False,
        data: Mapping[str, str] = NO_DATA,
    ) -> CallId:
        """Ring `device`, then dial `number` (CSTA MakeCall).

        `caller_id` is the company's number to show, where the dialplan lets it choose; `auto_answer` asks the phone to
        pick up by itself; `data` becomes the call's data. If nothing comes of it, `ConnectionCleared` of the device
        (its phone did not answer) or of the far party says why, by outcome and cause.
        """

    async def answer_call(self, call_id: CallId, device: DeviceId) -> None:
        """Have the ringing `device` pick up (CSTA AnswerCall)."""

    async def clear_connection(self, call_id: CallId, device: DeviceId) -> None:
        """Hang `device` up in `call_id` (CSTA ClearConnection)."""

    async def hold_call(self, call_id: CallId, device: DeviceId) -> None:
        """`device` puts the other side on hold (CSTA HoldCall)."""

    async def retrieve_call(self, call_id: CallId, device: DeviceId) -> None:
        """`device` takes the held side back (CSTA RetrieveCall)."""

    async def consultation_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        """The other side waits, `device` calls `to`: a device or a number (CSTA ConsultationCall)."""

    async def alternate_call(self, call_id: CallId, device: DeviceId) -> None:
        """`device` changes between the waiting side and the consulted one (CSTA AlternateCall)."""

    async def reconnect_call(self, call_id: CallId, device: DeviceId) -> None:
        """The consultation is over, `device` is back with the waiting side (CSTA ReconnectCall)."""

    async def transfer_call(self, call_id: CallId, device: DeviceId) -> None:
        """The waiting side gets the consulted one, `device` leaves (CSTA TransferCall). It may still be ringing."""

    async def conference_call(self, call_id: CallId, device: DeviceId) -> None:
        """The waiting side, the consulted one and `device` talk together (CSTA ConferenceCall)."""

    async def single_step_transfer_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        """The other side of `device` goes to `to` without asking there (CSTA SingleStepTransferCall).

        `to` is a device, a number, or the extension of a queue or voicemail. If nobody takes it, it comes back.
        """

    async def deflect_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        """What rings at `device` goes to `to` instead (CSTA DeflectCall)."""

    async def park_call(self, call_id: CallId, device: DeviceId) -> str:
        """Park the other side of `device` (CSTA ParkCall). Returns the number to dial for it, "" if not known yet."""

    async def directed_pickup_call(self, call_id: CallId, device_ringing: DeviceId, by_device: DeviceId) -> None:
        """`by_device` takes what rings at `device_ringing` (CSTA DirectedPickupCall)."""

    async def group_pickup_call(self, by_device: DeviceId) -> None:
        """`by_device` takes what rings in its pick-up group (CSTA GroupPickupCall)."""

    async def generate_digits(self, call_id: CallId, device: DeviceId, digits: str) -> None:
        """Send `digits` (0-9, *, #, A-D) to the other side of `device` (CSTA GenerateDigits)."""

    async def single_step_conference_call(
        self, call_id: CallId, device_talking: DeviceId, by_device: DeviceId, mode: ListenMode
    ) -> None:
        """`by_device` comes into the call of `device_talking` (CSTA SingleStepConferenceCall)."""

    async def set_forwarding(self, device: DeviceId, kind: ForwardingKind, to: str | None) -> None:
        """Send the calls of `device` to `to` from now on; None ends that (CSTA SetForwarding)."""

    async def set_do_not_disturb(self, device: DeviceId, on: bool) -> None:
        """Let `device` ring no more, or ring again (CSTA SetDoNotDisturb)."""

    async def set_agent_state(
        self,
        device: DeviceId,
        state: AgentRequest,
        *,
        queue: str | None = None,
        reason: str | None = None,
        name: str | None = None,
    ) -> None:
        """What `device` is in `queue`, or in every queue that it answers for (CSTA SetAgentState).

        `reason` is why not ready, `name` who is logged on. LOGGED_ON and LOGGED_OFF need a queue. A device that answers
        for no queue has nothing to be told: then this returns.
        """


class Unserved:
    """Every service of the port, not supported: what a connector does not override raises `ServiceNotSupported`."""

    def hindrance(self, service: Service, call_id: CallId | None, device: DeviceId) -> Hindrance | None:
        return Hindrance.NOT_SUPPORTED

    async def make_call(
        self,
        device: DeviceId,
        number: str,
        *,
        caller_id: str | None = None,
        auto_answer: bool = False,
        data: Mapping[str, str] = NO_DATA,
    ) -> CallId:
        raise _unsupported(Service.MAKE_CALL)

    async def answer_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.ANSWER_CALL)

    async def clear_connection(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.CLEAR_CONNECTION)

    async def hold_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.HOLD_CALL)

    async def retrieve_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.RETRIEVE_CALL)

    async def consultation_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        raise _unsupported(Service.CONSULTATION_CALL)

    async def alternate_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.ALTERNATE_CALL)

    async def reconnect_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.RECONNECT_CALL)

    async def transfer_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.TRANSFER_CALL)

    async def conference_call(self, call_id: CallId, device: DeviceId) -> None:
        raise _unsupported(Service.CONFERENCE_CALL)

    async def single_step_transfer_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        raise _unsupported(Service.SINGLE_STEP_TRANSFER_CALL)

    async def deflect_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        raise _unsupported(Service.DEFLECT_CALL)

    async def park_call(self, call_id: CallId, device: DeviceId) -> str:
        raise _unsupported(Service.PARK_CALL)

    async def directed_pickup_call(self, call_id: CallId, device_ringing: DeviceId, by_device: DeviceId) -> None:
        raise _unsupported(Service.DIRECTED_PICKUP_CALL)

    async def group_pickup_call(self, by_device: DeviceId) -> None:
        raise _unsupported(Service.GROUP_PICKUP_CALL)

    async def generate_digits(self, call_id: CallId, device: DeviceId, digits: str) -> None:
        raise _unsupported(Service.GENERATE_DIGITS)

    async def single_step_conference_call(
        self, call_id: CallId, device_talking: DeviceId, by_device: DeviceId, mode: ListenMode
    ) -> None:
        raise _unsupported(Service.SINGLE_STEP_CONFERENCE_CALL)

    async def set_forwarding(self, device: DeviceId, kind: ForwardingKind, to: str | None) -> None:
        raise _unsupported(Service.SET_FORWARDING)

    async def set_do_not_disturb(self, device: DeviceId, on: bool) -> None:
        raise _unsupported(Service.SET_DO_NOT_DISTURB)

    async def set_agent_state(
        self,
        device: DeviceId,
        state: AgentRequest,
        *,
        queue: str | None = None,
        reason: str | None = None,
        name: str | None = None,
    ) -> None:
        raise _unsupported(Service.SET_AGENT_STATE)


def _unsupported(service: Service) -> ServiceNotSupported:
    return ServiceNotSupported(f"This PBX, or its connector, has no {service.value}.")


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """What a phone has said of itself: what it lets itself be told (`talk`, `hold`), and what it is."""

    device: DeviceId
    takes: frozenset[str]
    user_agent: str
    """Make and firmware, as it calls itself; empty if it does not say it."""


@runtime_checkable
class RemembersPhones(Protocol):
    """A connector for which it is worth while to keep what phones have said."""

    def recall(self, phones: Sequence[PhoneWords], keep: Callable[[PhoneWords], None]) -> None:
        """What was kept. Called once, before `run`; `keep` is told of whatever is new, and never raises."""


@runtime_checkable
class DeviceDirectory(Protocol):
    """A connector that can tell which devices its PBX knows (CSTA GetSwitchingFunctionDevices, ECMA-269 clause 13)."""

    async def known_devices(self) -> tuple[KnownDevice, ...]:
        """Those of the company's own, by device. Raises `LinkDown`, `ServiceRefused`."""
