"""Channels that enter and leave bridges, and calls that turn out to be one.

Source: Asterisk events BridgeEnter and BridgeLeave; a linked id changes silently on entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import TransferKind
from ringcard.pbx.asterisk import messages
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.dialling import shown_in_bridge
from ringcard.pbx.asterisk.handing import sent_blind
from ringcard.pbx.asterisk.holding import held_by_program, settle_holds, together_again
from ringcard.pbx.asterisk.mirror import Channel, hears
from ringcard.pbx.asterisk.parting import redirected
from ringcard.pbx.asterisk.places import HOLD, RETRIEVE, WAIT, held_by, is_aside
from ringcard.pbx.asterisk.tracked import OpenTransfer, Side, TrackedCall

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator


def bridge_enter(t: Translator, headers: dict[str, str], at_s: float) -> None:
    facts = messages.channel(headers)
    uid = headers.get("BridgeUniqueid", "")
    if facts is None or not uid:
        return
    bridge = t.mirror.bridge(uid, headers.get("BridgeType", ""), headers.get("BridgeCreator", ""))
    channel = t.known(facts.uid)
    if channel is None:
        for member in bridge.members.values():
            if member.call is not None and member.linkedid != facts.linkedid and not bridge.holding:
                t.unsee(member.call, at_s)
        stranger = t.mirror.create(facts, at_s)
        stranger.witnessed = False
        t.mirror.enter(stranger, bridge)
        if stranger.kind is not Kind.INTERNAL:
            t.open_unseen(stranger, at_s)
        return
    strange = facts.linkedid != channel.linkedid and not is_ours(t, facts.linkedid)
    t.mirror.refresh(channel, facts)
    t.mirror.enter(channel, bridge)
    call = channel.call
    if call is None:
        return
    if strange:
        t.unsee(call, at_s)
    if channel.half == 1:
        shown_in_bridge(t, channel, at_s)
    if t.blind:
        call.bridges.add(uid)
    if not bridge.holding:
        join(t, channel, at_s)
        if channel.call is not None:
            together_again(t, channel.call, at_s)
    t.touch(channel.call)


def is_ours(t: Translator, linkedid: str) -> bool:
    root = t.mirror.channels.get(linkedid)
    call = t.call_linked(linkedid) if root is None else root.call
    return linkedid in t.gone or (call is not None and not call.unseen)


def join(t: Translator, channel: Channel, at_s: float) -> None:
    """Channels of two calls hear each other: one of them was part of the other all along."""
    mine = channel.call
    for other in hears(channel):
        theirs = other.call
        if mine is None or theirs is None or theirs is mine or not (other.real and channel.real):
            continue
        if mine.unseen or theirs.unseen:
            t.unsee(theirs if mine.unseen else mine, at_s)
            stays_for(t, *((channel, theirs) if mine.unseen else (other, mine)), at_s)
            mine = channel.call
            continue
        if mine.ended or theirs.ended:
            stays_for(t, *((channel, theirs) if mine.ended else (other, mine)), at_s)
            mine = channel.call
            continue
        mine_out, theirs_out = mine.customer_since, theirs.customer_since
        if mine_out and theirs_out:
            older, younger = sorted((mine, theirs), key=lambda call: call.started_s)
            younger.events = t.events
            younger.inform(at_s, conversation_id=older.conversation_id)
            continue
        if mine_out != theirs_out:
            keep, child = (mine, theirs) if mine_out else (theirs, mine)
        else:
            keep, child = sorted((mine, theirs), key=lambda call: call.started_s)
        side = former_consultation(t, keep, child, at_s)
        t.absorb(child, keep, at_s, side)
        mine = channel.call


def stays_for(t: Translator, leg: Channel, call: TrackedCall, at_s: float) -> None:
    """A colleague whose customer has left the conference is there still when somebody else comes: now in that call."""
    former = leg.call
    if call.ended or former is None or leg.device is None or leg.side is not None or is_aside(former.root):
        return
    if not leg.up or leg.hangup_request_s is not None:
        return
    if any(other.real and other.device is None and other.call is not call for other in hears(leg)):
        return  # the other customer, of whom nobody told us
    del former.channels[leg.uid]
    leg.spent, leg.joined_s = False, at_s
    call.add(leg)
    t.touch(former)
    t.touch(call)


def former_consultation(t: Translator, keep: TrackedCall, child: TrackedCall, at_s: float) -> Side | None:
    """`child` is a phone's second call whose first one it never held; joined, it was a consultation."""
    by = child.root.device
    part = keep.parts.get(by) if by is not None else None
    if by is None or part is None or not part.picked_up or child.program:
        return None
    side = keep.new_side(by, child.started_s, feature=False)
    side.tried = True
    side.to = child.called.device or child.called.number or child.called.presented
    return side


def bridge_leave(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    if channel is None:
        t.unseen_line(headers, at_s)
        if t.blind and t.names.parse(headers.get("Channel", "")).kind in (Kind.OUTSIDER, Kind.DEVICE):
            t.unseen_company(headers.get("BridgeUniqueid", ""), at_s)
        return
    bridge = channel.bridge
    if bridge is not None and bridge.uid == headers.get("BridgeUniqueid", bridge.uid):
        t.mirror.leave(channel)
        if not bridge.holding:  # parking has its own words for where it sends whom
            sent_elsewhere(t, channel, headers.get("Exten", ""), at_s)
    call = channel.call
    if call is not None:
        if channel.real:
            settle_holds(t, call, leaving=channel)
        t.touch(call)


def sent_elsewhere(t: Translator, channel: Channel, extension: str, at_s: float) -> None:
    """Who leaves a bridge for another extension was sent there: by a program, if no transfer says otherwise."""
    call = channel.call
    if call is None or call.ended or call.unseen or channel.side is not None:
        return
    if held_by(extension) is not None:
        channel.exten = extension
        if extension.startswith(WAIT) and channel.device is not None:
            held_by_program(t, call, channel, at_s)
        elif extension.startswith(HOLD):
            follow_held(t, call, at_s)
        return
    if channel.device is not None and follow_held(t, call, at_s):
        return
    if call.pending is not None and not (channel.sent_by is not None and redirected(call)):
        return
    if (
        extension in ("", "h", channel.exten)
        or not (channel.real or channel.sent_by)
        or not channel.up
        or channel.hangup_request_s is not None
    ):
        return
    if channel.sent_by is not None:
        channel.sent_told = True
        sent_blind(call, channel.sent_by, t.destination(extension), at_s, extension, channel, t.is_service(extension))
        return
    if call.customer_since and channel.kind is not Kind.OUTSIDER:
        return
    to, service = t.destination(extension), t.is_service(extension)
    call.pending = OpenTransfer(TransferKind.REDIRECT, None, to, at_s, service=service, transferee=channel)


def follow_held(t: Translator, call: TrackedCall, at_s: float) -> bool:
    """The line of who holds waits, too, once the held side is where it is held: whether one was found that does.

    A bridge of two breaks up when one is sent off, so the other's BridgeLeave may still have the extension it came
    from, and nothing after tells (16.28, one in three on a busy machine). Not of who took somebody back before: the
    other's extension is that of the hold from then on.
    """
    holders = {held_by(held.exten) for held in call.mains() if held.exten.startswith(HOLD) and held.bridge is None}
    for leg in call.mains():
        if leg.device is None or leg.device not in holders or leg.held_by_program:
            continue
        if leg.exten.startswith(RETRIEVE):
            continue
        if leg.up and leg.bridge is None and leg.hangup_request_s is None:
            held_by_program(t, call, leg, at_s)
            return True
    return False


HANDLERS: dict[str, Handler] = {
    "BridgeEnter": bridge_enter,
    "BridgeLeave": bridge_leave,
}
