"""A PBX in the test's hands: `FakeConnector` takes every service, writes down what was asked, and says what it is told.

For tests of what stands on the port; how a real PBX behaves, the scenarios tell.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.pbx.connector import (
    NO_DATA,
    AgentRequest,
    Capabilities,
    EventSink,
    ForwardingKind,
    Hindrance,
    LinkDown,
    LinkState,
    LinkStatus,
    ListenMode,
    PbxError,
    Service,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One service as it was asked: `call_id` is None for those that concern no call, `how` has the other arguments."""

    service: Service
    call_id: CallId | None
    device: DeviceId
    how: Mapping[str, Any] = field(default_factory=dict)


class FakeConnector:
    """Implements `pbx.connector.Connector`.

    `hindrances` and `refusals` are by service: the one is what `hindrance` answers, the other is raised by the service.
    `tell` reports events, as the PBX would.
    """

    def __init__(self, pbx: str = "office", *, services: frozenset[Service] = frozenset(Service)) -> None:
        self._pbx = PbxId(pbx)
        self._services = services
        self._sink: EventSink | None = None
        self._numbers = itertools.count(1)
        self.link = LinkStatus(LinkState.UP, datetime(2026, 1, 1, tzinfo=UTC))
        self.asked: list[Asked] = []
        self.hindrances: dict[Service, Hindrance] = {}
        self.refusals: dict[Service, PbxError] = {}
        self.adopted: Sequence[CallRecord] = ()
        self.parked_at = "701"

    @property
    def pbx(self) -> PbxId:
        return self._pbx

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self._services)

    @property
    def status(self) -> LinkStatus:
        return self.link

    def adopt(self, open_calls: Sequence[CallRecord], heard_until: datetime | None) -> None:
        self.adopted = open_calls

    async def run(self, sink: EventSink) -> None:
        self._sink = sink
        try:
            await asyncio.Event().wait()
        finally:
            self._sink = None

    def tell(self, *events: PbxEvent) -> None:
        """The PBX reports these. Raises `RuntimeError` if nobody hears it: `run` must be running."""
        if self._sink is None:
            raise RuntimeError("nobody hears this PBX")
        self._sink(events)

    def hindrance(self, service: Service, call_id: CallId | None, device: DeviceId) -> Hindrance | None:
        if service not in self._services:
            return Hindrance.NOT_SUPPORTED
        if self.link.state is not LinkState.UP:
            return Hindrance.LINK_DOWN
        return self.hindrances.get(service)

    async def make_call(
        self,
        device: DeviceId,
        number: str,
        *,
        caller_id: str | None = None,
        auto_answer: bool = False,
        data: Mapping[str, str] = NO_DATA,
    ) -> CallId:
        call_id = CallId(f"made-{next(self._numbers)}")
        self._ask(
            Service.MAKE_CALL,
            call_id,
            device,
            number=number,
            caller_id=caller_id,
            auto_answer=auto_answer,
            data=dict(data),
        )
        return call_id

    async def answer_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.ANSWER_CALL, call_id, device)

    async def clear_connection(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.CLEAR_CONNECTION, call_id, device)

    async def hold_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.HOLD_CALL, call_id, device)

    async def retrieve_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.RETRIEVE_CALL, call_id, device)

    async def consultation_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        self._ask(Service.CONSULTATION_CALL, call_id, device, to=to)

    async def alternate_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.ALTERNATE_CALL, call_id, device)

    async def reconnect_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.RECONNECT_CALL, call_id, device)

    async def transfer_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.TRANSFER_CALL, call_id, device)

    async def conference_call(self, call_id: CallId, device: DeviceId) -> None:
        self._ask(Service.CONFERENCE_CALL, call_id, device)

    async def single_step_transfer_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        self._ask(Service.SINGLE_STEP_TRANSFER_CALL, call_id, device, to=to)

    async def deflect_call(self, call_id: CallId, device: DeviceId, to: str) -> None:
        self._ask(Service.DEFLECT_CALL, call_id, device, to=to)

    async def park_call(self, call_id: CallId, device: DeviceId) -> str:
        self._ask(Service.PARK_CALL, call_id, device)
        return self.parked_at

    async def directed_pickup_call(self, call_id: CallId, device_ringing: DeviceId, by_device: DeviceId) -> None:
        self._ask(Service.DIRECTED_PICKUP_CALL, call_id, by_device, device_ringing=device_ringing)

    async def group_pickup_call(self, by_device: DeviceId) -> None:
        self._ask(Service.GROUP_PICKUP_CALL, None, by_device)

    async def generate_digits(self, call_id: CallId, device: DeviceId, digits: str) -> None:
        self._ask(Service.GENERATE_DIGITS, call_id, device, digits=digits)

    async def single_step_conference_call(
        self, call_id: CallId, device_talking: DeviceId, by_device: DeviceId, mode: ListenMode
    ) -> None:
        self._ask(Service.SINGLE_STEP_CONFERENCE_CALL, call_id, by_device, device_talking=device_talking, mode=mode)

    async def set_forwarding(self, device: DeviceId, kind: ForwardingKind, to: str | None) -> None:
        self._ask(Service.SET_FORWARDING, None, device, kind=kind, to=to)

    async def set_do_not_disturb(self, device: DeviceId, on: bool) -> None:
        self._ask(Service.SET_DO_NOT_DISTURB, None, device, on=on)

    async def set_agent_state(
        self,
        device: DeviceId,
        state: AgentRequest,
        *,
        queue: str | None = None,
        reason: str | None = None,
        name: str | None = None,
    ) -> None:
        self._ask(Service.SET_AGENT_STATE, None, device, state=state, queue=queue, reason=reason, name=name)

    def _ask(self, service: Service, call_id: CallId | None, device: DeviceId, **how: Any) -> None:
        if self.link.state is not LinkState.UP:
            raise LinkDown(f"there is no connection to {self._pbx} now")
        if refusal := self.refusals.get(service):
            raise refusal
        self.asked.append(Asked(service, call_id, device, how))
