"""From a phone's ringing at the PBX to the pop's frame in the employee's browser, under load, and what is lost of it.

    python benchmarks/ring_to_frame.py [--seconds 15] [--employees 100] [--growth]

Three processes, as in an office: a simulated PBX that speaks AMI over TCP, `ringcard serve` with its ledger on, and the
browsers: one WebSocket for each employee (nine phones each), more tabs of some, and two supervisors who see every
call. All clocks are the machine's one monotonic clock. A latency begins when the PBX puts `Newstate: Ringing` of a
phone into its socket's buffer, and ends when the client of that phone's employee has its first frame of the pop.
Nothing may be lost: each call begun must have shown its pop and have its ended record in the ledger.

The floor, in the same run under the same load: a bare asyncio program that reads the same AMI stream, cuts it at blank
lines, and passes each `Ringing` on to the WebSocket of the phone's employee; no state, no cards, no ledger, no other
frames.

`--employees 2000 --slow 50 --talk-s 9.5 --store …/contacts-1000000/ringcard.db`: a big office, with browsers that never
read, 500 calls going on and a million contacts; the server's memory is in the last column.

Limits (exit code 1 beyond them): p99 20 ms at 50 call starts/s, 50 ms at 200/s. `--growth`: the same at 10, 100 and
1,000 calls going on, 50 starts/s.

Over 400 lines: one figure needs its load, its listeners and its reckoning in one program.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from argon2 import PasswordHasher
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ringcard.contacts.model import ContactDraft, Phone
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.pbx.simulator.channels import Channel, ChannelState
from ringcard.pbx.simulator.company import Company, Employee
from ringcard.pbx.simulator.day import Load
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.pbx.simulator.switch import Observer
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.people.signin import SignIn
from ringcard.people.store import EmployeeStore
from ringcard.storage import migrate, open_engine

_EMPLOYEES = int(os.environ.get("BENCH_EMPLOYEES", "100"))
DEVICES = [str(number) for number in (range(100, 1000) if _EMPLOYEES <= 900 else range(1000, 1000 + _EMPLOYEES))]
SUPERVISORS = 2
SECOND_TABS = 10
AT_ONCE = 64
"""So many browsers come at a time."""
CONTACTS = 500
"""The callers whose numbers end in 0 to 499 have cards."""
SECRET = "benchmark"
LIMITS_MS = {50: 20.0, 200: 50.0}
TICKS_A_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Shape:
    """One load: `rate` call starts a second, each ringing and then talked, measured for `seconds` once it is steady."""

    rate: int
    ring_s: float
    talk_s: float
    seconds: float

    @property
    def live(self) -> int:
        """Calls going on at a time, once it is steady."""
        return round(self.rate * (self.ring_s + self.talk_s))

    @property
    def warm_up(self) -> int:
        """Calls begun before it is steady."""
        return self.live

    @property
    def calls(self) -> int:
        return self.warm_up + round(self.rate * self.seconds)


# ------------------------------------------------------------------ the PBX, a process of its own


class Rings(Observer):
    """Notes when each phone began to ring, by the caller's number."""

    def __init__(self, pbx: Pbx) -> None:
        self.at: dict[str, float] = {}
        self._devices = pbx.company.devices
        pbx.switch.observers.append(self)

    def state_changed(self, channel: Channel) -> None:
        if channel.state is ChannelState.RINGING:
            self.at.setdefault(channel.connected_num[-7:], time.monotonic())


async def play(shape: Shape) -> None:
    """Listen, say the port, begin on a line of input, and tell the rings when every call is over."""
    company = Company(
        employees=tuple(Employee(device, f"Phone {device}") for device in DEVICES),
        direct_prefix="4952220" if len(DEVICES[0]) == 3 else "495222",
        ring_group=tuple(DEVICES[:3]),
        queue_members=tuple(DEVICES[:2]),
        ivr_choice=DEVICES[0],
    )
    pbx = Pbx(company, start_s=time.time())
    rings = Rings(pbx)
    load = Load(pbx, shape.rate, live=10_000, ring_s=shape.ring_s, talk_s=shape.talk_s, calls=shape.calls)
    server = AmiServer(pbx, [Account("ringcard", SECRET)], speed=1.0)
    print(await server.start(), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    server.catch_up()  # else the calls of the time that has passed unseen begin all at once
    load.begin()
    server.acted()
    while load.begun < shape.calls or pbx.switch.channels:
        await asyncio.sleep(0.2)
    print(json.dumps(rings.at), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await server.stop()


# ------------------------------------------------------------------ the floor, a process of its own


async def relay(ami_port: int) -> None:
    """The least a program can do between the two sockets."""
    clients: dict[str, ServerConnection] = {}

    async def client(connection: ServerConnection) -> None:
        assert connection.request is not None
        clients[connection.request.path[1:]] = connection
        await connection.wait_closed()

    async with serve(client, "127.0.0.1", 0, compression=None) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", ami_port)
        writer.write(f"Action: Login\r\nUsername: ringcard\r\nSecret: {SECRET}\r\n\r\n".encode())
        print(server.sockets[0].getsockname()[1], flush=True)
        buffer = b""
        while received := await reader.read(1 << 16):
            *messages, buffer = (buffer + received).split(b"\r\n\r\n")
            for message in messages:
                if b"Event: Newstate\r\n" in message and b"ChannelStateDesc: Ringing\r\n" in message:
                    headers = dict(line.split(b": ", 1) for line in message.split(b"\r\n") if b": " in line)
                    device = headers[b"Channel"].decode().removeprefix("PJSIP/").split("-")[0]
                    number = headers[b"ConnectedLineNum"].decode()
                    pop = {"device": device, "caller": {"number": number}, "state": "ringing", "pop_id": number}
                    await clients[employee_of(device)].send(json.dumps({"type": "pop", "seq": 1, "pop": pop}))


def employee_of(device: str) -> str:
    """The login of whom the phone belongs to."""
    return f"e{DEVICES.index(device) // devices_each()}"


def devices_each() -> int:
    return len(DEVICES) // int(os.environ["BENCH_EMPLOYEES"])


# ------------------------------------------------------------------ the browsers


class PartyOfPop(msgspec.Struct):
    number: str | None = None
    presented: str | None = None


class PopOfFrame(msgspec.Struct):
    device: str
    state: str
    caller: PartyOfPop


class PopFrame(msgspec.Struct):
    pop: PopOfFrame


@dataclass
class Browsers:
    """Every client; notes when each call's first frame came to the employee whose phone rings."""

    at: dict[str, float] = field(default_factory=dict)
    frames: int = 0
    _decoder: msgspec.json.Decoder[PopFrame] = field(default_factory=lambda: msgspec.json.Decoder(PopFrame))

    coming: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def look(self, url: str, cookie: str, ready: asyncio.Event) -> None:
        headers = {"Cookie": f"ringcard_session={cookie}"}
        with contextlib.suppress(ConnectionClosed):
            async with self.coming:
                opened = await connect(
                    url, additional_headers=headers, compression=None, max_size=None, open_timeout=60
                )
            async with opened as connection:
                if cookie:
                    await connection.recv(decode=False)  # the snapshot: what is in it comes in no other frame
                ready.set()
                while True:
                    frame = await connection.recv(decode=False)
                    now = time.monotonic()
                    self.frames += 1
                    if not frame.startswith((b'{"type":"pop",', b'{"type": "pop",')):
                        continue
                    pop = self._decoder.decode(frame).pop
                    if pop.state == "ringing":
                        number = pop.caller.number or pop.caller.presented or ""
                        self.at.setdefault(number[-7:], now)


# ------------------------------------------------------------------ one run


@dataclass(frozen=True)
class Outcome:
    """What a run came to; latencies in ms, processors' shares in per cent of one."""

    latencies_ms: list[float]
    begun: int
    pops_lost: int
    records_lost: int
    cpu: dict[str, float]
    frames: int
    memory_mb: float = 0.0
    """Of the server, at the end of the load."""
    connections: int = 0
    ms_a_call: float = 0.0
    """Of the processor, in whatever lies between PBX and browsers: what else the machine does changes it little."""

    def percentile(self, share: float) -> float:
        return self.latencies_ms[min(len(self.latencies_ms) - 1, int(len(self.latencies_ms) * share))]

    def row(self, what: str, floor: Outcome | None) -> str:
        p50, p95, p99 = (self.percentile(share) for share in (0.5, 0.95, 0.99))
        ratio = "1.0" if floor is None else f"{p99 / floor.percentile(0.99):.1f}"
        cpu = ", ".join(f"{name} {share:.0f} %" for name, share in self.cpu.items())
        cpu += f"; {self.ms_a_call:.2f} ms a call"
        lost = f"{self.pops_lost} pops, {self.records_lost} records"
        return (
            f"| {what} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {self.latencies_ms[-1]:.1f} | {ratio} "
            f"| {self.begun:,} begun, {lost} | {self.frames:,} | {cpu} | {self.memory_mb:.0f} MB |"
        )


HEAD = """| what | p50 ms | p95 ms | p99 ms | max ms | p99 ratio | lost | frames | CPU | server's memory |
|---|---|---|---|---|---|---|---|---|---|"""


class Part:
    """A process of the run that speaks on its standard output."""

    def __init__(self, name: str, *command: str, log: Path) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("ab"), text=True
        )
        self._busy_s = self._used_s()

    async def says(self) -> str:
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        if not line:
            raise RuntimeError(f"{self.name} ended: see its log")
        return line.strip()

    def told(self, line: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def begins(self) -> None:
        self._busy_s = self._used_s()

    def used_s(self) -> float:
        return self._used_s() - self._busy_s

    def memory_mb(self) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def _used_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_S

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


async def furnished(directory: Path, employees: int, store: Path | None) -> dict[str, str]:
    """A store with people, who are signed in, and some cards. Returns the session cookies by login."""
    directory.mkdir(mode=0o700)
    if store is not None:
        with sqlite3.connect(store) as there, sqlite3.connect(directory / "ringcard.db") as here:
            here.execute("PRAGMA journal_mode = WAL")
            there.backup(here)
            here.execute("DELETE FROM employees")
    engine = open_engine(f"sqlite:///{directory / 'ringcard.db'}")
    await migrate(engine)
    people, passwords = EmployeeStore(engine), Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    hashed = await passwords.hashed(SECRET)
    each = devices_each()
    for number in range(employees):
        own = DEVICES[number * each : (number + 1) * each]
        await people.add(f"e{number}", f"Employee {number}", devices=own, password_hash=hashed)
    for number in range(SUPERVISORS):
        await people.add(f"s{number}", f"Supervisor {number}", Role.SUPERVISOR, password_hash=hashed)
    sign_in = SignIn(engine, people, passwords)
    logins = [*(f"e{number}" for number in range(employees)), *(f"s{number}" for number in range(SUPERVISORS))]
    cookies = {login: (await sign_in.sign_in(login, SECRET, "127.0.0.1")).token for login in logins}
    cards = SqliteCardReader(directory / "ringcard.db")
    contacts = ContactStore(engine, cards, NumberingPlan("RU", "495", f"{DEVICES[0]}-{DEVICES[-1]}"))
    for number in range(CONTACTS):
        await contacts.create(ContactDraft(name=f"Customer {number}", phones=(Phone(None, f"+7495{number:07}"),)))
    await cards.close()
    await engine.dispose()
    return cookies


@asynccontextmanager
async def ringcard(
    folder: Path, ami_port: int, employees: int, store: Path | None
) -> AsyncIterator[tuple[Part, str, dict[str, str]]]:
    """`ringcard serve`, hearing the PBX; with its address and its employees' cookies."""
    cookies = await furnished(folder / "data", employees, store)
    async with serving(folder, ami_port, f"{DEVICES[0]}-{DEVICES[-1]}", SECRET) as (part, address):
        yield part, address, cookies


@asynccontextmanager
async def serving(
    folder: Path, ami_port: int, devices: str, secret: str, port: int = 0
) -> AsyncIterator[tuple[Part, str]]:
    """`ringcard serve` over the store in `folder / "data"`, hearing the PBX; with its address. Port 0: a free one."""
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    (folder / "ringcard.toml").write_text(
        f"""
server.port = {port}
store.directory = "{folder / "data"}"
company = {{ region = "RU", area_code = "495", devices = "{devices}", number_places = false }}
live.tabs_per_address = 20000
log.level = "warning"
[[pbx]]
name = "office"
host = "127.0.0.1"
port = {ami_port}
user = "ringcard"
secret = "{secret}"
"""
    )
    code = "from ringcard.cli import main; main()"
    part = Part("server", "-c", code, "serve", "--config", str(folder / "ringcard.toml"), log=folder / "server.log")
    try:
        async with asyncio.timeout(60):
            while json.loads(await fetched(port, "/readyz", "") or '{"pbxs": {}}')["pbxs"] != {"office": "up"}:
                await asyncio.sleep(0.2)
        yield part, f"127.0.0.1:{port}"
    finally:
        part.end()
        sys.stderr.write((folder / "server.log").read_text()[-4000:])


async def fetched(port: int, path: str, cookie: str) -> str:
    """The body of one GET, empty if nobody listens yet."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return ""
    head = (
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Cookie: ringcard_session={cookie}",
        "Connection: close",
    )
    writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
    whole = await reader.read()
    writer.close()
    return whole.partition(b"\r\n\r\n")[2].decode()


async def kept(port: int, cookie: str) -> set[str]:
    """The callers of the calls that the ledger has as ended."""
    ended: set[str] = set()
    before = ""
    while True:
        page: dict[str, Any] = json.loads(await fetched(port, f"/api/v1/calls?limit=200{before}", cookie))
        for call in page["items"]:
            if call["ended_at"] is not None:
                ended.add((call["caller"]["number"] or call["caller"]["presented"])[-7:])
        if page["next"] is None:
            return ended
        before = f"&before={page['next']}"


async def measured(shape: Shape, employees: int, *, floor: bool, slow: int = 0, store: Path | None = None) -> Outcome:
    """One run: everything started, the load played, everything counted."""
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as temporary:
        folder = Path(temporary)
        told = json.dumps([shape.rate, shape.ring_s, shape.talk_s, shape.seconds])
        pbx = Part("pbx", __file__, "--play", told, log=folder / "pbx.log")
        try:
            ami_port = int(await pbx.says())
            if floor:
                between = Part("relay", __file__, "--relay", str(ami_port), log=folder / "relay.log")
                try:
                    address = f"127.0.0.1:{await between.says()}"
                    urls = [(f"ws://{address}/e{number}", "") for number in range(employees)]
                    return await loaded(shape, pbx, between, urls, None, ())
                finally:
                    between.end()
            async with ringcard(folder, ami_port, employees, store) as (server, address, cookies):
                live = f"ws://{address}/api/v1/live"
                urls = [(live, cookie) for cookie in cookies.values()]
                urls += [(live, cookies[f"e{number}"]) for number in range(min(SECOND_TABS, employees))]
                deaf = [(live, cookies[f"e{number}"]) for number in range(min(slow, employees))]
                return await loaded(shape, pbx, server, urls, cookies["s0"], deaf)
        finally:
            pbx.end()
            sys.stderr.write((folder / "pbx.log").read_text()[-4000:])


async def loaded(
    shape: Shape,
    pbx: Part,
    between: Part,
    urls: Sequence[tuple[str, str]],
    supervisor: str | None,
    deaf: Sequence[tuple[str, str]],
) -> Outcome:
    """Open the browsers, play the load, count. The load's first calls, until it is steady, are not counted."""
    browsers = Browsers()
    readies = [asyncio.Event() for _ in urls]
    looking = [
        asyncio.create_task(browsers.look(url, cookie, ready))
        for (url, cookie), ready in zip(urls, readies, strict=True)
    ]
    async with asyncio.timeout(max(180.0, len(urls) * 0.1)):  # each has a snapshot of everybody
        for ready in readies:
            await ready.wait()
    never_reading = [await without_reading(url, cookie) for url, cookie in deaf]
    await asyncio.sleep(1.0)
    began_s, own_s = time.monotonic(), time.process_time()
    for part in (pbx, between):
        part.begins()
    pbx.told()
    rang: dict[str, float] = json.loads(await pbx.says())
    took_s = time.monotonic() - began_s
    await asyncio.sleep(1.0)
    cpu = {part.name: part.used_s() / took_s * 100 for part in (pbx, between)}
    memory_mb, used_s = between.memory_mb(), between.used_s()
    for connection in never_reading:
        connection.close()
    cpu["browsers"] = (time.process_time() - own_s) / took_s * 100
    ended = set(rang) if supervisor is None else await kept(int(urls[0][0].split(":")[2].split("/")[0]), supervisor)
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    steady = [number for number in rang if int(number) >= shape.warm_up]
    return Outcome(
        latencies_ms=sorted((browsers.at[number] - rang[number]) * 1000 for number in steady if number in browsers.at),
        begun=shape.calls,
        pops_lost=shape.calls - len(rang.keys() & browsers.at.keys()),
        records_lost=shape.calls - len(rang.keys() & ended),
        cpu=cpu,
        frames=browsers.frames,
        memory_mb=memory_mb,
        connections=len(urls) + len(deaf),
        ms_a_call=used_s / shape.calls * 1000,
    )


async def without_reading(url: str, cookie: str) -> socket.socket:
    """A browser that opens its channel and never reads from it: what it is sent fills small buffers and stops."""
    host, _, path = url.removeprefix("ws://").partition("/")
    name, _, port = host.partition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (name, int(port)))
    head = (
        f"GET /{path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Cookie: ringcard_session={cookie}",
    )
    await asyncio.get_running_loop().sock_sendall(connection, ("\r\n".join(head) + "\r\n\r\n").encode())
    return connection


async def main(options: argparse.Namespace) -> int:
    failed = False
    print(HEAD, flush=True)
    shapes = [
        (f"{rate} starts/s, {options.employees:,} employees", Shape(rate, 0.5, options.talk_s, options.seconds))
        for rate in options.rates
    ]
    for what, shape in shapes:
        floor = await measured(shape, options.employees, floor=True)
        print(floor.row(f"bare relay, {what}", None), flush=True)
        ours = await measured(shape, options.employees, floor=False, slow=options.slow, store=options.store)
        print(ours.row(f"ringcard, {what}", floor), flush=True)
        if options.json:
            with options.json.open("a") as file:
                told = [ours.percentile(share) for share in (0.5, 0.95, 0.99)]
                memory = ours.memory_mb
                file.write(json.dumps([options.employees, shape.live, *told, floor.percentile(0.99), memory]) + "\n")
        if options.memory_limit_mb is not None:
            failed |= ours.memory_mb > options.memory_limit_mb
        failed |= ours.percentile(0.99) > LIMITS_MS.get(shape.rate, float("inf"))
        failed |= bool(ours.pops_lost or ours.records_lost)
    if options.growth:
        for shape in (Shape(50, 0.1, 0.1, 10), Shape(50, 0.5, 1.5, 10), Shape(50, 0.5, 19.5, 10)):
            ours = await measured(shape, options.employees, floor=False)
            print(ours.row(f"ringcard, 50 starts/s, {shape.live:,} calls going on", None), flush=True)
            failed |= ours.percentile(0.99) > LIMITS_MS[50] or bool(ours.pops_lost or ours.records_lost)
    return int(failed)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="From ring to frame under load.")
    arguments.add_argument("--seconds", type=float, default=15.0, help="how long each load is measured")
    arguments.add_argument("--employees", type=int, default=100, help="browsers; they share 900 phones")
    arguments.add_argument("--rates", type=int, nargs="*", default=list(LIMITS_MS), help="call starts a second")
    arguments.add_argument("--talk-s", type=float, default=2.0, help="how long a call lasts: more, and more are live")
    arguments.add_argument("--slow", type=int, default=0, help="so many browsers more that never read")
    arguments.add_argument("--store", type=Path, help="an SQLite store whose contacts are there too; it is copied")
    arguments.add_argument("--memory-limit-mb", type=float, help="of the server; beyond it the exit code is 1")
    arguments.add_argument("--json", type=Path, help="add the figures to this file, one line a load")
    arguments.add_argument("--growth", action=argparse.BooleanOptionalAction, default=True)
    arguments.add_argument("--play", help=argparse.SUPPRESS)
    arguments.add_argument("--relay", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if os.environ.setdefault("BENCH_EMPLOYEES", str(given.employees)) != str(_EMPLOYEES):
        os.execv(sys.executable, [sys.executable, *sys.argv])  # the phones are numbered for so many
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if given.play:
        uvloop.run(play(Shape(*json.loads(given.play))))
    elif given.relay:
        uvloop.run(relay(given.relay))
    else:
        sys.exit(uvloop.run(main(given)))
