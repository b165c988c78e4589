"""Channels that come, change state and go.

Source: Asterisk events Newchannel, Newstate, Hangup, HangupRequest, SoftHangupRequest, Rename.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import CALLED, CALLER, Direction, TransferKind
from ringcard.calls.events import RecordingStopped
from ringcard.pbx.asterisk import messages
from ringcard.pbx.asterisk.derive import stays
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.dialling import by_program, late_consultation
from ringcard.pbx.asterisk.ending import leg_gone
from ringcard.pbx.asterisk.handing import settle_transfer
from ringcard.pbx.asterisk.holding import settle_holds
from ringcard.pbx.asterisk.mirror import RING, RINGING, UP, Channel, hears
from ringcard.pbx.asterisk.tracked import SETTLE_S, OpenTransfer, TrackedCall, moment

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator

SHUTDOWN_FLAG = 4
"""`Cause` of SoftHangupRequest is Asterisk's soft hang-up flags: SHUTDOWN (include/asterisk/channel.h, 22.10)."""

ASYNCGOTO_FLAG = 2
"""…and ASYNCGOTO: a program sends the channel elsewhere (AMI Redirect)."""

APPUNLOAD_FLAG = 16
"""…and APPUNLOAD: its dialplan is over (main/pbx.c); nobody sends it anywhere any more."""


def newchannel(t: Translator, headers: dict[str, str], at_s: float) -> None:
    facts = messages.channel(headers)
    if facts is None or facts.uid in t.mirror.channels or facts.uid in t.gone:
        return
    channel = t.mirror.create(facts, at_s)
    if channel.kind is Kind.INTERNAL:
        return
    if channel.root:
        t.touch(t.open(channel, at_s))
        return
    reason = t.mirror.channels.get(channel.linkedid)
    call = reason.call if reason is not None else t.call_linked(channel.linkedid)
    if call is not None:
        call.add(channel)
        t.touch(call)
    elif channel.linkedid not in t.gone:
        t.wants_snapshot = True
        t.open_unseen(channel, at_s)


def newstate(t: Translator, headers: dict[str, str], at_s: float) -> None:
    facts = messages.channel(headers)
    channel = t.known(facts.uid) if facts else None
    if channel is None or facts is None:
        return
    t.mirror.refresh(channel, facts)
    if facts.state == channel.state:
        return
    channel.state = facts.state
    channel.witnessed = True
    call = channel.call
    if facts.state == RINGING:
        channel.rang_s = at_s
        if call is not None and call.root is channel and not call.originated and not channel.dialled:
            by_program(t, call, channel, facts, at_s)
    elif facts.state == UP:
        channel.up_s = at_s
        if call is not None:
            taken_by_service(t, call, channel, facts.exten, at_s)
    elif facts.state == RING and channel.root and call is not None and channel.number != facts.number:
        channel.number = facts.number
    t.touch(call)


def taken_by_service(t: Translator, call: TrackedCall, channel: Channel, extension: str, at_s: float) -> None:
    """A program took a caller for whom phones rang, and the PBX itself answered there: a voice box, a menu.

    No phone is dialled and no bridge left, so only the extension in which it answers says where that is.
    """
    pending = call.pending
    if pending is None or pending.kind is not TransferKind.REDIRECT or pending.to is not None or channel.dialled:
        return
    if pending.transferee is not channel or extension in ("", "s", "h", "i", "t") or not t.is_service(extension):
        return
    if extension == channel.dialled_exten:
        return
    call.events = t.events
    pending.to = t.destination(extension)
    settle_transfer(call)
    call.transfer_ends(at_s, pending, to=pending.to, completed=True)


def hangup(t: Translator, headers: dict[str, str], at_s: float) -> None:
    uid = headers.get("Uniqueid", "")
    channel = t.known(uid)
    t.gone[uid] = None
    if len(t.gone) > 10_000:
        for old in list(t.gone)[:5_000]:
            del t.gone[old]
    if channel is None:
        return
    channel.cause = messages.number_of(headers, "Cause", channel.cause) or channel.cause
    call = channel.call
    t.mirror.remove(channel, at_s)
    recording = t.recording.pop(uid, None)
    if recording is not None and not recording[0].ended:
        t.events.append(RecordingStopped(recording[0].call_id, moment(at_s), recording[1]))
    if call is not None:
        call.events = t.events
        settle_holds(t, call)
        if channel is call.root and not call.originated and not call.unseen:
            late_consultation(t, call, at_s)
            call = channel.call or call
            call.events = t.events
        leg_gone(call, channel, at_s)
        t.touch(call)


def hangup_request(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    if channel is None:
        return
    cause = messages.number_of(headers, "Cause")
    channel.cause = cause or channel.cause
    if channel.hangup_request_s is None:
        channel.hangup_request_s = at_s
    call = channel.call
    if not channel.real or channel.side is not None or channel.handed_over:
        return
    if not channel.up and (channel.dialled or not channel.root):
        return  # it refused, perhaps ahead of its DialBegin; nobody hung up
    out = channel.spent and channel.device is not None
    if call is not None and (not out or waits(call, channel)) and (call.hung_up is None or stayed(call, channel, at_s)):
        call.hung_up, call.hung_up_s = channel.device or role(t, call, channel), at_s
    if channel.device is None:
        for other in hears(channel):
            theirs = other.call
            if theirs is not None and theirs is not call and other.device is None and theirs.hung_up is None:
                theirs.hung_up = CALLED if theirs.direction is Direction.INBOUND else CALLER
                theirs.hung_up_s = at_s


def waits(call: TrackedCall, leg: Channel) -> bool:
    """Whether a colleague's line that nobody talks on waits for whom it was handed on to: the call ends with it."""
    if call.customer_since:
        return False
    under_way = [*call.open_transfers, *([call.pending] if call.pending is not None else [])]
    if any(transfer.transferee is leg for transfer in under_way):
        return True
    return not any(other.up for other in call.mains() if other is not leg)


def stayed(call: TrackedCall, channel: Channel, at_s: float) -> bool:
    """Whether whoever hung up before has left this one in a bridge that goes on without them: a conference room."""
    if channel.bridge is None or channel.bridge.holding or at_s - call.hung_up_s < SETTLE_S:
        return False
    return not any(other.alive for other in call.mains() if other.device == call.hung_up)


def role(t: Translator, call: TrackedCall, outsider: Channel) -> str:
    return CALLER if outsider is call.root and call.direction is Direction.INBOUND else CALLED


def soft_hangup(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    flags = messages.number_of(headers, "Cause")
    if channel is None or channel.call is None:
        return
    call = channel.call
    if flags == SHUTDOWN_FLAG:
        call.shutting_down = True
        return
    pending = call.pending
    if flags == APPUNLOAD_FLAG and pending is not None and pending.to is None and pending.transferee is channel:
        call.events = t.events
        stays(call)
        t.touch(call)
        return
    redirected = flags == ASYNCGOTO_FLAG and channel.kind is Kind.OUTSIDER and channel.side is None
    if redirected and call.pending is None:
        call.pending = OpenTransfer(TransferKind.REDIRECT, None, None, at_s, transferee=channel)


def rename(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.mirror.channels.get(headers.get("Uniqueid", ""))
    if channel is not None and headers.get("Newname"):
        t.mirror.rename(channel, headers["Newname"])
        if channel.call is None and channel.kind is not Kind.INTERNAL:
            call = t.call_linked(channel.linkedid)
            if call is not None:
                call.add(channel)
        t.touch(channel.call)


HANDLERS: dict[str, Handler] = {
    "Newchannel": newchannel,
    "Newstate": newstate,
    "Hangup": hangup,
    "HangupRequest": hangup_request,
    "SoftHangupRequest": soft_hangup,
    "Rename": rename,
}
