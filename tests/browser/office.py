"""A ringcard in a process of its own, connected to the lab's Asterisk, and the employees who look at it in chromium."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import httpx
from lab.evidence import FileTrail, failed_test
from playwright.async_api import Browser, BrowserContext, Locator, Page
from playwright.async_api import Error as PlaywrightError

from ringcard.contacts.model import ContactDraft, Item, Kind, Order, Phone
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.people.store import EmployeeStore
from ringcard.storage import migrate, open_engine
from ringcard.testing.scenarios.vocabulary import Ami

RINGCARD = (sys.executable, "-c", "from ringcard.cli import main; main()")
PASSWORD = "correct horse battery"
STARTS_WITHIN_S = 30.0
PAINTS_WITHIN_S = 5.0
LOOK_EVERY_S = 0.05
SNAPSHOT_MS = 2_000
CONSOLE_LINES = 10
SHOWN_OF_PAGES = 4_000
"""Characters, of all pages of a test that failed."""

CUSTOMER = "+74959195557"
CUSTOMER_NAME = "Мария Петрова"
OTHER_CUSTOMER = "+74957654321"
OTHER_CUSTOMER_NAME = "Oliver Hughes"
STRANGER = "+79265550101"
"""On nobody's card."""

DIRECT_101 = "4951110101"
DIRECT_102 = "4951110102"
RING_GROUP = "4951110600"

EMPLOYEES = (
    ("anna", "Anna Sokolova", Role.EMPLOYEE, "101"),
    ("boris", "Boris Lebedev", Role.EMPLOYEE, "102"),
    ("vera", "Vera Morozova", Role.EMPLOYEE, "103"),
    ("galina", "Galina Orlova", Role.ADMIN, "110"),
)

CONNECTING = re.compile("Connecting…|Подключаемся…")
"""The desk's heading until the server has told what happens now: a call in this moment would be part of that."""

Language = Literal["en-GB", "ru-RU"]
Theme = Literal["light", "dark"]


async def furnish(directory: Path) -> None:
    """Write the employees and the customers into a new store."""
    directory.mkdir(mode=0o700)
    database = directory / "ringcard.db"
    engine = open_engine(f"sqlite:///{database}")
    await migrate(engine)
    hashed = await Passwords().hashed(PASSWORD)
    people = EmployeeStore(engine)
    for login, name, role, device in EMPLOYEES:
        await people.add(login, name, role, devices=[device], password_hash=hashed)
    manager = (await people.with_login("boris")).employee_id
    cards = SqliteCardReader(database)
    try:
        contacts = ContactStore(engine, cards, NumberingPlan("RU", "495", "101-110"))
        await contacts.create(
            ContactDraft(
                name=CUSTOMER_NAME,
                organisation="ООО «Ромашка»",
                phones=(Phone(None, "8 (495) 919-55-57", "рабочий"),),
                manager_id=manager,
                orders=(
                    Order("1017", date(2026, 10, 2), "доставлен", Decimal(12300), "RUB"),
                    Order(
                        "1042",
                        date(2026, 11, 19),
                        "отгружен",
                        Decimal(84300),
                        "RUB",
                        (Item("Кофемашина Bravia 3", Decimal(1), Decimal(48900)),),
                    ),
                ),
            )
        )
        await contacts.create(
            ContactDraft(name=OTHER_CUSTOMER_NAME, kind=Kind.PERSON, phones=(Phone(None, OTHER_CUSTOMER),), orders=())
        )
    finally:
        await cards.close()
        await engine.dispose()


@dataclass
class Server:
    """`ringcard serve`, which may be killed and started again where it was."""

    folder: Path
    ami: Ami
    port: int = field(default_factory=lambda: free_port())
    pbxs: dict[str, str] = field(default_factory=lambda: {"office": "up"})
    """What it hears once it is up."""
    _process: subprocess.Popen[bytes] | None = None
    _trail: FileTrail = field(init=False)

    def __post_init__(self) -> None:
        self._trail = FileTrail(f"log of ringcard on port {self.port}", self.log)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "ringcard.log"

    def configure(self, furnished: Path) -> None:
        """A store as `furnish` left it, and the configuration an administrator would write for the lab."""
        shutil.copytree(furnished, self.folder / "data")
        (self.folder / "ringcard.toml").write_text(
            f"""
[server]
port = {self.port}
[store]
directory = "{self.folder / "data"}"
[company]
region = "RU"
area_code = "495"
devices = "101-110"
number_places = false
# Whatever hour the tests run at: a warning of the night would ask where nothing is to be asked.
[dialling]
quiet_from = 0
quiet_to = 0
[[pbx]]
name = "office"
host = "{self.ami.host}"
port = {self.ami.port}
user = "{self.ami.user}"
secret = "{self.ami.secret}"
ask_presentation = true
"""
        )

    def configure_empty(self) -> None:
        """What somebody has who only just installed it: a port and a place."""
        (self.folder / "ringcard.toml").write_text(
            f"""
[server]
port = {self.port}
[store]
directory = "{self.folder / "data"}"
[company]
number_places = false
"""
        )

    async def start(self) -> None:
        """Up, and hearing the PBX."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*RINGCARD, "serve", "--config", str(self.folder / "ringcard.toml")],
                stdout=log,
                stderr=log,
                env={name: value for name, value in os.environ.items() if not name.startswith("RINGCARD_")},
            )
        async with httpx.AsyncClient(base_url=self.address, trust_env=False) as http:
            try:
                async with asyncio.timeout(STARTS_WITHIN_S):
                    while not await self._hears_the_pbx(http):
                        await asyncio.sleep(LOOK_EVERY_S)
            except TimeoutError:
                self.kill()
                raise AssertionError(f"ringcard does not start:\n{self.log.read_text()[-4000:]}") from None
            except BaseException:
                self.kill()
                raise

    async def _hears_the_pbx(self, http: httpx.AsyncClient) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise AssertionError(f"ringcard ended:\n{self.log.read_text()[-4000:]}")
        try:
            answer = await http.get("/readyz")
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and answer.json()["pbxs"] == self.pbxs

    def kill(self) -> None:
        """As a power cut does: no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an administrator does."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"ringcard does not stop:\n{self.log.read_text()[-4000:]}") from None


@dataclass
class Screen:
    """One tab with the desk in it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    """What the page said on its console or threw."""
    console: deque[str] = field(default_factory=lambda: deque(maxlen=CONSOLE_LINES))
    """Its last words, of whatever kind."""

    def __post_init__(self) -> None:
        self.page.on("console", lambda line: self.console.append(f"{line.type}: {line.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None
        )

    @property
    def tiles(self) -> Locator:
        """The calls now, one each."""
        return self.page.locator("button[data-pop]")

    @property
    def card(self) -> Locator:
        """The one card that is open."""
        return self.page.locator("article[data-card]")

    @property
    def title(self) -> Locator:
        """Who it is, in the card."""
        return self.card.get_by_role("heading", level=1)

    async def shows(self) -> str:
        """Where the page is, what its console said and what a screen reader finds on it; for a failure's report."""
        try:
            body = await self.page.locator("body").aria_snapshot(timeout=SNAPSHOT_MS)
        except PlaywrightError as error:
            body = f"no snapshot: {error.message}"
        lines = [line for line in body.splitlines() if "- /url: " not in line]
        return "\n".join([self.page.url, *self.console, *self.complaints, *lines])

    async def opens(self, path: str = "/") -> Screen:
        """Load a page and wait until it is told what happens now."""
        await self.page.goto(self.address + path)
        await self.page.locator("h1").first.filter(has_not_text=CONNECTING).wait_for()
        return self

    async def says(self, path: str) -> Any:
        """What the API answers to this employee."""
        answer = await self.page.context.request.get(f"{self.address}/api/v1{path}")
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def calls(self) -> list[dict[str, Any]]:
        """The employee's calls, the newest first."""
        items: list[dict[str, Any]] = (await self.says("/calls?limit=50"))["items"]
        return items

    async def newest_call(self, *, ended: bool = False) -> dict[str, Any]:
        """The last call; with `ended`, once it is over."""
        async with asyncio.timeout(10):
            while True:
                calls = await self.calls()
                if calls and (calls[0]["ended_at"] is not None or not ended):
                    return calls[0]
                await asyncio.sleep(LOOK_EVERY_S)


async def tell_pages(screens: Sequence[Screen]) -> None:
    """If the test has failed, add to its report what its pages show."""
    if (failed := failed_test()) is None:
        return
    for number, screen in enumerate(screens, 1):
        shown = (await screen.shows())[: SHOWN_OF_PAGES // len(screens)]
        failed.add_report_section("teardown", f"page {number}", shown)


@dataclass
class Office:
    """The whole: server, browser, people."""

    server: Server
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    screens: list[Screen] = field(default_factory=list)

    async def somebody(self, language: Language = "en-GB", theme: Theme = "light") -> Screen:
        """A fresh browser profile, nobody signed in."""
        context = await self.browser.new_context(
            viewport={"width": 1440, "height": 900},
            locale=language,
            timezone_id="Europe/Moscow",
            color_scheme=theme,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        return await self._tab(context)

    async def employee(self, login: str, language: Language = "en-GB", theme: Theme = "light") -> Screen:
        """The desk of an employee who is signed in."""
        screen = await self.somebody(language, theme)
        answer = await screen.page.context.request.post(
            f"{self.server.address}/api/v1/session", data={"login": login, "password": PASSWORD}
        )
        assert answer.status == 200, await answer.text()
        return await screen.opens()

    async def another_tab(self, screen: Screen) -> Screen:
        """A second tab of the same employee in the same browser."""
        return await (await self._tab(screen.page.context)).opens()

    async def _tab(self, context: BrowserContext) -> Screen:
        screen = Screen(await context.new_page(), self.server.address)
        self.screens.append(screen)
        return screen

    async def close(self) -> None:
        """Every profile is thrown away; of a test that failed, with what its pages showed in the report."""
        await tell_pages(self.screens)
        for context in self.contexts:
            await context.close()


def free_port() -> int:
    """One that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
