"""Writes down, byte by byte, what the manager interface says while a scenario runs: this is how traces are made.

A trace is a folder with `ami.raw` (every byte received), `ami.jsonl` (`{"t", "off", "len"}` a message) and
`expected.json` (what really happened, told by the phones' side). It is the full stream: no filter, every permission.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.asterisk import AmiAddress
from lab.system import Lab
from ringcard.testing.scenarios import ON_ASTERISK_ONLY, SCENARIOS, Expected

END_OF_MESSAGE = b"\r\n\r\n"
END_OF_LINE = b"\r\n"
SETTLE_S = 0.7
"""Local channels are optimised away up to half a second after the fact."""


@dataclass(slots=True)
class Stream:
    """One connection's bytes and the time at which each message was complete."""

    raw: bytearray = field(default_factory=bytearray)
    times: list[tuple[float, int, int]] = field(default_factory=list)
    _whole: int = 0

    def take(self, chunk: bytes) -> None:
        """Append what arrived; the greeting is a line, everything else ends with an empty line."""
        now = time.time()
        self.raw += chunk
        while True:
            mark = END_OF_LINE if self._whole == 0 else END_OF_MESSAGE
            end = self.raw.find(mark, self._whole)
            if end < 0:
                return
            end += len(mark)
            self.times.append((now, self._whole, end - self._whole))
            self._whole = end

    def write(self, folder: Path, stem: str = "ami") -> None:
        """`stem.raw` and `stem.jsonl`; a message cut off by the end is left out of both."""
        (folder / f"{stem}.raw").write_bytes(bytes(self.raw[: self._whole]))
        lines = (json.dumps({"t": round(t, 6), "off": off, "len": length}) for t, off, length in self.times)
        (folder / f"{stem}.jsonl").write_text("".join(line + "\n" for line in lines))


class Recording:
    """A connection that hears everything. Use as an asynchronous context manager."""

    def __init__(self, ami: AmiAddress) -> None:
        self.ami = ami
        self.stream = Stream()
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Recording:
        reader, self._writer = await asyncio.open_connection(self.ami.host, self.ami.port)
        self._task = asyncio.create_task(self._read(reader))
        await self.send("Login", Username=self.ami.user, Secret=self.ami.secret)
        async with asyncio.timeout(5):
            while b"FullyBooted" not in self.stream.raw:
                await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._writer is not None
        assert self._task is not None
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def send(self, action: str, **headers: str) -> None:
        """An action; its answer becomes part of the stream."""
        assert self._writer is not None
        lines = {"Action": action, "ActionID": f"trace-{action}", **headers}
        self._writer.write("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + END_OF_LINE)
        await self._writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65536):
            self.stream.take(chunk)


def write_expected(
    folder: Path, title: str, notes: Sequence[str], truths: Sequence[Expected], streams: Sequence[str]
) -> None:
    """`expected.json`, the records in order of start."""
    told = sorted(truths, key=lambda truth: truth.started_at)
    expected = {
        "title": title,
        "streams": list(streams),
        "notes": list(notes),
        "records": [truth.as_json(f"c{number}") for number, truth in enumerate(told, 1)],
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


async def record(lab: Lab, name: str, traces: Path) -> Path:
    """Run one scenario and write its trace into `traces/NAME`; returns that folder.

    Nothing is written if the scenario fails; the calls it left are ended.
    """
    scenario = SCENARIOS.get(name) or ON_ASTERISK_ONLY[name]
    try:
        async with Recording(lab.ami) as recording:
            await recording.send("UserEvent", UserEvent="TraceMarker", Scenario=name, Phase="start")
            truths = await scenario.tell(lab)
            await lab.is_quiet()
            await asyncio.sleep(SETTLE_S)
            await recording.send("UserEvent", UserEvent="TraceMarker", Scenario=name, Phase="end")
            await asyncio.sleep(0.1)
    except BaseException:
        await lab.end_all_calls()
        raise
    folder = traces / name
    folder.mkdir(parents=True, exist_ok=True)
    recording.stream.write(folder)
    write_expected(folder, scenario.title, scenario.notes, truths, ["ami.raw"])
    return folder
