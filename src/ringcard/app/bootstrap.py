"""The only place where the parts meet: what is made of what, in which order it starts, and how it stops.

Start: database → ledger → calls that were open when we stopped → desk → connectors → browsers. So that nothing a PBX
reports can come before there is somebody to keep it, and nobody looks at a desk that does not know its calls. Stop is
the reverse. The bus tells the ledger first: what is shown was kept.

Over 400 lines: every part has its few here, and two places would be one too many to see what knows what.
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

from ringcard.app.administration import Administration
from ringcard.app.answering import Answering
from ringcard.app.call_imports.service import CallImports, files_of
from ringcard.app.call_imports.store import CallImportStore
from ringcard.app.config import Card, Company, Config
from ringcard.app.config import Desk as DeskSettings
from ringcard.app.dialplan_door import DialplanDoor
from ringcard.app.first_run import Wizard
from ringcard.app.handling import cannot_of, dialling_changes, handling_of, hear_both, wrap_ups_of
from ringcard.app.links import Links
from ringcard.app.mailing import Mailing
from ringcard.app.orphans import ended
from ringcard.app.phone_sign_in import PhoneSignIns
from ringcard.app.presence import PresenceParts, presence_changes, presence_of, rules_of
from ringcard.app.rehearsal import Rehearsals, sample_number
from ringcard.app.stores import open_ledger
from ringcard.bus import InProcessBus
from ringcard.calls.board import Board
from ringcard.calls.events import CallEvent, Originated, PbxEvent
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.calls.queues import QueueStateChanged, QueueStates
from ringcard.calls.record import CallRecord
from ringcard.contacts import search_index
from ringcard.contacts.attachments import Attachments
from ringcard.contacts.curation import Curation
from ringcard.contacts.imports.runner import ImportRunner
from ringcard.contacts.imports.service import Importing
from ringcard.contacts.imports.spool import Spool
from ringcard.contacts.imports.store import ImportStore
from ringcard.contacts.imports.worker import Task
from ringcard.contacts.opening import open_cards
from ringcard.contacts.reminders import Reminders
from ringcard.contacts.store import ContactStore
from ringcard.desk.afterwards import Afterwards
from ringcard.desk.asking import LedgerHistory
from ringcard.desk.choices import CallerChoices
from ringcard.desk.erasure import Erasure
from ringcard.desk.facts import LedgerJournal
from ringcard.desk.letters import MissedLetters, Reader
from ringcard.desk.memory import DeskMemory
from ringcard.desk.metrics import DeskMetrics
from ringcard.desk.naming import CallerNames
from ringcard.desk.opening import openings_of
from ringcard.desk.owners import Owners
from ringcard.desk.pops import Lingering, OpeningsOf
from ringcard.desk.preferences import AllPreferences
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.desk.wrapup.reminding import Reminding
from ringcard.ledger import Ledger, LedgerOverflow
from ringcard.mail import Mailer
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.dialled import scripts
from ringcard.pbx.asterisk.fastagi import FastAgi, networks
from ringcard.pbx.connector import Connector
from ringcard.people.audit import Audit
from ringcard.people.codes import SignInByCode
from ringcard.people.passwords import Passwords
from ringcard.people.roles import RoleStore
from ringcard.people.seats import Seats
from ringcard.people.signin import SignIn
from ringcard.people.store import EmployeeStore
from ringcard.people.teams import TeamStore
from ringcard.people.tokens import TokenStore
from ringcard.settings import SettingsStore
from ringcard.storage import DatabaseUnreachable, StorageError, migrate, open_engine
from ringcard.web.access import viewer_now
from ringcard.web.app import create_app
from ringcard.web.feed import Feed, Limits
from ringcard.web.rooms import Rooms
from ringcard.web.server import Server

FRONT_END = Path(__file__).parent.parent / "web" / "static"
CALL_EVENTS = get_args(CallEvent)
STAFF_EVERY_S = 3.0
SESSIONS_EVERY_S = 3600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A ringcard that is up."""

    rooms: Rooms
    engine: AsyncEngine
    people: EmployeeStore
    passwords: Passwords
    links: Links
    bus: InProcessBus[PbxEvent]
    address: str
    """Where browsers find it."""
    setup_code: str | None
    """What makes whoever types it the first administrator; None if there is one."""
    door: DialplanDoor
    """Where the dialplan may ask for names, and phones sign in."""

    @property
    def connectors(self) -> tuple[Connector, ...]:
        """Of the PBXs that are ours now."""
        return tuple(self.links.connectors.values())


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
        url = config.database_url
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        await search_index.ensure(engine)
        ledger = await open_ledger(config)
        stack.push_async_callback(ledger.close)
        store = SettingsStore(engine, ledger.master)
        administration = await Administration.of(config, store)
        config = administration.effective

        cards = open_cards(url)
        stack.push_async_callback(cards.close)
        contacts = ContactStore(engine, cards, config.company.plan())
        contacts.use_fields(config.card.specs())
        people = EmployeeStore(engine)
        passwords = passwords or Passwords()
        seats = Seats(engine)
        roster = Roster(await people.everybody())

        spool = Spool(config.imports, largest_file=config.contacts.largest_import_mb * 1_000_000)
        runner = ImportRunner(
            ImportStore(engine),
            lambda import_id: Task.of(import_id, url, str(config.imports), contacts.plan, contacts.fields),
        )
        answering = Answering(config, url, contacts)
        stack.push_async_callback(answering.close)
        await answering.prepare()

        bus: InProcessBus[PbxEvent] = InProcessBus()
        queues = QueueStates()
        memory = DeskMemory(engine)
        links = Links(
            bus,
            ledger,
            devices_of=lambda pbx: [each.device for each in desk.devices() if each.pbx == pbx],
            forget=lambda pbx: presence.forget_pbx(pbx),
            queues=queues,
            phones=memory,
        )
        board, open_calls = await _open_calls(ledger)
        await links.prepare(config.pbx, config.company)
        for pbx in open_calls.keys() - links.connectors.keys():
            for event in ended(open_calls.pop(pbx), await ledger.heard_until(pbx), _now()):
                board.apply(event)
                ledger.append([event])

        choices, preferences = CallerChoices(memory), AllPreferences(memory)
        await choices.load()
        await preferences.load()
        mailer = Mailer(config.mail.server())
        readers = partial(_reader_of, roster, config.company.language)
        letters = MissedLetters(mailer, readers, config.mail.desk_url)
        owners = Owners(cards, choices)
        afterwards = Afterwards(memory, roster, preferences, owners, letters)
        await afterwards.load()

        registry = CollectorRegistry()
        ledger.metrics.register(registry)
        desk = Desk(
            fold=board,
            staff=roster,
            lookup=answering.asking,
            history=LedgerHistory(ledger, roster),
            journal=LedgerJournal(ledger, _now),
            metrics=DeskMetrics(registry),
            links=lambda: {name: connector.status for name, connector in links.connectors.items()},
            cannot=partial(cannot_of, links),
            choices=choices,
            afterwards=afterwards,
            openings_of=_openings(config.desk),
            lingering=_lingering(config.desk),
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
        afterwards.screens = feed
        handling = await handling_of(engine, roster, desk, links, feed, bus)
        wrap_ups = wrap_ups_of(engine, handling, contacts, owners, roster, desk, ledger)
        presence = await presence_of(
            engine,
            roster,
            desk,
            links,
            ledger,
            queues,
            rules_of(config),
        )
        reminders = Reminders(engine)
        reminding = Reminding(reminders, _now)
        reminding.screens = feed
        for pbx, records in open_calls.items():
            handling.knew(pbx, [record.call_id for record in records])
            desk.adopt(records)
            presence.presences.adopt(records)

        bus.subscribe("ledger", _keeping(ledger))
        bus.subscribe("queues", queues.hear)
        hear_both(bus, handling, desk)
        presence.listen(bus, feed)
        _carry_out(administration, answering, links, desk, contacts)
        mailing = Mailing(administration, mailer, letters)

        rehearsals = Rehearsals(desk.hear, roster, lambda: sample_number(config.company.region))
        stack.push_async_callback(rehearsals.close)
        wizard = Wizard(store, people, roster, passwords, administration, rehearsals)
        await wizard.begin()

        importing = Importing(
            ImportStore(engine), spool, lambda: contacts.plan, runner.wake, fields=lambda: contacts.fields
        )
        old_calls = CallImports(CallImportStore(engine), files_of(config), ledger, lambda: administration.effective)
        attachments = Attachments(engine, config.attachments)
        rooms = Rooms(
            desk=desk,
            queues=queues,
            afterwards=afterwards,
            choices=choices,
            preferences=preferences,
            feed=feed,
            handling=handling,
            wrap_ups=wrap_ups,
            reminding=reminding,
            presences=presence.presences,
            queue_board=presence.queues,
            outcomes=lambda: config.wrap_up.specs(),
            dial_rules=lambda: config.dialling.rules(),
            asking=answering.asking,
            ledger=ledger,
            contacts=contacts,
            owners=owners,
            curation=Curation(engine, contacts),
            erasure=Erasure(engine, contacts, ledger, importing, attachments, choices, afterwards, handling),
            attachments=attachments,
            reminders=reminders,
            roster=roster,
            sign_in=SignIn(engine, people, passwords),
            connectors=lambda: links.connectors,
            settings=administration,
            first_run=wizard,
            imports=importing,
            old_calls=old_calls,
            people=people,
            passwords=passwords,
            teams=TeamStore(engine),
            roles=RoleStore(engine),
            tokens=TokenStore(engine, people),
            seats=seats,
            audit=Audit(engine),
            now=_now,
            staff_changed=partial(_staff_read, people, roster, feed, presence),
            registry=registry,
            front_end=front_end,
            public_origins=tuple(config.server.public_origins),
            allowed_origins=tuple(config.server.allowed_origins),
            metrics_open=config.server.metrics_open_to == "everybody",
            look_again_s=config.live.look_again_s,
            mail_ready=lambda: mailer.server is not None,
            try_mail=mailing.tried,
            problems=lambda: (*links.plugin_problems(), *answering.problems),
        )
        host, port = listening.getsockname()[:2] if listening else (config.server.host, config.server.port)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        names = CallerNames(lambda text: contacts.plan.parse(text), answering.asking, choices)
        by_code = SignInByCode(people, seats, rooms.audit, rooms.staff_changed)
        dialled = scripts(PhoneSignIns(by_code), partial(_device_of, links))
        door = DialplanDoor(
            lambda agi: FastAgi(names.name_of, deadline_s=agi.deadline_s, allow=networks(agi.allow), scripts=dialled)
        )
        stack.callback(door.close)
        await door.replace(config.agi)
        administration.on_change("agi", door.replace, check=door.check)
        up = Running(rooms, engine, people, passwords, links, bus, address, wizard.code, door)

        async with asyncio.TaskGroup() as tasks:
            parts = [
                tasks.create_task(desk.run(), name="desk"),
                tasks.create_task(_staff_kept(people, roster, feed, presence), name="roster"),
                tasks.create_task(afterwards.run(), name="afterwards"),
                tasks.create_task(handling.run(), name="handling"),
                tasks.create_task(wrap_ups.run(desk.refresh), name="wrap_ups"),
                tasks.create_task(reminding.run(), name="reminding"),
                tasks.create_task(presence.run(), name="presence"),
                tasks.create_task(mailer.run(), name="mail"),
                tasks.create_task(_sessions_kept(rooms.sign_in), name="sessions"),
                tasks.create_task(runner.run(), name="imports"),
                tasks.create_task(old_calls.run(), name="old_calls"),
            ]
            links.start(tasks)
            if listening is not None:
                server = Server(create_app(rooms), trusted_proxies=",".join(config.server.trusted_proxies))
                parts.append(tasks.create_task(server.serve_until_cancelled(listening), name="browsers"))
                await server.ready.wait()
            try:
                yield up
            finally:
                feed.close()
                links.stop()
                for part in reversed(parts):
                    part.cancel()


def _carry_out(
    administration: Administration, answering: Answering, links: Links, desk: Desk, contacts: ContactStore
) -> None:
    """What a change of settings in the browser does, at once."""
    effective = administration.effective

    async def company_changed(company: Company) -> None:
        await answering.replace()
        await links.replace(effective.pbx, company)

    async def card_changed(card: Card) -> None:
        contacts.use_fields(card.specs())

    async def desk_changed(settings: DeskSettings) -> None:
        desk.linger(_lingering(settings))
        desk.open_with(_openings(settings))

    administration.over(links)
    dialling_changes(administration)
    presence_changes(administration)
    administration.on_change("company", company_changed, check=Company.plan)
    administration.on_change("card", card_changed, check=Card.specs)
    administration.on_change("desk", desk_changed)


def _lingering(settings: DeskSettings) -> Lingering:
    return Lingering(settings.answered_elsewhere_s, settings.ended_s, settings.missed_s)


def _openings(settings: DeskSettings) -> OpeningsOf:
    return partial(openings_of, rules=[page.rule() for page in settings.screen_pop])


def _device_of(links: Links, channel: str) -> DeviceId | None:
    """Whose device a channel of one of our PBXs is: the first that says so, for AGI does not tell which PBX asks."""
    found = (each.device_of(channel) for each in links.connectors.values() if isinstance(each, AsteriskConnector))
    return next((device for device in found if device is not None), None)


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
            ledger.append([event for event in events if not isinstance(event, QueueStateChanged)])
        except LedgerOverflow as error:
            log.error("app.events_not_kept", action="events_not_kept", events=len(events), problem=str(error))

    return keep


async def _staff_read(people: EmployeeStore, roster: Roster, feed: Feed, presence: PresenceParts) -> None:
    """Employees, devices, teams or roles changed: whoever is connected sees from now on what they may see now."""
    if roster.replace(await people.everybody()):
        feed.renew(lambda viewer: viewer_now(viewer, roster))
    await presence.staff_changed()


async def _staff_kept(people: EmployeeStore, roster: Roster, feed: Feed, presence: PresenceParts) -> None:
    """Employees are added and changed by the command line too, in another process."""
    held = ""
    while True:
        await asyncio.sleep(STAFF_EVERY_S)
        try:
            mark = await people.mark()
            if mark != held:
                await _staff_read(people, roster, feed, presence)
                held = mark
        except StorageError as error:
            log.warning("app.staff_not_read", action="staff_not_read", problem=str(error))


def _reader_of(roster: Roster, company: str, employee_id: str) -> Reader | None:
    """Who gets a letter, with the rights of this moment."""
    employee = roster.get(employee_id)
    if employee is None or employee.disabled:
        return None
    return Reader(employee.language or company, roster.sight_of(employee).numbers_masked)


async def _sessions_kept(sign_in: SignIn) -> None:
    while True:
        with contextlib.suppress(StorageError):
            await sign_in.forget_expired()
        await asyncio.sleep(SESSIONS_EVERY_S)


def _now() -> datetime:
    return datetime.now(UTC)
