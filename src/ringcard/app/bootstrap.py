"""The only place where the parts meet: what is made of what, in which order it starts, and how it stops.

Start: database → ledger → calls that were open when we stopped → desk → connectors → browsers. So that nothing a PBX
reports can come before there is somebody to keep it, and nobody looks at a desk that does not know its calls. Stop is
the reverse. The bus tells the ledger first: what is shown was kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import get_args

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard import numbers
from ringcard.app.config import Config
from ringcard.app.orphans import ended
from ringcard.app.plugins import load_connectors
from ringcard.bus import InProcessBus
from ringcard.calls.board import Board
from ringcard.calls.events import CallEvent, Originated, PbxEvent
from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord
from ringcard.contacts.lookup import ContactLookup
from ringcard.contacts.opening import open_cards
from ringcard.contacts.source import SourceContext
from ringcard.contacts.sources import load_sources
from ringcard.contacts.store import ContactStore
from ringcard.desk.asking import ContactsLookup, LedgerHistory
from ringcard.desk.facts import LedgerJournal
from ringcard.desk.metrics import DeskMetrics
from ringcard.desk.pops import Lingering
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.ledger import Ledger, LedgerOverflow
from ringcard.numbers import NumberingPlan
from ringcard.pbx.connector import Connector
from ringcard.people.passwords import Passwords
from ringcard.people.signin import SignIn
from ringcard.people.store import EmployeeStore
from ringcard.storage import DatabaseUnreachable, StorageError, migrate, open_engine
from ringcard.web.app import create_app
from ringcard.web.feed import Feed, Limits
from ringcard.web.rooms import PluginProblem, Rooms
from ringcard.web.server import Server

FRONT_END = Path(__file__).parent.parent / "web" / "static"
CALL_EVENTS = get_args(CallEvent)
ROSTER_EVERY_S = 3.0
SESSIONS_EVERY_S = 3600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A ringcard that is up."""

    rooms: Rooms
    engine: AsyncEngine
    people: EmployeeStore
    passwords: Passwords
    connectors: tuple[Connector, ...]
    bus: InProcessBus[PbxEvent]
    address: str
    """Where browsers find it."""


@asynccontextmanager
async def running(
    config: Config,
    *,
    listening: socket.socket | None = None,
    front_end: Path = FRONT_END,
    passwords: Passwords | None = None,
) -> AsyncIterator[Running]:
    """A whole ringcard, up while the context lasts. With `listening`, browsers are served there.

    Raises `StorageError` or `LedgerUnusable`, whose texts say what to do. If a part breaks while it runs, the body is
    cancelled and the exception comes out of the context.
    """
    async with AsyncExitStack() as stack:
        _folder_made(Path(config.store.directory))
        url = f"sqlite:///{config.database.absolute()}"
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        ledger = await Ledger.open(config.ledger, key_path=config.ledger_key)
        stack.push_async_callback(ledger.close)

        plan = NumberingPlan(config.company.region, config.company.area_code, config.company.devices)
        cards = open_cards(url)
        stack.push_async_callback(cards.close)
        contacts = ContactStore(engine, cards, plan)
        people = EmployeeStore(engine)
        passwords = passwords or Passwords()
        roster = Roster(await people.everybody())

        sources = load_sources(
            config.contacts.sources,
            lambda name: SourceContext(plan, url, config.contacts.settings.get(name, {})),
        )
        lookup = ContactLookup(sources.sources, problems=sources.problems, deadline_s=config.contacts.deadline_s)
        stack.push_async_callback(lookup.close)
        asking = ContactsLookup(lookup)
        if config.company.number_places:
            # Before anything rings: loading takes seconds in which even a thread keeps everybody else waiting.
            await asyncio.to_thread(numbers.places_ready)
            asking.place = partial(numbers.place, language=config.company.language)

        board, open_calls = await _open_calls(ledger)
        loaded = load_connectors(config.pbx, config.company)
        for connector in loaded.connectors:
            connector.adopt(open_calls.get(connector.pbx, ()), await ledger.heard_until(connector.pbx))
        by_name = {connector.pbx: connector for connector in loaded.connectors}
        for pbx in open_calls.keys() - by_name.keys():
            for event in ended(open_calls.pop(pbx), await ledger.heard_until(pbx), _now()):
                board.apply(event)
                ledger.append([event])

        registry = CollectorRegistry()
        ledger.metrics.register(registry)
        desk = Desk(
            fold=board,
            staff=roster,
            lookup=asking,
            history=LedgerHistory(ledger, roster),
            journal=LedgerJournal(ledger, _now),
            metrics=DeskMetrics(registry),
            links=lambda: {name: connector.status for name, connector in by_name.items()},
            lingering=Lingering(config.desk.answered_elsewhere_s, config.desk.ended_s, config.desk.missed_s),
        )
        feed = Feed(
            Limits(
                frames_kept=config.live.frames_kept,
                resume_s=config.live.resume_s,
                tabs_per_employee=config.live.tabs_per_employee,
                tabs_per_address=config.live.tabs_per_address,
            )
        )
        desk.attach(feed)
        for records in open_calls.values():
            desk.adopt(records)

        bus: InProcessBus[PbxEvent] = InProcessBus()
        bus.subscribe("ledger", _keeping(ledger))
        bus.subscribe("desk", desk.hear)

        rooms = Rooms(
            desk=desk,
            feed=feed,
            ledger=ledger,
            contacts=contacts,
            cards=cards,
            roster=roster,
            sign_in=SignIn(engine, people, passwords),
            connectors=lambda: by_name,
            registry=registry,
            front_end=front_end,
            public_origins=tuple(config.server.public_origins),
            metrics_open=config.server.metrics_open_to == "everybody",
            look_again_s=config.live.look_again_s,
            problems=(
                *loaded.problems,
                *(PluginProblem("contacts", problem.source, problem.problem) for problem in sources.problems),
            ),
        )
        host, port = listening.getsockname()[:2] if listening else (config.server.host, config.server.port)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        up = Running(rooms, engine, people, passwords, loaded.connectors, bus, address)

        async with asyncio.TaskGroup() as tasks:
            parts = [
                tasks.create_task(desk.run(), name="desk"),
                tasks.create_task(_roster_kept(roster, people), name="roster"),
                tasks.create_task(_sessions_kept(rooms.sign_in), name="sessions"),
                *(tasks.create_task(c.run(bus.publish), name=f"pbx {c.pbx}") for c in loaded.connectors),
            ]
            if listening is not None:
                server = Server(create_app(rooms), trusted_proxies=",".join(config.server.trusted_proxies))
                parts.append(tasks.create_task(server.serve_until_cancelled(listening), name="browsers"))
                await server.ready.wait()
            try:
                yield up
            finally:
                feed.close()
                for part in reversed(parts):
                    part.cancel()


def _folder_made(folder: Path) -> None:
    """Only for us: it holds customers' data and the key to it. Raises `StorageError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DatabaseUnreachable(f"the folder {folder} cannot be made: {error.strerror}") from error


async def _open_calls(ledger: Ledger) -> tuple[Board, dict[PbxId, list[CallRecord]]]:
    """The calls that had not ended when we stopped, folded again, by PBX."""
    board = Board()
    by_pbx: dict[PbxId, list[CallRecord]] = {}
    for record in await ledger.open_calls():
        for stored in await ledger.events_of(record.call_id):
            event = stored.entry
            if isinstance(event, CALL_EVENTS):
                board.apply(event)
                if isinstance(event, Originated) and event.call_id == record.call_id:
                    by_pbx.setdefault(event.pbx, []).append(record)
    return board, by_pbx


def _keeping(ledger: Ledger) -> Callable[[Sequence[PbxEvent]], None]:
    """The ledger's ear. When its queue is full the events are lost to it, and said so; the screens go on."""

    def keep(events: Sequence[PbxEvent]) -> None:
        try:
            ledger.append(events)
        except LedgerOverflow as error:
            log.error("app.events_not_kept", action="events_not_kept", events=len(events), problem=str(error))

    return keep


async def _roster_kept(roster: Roster, people: EmployeeStore) -> None:
    """Employees are added and changed by the command line too, in another process."""
    while True:
        await asyncio.sleep(ROSTER_EVERY_S)
        try:
            roster.replace(await people.everybody())
        except StorageError as error:
            log.warning("app.roster_not_read", action="roster_not_read", problem=str(error))


async def _sessions_kept(sign_in: SignIn) -> None:
    while True:
        with contextlib.suppress(StorageError):
            await sign_in.forget_expired()
        await asyncio.sleep(SESSIONS_EVERY_S)


def _now() -> datetime:
    return datetime.now(UTC)
