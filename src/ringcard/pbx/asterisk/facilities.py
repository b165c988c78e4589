"""What is beside the calls: queues, recordings, states of devices.

Source: Asterisk events QueueCallerJoin, QueueEntry, VarSet, MixMonitorStart, MixMonitorStop, DeviceStateChange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged, RecordingStarted, RecordingStopped
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.dialling import side_of
from ringcard.pbx.asterisk.tracked import moment
from ringcard.pbx.asterisk.transferring import reach_queue

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator

DEVICE_STATES = {
    "NOT_INUSE": DeviceState.IDLE,
    "INUSE": DeviceState.BUSY,
    "BUSY": DeviceState.BUSY,
    "RINGING": DeviceState.RINGING,
    "RINGINUSE": DeviceState.BUSY,
    "ONHOLD": DeviceState.HELD,
    "UNAVAILABLE": DeviceState.UNREACHABLE,
    "INVALID": DeviceState.UNKNOWN,
    "UNKNOWN": DeviceState.UNKNOWN,
}


def queue_join(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    name = headers.get("Queue", "")
    if channel is None or channel.call is None or not name or channel.call.ended:
        return
    call = channel.call
    call.events = t.events
    side = side_of(t, call, channel, at_s)
    if side is not None:
        side.to, side.to_service, side.tried = name, True, True
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
        call = channel.call
        call.events = t.events
        if call.queue_name is None:
            call.in_queue, call.queue_name = True, headers.get("Queue", "")
            call.queue(at_s, call.queue_name)


def channel_status(t: Translator, headers: dict[str, str], at_s: float) -> None:
    """What a snapshot's list of channels does not say of a customer's call: the number dialled, and the queue."""
    channel = t.mirror.channels.get(headers.get("Uniqueid", ""))
    call = channel.call if channel is not None else None
    if channel is None or call is None or call.gap is None or call.ended or call.unseen:
        return
    if channel is not call.root or channel.kind is not Kind.OUTSIDER or channel.dialled:
        return
    call.events = t.events
    dialled = t.dialled(headers.get("DNID", ""))
    if dialled.presented is not None:
        call.inform(at_s, called=dialled)
    queue = headers.get("Data", "").partition(",")[0]
    if headers.get("Application") == "Queue" and queue and call.queue_name is None:
        call.queue_name = queue
        call.queue(at_s, queue)


def varset(t: Translator, headers: dict[str, str], at_s: float) -> None:
    if headers.get("Variable") == "MIXMONITOR_FILENAME" and headers.get("Value"):
        t.files[headers.get("Uniqueid", "")] = headers["Value"]


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
    recording = t.recording.pop(headers.get("Uniqueid", ""), None)
    if recording is not None and not recording[0].ended:
        t.events.append(RecordingStopped(recording[0].call_id, moment(at_s), recording[1]))


def device_state(t: Translator, headers: dict[str, str], at_s: float) -> None:
    interface = headers.get("Device", "")
    device = t.names.interface(interface)
    if device is None or interface.startswith(("Queue:", "MWI:", "park:", "Custom:", "Local/")):
        return
    state = DEVICE_STATES.get(headers.get("State", ""), DeviceState.UNKNOWN)
    if t.device_states.get(device) is not state:
        t.device_states[device] = state
        t.events.append(DeviceStateChanged(t.pbx, moment(at_s), device, state, interface))


HANDLERS: dict[str, Handler] = {
    "QueueCallerJoin": queue_join,
    "QueueCallerLeave": queue_leave,
    "QueueEntry": queue_entry,
    "Status": channel_status,
    "VarSet": varset,
    "MixMonitorStart": recording_starts,
    "MixMonitorStop": recording_stops,
    "DeviceStateChange": device_state,
}
