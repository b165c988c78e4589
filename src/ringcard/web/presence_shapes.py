"""What goes over the wire about presence and queues, as docs/reference/live-channel.md has it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ringcard.desk.presence.rules import LONGEST_AFTER_CALL_S, LONGEST_REASON
from ringcard.web.moments import Moment, Shape

StateName = Literal["ready", "not_ready", "busy", "after_call", "offline"]


class NextState(Shape):
    """Where somebody will be when the call or the after-call work is over."""

    state: StateName
    reason: str | None


class Presence(Shape):
    """What an employee does now."""

    employee_id: str
    name: str
    state: StateName
    reason: str | None
    since: Moment
    until: Moment | None
    source: Literal["employee", "supervisor", "pbx", "ringcard"]
    devices: list[str]
    team: str | None
    skills: list[str]
    next: NextState | None


class PresenceList(Shape):
    items: list[Presence]


class PresenceTold(Presence):
    """The state as it is now, and what became of telling the PBX's queues."""

    queues: Literal["nothing", "told", "later", "refused"]
    problem: str | None


class SetPresence(msgspec.Struct, forbid_unknown_fields=True):
    state: Literal["ready", "not_ready"]
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] | None = None


class ExtendAfterCall(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Annotated[float, Meta(gt=0, le=LONGEST_AFTER_CALL_S)]


class ReasonList(Shape):
    items: list[str]


class WaitingCaller(Shape):
    """Somebody who waits; who it is, only for those who see the calls of a member."""

    call_id: str | None
    number: str | None
    presented: str | None
    name: str | None
    since: Moment
    position: int


class QueueState(Shape):
    """A queue; `gone`: the PBX has none of this name any more."""

    pbx: str
    queue: str
    name: str | None
    ready: int
    members: int
    waiting: list[WaitingCaller]
    gone: bool


class QueueList(Shape):
    items: list[QueueState]
