"""Who is handed a call is told by whom with the first ring, whenever Asterisk tells of the transfer itself.

It tells of a blind transfer from the thread that took the REFER, and of where the caller goes from the caller's own:
on a busy machine the phone rings first (seen on 16.28). Before either it says so of the line that is sent,
`BLINDTRANSFER`, unless its administrator filters that away.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import Recording, Stream, differences, events_of, folders, heard, recording, records_of, stripped

from ringcard.calls.events import Delivered, Established, Transferring
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.protocol import Message, parse

AT_ONCE_S = 0.05


def messages_of(stream: Stream) -> list[Message]:
    return [parse(raw.strip(b"\r\n")) for _, raw in stream]


def overtaken(stream: Stream, after: str) -> Stream:
    """Each BlindTransfer is told just after the next event `after` of the leg that is dialled for it at once."""
    told, messages = list(stream), messages_of(stream)
    for place, transfer in reversed(list(enumerate(messages))):
        if transfer.name != "BlindTransfer" or transfer.get("Result") != "Success":
            continue
        sent = transfer.get("TransfereeUniqueid")
        soon = [i for i in range(place, len(stream)) if stream[i][0] - stream[place][0] < AT_ONCE_S]
        dials = next((i for i in soon if messages[i].name == "DialBegin" and messages[i].get("Uniqueid") == sent), None)
        if dials is None:
            continue
        if after == "DialBegin":
            goal: int | None = dials
        else:
            leg = messages[dials].get("DestUniqueid")
            goal = next(
                (i for i in soon if messages[i].name == "Newstate" and messages[i].get("Uniqueid") == leg),
                None,
            )
            if goal is not None and messages[goal].get("ChannelStateDesc") != "Ringing":
                goal = None
        if goal is None:
            continue
        moved = [place]
        if transfer.get("IsExternal") == "No":  # told by the thread of who pressed the code, as all else of that line
            own = transfer.get("TransfererUniqueid")
            moved += [i for i in range(place + 1, goal + 1) if messages[i].get("Uniqueid") == own]
        stays = [i for i in range(place, goal + 1) if i not in moved]
        told[place : goal + 1] = [(stream[at][0], stream[i][1]) for at, i in enumerate([*stays, *moved], place)]
    return told


def unsaid(stream: Stream) -> Stream:
    """As it comes if the variable is filtered away."""
    return [(at_s, raw) for at_s, raw in stream if b"\r\nVariable: BLINDTRANSFER\r" not in raw]


def late(folder: Path) -> bool:
    streams = [stripped(stream) for stream in recording(folder).streams]
    return any(overtaken(stream, "Newstate") != stream for stream in streams)


LATE = [folder for folder in folders() if late(folder)]


@pytest.fixture(params=LATE, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording(folder)


def rings(recorded: Recording, streams: list[Stream]) -> list[tuple[DeviceId | None, DeviceId | None]]:
    """Which phone rang, and who was told to have handed the call to it."""
    events = events_of(recorded, streams)
    return [(event.device, event.transferred_by) for event in events if isinstance(event, Delivered)]


def test_there_are_such_recordings_of_both_asterisks() -> None:
    assert len([folder for folder in LATE if folder.parent.name == "16"]) >= 3
    assert len([folder for folder in LATE if folder.parent.name == "22"]) >= 10


@pytest.mark.parametrize("after", ["DialBegin", "Newstate"])
def test_who_handed_it_on_is_told_with_the_first_ring_although_the_transfer_is_told_after_it(
    recorded: Recording, after: str
) -> None:
    usual = [stripped(stream) for stream in recorded.streams]
    late = [overtaken(stream, after) for stream in usual]
    told = rings(recorded, late)
    assert told == rings(recorded, usual)
    assert differences(recorded, records_of(recorded, late)) == []


@pytest.mark.parametrize("after", ["DialBegin", "Newstate"])
def test_without_the_variable_it_is_told_with_the_transfer_itself(recorded: Recording, after: str) -> None:
    usual = [unsaid(stripped(stream)) for stream in recorded.streams]
    late = [overtaken(stream, after) for stream in usual]
    assert differences(recorded, records_of(recorded, late)) == []
    for stream, as_told in zip(late, usual, strict=True):
        if stream != as_told:
            assert all(begun for begun in begun_with_the_transfer(recorded, stream))


def begun_with_the_transfer(recorded: Recording, stream: Stream) -> list[bool]:
    """Of each BlindTransfer that comes while a phone rings for it: whether it is told at once."""
    here = recorded.translator()
    here.connected(stream[0][0])
    found, rings = [], False
    for at_s, messages in heard(stream):
        for message in messages:
            events = here.receive(message, at_s)
            if isinstance(message, Message) and message.name == "BlindTransfer" and rings:
                found.append(any(isinstance(event, Transferring) for event in events))
            for event in events:
                rings = isinstance(event, Delivered) or (rings and not isinstance(event, Established))
    return found
