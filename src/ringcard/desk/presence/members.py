"""What queues have of our devices, and what we told them: which change is our own, and which is somebody else's. Pure.

A membership is one interface in one queue. What we tell is expected to come back as a change of it, in order; whatever
else changes was done at the PBX, by a feature code or another program. Nothing is ever told because of what was heard,
so two programs cannot answer each other for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.calls.queues import QueueMember, QueueStateChanged
from ringcard.desk.presence.rules import LONGEST_REASON

ECHO_S = 10.0
"""So long what we told may take to come back."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Whether a member is paused, and why."""

    paused: bool
    reason: str | None = None


UNPAUSED = Pause(False)


@dataclass(frozen=True, slots=True)
class Place:
    """One membership."""

    pbx: PbxId
    queue: str
    interface: str


class Change(Enum):
    """What of a membership is different, and was not our doing."""

    SEEN = "seen"
    """It is there, and we knew nothing of the queue before."""
    BEGUN_ANEW = "begun_anew"
    """The PBX made it anew: it was restarted, and has forgotten what it was told."""
    ADDED = "added"
    REMOVED = "removed"
    PAUSED = "paused"
    """Paused, unpaused, or for another reason."""


@dataclass(slots=True)
class Member:
    """A membership as it is known, with what was told and has not come back."""

    device: DeviceId
    now: Pause
    since: datetime | None
    dynamic: bool
    told: deque[tuple[Pause, datetime]] = field(default_factory=deque)

    @property
    def latest(self) -> Pause:
        """As it will be when all that was told has come back."""
        return self.told[-1][0] if self.told else self.now


class Members:
    """Every membership of every device of the company."""

    def __init__(self) -> None:
        self._members: dict[Place, Member] = {}
        self._of: dict[tuple[PbxId, DeviceId], set[Place]] = {}
        self._queues: dict[tuple[PbxId, str], dict[str, QueueMember]] = {}
        self._adding: dict[tuple[PbxId, str, DeviceId], datetime] = {}
        self._removing: dict[tuple[PbxId, str, DeviceId], datetime] = {}

    def of(self, pbx: PbxId, device: DeviceId) -> Iterator[tuple[Place, Member]]:
        """The memberships of a device, by queue."""
        for place in sorted(self._of.get((pbx, device), ()), key=lambda each: (each.queue, each.interface)):
            yield place, self._members[place]

    def pbxs_of(self, device: DeviceId) -> tuple[PbxId, ...]:
        """The PBXs in whose queues the device is."""
        return tuple(sorted(pbx for pbx, known in self._of if known == device))

    def has(self, pbx: PbxId, queue: str, device: DeviceId) -> bool:
        return any(place.queue == queue for place in self._of.get((pbx, device), ()))

    def knows(self, pbx: PbxId, queue: str) -> bool:
        """Whether the PBX has told of such a queue."""
        return (pbx, queue) in self._queues

    # What we tell

    def tell(self, place: Place, pause: Pause, at: datetime) -> None:
        """This is being told now."""
        member = self._members.get(place)
        if member is not None and member.latest != pause:
            member.told.append((pause, at))

    def not_told(self, place: Place, pause: Pause) -> None:
        """It could not be told after all."""
        member = self._members.get(place)
        if member is not None and member.told and member.told[-1][0] == pause:
            member.told.pop()

    def add(self, pbx: PbxId, queue: str, device: DeviceId, at: datetime) -> None:
        self._adding[pbx, queue, device] = at

    def remove(self, pbx: PbxId, queue: str, device: DeviceId, at: datetime) -> None:
        self._removing[pbx, queue, device] = at

    # What we hear

    def hear(self, event: QueueStateChanged, now: datetime) -> list[tuple[DeviceId, Change]]:
        """What is different of our devices, and was not told by us. `now` is by the clock of `tell`, not the PBX's.

        A queue that is gone, or a whole PBX, is nobody's doing: its members are forgotten, and did not change.
        """
        queue = event.pbx, event.queue
        before = self._queues.get(queue)
        members = {} if event.state is None else {each.interface: each for each in event.state.members}
        changes: list[tuple[DeviceId, Change]] = []
        for interface in [each for each in before or () if each not in members]:
            place = Place(*queue, interface)
            device = self._forget(place)
            told = event.state is None or (device is not None and _expected(self._removing, place, device, now))
            if device is not None and not told:
                changes.append((device, Change.REMOVED))
        for interface, member in members.items():
            if member.device is None or (before is not None and before.get(interface) is member):
                continue
            change = self._hear_member(Place(*queue, interface), member.device, member, before is not None, now)
            if change is not None:
                changes.append((member.device, change))
        if event.state is None:
            self._queues.pop(queue, None)
        else:
            self._queues[queue] = members
        return changes

    def _hear_member(
        self, place: Place, device: DeviceId, member: QueueMember, known: bool, now: datetime
    ) -> Change | None:
        pause = Pause(member.paused, (member.reason or "")[:LONGEST_REASON] or None if member.paused else None)
        held = self._members.get(place)
        if held is None:
            self._members[place] = Member(device, pause, member.since, member.dynamic)
            self._of.setdefault((place.pbx, device), set()).add(place)
            if _expected(self._adding, place, device, now):
                return None
            return Change.ADDED if known else Change.SEEN
        anew = held.since is not None and member.since is not None and member.since != held.since
        held.since, held.dynamic = member.since or held.since, member.dynamic
        if anew:
            held.now = pause
            held.told.clear()
            return Change.BEGUN_ANEW
        if pause == held.now:
            return None
        held.now = pause
        while held.told and now - held.told[0][1] > timedelta(seconds=ECHO_S):
            held.told.popleft()
        for number, (told, _) in enumerate(held.told):
            if told == pause:
                for _ in range(number + 1):
                    held.told.popleft()
                return None
        held.told.clear()
        return Change.PAUSED

    def forget(self, pbx: PbxId) -> None:
        """The PBX is no longer ours."""
        for place in [each for each in self._members if each.pbx == pbx]:
            self._forget(place)
        self._queues = {queue: members for queue, members in self._queues.items() if queue[0] != pbx}

    def _forget(self, place: Place) -> DeviceId | None:
        member = self._members.pop(place, None)
        if member is None:
            return None
        places = self._of[place.pbx, member.device]
        places.discard(place)
        if not places:
            del self._of[place.pbx, member.device]
        return member.device


_Told = dict[tuple[PbxId, str, DeviceId], datetime]


def _expected(told: _Told, place: Place, device: DeviceId, now: datetime) -> bool:
    told_at = told.pop((place.pbx, place.queue, device), None)
    return told_at is not None and now - told_at <= timedelta(seconds=ECHO_S)
