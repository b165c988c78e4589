"""The demo's company in a thread, where nobody calls unless told to: for pictures of what a call looks like."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from ringcard.app import demo
from ringcard.app.bootstrap import Running, running
from ringcard.contacts.model import ContactDraft, Phone
from ringcard.pbx.connector import LinkState
from ringcard.web.server import bind

EMPLOYEES_PHONE = "101"
SHARED = "+79265550707"
"""A number that stands on three cards."""
STRANGER = "+79265550101"
"""On nobody's card."""
WHO_HAS_IT = (
    ("Ирина Волкова", "ООО «Вега»", "главный бухгалтер"),
    ("Павел Волков", "ООО «Вега»", "снабжение"),
    ("Andrew Wolf", "Wolf Trading Ltd", None),
)
STARTS_WITHIN_S = 60.0
ANSWERS_WITHIN_S = 10.0
LOOK_EVERY_S = 0.05


class QuietOffice:
    """A context: up while it lasts. `calls` and `hangs_up` are for the thread outside."""

    def __init__(self) -> None:
        self._up: Future[str] = Future()
        self._stop = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._life()))
        self._office: demo.SimulatedOffice | None = None

    def __enter__(self) -> QuietOffice:
        self._thread.start()
        self.address = self._up.result(STARTS_WITHIN_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def calls(self, number: str) -> None:
        """Somebody calls the employee's phone from `number`; who called before has hung up."""
        asyncio.run_coroutine_threadsafe(self._calls(number), self._loop).result(ANSWERS_WITHIN_S)

    def hangs_up(self) -> None:
        """Whoever calls gives up."""
        asyncio.run_coroutine_threadsafe(self._calls(None), self._loop).result(ANSWERS_WITHIN_S)

    async def _calls(self, number: str | None) -> None:
        assert self._office is not None
        pbx, company = self._office.pbx, self._office.company
        trunk = pbx.switch.endpoints["trunk"]
        for channel in list(trunk.channels):
            pbx.switch.party_hangs_up(channel)
        if number is not None:
            pbx.dialplan.call_from(trunk, company.direct_did(EMPLOYEES_PHONE), (number, ""))

    async def _life(self) -> None:
        try:
            listening = bind("127.0.0.1", 0)
            with tempfile.TemporaryDirectory(prefix="ringcard-pictures-") as store:
                async with demo.simulated_office() as office:
                    config = demo.demo_config(office, Path(store), listening.getsockname()[1])
                    async with running(config, listening=listening) as up:
                        await demo.fill(up, office.company)
                        await _furnish(up)
                        self._office = office
                        self._up.set_result(up.address)
                        await self._stop.wait()
        except BaseException as error:
            if self._up.done():
                raise
            self._up.set_exception(error)


async def _furnish(up: Running) -> None:
    for name, organisation, position in WHO_HAS_IT:
        await up.rooms.contacts.create(
            ContactDraft(name=name, organisation=organisation, position=position, phones=(Phone(None, SHARED),))
        )
    while any(connector.status.state is not LinkState.UP for connector in up.connectors):  # noqa: ASYNC110  seldom, and short
        await asyncio.sleep(LOOK_EVERY_S)
