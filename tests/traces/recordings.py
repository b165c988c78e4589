"""The recordings in this folder, and how they are played: whole, stripped, from any message on, with gaps.

`shared/` holds recordings of one company on Asterisk 22.10, `asterisk/22` and `asterisk/16` those of the project's own
lab. Beside every stream lies `expected.json`: what really happened, written by the phones' side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, ConversationId, PbxId
from ringcard.calls.record import CallRecord, record_as_json
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.messages import WANTED, WANTED_VARIABLES
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.replay import play, read, records
from ringcard.pbx.asterisk.translate import Translator
from ringcard.testing.scenarios import Expected, differences_of_all, expected_from_json

HERE = Path(__file__).resolve().parent
DEVICES = {"shared": "101-106"}
LAB_DEVICES = "101-110"
"""The company's own devices by the folder that holds its recordings."""

SLACK_S = 0.5
"""How exactly the phones' side can say when something was."""

Stream = list[tuple[float, bytes]]
"""The messages of one connection, each with the time it was received."""

Heard = list[tuple[float, list[Message | Oversized]]]
"""The same, parsed, with nothing in it where a message is not wanted: for who plays it from each message on."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One scenario's folder."""

    folder: Path
    devices: str
    streams: tuple[Stream, ...]
    truths: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def gap(self) -> tuple[float, float] | None:
        """From the last message of the first connection to the first of the second; None if there is one."""
        if len(self.streams) < 2:
            return None
        return self.streams[0][-1][0], self.streams[1][0][0]

    def translator(self, pbx: str = "pbx") -> Translator:
        return translator(self.devices, pbx)


def translator(devices: str, pbx: str = "pbx") -> Translator:
    """A translator that knows nothing yet, for a company with these devices."""
    ours = parse_devices(devices)
    return Translator(PbxId(pbx), DeviceNames(ours), NumberingPlan("RU", None, ours))


def folders() -> list[Path]:
    """Every folder that holds a recording and the truth of it."""
    return sorted(path.parent for path in HERE.glob("**/expected.json"))


@cache
def recording(folder: Path) -> Recording:
    truths = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["records"]
    streams = tuple(list(read(raw)) for raw in sorted(folder.glob("*.raw")))
    return Recording(folder, DEVICES.get(folder.parent.name, LAB_DEVICES), streams, tuple(truths))


def stripped(stream: Stream) -> Stream:
    """As a plain installation sends it: no CEL, no TestEvent, no time stamps."""
    return [
        (at_s, re.sub(rb"\r\nTimestamp: [^\r]*", b"", message))
        for at_s, message in stream
        if re.match(rb"\s*Event: (CEL|TestEvent)\r", message) is None
    ]


def heard(stream: Stream) -> Heard:
    """Every message parsed, once, as `play` does."""
    protocol = AmiProtocol(WANTED, variables=WANTED_VARIABLES)
    return [(at_s, protocol.receive(raw)) for at_s, raw in stream]


def events_of(recorded: Recording, streams: Iterable[Stream] | None = None) -> list[PbxEvent]:
    """What a translator that begins with nothing makes of the streams."""
    return list(play(recorded.translator(), recorded.streams if streams is None else streams))


def records_of(recorded: Recording, streams: Iterable[Stream] | None = None) -> list[CallRecord]:
    return records(events_of(recorded, streams))


def unnamed(records: Sequence[CallRecord]) -> list[CallRecord]:
    """Without the ids that every run makes anew; of conversations, which are one, is left."""
    found = sorted(records, key=lambda record: (record.started_at, record.pbx_ids))
    first = {record.conversation_id: record.pbx_ids[0] for record in reversed(found)}
    return [
        replace(record, call_id=CallId(""), conversation_id=ConversationId(first[record.conversation_id]))
        for record in found
    ]


def differences(recorded: Recording, found: Sequence[CallRecord]) -> list[str]:
    """Everything in which the records of a whole replay differ from what really happened."""
    told = [record_as_json(record) for record in found]
    wrong = []
    if [record["started_at"] for record in told] != sorted(record["started_at"] for record in told):
        wrong.append("the records are not in order of start")
    truths = []
    for written in recorded.truths:
        truth = expected_from_json({**written, "consultations": written["consultations"] or []})
        nearest = min(told, key=lambda record: _distance(truth, record), default=None)
        if nearest is not None:
            _forgive(written, truth, nearest, recorded.gap)
        truths.append(truth)
    return wrong + differences_of_all(truths, told)


def _epoch(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()


def _distance(truth: Expected, record: dict[str, Any]) -> float:
    """Calls that begin within one second are told apart by who called."""
    caller = str(truth.caller or "")[-7:]
    same = caller in str(record["caller"]["presented"] or "") or caller in str(record["caller"]["number"] or "")
    return abs((_epoch(record["started_at"]) or 0.0) - truth.started_at) + (0.0 if same else 5.0)


def _forgive(written: dict[str, Any], truth: Expected, record: dict[str, Any], gap: tuple[float, float] | None) -> None:
    """Take over into `truth` what the recording does not tell, or what nobody could hear because of the gap."""
    if "recorded" not in written:
        truth.recorded = bool(record["recordings"])
    if gap is None or not (truth.started_at < gap[1] and truth.ended_at > gap[0] - SLACK_S):
        return
    if record["complete"] or not record["gaps"]:
        return  # it has to be marked: `differences_of_all` sees the times that are not told
    record["complete"], record["gaps"] = True, []
    for key in ("started_at", "answered_at", "ended_at"):
        really = getattr(truth, key)
        if really is not None and gap[0] - SLACK_S < really < gap[1] + SLACK_S:
            setattr(truth, key, _epoch(record[key]))
    if gap[0] - SLACK_S < written["ended_at"] < gap[1] + SLACK_S and record["ended_by"] is None:
        truth.ended_by = None
    rows = {row["device"]: row for row in record["devices"]}
    truth.devices = [
        device
        if device.device not in rows or not _talk_unknown(record, device.device, gap)
        else replace(device, talk_s=sum(row["talk_s"] for row in record["devices"] if row["device"] == device.device))
        for device in truth.devices
    ]
    for row in record["devices"]:
        row["answered_at"] = row["answered_at"] or row["left_at"]  # since when, nobody heard
    for device in truth.devices:
        at = rows[device.device]["ringing_at"] if device.device in rows else None
        if device.ringing_at is not None and gap[0] - SLACK_S < device.ringing_at < gap[1] + SLACK_S:
            device.ringing_at = _epoch(at)
    if truth.holds and not record["holds"]:
        truth.holds = []  # a hold cannot be seen in a snapshot
    if truth.direction == "inbound" and truth.answered_at is not None:
        first = min(
            (d for d in truth.devices if d.ringing_at is not None), key=lambda d: d.ringing_at or 0, default=None
        )
        if first is None or first.ringing_at is None:
            return
        rang_unheard = first.device not in rows or rows[first.device]["ringing_at"] is None
        if rang_unheard:
            record["wait_s"] = first.ringing_at - truth.started_at
        if rang_unheard or record["answered_at"] is None:
            record["ring_s"] = truth.answered_at - first.ringing_at


def _talk_unknown(record: dict[str, Any], device: str, gap: tuple[float, float]) -> bool:
    """Whether a device answered or left while nobody heard: only its own record can say how long it talked."""
    ends = [
        _epoch(row[key]) for row in record["devices"] if row["device"] == device for key in ("answered_at", "left_at")
    ]
    return any(at is None or gap[0] - SLACK_S < at < gap[1] + SLACK_S for at in ends)
