"""The caller's name on a real phone's display: Asterisk's AGI() asks us before the phone rings."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from lab.system import Lab
from test_connector_lab import settings_of

from ringcard.numbers import NumberingPlan
from ringcard.pbx.asterisk.fastagi import FastAgi, networks
from ringcard.pbx.asterisk.login import log_in
from ringcard.pbx.asterisk.protocol import AmiProtocol
from ringcard.pbx.asterisk.wire import Wire, connect

pytestmark = pytest.mark.lab

DIRECT = "4951117101"
PLAN = NumberingPlan("RU")


async def tell_asterisk(lab: Lab, port: int) -> None:
    """Where the dialplan finds us."""
    settings = settings_of(lab.ami)
    wire = await connect(settings, lambda: Wire(AmiProtocol(), lambda message: None))
    try:
        await log_in(wire, settings)
        told = await wire.ask("Setvar", {"Variable": "RINGCARD_AGI_PORT", "Value": str(port)}, within_s=5)
        assert told.succeeded
    finally:
        await wire.close()


@asynccontextmanager
async def answering(lab: Lab, name_of: Callable[[str], Awaitable[str | None]]) -> AsyncIterator[None]:
    agi = FastAgi(name_of, deadline_s=0.15, allow=networks(["127.0.0.0/8"]))
    server = await agi.listen("127.0.0.1", 0)
    await tell_asterisk(lab, server.sockets[0].getsockname()[1])
    serving = asyncio.create_task(agi.serving(server))
    try:
        yield
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        server.close()


async def a_call(lab: Lab) -> tuple[str, float]:
    """What the phone shows, and how long it took to ring."""
    caller, phone = lab.caller("+74959195557"), lab.phone("101")
    began = time.monotonic()
    await caller.dials(DIRECT)
    await phone.rings()
    took = time.monotonic() - began
    shown = phone.caller_seen
    await caller.hangs_up()
    await lab.is_quiet()
    return shown, took


async def test_the_phone_shows_the_name(each_lab: Lab) -> None:
    async def name_of(number: str) -> str | None:
        return 'Anna "A" Petrova' if PLAN.parse(number) == "+74959195557" else None

    async with answering(each_lab, name_of):
        shown, _ = await a_call(each_lab)
    assert "Anna" in shown
    assert "Petrova" in shown
    assert "74959195557" in shown


async def test_a_name_that_takes_too_long_does_not_hold_the_call_up(each_lab: Lab) -> None:
    async def name_of(number: str) -> str | None:
        await asyncio.sleep(60)
        return "Too Late"

    async with answering(each_lab, name_of):
        shown, _ = await a_call(each_lab)
    assert "Too Late" not in shown


async def test_the_call_goes_on_when_nobody_answers_there(each_lab: Lab) -> None:
    async with answering(each_lab, lambda number: asyncio.sleep(0, None)):
        pass
    shown, _ = await a_call(each_lab)
    assert "74959195557" in shown
