"""The lists that the manager interface gives: channels, bridges, queues, devices, endpoints, parked calls.

Each function returns the list's events without their `ActionID`, which Asterisk puts first in most and last in some.
Source: Asterisk 22.10.1, recording 31 (a reconnect's snapshot); its documentation for those not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringcard.pbx.simulator.channels import Bridge, Channel
from ringcard.pbx.simulator.parking import FIRST, LAST, LOT, TIMEOUT_S
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.switch import EXTENSION_STATUS
from ringcard.pbx.simulator.wire import UNKNOWN, bridge_snapshot, channel_snapshot, headers

Item = tuple[str, str]
"""An event's name and its headers."""


def duration(seconds: float) -> str:
    """`hh:mm:ss`."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def running(channel: Channel) -> tuple[str, str]:
    """Application and its data, as a listing shows them: a dialled leg's are its Dial's."""
    if channel.application:
        return channel.application, channel.data
    return ("AppDial", "(Outgoing Line)") if channel.outgoing else ("", "")


def channels(pbx: Pbx) -> Iterator[Item]:
    """CoreShowChannels."""
    now_s = pbx.timeline.now_s
    for channel in pbx.switch.channels.values():
        application, data = running(channel)
        yield (
            "CoreShowChannel",
            channel_snapshot(channel)
            + "\r\n"
            + headers(
                Application=application,
                ApplicationData=data,
                Duration=duration(now_s - channel.created_s),
                BridgeId=channel.bridge.uniqueid if channel.bridge else "",
            ),
        )


def status(pbx: Pbx, wanted: str | None, variables: str = "") -> Iterator[Item]:
    """Status, of all channels or of one; with its `variables`, names with commas between them."""
    names = [name for name in variables.split(",") if name]
    now_s = pbx.timeline.now_s
    for channel in pbx.switch.channels.values():
        if wanted is not None and channel.name != wanted:
            continue
        application, data = running(channel)
        group = "0" if channel.device is None else "2"
        yield (
            "Status",
            "Privilege: Call\r\n"
            + channel_snapshot(channel)
            + "\r\n"
            + headers(
                Type=channel.name.partition("/")[0],
                DNID="" if channel.outgoing else channel.dialled,
                EffectiveConnectedLineNum=channel.connected_num or UNKNOWN,
                EffectiveConnectedLineName=channel.connected_name or UNKNOWN,
                TimeToHangup=0,
                BridgeID=channel.bridge.uniqueid if channel.bridge else "",
                Application=application,
                Data=data,
                Nativeformats="(ulaw)",
                Readformat="ulaw",
                Readtrans="",
                Writeformat="ulaw",
                Writetrans="",
                Callgroup=group,
                Pickupgroup=group,
                Seconds=int(now_s - channel.created_s),
            )
            + "".join(f"\r\nVariable: {name}={channel.variables.get(name, '')}" for name in names),
        )


def bridges(pbx: Pbx, kind: str | None) -> Iterator[Item]:
    """BridgeList."""
    for bridge in pbx.switch.bridges.values():
        if kind is None or bridge.kind == kind:
            yield "BridgeListItem", bridge_snapshot(bridge)


def bridge_members(bridge: Bridge) -> Iterator[Item]:
    """BridgeInfo."""
    for channel in bridge.channels:
        yield "BridgeInfoChannel", channel_snapshot(channel)


def queues(pbx: Pbx, wanted: str | None, member: str | None) -> Iterator[Item]:
    """QueueStatus: the queue, its members, who waits."""
    queue = pbx.dialplan.queue
    if wanted is not None and wanted != queue.name:
        return
    yield (
        "QueueParams",
        headers(
            Queue=queue.name, Max=0, Strategy="ringall", Calls=len(queue.waiting), Holdtime=3, TalkTime=3,
            Completed=queue.completed, Abandoned=queue.abandoned, ServiceLevel=0, ServicelevelPerf="0.0",
            ServicelevelPerf2="0.0", Weight=0,
        ),
    )  # fmt: skip
    for known in queue.members.values():
        if member is not None and known.interface != member:
            continue
        yield (
            "QueueMember",
            headers(
                Queue=queue.name, Name=known.name, Location=known.interface, StateInterface=known.interface,
                Membership=known.membership, Penalty=known.penalty, CallsTaken=known.calls_taken,
                LastCall=int(known.last_call_s), LastPause=int(known.last_pause_s), LoginTime=int(known.login_s),
                InCall=0, Status=queue.status(known), Paused=int(known.paused), PausedReason=known.reason, Wrapuptime=0,
            ),
        )  # fmt: skip
    for position, channel in enumerate(queue.waiting, start=1):
        yield (
            "QueueEntry",
            headers(
                Queue=queue.name, Position=position, Channel=channel.name, Uniqueid=channel.uniqueid,
                CallerIDNum=channel.caller_num or "unknown", CallerIDName=channel.caller_name or "unknown",
                ConnectedLineNum=channel.connected_num or "unknown",
                ConnectedLineName=channel.connected_name or "unknown",
                Wait=int(pbx.timeline.now_s - channel.created_s), Priority=0,
            ),
        )  # fmt: skip


def device_states(pbx: Pbx) -> Iterator[Item]:
    """DeviceStateList."""
    for endpoint in pbx.switch.endpoints.values():
        yield "DeviceStateChange", headers(Device=f"PJSIP/{endpoint.name}", State=endpoint.device_state())
    for name, state in pbx.database.custom_states.items():
        yield "DeviceStateChange", headers(Device=name, State=state)
    waiting = "RINGING" if pbx.dialplan.queue.waiting else "NOT_INUSE"
    yield "DeviceStateChange", headers(Device=f"Queue:{pbx.dialplan.queue.name}", State=waiting)


def extension_states(pbx: Pbx) -> Iterator[Item]:
    """ExtensionStateList."""
    for name, context in pbx.switch.hints.items():
        number, text = EXTENSION_STATUS[pbx.switch.endpoints[name].device_state()]
        yield (
            "ExtensionStatus",
            headers(Exten=name, Context=context, Hint=f"PJSIP/{name}", Status=number, StatusText=text),
        )


def endpoints(pbx: Pbx) -> Iterator[Item]:
    """PJSIPShowEndpoints."""
    words = {"NOT_INUSE": "Not in use", "INUSE": "In use", "RINGING": "Ringing", "UNAVAILABLE": "Unavailable"}
    for endpoint in pbx.switch.endpoints.values():
        state = endpoint.device_state()
        contact = f"{endpoint.name}/sip:{endpoint.name}@127.0.0.1:5060," if endpoint.registered else ""
        yield (
            "EndpointList",
            headers(
                ObjectType="endpoint", ObjectName=endpoint.name, Transport="transport-udp", Aor=endpoint.name,
                Auths=endpoint.name, OutboundAuths="", Contacts=contact, DeviceState=words.get(state, "In use"),
                ActiveChannels=",".join(channel.name for channel in endpoint.channels),
            ),
        )  # fmt: skip


def contacts(pbx: Pbx) -> Iterator[Item]:
    """PJSIPShowContacts."""
    for endpoint in pbx.switch.endpoints.values():
        if not endpoint.registered:
            continue
        yield (
            "ContactList",
            headers(
                ObjectType="contact", ObjectName=f"{endpoint.name};@simulated", ViaAddr="127.0.0.1",
                QualifyTimeout="2.000000", Qualify2xxOnly="false", CallId=f"simulated-{endpoint.name}", RegServer="",
                PruneOnBoot="no", Path="", Endpoint=endpoint.name, ViaPort=5060, AuthenticateQualify="no",
                Uri=f"sip:{endpoint.name}@127.0.0.1:5060", QualifyFrequency=60, UserAgent="simulated",
                ExpirationTime=int(pbx.timeline.now_s + 300), OutboundProxy="", Status="Reachable", RoundtripUsec=500,
            ),
        )  # fmt: skip


def parking_lots(pbx: Pbx) -> Iterator[Item]:
    """Parkinglots."""
    yield "Parkinglot", headers(Name=LOT, StartSpace=FIRST, StopSpace=LAST, Timeout=int(TIMEOUT_S))


def parked_calls(pbx: Pbx) -> Iterator[Item]:
    """ParkedCalls."""
    lot = pbx.dialplan.parking
    for parked in lot.spaces.values():
        yield "ParkedCall", channel_snapshot(parked.channel, "Parkee") + "\r\n" + lot.details(parked)
