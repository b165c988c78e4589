"""A site over a PBX that is in the test's hands, and who sits at its desks.

A module that imports `whole_stage` and `clean_stage` has the fixtures `whole`, once, and `stage`, clean for each test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from web_site import NUMBER, Browser, Live, Site, site

from ringcard.calls.causes import Direction
from ringcard.calls.events import (
    CallCleared,
    Delivered,
    Established,
    Originated,
    Party,
    PbxEvent,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.pbx.connector import LinkState, LinkStatus, Service
from ringcard.testing.connector import FakeConnector

RULES = {
    "caller_ids": ["+74951234567", "+78121234567"],
    "blocked": ["+7809"],
    "premium": ["+7803"],
    "quiet_from": 0,
    "quiet_to": 0,
    "voicemail": "*{device}",
    "twins": {"102": "+79031112233"},
    "queues": {"sales": "600"},
}
CARD_FIELDS = {"fields": [{"key": "do_not_call", "label": "Do not call", "kind": "yes_no"}]}
OUTCOMES = {"outcomes": [{"outcome": "sold", "label": "Sold"}, {"outcome": "spam", "label": "Spam", "teams": ["Desk"]}]}


@dataclass
class Stage:
    """A site with a PBX of our own, Anna at 101 and Boris at 102 and 109."""

    here: Site
    pbx: FakeConnector
    anna: Browser
    boris: Browser
    admin: Browser

    def say(self, *events: PbxEvent) -> None:
        self.here.up.bus.publish(events)

    def talking(self, device: str = "101", number: str = NUMBER) -> str:
        """A customer talks with somebody."""
        call = self.here.calls.starts(Party(number=number, presented=number))
        self.here.calls.rings(call, device)
        self.here.calls.answers(call, device)
        return call

    def clean(self) -> None:
        for asked in self.pbx.asked:
            if asked.service is Service.MAKE_CALL and asked.call_id is not None:
                self.say(CallCleared(asked.call_id, now(), "system"))
        self.pbx.asked.clear()
        self.pbx.refusals.clear()
        self.pbx.hindrances.clear()
        self.pbx.link = LinkStatus(LinkState.UP, now())
        for call in self.here.up.rooms.desk.live_calls():
            self.say(CallCleared(call.record.call_id, now(), "caller"))

    async def put(self, browser: Browser, path: str, body: Any) -> httpx.Response:
        return await browser.http.put(f"/api/v1{path}", json=body, headers=browser.csrf)

    async def keyed(self, browser: Browser, path: str, body: Any, key: str) -> httpx.Response:
        headers = browser.csrf | {"Idempotency-Key": key}
        return await browser.http.post(f"/api/v1{path}", json=body, headers=headers)


def now() -> datetime:
    return datetime.now(UTC)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_id"]


async def request_until(live: Live, **fields: Any) -> dict[str, Any]:
    """The next told request that has these values."""
    while True:
        frame = await live.next()
        request: dict[str, Any] = frame.get("request", {})
        if frame["type"] == "service" and all(request[name] == value for name, value in fields.items()):
            return request


def made(call: str, *, by: str = "101", to: str = NUMBER) -> list[PbxEvent]:
    """The phone rings for a call that is being made, and is picked up."""
    call_id, device = CallId(call), DeviceId(by)
    return [
        Originated(
            call_id,
            now(),
            ConversationId(call),
            PbxId("office"),
            f"{call}.1",
            Direction.OUTBOUND,
            Party(device=device),
            Party(number=to, presented=to),
        ),
        Delivered(call_id, now(), device),
        Established(call_id, now(), device),
    ]


async def ringing_pop(live: Live, call: str) -> dict[str, Any]:
    pop: dict[str, Any] = (await live.until("pop", call_id=call, state="ringing"))["pop"]
    return pop


@pytest_asyncio.fixture(name="whole", scope="module", loop_scope="module")
async def whole_stage(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            site(
                tmp_path_factory.mktemp("site"),
                store={"url": module_store_url},
                dialling=RULES,
                card=CARD_FIELDS,
                wrap_up=OUTCOMES,
            )
        )
        pbx = FakeConnector()
        here.up.links.connectors[PbxId("office")] = pbx
        browsers = [await stack.enter_async_context(here.browser(login)) for login in ("anna", "boris", "adm")]
        yield Stage(here, pbx, *browsers)


@pytest.fixture(name="stage")
def clean_stage(whole: Stage) -> Stage:
    whole.clean()
    return whole
