"""Calls from pages of another site: the one line in them, and the SDK; and what such a page may not do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from foreign import NATIONAL, ForeignSite, foreign_site, lets_in_and_dials
from lab.system import Lab
from office import CUSTOMER, CUSTOMER_NAME, DIRECT_101, OTHER_CUSTOMER, OTHER_CUSTOMER_NAME, Office, Screen, Server
from playwright.async_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NEVER_MS = 1_500
"""How long is waited for what must not happen: a call reaches the phone in a tenth of it."""


def page_with(server: Server, body: str) -> str:
    return f"""<!doctype html><meta charset="utf-8"><title>A CRM</title>
<script src="{server.address}/embed.js" async></script><body>{body}</body>"""


@pytest.fixture
def crm() -> Iterator[ForeignSite]:
    with foreign_site() as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def visited(
    lab22: Lab, browser: Browser, furnished: Path, tmp_path: Path, crm: ForeignSite
) -> AsyncIterator[Office]:
    """A ringcard that lets pages of the CRM in, and dials as the lab's trunk wants it."""
    await lab22.is_quiet()
    server = Server(tmp_path, lab22.ami)
    server.configure(furnished)
    lets_in_and_dials(server, crm.origin)
    await server.start()
    office = Office(server, browser)
    try:
        yield office
    finally:
        await office.close()
        server.stop()
        await lab22.end_all_calls()


async def opened_by(context: BrowserContext, page: Page, clicks: str) -> Page:
    """The window that opens when this is clicked."""
    async with context.expect_page() as opening:
        await page.locator(clicks).click()
    return await opening.value


async def token_of(screen: Screen, *scopes: str) -> str:
    csrf = (await screen.says("/session"))["csrf_token"]
    answer = await screen.page.context.request.post(
        f"{screen.address}/api/v1/tokens",
        data={"name": "CRM", "scopes": list(scopes)},
        headers={"X-CSRF-Token": csrf},
    )
    assert answer.status == 201, await answer.text()
    secret: str = (await answer.json())["secret"]
    return secret


async def no_phone_rings(lab22: Lab, page: Page) -> None:
    await page.wait_for_timeout(NEVER_MS)
    await lab22.is_quiet()


class TestOneLine:
    async def test_a_click_asks_in_our_own_window_and_then_both_phones_ring(
        self, visited: Office, lab22: Lab, tmp_path: Path
    ) -> None:
        anna = await visited.employee("anna")
        with foreign_site() as stranger:
            stranger.pages["/"] = page_with(
                visited.server, f'<span data-ringcard-dial="{OTHER_CUSTOMER}">call Oliver</span>'
            )
            context = anna.page.context
            page = await context.new_page()
            await page.goto(stranger.origin)
            await page.locator("[role=button]").wait_for()
            window = await opened_by(context, page, "[data-ringcard-dial]")
            await expect(window.get_by_role("heading", level=1)).to_have_text("+7 495 765 43 21")
            await expect(window.get_by_text(OTHER_CUSTOMER_NAME)).to_be_visible()
            await expect(window.get_by_text(f"Asked for by a page of {stranger.origin[7:]}.")).to_be_visible()
            await window.get_by_role("button", name="Call", exact=True).click()
            await expect(window.get_by_role("status")).to_contain_text("Pick up phone 101")
            phone, customer = lab22.phone("101"), lab22.outsider(NATIONAL)
            await phone.rings()
            await phone.answers()
            await customer.rings()
            await expect(anna.title).to_have_text(OTHER_CUSTOMER_NAME)
            await phone.hangs_up()

    async def test_what_a_page_does_by_itself_only_ever_asks(self, visited: Office, lab22: Lab) -> None:
        anna = await visited.employee("anna")
        context = anna.page.context
        number = OTHER_CUSTOMER.replace("+", "%2B")
        with foreign_site() as stranger:
            stranger.pages["/"] = page_with(
                visited.server,
                f"""<b data-ringcard-dial="{OTHER_CUSTOMER}">7</b><button id="open">play</button><script>
                const press = () => document.querySelector('b').click();
                setInterval(press, 50);
                document.querySelector('#open').onclick = () => {{
                  const opened = window.open('{visited.server.address}/embed/dial.html#number={number}');
                  setInterval(() => opened.postMessage({{type: 'ringcard.dial', number: '{OTHER_CUSTOMER}'}}, '*'), 50);
                }};
                </script>""",
            )
            page = await context.new_page()
            await page.goto(stranger.origin)
            await page.locator("[role=button]").wait_for()
            before = len(context.pages)
            await page.wait_for_timeout(500)
            assert len(context.pages) == before, "a script's own click opens nothing"
            window = await opened_by(context, page, "#open")
            await expect(window.get_by_role("button", name="Call", exact=True)).to_be_enabled()
            await no_phone_rings(lab22, window)
            assert await anna.calls() == []

    async def test_a_double_click_that_opens_the_window_under_the_pointer_does_not_call(
        self, visited: Office, lab22: Lab, crm: ForeignSite
    ) -> None:
        anna = await visited.employee("anna")
        page = await anna.page.context.new_page()
        await page.goto(f"{visited.server.address}/embed/dial.html#number={OTHER_CUSTOMER.replace('+', '%2B')}")
        call = page.get_by_role("button", name="Call", exact=True)
        await call.wait_for()
        assert await call.is_disabled()
        await call.dispatch_event("click")
        await no_phone_rings(lab22, page)
        await call.dispatch_event("click")  # enabled by now, but nobody's
        await no_phone_rings(lab22, page)

    async def test_a_site_that_the_administrator_allowed_is_not_asked_about(
        self, visited: Office, lab22: Lab, crm: ForeignSite
    ) -> None:
        anna = await visited.employee("anna")
        crm.pages["/"] = page_with(
            visited.server,
            f"""<button data-ringcard-dial="{OTHER_CUSTOMER}">call Oliver</button><output></output>
            <script>addEventListener('ringcard:dialled', (event) => {{
              document.querySelector('output').textContent = event.detail.number;
            }});</script>""",
        )
        context = anna.page.context
        page = await context.new_page()
        await page.goto(crm.origin, wait_until="networkidle")
        window = await opened_by(context, page, "button")
        await expect(window.get_by_role("status")).to_contain_text("Pick up phone 101")
        await lab22.phone("101").rings()
        await expect(page.locator("output")).to_have_text(OTHER_CUSTOMER)
        await lab22.phone("101").rejects()
        said = window.get_by_role("status")
        await expect(said).to_have_attribute("data-kind", "failed")
        await expect(said).to_have_text(re.compile("declined|did not answer"))

    async def test_what_may_not_be_dialled_has_no_button(self, visited: Office) -> None:
        anna = await visited.employee("anna")
        page = await anna.page.context.new_page()
        await page.goto(f"{visited.server.address}/embed/dial.html#number=101")
        await expect(page.get_by_text("This is your own number.")).to_be_visible()
        await expect(page.get_by_role("button", name="Don't call")).to_be_visible()
        assert await page.get_by_role("button", name="Call", exact=True).count() == 0

    async def test_nobody_signed_in_is_told_so(self, visited: Office) -> None:
        nobody = await visited.somebody("ru-RU", "dark")
        await nobody.page.goto(f"{visited.server.address}/embed/dial.html#number=%2B74957654321")
        await expect(nobody.page.get_by_role("status")).to_contain_text("никто не вошёл")
        await expect(nobody.page.get_by_role("link", name="Войти")).to_be_visible()


SDK_PAGE = """<!doctype html><meta charset="utf-8"><title>A CRM</title>
<a href="tel:{number}">call Oliver</a><p id="state">no</p><ol></ol>
<script type="module">
  import {{ connect }} from '{server}/sdk/index.js';
  const list = document.querySelector('ol');
  const say = (text) => list.append(Object.assign(document.createElement('li'), {{ textContent: text }}));
  try {{
    const ringcard = await connect({{ server: '{server}', token: '{token}' }});
    for (const name of ['ring', 'dial', 'answer', 'end'])
      ringcard.on(name, (call) => say(`${{name}} ${{call.contact?.name ?? call.party.number}} ${{call.state}}`));
    ringcard.onClickToDial();
    window.ringcard = ringcard;
    document.querySelector('#state').textContent = ringcard.me.name;
  }} catch (error) {{
    document.querySelector('#state').textContent = error.id;
  }}
</script>"""


class TestSdk:
    async def test_an_allowed_page_hears_calls_dials_finds_and_writes(
        self, visited: Office, lab22: Lab, crm: ForeignSite
    ) -> None:
        anna = await visited.employee("anna")
        token = await token_of(anna, "calls.make", "calls.read", "contacts.read", "contacts.write")
        crm.pages["/"] = SDK_PAGE.format(server=visited.server.address, token=token, number=OTHER_CUSTOMER)
        page = (await visited.somebody()).page
        await page.goto(crm.origin)
        await expect(page.locator("#state")).to_have_text("Anna Sokolova")
        told = page.locator("li")

        customer, phone = lab22.caller(CUSTOMER), lab22.phone("101")
        await customer.dials(DIRECT_101)
        await phone.rings()
        await expect(told).to_have_text([f"ring {CUSTOMER_NAME} ringing"])
        await phone.answers()
        await expect(told.nth(1)).to_have_text(f"answer {CUSTOMER_NAME} active")
        written = await page.evaluate("() => ringcard.saveLog({callId: ringcard.calls()[0].callId, text: 'Rang.'})")
        await customer.hangs_up()
        await expect(told.nth(2)).to_have_text(f"end {CUSTOMER_NAME} ended")
        card = (await anna.says(f"/contacts?number={CUSTOMER.replace('+', '%2B')}"))["items"][0]
        assert [(note["note_id"], note["text"]) for note in card["notes"]] == [(written["noteId"], "Rang.")]

        async with page.context.expect_page() as opening:
            found = await page.evaluate("() => ringcard.searchAndScreenPop('oliver')")
        assert [each["name"] for each in found] == [OTHER_CUSTOMER_NAME]
        shown = await opening.value
        assert shown.url == f"{visited.server.address}/contacts/{found[0]['contactId']}"

        await phone.is_idle()
        await page.get_by_role("link", name="call Oliver").dblclick()
        await phone.rings()
        await expect(told.nth(3)).to_have_text(f"dial {OTHER_CUSTOMER_NAME} active")
        await phone.answers()
        await lab22.outsider(NATIONAL).rings()
        assert len(await anna.calls()) == 2, "a double click is one call"
        await phone.hangs_up()

    async def test_a_page_of_a_site_that_is_not_allowed_gets_nowhere_with_the_same_token(
        self, visited: Office, lab22: Lab
    ) -> None:
        anna = await visited.employee("anna")
        token = await token_of(anna, "calls.make", "calls.read")
        with foreign_site() as stranger:
            stranger.pages["/"] = SDK_PAGE.format(server=visited.server.address, token=token, number=OTHER_CUSTOMER)
            page = (await visited.somebody()).page
            await page.goto(stranger.origin)
            await expect(page.locator("#state")).to_have_text("unreachable")

    async def test_a_foreign_page_cannot_dial_with_the_cookies_of_whoever_is_signed_in(
        self, visited: Office, lab22: Lab, crm: ForeignSite
    ) -> None:
        """Cookies do not know ports: to the browser this page is of the same site."""
        anna = await visited.employee("anna")
        csrf = (await anna.says("/session"))["csrf_token"]
        page = await anna.page.context.new_page()
        with foreign_site() as stranger:
            for site in (stranger, crm):
                site.pages["/"] = "<!doctype html><title>Prizes</title>"
                await page.goto(site.origin)
                answers = await page.evaluate(
                    """async ([server, number, csrf]) => {
                      const body = JSON.stringify({number});
                      const post = (type, headers) => fetch(`${server}/api/v1/calls`, {
                        method: 'POST', credentials: 'include', body,
                        mode: headers ? 'cors' : 'no-cors', headers: {'Content-Type': type, ...headers},
                      }).then((answer) => answer.status, () => 'refused');
                      const live = new Promise((resolve) => {
                        const socket = new WebSocket(`${server.replace('http', 'ws')}/api/v1/live`);
                        socket.onmessage = () => resolve('heard');
                        socket.onclose = () => resolve('refused');
                      });
                      return [
                        await post('application/json', {'X-CSRF-Token': csrf}),
                        await post('application/json', {}),
                        await post('text/plain', null),
                        await live,
                      ];
                    }""",
                    [visited.server.address, OTHER_CUSTOMER, csrf],
                )
                # A `no-cors` answer cannot be read: its status is 0, whatever it is.
                assert [each if each != 0 else "refused" for each in answers] == ["refused"] * 4
        await no_phone_rings(lab22, page)
        assert await anna.calls() == []
