"""What becomes of a hand-over, by what the PBX reports: an explicit state machine. Pure.

Whatever order events come in, it ends: taken, returned to the sender, abandoned by the customer, or cancelled by the
sender; and what has ended never changes any more. The end of the call ends every open hand-over of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ringcard.calls.causes import CALLED, CALLER, ConsultationPhase, Outcome, TransferKind
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    ConnectionCleared,
    Consultation,
    Delivered,
    Established,
    Queued,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import DeviceId
from ringcard.desk.control.requests import Reason
from ringcard.desk.control.settling import reason_of
from ringcard.desk.handover.packet import Handover, HandoverOutcome

HANDED_ON = (TransferKind.BLIND, TransferKind.ATTENDED, TransferKind.REDIRECT)
"""The kinds of transfer that hand a customer on; a pick-up, a park and a phone's own forward are none."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A hand-over, and what was seen that may explain how it ends.

    `asks`: a consultation comes before it. `began`: the PBX reported the transfer itself.
    """

    handover: Handover
    asks: bool
    began: bool = False
    hint: Reason | None = None
    talked: bool = False
    forwarders: frozenset[str] = frozenset()
    """The devices that have sent the call on by themselves."""

    @property
    def open(self) -> bool:
        return self.handover.outcome.open


def follow(progress: Progress, events: Sequence[CallEvent]) -> Progress:
    """After the events of one message about its call, in order."""
    for place, event in enumerate(events):
        if not progress.open:
            return progress
        progress = _step(progress, event, events[place + 1 :])
    return progress


def _step(progress: Progress, event: CallEvent, rest: Sequence[CallEvent]) -> Progress:
    by = progress.handover.sender.device
    match event:
        case Consultation() if event.by == by:
            return _consulted(progress, event, rest)
        case Transferring() if event.by == by and event.kind in HANDED_ON:
            return replace(progress, began=True)
        case Transferring(kind=TransferKind.FORWARD, by=str(forwarder)):
            forwarders = progress.forwarders | {forwarder}
            hint = Reason.FORWARDING_CIRCLE if event.to in forwarders else progress.hint
            return replace(progress, forwarders=forwarders, hint=hint)
        case Queued():
            receiver = replace(progress.handover.receiver, queue=progress.handover.receiver.queue or event.queue)
            return replace(progress, handover=replace(progress.handover, receiver=receiver))
        case Delivered(device=str(device)) if device == by:
            return _back(progress, event.at) if _sent(progress) else progress
        case Delivered(device=str(device)):
            return _rings(progress, device, event.at) if _sent(progress) else progress
        case Established(device=str(device)) if device == by:
            return _back(progress, event.at) if _sent(progress) else progress
        case Established():
            return _taken(progress, event.at, event.device) if _sent(progress) else progress
        case ConnectionCleared(device=str(device)) if device != by:
            return replace(progress, hint=reason_of(event.outcome, event.cause) or progress.hint)
        case Transferred():
            return _transferred(progress, event)
        case CallCleared():
            return _over(progress, event)
        case _:
            return progress


def _sent(progress: Progress) -> bool:
    """Whether the customer is on the way: of one that is asked for first not before the transfer itself."""
    return progress.began or not progress.asks


def _consulted(progress: Progress, event: Consultation, rest: Sequence[CallEvent]) -> Progress:
    to = DeviceId(event.to) if event.to is not None and not event.to.startswith("+") else None
    match event.phase:
        case ConsultationPhase.ORIGINATED | ConsultationPhase.HELD | ConsultationPhase.RETRIEVED:
            return progress
        case ConsultationPhase.DELIVERED:
            return _rings(progress, to, event.at)
        case ConsultationPhase.ESTABLISHED:
            return replace(_rings(progress, to, event.at), talked=True)
        case ConsultationPhase.CLEARED:
            hint = reason_of(event.outcome or Outcome.CANCELLED) or progress.hint
            progress = replace(progress, hint=hint)
            if progress.began or any(_begins(each, event.by) for each in rest):
                return progress  # the transfer says itself what became of it
            return _not_sent(progress, event.at, event.outcome)


def _begins(event: CallEvent, by: DeviceId) -> bool:
    return isinstance(event, Transferring | Transferred) and (isinstance(event, Transferred) or event.by == by)


def _not_sent(progress: Progress, at: datetime, outcome: Outcome | None) -> Progress:
    """The consultation is over, and the sender has the customer."""
    if progress.talked or outcome in (Outcome.ANSWERED, Outcome.CANCELLED, None):
        return _ended(progress, HandoverOutcome.CANCELLED, at, None)
    return _ended(progress, HandoverOutcome.RETURNED, at, progress.hint or Reason.NO_ANSWER)


def _transferred(progress: Progress, event: Transferred) -> Progress:
    if event.withdrawn:  # they were joined into a conference: the colleague is with the customer
        return _taken(progress, event.at, None) if progress.asks else progress
    if not event.completed:
        if progress.talked:
            return _ended(progress, HandoverOutcome.CANCELLED, event.at, None)
        return _back(progress, event.at)
    receiver = progress.handover.receiver
    if receiver.queue is not None or (receiver.device is None and event.to is not None and not _is_party(event.to)):
        # It waits in the queue; whose phone rings for it, and who answers, is still to come.
        queue = receiver.queue or event.to
        handover = replace(progress.handover, receiver=replace(receiver, queue=queue))
        return replace(progress, began=True, handover=handover)
    return _taken(progress, event.at, None)


def _is_party(to: str) -> bool:
    """A device or a number, and not a queue or an IVR by its name."""
    return to.startswith("+") or to.isdigit()


def _rings(progress: Progress, device: DeviceId | None, at: datetime) -> Progress:
    handover = progress.handover
    receiver = handover.receiver
    if device is not None and receiver.device is None and receiver.queue is None and receiver.number is None:
        receiver = replace(receiver, device=device)
    if handover.outcome is HandoverOutcome.RINGING:
        return replace(progress, handover=replace(handover, receiver=receiver))
    changed = replace(handover, outcome=HandoverOutcome.RINGING, outcome_at=max(at, handover.at), receiver=receiver)
    return replace(progress, handover=changed)


def _taken(progress: Progress, at: datetime, device: DeviceId | None) -> Progress:
    if device is not None:
        receiver = replace(progress.handover.receiver, device=device)
        progress = replace(progress, handover=replace(progress.handover, receiver=receiver))
    return _ended(progress, HandoverOutcome.TAKEN, at, None)


def _back(progress: Progress, at: datetime) -> Progress:
    return _ended(progress, HandoverOutcome.RETURNED, at, progress.hint or Reason.NO_ANSWER)


def _over(progress: Progress, event: CallCleared) -> Progress:
    why = Reason.HUNG_UP if event.ended_by in (CALLER, CALLED) else progress.hint or Reason.HUNG_UP
    return _ended(progress, HandoverOutcome.ABANDONED, event.at, why)


def _ended(progress: Progress, outcome: HandoverOutcome, at: datetime, why: Reason | None) -> Progress:
    if not progress.open:
        return progress
    at = max(at, progress.handover.at)
    return replace(progress, handover=replace(progress.handover, outcome=outcome, outcome_at=at, why=why))
