"""What a call meets besides people: queues, recordings, and what a snapshot's status says of it.

Source: Asterisk events QueueCallerJoin, QueueEntry, Status, VarSet, MixMonitorStart, MixMonitorStop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ringcard.calls.causes import Outcome, TransferKind
from ringcard.calls.events import RecordingStarted, RecordingStopped
from ringcard.pbx.asterisk import messages
from ringcard.pbx.asterisk.consulting import try_side
from ringcard.pbx.asterisk.dialling import side_of
from ringcard.pbx.asterisk.places import DIVERTED, QUIET
from ringcard.pbx.asterisk.tracked import OpenTransfer, TrackedCall, moment
from ringcard.pbx.asterisk.transferring import reach_queue

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator


def queue_join(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    name = headers.get("Queue", "")
    if channel is None or channel.call is None or not name or channel.call.ended:
        return
    call = channel.call
    call.events = t.events
    side = side_of(t, call, channel, at_s)
    if side is not None:
        side.to, side.to_service = name, True
        try_side(call, side)
        return
    call.originate()
    call.hung_up = None
    reach_queue(call, name, at_s)
    call.in_queue, call.queue_name, call.queued_s = True, name, at_s
    call.queue(at_s, name)
    t.touch(call)


def queue_leave(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.mirror.channels.get(headers.get("Uniqueid", ""))
    if channel is not None and channel.call is not None:
        channel.call.in_queue = False


def queue_entry(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.mirror.channels.get(headers.get("Uniqueid", ""))
    if channel is not None and channel.call is not None and not channel.call.ended and not channel.witnessed:
        call, name = channel.call, headers.get("Queue", "")
        call.events = t.events
        if channel.side is not None or call.unseen:
            return
        call.in_queue = True
        if call.queue_name is None:
            call.queue_name = name
            call.queue(at_s, name)


def channel_status(t: Translator, headers: dict[str, str], at_s: float) -> None:
    """What a snapshot's list of channels does not say. Asked before that list; whoever asks after it hears some."""
    uid = headers.get("Uniqueid", "")
    channel = t.mirror.channels.get(uid)
    call = channel.call if channel is not None else None
    status = messages.channel_status(headers)
    if channel is None or channel.witnessed or call is None or call.unseen:
        t.statuses[uid] = status
    elif channel is call.root and call.gap is not None and not call.ended and not channel.dialled:
        call.events = t.events
        tell_status(t, call, status, at_s)


def tell_status(t: Translator, call: TrackedCall, status: messages.ChannelStatus, at_s: float) -> None:
    """What the status of a call's first channel says of the call: the number dialled, and the queue it waits in."""
    dialled = t.dialled(status.dialled)
    if dialled.presented is not None:
        call.inform(at_s, called=dialled)
    queue = status.data.partition(",")[0]
    if status.application == "Queue" and queue and call.queue_name is None:
        call.originate()
        call.queue_name = queue
        call.queue(at_s, queue)


def varset(t: Translator, headers: dict[str, str], at_s: float) -> None:
    variable = headers.get("Variable", "")
    if variable == "MIXMONITOR_FILENAME" and headers.get("Value"):
        t.files[headers.get("Uniqueid", "")] = headers["Value"]
    elif variable == "BLINDTRANSFER":
        sent = t.mirror.channels.get(headers.get("Uniqueid", ""))
        if sent is not None:
            sent.sent_by = t.names.parse(headers.get("Value", "")).device
    elif variable == DIVERTED:
        diverted(t, headers, at_s)
    name = variable.lstrip("_")  # `__NAME` is inherited by every channel that this one makes, `_NAME` by the first
    if name.startswith(DATA):
        channel = t.known(headers.get("Uniqueid", ""))
        if channel is not None and channel.call is not None and not channel.call.unseen and name != DATA:
            channel.call.events = t.events
            channel.call.set_data(at_s, name.removeprefix(DATA).lower(), unescaped(headers.get("Value", "")))


def diverted(t: Translator, headers: dict[str, str], at_s: float) -> None:
    """The dialplan's lines (`control.ways`) did what a device's owner has set: sent its call on, or did not ring it."""
    channel = t.known(headers.get("Uniqueid", ""))
    call = channel.call if channel is not None else None
    kind, _, rest = headers.get("Value", "").partition(",")
    interface, _, extension = rest.partition(",")
    device = t.names.device(interface)
    if channel is None or call is None or call.unseen or call.ended or device is None or channel.side is not None:
        return
    call.events = t.events
    if kind in _NOT_RUNG and device not in call.parts:
        call.originate()
        call.clear_connection(at_s, device, _NOT_RUNG[kind])
    if extension:
        for sent in call.open_transfers:
            sent.gone_on = sent.gone_on or (sent.kind is TransferKind.FORWARD and sent.to == device)
        forward = OpenTransfer(TransferKind.FORWARD, device, t.destination(extension), at_s, exact=True)
        forward.service = t.is_service(extension)
        call.transfer_begins(forward)
    t.touch(call)


def unescaped(value: str) -> str:
    """A variable's value as it is: its event writes it as C would, `\\"` for `"` (seen on 16.28 and 22.10).

    Source: Asterisk main/manager_channels.c, `channel_varset_cb`, and `ast_escape_c`.
    """
    return _ESCAPED.sub(lambda found: _AS_IN_C.get(found[1], found[1]), value)


def recording_starts(t: Translator, headers: dict[str, str], at_s: float) -> None:
    uid = headers.get("Uniqueid", "")
    channel = t.known(uid)
    file = t.files.pop(uid, "")
    if channel is None or channel.call is None or not file or channel.call.unseen or channel.call.ended:
        return
    call = channel.call
    call.events = t.events
    call.originate()
    t.recording[uid] = (call, file)
    t.events.append(RecordingStarted(call.call_id, moment(at_s), file))


def recording_stops(t: Translator, headers: dict[str, str], at_s: float) -> None:
    uid = headers.get("Uniqueid", "")
    channel = t.mirror.channels.get(uid)
    recording = t.recording.pop(uid, None)
    if recording is None and channel is not None and channel.call is not None and len(channel.call.recordings) == 1:
        recording = (channel.call, channel.call.recordings.pop())
    if recording is not None and not recording[0].ended:
        t.events.append(RecordingStopped(recording[0].call_id, moment(at_s), recording[1]))


_ESCAPED = re.compile(r"\\([abfnrtv\\'\"?])")
_AS_IN_C = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

DATA = "RINGCARD_DATA_"
"""A channel variable of this beginning is the call's data, by the key that follows; keys are small letters to us."""

_NOT_RUNG = {"always": Outcome.FORWARDED, QUIET: Outcome.BUSY}
"""What became of a device that was not even rung, by what its owner has set."""

HANDLERS: dict[str, Handler] = {
    "Status": channel_status,
    "VarSet": varset,
    "MixMonitorStart": recording_starts,
    "MixMonitorStop": recording_stops,
}
