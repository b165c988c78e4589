"""CDRs that a real Asterisk wrote, imported, beside the records of the same calls as they were heard live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from lab.system import Lab

from ringcard.app.old_calls import OldCalls, Report, rows_of_csv
from ringcard.calls.board import Board
from ringcard.calls.events import CallEvent, PbxEvent
from ringcard.calls.identifiers import PbxId
from ringcard.calls.queues import QueueStateChanged
from ringcard.calls.record import CallRecord
from ringcard.ledger import Ledger, MasterKey, MemoryStore
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.cdr import CdrTranslator
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.connector import LinkState

pytestmark = pytest.mark.lab

OFFICE = PbxId("office")
DEVICES = "101-110"
A_SECOND = timedelta(seconds=1.5)
"""CDRs know whole seconds only."""


@asynccontextmanager
async def heard(lab: Lab) -> AsyncIterator[list[PbxEvent]]:
    """What a connector hears meanwhile."""
    ami = lab.ami
    connector = AsteriskConnector(AsteriskSettings(OFFICE, ami.host, ami.user, ami.secret, ami.port, devices=DEVICES))
    events: list[PbxEvent] = []
    task = asyncio.create_task(connector.run(events.extend))
    try:
        async with asyncio.timeout(15):
            while connector.status.state is not LinkState.UP:
                await asyncio.sleep(0.05)
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def records(events: list[PbxEvent]) -> list[CallRecord]:
    board = Board()
    calls = {}
    for event in events:
        if isinstance(event, get_args(CallEvent)):
            call = board.apply(event)
            if call is not None:
                calls[event.call_id] = call
    return sorted((call.record(datetime.now(UTC)) for call in calls.values()), key=lambda record: record.started_at)


async def imported(lab: Lab, ledger: Ledger) -> Report:
    old = OldCalls(CdrTranslator(OFFICE, DeviceNames(parse_devices(DEVICES)), PLAN), OFFICE, UTC)
    log = lab.asterisk.directory / "log"
    try:
        old.stage(rows_of_csv(log / "cdr-csv" / "Master.csv"))
        if (log / "queue_log").exists():
            old.stage_queue_log(log / "queue_log")
        return await old.append(ledger)
    finally:
        old.close()


PLAN = NumberingPlan("RU", "495", DEVICES)


async def calls_happen(lab: Lab) -> None:
    """Answered, given up, and between two colleagues."""
    customer, phone, colleague = lab.caller("+74959195557"), lab.phone("101"), lab.phone("102")
    await customer.dials("4951110101")
    await phone.rings()
    await phone.answers()
    await customer.talks()
    await asyncio.sleep(1.2)  # longer than what a CDR can tell apart
    await customer.hangs_up()
    await phone.is_idle()
    await customer.dials("4951110101")
    await phone.rings()
    await asyncio.sleep(1.2)
    await customer.hangs_up()
    await phone.is_idle()
    await colleague.dials("101")
    await phone.rings()
    await phone.answers()
    await asyncio.sleep(1.2)
    await colleague.hangs_up()
    await phone.is_idle()


@pytest.fixture(params=["22", "16"])
def own_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An Asterisk that has logged nothing yet."""
    with Lab(request.param) as lab:
        yield lab


async def test_what_was_logged_is_what_was_heard(own_lab: Lab) -> None:
    await own_lab.is_quiet()
    async with heard(own_lab) as events:
        began = datetime.now(UTC) - A_SECOND
        await calls_happen(own_lab)
        await own_lab.is_quiet()
        await asyncio.sleep(0.5)
        live = records(events)
    async with await Ledger.over(MemoryStore(), MasterKey.generate()) as ledger:
        report = await imported(own_lab, ledger)
        assert (report.unread, report.known) == (0, 0)
        old = [record for record in (await ledger.calls()).items if record.started_at >= began][::-1]
        again = await imported(own_lab, ledger)
        assert (again.added, again.known) == (0, report.added)

    assert [facts(record) for record in old] == [facts(record) for record in live]
    for logged, told in zip(old, live, strict=True):
        assert (logged.complete, told.complete) == (False, True)
        assert logged.ended_by is None, "a CDR does not tell who hung up"
        assert set(logged.pbx_ids) & set(told.pbx_ids)
        assert near(logged.started_at, told.started_at)
        assert near(logged.answered_at, told.answered_at)
        assert near(logged.ended_at, told.ended_at)


def facts(record: CallRecord) -> tuple[object, ...]:
    """What a CDR can tell: of a call that nobody took, not whether the caller gave up or the PBX did."""
    disposition = None if record.disposition is None else record.disposition.value
    return (
        record.direction.value,
        record.caller.number,
        record.caller.device,
        record.called.number,
        record.called.device,
        "no_answer" if disposition == "abandoned" else disposition,
        [stint.device for stint in record.devices if stint.device != record.caller.device],
    )


def near(one: datetime | None, other: datetime | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) <= A_SECOND


async def test_calls_that_were_heard_are_not_imported_again(lab22: Lab) -> None:
    await lab22.is_quiet()
    async with await Ledger.over(MemoryStore(), MasterKey.generate()) as ledger, heard(lab22) as events:
        await calls_happen(lab22)
        await lab22.is_quiet()
        await asyncio.sleep(0.5)
        await ledger.flushed(ledger.append([event for event in events if not isinstance(event, QueueStateChanged)]))
        lived = len((await ledger.calls()).items)
        report = await imported(lab22, ledger)
        assert report.known >= lived == 3
        assert len((await ledger.calls(limit=200)).items) == lived + report.added
