"""All hand-overs of conversations that go on or were a while ago: made here or seen at a phone, followed, kept, told.

`hear` runs on the event loop before the desk derives its pops, so a packet stands on the receiver's pop from its first
frame; writing to the database goes on beside. Only `make` waits for the database: the packet is kept before the PBX is
asked to hand over.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ringcard.calls.causes import ConsultationPhase
from ringcard.calls.events import (
    Absorbed,
    CallEvent,
    CallInformation,
    Consultation,
    Delivered,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, is_rehearsed
from ringcard.desk.control.errors import NoSuchHandover
from ringcard.desk.control.requests import Reason
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.handover.packet import Handover, HandoverKind, HandoverOutcome, Receiver, Sender
from ringcard.desk.handover.progress import HANDED_ON, Progress, follow
from ringcard.desk.pop import Colleague
from ringcard.desk.ports import HandlingScreens, Staff
from ringcard.desk.unwritten import Unwritten
from ringcard.storage.schema import new_id

KEPT = timedelta(days=2)
MOST_CONVERSATIONS = 20_000
TOLD_LATE = timedelta(seconds=3)

ConversationOf = Callable[[CallId], ConversationId | None]
NoteAt = Callable[[ConversationId, DeviceId], str]
"""What those who sit at a device are typing about a conversation."""


def _just_taken(handover: Handover, by: DeviceId, at: datetime) -> bool:
    taken_at = handover.outcome_at if handover.outcome is HandoverOutcome.TAKEN else None
    return handover.sender.device == by and taken_at is not None and at - taken_at < TOLD_LATE


class Handovers:
    """By conversation, oldest first."""

    def __init__(
        self,
        memory: ConversationMemory,
        staff: Staff,
        conversation_of: ConversationOf,
        note_at: NoteAt,
        clock: Callable[[], datetime],
    ) -> None:
        self._memory = memory
        self._staff = staff
        self._conversation_of = conversation_of
        self._note_at = note_at
        self._clock = clock
        self._chains: OrderedDict[ConversationId, list[Progress]] = OrderedDict()
        self.screens: HandlingScreens | None = None
        self.unwritten: Unwritten[str, Handover] = Unwritten("handovers", self._write)

    async def load(self) -> None:
        """Those of the last days. Raises `StorageError`."""
        for handover in await self._memory.handovers_since(self._clock() - KEPT):
            progress = Progress(handover, asks=handover.kind is HandoverKind.ATTENDED)
            self._chains.setdefault(handover.conversation_id, []).append(progress)

    def of(self, conversation_id: ConversationId) -> tuple[Handover, ...]:
        """The chain of who had it."""
        return tuple(progress.handover for progress in self._chains.get(conversation_id, ()))

    def one(self, call_id: CallId, handover_id: str) -> Handover:
        """Raises `NoSuchHandover`."""
        for chain in self._chains.values():
            for progress in chain:
                if progress.handover.handover_id == handover_id and progress.handover.call_id == call_id:
                    return progress.handover
        raise NoSuchHandover("there is no such hand-over of this call")

    async def make(
        self,
        call_id: CallId,
        conversation_id: ConversationId,
        kind: HandoverKind,
        sender: Sender,
        receiver: Receiver,
        note: str,
        reason: str | None,
    ) -> Handover:
        """A new one, kept before anything is asked of the PBX. Raises `StorageError`."""
        now = self._clock()
        handover = Handover(new_id(now), call_id, conversation_id, kind, sender, receiver, note, reason, now)
        await self._memory.keep_handovers([handover])
        self._add(Progress(handover, asks=kind is HandoverKind.ATTENDED))
        self._tell(handover)
        return handover

    def refused(self, handover_id: str) -> None:
        """The PBX did not take it: the customer stays where they are."""
        self._end(handover_id, HandoverOutcome.RETURNED, Reason.REFUSED)

    def taken_back(self, call_id: CallId, device: DeviceId) -> None:
        """The sender ended the consultation at the screen: whatever the PBX tells of it, this is why."""
        for progress in self._open(call_id):
            if progress.handover.sender.device == device and progress.asks:
                self._end(progress.handover.handover_id, HandoverOutcome.CANCELLED, None)

    def read(self, handover_id: str, call_id: CallId, employee_id: str) -> Handover:
        """Somebody who gets it has read it. Raises `NoSuchHandover` if it is not for them."""
        handover = self.one(call_id, handover_id)
        if handover.sender.employee_id == employee_id or employee_id not in self.receivers(handover):
            raise NoSuchHandover("this hand-over is not for you")
        return self._read(handover)

    def shown(self, conversation_id: ConversationId, device: DeviceId) -> None:
        """The pop of this conversation was painted at a browser of somebody at the device."""
        for handover in self.of(conversation_id):
            if handover.outcome.open and handover.sender.device != device:
                self._read(handover)

    def _read(self, handover: Handover) -> Handover:
        if handover.read_at is not None:
            return handover
        changed = replace(handover, read_at=self._clock())
        self._put(changed)
        return changed

    def receivers(self, handover: Handover) -> frozenset[str]:
        """The ids of those who get it, as far as it is known who."""
        receiver = handover.receiver
        ids = set() if receiver.device is None else {each.employee_id for each in self._at_device(receiver.device)}
        return frozenset(ids if receiver.employee_id is None else ids | {receiver.employee_id})

    def typed(self, conversation_id: ConversationId, employee_id: str, text: str) -> None:
        """The sender goes on typing while it rings: of one made at the phone that is the note."""
        for progress in self._chains.get(conversation_id, ()):
            handover = progress.handover
            if handover.outcome.open and handover.kind is HandoverKind.PHONE:
                at = {each.employee_id for each in self._staff.employees_at(handover.sender.device)}
                if employee_id in at and handover.note != text:
                    self._put(replace(handover, note=text))

    # What the PBX reports

    def hear(self, events: Sequence[CallEvent]) -> frozenset[ConversationId]:
        """Events of one message, in order. Returns the conversations whose hand-overs changed."""
        by_call: defaultdict[CallId, list[CallEvent]] = defaultdict(list)
        changed: set[ConversationId] = set()
        for event in events:
            by_call[event.call_id].append(event)
            match event:
                case Absorbed():
                    changed |= self._absorbed(event)
                case CallInformation(conversation_id=str(joined)):
                    changed |= self._joined(event.call_id, ConversationId(joined))
        for call_id, own in by_call.items():
            if not is_rehearsed(call_id):
                changed |= self._follow(call_id, own)
        return frozenset(changed)

    def _follow(self, call_id: CallId, events: Sequence[CallEvent]) -> set[ConversationId]:
        changed: set[ConversationId] = set()
        for event in events:
            seen = self._seen(call_id, event)
            if seen is not None:
                changed.add(seen.conversation_id)
        for progress in self._open(call_id):
            after = follow(progress, events)
            if after == progress:
                continue
            after = replace(after, handover=self._named(after.handover))
            self._replace(progress, after)
            if after.handover != progress.handover:
                changed.add(after.handover.conversation_id)
                self._tell(after.handover)
                self.unwritten.put(after.handover.handover_id, after.handover)
        return changed

    def _seen(self, call_id: CallId, event: CallEvent) -> Handover | None:
        """One that is made at a phone: the first event that tells of it makes it."""
        asks = False
        match event:
            case Transferring(by=str(by)) if event.kind in HANDED_ON:
                to = event.to
            case Delivered(transferred_by=str(by)):
                to = event.device
            case Consultation(phase=ConsultationPhase.ORIGINATED | ConsultationPhase.DELIVERED):
                by, to, asks = event.by, event.to, True
            case _:
                return None
        if any(each.handover.sender.device == by for each in self._open(call_id)) or to == by:
            return None
        chain = self._chains.get(self._conversation_of(call_id) or ConversationId(""), ())
        if isinstance(event, Delivered) and any(
            each.handover.sender.device == by and each.handover.call_id == call_id for each in chain
        ):
            return None  # it is over, and rings the next phone of a group
        if any(_just_taken(each.handover, DeviceId(by), event.at) for each in chain):
            return None  # the PBX says of the transfer only after it was answered
        conversation_id = self._conversation_of(call_id)
        if conversation_id is None:
            return None
        handover = Handover(
            new_id(event.at),
            call_id,
            conversation_id,
            HandoverKind.PHONE,
            self.sender_at(DeviceId(by)),
            self._receiver(to),
            self._note_at(conversation_id, DeviceId(by)),
            None,
            event.at,
        )
        self._add(Progress(handover, asks=asks))
        self.unwritten.put(handover.handover_id, handover)
        self._tell(handover)
        return handover

    def _at_device(self, device: DeviceId) -> Sequence[Colleague]:
        return self._staff.employees_at(device)

    def sender_at(self, device: DeviceId) -> Sender:
        """Whoever sits there, the one it is named after first."""
        colleague = next(iter(self._staff.employees_at(device)), None)
        return Sender(colleague.employee_id if colleague else None, colleague.name if colleague else device, device)

    def _receiver(self, to: str | None) -> Receiver:
        if to is None:
            return Receiver()
        if to.startswith("+"):
            return Receiver(name=to, number=to)
        if not self._staff.employees_at(DeviceId(to)) and not to.isdigit():
            return Receiver(name=to, queue=to)
        return self._at(Receiver(name=to, device=DeviceId(to)))

    def _named(self, handover: Handover) -> Handover:
        return replace(handover, receiver=self._at(handover.receiver))

    def _at(self, receiver: Receiver) -> Receiver:
        """With who sits at the device."""
        if receiver.device is None:
            return receiver
        people = self._staff.employees_at(receiver.device)
        if not people or receiver.employee_id in {each.employee_id for each in people}:
            return receiver if receiver.name else replace(receiver, name=receiver.device)
        return replace(receiver, employee_id=people[0].employee_id, name=people[0].name)

    def _absorbed(self, event: Absorbed) -> set[ConversationId]:
        into = self._conversation_of(event.into)
        moved = set()
        for progress in self._all():
            if progress.handover.call_id == event.call_id:
                conversation_id = into or progress.handover.conversation_id
                moved.add(conversation_id)
                self._move(progress, replace(progress.handover, call_id=event.into, conversation_id=conversation_id))
        return moved

    def _joined(self, call_id: CallId, conversation_id: ConversationId) -> set[ConversationId]:
        moved = set()
        for progress in self._all():
            if progress.handover.call_id == call_id and progress.handover.conversation_id != conversation_id:
                moved.add(conversation_id)
                self._move(progress, replace(progress.handover, conversation_id=conversation_id))
        return moved

    def forget(self, conversations: Collection[ConversationId]) -> None:
        """Somebody is erased, whose conversations these were."""
        for conversation_id in conversations:
            for progress in self._chains.pop(conversation_id, ()):
                self.unwritten.drop(progress.handover.handover_id)

    # State

    def _all(self) -> list[Progress]:
        return [progress for chain in self._chains.values() for progress in chain]

    def _open(self, call_id: CallId) -> list[Progress]:
        conversation_id = self._conversation_of(call_id)
        chain = self._chains.get(conversation_id, ()) if conversation_id is not None else ()
        return [each for each in chain if each.open and each.handover.call_id == call_id]

    def _add(self, progress: Progress) -> None:
        self._chains.setdefault(progress.handover.conversation_id, []).append(progress)
        while len(self._chains) > MOST_CONVERSATIONS:
            self._chains.popitem(last=False)

    def _replace(self, before: Progress, after: Progress) -> None:
        chain = self._chains[before.handover.conversation_id]
        chain[chain.index(before)] = after

    def _move(self, progress: Progress, handover: Handover) -> None:
        self._chains[progress.handover.conversation_id].remove(progress)
        self._add(replace(progress, handover=handover))
        self._chains[handover.conversation_id].sort(key=lambda each: (each.handover.at, each.handover.handover_id))
        self.unwritten.put(handover.handover_id, handover)

    def _put(self, handover: Handover) -> None:
        progress = next(each for each in self._all() if each.handover.handover_id == handover.handover_id)
        self._replace(progress, replace(progress, handover=handover))
        self.unwritten.put(handover.handover_id, handover)
        self._tell(handover)

    def _end(self, handover_id: str, outcome: HandoverOutcome, why: Reason | None) -> None:
        for progress in self._all():
            if progress.handover.handover_id == handover_id and progress.open:
                self._put(replace(progress.handover, outcome=outcome, outcome_at=self._clock(), why=why))

    def _tell(self, handover: Handover) -> None:
        if self.screens is not None:
            senders = {each.employee_id for each in self._staff.employees_at(handover.sender.device)}
            if handover.sender.employee_id is not None:
                senders.add(handover.sender.employee_id)
            self.screens.show_handover(handover, senders | self.receivers(handover))

    async def _write(self, kept: Mapping[str, Handover]) -> None:
        await self._memory.keep_handovers(list(kept.values()))
