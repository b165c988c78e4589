"""Draws public/icons from public/mark.svg: `python dev/draw_icons.py`. The pictures are in git, this is how they came.

Needs Playwright for Python and a chromium (`CHROMIUM`, default /usr/bin/chromium).
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

PUBLIC = Path(__file__).parent.parent / "public"
# Name, size in px, the mark's share of it, ground. A maskable icon is cut to a circle of 80 % of its width.
# Source: W3C Web Application Manifest, "Icon masks and safe zone".
ICONS = (
    ("192", 192, 1.0, "transparent"),
    ("512", 512, 1.0, "transparent"),
    ("maskable-512", 512, 0.64, "#ffffff"),
    ("apple-180", 180, 0.8, "#ffffff"),
)


def main() -> None:
    """All of them."""
    mark = (PUBLIC / "mark.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--headless=new"]
        )
        for name, size, share, ground in ICONS:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>body {{ margin: 0; height: 100vh; display: grid; place-items: center; background: {ground} }}"
                f" svg {{ width: {share:.0%} }}</style>{mark}"
            )
            page.screenshot(path=PUBLIC / "icons" / f"{name}.png", omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
