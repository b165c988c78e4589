"""Writes down what an Asterisk says, byte by byte, so that it can be replayed: every report of a fault begins with
this.

A trace is `NAME.raw`, the bytes received, and beside it `NAME.jsonl`, a line a message: `{"t": epoch seconds, "off":
offset, "len": bytes}`. Both end with a whole message whenever and however the recording ends.

The whole stream is asked for, unfiltered, but for one class of events: `security` tells of other people's log-ins.
What *we* send is not recorded, so no secret is; should the PBX repeat it, it is blotted out.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from ringcard.pbx.asterisk.login import list_allowed, log_in
from ringcard.pbx.asterisk.messages import WANTED_VARIABLES
from ringcard.pbx.asterisk.permissions import allowed_actions
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.questions import take_snapshot
from ringcard.pbx.asterisk.session import PARSED, SteadyClock
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.asterisk.wire import Wire, connect

EVENT_CLASSES = (
    "system,call,log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate,agi,cc,aoc,test,message"
)
"""Every class but `security`; main/manager.c of 22.10 has them in `perms`. An older Asterisk passes over what it does
not know."""

_SHORTEST_BLOTTED = 4
"""Characters; blotting out a shorter secret would only spoil the recording."""


class TraceWriter:
    """The two files of one connection. Use as a context manager; they are new, and readable by their owner only.

    Raises `FileExistsError` rather than write over a trace.
    """

    def __init__(self, directory: Path, name: str, *, secret: str = "", clock: Callable[[], float] = time.time) -> None:
        self.raw_path = directory / f"{name}.raw"
        self.index_path = directory / f"{name}.jsonl"
        self.messages = 0
        self.size_bytes = 0
        self._secret = secret.encode() if len(secret) >= _SHORTEST_BLOTTED else b""
        self._clock = clock
        self._rest = bytearray()
        directory.mkdir(parents=True, exist_ok=True)
        self._raw = _create(self.raw_path)
        try:
            self._index = _create(self.index_path)
        except BaseException:
            self._raw.close()
            self.raw_path.unlink()
            raise

    def take(self, data: bytes) -> None:
        """Write what is whole; a message's time is that of its last byte."""
        self._rest += data
        whole, lines, at_s = bytearray(), [], round(self._clock(), 6)
        start = 0
        while True:
            # The banner is one line, everything else ends with an empty one.
            mark = b"\r\n\r\n" if self.messages else b"\r\n"
            end = self._rest.find(mark, start)
            if end < 0:
                break
            end += len(mark)
            lines.append(json.dumps({"t": at_s, "off": self.size_bytes, "len": end - start}))
            self.size_bytes += end - start
            self.messages += 1
            start = end
        if not lines:
            return
        whole = self._rest[:start]
        del self._rest[:start]
        if self._secret:
            whole = whole.replace(self._secret, b"*" * len(self._secret))
        # The bytes first: an index that is short is a shorter trace, one that points beyond the end is a broken one.
        self._raw.write(whole)
        self._raw.flush()
        self._index.write("".join(line + "\n" for line in lines).encode())
        self._index.flush()

    def close(self) -> None:
        """What is not a whole message is left out of both files; a trace without any is no trace and is removed."""
        self._raw.close()
        self._index.close()
        if not self.messages:
            self.raw_path.unlink(missing_ok=True)
            self.index_path.unlink(missing_ok=True)

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


async def record(
    settings: AsteriskSettings,
    directory: Path,
    name: str,
    *,
    stop: asyncio.Event,
    seconds: float | None = None,
    snapshot: bool = True,
    began: Callable[[TraceWriter], None] = lambda _: None,
) -> TraceWriter:
    """Log in, ask what is so now (`snapshot`), and write down everything until `stop`, or for `seconds`.

    Raises `LinkLost` or `Refused` of `pbx.asterisk.wire`; what came until then is on disk. `began` is called once it
    listens.
    """
    with TraceWriter(directory, name, secret=settings.secret, clock=SteadyClock()) as writer:
        wire = await connect(
            settings, lambda: Wire(AmiProtocol(PARSED, variables=WANTED_VARIABLES), _deaf, writer.take)
        )
        try:
            await log_in(wire, settings, EVENT_CLASSES)
            if snapshot:
                allowed = allowed_actions(await list_allowed(wire, settings))
                timing = settings.timing
                await take_snapshot(wire, allowed, action_s=timing.action_s, list_s=timing.list_s)
            began(writer)
            stopped: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
            try:
                await asyncio.wait({stopped, wire.lost}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopped.cancel()
            if wire.lost.done():
                wire.lost.result()
        finally:
            await wire.close()
        return writer


def _deaf(messages: Sequence[Message | Oversized]) -> None:
    """The recorder keeps bytes; what they mean is the replay's concern."""
