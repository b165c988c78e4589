"""What a panel of phones costs the browser: from a change in Asterisk to the repaint, and the frames a second of 2,000.

    python benchmarks/state_to_paint.py [--changes 200] [--seconds 15] [--devices 2000]

1. A lab's Asterisk 22 with PJSIP phones, `ringcard serve`, the team page in chromium at 1440 × 900. Phones go off hook
   and back by turns. A time begins with Asterisk's own stamp of `DeviceStateChange` (`timestampevents`) and ends two
   animation frames after the row has changed, by the browser's clock, which is this machine's too. The floor, from the
   same changes: until a bare AMI client has read the event.
2. `state_panel.py --serve`: 2,000 phones of the simulated PBX that change 200 times a second, the same page. Counted in
   the page: animation frames a second, the longest wait for one, rows that changed. Beside it the floor: the same
   chromium on an empty page.

Limits (exit code 1 beyond them): p99 150 ms from the change to the repaint, 50 frames a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from chromium import CHROMIUM, FLAGS  # noqa: E402
from lab.asterisk import AmiAddress  # noqa: E402
from lab.system import Lab  # noqa: E402
from office import Office, Server, furnish  # noqa: E402
from playwright.async_api import Browser, Page, async_playwright  # noqa: E402

LIMIT_MS = 150.0
LEAST_FRAMES = 50.0
PHONES = ("104", "105", "107", "108", "109")
OFF_HOOK_S = 0.12
SHOWN_AS = {"INUSE": "busy", "NOT_INUSE": "idle", "RINGING": "ringing", "RINGINUSE": "ringing"}

PAINTS = """() => {
  window.paints = [];
  const phone = (row) => row.querySelector('[role=cell]:nth-child(3)')?.textContent.match(/\\d{3,}/)?.[0];
  new MutationObserver((changes) => {
    const rows = changes.map(({ target }) => [phone(target), target.dataset.state]);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const at = performance.timeOrigin + performance.now();
      for (const [device, state] of rows) window.paints.push([device, state, at]);
    }));
  }).observe(document.querySelector('[role=table]'), { subtree: true, attributeFilter: ['data-state'] });
}"""

FRAMES = """(ms) => new Promise((resolve) => {
  let changed = 0;
  const watcher = new MutationObserver((changes) => (changed += changes.length));
  watcher.observe(document.body, { subtree: true, attributeFilter: ['data-state'] });
  const began = performance.now();
  const frames = [];
  const frame = () => {
    frames.push(performance.now());
    if (performance.now() - began < ms) return requestAnimationFrame(frame);
    watcher.disconnect();
    const waits = frames.slice(1).map((at, place) => at - frames[place]).sort((a, b) => a - b);
    const took = (frames.at(-1) - frames[0]) / 1000;
    resolve([waits.length / took, waits[Math.floor(waits.length * 0.99)], waits.at(-1), changed]);
  };
  requestAnimationFrame(frame);
})"""


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


Told = dict[tuple[str, str], list[tuple[float, float]]]
"""By phone and state: when Asterisk stamped it, and when it was read; in ms."""


async def listens(address: AmiAddress, told: Told, ready: asyncio.Event) -> None:
    """A bare AMI client."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    login = f"Action: Login\r\nUsername: {address.user}\r\nSecret: {address.secret}\r\nEvents: call\r\n\r\n"
    writer.write(login.encode())
    try:
        while True:
            block = await reader.readuntil(b"\r\n\r\n")
            read_ms = time.time() * 1000
            lines = (line.partition(": ") for line in block.decode().splitlines())
            headers = {name: value for name, _, value in lines}
            if "Authentication accepted" in headers.get("Message", ""):
                ready.set()
            if headers.get("Event") == "DeviceStateChange" and headers["State"] in SHOWN_AS:
                key = headers["Device"].rpartition("/")[2], SHOWN_AS[headers["State"]]
                told[key].append((float(headers["Timestamp"]) * 1000, read_ms))
    finally:
        writer.close()


async def repaints(browser: Browser, changes: int) -> bool:
    """Prints the rows of the first table. Returns whether the limit is met."""
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as temporary, Lab("22") as lab:
        folder = Path(temporary)
        await furnish(folder / "furnished")
        server = Server(folder, lab.ami)
        server.configure(folder / "furnished")
        await server.start()
        told: Told = defaultdict(list)
        ready = asyncio.Event()
        listening = asyncio.create_task(listens(lab.ami, told, ready))
        office = Office(server, browser)
        try:
            await ready.wait()
            galina = await office.employee("galina")
            await galina.opens("/team")
            await galina.page.get_by_role("row").nth(len(PHONES)).wait_for()
            await galina.page.evaluate(PAINTS)
            for number in range(changes // 2):
                phone = lab.phone(PHONES[number % len(PHONES)])
                await phone.dials("900")
                await phone.talks()
                await asyncio.sleep(OFF_HOOK_S)
                await phone.hangs_up()
                await asyncio.sleep(OFF_HOOK_S)
            await asyncio.sleep(1.0)
            painted: dict[tuple[str, str], list[float]] = defaultdict(list)
            for device, state, at_ms in await galina.page.evaluate("() => window.paints"):
                painted[device, state].append(at_ms)
        finally:
            listening.cancel()
            await office.close()
            server.stop()
    ms: list[float] = []
    floor: list[float] = []
    missing = 0
    for key, stamps in told.items():
        if key[0] not in PHONES:
            continue
        seen = painted[key]
        missing += abs(len(stamps) - len(seen))
        if len(stamps) == len(seen):
            ms += [at - stamp for (stamp, _), at in zip(stamps, seen, strict=True)]
            floor += [read - stamp for stamp, read in stamps]
    print("| what | changes | p50 ms | p95 ms | p99 ms | max ms | not paired |\n|---|---|---|---|---|---|---|")
    for what, values in (("read by a bare AMI client (floor)", floor), ("repainted in chromium", ms)):
        shares = " | ".join(f"{percentile(values, share):.1f}" for share in (0.5, 0.95, 0.99, 1.0))
        print(f"| {what} | {len(values)} | {shares} | {missing} |", flush=True)
    return len(ms) >= changes * 0.8 and percentile(ms, 0.99) <= LIMIT_MS


async def frames_of(page: Page, seconds: float) -> tuple[float, float, float, int]:
    fps, p99_ms, longest_ms, changed = await page.evaluate(FRAMES, seconds * 1000)
    return fps, p99_ms, longest_ms, changed


async def smoothness(browser: Browser, seconds: float, devices: int, rate: float) -> bool:
    """Prints the rows of the second table. Returns whether the limit is met."""
    program = str(Path(__file__).with_name("state_panel.py"))
    command = [sys.executable, program, "--serve", "--devices", str(devices), "--changes", f"{rate:g}"]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert serving.stdout is not None
        said = json.loads(await asyncio.to_thread(serving.stdout.readline))
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        cookie = {"name": "ringcard_session", "value": said["cookie"], "url": said["address"]}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        await page.goto("about:blank")
        empty = await frames_of(page, min(seconds, 5.0))
        await page.goto(said["address"] + "/team")
        await page.get_by_role("row").nth(10).wait_for()
        await asyncio.sleep(2.0)
        panel = await frames_of(page, seconds)
        await context.close()
    finally:
        os.killpg(serving.pid, signal.SIGTERM)  # with the PBX and the server that it started
        serving.wait(30)
    print(
        "\n| page | frames/s | p99 between two ms | longest ms | rows in sight that changed/s |\n|---|---|---|---|---|"
    )
    shape = f"{devices:,} phones, {rate:g} changes/s"
    for what, took, (fps, p99_ms, longest_ms, changed) in (
        ("empty (floor)", min(seconds, 5.0), empty),
        (shape, seconds, panel),
    ):
        print(f"| {what} | {fps:.1f} | {p99_ms:.1f} | {longest_ms:.1f} | {changed / took:.1f} |", flush=True)
    return panel[0] >= LEAST_FRAMES and panel[3] > 0


async def main(options: argparse.Namespace) -> int:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        quick = await repaints(browser, options.changes)
        smooth = await smoothness(browser, options.seconds, options.devices, options.rate)
        await browser.close()
    return int(not (quick and smooth))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="From a phone's change to the repaint, and frames a second.")
    arguments.add_argument("--changes", type=int, default=200, help="of phones of the real Asterisk")
    arguments.add_argument("--seconds", type=float, default=15.0, help="how long frames are counted: a whole turn")
    arguments.add_argument("--devices", type=int, default=2000)
    arguments.add_argument("--rate", type=float, default=200.0, help="changes a second of the simulated PBX")
    sys.exit(asyncio.run(main(arguments.parse_args())))
