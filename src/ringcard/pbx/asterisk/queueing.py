"""Queues: who waits in them and who answers for them, kept from Asterisk's list and its events.

A list (`QueueStatus`) replaces all that was known when it is complete; what happens while it is told counts for both.
Before the first one nothing is told: a queue without its members would look deserted. Whose a waiting channel is, is
looked up when the queue is told. What a queue means for a call is `facilities`' matter.

Source: Asterisk events QueueParams, QueueMember, QueueEntry, QueueMemberStatus, QueueMemberAdded, QueueMemberRemoved,
QueueMemberPause, QueueMemberPenalty, QueueCallerJoin, QueueCallerLeave (documentation/core-en_US.xml of 22.10; 16.28
sends the same).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.calls.queues import QueueCaller, QueueMember, QueueState, QueueStateChanged
from ringcard.pbx.asterisk import facilities
from ringcard.pbx.asterisk.messages import number_of
from ringcard.pbx.asterisk.tracked import moment

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.devices import DeviceNames
    from ringcard.pbx.asterisk.translate import Handler, Translator

MEMBER_STATES = {
    1: DeviceState.IDLE,
    2: DeviceState.BUSY,
    3: DeviceState.BUSY,
    5: DeviceState.UNREACHABLE,
    6: DeviceState.RINGING,
    7: DeviceState.BUSY,
    8: DeviceState.HELD,
}
"""`Status` of a member (include/asterisk/devicestate.h)."""
LATEST_S = 1e11
"""A later second is none that a calendar has."""


@dataclass(slots=True)
class _Queue:
    """A queue as it is: members by interface, and the unique ids of those who wait, first come first."""

    members: dict[str, QueueMember] = field(default_factory=dict)
    waiting: list[tuple[str, float]] = field(default_factory=list)
    """Unique id, and since when (epoch seconds)."""

    def joins(self, uid: str, position: int, since_s: float) -> None:
        known = next((since for waits, since in self.waiting if waits == uid), since_s)
        self.leaves(uid)
        self.waiting.insert(max(position - 1, 0) if position else len(self.waiting), (uid, known))

    def leaves(self, uid: str) -> None:
        self.waiting = [each for each in self.waiting if each[0] != uid]


class Queues:
    """The queues of one PBX."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._listed: dict[str, _Queue] | None = None
        """What the list under way has told so far; None when there is none."""
        self._told: dict[str, QueueState] = {}
        self._complete = False

    @property
    def begun(self) -> bool:
        """A list is complete, or is being told."""
        return self._complete or self._listed is not None

    def each(self, name: str) -> Iterator[_Queue]:
        """The queue `name`, and what the list under way has of it."""
        yield self._queues.setdefault(name, _Queue())
        if self._listed is not None and name in self._listed:
            yield self._listed[name]

    def listed(self, name: str) -> _Queue:
        """The queue in the list under way, which begins with it if there is none."""
        if self._listed is None:
            self._listed = {}
        return self._listed.setdefault(name, _Queue())

    def interfaces_of(self, name: str | None, device: DeviceId) -> list[tuple[str, str]]:
        """Queue and interface of each membership of the device; with `name`, in that queue alone."""
        return [
            (queue, interface)
            for queue in sorted(self._queues)
            if name in (None, queue)
            for interface, member in sorted(self._queues[queue].members.items())
            if member.device == device
        ]

    def list_is_complete(self, t: Translator, at_s: float) -> None:
        """There are no other queues, members and callers."""
        listed, self._listed = self._listed or {}, None
        for name, queue in listed.items():
            since = dict(self._queues[name].waiting) if name in self._queues else {}
            queue.waiting = [(uid, since.get(uid, began_s)) for uid, began_s in queue.waiting]
        self._queues, self._complete = listed, True
        for name in sorted(self._told.keys() - listed.keys()):
            del self._told[name]
            t.events.append(QueueStateChanged(t.pbx, moment(at_s), name, None))
        for name in listed:
            self.tell(t, name, at_s)

    def tell(self, t: Translator, name: str, at_s: float) -> None:
        """Report the queue, if it is different from what was reported."""
        if not self._complete:
            return
        queue, before = self._queues[name], self._told.get(name)
        members = tuple(queue.members[interface] for interface in sorted(queue.members))
        callers = tuple(
            QueueCaller(_call_id(t, uid), position, moment(since_s))
            for position, (uid, since_s) in enumerate(queue.waiting, start=1)
        )
        if before is None or (before.members, before.callers) != (members, callers):
            state = self._told[name] = QueueState(t.pbx, name, moment(at_s), members, callers)
            t.events.append(QueueStateChanged(t.pbx, moment(at_s), name, state))


def _call_id(t: Translator, uid: str) -> CallId | None:
    channel = t.mirror.channels.get(uid)
    call = channel.call if channel is not None else None
    return None if call is None or call.unseen else call.call_id


def _moment(headers: Mapping[str, str], header: str) -> datetime | None:
    """An epoch second; None if it is missing or 0, which Asterisk says for never."""
    at_s = number_of(headers, header)
    return moment(at_s) if 0 < at_s < LATEST_S else None


def read_member(headers: Mapping[str, str], names: DeviceNames) -> QueueMember | None:
    """A member as an event or the list has it; None if it names no interface."""
    interface = headers.get("Interface") or headers.get("Location") or ""
    if not interface:
        return None
    name, paused = headers.get("MemberName") or headers.get("Name") or "", headers.get("Paused") == "1"
    return QueueMember(
        interface,
        names.interface(headers.get("StateInterface", "")) or names.interface(interface),
        None if name in ("", interface) else name,
        MEMBER_STATES.get(number_of(headers, "Status"), DeviceState.UNKNOWN),
        paused,
        (headers.get("PausedReason") or None) if paused else None,
        _moment(headers, "LastPause") if paused else None,
        headers.get("InCall") == "1",
        headers.get("Membership", "static") != "static",
        number_of(headers, "Penalty"),
        number_of(headers, "CallsTaken"),
        _moment(headers, "LastCall"),
        _moment(headers, "LoginTime"),
    )


# -- messages ---------------------------------------------------------------------------------------------------------


def queue_listed(t: Translator, headers: dict[str, str], at_s: float) -> None:
    if name := headers.get("Queue", ""):
        t.queues.listed(name)


def member_listed(t: Translator, headers: dict[str, str], at_s: float) -> None:
    name, member = headers.get("Queue", ""), read_member(headers, t.names)
    if name and member is not None:
        t.queues.listed(name).members[member.interface] = member


def caller_listed(t: Translator, headers: dict[str, str], at_s: float) -> None:
    facilities.queue_entry(t, headers, at_s)
    name, uid = headers.get("Queue", ""), headers.get("Uniqueid", "")
    if name and uid:
        waited_s = min(number_of(headers, "Wait"), int(at_s))
        t.queues.listed(name).joins(uid, number_of(headers, "Position"), at_s - waited_s)


def listed_all(t: Translator, headers: dict[str, str], at_s: float) -> None:
    t.queues.list_is_complete(t, at_s)


def member_changes(t: Translator, headers: dict[str, str], at_s: float) -> None:
    if not t.queues.begun:
        return  # a list is still to come, and will say it
    name, member = headers.get("Queue", ""), read_member(headers, t.names)
    if name and member is not None:
        for queue in t.queues.each(name):
            queue.members[member.interface] = member
        t.queues.tell(t, name, at_s)


def member_leaves(t: Translator, headers: dict[str, str], at_s: float) -> None:
    if name := headers.get("Queue", ""):
        for queue in t.queues.each(name):
            queue.members.pop(headers.get("Interface", ""), None)
        t.queues.tell(t, name, at_s)


def caller_joins(t: Translator, headers: dict[str, str], at_s: float) -> None:
    facilities.queue_join(t, headers, at_s)
    name, uid = headers.get("Queue", ""), headers.get("Uniqueid", "")
    if name and uid:
        for queue in t.queues.each(name):
            queue.joins(uid, number_of(headers, "Position"), at_s)
        t.queues.tell(t, name, at_s)


def caller_leaves(t: Translator, headers: dict[str, str], at_s: float) -> None:
    facilities.queue_leave(t, headers, at_s)
    if name := headers.get("Queue", ""):
        for queue in t.queues.each(name):
            queue.leaves(headers.get("Uniqueid", ""))
        t.queues.tell(t, name, at_s)


HANDLERS: dict[str, Handler] = {
    "QueueParams": queue_listed,
    "QueueMember": member_listed,
    "QueueEntry": caller_listed,
    "QueueStatusComplete": listed_all,
    "QueueMemberAdded": member_changes,
    "QueueMemberPause": member_changes,
    "QueueMemberPenalty": member_changes,
    "QueueMemberRemoved": member_leaves,
    "QueueMemberStatus": member_changes,
    "QueueCallerJoin": caller_joins,
    "QueueCallerLeave": caller_leaves,
}
