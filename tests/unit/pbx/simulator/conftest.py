"""A simulated telephone system on a socket, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.phones import ManagerAddress, SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account

ACCOUNTS = [
    Account("ringcard", "ringcard"),
    Account("deaf", "deaf", read=frozenset({"system"})),
    Account("tied", "tied", write=frozenset({"reporting"})),
]


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    listening = AmiServer(Pbx(), ACCOUNTS)
    await listening.start()
    yield listening
    await listening.stop()


@pytest.fixture
def system(server: AmiServer) -> SimulatedPhoneSystem:
    return SimulatedPhoneSystem(server.pbx, ManagerAddress(port=server.port))
