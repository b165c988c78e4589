"""The browser extension in a real chromium, on pages of another site, with a real Asterisk behind it.

The one thing done to the built extension: access to all sites, which its user grants in a window of the browser's own
that no test can press, is granted in the manifest of the copy.

Over 400 lines: all of it is one extension in one browser.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from chromium import CHROMIUM, FLAGS
from foreign import NATIONAL, ForeignSite, foreign_site, lets_in_and_dials
from lab.system import Lab
from office import (
    CUSTOMER,
    CUSTOMER_NAME,
    DIRECT_101,
    LOOK_EVERY_S,
    OTHER_CUSTOMER,
    OTHER_CUSTOMER_NAME,
    Office,
    Screen,
    Server,
)
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
NEVER_MS = 1_500
"""How long is waited for what must not happen."""

PRICES = f"""<!doctype html><meta charset="utf-8"><title>A shop</title>
<p id="text">Call us: 8 (495) 765-43-21, order 1042 of 19.11.2026 for 84 300 rub.</p>
<p id="cut">Or <b>+7 495</b> <i>765-43-21</i></p>
<a id="tel" href="tel:{OTHER_CUSTOMER}">by a link</a> <a id="callto" href="callto:84957654321">by another</a>
<input id="field" value="8 (495) 765-43-21"><div id="editable" contenteditable>8 (495) 765-43-21</div>
<a id="away" href="/elsewhere">8 (495) 765-43-21</a><div id="late"></div>"""


@dataclass
class Extended:
    """A chromium with the extension in it, connected as Anna."""

    office: Office
    anna: Screen
    context: BrowserContext
    id: str
    site: ForeignSite

    async def page(self, body: str = PRICES) -> Page:
        """A page of the foreign site, once its numbers are found."""
        self.site.pages["/"] = body
        page = await self.context.new_page()
        await page.goto(self.site.origin)
        return page

    async def own(self, name: str) -> Page:
        page = await self.context.new_page()
        await page.goto(f"chrome-extension://{self.id}/{name}")
        return page

    async def asks(self, message: dict[str, Any]) -> Any:
        """What the background says to a page of the extension's."""
        page = await self.own("options.html")
        answer = await page.evaluate("(message) => chrome.runtime.sendMessage(message)", message)
        await page.close()
        return answer


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as it is made for Chromium, its user's consent given."""
    folder = tmp_path_factory.mktemp("extension")
    made = subprocess.run(
        ["node", "extension/build.mjs", str(folder / "dist")], cwd=FRONTEND, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    copy = folder / "granted"
    shutil.copytree(folder / "dist" / "chromium", copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["host_permissions"] = manifest.pop("optional_host_permissions")
    (copy / "manifest.json").write_text(json.dumps(manifest))
    return copy


async def options_that_open(context: BrowserContext) -> Page:
    """The settings, which open by themselves after installing; in which tab is the browser's business."""
    async with asyncio.timeout(15):
        while True:
            for page in context.pages:
                if page.url.endswith("/options.html"):
                    return page
            await asyncio.sleep(LOOK_EVERY_S)


@pytest_asyncio.fixture(loop_scope="session")
async def extended(
    lab22: Lab, browser: Browser, furnished: Path, built: Path, tmp_path: Path
) -> AsyncIterator[Extended]:
    await lab22.is_quiet()
    server = Server(tmp_path, lab22.ami)
    server.configure(furnished)
    lets_in_and_dials(server)
    await server.start()
    office = Office(server, browser)
    try:
        anna = await office.employee("anna")
        csrf = (await anna.says("/session"))["csrf_token"]
        made = await anna.page.context.request.post(
            f"{server.address}/api/v1/tokens",
            data={"name": "extension", "scopes": ["calls.make", "calls.read", "contacts.read"]},
            headers={"X-CSRF-Token": csrf},
        )
        token = (await made.json())["secret"]
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=CHROMIUM,
                args=[*FLAGS, f"--disable-extensions-except={built}", f"--load-extension={built}"],
                ignore_default_args=["--disable-extensions"],
                locale="en-GB",
                viewport={"width": 1280, "height": 800},
            )
            worker = context.service_workers[0] if context.service_workers else None
            worker = worker or await context.wait_for_event("serviceworker")
            with foreign_site() as site:
                extended = Extended(office, anna, context, worker.url.split("/")[2], site)
                page = await options_that_open(context)
                await page.locator("#told").filter(has_text="Not connected").wait_for()
                await page.get_by_label("Address of ringcard").fill(server.address)
                await page.get_by_label("Token", exact=True).fill(token)
                await page.get_by_role("button", name="Connect", exact=True).click()
                await expect(page.locator("#told")).to_have_text(
                    "Connected as Anna Sokolova. Phone 101 rings when you dial."
                )
                await page.get_by_label("Numbers without a country code").select_option("RU")
                await page.close()
                yield extended
            await context.close()
    finally:
        await office.close()
        server.stop()
        await lab22.end_all_calls()


async def underlined(page: Page) -> list[str]:
    """The numbers on this page that one can click."""
    found: list[str] = await page.evaluate("() => [...(CSS.highlights.get('ringcard-number') ?? [])].map(String)")
    return found


async def says(page: Page, *words: str) -> None:
    """Wait until one of these is in what lies over the page; its own scripts cannot see that."""
    inside = await page.context.new_cdp_session(page)
    async with asyncio.timeout(10):
        while True:
            tree = json.dumps(await inside.send("DOM.getDocument", {"depth": -1, "pierce": True}), ensure_ascii=False)
            if any(each in tree for each in words):
                return
            await asyncio.sleep(LOOK_EVERY_S)


async def finds(page: Page, *numbers: str) -> None:
    await page.wait_for_function(
        "(wanted) => [...(CSS.highlights.get('ringcard-number') ?? [])].map(String).join('|') === wanted",
        arg="|".join(numbers),
    )


async def place_of(page: Page, text: str) -> tuple[float, float]:
    """The middle of a number that is underlined."""
    x, y = await page.evaluate(
        """(text) => {
          const range = [...CSS.highlights.get('ringcard-number')].find((each) => String(each) === text);
          const {left, top, width, height} = range.getBoundingClientRect();
          return [left + width / 2, top + height / 2];
        }""",
        text,
    )
    return x, y


async def clicks(extended: Extended, page: Page, text: str) -> Page:
    """Click a number in the text; the window that asks."""
    async with extended.context.expect_page() as opening:
        await page.mouse.click(*await place_of(page, text))
    return await opening.value


async def nothing_happens(extended: Extended, lab22: Lab, page: Page, windows: int) -> None:
    await page.wait_for_timeout(NEVER_MS)
    assert len(extended.context.pages) == windows
    await lab22.is_quiet()
    assert await extended.anna.calls() == []


WRITTEN = "8 (495) 765-43-21"
CUT = "+7 495 765-43-21"


class TestDialling:
    async def test_a_click_on_a_foreign_page_rings_both_phones(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page()
        before = await page.locator("body").inner_html()
        await finds(page, WRITTEN, CUT)
        assert await page.locator("body").inner_html() == before, "nothing of the page is touched"
        window = await clicks(extended, page, WRITTEN)
        await expect(window.get_by_role("heading", level=1)).to_have_text("+7 495 765 43 21")
        await expect(window.get_by_text(f"You clicked it on {extended.site.origin[7:]}.")).to_be_visible()
        await expect(window.get_by_text(OTHER_CUSTOMER_NAME)).to_be_visible()
        await lab22.is_quiet()  # It only asks.
        await window.get_by_label("Don't ask again").check()
        await window.get_by_role("button", name="Call", exact=True).click()
        phone, customer = lab22.phone("101"), lab22.outsider(NATIONAL)
        await phone.rings()
        await phone.answers()
        await customer.rings()
        await customer.answers()
        await phone.talks()
        await phone.hangs_up()
        await phone.is_idle()

        # The site is trusted now: a link dials at once.
        await page.bring_to_front()
        await page.locator("#callto").click()
        await phone.rings()
        await phone.rejects()
        await phone.is_idle()
        await says(page, "declined", "did not answer")
        assert await extended.asks({"kind": "sites"}) == {extended.site.origin[7:]: "trusted"}

    async def test_numbers_that_come_later_are_found_and_those_that_go_forgotten(self, extended: Extended) -> None:
        page = await extended.page("<p>None yet</p><div id='late'></div>")
        await page.evaluate("() => { document.querySelector('#late').innerHTML = '<p>+7 926 555 01 01</p>'; }")
        await finds(page, "+7 926 555 01 01")
        await page.evaluate("() => { document.querySelector('#late p').firstChild.data = 'now 8 800 555 35 35'; }")
        await finds(page, "8 800 555 35 35")
        await page.evaluate("() => document.querySelector('#late').replaceChildren()")
        await page.evaluate("() => document.body.append('.')")
        await finds(page)

    async def test_fields_links_and_buttons_are_left_to_the_page(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page()
        await finds(page, WRITTEN, CUT)
        windows = len(extended.context.pages)
        await page.locator("#field").click()
        await page.locator("#editable").click()
        await page.locator("#text").dblclick(position={"x": 5, "y": 5})  # a word is marked, not a number
        await nothing_happens(extended, lab22, page, windows)
        await page.locator("#away").click()
        await page.wait_for_url("**/elsewhere")

    async def test_a_callto_link_asks_too(self, extended: Extended) -> None:
        page = await extended.page()
        await finds(page, WRITTEN, CUT)
        async with extended.context.expect_page() as opening:
            await page.locator("#callto").focus()
            await page.keyboard.press("Enter")
        window = await opening.value
        await expect(window.get_by_role("heading", level=1)).to_have_text(NATIONAL)
        # The window is gone before the click on it has come back.
        async with window.expect_event("close"):
            await window.evaluate("() => setTimeout(() => document.querySelector('.asking-cancel').click(), 0)")

    async def test_what_speaks_against_a_call_is_asked_about_on_a_trusted_site_too(
        self, extended: Extended, lab22: Lab
    ) -> None:
        page = await extended.page("<a href='tel:101'>myself</a>")
        await extended.asks({"kind": "site", "host": extended.site.origin[7:], "how": "trusted"})
        await page.bring_to_front()
        async with extended.context.expect_page() as opening:
            await page.get_by_text("myself").click()
        window = await opening.value
        await expect(window.get_by_text("This is your own number.")).to_be_visible()
        assert await window.get_by_role("button", name="Call", exact=True).count() == 0
        await lab22.is_quiet()


class TestAPageThatWantsToDial:
    async def test_gets_nowhere_by_clicks_of_its_own(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page()
        await finds(page, WRITTEN, CUT)
        host = extended.site.origin[7:]
        await extended.asks({"kind": "site", "host": host, "how": "trusted"})
        windows = len(extended.context.pages)
        x, y = await place_of(page, WRITTEN)
        await page.evaluate(
            """([x, y]) => {
              const event = (name) => new MouseEvent(name, {
                bubbles: true, cancelable: true, composed: true, view: window, detail: 1, button: 0,
                clientX: x, clientY: y,
              });
              const text = document.querySelector('#text');
              for (const name of ['mousedown', 'mouseup', 'click']) text.dispatchEvent(event(name));
              const link = document.querySelector('#tel');
              link.addEventListener('click', (event) => event.preventDefault());
              link.dispatchEvent(event('click'));
              link.click();
            }""",
            [x, y],
        )
        await nothing_happens(extended, lab22, page, windows)

    async def test_gets_nowhere_by_messages(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page()
        await finds(page, WRITTEN, CUT)
        await extended.asks({"kind": "site", "host": extended.site.origin[7:], "how": "trusted"})
        windows = len(extended.context.pages)
        said = await page.evaluate(
            """async ([id, number]) => {
              const message = {kind: 'dial', number};
              for (const target of [window, document]) {
                target.dispatchEvent(new MessageEvent('message', {data: message}));
                target.dispatchEvent(new CustomEvent('dial', {detail: message}));
              }
              window.postMessage(message, '*');
              const page = await fetch(`chrome-extension://${id}/call.html`).then(() => 'read', () => 'refused');
              const frame = document.createElement('iframe');
              frame.src = `chrome-extension://${id}/call.html#x`;
              document.body.append(frame);
              let spoke = 'cannot';
              try { await chrome.runtime.sendMessage(id, message); spoke = 'spoke'; } catch {}
              return [page, spoke, document.querySelectorAll('*').length > 0 && 'ringcardIsHere' in window];
            }""",
            [extended.id, OTHER_CUSTOMER],
        )
        assert said == ["refused", "cannot", False]
        await nothing_happens(extended, lab22, page, windows)

    async def test_is_asked_about_when_it_lures_a_click_onto_a_number(self, extended: Extended, lab22: Lab) -> None:
        """The number is invisible and under the pointer: the click is real, and so is the question."""
        page = await extended.page(
            f"<button>Play</button><p id='trap' style='opacity:0.01;position:fixed;top:0;left:0'>{WRITTEN}</p>"
        )
        await finds(page, WRITTEN)
        window = await clicks(extended, page, WRITTEN)
        await expect(window.get_by_role("heading", level=1)).to_have_text("+7 495 765 43 21")
        call = window.get_by_role("button", name="Call", exact=True)
        await call.dispatch_event("click")
        await nothing_happens(extended, lab22, window, len(extended.context.pages))
        # A second one takes its place: a page cannot fill the screen with questions.
        await page.bring_to_front()
        await clicks(extended, page, WRITTEN)
        assert window.is_closed()

    async def test_is_asked_about_though_it_holds_a_trusted_page_in_a_frame(
        self, extended: Extended, lab22: Lab
    ) -> None:
        extended.site.pages["/"] = f"<!doctype html><meta charset='utf-8'><p>{WRITTEN}</p>"
        await extended.asks({"kind": "site", "host": extended.site.origin[7:], "how": "trusted"})
        with foreign_site() as evil:
            evil.pages["/"] = f"<!doctype html><title>Games</title><iframe src='{extended.site.origin}'></iframe>"
            page = await extended.context.new_page()
            await page.goto(evil.origin)
            frame = page.frame_locator("iframe").locator("p")
            await frame.wait_for()
            await page.wait_for_timeout(600)
            async with extended.context.expect_page() as opening:
                await frame.click(position={"x": 40, "y": 8})
            window = await opening.value
            await expect(window.get_by_text(f"You clicked it on {evil.origin[7:]}.")).to_be_visible()
            await nothing_happens(extended, lab22, window, len(extended.context.pages))

    async def test_cannot_smuggle_anything_in_a_link(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page(
            "".join(
                f"<p><a href='tel:{number}' onclick='event.preventDefault()'>link {place}</a></p>"
                for place, number in enumerate(
                    ["javascript:alert(1)", "%00101", "1" * 60, "101,,,#", "+7abc4957654321"]
                )
            )
        )
        await page.wait_for_timeout(300)
        windows = len(extended.context.pages)
        for place in range(5):
            await page.get_by_text(f"link {place}").click()
        await nothing_happens(extended, lab22, page, windows)


class TestSites:
    async def test_one_that_is_switched_off_is_left_alone(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page()
        await finds(page, WRITTEN, CUT)
        host = extended.site.origin[7:]
        await extended.asks({"kind": "site", "host": host, "how": "off"})
        await finds(page)
        windows = len(extended.context.pages)
        await page.locator("#text").click(position={"x": 80, "y": 8})
        again = await extended.page()
        await again.wait_for_timeout(600)
        assert await underlined(again) == []
        await nothing_happens(extended, lab22, again, windows + 1)
        await extended.asks({"kind": "site", "host": host, "how": "ask"})
        await finds(again, WRITTEN, CUT)


CARD = """() => {
  const host = document.querySelector('[popover]:popover-open');
  return host && [host.shadowRoot === null, host.getBoundingClientRect().width > 200, document.body.innerText];
}"""


class TestThePop:
    async def test_is_over_any_tab_while_the_phone_rings_and_hidden_from_the_page(
        self, extended: Extended, lab22: Lab
    ) -> None:
        page = await extended.page()
        await finds(page, WRITTEN, CUT)
        height = await page.evaluate("() => document.documentElement.scrollHeight")
        customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
        await customer.dials(DIRECT_101)
        await phone.rings()
        await page.wait_for_selector("[popover]:popover-open")
        closed, wide, text = await page.evaluate(CARD)
        assert (closed, wide, CUSTOMER_NAME in text) == (True, True, False), "the page cannot read it"
        assert await page.evaluate("() => document.documentElement.scrollHeight") == height
        call_id = (await extended.anna.newest_call())["call_id"]
        await says(page, CUSTOMER_NAME)

        # On the tab that is looked at next, too.
        other = await extended.page("<p>Another page</p>")
        await other.wait_for_selector("[popover]:popover-open")
        await phone.answers()
        await phone.talks()
        await customer.hangs_up()
        await expect(other.locator("[popover]")).to_have_count(0)
        why = await extended.anna.says(f"/calls/{call_id}/why")
        sessions = {each["session"] for pop in why["pops"] for each in pop["shown"]}
        assert any(each.startswith("token:") for each in sessions), "the extension said that it was painted"

    async def test_a_site_that_is_off_shows_none(self, extended: Extended, lab22: Lab) -> None:
        page = await extended.page()
        await extended.asks({"kind": "site", "host": extended.site.origin[7:], "how": "off"})
        await page.bring_to_front()
        customer = lab22.caller(CUSTOMER)
        await customer.dials(DIRECT_101)
        await lab22.phone("101").rings()
        await page.wait_for_timeout(NEVER_MS)
        assert await page.locator("[popover]").count() == 0
        await customer.hangs_up()


class TestOptions:
    async def test_what_is_wrong_is_said_in_words_and_what_worked_still_does(self, extended: Extended) -> None:
        page = await extended.own("options.html")
        told, server = page.locator("#told"), page.get_by_label("Address of ringcard")
        connect = page.get_by_role("button", name="Connect", exact=True)
        await page.get_by_label("Token", exact=True).fill("rc_wrong_but_long_enough")
        for address, words in (
            (f"{extended.office.server.address}/desk", "Write the whole address"),
            (extended.site.origin, "There is something else"),
            ("http://127.0.0.1:9", "This server does not answer"),
            (extended.office.server.address, "This token opens nothing"),
        ):
            await server.fill(address)
            await connect.click()
            await expect(told).to_contain_text(words)
        assert (await extended.asks({"kind": "status"}))["state"] == "up"

    async def test_a_content_script_reads_no_token(self, extended: Extended) -> None:
        """A page's process that was taken over has what its content script has, and no more."""
        page = await extended.own("options.html")
        host = extended.site.origin
        kept = await page.evaluate("() => chrome.storage.local.get('token')")
        assert kept["token"].startswith("rc_")
        target = await extended.page()
        await finds(target, WRITTEN, CUT)
        read = await page.evaluate(
            """async (origin) => {
              const [tab] = await chrome.tabs.query({url: `${origin.replace(/:\\d+$/, '')}/*`});
              const [{result}] = await chrome.scripting.executeScript({
                target: {tabId: tab.id},
                func: () => chrome.storage.local.get('token').then(() => 'read', () => 'refused'),
              });
              return result;
            }""",
            host,
        )
        assert read == "refused"


async def test_two_builds_are_the_same_bytes(built: Path, tmp_path: Path) -> None:
    building = await asyncio.create_subprocess_exec("node", "extension/build.mjs", str(tmp_path), cwd=FRONTEND)
    assert await building.wait() == 0
    first = sorted(built.parent.glob("dist/*.zip"))
    assert [path.name.split("-")[1] for path in first] == ["chromium", "firefox"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in sorted(tmp_path.glob("*.zip"))]
