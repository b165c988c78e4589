"""What AMI messages tell, typed: the facts of the headers we read, and nothing else of them.

Only what the mirror (`mirror`) needs is here. Names of fields are ours; each class says which event it is.

Source: Asterisk 22.10, documentation/core-en_US.xml (events and their parameters).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from operator import itemgetter
from typing import NamedTuple

WANTED = frozenset(
    {
        "AttendedTransfer",
        "BlindTransfer",
        "BridgeEnter",
        "BridgeInfoChannel",
        "BridgeInfoComplete",
        "BridgeLeave",
        "BridgeListComplete",
        "BridgeListItem",
        "ContactList",
        "ContactListComplete",
        "DBGetComplete",
        "DBGetResponse",
        "DBGetTreeComplete",
        "DBGetTreeResponse",
        "CoreShowChannel",
        "CoreShowChannelsComplete",
        "DeviceStateChange",
        "DeviceStateListComplete",
        "DialBegin",
        "DialEnd",
        "FullyBooted",
        "Hangup",
        "HangupRequest",
        "Hold",
        "MixMonitorStart",
        "MixMonitorStop",
        "Newchannel",
        "Newstate",
        "OriginateResponse",
        "ParkedCall",
        "ParkedCallGiveUp",
        "ParkedCallTimeOut",
        "Pickup",
        "QueueCallerJoin",
        "QueueCallerLeave",
        "QueueEntry",
        "QueueMember",
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberPenalty",
        "QueueMemberRemoved",
        "QueueMemberStatus",
        "QueueParams",
        "QueueStatusComplete",
        "Rename",
        "Shutdown",
        "SoftHangupRequest",
        "Status",
        "StatusComplete",
        "Unhold",
        "UnParkedCall",
        "VarSet",
    }
)
"""The events we read. Everything else is skipped unparsed, and filtered away at the server where it lets us."""

WANTED_VARIABLES = ("MIXMONITOR_FILENAME", "BLINDTRANSFER")
"""Of VarSet only these: the recording's file, which MixMonitorStart does not carry; who sends a line on blind, which is
told before the line goes anywhere, and BlindTransfer sometimes only when the next phone rings; and the call's data,
whose variables begin with `RINGCARD_DATA_` (`protocol`)."""


_UNREAD_OF_CHANNELS = (
    "AccountCode",
    "ChannelStateDesc",
    "ConnectedLineName",
    "Context",
    "Language",
    "Priority",
)
UNREAD = frozenset(
    {
        *_UNREAD_OF_CHANNELS,
        *("Dest" + header for header in _UNREAD_OF_CHANNELS),
        "BridgeName",
        "BridgeNumChannels",
        "BridgeTechnology",
        "BridgeVideoSourceMode",
        "Cause-txt",
        "DialString",
        "LastReload",
        "Ringinuse",
        "StatusText",
        "SystemName",
        "TechCause",
        "Wrapuptime",
    }
)
"""Headers of wanted events that nobody reads: a third of all there are."""


class ChannelState(IntEnum):
    """`ChannelState` of Asterisk (include/asterisk/channelstate.h)."""

    DOWN = 0
    RESERVED = 1
    OFF_HOOK = 2
    DIALING = 3
    RING = 4
    RINGING = 5
    UP = 6
    BUSY = 7
    DIALING_OFF_HOOK = 8
    PRE_RING = 9


class ChannelFacts(NamedTuple):
    """A channel as an event's snapshot tells of it. Empty text where the PBX says nothing or `<unknown>`."""

    name: str
    uid: str
    linkedid: str
    state: int
    number: str
    caller_name: str
    connected_number: str
    exten: str


_CONTROLS = "abfnrtv"
_CHANNEL_HEADERS = (
    "Channel",
    "Uniqueid",
    "Linkedid",
    "ChannelState",
    "CallerIDNum",
    "CallerIDName",
    "ConnectedLineNum",
    "Exten",
)


def _known(value: str) -> str:
    return "" if value == "<unknown>" else value


def unescaped(name: str) -> str:
    """A name as the caller wrote it. Asterisk writes names with C's escapes: O'Brien comes as `O\\'Brien`.

    A line break or another control character that a caller put into the name becomes a space.

    Source: main/manager_channels.c (`ast_escape_c_alloc` on CallerIDName and ConnectedLineName), seen on 22.10.
    """
    if "\\" not in name:
        return name
    return re.sub(r"\\(.)", lambda found: " " if found[1] in _CONTROLS else found[1], name)


def channel(headers: Mapping[str, str], prefix: str = "") -> ChannelFacts | None:
    """The channel snapshot whose headers begin with `prefix` (`Dest`, `OrigTransferer`, …); None if there is none."""
    if not headers.get(prefix + "Uniqueid"):
        return None
    try:
        found = _snapshot(prefix)(headers)
    except KeyError:  # it has not all of them
        found = tuple(headers.get(prefix + header, "") for header in _CHANNEL_HEADERS)
    name, uid, linkedid, state, number, caller_name, connected_number, exten = found
    return ChannelFacts(
        name,
        uid,
        linkedid or uid,
        int(state) if state.isdecimal() else 0,
        "" if number == "<unknown>" else number,
        "" if caller_name == "<unknown>" else unescaped(caller_name),
        "" if connected_number == "<unknown>" else connected_number,
        exten,
    )


@cache
def _snapshot(prefix: str) -> Callable[[Mapping[str, str]], tuple[str, ...]]:
    """Takes a channel's headers out of an event's, all at once. Raises `KeyError` if one is missing."""
    return itemgetter(*(prefix + header for header in _CHANNEL_HEADERS))


STATUS_VARIABLES = "BLINDTRANSFER,CALLERID(ANI)"
"""What `Status` is asked for of each channel: who sent it on, and the number it came with, whatever the dialplan made
of it since. Seen on 22.10 and 16.28, which say `(null)` for a variable that is not set."""


class ChannelStatus(NamedTuple):
    """Status: what a snapshot's list of channels does not say."""

    dialled: str
    """What its owner dialled; empty of a channel that was dialled itself."""
    application: str
    data: str
    sent_by: str
    """The channel that transferred it blind, the last time; empty if none did."""
    number: str
    """With which it came."""


def channel_status(headers: Mapping[str, str]) -> ChannelStatus:
    pairs = (line.partition("=") for line in headers.get("Variable", "").split("\n"))
    variables = {name: value for name, _, value in pairs}
    return ChannelStatus(
        _known(headers.get("DNID", "")),
        headers.get("Application", ""),
        headers.get("Data", ""),
        variables.get("BLINDTRANSFER", "").replace("(null)", ""),
        variables.get("CALLERID(ANI)", ""),
    )


def number_of(headers: Mapping[str, str], header: str, default: int = 0) -> int:
    """A header that is a whole number; `default` if it is missing or something else."""
    value = headers.get(header, "")
    return int(value) if value.isdecimal() else default


def timestamp(headers: Mapping[str, str]) -> float | None:
    """The `Timestamp` header, seconds since the epoch; None where `timestampevents` is off (the default)."""
    value = headers.get("Timestamp")
    if value is None:
        return None
    try:
        stamp_s = float(value)
    except ValueError:
        return None
    # No number, no end, or so far off that a float no longer tells seconds apart: then it tells nothing.
    return stamp_s if abs(stamp_s) < 1e11 else None


def duration_s(value: str) -> int:
    """`HH:MM:SS` of CoreShowChannel, in seconds; 0 if it is something else."""
    parts = value.split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return 0
    hours, minutes, rest = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + rest


class Dial(NamedTuple):
    """DialBegin and DialEnd. `source` is None when a program dialled (Originate) or a transfer did."""

    source: ChannelFacts | None
    target: ChannelFacts
    status: str
    """Of DialEnd: ANSWER, BUSY, CANCEL, CHANUNAVAIL, CONGESTION, NOANSWER, …"""
    forward: str
    """Of DialEnd: where the phone sent the call (302), empty if it did not."""


def dial(headers: Mapping[str, str]) -> Dial | None:
    target = channel(headers, "Dest")
    if target is None:
        return None
    return Dial(channel(headers), target, headers.get("DialStatus", ""), headers.get("Forward", ""))


@dataclass(frozen=True, slots=True)
class BlindTransfer:
    """BlindTransfer: `transferer` sent `transferee` to `extension`. Success says only that it was sent."""

    transferer: ChannelFacts
    transferee: ChannelFacts | None
    extension: str
    succeeded: bool


def blind_transfer(headers: Mapping[str, str]) -> BlindTransfer | None:
    transferer = channel(headers, "Transferer")
    if transferer is None:
        return None
    return BlindTransfer(
        transferer,
        channel(headers, "Transferee"),
        headers.get("Extension", ""),
        headers.get("Result", "Success") == "Success",
    )


@dataclass(frozen=True, slots=True)
class AttendedTransfer:
    """AttendedTransfer: the two legs of the transferer, and what the far sides became (`dest_type`)."""

    first: ChannelFacts
    second: ChannelFacts
    transferee: ChannelFacts | None
    target: ChannelFacts | None
    dest_type: str
    """Bridge, App, Link, Threeway or Fail."""
    succeeded: bool


def attended_transfer(headers: Mapping[str, str]) -> AttendedTransfer | None:
    first, second = channel(headers, "OrigTransferer"), channel(headers, "SecondTransferer")
    if first is None or second is None:
        return None
    return AttendedTransfer(
        first,
        second,
        channel(headers, "Transferee"),
        channel(headers, "TransferTarget"),
        headers.get("DestType", ""),
        headers.get("Result", "Success") == "Success" and headers.get("DestType", "") != "Fail",
    )
