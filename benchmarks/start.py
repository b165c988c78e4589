"""From nothing to ready: `ringcard serve` on a store, from the start of its process to its first answer of /healthz.

    python benchmarks/start.py --keep /tmp/bench-stores        1,000 and 1,000,000 contacts

Each store is started several times, one start before them that is not counted (pages from the disk, compiled modules).
By the clock, by its processor's time, and what it holds in memory 3 s later. Beside it the floor: Python that imports
nothing of ours and answers the same question from its standard library.

Limit (exit code 1 beyond it): 2 s by the clock, the slowest start of the biggest store.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from contact_stores import sqlite_store

LIMIT_S = 2.0
TICKS_A_S = os.sysconf("SC_CLK_TCK")
BARE = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@dataclass(frozen=True)
class Start:
    took_s: float
    cpu_s: float
    memory_mb: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5.0) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            return b" 200 " in connection.recv(4096)
    except OSError:
        return False


def used_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_S


def memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def started(command: list[str], port: int, settle_s: float) -> Start:
    """Start it, wait for its answer, end it."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    try:
        while not answers(port):
            if process.poll() is not None or time.perf_counter() - began > 120:
                raise RuntimeError(f"it ended with {process.poll()}: start it by hand to see why")
            time.sleep(0.005)
        took_s, cpu_s = time.perf_counter() - began, used_s(process.pid)
        time.sleep(settle_s)
        return Start(took_s, cpu_s, memory_mb(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def served(folder: Path, directory: Path, settle_s: float) -> Start:
    port = free_port()
    config = folder / "ringcard.toml"
    config.write_text(f'server.port = {port}\nstore.directory = "{directory}"\nlog.level = "warning"\n')
    code = "from ringcard.cli import main; main()"
    return started(["-c", code, "serve", "--config", str(config)], port, settle_s)


def row(what: str, starts: list[Start]) -> str:
    took, cpu, memory = ([getattr(each, name) for each in starts] for name in ("took_s", "cpu_s", "memory_mb"))
    return (
        f"| {what} | {statistics.median(took):.2f} s | {max(took):.2f} s | {statistics.median(cpu):.2f} s "
        f"| {statistics.median(memory):.0f} MB |"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--contacts", type=int, nargs="+", default=[1_000, 1_000_000])
    arguments.add_argument("--keep", type=Path, help="a folder for the stores, to be used again")
    arguments.add_argument("--starts", type=int, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as temporary:
        folder = Path(temporary)
        print("| what | ready, median | ready, slowest | processor | memory 3 s later |")
        print("|---|---|---|---|---|")
        bare = [started(["-c", BARE, str(port)], port, 0.0) for port in (free_port() for _ in range(given.starts))]
        print(row("bare Python's HTTP server", bare), flush=True)
        slowest = 0.0
        for count in given.contacts:
            directory = sqlite_store(given.keep or folder, count).parent
            served(folder, directory, 0.0)
            starts = [served(folder, directory, 3.0) for _ in range(given.starts)]
            slowest = max(each.took_s for each in starts)
            print(row(f"ringcard, {count:,} contacts", starts), flush=True)
    print(f"limit {LIMIT_S} s: {'met' if slowest <= LIMIT_S else 'NOT met'}")
    sys.exit(slowest > LIMIT_S)


if __name__ == "__main__":
    main()
