"""Takes a picture of every page from a running demo: `python scripts/take_page_pictures.py [PARTS_OF_NAMES]`.

Into docs/images/pages, in both languages and both themes, 1440 and 390 px wide; and writes docs/reference/pages.md,
which shows them. WebP, as chromium itself writes it: half of what PNG takes. Which pages there are is read from the
front end's own tables, so a new one needs no word here; `CALLS` adds what the desk asks while a phone rings. Needs what
`make test` needs: a built front end, Playwright's package, a chromium.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from quiet_office import SHARED, STRANGER, QuietOffice
from take_screenshots import FLAGS

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images" / "pages"
PAGE = ROOT / "docs" / "reference" / "pages.md"
SOURCE = ROOT / "frontend" / "src"

LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
THEMES = ("light", "dark")
SIZES: Mapping[str, ViewportSize] = {"": {"width": 1440, "height": 800}, "-390": {"width": 390, "height": 844}}
"""By what a picture's name ends in."""
QUALITY = 88
NAMES = {"/": "desk", "/contacts/$contactId": "card"}
NOT_BY_ADDRESS = ("/contacts/import/$importId", "/settings/$section/{-$item}")
CALLS = {"desk-several-matches": SHARED, "desk-unknown-caller": STRANGER}
"""What the desk shows an employee, by the number that rings: nobody knows yet who of several it is, or who at all."""
SETTLES_MS = 600
MOST_BYTES = 9_000_000


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


def picture(page: Page, name: str) -> None:
    """Once it stands still."""
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    page.wait_for_timeout(SETTLES_MS)
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


def looks(browser: Browser) -> Iterator[tuple[BrowserContext, str]]:
    """A browser profile of each look, and what its pictures' names end in. The narrow one is a phone, without keys."""
    for language, locale in LANGUAGES.items():
        for theme in THEMES:
            for suffix, size in SIZES.items():
                with browser.new_context(
                    viewport=size,
                    locale=locale,
                    color_scheme="dark" if theme == "dark" else "light",
                    reduced_motion="reduce",
                    is_mobile=bool(suffix),
                    has_touch=bool(suffix),
                ) as context:
                    yield context, f"{language}-{theme}{suffix}"


def signed_in(page: Page, login: str) -> None:
    """Through the form that the page shows."""
    page.locator("input").first.fill(login)
    page.locator("input[type=password]").fill("demo")
    page.keyboard.press("Enter")
    page.get_by_role("banner").wait_for()


def shoot_calls(browser: Browser, wanted: Mapping[str, str]) -> None:
    """The employee's desk while it rings; each look has a company of its own, where nobody has called before."""
    for context, look in looks(browser):
        with QuietOffice() as office:
            page = context.new_page()
            page.goto(office.address)
            signed_in(page, "employee")
            for name, number in wanted.items():
                office.calls(number)
                page.get_by_role("article").wait_for()
                picture(page, f"{name}-{look}")
                office.hangs_up()
                page.get_by_role("article").get_by_role("button", name=re.compile("^(Hide|Убрать)")).click()
                page.get_by_role("article").wait_for(state="detached")
            page.close()


def shoot(context: BrowserContext, address: str, wanted: dict[str, str], look: str) -> None:
    """Every page, as the administrator who has just signed in."""
    page = context.new_page()
    page.goto(address)
    page.locator("input[type=password]").wait_for()
    if "sign-in" in wanted:
        picture(page, f"sign-in-{look}")
    signed_in(page, "admin")
    contacts = page.evaluate("async () => (await fetch('/api/v1/contacts')).json()")["items"]
    richest = max(contacts, key=lambda each: len(json.dumps(each)))["contact_id"]
    for name, path in wanted.items():
        if name == "sign-in":
            continue
        page.goto(address + path.replace("$contactId", richest))
        page.get_by_role("banner").wait_for()
        picture(page, f"{name}-{look}")
    page.close()


def document() -> str:
    """docs/reference/pages.md: every page, by its name on the screen."""
    words = json.loads((SOURCE / "i18n" / "en.json").read_text(encoding="utf-8"))["settings"]["sections"]
    titles = {f"settings-{name}": f"Settings: {each['title']}" for name, each in words.items()}
    parts = [
        "# The pages",
        "Every page, in English and Russian, light and dark, from the demo: `python scripts/take_page_pictures.py`.",
    ]
    for name in (*pages(), *CALLS):
        parts.append(f"## {titles.get(name, name.replace('-', ' ').capitalize())}")
        for suffix in SIZES:
            width = ' width="24%"' if suffix else ' width="49%"'
            parts.append(
                "\n".join(
                    f'<img src="../images/pages/{name}-{language}-{theme}{suffix}.webp"{width}'
                    f' alt="{name}, {language}, {theme}{", 390 px" if suffix else ""}">'
                    for language in LANGUAGES
                    for theme in THEMES
                )
            )
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """All of them, or those whose name has one of the arguments in it."""
    IMAGES.mkdir(parents=True, exist_ok=True)

    def asked(names: Mapping[str, str]) -> dict[str, str]:
        parts = sys.argv[1:] or [""]
        return {name: what for name, what in names.items() if any(part in name for part in parts)}

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        if calls := asked(CALLS):
            shoot_calls(browser, calls)
        if wanted := asked(pages()):
            shoot_pages(browser, wanted)
        browser.close()
    PAGE.write_text(document(), encoding="utf-8")
    size = sum(file.stat().st_size for file in IMAGES.glob("*.webp"))
    print(f"{len(list(IMAGES.glob('*.webp')))} pictures, {size / 1e6:.1f} MB")
    if size > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES / 1e6:.0f} MB of pictures: leave some out")


def shoot_pages(browser: Browser, wanted: dict[str, str]) -> None:
    """In a demo, where people call all the time."""
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
        for context, look in looks(browser):
            shoot(context, address, wanted, look)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=30)


if __name__ == "__main__":
    main()
