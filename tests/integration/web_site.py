"""A whole ringcard on a free port for the web's tests: real uvicorn, real sockets, events put on the bus by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from websockets.asyncio.client import ClientConnection, connect

from ringcard.app.bootstrap import Running, running
from ringcard.app.config import from_mapping
from ringcard.calls.causes import Direction, Outcome
from ringcard.calls.events import CallCleared, CallEvent, ConnectionCleared, Delivered, Established, Originated, Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.testing.scenarios import Ami
from ringcard.web.server import bind

PASSWORD = "correct horse battery"
NUMBER = "+74959195557"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""What a hash costs is the passwords' own tests' business."""


@dataclass
class Caller:
    """Puts the events of calls on the bus, as a connector would."""

    up: Running
    begun: int = 0

    def starts(self, caller: Party | None = None, *, call: str | None = None) -> str:
        self.begun += 1
        call_id = CallId(call or f"call-{self.begun}")
        self._say(
            Originated(
                call_id,
                _now(),
                ConversationId(call_id),
                PbxId("office"),
                f"{call_id}.pbx",
                Direction.INBOUND,
                caller or Party(number=NUMBER, presented="84959195557"),
                Party(number="+74951234567", presented="74951234567"),
            )
        )
        return call_id

    def rings(self, call: str, *devices: str) -> None:
        for device in devices:
            self._say(Delivered(CallId(call), _now(), DeviceId(device)))

    def answers(self, call: str, device: str, *lost: str) -> None:
        for other in lost:
            self._say(ConnectionCleared(CallId(call), _now(), DeviceId(other), Outcome.ANSWERED_ELSEWHERE))
        self._say(Established(CallId(call), _now(), DeviceId(device)))

    def ends(self, call: str, *devices: str, outcome: Outcome = Outcome.CANCELLED) -> None:
        for device in devices:
            self._say(ConnectionCleared(CallId(call), _now(), DeviceId(device), outcome))
        self._say(CallCleared(CallId(call), _now(), "caller"))

    def _say(self, event: CallEvent) -> None:
        self.up.bus.publish([event])


@dataclass
class Live:
    """One browser's live channel."""

    socket: ClientConnection
    first: dict[str, Any]
    frames: list[dict[str, Any]] = field(default_factory=list)
    patience_s: float = 5.0

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), self.patience_s))
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this kind whose body has these values."""
        while True:
            frame = await self.next()
            body = frame.get(kind, {})
            if frame["type"] == kind and all(body.get(name) == value for name, value in fields.items()):
                return frame

    async def says(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))


@dataclass
class Browser:
    """Somebody at a computer."""

    address: str
    http: httpx.AsyncClient

    async def sign_in(self, login: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.http.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        me: dict[str, Any] = answer.json()
        return me

    @property
    def csrf(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.http.cookies["ringcard_csrf"]}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", params=query)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.http.post(f"/api/v1{path}", json=body, headers=self.csrf)

    @asynccontextmanager
    async def live(self, query: str = "", **headers: str) -> AsyncIterator[Live]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        address = self.address.replace("http", "ws", 1) + "/api/v1/live" + query
        async with connect(address, additional_headers={"Cookie": cookies, **headers}) as socket:
            first = json.loads(await asyncio.wait_for(socket.recv(), 5))
            yield Live(socket, first)


@dataclass
class Site:
    up: Running
    calls: Caller

    @asynccontextmanager
    async def browser(self, login: str | None = None) -> AsyncIterator[Browser]:
        async with httpx.AsyncClient(base_url=self.up.address, trust_env=False) as http:
            browser = Browser(self.up.address, http)
            if login is not None:
                await browser.sign_in(login)
            yield browser


@asynccontextmanager
async def site(folder: Path, **sections: Any) -> AsyncIterator[Site]:
    """Anna with 101, Boris with 102 and 109, a supervisor and an administrator; no PBX."""
    front_end = folder / "static"
    (front_end / "assets").mkdir(parents=True, exist_ok=True)
    (front_end / "index.html").write_text("<!doctype html><title>the desk</title>")
    (front_end / "assets" / "app-0123abcd.js").write_text("/* script */" * 500)
    config = from_mapping(
        {
            "store": {"directory": str(folder / "data"), **sections.pop("store", {})},
            "company": {"devices": "101-109", "number_places": False},
            **sections,
        },
        {},
    )
    async with running(config, listening=bind("127.0.0.1", 0), front_end=front_end, passwords=CHEAP) as up:
        if not await up.people.everybody():
            hashed = await up.passwords.hashed(PASSWORD)
            await up.people.add("anna", "Anna", devices=["101"], password_hash=hashed)
            await up.people.add("boris", "Boris", devices=["102", "109"], password_hash=hashed)
            await up.people.add("sup", "Sonja", Role.SUPERVISOR, password_hash=hashed)
            await up.people.add("adm", "Adam", Role.ADMIN, password_hash=hashed)
        await up.rooms.staff_changed()
        yield Site(up, Caller(up))


@asynccontextmanager
async def site_at(ami: Ami, folder: Path, **sections: Any) -> AsyncIterator[Site]:
    """The same with a real Asterisk as its PBX, called `lab`, and connected; `pbx` are more of its settings."""
    pbx = {
        "name": "lab",
        "host": ami.host,
        "port": ami.port,
        "user": ami.user,
        "secret": ami.secret,
        "devices": "101-110",
        "context": "internal",
        **sections.pop("pbx", {}),
    }
    async with site(folder, pbx=[pbx], **sections) as here:
        async with asyncio.timeout(10):
            while not all(link.status.state.value == "up" for link in here.up.rooms.desk.links()):
                await asyncio.sleep(0.02)
        yield here


def _now() -> datetime:
    return datetime.now(UTC)
