"""The port: what a connector without services answers, and the fake that stands in for a PBX."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from ringcard.calls.causes import Outcome
from ringcard.calls.events import ConnectionCleared, PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.connector import (
    AgentRequest,
    Connector,
    ForwardingKind,
    Hindrance,
    LinkDown,
    LinkState,
    LinkStatus,
    ListenMode,
    Service,
    ServiceNotSupported,
    Unserved,
    WrongState,
)
from ringcard.testing.connector import Asked, FakeConnector

CALL, PHONE = CallId("c1"), DeviceId("101")
OTHERS: dict[str, Any] = {
    "call_id": CALL,
    "device": PHONE,
    "device_ringing": PHONE,
    "device_talking": PHONE,
    "by_device": DeviceId("102"),
    "to": "103",
    "number": "102",
    "digits": "12#",
    "mode": ListenMode.SILENT,
    "kind": ForwardingKind.ALWAYS,
    "on": True,
    "state": AgentRequest.NOT_READY,
}
SERVICES = [
    service for service in Service if service not in (Service.SNAPSHOT, Service.GET_DEVICES)
]  # the one is `run`'s own, the other `DeviceDirectory`


async def ask(connector: Any, service: Service) -> Any:
    method = getattr(connector, re.sub(r"(?<!^)(?=[A-Z])", "_", service.value).lower())
    needed = [p.name for p in inspect.signature(method).parameters.values() if p.default is p.empty]
    return await method(**{name: OTHERS[name] for name in needed})


@pytest.mark.parametrize("service", SERVICES)
async def test_a_connector_that_overrides_nothing_supports_nothing(service: Service) -> None:
    with pytest.raises(ServiceNotSupported, match=service.value):
        await ask(Unserved(), service)
    assert Unserved().hindrance(service, CALL, PHONE) is Hindrance.NOT_SUPPORTED


@pytest.mark.parametrize("service", SERVICES)
async def test_the_fake_writes_down_what_was_asked_and_refuses_as_it_is_told(service: Service) -> None:
    fake = FakeConnector()
    connector: Connector = fake
    await ask(connector, service)
    assert [asked.service for asked in fake.asked] == [service]
    fake.refusals[service] = WrongState("not now")
    with pytest.raises(WrongState) as refused:
        await ask(connector, service)
    assert refused.value.hindrance is Hindrance.WRONG_STATE
    fake.link = LinkStatus(LinkState.DOWN, datetime(2026, 1, 1, tzinfo=UTC))
    assert connector.hindrance(service, CALL, PHONE) is Hindrance.LINK_DOWN
    with pytest.raises(LinkDown):
        await ask(connector, service)
    assert len(fake.asked) == 1


async def test_the_fake_tells_its_events_to_whoever_runs_it() -> None:
    fake, heard = FakeConnector(), list[PbxEvent]()

    def sink(events: Sequence[PbxEvent]) -> None:
        heard.extend(events)

    event = ConnectionCleared(CALL, datetime(2026, 1, 1, tzinfo=UTC), PHONE, Outcome.BUSY)
    with pytest.raises(RuntimeError):
        fake.tell(event)
    running = asyncio.create_task(fake.run(sink))
    await asyncio.sleep(0)
    fake.tell(event)
    running.cancel()
    await asyncio.wait([running])
    assert heard == [event]


async def test_the_fake_knows_with_what_it_was_asked() -> None:
    fake = FakeConnector()
    await fake.consultation_call(CALL, PHONE, "102")
    assert fake.asked == [Asked(Service.CONSULTATION_CALL, CALL, PHONE, {"to": "102"})]
