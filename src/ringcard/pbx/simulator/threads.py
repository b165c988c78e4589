"""What runs a channel: scripts that wait for occurrences, as Asterisk's PBX threads do, but one at a time.

A script is a generator: it yields how long it waits at most (seconds, None for ever) and is sent what occurred.
Occurrences are queued and delivered by `settle`, so that no script is resumed while another one runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from ringcard.pbx.simulator.channels import Channel
from ringcard.pbx.simulator.timeline import Timeline, Timer


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nothing occurred for as long as the script cared to wait. `wait` numbers the wait it ends."""

    wait: int = 0


@dataclass(frozen=True, slots=True)
class HungUp:
    """The channel's own party hung up, or a program did."""


@dataclass(frozen=True, slots=True)
class LeftBridge:
    """The channel was in a bridge and is not any more."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """A channel this script called rings."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Answered:
    """A channel this script called was answered."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Refused:
    """A channel this script called ended unanswered; its `cause` says why."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Redirected:
    """A phone this script called sent the call elsewhere (302)."""

    channel: Channel
    exten: str


@dataclass(frozen=True, slots=True)
class PickedUp:
    """Another phone took the call that rings at `channel`."""

    channel: Channel
    by: Channel


@dataclass(frozen=True, slots=True)
class Digit:
    """The channel's party pressed a key."""

    digit: str


Occurrence = TimedOut | HungUp | LeftBridge | Ringing | Answered | Refused | Redirected | PickedUp | Digit
Script = Generator[float | None, Occurrence, None]

P = ParamSpec("P")
R = TypeVar("R")


class Thread:
    """One script and the channel it serves. A masquerade gives the script another channel."""

    __slots__ = ("channel", "outgoing", "script", "timer", "wait")

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.script: Script | None = None
        self.timer: Timer | None = None
        self.wait = 0
        self.outgoing: list[Channel] = []
        """What it called and still rings."""


class Threads:
    """Delivers occurrences to scripts, in order."""

    def __init__(self, timeline: Timeline, ended: Callable[[Thread], None]) -> None:
        self._timeline = timeline
        self._ended = ended
        self._post: deque[tuple[Thread, Script, Occurrence | None]] = deque()
        self._settling = False
        self._depth = 0
        self._running: Script | None = None

    def start(self, channel: Channel, make: Callable[[Thread], Script]) -> Thread:
        """Run a script for `channel`; whatever ran for it before is abandoned."""
        if channel.thread is not None:
            self.stop(channel.thread)
        thread = Thread(channel)
        thread.script = make(thread)
        channel.thread = thread
        self._post.append((thread, thread.script, None))
        return thread

    def stop(self, thread: Thread) -> None:
        """Abandon the script, wherever it stands."""
        script, thread.script = thread.script, None
        if thread.timer is not None:
            thread.timer.cancel()
        if thread.channel.thread is thread:
            thread.channel.thread = None
        if script is not None and script is not self._running:
            script.close()

    def post(self, thread: Thread | None, occurrence: Occurrence) -> None:
        """Tell a script; it hears of it once what runs now is done (`whole`)."""
        if thread is not None and thread.script is not None:
            self._post.append((thread, thread.script, occurrence))

    def begin(self) -> None:
        """Something is being done as a whole: scripts wait until it is done."""
        self._depth += 1

    def done(self) -> None:
        """It is done; if it was the outermost, the scripts hear what occurred."""
        self._depth -= 1
        if self._depth == 0:
            self.settle()

    def settle(self) -> None:
        """Deliver everything that waits, unless somebody up the stack already does."""
        if self._settling or self._depth:
            return
        self._settling = True
        try:
            while self._post:
                thread, script, occurrence = self._post.popleft()
                if thread.script is script:
                    self._resume(thread, script, occurrence)
        finally:
            self._settling = False

    def _resume(self, thread: Thread, script: Script, occurrence: Occurrence | None) -> None:
        if isinstance(occurrence, TimedOut) and occurrence.wait != thread.wait:
            return
        if thread.timer is not None:
            thread.timer.cancel()
            thread.timer = None
        thread.wait += 1
        self._running = script
        try:
            timeout_s = next(script) if occurrence is None else script.send(occurrence)
        except StopIteration:
            if thread.script is script:
                thread.script = None
                if thread.channel.thread is thread:
                    thread.channel.thread = None
                self._ended(thread)
            return
        finally:
            self._running = None
        if timeout_s is not None and thread.script is script:
            timed_out = TimedOut(thread.wait)
            thread.timer = self._timeline.after(timeout_s, lambda: self._time_out(thread, timed_out))

    def _time_out(self, thread: Thread, timed_out: TimedOut) -> None:
        self.post(thread, timed_out)
        self.settle()


class HasThreads(Protocol):
    """Whoever acts on the switch."""

    @property
    def threads(self) -> Threads: ...


Self = TypeVar("Self", bound=HasThreads)


def whole(function: Callable[Concatenate[Self, P], R]) -> Callable[Concatenate[Self, P], R]:
    """What the function does happens as a whole; then the scripts hear what occurred."""

    @wraps(function)
    def run(self: Self, /, *args: P.args, **kwargs: P.kwargs) -> R:
        self.threads.begin()
        try:
            return function(self, *args, **kwargs)
        finally:
            self.threads.done()

    return run
