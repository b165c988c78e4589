"""Takes a picture of every page from a running demo: `python scripts/take_page_pictures.py [PART_OF_A_NAME]`.

Into docs/images/pages, in both languages and both themes, 1440 px wide, those of every day also 390 px; and writes
docs/reference/pages.md, which shows them. Which pages there are is read from the front end's own tables, so a new one
needs no word here. Needs what `make test` needs: a built front end, Playwright's package, a chromium.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright
from take_screenshots import FLAGS

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images" / "pages"
PAGE = ROOT / "docs" / "reference" / "pages.md"
SOURCE = ROOT / "frontend" / "src"

LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
THEMES = ("light", "dark")
NARROW = ("desk", "team")
NAMES = {"/": "desk", "/contacts/$contactId": "card"}
NOT_BY_ADDRESS = ("/contacts/import/$importId", "/settings/$section/{-$item}")
SETTLES_MS = 600
MOST_BYTES = 12_000_000


def pages() -> dict[str, str]:
    """Name to address; `$contactId` is filled in later."""
    router = (SOURCE / "app" / "router.tsx").read_text(encoding="utf-8")
    found = {
        NAMES.get(path, path.strip("/").replace("/", "-").replace("$", "")): path
        for path in re.findall(r"^  path: '([^']+)'", router, re.MULTILINE)
        if path not in NOT_BY_ADDRESS
    }
    sections = (SOURCE / "features" / "settings" / "sections.ts").read_text(encoding="utf-8")
    return (
        {"sign-in": "/"}
        | found
        | {f"settings-{name}": f"/settings/{name}" for name in re.findall(r"section\(\s*'(\w+)'", sections)}
    )


def shoot(context: BrowserContext, address: str, wanted: dict[str, str], language: str, theme: str) -> None:
    """Every page, as the administrator who has just signed in."""
    page = context.new_page()
    page.goto(address)
    page.locator("input[type=password]").wait_for()
    if "sign-in" in wanted:
        page.screenshot(path=IMAGES / f"sign-in-{language}-{theme}.png")
    page.locator("input").first.fill("admin")
    page.locator("input[type=password]").fill("demo")
    page.keyboard.press("Enter")
    page.get_by_role("banner").wait_for()
    contacts = page.evaluate("async () => (await fetch('/api/v1/contacts')).json()")["items"]
    richest = max(contacts, key=lambda each: len(json.dumps(each)))["contact_id"]
    for name, path in wanted.items():
        if name == "sign-in":
            continue
        page.goto(address + path.replace("$contactId", richest))
        page.get_by_role("banner").wait_for()
        page.wait_for_timeout(SETTLES_MS)
        page.screenshot(path=IMAGES / f"{name}-{language}-{theme}.png")
        if name in NARROW:
            page.set_viewport_size({"width": 390, "height": 844})
            page.wait_for_timeout(SETTLES_MS)
            page.screenshot(path=IMAGES / f"{name}-{language}-{theme}-390.png")
            page.set_viewport_size({"width": 1440, "height": 800})
    page.close()


def document() -> str:
    """docs/reference/pages.md: every page, by its name on the screen."""
    words = json.loads((SOURCE / "i18n" / "en.json").read_text(encoding="utf-8"))["settings"]["sections"]
    titles = {f"settings-{name}": f"Settings: {each['title']}" for name, each in words.items()}
    parts = [
        "# The pages",
        "Every page, in English and Russian, light and dark, from the demo: `python scripts/take_page_pictures.py`.",
    ]
    for name in pages():
        parts.append(f"## {titles.get(name, name.replace('-', ' ').capitalize())}")
        for suffix in ("", "-390") if name in NARROW else ("",):
            width = ' width="24%"' if suffix else ' width="49%"'
            parts.append(
                "\n".join(
                    f'<img src="../images/pages/{name}-{language}-{theme}{suffix}.png"{width}'
                    f' alt="{name}, {language}, {theme}{", 390 px" if suffix else ""}">'
                    for language in LANGUAGES
                    for theme in THEMES
                )
            )
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """All of them, or those whose name has the argument in it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    wanted = {name: path for name, path in pages().items() if part in name}
    demo = subprocess.Popen(
        [Path(sys.executable).with_name("ringcard"), "demo", "--port", "0"],
        env={**os.environ, "BROWSER": "none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert demo.stdout is not None
    try:
        address = next(found for line in demo.stdout if (found := re.search(r"http://\S+", line))).group()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
            )
            for language, locale in LANGUAGES.items():
                for theme in THEMES:
                    with browser.new_context(
                        viewport={"width": 1440, "height": 800},
                        locale=locale,
                        color_scheme="dark" if theme == "dark" else "light",
                        reduced_motion="reduce",
                    ) as context:
                        shoot(context, address, wanted, language, theme)
            browser.close()
    finally:
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=30)
    PAGE.write_text(document(), encoding="utf-8")
    size = sum(file.stat().st_size for file in IMAGES.glob("*.png"))
    print(f"{len(list(IMAGES.glob('*.png')))} pictures, {size / 1e6:.1f} MB")
    if size > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES / 1e6:.0f} MB of pictures: leave some out")


if __name__ == "__main__":
    main()
