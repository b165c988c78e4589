"""Which manager classes our account needs, how we find out that one is missing, and what we say then. Pure.

What an account may *do* it can ask: `ListCommands` names exactly the actions that its `write` line allows. What it
may *hear* Asterisk tells nobody, so we look for proof:
- `system`: `FullyBooted` follows a login at once, if the account may hear it.
- `call`: any event of the class; if the PBX is idle, the `OriginateResponse` to an Originate that cannot succeed,
  because its technology does not exist (one warning in Asterisk's log, no channel, no CDR).
- `call`, where we may not originate: the PBX counts its calls, and if the figure grows and we heard of none, we are
  deaf to them.
- `agent`: somebody waits in a queue for less time than we have been listening, and we did not hear him come.
- `dialplan`: a recording began and the variable with its file's name was never heard of.

Source: main/manager.c of 22.10 (`authenticate`, `action_login`, `action_listcommands`, `process_events`), seen on
22.10 and 16.28.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ringcard.pbx.asterisk.messages import number_of
from ringcard.pbx.asterisk.protocol import Message

READ = ("system", "call", "agent", "dialplan")
WRITE = ("system", "call", "originate", "agent")

PROBE_CHANNEL = "RingcardProbe/none"
"""No technology of this name exists anywhere: the Originate fails before there is a channel."""

_GRACE_S = 3.0
"""Whole seconds are reported, and the event may still be on its way."""

READ_FOR = {
    "system": "without it a restart of the PBX goes unnoticed",
    "call": "without it no call is seen at all",
    "agent": "without it queues are not seen",
    "dialplan": "without it the files of recordings are not found",
}
WRITE_FOR = {
    "system": "without it calls that were up before ringcard connected are not seen, and events cannot be filtered",
    "call": "without it parked calls and device states are not seen, and calls cannot be handled from the screen",
    "originate": "without it numbers cannot be dialled from the screen",
    "agent": "without it queues ring who is not ready",
}
_WRITE_SHOWN_BY = {"system": "Filter", "call": "Setvar", "originate": "Originate", "agent": "QueuePause"}
"""Of each class an action of Asterisk's core (in every installation) that no other class allows; QueuePause is the
queues', and a PBX without any has nothing that could be paused."""
_QUEUES = "QueueStatus"
"""Allowed to everybody where there are queues."""


def allowed_actions(listed: Message) -> frozenset[str]:
    """The actions named in the answer to `ListCommands`."""
    return frozenset(listed.headers) - {"Response", "ActionID", "Message"}


def missing_to_write(allowed: frozenset[str]) -> list[str]:
    """The write classes that the account lacks."""
    wanted = WRITE if _QUEUES in allowed else [permission for permission in WRITE if permission != "agent"]
    return [permission for permission in wanted if _WRITE_SHOWN_BY[permission] not in allowed]


def advice(user: str, read: Iterable[str] = (), write: Iterable[str] = ()) -> str | None:
    """One sentence: what `user` lacks, what for, and the lines for manager.conf; None if it lacks nothing."""
    read, write = list(read), list(write)
    lacks = [f"read = {name} ({READ_FOR[name]})" for name in read]
    lacks += [f"write = {name} ({WRITE_FOR[name]})" for name in write]
    if not lacks:
        return None
    lines = []
    if read:
        lines.append(f"read = {','.join(READ)}")
    if write:
        lines.append(f"write = {','.join(WRITE)}")
    return (
        f"The manager account {user!r} lacks {'; '.join(lacks)}: in manager.conf under [{user}] set"
        f" {' and '.join(repr(line) for line in lines)}, then run: asterisk -rx 'manager reload'"
    )


class Hearing:
    """What one connection has proved that it hears."""

    def __init__(self) -> None:
        self.unproved = set(READ)
        """Classes of which no event was heard yet."""
        self.missing: set[str] = set()
        """Classes that we do not hear, though there was something to hear."""
        self._calls: int | None = None

    def hear(self, message: Message) -> None:
        """Take note of an event. Cheap once everything is proved."""
        if not self.unproved:
            return
        kind = message.headers.get("Privilege", "").partition(",")[0]
        if kind in self.unproved:
            self.unproved.discard(kind)
            self.missing.discard(kind)
        # The variable is set before the recording is announced (trace 24).
        if message.name == "MixMonitorStart" and "dialplan" in self.unproved:
            self.missing.add("dialplan")

    def count_calls(self, status: Mapping[str, str]) -> None:
        """An answer to `CoreStatus`, which counts the calls that ever were."""
        calls = number_of(status, "CoreProcessedCalls")
        if self._calls is not None and calls > self._calls and "call" in self.unproved:
            self.missing.add("call")
        self._calls = calls

    def look_at_queues(self, items: Iterable[Message], heard_for_s: float) -> None:
        """The items of an answer to `QueueStatus`: whoever waits for less than `heard_for_s` joined in our
        hearing."""
        if "agent" not in self.unproved:
            return
        for item in items:
            if item.name == "QueueEntry" and number_of(item.headers, "Wait") + _GRACE_S < heard_for_s:
                self.missing.add("agent")
