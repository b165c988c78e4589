"""Call control on the simulator: the scenarios of the lab, told there, so that a demo does what an Asterisk does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from attach_listener import Listener, settings_of, sleeping_in

from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.testing.scenarios import ON_ASTERISK_ONLY, differences_of_all

HANDLED = sorted(name for name in ON_ASTERISK_ONLY if name.startswith("screen-"))


@pytest.fixture
async def system() -> AsyncIterator[SimulatedPhoneSystem]:
    pbx = Pbx()
    server = AmiServer(pbx, [Account("ringcard", "ringcard")])
    port = await server.start()
    yield SimulatedPhoneSystem(pbx, ManagerAddress(port=port))
    await server.stop()


@pytest.mark.parametrize("name", HANDLED)
async def test_a_service_does_on_the_simulator_what_it_does_on_asterisk(
    name: str, system: SimulatedPhoneSystem
) -> None:
    listener = Listener(settings_of(system.ami), clock=system.now, sleep=sleeping_in(system.pbx.timeline))
    await listener.starts()
    try:
        truths = await ON_ASTERISK_ONLY[name].tell(system)
        await system.passes(30)
        await listener.settles()
    finally:
        await listener.stops()
    assert differences_of_all(truths, listener.records()) == []
    assert listener.strays == []
