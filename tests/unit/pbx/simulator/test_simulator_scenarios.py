"""Every scenario of the catalogue, told on the simulator: what it says over AMI gives the records of what happened.

The lab tells the same scenarios on a real Asterisk (tests/integration); here they take milliseconds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator

import pytest

from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import record_as_json
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.replay import play, records
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.pbx.simulator.switch import Noise
from ringcard.testing import scenarios
from ringcard.testing.scenarios.catalogue import SCENARIOS
from ringcard.testing.scenarios.comparison import differences_of_all

for found in pkgutil.iter_modules(scenarios.__path__):
    importlib.import_module(f"{scenarios.__name__}.{found.name}")

Heard = list[tuple[float, bytes]]


@pytest.fixture(params=[Noise.PLAIN, Noise.FULL])
async def system(request: pytest.FixtureRequest) -> AsyncIterator[SimulatedPhoneSystem]:
    pbx = Pbx(noise=request.param)
    server = AmiServer(pbx, [Account("ringcard", "ringcard")])
    port = await server.start()
    yield SimulatedPhoneSystem(pbx, ManagerAddress(port=port))
    await server.stop()


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_the_stream_of_a_scenario_gives_the_records_of_what_happened(
    name: str, system: SimulatedPhoneSystem
) -> None:
    heard: Heard = [(system.now(), b"Asterisk Call Manager/11.0.0\r\n")]
    system.pbx.switch.sinks.append(lambda message: heard.append((system.now(), message.wire())))
    truths = await SCENARIOS[name].tell(system)
    await system.passes(30)

    assert system.pbx.switch.channels == {}
    assert [bridge for bridge in system.pbx.switch.bridges.values() if not bridge.stays] == []
    ours = parse_devices("101-110")
    translator = Translator(PbxId("simulator"), DeviceNames(ours), NumberingPlan("RU", None, ours))
    told = [record_as_json(record) for record in records(play(translator, [heard]))]
    assert differences_of_all(truths, told) == []
