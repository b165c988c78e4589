"""From a click on a number to the first INVITE on the wire.

    python benchmarks/click_to_invite.py [--clicks 400] [--rate 20]

A lab's Asterisk 22 with PJSIP phones, `ringcard serve`, and ten employees with a phone each, who dial in turns through
`POST /api/v1/calls`, each time another colleague. From the moment the request is handed to the socket to the INVITE to
the employee's phone, as the loopback interface sees it (a packet socket: needs root, as the lab does). The phones
answer with 486, so that each is free for its next turn.

The floor, in the same run: a bare `Originate` of the same channel on an AMI connection of its own, at the same rate.
Limit (exit code 1 beyond it): p99 40 ms at 20 clicks a second.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import socket
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

import httpx  # noqa: E402
from lab.system import Lab  # noqa: E402
from office import PASSWORD, Server  # noqa: E402

from ringcard.people.passwords import Passwords  # noqa: E402
from ringcard.people.store import EmployeeStore  # noqa: E402
from ringcard.storage import migrate, open_engine  # noqa: E402
from ringcard.testing.scenarios import ami  # noqa: E402

LIMIT_MS = 40.0
DEVICES = [str(number) for number in range(101, 111)]
WARM_UP = 20
"""The first clicks load code."""
ALL_PROTOCOLS, OUTGOING = 3, 4
"""ETH_P_ALL and PACKET_OUTGOING of linux/if_ether.h and linux/if_packet.h."""

_INVITE = re.compile(rb"INVITE sip:(\d+)@[^\r]*\r\n.*?\r\nCall-ID: ([^\r]+)", re.DOTALL)

Click = Callable[[int, str], Awaitable[bool]]
"""False if the phone still rings for the click before: then nothing is dialled."""


class Wire:
    """The INVITEs that pass over the loopback interface."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        self._socket.bind(("lo", 0))
        self._socket.setblocking(False)
        self._seen: set[bytes] = set()
        self._waiting: defaultdict[str, deque[asyncio.Future[float]]] = defaultdict(deque)
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def next_to(self, device: str) -> asyncio.Future[float]:
        """When the next INVITE to this phone is seen that nobody else waits for, on the monotonic clock."""
        seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[device].append(seen)
        return seen

    def forget(self, device: str, seen: asyncio.Future[float]) -> None:
        """No INVITE will come for this."""
        self._waiting[device].remove(seen)

    def _read(self) -> None:
        packet, address = self._socket.recvfrom(1 << 16)
        now_s = time.monotonic()
        invite = _INVITE.search(packet) if address[2] == OUTGOING else None
        if invite is None or invite[2] in self._seen:
            return  # something else, or sent once more
        self._seen.add(invite[2])
        if waiting := self._waiting[invite[1].decode()]:
            waiting.popleft().set_result(now_s)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()


async def clicked(wire: Wire, click: Click, clicks: int, rate: float) -> list[float]:
    """The latencies in ms, sorted; each employee clicks again at their turn. Raises if an INVITE never comes."""

    async def one(number: int, device: str) -> float | None:
        seen = wire.next_to(device)
        began_s = time.monotonic()
        if not await click(number, device):
            wire.forget(device, seen)
            return None
        at_s = await asyncio.wait_for(seen, 10.0)
        return (at_s - began_s) * 1000

    going: list[asyncio.Task[float | None]] = []
    first_s = time.monotonic()
    for number in range(WARM_UP + clicks):
        await asyncio.sleep(max(0.0, first_s + number / rate - time.monotonic()))
        going.append(asyncio.create_task(one(number, DEVICES[number % len(DEVICES)])))
    told = (await asyncio.gather(*going))[WARM_UP:]
    return sorted(ms for ms in told if ms is not None)


def colleague(number: int) -> str:
    """Whom the click is for: never oneself, and at each turn of an employee another one."""
    turn, place = divmod(number, len(DEVICES))
    return DEVICES[(place + 1 + turn % (len(DEVICES) - 1)) % len(DEVICES)]


async def furnished(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    engine = open_engine(f"sqlite:///{directory / 'ringcard.db'}")
    await migrate(engine)
    hashed = await Passwords().hashed(PASSWORD)
    people = EmployeeStore(engine)
    for device in DEVICES:
        await people.add(f"e{device}", f"Employee {device}", devices=[device], password_hash=hashed)
    await engine.dispose()


async def browsers(server: Server) -> dict[str, httpx.AsyncClient]:
    """One a device, signed in."""
    clients = {}
    for device in DEVICES:
        client = clients[device] = httpx.AsyncClient(base_url=server.address + "/api/v1", trust_env=False)
        (await client.post("/session", json={"login": f"e{device}", "password": PASSWORD})).raise_for_status()
        client.headers["X-CSRF-Token"] = next(value for name, value in client.cookies.items() if "csrf" in name)
    return clients


def row(what: str, ms: Sequence[float], floor: Sequence[float]) -> str:
    p50, p95, p99 = (ms[min(len(ms) - 1, int(len(ms) * share))] for share in (0.5, 0.95, 0.99))
    ratio = p99 / floor[min(len(floor) - 1, int(len(floor) * 0.99))]
    return f"| {what} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {ms[-1]:.1f} | {ratio:.1f} |"


async def main(clicks: int, rate: float) -> int:
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as temporary, Lab("22") as lab:
        folder = Path(temporary)
        await furnished(folder / "furnished")
        server = Server(folder, lab.ami)
        server.configure(folder / "furnished")
        with (folder / "ringcard.toml").open("a") as file:
            file.write('context = "internal"\n')
        await server.start()
        wire = Wire()
        try:
            for device in DEVICES:
                await lab.phone(device).refuses_calls()
            clients = await browsers(server)

            async def through_ringcard(number: int, device: str) -> bool:
                answer = await clients[device].post("/calls", json={"number": colleague(number)})
                if answer.status_code not in (202, 409):
                    raise RuntimeError(answer.text)
                return answer.status_code == 202

            async with ami.session(lab.ami) as session:
                lock = asyncio.Lock()

                async def bare(number: int, device: str) -> bool:
                    async with lock:
                        await session.act(
                            "Originate",
                            Channel=f"PJSIP/{device}",
                            Context="internal",
                            Exten=colleague(number),
                            Priority="1",
                            Async="true",
                        )
                    return True

                floor = await clicked(wire, bare, clicks, rate)
            ours = await clicked(wire, through_ringcard, clicks, rate)
            for client in clients.values():
                await client.aclose()
        finally:
            wire.close()
            server.stop()
    print("| what | p50 ms | p95 ms | p99 ms | max ms | p99 ratio |\n|---|---|---|---|---|---|")
    print(row(f"bare Originate, {rate:g}/s", floor, floor))
    print(row(f"click → INVITE, {rate:g}/s", ours, floor))
    print(f"{len(ours)} of {clicks} clicks were taken; the others came while the phone still rang for one before")
    return int(ours[min(len(ours) - 1, int(len(ours) * 0.99))] > LIMIT_MS)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="From a click to the INVITE.")
    arguments.add_argument("--clicks", type=int, default=400, help="how many are measured")
    arguments.add_argument("--rate", type=float, default=20.0, help="clicks a second")
    given = arguments.parse_args()
    sys.exit(asyncio.run(main(given.clicks, given.rate)))
