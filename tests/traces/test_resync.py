"""Attached in mid-call, with the list of channels that the PBX would have given at that moment.

Calls in progress are told from then on, marked as not complete, and nothing that was not a call. Not held here: a
consultation or a room's member of which the list does not say whose it is may be told as a call of its own; what was
dialled before a transfer, and who hung up a moment ago, the list cannot say.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from listing import Switchboard
from recordings import Recording, folders, heard, records_of, stripped
from recordings import recording as recording_in

from ringcard.pbx.asterisk.replay import records

FOLDERS = [folder for folder in folders() if len(list(folder.glob("*.raw"))) == 1]
STEP = 5
"""Every so many messages: the list is made anew each time."""


@pytest.fixture(params=FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording_in(folder)


def test_what_is_told_from_a_snapshot_on_are_the_calls_that_were_and_no_others(recorded: Recording) -> None:
    stream = stripped(recorded.streams[0])
    ids = {pbx_id: record.pbx_ids[0] for record in records_of(recorded, [stream]) for pbx_id in record.pbx_ids}
    board = Switchboard()
    told_by_pbx = heard(stream)
    for index, (at_s, raw) in enumerate(stream):
        if index % STEP == 1:
            translator = recorded.translator()
            translator.connected(at_s)
            events = [event for message in board.listed(at_s) for event in translator.receive(message, at_s)]
            for later_s, messages in told_by_pbx[index:]:
                for message in messages:
                    events += translator.receive(message, later_s)
            events += translator.tick(stream[-1][0] + 60.0)
            told = records(events)
            assert all(record.ended_at for record in told), f"stuck, attached at {index}"
            assert all(pbx_id in ids for record in told for pbx_id in record.pbx_ids), f"ghost, attached at {index}"
            for record in told:
                if set(record.pbx_ids) & board.uids():
                    assert not record.complete, f"taken for complete, attached at {index}"
                assert min(record.talk_s, record.hold_s, record.ring_s, record.wait_s) >= 0
        board.hear(at_s, raw)
