"""The first paint in a browser, with a thousand contacts and with a million: the size of the store must not be seen.

    python benchmarks/first_paint.py --keep /tmp/bench-stores

`ringcard serve` on a copy of each store, an employee signed in, chromium without a cache. The desk and the list of
contacts are opened in turns on both; measured in the page itself: first contentful paint, and when the last request of
the page had its answer. Beside it: the answer to /healthz, which is the server and the socket alone.

Limit (exit code 1 beyond it): the median with a million within 15 % or 20 ms of that with a thousand.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher
from playwright.async_api import Browser, async_playwright

from contact_stores import sqlite_store
from ringcard.people.model import Role
from ringcard.people.passwords import Passwords
from ringcard.people.signin import SignIn
from ringcard.people.store import EmployeeStore
from ringcard.storage import open_engine
from start import answers, free_port

CHROMIUM = "/usr/bin/chromium"
PAGES = ("/", "/contacts")
MEASURED = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const asked = performance.getEntriesByType("resource").filter((each) => each.name.includes("/api/"));
  return [paint.startTime, Math.max(0, ...asked.map((each) => each.responseEnd))];
}"""


@dataclass
class Site:
    """A server on a copy of a store."""

    count: int
    port: int
    cookie: str
    process: subprocess.Popen[bytes]
    took: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    health_ms: list[float] = field(default_factory=list)


async def signed_in(path: Path) -> str:
    engine = open_engine(f"sqlite:///{path}")
    people, passwords = EmployeeStore(engine), Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    await people.add("bench", "Anna Bench", Role.ADMIN, password_hash=await passwords.hashed("benchmark"))
    session = await SignIn(engine, people, passwords).sign_in("bench", "benchmark", "127.0.0.1")
    await engine.dispose()
    return session.token


async def served(folder: Path, keep: Path, count: int) -> Site:
    data = folder / str(count)
    data.mkdir(mode=0o700)
    source = await asyncio.to_thread(sqlite_store, keep, count)
    with sqlite3.connect(source) as there, sqlite3.connect(data / "ringcard.db") as here:
        there.backup(here)
    cookie, port = await signed_in(data / "ringcard.db"), free_port()
    config = folder / f"{count}.toml"
    config.write_text(f'server.port = {port}\nstore.directory = "{data}"\nlog.level = "warning"\n')
    code = "from ringcard.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, "serve", "--config", str(config)])
    while not await asyncio.to_thread(answers, port):
        await asyncio.sleep(0.1)
    return Site(count, port, cookie, process)


async def opened(browser: Browser, site: Site, path: str) -> tuple[float, float]:
    """Milliseconds from the navigation's start."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    url = f"http://127.0.0.1:{site.port}"
    await context.add_cookies([{"name": "ringcard_session", "value": site.cookie, "url": url}])
    page = await context.new_page()
    await page.goto(url + path, wait_until="networkidle")
    paint, answered = await page.evaluate(MEASURED)
    await context.close()
    return paint, answered


async def measure(keep: Path, sizes: list[int], loads: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as name:
        sites = [await served(Path(name), keep, count) for count in sizes]
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                for turn in range(loads + 1):
                    for site in sites:
                        began = time.perf_counter()
                        await asyncio.to_thread(answers, site.port)
                        site.health_ms.append((time.perf_counter() - began) * 1000)
                        for path in PAGES:
                            took = await opened(browser, site, path)
                            if turn:
                                site.took.setdefault(path, []).append(took)
                await browser.close()
        finally:
            for site in sites:
                site.process.terminate()
                site.process.wait(30)
    print("| page | contacts | first paint p50 | slowest | answers complete p50 | /healthz p50 |")
    print("|---|---|---|---|---|---|")
    met = True
    for path in PAGES:
        medians: list[float] = []
        for site in sites:
            paints, complete = zip(*site.took[path], strict=True)
            medians.append(statistics.median(paints))
            print(
                f"| {path} | {site.count:,} | {medians[-1]:.0f} ms | {max(paints):.0f} ms "
                f"| {statistics.median(complete):.0f} ms | {statistics.median(site.health_ms):.1f} ms |"
            )
        met = met and medians[-1] <= max(medians[0] * 1.15, medians[0] + 20)
    return met


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--contacts", type=int, nargs=2, default=[1_000, 1_000_000])
    arguments.add_argument("--keep", type=Path, help="a folder for the stores, to be used again")
    arguments.add_argument("--loads", type=int, default=15)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as folder:
        keep = given.keep or Path(folder)
        keep.mkdir(parents=True, exist_ok=True)
        met = asyncio.run(measure(keep, given.contacts, given.loads))
    print(f"as fast with the most as with the fewest: {'yes' if met else 'NO'}")
    sys.exit(not met)


if __name__ == "__main__":
    main()
