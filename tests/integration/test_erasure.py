"""A person is erased, on both databases: nothing is left in any table, file or export, and others keep theirs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from web_site import Browser, Site, site

from ringcard.calls.events import Party
from ringcard.storage import open_engine, reading

NUMBER, PRESENTED = "+74959190001", "8 (495) 919-00-01"
SHARED = "+74959190099"
NEEDLES = ("quentin", "4959190001", "919-00-01", "квентин", "kventin")
"""Every spelling that is hers alone, in small letters; the last is a key of the search."""

FIELDS = [{"key": "contract", "label": "Contract"}]


@pytest.fixture
async def here(tmp_path: Path, store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path, store={"url": store_url}, card={"fields": FIELDS}) as up:
        yield up


async def made(browser: Browser, name: str, *numbers: str, **facts: Any) -> dict[str, Any]:
    answer = await browser.post("/contacts", {"name": name, "phones": [{"number": n} for n in numbers], **facts})
    assert answer.status_code == 201, answer.text
    card: dict[str, Any] = answer.json()
    return card


async def a_life(here: Site, browser: Browser) -> tuple[str, str]:
    """Her card with everything that a card can have, and a colleague's. Returns both ids."""
    card = await made(
        browser,
        "Quentina Квентинова",
        PRESENTED,
        SHARED,
        emails=[{"email": "quentina@secret.example"}],
        addresses=[{"street": "Quentina street 1"}],
        comment="quentina-comment",
        custom={"contract": "quentina-17"},
        orders=[{"number": "Q-quentina-1", "items": [{"name": "quentina pump"}]}],
    )
    path = f"/contacts/{card['contact_id']}"
    boris = await made(browser, "Boris", SHARED)
    await browser.post(f"{path}/notes", {"text": "quentina-note"})
    await browser.post(f"{path}/reminders", {"text": "quentina-reminder", "due_at": "2030-01-01T00:00:00Z"})
    for name in ("quentina-kept.txt", "quentina-removed.txt"):
        sent = await browser.http.post(
            f"/api/v1{path}/attachments",
            params={"name": name},
            content=f"bytes of {name}".encode(),
            headers={**browser.csrf, "Content-Type": "application/octet-stream"},
        )
        assert sent.status_code == 201, sent.text
    await browser.http.delete(f"/api/v1{path}/attachments/{sent.json()['attachment_id']}", headers=browser.csrf)

    changed = await browser.http.put(f"/api/v1{path}", json={"version": 1, "city": "Quentinsk"}, headers=browser.csrf)
    assert changed.status_code == 200
    double = await made(browser, "Quentina Double", PRESENTED)
    merged = await browser.post(f"{path}/merge", {"version": 2, "other_id": double["contact_id"], "other_version": 1})
    assert merged.status_code == 200, merged.text
    deleted = await made(browser, "Quentina Deleted", PRESENTED)
    await browser.http.delete(f"/api/v1/contacts/{deleted['contact_id']}", params={"version": 1}, headers=browser.csrf)
    # A number that was hers stood on a colleague's card for a while.
    for phones in ([SHARED, PRESENTED], [SHARED]):
        held = (await browser.get(f"/contacts/{boris['contact_id']}")).json()
        await browser.http.put(
            f"/api/v1/contacts/{boris['contact_id']}",
            json={"version": held["version"], "phones": [{"number": each} for each in phones]},
            headers=browser.csrf,
        )
    return card["contact_id"], boris["contact_id"]


async def an_import(browser: Browser) -> None:
    rows = (
        f'Name;Phone;City\nQuentina Квентинова;"{PRESENTED}; {SHARED}";Тула\n'
        f"Quentina Bad;{PRESENTED}, x;\nOlga;x;Тула\n"
    )
    data = rows.encode()
    job = (await browser.post("/imports", {"file_name": "c.csv", "size": len(data)})).json()
    path = f"/imports/{job['import_id']}"
    await browser.http.put(
        f"/api/v1{path}/file",
        params={"offset": 0},
        content=data,
        headers={**browser.csrf, "Content-Type": "application/octet-stream"},
    )
    assert (await browser.post(f"{path}/start", None)).status_code == 202
    deadline = time.monotonic() + 60
    while (job := (await browser.get(path)).json())["state"] != "done":
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.05)
    assert (job["counts"]["updated"], job["counts"]["failed"]) == (1, 2), job


async def some_calls(here: Site, browser: Browser, contact_id: str) -> None:
    """Answered, missed, linked by hand, chosen by hand."""
    for call in ("answered", "missed"):
        here.calls.starts(Party(number=NUMBER, presented="84959190001", name="Quentina"), call=call)
        here.calls.rings(call, "101")
        if call == "answered":
            here.calls.answers(call, "101")
            chosen = await browser.post(f"/calls/{call}/contact", {"contact_id": contact_id})
            assert chosen.status_code == 200, chosen.text
        for path, body in (
            (f"/calls/{call}/note", {"text": "quentina-typed", "version": 0}),
            (f"/conversations/{call}/data", {"version": 0, "set": {"who": "quentina-data"}}),
        ):
            put = await browser.http.put(f"/api/v1{path}", json=body, headers=browser.csrf)
            assert put.status_code == 200, put.text
        if call == "answered":
            # There is no PBX: it is refused, and the packet says so.
            packet = {"to": {"device": "102"}, "how": "blind", "note": "quentina-packet"}
            assert (await browser.post(f"/calls/{call}/handover", packet)).status_code == 503
        here.calls.ends(call, "101")
    wrapped = await browser.http.put(
        "/api/v1/calls/answered/wrap-up", json={"note": "quentina-wrapped"}, headers=browser.csrf
    )
    assert wrapped.status_code == 204, wrapped.text
    here.calls.starts(Party(number=SHARED, presented="84959190099"), call="shared")
    here.calls.rings("shared", "101")
    here.calls.ends("shared", "101")
    deadline = time.monotonic() + 30
    while len((await browser.get("/calls")).json()["items"]) < 3:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_nothing_of_an_erased_person_is_left_anywhere(here: Site, tmp_path: Path, store_url: str) -> None:
    async with here.browser("adm") as browser:
        contact_id, boris_id = await a_life(here, browser)
        await an_import(browser)
        async with here.browser("anna") as anna:
            await some_calls(here, anna, contact_id)
        await browser.get("/export/contacts", q="quentina")
        assert {needle for _, needle in await left(store_url, tmp_path)} == set(NEEDLES), "the test can see"

        card = (await browser.get(f"/contacts/{contact_id}")).json()
        for path in (tmp_path / "data" / "attachments").glob("??/*"):
            os.utime(path, (0, 0))  # what came in the last minute is left: its card may be about to be written
        answer = await browser.post(
            f"/contacts/{contact_id}/erase", {"version": card["version"], "name": "quentina квентинова "}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"calls": 2, "files": 1, "shared": [SHARED], "unfinished_imports": 0}

        assert await left(store_url, tmp_path) == []
        for form in ("csv", "vcf"):
            exported = (await browser.get("/export/contacts", form=form, orders=True)).text.casefold()
            assert "boris" in exported
            assert [needle for needle in NEEDLES if needle in exported] == []
        assert (await browser.get(f"/contacts/{contact_id}")).status_code == 404
        assert (await browser.post(f"/contacts/{contact_id}/restore", None)).status_code == 404
        assert (await browser.get("/contacts", q="quentina")).json()["items"] == []
        for page in ("/calls", "/missed", "/audit"):
            shown = (await browser.get(page)).text.casefold()
            assert [needle for needle in NEEDLES if needle in shown] == [], page

        calls = {call["call_id"]: call for call in (await browser.get("/calls")).json()["items"]}
        assert calls.keys() == {"answered", "missed", "shared"}, "that there were calls stays"
        assert calls["shared"]["caller"]["number"] == SHARED
        assert calls["answered"]["caller"]["number"] is None
        lines = (await browser.get("/audit", kind="contact")).json()["items"]
        erased = [line for line in lines if line["action"] == "contact.erased"]
        assert [(line["employee_name"], line["object_id"], line["object_name"]) for line in erased] == [
            ("Adam", contact_id, None)
        ]
        rejected = (await browser.get("/imports/1/rejected.csv")).text
        assert "Olga" in rejected, "the rows of others stay"
        boris = (await browser.get(f"/contacts/{boris_id}")).json()
        assert (boris["name"], boris["phones"][0]["number"]) == ("Boris", SHARED)
        history = (await browser.get(f"/contacts/{boris_id}/changes")).json()["items"]
        assert [line["kind"] for line in history] == ["changed", "changed", "created"]


async def test_it_is_refused_for_another_name_version_or_role(here: Site) -> None:
    async with here.browser("adm") as browser:
        card = await made(browser, "Quentina", PRESENTED)
        path = f"/contacts/{card['contact_id']}/erase"
        for body, status, error_id in (
            ({"version": 1, "name": "Quentin"}, 400, "contact_invalid"),
            ({"version": 7, "name": "Quentina"}, 409, "changed_meanwhile"),
        ):
            answer = await browser.post(path, body)
            assert (answer.status_code, answer.json()["error_id"]) == (status, error_id)
        assert (await browser.post("/contacts/0/erase", {"version": 1, "name": ""})).status_code == 404
        async with here.browser("anna") as anna:
            assert (await anna.post(path, {"version": 1, "name": "Quentina"})).status_code == 403
        assert (await browser.get(f"/contacts/{card['contact_id']}")).json()["name"] == "Quentina"


async def left(store_url: str, folder: Path) -> list[tuple[str, str]]:
    """Where one of the needles is: a table, or a file that is there. SQLite's are read byte by byte."""
    places = [(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    places = [(name, data) for name, data in places if not name.startswith("static/")]
    if store_url.startswith("postgresql"):
        engine = open_engine(store_url)
        async with reading(engine) as connection:
            tables = text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for table in (await connection.execute(tables)).scalars().all():
                rows = (await connection.execute(text(f'SELECT * FROM "{table}"'))).all()
                places.append((table, "\n".join(map(str, map(_plain, rows))).encode()))
        await engine.dispose()
    else:
        database = Path(store_url.split("///", 1)[1])
        places += [(path.name, path.read_bytes()) for path in database.parent.glob(f"{database.name}*")]
    return list(_found(places))


def _plain(row: Any) -> list[Any]:
    return [bytes(each) if isinstance(each, memoryview) else each for each in row]


def _found(places: list[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    for name, data in places:
        low = data.decode("utf-8", "replace").casefold()
        yield from ((name, needle) for needle in NEEDLES if needle in low)
