"""Recorded streams through the translator: what `ringcard trace replay` and the tests run.

A recording is `NAME.raw` (the bytes a connection received) with `NAME.jsonl` beside it (`{t, off, len}` a message:
when it was received, where it lies). Several recordings are successive connections to one PBX.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ringcard.calls.call import Call
from ringcard.calls.events import STATE_EVENTS, Originated, PbxEvent
from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.messages import UNREAD, WANTED, WANTED_VARIABLES
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.tracked import moment
from ringcard.pbx.asterisk.translate import Translator


class TraceError(Exception):
    """A recording cannot be read; the text says which and why."""


def read(path: Path) -> Iterator[tuple[float, bytes]]:
    """The messages of a recording, each with the time it was received (epoch seconds). Raises `TraceError`."""
    index = path.with_suffix(".jsonl")
    try:
        raw = path.read_bytes()
        lines = index.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise TraceError(
            f"{error.filename}: {error.strerror}. A recording is NAME.raw with NAME.jsonl beside it"
        ) from None
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            at_s, start, length = float(entry["t"]), int(entry["off"]), int(entry["len"])
        except (ValueError, KeyError, TypeError):
            raise TraceError(f"{index}:{number}: not a line of {{t, off, len}}") from None
        yield at_s, raw[start : start + length]


def play(translator: Translator, streams: Iterable[Iterable[tuple[float, bytes]]]) -> Iterator[PbxEvent]:
    """Feed successive connections to the translator; the events, in order."""
    now_s = 0.0
    for stream in streams:
        protocol = AmiProtocol(WANTED, variables=WANTED_VARIABLES, unread=UNREAD)
        first = True
        for at_s, data in stream:
            if first:
                translator.connected(at_s)
                first = False
            now_s = at_s
            for message in protocol.receive(data):
                yield from translator.receive(message, at_s)
        translator.disconnected(now_s)
    yield from translator.tick(max(now_s, translator.clock.last_s) + 60.0)


def records(events: Iterable[PbxEvent]) -> list[CallRecord]:
    """Fold events to the records of all calls, in order of start; a call still open at the end is told as it stands."""
    calls: dict[CallId, Call] = {}
    last = None
    for event in events:
        last = event.at
        if isinstance(event, STATE_EVENTS):
            continue
        call = calls.get(event.call_id)
        if call is not None:
            call.apply(event)
        elif isinstance(event, Originated):
            calls[event.call_id] = Call(event)
    now = last or moment(0.0)
    told = [call.record(now) for call in calls.values() if call.absorbed_into is None]
    return sorted(told, key=lambda record: record.started_at)


def messages(data: bytes, wanted: Sequence[str] | None = None) -> list[Message | Oversized]:
    """All messages of some bytes at once."""
    return AmiProtocol(wanted).receive(data)
