"""One's own phones and code, and settings that are tried before they are saved: through the API of a whole ringcard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from test_mail import Letterbox, box_protocol, served
from web_site import Browser, Site, site

from ringcard.mail import MailServer


@pytest.fixture
async def office(tmp_path: Path, store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path, store={"url": store_url}) as here:
        yield here


async def put(browser: Browser, path: str, body: Any) -> Any:
    return await browser.http.put(f"/api/v1{path}", json=body, headers=browser.csrf)


async def phones(browser: Browser) -> dict[str, dict[str, Any]]:
    return {each["device"]: each for each in (await browser.get("/session/phones")).json()["items"]}


async def test_my_phones_are_mine_and_those_where_i_may_sign_in(office: Site) -> None:
    for login, device in (("anna", "105"), ("boris", "105")):
        one = await office.up.people.with_login(login)
        await office.up.people.change(
            one.employee_id, one.version, name=one.name, role=one.role, devices=[*one.assigned, device], language=None,
            sign_in_code=None, disabled=False,
        )  # fmt: skip
    async with office.browser("anna") as anna, office.browser("boris") as boris:
        mine = await phones(anna)
        assert list(mine) == ["101", "105"]  # 102 is Boris's alone: nobody else signs in there
        assert (mine["101"]["shared_with"], mine["105"]["shared_with"]) == ([], ["Boris"])
        assert mine["105"]["answers_here"]
        assert (await anna.post("/devices/105/sign-in", {})).status_code == 201
        now = (await phones(anna))["105"]
        assert (now["answers_here"], now["signed_in"]["name"], now["how"]) == (True, "Anna", "web")
        theirs = (await phones(boris))["105"]
        assert (theirs["answers_here"], theirs["signed_in"]["name"]) == (False, "Anna")


async def test_my_code_is_mine_to_choose_and_nobody_finds_out_others_by_trying(office: Site) -> None:
    async with office.browser("anna") as anna, office.browser("boris") as boris:
        assert (await put(boris, "/session/sign-in-code", {"code": "4711"})).json()["sign_in_code"] == "4711"
        taken = await put(anna, "/session/sign-in-code", {"code": "4711"})
        assert (taken.status_code, taken.json()["error_id"]) == (400, "employee_invalid")
        assert (await put(anna, "/session/sign-in-code", {"code": "12"})).json()["error_id"] == "employee_invalid"
        assert (await put(anna, "/session/sign-in-code", {"code": "1234"})).status_code == 200
        assert (await put(anna, "/session/sign-in-code", {"code": None})).json()["sign_in_code"] is None
        assert (await put(anna, "/session/sign-in-code", {"code": "1235"})).status_code == 200
        refused = await put(anna, "/session/sign-in-code", {"code": "1236"})
        assert (refused.status_code, refused.json()["error_id"]) == (429, "too_many_attempts")
    noted = [each for each in (await office.up.rooms.audit.page()).items if each.action == "employee.code_changed"]
    assert len(noted) == 4
    assert "1234" not in str(noted)


async def test_the_address_of_a_page_is_filled_in_before_it_is_saved(office: Site) -> None:
    async with office.browser("adm") as admin:
        tried = (await admin.post("/settings/desk/try", {"url": "https://crm.example.com/?p={number}&n={name}"})).json()
        assert tried["url"] == (
            "https://crm.example.com/?p=%2B74959195557&n=%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2%D0%B0%20%26%20Co"
        )
        for url, reason in (
            ("javascript:alert(1)", "scheme"),
            ("https://{name}.example.com/", "host"),
            ("https://crm.example.com/{nobody}", "value"),
            ("https://crm.example.com/{number", "brace"),
            ("https://a:b@crm.example.com/", "password"),
        ):
            assert (await admin.post("/settings/desk/try", {"url": url})).json()["reason"] == reason


def values(server: MailServer) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "security": "none", "sender": server.sender, "deadline_s": 1.0}


async def test_mail_is_tried_before_it_is_saved_and_then_counts_at_once(office: Site) -> None:
    box = Letterbox()
    async with office.browser("adm") as admin, served(box_protocol(box)) as server:
        assert (await admin.get("/preferences")).json()["mail_ready"] is False
        tried = await admin.post(
            "/settings/mail/try", {"values": values(server), "to": "a@b.example", "language": "ru"}
        )
        assert tried.json() == {"sent": True, "reason": None, "said": None}
        assert "почту" in box.letters[0]["Subject"]
        kept = (await admin.get("/settings/mail")).json()
        assert (
            await put(admin, "/settings/mail", {"version": kept["version"], "values": values(server)})
        ).status_code == 200
        assert (await admin.get("/preferences")).json()["mail_ready"] is True


async def test_a_mail_server_that_hangs_or_is_none_is_told_of(office: Site) -> None:
    never = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    host, port = never.sockets[0].getsockname()[:2]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = closed.getsockname()[1]
    async with office.browser("adm") as admin, never:
        for at, reason in ((port, "silent"), (nobody, "unreachable")):
            body = {"values": values(MailServer(host, at, "r@example.com")), "to": "a@b.example"}
            answer = (await admin.post("/settings/mail/try", body)).json()
            assert (answer["sent"], answer["reason"]) == (False, reason), answer
        wrong = await admin.post("/settings/mail/try", {"values": {"host": None}, "to": "a@b.example"})
        assert wrong.json()["error_id"] == "settings_invalid"


async def test_a_saved_password_goes_to_no_other_server_and_no_file_is_read(office: Site) -> None:
    async with office.browser("adm") as admin:
        first = {"host": "mail.example.com", "user": "u", "password": "hush"}
        saved = (await put(admin, "/settings/mail", {"version": 0, "values": first})).json()
        assert "hush" not in str(saved)
        assert saved["secrets"] == ["password"]
        elsewhere = {"version": saved["version"], "values": {"host": "evil.example.com", "user": "u"}}
        assert (await put(admin, "/settings/mail", elsewhere)).json()["error_id"] == "settings_invalid"
        body = {"values": {"host": "127.0.0.1", "user": "u"}, "to": "a@b.example"}
        assert (await admin.post("/settings/mail/try", body)).json()["error_id"] == "settings_invalid"
        stolen = {"version": saved["version"], "values": {"host": "mail.example.com", "password_file": "/etc/hostname"}}
        assert (await put(admin, "/settings/mail", stolen)).json()["error_id"] == "settings_invalid"


def port_of(office: Site) -> int | None:
    return office.up.door.port


async def test_where_the_dialplan_asks_can_be_moved_while_all_goes_on(office: Site) -> None:
    async with office.browser("adm") as admin:
        assert port_of(office) is None
        opened = await put(admin, "/settings/agi", {"version": 0, "values": {"port": 0}})
        assert opened.status_code == 200, opened.text
        port = port_of(office)
        assert port is not None
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            body = {"version": opened.json()["version"], "values": {"port": taken.getsockname()[1]}}
            assert (await put(admin, "/settings/agi", body)).json()["error_id"] == "settings_invalid"
        assert port_of(office) == port
        shut = await put(admin, "/settings/agi", {"version": opened.json()["version"], "values": {}})
        assert shut.status_code == 200
        assert port_of(office) is None
