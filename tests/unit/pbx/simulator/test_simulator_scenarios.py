"""Every scenario of the catalogue can be told on the simulator, and leaves nothing behind."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator

import pytest

from ringcard.pbx.simulator.actions import Account
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.testing import scenarios
from ringcard.testing.scenarios.catalogue import SCENARIOS

for found in pkgutil.iter_modules(scenarios.__path__):
    importlib.import_module(f"{scenarios.__name__}.{found.name}")


@pytest.fixture
async def system() -> AsyncIterator[SimulatedPhoneSystem]:
    pbx = Pbx()
    server = AmiServer(pbx, [Account("ringcard", "ringcard")])
    port = await server.start()
    yield SimulatedPhoneSystem(pbx, ManagerAddress(port=port))
    await server.stop()


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_the_scenario_can_be_told_and_leaves_nothing_behind(name: str, system: SimulatedPhoneSystem) -> None:
    await SCENARIOS[name].tell(system)
    await system.passes(30)
    assert system.pbx.switch.channels == {}
    assert [bridge for bridge in system.pbx.switch.bridges.values() if not bridge.stays] == []
    assert all(endpoint.channels == [] for endpoint in system.pbx.switch.endpoints.values())
