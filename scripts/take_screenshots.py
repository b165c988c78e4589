"""Takes the pictures of docs/images from a running demo: `python scripts/take_screenshots.py`.

Needs what `make test` needs: a built front end, Playwright's package, a chromium (CHROMIUM, default /usr/bin/chromium).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE: ViewportSize = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
UNTIL_IT_RINGS_MS = 90_000
RINGING = {"en": "Ringing", "ru": "Звонит"}


def sign_in(page: Page, address: str) -> None:
    """As the demo's employee, who has a phone."""
    page.goto(address)
    page.locator("input").first.fill("employee")
    page.locator("input[type=password]").fill("demo")
    page.keyboard.press("Enter")


def main() -> None:
    """Both languages, while a known customer rings."""
    IMAGES.mkdir(exist_ok=True)
    command = Path(sys.executable).with_name("ringcard")
    for language in ("en", "ru"):
        demo = subprocess.Popen(
            [command, "demo", "--port", "0"],
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
                context = browser.new_context(
                    viewport=SIZE,
                    locale={"en": "en-GB", "ru": "ru-RU"}[language],
                    color_scheme="light" if language == "en" else "dark",
                )
                page = context.new_page()
                sign_in(page, address)
                # Exactly: a colleague who "звонит" is no ringing phone.
                ringing = page.get_by_text(RINGING[language], exact=True).first
                expect(ringing).to_be_visible(timeout=UNTIL_IT_RINGS_MS)
                page.wait_for_timeout(1_500)
                page.screenshot(path=IMAGES / ("desk-ringing.png" if language == "en" else "desk-ringing-ru.png"))
                browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=30)


if __name__ == "__main__":
    main()
