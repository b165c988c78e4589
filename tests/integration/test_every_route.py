"""Every route as everybody: who gets in, what they see, and what guessing ids gives.

What is expected stands in docs/reference/rights.md: the permission of each route, and the permissions of each role.
Over 400 lines: all of it is asked of the same company, which takes seconds to build.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from web_site import CHEAP, NUMBER, PASSWORD, Browser, Site, site
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ringcard.people.permissions import BUILT_IN, Permission
from ringcard.web.app import routes

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reference" / "rights.md").read_text(encoding="utf-8")

NARROW = ("calls.make", "calls.read", "contacts.read", "contacts.write", "people.read")
"""An own role: own calls, own cards, masked numbers."""


def documented() -> dict[tuple[str, str], str]:
    """`(method, path) → permission`, as the document says it."""
    rows = re.findall(r"^\| `(GET|POST|PUT|DELETE|WebSocket) (/\S*)` \| `?([a-z. ]+?)`? \|$", DOCUMENT, re.MULTILINE)
    return {(method, path): needed for method, path, needed in rows}


def declared() -> dict[tuple[str, str], str]:
    """The same, as the code says it."""
    found = {}
    for handler in routes():
        opt = handler.opt
        needed = "open" if "open" in opt else "signed in" if "self" in opt else str(opt["needs"])
        for path in handler.paths:
            shown = re.sub(r":(str|int)\b", "", path)
            for method in sorted(getattr(handler, "http_methods", {"WebSocket"}) - {"HEAD", "OPTIONS"}):
                found[method, shown] = needed
    return found


JSON = "application/json"
TAKES = {
    (method, "/api/v1" + re.sub(r":(str|int)\b", "", path)): str(handler.opt["takes"])
    for handler in routes()
    if "takes" in handler.opt
    for path in handler.paths
    for method in getattr(handler, "http_methods", ())
}
"""The routes that take something else than JSON."""


async def test_the_document_names_every_route_with_its_permission() -> None:
    missing = [f"| `{method} {path}` | `{needed}` |" for (method, path), needed in sorted(declared().items(),
               key=lambda item: item[0][1]) if documented().get((method, path)) != needed]  # fmt: skip
    assert missing == [], "\n".join(["write these lines into docs/reference/rights.md:", *missing])
    assert documented().keys() - declared().keys() == set()


async def test_the_document_names_every_role_with_its_permissions() -> None:
    assert set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", DOCUMENT, re.MULTILINE)) == {each.value for each in Permission}
    rows = dict(re.findall(r"^\| `(employee|supervisor|admin)` \| ([^|]+) \|", DOCUMENT, re.MULTILINE))
    employee = set(re.findall(r"`([a-z.]+)`", rows["employee"]))
    supervisor = set(re.findall(r"`([a-z.]+)`", rows["supervisor"])) | employee
    assert employee == BUILT_IN["employee"].permissions
    assert supervisor == BUILT_IN["supervisor"].permissions
    assert rows["admin"].strip() == "all"


@dataclass
class Somebody:
    """One who asks, and what they may."""

    http: httpx.AsyncClient
    permissions: frozenset[str]
    headers: dict[str, str]
    signed_in: bool = True
    by_token: bool = False

    async def ask(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> httpx.Response:
        content = None if method in ("GET", "DELETE") else json.dumps({} if body is None else body)
        headers = self.headers | ({} if content is None else {"Content-Type": content_type})
        return await self.http.request(method, path, content=content, headers=headers)


@dataclass
class Company:
    """The site with everybody in it, a call and a card of Boris's."""

    here: Site
    people: dict[str, Somebody]
    call_id: str
    contact_id: str
    token_id: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Company]:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(site(tmp_path_factory.mktemp("site"), store={"url": module_store_url}))
        people: dict[str, Somebody] = {}

        async def joins(name: str, login: str) -> Browser:
            browser = await stack.enter_async_context(here.browser(login))
            me = (await browser.get("/session")).json()
            people[name] = Somebody(browser.http, frozenset(me["permissions"]), browser.csrf)
            return browser

        admin = await joins("admin", "adm")
        role = await admin.post(
            "/roles",
            {"name": "Narrow", "permissions": NARROW, "calls": "own", "cards": "own", "numbers_masked": True},
        )
        assert role.status_code == 201, role.text
        hashed = await CHEAP.hashed(PASSWORD)
        await here.up.people.add("nina", "Nina", role.json()["role_id"], devices=["103"], password_hash=hashed)
        await here.up.rooms.staff_changed()
        await joins("employee", "anna")
        await joins("supervisor", "sup")
        await joins("narrow", "nina")
        boris = await joins("boris", "boris")
        people["nobody"] = Somebody(
            await stack.enter_async_context(httpx.AsyncClient(base_url=here.up.address, trust_env=False)),
            frozenset(),
            {},
            signed_in=False,
        )
        made = (await admin.post("/tokens", {"name": "CRM", "scopes": ["calls.read"]})).json()
        people["token"] = Somebody(
            people["nobody"].http,
            frozenset({"calls.read"}),
            {"Authorization": f"Bearer {made['secret']}"},
            by_token=True,
        )
        call = here.calls.starts()
        here.calls.rings(call, "102")
        here.calls.answers(call, "102")
        here.calls.ends(call, "102")
        me = (await boris.get("/session")).json()
        card = {"name": "Petrov", "phones": [{"number": NUMBER}], "manager": {"employee_id": me["employee_id"]}}
        contact = (await boris.post("/contacts", card)).json()
        note = {"text": f"call back on {NUMBER}"}
        await boris.post(f"/contacts/{contact['contact_id']}/notes", note)
        token = (await boris.post("/tokens", {"name": "mine", "scopes": ["calls.read"]})).json()["token"]
        yield Company(here, people, call, contact["contact_id"], token["token_id"])


def http_routes() -> Iterator[tuple[str, str, str]]:
    for (method, path), needed in sorted(declared().items()):
        if method != "WebSocket":
            yield method, path if path in ("/healthz", "/readyz", "/metrics") else f"/api/v1{path}", needed


ENDS_THE_SESSION = ("DELETE", "/api/v1/session")


class TestWhoGetsIn:
    @pytest.mark.parametrize("who", ["nobody", "employee", "supervisor", "admin", "narrow", "token"])
    async def test_every_route_lets_in_whom_it_says(self, company: Company, who: str) -> None:
        somebody = company.people[who]
        wrong = []
        for method, path, needed in http_routes():
            if (method, path) == ENDS_THE_SESSION and somebody.signed_in and not somebody.by_token:
                continue
            takes = TAKES.get((method, path), JSON)
            answer = await somebody.ask(method, re.sub(r"\{\w+\}", "0", path), content_type=takes)
            refusal = answer.json()["error_id"] if answer.status_code in (401, 403) else None
            if needed == "open":
                expected = {None, "sign_in_refused", "setup_code_wrong"}
            elif not somebody.signed_in:
                expected = {"not_signed_in"}
            elif needed == "signed in":
                expected = {"not_allowed"} if somebody.by_token and method != "GET" else {None}
            else:
                expected = {None} if needed in somebody.permissions else {"not_allowed"}
            if refusal not in expected or answer.status_code >= 500:
                wrong.append((method, path, needed, answer.status_code, refusal))
        assert wrong == []

    async def test_a_session_ends_only_with_its_csrf_token(self, company: Company) -> None:
        async with company.here.browser("anna") as browser:
            assert (await browser.http.delete("/api/v1/session")).json()["error_id"] == "csrf_mismatch"
            assert (await browser.http.delete("/api/v1/session", headers=browser.csrf)).status_code == 204


class TestGuessedIds:
    """Nina knows the ids of Boris's call, card, note and token, and gets nothing by them."""

    BODIES: dict[tuple[str, str], Any] = {  # noqa: RUF012
        ("PUT", "/contacts/{contact_id}"): {"version": 1, "name": "Mine"},
        ("POST", "/contacts/{contact_id}/notes"): {"text": "mine"},
        ("POST", "/calls/{call_id}/services"): {"service": "ClearConnection"},
        ("POST", "/calls/{call_id}/handover"): {"to": {"device": "103"}, "how": "blind"},
        ("PUT", "/calls/{call_id}/note"): {"text": "mine", "version": 0},
        ("PUT", "/conversations/{conversation_id}/data"): {"version": 0, "set": {"mine": "yes"}},
    }

    async def test_on_every_route_that_takes_an_id(self, company: Company) -> None:
        ids = {"contact_id": company.contact_id, "call_id": company.call_id, "token_id": company.token_id}
        ids["conversation_id"] = company.call_id
        nina, asked, wrong = company.people["narrow"], 0, []
        for (method, path), needed in sorted(declared().items()):
            names = re.findall(r"\{(\w+)\}", path)
            body = self.BODIES.get((method, path))
            if not set(names) & ids.keys() or (method in ("POST", "PUT") and body is None):
                continue
            asked += 1
            answer = await nina.ask(
                method, "/api/v1" + path.format_map({name: ids.get(name, "0") for name in names}), body
            )
            if answer.status_code not in (403, 404) or answer.json()["error_id"] not in (
                "not_allowed",
                "no_such_token",
                "no_such_request",
            ):
                wrong.append((method, path, needed, answer.status_code, answer.text[:200]))
        assert asked >= 7
        assert wrong == []

    async def test_by_naming_them_in_a_body(self, company: Company) -> None:
        nina = company.people["narrow"]
        for path, body in (
            ("/calls", {"call_id": company.call_id}),
            ("/calls", {"contact_id": company.contact_id, "phone": 0}),
            ("/contacts", {"name": "Mine", "call_id": company.call_id}),
        ):
            answer = await nina.ask("POST", f"/api/v1{path}", body)
            assert (answer.status_code, answer.json()["error_id"]) == (403, "not_allowed"), (path, body)

    async def test_lists_and_searches_do_not_have_them(self, company: Company) -> None:
        nina = company.people["narrow"]
        for path in ("/calls", "/contacts", "/contacts?q=petrov", f"/contacts?number=%2B{NUMBER[1:]}", "/tokens"):
            answer = await nina.ask("GET", f"/api/v1{path}")
            assert answer.json()["items"] == [], path

    async def test_those_with_the_reach_have_them(self, company: Company) -> None:
        for who in ("supervisor", "admin", "boris"):
            somebody = company.people[who]
            assert (await somebody.ask("GET", f"/api/v1/calls/{company.call_id}")).status_code == 200
            assert (await somebody.ask("GET", f"/api/v1/contacts/{company.contact_id}")).status_code == 200

    async def test_the_timeline_of_a_card_has_the_calls_that_one_may_open_and_no_other(self, company: Company) -> None:
        for who, count in (("employee", 0), ("boris", 1), ("admin", 1)):
            somebody = company.people[who]
            path = f"/api/v1/contacts/{company.contact_id}/calls"
            items = (await somebody.ask("GET", path)).json()["items"]
            assert len(items) == count
            for item in items:
                assert (await somebody.ask("GET", f"/api/v1/calls/{item['call_id']}")).status_code == 200

    async def test_nobody_gives_what_they_do_not_have(self, company: Company) -> None:
        admin = company.people["admin"]
        role = {"name": "Staff office", "permissions": ["people.manage", "people.read"]}
        role_id = (await admin.ask("POST", "/api/v1/roles", role)).json()["role_id"]
        await company.here.up.people.add("eva", "Eva", role_id, password_hash=await CHEAP.hashed(PASSWORD))
        async with company.here.browser("eva") as browser:
            eva = Somebody(browser.http, frozenset(), browser.csrf)
            staff = {each["login"]: each for each in (await eva.ask("GET", "/api/v1/staff")).json()["items"]}
            adam = f"/api/v1/employees/{staff['adm']['employee_id']}"
            change = {"version": 1, "name": "Eva", "role": "admin", "devices": []}
            for method, path, body in (
                ("POST", "/api/v1/employees", {"login": "x", "name": "X", "role": "admin"}),
                ("PUT", f"/api/v1/employees/{staff['eva']['employee_id']}", change),
                ("PUT", f"{adam}/password", {"password": "mine from now on"}),
                ("PUT", adam, change | {"role": role_id}),
                ("POST", "/api/v1/roles", {"name": "All", "permissions": [each.value for each in Permission]}),
                ("POST", "/api/v1/roles", {"name": "Sees", "permissions": [], "calls": "all"}),
                ("PUT", f"/api/v1/roles/{role_id}", role | {"version": 1, "permissions": ["audit.read"]}),
            ):
                answer = await eva.ask(method, path, body)
                assert (answer.status_code, answer.json()["error_id"]) == (403, "not_allowed"), (method, path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call_id(company: Company) -> str:
    """A call of the same customer that rings at Nina's."""
    call = company.here.calls.starts()
    company.here.calls.rings(call, "103")
    return call


class TestMaskedNumbers:
    """Nina gets a call: she sees who it is and can call back, and no digit that she could take home."""

    async def test_whoever_gets_a_call_sees_that_callers_card(self, company: Company, call_id: str) -> None:
        nina = company.people["narrow"]
        card = await nina.ask("GET", f"/api/v1/contacts/{company.contact_id}")
        assert (card.status_code, card.json()["name"]) == (200, "Petrov")
        assert card.json()["phones"] == [{"number": None, "presented": "+7 *** ***-55-57", "label": None}]

    async def test_no_route_tells_the_number(self, company: Company, call_id: str) -> None:
        nina, seen = company.people["narrow"], 0
        ids = {"contact_id": company.contact_id, "call_id": call_id}
        paths = [path for method, path, needed in http_routes() if method == "GET" and needed in NARROW]
        for path in [*paths, "/api/v1/contacts?q=petrov", "/api/v1/contacts?number=84959195557"]:
            answer = await nina.ask("GET", re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "0"), path))
            seen += "55-57" in answer.text
            assert "9195557" not in re.sub(r"\D", "", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "", answer.text)), path
        assert seen >= 4

    async def test_the_live_channel_tells_no_number(self, company: Company, call_id: str) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in company.people["narrow"].http.cookies.items())
        address = company.here.up.address.replace("http", "ws", 1) + "/api/v1/live"
        async with connect(address, additional_headers={"Cookie": cookies}) as socket:
            frames = [await asyncio.wait_for(socket.recv(), 5)]
            company.here.calls.answers(call_id, "103")
            frames += [await asyncio.wait_for(socket.recv(), 5) for _ in range(2)]
        assert [json.loads(frame)["type"] for frame in frames] == ["snapshot", "pop", "call"]
        for frame in map(str, frames):
            assert "55-57" in frame
            assert "9195557" not in frame

    async def test_a_number_is_found_whole_and_not_by_a_part_of_it(self, company: Company, call_id: str) -> None:
        admin = company.people["admin"]
        for q in ("9195557", "5557", "petrov 5557"):
            assert len((await admin.ask("GET", f"/api/v1/contacts?q={q}")).json()["items"]) == 1
        role_id, hashed = await self._masked_role(company), await CHEAP.hashed(PASSWORD)
        await company.here.up.people.add("mara", "Mara", role_id, password_hash=hashed)
        async with company.here.browser("mara") as browser:
            for q in ("9195557", "5557", "petrov 5557"):
                assert (await browser.get("/contacts", q=q)).json()["items"] == []
            for q in ("84959195557", "+7 495 919-55-57", "petrov"):
                assert len((await browser.get("/contacts", q=q)).json()["items"]) == 1, q

    async def test_a_card_that_comes_back_masked_keeps_its_numbers(self, company: Company, call_id: str) -> None:
        nina = company.people["narrow"]
        path = f"/api/v1/contacts/{company.contact_id}"
        card = (await nina.ask("GET", path)).json()
        changed = await nina.ask(
            "PUT", path, {"version": card["version"], "name": "Petrov, Pavel", "phones": card["phones"]}
        )
        assert changed.status_code == 200, changed.text
        kept = (await company.people["admin"].ask("GET", path)).json()
        assert (kept["name"], kept["phones"][0]["number"]) == ("Petrov, Pavel", NUMBER)

    async def test_looking_at_a_number_is_in_the_audit_trail(self, company: Company, call_id: str) -> None:
        admin = company.people["admin"]
        shown = await admin.ask("POST", f"/api/v1/contacts/{company.contact_id}/reveal")
        assert shown.json()["phones"][0]["number"] == NUMBER
        trail = (await admin.ask("GET", "/api/v1/audit?action=contact.numbers_revealed")).json()["items"]
        assert [(each["employee_name"], each["object_id"]) for each in trail] == [("Adam", company.contact_id)]

    async def _masked_role(self, company: Company) -> str:
        body = {"name": "Masked", "permissions": NARROW, "numbers_masked": True}
        role_id: str = (await company.people["admin"].ask("POST", "/api/v1/roles", body)).json()["role_id"]
        return role_id


class TestTokens:
    async def live(self, company: Company, query: str = "", **headers: str) -> dict[str, Any] | int:
        """The first frame of a live channel, or the code it is closed with."""
        address = company.here.up.address.replace("http", "ws", 1) + "/api/v1/live" + query
        async with connect(address, additional_headers=headers) as socket:
            try:
                first: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 5))
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0
            return first

    async def test_the_live_channel_of_a_program_has_what_its_scopes_allow(self, company: Company) -> None:
        first = await self.live(company, **company.people["token"].headers)
        assert isinstance(first, dict)
        assert first["me"]["permissions"] == ["calls.read"]
        assert first["devices"] == []
        assert await self.live(company) == 4401
        assert await self.live(company, Authorization="Bearer rc_wrong") == 4401

    @pytest.mark.parametrize("name", ["token", "access_token", "Token"])
    async def test_one_in_an_address_is_refused_right_or_wrong(
        self, company: Company, name: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        secret = company.people["token"].headers["Authorization"].split()[1]
        for who in ("nobody", "admin", "token"):
            answer = await company.people[who].ask("GET", f"/api/v1/calls?{name}={secret}")
            assert (answer.status_code, answer.json()["error_id"]) == (400, "token_in_url")
            assert "Authorization" in answer.json()["detail"]
        assert await self.live(company, f"?{name}={secret}") == 4400
        said = capsys.readouterr()
        assert secret not in caplog.text + said.out + said.err

    async def test_a_revoked_one_opens_nothing_and_its_channel_closes_at_once(self, company: Company) -> None:
        admin = company.people["admin"]
        made = (await admin.ask("POST", "/api/v1/tokens", {"name": "x", "scopes": ["calls.read"]})).json()
        headers = {"Authorization": f"Bearer {made['secret']}"}
        address = company.here.up.address.replace("http", "ws", 1) + "/api/v1/live"
        async with connect(address, additional_headers=headers) as socket:
            await asyncio.wait_for(socket.recv(), 5)
            revoked = await admin.ask("DELETE", f"/api/v1/tokens/{made['token']['token_id']}")
            assert revoked.status_code == 204
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401
        answer = await company.people["nobody"].http.get("/api/v1/calls", headers=headers)
        assert (answer.status_code, answer.json()["error_id"]) == (401, "token_refused")
        assert "invalid_token" in answer.headers["www-authenticate"]

    async def test_guessing_is_stopped(self, tmp_path: Path, store_url: str) -> None:
        async with site(tmp_path, store={"url": store_url}) as here, here.browser() as browser:
            for number in range(30):
                answer = await browser.http.get("/api/v1/calls", headers={"Authorization": f"Bearer rc_{number}"})
                assert answer.status_code == 401
            answer = await browser.http.get("/api/v1/calls", headers={"Authorization": "Bearer rc_30"})
        assert (answer.status_code, answer.json()["error_id"]) == (429, "too_many_attempts")
        assert int(answer.headers["retry-after"]) > 0
