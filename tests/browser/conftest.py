"""What the browser tests stand on: chromium, and for each test a new ringcard on the lab's Asterisk.

Everything shares one event loop, because a browser belongs to the loop that started it. No chromium is a failure.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from chromium import CHROMIUM, FLAGS
from lab.system import Lab
from office import Office, Server, furnish
from playwright.async_api import Browser, async_playwright, expect

expect.set_options(timeout=10_000)

DRIVES_THE_PHONES = """
context = "internal"
ring_timeout_s = 8.0
transfer_ring_s = 4.0
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: `make system` installs chromium, CHROMIUM names another one")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with people and customers in it, to be copied."""
    directory = tmp_path_factory.mktemp("furnished") / "data"
    await furnish(directory)
    return directory


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def driving(lab22: Lab, furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One ringcard for a whole module, whose administrator said where the phones' own calls begin."""
    server = Server(tmp_path_factory.mktemp("driving"), lab22.ami)
    server.configure(furnished)
    configuration = server.folder / "ringcard.toml"
    configuration.write_text(configuration.read_text() + DRIVES_THE_PHONES)
    await server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def driven(driving: Server, lab22: Lab, browser: Browser) -> AsyncIterator[Office]:
    """Fresh browsers before that ringcard, and a lab that is quiet before and after."""
    await lab22.is_quiet()
    office = Office(driving, browser)
    try:
        yield office
        complaints = [line for screen in office.screens for line in screen.complaints]
    finally:
        await office.close()
        await lab22.end_all_calls()
    assert not complaints


@pytest_asyncio.fixture(loop_scope="session")
async def office(lab22: Lab, browser: Browser, furnished: Path, tmp_path: Path) -> AsyncIterator[Office]:
    """A new ringcard on the lab, which is quiet before and after. A page that threw fails the test."""
    await lab22.is_quiet()
    server = Server(tmp_path, lab22.ami)
    server.configure(furnished)
    await server.start()
    office = Office(server, browser)
    try:
        yield office
        complaints = [line for screen in office.screens for line in screen.complaints]
    finally:
        await office.close()
        server.stop()
        await lab22.end_all_calls()
    assert not complaints
