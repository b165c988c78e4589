"""A call as the translator follows it: which channels are its own, and what was already reported of it.

The reported part is what makes events out of differences: `derive` compares the mirror with it. Over 400 lines because
a call, its parts and its side calls change together, and each change says what it reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ringcard.calls.causes import Cause, ConsultationPhase, Direction, Outcome, TransferKind
from ringcard.calls.events import (
    Absorbed,
    CallCleared,
    CallDataSet,
    CallInformation,
    Conferenced,
    ConnectionCleared,
    Consultation,
    Delivered,
    Established,
    GapNoted,
    Held,
    Originated,
    Party,
    PbxEvent,
    Queued,
    Retrieved,
    ServiceReached,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.pbx.asterisk.mirror import Bridge, Channel

SETTLE_S = 0.25
"""How long a channel may be between two bridges; Local optimisation and transfers take under 10 ms."""

UNDIALLED_S = 0.1
"""A ringing leg whose DialBegin did not come within this time was not dialled by the dialplan (a transfer's recall)."""


def moment(at_s: float) -> datetime:
    """Epoch seconds as aware UTC."""
    return datetime.fromtimestamp(at_s, UTC)


@dataclass(slots=True, eq=False)
class Part:
    """A device's part in a call, as reported so far."""

    device: DeviceId
    ringing: bool = False
    picked_up: bool = False
    met: bool = False
    """It has been connected with the other side of the call."""
    met_in: Bridge | None = None
    parted_s: float | None = None
    since_s: float = 0.0
    """When it began to ring, or picked up without."""
    left_alone: bool = False
    """The customer left their bridge first."""
    away: bool = False
    """It walked out to another bridge and the customer waits for it: a `*2` consultation."""
    held: bool = False
    stopped_s: float | None = None
    """When it stopped ringing, if it is not told yet, because what the caller does next decides why."""

    @property
    def reported(self) -> bool:
        return self.ringing or self.picked_up


@dataclass(slots=True, eq=False)
class Side:
    """A consultation: the side call of `by` while the customer waits."""

    by: DeviceId
    started_s: float
    feature: bool
    """Begun by a feature code or Atxfer, so an attended transfer from the first press."""
    index: int = 0
    """Its number in the call once it was reported."""
    to: str | None = None
    originated: bool = False
    delivered: bool = False
    established: bool = False
    cleared: bool = False
    to_service: bool = False
    """It went to a queue, which `to` names."""
    outcome_hint: Outcome | None = None
    pressed_s: float = 0.0
    """Of a feature code: when it was pressed."""
    tried: bool = False
    """Somebody was called."""
    walked: bool = False
    """`by` has left the customer for it."""
    back_s: float | None = None
    """Since when `by` is with the other side while the consulted one is still there: it alternates, or is back."""
    held: bool = False
    """The consulted one waits."""
    with_s: float | None = None
    """Since when the consulted party has the customer."""
    confirmed: bool = False
    """Asterisk said that the transfer was made."""
    left_s: float | None = None
    transfer: OpenTransfer | None = None
    """The attended transfer that it is, told from the first press on; None of a phone's own side call."""


@dataclass(slots=True, eq=False)
class OpenTransfer:
    """A transfer whose end is not known yet."""

    kind: TransferKind
    by: DeviceId | None
    to: str | None
    at_s: float
    index: int | None = None
    """Its number in the call once it was reported."""
    extension: str = ""
    exact: bool = False
    """Only `to` itself completes it (a forward)."""
    gone_on: bool = False
    """`to` has sent it on to somebody else."""
    service: bool = False
    """`to` is no phone: a queue, an IVR; getting there completes it."""
    transferee: Channel | None = None
    out_of: Bridge | None = None
    """Where the transferee was when it was sent on; None if it had left already."""


@dataclass(slots=True, eq=False)
class TrackedCall:
    """One call."""

    call_id: CallId
    conversation_id: ConversationId
    pbx: PbxId
    root: Channel
    started_s: float
    direction: Direction
    caller: Party
    called: Party
    events: list[PbxEvent]
    """Where its events go: the translator's list of the message at hand."""
    channels: dict[str, Channel] = field(default_factory=dict)
    originated: bool = False
    first_id: str = ""
    """The PBX's own id of it, if its first channel bears another call's."""
    program: bool = False
    called_told: bool = False
    """The program said what it calls; where the dialplan goes on from there is not what was dialled."""
    ended: bool = False
    parts: dict[DeviceId, Part] = field(default_factory=dict)
    pickers: set[str] = field(default_factory=set)
    """The channels that picked it up."""
    former: set[DeviceId] = field(default_factory=set)
    """Devices of which a snapshot told only that they had been in it."""
    sides: list[Side] = field(default_factory=list)
    sides_numbered: int = 0
    transfers_numbered: int = 0
    open_transfers: list[OpenTransfer] = field(default_factory=list)
    pending: OpenTransfer | None = None
    """Begun, but what kind it is (blind, park, redirect) the next event tells."""
    transferred_by: DeviceId | None = None
    """Who transferred it last and has not come back since."""
    caller_device: DeviceId | None = None
    customer_since: bool = False
    """An outsider has been in the call; it ends when the last one leaves."""
    serviced: bool = False
    far_ringing: bool = False
    far_answered: bool = False
    answered_by: DeviceId | None = None
    """The device that picked up last."""
    answered_s: float = 0.0
    shutting_down: bool = False
    hung_up: str | None = None
    """Who hung up first, as long as nothing happened after it."""
    hung_up_s: float = 0.0
    customer_held: bool = False
    crowd_since_s: float | None = None
    conference: bool = False
    pbx_ids: set[str] = field(default_factory=set)
    recordings: list[str] = field(default_factory=list)
    """Files that were being written when a former run ended; nothing says any more which channel's they are."""
    bridges: set[str] = field(default_factory=set)
    """The bridges it has been in, as long as no snapshot has told who else is there."""
    in_queue: bool = False
    queue_name: str | None = None
    data: dict[str, str] = field(default_factory=dict)
    """What the dialplan said of it, by key, as it said it last."""
    queued_s: float = 0.0
    catching_up: bool = False
    """What shows now was found so in a snapshot; when it came about is not known."""
    unseen: bool = False
    """Part of a call that began before we listened: never reported."""
    gap: tuple[float, float] | None = None
    answer_unknown: bool = False
    """In that gap somebody may have answered who is no longer there."""
    due_s: float | None = None
    """When time alone has to decide something."""

    # -- the reports ----------------------------------------------------------------------------------------------

    def originate(self) -> None:
        """Report that the call began, once."""
        if self.originated or self.unseen:
            return
        self.originated = True
        first_id = self.first_id or self.root.linkedid
        self.pbx_ids.add(first_id)
        self.events.append(
            Originated(
                self.call_id,
                moment(self.started_s),
                self.conversation_id,
                self.pbx,
                first_id,
                self.direction,
                self.caller,
                self.called,
            )
        )
        if self.gap is not None:
            since, until = moment(self.gap[0]), moment(self.gap[1])
            self.events.append(GapNoted(self.call_id, until, since, until, self.answer_unknown))
        for key, value in self.data.items():
            self.events.append(CallDataSet(self.call_id, moment(self.started_s), key, value))

    def set_data(self, at_s: float, key: str, value: str) -> None:
        """The dialplan said something of the call. What a new channel inherits is said again, and is nothing new."""
        if self.data.get(key) == value:
            return
        self.data[key] = value
        if self.originated and not self.ended:
            self.events.append(CallDataSet(self.call_id, moment(at_s), key, value))

    def inform(
        self,
        at_s: float,
        *,
        direction: Direction | None = None,
        caller: Party | None = None,
        called: Party | None = None,
        pbx_id: str | None = None,
        conversation_id: ConversationId | None = None,
    ) -> None:
        """Report better knowledge of the whole call; nothing if it is not better."""
        if direction is self.direction:
            direction = None
        if caller == self.caller:
            caller = None
        if called == self.called:
            called = None
        if pbx_id in self.pbx_ids:
            pbx_id = None
        if conversation_id == self.conversation_id:
            conversation_id = None
        self.direction = direction or self.direction
        self.caller = caller or self.caller
        self.called = called or self.called
        self.conversation_id = conversation_id or self.conversation_id
        if pbx_id is not None:
            self.pbx_ids.add(pbx_id)
        if self.originated and (direction or caller or called or pbx_id or conversation_id):
            at = moment(at_s)
            self.events.append(CallInformation(self.call_id, at, direction, caller, called, pbx_id, conversation_id))

    def queue(self, at_s: float, name: str) -> None:
        self.events.append(Queued(self.call_id, moment(at_s), name))

    def reach_service(self, at_s: float) -> None:
        """Report that the PBX itself answered, once."""
        if not self.serviced:
            self.serviced = True
            self.originate()
            self.events.append(ServiceReached(self.call_id, moment(at_s)))

    def deliver(self, at_s: float, device: DeviceId | None, *, since_known: bool = True) -> None:
        by = self._handed_on_by(device) if device else None
        self.events.append(Delivered(self.call_id, moment(at_s), device, by, since_known))

    def _handed_on_by(self, device: DeviceId | None) -> DeviceId | None:
        for transfer in reversed(self.open_transfers):
            if transfer.by != device:
                return transfer.by
        return None

    def establish(
        self, at_s: float, device: DeviceId | None, number: str | None = None, *, since_known: bool = True
    ) -> None:
        self.hung_up = None
        self.events.append(Established(self.call_id, moment(at_s), device, number, since_known))

    def clear_connection(
        self, at_s: float, device: DeviceId | None, outcome: Outcome, cause: Cause | None = None
    ) -> None:
        self.events.append(ConnectionCleared(self.call_id, moment(at_s), device, outcome, cause))

    def hold(self, at_s: float, by: str) -> None:
        self.events.append(Held(self.call_id, moment(at_s), by))

    def retrieve(self, at_s: float, by: str) -> None:
        self.events.append(Retrieved(self.call_id, moment(at_s), by))

    def conferenced(self, at_s: float) -> None:
        if not self.conference:
            self.conference = True
            self.events.append(Conferenced(self.call_id, moment(at_s)))

    def was_in(self, at_s: float, device: DeviceId) -> None:
        """Report, once, that a device has talked in the call and left it, nobody knows when."""
        if device not in self.former:
            self.former.add(device)
            self.originate()
            self.establish(at_s, device, since_known=False)
            self.clear_connection(at_s, device, Outcome.ANSWERED)

    def transfer_begins(self, transfer: OpenTransfer) -> None:
        """Report that a transfer began; it stays open until `transfer_ends`."""
        self.announce(transfer)
        self.open_transfers.append(transfer)
        self.transferred_by = transfer.by

    def announce(self, transfer: OpenTransfer) -> None:
        """Report, once, that somebody began a transfer; whether the customer ever goes anywhere is open."""
        if transfer.index is not None:
            return
        self.originate()
        transfer.index = self.transfers_numbered
        self.transfers_numbered += 1
        self.events.append(
            Transferring(self.call_id, moment(transfer.at_s), transfer.index, transfer.kind, transfer.by, transfer.to)
        )

    def transfer_ends(
        self, at_s: float, transfer: OpenTransfer, *, to: str | None, completed: bool, withdrawn: bool = False
    ) -> None:
        if transfer in self.open_transfers:
            self.open_transfers.remove(transfer)
        if transfer.index is not None:
            self.events.append(Transferred(self.call_id, moment(at_s), transfer.index, to, completed, withdrawn))

    def consult(
        self,
        at_s: float,
        side: Side,
        phase: ConsultationPhase,
        outcome: Outcome | None = None,
        *,
        since_known: bool = True,
    ) -> None:
        if phase is not ConsultationPhase.ORIGINATED and not side.originated:
            self.consult(side.started_s, side, ConsultationPhase.ORIGINATED)
        if phase is ConsultationPhase.ORIGINATED:
            self.originate()
            side.originated = True
            side.index = self.sides_numbered
            self.sides_numbered += 1
        self.events.append(
            Consultation(self.call_id, moment(at_s), side.index, phase, side.by, side.to, outcome, since_known)
        )

    def absorbed(self, at_s: float, into: CallId) -> None:
        if self.originated:
            self.events.append(Absorbed(self.call_id, moment(at_s), into))
        self.ended = True

    def end(self, at_s: float, ended_by: str | None) -> None:
        self.ended = True
        self.events.append(CallCleared(self.call_id, moment(at_s), ended_by))

    # -- the channels ---------------------------------------------------------------------------------------------

    def add(self, channel: Channel, side: Side | None = None) -> None:
        channel.call = self
        channel.side = side
        self.channels[channel.uid] = channel

    def new_side(self, by: DeviceId, started_s: float, *, feature: bool) -> Side:
        side = Side(by, started_s, feature)
        self.sides.append(side)
        return side

    def part(self, device: DeviceId) -> Part:
        found = self.parts.get(device)
        if found is None:
            found = self.parts[device] = Part(device)
        return found

    def mains(self) -> list[Channel]:
        """Its people's channels that live and are not in a consultation."""
        return [c for c in self.channels.values() if c.side is None and c.gone_s is None and not c.departed and c.real]

    def legs(self, device: DeviceId) -> list[Channel]:
        """The device's own living channels in the call itself."""
        return [c for c in self.channels.values() if c.device == device and c.side is None and c.alive and c.real]

    def outsiders(self) -> list[Channel]:
        """The customers' living channels in the call itself."""
        return [c for c in self.mains() if c.device is None]

    def remind(self, at_s: float) -> None:
        """Have `derive` look again at `at_s`, even if nothing happens."""
        if self.due_s is None or at_s < self.due_s:
            self.due_s = at_s
