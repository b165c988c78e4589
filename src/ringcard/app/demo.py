"""The demo's company: a simulated PBX on a port of its own, contacts with orders and notes, and a past.

Everything but the calls is the real thing: the simulator speaks AMI over TCP and the Asterisk connector hears it.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ringcard.app.bootstrap import Running
from ringcard.app.config import Config, from_mapping
from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import (
    CallCleared,
    CallEvent,
    ConnectionCleared,
    Delivered,
    Established,
    Originated,
    Party,
    Queued,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.contacts.model import ContactDraft, Email, Item, Order, Phone
from ringcard.pbx.simulator.company import Company, Customer, sample_company
from ringcard.pbx.simulator.day import Day, Schedule
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.people.model import Role

PASSWORD = "demo"  # noqa: S105  the demo's sign-ins are printed when it starts, and it listens on loopback only
OFFICE = PbxId("office")

SIGN_INS = (("employee", Role.EMPLOYEE), ("supervisor", Role.SUPERVISOR), ("admin", Role.ADMIN))

_GOODS = (
    ("Кофемашина Bravia 3", "48900.00"),
    ("Кофе в зёрнах, 1 кг", "1890.00"),
    ("Фильтр для воды", "740.00"),
    ("Стол рабочий 140 см", "15400.00"),
    ("Кресло «Орион»", "12300.00"),
    ("Доставка", "900.00"),
    ("Светильник подвесной", "5600.00"),
    ("Стеллаж металлический", "8750.00"),
)
_FRESH, _SETTLED = ("новый", "собирается", "отгружен"), ("доставлен", "доставлен", "доставлен", "возврат")
_NOTES = (
    "Просит звонить после 14:00.",
    "Договор продлён до конца года.",
    "Ждёт счёт на кофемашины, обещали сегодня.",
    "Недоволен сроком доставки, предложили скидку 5 %.",
    "Переезжают в новый офис, нужен замер.",
)
_OUTCOMES = (
    ("ordered", "Заказал"),
    ("asked", "Спросил"),
    ("complained", "Пожаловался"),
    ("call_back", "Перезвонить"),
    ("spam", "Реклама"),
)
_SEGMENTS = ("опт", "розница", "тендер", None)
_TAGS = ("постоянный", "юрлицо", "отсрочка", "маркетплейс")


@dataclass(frozen=True, slots=True)
class SimulatedOffice:
    """The PBX of the demo, listening."""

    company: Company
    port: int
    pbx: Pbx
    account: Account

    def rings(self) -> None:
        """From now on people call."""
        Day(self.pbx, Schedule()).begin()


@asynccontextmanager
async def simulated_office(seed: int = 1) -> AsyncIterator[SimulatedOffice]:
    """A simulated PBX on a free port of the loopback interface, in real time."""
    company = sample_company(seed)
    pbx = Pbx(company, start_s=time.time(), seed=seed)
    account = Account("ringcard", "ringcard")
    server = AmiServer(pbx, [account], speed=1.0)
    port = await server.start()
    try:
        yield SimulatedOffice(company, port, pbx, account)
    finally:
        await server.stop()


def demo_config(office: SimulatedOffice, directory: Path, port: int) -> Config:
    """The configuration of the demo: what an administrator would write for this PBX."""
    devices = ",".join(sorted(office.company.devices))
    return from_mapping(
        {
            "server": {"host": "127.0.0.1", "port": port},
            "store": {"directory": str(directory)},
            "company": {"region": "RU", "devices": devices, "language": "ru"},
            # The demo's customers never sleep: whoever tries a click at night wants to see it dial, not a warning.
            "dialling": {
                "quiet_from": 0,
                "quiet_to": 0,
                "queues": {office.company.queue: office.company.queue_did},
                "voicemail": f"{office.company.voicemail_prefix}{{device}}",
            },
            "wrap_up": {"outcomes": [{"outcome": outcome, "label": label} for outcome, label in _OUTCOMES]},
            "log": {"level": "warning"},
            "pbx": [
                {
                    "name": OFFICE,
                    "host": "127.0.0.1",
                    "port": office.port,
                    "user": office.account.user,
                    "secret": office.account.secret,
                }
            ],
        },
        {},
    )


async def fill(up: Running, company: Company, seed: int = 1) -> None:
    """People, contacts and a fortnight of calls. Does nothing to a store that has people already."""
    if await up.people.everybody():
        return
    password_hash = await up.passwords.hashed(PASSWORD)
    first, *others, last = company.employees
    sits_at = {Role.EMPLOYEE: first, Role.SUPERVISOR: last}
    for login, role in SIGN_INS:
        who = sits_at.get(role)
        await up.people.add(
            login,
            "Администратор" if who is None else who.name_ru or who.name,
            role,
            devices=[] if who is None else [who.device],
            password_hash=password_hash,
        )
    for other in others:
        await up.people.add(f"phone{other.device}", other.name_ru or other.name, devices=[other.device])
    staff = await up.people.everybody()
    up.rooms.roster.replace(staff)

    chance = random.Random(seed)  # noqa: S311  sample data
    managers = [employee.employee_id for employee in staff if employee.devices]
    for place, customer in enumerate(company.customers):
        if customer.name is None:
            continue
        contact = await up.rooms.contacts.create(_card(customer, place, chance, managers))
        if place < 12:
            for text in chance.sample(_NOTES, k=1 + place % 2):
                await up.rooms.contacts.add_note(contact.contact_id, text, chance.choice(staff).name)
    past = sorted(_past_calls(company, chance), key=lambda events: events[0].at)
    position = 0
    for events in past:
        position = up.rooms.ledger.append(events)
    await up.rooms.ledger.flushed(position)


def _card(customer: Customer, place: int, chance: random.Random, managers: list[str]) -> ContactDraft:
    ages = sorted((chance.randrange(1, 200) for _ in range(6 if place == 0 else chance.randrange(5))), reverse=True)
    orders = tuple(_order(1000 + place * 20 + count, age_days, chance) for count, age_days in enumerate(ages))
    return ContactDraft(
        name=customer.name or "",
        organisation=customer.organisation,
        position=chance.choice(("директор", "закупки", "бухгалтер", None)),
        phones=(Phone(None, customer.number, "рабочий"),),
        emails=(Email(f"client{place}@example.com"),),
        manager_id=chance.choice(managers),
        segment=chance.choice(_SEGMENTS),
        tags=tuple(chance.sample(_TAGS, k=chance.randrange(3))),
        vip=place % 9 == 0,
        city=chance.choice(("Москва", "Санкт-Петербург", "Екатеринбург", None)),
        orders=orders,
    )


def _order(number: int, age_days: int, chance: random.Random) -> Order:
    items = tuple(
        Item(name, Decimal(chance.randrange(1, 6)), Decimal(price))
        for name, price in chance.sample(_GOODS, k=chance.randrange(1, 4))
    )
    total = sum(((item.quantity or Decimal()) * (item.price or Decimal()) for item in items), Decimal())
    day = date.today() - timedelta(days=age_days)  # noqa: DTZ011  a day of the company's calendar
    return Order(str(number), day, chance.choice(_FRESH if age_days < 20 else _SETTLED), total, "RUB", items)


def _past_calls(company: Company, chance: random.Random) -> Iterator[list[CallEvent]]:
    """What the first customers did in the last fortnight: answered, missed, called back."""
    now = datetime.now(UTC)
    devices = [employee.device for employee in company.employees]
    for place, customer in enumerate(company.customers[:15]):
        for count in range(1 + chance.randrange(4)):
            began = now - timedelta(days=chance.uniform(0.1, 14))
            call_id = CallId(f"demo-{place}-{count}")
            device = DeviceId(chance.choice(devices))
            inbound, answered = chance.random() < 0.7, chance.random() < 0.75
            yield _past_call(call_id, began, customer, company, device, inbound, answered, chance)


def _past_call(
    call_id: CallId,
    began: datetime,
    customer: Customer,
    company: Company,
    device: DeviceId,
    inbound: bool,
    answered: bool,
    chance: random.Random,
) -> list[CallEvent]:
    outsider = Party(number=customer.number, presented=customer.number, name=customer.name)
    ours = Party(number=f"+7{company.queue_did}", presented=company.queue_did) if inbound else Party(device=device)
    direction = Direction.INBOUND if inbound else Direction.OUTBOUND
    caller, called = (outsider, ours) if inbound else (ours, outsider)

    def after(seconds: float) -> datetime:
        return began + timedelta(seconds=seconds)

    picks_up_s = chance.uniform(3, 14)
    ends_s = picks_up_s + (chance.uniform(20, 400) if answered else 8)
    events: list[CallEvent] = [
        Originated(call_id, began, ConversationId(call_id), OFFICE, f"past-{call_id}", direction, caller, called)
    ]
    if inbound:
        events += [Queued(call_id, after(0.2), company.queue), Delivered(call_id, after(1.0), device)]
        if answered:
            events.append(Established(call_id, after(picks_up_s), device))
    else:
        events.append(Established(call_id, after(0.1), device))
        if answered:
            events.append(Established(call_id, after(picks_up_s), None, customer.number))
    outcome = Outcome.ANSWERED if answered or not inbound else Outcome.CANCELLED
    events.append(ConnectionCleared(call_id, after(ends_s), device, outcome))
    events.append(CallCleared(call_id, after(ends_s), "caller" if inbound else str(device)))
    return events
