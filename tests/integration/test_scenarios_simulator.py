"""The scenarios on the simulator: the same calls as on a real Asterisk give the same records.

Held against the recordings of Asterisk 22, record by record: in process and virtual time for every scenario, some of
them through a real socket and the connector. That the records are also true, tests/unit/pbx/simulator proves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attach_likeness import unlikenesses
from attach_listener import Listener, Record, as_json, settings_of, sleeping_in

from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.replay import play, read, records
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.testing.scenarios import SCENARIOS, differences_of_all

RECORDINGS = Path(__file__).resolve().parent.parent / "traces" / "asterisk" / "22"


def translator() -> Translator:
    ours = parse_devices("101-110")
    return Translator(PbxId("pbx"), DeviceNames(ours), NumberingPlan("RU", None, ours))


def recorded(name: str) -> list[Record]:
    """The records of the real Asterisk's recording of a scenario."""
    streams = [read(path) for path in sorted((RECORDINGS / name).glob("ami*.raw"))]
    return [as_json(record) for record in records(play(translator(), streams))]


@pytest.fixture
async def system() -> AsyncIterator[SimulatedPhoneSystem]:
    """In virtual time; its manager interface is there for the scenarios in which a program acts."""
    pbx = Pbx()
    server = AmiServer(pbx, [Account("ringcard", "ringcard")])
    port = await server.start()
    yield SimulatedPhoneSystem(pbx, ManagerAddress(port=port))
    await server.stop()


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_a_scenario_gives_the_records_that_it_gave_on_a_real_asterisk(
    name: str, system: SimulatedPhoneSystem
) -> None:
    heard = [(system.now(), b"Asterisk Call Manager/11.0.0\r\n")]
    system.pbx.switch.sinks.append(lambda message: heard.append((system.now(), message.wire())))
    truths = await SCENARIOS[name].tell(system)
    await system.passes(30)
    told = [as_json(record) for record in records(play(translator(), [heard]))]
    assert differences_of_all(truths, told) == []
    assert unlikenesses(told, recorded(name)) == []


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_a_scenario_gives_true_records_through_a_socket_and_the_connector(
    name: str, system: SimulatedPhoneSystem
) -> None:
    """The connector lives in virtual time too: it reads that clock, and is woken by it."""

    listener = Listener(settings_of(system.ami), clock=system.now, sleep=sleeping_in(system.pbx.timeline))
    await listener.starts()
    try:
        truths = await SCENARIOS[name].tell(system)
        await system.passes(30)
        await listener.settles()
    finally:
        await listener.stops()
    told = listener.records()
    assert differences_of_all(truths, told) == []
    assert unlikenesses(told, recorded(name)) == []
    assert listener.strays == []
