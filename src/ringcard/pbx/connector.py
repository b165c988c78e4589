"""The port that every PBX connector implements, and what it promises.

A connector hears one PBX and reports what happens there as `PbxEvent`s. It looks after its own connection:
it reconnects, takes a snapshot after every (re)connect, marks the gap and reconciles what it holds. It never
raises because of what the PBX said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord

EventSink = Callable[[Sequence[PbxEvent]], None]
"""Takes the events of one message of the PBX, in order, at once. It must not block and must not raise."""


class Service(StrEnum):
    """What can be asked of a PBX, by its CSTA name (ECMA-269 clause 17.1)."""

    MAKE_CALL = "MakeCall"
    CLEAR_CONNECTION = "ClearConnection"
    SNAPSHOT = "Snapshot"
    GET_DEVICES = "GetSwitchingFunctionDevices"
    """Optional: a connector that has it is a `DeviceDirectory` too."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do; whatever is not named raises `ServiceNotSupported`."""

    services: frozenset[Service]


class LinkState(StrEnum):
    """The state of our connection to a PBX."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"
    REFUSED = "refused"
    """It answers, and says no: a wrong secret, a missing permission. Retried, but somebody has to act."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What an administrator sees of a connection. `problem` says what is wrong and what to do, in one sentence."""

    state: LinkState
    since: datetime
    problem: str | None = None
    pbx_version: str | None = None


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that a PBX knows, with the name it has for whoever sits there. `kind` is the PBX's own word for it."""

    device: DeviceId
    name: str | None
    kind: str
    queues: tuple[str, ...] = ()


class PbxError(Exception):
    """Something about a PBX; the root of the tree."""


class ServiceNotSupported(PbxError):
    """This PBX or this connector has no such service."""


class LinkDown(PbxError):
    """There is no connection to the PBX now."""


class ServiceRefused(PbxError):
    """The PBX answered, and refused; the text is the PBX's own."""


class Connector(Protocol):
    """One PBX. `run` is its whole life; the services work while it runs and the link is up."""

    @property
    def pbx(self) -> PbxId: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def status(self) -> LinkStatus: ...

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        """Before `run`: the calls the ledger still has open, and when the last event was heard.

        The first snapshot is reconciled with them, so that each either goes on or is ended.
        """

    async def run(self, sink: EventSink) -> None:
        """Hear the PBX until cancelled. Reconnects by itself; returns only by cancellation."""

    async def make_call(self, device: DeviceId, number: str, *, caller_id: str | None = None) -> CallId:
        """Ring `device`, then dial `number` (CSTA MakeCall).

        Returns once the PBX accepted it; the outcome follows as events.
        """

    async def clear_connection(self, call_id: CallId, device: DeviceId) -> None:
        """Hang `device` up in `call_id` (CSTA ClearConnection)."""


@runtime_checkable
class DeviceDirectory(Protocol):
    """A connector that can tell which devices its PBX knows (CSTA GetSwitchingFunctionDevices, ECMA-269 clause 13)."""

    async def known_devices(self) -> tuple[KnownDevice, ...]:
        """Those of the company's own, by device. Raises `LinkDown`, `ServiceRefused`."""
