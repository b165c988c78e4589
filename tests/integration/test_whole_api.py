"""schemathesis asks the whole API, as an administrator and as an employee: never a 5xx, and every error is a problem.

Each operation of the OpenAPI file is asked twice over: as it comes (ids that nobody has), and with ids of things that
are there, made anew for each operation, so that the questions get behind the doors. The server is a real one with the
simulated PBX, in a thread of its own, since schemathesis waits for its answers.

What this finds is that nothing breaks. What each route may give to whom is `test_every_route`'s question.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import response_schema_conformance
from web_site import PASSWORD, site

from ringcard.app.demo import simulated_office
from ringcard.web.app import openapi
from ringcard.web.problems import PROBLEMS

PEOPLE = ("adm", "anna")
CASES = 6
"""Invented for each operation and each person, beside those that the schema's own limits suggest."""

ASKED_FOR_S = 0.4
"""How long one person asks one operation: of the few with hundreds of cases, those that come first on a slow machine.
The whole then takes a minute and a half."""

REFUSED_BY_THE_PBX = {"service_not_supported", "pbx_refused", "pbx_unreachable"}
"""A PBX that says no is told with 5xx: docs/reference/errors.md."""

NOT_ASKED = {
    ("DELETE", "/api/v1/session"): "signs out whoever asks",
    ("PUT", "/api/v1/session/password"): "ends the session of whoever asks, if it is guessed right",
}

_CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            phases=PhasesConfig(coverage=CoveragePhaseConfig(enabled=True)),
            generation=GenerationConfig(deterministic=True),
        )
    )
)
SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi()), config=_CONFIG)


@dataclass
class Asked:
    """The server, and who asks it."""

    address: str
    clients: dict[str, httpx.Client]
    sessions: dict[str, requests.Session]
    """The same as `clients`, for schemathesis."""
    made: int = 0
    there: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    began_s: dict[tuple[str, str], float] = field(default_factory=dict)

    def is_enough(self, operation: str, who: str) -> bool:
        """Whether one person has asked one operation for long enough."""
        began_s = self.began_s.setdefault((operation, who), time.monotonic())
        return time.monotonic() - began_s > ASKED_FOR_S

    def asks(self, case: schemathesis.Case[Any], who: str) -> None:
        """Send the case, and look at what comes."""
        answer = case.call(base_url=self.address, session=self.sessions[who], timeout=20)
        if answer.status_code >= 400 and case.method.upper() != "HEAD":
            said = f"{answer.status_code} {answer.text[:500]}\n{case.as_curl_command()}"
            assert answer.headers["content-type"] == ["application/problem+json"], said
            error_id = answer.json()["error_id"]
            assert error_id in PROBLEMS, said
            assert answer.status_code < 500 or error_id in REFUSED_BY_THE_PBX, said
        case.validate_response(answer, checks=[response_schema_conformance])

    def ids_for(self, operation: str, who: str) -> dict[str, str]:
        """The same for all that one person asks of one operation."""
        if (operation, who) not in self.there:
            self.there[operation, who] = self.ids()
        return self.there[operation, who]

    def ids(self) -> dict[str, str]:
        """Of things that are there. Made by the administrator, and again after each operation that may remove them."""
        self.made += 1
        admin = self.clients["adm"]

        def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = admin.post(f"/api/v1{path}", json=body)
            assert answer.status_code in (200, 201), (path, answer.status_code, answer.text)
            return dict(answer.json())

        card = post("/contacts", {"name": f"Petrov {self.made}", "phones": [{"number": f"+7495{self.made:07}"}]})
        contact_id = card["contact_id"]
        reminder = post(f"/contacts/{contact_id}/reminders", {"text": "call", "due_at": "2030-01-01T09:00:00Z"})
        stored = admin.post(
            f"/api/v1/contacts/{contact_id}/attachments?name=a.txt",
            content=b"hello",
            headers={"Content-Type": "application/octet-stream"},
        )
        assert stored.status_code == 201, stored.text
        started = post("/imports", {"file_name": "a.csv", "size": 30})
        return {
            "contact_id": contact_id,
            "reminder_id": reminder["reminder_id"],
            "attachment_id": stored.json()["attachment_id"],
            "change_id": admin.get(f"/api/v1/contacts/{contact_id}/changes").json()["items"][0]["change_id"],
            "import_id": started["import_id"],
            "employee_id": post("/employees", {"login": f"e{self.made}", "name": "E"})["employee_id"],
            "team_id": post("/teams", {"name": f"Team {self.made}"})["team_id"],
            "role_id": post("/roles", {"name": f"Role {self.made}", "permissions": []})["role_id"],
            "token_id": post("/tokens", {"name": "t", "scopes": ["calls.read"]})["token"]["token_id"],
            "device": "101",
            "pbx": "office",
            "section": "company",
        }


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("site")
    ready: Future[str] = Future()
    stop: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        async with simulated_office() as office:
            pbx = {
                "name": "office",
                "host": "127.0.0.1",
                "port": office.port,
                "user": office.account.user,
                "secret": office.account.secret,
            }
            async with site(folder, pbx=[pbx]) as here:
                over = asyncio.Event()
                stop.set_result((asyncio.get_running_loop(), over))
                ready.set_result(here.up.address)
                await over.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    server = threading.Thread(target=run, name="server")
    server.start()
    try:
        address = ready.result(timeout=60)
        clients, sessions = {}, {}
        for login in PEOPLE:
            client = httpx.Client(base_url=address, trust_env=False, timeout=20)
            answer = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = client.cookies["ringcard_csrf"]
            clients[login], sessions[login] = client, requests.Session()
            sessions[login].trust_env = False
            sessions[login].headers["X-CSRF-Token"] = client.cookies["ringcard_csrf"]
            sessions[login].cookies.update(dict(client.cookies))
        yield Asked(address, clients, sessions)
        for client in clients.values():
            client.close()
        for session in sessions.values():
            session.close()
    finally:
        if stop.done():
            loop, over = stop.result()
            loop.call_soon_threadsafe(over.set)
        server.join(timeout=30)


@pytest.mark.parametrize("who", PEOPLE)
@SCHEMA.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_asked_breaks_the_server(case: schemathesis.Case[Any], asked: Asked, who: str) -> None:
    method, path = case.method.upper(), case.operation.path
    if (method, path) in NOT_ASKED or asked.is_enough(case.operation.label, who):
        return
    asked.asks(case, who)
    there = asked.ids_for(case.operation.label, who)
    if case.path_parameters and case.path_parameters.keys() & there.keys():
        case.path_parameters = {**case.path_parameters, **there}
        asked.asks(case, who)
