"""The front end over its own server of invented calls (frontend/dev): no PBX, no ringcard, quick."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "src" / "ringcard" / "web" / "static"
FAKE_SERVER = ROOT / "frontend" / "dev" / "fake-server.mjs"


@dataclass
class FakeOffice:
    """The server of invented calls in a process of its own, and the pages that look at it."""

    browser: Browser
    built: Path
    _process: subprocess.Popen[str] | None = None
    port: str = "0"
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Up; the second time at the same address."""
        self._process = subprocess.Popen(
            ["node", str(FAKE_SERVER)],
            env={**os.environ, "PORT": self.port, "BUILT": f"{self.built}/"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = self._process.stdout.readline().rsplit(" ", 1)[-1].strip()

    def stop(self) -> None:
        """The line is away."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    async def page(self, situation: str = "idle", viewport: ViewportSize | None = None, locale: str = "en-GB") -> Page:
        """A fresh browser profile, signed in; nothing is loaded yet."""
        context = await self.browser.new_context(
            viewport=viewport or {"width": 1440, "height": 900}, locale=locale, timezone_id="Europe/Moscow"
        )
        self.contexts.append(context)
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": self.address}
                for name, value in (("situation", situation), ("signed_in", "1"))
            ]
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None
        )
        return page

    async def close(self) -> None:
        """Everything is thrown away."""
        for context in self.contexts:
            await context.close()
        self.stop()


@asynccontextmanager
async def opened(browser: Browser, folder: Path) -> AsyncIterator[FakeOffice]:
    """One over a copy of the built front end, which a test may alter."""
    if not (BUILT / "sw.js").exists():
        pytest.fail(f"{BUILT / 'sw.js'} is missing: `make web` builds the front end")
    shutil.copytree(BUILT, folder / "static")
    office = FakeOffice(browser, folder / "static")
    office.start()
    try:
        yield office
    finally:
        await office.close()
