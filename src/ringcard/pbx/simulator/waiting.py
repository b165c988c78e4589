"""Lines that a program put into the dialplan (DialplanExtensionAdd), as far as callers wait and come back by them.

What ringcard adds for holding and handing on does here what it does on an Asterisk; any other line exists, and does
nothing. The durations, and the context of the company's own extensions, are read from the lines themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Protocol

from ringcard.pbx.simulator.channels import Channel
from ringcard.pbx.simulator.dialling import Steps
from ringcard.pbx.simulator.switch import Switch
from ringcard.pbx.simulator.threads import HungUp, LeftBridge, Script, Thread

HOLD, WAIT, RETRIEVE = "ringcard-hold-", "ringcard-wait-", "ringcard-retrieve-"
COMPANY = "internal"


class Office(Protocol):
    """What of the company's dialplan is needed here."""

    switch: Switch

    def dial(self, thread: Thread, targets: list[str], timeout_s: float) -> Steps: ...
    def go(self, channel: Channel, context: str, exten: str, priority: int = 1) -> None: ...
    def leave(self, channel: Channel) -> None: ...
    def run(self, thread: Thread) -> Script: ...
    def pause(self, thread: Thread, seconds: float) -> Steps: ...
    def step(self, thread: Thread, application: str, data: str) -> None: ...


class AddedLines:
    """The lines, by context, extension and priority."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._switch = office.switch
        self.lines: dict[tuple[str, str, int], tuple[str, str]] = {}

    def add(
        self, context: str, extension: str, priority: int, application: str, data: str, *, replaces: bool = False
    ) -> bool:
        """Add a line; false if there is one that it does not replace."""
        if (context, extension, priority) in self.lines and not replaces:
            return False
        self.lines[context, extension, priority] = application, data
        return True

    def has(self, context: str, exten: str) -> bool:
        """Whether an extension exists there, by name or by pattern."""
        return any(where == context and _matches(name, exten) for where, name, _ in self.lines)

    def route(self, context: str, exten: str) -> Callable[[Thread], Script] | None:
        """What an added extension does; None if there is none."""
        if not self.has(context, exten):
            return None
        for begins, script in ((HOLD, self._hold), (WAIT, self._wait), (RETRIEVE, self._retrieve)):
            if exten.startswith(begins):
                return partial(script, device=exten[len(begins) :])
        if context == "ringcard-transfer":
            return partial(self._hand_on, exten=exten)
        if context == "ringcard-plus":
            return partial(self._plus, exten=exten)
        return self._nothing

    def _number(self, application: str, pattern: str, default: float) -> float:
        for name, data in self.lines.values():
            found = re.search(pattern, data) if name == application else None
            if found is not None:
                return float(found[1])
        return default

    def _hold(self, thread: Thread, device: str) -> Script:
        office, switch, channel = self._office, self._switch, thread.channel
        channel.variables["RINGCARD_HELD"] = "1"
        hold_s = self._number("MusicOnHold", r"^,(\d+)$", 600.0)
        office.step(thread, "MusicOnHold", f",{hold_s:g}")
        switch.start_music(channel)
        gone = (yield from office.pause(thread, hold_s)) == "GONE"
        switch.stop_music(channel)
        peer = switch.channels.get(channel.variables.get("RINGCARD_PEER", ""))
        if peer is not None and peer.exten != f"{WAIT}{device}":
            peer = None
        if gone:
            if peer is not None and peer.variables.get("RINGCARD_HOLDS") == channel.name:
                office.go(peer, "ringcard", "over")
            return
        channel.variables["RINGCARD_HELD"] = ""
        if peer is not None:
            office.go(peer, "ringcard", f"{RETRIEVE}{device}")
            if (yield from office.pause(thread, 5.0)) == "GONE":
                return
        switch.place(channel, COMPANY, device)
        yield from office.run(thread)

    def _wait(self, thread: Thread, device: str) -> Script:
        """Who holds. If that one hangs up, whoever is held goes to its extension."""
        office, switch, channel = self._office, self._switch, thread.channel
        office.step(thread, "Wait", "600")
        yield from office.pause(thread, 630.0)
        held = switch.channels.get(channel.variables.get("RINGCARD_HOLDS", ""))
        if held is not None and held.variables.get("RINGCARD_HELD"):
            held.variables["RINGCARD_HELD"] = ""
            switch.stop_music(held)
            office.leave(held)
            office.go(held, COMPANY, channel.variables.get("RINGCARD_BACK", device))

    def _retrieve(self, thread: Thread, device: str) -> Script:
        office, switch, channel = self._office, self._switch, thread.channel
        other = switch.channels.get(channel.variables.pop("RINGCARD_HOLDS", ""))
        if other is None or other.bridge is not None:
            return
        office.step(thread, "Bridge", f"{other.name},tTx")
        other.variables["RINGCARD_HELD"] = ""
        if other.thread is not None:
            switch.threads.stop(other.thread)
        switch.stop_music(other)
        bridge = switch.new_bridge()
        switch.join(other, bridge)
        switch.join(channel, bridge)
        while not isinstance((yield None), (LeftBridge, HungUp)):
            pass

    def _hand_on(self, thread: Thread, exten: str) -> Script:
        office, channel = self._office, thread.channel
        ring_s = self._number("Dial", r",(\d+),", 25.0)
        if (yield from office.dial(thread, [f"Local/{exten}@{COMPANY}/n"], ring_s)) in ("ANSWER", "GONE"):
            return
        self._switch.place(channel, COMPANY, channel.variables.get("RINGCARD_BACK", ""))
        yield from office.run(thread)

    def _plus(self, thread: Thread, exten: str) -> Script:
        self._switch.place(thread.channel, COMPANY, f"+{exten}")
        yield from self._office.run(thread)

    def _nothing(self, thread: Thread) -> Script:
        return
        yield


def _matches(name: str, exten: str) -> bool:
    """Whether an extension of the dialplan matches, as far as the patterns go that are added here."""
    if not name.startswith("_"):
        return name == exten
    pattern = name[1:].replace("[n]", "n").replace("[x]", "x").replace("[z]", "z")
    if pattern.startswith("[") and pattern.endswith("]!"):
        return bool(exten)
    if pattern.startswith("X"):
        return exten.isdigit() and len(exten) > 1
    return pattern.endswith(".") and exten.startswith(pattern[:-1]) and len(exten) >= len(pattern)
