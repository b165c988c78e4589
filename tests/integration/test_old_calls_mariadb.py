"""Old calls out of FreePBX's database: a real MariaDB, and the table as FreePBX has it.

FreePBX itself cannot be had here. Source of the table: Asterisk's columns of CDRs, with `calldate` for `start`, and
what `install.php` of FreePBX's module cdr adds (`did`, `recordingfile`, `cnum`, `cnam`, `outbound_cnum`, …).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.mariadb import mariadb
from sqlalchemy import URL, create_engine, text

from ringcard.app.old_calls import HistoryUnfit, rows_of_sql

TEXTS = {
    "clid": 80, "src": 80, "dst": 80, "dcontext": 80, "channel": 80, "dstchannel": 80, "lastapp": 80, "lastdata": 80,
    "disposition": 45, "accountcode": 20, "uniqueid": 32, "userfield": 255, "did": 50, "recordingfile": 255,
    "cnum": 80, "cnam": 80, "outbound_cnum": 80, "outbound_cnam": 80, "dst_cnam": 80, "linkedid": 32,
    "peeraccount": 80,
}  # fmt: skip
NUMBERS = ("duration", "billsec", "amaflags", "sequence")
CALL = {
    "calldate": "2026-03-01 12:00:00", "clid": '"Пётр Ёлкин" <89161234567>', "src": "89161234567", "dst": "101",
    "channel": "PJSIP/trunk-00000001", "dstchannel": "PJSIP/101-00000002", "duration": 60, "billsec": 53,
    "disposition": "ANSWERED", "uniqueid": "1740000000.1", "linkedid": "1740000000.1", "did": "4951110101",
}  # fmt: skip


@pytest.fixture(scope="module")
def freepbx() -> Iterator[URL]:
    with mariadb() as url:
        engine = create_engine(url.set(drivername="mysql+pymysql"))
        columns = [f"`{name}` varchar({length}) NOT NULL DEFAULT ''" for name, length in TEXTS.items()]
        columns += [f"`{name}` int NOT NULL DEFAULT 0" for name in NUMBERS]
        with engine.begin() as connection:
            connection.execute(text("SET sql_mode = ''"))  # as the year 0 wants it
            connection.execute(
                text(f"CREATE TABLE cdr (`calldate` datetime NOT NULL DEFAULT '0000-00-00', {', '.join(columns)})")
            )
            never = {**CALL, "calldate": "0000-00-00 00:00:00", "uniqueid": "1740000000.2", "linkedid": "1740000000.2"}
            for call in (CALL, never):
                names = ", ".join(f"`{name}`" for name in call)
                values = ", ".join(f":{name}" for name in call)
                connection.execute(text(f"INSERT INTO cdr ({names}) VALUES ({values})"), call)
        engine.dispose()
        yield url


def told(url: URL, table: str = "cdr") -> list[dict[str, str]]:
    return [row for _, row in rows_of_sql(url.render_as_string(hide_password=False), table)]


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_freepbxs_calls_are_read_as_they_are(freepbx: URL, kind: str) -> None:
    first, never = told(freepbx.set(drivername=kind))
    assert (first["start"], first["clid"], first["linkedid"]) == (
        "2026-03-01 12:00:00", '"Пётр Ёлкин" <89161234567>', "1740000000.1",
    )  # fmt: skip
    assert (first["duration"], first["billsec"], first["dstchannel"]) == ("60", "53", "PJSIP/101-00000002")
    assert never["start"].startswith("0000-00-00")


def test_a_wrong_password_and_a_wrong_table_say_so(freepbx: URL) -> None:
    with pytest.raises(HistoryUnfit, match="Access denied"):
        told(freepbx.set(password="wrong"))
    with pytest.raises(HistoryUnfit, match="the table calls cannot be read"):
        told(freepbx, "calls")
