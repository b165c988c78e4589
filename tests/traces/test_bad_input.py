"""What no Asterisk sends, and a network, a fault or a stranger's patch may: never an exception, never a ghost.

Every recording of the shared company is spoilt in seven ways: messages twice, in another order, missing, garbled. When
the PBX then lists its channels and has none, no call is left. The spoiling is drawn by lot from fixed seeds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from recordings import Recording, Stream, folders, recording, records_of

from ringcard.calls.board import Board
from ringcard.calls.events import PbxEvent, StateEvent
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.messages import WANTED
from ringcard.pbx.asterisk.protocol import AmiProtocol
from ringcard.pbx.asterisk.replay import play

FOLDERS = [folder for folder in folders() if folder.parent.name == "shared"]
SEEDS = range(3)

NO_CHANNELS = (
    b"Response: Success\r\nEventList: start\r\nMessage: Channels will follow\r\n\r\n"
    b"Event: CoreShowChannelsComplete\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
)
PATIENCE_S = 60
"""Longer than anything that only the passing of time decides."""

GARBAGE = [
    *(b"", b"-1", b"0", b"9" * 400, b"nan", b"inf", b"1e999", b"\xff\xfe", b"<unknown>"),
    *(b"x" * 300, b"PJSIP/", b"/", b"Local/", b"&,@|", b"\x00\x1b[31m"),
]
STAMPS = [b"nan", b"inf", b"-1", b"0", b"9" * 20, b"1e400", b"yesterday", b"1795000000.5", b"4000000000"]

Dice = random.Random


def twice(stream: Stream, dice: Dice) -> Stream:
    return [message for message in stream for _ in range(2)]


def again_later(stream: Stream, dice: Dice) -> Stream:
    spoilt = list(stream)
    for _ in range(30):
        at, later = dice.randrange(1, len(spoilt)), dice.randrange(1, 40)
        place = min(len(spoilt) - 1, at + later)
        spoilt.insert(place, (spoilt[place][0], spoilt[at][1]))
    return spoilt


def shuffled_by_eight(stream: Stream, dice: Dice) -> Stream:
    spoilt = stream[:1]
    for first in range(1, len(stream), 8):
        group = stream[first : first + 8]
        raws = [raw for _, raw in group]
        dice.shuffle(raws)
        spoilt += [(at_s, raw) for (at_s, _), raw in zip(group, raws, strict=True)]
    return spoilt


def one_in_five_missing(stream: Stream, dice: Dice) -> Stream:
    return stream[:1] + [message for message in stream[1:] if dice.random() > 0.2]


def channels_never_seen(stream: Stream, dice: Dice) -> Stream:
    """Half of the channels are spoken of without ever having been announced."""
    return [(at_s, raw) for at_s, raw in stream if b"Event: Newchannel" not in raw or dice.random() < 0.5]


def garbled(stream: Stream, dice: Dice) -> Stream:
    def spoil(found: re.Match[bytes]) -> bytes:
        return found[1] + dice.choice(GARBAGE) if dice.random() < 0.1 else found[0]

    return stream[:1] + [(at_s, re.sub(rb"(\r\n[A-Za-z]+: )[^\r]*", spoil, raw)) for at_s, raw in stream[1:]]


def clock_gone_mad(stream: Stream, dice: Dice) -> Stream:
    return [
        (at_s, re.sub(rb"Timestamp: [^\r]*", lambda _: b"Timestamp: " + dice.choice(STAMPS), raw))
        for at_s, raw in stream
    ]


WAYS: list[Callable[[Stream, Dice], Stream]] = [
    twice,
    again_later,
    shuffled_by_eight,
    one_in_five_missing,
    channels_never_seen,
    garbled,
    clock_gone_mad,
]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording(folder)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_raises_and_no_call_outlives_an_empty_list(
    recorded: Recording, way: Callable[[Stream, Dice], Stream]
) -> None:
    for seed in SEEDS:
        board = Board()
        heard = recorded.translator()
        protocol = AmiProtocol(WANTED)

        def told() -> Iterator[PbxEvent]:
            stream = way(recorded.streams[0], random.Random(f"{recorded.name} {seed}"))  # noqa: B023  used up at once
            for at_s, raw in [*stream, (recorded.streams[0][-1][0] + 1, NO_CHANNELS)]:
                for message in protocol.receive(raw):  # noqa: B023
                    yield from heard.receive(message, at_s)  # noqa: B023
            for later_s in range(PATIENCE_S):
                yield from heard.tick(recorded.streams[0][-1][0] + 2 + later_s)  # noqa: B023

        fold(board, told())
        assert board.calls == {}, f"seed {seed}"
        assert [call for call in heard.calls.values() if call.originated and not call.unseen] == [], f"seed {seed}"


def test_every_message_twice_makes_nothing_of_a_call_twice(recorded: Recording) -> None:
    """Also the end of a list of channels, which is then the end of a list that never began."""
    doubled = records_of(recorded, [twice(stream, random.Random(0)) for stream in recorded.streams])
    assert [shape(record) for record in doubled] == [shape(record) for record in records_of(recorded)]


def test_a_clock_that_jumps_a_day_in_mid_call_bends_no_duration(recorded: Recording) -> None:
    """Set forward, and set back, half way: the PBX's own stamps jump, what a call lasted does not."""
    plain = records_of(recorded)
    for jump_s in (86_400.0, -86_400.0):
        jumped = records_of(recorded, [set_by(stream, jump_s) for stream in recorded.streams])
        assert len(jumped) == len(plain)
        for record, truth in zip(jumped, plain, strict=True):
            assert record.talk_s == pytest.approx(truth.talk_s, abs=0.5)
            assert record.ring_s == pytest.approx(truth.ring_s, abs=0.5)
            assert (record.ended_at is None) == (truth.ended_at is None)
            if record.ended_at is not None and truth.ended_at is not None:
                lasted, really = record.ended_at - record.started_at, truth.ended_at - truth.started_at
                assert lasted.total_seconds() == pytest.approx(really.total_seconds(), abs=0.5)


def test_a_channel_never_seen_makes_us_ask_what_is_so(recorded: Recording) -> None:
    unannounced = [(at_s, raw) for at_s, raw in recorded.streams[0] if b"Event: Newchannel" not in raw]
    heard = recorded.translator()
    for _ in play(heard, [unannounced]):
        pass
    assert heard.wants_snapshot
    assert [call for call in heard.calls.values() if call.originated and not call.unseen] == []


def set_by(stream: Stream, jump_s: float) -> Stream:
    """The PBX's clock is set by `jump_s` half way."""

    def moved(found: re.Match[bytes]) -> bytes:
        return b"Timestamp: %.6f" % (float(found[1]) + jump_s)

    half = len(stream) // 2
    return stream[:half] + [
        (at_s, re.sub(rb"Timestamp: ([0-9.]+)", moved, raw, count=1)) for at_s, raw in stream[half:]
    ]


def shape(record: CallRecord) -> tuple[object, ...]:
    """What a doubled message could double or change."""
    return (
        record.caller,
        record.called,
        record.disposition,
        [(stint.device, stint.outcome) for stint in record.devices],
        [(transfer.kind, transfer.by, transfer.to, transfer.completed) for transfer in record.transfers],
        len(record.holds),
        len(record.consultations),
        len(record.recordings),
    )


def fold(board: Board, events: Iterable[PbxEvent]) -> None:
    for event in events:
        if not isinstance(event, StateEvent):
            board.apply(event)
