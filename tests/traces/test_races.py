"""What two channels do at once Asterisk may tell in either order: its threads do not wait for each other.

Every channel that leaves its bridge, or is destroyed, is told of by whoever got there first. The records may not
depend on it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from recordings import Recording, Stream, differences, folders, recording, records_of, stripped, unnamed

from ringcard.pbx.asterisk.messages import WANTED
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, parse

AT_ONCE_S = 0.005


@pytest.fixture(params=folders(), ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording(folder)


def heard(raw: bytes) -> Message | None:
    message = next(iter(AmiProtocol(WANTED).receive(raw)), None)
    return message if isinstance(message, Message) else None


def at_once(stream: Stream, event: str) -> list[tuple[int, int]]:
    """The pairs of neighbours among the messages that are read: `event` of two channels at once."""
    pairs: list[tuple[int, int]] = []
    last: tuple[int, Message] | None = None
    for index, (at_s, raw) in enumerate(stream):
        message = heard(raw)
        if message is None:
            continue
        if message.name != event or (last and at_s - stream[last[0]][0] > AT_ONCE_S):
            last = (index, message) if message.name == event else None
        elif last is not None and last[1].headers["Uniqueid"] != message.headers["Uniqueid"]:
            pairs.append((last[0], index))
            last = None
        else:
            last = (index, message)
    return pairs


def swapped(stream: Stream, event: str) -> Stream:
    """The other of each such pair first. The stamps stay in order, as those of Asterisk's one queue of messages do."""
    told = list(stream)
    for first, second in at_once(stream, event):
        (one_s, one), (two_s, two) = stream[first], stream[second]
        told[first], told[second] = (one_s, restamped(two, one)), (two_s, restamped(one, two))
    return told


def restamped(message: bytes, like: bytes) -> bytes:
    stamps = [line for line in like.split(b"\r\n") if line.startswith(b"Timestamp: ")]
    lines = [stamps[0] if stamps and line.startswith(b"Timestamp: ") else line for line in message.split(b"\r\n")]
    return b"\r\n".join(lines)


@pytest.mark.parametrize("event", ["BridgeLeave", "BridgeEnter", "Hangup"])
def test_the_order_in_which_threads_tell_of_two_channels_changes_nothing(recorded: Recording, event: str) -> None:
    streams = [swapped(stream, event) for stream in recorded.streams]
    assert differences(recorded, records_of(recorded, streams)) == []


def dialled_gone_first(stream: Stream) -> Stream:
    """Each Hangup of a dialled leg is told ahead of what is told at once of others."""
    told: Stream = []
    dialled: set[bytes] = set()
    for at_s, raw in stream:
        begun = re.search(rb"DestUniqueid: ([^\r]*)", raw) if b"Event: DialBegin" in raw else None
        if begun:
            dialled.add(begun[1])
        uid = re.search(rb"\r\nUniqueid: ([^\r]*)", raw) if b"Event: Hangup\r" in raw else None
        place = len(told)
        while (
            uid
            and uid[1] in dialled
            and place > 1
            and at_s - told[place - 1][0] < AT_ONCE_S
            and uid[1] not in told[place - 1][1]
        ):
            place -= 1
        told.insert(place, (told[place][0] if place < len(told) else at_s, raw))
    return told


def test_a_dialled_leg_may_be_gone_before_who_dialled_it_is_told_to_go(recorded: Recording) -> None:
    """Stripped of stamps, which would no longer be in order."""
    streams = [dialled_gone_first(stripped(stream)) for stream in recorded.streams]
    assert differences(recorded, records_of(recorded, streams)) == []


def dialled_gone_last(stream: Stream) -> Stream:
    """Each Hangup of a dialled leg is told after what is told at once of others: it is destroyed in its own time."""
    backwards = [(-at_s, raw) for at_s, raw in reversed(stream)]
    told: Stream = []
    for at_s, raw in backwards:
        uid = re.search(rb"\r\nUniqueid: ([^\r]*)", raw) if b"Event: Hangup\r" in raw else None
        place = len(told)
        while (
            uid
            and b"ChannelStateDesc: Ringing\r" in raw
            and place > 1
            and at_s - told[place - 1][0] < AT_ONCE_S
            and uid[1] not in told[place - 1][1]
        ):
            place -= 1
        told.insert(place, (told[place][0] if place < len(told) else at_s, raw))
    return [(-at_s, raw) for at_s, raw in reversed(told)]


def test_a_dialled_leg_may_be_gone_after_who_dialled_it_is_elsewhere(recorded: Recording) -> None:
    """Stripped of stamps, which would no longer be in order."""
    streams = [dialled_gone_last(stripped(stream)) for stream in recorded.streams]
    assert differences(recorded, records_of(recorded, streams)) == []


def hung_up_with(stream: Stream, *, ahead: bool) -> Stream:
    """Whoever puts two calls together hangs both lines up at once, ahead of being told of it or just after."""
    told: Stream = []
    for at_s, raw in stream:
        transfer = parse(raw.strip(b"\r\n")) if raw.lstrip(b"\r\n").startswith(b"Event: AttendedTransfer\r") else None
        requests: Stream = []
        if transfer is not None and transfer.get("DestType") != "Threeway":
            for leg in ("OrigTransferer", "SecondTransferer"):
                facts = {key.removeprefix(leg): value for key, value in transfer.headers.items() if key.startswith(leg)}
                lines = ["Event: HangupRequest", *(f"{key}: {value}" for key, value in facts.items()), "Cause: 16"]
                requests.append((at_s, "".join(f"{line}\r\n" for line in [*lines, ""]).encode()))
        told += [*requests, (at_s, raw)] if ahead else [(at_s, raw), *requests]
    return told


@pytest.mark.parametrize("ahead", [True, False], ids=["ahead", "after"])
def test_a_phone_that_has_handed_over_may_hang_up_before_or_after_that_is_told(
    recorded: Recording, ahead: bool
) -> None:
    """Stripped of stamps, which the phone's hanging up does not have here."""
    streams = [stripped(stream) for stream in recorded.streams]
    hasty = [hung_up_with(stream, ahead=ahead) for stream in streams]
    assert unnamed(records_of(recorded, hasty)) == unnamed(records_of(recorded, streams))
