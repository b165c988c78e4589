"""How fast a PBX's stream becomes call state, against panoramisk's bare parsing of the same bytes.

    python benchmarks/ami_ingest.py [--events 200000] [--rounds 5] [--profile]

Ours is the whole way: bytes → messages → CSTA events → calls folded on the board. Theirs is `data_received` of
`AMIProtocol` (panoramisk 1.4, ami_protocol.py): bytes → `Message` objects, handed to a manager without a callback. The
`repr` of each message, which it makes for its log, is spared it (the level is above debug), and it keeps no calls.

The stream is made of the recordings in tests/traces, one after another and again and again, each time with other
channel names, unique ids and bridges, so that every call is a new one; all its events are counted, read or not. Both
get the same pieces of 64 KiB, in turns, in one process; a figure is the median of the rounds, in processor time, so
that what else runs on the machine does not count.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from panoramisk.ami_protocol import AMIProtocol

from ringcard.calls.board import Board
from ringcard.calls.events import STATE_EVENTS, Originated
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.messages import UNREAD, WANTED, WANTED_VARIABLES
from ringcard.pbx.asterisk.protocol import AmiProtocol
from ringcard.pbx.asterisk.translate import Translator

TRACES = Path(__file__).resolve().parent.parent / "tests" / "traces" / "shared"
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
PIECE_BYTES = 1 << 16
RATIO_WANTED = 3.0

_TIMESTAMP = re.compile(rb"Timestamp: ([0-9.]+)")
_UNIQUE_ID = re.compile(rb"\b(\d{10})\.(\d+)\b")
_SERIAL = re.compile(rb"(?<=[A-Za-z0-9])-([0-9a-f]{8})(?=[;\r,]|$)", re.MULTILINE)
_BRIDGE = re.compile(rb"\b[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")


def recordings() -> list[bytes]:
    """The bodies of all one-connection recordings, without banner and marks."""
    bodies = []
    for raw in sorted(TRACES.glob("*/ami.raw")):
        body = raw.read_bytes()
        bodies.append(body.partition(b"\r\n")[2] if body.startswith(b"Asterisk Call Manager/") else body)
    return bodies


def renumbered(body: bytes, copy: int, later_s: float) -> bytes:
    """The recording with channels, ids and bridges of its own, `later_s` seconds later."""
    body = _TIMESTAMP.sub(lambda m: b"Timestamp: %.6f" % (float(m[1]) + later_s), body)
    body = _UNIQUE_ID.sub(lambda m: b"%s.%d" % (m[1], int(m[2]) + copy * 1_000_000), body)
    body = _SERIAL.sub(lambda m: b"-%08x" % ((int(m[1], 16) + copy * 0x10000) & 0xFFFFFFFF), body)
    return _BRIDGE.sub(lambda m: b"%08x%s" % (copy, m[1]), body)


def stream(events: int) -> tuple[list[tuple[float, bytes]], int]:
    """At least `events` events in pieces, each with the time it was received; and how many events there are."""
    bodies, parts, count, copy, now_s = recordings(), [BANNER], 0, 0, 0.0
    while count < events:
        for body in bodies:
            first, *_, last = (float(stamp) for stamp in _TIMESTAMP.findall(body))
            now_s = now_s or first
            parts.append(renumbered(body, copy, now_s - first))
            now_s += last - first + 1.0
            count += body.count(b"Event: ")
        copy += 1
    whole = b"".join(parts)
    pieces = [whole[start : start + PIECE_BYTES] for start in range(0, len(whole), PIECE_BYTES)]
    return [(float(_TIMESTAMP.findall(piece)[-1]), piece) for piece in pieces], count


def ours(pieces: Sequence[tuple[float, bytes]]) -> tuple[float, int]:
    """Seconds from bytes to call state, and the calls that began."""
    devices = parse_devices("101-106")
    protocol = AmiProtocol(WANTED, variables=WANTED_VARIABLES, unread=UNREAD)
    translator = Translator(PbxId("bench"), DeviceNames(devices), NumberingPlan("RU", None, devices))
    board = Board()
    calls = 0
    began = time.process_time()
    translator.connected(pieces[0][0])
    for now_s, piece in pieces:
        for message in protocol.receive(piece):
            for event in translator.receive(message, now_s):
                if not isinstance(event, STATE_EVENTS):
                    board.apply(event)
                    calls += isinstance(event, Originated)
    elapsed_s = time.process_time() - began
    if board.calls:
        raise SystemExit(f"{len(board.calls)} calls are stuck: the stream was not understood")
    return elapsed_s, calls


class _Factory:
    """What panoramisk's protocol hands its messages to: a manager without a callback."""

    forgetable_actions = ()
    awaiting_actions: tuple[object, ...] = ()
    save_stream = None

    def __init__(self) -> None:
        self.messages = 0

    def dispatch(self, _message: object) -> None:
        self.messages += 1

    def connection_lost(self, _reason: object) -> None:
        """A `Shutdown` event is in the stream."""


class _Transport:
    def close(self) -> None:
        """Nothing is open."""


def theirs(pieces: Sequence[tuple[float, bytes]]) -> tuple[float, int]:
    """Seconds from bytes to messages, and how many."""
    protocol = AMIProtocol()
    protocol.connection_made(_Transport())
    protocol.encoding = "utf-8"
    protocol.factory = factory = _Factory()
    protocol.log.setLevel("CRITICAL")
    began = time.process_time()
    for _, piece in pieces:
        protocol.data_received(piece)
    return time.process_time() - began, factory.messages


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="show where our time goes instead")
    arguments = parser.parse_args()
    data, events = stream(arguments.events)
    if arguments.profile:
        profile = cProfile.Profile()
        profile.runcall(ours, data)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    rates: dict[str, list[float]] = {"ours": [], "theirs": []}
    calls = messages = 0
    for _ in range(arguments.rounds):
        gc.collect()
        elapsed_s, calls = ours(data)
        rates["ours"].append(events / elapsed_s)
        gc.collect()
        elapsed_s, messages = theirs(data)
        rates["theirs"].append(events / elapsed_s)
    ring, pano = (statistics.median(rates[name]) for name in ("ours", "theirs"))
    size_mb = sum(len(piece) for _, piece in data) / 1e6
    print(f"{events:,} events, {size_mb:.0f} MB, {calls:,} calls; panoramisk saw {messages:,} messages")
    print(f"ringcard, to call state    {ring:>10,.0f} events/s")
    print(f"panoramisk, parsing alone  {pano:>10,.0f} events/s")
    print(f"ratio                      {ring / pano:>10.1f}  (median of {arguments.rounds}; wanted {RATIO_WANTED:.0f})")


if __name__ == "__main__":
    main()
