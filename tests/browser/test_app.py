"""The frame itself, over the front end's own server of invented calls: no PBX, no ringcard, quick.

What the browser keeps and how it updates: docs/adr/0013-the-frame.md.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from invented import FakeOffice, opened
from playwright.async_api import Browser, Locator, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, tmp_path: Path) -> AsyncIterator[FakeOffice]:
    async with opened(browser, tmp_path) as office:
        yield office


async def has_service_worker(page: Page) -> None:
    """It has fetched everything, and runs."""
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    await page.reload()
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    await page.locator("h1").first.wait_for()


async def test_without_a_line_it_shows_what_it_knows_and_how_old_and_comes_back(office: FakeOffice) -> None:
    page = await office.page("known-ringing")
    await page.goto(office.address)
    await has_service_worker(page)
    await expect(page.get_by_role("article")).to_contain_text("Анна Петрова")
    office.stop()
    banner = page.get_by_role("status").filter(has_text="no connection to the server")
    await expect(banner).to_contain_text("As of")
    await expect(page.get_by_role("article")).to_contain_text("Анна Петрова")
    await page.get_by_role("link", name="Settings").click()  # a page that was never opened before
    await page.get_by_role("link", name="Your screen").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your screen")

    await page.goto(f"{office.address}/contacts")
    await expect(page.get_by_role("heading", level=1)).to_have_text("No connection to the server")
    await expect(page.get_by_label("Password")).to_have_count(0)
    office.start()
    await page.get_by_role("button", name="Connect now").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cards")


async def test_the_browser_keeps_nothing_about_people(office: FakeOffice) -> None:
    page = await office.page("known-ringing")
    await page.goto(office.address)
    await has_service_worker(page)
    await expect(page.get_by_role("article")).to_contain_text("Анна Петрова")
    for path in ("/calls", "/contacts", "/contacts/k-anna", "/team"):
        await page.goto(office.address + path)
        await expect(page.get_by_role("main")).not_to_be_empty()
    kept: dict[str, Any] = await page.evaluate(
        """async () => {
          const kept = { caches: {}, local: { ...localStorage }, session: { ...sessionStorage } };
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys())
              if (!/\\.(woff2|js|css)$/.test(request.url))
                kept.caches[new URL(request.url).pathname] = await (await cache.match(request)).text();
              else kept.caches[new URL(request.url).pathname] = '';
          }
          kept.databases = await indexedDB.databases();
          return kept;
        }"""
    )
    assert "/" in kept["caches"]
    assert not [path for path in kept["caches"] if path.startswith("/api")]
    assert kept["databases"] == []
    text = json.dumps(kept, ensure_ascii=False)
    assert "Анна" not in text
    assert "4959195557" not in text


async def test_a_new_version_is_offered_and_taken_when_asked_for(office: FakeOffice) -> None:
    page = await office.page("known-ringing")
    await page.goto(office.address)
    await has_service_worker(page)
    offer = page.get_by_role("button", name="New version: reload")
    await expect(offer).to_have_count(0)

    worker = office.built / "sw.js"
    worker.write_text(worker.read_text().replace("const VERSION = '", "const VERSION = 'newer-"))
    index = office.built / "index.html"
    index.write_text(index.read_text().replace("<title>ringcard", "<title>newer"))
    await page.evaluate("() => navigator.serviceWorker.getRegistration().then((each) => each.update())")
    await expect(offer).to_be_visible()
    await expect(page.get_by_role("article")).to_contain_text("Анна Петрова")  # and nothing happened to the call

    await page.evaluate("() => { window.before = true }")
    await offer.click()
    await page.wait_for_function("() => window.before === undefined")
    await expect(page.get_by_role("article")).to_contain_text("Анна Петрова")
    names: list[str] = await page.evaluate("() => caches.keys()")
    assert len(names) == 2
    assert any("newer-" in name for name in names)
    await expect(offer).to_have_count(0)


async def test_it_can_be_installed(office: FakeOffice) -> None:
    page = await office.page()
    await page.goto(office.address)
    session = await page.context.new_cdp_session(page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [each["errorId"] for each in errors if each["errorId"] != "in-incognito"] == []  # as each test's profile is
    for icon in json.loads(manifest["data"])["icons"]:
        answer = await page.request.get(office.address + icon["src"])
        assert answer.headers["content-type"].startswith("image/"), icon


@pytest.mark.parametrize(("told", "words"), [
    ({"queues": "later", "problem": None}, "its queues are told as soon as it is back"),
    ({"queues": "refused", "problem": "No such queue"}, "queues did not take it: No such queue"),
])  # fmt: skip
async def test_queues_that_do_not_follow_ones_own_state_are_told_of(
    office: FakeOffice, told: dict[str, Any], words: str
) -> None:
    page = await office.page("after-call")
    asked: list[Any] = []

    async def answer(route: Route) -> None:
        asked.append(route.request.post_data_json)
        await route.fulfill(json={"state": "not_ready", **told})

    await page.route("**/api/v1/presence", answer)
    await page.goto(office.address)
    await page.get_by_role("button", name="My state").click()
    await page.get_by_role("button", name="обед").click()
    await expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
    assert asked == [{"state": "not_ready", "reason": "обед"}]


async def test_who_has_no_phone_is_told_so_and_led_to_one(office: FakeOffice) -> None:
    page = await office.page("no-phone")
    await page.goto(office.address)
    await expect(page.get_by_role("heading", name="You have no phone yet")).to_be_visible()
    await expect(page.get_by_role("region", name="Last calls")).to_be_visible()
    await page.get_by_role("link", name="Sign in at a phone").click()
    await expect(page).to_have_url(f"{office.address}/settings/phones")


async def test_of_the_calls_that_last_only_the_one_that_rings_has_the_colour(office: FakeOffice) -> None:
    page = await office.page("no-phone")
    await page.goto(f"{office.address}/calls")
    rings, talks = (page.get_by_role("row").filter(has_text=word).first for word in ("ringing", "talking"))
    calm = page.get_by_role("row").filter(has_not_text="ringing").last

    async def ground(row: Locator) -> str:
        colour: str = await row.get_by_role("cell").first.evaluate("cell => getComputedStyle(cell).backgroundColor")
        return colour

    await expect(rings).to_be_visible()
    assert await ground(talks) == await ground(calm) != await ground(rings)


async def test_on_a_phone_the_last_calls_have_their_whole_numbers(office: FakeOffice) -> None:
    page = await office.page("idle", {"width": 390, "height": 844})
    await page.goto(office.address)
    lines = page.get_by_role("region", name="Your last calls").get_by_role("listitem")
    await expect(lines.first).to_be_visible()
    cut = await lines.locator("small").evaluate_all(
        "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
    )
    assert cut == []
    assert await lines.get_by_role("time").count() == await lines.count()


async def test_on_a_phone_the_teams_states_are_within_the_screen(office: FakeOffice) -> None:
    page = await office.page("idle", {"width": 390, "height": 844})
    await page.goto(f"{office.address}/team")
    board = page.get_by_role("table", name="Team")
    await expect(board.get_by_role("cell", name="free").first).to_be_visible()
    beyond = await board.get_by_role("cell").evaluate_all(
        "cells => cells.filter(each => each.offsetParent !== null && each.getBoundingClientRect().right > innerWidth)"
        ".map(each => each.textContent)"
    )
    assert beyond == []
    assert await board.evaluate("each => each.scrollWidth <= each.clientWidth")
