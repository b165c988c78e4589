"""Attached at any later message: never an exception, never a ghost, and every call that began afterwards is right.

Without a snapshot only calls that begin afterwards are told; with the list of channels that the PBX would have given at
that point, those in progress too. The same for a connection that broke for a while, and for a start after a crash.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from listing import Switchboard
from recordings import Recording, Stream, folders, recording, records_of, stripped

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, ConversationId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.messages import WANTED
from ringcard.pbx.asterisk.protocol import AmiProtocol, parse
from ringcard.pbx.asterisk.translate import Translator

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


def wanted_from(stream: Stream) -> list[int]:
    """The messages that are read at all; attaching before any other is the same as before the next of these."""
    protocol = AmiProtocol(WANTED)
    return [index for index, (_, raw) in enumerate(stream) if protocol.receive(raw) and index]


def unnamed(record: CallRecord) -> CallRecord:
    """The record without the ids that every run makes anew."""
    return replace(record, call_id=CallId(""), conversation_id=ConversationId(""))


def heard(translator: Translator, stream: Stream) -> list[PbxEvent]:
    events: list[PbxEvent] = []
    protocol = AmiProtocol(WANTED)
    for at_s, raw in stream:
        for message in protocol.receive(raw):
            events += translator.receive(message, at_s)
    return events


def listed(translator: Translator, board: Switchboard, at_s: float) -> list[PbxEvent]:
    return [event for message in board.listed(at_s) for event in translator.receive(message, at_s)]


def test_without_a_snapshot_exactly_the_calls_that_begin_afterwards_are_told(recorded: Recording) -> None:
    """Stripped of time stamps: a clock that is set by the first of them may be a millisecond off."""
    stream = stripped(recorded.streams[0])
    began = first_heard(stream)
    whole = records_of(recorded, [stream])
    for index in wanted_from(stream):
        later = [unnamed(record) for record in whole if began[record.pbx_ids[0]] >= index]
        assert [unnamed(r) for r in records_of(recorded, [stream[index:]])] == later, f"attached at {index}"
