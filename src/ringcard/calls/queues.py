"""What a queue of a PBX is now: who waits in it, who answers for it, and all of them in memory. Pure.

A queue (ECMA-269: an ACD group) is no call: its state is told whole whenever something of it changed, and is not kept
in the ledger. Who a caller is stands with the call, so that a withheld or masked number stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import CallId, DeviceId, PbxId

if TYPE_CHECKING:
    from ringcard.calls.events import PbxEvent


@dataclass(frozen=True, slots=True)
class QueueMember:
    """Somebody who answers for a queue. What the PBX does not tell is None."""

    interface: str
    """What the PBX calls the member, and is asked to pause: `PJSIP/101`."""
    device: DeviceId | None
    """None if it is none of the company's own: an outsider's number, an interface nobody knows."""
    name: str | None
    state: DeviceState
    """As the queue has it; the device's own may say more (do not disturb)."""
    paused: bool = False
    reason: str | None = None
    """Why it is paused."""
    paused_since: datetime | None = None
    in_call: bool = False
    """It talks with a caller of this queue."""
    dynamic: bool = False
    """It was added while the PBX ran, and can be removed again."""
    penalty: int = 0
    calls_taken: int = 0
    last_call_at: datetime | None = None
    """When the last call of this queue ended."""
    since: datetime | None = None
    """When it became a member."""


@dataclass(frozen=True, slots=True)
class QueueCaller:
    """A call that waits. `call_id` is None if it began before we listened and no snapshot has told of it."""

    call_id: CallId | None
    position: int
    """1 is next."""
    since: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as it is since `at`: members by interface, callers by position."""

    pbx: PbxId
    queue: str
    at: datetime
    members: tuple[QueueMember, ...] = ()
    callers: tuple[QueueCaller, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueStateChanged:
    """A queue is different now. `state` is None when the PBX has no such queue any more."""

    pbx: PbxId
    at: datetime
    queue: str
    state: QueueState | None


class QueueStates:
    """Every queue of every PBX as it is now. A PBX that is away keeps its last; its link says that it is away."""

    def __init__(self) -> None:
        self._states: dict[tuple[PbxId, str], QueueState] = {}

    def hear(self, events: Iterable[PbxEvent]) -> None:
        """Takes the events of one message of a PBX: subscribe it to the bus."""
        for event in events:
            if isinstance(event, QueueStateChanged):
                if event.state is None:
                    self._states.pop((event.pbx, event.queue), None)
                else:
                    self._states[event.pbx, event.queue] = event.state

    def get(self, pbx: PbxId, queue: str) -> QueueState | None:
        return self._states.get((pbx, queue))

    def all(self) -> tuple[QueueState, ...]:
        """By PBX and name."""
        return tuple(state for _, state in sorted(self._states.items()))

    def of_pbx(self, pbx: PbxId) -> tuple[QueueState, ...]:
        return tuple(state for state in self.all() if state.pbx == pbx)

    def of(self, pbx: PbxId, device: DeviceId) -> tuple[QueueState, ...]:
        """The queues that a device answers for."""
        return tuple(state for state in self.of_pbx(pbx) if any(each.device == device for each in state.members))
