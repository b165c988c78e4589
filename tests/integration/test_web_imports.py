"""Importing contacts over the API, with the real worker process: from the first piece of a file to the undo."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from web_site import Browser, Site, site

ROWS = 1_500
PATIENCE_S = 60.0
HEADER = "Код;Имя;Телефон\n"


def table(rows: int) -> bytes:
    """Every hundredth row is bad."""
    lines = (f"{n};Анна {n};{'x' if n % 100 == 99 else f'8916{n:07d}'}\n" for n in range(rows))
    return (HEADER + "".join(lines)).encode("cp1251")


@pytest.fixture
async def office(tmp_path: Path, store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path, store={"url": store_url}) as office:
        yield office


async def put(browser: Browser, path: str, content: bytes, **query: Any) -> httpx.Response:
    return await browser.http.put(
        f"/api/v1{path}",
        content=content,
        params=query,
        headers=browser.csrf | {"Content-Type": "application/octet-stream"},
    )


async def sent(browser: Browser, content: bytes, name: str = "contacts.csv") -> dict[str, Any]:
    answer = await browser.post("/imports", {"file_name": name, "size": len(content), "language": "ru"})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    for offset in range(0, len(content), 100_000):
        answer = await put(
            browser, f"/imports/{job['import_id']}/file", content[offset : offset + 100_000], offset=offset
        )
        assert answer.status_code == 200, answer.text
        job = answer.json()
    return job


async def until(browser: Browser, import_id: int, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        job: dict[str, Any] = (await browser.get(f"/imports/{import_id}")).json()
        if job["state"] in states:
            return job
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.05)


async def test_from_the_first_piece_to_the_undo(office: Site) -> None:
    async with office.browser("sup") as browser:
        job = await sent(browser, table(ROWS))
        path = f"/imports/{job['import_id']}"
        assert job["layout"] == {
            "kind": "csv",
            "encoding": "cp1251",
            "separator": ";",
            "sheet": None,
            "has_header": True,
        }
        assert job["choices"]["meanings"] == ["external_id", "first_name", "phones"]

        preview = (await browser.get(f"{path}/preview")).json()
        assert preview["rows"][0]["card"]["phones"] == [
            {"number": "+79160000000", "presented": "89160000000", "label": None}
        ]

        assert (await browser.post(f"{path}/try", None)).status_code == 202
        tried = await until(browser, job["import_id"], "ready")
        assert (tried["trial"]["created"], tried["trial"]["failed"]) == (ROWS - 15, 15)
        assert (await browser.get("/contacts")).json()["items"] == []
        bad = (await browser.get(f"{path}/errors", language="ru")).json()["items"]
        assert (len(bad), bad[0]["problems"][0]["text"]) == (15, "«x» — не номер телефона.")

        assert (await browser.post(f"{path}/start", None)).status_code == 202
        done = await until(browser, job["import_id"], "done")
        assert done["counts"] == tried["trial"]
        assert (await browser.get("/contacts", number="+79160000007")).json()["items"][0]["name"] == "Анна 7"
        again = await browser.post(f"{path}/start", None)
        assert (again.status_code, again.json()["error_id"]) == (409, "import_state")

        errors = await browser.get(f"{path}/errors.csv", language="ru")
        assert errors.headers["content-disposition"] == f'attachment; filename="import-{job["import_id"]}-errors.csv"'
        lines = errors.content.decode("utf-8-sig").splitlines()
        assert lines[:2] == [
            "Строка,Столбец,Значение,Причина,Что исправить",
            "101,Телефон,x,phone_invalid,«x» — не номер телефона.",
        ]
        assert len(lines) == 16
        rejected = (await browser.get(f"{path}/rejected.csv")).content.decode("utf-8-sig").splitlines()
        assert rejected[1].startswith("99;Анна 99;x;")

        assert (await browser.post(f"{path}/undo", None)).status_code == 202
        undone = await until(browser, job["import_id"], "undone")
        assert undone["undone"] == {"removed": ROWS - 15, "restored": 0, "kept": 0}
        assert (await browser.get("/contacts")).json()["items"] == []
        assert (await browser.http.delete(f"/api/v1{path}", headers=browser.csrf)).status_code == 204
        assert (await browser.get(path)).json()["error_id"] == "no_such_import"


async def test_employees_may_not(office: Site) -> None:
    async with office.browser("sup") as browser:
        job = await sent(browser, table(3))
    async with office.browser("anna") as browser:
        for path in ("/imports", f"/imports/{job['import_id']}", f"/imports/{job['import_id']}/errors.csv"):
            assert (await browser.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("content", "error_id"), [(b"\x00" * 50, "import_unreadable"), (b"PK\x03\x04" + b"x" * 50, "import_unreadable")]
)
async def test_a_file_that_is_none_is_refused(office: Site, content: bytes, error_id: str) -> None:
    async with office.browser("sup") as browser:
        answer = await browser.post("/imports", {"file_name": "a.csv", "size": len(content)})
        answer = await put(browser, f"/imports/{answer.json()['import_id']}/file", content, offset=0)
        assert (answer.status_code, answer.json()["error_id"]) == (400, error_id)


async def test_a_piece_must_follow_and_say_what_it_is(office: Site) -> None:
    async with office.browser("sup") as browser:
        answer = await browser.post("/imports", {"file_name": "a.csv", "size": 100})
        path = f"/imports/{answer.json()['import_id']}/file"
        assert (await put(browser, path, b"x", offset=50)).json()["error_id"] == "import_piece"
        assert (await put(browser, path, b"x" * 101, offset=0)).json()["error_id"] == "import_state"
        layout = {"kind": "xlsx", "encoding": None, "separator": None, "sheet": None, "has_header": True}
        early = await browser.http.put(f"/api/v1{path.removesuffix('file')}layout", json=layout, headers=browser.csrf)
        assert early.json()["error_id"] == "import_state"
        plain = await browser.http.put(f"/api/v1{path}?offset=0", content=b"x", headers=browser.csrf)
        assert plain.json()["error_id"] == "unsupported_media_type"
        too_large = await browser.post("/imports", {"file_name": "a.csv", "size": 5_000_000_000})
        assert too_large.json()["error_id"] == "too_large"


async def test_a_worker_that_is_killed_costs_its_batch_and_the_import_goes_on(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed hard at some point on its way; after a restart of the server nothing is doubled and nothing is missing."""
    workers: list[asyncio.subprocess.Process] = []
    spawn = asyncio.create_subprocess_exec

    async def spawned(*arguments: Any, **more: Any) -> asyncio.subprocess.Process:
        workers.append(await spawn(*arguments, **more))
        return workers[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawned)
    async with site(tmp_path, store={"url": store_url}) as office, office.browser("sup") as browser:
        job = await sent(browser, table(8_000))
        await browser.post(f"/imports/{job['import_id']}/start", None)
        while (await browser.get(f"/imports/{job['import_id']}")).json()["counts"]["rows"] < 3_000:
            await asyncio.sleep(0.01)
        os.kill(workers[0].pid, signal.SIGKILL)
        failed = await until(browser, job["import_id"], "failed", "done")
        assert failed["state"] == "failed"
        assert failed["counts"]["rows"] < 8_000
        await browser.post(f"/imports/{job['import_id']}/start", None)
        while (await browser.get(f"/imports/{job['import_id']}")).json()["counts"]["rows"] == failed["counts"]["rows"]:
            await asyncio.sleep(0.01)
    async with site(tmp_path, store={"url": store_url}) as office, office.browser("sup") as browser:
        done = await until(browser, job["import_id"], "done")
        assert (done["counts"]["rows"], done["counts"]["created"], done["counts"]["failed"]) == (8_000, 7_920, 80)
        await browser.post(f"/imports/{job['import_id']}/undo", None)
        assert (await until(browser, job["import_id"], "undone"))["undone"]["removed"] == 7_920
