"""Importing old calls over the API, with the real process that reads them: from the first piece to the undo."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from web_site import Browser, Site, site

from ringcard.app.call_imports.store import CallImportStore
from ringcard.calls.identifiers import CallId
from ringcard.cli.history import history as history_command
from ringcard.storage import StorageError

PATIENCE_S = 60.0
CALLS = 250
AWAY = {"name": "office", "host": "127.0.0.1", "port": 1, "user": "ringcard", "secret": "s3cret"}


def row(number: int, *, start: str = "", answered: bool = True) -> str:
    start = start or f"2025-03-{1 + number % 28:02d} 12:00:00"
    end = start[:-2] + "53"
    answer, disposition = (start[:-2] + "07", "ANSWERED") if answered else ("", "NO ANSWER")
    return (
        f'"","8916{number:07d}","4951110101","in","""Иван"" <8916{number:07d}>","PJSIP/trunk-{number}",'
        f'"PJSIP/101-{number}","Dial","PJSIP/101","{start}","{answer}","{end}",53,46,"{disposition}","DOCUMENTATION",'
        f'"17400{number:05d}.1","","","17400{number:05d}.1","{number}"\n'
    )


def log(calls: int = CALLS, encoding: str = "utf-8") -> bytes:
    """Master.csv: of every fiftieth call the row is bad."""
    return "".join(row(n) if n % 50 else row(n, start="yesterday 12:00:00") for n in range(calls)).encode(encoding)


@pytest.fixture
async def office(tmp_path: Path, store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path, store={"url": store_url}, pbx=[AWAY]) as office:
        yield office


@pytest.fixture
async def admin(office: Site) -> AsyncIterator[Browser]:
    async with office.browser("adm") as browser:
        yield browser


async def begun(browser: Browser, size: int, name: str = "Master.csv", **more: Any) -> httpx.Response:
    wanted = {"file": {"name": name, "size": size}, "pbx": "office", "zone": "Europe/Moscow"} | more
    return await browser.post("/call-imports", wanted)


async def put(browser: Browser, import_id: int, content: bytes, offset: int = 0, part: str = "calls") -> httpx.Response:
    return await browser.http.put(
        f"/api/v1/call-imports/{import_id}/file",
        content=content,
        params={"offset": offset, "part": part},
        headers=browser.csrf | {"Content-Type": "application/octet-stream"},
    )


async def sent(browser: Browser, content: bytes, **more: Any) -> dict[str, Any]:
    answer = await begun(browser, len(content), **more)
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    for offset in range(0, len(content), 500_000):
        answer = await put(browser, job["import_id"], content[offset : offset + 500_000], offset)
        assert answer.status_code == 200, answer.text
        job = answer.json()
    return job


async def until(browser: Browser, job: dict[str, Any], *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        now: dict[str, Any] = (await browser.get(f"/call-imports/{job['import_id']}")).json()
        if now["state"] in states:
            return now
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.05)


async def done(browser: Browser, job: dict[str, Any], what: str, *states: str) -> dict[str, Any]:
    answer = await browser.post(f"/call-imports/{job['import_id']}/{what}", None)
    assert answer.status_code == 202, answer.text
    return await until(browser, job, *states)


async def history(browser: Browser) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    before = None
    while True:
        page = (await browser.get("/calls", limit=200, **({"before": before} if before else {}))).json()
        items += page["items"]
        before = page["next"]
        if before is None:
            return items


async def test_from_the_first_piece_to_the_undo(office: Site, admin: Browser) -> None:
    content = log()
    job = (await begun(admin, len(content))).json()
    middle = len(content) // 2 + 7
    half = (await put(admin, job["import_id"], content[:middle])).json()
    assert (half["state"], half["file"]["received"]) == ("uploading", middle)
    job = (await put(admin, job["import_id"], content[middle:], middle)).json()
    assert (job["state"], job["columns"][:3]) == ("ready", ["accountcode", "src", "dst"])

    preview = (await admin.get(f"/call-imports/{job['import_id']}/preview")).json()["items"]
    assert preview[0]["caller"].startswith("+7916")
    assert preview[0] | {"caller": ""} == {
        "started_at": "2025-03-01T09:00:00.000Z",
        "direction": "inbound",
        "caller": "",
        "called": "+74951110101",
        "devices": ["101"],
        "disposition": "answered",
        "talk_s": 46.0,
    }

    tried = await done(admin, job, "try", "ready")
    assert tried["trial"] | {"withdrawn": 0} == {
        "rows": CALLS, "skipped": 5, "calls": CALLS - 5, "added": CALLS - 5, "known": 0, "withdrawn": 0,
    }  # fmt: skip
    assert await history(admin) == []

    ended = await done(admin, job, "start", "done")
    assert (ended["counts"]["added"], ended["counts"]["skipped"]) == (CALLS - 5, 5)
    calls = await history(admin)
    assert (len(calls), {call["source"] for call in calls}) == (CALLS - 5, {"imported"})
    assert calls[0]["caller"]["name"] == "Иван"
    skipped = (await admin.get(f"/call-imports/{job['import_id']}/skipped")).json()["items"]
    assert skipped[0] == {"row": 1, "column": "start", "reason": "no_time"}
    told = await admin.get(f"/call-imports/{job['import_id']}/skipped.csv")
    assert told.content.startswith(b"\xef\xbb\xbfrow,column,reason\r\n1,start,no_time\r\n51,")

    undone = await done(admin, job, "undo", "undone")
    assert undone["counts"]["withdrawn"] == CALLS - 5
    assert await history(admin) == []
    assert (await office.up.rooms.ledger.verify()).sound

    audit = (await admin.get("/audit")).json()["items"]
    assert [each["action"] for each in audit if each["action"].startswith("calls.")] == [
        "calls.import_undone", "calls.imported",
    ]  # fmt: skip


async def test_what_was_undone_can_be_imported_again_and_twice_is_once(office: Site, admin: Browser) -> None:
    content = log(60)
    first = await sent(admin, content)
    await done(admin, first, "start", "done")
    again = await sent(admin, content)
    assert (await done(admin, again, "start", "done"))["counts"] | {"rows": 0, "skipped": 0} == {
        "rows": 0, "skipped": 0, "calls": 58, "added": 0, "known": 58, "withdrawn": 0,
    }  # fmt: skip
    assert (await done(admin, again, "undo", "undone"))["counts"]["withdrawn"] == 0
    assert len(await history(admin)) == 58
    await done(admin, first, "undo", "undone")
    third = await sent(admin, content)
    await done(admin, third, "start", "done")
    assert len(await history(admin)) == 58
    assert (await office.up.rooms.ledger.verify()).sound
    assert await office.up.rooms.ledger.rebuild() == 58


async def test_the_queue_s_log_says_who_answered_and_when(admin: Browser) -> None:
    calls = row(1).replace('"Dial","PJSIP/101"', '"Queue","sales,t"').encode()
    queue_log = (
        b"1740906000|1740000001.1|sales|NONE|ENTERQUEUE||89160000001|1\n"
        b"1740906030|1740000001.1|sales|PJSIP/101|CONNECT|30|x|5\n"
    )
    job = (await begun(admin, len(calls), queue_log={"name": "queue_log", "size": len(queue_log)})).json()
    assert (await put(admin, job["import_id"], calls)).json()["state"] == "uploading"
    job = (await put(admin, job["import_id"], queue_log, part="queue_log")).json()
    await done(admin, job, "start", "done")
    (call,) = await history(admin)
    assert (call["queue"], call["answered_at"]) == ("sales", "2025-03-02T09:00:30.000Z")


async def test_a_stopped_server_goes_on_where_it_was(tmp_path: Path, store_url: str) -> None:
    """Killed between the note of which calls come and the calls: all come, once, and all can be taken back."""
    where = {"store": {"url": store_url}, "pbx": [AWAY]}
    async with site(tmp_path, **where) as here, here.browser("adm") as admin:
        job = await sent(admin, log(1_500))
        await admin.post(f"/call-imports/{job['import_id']}/start", None)
        while (await admin.get(f"/call-imports/{job['import_id']}")).json()["counts"]["added"] == 0:
            await asyncio.sleep(0.01)
    async with site(tmp_path, **where) as here, here.browser("adm") as admin:
        assert (await until(admin, job, "done"))["counts"]["added"] == 1_470
        assert len(await history(admin)) == 1_470
        await done(admin, job, "undo", "undone")
        assert await history(admin) == []


async def test_what_a_terminal_began_goes_on_here_and_what_is_gone_cannot(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"store": {"url": store_url}, "pbx": [AWAY]}
    async with site(tmp_path, **where) as here, here.browser("adm"):
        pass
    master, bring = tmp_path / "Master.csv", CallImportStore.brings
    master.write_bytes(log(600))

    async def breaking_off(self: CallImportStore, import_id: int, call_ids: Sequence[CallId]) -> None:
        if await self.count(import_id) >= 200:
            raise StorageError("the terminal was closed")
        await bring(self, import_id, call_ids)

    with monkeypatch.context() as broken:
        broken.setattr(CallImportStore, "brings", breaking_off)
        command = ("import", str(master), "--pbx", "office", "--zone", "Europe/Moscow")
        settings = {"RINGCARD_STORE_DIRECTORY": str(tmp_path / "data"), "RINGCARD_STORE_URL": store_url}
        told = await asyncio.to_thread(CliRunner(env=settings).invoke, history_command, command)
        assert told.exit_code == 1, told.output
    master.unlink()
    async with site(tmp_path, **where) as here, here.browser("adm") as admin:
        (job,) = (await admin.get("/call-imports")).json()["items"]
        assert (job["state"], job["can_go_on"]) == ("cancelled", True)
        first = (await admin.get(f"/call-imports/{job['import_id']}")).json()["counts"]
        assert (first["rows"], first["skipped"]) == (600, 12)
        assert 0 < first["added"] < 588
        skipped = (await admin.get(f"/call-imports/{job['import_id']}/skipped")).json()["items"]
        assert skipped[0] == {"row": 1, "column": "start", "reason": "no_time"}
        ended = await done(admin, job, "start", "done")
        assert (ended["counts"]["added"], len(await history(admin))) == (588, 588)

        stopped = await sent(admin, log(1_500))
        await admin.post(f"/call-imports/{stopped['import_id']}/start", None)
        stopped = await done(admin, stopped, "stop", "cancelled", "done")
        assert stopped["can_go_on"]
        shutil.rmtree(tmp_path / "data" / "old-calls")
        assert not (await admin.get(f"/call-imports/{stopped['import_id']}")).json()["can_go_on"]
        refused = await admin.post(f"/call-imports/{stopped['import_id']}/start", None)
        assert (refused.status_code, refused.json()["error_id"]) == (409, "import_state")


async def test_an_undo_that_a_stopped_server_broke_off_tells_of_the_whole(tmp_path: Path, store_url: str) -> None:
    where = {"store": {"url": store_url}, "pbx": [AWAY]}
    async with site(tmp_path, **where) as here, here.browser("adm") as admin:
        job = await sent(admin, log(1_500))
        await done(admin, job, "start", "done")
        await admin.post(f"/call-imports/{job['import_id']}/undo", None)
        while (await admin.get(f"/call-imports/{job['import_id']}")).json()["counts"]["withdrawn"] == 0:
            await asyncio.sleep(0.01)
    async with site(tmp_path, **where) as here, here.browser("adm") as admin:
        assert (await until(admin, job, "undone"))["counts"]["withdrawn"] == 1_470
        assert await history(admin) == []


async def test_a_stopped_import_goes_on_or_is_undone(admin: Browser) -> None:
    job = await sent(admin, log(1_500))
    await admin.post(f"/call-imports/{job['import_id']}/start", None)
    while (await admin.get(f"/call-imports/{job['import_id']}")).json()["counts"]["added"] == 0:
        await asyncio.sleep(0.01)
    stopped = await done(admin, job, "stop", "cancelled", "done")
    assert stopped["state"] == "cancelled"
    assert 0 < stopped["counts"]["added"] == len(await history(admin)) < 1_470
    assert (await done(admin, job, "start", "done"))["counts"]["added"] == 1_470
    assert len(await history(admin)) == 1_470


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 a spreadsheet", "spreadsheet"),
        (b"\x1f\x8b\x08\x00 old.gz", "compressed"),
        (b"SQLite format 3\0 and so on", "database"),
        (row(1).encode("utf-16"), "utf16"),
        ("Имя;Телефон\nАнна;89161234567\n".encode(), "no_calls"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no_calls"),
        (b"1772352000.5|17400.1|sales|NONE|ENTERQUEUE||8916|1\n", "queue_log"),
        (b"\n\n", "empty"),
        (b"accountcode,src,dst,dcontext,clid,channel,dstchannel,start,end,disposition\n", "empty"),
    ],
)
async def test_another_file_is_refused_and_said_what_it_is(admin: Browser, content: bytes, reason: str) -> None:
    job = (await begun(admin, len(content))).json()
    answer = await put(admin, job["import_id"], content)
    assert (answer.status_code, answer.json()["error_id"]) == (400, "call_log_unreadable")
    assert answer.json()["errors"] == [{"field": "reason", "message": reason}]


async def test_text_of_windows_and_a_byte_order_mark_are_read(admin: Browser) -> None:
    for content in (row(1).encode("cp1251"), row(2).encode("utf-8-sig")):
        await done(admin, await sent(admin, content), "start", "done")
    assert [call["caller"]["name"] for call in await history(admin)] == ["Иван", "Иван"]


async def test_half_a_file_gives_its_whole_rows_and_says_which_is_not(admin: Browser) -> None:
    content = log(40)
    job = await sent(admin, content[: len(content) - 120])
    ended = await done(admin, job, "start", "done")
    assert (ended["counts"]["added"], ended["counts"]["skipped"]) == (38, 2)
    skipped = (await admin.get(f"/call-imports/{job['import_id']}/skipped")).json()["items"]
    assert skipped[-1] == {"row": 40, "column": "end", "reason": "missing_column"}


async def test_a_quote_that_is_never_closed_costs_what_follows_it_up_to_a_limit(admin: Browser) -> None:
    names = "src,dst,channel,dstchannel,start,end,disposition,uniqueid\n"
    plain = [
        f"8916{n:07d},4951110101,PJSIP/trunk-{n},PJSIP/101-{n},2025-03-01 12:00:00,2025-03-01 12:01:00,ANSWERED,{n}.1\n"
        for n in range(3_000)
    ]
    job = await sent(admin, (names + plain[0] + '"' + "".join(plain[1:])).encode())
    ended = await done(admin, job, "start", "done")
    skipped = (await admin.get(f"/call-imports/{job['import_id']}/skipped")).json()["items"]
    assert skipped[0]["reason"] == "quote_not_closed"
    assert 1_000 < ended["counts"]["added"] < 3_000


async def test_times_that_are_to_come_or_none_are_left_out(admin: Browser) -> None:
    content = row(1) + row(2, start="2099-01-01 12:00:00") + row(3, start="0001-01-01 00:00:00")
    job = await sent(admin, content.encode())
    assert (await done(admin, job, "start", "done"))["counts"]["added"] == 1
    skipped = (await admin.get(f"/call-imports/{job['import_id']}/skipped")).json()["items"]
    assert [each["reason"] for each in skipped] == ["in_future", "no_time"]


async def test_what_cannot_be_is_refused(admin: Browser) -> None:
    for wrong, reason in (({"pbx": "nowhere"}, "pbx_unknown"), ({"zone": "Europe"}, "zone_unknown")):
        answer = await begun(admin, 10, **wrong)
        assert (answer.status_code, answer.json()["error_id"]) == (400, "call_import_invalid")
        assert answer.json()["errors"] == [{"field": "reason", "message": reason}]
    assert (await begun(admin, 2**50)).json()["error_id"] == "too_large"
    job = (await begun(admin, 10)).json()
    assert (await put(admin, job["import_id"], b"x", 5)).json()["error_id"] == "import_piece"
    assert (await put(admin, job["import_id"], b"x" * 11)).json()["error_id"] == "import_state"
    for what in ("try", "start", "undo", "stop"):
        answer = await admin.post(f"/call-imports/{job['import_id']}/{what}", None)
        assert answer.json()["error_id"] == "import_state", what
    assert (await admin.get("/call-imports/999")).json()["error_id"] == "no_such_import"


async def test_the_files_are_gone_when_it_is_done(tmp_path: Path, store_url: str) -> None:
    async with site(tmp_path, store={"url": store_url}, pbx=[AWAY]) as here, here.browser("adm") as admin:
        job = await sent(admin, log(60))
        folder = tmp_path / "data" / "old-calls"
        assert any(path.is_file() for path in folder.rglob("*"))
        await done(admin, job, "start", "done")
        deadline = time.monotonic() + PATIENCE_S
        while [path.suffix for path in folder.rglob("*") if path.is_file()] != [".skipped"]:
            assert time.monotonic() < deadline, "only which rows were not read, and nothing of what stood in them"
            await asyncio.sleep(0.05)
        assert b"8916" not in (folder / f"{job['import_id']}.skipped").read_bytes()
        answer = await admin.http.delete(f"/api/v1/call-imports/{job['import_id']}", headers=admin.csrf)
        assert (answer.status_code, [path for path in folder.rglob("*") if path.is_file()]) == (204, [])
        assert len(await history(admin)) == 58, "what came by it stays"
