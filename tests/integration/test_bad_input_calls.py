"""Bad input from the PBX's socket to the browser's: a whole ringcard, a misbehaving manager, real bytes at both."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.pbx.asterisk.fake_manager import FakeManager
from web_site import NUMBER, Browser, Live, Site, site

from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord
from ringcard.ledger import LedgerState
from ringcard.pbx.connector import LinkState

UP_WITHIN_S = 10.0


class Trunk:
    """Calls as an Asterisk 22 tells them, in bytes: nothing of them is checked or escaped."""

    def __init__(self, manager: FakeManager) -> None:
        self.manager = manager

    def rings(
        self, uid: str, *, number: bytes = NUMBER.encode(), name: bytes = b"<unknown>", device: str = "101"
    ) -> None:
        outside, inside = self._outside(uid, number, name), self._inside(uid, number, name, device)
        self._event("Newchannel", outside | {"ChannelState": "4", "Exten": "4951234567", "Context": "from-trunk"})
        self._event("Newchannel", inside | {"ChannelState": "0", "Exten": "s", "Context": "internal"})
        self._event(
            "DialBegin",
            outside | {"ChannelState": "4"} | {f"Dest{key}": value for key, value in inside.items()},
        )
        self._event("Newstate", inside | {"ChannelState": "5"})

    def ends(self, uid: str, *, device: str = "101") -> None:
        for party in (self._inside(uid, b"", b"", device), self._outside(uid, b"", b"")):
            self._event("Hangup", party | {"ChannelState": "5", "Cause": "16"})

    def _outside(self, uid: str, number: bytes, name: bytes) -> dict[str, str | bytes]:
        return {
            "Channel": f"PJSIP/trunk-{uid}",
            "CallerIDNum": number,
            "CallerIDName": name,
            "Uniqueid": f"{uid}.1",
            "Linkedid": f"{uid}.1",
        }

    def _inside(self, uid: str, number: bytes, name: bytes, device: str) -> dict[str, str | bytes]:
        return {
            "Channel": f"PJSIP/{device}-{uid}",
            "CallerIDNum": device,
            "ConnectedLineNum": number,
            "ConnectedLineName": name,
            "Uniqueid": f"{uid}.2",
            "Linkedid": f"{uid}.1",
        }

    def _event(self, name: str, headers: dict[str, str | bytes]) -> None:
        lines = [b"Event: " + name.encode(), b"Privilege: call,all"]
        lines += [key.encode() + b": " + (v.encode() if isinstance(v, str) else v) for key, v in headers.items()]
        self.manager.send(b"\r\n".join(lines) + b"\r\n\r\n")


@contextlib.asynccontextmanager
async def office(folder: Path, *managers: FakeManager) -> AsyncIterator[Site]:
    """Everybody of `site`, and these PBXs connected."""
    async with contextlib.AsyncExitStack() as stack:
        for manager in managers:
            await stack.enter_async_context(manager.running())
        pbxs = [
            {
                "name": f"office{place}",
                "host": "127.0.0.1",
                "port": manager.port,
                "user": "ringcard",
                "secret": "s3cret",
                "timing": {"backoff_first_s": 0.02, "snapshot_every_s": 0.05},
            }
            for place, manager in enumerate(managers)
        ]
        here = await stack.enter_async_context(site(folder, pbx=pbxs))
        await linked(here)
        yield here


async def linked(here: Site) -> None:
    async with asyncio.timeout(UP_WITHIN_S):
        while any(connector.status.state is not LinkState.UP for connector in here.up.connectors):
            await asyncio.sleep(0.01)


async def reaches(here: Site, state: LedgerState) -> None:
    async with asyncio.timeout(20):
        while here.up.rooms.ledger.status.state is not state:
            await asyncio.sleep(0.02)


async def ended_in_ledger(here: Site, call_id: str) -> CallRecord:
    """It writes again from its first group on; what waited may follow in the next."""
    async with asyncio.timeout(10):
        while (kept := await here.up.rooms.ledger.call(CallId(call_id))) is None or kept.ended_at is None:
            await asyncio.sleep(0.02)
    return kept


async def over(live: Live, call_id: str) -> dict[str, Any]:
    """The frame that tells the end of the call."""
    while True:
        frame = await live.next()
        if frame["type"] == "call" and frame["call"]["call_id"] == call_id and frame["call"]["ended_at"]:
            call: dict[str, Any] = frame["call"]
            return call


async def recorded(browser: Browser, call_id: str) -> dict[str, Any]:
    record: dict[str, Any] = (await browser.get(f"/calls/{call_id}")).json()
    return record


NAMES = {
    "sql": (b"Robert'); DROP TABLE contacts;--", "Robert'); DROP TABLE contacts;--"),
    "html": (b"<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    "emoji": ("Ёлка 🎄".encode(), "Ёлка 🎄"),
    "three hundred characters": (b"x" * 300, "x" * 300),
    "not utf-8": ("Анна".encode("cp1251"), "����"),
    "a header": (b"Event: Hangup", "Event: Hangup"),
    "empty": (b"", None),
}


@pytest.mark.parametrize(("name", "shown"), NAMES.values(), ids=NAMES)
async def test_a_callers_name_reaches_screen_and_history_as_it_is(
    tmp_path: Path, name: bytes, shown: str | None
) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        Trunk(manager).rings("a", name=name)
        pop = (await live.until("pop", state="ringing"))["pop"]
        Trunk(manager).ends("a")
        record = await over(live, pop["call_id"])
        await here.up.rooms.ledger.flushed(here.up.rooms.ledger.status.durable)
        kept = (await browser.get("/calls")).json()["items"]
    assert (pop["caller"]["number"], pop["caller"]["name"], record["caller"]["name"]) == (NUMBER, shown, shown)
    assert [call["caller"]["name"] for call in kept] == [shown]


@pytest.mark.parametrize("number", [b"anonymous", b"Anonymous", b"<unknown>", b"", b"Restricted"])
async def test_who_shows_no_number_is_a_pop_without_one(tmp_path: Path, number: bytes) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        Trunk(manager).rings("a", number=number)
        pop = (await live.until("pop", state="ringing"))["pop"]
    assert (pop["caller"]["number"], pop["contact"]) == (None, None)


async def test_a_callers_number_of_three_hundred_characters_pops_and_is_kept(tmp_path: Path) -> None:
    sent = "7" * 300
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        Trunk(manager).rings("a", number=sent.encode(), name=b"Long")
        caller = (await live.until("pop", state="ringing"))["pop"]["caller"]
        Trunk(manager).ends("a")
        await over(live, live.frames[-1]["pop"]["call_id"])
        await here.up.rooms.ledger.flushed(here.up.rooms.ledger.status.durable)
        kept = (await browser.get("/calls")).json()["items"]
    assert (caller["number"], caller["name"]) == (None, "Long")
    assert caller["presented"]
    assert sent.startswith(caller["presented"])
    assert [call["caller"]["presented"] for call in kept] == [caller["presented"]]


async def test_who_of_several_with_one_number_it_is_is_asked_not_guessed(tmp_path: Path) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser:
        for name, kind in (("Ромашка", "organisation"), ("Анна", "person"), ("Борис", "person")):
            made = await browser.post("/contacts", {"name": name, "kind": kind, "phones": [{"number": NUMBER}]})
            assert made.status_code == 201
        async with browser.live() as live:
            Trunk(manager).rings("a")
            pop = (await live.until("pop", state="ringing"))["pop"]
    assert (pop["contact"], pop["choice"], pop["mark"]) == (None, "open", "known")
    names = [match["name"] for match in pop["matches"]]
    assert names == ["Борис", "Анна", "Ромашка"], "of persons the one changed last, before any organisation"


async def test_two_pbxs_with_equal_channel_ids_have_a_call_each(tmp_path: Path) -> None:
    north, south = FakeManager(), FakeManager()
    async with office(tmp_path, north, south) as here, here.browser("sup") as browser, browser.live() as live:
        Trunk(north).rings("a", device="101")
        one = (await live.until("call"))["call"]
        Trunk(south).rings("a", device="102")
        while (two := (await live.until("call"))["call"])["call_id"] == one["call_id"]:
            pass
        Trunk(north).ends("a", device="101")
        await over(live, one["call_id"])
        still = await recorded(browser, two["call_id"])
    assert one["pbx_ids"] == two["pbx_ids"] == ["a.1"]
    assert still["ended_at"] is None, "the end of the one is not the end of the other"


async def test_what_is_told_of_a_channel_never_seen_makes_no_call_and_harms_none(tmp_path: Path) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        asked = len(manager.all_asked("CoreShowChannels"))
        Trunk(manager).ends("ghost")
        manager.emit("Newstate", {"Channel": "PJSIP/101-x", "Uniqueid": "x.9", "Linkedid": "x.9", "ChannelState": "5"})
        await manager.asked("CoreShowChannels", asked + 1)
        Trunk(manager).rings("a")
        await live.until("pop", state="ringing")
        calls = (await browser.get("/calls")).json()["items"]
    assert [call["pbx_ids"] for call in calls] == [["a.1"]]


async def test_a_pbx_that_breaks_off_in_the_middle_of_a_message_leaves_no_card_up(tmp_path: Path) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        Trunk(manager).rings("a")
        pop = (await live.until("pop", state="ringing"))["pop"]
        manager.send(b"Event: Hangup\r\nChannel: PJSIP/10")
        manager.hang_up()
        record = await over(live, pop["call_id"])
        Trunk(manager).rings("b")
        again = (await live.until("pop", state="ringing"))["pop"]
    assert record["gaps"], "what happened meanwhile was not heard"
    assert record["complete"] is False
    assert again["call_id"] != pop["call_id"]


async def test_while_another_program_holds_the_ledger_cards_still_pop_and_nothing_is_lost(tmp_path: Path) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        other = sqlite3.connect(tmp_path / "data" / "ledger.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        Trunk(manager).rings("a")
        pop = (await live.until("pop", state="ringing"))["pop"]
        Trunk(manager).ends("a")
        await over(live, pop["call_id"])
        await reaches(here, LedgerState.FAILING)
        ready = await browser.http.get("/readyz")
        listed = (await browser.get("/calls")).json()["items"]
        other.execute("ROLLBACK")
        other.close()
        await reaches(here, LedgerState.WRITING)
        kept = await ended_in_ledger(here, pop["call_id"])
    assert (ready.status_code, ready.json()["ledger"]) == (503, "failing")
    assert [call["call_id"] for call in listed] == [pop["call_id"]]
    assert kept.ended_at is not None


async def test_while_another_program_holds_the_contacts_cards_still_pop_and_a_change_is_refused(tmp_path: Path) -> None:
    manager = FakeManager()
    async with office(tmp_path, manager) as here, here.browser("anna") as browser, browser.live() as live:
        assert (await browser.post("/contacts", {"name": "Анна", "phones": [{"number": NUMBER}]})).status_code == 201
        other = sqlite3.connect(tmp_path / "data" / "ringcard.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        Trunk(manager).rings("a")
        pop = (await live.until("pop", state="ringing"))["pop"]
        refused = await browser.http.post("/api/v1/contacts", json={"name": "Борис"}, headers=browser.csrf, timeout=30)
        other.execute("ROLLBACK")
        other.close()
        taken = await browser.post("/contacts", {"name": "Борис"})
    assert pop["contact"]["name"] == "Анна"
    assert (refused.status_code, refused.json()["error_id"]) == (503, "storage_locked")
    assert taken.status_code == 201
