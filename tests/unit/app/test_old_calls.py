"""Importing logs of calls: other columns, no ids, rows that cannot be read, a database, and twice the same."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ringcard.app.old_calls import HistoryUnfit, OldCalls, Report, Rows, rows_of_csv, rows_of_sql
from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord, moment
from ringcard.ledger import Ledger, MasterKey, MemoryStore
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.cdr import CdrTranslator
from ringcard.pbx.asterisk.devices import DeviceNames

OFFICE = PbxId("office")
MOSCOW = ZoneInfo("Europe/Moscow")
TRANSLATOR = CdrTranslator(OFFICE, DeviceNames(parse_devices("101-110")), NumberingPlan("RU", "495", "101-110"))

INBOUND = (
    '"","89161234567","4951110101","in","""Ivan"" <89161234567>","SIP/trunk-01","SIP/101-02","Dial","SIP/101",'
    '"2026-03-01 12:00:00","2026-03-01 12:00:07","2026-03-01 12:01:00","60","53","ANSWERED","DOCUMENTATION"'
)
OUTBOUND = INBOUND.replace("SIP/trunk-01", "SIP/102-03").replace("SIP/101-02", "SIP/trunk-04")


async def brought(ledger: Ledger, rows: Rows, *, dry_run: bool = False) -> Report:
    old = OldCalls(TRANSLATOR, OFFICE, MOSCOW)
    try:
        old.stage(rows)
        return await old.append(ledger, dry_run=dry_run)
    finally:
        old.close()


async def calls(ledger: Ledger) -> tuple[CallRecord, ...]:
    return (await ledger.calls()).items


def written(folder: Path, *lines: str) -> Path:
    path = folder / "Master.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
async def ledger() -> Ledger:
    return await Ledger.over(MemoryStore(), MasterKey.generate())


async def test_rows_without_ids_and_in_another_zone(ledger: Ledger, tmp_path: Path) -> None:
    async with ledger:
        report = await brought(ledger, rows_of_csv(written(tmp_path, INBOUND, OUTBOUND.replace("12:0", "13:0"))))
        assert (report.calls, report.added, report.unread) == (2, 2, 0)
        outbound, inbound = await calls(ledger)
    assert (inbound.caller.number, inbound.caller.name) == ("+79161234567", "Ivan")
    assert moment(inbound.started_at) == "2026-03-01T09:00:00.000Z"
    assert moment(inbound.answered_at) == "2026-03-01T09:00:07.000Z"
    assert (inbound.talk_s, inbound.complete) == (53.0, False)
    assert (outbound.direction.value, outbound.caller.device, outbound.called.number) == (
        "outbound", "102", "+74951110101",
    )  # fmt: skip


async def test_phones_that_rang_together_are_one_call(ledger: Ledger, tmp_path: Path) -> None:
    other = INBOUND.replace("SIP/101-02", "SIP/103-05").replace("ANSWERED", "NO ANSWER").replace("12:00:07", "")
    async with ledger:
        await brought(ledger, rows_of_csv(written(tmp_path, INBOUND, other)))
        (record,) = await calls(ledger)
    assert {stint.device: stint.outcome and stint.outcome.value for stint in record.devices} == {
        "101": "answered",
        "103": "answered_elsewhere",
    }


async def test_twice_the_same_is_once_and_a_dry_run_is_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = written(tmp_path, INBOUND)
    async with ledger:
        dry = await brought(ledger, rows_of_csv(path), dry_run=True)
        assert (dry.added, await calls(ledger)) == (1, ())
        await brought(ledger, rows_of_csv(path))
        again = await brought(ledger, rows_of_csv(path))
        assert (again.added, again.known, len(await calls(ledger))) == (0, 1, 1)


async def test_a_first_line_of_names_is_understood(ledger: Ledger, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "calldate,clid,src,dst,dcontext,channel,dstchannel,duration,billsec,disposition,uniqueid",
        "2026-03-01 12:00:00,,89161234567,4951110101,in,PJSIP/trunk-1,PJSIP/101-2,60,53,ANSWERED,1740000000.1",
    )
    async with ledger:
        await brought(ledger, rows_of_csv(path))
        (record,) = await calls(ledger)
    assert record.pbx_ids == ("1740000000.1",)
    assert (moment(record.answered_at), moment(record.ended_at)) == (
        "2026-03-01T09:00:07.000Z", "2026-03-01T09:01:00.000Z",
    )  # fmt: skip


async def test_what_cannot_be_read_is_told_and_the_rest_is_imported(ledger: Ledger, tmp_path: Path) -> None:
    path = written(tmp_path, "nonsense", INBOUND, INBOUND.replace("2026-03-01 12:00:00", "yesterday"), '"never closed')
    async with ledger:
        report = await brought(ledger, rows_of_csv(path))
    assert (report.added, report.unread) == (1, 3)
    assert report.problems[0].startswith("row 1: there is no column")
    assert "'yesterday' is no time" in report.problems[1]


async def test_a_table_of_a_database(ledger: Ledger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "cdr.db") as db:
        db.execute("CREATE TABLE calls (calldate, src, dst, channel, dstchannel, duration, billsec, disposition)")
        row = ("2026-03-01 12:00:00", "89161234567", "4951110101", "SIP/trunk-1", "SIP/101-2", 60, 53, "ANSWERED")
        db.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.close()
    async with ledger:
        report = await brought(ledger, rows_of_sql(f"sqlite:///{tmp_path / 'cdr.db'}", "calls"))
        assert (report.added, report.unread) == (1, 0)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("oracle://root@localhost/asterisk", "CSV file"),
        ("mysql://root@127.0.0.1:1/asterisk", "cannot be read"),
        ("sqlite:////nowhere/cdr.db", "cannot be read"),
    ],
)
def test_a_source_that_cannot_be_read_says_what_to_do(url: str, says: str) -> None:
    with pytest.raises(HistoryUnfit, match=says):
        list(rows_of_sql(url))


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_accepts_and_never_answers_is_told_of(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(HistoryUnfit, match=r"the table cdr cannot be read: .*time"):
            list(rows_of_sql(f"{kind}://cti:secret@127.0.0.1:{port}/asterisk", connect_s=2, silent_s=1))
