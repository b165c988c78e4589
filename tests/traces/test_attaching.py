"""Attached at any later message: never an exception, never a ghost, and every call that began afterwards is right.

Without a snapshot only calls that begin afterwards are told; with the list of channels that the PBX would have given at
that point, those in progress too. The same for a connection that broke for a while, and for a start after a crash.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from recordings import Heard, Recording, Stream, folders, heard, recording, records_of, stripped

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, ConversationId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.protocol import parse
from ringcard.pbx.asterisk.replay import records

FOLDERS = [folder for folder in folders() if len(list(folder.glob("*.raw"))) == 1]


@pytest.fixture(params=FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording(folder)


def first_heard(stream: Stream) -> dict[str, int]:
    """The index of the message by which each channel began."""
    found: dict[str, int] = {}
    for index, (_, raw) in enumerate(stream):
        if raw.lstrip(b"\r\n").startswith(b"Event: Newchannel"):
            found[parse(raw.strip(b"\r\n")).headers["Uniqueid"]] = index
    return found


def lines_of(recorded: Recording, stream: Stream) -> list[tuple[str, int, int]]:
    """Every line of a phone: its device, and the indexes of the messages by which it began and ended."""
    names = recorded.translator().names
    begun: dict[str, tuple[str, int]] = {}
    found = []
    for index, (_, raw) in enumerate(stream):
        if not raw.lstrip(b"\r\n").startswith((b"Event: Newchannel", b"Event: Hangup\r")):
            continue
        message = parse(raw.strip(b"\r\n"))
        headers, device = message.headers, names.parse(message.get("Channel")).device
        if message.name == "Newchannel" and device is not None:
            begun[headers["Uniqueid"]] = device, index
        elif headers["Uniqueid"] in begun:
            found.append((*begun.pop(headers["Uniqueid"]), index))
    return found


def unnamed(record: CallRecord) -> CallRecord:
    """The record without the ids that every run makes anew."""
    return replace(record, call_id=CallId(""), conversation_id=ConversationId(""))


def records_from(recorded: Recording, told: Heard, index: int) -> list[CallRecord]:
    """What whoever attaches before this message makes of the rest; `play` with the parsing done before."""
    translator = recorded.translator()
    translator.connected(told[index][0])
    events: list[PbxEvent] = []
    for at_s, messages in told[index:]:
        for message in messages:
            events += translator.receive(message, at_s)
    last_s = told[-1][0]
    translator.disconnected(last_s)
    events += translator.tick(max(last_s, translator.clock.last_s) + 60.0)
    return records(events)


def test_without_a_snapshot_exactly_the_calls_that_begin_afterwards_are_told(recorded: Recording) -> None:
    """Stripped of time stamps: a clock that is set by the first of them may be a millisecond off.

    But for who was in a conference room before anybody listened: that they are there nothing tells.
    """
    stream = stripped(recorded.streams[0])
    began = first_heard(stream)
    lines = lines_of(recorded, stream)
    whole = records_of(recorded, [stream])
    told = heard(stream)
    assert [unnamed(record) for record in records_from(recorded, told, 0)] == [unnamed(record) for record in whole]
    # Attaching before a message that nobody reads is the same as before the next that somebody does.
    for index in (index for index, (_, messages) in enumerate(told) if messages and index):
        later = [unnamed(record) for record in whole if began[record.pbx_ids[0]] >= index]
        found = [unnamed(record) for record in records_from(recorded, told, index)]
        assert [record.pbx_ids[0] for record in found] == [record.pbx_ids[0] for record in later], (
            f"attached at {index}"
        )
        for seen, record in zip(found, later, strict=True):
            people = {stint.device for stint in record.devices}
            was_there = any(d in people and of < index <= began[record.pbx_ids[0]] < to for d, of, to in lines)
            assert seen == record or was_there, f"attached at {index}"
