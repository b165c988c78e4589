"""The recordings are the specification: what the phones' side saw is what the records say.

Every recording is replayed whole, and stripped to what a plain installation sends; its bytes are cut everywhere; its
events are stored and folded again; and two telephone systems that speak the same numbers stay two.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from recordings import Recording, differences, events_of, folders, recording, records_of, stripped, translator

from ringcard.calls.board import Board
from ringcard.calls.events import CallEvent, KeptEvent, StateEvent
from ringcard.calls.queues import QueueStateChanged
from ringcard.calls.record import record_as_json
from ringcard.ledger.codec import draft_entry, pack, restore_entry, unpack
from ringcard.pbx.asterisk.messages import WANTED
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.replay import play, records

FOLDERS = folders()


@pytest.fixture(params=FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording(folder)


def test_there_are_recordings_of_both_asterisks_and_of_the_shared_company() -> None:
    assert {folder.parent.name for folder in FOLDERS} >= {"shared", "22", "16"}
    assert sum(folder.parent.name == "shared" for folder in FOLDERS) == 42


def test_the_records_are_what_really_happened(recorded: Recording) -> None:
    assert differences(recorded, records_of(recorded)) == []


def test_the_records_are_true_without_cel_testevent_and_timestamps(recorded: Recording) -> None:
    assert differences(recorded, records_of(recorded, [stripped(stream) for stream in recorded.streams])) == []


def test_nothing_of_a_recorded_call_surprised_the_model(recorded: Recording) -> None:
    assert [record.anomalies for record in records_of(recorded)] == [()] * len(recorded.truths)


def test_every_call_leaves_the_board_and_the_translator(recorded: Recording) -> None:
    board = Board()
    heard = recorded.translator()
    for event in play(heard, recorded.streams):
        if not isinstance(event, StateEvent):
            board.apply(event)
    assert board.calls == {}
    assert [call for call in heard.calls.values() if call.originated and not call.unseen] == []


def test_the_events_of_one_message_are_in_the_order_of_their_calls_lives(recorded: Recording) -> None:
    """No call is heard of before it began, nor after it is settled."""
    begun: set[str] = set()
    absorbed: set[str] = set()
    for event in events_of(recorded):
        if isinstance(event, StateEvent):
            continue
        kind = type(event).__name__
        assert (event.call_id in begun) != (kind == "Originated"), event
        assert event.call_id not in absorbed, event
        begun.add(event.call_id)
        if kind == "Absorbed":
            absorbed.add(event.call_id)


# -- bytes ------------------------------------------------------------------------------------------------------------


def bytes_of(recorded: Recording) -> bytes:
    return b"".join(message for _, message in recorded.streams[0])


def fed(pieces: Iterator[bytes]) -> tuple[list[Message | Oversized], int]:
    protocol = AmiProtocol(WANTED)
    return [message for piece in pieces for message in protocol.receive(piece)], protocol.skipped


def test_bytes_split_anywhere_give_the_same_messages(recorded: Recording) -> None:
    data = bytes_of(recorded)
    whole = fed(iter([data]))
    dice = random.Random(recorded.name)
    for _ in range(3):
        cuts = sorted(dice.randrange(len(data)) for _ in range(200))
        edges = [0, *cuts, len(data)]
        assert fed(data[a:b] for a, b in pairwise(edges)) == whole


@pytest.mark.parametrize("name", ["shared/46-unicode-caller-name", "shared/19-internal", "16/hold-twice"])
def test_bytes_one_by_one_give_the_same_messages(name: str) -> None:
    data = bytes_of(recording(next(folder for folder in FOLDERS if f"{folder.parent.name}/{folder.name}" == name)))
    assert fed(data[i : i + 1] for i in range(len(data))) == fed(iter([data]))


# -- folding ----------------------------------------------------------------------------------------------------------


def through_the_ledger(event: KeptEvent) -> KeptEvent:
    """The event as the ledger writes and reads it: nothing is kept but its bytes."""
    draft = draft_entry(event)
    opened, personal = unpack(pack([draft.open, list(draft.personal.values())]))
    entry = restore_entry(draft.tag, draft.version, opened, personal, b"")
    assert type(entry) is type(event)
    return entry


def test_folding_the_stored_events_rebuilds_the_same_records(recorded: Recording) -> None:
    events = [event for event in events_of(recorded) if not isinstance(event, QueueStateChanged)]
    stored = [through_the_ledger(event) for event in events]
    assert stored == events
    assert records(stored) == records(stored) == records(events)


def test_a_record_does_not_change_once_its_call_is_settled(recorded: Recording) -> None:
    events: list[CallEvent] = [event for event in events_of(recorded) if not isinstance(event, StateEvent)]
    board = Board()
    for event in events:
        call = board.apply(event)
        if call is not None and call.settled:
            soon, later = (record_as_json(call.record(datetime(year, 1, 1, tzinfo=UTC))) for year in (2027, 2030))
            assert soon == later


# -- two telephone systems --------------------------------------------------------------------------------------------


def test_two_telephone_systems_with_equal_channel_ids_have_calls_of_their_own(recorded: Recording) -> None:
    one, two = translator(recorded.devices, "north"), translator(recorded.devices, "south")
    north, south = records(play(one, recorded.streams)), records(play(two, recorded.streams))
    assert len(north) == len(south) == len(recorded.truths)
    assert [record.pbx_ids for record in north] == [record.pbx_ids for record in south]
    assert not {record.call_id for record in north} & {record.call_id for record in south}
