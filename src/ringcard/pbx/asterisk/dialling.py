"""Who dials whom, and whether it is the call itself, a consultation, or a program that dials.

Source: Asterisk events DialBegin, DialEnd, OriginateResponse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import Direction, TransferKind
from ringcard.calls.events import Party
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk import messages
from ringcard.pbx.asterisk.consulting import try_side
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.ending import leg_gone
from ringcard.pbx.asterisk.handing import settle_transfer
from ringcard.pbx.asterisk.holding import settle_hold
from ringcard.pbx.asterisk.messages import ChannelFacts
from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.parting import redirected
from ringcard.pbx.asterisk.tracked import OpenTransfer, Side, TrackedCall

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator


def dial_begin(t: Translator, headers: dict[str, str], at_s: float) -> None:
    dial = messages.dial(headers)
    target = t.known(dial.target.uid) if dial else None
    if dial is None or target is None:
        return
    target.dialled = True
    call = target.call
    if dial.source is None:
        if call is not None and call.root is target:
            by_program(t, call, target, dial.target, at_s)
        t.touch(call)
        return
    source = t.known(dial.source.uid)
    if source is None:
        return
    t.mirror.refresh(source, dial.source)
    target.dialler = source
    source.dialled_exten = source.exten
    if target.device is None and target.kind is Kind.OUTSIDER:
        target.e164 = t.plan_of(target).parse(dial.target.number) or t.plan.parse_dialled(source.exten)
    owner = source.call
    if owner is None or owner.unseen:
        return
    former = target.call
    if former is not None and former is not owner and former.root is target:
        t.absorb(former, owner, at_s, source.side)  # taken for a call of its own, which would never end
    elif former is not owner:
        owner.add(target, source.side)
    place(t, owner, source, target, at_s)
    t.touch(target.call)


def place(t: Translator, call: TrackedCall, source: Channel, target: Channel, at_s: float) -> None:
    """Decide whether a dialled leg is the call's own or a consultation's, and what it says of the call."""
    call.events = t.events
    side = side_of(t, call, source, at_s)
    if side is not None:
        home = target.call if source.call is call else source.call
        call = source.call or call
        if home is not call:
            call.add(target, side)
        target.side = side
        if target.half and target.other_half is not None:
            target.other_half.side = side
        if not side.tried:
            side.to = target.device or target.e164 or side.to
            try_side(call, side)
        return
    if source.device is None and call.hung_up is not None and source.hangup_request_s is None:
        call.hung_up = None
    pending = call.pending
    sent = pending is not None and pending.kind is TransferKind.REDIRECT and pending.to is not None
    if pending is not None and pending.transferee in (source, None) and not sent:
        if pending.kind is TransferKind.REDIRECT:
            if source.exten != pending.extension:
                pending.to = t.destination(source.exten)
        elif pending.service and source.exten == pending.extension:
            pending.service = False  # a ring group: whoever answers has it
        settle_transfer(call)
        if pending.service:
            call.transfer_ends(at_s, pending, to=pending.to, completed=True)
    if call.program or not call.originated or call.direction is Direction.INTERNAL:
        learn(t, call, source, target, at_s)


def learn(t: Translator, call: TrackedCall, source: Channel, target: Channel, at_s: float) -> None:
    """Take what the dialling says of the whole call: what was dialled, and whether it goes out of the company."""
    called, direction = call.called, call.direction
    first = not call.originated
    if call.program and source is call.root.other_half and target.device is not None and call.caller.device is None:
        # The caller's phone is behind a Local pair; whom it calls is not known yet.
        call.inform(at_s, caller=Party(None, target.device, target.device, None), called=Party())
        called = call.called
    if (
        source is call.root
        and source.exten
        and not call.called_told
        and (first or (call.program and not call.far_answered))
    ):
        dialled = t.dialled(source.exten)
        if dialled.presented is not None and not call.open_transfers:
            called = dialled
            direction = t.outward(called)
    text = called.presented or ""
    if target.kind is Kind.OUTSIDER and source is call.root and t.names.device(text) is None:
        if called.device is not None and target.number and text.endswith(target.number):
            called = Party(None, text, None, called.name)  # a short number that is not ours: 112
        direction = Direction.OUTBOUND if called.device is None else direction
    if call.customer_since and not call.program:
        direction = call.direction
    if first:
        call.called, call.direction = called, direction
        call.originate()
    else:
        call.inform(at_s, called=called, direction=direction)


def side_of(t: Translator, call: TrackedCall, source: Channel, at_s: float) -> Side | None:
    """The consultation that a dialling channel belongs to; None if it dials for the call itself."""
    if source.side is not None:
        return source.side
    if source.half == 2 and source.other_half is not None:
        first = source.other_half
        if first.side is not None:
            source.side = first.side
            return first.side
        if first.dialler is not None:
            inherited = side_of(t, call, first.dialler, at_s)  # it goes where its dialler goes
            first.side = source.side = inherited
            return inherited
        return feature_side(t, call, first, source, at_s)
    if source.device is not None and source is call.root and not call.originated:
        return second_line(t, call, source, at_s)
    return None


def feature_side(t: Translator, call: TrackedCall, first: Channel, second: Channel, at_s: float) -> Side | None:
    """A Local pair that nobody dialled, in a call where somebody pressed `*2`: its consultation."""
    by: Channel | None = None
    for leg in call.mains():
        if leg.device is not None and leg.up and leg.feature_hold_s is not None:
            by = leg
    if by is None and first.bridge is not None:
        by = next((c for c in first.bridge.members.values() if c.call is call and c.device and c.up), None)
    if by is None and first.bridge is not None and first.connected_number:
        # Nobody told us of the press; but the pair stands in a bridge of its own and shows who will come to it.
        shown = first.connected_number
        by = next((leg for leg in call.mains() if leg.device and leg.up and leg.number == shown), None)
    if by is None or by.device is None or call.root is first:
        return None
    side = call.new_side(by.device, at_s, feature=True)
    side.pressed_s = by.feature_hold_s or at_s
    side.to = t.destination(second.exten or first.exten)
    by.feature_hold_s = None
    first.side = second.side = side
    return side


def shown_in_bridge(t: Translator, first: Channel, at_s: float) -> None:
    """A Local pair's first half has come into its bridge, and shows there whose it is: after it was dialled through.

    Asterisk 16 now and then tells of the dialling ahead of the bridge (tests/traces/attached).
    """
    call, second = first.call, first.other_half
    if first.half != 1 or first.dialler is not None or first.side is not None or call is None or second is None:
        return
    dialled = [channel for channel in call.channels.values() if channel.dialler is second and channel.side is None]
    if not dialled or call.program or call.ended or call.unseen:
        return
    call.events = t.events
    side = feature_side(t, call, first, second, at_s)
    if side is not None:
        for target in dialled:
            target.side = side
            side.to = target.device or target.e164 or side.to
        try_side(call, side)


def second_line(t: Translator, call: TrackedCall, root: Channel, at_s: float) -> Side | None:
    """A phone that holds a customer and dials on another line consults: its call becomes part of the customer's."""
    for held in t.calls.values():
        if held is call or (held.ended and not held.unseen):
            continue
        for leg in held.legs(root.device) if root.device else ():
            # Of one that a snapshot showed it is not known, but nobody talks on two lines at once.
            held_s = leg.held_s if leg.witnessed or leg.unheld_s is not None else leg.created_s
            if leg.up and not leg.spent and (held_s is not None or leg.feature_hold_s is not None):
                settle_hold(t, leg)
                if held.unseen:
                    t.unsee(call, at_s)
                    return None
                side = held.new_side(root.device or DeviceId(""), call.started_s, feature=False)
                side.to = t.destination(root.exten)
                t.absorb(call, held, at_s, side)
                return side
    return None


def late_consultation(t: Translator, call: TrackedCall, at_s: float) -> None:
    """A second line that got nowhere (an unreachable phone makes no channel) was a consultation too."""
    if call.root.device is not None and not call.program:
        side = second_line(t, call, call.root, at_s)
        if side is not None:
            side.tried = True


def by_program(t: Translator, call: TrackedCall, root: Channel, facts: ChannelFacts, at_s: float) -> None:
    """An Originate: the root was dialled by nobody's channel."""
    if call.program and call.originated:
        return
    call.program = root.program = root.dialled = True
    call.events = t.events
    recalled = recall_of(t, root, facts.connected_number)
    if recalled is not None:
        t.absorb(call, recalled, at_s)
        return
    if root.device is not None:
        call.customer_since = False
        call.caller = Party(None, root.device, root.device, None)
        if call.called.presented is None:
            shown = facts.connected_number or facts.number
            called = t.dialled(shown) if shown != root.device else Party()
            call.called = called
        call.direction = t.outward(call.called)
    elif root.kind is Kind.OUTSIDER:
        call.customer_since = False
        call.direction = Direction.OUTBOUND
        call.caller, call.called = Party(), t.party(facts.number or root.exten, "")
        root.e164 = call.called.number
    if root.kind is not Kind.LOCAL:
        call.originate()


def recall_of(t: Translator, root: Channel, number: str) -> TrackedCall | None:
    """The call that a failed transfer brings back to its transferer: Asterisk calls the phone anew, unlinked.

    `number` is the one that the phone shows.
    """
    if root.device is None or not number:
        return None
    for call in t.calls.values():
        waiting = [c for c in call.mains() if c.device != root.device and c.number == number]
        if waiting and not call.ended and call.transferred_by == root.device:
            return call
    return None


def dial_end(t: Translator, headers: dict[str, str], at_s: float) -> None:
    dial = messages.dial(headers)
    target = t.known(dial.target.uid) if dial else None
    if dial is None or target is None:
        return
    if dial.source is not None:
        source = t.mirror.channels.get(dial.source.uid)
        target.dialler = source or target.dialler
    if dial.status and dial.status != "ANSWER":
        target.dial_status = dial.status
    call = target.call
    if dial.status == "CANCEL" and not dial.forward and call is not None:
        _taken_away(call, target.dialler, at_s)
        target.withdrawn = redirected(call)
    if dial.forward and not target.forwarded:
        target.forwarded = True
        if call is not None and target.device is not None and target.side is None and not call.ended:
            call.events = t.events
            leg_gone(call, target, at_s)
            target.spent = True
            extension = dial.forward.partition("@")[0].rpartition("/")[2]
            forward = OpenTransfer(TransferKind.FORWARD, target.device, t.destination(extension), at_s, exact=True)
            forward.service = t.is_service(extension)
            call.transfer_begins(forward)
    t.touch(call)


def _taken_away(call: TrackedCall, caller: Channel | None, at_s: float) -> None:
    """A dial that ends although nobody answered, refused, hung up or waited too long: a program took the caller."""
    if caller is None or caller.kind is not Kind.OUTSIDER or caller.side is not None or call.pending is not None:
        return
    answered = any(part.picked_up for part in call.parts.values())
    if call.in_queue:
        return  # a queue's round is over
    if caller.hangup_request_s is None and call.hung_up is None and not call.shutting_down and not answered:
        extension = caller.dialled_exten
        call.pending = OpenTransfer(TransferKind.REDIRECT, None, None, at_s, transferee=caller, extension=extension)


def originate_response(t: Translator, headers: dict[str, str], at_s: float) -> None:
    if headers.get("Response") == "Failure" and t.expecting.failed(headers.get("ActionID", ""), at_s):
        return
    channel = t.mirror.channels.get(headers.get("Uniqueid", ""))
    exten = headers.get("Exten", "")
    call = channel.call if channel is not None else ringing_by_program(t, headers.get("Channel", ""))
    if call is None or not call.program or call.caller.device is None or not exten:
        return
    called = t.dialled(exten)
    if called.presented is not None and not call.ended:
        call.called_told = True
        call.events = t.events
        call.inform(at_s, called=called, direction=t.outward(called))
        t.touch(call)


def ringing_by_program(t: Translator, interface: str) -> TrackedCall | None:
    """A failed Originate names no channel, only what it dialled (`PJSIP/101`)."""
    device = t.names.interface(interface)
    for call in t.calls.values():
        if device and call.program and call.caller.device == device and not call.ended and call.root.up_s is None:
            return call
    return None


HANDLERS: dict[str, Handler] = {
    "DialBegin": dial_begin,
    "DialEnd": dial_end,
    "OriginateResponse": originate_response,
}
