"""Takes a picture of every situation in every width, theme and language, and asks axe about each.

    npm run build && python dev/look.py [--only NAME] [--looks 1440-light-ru,390-dark-en]

Needs Playwright for Python and a chromium (`CHROMIUM`, default /usr/bin/chromium). The pictures go to `shots/`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

FRONTEND = Path(__file__).parent.parent
SHOTS = FRONTEND / "shots"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HEIGHTS = {1440: 900, 1024: 768, 390: 844}

# Situation, address, what to press before the picture.
PICTURES: list[tuple[str, str, str, list[str]]] = [
    ("idle", "idle", "/", []),
    ("known-ringing", "known-ringing", "/", []),
    ("unknown-ringing", "unknown-ringing", "/", []),
    ("two-ringing-one-held", "two-ringing-one-held", "/", []),
    ("hand-over", "hand-over", "/", []),
    ("packet", "packet", "/", []),
    ("phone-cannot", "phone-cannot", "/", []),
    ("asking-first", "asking-first", "/", []),
    ("came-back", "came-back", "/", []),
    ("handed-over", "handed-over", "/", []),
    ("after-call", "after-call", "/", []),
    ("hand-over-sheet", "active", "/", ["KeyT"]),
    ("hand-over-note", "active", "/", ["KeyT", "Enter"]),
    ("deflect-sheet", "known-ringing", "/", ["KeyD"]),
    ("keypad", "active", "/", ["KeyK", "type:1042"]),
    ("parked", "parked", "/", []),
    ("my-state", "after-call", "/", ["KeyP"]),
    ("reminder", "reminder", "/", []),
    ("missed", "reminder", "/calls?list=missed", []),
    ("supervisor", "supervisor", "/calls?call=live-1", []),
    ("pick-up", "supervisor", "/calls?call=live-2", []),
    ("dock", "known-ringing", "/contacts", []),
    ("slow-source", "slow-source", "/", []),
    ("source-failed", "source-failed", "/", []),
    ("active", "active", "/", []),
    ("colleague", "colleague", "/", []),
    ("withheld", "withheld", "/", []),
    ("over", "over", "/", []),
    ("connection-lost", "connection-lost", "/", []),
    ("pbx-down", "pbx-down", "/", []),
    ("empty", "empty", "/", []),
    ("no-phone", "no-phone", "/", []),
    ("no-phone-calls", "no-phone", "/calls", []),
    ("chooser", "chooser", "/", []),
    ("why", "known-ringing", "/", ["KeyW"]),
    ("keys", "idle", "/", ["Shift+Slash"]),
    ("palette", "known-ringing", "/", ["Control+KeyK"]),
    ("palette-name", "idle", "/", ["Control+KeyK", "type:ан"]),
    ("palette-number", "idle", "/", ["Slash", "type:8 495 919-55-57"]),
    ("calls", "idle", "/calls", []),
    ("call-details", "idle", "/calls?call=h-0", []),
    ("calls-ringing", "known-ringing", "/calls", []),
    ("contacts", "idle", "/contacts", []),
    ("contact", "idle", "/contacts/k-anna", []),
    ("new-contact", "idle", "/contacts/new", []),
    ("team", "idle", "/team", []),
    ("settings", "idle", "/settings", []),
    ("settings-screen", "idle", "/settings/screen", []),
    ("crowd", "crowd", "/team", []),
    ("team-supervisor", "supervisor", "/team", []),
    ("team-cannot", "pbx-cannot", "/team", []),
    ("empty-calls", "empty", "/calls", []),
    ("empty-contacts", "empty", "/contacts", []),
    ("sign-in", "idle", "/", ["sign-out"]),
]


def axe(page: Page) -> list[str]:
    """What axe has against the page, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']} — {node['target']} {node.get('failureSummary', '')[:160]!r}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


def look(
    context: BrowserContext, base: str, name: str, situation: str, path: str, keys: list[str], to: Path
) -> list[str]:
    """One picture. Returns axe's complaints and whatever the page said on its console."""
    host = {"url": base}
    context.clear_cookies()
    context.add_cookies([{"name": "situation", "value": situation, **host}])
    if "sign-out" not in keys:
        context.add_cookies([{"name": "signed_in", "value": "1", **host}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(base + path)
    page.wait_for_selector("h1")
    page.wait_for_timeout(2200 if situation == "connection-lost" else 500)
    for key in keys:
        if key.startswith("type:"):
            page.keyboard.type(key.removeprefix("type:"))
        elif key != "sign-out":
            page.keyboard.press(key)
            page.wait_for_timeout(400)
    page.screenshot(path=to / f"{name}.png")
    wider = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    problems = axe(page)
    if wider > 0:
        problems.append(f"the page is {wider} px wider than the window")
    if situation != "connection-lost" and "sign-out" not in keys:
        problems += said
    page.close()
    return problems


def main() -> int:
    """All pictures; exit code 1 if axe or a page complained."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", help="names with this in them")
    arguments.add_argument("--looks", help="only these, as in 1440-light-ru,390-dark-en")
    options = arguments.parse_args()
    server = subprocess.Popen(
        ["node", str(FRONTEND / "dev" / "fake-server.mjs")],
        env={**os.environ, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    port = server.stdout.readline().rsplit(" ", 1)[-1].strip()
    base = f"http://127.0.0.1:{port}"
    looks = [(w, t, lang) for w in HEIGHTS for t in ("light", "dark") for lang in ("ru", "en")]
    if options.looks:
        looks = [look for look in looks if "-".join(map(str, look)) in options.looks.split(",")]
    complaints: dict[str, list[str]] = {}
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
            )
            for width, theme, language in looks:
                context = browser.new_context(
                    viewport={"width": width, "height": HEIGHTS[width]},
                    locale="ru-RU" if language == "ru" else "en-GB",
                    timezone_id="Europe/Moscow",
                    color_scheme="dark" if theme == "dark" else "light",
                    reduced_motion="reduce",
                    has_touch=width < 720,
                )
                folder = SHOTS / f"{width}-{theme}-{language}"
                folder.mkdir(parents=True, exist_ok=True)
                for name, situation, path, keys in PICTURES:
                    if options.only and options.only not in name:
                        continue
                    problems = look(context, base, name, situation, path, keys, folder)
                    if problems:
                        complaints[f"{folder.name}/{name}"] = problems
                context.close()
            browser.close()
    finally:
        server.terminate()
        server.wait()
    print(json.dumps(complaints, ensure_ascii=False, indent=1))
    print(f"{len(complaints)} pictures with complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
