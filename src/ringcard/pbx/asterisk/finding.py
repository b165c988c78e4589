"""Calls that a snapshot shows and nobody told us of: who is in them, who was, who asks whom.

Nothing is guessed: what a channel does not tell is left unknown (docs/explanation/how-a-call-is-followed.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import Direction, TransferKind
from ringcard.calls.events import Party
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.consulting import try_side
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.dialling import recall_of
from ringcard.pbx.asterisk.facilities import tell_status
from ringcard.pbx.asterisk.listed import Listed, Snapshot
from ringcard.pbx.asterisk.mirror import RINGING, Channel, hears
from ringcard.pbx.asterisk.places import WAIT
from ringcard.pbx.asterisk.tracked import OpenTransfer, Side, TrackedCall

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Translator


def assemble(
    translator: Translator, linkedid: str, members: list[tuple[Listed, Channel]], at_s: float
) -> TrackedCall | None:
    """The channels of one linked id: part of a call we hold, or one we never saw. Returns only the latter."""
    for call in translator.calls.values():
        theirs = {c.linkedid for c in call.channels.values()} | call.pbx_ids | {call.root.linkedid}
        if members[0][1].uid == linkedid != members[0][1].linkedid:
            theirs = call.pbx_ids
        if linkedid in theirs and (not call.ended or any(not side.cleared for side in call.sides)):
            for _, channel in members:
                call.add(channel, call.sides[-1] if call.ended else None)
            return None
    members.sort(key=lambda member: (member[1].uid != linkedid, -member[0].age_s))
    for _, channel in members:
        _tell_dialled(translator, channel)
    started_s = at_s - max(listed.age_s for listed, _ in members)
    people = [channel for _, channel in members if channel.real]
    outsiders = [channel for channel in people if channel.kind is Kind.OUTSIDER]
    incoming = next((channel for channel in outsiders if not channel.dialled), None)
    first = members[0][1]
    root = incoming or next((c for c in people if c.device is not None and not c.dialled), None)
    root = root or (people[0] if people and not first.root else first)
    call = translator.open(root, started_s)
    call.first_id = linkedid
    # Only what was answered is up. If a phone rings for it now, a menu answered it, or somebody who has sent it on.
    waits = (
        root.up and root.real and not root.dialled and not any(c.real and c is not root and c.up for c in hears(root))
    )
    queued = any(listed.application == "Queue" for listed, channel in members if channel is root)
    call.answer_unknown = waits and not queued and any(c.state == RINGING and c.dialled for c in people)
    since = translator.gap[0] if translator.gap is not None else started_s
    call.gap = (min(max(since, started_s), at_s), at_s)
    for _, channel in members:
        call.add(channel)
    status = translator.statuses.get(root.uid)
    if status is not None and not root.dialled:
        call.called = translator.dialled(status.dialled)
        if root.device is not None:
            call.direction = translator.outward(call.called)
        elif status.number not in ("", root.number):
            call.caller = translator.party(status.number, "")
            root.number = status.number
            root.e164 = translator.plan.parse(status.number)
        tell_status(translator, call, status, at_s)
    elif incoming is not None and call.called.number is None:
        call.called = Party()  # a menu or a transfer has changed the extension
    if incoming is not None:
        pass
    elif root.real and not root.root:
        # Whoever began it has left. Who that was, and in a call of our own what was dialled, is not told any more.
        call.caller, call.caller_device = Party(), None
        call.called = translator.party(outsiders[0].number, "") if outsiders else Party()
        call.direction = Direction.OUTBOUND if outsiders else Direction.INTERNAL
        call.customer_since = any(channel.up for channel in outsiders)
    elif root.device is None:
        _made_by_program(translator, call, people)
    elif root.dialled:
        call.program = root.program = True
        if root.state == RINGING or (call.called.number is not None and not outsiders):
            call.called = Party()  # not told yet, or no longer: the dialplan has sent it on within the house
        call.direction = translator.outward(call.called)
    if incoming is None and outsiders and call.called.device is None:
        call.direction = Direction.OUTBOUND
    call.unseen = call.unseen or all(channel.kind is Kind.LOCAL for _, channel in members)
    return call


def _made_by_program(translator: Translator, call: TrackedCall, people: list[Channel]) -> None:
    """A program called a phone through a Local pair: the phone is the caller, and what the pair dials is called."""
    root = call.root
    second = root.other_half
    own = [c for c in people if c.device is not None and (not root.up or (second is not None and second in hears(c)))]
    if own:
        call.caller, call.caller_device = Party(None, own[0].device, own[0].device, None), own[0].device
    call.called = translator.dialled(root.exten) if root.up or root.real else Party()
    call.program = True
    call.customer_since = False
    outside = any(channel.device is None for channel in people)
    call.direction = Direction.OUTBOUND if outside else translator.outward(call.called)


def _tell_dialled(translator: Translator, channel: Channel) -> None:
    """A channel that runs the dialplan may have been dialled before: a transfer sent it on, or a program made it.

    Then it has dialled nothing itself; without its status only a linked id that is another's shows it.
    """
    if channel.dialled or not channel.real:
        return
    status = translator.statuses.get(channel.uid)
    if status is None:
        channel.dialled = not channel.root and channel.kind is Kind.OUTSIDER
    elif not status.dialled and (channel.device is not None or not channel.root):
        channel.dialled = True


def sent_on(translator: Translator, call: TrackedCall, at_s: float) -> None:
    """Somebody transferred the customer blind, and nobody has got it yet: that one was in the call."""
    for channel in call.channels.values():
        status = translator.statuses.get(channel.uid)
        by = translator.names.parse(status.sent_by).device if status is not None and status.sent_by else None
        if by is None or channel.side is not None or any(c.device is not None and c.real for c in hears(channel)):
            continue
        call.was_in(at_s, by)
        # Where it was sent is not told: a menu may have sent it on. So the transfer is followed, but not reported.
        call.open_transfers.append(OpenTransfer(TransferKind.BLIND, by, None, at_s, transferee=channel))
        call.transferred_by = by
        return


def consulting_line(translator: Translator, call: TrackedCall, at_s: float) -> None:
    """A phone that dialled while it has a customer on another line has to be holding that one: it consults."""
    device = call.root.device
    if device is None or call.program or call.root.dialled:
        return
    for other in tuple(translator.calls.values()):
        if other is call or other.ended or other.unseen:
            continue
        legs = other.legs(device)
        if legs and legs[0].created_s <= call.root.created_s:
            side = other.new_side(device, call.started_s, feature=False)
            side.tried = True
            side.to = call.called.device or call.called.number or call.called.presented
            _tell_side_queue(translator, side, call.root)
            translator.absorb(call, other, at_s, side)
            for channel in other.channels.values():
                if channel.side is side:
                    channel.joined_s = None
            return


def consulting_pair(translator: Translator, call: TrackedCall, snapshot: Snapshot, at_s: float) -> None:
    """`*2`: a Local pair that nobody dialled. Its outer half shows the number of who made it, and calls the target.

    Its inner half waits where its maker is, or was before going back to the customer. Where it is with the customer
    the transfer has been made.
    """
    for pair in [c for c in call.channels.values() if c.half == 1 and c.side is None and c.bridge is not None]:
        listed, second = snapshot.channels.get(pair.uid), pair.other_half
        if listed is None or listed.application or second is None or pair.witnessed or pair.bridge is None:
            continue
        makers = [leg for leg in call.mains() if leg.device and leg.up]
        shows = [leg for shown in (second.number, pair.connected_number) for leg in makers if leg.number == shown]
        maker = shows[0] if shows else None
        with_pair = [c for c in pair.bridge.members.values() if c not in (pair, maker)]
        customers = [c for c in call.mains() if c is not maker and c.up and c not in hears(pair)]
        if maker is None or maker.device is None or with_pair or not customers:
            continue
        side = _resumed(call, maker.device)
        if side is None:
            side = call.new_side(maker.device, second.created_s, feature=True)
            side.pressed_s, side.to = side.started_s, translator.destination(pair.exten)
        side.walked = True
        targets = [c for c in hears(pair) if c.real and c is not maker]
        targets += [c for c in call.mains() if c.state == RINGING and c.dialled]
        for channel in (pair, second, *targets):
            channel.side = side
        for target in targets:
            side.to = target.device or target.e164 or side.to
        _tell_side_queue(translator, side, second)
        try_side(call, side)
        part = call.part(maker.device)
        if not part.picked_up:
            call.originate()
            part.picked_up = True
            call.answered_by = maker.device
            call.establish(at_s, maker.device, since_known=False)
        part.met, part.away = True, maker.bridge is pair.bridge
        for waiting in customers:
            if waiting.device is not None and not call.part(waiting.device).picked_up:
                other = call.part(waiting.device)
                other.picked_up, other.met, other.met_in = True, True, waiting.bridge
                call.establish(at_s, waiting.device, since_known=False)


def _resumed(call: TrackedCall, device: DeviceId) -> Side | None:
    """A consultation by feature code that a former run left open."""
    return next((s for s in call.sides if s.by == device and s.feature and s.originated and not s.cleared), None)


def _tell_side_queue(translator: Translator, side: Side, caller: Channel) -> None:
    """Who is asked may be a queue; its agents are not whom the transfer goes to."""
    status = translator.statuses.get(caller.uid)
    if status is not None and status.application == "Queue":
        side.to, side.to_service = status.data.partition(",")[0], True


def joined(call: TrackedCall, at_s: float) -> None:
    """A customer who called and talks with another customer: somebody answered and joined them. Who, nothing tells."""
    root = call.root
    if call.direction is Direction.INBOUND and root.up and len(call.mains()) == 1:
        others = [c for c in hears(root) if c is not root and c.real]
        if others and all(c.device is None and c.call is not call for c in others):
            call.originate()
            call.establish(at_s, None, since_known=False)


def left_over(call: TrackedCall, at_s: float, *, told: bool) -> None:
    """A phone that was dialled and hears nobody, while the other side is in the call: it has just left it.

    `told`: that it was in the call is known from a former run.
    """
    for leg in call.mains():
        if leg.device is None or not leg.dialled or not leg.up or leg.witnessed or leg is call.root or leg.spent:
            continue
        if leg.exten.startswith(WAIT):
            continue  # it holds for a program
        others = [c for c in call.mains() if c.device != leg.device and c.up]
        alone = not any(c.real and c is not leg for c in hears(leg))
        if call.customer_since:
            others = [c for c in others if c.device is None]
        part = call.parts.get(leg.device)
        if alone and others and (part is None or part.ringing):
            leg.spent = True
            if not told:
                call.was_in(at_s, leg.device)
                call.transferred_by = leg.device


def recalled(translator: Translator, call: TrackedCall, at_s: float) -> None:
    """A phone rings for a call that the list does not show it in: it belongs there.

    So it is when the PBX calls back whoever made a transfer that failed, and when a consultation was handed over.
    """
    root = call.root
    if root.device is None or root.state != RINGING or not root.dialled:
        return
    into = recall_of(translator, root, root.connected_number) if call.program else None
    if into is None and (call.program or not root.root):
        into = next((other for other in translator.calls.values() if other is not call and _shown(other, call)), None)
    if into is not None:
        into.answer_unknown = True
        translator.absorb(call, into, at_s)
        for channel in into.channels.values():
            channel.joined_s = None if not channel.witnessed else channel.joined_s


def _shown(call: TrackedCall, ringing: TrackedCall) -> bool:
    """Whether a phone that rings for nobody shows somebody in the call, who hears nobody.

    If a program made it ring, that one has to wait in a bridge: it may also be called back from a queue.
    """
    return not call.ended and any(
        c.up and c.number == ringing.root.connected_number and (c.bridge is not None or not ringing.program)
        for c in call.mains()
        if not any(other.real and other is not c for other in hears(c))
    )
