"""What late-comers heard, where the model once went wrong. How the lists' order plays in: `test_listing_order`."""

from __future__ import annotations

from pathlib import Path

import pytest
from listing import up_to
from recordings import (
    HERE,
    LAB_DEVICES,
    Recording,
    Stream,
    differences,
    folders,
    heard,
    recording,
    records_of,
    stripped,
    translator,
    unnamed,
)

from ringcard.calls.causes import Outcome, TransferKind
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.protocol import Message, parse
from ringcard.pbx.asterisk.replay import play, read, records

ASKED_BEFORE_THE_BRIDGE = HERE / "attached" / "asked-before-the-bridge-16" / "ami.raw"
"""101 pressed `*2` before we came; Asterisk 16 tells DialBegin of 103 ahead of where the Local pair stands."""


def is_about_the_consultation(found: list[CallRecord]) -> None:
    (record,) = found
    (side,) = record.consultations
    assert (side.by, side.to, side.outcome) == ("101", "103", Outcome.ANSWERED)
    assert side.ringing_at is not None
    (transfer,) = record.transfers
    assert (transfer.kind, transfer.by, transfer.to, transfer.completed) == (TransferKind.ATTENDED, "101", "103", True)
    assert [(row.device, row.ringing_at) for row in record.devices] == [("101", None), ("103", None)]
    assert record.ring_s == 0


def test_a_consultation_is_known_although_its_phone_is_dialled_before_the_pair_is_in_its_bridge() -> None:
    is_about_the_consultation(records(play(translator(LAB_DEVICES), [list(read(ASKED_BEFORE_THE_BRIDGE))])))


@pytest.mark.parametrize("ahead_of", ["BridgeEnter", "DialBegin"])
def test_a_consultation_is_known_although_its_phone_rings_before_the_pair_is_in_its_bridge(ahead_of: str) -> None:
    """16.28 told it so in one of 22 tellings on a busy machine: 103's row had the consultation's time of ringing."""
    stream = stripped(list(read(ASKED_BEFORE_THE_BRIDGE)))
    told = messages_of(stream)
    place = next(index for index, message in enumerate(told) if message.name == ahead_of)
    rings = next(index for index, message in enumerate(told) if is_ringing(message, "lab-1795874954.67"))
    ringing = stream.pop(rings)
    assert place < rings
    stream.insert(place, (stream[place][0], ringing[1]))
    is_about_the_consultation(records(play(translator(LAB_DEVICES), [stream])))


@pytest.mark.parametrize("later_s", [0.2, 0.3, 1.0])
def test_a_bridge_that_is_told_late_loses_neither_the_consultation_nor_who_took_part(later_s: float) -> None:
    """Nobody waits for it longer than a quarter of a second: then the colleague rings. All that is wrong afterwards is
    that the ringing counts as the call's, for what was told is not taken back; it is the consultation's.
    """
    stream = stripped(list(read(ASKED_BEFORE_THE_BRIDGE)))
    told = messages_of(stream)
    place = next(index for index, message in enumerate(told) if message.name == "BridgeEnter")
    rings = next(index for index, message in enumerate(told) if is_ringing(message, "lab-1795874954.67"))
    at_s, (_, ringing) = stream[place][0], stream.pop(rings)
    stream[place:] = [(at_s, ringing), *((later + later_s, raw) for later, raw in stream[place:])]
    (record,) = records(play(translator(LAB_DEVICES), [stream]))
    (side,) = record.consultations
    assert (side.by, side.to, side.outcome) == ("101", "103", Outcome.ANSWERED)
    (transfer,) = record.transfers
    assert (transfer.kind, transfer.by, transfer.to, transfer.completed) == (TransferKind.ATTENDED, "101", "103", True)
    assert [(row.device, row.outcome) for row in record.devices] == [
        ("101", Outcome.ANSWERED),
        ("103", Outcome.ANSWERED),
    ]
    assert (record.devices[1].ringing_at == side.ringing_at) == (later_s > 0.25)
    assert record.ended_at is not None


# -- the same in every recording in which somebody asks by `*2` --------------------------------------------------------


def messages_of(stream: Stream) -> list[Message]:
    return [parse(raw.strip(b"\r\n")) for _, raw in stream]


def is_ringing(message: Message, uid: str) -> bool:
    return message.name == "Newstate" and message.get("Uniqueid") == uid and message.get("ChannelState") == "5"


def is_about(message: Message, uid: str, channel: str) -> bool:
    """Whether it is about a channel, as the one that is dialled or by itself, or makes the channel that dials it."""
    begins = message.name == "Newchannel" and message.get("Channel") == channel
    return begins or uid in (message.get("Uniqueid"), message.get("DestUniqueid"))


def ringing_ahead(stream: Stream) -> tuple[int, Stream, Stream] | None:
    """Where a Local pair that nobody dials begins, and the rest from there twice: as it was told, and so that who is
    called through the pair rings before the pair comes into its bridge. None if there is none.

    All that is moved happens at once in both, so that moments do not differ.
    """
    told = messages_of(stream)
    for dialling in told:
        pair = dialling.get("Channel").removesuffix(";2") + ";1"
        if dialling.name != "DialBegin" or not dialling.get("Channel").endswith(";2"):
            continue
        uid = dialling.get("DestUniqueid")
        if any(m.name == "DialBegin" and m.get("DestChannel") == pair for m in told):
            continue
        start = next((i for i, m in enumerate(told) if m.name == "Newchannel" and m.get("Channel") == pair), None)
        place = next((i for i, m in enumerate(told) if m.name == "BridgeEnter" and m.get("Channel") == pair), None)
        rings = next((i for i, m in enumerate(told) if is_ringing(m, uid)), None)
        if start is None or place is None or rings is None or rings < place:
            continue
        usual = [(min(at_s, stream[start][0]) if i <= rings else at_s, raw) for i, (at_s, raw) in enumerate(stream)]
        moved = [i for i in range(place, rings + 1) if is_about(told[i], uid, dialling.get("Channel"))]
        stays = [i for i in range(place, len(stream)) if i not in moved]
        return start, usual[start:], [usual[i] for i in (*range(start, place), *moved, *stays)]
    return None


def asked(folder: Path) -> bool:
    return len(list(folder.glob("*.raw"))) == 1 and ringing_ahead(stripped(recording(folder).streams[0])) is not None


ASKED = [folder for folder in folders() if asked(folder)]


@pytest.fixture(params=ASKED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def recorded(request: pytest.FixtureRequest) -> Recording:
    folder: Path = request.param
    return recording(folder)


def told_to_who_comes(recorded: Recording, before: Stream, later: Stream) -> list[CallRecord]:
    """What somebody tells of `later` who came before it and asked for the list of channels."""
    here = recorded.translator()
    here.connected(later[0][0])
    events = [e for listed in up_to(before, len(before)).listed(later[0][0]) for e in here.receive(listed, later[0][0])]
    for at_s, messages in heard(later):
        for message in messages:
            events += here.receive(message, at_s)
    events += here.tick(later[-1][0] + 60.0)
    return unnamed(records(events))


def test_there_are_recordings_of_both_asterisks_in_which_somebody_asks_by_feature_code() -> None:
    assert len([folder for folder in ASKED if folder.parent.name == "16"]) >= 5
    assert len([folder for folder in ASKED if folder.parent.name == "22"]) >= 20


def test_who_comes_after_the_press_knows_the_same_whether_bridge_or_ringing_is_told_first(recorded: Recording) -> None:
    stream = stripped(recorded.streams[0])
    found = ringing_ahead(stream)
    assert found is not None
    start, usual, ahead = found
    assert ahead != usual
    assert told_to_who_comes(recorded, stream[:start], ahead) == told_to_who_comes(recorded, stream[:start], usual)


def test_who_has_heard_the_press_tells_the_truth_whether_bridge_or_ringing_is_told_first(recorded: Recording) -> None:
    stream = stripped(recorded.streams[0])
    found = ringing_ahead(stream)
    assert found is not None
    start, _, ahead = found
    assert differences(recorded, records_of(recorded, [[*stream[:start], *ahead]])) == []
