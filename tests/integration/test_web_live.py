"""The live channel over real sockets: snapshot, numbered frames, resuming, tabs that do not read, odd callers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from web_site import NUMBER, Site, site
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ringcard.calls.causes import Outcome
from ringcard.calls.events import Party

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, module_store_url: str) -> AsyncIterator[Site]:
    async with site(tmp_path_factory.mktemp("site"), store={"url": module_store_url}, live={"frames_kept": 50}) as up:
        yield up


class TestTheSnapshot:
    async def test_it_comes_first_and_has_what_is_so_now(self, here: Site) -> None:
        call = here.calls.starts()
        here.calls.rings(call, "101")
        async with here.browser("anna") as browser, browser.live() as live:
            snapshot = live.first
        here.calls.ends(call, "101")
        assert (snapshot["type"], snapshot["me"]["login"]) == ("snapshot", "anna")
        pop = next(pop for pop in snapshot["pops"] if pop["call_id"] == call)
        assert (pop["state"], pop["device"], pop["caller"]["number"]) == ("ringing", "101", NUMBER)
        assert [each["call_id"] for each in snapshot["calls"]] == [call]

    async def test_an_employee_is_not_told_of_a_colleagues_call_but_a_supervisor_is(self, here: Site) -> None:
        call = here.calls.starts()
        here.calls.rings(call, "102")
        async with here.browser("anna") as anna, here.browser("sup") as sup:
            async with anna.live() as hers, sup.live() as all_of_it:
                seen = hers.first["calls"], [each["call_id"] for each in all_of_it.first["calls"]]
            refused = await anna.get(f"/calls/{call}")
            assert refused.json()["error_id"] == "not_allowed"
            assert (await sup.get(f"/calls/{call}")).json()["employees"] == {"102": "Boris"}
        here.calls.ends(call, "102")
        assert seen == ([], [call])


class TestFrames:
    async def test_a_ring_group_pops_on_both_screens_and_closes_on_the_one_that_lost(self, here: Site) -> None:
        async with (
            here.browser("anna") as anna,
            here.browser("boris") as boris,
            anna.live() as hers,
            boris.live() as his,
        ):
            call = here.calls.starts()
            here.calls.rings(call, "101", "102")
            ringing = [(await screen.until("pop", call_id=call))["pop"] for screen in (hers, his)]
            here.calls.answers(call, "101", "102")
            active = (await hers.until("pop", call_id=call, state="active"))["pop"]
            lost = (await his.until("pop", answered_by={"device": "101", "name": "Anna"}))["pop"]
            here.calls.ends(call, "101", outcome=Outcome.ANSWERED)
            over = (await hers.until("call", call_id=call, ended_by="caller"))["call"]
        assert [pop["state"] for pop in ringing] == ["ringing", "ringing"]
        assert active["revision"] > ringing[0]["revision"]
        assert lost["state"] == "answered_elsewhere"
        assert over["disposition"] == "answered"

    async def test_numbers_count_up_by_one(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            call = here.calls.starts()
            here.calls.rings(call, "101")
            here.calls.ends(call, "101")
            await live.until("call", call_id=call, ended_by="caller")
            numbers = [frame["seq"] for frame in live.frames]
        assert numbers == list(range(live.first["seq"] + 1, live.first["seq"] + 1 + len(numbers)))

    async def test_two_tabs_show_one_pop_and_hiding_it_hides_it_in_both(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as one, browser.live() as two:
            call = here.calls.starts()
            here.calls.rings(call, "101")
            # Of this call: the end of an earlier one may still reach the tab that was there first.
            first = (await one.until("pop", call_id=call))["pop"]
            second = (await two.until("pop", call_id=call))["pop"]
            await one.says(type="hide", pop_id=first["pop_id"])
            gone = await one.until("pop_removed"), await two.until("pop_removed")
            here.calls.ends(call, "101")
        assert first == second
        assert [frame["pop_id"] for frame in gone] == [first["pop_id"]] * 2

    async def test_the_why_tells_when_the_browser_showed_it(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            call = here.calls.starts()
            here.calls.rings(call, "101")
            pop = (await live.until("pop"))["pop"]
            await live.says(
                type="shown", pop_id=pop["pop_id"], revision=pop["revision"], painted_at="2026-11-23T09:00:00.000Z"
            )
            await live.says(type="ping")
            await live.until("pong")
            why = (await browser.get(f"/calls/{call}/why")).json()
            here.calls.ends(call, "101")
        (of_pop,) = why["pops"]
        assert (of_pop["employee"], of_pop["matched_number"]) == ("Anna", NUMBER)
        assert of_pop["sources"][0]["source"] == "own"
        assert 0 <= of_pop["ring_to_sent_ms"] <= of_pop["ring_to_shown_ms"]
        assert of_pop["shown"][0]["painted_at"] == "2026-11-23T09:00:00.000Z"

    async def test_nonsense_from_a_browser_is_ignored(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            for text in ("", "{", "[]", '{"type": 7}', '{"type": "launch"}', '{"type":"hide","pop_id":"no"}'):
                await live.socket.send(text)
            await live.socket.send(b"\xff\x00")
            await live.says(type="ping")
            assert (await live.until("pong"))["type"] == "pong"


class TestUnknownCallers:
    async def test_a_card_saved_from_the_form_is_there_at_once_and_at_the_next_call(self, here: Site) -> None:
        number = "+74957776655"
        async with here.browser("anna") as browser, browser.live() as live:
            call = here.calls.starts(Party(number=number, presented=number))
            here.calls.rings(call, "101")
            assert (await live.until("pop", mark="unknown"))["pop"]["contact"] is None
            answer = await browser.post(
                "/contacts", {"name": "Пётр Новый", "phones": [{"number": "8 (495) 777-66-55"}], "call_id": call}
            )
            assert answer.status_code == 201
            card = answer.json()
            known = (await live.until("pop", mark="known"))["pop"]
            here.calls.ends(call, "101")
            again = here.calls.starts(Party(number=number, presented=number))
            here.calls.rings(again, "101")
            first_frame = (await live.until("pop", call_id=again))["pop"]
            here.calls.ends(again, "101")
            await _kept(here)
            linked = (await browser.get(f"/contacts/{card['contact_id']}/calls")).json()["items"]
            found = (await browser.get("/contacts", number="7 495 7776655")).json()["items"]
            searched = (await browser.get("/contacts", q="novy 777")).json()
            assert [contact["name"] for contact in searched["items"]] == ["Пётр Новый"]
            assert searched["matches"][card["contact_id"]] == [
                {"field": "name", "text": "Пётр Новый", "start": 5, "end": 10},
                {"field": "phone", "text": "8 (495) 777-66-55", "start": 8, "end": 11},
            ]
        assert known["contact"]["name"] == first_frame["contact"]["name"] == "Пётр Новый"
        assert [each["call_id"] for each in linked] == [again, call]
        assert [each["contact_id"] for each in found] == [card["contact_id"]]


ODD = {
    "sql": "Robert'); DROP TABLE contacts;--",
    "html": "<img src=x onerror=alert(1)>",
    "emoji": "Ёлка 🎄 \u202etxt",
    "long": "x" * 300,
    "control": "a\x00b\x1b[31m",
}


class TestOddCallers:
    @pytest.mark.parametrize("name", list(ODD.values()), ids=list(ODD))
    async def test_a_name_goes_through_unharmed(self, here: Site, name: str) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            call = here.calls.starts(Party(number=NUMBER, presented=name, name=name))
            here.calls.rings(call, "101")
            pop = (await live.until("pop", call_id=call))["pop"]
            here.calls.ends(call, "101")
            record = (await browser.get(f"/calls/{call}")).json()
        assert (pop["caller"]["name"], pop["caller"]["presented"]) == (name, name)
        assert record["caller"]["name"] == name

    @pytest.mark.parametrize("presented", [None, "anonymous", ""])
    async def test_no_number_is_a_pop_too(self, here: Site, presented: str | None) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            call = here.calls.starts(Party(presented=presented))
            here.calls.rings(call, "101")
            pop = (await live.until("pop", call_id=call))["pop"]
            here.calls.ends(call, "101")
        assert (pop["caller"]["number"], pop["contact"]) == (None, None)
        assert pop["mark"] == ("withheld" if presented is None else "unknown")


class TestResuming:
    async def test_nothing_is_lost_or_doubled(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            async with browser.live() as live:
                call = here.calls.starts()
                here.calls.rings(call, "101")
                last = await live.until("pop")
            here.calls.ends(call, "101")
            async with browser.live(f"?since={last['seq']}&epoch={live.first['epoch']}") as again:
                over = await again.until("call", call_id=call, ended_by="caller")
        assert again.first == {"type": "resumed", "epoch": live.first["epoch"], "seq": last["seq"]}
        numbers = [frame["seq"] for frame in again.frames]
        assert numbers == list(range(last["seq"] + 1, over["seq"] + 1))

    @pytest.mark.parametrize("query", ["?since=0&epoch=other", "?since=999999999", "?since=x&epoch=%00", "?since=-1"])
    async def test_whatever_else_gets_a_snapshot(self, here: Site, query: str) -> None:
        async with here.browser("anna") as browser, browser.live(query) as live:
            assert live.first["type"] == "snapshot"

    async def test_a_gap_too_long_gets_a_snapshot(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            async with browser.live() as live:
                seq, epoch = live.first["seq"], live.first["epoch"]
            for _ in range(30):
                call = here.calls.starts()
                here.calls.rings(call, "101")
                here.calls.ends(call, "101")
            async with browser.live(f"?since={seq}&epoch={epoch}") as again:
                assert again.first["type"] == "snapshot"


class TestTheDoor:
    async def test_whoever_is_not_signed_in_is_told_by_the_close_code(self, here: Site) -> None:
        async with here.browser() as browser:
            with pytest.raises(ConnectionClosed) as closed:
                async with browser.live():
                    pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    async def test_a_foreign_page_gets_no_channel(self, here: Site) -> None:
        async with here.browser("anna") as browser:
            with pytest.raises((InvalidStatus, ConnectionClosed)):
                async with browser.live(Origin="https://evil.example"):
                    pass

    async def test_signing_out_closes_it(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as live:
            await browser.http.delete("/api/v1/session", headers=browser.csrf)
            with pytest.raises(ConnectionClosed) as closed:
                await live.until("nothing")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    async def test_one_employee_has_so_many_tabs_and_no_more(self, here: Site) -> None:
        async with here.browser("boris") as browser, contextlib.AsyncExitStack() as tabs:
            for _ in range(16):
                await tabs.enter_async_context(browser.live())
            with pytest.raises(ConnectionClosed) as closed:
                await tabs.enter_async_context(browser.live())
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429


class TestABrowserThatNeverReads:
    async def test_it_holds_nobody_up_and_its_socket_is_given_up(self, here: Site) -> None:
        async with here.browser("anna") as browser, browser.live() as good:
            number = "+74950001122"
            card = {"name": "Long", "phones": [{"number": number}], "comment": "long story " * 1_500}
            assert (await browser.post("/contacts", card)).status_code == 201
            stuck = await _handshake_and_stop_reading(here, browser.http.cookies["ringcard_session"])
            for _ in range(200):  # some 6 MB of frames: more than the buffers of the kernel take
                call = here.calls.starts(Party(number=number))
                here.calls.rings(call, "101")
                here.calls.ends(call, "101")
                await good.until("call", call_id=call, ended_by="caller")
            async with asyncio.timeout(5):
                while here.up.rooms.feed.tabs > 1:
                    await asyncio.sleep(0.02)
            assert await asyncio.to_thread(_is_over, stuck)


async def test_a_call_of_another_room_is_not_mine(here: Site) -> None:
    async with here.browser("boris") as browser:
        answer = await browser.get("/calls", device="101")
        assert (answer.status_code, answer.json()["error_id"]) == (403, "not_allowed")
        missing = await browser.get("/calls/no-such-call")
        assert (missing.status_code, missing.json()["error_id"]) == (404, "no_such_call")


async def test_pages_of_an_employee_with_two_devices_have_each_call_once(here: Site) -> None:
    made = []
    for number in range(7):
        call = here.calls.starts()
        here.calls.rings(call, *("102", "109")[: 1 + number % 2])
        here.calls.ends(call, "102")
        made.append(call)
    await _kept(here)
    seen: list[str] = []
    async with here.browser("boris") as browser:
        before: dict[str, str] = {}
        while len(seen) < 7:
            page = (await browser.get("/calls", limit=3, **before)).json()
            seen += [call["call_id"] for call in page["items"]]
            before = {"before": page["next"]}
    assert seen[:7] == made[::-1]


async def test_a_server_that_stops_tells_its_browsers(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        up = await stack.enter_async_context(site(tmp_path))
        async with up.browser("anna") as browser, browser.live() as live:
            closing = asyncio.create_task(stack.aclose())
            with pytest.raises(ConnectionClosed) as closed:
                await live.until("nothing")
            await closing
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (1001, 1012)


async def test_calls_that_were_open_when_it_stopped_are_there_when_it_starts_again(
    tmp_path: Path, store_url: str
) -> None:
    async with site(tmp_path, store={"url": store_url}) as before:
        call = before.calls.starts(call="open-1")
        before.calls.rings(call, "101")
        await _kept(before)
    away = {"name": "office", "host": "127.0.0.1", "port": 1, "user": "ringcard", "secret": "s3cret"}
    async with (
        site(tmp_path, store={"url": store_url}, pbx=[away]) as after,
        after.browser("anna") as browser,
        browser.live() as live,
    ):
        assert [pop["call_id"] for pop in live.first["pops"]] == [call]
        after.calls.ends(call, "101")
        assert (await live.until("pop", state="missed"))["pop"]["call_id"] == call
        await _kept(after)
        assert (await browser.get(f"/calls/{call}")).json()["disposition"] == "abandoned"


async def test_a_why_outlives_the_process(tmp_path: Path) -> None:
    async with site(tmp_path) as before, before.browser("anna") as browser, browser.live() as live:
        call = before.calls.starts(call="old-1")
        before.calls.rings(call, "101")
        pop = (await live.until("pop"))["pop"]
        await live.says(type="shown", pop_id=pop["pop_id"], revision=1, painted_at=None)
        await live.says(type="ping")
        await live.until("pong")
        before.calls.ends(call, "101")
        remembered = (await browser.get(f"/calls/{call}/why")).json()
    async with site(tmp_path) as after, after.browser("anna") as browser:
        assert (await browser.get(f"/calls/{call}/why")).json() == remembered
        assert remembered["pops"][0]["shown"]


async def _kept(here: Site) -> None:
    """Everything said so far is durable, and so can be read."""
    ledger = here.up.rooms.ledger
    await ledger.flushed(ledger.append_fact("test", datetime.now(UTC), "test", {}))


async def _handshake_and_stop_reading(here: Site, session: str) -> socket.socket:
    """A browser whose tab sleeps: the channel is open, and nobody reads it."""
    host, port = here.up.address.removeprefix("http://").split(":")
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(stuck.connect, (host, int(port)))
    stuck.sendall(
        b"GET /api/v1/live HTTP/1.1\r\nHost: %b:%b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Cookie: ringcard_session=%b\r\n\r\n" % (host.encode(), port.encode(), session.encode())
    )
    while here.up.rooms.feed.tabs < 2:
        await asyncio.sleep(0.01)
    return stuck


def _is_over(stuck: socket.socket) -> bool:
    """What is left in the buffers can be read, then the connection is over, with 4408 or broken off."""
    stuck.settimeout(10)
    with stuck:
        while True:
            try:
                if not stuck.recv(65536):
                    return True
            except ConnectionResetError:
                return True
