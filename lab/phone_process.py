"""The parent's end of a process with phones in it (`lab.softphone`), and what is known of those phones.

Nothing here belongs to an event loop: a thread reads what the phones tell, and whoever waits is woken in its own loop.
So one lab serves every test of a session, whatever loop the test runs in.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.asterisk import LabError
from lab.evidence import ToldTrail

PATIENCE_S = 15.0
"""Longer than anything rings in the company, shorter than a test's own patience."""


@dataclass(slots=True)
class Line:
    """What is known of one call on one phone."""

    call: str
    incoming: bool
    state: str = "dialled"  # dialled, ringing, up, over
    media: str = ""
    heard: bool = False
    """Audio of the other side has come."""
    held: bool = False
    transferring: bool = False
    caller: str = ""
    code: int = 0


@dataclass(slots=True)
class PhoneState:
    """All that is known of one phone; `lines` in order of becoming current, the last is current."""

    registered: bool = False
    lines: list[Line] = field(default_factory=list)
    refused: int = 0
    digits: str = ""

    @property
    def live(self) -> list[Line]:
        return [line for line in self.lines if line.state != "over"]


class SoftphoneProcess:
    """The parent's end of one `lab.softphone`: commands out, events in."""

    def __init__(self, address: str, port: int, server: str, rtp_port: int) -> None:
        self._ids = itertools.count(1)
        self._lock = threading.Condition()
        self._replies: dict[int, str | None] = {}
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.problems: list[str] = []
        self.states: dict[str, PhoneState] = {}
        self._phone_of_call: dict[str, str] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.softphone"],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._registering: set[str] = set()
        self._trail = ToldTrail(f"phones of {server} at {address}, process {self._process.pid}", self._left_over)
        self._ready = False
        self._reader = threading.Thread(target=self._read, name="softphone", daemon=True)
        self._reader.start()
        self._write({"address": address, "port": port, "server": server, "rtp_port": rtp_port})
        with self._lock:
            if not self._lock.wait_for(lambda: self._ready or self._process.poll() is not None, PATIENCE_S):
                raise LabError("the softphones do not start")
        if not self._ready:
            raise LabError(f"the softphones ended at once ({self._process.returncode}); is pjsua2-python installed?")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def state(self, phone: str) -> PhoneState:
        return self.states.setdefault(phone, PhoneState())

    def command(self, do: str, **arguments: Any) -> None:
        """Send a command and wait for its answer (milliseconds)."""
        number = next(self._ids)
        if do == "add" and "password" in arguments:
            self._registering.add(arguments["name"])
        with self._lock:
            self._write({"id": number, "do": do, **arguments})
            if not self._lock.wait_for(lambda: number in self._replies or not self.alive, PATIENCE_S):
                raise LabError(f"the softphone does not answer to {do}")
            if number not in self._replies:
                raise LabError(f"the softphone process died of {do} {arguments}")
            error = self._replies.pop(number)
        if error is not None:
            raise LabError(f"{do} {arguments}: {error}")

    def track(self, phone: str, line: Line) -> None:
        """A call that this phone is about to make."""
        with self._lock:
            self._phone_of_call[line.call] = phone
            self.state(phone).lines.append(line)

    async def until(self, what: str, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait until `condition` holds; it is asked again after every event."""
        changed = asyncio.Event()
        waiter = (asyncio.get_running_loop(), changed)
        with self._lock:
            self._waiters.add(waiter)
        try:
            async with asyncio.timeout(patience_s):
                while not condition():
                    if not self.alive:
                        raise LabError(f"the softphone process is gone while waiting: {what}")
                    changed.clear()
                    if condition():
                        return
                    await changed.wait()
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {patience_s:g} s {self.problems[-3:]}") from None
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def _left_over(self) -> list[str]:
        """What keeps these phones from a next test: who is not registered, who still has a call."""
        if not self.alive:
            return []
        absent = [
            f"{phone} is not registered" for phone in sorted(self._registering) if not self.state(phone).registered
        ]
        busy = [f"{phone} has {line}" for phone, state in list(self.states.items()) for line in state.live]
        return absent + busy

    def hang_up_all(self) -> None:
        """Put every call down; one that rings is refused."""
        for state in list(self.states.values()):
            for line in state.live:
                with contextlib.suppress(LabError):  # it ended meanwhile
                    self.command("hang_up", call=line.call)

    async def is_quiet(self) -> None:
        """Wait until none of these phones has a call."""
        await self.until("all calls end", lambda: not any(state.live for state in self.states.values()))

    def kill(self) -> None:
        """A power cut."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None and self._process.stdin:
            self._process.stdin.close()
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        self._reader.join(2)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._trail.says(_in_short("<", message))
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise LabError("the softphone process is gone") from error

    def _read(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            try:
                message = json.loads(raw)
            except ValueError:
                continue
            with self._lock:
                if "reply" in message:
                    self._replies[message["reply"]] = message.get("error")
                else:
                    self._note(message)
                self._wake()
        with self._lock:
            self._wake()

    def _wake(self) -> None:
        self._lock.notify_all()
        for loop, changed in self._waiters:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

    def _note(self, message: dict[str, Any]) -> None:
        event = message["event"]
        self._trail.says(_in_short(">", message))
        if event == "ready":
            self._ready = True
        elif event == "problem":
            self.problems.append(message["problem"])
        elif event == "registration":
            self.state(message["phone"]).registered = bool(message["active"]) and message["code"] == 200
        elif event == "ringing":
            self._phone_of_call[message["call"]] = message["phone"]
            line = Line(message["call"], incoming=True, state="ringing", caller=message["caller"])
            self.state(message["phone"]).lines.append(line)
        elif event == "refused":
            self.state(message["phone"]).refused += 1
        else:
            self._note_of_call(event, message)

    def _note_of_call(self, event: str, message: dict[str, Any]) -> None:
        phone = self.state(self._phone_of_call.get(message["call"], ""))
        line = next((line for line in phone.lines if line.call == message["call"]), None)
        if line is None:
            return
        match event:
            case "answered":
                line.state = "up"
            case "media":
                line.media = message["media"]
                line.held = message["media"] == "held"
            case "heard":
                line.heard = True
            case "digit":
                phone.digits += message["digit"]
            case "ended":
                line.state, line.code = "over", message["code"]
                phone.lines.remove(line)
            case "transfer" if message["final"] and message["code"] >= 200:
                line.transferring = False
            case _:
                pass


def _in_short(direction: str, message: dict[str, Any]) -> str:
    """One command or event as it is shown of a test that failed."""
    return " ".join(
        [direction, *(f"{name}={value}" for name, value in message.items() if name not in ("t", "password"))]
    )
