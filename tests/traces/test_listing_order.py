"""A PBX lists its channels in no order, and the next time in another: what is told may not depend on it.

`attached/` holds what late-comers heard of whom a model that took the first listed for the first had made one call. The
other recordings are those with a connection that broke.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from recordings import HERE, LAB_DEVICES, Recording, Stream, folders, recording, records_of, unnamed

from ringcard.calls.causes import Direction, Disposition
from ringcard.pbx.asterisk.replay import read

LATE = sorted((HERE / "attached").iterdir())
BROKEN = [folder for folder in folders() if len(list(folder.glob("*.raw"))) > 1]
LISTS = ("CoreShowChannel", "Status", "BridgeListItem", "BridgeInfoChannel")

Order = Callable[[list[bytes]], list[bytes]]


def late(folder: Path) -> Recording:
    return Recording(folder, LAB_DEVICES, (list(read(folder / "ami.raw")),), ())


def turned(items: list[bytes]) -> list[bytes]:
    return items[::-1]


def mixed(seed: int) -> Order:
    def order(items: list[bytes]) -> list[bytes]:
        return random.Random(seed).sample(items, len(items))

    return order


ORDERS = [turned, *(mixed(seed) for seed in range(5))]


def listed_otherwise(stream: Stream, order: Order) -> Stream:
    """The items of each list in another order; everything else stays where it is."""
    told = list(stream)
    for event in LISTS:
        places: list[int] = []
        for index, (_, raw) in enumerate(stream):
            name = raw.lstrip(b"\r\n").partition(b"\r\n")[0].decode()
            if name == f"Event: {event}":
                places.append(index)
            elif name.endswith("Complete"):
                for place, item in zip(places, order([stream[p][1] for p in places]), strict=True):
                    told[place] = (stream[place][0], item)
                places = []
    return told


@pytest.mark.parametrize("recorded", [*map(late, LATE), *map(recording, BROKEN)], ids=lambda recorded: recorded.name)
def test_the_order_of_the_lists_changes_nothing(recorded: Recording) -> None:
    told = unnamed(records_of(recorded))
    assert told
    for order in ORDERS:
        streams = [listed_otherwise(stream, order) for stream in recorded.streams]
        assert unnamed(records_of(recorded, streams)) == told


def test_two_customers_joined_are_two_calls_for_who_comes_later() -> None:
    """The younger is listed first, with the linked id of the older."""
    older, younger = records_of(late(HERE / "attached" / "two-customers-joined"))
    assert (older.caller.number, younger.caller.number) == ("+74959195557", "+74951112233")
    assert older.conversation_id == younger.conversation_id
    assert older.disposition is younger.disposition is Disposition.ANSWERED
    assert (older.ended_by, younger.ended_by) == ("caller", "called")


def test_a_customer_called_and_one_who_called_are_two_calls_for_who_comes_later() -> None:
    older, younger = records_of(late(HERE / "attached" / "outbound-and-inbound-joined"))
    assert (older.direction, older.called.number) == (Direction.OUTBOUND, "+74957654321")
    assert (younger.direction, younger.caller.number) == (Direction.INBOUND, "+74959195557")
    assert older.conversation_id == younger.conversation_id
    assert (older.ended_by, younger.ended_by) == ("called", "called")
