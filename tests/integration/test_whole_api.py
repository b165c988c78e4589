"""schemathesis asks the whole API, as an administrator and as an employee: never a 5xx, and every error is a problem.

Each operation of the OpenAPI file is asked as it comes (ids that nobody has), and with ids of things that are there
(`things_there`), of a call one that lives and one that is over, so that the questions get behind the doors. The server
is a real one, in a thread of its own, since schemathesis waits for its answers.

What this finds is that nothing breaks. What each route may give to whom is `test_every_route`'s question.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import Counter
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
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import response_schema_conformance
from things_there import There
from web_site import PASSWORD, Site, site

from ringcard.app.demo import simulated_office
from ringcard.web.app import openapi
from ringcard.web.problems import PROBLEMS

PEOPLE = ("adm", "anna")
CASES = 4
"""Invented for each operation and each person, beside those that the schema's own limits suggest."""

FIRST, EVERY = 8, 20
"""Of the cases that the schema's limits suggest: so many, then one in twenty. Few operations have more."""

NAME = re.compile(r"{(\w+)}")
"""Of a part of a path."""

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
    things: There
    there: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    come: Counter[tuple[str, str]] = field(default_factory=Counter)

    def is_left_out(self, case: schemathesis.Case[Any], who: str) -> bool:
        """Of the few operations with hundreds of cases from the schema's limits: all but the first and every 20th."""
        if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
            return False
        self.come[case.operation.label, who] += 1
        place = self.come[case.operation.label, who]
        return place > FIRST and place % EVERY != 0

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

    def ids_for(self, case: schemathesis.Case[Any], who: str) -> list[dict[str, str]]:
        """The same for all that one person asks of one operation."""
        asked = case.operation.label, who
        if asked not in self.there:
            self.there[asked] = self.things.ids(case.operation.path, NAME.findall(case.operation.path))
        return self.there[asked]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("site")
    ready: Future[str] = Future()
    stop: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, Site]] = Future()

    async def serve() -> None:
        async with simulated_office() as office:
            pbx = {
                "name": "office",
                "host": "127.0.0.1",
                "port": office.port,
                "user": office.account.user,
                "secret": office.account.secret,
            }
            async with site(folder, store={"url": module_store_url}, pbx=[pbx]) as here:
                over = asyncio.Event()
                stop.set_result((asyncio.get_running_loop(), over, here))
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
        for login in (*PEOPLE, "boris"):
            client = httpx.Client(base_url=address, trust_env=False, timeout=20)
            answer = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = client.cookies["ringcard_csrf"]
            clients[login], sessions[login] = client, requests.Session()
            sessions[login].trust_env = False
            sessions[login].headers["X-CSRF-Token"] = client.cookies["ringcard_csrf"]
            sessions[login].cookies.update(dict(client.cookies))
        loop, _, here = stop.result()
        things = There(here, loop, clients["adm"], clients["anna"], clients["boris"])
        yield Asked(address, clients, sessions, things)
        for client in clients.values():
            client.close()
        for session in sessions.values():
            session.close()
    finally:
        if stop.done():
            loop, over, _ = stop.result()
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
    if (method, path) in NOT_ASKED or asked.is_left_out(case, who):
        return
    asked.asks(case, who)
    given = case.path_parameters
    if given:
        for there in asked.ids_for(case, who):
            case.path_parameters = {**given, **there}
            asked.asks(case, who)
