"""Which devices a PBX knows, asked of real ones and of the simulator: what the import of employees shows."""

from __future__ import annotations

import asyncio

import pytest
from lab.system import Lab
from test_connector_lab import connected, settings_of

from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.connector import LinkState, LinkStatus
from ringcard.pbx.simulator.company import sample_company
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account


@pytest.mark.lab
async def test_a_real_pbx_names_its_phones_and_whose_they_are(each_lab: Lab) -> None:
    async with connected(settings_of(each_lab.ami)) as pbx:
        await pbx.status()
        async with asyncio.timeout(10):
            devices = {str(each.device): each for each in await pbx.connector.known_devices()}
    assert {f"10{place}" for place in range(1, 10)} <= devices.keys()
    assert "trunk" not in devices
    assert devices["101"].queues == ("sales",)
    assert devices["109"].queues == ()
    if each_lab.technology == "PJSIP":
        assert devices["101"].name


async def test_the_simulator_tells_the_same() -> None:
    pbx = Pbx(sample_company())
    server = AmiServer(pbx, [Account("ringcard", "secret")])
    port = await server.start()
    settings = AsteriskSettings("office", "127.0.0.1", "ringcard", "secret", port=port, devices="101-110")
    up = asyncio.Event()

    def hear(status: LinkStatus) -> None:
        if status.state is LinkState.UP:
            up.set()

    connector = AsteriskConnector(settings, on_status=hear)
    running = asyncio.create_task(connector.run(lambda events: None))
    try:
        async with asyncio.timeout(10):
            await up.wait()
            devices = await connector.known_devices()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await server.stop()
    assert {each.device for each in devices} == set(pbx.company.devices)
    assert any(each.queues for each in devices)
