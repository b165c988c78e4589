"""A panel of 2,000 phones that change 200 times a second, seen by 50 people: the server's share of one core, and how
old a state is when its frame arrives.

    python benchmarks/state_panel.py [--seconds 15] [--devices 2000] [--changes 200] [--viewers 50]
    python benchmarks/state_panel.py --serve [--port 8080]

Three processes: a simulated PBX that speaks AMI over TCP (each phone goes off hook and back by turns, 200 of them are
members of a queue), `ringcard serve` with its ledger on, and the browsers: one WebSocket a viewer, employees,
supervisors and an administrator. Every change is a change of the phone, of its owner's presence, and of the queue. A
latency begins when the PBX puts `DeviceStateChange` into its socket's buffer, and ends when a viewer has the frame; it
is taken for every change and every viewer. Nothing may be lost. All clocks are the machine's one monotonic clock.

The floor, in the same run: a bare program that reads the same AMI stream and passes each change on to the same number
of WebSockets at once, no state, no people, no ledger, nothing gathered.

`--serve`: the same server and PBX, changing until the program is ended, for a browser to look at. It prints one line
of JSON: address, login and password of a supervisor.

Limits (exit code 1 beyond them): 30 % of one core, p99 150 ms.

Over 400 lines: one figure needs its load, its viewers and its reckoning in one program.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvloop
from argon2 import PasswordHasher
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from ring_to_frame import Part, serving
from ringcard.pbx.simulator.channels import Channel, ChannelState
from ringcard.pbx.simulator.company import Company, Employee
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.people.signin import SignIn
from ringcard.people.store import EmployeeStore
from ringcard.people.teams import TeamStore
from ringcard.storage import migrate, open_engine

SECRET = "benchmark-panel"
IN_QUEUE = 200
TEAM = 50
SUPERVISORS = 5
CPU_LIMIT = 30.0
LATENCY_LIMIT_MS = 150.0
SETTLES_S = 3.0
"""What is on its way when the last change was made."""


def devices(count: int) -> list[str]:
    return [str(number) for number in range(1000, 1000 + count)]


# ------------------------------------------------------------------ the PBX, a process of its own


async def play(count: int, rate: float, seconds: float, port: int = 0) -> None:
    """Listen, say the port, begin on a line of input, and tell every change when it is over."""
    phones = devices(count)
    company = Company(
        employees=tuple(Employee(device, f"Phone {device}") for device in phones),
        direct_prefix="495222",
        ring_group=tuple(phones[:3]),
        queue_members=tuple(phones[:IN_QUEUE]),
        ivr_choice=phones[0],
    )
    pbx = Pbx(company, start_s=time.time())
    server = AmiServer(pbx, [Account("ringcard", SECRET)], speed=1.0)
    print(await server.start(port=port), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    server.catch_up()
    made: list[tuple[str, str, float]] = []
    began_s = time.monotonic()
    for number in itertools.count():
        due_s = number / rate
        if due_s >= seconds:
            break
        await asyncio.sleep(max(0.0, began_s + due_s - time.monotonic()))
        server.catch_up()
        device = phones[number % count]
        endpoint = pbx.switch.endpoints[device]
        if endpoint.channels:
            endpoint.channels.clear()
        else:
            endpoint.channels.append(off_hook(pbx, device, number))
        pbx.switch.report_device(endpoint)
        made.append((device, "busy" if endpoint.channels else "idle", time.monotonic()))
    print(json.dumps(made), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await server.stop()


def off_hook(pbx: Pbx, device: str, number: int) -> Channel:
    """A line of the phone, of which the PBX tells nothing but the phone's state."""
    uid = f"{pbx.timeline.now_s:.0f}.{number}"
    endpoint = pbx.switch.endpoints[device]
    return Channel(
        name=f"PJSIP/{device}-{number:08x}", uniqueid=uid, linkedid=uid, number=number, endpoint=endpoint,
        created_s=pbx.timeline.now_s, state=ChannelState.UP, caller_num=device, caller_name="", context="internal",
        exten="",
    )  # fmt: skip


# ------------------------------------------------------------------ the floor, a process of its own


async def relay(ami_port: int) -> None:
    """The least a program can do between the two sockets."""
    clients: set[ServerConnection] = set()

    async def client(connection: ServerConnection) -> None:
        clients.add(connection)
        await connection.wait_closed()
        clients.discard(connection)

    async with serve(client, "127.0.0.1", 0, compression=None) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", ami_port)
        writer.write(f"Action: Login\r\nUsername: ringcard\r\nSecret: {SECRET}\r\n\r\n".encode())
        print(server.sockets[0].getsockname()[1], flush=True)
        buffer = b""
        words = {"INUSE": "busy", "NOT_INUSE": "idle"}
        while received := await reader.read(1 << 16):
            *messages, buffer = (buffer + received).split(b"\r\n\r\n")
            for message in messages:
                if message.startswith(b"Event: DeviceStateChange\r\n"):
                    headers = dict(line.split(": ", 1) for line in message.decode().split("\r\n") if ": " in line)
                    told = {"device": headers["Device"].partition("/")[2], "state": words.get(headers["State"], "")}
                    broadcast(clients, json.dumps({"type": "devices", "seq": 1, "devices": [told]}))


# ------------------------------------------------------------------ the browsers


class DeviceOfFrame(msgspec.Struct):
    device: str
    state: str


class Item(msgspec.Struct):
    state: str = ""
    devices: list[str] = []


class Frame(msgspec.Struct):
    type: str
    devices: list[DeviceOfFrame] = []
    items: list[Item] = []


@dataclass
class Viewer:
    """One browser: when it had each state of each phone, and of each phone's owner."""

    seen: defaultdict[str, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))
    owners: defaultdict[str, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))
    frames: int = 0
    counting: bool = False

    async def look(self, url: str, cookie: str, ready: asyncio.Event) -> None:
        decoder = msgspec.json.Decoder(Frame)
        headers = {"Cookie": f"ringcard_session={cookie}"}
        with contextlib.suppress(ConnectionClosed):
            async with connect(url, additional_headers=headers, compression=None, max_size=None) as connection:
                if cookie:
                    await connection.recv(decode=False)  # the snapshot
                ready.set()
                while True:
                    text = await connection.recv(decode=False)
                    now = time.monotonic()
                    if self.counting:
                        self.take(decoder.decode(text), now)

    def take(self, frame: Frame, now: float) -> None:
        self.frames += 1
        if frame.type == "devices":
            for each in frame.devices:
                self.seen[each.device].append((each.state, now))
        elif frame.type == "presence":
            for item in frame.items:
                for device in item.devices:
                    self.owners[device].append(("busy" if item.state == "busy" else "idle", now))


@dataclass(frozen=True)
class Outcome:
    """What a run came to; latencies in ms, the processor's share in per cent of one core."""

    devices_ms: list[float]
    owners_ms: list[float]
    lost: int
    cpu: float
    frames: int
    memory_mb: float

    def row(self, what: str) -> str:
        p50, p99, most = (percentile(self.devices_ms, share) for share in (0.5, 0.99, 1.0))
        owners = f"{percentile(self.owners_ms, 0.99):.0f}" if self.owners_ms else "–"
        return (
            f"| {what} | {self.cpu:.1f} % | {p50:.0f} | {p99:.0f} | {most:.0f} | {owners} | {self.lost} "
            f"| {self.frames:,} | {self.memory_mb:.0f} MB |"
        )


HEAD = """| what | of one core | p50 ms | p99 ms | max ms | presence p99 ms | lost | frames | memory |
|---|---|---|---|---|---|---|---|---|"""


def percentile(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def latencies(
    changes: Iterable[tuple[str, str, float]], seen: Iterable[defaultdict[str, list[tuple[str, float]]]]
) -> tuple[list[float], int]:
    """Of every change at every viewer, in ms; and how many never came, or in another order."""
    by_device: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for device, state, at in changes:
        by_device[device].append((state, at))
    found, lost = [], 0
    for viewer in seen:
        for device, made in by_device.items():
            had = viewer.get(device, [])
            for place, (state, at) in enumerate(made):
                if place < len(had) and had[place][0] == state:
                    found.append((had[place][1] - at) * 1000)
                else:
                    lost += 1
    return sorted(found), lost


# ------------------------------------------------------------------ the server


async def furnished(directory: Path, count: int) -> list[str]:
    """A store with people, one a phone, in teams. Returns the session cookies: supervisors first."""
    directory.mkdir(mode=0o700)
    engine = open_engine(f"sqlite:///{directory / 'ringcard.db'}")
    await migrate(engine)
    people, passwords = EmployeeStore(engine), Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    hashed = await passwords.hashed(SECRET)
    ids = []
    for device in devices(count):
        employee = await people.add(f"e{device}", f"Employee {device}", devices=[device], password_hash=hashed)
        ids.append(employee.employee_id)
    leaders = []
    for number in range(SUPERVISORS):
        role = Role.ADMIN if number == 0 else Role.SUPERVISOR
        leader = await people.add(f"s{number}", f"Supervisor {number}", role, password_hash=hashed)
        leaders.append(leader.employee_id)
    teams = TeamStore(engine)
    for number, start in enumerate(range(0, count, TEAM)):
        await teams.add(f"Team {number}", ids[start : start + TEAM], [leaders[number % SUPERVISORS]])
    sign_in = SignIn(engine, people, passwords)
    logins = [f"s{number}" for number in range(SUPERVISORS)] + [f"e{device}" for device in devices(count)]
    cookies = [(await sign_in.sign_in(login, SECRET, "127.0.0.1")).token for login in logins[:1000]]
    await engine.dispose()
    return cookies


@asynccontextmanager
async def ringcard(
    folder: Path, ami_port: int, count: int, port: int = 0
) -> AsyncIterator[tuple[Part, str, list[str]]]:
    """`ringcard serve`, hearing the PBX; with its address and cookies."""
    cookies = await furnished(folder / "data", count)
    phones = devices(count)
    async with serving(folder, ami_port, f"{phones[0]}-{phones[-1]}", SECRET, port) as (part, address):
        yield part, address, cookies


# ------------------------------------------------------------------ one run


async def measured(options: argparse.Namespace, *, floor: bool) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as temporary:
        folder = Path(temporary)
        told = json.dumps([options.devices, options.changes, options.seconds])
        pbx = Part("pbx", __file__, "--play", told, log=folder / "pbx.log")
        try:
            ami_port = int(await pbx.says())
            if floor:
                between = Part("relay", __file__, "--relay", str(ami_port), log=folder / "relay.log")
                try:
                    urls = [(f"ws://127.0.0.1:{await between.says()}/", "")]
                    return await watched(options, pbx, between, urls * options.viewers)
                finally:
                    between.end()
            async with ringcard(folder, ami_port, options.devices) as (server, address, cookies):
                urls = [(f"ws://{address}/api/v1/live", cookie) for cookie in cookies[: options.viewers]]
                return await watched(options, pbx, server, urls)
        finally:
            pbx.end()
            sys.stderr.write((folder / "pbx.log").read_text()[-4000:])


async def watched(options: argparse.Namespace, pbx: Part, between: Part, urls: Sequence[tuple[str, str]]) -> Outcome:
    viewers, readies = [Viewer() for _ in urls], [asyncio.Event() for _ in urls]
    looking = [
        asyncio.create_task(viewer.look(url, cookie, ready))
        for viewer, (url, cookie), ready in zip(viewers, urls, readies, strict=True)
    ]
    async with asyncio.timeout(60):
        for ready in readies:
            await ready.wait()
    await asyncio.sleep(1.0)
    for viewer in viewers:
        viewer.counting = True
    began_s = time.monotonic()
    between.begins()
    pbx.told()
    changes = [(device, state, at) for device, state, at in json.loads(await pbx.says())]
    took_s = time.monotonic() - began_s
    cpu = between.used_s() / took_s * 100
    memory_mb = between.memory_mb()
    await asyncio.sleep(SETTLES_S)
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    phones_ms, lost = latencies(changes, [viewer.seen for viewer in viewers])
    owners_ms, owners_lost = latencies(changes, [viewer.owners for viewer in viewers])
    is_ours = any(cookie for _, cookie in urls)
    return Outcome(
        phones_ms,
        owners_ms,
        lost + (owners_lost if is_ours else 0),
        cpu,
        sum(viewer.frames for viewer in viewers),
        memory_mb,
    )


async def main(options: argparse.Namespace) -> int:
    print(HEAD, flush=True)
    shape = f"{options.devices:,} phones, {options.changes:g} changes/s, {options.viewers} viewers"
    floor = await measured(options, floor=True)
    print(floor.row(f"bare relay, {shape}"), flush=True)
    ours = await measured(options, floor=False)
    print(ours.row(f"ringcard, {shape}"), flush=True)
    print(f"\nratio: {ours.cpu / max(floor.cpu, 0.1):.1f} times the relay's processor time")
    slow = percentile(ours.devices_ms, 0.99) > LATENCY_LIMIT_MS or percentile(ours.owners_ms, 0.99) > LATENCY_LIMIT_MS
    return int(slow or ours.cpu > CPU_LIMIT or ours.lost > 0)


async def served(options: argparse.Namespace) -> None:
    """Until it is ended."""
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as temporary:
        folder = Path(temporary)
        told = json.dumps([options.devices, options.changes, 10**9])
        pbx = Part("pbx", __file__, "--play", told, log=folder / "pbx.log")
        try:
            ami_port = int(await pbx.says())
            async with ringcard(folder, ami_port, options.devices, options.port) as (server, address, cookies):
                pbx.told()
                said = {
                    "address": f"http://{address}",
                    "login": "s0",
                    "password": SECRET,
                    "cookie": cookies[0],
                    "server_pid": server.process.pid,
                }
                print(json.dumps(said), flush=True)
                await asyncio.Event().wait()
        finally:
            pbx.end()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A panel of states under load.")
    arguments.add_argument("--seconds", type=float, default=15.0, help="how long it is measured")
    arguments.add_argument("--devices", type=int, default=2000, help="phones, at most 9000")
    arguments.add_argument("--changes", type=float, default=200.0, help="so many a second")
    arguments.add_argument("--viewers", type=int, default=50, help="browsers, at most 1000")
    arguments.add_argument("--serve", action="store_true", help="only serve it, for a browser to look at")
    arguments.add_argument("--port", type=int, default=0, help="where to serve it; 0: a free one")
    arguments.add_argument("--play", help=argparse.SUPPRESS)
    arguments.add_argument("--relay", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if given.play:
        uvloop.run(play(*json.loads(given.play)))
    elif given.relay:
        uvloop.run(relay(given.relay))
    elif given.serve:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(served(given))
    else:
        sys.exit(uvloop.run(main(given)))
